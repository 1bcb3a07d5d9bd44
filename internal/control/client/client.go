package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
)

// A Client speaks to the control API. The zero Lab is the portal's first lab.
type Client struct {
	URL   string // of the portal
	Token string // needed when the portal was started with --public
	Lab   string // ID; "" for the first
	HTTP  *http.Client
}

// answerLimit bounds what is read of an answer.
const answerLimit = 64 << 20

// do sends a request and decodes the answer into out, when it is not nil.
func (c *Client) do(ctx context.Context, method, path string, query url.Values, in, out any) error {
	target := strings.TrimSuffix(c.URL, "/") + api.Base + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	var body io.Reader
	if in != nil {
		text, err := encode(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return fmt.Errorf("control API: %w", err)
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("control API: %w", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, answerLimit))
	if err != nil {
		return fmt.Errorf("control API: reading the answer to %s %s: %w", method, path, err)
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		return problem(resp.StatusCode, text)
	}
	if out == nil || len(text) == 0 {
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("control API: decoding the answer to %s %s: %w", method, path, err)
	}
	return nil
}

func problem(status int, text []byte) error {
	p := api.Problem{Status: status, Title: http.StatusText(status)}
	if json.Unmarshal(text, &p) != nil && len(text) > 0 {
		p.Detail = string(bytes.TrimSpace(text))
	}
	return p
}

// IsNotFound reports whether err says that there is no such thing.
func IsNotFound(err error) bool {
	p, ok := errors.AsType[api.Problem](err)
	return ok && p.Status == http.StatusNotFound
}

// lab is the path of c's lab, looked up once when c has none.
func (c *Client) lab(ctx context.Context) (string, error) {
	if c.Lab == "" {
		labs, err := c.Labs(ctx)
		if err != nil {
			return "", err
		}
		if len(labs) == 0 {
			return "", errors.New("control API: the portal has no lab")
		}
		c.Lab = labs[0].ID
	}
	return "/labs/" + url.PathEscape(c.Lab), nil
}

func (c *Client) inLab(ctx context.Context, method, path string, query url.Values, in, out any) error {
	lab, err := c.lab(ctx)
	if err != nil {
		return err
	}
	return c.do(ctx, method, lab+path, query, in, out)
}

// Labs lists the labs of the portal, the first one first.
func (c *Client) Labs(ctx context.Context) ([]api.Lab, error) {
	var out api.Labs
	err := c.do(ctx, http.MethodGet, "/labs", nil, nil, &out)
	return out.Labs, err
}

// Create makes a lab and returns a client for it.
func (c *Client) Create(ctx context.Context, in api.NewLab) (api.Lab, *Client, error) {
	var out api.Lab
	if err := c.do(ctx, http.MethodPost, "/labs", nil, in, &out); err != nil {
		return out, nil, err
	}
	return out, &Client{URL: c.URL, Token: c.Token, Lab: out.ID, HTTP: c.HTTP}, nil
}

// Describe returns c's lab.
func (c *Client) Describe(ctx context.Context) (out api.Lab, err error) {
	return out, c.inLab(ctx, http.MethodGet, "", nil, nil, &out)
}

// Delete ends c's lab.
func (c *Client) Delete(ctx context.Context) error {
	return c.inLab(ctx, http.MethodDelete, "", nil, nil, nil)
}

// Fork starts a lab that goes on from where c's lab stands, and returns a client
// for it.
func (c *Client) Fork(ctx context.Context) (api.Lab, *Client, error) {
	var out api.Lab
	if err := c.inLab(ctx, http.MethodPost, "/fork", nil, nil, &out); err != nil {
		return out, nil, err
	}
	return out, &Client{URL: c.URL, Token: c.Token, Lab: out.ID, HTTP: c.HTTP}, nil
}

// Snapshot keeps a picture of c's lab and returns its ID.
func (c *Client) Snapshot(ctx context.Context) (string, error) {
	var out api.Snapshot
	err := c.inLab(ctx, http.MethodPost, "/snapshot", nil, nil, &out)
	return out.Snapshot, err
}

// Restore asks for c's lab to go back to a snapshot. It returns when that has
// begun: the lab is away for a moment and comes back at the same addresses.
func (c *Client) Restore(ctx context.Context, snapshot string) error {
	return c.inLab(ctx, http.MethodPost, "/restore", nil, api.Snapshot{Snapshot: snapshot}, nil)
}

// Clock returns the lab's clock.
func (c *Client) Clock(ctx context.Context) (out api.Clock, err error) {
	return out, c.inLab(ctx, http.MethodGet, "/clock", nil, nil, &out)
}

// MoveClock changes the lab's clock.
func (c *Client) MoveClock(ctx context.Context, in api.ClockChange) (out api.Clock, err error) {
	return out, c.inLab(ctx, http.MethodPost, "/clock", nil, in, &out)
}

// Advance moves the lab's clock by d.
func (c *Client) Advance(ctx context.Context, d time.Duration) error {
	_, err := c.MoveClock(ctx, api.ClockChange{Advance: d.String()})
	return err
}

// Mailbox returns the mails to an address ("" for all) after the mail with the
// ID after, waiting up to wait for one to come.
func (c *Client) Mailbox(ctx context.Context, to, after string, wait time.Duration) ([]api.Message, error) {
	q := url.Values{}
	set(q, "to", to)
	set(q, "after", after)
	setWait(q, wait)
	var out api.Mailbox
	err := c.inLab(ctx, http.MethodGet, "/mailbox", q, nil, &out)
	return out.Messages, err
}

// Phone returns what a number received.
func (c *Client) Phone(ctx context.Context, number string, wait time.Duration) ([]api.PhoneEvent, error) {
	q := url.Values{}
	setWait(q, wait)
	var out api.Phone
	err := c.inLab(ctx, http.MethodGet, "/phone/"+url.PathEscape(number), q, nil, &out)
	return out.Events, err
}

// AnswerCall answers a ringing call.
func (c *Client) AnswerCall(ctx context.Context, number, id, answer string) error {
	return c.inLab(ctx, http.MethodPost, "/phone/"+url.PathEscape(number)+"/calls/"+url.PathEscape(id), nil, api.CallAnswer{Answer: answer}, nil)
}

// AppCode returns what a person's authenticator app shows.
func (c *Client) AppCode(ctx context.Context, user string) (out api.AppCode, err error) {
	return out, c.inLab(ctx, http.MethodGet, "/authenticator/"+url.PathEscape(user)+"/code", nil, nil, &out)
}

// Tokens lists the hardware tokens that the tenant knows.
func (c *Client) Tokens(ctx context.Context) ([]api.HardwareToken, error) {
	var out api.HardwareTokens
	err := c.inLab(ctx, http.MethodGet, "/tokens", nil, nil, &out)
	return out.Tokens, err
}

// AddToken puts one hardware token into the tenant.
func (c *Client) AddToken(ctx context.Context, in api.NewHardwareToken) (out api.HardwareToken, err error) {
	return out, c.inLab(ctx, http.MethodPost, "/tokens", nil, in, &out)
}

// UploadTokens puts the tokens of a CSV file into the tenant.
func (c *Client) UploadTokens(ctx context.Context, in api.TokenFile) (out api.TokenUpload, err error) {
	return out, c.inLab(ctx, http.MethodPost, "/tokens/upload", nil, in, &out)
}

// ChangeToken assigns a token, takes it away, or sets the clock of its device.
func (c *Client) ChangeToken(ctx context.Context, serial string, in api.TokenChange) (out api.HardwareToken, err error) {
	return out, c.inLab(ctx, http.MethodPatch, "/tokens/"+url.PathEscape(serial), nil, in, &out)
}

// ActivateToken activates a token with the code that it shows.
func (c *Client) ActivateToken(ctx context.Context, serial string, in api.TokenActivation) (out api.HardwareToken, err error) {
	return out, c.inLab(ctx, http.MethodPost, "/tokens/"+url.PathEscape(serial)+"/activate", nil, in, &out)
}

// DeleteToken removes a token from the inventory.
func (c *Client) DeleteToken(ctx context.Context, serial string) error {
	return c.inLab(ctx, http.MethodDelete, "/tokens/"+url.PathEscape(serial), nil, nil, nil)
}

// TokenCode returns what a hardware token shows.
func (c *Client) TokenCode(ctx context.Context, serial string) (out api.AppCode, err error) {
	return out, c.inLab(ctx, http.MethodGet, "/tokens/"+url.PathEscape(serial)+"/code", nil, nil, &out)
}

// Pushes returns the notifications of a person's authenticator app.
func (c *Client) Pushes(ctx context.Context, user string) ([]api.Push, error) {
	var out api.Pushes
	err := c.inLab(ctx, http.MethodGet, "/authenticator/"+url.PathEscape(user)+"/pushes", nil, nil, &out)
	return out.Pushes, err
}

// AnswerPush answers a notification.
func (c *Client) AnswerPush(ctx context.Context, user, id string, in api.PushAnswer) error {
	return c.inLab(ctx, http.MethodPost, "/authenticator/"+url.PathEscape(user)+"/pushes/"+url.PathEscape(id), nil, in, nil)
}

// Attempt does what a person does.
func (c *Client) Attempt(ctx context.Context, in api.NewAttempt) (out api.AttemptResult, err error) {
	return out, c.inLab(ctx, http.MethodPost, "/attempts", nil, in, &out)
}

// IssuePass makes a Temporary Access Pass for a user. The answer is the only one
// that holds it.
func (c *Client) IssuePass(ctx context.Context, user string, in api.NewPass) (out api.Pass, err error) {
	return out, c.inLab(ctx, http.MethodPost, "/users/"+url.PathEscape(user)+"/pass", nil, in, &out)
}

// RevokePass deletes a user's Temporary Access Pass, on behalf of by; "" is an
// application.
func (c *Client) RevokePass(ctx context.Context, user, by string) error {
	query := url.Values{}
	if by != "" {
		query.Set("by", by)
	}
	return c.inLab(ctx, http.MethodDelete, "/users/"+url.PathEscape(user)+"/pass", query, nil, nil)
}

// Attempts returns all decision records, newest first.
func (c *Client) Attempts(ctx context.Context) ([]journal.Attempt, error) {
	var out api.Attempts
	err := c.inLab(ctx, http.MethodGet, "/attempts", nil, nil, &out)
	return out.Attempts, err
}

// Why returns a decision record.
func (c *Client) Why(ctx context.Context, correlationID string) (out api.Attempt, err error) {
	return out, c.inLab(ctx, http.MethodGet, "/attempts/"+url.PathEscape(correlationID), nil, nil, &out)
}

// Journal returns records, waiting up to wait for one to come.
func (c *Client) Journal(ctx context.Context, query journal.Query, wait time.Duration) ([]journal.Record, error) {
	q := url.Values{}
	set(q, "channel", string(query.Channel))
	set(q, "correlationId", query.CorrelationID)
	if query.After > 0 {
		q.Set("after", strconv.FormatInt(query.After, 10))
	}
	if query.Limit > 0 {
		q.Set("limit", strconv.Itoa(query.Limit))
	}
	setWait(q, wait)
	var out api.Journal
	err := c.inLab(ctx, http.MethodGet, "/journal", q, nil, &out)
	return out.Records, err
}

// SignIn signs in at a workstation.
func (c *Client) SignIn(ctx context.Context, workstation string, in api.WorkstationSignIn) (out api.WorkstationResult, err error) {
	return out, c.inLab(ctx, http.MethodPost, "/workstations/"+url.PathEscape(workstation)+"/signin", nil, in, &out)
}

// Robot returns the answer of an open robot check.
func (c *Client) Robot(ctx context.Context, id string) (string, error) {
	var out api.RobotAnswer
	err := c.inLab(ctx, http.MethodGet, "/robot/"+url.PathEscape(id), nil, nil, &out)
	return out.Answer, err
}

// Account returns an account as a domain controller knows it, by short or full
// name; "" is the first of the account's domain.
func (c *Client) Account(ctx context.Context, account, controller string) (out api.Entry, err error) {
	q := url.Values{}
	set(q, "controller", controller)
	return out, c.inLab(ctx, http.MethodGet, "/directory/"+url.PathEscape(account), q, nil, &out)
}

// Certificate issues a client certificate for an account of the directory, by
// sAMAccountName, UPN or DN.
func (c *Client) Certificate(ctx context.Context, account string) (out api.Certificate, err error) {
	return out, c.inLab(ctx, http.MethodPost, "/directory/"+url.PathEscape(account)+"/certificate", nil, nil, &out)
}

// Settings returns the tenant's settings.
func (c *Client) Settings(ctx context.Context) (out policy.Settings, err error) {
	return out, c.inLab(ctx, http.MethodGet, "/tenant", nil, nil, &out)
}

// Patch changes settings by a JSON merge patch (RFC 7396): path is "tenant",
// "users/NAME", "domains/NAME/policy", "domains/NAME/settings",
// "domains/NAME/controllers/NAME" or "agents/NAME".
func (c *Client) Patch(ctx context.Context, path string, patch json.RawMessage) (out json.RawMessage, err error) {
	return out, c.inLab(ctx, http.MethodPatch, "/"+path, nil, patch, &out)
}

// Get returns a resource of the lab as JSON.
func (c *Client) Get(ctx context.Context, path string) (out json.RawMessage, err error) {
	return out, c.inLab(ctx, http.MethodGet, "/"+path, nil, nil, &out)
}

// Put replaces a resource of the lab, as "faults".
func (c *Client) Put(ctx context.Context, path string, body json.RawMessage) (out json.RawMessage, err error) {
	return out, c.inLab(ctx, http.MethodPut, "/"+path, nil, body, &out)
}

func set(q url.Values, key, value string) {
	if value != "" {
		q.Set(key, value)
	}
}

func setWait(q url.Values, wait time.Duration) {
	if wait > 0 {
		q.Set("wait", wait.String())
	}
}

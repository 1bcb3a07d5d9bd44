package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/device"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/reset"
)

func (s *server) clock(c echo.Context, lab Lab) error {
	st := lab.Clock.State()
	return c.JSON(http.StatusOK, api.Clock{Now: st.Now, Frozen: st.Frozen, Offset: st.Offset.String()})
}

func (s *server) moveClock(c echo.Context, lab Lab) error {
	var in api.ClockChange
	if err := decode(c, &in); err != nil {
		return err
	}
	switch {
	case in.Set != nil && in.Advance == "" && in.Freeze == nil:
		lab.Clock.Set(*in.Set)
	case in.Set == nil && in.Advance != "" && in.Freeze == nil:
		d, err := time.ParseDuration(in.Advance)
		if err != nil {
			return problem(http.StatusBadRequest, "advance", fmt.Sprintf("%q is no duration, as 25h or 90s", in.Advance))
		}
		lab.Clock.Advance(d)
	case in.Set == nil && in.Advance == "" && in.Freeze != nil:
		if *in.Freeze {
			lab.Clock.Freeze()
		} else {
			lab.Clock.Thaw()
		}
	default:
		return problem(http.StatusBadRequest, "", "give exactly one of set, advance and freeze")
	}
	return s.clock(c, lab)
}

func (s *server) faults(c echo.Context, lab Lab) error {
	list, err := lab.Faults.JSON()
	if err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, list)
}

func (s *server) setFaults(c echo.Context, lab Lab) error {
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return err
	}
	if err := lab.Faults.Set(body); err != nil {
		return problem(http.StatusBadRequest, "", err.Error())
	}
	return s.faults(c, lab)
}

func (s *server) clearFaults(c echo.Context, lab Lab) error {
	lab.Faults.Clear()
	return c.NoContent(http.StatusNoContent)
}

// patient bounds a long poll by the request's own wish.
func patient(c echo.Context) (context.Context, context.CancelFunc, error) {
	d, err := wait(c)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), d)
	return ctx, cancel, nil
}

// mailbox lists each message once, whatever the number of its recipients.
func (s *server) mailbox(c echo.Context, lab Lab) error {
	ctx, cancel, err := patient(c)
	if err != nil {
		return err
	}
	defer cancel()
	after, err := number(c, "after")
	if err != nil {
		return err
	}
	out := api.Mailbox{Messages: []api.Message{}}
	to := c.QueryParam("to")
	mails := lab.Mailbox.List(to, after)
	if len(mails) == 0 && ctx.Err() == nil {
		mails = lab.Mailbox.Wait(ctx, to, after)
	}
	for _, m := range mails {
		out.Messages = append(out.Messages, message(m))
	}
	return c.JSON(http.StatusOK, out)
}

func message(m device.Mail) api.Message {
	return api.Message{
		ID: strconv.FormatInt(m.Seq, 10), Time: m.Received, From: m.From, To: []string{m.To},
		Subject: m.Subject, Text: m.Text, HTML: m.HTML, Code: m.Code,
	}
}

func number(c echo.Context, name string) (int64, error) {
	text := c.QueryParam(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, problem(http.StatusBadRequest, name, fmt.Sprintf("%q is no whole number from 0", text))
	}
	return n, nil
}

func (s *server) phone(c echo.Context, lab Lab) error {
	ctx, cancel, err := patient(c)
	if err != nil {
		return err
	}
	defer cancel()
	who := c.Param("number")
	for {
		changed := lab.Phones.Changed()
		out := api.Phone{Events: phoneEvents(lab.Phones, who)}
		if len(out.Events) > 0 || ctx.Err() != nil {
			return c.JSON(http.StatusOK, out)
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

func phoneEvents(phones *device.Phones, who string) []api.PhoneEvent {
	events := []api.PhoneEvent{}
	for _, t := range phones.Texts(who, 0) {
		events = append(events, api.PhoneEvent{ID: strconv.FormatInt(t.Seq, 10), Kind: "text", Time: t.Received, Text: t.Body, Code: t.Code})
	}
	for _, call := range phones.Calls(who, 0) {
		events = append(events, api.PhoneEvent{ID: call.ID, Kind: "call", Time: call.Began, Text: string(call.State), Open: call.State == device.Ringing})
	}
	return events
}

func (s *server) answerCall(c echo.Context, lab Lab) error {
	var in api.CallAnswer
	if err := decode(c, &in); err != nil {
		return err
	}
	var err error
	switch in.Answer {
	case "confirm":
		err = lab.Phones.Press(c.Param("call"), "#")
	case "hang-up":
		err = lab.Phones.HangUp(c.Param("call"))
	default:
		return problem(http.StatusBadRequest, "answer", fmt.Sprintf("%q is neither confirm nor hang-up", in.Answer))
	}
	if err != nil {
		return problem(http.StatusConflict, "", err.Error())
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *server) appCode(c echo.Context, lab Lab) error {
	code, ok := codeOf(c.Request().Context(), lab, c.Param("user"))
	if !ok {
		return problem(http.StatusNotFound, "", fmt.Sprintf("the authenticator app of %q has no account, and no hardware token is theirs", c.Param("user")))
	}
	return c.JSON(http.StatusOK, code)
}

func (s *server) pushes(c echo.Context, lab Lab) error {
	ctx, cancel, err := patient(c)
	if err != nil {
		return err
	}
	defer cancel()
	if ctx.Err() == nil {
		lab.Authenticator.WaitPush(ctx, c.Param("user"))
	}
	out := api.Pushes{Pushes: []api.Push{}}
	for _, p := range lab.Authenticator.Pushes(c.Param("user"), 0) {
		out.Pushes = append(out.Pushes, api.Push{ID: p.ID, Time: p.Sent, Number: p.NumberMatch, Pending: p.State == device.Pending})
	}
	return c.JSON(http.StatusOK, out)
}

func (s *server) answerPush(c echo.Context, lab Lab) error {
	var in api.PushAnswer
	if err := decode(c, &in); err != nil {
		return err
	}
	var err error
	switch in.Answer {
	case "approve":
		err = lab.Authenticator.Approve(c.Param("push"), in.Number)
	case "deny":
		err = lab.Authenticator.Deny(c.Param("push"))
	default:
		return problem(http.StatusBadRequest, "answer", fmt.Sprintf("%q is neither approve nor deny", in.Answer))
	}
	if err != nil {
		return problem(http.StatusConflict, "", err.Error())
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *server) journal(c echo.Context, lab Lab) error {
	ctx, cancel, err := patient(c)
	if err != nil {
		return err
	}
	defer cancel()
	q := journal.Query{Channel: journal.Channel(c.QueryParam("channel")), CorrelationID: c.QueryParam("correlationId")}
	if q.Channel != "" && !slices.Contains(journal.Channels, q.Channel) {
		return problem(http.StatusBadRequest, "channel", fmt.Sprintf("%q is none of audit, application, security, dcagent and signin", q.Channel))
	}
	if q.After, err = number(c, "after"); err != nil {
		return err
	}
	limit, err := number(c, "limit")
	if err != nil {
		return err
	}
	q.Limit = int(limit)
	records := lab.Journal.Records(q)
	if len(records) == 0 && ctx.Err() == nil {
		records = lab.Journal.Wait(ctx, q)
	}
	if records == nil {
		records = []journal.Record{}
	}
	return c.JSON(http.StatusOK, api.Journal{Records: records})
}

func (s *server) signIn(c echo.Context, lab Lab) error {
	var in api.WorkstationSignIn
	if err := decode(c, &in); err != nil {
		return err
	}
	if in.Network != "" && in.Network != "online" && in.Network != "offline" {
		return problem(http.StatusBadRequest, "network", fmt.Sprintf("%q is neither online nor offline", in.Network))
	}
	name := c.Param("workstation")
	for i, w := range lab.Workstations {
		if w.Name() != name && (name != "first" || i != 0) {
			continue
		}
		r := w.SignIn(c.Request().Context(), in.User, in.Password, in.Network == "offline")
		return c.JSON(http.StatusOK, api.WorkstationResult{
			SignedIn: r.SignedIn, Source: string(r.Source), Message: r.Message, SubCode: r.SubCode,
			NTStatus: r.NTStatus, MustChange: r.MustChange, Diagnostic: r.Note,
		})
	}
	return problem(http.StatusNotFound, "", fmt.Sprintf("no workstation %q", name))
}

func (s *server) robot(c echo.Context, lab Lab) error {
	answer, ok := lab.Robot.Answer(c.Param("challenge"))
	if !ok {
		return problem(http.StatusNotFound, "", "no open robot check has this ID")
	}
	return c.JSON(http.StatusOK, api.RobotAnswer{Answer: answer})
}

func (s *server) tenant(c echo.Context, lab Lab) error {
	text, err := lab.Tenant.TenantJSON(c.Request().Context())
	if err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, text)
}

func (s *server) patchTenant(c echo.Context, lab Lab) error {
	return s.patch(c, func(patch json.RawMessage) (json.RawMessage, error) {
		return lab.Tenant.PatchTenant(c.Request().Context(), patch)
	})
}

func (s *server) user(c echo.Context, lab Lab) error {
	text, err := lab.Tenant.UserJSON(c.Request().Context(), c.Param("user"))
	if errors.Is(err, reset.ErrNoSuchPerson) {
		return problem(http.StatusNotFound, "", fmt.Sprintf("no user %q", c.Param("user")))
	}
	if err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, text)
}

func (s *server) patchUser(c echo.Context, lab Lab) error {
	return s.patch(c, func(patch json.RawMessage) (json.RawMessage, error) {
		out, err := lab.Tenant.PatchUser(c.Request().Context(), c.Param("user"), patch)
		if errors.Is(err, reset.ErrNoSuchPerson) {
			return nil, problem(http.StatusNotFound, "", fmt.Sprintf("no user %q", c.Param("user")))
		}
		return out, err
	})
}

// patch applies a JSON merge patch (RFC 7396) and answers with the result.
func (s *server) patch(c echo.Context, apply func(json.RawMessage) (json.RawMessage, error)) error {
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return err
	}
	if !json.Valid(body) {
		return problem(http.StatusBadRequest, "", "the body is not JSON: a merge patch (RFC 7396) is expected")
	}
	out, err := apply(body)
	if err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, out)
}

func (s *server) policy(c echo.Context, lab Lab) error {
	return ofDomain(c, lab, Directory.Policy)
}

func (s *server) patchPolicy(c echo.Context, lab Lab) error {
	return s.patchDomain(c, lab, Directory.Policy, Directory.PatchPolicy)
}

func (s *server) protection(c echo.Context, lab Lab) error {
	return ofDomain(c, lab, Directory.Protection)
}

func (s *server) patchProtection(c echo.Context, lab Lab) error {
	return s.patchDomain(c, lab, Directory.Protection, Directory.PatchProtection)
}

// ofDomain answers with something of an embedded domain.
func ofDomain(c echo.Context, lab Lab, read func(Directory, string) (json.RawMessage, bool)) error {
	if lab.Directory != nil {
		if text, ok := read(lab.Directory, c.Param("domain")); ok {
			return c.JSONBlob(http.StatusOK, text)
		}
	}
	return problem(http.StatusNotFound, "", fmt.Sprintf("no embedded domain %q", c.Param("domain")))
}

// patchDomain changes something of an embedded domain.
func (s *server) patchDomain(
	c echo.Context, lab Lab, read func(Directory, string) (json.RawMessage, bool), change func(Directory, string, json.RawMessage) (json.RawMessage, error),
) error {
	if lab.Directory == nil {
		return ofDomain(c, lab, read)
	}
	if _, ok := read(lab.Directory, c.Param("domain")); !ok {
		return ofDomain(c, lab, read)
	}
	return s.patch(c, func(patch json.RawMessage) (json.RawMessage, error) {
		return change(lab.Directory, c.Param("domain"), patch)
	})
}

func (s *server) agent(c echo.Context, lab Lab) error {
	text, ok := lab.Agents.Agent(c.Param("agent"))
	if !ok {
		return problem(http.StatusNotFound, "", fmt.Sprintf("no agent %q: there are %v", c.Param("agent"), lab.Agents.List()))
	}
	return c.JSONBlob(http.StatusOK, text)
}

func (s *server) patchAgent(c echo.Context, lab Lab) error {
	if _, ok := lab.Agents.Agent(c.Param("agent")); !ok {
		return s.agent(c, lab)
	}
	return s.patch(c, func(patch json.RawMessage) (json.RawMessage, error) {
		return lab.Agents.PatchAgent(c.Request().Context(), c.Param("agent"), patch)
	})
}

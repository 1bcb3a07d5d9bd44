package portal

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/clock"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/robot"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/strength"
)

// scripted is a reset service with one person, alice, who proves herself with
// the code 123456 and may choose any password but "refused".
type scripted struct {
	view  reset.View
	begun []reset.BeginInput
	calls []string
	fails error
}

const aliceCorrelation = "11111111-2222-4333-8444-555555555555"

func (s *scripted) Begin(_ context.Context, in reset.BeginInput) (reset.View, error) {
	s.begun = append(s.begun, in)
	switch {
	case !in.Cookies:
		return reset.View{CorrelationID: aliceCorrelation}, reset.ErrNoCookies
	case in.UserID == "me@outlook.example":
		return reset.View{CorrelationID: aliceCorrelation}, reset.ErrPersonalAccount
	case in.UserID != "alice@northlight.example":
		return reset.View{CorrelationID: aliceCorrelation}, reset.ErrUnknownUser
	}
	s.view = reset.View{
		SessionID: "session-1", CorrelationID: aliceCorrelation, Step: reset.StepVerify, Operation: policy.Reset,
		User: in.UserID, Gate: 1, Gates: 1, TenantName: "Northlight",
		Offers: []policy.Offer{
			{Method: policy.Email, Offered: true, Target: "a***@example.net"},
			{Method: policy.AppCode, Offered: true},
			{Method: policy.AppPush, Offered: true},
			{Method: policy.Questions, Offered: true},
		},
	}
	return s.view, nil
}

func (s *scripted) View(_ context.Context, id string) (reset.View, error) {
	if s.fails != nil {
		return reset.View{}, s.fails
	}
	if id != s.view.SessionID {
		return reset.View{Step: reset.StepEnded}, nil
	}
	return s.view, nil
}

func (s *scripted) did(what string) { s.calls = append(s.calls, what) }

func (s *scripted) ChooseTrouble(_ context.Context, _ string, op policy.Operation) (reset.View, error) {
	s.did("trouble " + string(op))
	return s.view, nil
}

func (s *scripted) StartProof(_ context.Context, _ string, m policy.Method, contact string) (reset.View, error) {
	s.did("start " + string(m) + " " + contact)
	s.view.Challenge = &challenge.Challenge{Method: m, IssuedAt: noon}
	s.view.Message = reset.MsgNone
	switch m {
	case policy.Email:
		s.view.Message = reset.MsgCodeSent
	case policy.AppPush:
		s.view.Message = reset.MsgWaiting
	case policy.Questions:
		s.view.Challenge.Questions = []string{"first_pet", "first_job", "Custom?"}
	}
	return s.view, nil
}

func (s *scripted) DropProof(context.Context, string) (reset.View, error) {
	s.did("drop")
	s.view.Challenge = nil
	return s.view, nil
}

func (s *scripted) AnswerProof(_ context.Context, _ string, answers []secret.Text) (reset.View, error) {
	var said []string
	for _, a := range answers {
		said = append(said, a.Reveal())
	}
	s.did("answer " + strings.Join(said, ","))
	if len(answers) == 1 && answers[0].Reveal() == "123456" {
		s.view.SessionID, s.view.Step, s.view.Challenge, s.view.Message = "session-2", reset.StepPassword, nil, ""
		return s.view, nil
	}
	if len(answers) > 0 {
		s.view.Message = reset.MsgCodeWrong
	}
	return s.view, nil
}

func (s *scripted) ChoosePassword(_ context.Context, _ string, password, confirmation secret.Text) (reset.View, error) {
	s.did("password")
	switch {
	case !password.Equal(confirmation):
		s.view.Message, s.view.PasswordReason = reset.MsgPasswordRefused, policy.PasswordMismatch
	case password.Reveal() == "refused":
		s.view.Message, s.view.PasswordReason = reset.MsgPasswordRefused, policy.PasswordRefusedByAD
	default:
		s.view.Step, s.view.Message = reset.StepDone, ""
	}
	return s.view, nil
}

// Weigh shows the real strength, for nobody in particular.
func (s *scripted) Weigh(_ context.Context, _ string, candidate secret.Text) (reset.View, error) {
	s.did("weigh")
	v := s.view
	v.Message, v.Strength = reset.MsgNone, strength.Of(candidate, nil)
	return v, nil
}

func (s *scripted) Cancel(context.Context, string) (reset.View, error) {
	s.did("cancel")
	s.view.Step = reset.StepEnded
	return s.view, nil
}

func (s *scripted) Contact(context.Context, string) (reset.View, error) {
	s.did("contact")
	s.view.Message = reset.MsgContacted
	return s.view, nil
}

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

type settings policy.Settings

func (s settings) Settings(context.Context) (policy.Settings, error) { return policy.Settings(s), nil }

// memory is a journal with fixed content.
type memory struct{ records []journal.Record }

func (m memory) Records(q journal.Query) []journal.Record {
	var out []journal.Record
	for _, r := range m.records {
		if (q.Channel == "" || r.Channel == q.Channel) && r.Seq > q.After {
			out = append(out, r)
		}
	}
	return out
}

func (m memory) Wait(_ context.Context, q journal.Query) []journal.Record { return m.Records(q) }

func (m memory) Attempt(id string) (journal.Attempt, bool) {
	return storyAttempt, id == storyAttempt.CorrelationID
}

func (m memory) Attempts() []journal.Attempt { return []journal.Attempt{storyAttempt} }

// devices is every device of the lab, with the stories' content.
type devices struct {
	calls []string
	fails error
}

func (d *devices) did(what string) error {
	d.calls = append(d.calls, what)
	return d.fails
}

func (d *devices) Mails(context.Context, string) ([]Mail, error) { return storyMails, nil }

func (d *devices) Mail(_ context.Context, id string) (Mail, bool, error) {
	for _, m := range storyMails {
		if m.ID == id {
			return m, true, nil
		}
	}
	return Mail{}, false, nil
}

func (d *devices) Changed(_ context.Context, after uint64) uint64 {
	if after < 3 {
		return after + 1
	}
	return after
}
func (d *devices) Phones(context.Context) ([]PhoneLine, error) { return storyLines, nil }

func (d *devices) AnswerCall(_ context.Context, id string, confirm bool) error {
	if confirm {
		return d.did("confirm " + id)
	}
	return d.did("hang up " + id)
}
func (d *devices) Apps(context.Context) ([]App, error)    { return storyApps, nil }
func (d *devices) Pushes(context.Context) ([]Push, error) { return storyPushes, nil }

func (d *devices) AnswerPush(_ context.Context, id string, approve bool, number int) error {
	what := "deny "
	if approve {
		what = "approve "
	}
	return d.did(what + id + " " + string(rune('0'+number/10)) + string(rune('0'+number%10)))
}

func (d *devices) Enrol(_ context.Context, person, uri string) error {
	return d.did("enrol " + person + " " + uri)
}

func (d *devices) EnrolImage(_ context.Context, person string, image []byte) error {
	return d.did("scan " + person + " " + string(image))
}

func (d *devices) Workstations(context.Context) ([]WorkstationState, error) {
	return []WorkstationState{{Name: "NL-LAPTOP-01", Domain: "corp.northlight.example"}}, nil
}

func (d *devices) SignIn(_ context.Context, name, user string, password secret.Text, online bool) (SignInResult, error) {
	if password.Reveal() == "right" {
		return SignInResult{OK: true, Cached: !online}, nil
	}
	return SignInResult{Reason: "The user name or password is incorrect.", Code: "52e", Detail: name + " asked for " + user}, nil
}
func (d *devices) Domains(context.Context) ([]Domain, error) { return storyDomains, nil }

// tokenDesk is the tokens of the stories; whatever is done to number 7 is refused.
type tokenDesk struct{ *devices }

func (d tokenDesk) List(context.Context) ([]HardwareToken, error) { return storyTokens, nil }
func (d tokenDesk) Codes(context.Context) ([]TokenCode, error)    { return storyTokenCodes, nil }
func (d tokenDesk) Header() string                                { return storyTokenHeader }

func (d tokenDesk) Upload(_ context.Context, csv []byte) (TokenUpload, error) {
	if !strings.HasPrefix(string(csv), storyTokenHeader) {
		return TokenUpload{}, TokenRefusal("csv: does not begin with the header")
	}
	return TokenUpload{Serials: []string{"1"}, Failures: []TokenFailure{{Line: 3, Field: "upn", Reason: "names nobody"}}}, d.did("upload " + string(csv))
}

func (d tokenDesk) refusing(serial, what string) error {
	if serial == "7" {
		return TokenRefusal("no such hardware token")
	}
	return d.did(what)
}

func (d tokenDesk) Assign(_ context.Context, serial, user string) error {
	return d.refusing(serial, "assign "+serial+" "+user)
}

func (d tokenDesk) Activate(_ context.Context, serial string, code secret.Text) error {
	return d.refusing(serial, "activate "+serial+" "+code.Reveal())
}

func (d tokenDesk) Unassign(_ context.Context, serial string) error {
	return d.refusing(serial, "unassign "+serial)
}

func (d tokenDesk) Delete(_ context.Context, serial string) error {
	return d.refusing(serial, "delete "+serial)
}

// world is the pages with a browser in front of them.
type world struct {
	t       *testing.T
	server  *httptest.Server
	browser *http.Client
	reset   *scripted
	robot   *robot.Desk
	devices *devices
	clock   *clock.Clock
}

func newWorld(t *testing.T, change ...func(*Config)) *world {
	t.Helper()
	w := &world{t: t, reset: &scripted{}, devices: &devices{}, clock: clock.New(func() time.Time { return noon })}
	desk, err := robot.NewDesk(w.clock.Now, chance.New(1).Next)
	require.NoError(t, err)
	w.robot = desk
	cfg := Config{
		Lab: storyLab, Reset: w.reset, Robot: desk, Tenant: settings{TenantName: "Northlight", InitialDomain: "northlight.onmicrosoft.example", CustomDomains: []string{"northlight.example"}},
		Journal: memory{storyRecords()}, Clock: w.clock, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Mailbox: w.devices, Phone: w.devices, Authenticator: w.devices, Tokens: tokenDesk{w.devices}, Workstation: w.devices, Directory: w.devices,
	}
	for _, c := range change {
		c(&cfg)
	}
	e, err := New(cfg)
	require.NoError(t, err)
	w.server = httptest.NewServer(e)
	t.Cleanup(w.server.Close)
	cookies, err := cookiejar.New(nil)
	require.NoError(t, err)
	w.browser = &http.Client{Jar: cookies}
	return w
}

// a visited page.
type visited struct {
	*http.Response
	Body string
	Doc  *html.Node
}

func (w *world) read(r *http.Response, err error) visited {
	w.t.Helper()
	require.NoError(w.t, err)
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	require.NoError(w.t, err)
	doc, err := html.Parse(strings.NewReader(string(b)))
	require.NoError(w.t, err)
	return visited{Response: r, Body: string(b), Doc: doc}
}

func (w *world) get(path string) visited {
	w.t.Helper()
	return w.read(w.browser.Get(w.server.URL + path))
}

func (w *world) post(path string, pairs ...string) visited {
	w.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return w.read(w.browser.PostForm(w.server.URL+path, form))
}

// hidden is the value of a hidden field of a page.
func (v visited) hidden(name string) string {
	n := find(v.Doc, func(n *html.Node) bool { return n.Data == "input" && attr(n, "name") == name })
	if n == nil {
		return ""
	}
	return attr(n, "value")
}

// identify passes P1 as user and returns the page after it.
func (w *world) identify(user string) visited {
	w.t.Helper()
	p := w.get("/passwordreset")
	answer, ok := w.robot.Answer(p.hidden("robot"))
	require.True(w.t, ok)
	return w.post("/passwordreset", "username", user, "robot", p.hidden("robot"), "form", p.hidden("form"), "characters", answer)
}

func noonClock() time.Time { return noon }

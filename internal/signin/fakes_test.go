package signin_test

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/signin"
)

const (
	right = "Lantern-Harbour-62"
	code  = "123456"
	home  = "192.0.2.1"
	away  = "203.0.113.9"
)

// people is a tenant of one person, and every port that a sign-in has.
type people struct {
	mu       sync.Mutex
	settings policy.Settings
	account  signin.Account
	habits   policy.Habits
	pass     secret.Text
	passWhy  policy.TAPUsability
	checks   int // passwords looked at
	subCode  string
	down     error
	looking  func() // happens while a password or code is looked at
}

func (p *people) Settings(context.Context) (policy.Settings, error) { return p.settings, nil }

func (p *people) Find(_ context.Context, id string) (signin.Account, error) {
	if !strings.EqualFold(id, p.account.UserPrincipalName) {
		return signin.Account{}, signin.ErrNoSuchAccount
	}
	return p.account, nil
}

func (p *people) Account(context.Context, string) (signin.Account, error) { return p.account, nil }

func (p *people) Matches(_ context.Context, id string, candidate secret.Text) (bool, error) {
	p.checks++
	if p.looking != nil {
		p.looking()
	}
	return id != "" && candidate.Reveal() == right, nil
}

func (p *people) UsePass(_ context.Context, _ string, text secret.Text, _ time.Time) (bool, policy.TAPUsability, error) {
	return text.Equal(p.pass), p.passWhy, nil
}

func (p *people) UpdateLockout(_ context.Context, _ string, change func(policy.LockoutState) policy.LockoutState) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.account.Lockout = change(p.account.Lockout)
	return nil
}

func (p *people) Habits(context.Context, string) (policy.Habits, error) { return p.habits, nil }

func (p *people) UpdateHabits(_ context.Context, _ string, change func(policy.Habits) policy.Habits) error {
	p.habits = change(p.habits)
	return nil
}

func (p *people) Confirmed(_ context.Context, _ string, now time.Time) error {
	p.account.ReconfirmedAt = now
	return nil
}

func (p *people) Snoozed(_ context.Context, _ string, now time.Time) error {
	p.account.Campaign = p.account.Campaign.Snoozed(now)
	return nil
}

func (p *people) Check(context.Context, string, secret.Text) (string, error) {
	return p.subCode, p.down
}

// UseTOTP, QuestionsOf and CheckAnswers make people the credentials of proofs.
func (p *people) UseTOTP(_ context.Context, _ string, _ []string, c secret.Text, _ time.Time) (challenge.Verdict, error) {
	if p.looking != nil {
		p.looking()
	}
	if c.Reveal() == code {
		return challenge.Right, nil
	}
	return challenge.Wrong, nil
}
func (p *people) QuestionsOf(context.Context, string) ([]string, error) { return nil, nil }
func (p *people) CheckAnswers(context.Context, string, []string, []secret.Text) (bool, error) {
	return false, nil
}

// courier keeps what was sent.
type courier struct {
	text   string
	answer challenge.Verdict
}

func (*courier) Email(context.Context, challenge.CodeMail) error { return nil }
func (c *courier) Text(_ context.Context, _ string, code secret.Text, _ string) error {
	c.text = code.Reveal()
	return nil
}
func (*courier) Call(context.Context, string, string, string) error     { return nil }
func (c *courier) CallAnswer(context.Context, string) challenge.Verdict { return c.answer }
func (*courier) Push(context.Context, string, string, int) error        { return nil }
func (c *courier) PushAnswer(context.Context, string) challenge.Verdict { return c.answer }

// lab is a sign-in service around one person.
type lab struct {
	*signin.Service
	people  *people
	courier *courier
	now     time.Time
}

func newLab(t *testing.T, change func(p *people)) *lab {
	t.Helper()
	l := &lab{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), courier: &courier{answer: challenge.Waiting}}
	l.people = &people{
		settings: policy.Settings{TenantName: "Northlight", Lockout: policy.LockoutSettings{Threshold: 10, Duration: time.Minute}},
		account: signin.Account{Person: policy.Person{
			ID: "alice", UserPrincipalName: "alice@northlight.example", Hosting: policy.CloudOnly, AccountEnabled: true,
			Contacts: policy.Contacts{AuthenticationPhone: "+1 4255550101"},
			Apps:     []policy.App{{ID: "a", Kind: policy.MicrosoftAuthenticator, Push: true}},
		}},
		passWhy: policy.TAPEnabled,
	}
	if change != nil {
		change(l.people)
	}
	source := chance.New(7)
	now := func() time.Time { return l.now }
	l.Service = &signin.Service{
		Sessions: signin.NewMemorySessions(), Accounts: l.people, Credentials: l.people, Registration: l.people, Directory: l.people,
		Habits: l.people, Journal: journal.New(now), Now: now,
		NewID: func(kind string) string { return chance.GUID(source.Next(kind)) },
		Proofs: &challenge.Service{
			Courier: l.courier, Credentials: l.people, Now: now,
			Stream: func(purpose ...string) io.Reader { return source.Stream(purpose...) },
		},
	}
	return l
}

func (l *lab) begin(t *testing.T, password, from string) signin.View {
	t.Helper()
	v, err := l.Begin(t.Context(), signin.BeginInput{
		UserID: "alice@northlight.example", Password: secret.New(password), IPAddress: from, App: "My Account", Locale: "en",
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// codes are the error numbers of the sign-in log, oldest first.
func (l *lab) codes() []int {
	var codes []int
	for _, r := range l.Journal.Records(journal.Query{Channel: journal.SignIn}) {
		codes = append(codes, r.SignIn.ErrorCode)
	}
	return codes
}

// mfa is Conditional Access that demands a second factor of everybody.
func mfa(p *people) {
	p.settings.SignIn.Access = []policy.AccessPolicy{{Name: "mfa", State: policy.AccessEnabled, IncludeUsers: []string{"All"}, RequireMFA: true}}
}

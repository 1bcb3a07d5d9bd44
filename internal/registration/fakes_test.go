package registration_test

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/registration"
	"github.com/ssprlab/ssprlab/internal/secret"
)

const appCode = "123456"

// person is a tenant of one person, and every port that registration has.
type person struct {
	settings   policy.Settings
	p          policy.Person
	registered registration.Registered
	pending    []registration.AppOffer
	answers    []registration.Answered
	free       map[string]bool // serial numbers that the person may take
	taken      string          // name of the token that was taken
	revokedAt  time.Time
}

func (f *person) Settings(context.Context) (policy.Settings, error)     { return f.settings, nil }
func (f *person) Person(context.Context, string) (policy.Person, error) { return f.p, nil }
func (f *person) Registered(context.Context, string) (registration.Registered, error) {
	return f.registered, nil
}

func (f *person) Start(_ context.Context, _ string, kind policy.AppKind, _ bool, now time.Time) (registration.AppOffer, error) {
	o := registration.AppOffer{AppID: string(kind), URI: secret.New("otpauth://totp/x?secret=ABC"), Secret: secret.New("ABC"), Expires: now.Add(time.Hour)}
	f.pending = append(f.pending, o)
	return o, nil
}

func (f *person) Offer(_ context.Context, _, id string) (registration.AppOffer, error) {
	for _, o := range f.pending {
		if o.AppID == id {
			return o, nil
		}
	}
	return registration.AppOffer{}, registration.ErrNoDraft
}

func (f *person) Confirm(_ context.Context, _, id string, code secret.Text, _ time.Time) (challenge.Verdict, error) {
	if code.Reveal() != appCode {
		return challenge.Wrong, nil
	}
	f.pending = nil
	f.p.Apps = append(f.p.Apps, policy.App{ID: id, Kind: policy.AppKind(id), Push: id == string(policy.MicrosoftAuthenticator)})
	f.registered.Apps = append(f.registered.Apps, registration.App{ID: id, Kind: policy.AppKind(id)})
	return challenge.Right, nil
}

func (f *person) Delete(_ context.Context, _, id string) error {
	f.pending = nil
	f.p.Apps = slices.DeleteFunc(f.p.Apps, func(a policy.App) bool { return a.ID == id })
	f.registered.Apps = slices.DeleteFunc(f.registered.Apps, func(a registration.App) bool { return a.ID == id })
	return nil
}

func (f *person) MayClaim(_ context.Context, _, serial string) (bool, error) {
	return f.free[strings.TrimSpace(serial)], nil
}

func (f *person) Claim(_ context.Context, _, serial, name string, code secret.Text, _ time.Time) (challenge.Verdict, error) {
	switch {
	case !f.free[serial]:
		return challenge.Expired, nil
	case code.Reveal() != appCode:
		return challenge.Wrong, nil
	}
	delete(f.free, serial)
	f.taken = name
	f.p.Apps = append(f.p.Apps, policy.App{ID: serial, Kind: policy.HardwareOATH})
	f.registered.Apps = append(f.registered.Apps, registration.App{ID: serial, Kind: policy.HardwareOATH, Name: name})
	return challenge.Right, nil
}

func (f *person) SetContact(_ context.Context, _ string, m policy.InfoMethod, value string) error {
	switch m {
	case policy.InfoPhone:
		f.p.Contacts.AuthenticationPhone = value
	case policy.InfoAlternatePhone:
		f.p.Contacts.AlternatePhone = value
	case policy.InfoOfficePhone:
		f.p.Contacts.OfficePhone = value
	case policy.InfoEmail:
		f.p.Contacts.AuthenticationEmail = value
	}
	return nil
}

func (f *person) SetQuestions(_ context.Context, _ string, given []registration.Answered) error {
	f.answers, f.p.QuestionCount, f.registered.Questions = given, len(given), len(given)
	return nil
}

func (f *person) UpdateHabits(_ context.Context, _ string, change func(policy.Habits) policy.Habits) error {
	f.registered.Habits = change(f.registered.Habits)
	return nil
}

func (f *person) SetDefault(_ context.Context, _ string, m policy.Method) error {
	f.registered.DefaultFactor = m
	return nil
}

func (f *person) DeletePass(context.Context, string) error {
	f.registered.PassEnds = time.Time{}
	return nil
}

func (f *person) MarkRegistered(_ context.Context, _ string, now time.Time) error {
	f.p.RegisteredAt = now
	return nil
}

func (f *person) RevokeSessions(_ context.Context, _ string, now time.Time) error {
	f.revokedAt = now
	return nil
}

// courier keeps what was sent.
type courier struct {
	to, code string
	call     challenge.Verdict
	sent     int
}

func (c *courier) Email(_ context.Context, m challenge.CodeMail) error {
	c.to, c.code = m.To, m.Code.Reveal()
	c.sent++
	return nil
}

func (c *courier) Text(_ context.Context, number string, code secret.Text, _ string) error {
	c.to, c.code = number, code.Reveal()
	c.sent++
	return nil
}

func (c *courier) Call(_ context.Context, number, _, _ string) error {
	c.to = number
	c.sent++
	return nil
}
func (c *courier) CallAnswer(context.Context, string) challenge.Verdict { return c.call }
func (*courier) Push(context.Context, string, string, int) error        { return nil }
func (*courier) PushAnswer(context.Context, string) challenge.Verdict   { return challenge.Waiting }

// desk is a registration service around one person, bob, who has nothing.
type desk struct {
	*registration.Service
	person  *person
	courier *courier
	now     time.Time
	visitor registration.Visitor
}

func newDesk(t *testing.T, change func(f *person)) *desk {
	t.Helper()
	d := &desk{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), courier: &courier{call: challenge.Waiting}}
	everybody := policy.MethodConfig{Enabled: true, Include: []string{policy.AllUsers}, OfficeAllowed: true, SoftwareOATH: true}
	d.person = &person{
		p: policy.Person{ID: "bob", UserPrincipalName: "bob@northlight.example", Mail: "bob@northlight.example", AccountEnabled: true, Hosting: policy.CloudOnly},
		settings: policy.Settings{
			Paid: true,
			Reset: policy.ResetSettings{
				Scope: policy.ScopeAll, Gates: 1, Methods: []policy.Method{policy.Questions},
				Questions: policy.QuestionSettings{ToRegister: 3, ToReset: 3, Predefined: []string{"first_pet", "city_first_job", "dream_job", "first_school"}},
			},
			Methods: policy.MethodsPolicy{Migration: policy.MigrationComplete, Configs: map[string]policy.MethodConfig{
				policy.ConfigEmail: everybody, policy.ConfigSMS: everybody, policy.ConfigVoice: everybody,
				policy.ConfigAuthenticator: everybody, policy.ConfigSoftwareOATH: everybody, policy.ConfigHardwareOATH: everybody,
			}},
		},
	}
	if change != nil {
		change(d.person)
	}
	source := chance.New(7)
	now := func() time.Time { return d.now }
	d.Service = &registration.Service{
		People: d.person, Apps: d.person, Tokens: d.person, Data: d.person, Drafts: registration.NewMemoryDrafts(), Journal: journal.New(now), Now: now,
		Proofs: &challenge.Service{Courier: d.courier, Now: now, Stream: func(purpose ...string) io.Reader { return source.Stream(purpose...) }},
	}
	d.visitor = registration.Visitor{PersonID: "bob", Session: "s", CorrelationID: "c", Kind: policy.SignedInWithPassword, Locale: "en"}
	return d
}

// audit is the reasons and activities of the audit log, oldest first.
func (d *desk) audit() []string {
	var lines []string
	for _, r := range d.Journal.Records(journal.Query{Channel: journal.Audit}) {
		lines = append(lines, r.Audit.ActivityDisplayName+": "+r.Audit.Result)
	}
	return lines
}

// hasPhone gives bob a phone, which is a second factor.
func hasPhone(f *person) { f.p.Contacts.AuthenticationPhone = "+1 4255550102" }

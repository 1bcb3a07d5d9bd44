package reset_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// demo is the demo's seed, read once. More people than in the demo have answered
// security questions.
var demo = sync.OnceValues(func() (tenant.Seed, error) {
	seed, err := tenant.Demo()
	for i, u := range seed.Users {
		if slices.Contains([]string{"frank@northlight.example", "nina@northlight.example", "karl@northlight.example"}, u.UserPrincipalName) {
			seed.Users[i].Methods.Questions = seed.Users[0].Methods.Questions
		}
	}
	return seed, err
})

// An organisation is the demo tenant behind a real reset service with real
// proofs, on a clock of its own. A stand-in writes to the directory.
type organisation struct {
	*reset.Service
	t     *rapid.T
	store *tenant.Store
	now   time.Time

	status  policy.WritebackStatus
	verdict reset.WriteVerdict // of the next writes
	cloud   error              // of the next writes to the cloud

	sent    string                       // the last code that was sent
	rings   map[string]challenge.Verdict // calls and notifications
	written func(personID string)        // told before a password is set or an account unlocked
}

// start is no whole second, as real clocks never are.
var start = time.Date(2026, 3, 2, 9, 0, 0, 123456789, time.UTC)

func newOrganisation(t *rapid.T) *organisation {
	o := &organisation{
		t: t, now: start, status: policy.WritebackRunning, verdict: reset.Written,
		rings: map[string]challenge.Verdict{}, written: func(string) {},
	}
	clock := func() time.Time { return o.now }
	source := chance.New(1)
	seed, err := demo()
	require.NoError(t, err)
	o.store, err = tenant.New(seed, source, clock)
	require.NoError(t, err)
	o.set(func(s *policy.Settings) { s.Telecom = policy.TelecomCustomer })
	o.Service = &reset.Service{
		Sessions: reset.NewMemorySessions(), People: o.store, Passwords: cloudSide{o.store, o}, OnPremises: standIn{o},
		Proofs:   &challenge.Service{Courier: bearer{o}, Credentials: o.store, Now: clock, Stream: source.Stream},
		Notifier: nobody{}, Journal: journal.New(clock), Now: clock,
		NewID: func(kind string) string { return chance.GUID(source.Next(kind)) },
	}
	return o
}

// facts are what the model knows of a person now.
func (o *organisation) facts(personID string, blocked time.Time) facts {
	s, err := o.store.Settings(context.Background())
	require.NoError(o.t, err)
	p, err := o.store.Person(context.Background(), personID)
	require.NoError(o.t, err)
	return facts{s: s, p: p, writeback: o.status, blocked: blocked, now: o.now}
}

// set changes the tenant as an administrator does. What the tenant refuses, such
// as too few methods beside the app, has not happened.
func (o *organisation) set(change func(*policy.Settings)) {
	_, err := o.store.UpdateSettings(context.Background(), func(s *policy.Settings) error {
		change(s)
		return nil
	})
	if _, refused := errors.AsType[tenant.Problems](err); !refused {
		require.NoError(o.t, err)
	}
}

func (o *organisation) user(id string, change func(*tenant.User)) {
	_, err := o.store.UpdateUser(context.Background(), id, func(u *tenant.User) error {
		change(u)
		return nil
	})
	require.NoError(o.t, err)
}

// join puts a person into a group, or takes the person out of all of them.
func (o *organisation) join(id, group string) {
	_, err := o.store.UpdateGroup(context.Background(), group, func(g *tenant.Group) error {
		g.Members = append(g.Members, id)
		return nil
	})
	require.NoError(o.t, err)
}

// answerOf is what everybody says to a security question.
func answerOf(question string) string {
	known := map[string]string{
		"first_pet": "Biscuit", "city_first_job": "Rotterdam", "What was printed on your first work mug?": "A grey heron",
	}
	if a, ok := known[question]; ok {
		return a
	}
	return "The answer to " + question
}

// register puts a method on file for a person, as the Security info page does.
func (o *organisation) register(id string, m policy.Method) {
	switch m {
	case policy.Questions:
		var all []tenant.Answered
		for _, q := range []string{"first_pet", "city_first_job", "childhood_hero"} {
			all = append(all, tenant.Answered{Question: q, Answer: secret.New(answerOf(q))})
		}
		require.NoError(o.t, o.store.SetQuestions(context.Background(), id, all))
	case policy.AppCode, policy.AppPush:
		for i, kind := range []policy.AppKind{policy.MicrosoftAuthenticator, policy.SoftwareOATH, policy.HardwareOATH} {
			key := []string{"JBSWY3DPEHPK3PXPJBSWY3DP", "KRSXG5BAKRSXG5BAKRSXG5BA", "MFRGGZDFMZTWQ2LKMFRGGZDF"}[i]
			o.user(id, func(u *tenant.User) {
				u.Methods.Apps = slices.DeleteFunc(u.Methods.Apps, func(a tenant.App) bool { return a.Kind == kind })
			})
			_, err := o.store.AddApp(context.Background(), id, tenant.App{
				Kind: kind, Push: kind == policy.MicrosoftAuthenticator, OATH: tenant.OATH{Secret: secret.New(key)},
			}, o.now)
			require.NoError(o.t, err)
		}
	case policy.Email:
		o.user(id, func(u *tenant.User) { u.Methods.AuthenticationEmail = "new@home.example" })
	case policy.OfficeCall:
		o.user(id, func(u *tenant.User) { u.BusinessPhones = []string{"+1 4255550188"} })
	default:
		o.user(id, func(u *tenant.User) { u.Methods.AuthenticationPhone = "+1 4255550177" })
	}
}

// apps are what the person has in hand.
func (o *organisation) apps(id string) []tenant.App {
	u, err := o.store.User(context.Background(), id)
	require.NoError(o.t, err)
	return u.Methods.Apps
}

// cloudSide is the tenant's passwords, which may refuse a write.
type cloudSide struct {
	*tenant.Store
	o *organisation
}

func (c cloudSide) SetPassword(ctx context.Context, id string, password secret.Text, mustChange bool, now time.Time) error {
	c.o.written(id)
	if c.o.cloud != nil {
		return c.o.cloud
	}
	return c.Store.SetPassword(ctx, id, password, mustChange, now)
}

// standIn stands in for agent and directory.
type standIn struct{ o *organisation }

func (s standIn) Status(context.Context, policy.Person) policy.WritebackStatus { return s.o.status }

func (s standIn) Write(_ context.Context, w reset.OnPremisesWrite) reset.WriteReport {
	s.o.written(w.Person.ID)
	return reset.WriteReport{Verdict: s.o.verdict, Agent: journal.AgentConnectSync, Remedy: "mend " + string(s.o.verdict)}
}

// bearer brings codes, calls and notifications.
type bearer struct{ o *organisation }

func (b bearer) Email(_ context.Context, m challenge.CodeMail) error {
	b.o.sent = m.Code.Reveal()
	return nil
}

func (b bearer) Text(_ context.Context, _ string, code secret.Text, _ string) error {
	b.o.sent = code.Reveal()
	return nil
}

func (b bearer) Call(_ context.Context, _, id, _ string) error {
	b.o.rings[id] = challenge.Waiting
	return nil
}

func (b bearer) Push(_ context.Context, _, id string, _ int) error {
	b.o.rings[id] = challenge.Waiting
	return nil
}

func (b bearer) CallAnswer(_ context.Context, id string) challenge.Verdict { return b.o.rings[id] }
func (b bearer) PushAnswer(_ context.Context, id string) challenge.Verdict { return b.o.rings[id] }

// nobody is told.
type nobody struct{}

func (nobody) PasswordReset(context.Context, policy.Person, policy.Operation, string) error {
	return nil
}

func (nobody) ContactAdministrator(context.Context, policy.Person, string, string) error { return nil }

// numberOf is the number that a person types for a method.
func numberOf(p policy.Person, m policy.Method) string {
	c := p.Contacts
	switch {
	case m == policy.OfficeCall:
		return c.OfficePhone
	case c.AuthenticationPhone != "":
		return c.AuthenticationPhone
	}
	return c.MobilePhone
}

func texts(list ...string) []secret.Text {
	var all []secret.Text
	for _, s := range list {
		all = append(all, secret.New(s))
	}
	return all
}

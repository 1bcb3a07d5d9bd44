package notify_test

import (
	"bufio"
	"context"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/memnet"
	"github.com/ssprlab/ssprlab/internal/notify"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// postOffice is a mail server of a few lines, told apart from the one that the
// product brings: it refuses what it is told to and remembers the rest.
type postOffice struct {
	refuse   string // recipients that contain it
	silent   bool   // never says a word
	envelope [][]string
	bodies   []string
}

func (o *postOffice) serve(conn net.Conn) {
	defer conn.Close()
	if o.silent {
		_, _ = bufio.NewReader(conn).ReadString('\n')
		return
	}
	say := func(s string) { _, _ = conn.Write([]byte(s + "\r\n")) }
	say("220 post office")
	var to []string
	for in := bufio.NewScanner(conn); in.Scan(); {
		switch line := in.Text(); {
		case strings.HasPrefix(line, "RCPT TO:"):
			address := strings.Trim(line[len("RCPT TO:"):], "<> ")
			if o.refuse != "" && strings.Contains(address, o.refuse) {
				say("550 5.1.1 nobody here")
				continue
			}
			to = append(to, address)
			say("250 ok")
		case line == "DATA":
			say("354 go on")
			var body strings.Builder
			for in.Scan() && in.Text() != "." {
				body.WriteString(in.Text() + "\n")
			}
			o.envelope, o.bodies = append(o.envelope, to), append(o.bodies, body.String())
			say("250 taken")
		case line == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// audience is a tenant's people.
type audience struct {
	settings policy.Settings
	admins   []policy.Person
}

func (a audience) Settings(context.Context) (policy.Settings, error) { return a.settings, nil }
func (a audience) Administrators(context.Context) ([]policy.Person, error) {
	return a.admins, nil
}

func person(name string, roles ...string) policy.Person {
	return policy.Person{
		ID: name, UserPrincipalName: name + "@northlight.example", DisplayName: strings.ToUpper(name[:1]) + name[1:],
		Mail: name + ".mail@northlight.example", Roles: roles,
	}
}

// inBubble runs f with a notifier whose mail goes to o, in virtual time.
func inBubble(t *testing.T, o *postOffice, a audience, f func(t *testing.T, n *notify.Notifier)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := memnet.New()
		l, err := network.Listen(t.Context(), "tcp", "mail.example:25")
		require.NoError(t, err)
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				go o.serve(conn)
			}
		}()
		now := func() time.Time { return noon }
		f(t, &notify.Notifier{Audience: a, Now: now, Mailer: &notify.Mailer{
			Addr: "mail.example:25", Dial: network.DialContext, Now: now, Stream: chance.New(1).Stream,
		}})
		require.NoError(t, l.Close())
	})
}

func tenant() audience {
	a := audience{admins: []policy.Person{
		person("gina", policy.RoleGlobalAdministrator), person("gus", policy.RoleGlobalAdministrator),
		person("hal", policy.RoleHelpdeskAdministrator), person("uma", policy.RoleUserAdministrator),
	}}
	a.settings.TenantName = "Northlight"
	return a
}

func TestWhoIsTold(t *testing.T) {
	withMail := person("alice")
	withMail.Contacts.AuthenticationEmail = "alice@home.example"
	without := person("bob")
	without.Mail = ""
	for name, c := range map[string]struct {
		who           policy.Person
		op            policy.Operation
		users, admins bool
		want          []string
	}{
		"the person, at both addresses":           {withMail, policy.Reset, true, true, []string{"alice.mail@northlight.example", "alice@home.example"}},
		"without any address, the UPN":            {without, policy.Reset, true, false, []string{"bob@northlight.example"}},
		"nobody when it is off":                   {withMail, policy.Reset, false, false, nil},
		"an unlock leaves the password":           {withMail, policy.Unlock, true, true, nil},
		"a change is no reset":                    {withMail, policy.Change, true, true, nil},
		"the other global administrators":         {person("gina", policy.RoleGlobalAdministrator), policy.Reset, false, true, []string{"gus.mail@northlight.example"}},
		"and the administrator who did it, apart": {person("hal", policy.RoleHelpdeskAdministrator), policy.Reset, true, true, []string{"hal.mail@northlight.example", "gina.mail@northlight.example gus.mail@northlight.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			o, a := &postOffice{}, tenant()
			a.settings.Notify.Users, a.settings.Notify.Admins = c.users, c.admins
			inBubble(t, o, a, func(t *testing.T, n *notify.Notifier) {
				require.NoError(t, n.PasswordReset(t.Context(), c.who, c.op, "en"))
			})
			var got []string
			for _, e := range o.envelope {
				got = append(got, strings.Join(e, " "))
			}
			assert.Equal(t, c.want, got)
		})
	}
}

func TestHelpIsAskedOfTheFirstLineThatHasAnybody(t *testing.T) {
	for name, c := range map[string]struct {
		drop []string
		want []string
	}{
		"helpdesk first":           {nil, []string{"hal.mail@northlight.example"}},
		"then user administrators": {[]string{"hal"}, []string{"uma.mail@northlight.example"}},
		"then global ones":         {[]string{"hal", "uma"}, []string{"gina.mail@northlight.example", "gus.mail@northlight.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			o, a := &postOffice{}, tenant()
			a.admins = slices.DeleteFunc(a.admins, func(p policy.Person) bool { return slices.Contains(c.drop, p.ID) })
			inBubble(t, o, a, func(t *testing.T, n *notify.Notifier) {
				require.NoError(t, n.ContactAdministrator(t.Context(), person("alice"), "corr-1", "en"))
			})
			require.Len(t, o.envelope, 1)
			assert.Equal(t, c.want, o.envelope[0])
			assert.Contains(t, o.bodies[0], "alice@northlight.example")
			assert.Contains(t, o.bodies[0], "corr-1")
		})
	}
}

func TestNobodyToAsk(t *testing.T) {
	o, a := &postOffice{}, tenant()
	a.admins = a.admins[:1]
	inBubble(t, o, a, func(t *testing.T, n *notify.Notifier) {
		err := n.ContactAdministrator(t.Context(), a.admins[0], "corr-1", "en")
		assert.ErrorIs(t, err, notify.ErrNobodyToAsk, "a locked-out administrator does not help themselves")
	})
	assert.Empty(t, o.envelope)
}

func TestRefusedMailIsAnErrorThatKeepsTheCode(t *testing.T) {
	inBubble(t, &postOffice{refuse: "nowhere"}, tenant(), func(t *testing.T, n *notify.Notifier) {
		err := n.Email(t.Context(), challenge.CodeMail{To: "x@nowhere.example", Code: secret.New("424242"), Expires: time.Minute})
		require.ErrorContains(t, err, "nobody here")
		require.ErrorContains(t, err, "mail.example:25", "it names the server")
		assert.NotContains(t, err.Error(), "424242")
	})
}

func TestOneRefusedNoticeDoesNotKeepTheOtherBack(t *testing.T) {
	o, a := &postOffice{refuse: "alice.mail"}, tenant()
	a.settings.Notify.Users = true
	alice := person("alice")
	alice.Contacts.AuthenticationEmail = "alice@home.example"
	inBubble(t, o, a, func(t *testing.T, n *notify.Notifier) {
		require.Error(t, n.PasswordReset(t.Context(), alice, policy.Reset, "en"))
	})
	assert.Equal(t, [][]string{{"alice@home.example"}}, o.envelope)
}

func TestASilentServerHoldsNobodyUp(t *testing.T) {
	inBubble(t, &postOffice{silent: true}, tenant(), func(t *testing.T, n *notify.Notifier) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		err := n.Email(ctx, challenge.CodeMail{To: "a@b.example", Expires: time.Minute})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 3*time.Second, time.Since(start))

		start = time.Now()
		require.Error(t, n.Email(t.Context(), challenge.CodeMail{To: "a@b.example", Expires: time.Minute}))
		assert.Equal(t, 30*time.Second, time.Since(start), "even without a deadline")
	})
}

func TestNoServerIsAnError(t *testing.T) {
	m := &notify.Mailer{
		Addr: "mail.example:25", Dial: memnet.New().DialContext, Stream: chance.New(1).Stream,
		Now: func() time.Time { return noon },
	}
	err := m.Send(t.Context(), notify.Verification(policy.Settings{}, challenge.CodeMail{To: "a@b.example"}))
	require.Error(t, err)
	assert.NotErrorIs(t, err, context.DeadlineExceeded)
}

// Everybody is written to in their own language, and without one in that of the
// page that the request came from.
func TestAdministratorsReadTheirOwnLanguage(t *testing.T) {
	o, a := &postOffice{}, tenant()
	a.settings.Notify.Admins = true
	a.admins = append(a.admins, person("gerd", policy.RoleGlobalAdministrator), person("gabi", policy.RoleGlobalAdministrator))
	a.admins[1].PreferredLanguage, a.admins[4].PreferredLanguage, a.admins[5].PreferredLanguage = "ja", "de-AT", "de"
	inBubble(t, o, a, func(t *testing.T, n *notify.Notifier) {
		require.NoError(t, n.PasswordReset(t.Context(), a.admins[2], policy.Reset, "fr"))
		require.NoError(t, n.ContactAdministrator(t.Context(), a.admins[2], "corr-1", "ar"))
	})
	require.Equal(t, [][]string{
		{"gina.mail@northlight.example"},
		{"gus.mail@northlight.example"},
		{"gerd.mail@northlight.example", "gabi.mail@northlight.example"},
		{"uma.mail@northlight.example"},
	}, o.envelope)
	for i, lang := range []string{"fr", "ja", "de", "ar"} {
		assert.Contains(t, o.bodies[i], `lang=3D"`+lang+`"`)
	}
}

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/sambaoracle"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/writeback"
	"github.com/ssprlab/ssprlab/internal/writeback/agent"
	"github.com/ssprlab/ssprlab/internal/writeback/envelope"
	"github.com/ssprlab/ssprlab/internal/writeback/ldapwriter"
	"github.com/ssprlab/ssprlab/internal/writeback/relay"
)

// The rights that writeback needs, inherited to users (Set-ADSyncPasswordWritebackPermissions).
const (
	mayReset       = "(OA;CIIO;CR;00299570-246d-11d0-a768-00aa006e0529;bf967aba-0de6-11d0-a285-00aa003049e2;%s)"
	mayWriteLock   = "(OA;CIIO;WP;28630ebf-41d5-11d1-a9c1-0000f80367c1;bf967aba-0de6-11d0-a285-00aa003049e2;%s)"
	mayWritePwdSet = "(OA;CIIO;WP;bf967a0a-0de6-11d0-a285-00aa003049e2;bf967aba-0de6-11d0-a285-00aa003049e2;%s)"
)

// sambaSite is the writeback of one domain whose controller is a real one: the
// cloud side, a relay, the agent and its LDAP client.
type sambaSite struct {
	*writeback.Service
	dc *sambaoracle.DC

	mu     sync.Mutex
	events []journal.Event
	ids    int
}

const (
	sambaService = "svc-writeback"
	sambaDomain  = "oracle.ssprlab.test"
	servicePass  = "Service!Passw0rd"
)

func newSambaSite(t *testing.T) *sambaSite {
	t.Helper()
	s := &sambaSite{dc: sambaoracle.Start(t)}
	s.dc.Tool("domain", "passwordsettings", "set", "--min-pwd-age=0", "--history-length=3", "--account-lockout-threshold=3")
	s.dc.AddUsers(sambaoracle.User{Name: sambaService, Password: servicePass, UAC: 66048})
	s.dc.Grant("CN=Users,"+s.dc.BaseDN, sambaService, mayReset, mayWriteLock, mayWritePwdSet)

	writer, err := ldapwriter.New(ldapwriter.Config{
		URLs: []string{s.dc.URL}, BindName: s.dc.DN(sambaService), BindPassword: secret.New(servicePass), RootCAs: s.dc.CA,
	})
	require.NoError(t, err)
	t.Cleanup(writer.Close)
	var line relay.Memory
	a, err := agent.New(agent.Config{
		ID: "agent-1", Kind: envelope.ConnectSync, Domain: sambaDomain, Computer: "SYNC01", ConnectorAccount: `ORACLE\` + sambaService, Relay: &line,
		Writer: writer, Keys: &agent.KeyPool{}, NewID: s.id, Log: s.log, LabClock: time.Now,
	})
	require.NoError(t, err)
	require.NoError(t, a.Start(t.Context()))
	t.Cleanup(a.Stop)
	settings := policy.Settings{Reset: policy.ResetSettings{Writeback: true}}
	s.Service, err = writeback.New(t.Context(), writeback.Config{
		Relay: &line, Settings: func(context.Context) (policy.Settings, error) { return settings, nil },
		SourceAnchor: func(_ context.Context, name string) (string, error) { return s.dc.Anchor(name), nil },
		Now:          time.Now, NewID: s.id,
	})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

func (s *sambaSite) id(kind string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids++
	return fmt.Sprintf("%s-%d", kind, s.ids)
}

func (s *sambaSite) log(e journal.Event, _ string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, e)
}

func (s *sambaSite) takeEvents() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for _, e := range s.events {
		ids = append(ids, fmt.Sprint(e.ID))
	}
	s.events = nil
	return strings.Join(ids, " ")
}

// write performs one operation for a person, whose object ID is the account's
// name here.
func (s *sambaSite) write(t *testing.T, op policy.Operation, name, current, password string) reset.WriteReport {
	t.Helper()
	r := s.Write(t.Context(), reset.OnPremisesWrite{
		Operation: op, CorrelationID: "track-1", Current: secret.New(current), New: secret.New(password),
		Person: policy.Person{ID: name, UserPrincipalName: name + "@" + sambaDomain, OnPremisesDomain: sambaDomain, Hosting: policy.PasswordSync},
	})
	text, err := json.Marshal(r)
	require.NoError(t, err)
	for _, s := range []string{current, password, servicePass} {
		if s != "" {
			assert.NotContains(t, string(text), s)
		}
	}
	return r
}

func TestWritebackToSamba(t *testing.T) {
	s := newSambaSite(t)
	people := []sambaoracle.User{{Name: "disabled", Password: "First!Passw0rd", UAC: 514}}
	for _, name := range []string{"reset", "change", "locked", "short", "history", "starttls", "wrong", "outside", "temporary"} {
		people = append(people, sambaoracle.User{Name: name, Password: "First!Passw0rd"})
	}
	s.dc.AddUsers(people...)
	// One account denies what is granted above it.
	s.dc.Tool("dsacl", "set", "--objectdn="+s.dc.DN("outside"), "--sddl=(OD;;CR;00299570-246d-11d0-a768-00aa006e0529;;"+s.dc.Attribute(sambaService, "objectSid")+")")
	s.takeEvents()

	signsIn := s.dc.SignIn

	t.Run("a reset", func(t *testing.T) {
		assert.Equal(t, policy.WritebackRunning, s.Status(t.Context(), policy.Person{OnPremisesDomain: sambaDomain}))
		before := s.dc.Attribute("reset", "msDS-KeyVersionNumber")
		r := s.write(t, policy.Reset, "reset", "", "Second!Passw0rd")
		assert.Equal(t, reset.Written, r.Verdict, r.Detail)
		assert.NoError(t, signsIn("reset", "Second!Passw0rd"))
		assert.NotEqual(t, before, s.dc.Attribute("reset", "msDS-KeyVersionNumber"))
		assert.Equal(t, "31001 6329 405 403 405 31002", s.takeEvents(), "Samba has no policy-hints control")
	})
	t.Run("a change", func(t *testing.T) {
		r := s.write(t, policy.Change, "change", "First!Passw0rd", "Second!Passw0rd")
		assert.Equal(t, reset.Written, r.Verdict, r.Detail)
		assert.NoError(t, signsIn("change", "Second!Passw0rd"))
		assert.Equal(t, "31006 405 403 405 31007", s.takeEvents())
	})
	t.Run("an unlock", func(t *testing.T) {
		for range 3 {
			assert.Error(t, signsIn("locked", "wrong"))
		}
		require.Error(t, signsIn("locked", "First!Passw0rd"), "locked out")
		assert.Equal(t, reset.AccountLocked, s.write(t, policy.Change, "locked", "First!Passw0rd", "Second!Passw0rd").Verdict)
		r := s.write(t, policy.Unlock, "locked", "", "")
		assert.Equal(t, reset.Written, r.Verdict, r.Detail)
		assert.NoError(t, signsIn("locked", "First!Passw0rd"))
		assert.Equal(t, "31006 33006 31008 31001 405 403 405 31002", s.takeEvents())
	})
	t.Run("a reset unlocks", func(t *testing.T) {
		for range 3 {
			assert.Error(t, signsIn("locked", "wrong"))
		}
		require.Error(t, signsIn("locked", "First!Passw0rd"))
		r := s.write(t, policy.Reset, "locked", "", "Second!Passw0rd")
		assert.Equal(t, reset.Written, r.Verdict, r.Detail)
		assert.NoError(t, signsIn("locked", "Second!Passw0rd"))
		s.takeEvents()
	})
	t.Run("a temporary password", func(t *testing.T) {
		r := s.WriteAdminReset(t.Context(), writeback.AdminReset{
			CorrelationID: "track-1", New: secret.New("Second!Passw0rd"), ForceChange: true,
			Person: policy.Person{ID: "temporary", OnPremisesDomain: sambaDomain},
		})
		assert.Equal(t, reset.Written, r.Verdict, r.Detail)
		assert.Equal(t, "0", s.dc.Attribute("temporary", "pwdLastSet"))
		assert.Equal(t, "31009 6329 405 403 405 31010", s.takeEvents())
	})
	for name, c := range map[string]struct {
		op                      policy.Operation
		user, current, password string
		want                    reset.WriteVerdict
		remedy, events          string
	}{
		"too short, reset":         {policy.Reset, "short", "", "Ab1!", reset.RefusedByPolicy, "at least 7 characters", "31001 6329 6329 33008 31003"},
		"too short, change":        {policy.Change, "short", "First!Passw0rd", "Ab1!", reset.RefusedByPolicy, "at least 7 characters", "31006 6329 33008 31008"},
		"not complex":              {policy.Reset, "short", "", "aaaaaaaaaaaa", reset.RefusedByPolicy, "three kinds of characters", "31001 6329 6329 33008 31003"},
		"in the history, a change": {policy.Change, "history", "First!Passw0rd", "First!Passw0rd", reset.RefusedByPolicy, "not used before", "31006 6329 33008 31008"},
		"wrong current password":   {policy.Change, "wrong", "Not!Passw0rd", "Second!Passw0rd", reset.WrongCurrent, "present domain password", "31006 33007 31008"},
		"no permission":            {policy.Reset, "outside", "", "Second!Passw0rd", reset.NoPermission, "grant the connector account Reset Password", "31001 6329 6329 33004 31003"},
		"a disabled account":       {policy.Reset, "disabled", "", "Second!Passw0rd", reset.AccountDisabled, "enable the account", "31001 33005 31003"},
	} {
		t.Run(name, func(t *testing.T) {
			r := s.write(t, c.op, c.user, c.current, c.password)
			assert.Equal(t, c.want, r.Verdict, r.Detail)
			assert.Contains(t, r.Remedy, c.remedy)
			assert.Equal(t, c.events, s.takeEvents())
			if c.user != "disabled" {
				assert.NoError(t, signsIn(c.user, "First!Passw0rd"), "the old password still holds")
			}
		})
	}
	t.Run("over StartTLS", func(t *testing.T) {
		w, err := ldapwriter.New(ldapwriter.Config{URLs: []string{"ldap://" + s.dc.Address}, BindName: sambaService + "@" + sambaDomain, BindPassword: secret.New(servicePass), RootCAs: s.dc.CA})
		require.NoError(t, err)
		defer w.Close()
		r := w.Reset(t.Context(), agent.Target{SourceAnchor: s.dc.Anchor("starttls")}, secret.New("Second!Passw0rd"), false)
		assert.Equal(t, envelope.Written, r.Verdict, r.Detail)
		assert.NoError(t, signsIn("starttls", "Second!Passw0rd"))
	})
	t.Run("a wrong password of the connector account", func(t *testing.T) {
		w, err := ldapwriter.New(ldapwriter.Config{URLs: []string{s.dc.URL}, BindName: s.dc.DN(sambaService), BindPassword: secret.New("not this"), RootCAs: s.dc.CA})
		require.NoError(t, err)
		defer w.Close()
		r := w.Reset(t.Context(), agent.Target{SourceAnchor: s.dc.Anchor("wrong")}, secret.New("Second!Passw0rd"), false)
		assert.Equal(t, envelope.Configuration, r.Verdict, r.Detail)
		assert.Contains(t, r.Detail, "data 52e")
	})
	t.Run("a certificate of a stranger", func(t *testing.T) {
		w, err := ldapwriter.New(ldapwriter.Config{URLs: []string{s.dc.URL}, BindName: s.dc.DN(sambaService), BindPassword: secret.New(servicePass)})
		require.NoError(t, err)
		defer w.Close()
		r := w.Reset(t.Context(), agent.Target{SourceAnchor: s.dc.Anchor("wrong")}, secret.New("Second!Passw0rd"), false)
		assert.Equal(t, envelope.Unreachable, r.Verdict)
		assert.Contains(t, r.Detail, "unknown authority")
	})
}

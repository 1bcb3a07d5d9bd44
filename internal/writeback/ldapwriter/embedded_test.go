package ldapwriter_test

import (
	"context"
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/adwire"
	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/directory/security"
	"github.com/ssprlab/ssprlab/internal/memnet"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/writeback/agent"
	"github.com/ssprlab/ssprlab/internal/writeback/envelope"
	"github.com/ssprlab/ssprlab/internal/writeback/ldapwriter"
)

// The rights that writeback needs, inherited to users; %s is the trustee.
const (
	mayReset     = "(OA;CIIO;CR;00299570-246d-11d0-a768-00aa006e0529;bf967aba-0de6-11d0-a285-00aa003049e2;%s)"
	mayUnlock    = "(OA;CIIO;WP;28630ebf-41d5-11d1-a9c1-0000f80367c1;bf967aba-0de6-11d0-a285-00aa003049e2;%s)"
	mayMakeThem  = "(OA;CIIO;WP;bf967a0a-0de6-11d0-a285-00aa003049e2;bf967aba-0de6-11d0-a285-00aa003049e2;%s)"
	embeddedBase = "DC=corp,DC=example"
)

// An embedded is the embedded directory behind its own wire, in a bubble's
// time, with a writer in front of it.
type embedded struct {
	*ldapwriter.Writer
	domain *directory.Domain
}

func newEmbedded(t *testing.T, rights ...string) embedded {
	t.Helper()
	sid, err := security.ParseSID("S-1-5-21-1000-2000-3000")
	require.NoError(t, err)
	f, err := directory.NewForest(directory.ForestConfig{
		Domains: []directory.DomainConfig{{DNSName: "corp.example", NetBIOS: "CORP", SID: sid}}, Now: time.Now(), Rand: rand.NewChaCha8([32]byte{}),
	})
	require.NoError(t, err)
	d := f.Domains()[0]
	people := "OU=People," + embeddedBase
	require.NoError(t, d.AddOU(time.Now(), people))
	_, err = d.AddUser(time.Now(), directory.UserSpec{SAMAccountName: "svc", Password: servicePass, Control: domain.NormalAccount | domain.DontExpirePassword})
	require.NoError(t, err)
	for _, r := range rights {
		ace, err := security.ParseACE(strings.ReplaceAll(r, "%s", sidOf(t, d, "CN=svc,CN=Users,"+embeddedBase)), d.Base())
		require.NoError(t, err)
		require.NoError(t, d.Grant(time.Now(), people, ace))
	}

	var authority standIn
	pool := authority.certify(t, directoryHost)
	network := memnet.New()
	l, err := network.Listen(t.Context(), "tcp", directoryHost+":636")
	require.NoError(t, err)
	server := adwire.New(adwire.Config{Directory: d.DCs()[0], Now: time.Now, TLS: authority.tlsConfig})
	ctx, cancel := context.WithCancel(context.Background())
	go func() { _ = server.Serve(ctx, l, adwire.Options{TLS: true}) }()
	w, err := ldapwriter.New(ldapwriter.Config{URLs: []string{"ldaps://" + directoryHost}, BindName: "svc@corp.example", BindPassword: servicePass, RootCAs: pool, Dial: network.DialContext})
	require.NoError(t, err)
	t.Cleanup(func() { w.Close(); cancel(); _ = server.Close() })
	return embedded{w, d}
}

// sidOf reads the SID of an account as the directory's own administration sees it.
func sidOf(t *testing.T, d *directory.Domain, dn string) string {
	t.Helper()
	var got collector
	res := d.DCs()[0].Search(t.Context(), directory.Request{Now: time.Now(), Caller: directory.System(), Channel: directory.Channel{Encrypted: true}},
		directory.SearchRequest{Base: dn, Scope: directory.BaseObject, Filter: directory.Present("objectClass"), Attributes: []string{"objectSid"}}, &directory.Cursors{}, &got)
	require.Equal(t, directory.Success, res.Code)
	sid, err := security.SIDFromBytes(got[0].Attributes[0].Values[0])
	require.NoError(t, err)
	return sid.String()
}

type collector []directory.Entry

func (c *collector) Entry(e directory.Entry) error { *c = append(*c, e.Clone()); return nil }
func (*collector) Reference(...string) error       { return nil }

// person adds somebody who chose First!Passw0rd ten days ago and returns the
// anchor.
func (e embedded) person(t *testing.T, change func(*directory.UserSpec)) agent.Target {
	t.Helper()
	anchor := []byte("0123456789abcdef")
	u := directory.UserSpec{SAMAccountName: "alice", Parent: "OU=People," + embeddedBase, Password: secret.New("First!Passw0rd"), PasswordAge: 10 * 24 * time.Hour, ConsistencyGUID: anchor}
	if change != nil {
		change(&u)
	}
	_, err := e.domain.AddUser(time.Now(), u)
	require.NoError(t, err)
	e.domain.ProtectAdminGroups(time.Now())
	return agent.Target{SourceAnchor: base64.StdEncoding.EncodeToString(anchor)}
}

func TestMissingUnexpireRightIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEmbedded(t, mayReset)
		to := e.person(t, nil)
		deny, err := security.ParseACE("(OD;;CR;ccc2dc7d-a6ad-4a7a-8846-c04e3cc53501;;"+sidOf(t, e.domain, "CN=svc,CN=Users,"+embeddedBase)+")", e.domain.Base())
		require.NoError(t, err)
		require.NoError(t, e.domain.Grant(time.Now(), embeddedBase, deny))
		r := e.Reset(t.Context(), to, secret.New("Second!Passw0rd"), false)
		assert.Equal(t, envelope.Written, r.Verdict)
		assert.Contains(t, r.Detail, "Unexpire Password")
	})
}

func TestEmbeddedDirectoryAnswersAsDocumented(t *testing.T) {
	all := []string{mayReset, mayUnlock, mayMakeThem}
	first, second := secret.New("First!Passw0rd"), secret.New("Second!Passw0rd")
	young := func(u *directory.UserSpec) { u.PasswordAge = time.Hour }
	locked := func(u *directory.UserSpec) { u.Locked = true }
	reset := func(password secret.Text) func(embedded, agent.Target) agent.Result {
		return func(e embedded, to agent.Target) agent.Result {
			return e.Reset(context.Background(), to, password, false)
		}
	}
	change := func(current, password secret.Text) func(embedded, agent.Target) agent.Result {
		return func(e embedded, to agent.Target) agent.Result {
			return e.Change(context.Background(), to, current, password)
		}
	}
	unlock := func(e embedded, to agent.Target) agent.Result { return e.Unlock(context.Background(), to) }
	temporary := func(e embedded, to agent.Target) agent.Result { return e.Reset(context.Background(), to, second, true) }
	for name, c := range map[string]struct {
		rights  []string
		person  func(*directory.UserSpec)
		do      func(embedded, agent.Target) agent.Result
		verdict envelope.Verdict
		remedy  string
	}{
		"a reset":                                 {all, nil, reset(second), envelope.Written, ""},
		"a change":                                {all, nil, change(first, second), envelope.Written, ""},
		"an unlock":                               {all, locked, unlock, envelope.Written, ""},
		"a reset of a locked account":             {all, locked, reset(second), envelope.Written, ""},
		"a temporary password":                    {all, nil, temporary, envelope.Written, ""},
		"too short":                               {all, nil, reset(secret.New("Ab1!")), envelope.Policy, "at least 7 characters"},
		"not complex":                             {all, nil, reset(secret.New("aaaaaaaaaaaa")), envelope.Policy, "three kinds"},
		"in the history, by policy hints":         {all, nil, reset(first), envelope.Policy, "not used before"},
		"too young, by policy hints":              {all, young, reset(second), envelope.Policy, "wait 23h"},
		"too young, a change":                     {all, young, change(first, second), envelope.Policy, "wait 23h"},
		"a wrong current password":                {all, nil, change(secret.New("Not!Passw0rd"), second), envelope.WrongCurrent, "present domain password"},
		"a change of a locked account":            {all, locked, change(first, second), envelope.Locked, "unlock"},
		"no right to reset":                       {[]string{mayUnlock, mayMakeThem}, nil, reset(second), envelope.Permission, "grant the connector account Reset Password"},
		"no right to unlock":                      {[]string{mayReset}, locked, unlock, envelope.Permission, "Write lockoutTime"},
		"no right to unlock, a reset":             {[]string{mayReset}, nil, reset(second), envelope.Written, ""},
		"no right to unlock, a locked reset":      {[]string{mayReset}, locked, reset(second), envelope.Permission, "Write lockoutTime"},
		"no right to make it temporary":           {[]string{mayReset, mayUnlock}, nil, temporary, envelope.Permission, "grant the connector account Write pwdLastSet on"},
		"a protected account":                     {all, func(u *directory.UserSpec) { u.Groups = []string{"Domain Admins"} }, reset(second), envelope.Permission, "clear adminCount"},
		"a protected account may change":          {all, func(u *directory.UserSpec) { u.Groups = []string{"Domain Admins"} }, change(first, second), envelope.Written, ""},
		"a disabled account":                      {all, func(u *directory.UserSpec) { u.Control = domain.NormalAccount | domain.AccountDisable }, reset(second), envelope.Disabled, "enable"},
		"a person of another organisational unit": {all, func(u *directory.UserSpec) { u.Parent = "CN=Users," + embeddedBase }, reset(second), envelope.Permission, "grant"},
		"a person without the consistency GUID":   {all, func(u *directory.UserSpec) { u.ConsistencyGUID = nil }, reset(second), envelope.NotFound, "restore"},
		"no need to wait when the minimum age is 0": {all, young, func(e embedded, to agent.Target) agent.Result {
			p := e.domain.Policy()
			p.MinAge = 0
			_ = e.domain.SetPolicy(time.Now(), p)
			return e.Reset(context.Background(), to, second, false)
		}, envelope.Written, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEmbedded(t, c.rights...)
				to := e.person(t, c.person)
				r := c.do(e, to)
				assert.Equal(t, c.verdict, r.Verdict, r.Detail)
				assert.Contains(t, r.Remedy, c.remedy)
				assert.False(t, r.NoHints)
				if c.verdict == envelope.Written {
					assert.NotContains(t, r.Detail, "expired")
				}
				noSecrets(t, r)
			})
		})
	}
}

package rig_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/control"
	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/rig"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// A guarded lab has a domain with two domain controllers, of which DC1 runs the
// DC agent of Password Protection.
type guarded struct {
	*rig.Lab

	t    *testing.T
	host *rig.Host
}

const guardedSeed = `
tenant:
  tenantName: Contoso
  initialDomain: contoso.onmicrosoft.example
  customDomains: [contoso.example]
  ban: {onPremises: true, enforce: true, enforceCustom: true, custom: [kettle], propagation: 0s}
users:
  - {userPrincipalName: aabend@contoso.example, displayName: Alice Abend, password: Lantern-Harbour-62, passwordAge: 30d, onPremises: {samAccountName: aabend0815}}
domains:
  - dnsName: corp.contoso.example
    netbios: CONTOSO
    policy: {minimumLength: 4, complexity: false, history: 0, minimumAge: 0s}
    controllers: [{name: DC1}, {name: DC2}]
    passwordProtection: {agents: [dc1]}
`

func guardedLab(t *testing.T, change ...string) guarded {
	t.Helper()
	text := guardedSeed
	for i := 0; i < len(change); i += 2 {
		require.Contains(t, text, change[i])
		text = strings.Replace(text, change[i], change[i+1], 1)
	}
	seed, err := tenant.ParseSeed([]byte(text))
	require.NoError(t, err)
	l := labOf(t, seed)
	l.Clock.Freeze()
	host := rig.NewHost(rig.LabConfig{})
	host.Adopt(l)
	return guarded{l, t, host}
}

func (g guarded) api() control.Directory { return g.host.Labs()[0].Directory }

// write sets or changes Alice's password at a domain controller as LDAP would,
// and returns the answer and the agents' events.
func (g guarded) write(dc int, old, password string) (directory.Result, []journal.Record) {
	g.t.Helper()
	d := g.Forest.Domains()[0]
	alice, ok := d.DCs()[0].Lookup(g.Clock.Now(), "aabend0815")
	require.True(g.t, ok)
	changes := []directory.ModifyChange{{Kind: directory.ReplaceValues, Name: "unicodePwd", Values: [][]byte{unicodePwd(password)}}}
	name := `CONTOSO\Administrator`
	if old != "" {
		changes = []directory.ModifyChange{
			{Kind: directory.DeleteValues, Name: "unicodePwd", Values: [][]byte{unicodePwd(old)}}, {Kind: directory.AddValues, Name: "unicodePwd", Values: [][]byte{unicodePwd(password)}},
		}
		name = alice.DN
	}
	require.NoError(g.t, d.SetPassword(g.Clock.Now(), "Administrator", secret.New("Adm1n!strator"), 0))
	r := directory.Request{Now: g.Clock.Now(), Channel: directory.Channel{Encrypted: true, URLScheme: "ldaps", RemoteAddr: "192.0.2.7:50000"}}
	bound := old
	if old == "" {
		bound = "Adm1n!strator"
	}
	caller, res := d.DCs()[0].Bind(context.Background(), r, directory.BindRequest{Version: 3, Name: name, Password: secret.New(bound)})
	require.Equal(g.t, directory.Success, res.Code, res.Diagnostic)
	r.Caller = caller
	n := g.last()
	res = d.DCs()[dc-1].Modify(context.Background(), r, directory.ModifyRequest{DN: alice.DN, Changes: changes})
	return res, g.Journal.Records(journal.Query{Channel: journal.DCAgent, After: n})
}

func (g guarded) last() int64 { return g.Journal.Last() }

// agentEvents are the numbers in the DC agents' log since a place.
func (g guarded) agentEvents(after int64) []int {
	return ids(g.Journal.Records(journal.Query{Channel: journal.DCAgent, After: after}))
}

func ids(records []journal.Record) (list []int) {
	for _, r := range records {
		list = append(list, r.Event.ID)
	}
	return list
}

func unicodePwd(password string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(`"` + password + `"`)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

func (g guarded) ban(change func(*policy.BanSettings)) {
	g.t.Helper()
	_, err := g.Tenant.UpdateSettings(g.t.Context(), func(s *policy.Settings) error {
		change(&s.Ban)
		return nil
	})
	require.NoError(g.t, err)
}

// SSPR reference 7.5: changes and sets alike, at domain controllers with the
// agent only, refused as any policy refuses, a pair of events with one
// CorrelationId.
func TestTheDCAgentJudgesEveryPasswordOfItsDomainController(t *testing.T) {
	g := guardedLab(t)
	assert.Equal(t, []int{30006}, g.agentEvents(0), "the policy came at the start")

	res, events := g.write(1, "", "Kettle-7")
	assert.Equal(t, directory.UnwillingToPerform, res.Code)
	assert.Contains(t, res.Diagnostic, "0000052D")
	require.Equal(t, []int{10017, 30003}, ids(events))
	for _, e := range events {
		assert.Equal(t, "Microsoft-AzureADPasswordProtection-DCAgent", e.Event.Provider)
		assert.Equal(t, "dc1.corp.contoso.example", strings.ToLower(e.Event.Computer))
		assert.Contains(t, e.Event.Message, "UserName: aabend0815. FullName: Alice Abend.")
		assert.NotContains(t, fmt.Sprint(e.Event), "Kettle")
		assert.NotEmpty(t, e.CorrelationID)
		assert.Equal(t, events[0].CorrelationID, e.CorrelationID)
		assert.Contains(t, e.Event.Data, journal.KeyValue{Key: "CorrelationId", Value: e.CorrelationID})
	}

	res, events = g.write(1, demoPassword, "xx-Abend-777")
	assert.Equal(t, directory.ConstraintViolation, res.Code)
	assert.Contains(t, res.Diagnostic, "0000052D")
	assert.Equal(t, []int{10016, 30021}, ids(events))

	res, events = g.write(2, "", "Kettle-7")
	assert.Equal(t, directory.Success, res.Code, "a domain controller without the agent checks nothing")
	assert.Empty(t, events)

	res, events = g.write(1, "", "Rabbit-hole7")
	assert.Equal(t, directory.Success, res.Code)
	assert.Equal(t, []int{10015}, ids(events))
}

func TestAuditModeAndADisabledPolicyLetEverythingThrough(t *testing.T) {
	g := guardedLab(t, "enforce: true, ", "")
	res, events := g.write(1, "", "Kettle-7")
	assert.Equal(t, directory.Success, res.Code)
	assert.Equal(t, []int{10025, 30007}, ids(events))

	n := g.last()
	g.ban(func(b *policy.BanSettings) { b.OnPremises = false })
	g.Clock.Advance(time.Hour)
	assert.Equal(t, []int{30019}, g.agentEvents(n))
	res, events = g.write(1, "", "Kettle-8")
	assert.Equal(t, directory.Success, res.Code)
	assert.Empty(t, events, "no events except 30019")

	n = g.last()
	g.ban(func(b *policy.BanSettings) { b.OnPremises, b.Enforce = true, true })
	g.Clock.Advance(3 * time.Hour)
	assert.Equal(t, []int{30006}, g.agentEvents(n), "once for a new policy, not once an hour")
}

// The copy is a domain's own: looked at hourly, fetched through the proxy.
func TestTheDCAgentsPolicyIsAnHourOldAtMostUnlessTheProxyIsAway(t *testing.T) {
	g := guardedLab(t)
	refused := func(password string) bool {
		res, _ := g.write(1, "", password)
		return res.Code != directory.Success
	}
	g.ban(func(b *policy.BanSettings) { b.Custom = []string{"tariff"} })
	g.Clock.Advance(59 * time.Minute)
	assert.True(t, refused("Kettle-7"), "the old copy")
	assert.False(t, refused("Tariff-7"))
	g.Clock.Advance(time.Minute)
	assert.False(t, refused("Kettle-7"))
	assert.True(t, refused("Tariff-7"), "the new one")

	// What was fetched at the full hour is what the cloud said then, whoever
	// looks when.
	g.Clock.Advance(90 * time.Minute)
	g.ban(func(b *policy.BanSettings) { b.Custom = []string{"kettle"} })
	g.Clock.Advance(10 * time.Minute)
	assert.True(t, refused("Tariff-7"))
	g.Clock.Advance(20 * time.Minute)
	assert.True(t, refused("Kettle-7"))

	require.NoError(t, g.Faults.Replace([]rig.Fault{{Part: rig.FaultProxy, Effect: rig.EffectUnreachable, Match: "corp.contoso.example"}}))
	n := g.last()
	g.ban(func(b *policy.BanSettings) { b.Custom = []string{"tariff"} })
	g.Clock.Advance(72 * time.Hour)
	assert.True(t, refused("Kettle-7"), "three days old, and all there is")
	assert.NotContains(t, g.agentEvents(n), 30006)
	require.NoError(t, g.Faults.Replace(nil))
	g.Clock.Advance(time.Hour)
	assert.False(t, refused("Kettle-7"))
	assert.Contains(t, g.agentEvents(n), 30006)
}

func TestWithoutAPolicyTheDCAgentSaysSo(t *testing.T) {
	g := guardedLab(t, "passwordProtection: {agents: [dc1]}", "passwordProtection: {agents: [DC1], noProxy: true}")
	assert.Empty(t, g.agentEvents(0))
	res, events := g.write(1, "", "Kettle-7")
	assert.Equal(t, directory.Success, res.Code)
	assert.Equal(t, []int{30001}, ids(events))

	_, err := g.api().PatchProtection("CONTOSO", json.RawMessage(`{"noProxy":false}`))
	require.NoError(t, err)
	g.Clock.Advance(time.Hour)
	res, _ = g.write(1, "", "Kettle-7")
	assert.NotEqual(t, directory.Success, res.Code)
}

func TestADCAgentWhoseServiceFailsAccepts(t *testing.T) {
	g := guardedLab(t)
	require.NoError(t, g.Faults.Replace([]rig.Fault{{Part: rig.FaultDCAgent, Effect: rig.EffectError, Match: "DC1", Count: 1}}))
	res, events := g.write(1, "", "Kettle-7")
	assert.Equal(t, directory.Success, res.Code)
	assert.Equal(t, []int{10013}, ids(events))
	res, _ = g.write(1, "", "Kettle-8")
	assert.NotEqual(t, directory.Success, res.Code)
}

func TestDCAgentsComeAndGoByTheControlAPI(t *testing.T) {
	g := guardedLab(t)
	n := g.last()
	text, err := g.api().PatchProtection("corp.contoso.example", json.RawMessage(`{"agents":["DC2"]}`))
	require.NoError(t, err)
	assert.Contains(t, string(text), `"agents":["DC2"]`)
	assert.Contains(t, string(text), `"state":"enforced","customTerms":1`)
	assert.Equal(t, []int{30006}, g.agentEvents(n), "the new one has the domain's copy at once")
	res, _ := g.write(1, "", "Kettle-7")
	assert.Equal(t, directory.Success, res.Code)
	res, _ = g.write(2, "", "Kettle-8")
	assert.NotEqual(t, directory.Success, res.Code)
	read, ok := g.api().Protection("CONTOSO")
	require.True(t, ok)
	assert.Contains(t, string(read), `"PasswordSetsRejected":1`)

	_, err = g.api().PatchProtection("CONTOSO", json.RawMessage(`{"agents":["DC9"]}`))
	assert.ErrorContains(t, err, `agents: "DC9" is no domain controller of the domain: name one of DC1, DC2`)
	_, err = g.api().PatchProtection("CONTOSO", json.RawMessage(`{"policy":1}`))
	assert.ErrorContains(t, err, "agents and noProxy can be changed")
}

func TestPagesShowDCAgentsAndTheirLog(t *testing.T) {
	g := guardedLab(t)
	_, _ = g.write(1, "", "Kettle-7")
	b := browse(t, g.Lab)
	assert.Contains(t, b.get("/lab/directory").body, "DC agent on dc1.corp.contoso.example")
	events := b.get("/lab/events?channel=dcagent").body
	assert.Contains(t, events, "Microsoft-AzureADPasswordProtection-DCAgent 30003")
	assert.Contains(t, events, "UserName: aabend0815. FullName: Alice Abend.")
	assert.NotContains(t, events, `href="/lab/attempts/`, "a pair's CorrelationId is no attempt's")
}

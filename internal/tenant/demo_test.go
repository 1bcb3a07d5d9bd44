package tenant_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

func build(t testing.TB, seed tenant.Seed) *tenant.Store {
	t.Helper()
	s, err := tenant.New(seed, chance.New(1), at(noon))
	require.NoError(t, err)
	return s
}

// The cloud's answer on the first page, for everybody in the demo. What Active
// Directory says comes later and is not asked here.
func TestDemoPeopleStandForTheirKind(t *testing.T) {
	s, ctx := demo(t), t.Context()
	settings := settingsOf(t, s)
	for name, c := range map[string]struct {
		code   policy.Code
		gates  int
		offers string
	}{
		"alice": {"", 1, "email mobileSMS mobileCall officePhone securityQuestions appNotification appCode"},
		"bob":   {policy.CodeNotConfigured, 0, ""},
		"carol": {"", 2, "email mobileSMS mobileCall appNotification appCode"},
		"dave":  {"", 1, "email appCode"},
		"erin":  {"", 1, "email appNotification appCode"},
		"frank": {"", 1, "email appNotification appCode"},
		"grace": {policy.CodeNotConfigured, 0, ""},
		"heidi": {policy.CodeNotLicensed, 0, ""},
		"ivan":  {policy.CodeNotInGroup, 0, ""},
		"karl":  {"", 1, "email appNotification appCode"},
		"laura": {"", 1, "email appCode"},
		"nina":  {"", 1, "email appNotification appCode"},
		"oscar": {"", 1, "email"},
		"paula": {"", 1, "email"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := s.FindPerson(ctx, name+"@northlight.example")
			require.NoError(t, err)
			a := policy.Admit(policy.Reset, settings, p, policy.Counters{}, policy.WritebackRunning, noon)
			if c.code != "" {
				require.NotNil(t, a.Refusal, "%+v", a.Checks)
				assert.Equal(t, c.code, a.Refusal.Code)
				return
			}
			require.Nil(t, a.Refusal, "%+v", a.Refusal)
			assert.Equal(t, c.gates, a.Gates)
			var offered []string
			for _, o := range policy.OffersFor(settings, p, 1, nil, noon) {
				if o.Offered {
					offered = append(offered, string(o.Method))
				}
			}
			assert.Equal(t, c.offers, strings.Join(offered, " "))
		})
	}
	t.Run("guest", func(t *testing.T) {
		p, err := s.FindPerson(ctx, "mike@fabrikam.example")
		require.NoError(t, err)
		a := policy.Admit(policy.Reset, settings, p, policy.Counters{}, policy.WritebackRunning, noon)
		assert.Nil(t, a.Refusal)
	})
	t.Run("disabled", func(t *testing.T) {
		p, err := s.FindPerson(ctx, "judy@northlight.example")
		require.NoError(t, err)
		assert.False(t, p.AccountEnabled)
	})
}

func TestTheDemoIsACopy(t *testing.T) {
	one, err := tenant.Demo()
	require.NoError(t, err)
	one.Users[0].Methods.Apps[0].Name, one.Users[0].OnPremises.Domain = "stolen", "stolen"
	one.Tenant.Methods.Configs["Email"] = policy.MethodConfig{}
	other, err := tenant.Demo()
	require.NoError(t, err)
	fresh, err := tenant.ParseSeed(tenant.DemoYAML())
	require.NoError(t, err)
	assert.Equal(t, fresh, other)
}

func TestDemoSettingsAreWithinTheirLimits(t *testing.T) {
	assert.Empty(t, settingsOf(t, demo(t)).Validate())
}

func TestEverybodyInTheDemoHasANoteAndAMailbox(t *testing.T) {
	seed, err := tenant.Demo()
	require.NoError(t, err)
	boxes := map[string]bool{}
	for _, m := range seed.AllMailboxes() {
		boxes[m.Address] = true
	}
	for _, u := range seed.Users {
		assert.NotEmpty(t, u.Note, u.UserPrincipalName)
		assert.True(t, boxes[u.Mail], u.Mail)
		if a := u.Methods.AuthenticationEmail; a != "" {
			assert.True(t, boxes[a], a)
		}
	}
}

func demoPlan(t *testing.T) tenant.DirectoryPlan {
	t.Helper()
	seed, err := tenant.Demo()
	require.NoError(t, err)
	plans := seed.Directories(chance.New(1), noon)
	require.Len(t, plans, 1)
	return plans[0]
}

func entry(t *testing.T, p tenant.DirectoryPlan, rdn string) tenant.PlannedEntry {
	t.Helper()
	for _, e := range p.Entries {
		if strings.HasPrefix(e.DN, rdn+",") {
			return e
		}
	}
	t.Fatalf("no entry %s", rdn)
	return tenant.PlannedEntry{}
}

func value(e tenant.PlannedEntry, name string) string {
	for _, a := range e.Attributes {
		if a.Name == name {
			return string(a.Values[0])
		}
	}
	return ""
}

func TestCloudAndDirectoryMeanTheSameAccount(t *testing.T) {
	s, p := demo(t), demoPlan(t)
	users, err := s.Users(t.Context())
	require.NoError(t, err)
	synced := 0
	for _, u := range users {
		if !u.Synced() {
			assert.Empty(t, u.OnPremises, u.UserPrincipalName)
			continue
		}
		synced++
		e := entry(t, p, "CN="+u.DisplayName)
		assert.Equal(t, u.OnPremises.DistinguishedName, e.DN)
		assert.Equal(t, u.OnPremises.SecurityIdentifier, e.SID)
		assert.Equal(t, u.OnPremises.ImmutableID, base64.StdEncoding.EncodeToString([]byte(value(e, "mS-DS-ConsistencyGuid"))))
		assert.Equal(t, u.OnPremises.SAMAccountName, value(e, "sAMAccountName"))
		assert.Len(t, value(e, "mS-DS-ConsistencyGuid"), 16)
	}
	assert.Equal(t, 12, synced)
}

func TestThePlanCanBeCarriedOutInItsOrder(t *testing.T) {
	p := demoPlan(t)
	there := map[string]bool{p.BaseDN: true}
	for _, name := range []string{"CN=Users,", "CN=Password Settings Container,CN=System,"} {
		there[name+p.BaseDN] = true
	}
	sids := map[string]bool{}
	for _, e := range p.Entries {
		_, parent, _ := strings.Cut(e.DN, ",")
		assert.True(t, there[parent], "%s before its container", e.DN)
		there[e.DN] = true
		if e.SID != "" {
			assert.True(t, strings.HasPrefix(e.SID, p.SID+"-"))
			assert.False(t, sids[e.SID], "%s twice", e.SID)
			sids[e.SID] = true
		}
	}
	there["CN=Domain Admins,CN=Users,"+p.BaseDN] = true
	for _, m := range p.Members {
		assert.True(t, there[m.Group] && there[m.Member], "%+v", m)
	}
	for _, g := range p.Grants {
		assert.True(t, there[g.On] && there[g.Trustee], "%+v", g)
	}
}

func TestDemoAccountsAreInTheirState(t *testing.T) {
	p := demoPlan(t)
	account := func(name string) tenant.PlannedAccount { return *entry(t, p, "CN="+name).Account }
	assert.Equal(t, noon.Add(-10*24*time.Hour), account("Alice Marlowe").PasswordSet, "older than the minimum age")
	assert.True(t, account("Laura Quintero").MustChange)
	assert.True(t, account("Judy Whitcombe").Disabled)
	assert.Equal(t, "514", value(entry(t, p, "CN=Judy Whitcombe"), "userAccountControl"))
	assert.Equal(t, noon, account("Dave Lindqvist").LockedAt)
	assert.Equal(t, noon.Add(-60*24*time.Hour), account("Karl Henriksen").PasswordSet)
	assert.Equal(t, "1", value(entry(t, p, "CN=Erin Castellano"), "adminCount"))
	assert.Contains(t, p.Members, tenant.PlannedMember{
		Group: "CN=Domain Admins,CN=Users,DC=corp,DC=northlight,DC=example", Member: "CN=Erin Castellano,OU=IT,OU=Staff,DC=corp,DC=northlight,DC=example",
	})
	assert.Equal(t, "Lantern-Harbour-62", account("Alice Marlowe").Password.Reveal())
	pso := entry(t, p, "CN=Locked Until Helped,CN=Password Settings Container")
	assert.Equal(t, "-9223372036854775808", value(pso, "msDS-LockoutDuration"), "until somebody unlocks")
	assert.Equal(t, "-36288000000000", value(pso, "msDS-MaximumPasswordAge"), "the rest as in a fresh domain")
}

func TestTheDemoDomainIsAFreshOne(t *testing.T) {
	p := demoPlan(t)
	assert.Equal(t, "DC=corp,DC=northlight,DC=example", p.BaseDN)
	assert.Equal(t, 7, p.Level)
	head := map[string]string{}
	for _, a := range p.Head {
		head[a.Name] = string(a.Values[0])
	}
	assert.Equal(t, map[string]string{
		"minPwdLength": "7", "pwdProperties": "1", "pwdHistoryLength": "24", "minPwdAge": "-864000000000", "maxPwdAge": "-36288000000000",
		"lockoutThreshold": "0", "lockoutDuration": "-18000000000", "lockOutObservationWindow": "-18000000000",
	}, head)
}

func TestGrantsReadAsTheDocumentationWritesThem(t *testing.T) {
	p := demoPlan(t)
	var sddl []string
	for _, g := range p.Grants {
		assert.Equal(t, p.BaseDN, g.On)
		sddl = append(sddl, strings.ReplaceAll(g.SDDL(), g.SID, "SVC"))
	}
	assert.Equal(t, []string{
		"(OA;CIIO;CR;00299570-246d-11d0-a768-00aa006e0529;bf967aba-0de6-11d0-a285-00aa003049e2;SVC)",
		"(OA;CIIO;CR;ab721a53-1e2f-11d0-9819-00aa0040529b;bf967aba-0de6-11d0-a285-00aa003049e2;SVC)",
		"(OA;CIIO;WP;28630ebf-41d5-11d1-a9c1-0000f80367c1;bf967aba-0de6-11d0-a285-00aa003049e2;SVC)",
		"(OA;CIIO;WP;bf967a0a-0de6-11d0-a285-00aa003049e2;bf967aba-0de6-11d0-a285-00aa003049e2;SVC)",
		"(OA;CI;CR;ccc2dc7d-a6ad-4a7a-8846-c04e3cc53501;;SVC)",
		"(OA;;CR;1131f6aa-9c07-11d1-f79f-00c04fc2dcd2;;SVC)",
		"(OA;;CR;1131f6ad-9c07-11d1-f79f-00c04fc2dcd2;;SVC)",
	}, sddl)
	assert.Equal(t, "(OD;CIIO;CR;00299570-246d-11d0-a768-00aa006e0529;bf967aba-0de6-11d0-a285-00aa003049e2;S-1-5-21-1)",
		tenant.Grant{Right: tenant.ResetPassword, Deny: true, SID: "S-1-5-21-1"}.SDDL())
}

func TestAGivenConsistencyGuidBecomesTheSourceAnchor(t *testing.T) {
	seed, err := tenant.ParseSeed([]byte(strings.Replace(lean, "onPremises: {", "onPremises: {neverExpires: true, consistencyGuid: 00112233-4455-6677-8899-aabbccddeeff, ", 1)))
	require.NoError(t, err)
	ann, err := build(t, seed).User(t.Context(), "ann@fabrikam.onmicrosoft.example")
	require.NoError(t, err)
	assert.Equal(t, "MyIRAFVEd2aImaq7zN3u/w==", ann.OnPremises.ImmutableID, "little-endian, as AD keeps a GUID")
	assert.Equal(t, "66048", value(entry(t, seed.Directories(chance.New(1), noon)[0], "CN=ann"), "userAccountControl"))
}

func TestEachDomainHoldsItsOwnPeople(t *testing.T) {
	seed, err := tenant.ParseSeed([]byte(strings.NewReplacer(
		"onPremises: {", "onPremises: {domain: FABRIKAM, ", "{name: PC1,", "{name: PC1, domain: FABRIKAM,",
		"agents:", "  - {dnsName: lab.fabrikam.example, netbios: LAB, accounts: [{samAccountName: bea, password: Rabbit-hole9}]}\nagents:",
	).Replace(lean)))
	require.NoError(t, err)
	plans := seed.Directories(chance.New(1), noon)
	require.Len(t, plans, 2)
	assert.NotEqual(t, plans[0].SID, plans[1].SID)
	assert.Len(t, plans[0].Agents, 1)
	assert.Empty(t, plans[1].Agents)
	require.Len(t, plans[1].Entries, 1)
	assert.Equal(t, "CN=bea,CN=Users,DC=lab,DC=fabrikam,DC=example", plans[1].Entries[0].DN)
	assert.Empty(t, value(plans[1].Entries[0], "mS-DS-ConsistencyGuid"), "never synchronised")
}

func TestNamesAreEscapedInDistinguishedNames(t *testing.T) {
	seed, err := tenant.ParseSeed([]byte(strings.NewReplacer("{path: Staff}", `{path: Staff}, {path: 'R, D'}, {path: '#1 '}`, "onPremises: {ou: Staff", `displayName: 'Ann "A" Lee'`+"\n    onPremises: {ou: 'R, D'").Replace(lean)))
	require.NoError(t, err)
	plan := seed.Directories(chance.New(1), noon)[0]
	assert.Equal(t, `OU=R\, D,DC=ad,DC=fabrikam,DC=example`, plan.Entries[1].DN)
	assert.Equal(t, `OU=\#1\ ,DC=ad,DC=fabrikam,DC=example`, plan.Entries[2].DN)
	entry(t, plan, `CN=Ann \"A\" Lee,OU=R\, D`)
}

func BenchmarkNewTenant(b *testing.B) {
	seed, err := tenant.Demo()
	require.NoError(b, err)
	for b.Loop() {
		build(b, seed)
	}
}

func BenchmarkParseDemo(b *testing.B) {
	for b.Loop() {
		_, _ = tenant.ParseSeed(tenant.DemoYAML())
	}
}

func BenchmarkDemo(b *testing.B) {
	for b.Loop() {
		_, _ = tenant.Demo()
	}
}

func BenchmarkFindPerson(b *testing.B) {
	seed, err := tenant.Demo()
	require.NoError(b, err)
	s := build(b, seed)
	for b.Loop() {
		_, _ = s.FindPerson(b.Context(), "alice@northlight.example")
	}
}

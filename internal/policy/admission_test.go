package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/policy"
)

// One row for each way in which the first page says no (troubleshoot-sspr,
// error codes; reference 1.4 and 1.5).
func TestEachRefusalHasItsCodeAndItsCause(t *testing.T) {
	blocked := policy.Counters{BlockedUntil: now.Add(time.Hour), Rule: policy.PhoneValidation}
	cases := map[string]struct {
		op        policy.Operation
		s         policy.Settings
		p         policy.Person
		counters  policy.Counters
		writeback policy.WritebackStatus
		code      policy.Code
		cause     string
		remedy    string // part of it
	}{
		"blocked for 24 hours": {
			p: alice(), counters: blocked,
			cause: policy.CheckThrottle, remedy: "waits until 2026-03-02T10:14:00Z",
		},
		"administrators switched off": {
			p: carol(), s: tenant(func(s *policy.Settings) { s.Admins.AllowedToUseSSPR = false }),
			code: policy.CodeTenantDisabled, cause: policy.CheckAdministratorReset, remedy: "allowedToUseSSPR",
		},
		"administrators switched on a moment ago": {p: carol(), s: tenant(func(s *policy.Settings) {
			s.Admins.ChangedAt, s.Admins.Propagation = now.Add(-time.Minute), time.Hour
		}), code: policy.CodeTenantDisabled, cause: policy.CheckAdministratorReset, remedy: "wait until 2026-03-02T10:13:00Z"},
		"the tenant switch is None": {
			p: alice(), s: tenant(func(s *policy.Settings) { s.Reset.Scope = policy.ScopeNone }),
			code: policy.CodeTenantDisabled, cause: policy.CheckTenantSwitch, remedy: "All",
		},
		"Selected without a group": {
			p: alice(), s: tenant(func(s *policy.Settings) { s.Reset.Scope = policy.ScopeSelected }),
			code: policy.CodeNoPolicy, cause: policy.CheckResetPolicy, remedy: "choose a group",
		},
		"no method enabled at all": {
			p: alice(), s: tenant(func(s *policy.Settings) { s.Reset.Methods = nil }),
			code: policy.CodeNoPolicy, cause: policy.CheckResetPolicy, remedy: "allow email in the password reset policy",
		},
		"migrated, and no method enabled at all": {p: alice(), s: tenant(func(s *policy.Settings) {
			s.Methods = policy.MethodsPolicy{Migration: policy.MigrationComplete}
		}), code: policy.CodeNoPolicy, cause: policy.CheckResetPolicy},
		"outside the selected group": {p: alice(), s: tenant(func(s *policy.Settings) {
			s.Reset.Scope, s.Reset.GroupID = policy.ScopeSelected, scopeGroup
		}), code: policy.CodeNotInGroup, cause: policy.CheckScopeGroup, remedy: "add alice@northlight.example to group " + scopeGroup},
		"no licence": {
			p:    alice(func(p *policy.Person) { p.ServicePlans = nil }),
			code: policy.CodeNotLicensed, cause: policy.CheckLicence, remedy: "AAD_PREMIUM",
		},
		"nothing registered": {
			p:    alice(func(p *policy.Person) { p.Contacts = policy.Contacts{} }),
			code: policy.CodeNotConfigured, cause: policy.CheckMethods, remedy: "register email for alice@northlight.example",
		},
		"one registered, two required": {
			p:    alice(func(p *policy.Person) { p.Contacts.AuthenticationEmail = "" }),
			s:    tenant(func(s *policy.Settings) { s.Reset.Gates = 2 }),
			code: policy.CodeNotConfigured, cause: policy.CheckMethods, remedy: "register email",
		},
		"the only method removed from the policy": {
			p:    alice(func(p *policy.Person) { p.Contacts.AuthenticationEmail = "" }),
			s:    tenant(func(s *policy.Settings) { s.Reset.Methods = []policy.Method{policy.Questions, policy.OfficeCall} }),
			code: policy.CodeNotConfigured, cause: policy.CheckMethods,
		},
		"migrated, and text messages off in the new policy": {
			p:    alice(func(p *policy.Person) { p.Contacts.AuthenticationEmail = "" }),
			s:    tenant(func(s *policy.Settings) { s.Methods.Migration = policy.MigrationComplete }),
			code: policy.CodeNotConfigured, cause: policy.CheckMethods, remedy: "allow mobileSMS in the Authentication methods policy",
		},
		"an administrator with one method": {
			p:    carol(func(p *policy.Person) { p.Contacts.AuthenticationEmail = "" }),
			code: policy.CodeNotConfigured, cause: policy.CheckMethods, remedy: "register email for carol",
		},
		"the writeback toggle is off": {
			p: alice(), s: tenant(func(s *policy.Settings) { s.Reset.Writeback = false }),
			code: policy.CodeWritebackNotEnabled, cause: policy.CheckWritebackEnabled, remedy: "Write back passwords",
		},
		"no agent writes to the domain": {
			p: alice(), writeback: policy.WritebackNotConfigured,
			code: policy.CodeWritebackNotEnabled, cause: policy.CheckWritebackEnabled, remedy: "corp.northlight.example",
		},
		"the agent does not answer": {
			p: alice(), writeback: policy.WritebackUnreachable,
			code: policy.CodeOnPremisesConnection, cause: policy.CheckWritebackReachable, remedy: "start the agent",
		},
		"unlocking is tied to a reset": {
			op: policy.Unlock, p: alice(), s: tenant(func(s *policy.Settings) { s.Reset.AllowUnlock = false }),
			cause: policy.CheckUnlockAllowed, remedy: "Yes",
		},
		"a cloud account has nothing to unlock": {
			op: policy.Unlock, p: alice(func(p *policy.Person) { p.Hosting = policy.CloudOnly }),
			cause: policy.CheckUnlockAllowed,
		},
		"a personal account": {
			p:     alice(func(p *policy.Person) { p.Guest = policy.PersonalAccount }),
			cause: policy.CheckAccountKind,
		},
		"a guest of a partner tenant": {
			p:     alice(func(p *policy.Person) { p.Guest = policy.PartnerGuest }),
			cause: policy.CheckAccountKind, remedy: "home tenant",
		},
		"a synchronised user changes without licence": {
			op: policy.Change, p: alice(func(p *policy.Person) { p.ServicePlans = []string{policy.SKUBusinessStandard} }),
			code: policy.CodeNotLicensed, cause: policy.CheckLicence,
		},
		"a change while the agent is away": {
			op: policy.Change, p: alice(), writeback: policy.WritebackUnreachable,
			code: policy.CodeOnPremisesConnection, cause: policy.CheckWritebackReachable,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if c.op == "" {
				c.op = policy.Reset
			}
			if c.s.Reset.Scope == "" {
				c.s = tenant()
			}
			if c.writeback == "" {
				c.writeback = policy.WritebackRunning
			}
			a := policy.Admit(c.op, c.s, c.p, c.counters, c.writeback, now)
			require.NotNil(t, a.Refusal)
			assert.Equal(t, c.code, a.Refusal.Code)
			assert.Equal(t, c.cause, a.Refusal.Cause)
			assert.Contains(t, a.Refusal.Remedy, c.remedy)
			assert.Equal(t, c.cause, last(a).Name, "nothing is asked after the refusal")
		})
	}
}

// A refusal names everything at once that lets the same attempt pass.
func TestARemedyDoesNotLeadToTheNextRefusal(t *testing.T) {
	for name, c := range map[string]struct {
		s      policy.Settings
		p      policy.Person
		remedy string
		fixes  []policy.Fix
	}{
		"switched off, and no licence": {
			s: tenant(func(s *policy.Settings) { s.Reset.Scope = policy.ScopeNone }), p: alice(func(p *policy.Person) { p.ServicePlans = nil }),
			remedy: `set "Self service password reset enabled" to All, and assign Entra ID P1 (AAD_PREMIUM) to alice@northlight.example`,
			fixes:  []policy.Fix{{Kind: policy.FixScope, Value: "all"}, {Kind: policy.FixAssignLicence, Value: policy.PlanP1}},
		},
		"administrators switched off, and the change takes an hour": {
			s: tenant(func(s *policy.Settings) {
				s.Admins = policy.AdminSettings{ChangedAt: now.AddDate(0, 0, -1), Propagation: time.Hour}
			}), p: carol(),
			remedy: "set allowedToUseSSPR to true, and wait until " + now.Add(time.Hour).Format(time.RFC3339),
			fixes:  []policy.Fix{{Kind: policy.FixAllowAdmins}, {Kind: policy.FixWait, Value: now.Add(time.Hour).Format(time.RFC3339)}},
		},
		"the app, which the password reset policy takes with others only": {
			s: tenant(func(s *policy.Settings) { s.Reset.Gates, s.Reset.Methods = 2, []policy.Method{policy.Email} }),
			p: alice(func(p *policy.Person) {
				p.Contacts = policy.Contacts{AuthenticationEmail: "alice@home.example"}
				p.Apps = []policy.App{{ID: "a", Kind: policy.SoftwareOATH}}
			}),
			remedy: "allow appCode in the password reset policy, with mobileSMS beside it",
			fixes:  []policy.Fix{{Kind: policy.FixAllowMethod, Value: "mobileSMS"}, {Kind: policy.FixAllowMethod, Value: "appCode"}},
		},
		"nothing that anybody could change": {
			s: tenant(), p: alice(func(p *policy.Person) { p.Guest = policy.PartnerGuest }),
			remedy: "alice@northlight.example resets in the home tenant",
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := admit(c.s, c.p)
			require.NotNil(t, a.Refusal)
			assert.Equal(t, c.remedy, a.Refusal.Remedy)
			assert.Equal(t, c.fixes, a.Refusal.Fixes)
		})
	}
}

func TestAWaitIsNamedInWholeSecondsAndLongEnough(t *testing.T) {
	until := now.Add(time.Hour + time.Nanosecond)
	a := policy.Admit(policy.Reset, tenant(), alice(), policy.Counters{BlockedUntil: until}, policy.WritebackRunning, now)
	require.NotNil(t, a.Refusal)
	require.Len(t, a.Refusal.Fixes, 1)
	named, err := time.Parse(time.RFC3339, a.Refusal.Fixes[0].Value)
	require.NoError(t, err)
	assert.Equal(t, now.Add(time.Hour+time.Second), named)
}

func TestSomebodyReadyIsAdmitted(t *testing.T) {
	a := admit(tenant(), alice())
	require.Nil(t, a.Refusal)
	assert.Equal(t, 1, a.Gates)
	assert.False(t, a.Admin)
	assert.Equal(t, []policy.Method{policy.Email, policy.MobileSMS, policy.MobileCall}, offered(a.Offers))

	var names []string
	for _, c := range a.Checks {
		names = append(names, c.Name)
		assert.NotEqual(t, policy.Failed, c.Verdict, c.Name)
		assert.NotEmpty(t, c.Rule, c.Name)
		assert.NotEmpty(t, c.Source, c.Name)
		assert.NotEmpty(t, c.Detail, c.Name)
	}
	assert.Equal(t, policy.AdmissionChecks, names)
}

// "Checks 3b to 5 are then skipped and 6 uses the administrator policy"
// (reference 1.4 #3a).
func TestAdministratorsSkipTheUsersChecks(t *testing.T) {
	s := tenant(func(s *policy.Settings) { s.Reset.Scope, s.Reset.Methods = policy.ScopeNone, nil })
	a := admit(s, carol())
	require.Nil(t, a.Refusal)
	assert.True(t, a.Admin)
	assert.Equal(t, 2, a.Gates)
	for _, name := range []string{policy.CheckTenantSwitch, policy.CheckResetPolicy, policy.CheckScopeGroup, policy.CheckLicence} {
		assert.Equal(t, policy.Skipped, verdictOf(a, name), name)
	}
	assert.Equal(t, policy.Passed, verdictOf(a, policy.CheckAdministratorReset))
	assert.Equal(t, policy.Passed, verdictOf(a, policy.CheckMethods))
}

// authorizationPolicy takes up to 60 minutes (reference 4.4).
func TestSwitchingAdministratorsOffTakesItsTime(t *testing.T) {
	s := tenant(func(s *policy.Settings) {
		s.Admins = policy.AdminSettings{AllowedToUseSSPR: false, ChangedAt: now, Propagation: time.Hour}
	})
	ask := func(at time.Time) *policy.Refusal {
		return policy.Admit(policy.Reset, s, carol(), policy.Counters{}, policy.WritebackRunning, at).Refusal
	}
	assert.Nil(t, ask(now.Add(time.Hour-time.Nanosecond)), "the previous value still counts")
	assert.NotNil(t, ask(now.Add(time.Hour)))
}

func TestAMemberOfTheSelectedGroupIsAdmitted(t *testing.T) {
	s := tenant(func(s *policy.Settings) { s.Reset.Scope, s.Reset.GroupID = policy.ScopeSelected, scopeGroup })
	assert.Nil(t, admit(s, alice(func(p *policy.Person) { p.Groups = []string{"other", scopeGroup} })).Refusal)
}

// A change asks for the current password, not for proofs; a cloud user may
// always change (concept-sspr-licensing).
func TestAChangeIsAskedAboutLicenceAndWritebackOnly(t *testing.T) {
	s := tenant(func(s *policy.Settings) { s.Reset.Scope = policy.ScopeNone })
	p := alice(func(p *policy.Person) {
		p.Hosting, p.ServicePlans, p.Contacts = policy.CloudOnly, nil, policy.Contacts{}
	})
	a := policy.Admit(policy.Change, s, p, policy.Counters{BlockedUntil: now.Add(time.Hour)}, policy.WritebackNotConfigured, now)
	require.Nil(t, a.Refusal)
	assert.Zero(t, a.Gates)
	assert.Equal(t, policy.Passed, verdictOf(a, policy.CheckLicence))
	assert.Equal(t, policy.Skipped, verdictOf(a, policy.CheckMethods))
}

// Guests who signed up or were invited reset in the tenant, with the e-mail of
// the invitation (reference 11.4).
func TestGuestsOfTheTenantResetWithTheirAddress(t *testing.T) {
	for _, kind := range []policy.GuestKind{policy.InvitedGuest, policy.SelfServiceUser} {
		guest := alice(func(p *policy.Person) {
			p.Guest, p.Hosting = kind, policy.CloudOnly
			p.Contacts = policy.Contacts{AlternateEmails: []string{"guest@partner.example"}}
		})
		a := admit(tenant(), guest)
		require.Nil(t, a.Refusal, kind)
		assert.Equal(t, []policy.Method{policy.Email}, offered(a.Offers))

		barred := admit(tenant(func(s *policy.Settings) { s.Reset.AllowGuests = false }), guest)
		require.NotNil(t, barred.Refusal, kind)
		assert.Equal(t, policy.CheckGuestsAllowed, barred.Refusal.Cause)
	}
}

func TestTheRecordNamesNoContactInClear(t *testing.T) {
	p := alice()
	a := admit(tenant(), p)
	for _, c := range a.Checks {
		for _, f := range c.Input {
			assert.NotContains(t, f.Value, "4255550100")
			assert.NotContains(t, f.Value, p.Contacts.AuthenticationEmail)
		}
	}
	for _, o := range a.Offers {
		assert.NotContains(t, o.Target, "425555")
		assert.NotContains(t, o.Target, "alice.abend")
	}
}

func BenchmarkAdmit(b *testing.B) {
	s, p := tenant(), carol()
	b.ReportAllocs()
	for b.Loop() {
		require.Nil(b, admit(s, p).Refusal)
	}
}

package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/policy"
)

func bare(p *policy.Person) { p.Contacts = policy.Contacts{} }

// concept-registration-mfa-sspr-combined (reference 5.1, 5.3).
func TestInterruptsAtSignIn(t *testing.T) {
	allMethods := func(s *policy.Settings) {
		s.Reset.Methods = []policy.Method{policy.AppCode, policy.Email, policy.MobileSMS, policy.Questions}
	}
	two := func(s *policy.Settings) { s.Reset.Gates = 2 }
	notRequired := func(s *policy.Settings) { s.Registration.Require = false }
	quiet := func(s *policy.Settings) { s.Registration.Campaign.State = policy.CampaignDisabled }
	prefilled := func(p *policy.Person) { p.ContactsSetAt = now.AddDate(0, 0, -180) }
	long := func(p *policy.Person) { p.RegisteredAt = now.AddDate(0, 0, -180) }
	cases := map[string]struct {
		s         policy.Settings
		p         policy.Person
		v         policy.Visit
		want      policy.InterruptKind // "": none
		skippable bool
		missing   int
		proposed  []policy.Method
	}{
		"enough is registered": {s: tenant(quiet), p: alice()},
		"prefilled data is enough": {s: tenant(quiet), p: alice(func(p *policy.Person) {
			p.Contacts = policy.Contacts{MobilePhone: "+1 4255550100"}
		})},
		"nothing registered, only reset asks": {
			s: tenant(quiet), p: alice(bare), want: policy.RegisterForReset, skippable: true, missing: 1,
			proposed: []policy.Method{policy.AppPush},
		},
		"one of two registered": {
			s: tenant(quiet, two), p: alice(func(p *policy.Person) { p.Contacts.AuthenticationEmail = "" }),
			want: policy.RegisterForReset, skippable: true, missing: 1, proposed: []policy.Method{policy.AppPush},
		},
		"registration is not required":         {s: tenant(quiet, notRequired), p: alice(bare)},
		"outside the scope nobody is asked":    {s: tenant(quiet, func(s *policy.Settings) { s.Reset.Scope = policy.ScopeNone }), p: alice(bare)},
		"administrators are always in scope":   {s: tenant(quiet, func(s *policy.Settings) { s.Reset.Scope = policy.ScopeNone }), p: carol(bare), want: policy.RegisterForReset, skippable: true, missing: 2, proposed: []policy.Method{policy.AppPush, policy.MobileSMS}},
		"a second factor is required":          {s: tenant(quiet, notRequired), p: alice(bare), v: policy.Visit{MFARequired: true}, want: policy.RegisterForMFA, missing: 1, proposed: []policy.Method{policy.AppPush}},
		"a second factor and two gates":        {s: tenant(quiet, two, allMethods), p: alice(bare), v: policy.Visit{MFARequired: true}, want: policy.RegisterForMFA, missing: 2, proposed: []policy.Method{policy.AppPush, policy.MobileSMS}},
		"a passkey is a second factor already": {s: tenant(quiet, notRequired), p: alice(bare, func(p *policy.Person) { p.Passkeys = 1 }), v: policy.Visit{MFARequired: true}},
		"a number filled in by an administrator is no second factor": {
			s: tenant(quiet, notRequired), p: alice(bare, func(p *policy.Person) { p.Contacts.MobilePhone = "+1 4255550100" }),
			v: policy.Visit{MFARequired: true}, want: policy.RegisterForMFA, missing: 1, proposed: []policy.Method{policy.AppPush},
		},
		"an e-mail is no second factor": {
			s: tenant(quiet), p: alice(func(p *policy.Person) { p.Contacts.AuthenticationPhone = "" }),
			v: policy.Visit{MFARequired: true}, want: policy.RegisterForMFA, missing: 1, proposed: []policy.Method{policy.AppPush},
		},
		"reconfirmation after 180 days":       {s: tenant(quiet), p: alice(long), want: policy.Reconfirm, skippable: true},
		"prefilled 180 days ago":              {s: tenant(quiet), p: alice(prefilled), want: policy.Reconfirm, skippable: true},
		"prefilled, and registered meanwhile": {s: tenant(quiet), p: alice(prefilled, func(p *policy.Person) { p.RegisteredAt = now.AddDate(0, 0, -1) })},
		"prefilled with too little":           {s: tenant(quiet, two), p: alice(prefilled, func(p *policy.Person) { p.Contacts.AuthenticationEmail = "" }), want: policy.RegisterForReset, skippable: true, missing: 1, proposed: []policy.Method{policy.AppPush}},
		"reconfirmed meanwhile":               {s: tenant(quiet), p: alice(long, func(p *policy.Person) { p.ReconfirmedAt = now.AddDate(0, 0, -1) })},
		"reconfirmation switched off":         {s: tenant(quiet, func(s *policy.Settings) { s.Registration.ReconfirmDays = 0 }), p: alice(long)},
		"reconfirmation needs the switch":     {s: tenant(quiet, notRequired), p: alice(long)},
		"a guest of a partner is not asked":   {s: tenant(quiet), p: alice(bare, func(p *policy.Person) { p.Guest = policy.PartnerGuest })},
		"campaign, after a second factor":     {s: tenant(), p: alice(), v: policy.Visit{MFADone: true}, want: policy.CampaignNudge, skippable: true, missing: 1, proposed: []policy.Method{policy.AppPush}},
		"campaign, without one":               {s: tenant(), p: alice()},
		"campaign, on a mobile browser":       {s: tenant(), p: alice(), v: policy.Visit{MFADone: true, MobileBrowser: true}},
		"campaign, app registered":            {s: tenant(), p: everything(), v: policy.Visit{MFADone: true}},
		"campaign, Authenticator off":         {s: tenant(configs(nil)), p: alice(), v: policy.Visit{MFADone: true}},
		"campaign, managed, no phone in use":  {s: tenant(), p: alice(func(p *policy.Person) { p.Contacts.AuthenticationPhone = "" }), v: policy.Visit{MFADone: true}},
		"campaign, excluded":                  {s: tenant(func(s *policy.Settings) { s.Registration.Campaign.Exclude = []string{alice().ID} }), p: alice(), v: policy.Visit{MFADone: true}},
		"campaign, put off an hour ago": {s: tenant(), p: alice(func(p *policy.Person) {
			p.Campaign = policy.CampaignHistory{Snoozes: 1, SnoozedAt: now.Add(-time.Hour)}
		}), v: policy.Visit{MFADone: true}},
		"campaign, put off yesterday": {s: tenant(), p: alice(func(p *policy.Person) {
			p.Campaign = policy.CampaignHistory{Snoozes: 1, SnoozedAt: now.AddDate(0, 0, -1)}
		}), v: policy.Visit{MFADone: true}, want: policy.CampaignNudge, skippable: true, missing: 1, proposed: []policy.Method{policy.AppPush}},
		"campaign, forced after three times": {s: tenant(), p: alice(func(p *policy.Person) {
			p.Campaign = policy.CampaignHistory{Snoozes: 3, SnoozedAt: now.AddDate(0, 0, -1)}
		}), v: policy.Visit{MFADone: true}, want: policy.CampaignNudge, missing: 1, proposed: []policy.Method{policy.AppPush}},
		"campaign, never forced": {s: tenant(func(s *policy.Settings) { s.Registration.Campaign.NeverForced = true }), p: alice(func(p *policy.Person) {
			p.Campaign = policy.CampaignHistory{Snoozes: 9, SnoozedAt: now.AddDate(0, 0, -1)}
		}), v: policy.Visit{MFADone: true}, want: policy.CampaignNudge, skippable: true, missing: 1, proposed: []policy.Method{policy.AppPush}},
		"campaign, trial: three times at most": {
			s: tenant(func(s *policy.Settings) { s.Registration.Campaign.NeverForced, s.TrialStarted = true, now }),
			p: alice(func(p *policy.Person) {
				p.Campaign = policy.CampaignHistory{Snoozes: 3, SnoozedAt: now.AddDate(0, 0, -1)}
			}), v: policy.Visit{MFADone: true}, want: policy.CampaignNudge, missing: 1, proposed: []policy.Method{policy.AppPush},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			i := policy.Interruption(c.s, c.p, c.v, now)
			if c.want == "" {
				assert.Nil(t, i)
				return
			}
			require.NotNil(t, i)
			assert.Equal(t, c.want, i.Kind)
			assert.Equal(t, c.skippable, i.Skippable)
			assert.Equal(t, c.missing, i.Missing)
			assert.Equal(t, c.proposed, i.Proposed)
			assert.NotEmpty(t, i.Reason)
			assert.Empty(t, i.Refused)
		})
	}
}

// "Still asked to register if registration is required, and then told that no
// method can be registered" (reference 4.4).
func TestAdministratorsSwitchedOffAreAskedInVain(t *testing.T) {
	s := tenant(func(s *policy.Settings) { s.Admins.AllowedToUseSSPR = false; s.Methods.Configs = nil })
	i := policy.Interruption(s, carol(bare), policy.Visit{}, now)
	require.NotNil(t, i)
	assert.Equal(t, policy.RegisterForReset, i.Kind)
	assert.Empty(t, i.Proposed)
	assert.Contains(t, i.Refused, "allowedToUseSSPR")

	s.Reset.Scope, s.Reset.GroupID = policy.ScopeSelected, scopeGroup
	member := carol(bare, func(p *policy.Person) { p.Groups = []string{scopeGroup} })
	assert.NotNil(t, policy.Interruption(s, member, policy.Visit{}, now))
	assert.Nil(t, policy.Interruption(s, carol(bare), policy.Visit{}, now), "who is kept out of the users' scope is not asked")
	registered := carol(func(p *policy.Person) { p.RegisteredAt = now.AddDate(-1, 0, 0) })
	assert.Nil(t, policy.Interruption(s, registered, policy.Visit{}, now), "nor asked to confirm")
	s.Admins.AllowedToUseSSPR = true
	assert.NotNil(t, policy.Interruption(s, carol(bare), policy.Visit{}, now), "in force, the users' scope says nothing about administrators")
}

// "The first method has to be one for multi-factor authentication" (reference
// 5.1): one that serves password reset alone does not stand in for it.
func TestAMethodForResetAloneIsNoSecondFactor(t *testing.T) {
	s := tenant(configs(nil), func(s *policy.Settings) {
		s.Reset.Gates, s.Reset.Methods = 2, []policy.Method{policy.Email, policy.Questions}
	})
	i := policy.Interruption(s, alice(bare), policy.Visit{MFARequired: true}, now)
	require.NotNil(t, i)
	assert.Equal(t, policy.RegisterForMFA, i.Kind)
	assert.Empty(t, i.Proposed)
	assert.NotEmpty(t, i.Refused)
}

// "A user enabled for a method in any of the policies can register it"
// (reference 2.4).
func TestRegistrationIsTheUnionOfThePolicies(t *testing.T) {
	legacyOnly := tenant(configs(nil), func(s *policy.Settings) { s.Reset.Methods = []policy.Method{policy.Email, policy.Questions} })
	newOnly := tenant(configs(map[string]policy.MethodConfig{policy.ConfigSMS: on(policy.MethodConfig{})}), func(s *policy.Settings) { s.Reset.Methods = nil })
	migrated := func(s policy.Settings) policy.Settings { s.Methods.Migration = policy.MigrationComplete; return s }
	cases := map[string]struct {
		s    policy.Settings
		p    policy.Person
		m    policy.Method
		want bool
	}{
		"legacy enables e-mail":                      {legacyOnly, alice(), policy.Email, true},
		"the new policy enables text messages":       {newOnly, alice(), policy.MobileSMS, true},
		"neither enables calls":                      {newOnly, alice(), policy.MobileCall, false},
		"migrated: legacy is ignored":                {migrated(legacyOnly), alice(), policy.Email, false},
		"migrated: but for questions":                {migrated(legacyOnly), alice(), policy.Questions, true},
		"questions without the option":               {newOnly, alice(), policy.Questions, false},
		"administrators register what theirs allows": {newOnly, carol(), policy.Email, true},
		"administrators never register questions":    {legacyOnly, carol(), policy.Questions, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			ok, why := policy.MayRegister(c.s, c.p, c.m, now)
			assert.Equal(t, c.want, ok)
			assert.NotEmpty(t, why)
		})
	}
}

// userRegistrationDetails: registered whatever the policy, enabled by policy,
// capable is both (reference 12.6).
func TestRegistrationState(t *testing.T) {
	got := policy.RegistrationOf(tenant(), alice(), now)
	assert.Equal(t, policy.RegistrationState{Registered: true, Enabled: true, Capable: true, MFARegistered: true}, got)

	outside := policy.RegistrationOf(tenant(func(s *policy.Settings) { s.Reset.Scope = policy.ScopeNone }), alice(), now)
	assert.True(t, outside.Registered)
	assert.False(t, outside.Enabled || outside.Capable)

	removed := policy.RegistrationOf(tenant(func(s *policy.Settings) { s.Reset.Methods = []policy.Method{policy.Questions} }), alice(), now)
	assert.True(t, removed.Registered, "the policy is ignored")
	assert.False(t, removed.Capable)

	none := policy.RegistrationOf(tenant(), alice(bare), now)
	assert.False(t, none.Registered || none.Capable || none.MFARegistered)
	assert.True(t, none.Enabled)

	capable := policy.RegistrationOf(tenant(), everything(), now)
	assert.True(t, capable.MFACapable, "the Authenticator is enabled")

	off := policy.RegistrationOf(tenant(func(s *policy.Settings) { s.Admins.AllowedToUseSSPR = false }), carol(), now)
	assert.False(t, off.Enabled)
}

func TestSnoozesAreCounted(t *testing.T) {
	h := policy.CampaignHistory{}.Snoozed(now).Snoozed(now.Add(time.Hour))
	assert.Equal(t, policy.CampaignHistory{Snoozes: 2, SnoozedAt: now.Add(time.Hour)}, h)
}

// The page of a tenant from before combined registration serves password reset
// alone (concept-sspr-howitworks, "Mobile app and SSPR"; reference 5.5).
func TestLegacyRegistration(t *testing.T) {
	s, p := policy.DefaultSettings(), policy.Person{ID: "a"}
	s.Reset.Scope, s.Reset.Methods = policy.ScopeAll, []policy.Method{policy.Email, policy.MobileSMS, policy.AppCode, policy.Questions}
	s.Registration.Access = []policy.AccessPolicy{{State: policy.AccessEnabled, IncludeUsers: []string{"All"}, Block: true}}
	s.Registration.Require, s.Registration.Campaign.State = false, policy.CampaignEnabled
	for _, legacy := range []bool{false, true} {
		s.Registration.Legacy = legacy
		may := func(m policy.InfoMethod) bool {
			ok, _ := policy.InfoAllowed(s, p, m, policy.InfoRegister, policy.InfoVisit{}, now)
			return ok
		}
		assert.Equal(t, !legacy, may(policy.InfoAuthenticator), "an app, legacy %v", legacy)
		assert.False(t, legacy && may(policy.InfoHardwareToken))
		assert.False(t, legacy && may(policy.InfoAlternatePhone))
		assert.True(t, may(policy.InfoEmail))
		assert.True(t, may(policy.InfoPhone))
		assert.Equal(t, legacy, policy.RegistrationAccess(s, p, policy.RegistrationVisit{}).Allowed, "Conditional Access, legacy %v", legacy)
	}
	assert.Nil(t, policy.Interruption(s, p, policy.Visit{MFADone: true}, now), "no campaign")
}

func TestValuesOfTheDirectoryAreOffered(t *testing.T) {
	c := policy.Contacts{MobilePhone: "+1 4255550100", OfficePhone: "+1 4255550199", AlternateEmails: []string{"a@home.example"}}
	assert.Equal(t, "+1 4255550100", c.Prefilled(policy.InfoPhone))
	assert.Equal(t, "+1 4255550199", c.Prefilled(policy.InfoOfficePhone))
	assert.Equal(t, "a@home.example", c.Prefilled(policy.InfoEmail))
	assert.Empty(t, c.Prefilled(policy.InfoAlternatePhone))
	c.AuthenticationPhone, c.AuthenticationEmail = "+1 4255550111", "b@home.example"
	assert.Empty(t, c.Prefilled(policy.InfoPhone))
	assert.Empty(t, c.Prefilled(policy.InfoEmail))
}

package policy_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ssprlab/ssprlab/internal/policy"
)

// policy-all-users-security-info-registration (reference 5.5).
func TestConditionalAccessOnRegistration(t *testing.T) {
	usual := policy.AccessPolicy{
		Name: "registration from trusted places", State: policy.AccessEnabled, IncludeUsers: []string{"All"},
		ExcludeGuests: true, ExcludeUsers: []string{"break-glass"}, ExceptTrusted: true, RequireMFA: true,
	}
	change := func(f func(*policy.AccessPolicy)) policy.AccessPolicy { p := usual; f(&p); return p }
	guestsBlocked := policy.AccessPolicy{Name: "guests", State: policy.AccessEnabled, IncludeGuests: true, ExceptTrusted: true, Block: true}
	newcomer := policy.RegistrationVisit{}
	guest := alice(func(p *policy.Person) { p.Guest = policy.InvitedGuest })
	cases := map[string]struct {
		policies []policy.AccessPolicy
		p        policy.Person
		v        policy.RegistrationVisit
		allowed  bool
		needMFA  bool
	}{
		"no policy, nothing registered":          {nil, alice(), newcomer, true, false},
		"no policy, a method registered":         {nil, alice(), policy.RegistrationVisit{HasMFAMethod: true}, false, true},
		"no policy, a method used":               {nil, alice(), policy.RegistrationVisit{HasMFAMethod: true, MFADone: true}, true, false},
		"deadlock: new, elsewhere, without pass": {[]policy.AccessPolicy{usual}, alice(), newcomer, false, false},
		"new, from a trusted location":           {[]policy.AccessPolicy{usual}, alice(), policy.RegistrationVisit{TrustedLocation: true}, true, false},
		"new, with a Temporary Access Pass":      {[]policy.AccessPolicy{usual}, alice(), policy.RegistrationVisit{UsedTAP: true}, true, false},
		"a method registered, not used yet":      {[]policy.AccessPolicy{usual}, alice(), policy.RegistrationVisit{HasMFAMethod: true}, false, true},
		"a method registered and used":           {[]policy.AccessPolicy{usual}, alice(), policy.RegistrationVisit{HasMFAMethod: true, MFADone: true}, true, false},
		"break-glass is excluded":                {[]policy.AccessPolicy{usual}, alice(func(p *policy.Person) { p.ID = "break-glass" }), newcomer, true, false},
		"break-glass is not excluded": {
			[]policy.AccessPolicy{change(func(p *policy.AccessPolicy) { p.ExcludeUsers = nil })},
			alice(func(p *policy.Person) { p.ID = "break-glass" }), newcomer, false, false,
		},
		"report-only refuses nobody": {[]policy.AccessPolicy{change(func(p *policy.AccessPolicy) { p.State = policy.AccessReportOnly })}, alice(), newcomer, true, false},
		"switched off":               {[]policy.AccessPolicy{change(func(p *policy.AccessPolicy) { p.State = policy.AccessDisabled })}, alice(), newcomer, true, false},
		"guests, elsewhere":          {[]policy.AccessPolicy{usual, guestsBlocked}, guest, policy.RegistrationVisit{UsedTAP: true}, false, false},
		"guests, trusted location":   {[]policy.AccessPolicy{usual, guestsBlocked}, guest, policy.RegistrationVisit{TrustedLocation: true}, true, false},
		"a pass does not work for guests": {
			[]policy.AccessPolicy{change(func(p *policy.AccessPolicy) { p.ExcludeGuests = false })},
			guest,
			policy.RegistrationVisit{UsedTAP: true},
			false, false,
		},
		"members only by group": {
			[]policy.AccessPolicy{{Name: "one group", State: policy.AccessEnabled, IncludeGroups: []string{scopeGroup}, Block: true}},
			alice(func(p *policy.Person) { p.Groups = []string{scopeGroup} }),
			policy.RegistrationVisit{MFADone: true},
			false, false,
		},
		"the block wins over what MFA would open": {
			[]policy.AccessPolicy{usual, {Name: "block", State: policy.AccessEnabled, IncludeUsers: []string{"All"}, Block: true}},
			alice(),
			policy.RegistrationVisit{HasMFAMethod: true},
			false, false,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := policy.RegistrationAccess(tenant(func(s *policy.Settings) { s.Registration.Access = c.policies }), c.p, c.v)
			assert.Equal(t, c.allowed, d.Allowed)
			assert.Equal(t, c.needMFA, d.NeedMFA)
			for _, check := range d.Checks {
				assert.NotEmpty(t, check.Detail)
				if check.Verdict == policy.Failed {
					assert.NotEmpty(t, check.Remedy)
				}
			}
		})
	}
}

package policy_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ssprlab/ssprlab/internal/policy"
)

func TestSecondFactorsAreWhatIsRegisteredAndAllowed(t *testing.T) {
	p := policy.Person{
		ID: "p", Apps: []policy.App{{ID: "a", Kind: policy.MicrosoftAuthenticator, Push: true}}, QuestionCount: 5,
		Contacts: policy.Contacts{AuthenticationPhone: "+1 4255550100", AuthenticationEmail: "p@home.example"},
	}
	all := policy.MethodConfig{Enabled: true, Include: []string{policy.AllUsers}}
	for name, c := range map[string]struct {
		change    func(s *policy.Settings, p *policy.Person)
		preferred policy.Method
		want      []policy.Method
	}{
		"the most secure first, never e-mail nor questions": {want: []policy.Method{policy.AppPush, policy.AppCode, policy.MobileSMS, policy.MobileCall}},
		"the default method comes first": {
			preferred: policy.MobileSMS, want: []policy.Method{policy.MobileSMS, policy.AppPush, policy.AppCode, policy.MobileCall},
		},
		"a default method that is gone changes nothing": {
			preferred: policy.OfficeCall, want: []policy.Method{policy.AppPush, policy.AppCode, policy.MobileSMS, policy.MobileCall},
		},
		"after the migration the Authentication methods policy decides": {
			change: func(s *policy.Settings, _ *policy.Person) {
				s.Methods = policy.MethodsPolicy{Migration: policy.MigrationComplete, Configs: map[string]policy.MethodConfig{policy.ConfigSMS: all}}
			},
			want: []policy.Method{policy.MobileSMS},
		},
		"a number that an administrator filled in was never verified": {
			change: func(_ *policy.Settings, p *policy.Person) {
				p.Apps, p.Contacts = nil, policy.Contacts{MobilePhone: "+1 4255550100"}
			},
		},
		"the alternate phone, by voice alone": {
			change: func(_ *policy.Settings, p *policy.Person) { p.Apps, p.Contacts.AlternatePhone = nil, "+1 4255550199" },
			want:   []policy.Method{policy.MobileSMS, policy.MobileCall, policy.AlternateCall},
		},
		"the alternate phone after the migration, where Voice is off": {
			change: func(s *policy.Settings, p *policy.Person) {
				p.Contacts.AlternatePhone = "+1 4255550199"
				s.Methods = policy.MethodsPolicy{Migration: policy.MigrationComplete, Configs: map[string]policy.MethodConfig{policy.ConfigSMS: all}}
			},
			want: []policy.Method{policy.MobileSMS},
		},
		"nothing registered": {change: func(_ *policy.Settings, p *policy.Person) { *p = policy.Person{ID: "p"} }},
	} {
		t.Run(name, func(t *testing.T) {
			s, p := policy.Settings{}, p
			if c.change != nil {
				c.change(&s, &p)
			}
			var got []policy.Method
			for _, o := range policy.SecondFactors(s, p, c.preferred, now) {
				got = append(got, o.Method)
			}
			assert.Equal(t, c.want, got)
		})
	}
}

func TestConditionalAccessAtSignIn(t *testing.T) {
	person := policy.Person{ID: "p"}
	mfa := policy.AccessPolicy{Name: "mfa", State: policy.AccessEnabled, IncludeUsers: []string{"All"}, RequireMFA: true}
	block := policy.AccessPolicy{Name: "block", State: policy.AccessEnabled, IncludeUsers: []string{"All"}, Block: true}
	with := func(a policy.AccessPolicy, change func(*policy.AccessPolicy)) policy.AccessPolicy {
		change(&a)
		return a
	}
	for name, c := range map[string]struct {
		policies         []policy.AccessPolicy
		visit            policy.SignInVisit
		allowed, needMFA bool
	}{
		"without a policy a password is enough": {allowed: true},
		"a second factor is demanded":           {policies: []policy.AccessPolicy{mfa}, needMFA: true},
		"and given":                             {policies: []policy.AccessPolicy{mfa}, visit: policy.SignInVisit{MFADone: true}, allowed: true},
		"report-only stops nobody":              {policies: []policy.AccessPolicy{with(mfa, func(a *policy.AccessPolicy) { a.State = policy.AccessReportOnly })}, allowed: true},
		"a break-glass account is excluded":     {policies: []policy.AccessPolicy{with(block, func(a *policy.AccessPolicy) { a.ExcludeUsers = []string{"p"} })}, allowed: true},
		"a trusted location is excepted": {
			policies: []policy.AccessPolicy{with(mfa, func(a *policy.AccessPolicy) { a.ExceptTrusted = true })},
			visit:    policy.SignInVisit{TrustedLocation: true}, allowed: true,
		},
		"a block wins over a grant": {policies: []policy.AccessPolicy{mfa, block}, visit: policy.SignInVisit{MFADone: true}},
	} {
		t.Run(name, func(t *testing.T) {
			d := policy.SignInAccess(policy.Settings{SignIn: policy.SignInSettings{Access: c.policies}}, person, c.visit)
			assert.Equal(t, c.allowed, d.Allowed)
			assert.Equal(t, c.needMFA, d.NeedMFA)
			assert.Len(t, d.Checks, len(c.policies), "every policy that was looked at says so")
		})
	}
}

// concept-authentication-methods-manage: an entry for each kind of app; until
// the migration the former multi-factor service allows all of them.
func TestTheKindsOfAppsWhoseCodesCountAtSignIn(t *testing.T) {
	on := policy.MethodConfig{Enabled: true, Include: []string{policy.AllUsers}, SoftwareOATH: true}
	kinds := []policy.AppKind{policy.MicrosoftAuthenticator, policy.SoftwareOATH, policy.HardwareOATH}
	var p policy.Person
	for _, k := range kinds {
		p.Apps = append(p.Apps, policy.App{ID: string(k), Kind: k})
	}
	for config, want := range map[string][]policy.AppKind{
		policy.ConfigAuthenticator: {policy.MicrosoftAuthenticator},
		policy.ConfigSoftwareOATH:  {policy.SoftwareOATH},
		policy.ConfigHardwareOATH:  {policy.HardwareOATH},
		"before the migration":     kinds,
		policy.ConfigSMS:           nil,
	} {
		s := policy.Settings{Methods: policy.MethodsPolicy{Migration: policy.MigrationComplete, Configs: map[string]policy.MethodConfig{config: on}}}
		if len(want) == len(kinds) {
			s.Methods.Migration = policy.PreMigration
		}
		var got []policy.AppKind
		for _, a := range policy.SecondFactorApps(s, p) {
			got = append(got, a.Kind)
		}
		assert.Equal(t, want, got, config)
	}
}

package policy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/policy"
)

func cloudUser(p *policy.Person) { p.Hosting = policy.CloudOnly }

// concept-sspr-policy, password policies (reference 6.2), and the order of
// reference 1.7.
func TestJudgePassword(t *testing.T) {
	custom := func(s *policy.Settings) { s.Ban.EnforceCustom, s.Ban.Custom = true, []string{"contoso", "fabrikam"} }
	cases := map[string]struct {
		op       policy.Operation
		s        policy.Settings
		p        policy.Person
		password string
		same     bool
		want     policy.PasswordReason
	}{
		"seven characters":        {p: alice(cloudUser), password: "Rab-bi7", want: policy.PasswordTooShort},
		"eight characters":        {p: alice(cloudUser), password: "Rab-bi7x", want: policy.PasswordAccepted},
		"256 characters":          {p: alice(cloudUser), password: strings.Repeat("aB3-xQ9!", 32), want: policy.PasswordAccepted},
		"257 characters":          {p: alice(cloudUser), password: strings.Repeat("aB3-xQ9!", 32) + "k", want: policy.PasswordTooLong},
		"an umlaut":               {p: alice(cloudUser), password: "Hüpfburg-77", want: policy.PasswordCharacters},
		"a tabulator":             {p: alice(cloudUser), password: "Hop-burg\t77", want: policy.PasswordCharacters},
		"every documented symbol": {p: alice(cloudUser), password: "a1@#$%^&*-_!+=[]{}|\\:',.?/`~\"();<> ", want: policy.PasswordAccepted},
		"two of four kinds":       {p: alice(cloudUser), password: "hopscotchy77", want: policy.PasswordComplexity},
		"two of four kinds in an Education tenant":        {p: alice(cloudUser), s: tenant(func(s *policy.Settings) { s.Education = true }), password: "hopscotchy77"},
		"three of four kinds":                             {p: alice(cloudUser), password: "Hopscotchy77"},
		"a blank counts as a symbol":                      {p: alice(cloudUser), password: "hop scotchy 77"},
		"the current password, change":                    {op: policy.Change, p: alice(cloudUser), password: "Hopscotchy77", same: true, want: policy.PasswordSame},
		"the current password, reset":                     {p: alice(cloudUser), password: "Hopscotchy77", same: true},
		"the first name inside":                           {p: alice(cloudUser), password: "8-@lice-8-xyzw", want: policy.PasswordContainsName},
		"the last name inside":                            {p: alice(cloudUser), password: "MyAbend5-xyzw", want: policy.PasswordContainsName},
		"the tenant name inside":                          {p: alice(cloudUser), password: "N0rthlight-77xyzw", want: policy.PasswordContainsName},
		"a name of three characters":                      {p: alice(cloudUser, func(p *policy.Person) { p.GivenName = "Ann" }), password: "Ann-xQ9vkz7"},
		"on the global list":                              {p: alice(cloudUser), password: "P@ssw0rd1", want: policy.PasswordBannedGlobal},
		"on the custom list":                              {p: alice(cloudUser), s: tenant(custom), password: "Fabrikam1!", want: policy.PasswordBannedCustom},
		"custom list not enforced":                        {p: alice(cloudUser), s: tenant(custom, func(s *policy.Settings) { s.Ban.EnforceCustom = false }), password: "Fabrikam1!"},
		"custom list without P1":                          {p: alice(cloudUser, func(p *policy.Person) { p.ServicePlans = nil }), s: tenant(custom), password: "Fabrikam1!"},
		"custom list without P1, licences lenient":        {p: alice(cloudUser, func(p *policy.Person) { p.ServicePlans = nil }), s: tenant(custom, func(s *policy.Settings) { s.Licences = policy.LicencesLenient }), password: "Fabrikam1!", want: policy.PasswordBannedCustom},
		"synchronised: short is left to AD":               {p: alice(), password: "xQ9vk"},
		"synchronised: one kind is left to AD":            {p: alice(), password: "hopscotchy"},
		"synchronised: an umlaut is left to AD":           {p: alice(), password: "hüpfburgen"},
		"synchronised: the global list counts":            {p: alice(), password: "P@ssw0rd1", want: policy.PasswordBannedGlobal},
		"synchronised: names count":                       {p: alice(), password: "8-alice-8-xyzw", want: policy.PasswordContainsName},
		"synchronised: the current password, change":      {op: policy.Change, p: alice(), password: "Hopscotchy77", same: true, want: policy.PasswordSame},
		"synchronised: less than five points of its own":  {p: alice(), password: "xQ9v", want: policy.PasswordBannedGlobal},
		"complexity is judged before the banned list":     {p: alice(cloudUser), password: "passwordpassword", want: policy.PasswordComplexity},
		"length is judged before characters":              {p: alice(cloudUser), password: "ü", want: policy.PasswordTooShort},
		"a global list of the lab's own":                  {p: alice(cloudUser), s: tenant(func(s *policy.Settings) { s.Ban.Global = []string{"hopscotch"} }), password: "Hopscotch77", want: policy.PasswordBannedGlobal},
		"the built-in list is gone when replaced":         {p: alice(cloudUser), s: tenant(func(s *policy.Settings) { s.Ban.Global = []string{} }), password: "P@ssw0rd1"},
		"compiled lists win over plain ones":              {p: alice(cloudUser), s: tenant(custom, func(s *policy.Settings) { s.Ban.CustomList = policy.NewBanList([]string{"tailspin"}) }), password: "Fabrikam1!"},
		"both lists contribute: the global wording shows": {p: alice(cloudUser), s: tenant(custom), password: "ContosoPassword1!", want: policy.PasswordBannedGlobal},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if c.op == "" {
				c.op = policy.Reset
			}
			if c.s.Reset.Scope == "" {
				c.s = tenant()
			}
			v := policy.JudgePassword(c.op, c.s, c.p, c.password, c.same)
			assert.Equal(t, c.want, v.Reason)
			assert.Equal(t, c.want == policy.PasswordAccepted, v.OK())
			require.NotEmpty(t, v.Checks)
			failed := v.Checks[len(v.Checks)-1].Verdict == policy.Failed
			assert.Equal(t, !v.OK(), failed, "a refusal ends the checks, and only a refusal")
		})
	}
}

// The score is explained by counts; a term that was found is part of the
// password and must not show.
func TestChecksExplainTheScoreWithoutThePassword(t *testing.T) {
	s := tenant(func(s *policy.Settings) {
		s.Ban.EnforceCustom, s.Ban.Custom, s.Ban.Global = true, []string{"contoso"}, []string{"blank"}
	})
	v := policy.JudgePassword(policy.Reset, s, alice(cloudUser), "C0ntos0Blank12", false)
	require.False(t, v.OK())
	score := v.Checks[len(v.Checks)-1]
	assert.Equal(t, policy.CheckPasswordScore, score.Name)
	assert.Equal(t, "2 banned terms and 2 other characters make 4 points", score.Detail)
	assert.Contains(t, score.Input, policy.Fact{Name: "list", Value: "both"})
	for _, c := range v.Checks {
		text := strings.ToLower(c.Rule + c.Detail + c.Remedy)
		for _, f := range c.Input {
			text += strings.ToLower(f.Value)
		}
		for _, part := range []string{"contoso", "c0ntos0", "blank"} {
			assert.NotContains(t, text, part, c.Name)
		}
	}
}

func TestTheCloudCannotHoldEveryPasswordOfADirectory(t *testing.T) {
	assert.True(t, policy.CloudCharacters("Rabbit hole 7~"))
	assert.False(t, policy.CloudCharacters("Hüpfburg"))
	assert.False(t, policy.CloudCharacters("a\x7f"))
}

func TestTheStrengthOfAWrittenBackPasswordIsNotShown(t *testing.T) {
	assert.True(t, policy.ShowsStrength(alice(cloudUser)))
	assert.False(t, policy.ShowsStrength(alice()))
}

func TestNamesThatAnybodyWouldTryFirst(t *testing.T) {
	p := policy.Person{UserPrincipalName: "frank.moss@northlight.example", DisplayName: "Frank Moss", Surname: "Moss"}
	assert.Equal(t, []string{"frank.moss@northlight.example", "frank.moss", "Frank Moss", "Moss", "Northlight"},
		policy.KnownNames(policy.Settings{TenantName: "Northlight"}, p))
}

// concept-password-ban-bad: the global list cannot be switched off; the licence
// that it asks of synchronised people switches the custom list alone.
func TestTheGlobalListAsksForNoLicence(t *testing.T) {
	s := tenant(func(s *policy.Settings) {
		s.Ban.Global = []string{"harbour"}
		s.Ban.EnforceCustom, s.Ban.Custom = true, []string{"fabrikam"}
	})
	free := alice(func(p *policy.Person) { p.ServicePlans = nil })
	judge := func(p policy.Person, password string) policy.PasswordReason {
		return policy.JudgePassword(policy.Reset, s, p, password, false).Reason
	}
	assert.Equal(t, policy.PasswordBannedGlobal, judge(free, "Harbour!1"))
	assert.Equal(t, policy.PasswordAccepted, judge(free, "Fabrikam!1"))
	assert.Equal(t, policy.PasswordBannedCustom, judge(alice(), "Fabrikam!1"))
}

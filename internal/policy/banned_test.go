package policy_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ssprlab/ssprlab/internal/policy"
)

// The lists of the worked examples.
var (
	exampleGlobal = []string{"blank", "abcdef", "password"}
	exampleCustom = []string{"contoso", "london", "widget"}
)

// "How are passwords evaluated" and "Score calculation",
// concept-password-ban-bad, with the examples of reference 7.3.
func TestPasswordProtectionScoresAsPublished(t *testing.T) {
	cases := map[string]struct {
		password string
		first    string
		windows  bool
		want     policy.BanVerdict
		reason   policy.PasswordReason
	}{
		"a banned term itself":                   {password: "Bl@nK", want: policy.BanVerdict{Fuzzy: true, Hit: policy.HitGlobal}, reason: policy.PasswordBannedGlobal},
		"one letter replaced":                    {password: "abcdeg", want: policy.BanVerdict{Fuzzy: true, Hit: policy.HitGlobal}, reason: policy.PasswordBannedGlobal},
		"one letter inserted":                    {password: "abcdefg", want: policy.BanVerdict{Fuzzy: true, Hit: policy.HitGlobal}, reason: policy.PasswordBannedGlobal},
		"one letter deleted":                     {password: "abcde", want: policy.BanVerdict{Fuzzy: true, Hit: policy.HitGlobal}, reason: policy.PasswordBannedGlobal},
		"the first name inside":                  {password: "p0LL23fb", first: "Poll", want: policy.BanVerdict{Name: true}, reason: policy.PasswordContainsName},
		"two terms and two characters":           {password: "C0ntos0Blank12", want: policy.BanVerdict{Score: 4, Tokens: 2, Others: 2, Hit: policy.HitBoth}, reason: policy.PasswordBannedGlobal},
		"two terms and three characters":         {password: "ContoS0Bl@nkf9!", want: policy.BanVerdict{Score: 5, Tokens: 2, Others: 3, Hit: policy.HitBoth}},
		"a term and two characters":              {password: "Contoso!1", want: policy.BanVerdict{Score: 3, Tokens: 1, Others: 2, Hit: policy.HitCustom}, reason: policy.PasswordBannedCustom},
		"two terms around a sign":                {password: "Contoso@London", want: policy.BanVerdict{Score: 3, Tokens: 2, Others: 1, Hit: policy.HitCustom}, reason: policy.PasswordBannedCustom},
		"two terms and nothing else":             {password: "ContosoWidget", want: policy.BanVerdict{Score: 2, Tokens: 2, Hit: policy.HitCustom}, reason: policy.PasswordBannedCustom},
		"a term with one sign before it":         {password: "!Contoso", want: policy.BanVerdict{Fuzzy: true, Hit: policy.HitCustom}, reason: policy.PasswordBannedCustom},
		"a term with two letters after it":       {password: "LondonHQ", want: policy.BanVerdict{Score: 3, Tokens: 1, Others: 2, Hit: policy.HitCustom}, reason: policy.PasswordBannedCustom},
		"a term with five characters after it":   {password: "L0nd0n!2026", want: policy.BanVerdict{Score: 6, Tokens: 1, Others: 5, Hit: policy.HitCustom}},
		"the commonest term with four after it":  {password: "Password123!", want: policy.BanVerdict{Score: 5, Tokens: 1, Others: 4, Hit: policy.HitGlobal}},
		"1 stands for l, so widget is not seen":  {password: "W1dgetContos0!7xQ", want: policy.BanVerdict{Score: 11, Tokens: 1, Others: 10, Hit: policy.HitCustom}},
		"one replacement forgiven in the middle": {password: "W1dgetContos0!7xQ", windows: true, want: policy.BanVerdict{Score: 6, Tokens: 2, Others: 4, Hit: policy.HitCustom}},
		"windows leave the published pass alone": {password: "ContoS0Bl@nkf9!", windows: true, want: policy.BanVerdict{Score: 5, Tokens: 2, Others: 3, Hit: policy.HitBoth}},
		"windows leave the published fail alone": {password: "C0ntos0Blank12", windows: true, want: policy.BanVerdict{Score: 4, Tokens: 2, Others: 2, Hit: policy.HitBoth}, reason: policy.PasswordBannedGlobal},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			c.want.Evaluated = true
			rules := policy.BanRules{Names: []string{c.first}, ReplaceWindows: c.windows}

			compiled := rules
			compiled.Global, compiled.Custom = policy.NewBanList(exampleGlobal), policy.NewBanList(exampleCustom)
			assert.Equal(t, c.want, policy.Evaluate(compiled, c.password))

			plain := rules
			plain.Terms, plain.CustomTerms = exampleGlobal, exampleCustom
			got := policy.Evaluate(plain, c.password)
			assert.Equal(t, c.want, got, "lists that are not compiled answer alike")
			assert.Equal(t, c.reason, got.Reason())
		})
	}
}

// An accent may be typed with its letter or after it: both are the same term.
func TestATermIsFoundHoweverItsAccentsWereTyped(t *testing.T) {
	const composed, decomposed = "caf\u00e9", "cafe\u0301"
	for _, term := range []string{composed, decomposed, " " + composed + " "} {
		for _, password := range []string{composed, decomposed, "CAFE\u0301", "xy" + decomposed, "x" + decomposed + "12"} {
			v := policy.Evaluate(policy.BanRules{CustomTerms: []string{term}}, password)
			assert.True(t, v.Rejected(), "%+q in %+q", term, password)
			assert.Equal(t, policy.HitCustom, v.Hit, "%+q in %+q", term, password)
			list := policy.Evaluate(policy.BanRules{Custom: policy.NewBanList([]string{term})}, password)
			assert.Equal(t, v, list, "compiled")
		}
	}
	assert.True(t, policy.Evaluate(policy.BanRules{Names: []string{composed}}, "my-"+decomposed+"-in-town").Name)
}

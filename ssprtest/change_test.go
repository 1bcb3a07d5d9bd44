package ssprtest_test

import (
	"html"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/ssprtest"
)

const (
	carol = "carol@northlight.example" // cloud-only

	demoPassword = "Lantern-Harbour-62" // everybody's in the demo
)

// concept-sspr-licensing: with Microsoft Entra ID Free a cloud user changes a
// known password, and a synchronised one does not.
func TestAChangeAsksForWhatWritebackNeeds(t *testing.T) {
	for name, c := range map[string]struct {
		who, resource, patch string
		outcome              ssprtest.Outcome
		code, cause          string
	}{
		"synchronised and licensed": {alice, "tenant", `{}`, ssprtest.Done, "", ""},
		"synchronised, Free":        {alice, "users/" + alice, `{"licences":[]}`, ssprtest.Refused, "SSPR_0012", "licence"},
		"in the cloud, Free":        {carol, "users/" + carol, `{"licences":[]}`, ssprtest.Done, "", ""},
		"writeback switched off":    {alice, "tenant", `{"reset":{"writeback":false}}`, ssprtest.Refused, "SSPR_0010", "writeback-enabled"},
		"agent stopped":             {alice, "agents/SYNC1", `{"running":false}`, ssprtest.Refused, "SSPR_0030", "writeback-reachable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lab := ssprtest.Start(t)
			lab.Clock.Advance(48 * time.Hour) // past the minimum age
			lab.Set(c.resource, c.patch)
			got := lab.Person(c.who).TriesToChange(demoPassword, "Rabbit-hole7!")
			require.Equal(t, c.outcome, got.Outcome, got.Explanation)
			assert.Equal(t, c.code, got.Code)
			assert.Equal(t, c.cause, got.Cause)
			assert.Contains(t, got.Explanation, "licence", "the checks are in the decision record")
			if c.outcome == ssprtest.Refused {
				assert.NotEmpty(t, got.Remedy)
				lab.Directory().MustBind(c.who, demoPassword)
			}
		})
	}
}

// The guesses of a synchronised person count in Active Directory, where the
// password is kept.
func TestGuessingTheCurrentPasswordLocksTheAccountOnPremises(t *testing.T) {
	lab := ssprtest.Start(t)
	lab.Clock.Advance(48 * time.Hour) // past the minimum age
	lab.Set("domains/corp.northlight.example/policy", `{"lockoutThreshold":3}`)
	alice := lab.Person(alice)
	for range 3 {
		got := alice.TriesToChange("Not-the-one-1", "Rabbit-hole7!")
		got.MustBe(ssprtest.Refused, "wrong-current")
	}
	alice.TriesToChange(demoPassword, "Rabbit-hole7!").MustBe(ssprtest.Refused, "on-premises-locked")
	lab.Directory().MustRefuse(alice.UPN, demoPassword, "775")
}

// The page for changes tells of a change what it refuses, in the language of the
// page.
func TestARefusedChangeIsToldAsAChange(t *testing.T) {
	type words map[string]string // by language
	for name, c := range map[string]struct {
		resource, patch, faults string
		want                    words
	}{
		"writeback switched off": {
			"tenant", `{"reset":{"writeback":false}}`, "",
			words{"en": "You cannot change your password here, because a service", "de": "Sie können Ihr Kennwort hier nicht ändern, weil ein", "ja": "ここではパスワードを変更できません。パスワード ライトバック"},
		},
		"no licence": {
			"users/" + alice, `{"licences":[]}`, "",
			words{"en": "You cannot change your password here, because your account has no licence", "fr": "Vous ne pouvez pas changer votre mot de passe ici, car votre compte", "es": "No puede cambiar su contraseña aquí porque su cuenta"},
		},
		"agent stopped":   {"agents/SYNC1", `{"running":false}`, "", words{"en": "Your password cannot be changed now, because", "ar": "لا يمكن تغيير كلمة مرورك الآن"}},
		"the answer lost": {"tenant", `{}`, `[{"part":"relay","effect":"lose-answer"}]`, words{"en": "We cannot tell whether your password was changed"}},
	} {
		t.Run(name, func(t *testing.T) {
			lab := ssprtest.Start(t)
			lab.Clock.Advance(48 * time.Hour) // past the minimum age
			lab.Set(c.resource, c.patch)
			if c.faults != "" {
				lab.Break(c.faults)
			}
			for language, want := range c.want {
				w := open(t, lab)
				w.post("/signin?mkt="+language, "username", alice, "password", demoPassword)
				w.get("/myaccount/changepassword?mkt=" + language)
				page := html.UnescapeString(w.post("/myaccount/changepassword", "current", demoPassword, "password", "Rabbit-hole7!", "confirmation", "Rabbit-hole7!"))
				assert.Contains(t, page, want, language)
			}
		})
	}
}

package ssprtest_test

import (
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

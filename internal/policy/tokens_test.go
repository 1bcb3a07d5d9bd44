package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/ssprlab/ssprlab/internal/policy"
)

// how-to-mfa-upload-oath-tokens: 200 every five minutes.
func TestTokensAreActivatedSoManyAtATime(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	tries := func(n int, apart time.Duration) (past []time.Time) {
		for i := range n {
			past = append(past, at.Add(time.Duration(i)*apart))
		}
		return past
	}
	for claim, c := range map[string]struct {
		past []time.Time
		now  time.Time
		want time.Time
	}{
		"nothing yet":                  {nil, at, time.Time{}},
		"the two hundredth":            {tries(199, 0), at, time.Time{}},
		"the one after":                {tries(200, 0), at, at.Add(5 * time.Minute)},
		"just before the window ends":  {tries(200, 0), at.Add(5*time.Minute - 1), at.Add(5 * time.Minute)},
		"when it has":                  {tries(200, 0), at.Add(5 * time.Minute), time.Time{}},
		"the first has left":           {tries(200, time.Second), at.Add(5 * time.Minute), time.Time{}},
		"a clock that was set back":    {tries(200, 0), at.Add(-time.Hour), time.Time{}},
		"long ago and now add nothing": {append(tries(150, 0), at.Add(time.Hour)), at.Add(time.Hour), time.Time{}},
	} {
		assert.Equal(t, c.want, policy.ActivationBlocked(c.past, c.now), claim)
	}
}

func TestWhoMayHoldAToken(t *testing.T) {
	for claim, c := range map[string]struct {
		p    policy.Person
		have int
		want bool
	}{
		"a member":            {alice(), 0, true},
		"the fifth":           {alice(), 4, true},
		"the sixth":           {alice(), 5, false},
		"a guest":             {alice(func(p *policy.Person) { p.Guest = policy.PartnerGuest }), 0, false},
		"a guest of our own":  {alice(func(p *policy.Person) { p.Guest = policy.SelfServiceUser }), 0, false},
		"an invited outsider": {alice(func(p *policy.Person) { p.Guest = policy.InvitedGuest }), 0, false},
	} {
		ok, why := policy.MayHoldToken(c.p, c.have)
		assert.Equal(t, c.want, ok, claim)
		assert.NotEmpty(t, why, claim)
	}
}

// concept-authentication-oath-tokens, preview refresh: people take tokens of the
// inventory themselves where the policy gives them hardware tokens.
func TestWhoMayTakeATokenThemselves(t *testing.T) {
	hardware := configs(map[string]policy.MethodConfig{policy.ConfigHardwareOATH: on(policy.MethodConfig{})})
	complete := func(s *policy.Settings) { s.Methods.Migration = policy.MigrationComplete }
	legacy := func(s *policy.Settings) { s.Reset.Methods = []policy.Method{policy.AppCode} }
	adminsOnly := func(s *policy.Settings) { s.Registration.AdminTokensOnly = true }
	guest := func(p *policy.Person) { p.Guest = policy.InvitedGuest }
	for claim, c := range map[string]struct {
		s    policy.Settings
		p    policy.Person
		want bool
	}{
		"by the Authentication methods policy":      {tenant(complete, hardware), alice(), true},
		"by nothing":                                {tenant(complete), alice(), false},
		"by the legacy option, not migrated":        {tenant(legacy), alice(), true},
		"the legacy option counts no more after it": {tenant(legacy, complete), alice(), false},
		"the original preview: administrators only": {tenant(complete, hardware, adminsOnly), alice(), false},
		"a guest":                               {tenant(complete, hardware), alice(guest), false},
		"the fifth, which was assigned to them": {tenant(complete, hardware), alice(func(p *policy.Person) { p.Apps, p.AssignedTokens = make([]policy.App, 4), 1 }), true},
		"five already":                          {tenant(complete, hardware), alice(func(p *policy.Person) { p.Apps = make([]policy.App, 5) }), false},
	} {
		ok, why := policy.InfoAllowed(c.s, c.p, policy.InfoHardwareToken, policy.InfoRegister, policy.InfoVisit{}, now)
		assert.Equal(t, c.want, ok, claim+": "+why)
		assert.NotEmpty(t, why, claim)
	}
}

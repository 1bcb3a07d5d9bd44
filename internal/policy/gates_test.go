package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/ssprlab/ssprlab/internal/policy"
)

// "Administrator reset policy differences", two-gate and one-gate policy
// (concept-sspr-policy; reference 4.2).
func TestGates(t *testing.T) {
	young, old := now.AddDate(0, 0, -10), now.AddDate(0, 0, -30)
	cases := map[string]struct {
		p          policy.Person
		gates      int
		trial      time.Time
		custom     bool
		sync       bool
		trialLoses bool
		want       int
	}{
		"a user, one required":                            {p: alice(), gates: 1, custom: true, sync: true, want: 1},
		"a user, two required":                            {p: alice(), gates: 2, want: 2},
		"a user of a tenant without a number":             {p: alice(), gates: 0, want: 1},
		"an administrator with a custom domain":           {p: carol(), gates: 1, custom: true, want: 2},
		"an administrator with synchronised identities":   {p: carol(), gates: 1, sync: true, want: 2},
		"an administrator, onmicrosoft domain only":       {p: carol(), gates: 1, want: 1},
		"no setting of the users loosens or tightens it":  {p: carol(), gates: 2, want: 1},
		"an administrator of a young trial":               {p: carol(), gates: 1, trial: young, want: 1},
		"a young trial with a custom domain: trial wins":  {p: carol(), gates: 1, trial: young, custom: true, sync: true, want: 1},
		"a young trial with a custom domain: trial loses": {p: carol(), gates: 1, trial: young, custom: true, trialLoses: true, want: 2},
		"a trial of 30 days with a custom domain":         {p: carol(), gates: 1, trial: old, custom: true, want: 2},
		"a trial of 30 days without":                      {p: carol(), gates: 1, trial: old, want: 1},
		"a trial of 30 days without: trial loses":         {p: carol(), gates: 1, trial: old, trialLoses: true, want: 2},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := policy.DefaultSettings()
			s.Reset.Gates, s.TrialStarted, s.SyncEnabled, s.Admins.TrialLoses = c.gates, c.trial, c.sync, c.trialLoses
			if c.custom {
				s.CustomDomains = []string{"northlight.example"}
			}
			got, why := policy.Gates(s, c.p, now)
			assert.Equal(t, c.want, got)
			assert.NotEmpty(t, why)
		})
	}
}

package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/policy"
)

// howto-authentication-temporary-access-pass (reference 5.6).
func TestIssuingPasses(t *testing.T) {
	yes, no := true, false
	defaults := policy.DefaultSettings().TAP
	oneTime := defaults
	oneTime.OneTime = true
	cases := map[string]struct {
		s    policy.TAPSettings
		r    policy.TAPRequest
		want policy.TAP
		err  string
	}{
		"defaults":                       {defaults, policy.TAPRequest{}, policy.TAP{Start: now, Lifetime: time.Hour}, ""},
		"one-time on request":            {defaults, policy.TAPRequest{Once: &yes}, policy.TAP{Start: now, Lifetime: time.Hour, Once: true}, ""},
		"one-time by policy":             {oneTime, policy.TAPRequest{}, policy.TAP{Start: now, Lifetime: time.Hour, Once: true}, ""},
		"multi-use against the policy":   {oneTime, policy.TAPRequest{Once: &no}, policy.TAP{}, "isUsableOnce"},
		"eight hours, tomorrow":          {defaults, policy.TAPRequest{Lifetime: 8 * time.Hour, Start: now.AddDate(0, 0, 1)}, policy.TAP{Start: now.AddDate(0, 0, 1), Lifetime: 8 * time.Hour}, ""},
		"longer than the policy":         {defaults, policy.TAPRequest{Lifetime: 8*time.Hour + time.Minute}, policy.TAP{}, "60 to 480"},
		"shorter than the policy":        {defaults, policy.TAPRequest{Lifetime: 59 * time.Minute}, policy.TAP{}, "60 to 480"},
		"never below ten minutes":        {policy.TAPSettings{MaxLifetime: time.Hour}, policy.TAPRequest{Lifetime: 9 * time.Minute}, policy.TAP{}, "10 to 60"},
		"never above 43,200 minutes":     {policy.TAPSettings{MaxLifetime: 10000 * time.Hour}, policy.TAPRequest{Lifetime: 721 * time.Hour}, policy.TAP{}, "10 to 43200"},
		"a lifetime without any default": {policy.TAPSettings{MaxLifetime: time.Hour}, policy.TAPRequest{}, policy.TAP{}, "lifetimeInMinutes 0"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := c.s.Issue(c.r, now)
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestUsabilityOfAPass(t *testing.T) {
	s := tenant(configs(map[string]policy.MethodConfig{policy.ConfigTAP: on(policy.MethodConfig{})}))
	pass := policy.TAP{Start: now, Lifetime: time.Hour}
	cases := map[string]struct {
		s    policy.Settings
		pass policy.TAP
		at   time.Time
		want policy.TAPUsability
	}{
		"works":                                  {s, pass, now, policy.TAPEnabled},
		"a moment too early":                     {s, pass, now.Add(-time.Nanosecond), policy.TAPNotYetValid},
		"the last moment":                        {s, pass, now.Add(time.Hour - time.Nanosecond), policy.TAPEnabled},
		"over":                                   {s, pass, now.Add(time.Hour), policy.TAPExpired},
		"used, one-time":                         {s, policy.TAP{Start: now, Lifetime: time.Hour, Once: true, Used: true}, now, policy.TAPOneTimeUsed},
		"used, not one-time":                     {s, policy.TAP{Start: now, Lifetime: time.Hour, Used: true}, now, policy.TAPEnabled},
		"several uses, and the policy wants one": {tenant(configs(map[string]policy.MethodConfig{policy.ConfigTAP: on(policy.MethodConfig{})}), func(s *policy.Settings) { s.TAP.OneTime = true }), pass, now, policy.TAPDisabled},
		"method switched off":                    {tenant(), pass, now, policy.TAPDisabled},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { assert.Equal(t, c.want, c.pass.Usability(c.s, alice(), c.at)) })
	}
}

func TestWhoMayIssuePasses(t *testing.T) {
	holder := func(role string) policy.Person {
		return policy.Person{ID: role, Roles: []string{role}}
	}
	guest := alice(func(p *policy.Person) { p.Guest = policy.InvitedGuest })
	cases := map[string]struct {
		actor, target policy.Person
		want, details bool
	}{
		"Global Administrator for an administrator":         {holder(policy.RoleGlobalAdministrator), carol(), true, true},
		"Privileged Authentication for an administrator":    {holder(policy.RolePrivilegedAuthentication), carol(), true, true},
		"Authentication Administrator for a member":         {holder(policy.RoleAuthenticationAdministrator), alice(), true, true},
		"Authentication Administrator for an administrator": {holder(policy.RoleAuthenticationAdministrator), carol(), false, false},
		"for oneself":            {carol(), carol(), false, false},
		"Global Reader reads":    {holder(policy.RoleGlobalReader), alice(), false, true},
		"Helpdesk Administrator": {holder(policy.RoleHelpdeskAdministrator), alice(), false, false},
		"nobody in particular":   {policy.Person{ID: "x"}, alice(), false, false},
		"guests cannot use one":  {holder(policy.RoleGlobalAdministrator), guest, false, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			ok, why := policy.MayIssueTAP(tenant(), c.actor, c.target)
			assert.Equal(t, c.want, ok)
			assert.NotEmpty(t, why)
			assert.Equal(t, c.details, policy.MaySeeTAP(tenant(), c.actor, c.target))
		})
	}
}

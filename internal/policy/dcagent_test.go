package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/policy"
)

// The table of howto-password-ban-bad-on-premises-monitor (reference 7.5).
func TestDCAgentEvents(t *testing.T) {
	enforce := policy.BanSettings{
		OnPremises: true, Enforce: true, EnforceCustom: true,
		Global: []string{"blank"}, Custom: []string{"contoso"},
	}
	audit := enforce
	audit.Enforce = false
	pattern := audit
	pattern.AuditNamePattern = true
	disabled := enforce
	disabled.OnPremises = false
	noCustom := enforce
	noCustom.EnforceCustom = false

	cases := map[string]struct {
		policy      *policy.BanSettings
		password    string
		accepted    bool
		change, set []int
	}{
		"pass":                             {&enforce, "Rabbit-hole7", true, []int{10014}, []int{10015}},
		"rejected, custom list":            {&enforce, "Contoso!1", false, []int{10016, 30002}, []int{10017, 30003}},
		"rejected, global list":            {&enforce, "Bl@nK", false, []int{10016, 30004}, []int{10017, 30005}},
		"rejected, both":                   {&enforce, "C0ntos0Blank12", false, []int{10016, 30026}, []int{10017, 30027}},
		"rejected, user name":              {&enforce, "xx-Abend-777", false, []int{10016, 30021}, []int{10017, 30022}},
		"rejected, account name":           {&enforce, "xx-aabend0815-777", false, []int{10016, 30021}, []int{10017, 30022}},
		"audit pass, custom":               {&audit, "Contoso!1", true, []int{10024, 30008}, []int{10025, 30007}},
		"audit pass, global":               {&audit, "Bl@nK", true, []int{10024, 30010}, []int{10025, 30009}},
		"audit pass, both":                 {&audit, "C0ntos0Blank12", true, []int{10024, 30028}, []int{10025, 30029}},
		"audit pass, user name as printed": {&audit, "xx-Abend-777", true, []int{10016, 30024}, []int{10017, 30023}},
		"audit pass, user name by pattern": {&pattern, "xx-Abend-777", true, []int{10024, 30024}, []int{10025, 30023}},
		"custom list not enforced":         {&noCustom, "Contoso!1", true, []int{10014}, []int{10015}},
		"no policy yet":                    {nil, "Bl@nK", true, []int{30001}, []int{30001}},
		"disabled: in silence":             {&disabled, "Bl@nK", true, nil, nil},
		"the tenant name does not count":   {&enforce, "Northlight-77xyz", true, []int{10014}, []int{10015}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			for set, want := range map[bool][]int{false: c.change, true: c.set} {
				v := policy.JudgeOnDC(policy.DCRequest{
					Set: set, Policy: c.policy, UserName: "aabend0815", FullName: "Alice Abend", Candidate: c.password,
				})
				assert.Equal(t, c.accepted, v.Accepted)
				assert.Equal(t, want, v.Events)
				assert.Equal(t, v.Accepted && v.Ban.Rejected(), v.Audited)
				for _, check := range v.Checks() {
					assert.NotContains(t, check.Detail+check.Remedy, c.password)
				}
			}
		})
	}
}

func TestDCAgentTellsWhichPolicyIsInForce(t *testing.T) {
	assert.Equal(t, []int{30006}, policy.DCPolicyEvents(policy.BanSettings{OnPremises: true}))
	assert.Equal(t, []int{30019}, policy.DCPolicyEvents(policy.BanSettings{}))
}

// howto-sspr-reporting, and what a lab observed (reference 7.4).
func TestAuditReason(t *testing.T) {
	assert.Equal(t, "FuzzyPolicyViolationInvalidPassword", policy.BanSettings{}.AuditReason())
	assert.Equal(t, "PasswordDoesnotComplyFuzzyPolicy", policy.BanSettings{ReasonObserved: true}.AuditReason())
}

func TestDCAgentTellsTheDecisionRecord(t *testing.T) {
	enforce := policy.BanSettings{OnPremises: true, Enforce: true, Global: []string{"blank"}}
	audit, off := enforce, enforce
	audit.Enforce, off.OnPremises = false, false
	last := func(p *policy.BanSettings, password string) policy.Check {
		checks := policy.JudgeOnDC(policy.DCRequest{Set: true, Policy: p, UserName: "aabend0815", FullName: "Alice Abend", Candidate: password}).Checks()
		require.NotEmpty(t, checks)
		return checks[len(checks)-1]
	}
	c := last(&enforce, "Bl@nK-7x")
	assert.Equal(t, policy.Failed, c.Verdict)
	assert.Equal(t, "dc-agent-password-score", c.Name)
	assert.NotEmpty(t, c.Remedy)
	c = last(&audit, "Bl@nK-7x")
	assert.Equal(t, policy.Passed, c.Verdict)
	assert.Contains(t, c.Detail, "let through in audit mode")
	assert.Empty(t, c.Remedy, "nothing has to change")
	assert.Equal(t, policy.Passed, last(&enforce, "Rabbit-hole7").Verdict)
	for detail, p := range map[string]*policy.BanSettings{"no policy is available yet": nil, "the policy is disabled": &off} {
		c := last(p, "Bl@nK-7x")
		assert.Equal(t, policy.Skipped, c.Verdict)
		assert.Contains(t, c.Detail, detail)
	}
	failed := policy.DCError(false)
	assert.True(t, failed.Accepted)
	assert.Equal(t, []int{10012}, failed.Events)
	assert.Equal(t, []int{10013}, policy.DCError(true).Events)
	assert.Contains(t, failed.Checks()[0].Detail, "did not answer")
}

// 30006 tells a new policy: what an agent is not told makes none.
func TestWhatIsANewPolicyForTheDCAgent(t *testing.T) {
	base := policy.BanSettings{OnPremises: true, EnforceCustom: true, Custom: []string{"contoso"}}
	for name, c := range map[string]struct {
		change func(*policy.BanSettings)
		same   bool
	}{
		"nothing":                 {func(*policy.BanSettings) {}, true},
		"another mode":            {func(b *policy.BanSettings) { b.Enforce = true }, false},
		"another term":            {func(b *policy.BanSettings) { b.Custom = []string{"fabrikam"} }, false},
		"the list switched off":   {func(b *policy.BanSettings) { b.EnforceCustom = false }, false},
		"another global list":     {func(b *policy.BanSettings) { b.Global = []string{"blank"} }, false},
		"protection switched off": {func(b *policy.BanSettings) { b.OnPremises = false }, false},
		"the cloud's own delays":  {func(b *policy.BanSettings) { b.Propagation, b.ReasonObserved = time.Hour, true }, true},
	} {
		next := base
		c.change(&next)
		assert.Equal(t, c.same, policy.SameDCPolicy(base, next), name)
	}
	assert.True(t, policy.SameDCPolicy(policy.BanSettings{}, policy.BanSettings{Enforce: true}), "disabled is disabled")
}

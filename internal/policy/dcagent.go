package policy

import (
	"fmt"
	"strings"
)

// Event IDs of the DC agent's Admin log (monitor and log Password Protection,
// howto-password-ban-bad-on-premises-monitor; reference 7.5).
const (
	EventNoPolicy       = 30001 // a password was not checked, no policy is available yet
	EventPolicyInForce  = 30006 // a new policy is enforced
	EventPolicyDisabled = 30019 // the policy is disabled, the agent rests
	EventAgentOutdated  = 30034 // Operational log
)

// A DCRequest is one password on its way into a domain controller that runs the
// agent.
type DCRequest struct {
	Set       bool         // a reset, writeback's included; else a change
	Policy    *BanSettings // the controller's own copy, nil when it never got one
	UserName  string       // sAMAccountName
	FullName  string
	Candidate string
}

// A DCVerdict is what the agent says.
type DCVerdict struct {
	Accepted bool
	Audited  bool // would have been rejected, and was let through in audit mode
	Ban      BanVerdict
	Events   []int // in the order in which they are written; they share a correlation ID
}

// JudgeOnDC evaluates a password as the DC agent does: by its copy of the
// policy, without the tenant name, for changes and sets alike. Without a policy
// everything is accepted and event 30001 says so; a disabled policy accepts
// everything in silence.
func JudgeOnDC(r DCRequest) DCVerdict {
	switch {
	case r.Policy == nil:
		return DCVerdict{Accepted: true, Events: []int{EventNoPolicy}}
	case !r.Policy.OnPremises:
		return DCVerdict{Accepted: true}
	}
	rules := BanRules{Names: append([]string{r.UserName, r.FullName}, strings.Fields(r.FullName)...), ReplaceWindows: r.Policy.ReplaceWindows}
	rules.Global, rules.Terms = r.Policy.global()
	if r.Policy.EnforceCustom {
		rules.Custom, rules.CustomTerms = r.Policy.custom()
	}
	v := DCVerdict{Ban: Evaluate(rules, r.Candidate)}
	v.Audited = v.Ban.Rejected() && !r.Policy.Enforce
	v.Accepted = !v.Ban.Rejected() || v.Audited
	v.Events = dcEvents(r, v)
	return v
}

// dcEvents is the table of outcomes and event pairs.
func dcEvents(r DCRequest, v DCVerdict) []int {
	pick := func(change, set []int) []int {
		if r.Set {
			return set
		}
		return change
	}
	switch {
	case !v.Ban.Rejected():
		return pick([]int{10014}, []int{10015})
	case v.Audited && v.Ban.Name && r.Policy.AuditNamePattern:
		return pick([]int{10024, 30024}, []int{10025, 30023})
	case v.Audited && v.Ban.Name: // as the page prints it
		return pick([]int{10016, 30024}, []int{10017, 30023})
	case v.Audited && v.Ban.Hit == HitCustom:
		return pick([]int{10024, 30008}, []int{10025, 30007})
	case v.Audited && v.Ban.Hit == HitBoth:
		return pick([]int{10024, 30028}, []int{10025, 30029})
	case v.Audited:
		return pick([]int{10024, 30010}, []int{10025, 30009})
	case v.Ban.Name:
		return pick([]int{10016, 30021}, []int{10017, 30022})
	case v.Ban.Hit == HitCustom:
		return pick([]int{10016, 30002}, []int{10017, 30003})
	case v.Ban.Hit == HitBoth:
		return pick([]int{10016, 30026}, []int{10017, 30027})
	}
	return pick([]int{10016, 30004}, []int{10017, 30005})
}

// Checks tells the verdict as lines of a decision record.
func (v DCVerdict) Checks() []Check {
	if !v.Ban.Evaluated {
		return nil
	}
	checks := v.Ban.checks("concept-password-ban-bad-on-premises; SSPR reference 7.5", "as in the controller's copy")
	if v.Audited {
		last := &checks[len(checks)-1]
		last.Detail = fmt.Sprintf("%s; let through in audit mode", last.Detail)
	}
	return checks
}

// DCPolicyEvents lists what the agent writes when it takes over a policy.
func DCPolicyEvents(policy BanSettings) []int {
	if !policy.OnPremises {
		return []int{EventPolicyDisabled}
	}
	return []int{EventPolicyInForce}
}

// DefaultAuditReason and ObservedAuditReason are the two spellings of the audit
// record's reason for a banned password: the documented one and the one seen in
// real logs (howto-sspr-reporting; reference 7.4).
const (
	DefaultAuditReason  = "FuzzyPolicyViolationInvalidPassword"
	ObservedAuditReason = "PasswordDoesnotComplyFuzzyPolicy"
)

// AuditReason returns the reason that the audit log shows for a banned password.
func (b BanSettings) AuditReason() string {
	if b.ReasonObserved {
		return ObservedAuditReason
	}
	return DefaultAuditReason
}

package policy

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Event IDs of the DC agent's Admin log (monitor and log Password Protection,
// howto-password-ban-bad-on-premises-monitor; reference 7.5).
const (
	EventNoPolicy       = 30001 // a password was not checked, no policy is available yet
	EventPolicyInForce  = 30006 // a new policy is enforced
	EventPolicyDisabled = 30019 // the policy is disabled, the agent rests
	EventAgentOutdated  = 30034 // Operational log
	EventChangeError    = 10012 // accepted because the agent could not tell, a change
	EventSetError       = 10013 // the same, a set
)

// DCPolicyLifetime is how old a copy of the policy gets before an agent asks for
// a newer one, and how often it looks (reference 7.5).
const DCPolicyLifetime = time.Hour

// DCSummary is what Get-AzureADPasswordProtectionSummaryReport counts: its
// properties, each with the event that it counts, in its order
// (howto-password-ban-bad-on-premises-monitor).
var DCSummary = []struct {
	Property string
	Event    int
}{
	{"PasswordChangesValidated", 10014},
	{"PasswordSetsValidated", 10015},
	{"PasswordChangesRejected", 10016},
	{"PasswordSetsRejected", 10017},
	{"PasswordChangeAuditOnlyFailures", 10024},
	{"PasswordSetAuditOnlyFailures", 10025},
	{"PasswordChangeErrors", EventChangeError},
	{"PasswordSetErrors", EventSetError},
}

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

// Checks tells the verdict as lines of a decision record. In audit mode nothing
// fails: what would have been rejected says so.
func (v DCVerdict) Checks() []Check {
	const source = "concept-password-ban-bad-on-premises; SSPR reference 7.5"
	if !v.Ban.Evaluated {
		why := "the policy is disabled, the DC agent rests"
		if len(v.Events) > 0 && v.Events[0] == EventNoPolicy {
			why = "accepted unseen: no policy is available yet"
		} else if len(v.Events) > 0 {
			why = "accepted unseen: the DC agent's service did not answer"
		}
		return []Check{{Name: CheckDCAgent, Rule: "the DC agent finds the password compliant with its copy of the policy", Source: source, Verdict: Skipped, Detail: why}}
	}
	checks := v.Ban.checks(source, "as in the controller's copy")
	checks[0].Rule = "does not contain the account name or a part of the full name, each of four characters or more"
	for i := range checks {
		checks[i].Name = CheckDCAgent + "-" + checks[i].Name
	}
	if v.Audited {
		last := &checks[len(checks)-1]
		last.Verdict, last.Remedy = Passed, ""
		last.Detail = fmt.Sprintf("%s; let through in audit mode", last.Detail)
	}
	return checks
}

// CheckDCAgent is the check of the DC agent, and the beginning of the names of
// its checks where it looked at the password.
const CheckDCAgent = "dc-agent"

// DCError is the outcome when the agent's service does not answer its filter:
// the password is accepted (reference 7.5).
func DCError(set bool) DCVerdict {
	if set {
		return DCVerdict{Accepted: true, Events: []int{EventSetError}}
	}
	return DCVerdict{Accepted: true, Events: []int{EventChangeError}}
}

// SameDCPolicy reports whether two copies of the policy tell an agent the same,
// so that the later one is no new policy.
func SameDCPolicy(a, b BanSettings) bool {
	if !a.OnPremises && !b.OnPremises {
		return true
	}
	a, b = a.forDC(), b.forDC()
	return reflect.DeepEqual(a, b)
}

// forDC leaves out what an agent is not told.
func (b BanSettings) forDC() BanSettings {
	b.ReasonObserved, b.ChangedAt, b.Propagation, b.Before = false, time.Time{}, 0, CustomBefore{}
	if !b.EnforceCustom || len(b.Custom) == 0 && b.CustomList.Len() == 0 {
		b.Custom, b.CustomList = nil, nil
	}
	return b
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

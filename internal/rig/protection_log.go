package rig

import (
	"fmt"
	"strconv"
	"time"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
)

// dcAgentProvider writes the log Microsoft\AzureADPasswordProtection\DCAgent\Admin
// (howto-password-ban-bad-on-premises-monitor; SSPR reference 7.5).
const dcAgentProvider = "Microsoft-AzureADPasswordProtection-DCAgent"

// A dcEvent is an event of the agent's Admin log: its level, and what it says in
// our words. The levels are not documented.
type dcEvent struct{ level, text string }

const (
	dcAccepted = "Information"
	dcAudited  = "Warning"
	dcRejected = "Error"
)

// dcEvents are the events of the log. A pair is one of the filter, 10000 to
// 19999, and one of the policy logic, 30000 to 39999.
var dcEvents = map[int]dcEvent{
	10012: {dcRejected, "The changed password was accepted because of an internal error: the agent's service did not answer."},
	10013: {dcRejected, "The reset password was accepted because of an internal error: the agent's service did not answer."},
	10014: {dcAccepted, "The changed password complies with the password policy."},
	10015: {dcAccepted, "The reset password complies with the password policy."},
	10016: {dcRejected, "The changed password was rejected: it does not comply with the password policy. The correlated event tells why."},
	10017: {dcRejected, "The reset password was rejected: it does not comply with the password policy. The correlated event tells why."},
	10024: {dcAudited, "The changed password would have been rejected. It was accepted, because the policy only audits. The correlated event tells why."},
	10025: {dcAudited, "The reset password would have been rejected. It was accepted, because the policy only audits. The correlated event tells why."},
	30001: {dcAudited, "The password was accepted, because no password policy is available yet: the forest is not registered, no proxy is registered, or none can be reached."},
	30002: {dcRejected, "The changed password was rejected: it matches the tenant's list of banned passwords."},
	30003: {dcRejected, "The reset password was rejected: it matches the tenant's list of banned passwords."},
	30004: {dcRejected, "The changed password was rejected: it matches the global list of banned passwords."},
	30005: {dcRejected, "The reset password was rejected: it matches the global list of banned passwords."},
	30006: {dcAccepted, "This password policy is now in force."},
	30007: {dcAudited, "The reset password was accepted by a policy that only audits: it matches the tenant's list of banned passwords."},
	30008: {dcAudited, "The changed password was accepted by a policy that only audits: it matches the tenant's list of banned passwords."},
	30009: {dcAudited, "The reset password was accepted by a policy that only audits: it matches the global list of banned passwords."},
	30010: {dcAudited, "The changed password was accepted by a policy that only audits: it matches the global list of banned passwords."},
	30019: {dcAudited, "The password policy that was obtained is disabled: every password counts as compliant, and nothing more is logged until the policy changes."},
	30021: {dcRejected, "The changed password was rejected: it contains the user's name."},
	30022: {dcRejected, "The reset password was rejected: it contains the user's name."},
	30023: {dcAudited, "The reset password was accepted by a policy that only audits: it contains the user's name."},
	30024: {dcAudited, "The changed password was accepted by a policy that only audits: it contains the user's name."},
	30026: {dcRejected, "The changed password was rejected: it matches the tenant's and the global list of banned passwords."},
	30027: {dcRejected, "The reset password was rejected: it matches the tenant's and the global list of banned passwords."},
	30028: {dcAudited, "The changed password was accepted by a policy that only audits: it matches the tenant's and the global list of banned passwords."},
	30029: {dcAudited, "The reset password was accepted by a policy that only audits: it matches the tenant's and the global list of banned passwords."},
}

// tell writes the events of a verdict; a pair shares a CorrelationId.
func (p *protection) tell(dc *directory.DC, f directory.FilteredPassword, v policy.DCVerdict) {
	if len(v.Events) == 0 {
		return
	}
	id := chance.GUID(p.lab.Chance.Next("dc agent"))
	for _, number := range v.Events {
		p.log(dc, f.Now, number, id, []journal.KeyValue{
			{Key: "UserName", Value: f.UserName}, {Key: "FullName", Value: f.FullName}, {Key: "CorrelationId", Value: id},
		})
	}
}

// takeOver puts a policy in force on a domain controller.
func (p *protection) takeOver(a *dcAgent, next dcPolicy, at time.Time) {
	a.inForce = &next
	var data []journal.KeyValue
	if next.OnPremises {
		data = []journal.KeyValue{
			{Key: "Enabled", Value: "1"},
			{Key: "AuditOnly", Value: digit(!next.Enforce)},
			{Key: "Global policy date", Value: policyDate(p.lab.Created)},
			{Key: "Tenant policy date", Value: policyDate(next.tenantDate)},
			{Key: "Enforce tenant policy", Value: digit(next.EnforceCustom)},
		}
	}
	for _, number := range policy.DCPolicyEvents(next.BanSettings) {
		p.log(a.dc, at, number, "", data)
	}
}

func (p *protection) log(dc *directory.DC, at time.Time, number int, correlationID string, data []journal.KeyValue) {
	e := dcEvents[number]
	message := e.text
	for _, d := range data {
		if d.Key != "CorrelationId" {
			message += fmt.Sprintf(" %s: %s.", d.Key, d.Value)
		}
	}
	p.journal.Append(journal.Record{Channel: journal.DCAgent, Time: at, CorrelationID: correlationID, Event: &journal.Event{
		Computer: dc.HostName(), Provider: dcAgentProvider, ID: number, Level: e.level, Message: message, Data: data,
	}})
}

func digit(on bool) string {
	if on {
		return strconv.Itoa(1)
	}
	return strconv.Itoa(0)
}

func policyDate(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000000Z") }

package directory

import (
	"strconv"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

// A policyField is an attribute of the domain head with its name in event 4739.
// Change is the field DomainPolicyChanged of the event that tells it.
type policyField struct {
	field, change string
	attr          *schema.Attribute
	text          func(string) string // nil: as it is stored
}

// policyFields are the changed attributes of event 4739 in its order, and which
// of its kinds of change each belongs to (page "4739(S)" of Microsoft's security
// auditing reference).
func policyFields(k *known) []policyField {
	const password, lockout, logoff, other = "Password Policy", "Lockout Policy", "Logoff Policy", "-"
	return []policyField{
		{"MinPasswordAge", password, k.minPwdAge, eventSeconds},
		{"MaxPasswordAge", password, k.maxPwdAge, eventSeconds},
		{"ForceLogoff", logoff, k.forceLogoff, eventSeconds},
		{"LockoutThreshold", lockout, k.lockoutThreshold, nil},
		{"LockoutObservationWindow", lockout, k.lockOutObservationWindow, eventSeconds},
		{"LockoutDuration", lockout, k.lockoutDuration, eventSeconds},
		{"PasswordProperties", password, k.pwdProperties, nil},
		{"MinPasswordLength", password, k.minPwdLength, nil},
		{"PasswordHistoryLength", password, k.pwdHistoryLength, nil},
		{"MachineAccountQuota", other, k.machineAccountQuota, nil},
		{"MixedDomainMode", other, k.nTMixedDomain, nil},
		{"DomainBehaviorVersion", other, k.msDSBehaviorVersion, nil},
		{"OemInformation", other, k.oEMInformation, nil},
	}
}

// policyEvents records 4739 for a domain head: one event for each kind of
// change, whoever makes it. The values are the new ones; what has not changed is
// a dash.
func (m *modification) policyEvents() {
	if m.f.onEvent == nil || m.f.flavour.samba() || m.before.parent != nil || m.before.part.domain == nil {
		return
	}
	o := m.object(m.n)
	fields := policyFields(m.f.k)
	changed := func(f policyField) bool { return !sameList(m.before.stored(f.attr), o.stored(f.attr)) }
	done := map[string]bool{}
	for _, f := range fields {
		if done[f.change] || !changed(f) {
			continue
		}
		done[f.change] = true
		m.policyEvent(f.change, o, fields, changed)
	}
}

func (m *modification) policyEvent(change string, o *object, fields []policyField, changed func(policyField) bool) {
	d := o.part.domain
	who := subject(m.s.who)
	if m.s.who.system {
		who = m.s.dc.self()
	}
	data := append([]Field{{"DomainPolicyChanged", change}, {"DomainName", d.netbios}, {"DomainSid", d.sid.String()}}, who...)
	data = append(data, Field{"PrivilegeList", "-"})
	for _, f := range fields {
		value := "-"
		if f.change == change && changed(f) {
			if value = o.text(f.attr); f.text != nil {
				value = f.text(value)
			}
		}
		data = append(data, Field{f.field, value})
	}
	m.note(4739, taskAuthPolicy, true, data...)
}

// eventSeconds prints an interval; one without an end is %%1794, never.
func eventSeconds(v string) string {
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || domain.Interval(n) == domain.Forever {
		return "%%1794"
	}
	return strconv.FormatInt(-n/1e7, 10)
}

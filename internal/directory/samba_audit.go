package directory

import "github.com/ssprlab/ssprlab/internal/policy/domain"

// What Samba 4.17 writes into its audit log where Windows writes something else
// or nothing (AD reference 13.4; the rest was seen with the log levels
// auth_json_audit and dsdb_*_json_audit). It knows no 4740, 4738, 4767 and 4776.

// oldPasswordChecked is the sign-in that Samba records for the old password of
// a change.
func (m *modification) oldPasswordChecked(w domain.PasswordWrite, verdict domain.Refusal) {
	if m.f.onEvent == nil || !m.f.flavour.samba() || w.Kind != domain.Change || verdict == domain.LockedOut {
		return
	}
	dc, o := m.s.dc, m.before
	who := logonRecord{name: o.text(m.f.k.sAMAccountName), domain: o.part.domain.netbios, kind: "3", remote: m.s.req.Channel.RemoteAddr}
	switch verdict {
	case domain.Accepted:
		m.note(4624, taskLogon, true, dc.logonFields(who, o)...)
		return
	case domain.WrongOldPassword:
		who.status, who.sub, who.reason = logonStatus(domain.LogonFailure)
	default: // NT_STATUS_PASSWORD_RESTRICTION
		who.status, who.sub, who.reason = "0xc000006c", "0x0", "%%2304"
	}
	m.note(4625, taskLogon, false, dc.logonFailureFields(who)...)
}

// auditedAddition is a new account in its primary group, and its password.
func (a *addition) auditedAddition() {
	o := a.modification.object(a.n)
	group := a.f.bySID[o.part.domain.sid.WithRID(uint32(o.int(a.f.k.primaryGroupID)))]
	if group != nil {
		a.groupEvent(group, a.n, true)
	}
	if len(a.passwords) > 0 {
		a.note(4724, taskAccount, true, a.about(o, 0)...)
	}
}

// auditedDeletion takes the account out of its groups.
func (m *modification) auditedDeletion(o *object) {
	for _, group := range o.linked(m.f.k.memberOf) {
		m.groupEvent(group, o.node, false)
	}
}

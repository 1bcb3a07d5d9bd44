package directory

import (
	"fmt"
	"strings"
	"time"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

// note keeps an event until the operation is over.
func (t *tx) note(id, task int, success bool, fields ...Field) {
	if t.f.onEvent == nil {
		return
	}
	if t.events == nil {
		t.events = make([]SecurityEvent, 0, 2) // a password set has two
	}
	t.events = append(t.events, t.s.dc.event(t.s.now, id, task, success, fields))
}

// about is target and subject, with room for so many fields more.
func (m *modification) about(o *object, more int) []Field {
	return m.appendAbout(make([]Field, 0, 7+more), o)
}

func (m *modification) appendAbout(fields []Field, o *object) []Field {
	return append(m.s.dc.target(fields, o), subject(m.s.who)...)
}

func (m *modification) passwordEvent(kind domain.WriteKind, success bool) {
	if m.f.onEvent == nil || m.create {
		return
	}
	fields := m.about(m.object(m.n), 1)
	if kind == domain.Change {
		m.note(4723, taskAccount, success, append(fields, Field{"PrivilegeList", "-"})...)
		return
	}
	m.note(4724, taskAccount, success, fields...)
}

// validationEvent records 4776: the old password of a change was wrong.
func (m *modification) validationEvent() {
	if m.f.flavour.samba() {
		return
	}
	m.note(4776, taskValidation, false, Field{"PackageName", "MICROSOFT_AUTHENTICATION_PACKAGE_V1_0"},
		Field{"TargetUserName", m.before.text(m.f.k.sAMAccountName)}, Field{"Workstation", m.s.dc.caller(m.s.req.Channel)}, Field{"Status", "0xc000006a"})
}

func (m *modification) lockedOutEvent() {
	if m.f.flavour.samba() {
		return
	}
	caller := m.s.dc.caller(m.s.req.Channel)
	fields := append([]Field{{"TargetUserName", m.before.text(m.f.k.sAMAccountName)}, {"TargetDomainName", caller}, {"TargetSid", m.before.sid.String()}}, m.s.dc.self()...)
	m.note(4740, taskAccount, true, fields...)
	if p := m.s.dc.pdc(); p != nil && m.f.onEvent != nil {
		e := m.events[len(m.events)-1]
		e.DC = p.HostName()
		m.events = append(m.events, e)
	}
}

// samBits are the bits that OldUacValue and NewUacValue show, with the number
// that names each in the text (MS-SAMR 2.2.1.12).
var samBits = []struct {
	uac domain.UAC
	sam uint32
	bit int
}{
	{domain.AccountDisable, 0x1, 0},
	{domain.HomeDirRequired, 0x2, 1},
	{domain.PasswordNotRequired, 0x4, 2},
	{domain.TempDuplicateAccount, 0x8, 3},
	{domain.NormalAccount, 0x10, 4},
	{domain.MNSLogonAccount, 0x20, 5},
	{domain.InterdomainTrustAccount, 0x40, 6},
	{domain.WorkstationTrustAccount, 0x80, 7},
	{domain.ServerTrustAccount, 0x100, 8},
	{domain.DontExpirePassword, 0x200, 9},
	{domain.LockoutBit, 0x400, 10},
	{domain.EncryptedTextAllowed, 0x800, 11},
	{domain.SmartcardRequired, 0x1000, 12},
	{domain.TrustedForDelegation, 0x2000, 13},
	{domain.NotDelegated, 0x4000, 14},
	{domain.UseDESKeyOnly, 0x8000, 15},
	{domain.DontRequirePreauth, 0x10000, 16},
	{domain.PasswordExpiredBit, 0x20000, 17},
	{domain.TrustedToAuthDelegation, 0x40000, 18},
}

func samControl(u domain.UAC) (out uint32) {
	for _, b := range samBits {
		if u&b.uac != 0 {
			out |= b.sam
		}
	}
	return out
}

// controlText lists what changed: %%2080+n switched on, %%2048+n switched off.
func controlText(old, next domain.UAC) string {
	var b strings.Builder
	for _, s := range samBits {
		switch {
		case next&s.uac != 0 && old&s.uac == 0:
			fmt.Fprintf(&b, "\n\t\t%%%%%d", 2080+s.bit)
		case next&s.uac == 0 && old&s.uac != 0:
			fmt.Fprintf(&b, "\n\t\t%%%%%d", 2048+s.bit)
		}
	}
	if b.Len() == 0 {
		return "-"
	}
	return b.String()
}

// accountEvents records what a modify made of a user account: 4738, and 4722,
// 4725, 4767 and 4781 where they apply.
func (m *modification) accountEvents() {
	if m.f.onEvent == nil || m.f.flavour.samba() || m.s.who.system {
		return
	}
	o := m.object(m.n)
	if !o.class.is("user") || o.sid == "" || o == m.before {
		return
	}
	k := m.f.k
	old, next := domain.UAC(uint32(m.before.int(k.userAccountControl))), domain.UAC(uint32(o.int(k.userAccountControl)))
	if old&domain.AccountDisable != next&domain.AccountDisable {
		id := 4725
		if next&domain.AccountDisable == 0 {
			id = 4722
		}
		m.note(id, taskAccount, true, m.about(o, 0)...)
	}
	if was, is := m.before.text(k.sAMAccountName), o.text(k.sAMAccountName); was != is {
		m.renamedEvent(o, was, is)
	}
	m.note(4738, taskAccount, true, m.accountFields(append(make([]Field, 0, 27), Field{"Dummy", "-"}), o, m.before, old, next)...)
	if m.before.int(k.lockoutTime) != 0 && o.int(k.lockoutTime) == 0 {
		m.note(4767, taskAccount, true, m.about(o, 0)...)
	}
}

// accountFields appends the 26 fields that 4738 and 4720 tell of an account;
// before is what it was, nil for a new one. Unchanged attributes are a dash.
func (m *modification) accountFields(fields []Field, o, before *object, old, next domain.UAC) []Field {
	k := m.f.k
	show := func(a *schema.Attribute, text func(string) string) string {
		v := o.text(a)
		switch {
		case before != nil && sameList(before.stored(a), o.stored(a)):
			return "-"
		case v == "" && before == nil && text == nil:
			return "-"
		case v == "":
			return "%%1793"
		case text != nil:
			return text(v)
		}
		return v
	}
	fields = append(m.appendAbout(fields, o), Field{"PrivilegeList", "-"}, Field{"SamAccountName", show(k.sAMAccountName, nil)}, Field{"DisplayName", show(k.displayName, nil)},
		Field{"UserPrincipalName", show(k.userPrincipalName, nil)}, Field{"HomeDirectory", show(k.homeDirectory, nil)}, Field{"HomePath", show(k.homeDrive, nil)},
		Field{"ScriptPath", show(k.scriptPath, nil)}, Field{"ProfilePath", show(k.profilePath, nil)}, Field{"UserWorkstations", show(k.userWorkstations, nil)},
		Field{"PasswordLastSet", show(k.pwdLastSet, eventTime)}, Field{"AccountExpires", show(k.accountExpires, eventTime)}, Field{"PrimaryGroupId", show(k.primaryGroupID, nil)},
		Field{"AllowedToDelegateTo", "-"})
	fields = controlFields(fields, old, next)
	return append(fields, Field{"UserParameters", "-"}, Field{"SidHistory", "-"}, Field{"LogonHours", show(k.logonHours, func(string) string { return "%%1797" })})
}

// controlFields appends a change of userAccountControl.
func controlFields(fields []Field, old, next domain.UAC) []Field {
	was, is, text := "-", "-", "-"
	if old != next {
		was, is, text = hexText(uint64(samControl(old))), hexText(uint64(samControl(next))), controlText(old, next)
	}
	return append(fields, Field{"OldUacValue", was}, Field{"NewUacValue", is}, Field{"UserAccountControl", text})
}

// eventTime prints a FILETIME as events do; never is %%1794.
func eventTime(v string) string {
	t, err := domain.ParseFileTime(v)
	if err != nil || t == 0 || t == domain.Never {
		return "%%1794"
	}
	return t.Time().Format(time.DateTime)
}

// memberEvent records a change of a group.
func (m *modification) memberEvent(a *schema.Attribute, n *node, added bool) {
	if a == m.f.k.member {
		m.groupEvent(m.n, n, added)
	}
}

func (m *modification) groupEvent(of, n *node, added bool) {
	if m.f.onEvent == nil || m.s.who.system {
		return
	}
	group, member := m.object(of), m.object(n)
	id, task := memberEventOf(domain.GroupType(int32(group.int(m.f.k.groupType))))
	if !added {
		id++
	}
	fields := append(make([]Field, 0, 10), Field{"MemberName", member.dn()}, Field{"MemberSid", member.sid.String()})
	m.note(id, task, true, append(m.appendAbout(fields, group), Field{"PrivilegeList", "-"})...)
}

// memberEventOf is the event of a member added; that of one removed is the next
// number. Groups that are no security groups have events and a task of their own
// (docs, "Audit Distribution Group Management").
func memberEventOf(t domain.GroupType) (id, task int) {
	ids, task := [3]int{4728, 4732, 4756}, taskGroup
	if t&domain.SecurityEnabled == 0 {
		ids, task = [3]int{4751, 4746, 4761}, taskDistributed
	}
	switch {
	case t&domain.DomainLocalGroup != 0:
		return ids[1], task
	case t&domain.UniversalGroup != 0:
		return ids[2], task
	}
	return ids[0], task
}

func (a *addition) created() {
	o := a.modification.object(a.n)
	if a.f.onEvent == nil || a.s.who.system || !o.class.is("user") {
		return
	}
	if a.f.flavour.samba() {
		a.auditedAddition()
		return
	}
	if o.class.is("computer") {
		return
	}
	control := domain.UAC(uint32(o.int(a.f.k.userAccountControl)))
	a.note(4720, taskAccount, true, a.accountFields(make([]Field, 0, 26), o, nil, 0, control)...)
	if control&domain.AccountDisable == 0 {
		a.note(4722, taskAccount, true, a.about(o, 0)...)
	}
	if len(a.passwords) > 0 {
		a.note(4724, taskAccount, true, a.about(o, 0)...)
	}
}

func (m *modification) deletedEvent(o *object) {
	if m.f.flavour.samba() {
		m.auditedDeletion(o)
		return
	}
	if m.s.who.system || !o.class.is("user") || o.class.is("computer") {
		return
	}
	m.note(4726, taskAccount, true, append(m.about(o, 1), Field{"PrivilegeList", "-"})...)
}

// renamedEvent records a change of sAMAccountName, which is the name that 4781
// means; a new common name alone is no event of account management.
func (m *modification) renamedEvent(o *object, was, is string) {
	fields := append([]Field{{"OldTargetUserName", was}, {"NewTargetUserName", is}, {"TargetDomainName", o.part.domainOr(m.f).netbios}, {"TargetSid", o.sid.String()}}, subject(m.s.who)...)
	m.note(4781, taskAccount, true, append(fields, Field{"PrivilegeList", "-"})...)
}

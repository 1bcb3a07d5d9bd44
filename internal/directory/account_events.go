package directory

import (
	"fmt"
	"slices"
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

// attempts are the events of a refused operation: what was tried stays true,
// what would have changed does not.
func (t *tx) attempts() []SecurityEvent {
	return slices.DeleteFunc(t.events, func(e SecurityEvent) bool {
		switch e.Task {
		case taskLogon, taskLockout, taskValidation: // of an old password
			return false
		}
		return e.Success && e.ID != 4740
	})
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

// accountEvents records what a modify made of an account: 4738, or 4742 of a
// computer's, and 4722, 4725, 4767 and 4781 where they apply.
func (m *modification) accountEvents() {
	if m.f.onEvent == nil || m.f.flavour.samba() || m.s.who.system {
		return
	}
	o := m.object(m.n)
	if o.sid == "" || o == m.before {
		return
	}
	if o.class.is("group") {
		m.groupChanged(o)
		return
	}
	if !o.class.is("user") {
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
	if computerAccount(next) {
		fields := m.accountFields(append(make([]Field, 0, 29), Field{"ComputerAccountChange", "-"}), o, m.before, old, next)
		m.note(4742, taskComputer, true, m.computerFields(fields, o, m.before)...)
	} else {
		m.note(4738, taskAccount, true, m.accountFields(append(make([]Field, 0, 27), Field{"Dummy", "-"}), o, m.before, old, next)...)
	}
	if m.before.int(k.lockoutTime) != 0 && o.int(k.lockoutTime) == 0 {
		m.note(4767, taskAccount, true, m.about(o, 0)...)
	}
}

// accountFields appends the 26 fields that 4738 and 4720 tell of an account;
// before is what it was, nil for a new one. Unchanged attributes are a dash.
func (m *modification) accountFields(fields []Field, o, before *object, old, next domain.UAC) []Field {
	k := m.f.k
	show := func(a *schema.Attribute, text func(string) string) string { return shown(o, before, a, text) }
	fields = append(m.appendAbout(fields, o), Field{"PrivilegeList", "-"}, Field{"SamAccountName", show(k.sAMAccountName, nil)}, Field{"DisplayName", show(k.displayName, nil)},
		Field{"UserPrincipalName", show(k.userPrincipalName, nil)}, Field{"HomeDirectory", show(k.homeDirectory, nil)}, Field{"HomePath", show(k.homeDrive, nil)},
		Field{"ScriptPath", show(k.scriptPath, nil)}, Field{"ProfilePath", show(k.profilePath, nil)}, Field{"UserWorkstations", show(k.userWorkstations, nil)},
		Field{"PasswordLastSet", show(k.pwdLastSet, eventTime)}, Field{"AccountExpires", show(k.accountExpires, eventTime)}, Field{"PrimaryGroupId", show(k.primaryGroupID, nil)},
		Field{"AllowedToDelegateTo", "-"})
	fields = controlFields(fields, old, next)
	return append(fields, Field{"UserParameters", "-"}, Field{"SidHistory", "-"}, Field{"LogonHours", show(k.logonHours, func(string) string { return "%%1797" })})
}

// shown is an attribute as events tell it: a dash where nothing was set or has
// changed, %%1793 for a value that is not set.
func shown(o, before *object, a *schema.Attribute, text func(string) string) string {
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

// computerAccount reports whether an account is a computer's for the log: what
// counts is its kind of account, not its class (page "4742(S)").
func computerAccount(u domain.UAC) bool {
	return u&(domain.WorkstationTrustAccount|domain.ServerTrustAccount) != 0
}

// computerFields appends what 4741 and 4742 tell beside accountFields.
func (m *modification) computerFields(fields []Field, o, before *object) []Field {
	k := m.f.k
	names := shown(o, before, k.servicePrincipalName, func(string) string {
		return "\n\t\t" + strings.Join(o.stored(k.servicePrincipalName).slice(), "\n\t\t")
	})
	if names == "%%1793" && before == nil {
		names = "-"
	}
	return append(fields, Field{"DnsHostName", shown(o, before, k.dNSHostName, nil)}, Field{"ServicePrincipalNames", names})
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
	kind := m.kindOf(group)
	id := kind.added
	if !added {
		id++
	}
	fields := append(make([]Field, 0, 10), Field{"MemberName", member.dn()}, Field{"MemberSid", member.sid.String()})
	m.note(id, kind.task, true, append(m.appendAbout(fields, group), Field{"PrivilegeList", "-"})...)
}

// A groupKind is the events of one kind of group. That of a member removed is
// the next number after that of one added.
type groupKind struct {
	name                            string // in event 4764
	task                            int
	created, changed, added, erased int
}

// kindOfGroup tells the events of a group apart. Groups that are no security
// groups have events and a task of their own (docs, "Audit Security Group
// Management" and "Audit Distribution Group Management").
func kindOfGroup(t domain.GroupType) groupKind {
	secure := t&domain.SecurityEnabled != 0
	switch {
	case t&domain.DomainLocalGroup != 0 && secure:
		return groupKind{"Security Enabled Local Group", taskGroup, 4731, 4735, 4732, 4734}
	case t&domain.DomainLocalGroup != 0:
		return groupKind{"Security Disabled Local Group", taskDistributed, 4744, 4745, 4746, 4748}
	case t&domain.UniversalGroup != 0 && secure:
		return groupKind{"Security Enabled Universal Group", taskGroup, 4754, 4755, 4756, 4758}
	case t&domain.UniversalGroup != 0:
		return groupKind{"Security Disabled Universal Group", taskDistributed, 4759, 4760, 4761, 4763}
	case secure:
		return groupKind{"Security Enabled Global Group", taskGroup, 4727, 4737, 4728, 4730}
	}
	return groupKind{"Security Disabled Global Group", taskDistributed, 4749, 4750, 4751, 4753}
}

func (m *modification) kindOf(group *object) groupKind {
	return kindOfGroup(domain.GroupType(int32(group.int(m.f.k.groupType))))
}

// groupFields is target, subject and privileges, and the attributes that 4731,
// 4735 and their kin tell.
func (m *modification) groupFields(o, before *object) []Field {
	fields := append(m.about(o, 3), Field{"PrivilegeList", "-"})
	return append(fields, Field{"SamAccountName", shown(o, before, m.f.k.sAMAccountName, nil)}, Field{"SidHistory", "-"})
}

// groupChanged records a changed group: the event of its kind, as a rule with no
// change in it and before those of its members (page "4732(S)"); 4781 for a new
// name and 4764 for a new kind, of which the event is then (page "4735(S)").
func (m *modification) groupChanged(o *object) {
	members := m.events
	m.events = nil
	if was, is := m.before.text(m.f.k.sAMAccountName), o.text(m.f.k.sAMAccountName); was != is {
		m.renamedEvent(o, was, is)
	}
	was, is := m.kindOf(m.before), m.kindOf(o)
	m.note(is.changed, is.task, true, m.groupFields(o, m.before)...)
	if was != is {
		fields := append(make([]Field, 0, 9), Field{"GroupTypeChange", was.name + " Changed to " + is.name + "."})
		m.note(4764, taskGroup, true, append(m.appendAbout(fields, o), Field{"PrivilegeList", "-"})...)
	}
	m.events = append(m.events, members...)
}

// created records a new account or group.
func (a *addition) created() {
	o := a.modification.object(a.n)
	user := o.class.is("user")
	if a.f.onEvent == nil || a.s.who.system || !user && !o.class.is("group") {
		return
	}
	control := domain.UAC(uint32(o.int(a.f.k.userAccountControl)))
	switch {
	case a.f.flavour.samba() && user:
		a.auditedAddition()
		return
	case a.f.flavour.samba():
		return
	case !user:
		kind := a.kindOf(o)
		a.note(kind.created, kind.task, true, a.groupFields(o, nil)...)
		return
	case computerAccount(control):
		a.note(4741, taskComputer, true, a.computerFields(a.accountFields(make([]Field, 0, 28), o, nil, 0, control), o, nil)...)
	default:
		a.note(4720, taskAccount, true, a.accountFields(make([]Field, 0, 26), o, nil, 0, control)...)
	}
	if control&domain.AccountDisable == 0 {
		a.note(4722, taskAccount, true, a.about(o, 0)...)
	}
	if len(a.passwords) > 0 {
		a.note(4724, taskAccount, true, a.about(o, 0)...)
	}
}

// deletedEvent records a deleted account or group.
func (m *modification) deletedEvent(o *object) {
	user := o.class.is("user")
	switch {
	case m.f.flavour.samba():
		m.auditedDeletion(o)
		return
	case m.s.who.system || !user && !o.class.is("group"):
		return
	}
	id, task := 4726, taskAccount
	switch {
	case !user:
		kind := m.kindOf(o)
		id, task = kind.erased, kind.task
	case computerAccount(domain.UAC(uint32(o.int(m.f.k.userAccountControl)))):
		id, task = 4743, taskComputer
	}
	m.note(id, task, true, append(m.about(o, 1), Field{"PrivilegeList", "-"})...)
}

// renamedEvent records a change of sAMAccountName, which is the name that 4781
// means; a new common name alone is no event of account management.
func (m *modification) renamedEvent(o *object, was, is string) {
	fields := append([]Field{{"OldTargetUserName", was}, {"NewTargetUserName", is}, {"TargetDomainName", o.part.domainOr(m.f).netbios}, {"TargetSid", o.sid.String()}}, subject(m.s.who)...)
	m.note(4781, taskAccount, true, append(fields, Field{"PrivilegeList", "-"})...)
}

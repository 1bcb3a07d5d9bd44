package directory

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

// clearTextPassword is an attribute that only Samba knows: UTF-16LE without
// quotes.
var clearTextPassword = &schema.Attribute{Name: "clearTextPassword"}

// A passwordOp is one change of a password attribute.
type passwordOp struct {
	kind   ChangeKind
	attr   *schema.Attribute
	values [][]byte
}

// protectedChannel refuses passwords over a connection in clear, before
// anything else is looked at (MS-ADTS 3.1.1.3.1.5).
func (s *session) protectedChannel(list []ModifyChange) *refusal {
	if s.req.Channel.Encrypted || s.who.system || s.f.flavour.samba() {
		return nil
	}
	for _, c := range list {
		name, _, _ := strings.Cut(c.Name, ";")
		a := s.f.schema.Attribute(name)
		if a == nil || a != s.k.unicodePwd && (a != s.k.userPassword || !s.f.secret(a)) {
			continue
		}
		return svcErr(UnwillingToPerform, errorGenFailure, "031A126C")
	}
	return nil
}

// writePassword carries out what the password attributes of a request add up
// to: a reset, a change, or a combination that is refused.
func (m *modification) writePassword() *refusal {
	if len(m.passwords) == 0 {
		return nil
	}
	if r := m.passwordTarget(); r != nil {
		return r
	}
	w, r := m.combine()
	if r != nil {
		return r
	}
	return m.setPassword(w)
}

// passwordTarget refuses objects that have no password.
func (m *modification) passwordTarget() *refusal {
	o := m.before
	if o.class.is("user") && o.sid != "" && o.part.domain != nil {
		return nil
	}
	switch {
	case m.f.flavour.samba():
		return sambaf(InsufficientAccessRights, "error in module acl: insufficient access rights during LDB_MODIFY (50)")
	case o.class.is("group"):
		return updErr(ObjectClassViolation, dsAttNotDefForClass, "0315119D", objClassProblem)
	}
	return svcErr(UnwillingToPerform, dsIllegalMod, "031A1254")
}

// combine reads the operations of MS-ADTS 3.1.1.3.1.5: one replace is a reset,
// one delete and one add a change.
func (m *modification) combine() (domain.PasswordWrite, *refusal) {
	var adds, deletes, replaces []passwordOp
	for _, op := range m.passwords {
		switch op.kind {
		case AddValues:
			adds = append(adds, op)
		case DeleteValues:
			deletes = append(deletes, op)
		default:
			replaces = append(replaces, op)
		}
	}
	if r := m.mixed(adds, deletes, replaces); r != nil {
		return domain.PasswordWrite{}, r
	}
	switch {
	case len(replaces) > 0 && len(adds) == 0 && len(deletes) == 0:
		return m.reset(replaces)
	case len(adds) == 1 && len(deletes) == 1 && len(replaces) == 0:
		return m.change(deletes[0], adds[0])
	case len(adds) == 0 && len(replaces) == 0:
		return domain.PasswordWrite{}, m.deleteAlone(deletes[0])
	case m.create && len(adds) > 0:
		return m.reset(adds)
	case len(m.passwords) == 1 && len(adds[0].values) == 0 && m.mayReset():
		return domain.PasswordWrite{}, m.oddChange(adds[0].attr).said(m.f.flavour, ConstraintViolation,
			"0000202F: '"+adds[0].attr.Name+"' attribute must have exactly one value on add operations!")
	}
	if m.f.flavour.samba() && len(deletes) == 1 && len(adds) == 0 {
		return domain.PasswordWrite{}, sambaf(UnwillingToPerform, "Either a password change or a password set operation is allowed!")
	}
	return domain.PasswordWrite{}, m.oddSet()
}

// mixed refuses combinations of different password attributes.
func (m *modification) mixed(adds, deletes, replaces []passwordOp) *refusal {
	same := true
	for _, op := range m.passwords[1:] {
		same = same && op.attr == m.passwords[0].attr
	}
	if same {
		return nil
	}
	if len(replaces) > 0 {
		return m.oddSet()
	}
	if m.f.flavour.samba() || len(adds) != 1 || len(deletes) != 1 {
		return nil
	}
	if adds[0].attr == m.f.k.unicodePwd {
		return atrErr(AttributeOrValueExists, dsAttValAlreadyExists, "031526CE", attOrValueExists, adds[0].attr, -1)
	}
	return atrErr(NoSuchAttribute, dsAttIsNotOnObj, "03151F7D", noAttributeOrVal, deletes[0].attr, -1)
}

// oddSet refuses a combination that counts as a set.
func (m *modification) oddSet() *refusal {
	if m.f.flavour.samba() {
		return sambaf(UnwillingToPerform, "00002035: setup_io: it's only allowed to set the password once or to change it with one delete and one add!")
	}
	if !m.mayReset() {
		return secErr(errorAccessDenied, "031A1190")
	}
	return svcErr(UnwillingToPerform, errorInvalidParameter, "031A1255")
}

// oddChange refuses a combination that counts as a change.
func (m *modification) oddChange(a *schema.Attribute) *refusal {
	if m.f.flavour.samba() {
		return sambaf(ConstraintViolation, "0000202F: setup_io: only one old and one new password are allowed!")
	}
	return atrErr(ConstraintViolation, dsConstraintViolation, "03191083", constraintAttType, a, -1)
}

func (m *modification) deleteAlone(op passwordOp) *refusal {
	if op.attr == m.f.k.userPassword {
		if m.f.flavour.samba() {
			return sambaf(ConstraintViolation, "0000202F: setup_io: it's not allowed to delete the password!")
		}
		return m.oddChange(op.attr)
	}
	if m.f.flavour.samba() {
		return sambaf(UnwillingToPerform, "00002035: setup_io: it's not possible to delete the password (changes using the LAN Manager hash alone could be deactivated)!")
	}
	return svcErr(UnwillingToPerform, errorInvalidParameter, "031A1255")
}

func (m *modification) reset(ops []passwordOp) (w domain.PasswordWrite, r *refusal) {
	w.Kind = domain.Reset
	if m.create {
		w.Kind = domain.Create
	} else if h := m.s.req.Controls.PolicyHints; h != nil && *h == 1 && !m.f.flavour.samba() {
		w.Kind = domain.HintedReset
	}
	for _, op := range ops {
		if len(op.values) == 0 {
			if m.create {
				return w, m.oddChange(op.attr)
			}
			return w, m.oddSet()
		}
		for _, v := range op.values {
			if w.New, r = m.clear(op.attr, v, true); r != nil {
				return w, r
			}
		}
	}
	return w, nil
}

func (m *modification) change(old, add passwordOp) (w domain.PasswordWrite, r *refusal) {
	w.Kind = domain.Change
	if len(old.values) == 0 && len(add.values) == 1 && m.f.flavour.samba() {
		return m.reset([]passwordOp{add})
	}
	if len(old.values) != 1 || len(add.values) != 1 {
		return w, m.oddChange(add.attr)
	}
	if w.Old, r = m.clear(old.attr, old.values[0], true); r != nil {
		return w, r
	}
	w.New, r = m.clear(add.attr, add.values[0], false)
	return w, r
}

// clear reads a password value in the encoding of its attribute. A broken one is
// 53, but 19 for the new password of a change.
func (m *modification) clear(a *schema.Attribute, v []byte, unwilling bool) (domain.Clear, *refusal) {
	switch a {
	case m.f.k.userPassword:
		return domain.ClearText(string(v)), nil
	case clearTextPassword:
		c, err := domain.ClearFromUTF16LE(v)
		if err != nil {
			return c, sambaf(ConstraintViolation, "0000202F: clearTextPassword: odd length")
		}
		return c, nil
	}
	c, err := domain.ParseUnicodePwd(v)
	if err == nil {
		return c, nil
	}
	if m.f.flavour.samba() {
		return c, m.sambaEncoding(v, unwilling)
	}
	if unwilling {
		return c, svcErr(UnwillingToPerform, errorGenFailure, "031A1254")
	}
	return c, atrErr(ConstraintViolation, errorGenFailure, "03191083", constraintAttType, a, -1)
}

func (m *modification) sambaEncoding(v []byte, unwilling bool) *refusal {
	quote := []byte{'"', 0}
	switch {
	case len(v) == 0:
		return sambaf(InvalidAttributeSyntax, "Element unicodePwd has empty attribute in ldb message (%s)!", m.before.dn())
	case len(v)%2 == 1 && bytes.HasPrefix(v, quote) && bytes.HasSuffix(v, quote):
		return sambaf(ConstraintViolation, "0000202F: setup_io: the unicodePwd has an odd length")
	case !unwilling:
		return sambaf(ConstraintViolation, "0000202F: setup_io: it's not allowed to set the NT hash password directly'")
	}
	return sambaf(UnwillingToPerform, "00002035: setup_io: it's not allowed to set the NT hash password directly'")
}

func (m *modification) mayReset() bool {
	return m.create || m.s.holds(m.before, rightResetPassword)
}

// passwordRight asks for Reset Password or Change Password on the account.
func (m *modification) passwordRight(w domain.PasswordWrite) *refusal {
	samba := m.f.flavour.samba()
	if w.Kind == domain.Change {
		if m.s.holds(m.before, rightChangePassword) {
			return nil
		}
		if samba {
			return sambaf(ConstraintViolation, "error in module acl: Constraint violation during LDB_MODIFY (19)")
		}
		return atrErr(ConstraintViolation, errorAccessDenied, "03191083", constraintAttType, m.f.k.unicodePwd, -1)
	}
	if m.mayReset() {
		return nil
	}
	if samba {
		m.passwordEvent(w.Kind, false) // Windows says nothing of it
		return sambaf(InsufficientAccessRights, "error in module acl: insufficient access rights during LDB_MODIFY (50)")
	}
	return secErr(errorAccessDenied, "031A1190")
}

// setPassword judges a password and stores it.
func (m *modification) setPassword(w domain.PasswordWrite) *refusal {
	if r := m.passwordRight(w); r != nil {
		return r
	}
	o := m.object(m.n)
	p := o.part.domain.effectivePolicy(o)
	acc := m.s.dc.accountIn(o, m.n)
	if !m.s.who.system {
		verdict, _ := domain.JudgePassword(p, acc, w, m.s.now)
		if verdict == domain.Accepted && m.filtered(w, acc) {
			verdict = domain.Filtered
		}
		m.oldPasswordChecked(w, verdict)
		if verdict != domain.Accepted {
			m.passwordRefused(w, verdict, p, acc)
			return m.policyRefusal(w, verdict, p)
		}
	}
	mayUnexpire := m.s.who.system || m.s.holds(o.head(), rightUnexpirePassword)
	next := domain.SetPassword(p, acc, w, mayUnexpire, m.s.now)
	if o.sid.RID() == domain.RIDKrbtgt {
		random := domain.NTHash(m.f.newGUID())
		next.Current = random
		next.History = append([]domain.NTHash{random}, acc.History...)
	}
	m.storePassword(next, w.Kind)
	return nil
}

func (m *modification) storePassword(next domain.Account, kind domain.WriteKind) {
	o := m.edit(m.n, true)
	version := 1
	if o.secret != nil {
		version = o.secret.version + 1
	}
	o.secret = &secrets{has: next.HasPassword, current: next.Current, history: next.History, changed: m.stamp(), version: version}
	o.set(m.f.k.pwdLastSet, m.usn(), oneValue(next.PasswordLastSet.String()))
	if int64(next.Lockout.LockoutTime) != o.int(m.f.k.lockoutTime) {
		m.storeLockout(m.n, next.Lockout.LockoutTime)
	}
	m.passwordEvent(kind, true)
}

// policyRefusal is the answer to a password that policy does not take.
func (m *modification) policyRefusal(w domain.PasswordWrite, verdict domain.Refusal, p domain.Policy) *refusal {
	if m.f.flavour.samba() {
		return sambaPasswordText(verdict, p)
	}
	if w.Kind != domain.Change {
		return svcErr(UnwillingToPerform, verdict.Win32(), "031A12D2")
	}
	return atrErr(ConstraintViolation, verdict.Win32(), "03191083", constraintAttType, m.f.k.unicodePwd, -1)
}

func sambaPasswordText(verdict domain.Refusal, p domain.Policy) *refusal {
	const head = "0000052D: Constraint violation - check_password_restrictions: "
	text := head + "the password does not meet the policy!"
	switch verdict {
	case domain.TooShort:
		text = head + fmt.Sprintf("the password is too short. It should be equal or longer than %d characters!", p.MinLength)
	case domain.NotComplex:
		text = head + "the password does not meet the complexity criteria!"
	case domain.InHistory:
		text = head + "the password was already used (in history)!"
	case domain.TooYoung:
		text = head + "password is too young to change!"
	case domain.ChangeDisabled:
		text = head + "password changes disabled!"
	case domain.WrongOldPassword:
		text = "00000056: Constraint violation - check_password_restrictions: The old password specified doesn't match!"
	case domain.LockedOut:
		text = "00000775: Password change not permitted, account locked out! See also lockoutTime."
	}
	return &refusal{code: ConstraintViolation, text: text}
}

// passwordRefused keeps what stays of a refused attempt: a wrong old password
// counts towards the lockout.
func (m *modification) passwordRefused(w domain.PasswordWrite, verdict domain.Refusal, p domain.Policy, acc domain.Account) {
	m.passwordEvent(w.Kind, false)
	if verdict != domain.WrongOldPassword {
		return
	}
	m.validationEvent()
	next, locked := domain.FailedAttempt(p, acc, domain.MatchPassword(acc, w.Old), m.s.now)
	m.s.dc.changeLogon(m.n, func(s logonState) logonState {
		s.badCount, s.badTime = next.BadCount, next.BadTime
		return s
	})
	if next.LockoutTime != acc.Lockout.LockoutTime {
		t := m.s.begin()
		t.storeLockout(m.n, next.LockoutTime)
		if t.commit() == nil && locked {
			m.lockedOutEvent()
		}
	}
}

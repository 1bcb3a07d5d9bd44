package directory

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/directory/security"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

// accountIn is account for an object that may still be under way.
func (dc *DC) accountIn(o *object, n *node) domain.Account {
	if o.node == nil {
		c := o.clone()
		c.node = n
		return dc.account(c)
	}
	return dc.account(o)
}

// applyAccount changes the attributes of users and computers that have rules of
// their own (MS-SAMR 3.1.1.6, 3.1.1.8). done is false for all others.
func (m *modification) applyAccount(c change) (r *refusal, done bool) {
	k := m.f.k
	switch c.attr {
	case k.userAccountControl:
		return m.applyControl(c), true
	case k.pwdLastSet:
		return m.applyPwdLastSet(c), true
	case k.lockoutTime:
		return m.applyLockoutTime(c), true
	case k.primaryGroupID:
		return m.applyPrimaryGroup(c), true
	case k.accountExpires:
		if c.kind == DeleteValues && len(c.values) == 0 {
			return svcErr(UnwillingToPerform, dsIllegalMod, "031A0F9C").said(m.f.flavour, UnwillingToPerform, "00002035: objectclass_attrs: delete protected attribute 'accountExpires'"), true
		}
	case k.logonHours, k.userWorkstations:
		if r := m.checkLogonLimits(c); r != nil {
			return r, true
		}
	case k.badPwdCount, k.badPasswordTime, k.lastLogon, k.logonCount, k.lastLogoff:
		return m.applyLocal(c), true
	}
	return nil, false
}

// number reads the one number that a change leaves an attribute with.
func (m *modification) number(c change) (n int64, r *refusal) {
	if c.kind == DeleteValues {
		return 0, nil
	}
	if len(c.values) == 0 {
		return 0, svcErr(UnwillingToPerform, dsIllegalMod, "031A0F9C").said(m.f.flavour, UnwillingToPerform, "00002077: '"+c.attr.Name+"' may not be deleted")
	}
	if len(c.values) > 1 {
		_, r := m.single(c.attr, []string{"1", "2"}, true)
		return 0, r
	}
	text := string(c.values[0])
	bits := 64
	if c.attr.Syntax == schema.Integer {
		bits = 32
	}
	n, err := strconv.ParseInt(text, 10, bits)
	if err != nil {
		if m.f.flavour.samba() && c.attr == m.f.k.userAccountControl {
			n, _ = strconv.ParseInt(text, 0, 64)
			return int64(int32(uint32(n))), nil
		}
		if m.f.flavour.samba() && c.attr == m.f.k.pwdLastSet {
			return -2, nil // refused like any other number
		}
		return 0, m.f.flavour.conversion(InvalidAttributeSyntax).said(m.f.flavour, InvalidAttributeSyntax, "0000200B: attribute '"+c.attr.Name+"' contains an invalid value")
	}
	return n, nil
}

// deletion handles the delete half of a guarded write: the old value must be
// there.
func (m *modification) deletion(c change) *refusal {
	if len(c.values) == 0 {
		return svcErr(UnwillingToPerform, dsIllegalMod, "031A0F9C").said(m.f.flavour, UnwillingToPerform, "00002077: '"+c.attr.Name+"' may not be deleted")
	}
	if m.f.flavour.samba() || string(c.values[0]) == m.object(m.n).text(c.attr) {
		if !m.followedByAdd(c.attr) {
			return svcErr(UnwillingToPerform, dsIllegalMod, "031A0F9C").said(m.f.flavour, UnwillingToPerform, "00002077: '"+c.attr.Name+"' may not be deleted")
		}
		return nil
	}
	return atrErr(NoSuchAttribute, dsCantRemMissingAttVal, "03151F7E", noAttributeOrVal, c.attr, len(c.values[0]))
}

func (m *modification) followedByAdd(a *schema.Attribute) bool {
	return slices.ContainsFunc(m.kept, func(c change) bool { return c.attr == a && c.kind == AddValues })
}

func (m *modification) deletedBefore(a *schema.Attribute) bool {
	return slices.ContainsFunc(m.kept, func(c change) bool { return c.attr == a && c.kind == DeleteValues })
}

// addsToPresent refuses an add of an attribute that has its one value.
func (m *modification) addsToPresent(c change) *refusal {
	if c.kind == AddValues && !m.create && m.object(m.n).stored(c.attr).any && !m.deletedBefore(c.attr) && !m.permissive && (!m.f.flavour.samba() || c.attr == m.f.k.lockoutTime) {
		return atrErr(AttributeOrValueExists, dsSingleValueConstraint, "031526CC", constraintAttType, c.attr, -1).said(m.f.flavour, AttributeOrValueExists,
			"0000200D: SINGLE-VALUE attribute "+c.attr.Name+" on "+m.before.dn()+" specified more than once")
	}
	return nil
}

// applyControl writes userAccountControl.
func (m *modification) applyControl(c change) *refusal {
	if c.kind == DeleteValues {
		return m.deletion(c)
	}
	if r := m.addsToPresent(c); r != nil {
		return r
	}
	n, r := m.number(c)
	if r != nil {
		return r
	}
	return m.writeControl(domain.UAC(uint32(n)))
}

func (m *modification) writeControl(written domain.UAC) *refusal {
	k, o := m.f.k, m.object(m.n)
	d := o.part.domain
	current := domain.UAC(uint32(o.int(k.userAccountControl)))
	stored, refused := domain.NormalizeControl(d.switches(), current, written, o.class.is("computer"))
	// A new user is no workstation either (observed of Samba 4.17).
	if m.f.flavour.samba() && m.create && written&domain.WorkstationTrustAccount != 0 && !o.class.is("computer") && refused == domain.ControlAccepted {
		refused = domain.ControlClass
	}
	if refused != domain.ControlAccepted && !m.s.who.system {
		return m.controlRefusal(refused, written)
	}
	if r := m.controlRights(current, stored); r != nil {
		return r
	}
	acc := m.s.dc.accountIn(o, m.n)
	p := d.effectivePolicy(o)
	if domain.NeedsPassword(p, acc, stored) && !m.s.who.system && !m.create {
		return svcErr(UnwillingToPerform, errorPasswordRestriction, "031A12C5")
	}
	m.setInt(m.n, k.userAccountControl, int64(int32(stored)))
	m.setInt(m.n, k.sAMAccountType, int64(stored.SAMAccountType()))
	if current.ChangesType(stored) && !m.create {
		m.setInt(m.n, k.primaryGroupID, int64(stored.PrimaryGroup()))
	}
	if !m.create {
		m.unlockTo(acc.Lockout.AfterControlWrite(written), acc.Lockout)
	}
	if stored&domain.SmartcardRequired != 0 && current&domain.SmartcardRequired == 0 {
		m.randomPassword()
	}
	return nil
}

// randomPassword replaces the password of an account that needs a smart card.
// Further random ones stand between it and the old one, which is neither the
// previous password, with its grace, nor one whose mistaken use is not counted.
func (m *modification) randomPassword() {
	o := m.edit(m.n, true)
	version := 1
	var history []domain.NTHash
	if o.secret != nil {
		version, history = o.secret.version+1, o.secret.history
	}
	random := []domain.NTHash{domain.NTHash(m.f.newGUID()), domain.NTHash(m.f.newGUID()), domain.NTHash(m.f.newGUID())}
	o.secret = &secrets{has: true, current: random[0], history: append(random, history...), changed: m.stamp(), version: version}
}

func (m *modification) controlRefusal(r domain.ControlRefusal, written domain.UAC) *refusal {
	samba := m.f.flavour.samba()
	switch r {
	case domain.ControlClass:
		if samba {
			kind := "SERVER"
			if written&domain.WorkstationTrustAccount != 0 {
				kind = "WORKSTATION"
			}
			return sambaf(ObjectClassViolation, "0000217C: samldb: UF_%s_TRUST_ACCOUNT requires objectclass 'computer'!", kind)
		}
		return updErr(ObjectClassViolation, dsObjClassViolationMaster, "031A1241", objClassProblem)
	case domain.ControlTrust:
		if samba {
			return sambaf(InsufficientAccessRights, "Failed to modify %s: Updating the UF_INTERDOMAIN_TRUST_ACCOUNT bit in userAccountControl is not permitted over LDAP.  This bit is restricted to the LSA CreateTrustedDomain interface", m.before.dn())
		}
	}
	if samba {
		return sambaf(Other, "Failed to modify %s: %s", m.before.dn(), sambaControl(written))
	}
	return svcErr(UnwillingToPerform, errorInvalidParameter, "031A1242")
}

// sambaControl says what Samba finds wrong in flags that no right can help.
func sambaControl(written domain.UAC) string {
	switch {
	case written&domain.TempDuplicateAccount != 0:
		return "Updating the UF_TEMP_DUPLICATE_ACCOUNT flag is never allowed"
	case written&domain.PartialSecretsAccount != 0 && written&domain.WorkstationTrustAccount == 0:
		return "Setting UF_PARTIAL_SECRETS_ACCOUNT only permitted with UF_WORKSTATION_TRUST_ACCOUNT"
	}
	return "Setting more than one account type not permitted"
}

// controlRights asks for the rights that single bits need on the domain head
// (MS-SAMR 3.1.1.8.1).
func (m *modification) controlRights(current, next domain.UAC) *refusal {
	if m.s.who.system {
		return nil
	}
	head := m.before.head()
	raised := current.Raised(next)
	if m.create {
		raised &^= domain.PasswordNotRequired
	}
	denied := raised&domain.PasswordNotRequired != 0 && !m.s.holds(head, rightPasswordNotReqd) ||
		raised&domain.EncryptedTextAllowed != 0 && !m.s.holds(head, rightReversiblePassword) ||
		raised&domain.DontExpirePassword != 0 && !m.s.holds(head, rightUnexpirePassword) ||
		raised&(domain.TrustedForDelegation|domain.TrustedToAuthDelegation) != 0 && m.s.who.Privileges&security.EnableDelegationPrivilege == 0 ||
		raised&domain.ServerTrustAccount != 0 && !m.s.holds(head, rightInstallReplica) ||
		!m.create && current.ChangesType(next) && !m.s.who.Has(m.before.part.domain.sid.WithRID(security.RIDDomainAdmins)) && !m.s.who.Has(security.BuiltinAdministrators)
	if !denied {
		return nil
	}
	return secErr(errorAccessDenied, "031A11F0").said(m.f.flavour, InsufficientAccessRights, "Failed to modify "+m.before.dn()+": "+sambaControlRight(raised))
}

// sambaControlRight names the right that Samba misses for a flag.
func sambaControlRight(raised domain.UAC) string {
	switch {
	case raised&domain.TrustedForDelegation != 0:
		return "Updating the UF_TRUSTED_FOR_DELEGATION bit in userAccountControl is not permitted without the SeEnableDelegationPrivilege"
	case raised&domain.TrustedToAuthDelegation != 0:
		return "Updating the UF_TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION bit in userAccountControl is not permitted without the SeEnableDelegationPrivilege"
	case raised&domain.DontExpirePassword != 0:
		return "Adding the UF_DONT_EXPIRE_PASSWD bit in userAccountControl requires the Unexpire-Password right that was not given on the Domain object"
	case raised&domain.PasswordNotRequired != 0:
		return "Adding the UF_PASSWD_NOTREQD bit in userAccountControl requires the Update-Password-Not-Required-Bit right that was not given on the Domain object"
	case raised&domain.EncryptedTextAllowed != 0:
		return "Adding the UF_ENCRYPTED_TEXT_PASSWORD_ALLOWED bit in userAccountControl requires the Enable-Per-User-Reversibly-Encrypted-Password right that was not given on the Domain object"
	}
	return "insufficient access rights for userAccountControl"
}

// unlockTo stores what a write makes of the lockout state.
func (m *modification) unlockTo(next, was domain.Lockout) {
	if next == was {
		return
	}
	m.storeLockout(m.n, next.LockoutTime)
	dc, n := m.s.dc, m.n
	m.local = append(m.local, func() {
		dc.changeLogon(n, func(s logonState) logonState {
			s.badCount = next.BadCount
			return s
		})
	})
}

// applyLockoutTime writes lockoutTime: 0 unlocks, nothing else does anything.
func (m *modification) applyLockoutTime(c change) *refusal {
	samba := m.f.flavour.samba()
	if c.kind == DeleteValues {
		return svcErr(UnwillingToPerform, dsIllegalMod, "031A0F9C").said(m.f.flavour, UnwillingToPerform, "00002077: lockoutTime may not be deleted")
	}
	if r := m.addsToPresent(c); r != nil {
		return r
	}
	n, r := m.number(c)
	if r != nil {
		return r
	}
	if n != 0 && !samba && !m.s.who.system {
		return svcErr(UnwillingToPerform, errorInvalidParameter, "031A1243")
	}
	acc := m.s.dc.accountIn(m.object(m.n), m.n)
	if n == 0 {
		next := acc.Lockout.Unlock()
		m.unlockTo(next, acc.Lockout)
		m.setInt(m.n, m.f.k.lockoutTime, 0)
		return nil
	}
	m.setInt(m.n, m.f.k.lockoutTime, n)
	return nil
}

// applyPwdLastSet writes pwdLastSet: 0 demands a change at the next logon, -1
// ends that.
func (m *modification) applyPwdLastSet(c change) *refusal {
	if c.kind == DeleteValues {
		if len(c.values) > 0 && m.followedByAdd(c.attr) {
			return m.deletion(c)
		}
		return svcErr(UnwillingToPerform, dsIllegalMod, "031A0F9C").said(m.f.flavour, UnwillingToPerform, "00002077: pwdLastSet may not be deleted")
	}
	if r := m.addsToPresent(c); r != nil {
		return r
	}
	n, r := m.number(c)
	if r != nil {
		return r
	}
	o := m.object(m.n)
	stored, ok := domain.WritePasswordLastSet(domain.FileTime(o.int(m.f.k.pwdLastSet)), domain.FileTime(n), m.s.now)
	if !ok {
		if m.s.who.system {
			m.setInt(m.n, m.f.k.pwdLastSet, n)
			return nil
		}
		return svcErr(UnwillingToPerform, errorInvalidParameter, "031A1244").said(m.f.flavour, Other, "00000057: setup_last_set_field: pwdLastSet must be 0 or -1 only!")
	}
	if n == -1 && !m.s.who.system && !m.s.holds(o.head(), rightUnexpirePassword) {
		return secErr(errorAccessDenied, "031A11F1").said(m.f.flavour, InsufficientAccessRights, "Failed to modify "+m.before.dn()+": Setting pwdLastSet to -1 requires the Unexpire-Password right that was not given on the Domain object")
	}
	m.setInt(m.n, m.f.k.pwdLastSet, int64(stored))
	return nil
}

// applyPrimaryGroup needs a group that the account is a member of; the two
// change places.
func (m *modification) applyPrimaryGroup(c change) *refusal {
	if c.kind == DeleteValues {
		return m.deletion(c)
	}
	n, r := m.number(c)
	if r != nil {
		return r
	}
	k, o := m.f.k, m.object(m.n)
	d := o.part.domain
	old := o.int(k.primaryGroupID)
	if n == old || m.s.who.system && m.create {
		m.setInt(m.n, k.primaryGroupID, n)
		return nil
	}
	group := m.f.bySID[d.sid.WithRID(uint32(n))]
	if group == nil || !contains(o.linked(k.memberOf), group) {
		return svcErr(UnwillingToPerform, errorMemberNotInAlias, "031A11E6").said(m.f.flavour, UnwillingToPerform, "error in module samldb: Unwilling to perform during LDB_MODIFY (53)")
	}
	m.unlink(group, k.member, m.n)
	samba := m.f.flavour.samba()
	if samba {
		m.groupEvent(group, m.n, false)
	}
	if was := m.f.bySID[d.sid.WithRID(uint32(old))]; was != nil && !contains(o.linked(k.memberOf), was) {
		m.link(was, k.member, m.n)
		if samba {
			m.groupEvent(was, m.n, true)
		}
	}
	m.setInt(m.n, k.primaryGroupID, n)
	return nil
}

// checkLogonLimits refuses values of logonHours and userWorkstations that
// Windows does not take.
func (m *modification) checkLogonLimits(c change) *refusal {
	if m.f.flavour.samba() || c.kind == DeleteValues {
		return nil
	}
	for _, v := range c.values {
		var err error
		if c.attr == m.f.k.logonHours {
			err = domain.ValidateHours(v)
		} else {
			err = domain.ValidateWorkstations(string(v))
		}
		if err != nil {
			return svcErr(UnwillingToPerform, errorInvalidParameter, "031A1245")
		}
	}
	return nil
}

// applyLocal writes the counters of this domain controller, which Samba lets
// clients do.
func (m *modification) applyLocal(c change) *refusal {
	n, r := m.number(c)
	if r != nil {
		return r
	}
	k := m.f.k
	dc, account := m.s.dc, m.n
	m.local = append(m.local, func() {
		dc.changeLogon(account, func(s logonState) logonState {
			switch c.attr {
			case k.badPwdCount:
				s.badCount = int(n)
			case k.badPasswordTime:
				s.badTime = domain.FileTime(n)
			case k.lastLogon:
				s.lastLogon = domain.FileTime(n)
			case k.lastLogoff:
				s.lastLogoff = domain.FileTime(n)
			case k.logonCount:
				s.count = int(n)
			}
			return s
		})
	})
	return nil
}

const (
	maxUserName      = 20
	forbiddenInNames = "\"/\\[]:<>+=;?,*|"
)

// applySAM writes sAMAccountName: unique in the domain and its Builtin domain,
// as far as this domain controller knows.
func (m *modification) applySAM(c change) *refusal {
	if len(c.values) > 1 && m.create && m.f.flavour.samba() {
		return sambaf(ConstraintViolation, "0000202F: samldb: samAccountName has %d values, should be single-valued!", len(c.values))
	}
	o := m.object(m.n)
	next, r := m.changeList(c, o.stored(c.attr))
	if r != nil {
		return r
	}
	if !next.any {
		return svcErr(UnwillingToPerform, dsIllegalMod, "031A0F9C").said(m.f.flavour, UnwillingToPerform, "00002077: sAMAccountName may not be deleted")
	}
	if r := m.samSyntax(o, next.one); r != nil {
		return r
	}
	if r := m.samUnique(o, next.one); r != nil {
		return r
	}
	m.set(m.n, c.attr, next)
	return nil
}

func (m *modification) samSyntax(o *object, name string) *refusal {
	samba := m.f.flavour.samba()
	bad := strings.ContainsAny(name, forbiddenInNames) || strings.TrimSpace(name) == "" || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' })
	if samba {
		if bad || strings.HasSuffix(name, ".") {
			return sambaf(ConstraintViolation, "0000202F: samldb: sAMAccountName '%s' is invalid", name)
		}
		return nil
	}
	if m.s.who.system {
		return nil
	}
	isUser := o.class.is("user") && !o.class.is("computer")
	switch {
	case bad || strings.HasSuffix(name, "."), isUser && len([]rune(name)) > maxUserName, o.class.is("computer") && !strings.HasSuffix(name, "$"):
		return svcErr(UnwillingToPerform, errorInvalidAccountName, "031A1246")
	}
	return nil
}

func (m *modification) samUnique(o *object, name string) *refusal {
	k := m.f.k
	for _, n := range m.s.named(k.sAMAccountName, name) {
		if n != m.n && m.s.view(n).part == o.part {
			if m.f.flavour.samba() {
				return sambaf(EntryAlreadyExists, "00002071: samldb: samAccountName '%s' already in use!", name)
			}
			return updErr(EntryAlreadyExists, errorUserExists, "031A11E2", entryExists)
		}
	}
	return nil
}

// applyUnique writes userPrincipalName or servicePrincipalName: unique in the
// forest, as far as this domain controller knows, unless dSHeuristics 21 says
// otherwise. What two have given away meanwhile stays with both.
func (m *modification) applyUnique(c change) *refusal {
	o := m.object(m.n)
	next, r := m.changeList(c, o.stored(c.attr))
	if r != nil {
		return r
	}
	k := m.f.k
	h, code, dsid := m.f.heuristic(21), uint32(dsUPNNotUnique), "03200BBA"
	off := h == '1' || h == '3'
	if c.attr == k.servicePrincipalName {
		code, dsid = dsSPNNotUnique, "03200BBB"
		off = h == '2' || h == '3' || m.f.flavour.samba()
	}
	for i := 0; i < next.len() && !off; i++ {
		for _, n := range m.s.named(c.attr, next.at(i)) {
			if n != m.n {
				return atrErr(ConstraintViolation, code, dsid, constraintAttType, c.attr, -1).said(m.f.flavour, ConstraintViolation, "0000202F: samldb: "+c.attr.Name+" '"+next.at(i)+"' is already in use")
			}
		}
	}
	if r := m.implicitUPN(c, next); r != nil {
		return r
	}
	m.set(m.n, c.attr, next)
	return nil
}

// implicitUPN refuses, on Samba, a UPN that is another account's
// sAMAccountName@domain.
func (m *modification) implicitUPN(c change, next values) *refusal {
	k := m.f.k
	if !m.f.flavour.samba() || c.attr != k.userPrincipalName || !next.any {
		return nil
	}
	name, suffix, _ := strings.Cut(next.one, "@")
	d := m.before.part.domain
	if d == nil || !strings.EqualFold(suffix, d.dns) {
		return nil
	}
	for _, n := range m.s.named(k.sAMAccountName, name) {
		if n != m.n && m.s.view(n).part == m.before.part {
			return sambaf(EntryAlreadyExists, "00002071: samldb: userPrincipalName '%s' is already in use as an implicit one", next.one)
		}
	}
	return nil
}

// checkPolicies refuses a domain head or a PSO with values beyond the limits.
func (m *modification) checkPolicies(o *object) *refusal {
	if m.f.flavour.samba() || m.s.who.system && !m.create {
		return nil
	}
	k := m.f.k
	if o.class.is("msDS-PasswordSettings") && o.part.domain != nil {
		c := o.clone()
		if c.node == nil {
			c.node = m.n
		}
		if errs := o.part.domain.readPSO(c).Validate(); len(errs) > 0 {
			return svcErr(UnwillingToPerform, dsSecurityIllegalModify, "031A1247")
		}
		return nil
	}
	if o.parent != nil || o.part.domain == nil {
		return nil
	}
	touched := slices.ContainsFunc(m.kept, func(c change) bool {
		return slices.Contains([]*schema.Attribute{k.minPwdLength, k.pwdHistoryLength, k.minPwdAge, k.maxPwdAge, k.lockoutThreshold, k.lockoutDuration, k.lockOutObservationWindow, k.pwdProperties}, c.attr)
	})
	if touched && len(headPolicyOf(k, o).Validate()) > 0 {
		return svcErr(UnwillingToPerform, errorInvalidParameter, "031A1248")
	}
	return nil
}

func headPolicyOf(k *known, head *object) domain.Policy {
	return domain.Policy{
		Name: "domain policy", MinLength: int(head.int(k.minPwdLength)), HistoryLength: int(head.int(k.pwdHistoryLength)),
		MinAge: domain.Interval(head.int(k.minPwdAge)), MaxAge: domain.Interval(head.int(k.maxPwdAge)), LockoutThreshold: int(head.int(k.lockoutThreshold)),
		LockoutDuration: domain.Interval(head.int(k.lockoutDuration)), LockoutWindow: domain.Interval(head.int(k.lockOutObservationWindow)),
		Properties: domain.Properties(uint32(head.int(k.pwdProperties))),
	}
}

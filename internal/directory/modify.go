package directory

import (
	"context"
	"slices"
	"strings"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/directory/security"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

// A modification is one modify (or the attribute part of an add) under way.
type modification struct {
	*tx
	n          *node
	create     bool // part of an add
	permissive bool
	passwords  []passwordOp
	before     *object // as it was
	kept       []change
}

// A change is one modification whose attribute is known.
type change struct {
	kind   ChangeKind
	attr   *schema.Attribute
	values [][]byte
}

// writable refuses what no write may do here: without a bind, on the global
// catalog, on a read-only domain controller.
func (s *session) writable(dn string) *refusal {
	if r := s.notBound(); r != nil {
		return r
	}
	if s.req.Channel.GlobalCatalog {
		return svcErr(UnwillingToPerform, dsUnwilling, "031A0F1B").said(s.f.flavour, UnwillingToPerform, "00002035: Cannot modify on the global catalog port")
	}
	if s.dc.cfg.ReadOnly && !s.who.system {
		host := s.dc.domain.PDC().HostName()
		return referral("0310084C", host, "ldap://"+host+"/"+urlEscape(dn))
	}
	return nil
}

// Modify implements [Server] (MS-ADTS 3.1.1.5.3).
func (dc *DC) Modify(_ context.Context, r Request, m ModifyRequest) Result {
	return dc.write(r, func(s *session) (*refusal, []SecurityEvent) {
		if m.DN == "" {
			return s.modifyRoot(m), nil
		}
		return s.modify(m)
	})
}

// write carries out a write: it hands over what the Security log is to hear, and
// answers when the change is safe.
func (dc *DC) write(r Request, do func(*session) (*refusal, []SecurityEvent)) (res Result) {
	defer dc.figures(&r, &res)
	dc.housekeeping(r.Now)
	refused, events := do(dc.session(&r))
	dc.deliver(events)
	if failed := dc.durable(); refused == nil { // a wrong old password counts
		refused = failed
	}
	if refused == nil && dc.forest.flavour.samba() {
		return Result{Diagnostic: "00000000: Success"} // observed of every change: A10-050
	}
	return refused.result()
}

// deliver hands events over after the operation.
func (dc *DC) deliver(events []SecurityEvent) {
	if dc.forest.onEvent == nil {
		return
	}
	for _, e := range events {
		dc.forest.onEvent(e)
	}
}

// durable waits until what was logged is safe.
func (dc *DC) durable() *refusal {
	if dc.forest.flush == nil {
		return nil
	}
	dc.forest.SaveLogons()
	if err := dc.forest.flush(); err != nil {
		return &refusal{code: Busy, text: dc.forest.flavour.LDAPErr(0x55, "0C0A0002", "The change could not be logged")}
	}
	return nil
}

func (s *session) modify(m ModifyRequest) (*refusal, []SecurityEvent) {
	if r := s.writable(m.DN); r != nil {
		return r, nil
	}
	if r := s.protectedChannel(m.Changes); r != nil {
		return r, nil
	}
	s.blind = s.f.flavour.samba()
	n, r := s.resolve(m.DN, false)
	if r != nil {
		return r, nil
	}
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	o := s.view(n)
	if !s.sees(o) { // only Samba gets this far
		return sambaf(InsufficientAccessRights, "error in module acl: insufficient access rights during LDB_MODIFY (50)"), nil
	}
	if o.deleted {
		if newDN, ok := reanimation(m.Changes); ok {
			if s.f.flavour.samba() && strings.HasPrefix(m.DN, "<") {
				return sambaf(OperationsError, "00002020: operations error in tombstone_reanimate"), nil
			}
			return s.reanimate(n, newDN, m.Changes)
		}
		if !s.who.system {
			return svcErr(UnwillingToPerform, dsIllegalMod, "031A0F2C"), nil
		}
	}
	mod := &modification{tx: s.begin(), n: n, before: o, permissive: s.req.Controls.PermissiveModify || s.f.heuristic(5) != '0'}
	if r := mod.run(m.Changes); r != nil {
		return r, mod.attempts()
	}
	mod.force()
	mod.changed()
	if r := mod.commit(); r != nil {
		return r, mod.attempts()
	}
	return nil, mod.events
}

func (m *modification) run(list []ModifyChange) *refusal {
	if len(list) == 0 && m.f.flavour.samba() {
		return sambaf(UnwillingToPerform, "00002035: objectclass: modify message must have elements/attributes!")
	}
	if r := m.read(list); r != nil {
		return r
	}
	samba := m.f.flavour.samba()
	if samba {
		if r := m.sambaRights(); r != nil {
			return r
		}
	}
	if r := m.writePassword(); r != nil {
		return r
	}
	if !samba {
		if r := m.rights(); r != nil {
			return r
		}
	}
	for _, c := range m.kept {
		if r := m.apply(c); r != nil {
			return r
		}
	}
	return m.whole()
}

// read resolves the attributes of a request and refuses what cannot be written
// whoever asks.
func (m *modification) read(list []ModifyChange) *refusal {
	for _, c := range list {
		if r := m.readOne(c); r != nil {
			return r
		}
	}
	return nil
}

func (m *modification) readOne(c ModifyChange) *refusal {
	samba := m.f.flavour.samba()
	base, option, _ := strings.Cut(c.Name, ";")
	if strings.EqualFold(base, "clearTextPassword") && samba {
		m.passwords = append(m.passwords, passwordOp{kind: c.Kind, attr: clearTextPassword, values: c.Values})
		return nil
	}
	a := m.f.schema.Attribute(base)
	// Of options only binary is one that a name may have (RFC 4511 4.1.4).
	unknown := a == nil || option != "" && (samba || !strings.EqualFold(option, "binary"))
	if unknown || samba && base[0] >= '0' && base[0] <= '9' {
		if samba {
			if !m.create {
				return sambaf(NoSuchAttribute, "acl_modify: attribute '%s' on entry '%s' was not found in the schema!", c.Name, m.before.dn())
			}
			return sambaf(NoSuchAttribute, "0000200A: objectclass_attrs: attribute '%s' on entry '%s' was not found in the schema!", c.Name, m.before.dn())
		}
		return m.f.flavour.conversion(NoSuchAttribute)
	}
	if c.Kind == IncrementValue {
		if !samba {
			return m.f.flavour.ldap(ProtocolError, dsDecoding, "0C090E5A", "Error decoding ldap message")
		}
		return sambaf(ProtocolError, "00002021: Protocol error. Invalid LDAP_MODIFY operation")
	}
	if m.isPassword(a) {
		m.passwords = append(m.passwords, passwordOp{kind: c.Kind, attr: a, values: c.Values})
		return nil
	}
	if r := m.owned(a); r != nil && !m.s.who.system {
		return r
	}
	if c.Kind == AddValues && len(c.Values) == 0 {
		if samba && m.create {
			return sambaf(ConstraintViolation, "attribute '%s' on '%s' specified, but with 0 values (illegal)", a.Name, m.before.dn())
		}
		if samba {
			return sambaf(ConstraintViolation, "attribute '%s': attribute on '%s' specified, but with 0 values (illegal)", a.Name, m.before.dn())
		}
		return m.f.flavour.ldap(ProtocolError, errorInvalidParameter, "0C090D8A", "Error in attribute conversion operation")
	}
	m.kept = append(m.kept, change{c.Kind, a, c.Values})
	return nil
}

const dsDecoding = 0x203d

// isPassword reports whether writing an attribute writes a password.
func (m *modification) isPassword(a *schema.Attribute) bool {
	return a == m.f.k.unicodePwd || a == m.f.k.userPassword && m.f.secret(a)
}

// owned refuses attributes that the directory or the account manager keeps to
// itself (MS-ADTS 3.1.1.5.3.2, MS-SAMR 3.1.1.8).
func (m *modification) owned(a *schema.Attribute) *refusal {
	k, f := m.f.k, m.f
	samba := f.flavour.samba()
	sam := m.before.sid != "" && m.before.part.domain != nil
	owned := func() *refusal {
		return svcErr(UnwillingToPerform, dsAttributeOwnedBySAM, "031A1081").said(f.flavour, UnwillingToPerform, "0000209A: samldb: attribute '"+a.Name+"' is owned by the SAM")
	}
	switch a {
	case k.badPwdCount, k.badPasswordTime, k.lastLogoff, k.lastLogon, k.lastLogonTimestamp, k.logonCount:
		if sam && !samba {
			return owned()
		}
		return nil
	case k.dBCSPwd:
		return owned().said(f.flavour, UnwillingToPerform, "00002035: setup_io: it's not allowed to set the LM hash password (dBCSPwd)'")
	case k.ntPwdHistory, k.lmPwdHistory, k.supplementalCredentials:
		return owned().said(f.flavour, UnwillingToPerform, "error in module password_hash: Unwilling to perform during LDB_MODIFY (53)")
	case k.isCriticalSystemObject, k.objectSid, k.sAMAccountType, k.rid:
		if sam {
			return owned().said(f.flavour, UnwillingToPerform, "00002035: samldb: "+a.Name+" must not be specified!")
		}
	case k.uacComputed:
		if samba {
			break
		}
		return owned()
	case k.nTSecurityDescriptor, k.objectClass:
		return nil
	case k.allowedToAct: // system-only in the schema, and yet how resources allow delegation
		return nil
	}
	switch {
	case a == k.name || a == m.before.rdnAttr && !m.create:
		return updErr(NotAllowedOnRDN, dsCantModSystemOnly, "03150F38", onRDNProblem).said(f.flavour, NotAllowedOnRDN,
			"00002016: Modify of RDN '"+a.Name+"' on "+m.before.dn()+" not permitted, must use 'rename' operation instead")
	case a.BackLink():
		if sam || samba {
			return owned().said(f.flavour, UnwillingToPerform, "00002035: objectclass_attrs: attribute '"+a.Name+"' on entry '"+m.before.dn()+"' must not be modified directly, it is a linked attribute!")
		}
		return atrErr(ConstraintViolation, dsCantModSystemOnly, "0315204A", constraintAttType, a, -1)
	case a.Constructed():
		if samba && m.create {
			return sambaf(UndefinedAttributeType, "0000200C: objectclass_attrs: attribute '%s' on entry '%s' is constructed!", a.Name, m.before.dn())
		}
		if samba {
			return sambaf(ConstraintViolation, "0000202F: objectclass_attrs: attribute '%s' on entry '%s' is constructed!", a.Name, m.before.dn())
		}
		return atrErr(ConstraintViolation, dsConstructedAttMod, "0315204B", constraintAttType, a, -1)
	case a == k.msDSBehaviorVersion, a == k.isDeleted && (m.before.deleted || samba && m.create), a == k.distinguishedName && m.before.deleted:
		return nil
	case m.create && m.before.part.domain != nil && a.SystemOnly && f.virtual[a.ID] == virtualNone && slices.Contains(m.before.class.structural.Must, a):
		return nil // the interval of a group managed service account, which comes with it and then stays
	case a.SystemOnly || f.virtual[a.ID] == virtualTimes || f.virtual[a.ID] == virtualFixed || a == k.distinguishedName:
		if samba {
			return sambaf(ConstraintViolation, "0000202F: objectclass_attrs: attribute '%s' on entry '%s' must be modified by system only!", a.Name, m.before.dn())
		}
		return atrErr(ConstraintViolation, dsCantModSystemOnly, "0315204C", constraintAttType, a, -1)
	}
	return nil
}

// sambaRights asks for every right before anything is judged, that of the
// password first.
func (m *modification) sambaRights() *refusal {
	if len(m.passwords) > 0 && !m.create {
		if r := m.passwordTarget(); r != nil {
			return r
		}
		if r := m.sambaPasswordRight(); r != nil {
			return r
		}
	}
	return m.rights()
}

// sambaPasswordRight asks for the right of a set or a change, whichever Samba
// takes the operations for; what is neither fails later.
func (m *modification) sambaPasswordRight() *refusal {
	var ops, values [ReplaceValues + 1]int
	for _, op := range m.passwords {
		ops[op.kind]++
		values[op.kind] += len(op.values)
		if op.kind == ReplaceValues && len(op.values) == 1 && len(op.values[0]) == 0 {
			return m.sambaEncoding(nil, true)
		}
	}
	w := domain.PasswordWrite{Kind: domain.Reset}
	switch {
	case ops[AddValues] == 0 && ops[ReplaceValues] == 0 && ops[DeleteValues] == 1:
		return nil
	case ops[ReplaceValues] > 0 || ops[AddValues] != ops[DeleteValues]:
	case values[AddValues] == 1 && values[DeleteValues] == 1:
		w.Kind = domain.Change
	case values[AddValues] == 1 && values[DeleteValues] == 0:
		if r := m.passwordRight(w); r != nil {
			return sambaf(ConstraintViolation, "error in module acl: Constraint violation during LDB_MODIFY (19)")
		}
		return nil
	default:
		return nil
	}
	return m.passwordRight(w)
}

// rights asks for write property on every attribute of the request.
func (m *modification) rights() *refusal {
	for _, c := range m.kept {
		if m.mayWrite(c) {
			if r := m.validate(c); r != nil {
				return r
			}
			continue
		}
		if m.f.flavour.samba() {
			if c.attr == m.f.k.nTSecurityDescriptor {
				return sambaf(InsufficientAccessRights, "00002098: Object %s has no write dacl access\n", m.before.dn())
			}
			return sambaf(InsufficientAccessRights, "00002098: Object %s has no write property access\n", m.before.dn())
		}
		if c.attr == m.f.k.nTSecurityDescriptor {
			return secErr(errorAccessDenied, "031521E1")
		}
		return secErr(dsInsuffAccessRights, "03150F94")
	}
	return nil
}

func (m *modification) mayWrite(c change) bool {
	s := m.s
	if c.attr == m.f.k.nTSecurityDescriptor {
		return m.mayWriteDescriptor()
	}
	if s.writes(m.before, c.attr) {
		return true
	}
	if c.attr == m.f.k.member && m.onlyMyself(c) {
		return s.may(m.before, security.ValidatedWrite, rightSelfMembership, security.GUID{})
	}
	if right, ok := m.validatedBy(c.attr); ok {
		return s.may(m.before, security.ValidatedWrite, right, security.GUID{})
	}
	return false
}

func (m *modification) onlyMyself(c change) bool {
	if len(c.values) != 1 || m.s.who.user == nil {
		return false
	}
	form, err := m.f.names.parseForm(string(c.values[0]))
	return err == nil && m.s.findForm(form) == m.s.who.user
}

// apply carries out one change. Attributes with rules of their own have a file
// of their own.
func (m *modification) apply(c change) *refusal {
	k := m.f.k
	if m.before.sid != "" && m.before.part.domain != nil && m.before.class.is("user") {
		if r, done := m.applyAccount(c); done {
			return r
		}
	}
	switch c.attr {
	case k.nTSecurityDescriptor:
		return m.applyDescriptor(c)
	case k.objectClass:
		return m.applyClass(c)
	case k.sAMAccountName:
		return m.applySAM(c)
	case k.userPrincipalName, k.servicePrincipalName:
		return m.applyUnique(c)
	case k.groupType:
		return m.applyGroupType(c)
	case k.dSHeuristics:
		return m.applyHeuristics(c)
	case k.options:
		return m.applyOptions(c)
	}
	if c.attr.Linked() {
		return m.applyLink(c)
	}
	return m.applyValues(c)
}

// changed records what happened for the Security log.
func (m *modification) changed() {
	m.accountEvents()
	m.policyEvents()
	m.attributeEvents()
}

// stamp is the operation's time as the directory stores it.
func (m *modification) stamp() domain.FileTime { return domain.FileTimeOf(m.s.now) }

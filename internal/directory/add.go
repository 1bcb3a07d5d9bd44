package directory

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/directory/security"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

// Add implements [Server] (MS-ADTS 3.1.1.5.2).
func (dc *DC) Add(_ context.Context, r Request, a AddRequest) Result {
	return dc.write(r, func(s *session) (*refusal, []SecurityEvent) { return s.add(a, nil) })
}

// An addition is one add under way.
type addition struct {
	*modification
	name   dname
	parent *node
	class  *classList
	given  []ModifyChange
	sd     []byte
}

func (s *session) add(a AddRequest, tune func(*object)) (*refusal, []SecurityEvent) {
	if r := s.writable(a.DN); r != nil {
		return r, nil
	}
	list := make([]ModifyChange, 0, len(a.Attributes))
	for _, at := range a.Attributes {
		list = append(list, ModifyChange{Kind: AddValues, Name: at.Name, Values: at.Values})
	}
	if r := s.protectedChannel(list); r != nil {
		return r, nil
	}
	name, err := s.f.names.parse(a.DN)
	if err != nil || len(name) == 0 {
		return s.malformed(a.DN), nil
	}
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	s.f.build(nameForm{dn: name}, true)
	add := &addition{modification: &modification{tx: s.begin(), create: true}, name: name}
	if r := add.place(a.DN); r != nil {
		return r, nil
	}
	if r := add.classify(list); r != nil {
		return r, nil
	}
	o, r := add.object()
	if r != nil {
		return r, nil
	}
	if r := add.fill(o); r != nil {
		return r, add.attempts()
	}
	if tune != nil {
		tune(o)
	}
	add.created()
	add.createdObject()
	if r := add.commit(); r != nil {
		return r, add.attempts()
	}
	return nil, add.events
}

// place finds the parent and refuses names that are taken.
func (a *addition) place(dn string) *refusal {
	s := a.s
	parentForm := nameForm{dn: a.name[1:]}
	if len(a.name) == 1 {
		return s.missing(dn, nameForm{dn: a.name})
	}
	n, _ := s.lookup(a.name[1:])
	if n == nil || !s.sees(s.view(n)) || !s.showsDeleted(s.view(n)) || !s.dc.holdsPartition(s.view(n).part) {
		if a.f.flavour.samba() {
			return sambaf(NoSuchObject, "00002030: Cannot add %s, parent does not exist!", dn)
		}
		return s.missing(a.name[1:].String(), parentForm)
	}
	a.parent = n
	if s.taken(n, a.name[0]) != nil {
		return updErr(EntryAlreadyExists, dsStringNameExists, "030502F1", entryExists).said(a.f.flavour, EntryAlreadyExists, "Entry "+dn+" already exists")
	}
	return nil
}

// classify reads objectClass and checks class, naming attribute and parent.
func (a *addition) classify(list []ModifyChange) *refusal {
	var classes [][]byte
	for _, c := range list {
		switch {
		case strings.EqualFold(c.Name, "objectClass") || c.Name == "2.5.4.0":
			classes = append(classes, c.Values...)
		case strings.EqualFold(c.Name, "nTSecurityDescriptor"):
			if len(c.Values) > 0 {
				a.sd = c.Values[0]
			}
		default:
			a.given = append(a.given, c)
		}
	}
	samba := a.f.flavour.samba()
	if len(classes) == 0 {
		return updErr(ObjectClassViolation, dsObjectClassRequired, "03050FA3", objClassProblem).said(a.f.flavour, ObjectClassViolation, "00002014: objectclass: no objectclass specified")
	}
	structural, aux, r := a.structural(classes)
	if r != nil {
		return r
	}
	a.class = a.f.classesOf(structural, aux...)
	// What the local security authority keeps is made through it alone
	// (MS-ADTS 3.1.1.5.2.2).
	if name := structural.Name; (name == "trustedDomain" || name == "secret") && !a.s.who.system {
		return svcErr(UnwillingToPerform, dsUnwilling, "031A124D").said(a.f.flavour, UnwillingToPerform,
			"00002035: objectclass_attrs: LSA objectclasses (entry '"+a.name.String()+"') cannot be created or changed over LDAP!")
	}
	if structural.Kind == schema.Abstract || structural.SystemOnly && !a.s.who.system {
		code := ObjectClassViolation
		if samba {
			return sambaf(UnwillingToPerform, "Failed to find a structural class for %s", a.name.String())
		}
		return updErr(code, dsObjClassViolation, "03050FA4", objClassProblem)
	}
	if structural.RDN != a.name[0].attr {
		return updErr(NamingViolation, dsRDNDoesntMatchSchema, "03050D0B", namingProblem).said(a.f.flavour, NamingViolation, "00002037: objectclass: RDN attribute does not match the class")
	}
	if !mayStandBelow(structural, a.s.view(a.parent).class.structural) && !a.s.who.system {
		return updErr(NamingViolation, dsIllegalSuperior, "03050D0C", namingProblem).said(a.f.flavour, NamingViolation, "00002037: structural objectClass "+structural.Name+" is not a valid child class for "+a.s.view(a.parent).dn())
	}
	parent := a.s.view(a.parent)
	if !a.s.may(parent, security.CreateChild, structural.GUID, security.GUID{}) && !a.joins(structural) {
		return secErr(errorAccessDenied, "03152FCC").said(a.f.flavour, InsufficientAccessRights, "acl: unable to get access to "+a.name.String()+"\n")
	}
	return nil
}

// joins lets authenticated users add ms-DS-MachineAccountQuota computers.
func (a *addition) joins(c *schema.Class) bool {
	if c.Name != "computer" || a.s.who.Privileges&security.MachineAccountPrivilege == 0 || a.s.view(a.parent).part.domain == nil || a.f.flavour.samba() {
		return false
	}
	quota := a.s.view(a.parent).head().int(a.f.k.machineAccountQuota)
	return int64(len(a.f.indexFor(a.f.k.creatorSID).get(string(a.s.who.User), nil))) < quota
}

// structural finds the most derived class of a list; the others must be in its
// chain or auxiliary.
func (a *addition) structural(classes [][]byte) (best *schema.Class, aux []*schema.Class, r *refusal) {
	samba := a.f.flavour.samba()
	var all []*schema.Class
	for _, v := range classes {
		c := a.f.schema.Class(string(v))
		if c == nil {
			if samba {
				return nil, nil, sambaf(NoSuchAttribute, "0000200A: objectclass: object class '%s' was not found in the schema!", v)
			}
			return nil, nil, updErr(ObjectClassViolation, dsObjClassViolation, "03050FA5", objClassProblem)
		}
		all = append(all, c)
		if c.Kind != schema.Auxiliary && (best == nil || c.Is(best.Name)) {
			best = c
		}
	}
	if best == nil {
		return nil, nil, updErr(ObjectClassViolation, dsObjClassViolation, "03050FA5", objClassProblem).said(a.f.flavour, UnwillingToPerform, "Failed to find a structural class for "+a.name.String())
	}
	for _, c := range all {
		switch {
		case best.Is(c.Name):
		case c.Kind == schema.Auxiliary || c.Kind == schema.Class88 && len(c.Chain) == 1:
			aux = append(aux, c)
		default:
			return nil, nil, updErr(ObjectClassViolation, dsObjClassViolation, "03050FA6", objClassProblem).said(a.f.flavour, ObjectClassViolation, "00002014: objectclass: more than one structural class")
		}
	}
	sortClasses(aux)
	return best, aux, nil
}

// object makes the object with what the directory itself decides.
func (a *addition) object() (*object, *refusal) {
	f, k := a.f, a.f.k
	parent := a.s.view(a.parent)
	o := &object{
		parent: a.parent, part: parent.part, class: a.class, rdnAttr: a.name[0].attr, rdn: a.name[0].value, guid: f.newGUID(),
		created: a.s.now.Unix(), usnCreated: a.usn(), instance: 4,
	}
	if r := a.rdnFits(o); r != nil {
		return nil, r
	}
	sd, r := a.descriptor(o, parent)
	if r != nil {
		return nil, r
	}
	o.sd = sd
	if d := o.part.domain; d != nil && (a.class.is("user") || a.class.is("group")) {
		o.sid = a.nextSID(d)
	}
	a.add(o)
	a.n, a.before = o.node, o
	a.systemFlags(o)
	if a.class.structural.Hidden && !a.class.is("user") && !a.class.is("group") {
		o.set(k.showInAdvancedViewOnly, a.usn(), oneValue("TRUE"))
	}
	return o, nil
}

// The systemFlags of the configuration's objects (MS-ADTS 2.2.10).
const (
	disallowMoveOnDelete     = 0x02000000
	configAllowLimitedMove   = 0x10000000
	configAllowMove          = 0x20000000
	configAllowRename        = 0x40000000
	configAllowedByRequester = configAllowLimitedMove | configAllowMove | configAllowRename
)

// systemFlags sets those of a new object: what a client may ask for, and what its
// class demands (Microsoft Learn on ADS_SYSTEMFLAG_ENUM, MS-ADTS 3.1.1.5.2.4;
// observed of Samba 4.17).
func (a *addition) systemFlags(o *object) {
	if a.s.who.system {
		return
	}
	var flags uint32
	rest := make([]ModifyChange, 0, len(a.given))
	for _, c := range a.given {
		if a.f.schema.Attribute(c.Name) != a.f.k.systemFlags || len(c.Values) != 1 {
			rest = append(rest, c)
			continue
		}
		n, err := strconv.ParseInt(string(c.Values[0]), 10, 32)
		if err != nil {
			rest = append(rest, c)
			continue
		}
		flags = uint32(n) & configAllowedByRequester
		o.set(a.f.k.systemFlags, a.usn(), oneValue("0"))
	}
	a.given = rest
	switch a.class.structural.Name {
	case "server":
		flags |= disallowMoveOnDelete | configAllowRename | configAllowLimitedMove
	case "site":
		flags |= disallowMoveOnDelete | configAllowRename
	case "serversContainer":
		flags |= disallowMoveOnDelete
	case "subnet", "siteLink":
		flags |= configAllowRename
	}
	if flags != 0 {
		o.set(a.f.k.systemFlags, a.usn(), oneValue(strconv.Itoa(int(int32(flags)))))
	}
}

// nextSID is the SID of the new account: the next of the domain, or the one that
// provisioning brings along.
func (a *addition) nextSID(d *Domain) security.SID {
	if a.s.who.system {
		for _, c := range a.given {
			if !strings.EqualFold(c.Name, "objectSid") || len(c.Values) != 1 {
				continue
			}
			if sid, err := security.SIDFromBytes(c.Values[0]); err == nil && sid.Domain() == d.sid && a.f.bySID[sid] == nil {
				d.nextRID = max(d.nextRID, sid.RID()+1)
				return sid
			}
		}
	}
	sid := d.sid.WithRID(d.nextRID)
	d.nextRID++
	return sid
}

// rdnFits checks the value of the name against the range of its attribute.
func (a *addition) rdnFits(o *object) *refusal {
	if a.f.flavour.samba() || o.rdnAttr.InRange(o.rdn) {
		return nil
	}
	return atrErr(ConstraintViolation, dsRangeConstraint, "03050AC5", constraintAttType, o.rdnAttr, 2*int(o.rdnAttr.Syntax.Size(o.rdn)))
}

// descriptor computes the descriptor of the new object (MS-ADTS 6.1.3).
func (a *addition) descriptor(o, parent *object) (*security.Descriptor, *refusal) {
	d := o.part.domainOr(a.f)
	var given *security.Descriptor
	if a.sd != nil {
		sd, err := security.ParseDescriptor(a.sd)
		if err != nil {
			return nil, svcErr(UnwillingToPerform, dsUnwilling, "031A1249").said(a.f.flavour, OperationsError, "00002020: operations error")
		}
		if r := a.s.ownerAllowed(sd); r != nil {
			return nil, r
		}
		if sd.SACL != nil && a.s.who.Privileges&security.SecurityPrivilege == 0 && !a.s.who.system {
			return nil, secErr(errorAccessDenied, "031A11F1").said(a.f.flavour, InsufficientAccessRights, "error in module acl: insufficient access rights during LDB_ADD (50)")
		}
		given = sd
	}
	owner, group := a.creator(o, d)
	if wanted, r := a.s.wantedOwner(); r != nil {
		return nil, r
	} else if wanted != "" && (given == nil || given.Owner == "") {
		owner = wanted
	}
	return a.f.inherit(d, parent, given, a.class.structural, owner, group), nil
}

// creator is who owns what a caller makes: his administrators' group if he is
// a member of it, else himself.
func (a *addition) creator(o *object, d *Domain) (owner, group security.SID) {
	who := a.s.who
	admins := []security.SID{d.sid.WithRID(security.RIDDomainAdmins), a.f.root.sid.WithRID(security.RIDEnterpriseAdmins)}
	switch o.part {
	case a.f.config:
		admins = admins[1:]
	case a.f.schemaNC:
		admins = []security.SID{a.f.root.sid.WithRID(security.RIDSchemaAdmins)}
	}
	if who.system {
		return admins[0], admins[0]
	}
	for _, sid := range admins {
		if who.Has(sid) {
			return sid, sid
		}
	}
	group = d.sid.WithRID(security.RIDDomainUsers)
	if who.user != nil {
		group = d.sid.WithRID(uint32(who.user.obj.Load().int(a.f.k.primaryGroupID)))
	}
	return who.User, group
}

// fill sets the attributes of the request, then what the directory adds.
func (a *addition) fill(o *object) *refusal {
	if r := a.forbidden(o); r != nil {
		return r
	}
	if r := a.rdnGiven(o); r != nil {
		return r
	}
	a.permissive = false
	if r := a.read(a.given); r != nil {
		return r
	}
	if r := a.authorized(o); r != nil {
		return r
	}
	for _, c := range a.kept {
		if len(c.values) == 0 {
			return a.f.flavour.ldap(ProtocolError, errorInvalidParameter, "0C090D8A", "Error in attribute conversion operation").said(a.f.flavour, InvalidAttributeSyntax, "0000200B: empty attribute")
		}
	}
	a.defaults(o)
	// Names and userAccountControl decide what the password must be like;
	// pwdLastSet is about the password that has been set.
	last := func(c change) bool { return c.attr == a.f.k.pwdLastSet }
	if r := a.applyKept(o, func(c change) bool { return !last(c) }); r != nil {
		return r
	}
	a.account(o)
	if r := a.writePassword(); r != nil {
		return r
	}
	if r := a.applyKept(o, last); r != nil {
		return r
	}
	if r := a.usable(o); r != nil {
		return r
	}
	return a.whole()
}

// applyKept applies the attributes of the request that are chosen.
func (a *addition) applyKept(o *object, chosen func(change) bool) *refusal {
	for _, c := range a.kept {
		if c.attr == o.rdnAttr || !chosen(c) {
			continue
		}
		if r := a.apply(c); r != nil {
			return r
		}
	}
	return nil
}

// forbidden refuses attributes that no client may give at creation.
func (a *addition) forbidden(o *object) *refusal {
	if a.s.who.system {
		return nil
	}
	k := a.f.k
	for _, c := range a.given {
		at := a.f.schema.Attribute(c.Name)
		if at == nil {
			continue
		}
		switch at {
		case k.objectSid, k.objectGUID:
			if at == k.objectGUID && a.f.heuristic(11) == '1' && len(c.Values) == 1 && len(c.Values[0]) == 16 && a.s.holds(o.head(), rightAddGUID) {
				o.guid = security.GUID(c.Values[0])
				continue
			}
			return svcErr(UnwillingToPerform, dsSecurityIllegalModify, "031A124A").said(a.f.flavour, UnwillingToPerform, "00002035: samldb: "+at.Name+" must not be specified!")
		case k.primaryGroupID:
			if o.class.is("user") {
				return svcErr(UnwillingToPerform, dsUnwilling, "031A124B").said(a.f.flavour, UnwillingToPerform, "00002035: samldb: primaryGroupID may not be given")
			}
		case k.sAMAccountType:
			return svcErr(UnwillingToPerform, dsAttributeOwnedBySAM, "031A1081")
		}
	}
	return nil
}

// plainInstance is what a client may say of a new object: nothing, or IT_WRITE.
// The head of a naming context is made by the system alone (MS-ADTS
// 3.1.1.5.2.2).
func plainInstance(list [][]byte) bool {
	return len(list) == 1 && (string(list[0]) == "0" || string(list[0]) == "4")
}

// rdnGiven checks that the naming attribute, if given, says what the name
// says.
func (a *addition) rdnGiven(o *object) *refusal {
	kept := a.given[:0]
	for _, c := range a.given {
		at := a.f.schema.Attribute(c.Name)
		if at == nil || at != o.rdnAttr && at != a.f.k.name && at != a.f.k.distinguishedName && at != a.f.k.objectGUID && at != a.f.k.instanceType {
			kept = append(kept, c)
			continue
		}
		if at == a.f.k.instanceType && !a.f.flavour.samba() && !a.s.who.system && !plainInstance(c.Values) {
			return svcErr(UnwillingToPerform, dsBadInstanceType, "031A124C")
		}
		if at == o.rdnAttr {
			if a.f.flavour.samba() && len(c.Values) > 1 {
				return sambaf(ConstraintViolation, "0000202F: SINGLE-VALUE attribute %s on %s specified more than once", at.Name, a.name.String())
			}
			for _, v := range c.Values {
				if a.f.normal(at, string(v)) != a.f.normal(at, o.rdn) {
					return a.s.malformed(a.name.String())
				}
			}
		}
	}
	a.given = kept
	return nil
}

// defaults sets what accounts and groups have from the start (MS-SAMR
// 3.1.1.8).
func (a *addition) defaults(o *object) {
	k, usn := a.f.k, a.usn()
	give := func(at *schema.Attribute, v string) {
		if !slices.ContainsFunc(a.kept, func(c change) bool { return c.attr == at }) {
			o.set(at, usn, oneValue(a.f.share(v)))
		}
	}
	switch {
	case o.part.domain == nil:
	case o.class.is("user"):
		give(k.accountExpires, "9223372036854775807")
		give(k.codePage, "0")
		give(k.countryCode, "0")
		give(k.pwdLastSet, "0")
	}
}

// account completes users, computers and groups.
func (a *addition) account(o *object) {
	if o.part.domain == nil || o.sid == "" {
		return
	}
	k := a.f.k
	if !o.stored(k.sAMAccountName).any {
		name := fmt.Sprintf("$%06X-%012X", o.sid.RID()<<4, uint64(o.guid[0])<<40|uint64(o.guid[1])<<32|uint64(o.guid[2])<<24|uint64(o.guid[3])<<16|uint64(o.guid[4])<<8|uint64(o.guid[5]))
		if own := strings.ToUpper(o.rdn) + "$"; o.class.is("computer") && !a.f.flavour.samba() && a.samSyntax(o, own) == nil && a.samUnique(o, own) == nil {
			name = own
		}
		a.set(a.n, k.sAMAccountName, oneValue(name))
	}
	if o.class.is("group") {
		if !o.stored(k.groupType).any {
			t := int64(domain.DefaultGroupType)
			a.setInt(a.n, k.groupType, t)
			a.setInt(a.n, k.sAMAccountType, int64(domain.DefaultGroupType.SAMAccountType()))
		}
		return
	}
	a.control(o)
}

// control settles userAccountControl of a new account and what follows from it.
func (a *addition) control(o *object) {
	k := a.f.k
	d := o.part.domain
	computer := o.class.is("computer")
	if !o.stored(k.userAccountControl).any {
		u := domain.DefaultControl(d.switches(), computer)
		a.setInt(a.n, k.userAccountControl, int64(u))
		a.setInt(a.n, k.sAMAccountType, int64(u.SAMAccountType()))
	}
	u := domain.UAC(uint32(o.int(k.userAccountControl)))
	if !o.stored(k.primaryGroupID).any {
		a.set(a.n, k.primaryGroupID, oneValue(strconv.Itoa(int(u.PrimaryGroup()))))
	}
	if computer && !a.s.who.system && !a.s.may(a.s.view(a.parent), security.CreateChild, o.class.structural.GUID, security.GUID{}) {
		a.set(a.n, k.creatorSID, oneValue(string(a.s.who.User)))
	}
	if computer && !o.stored(k.isCriticalSystemObject).any {
		a.set(a.n, k.isCriticalSystemObject, oneValue("FALSE"))
	}
}

// usable refuses an enabled user without a password.
func (a *addition) usable(o *object) *refusal {
	if o.part.domain == nil || o.sid == "" || o.class.is("group") || o.class.is("computer") {
		return nil
	}
	d, u := o.part.domain, domain.UAC(uint32(o.int(a.f.k.userAccountControl)))
	if domain.NeedsPassword(d.effectivePolicy(o), a.s.dc.accountIn(o, a.n), u) && !a.s.who.system {
		return svcErr(UnwillingToPerform, errorPasswordRestriction, "031A12C5")
	}
	return nil
}

package directory

import (
	"strings"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/directory/security"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

// applyLink changes a forward link; the back link follows (MS-ADTS
// 3.1.1.1.6).
func (m *modification) applyLink(c change) *refusal {
	if !m.object(m.n).class.may(c.attr) && !m.s.who.system {
		return m.notOfClass(c.attr)
	}
	targets := make([]*node, 0, len(c.values))
	for _, v := range c.values {
		n, r := m.linkTarget(c, string(v))
		if r != nil {
			return r
		}
		targets = append(targets, n)
	}
	old := m.object(m.n).linked(c.attr)
	if c.kind == ReplaceValues {
		if r := m.namedTwice(c.attr, targets); r != nil {
			return r
		}
		for _, n := range old {
			if !contains(targets, n) {
				m.unlink(m.n, c.attr, n)
				m.memberEvent(c.attr, n, false)
			}
		}
		for _, n := range targets {
			if !contains(old, n) {
				if r := m.linkOne(c.attr, n); r != nil {
					return r
				}
			}
		}
		return nil
	}
	if c.kind == DeleteValues && len(c.values) == 0 {
		targets = append(targets, old...)
		if len(old) == 0 && !m.permissive && !m.f.flavour.samba() {
			return atrErr(NoSuchAttribute, dsAttIsNotOnObj, "03151F7D", noAttributeOrVal, c.attr, -1)
		}
	}
	for _, n := range targets {
		if r := m.linkChange(c, n); r != nil {
			return r
		}
	}
	return nil
}

// namedTwice refuses a list that names an object more than once.
func (m *modification) namedTwice(a *schema.Attribute, targets []*node) *refusal {
	for i, n := range targets {
		if !contains(targets[:i], n) {
			continue
		}
		if m.f.flavour.samba() {
			return sambaf(EntryAlreadyExists, "00002071: Linked attribute %s has multiple identical values", a.Name)
		}
		if r := m.alreadyMember(a, n); r != nil {
			return r
		}
	}
	return nil
}

func (m *modification) linkChange(c change, n *node) *refusal {
	have := contains(m.object(m.n).linked(c.attr), n)
	if c.kind == DeleteValues {
		if !have {
			return m.notMember(c.attr, n)
		}
		if c.attr == m.f.k.member && m.isPrimary(n) {
			return svcErr(UnwillingToPerform, errorMemberNotInAlias, "031A11E5")
		}
		m.unlink(m.n, c.attr, n)
		m.memberEvent(c.attr, n, false)
		return nil
	}
	if have {
		return m.alreadyMember(c.attr, n)
	}
	return m.linkOne(c.attr, n)
}

func (m *modification) linkOne(a *schema.Attribute, n *node) *refusal {
	if a.Single && len(m.object(m.n).linked(a)) > 0 {
		return atrErr(AttributeOrValueExists, dsSingleValueConstraint, "031526CC", constraintAttType, a, -1).said(m.f.flavour, ConstraintViolation,
			"Attribute "+a.Name+" is single valued but more than one value has been supplied")
	}
	if a == m.f.k.member {
		if r := m.mayContain(n); r != nil {
			return r
		}
	}
	m.link(m.n, a, n)
	m.memberEvent(a, n, true)
	return nil
}

// mayContain checks the scopes of group membership (MS-ADTS 3.1.1.5.1.4,
// MS-SAMR 3.1.1.8.9).
func (m *modification) mayContain(n *node) *refusal {
	samba := m.f.flavour.samba()
	if n == m.n && !samba {
		return svcErr(UnwillingToPerform, errorInvalidMember, "031A11B6")
	}
	if samba || !m.before.class.is("group") {
		return nil
	}
	group, member := m.object(m.n), m.object(n)
	scope := domain.GroupType(int32(group.int(m.f.k.groupType)))
	if !member.class.is("group") {
		if scope&domain.GlobalGroup != 0 && member.part != group.part {
			return svcErr(UnwillingToPerform, errorInvalidMember, "031A11B6")
		}
		return nil
	}
	inner := domain.GroupType(int32(member.int(m.f.k.groupType)))
	local := inner&(domain.DomainLocalGroup|domain.BuiltinGroup) != 0
	wrong := scope&domain.GlobalGroup != 0 && (inner&domain.GlobalGroup == 0 || member.part != group.part) ||
		scope&domain.UniversalGroup != 0 && local || inner&domain.BuiltinGroup != 0
	if wrong {
		return svcErr(UnwillingToPerform, errorInvalidMember, "031A11B6")
	}
	return nil
}

func (m *modification) isPrimary(n *node) bool {
	o := m.object(n)
	return o.class.is("user") && m.before.part.domain != nil && m.before.sid != "" && uint32(o.int(m.f.k.primaryGroupID)) == m.before.sid.RID() && o.part == m.before.part
}

func (m *modification) alreadyMember(a *schema.Attribute, n *node) *refusal {
	samba := m.f.flavour.samba()
	if m.permissive && !samba {
		return nil
	}
	if a != m.f.k.member {
		if m.permissive {
			return nil
		}
		return m.exists(a, m.object(n).dn())
	}
	if samba {
		return sambaf(EntryAlreadyExists, "Attribute member already exists for target GUID %s", m.object(n).guid)
	}
	return updErr(EntryAlreadyExists, errorMemberInAlias, "031A11E2", entryExists)
}

func (m *modification) notMember(a *schema.Attribute, n *node) *refusal {
	if m.permissive && !m.f.flavour.samba() {
		return nil
	}
	if a != m.f.k.member {
		return atrErr(NoSuchAttribute, dsCantRemMissingAttVal, "03151F7E", noAttributeOrVal, a, -1).said(m.f.flavour, NoSuchAttribute, "00002085: attribute '"+a.Name+"': no such value")
	}
	return svcErr(UnwillingToPerform, errorMemberNotInAlias, "031A11E5").said(m.f.flavour, UnwillingToPerform, "Attribute member already deleted for target GUID "+m.object(n).guid.String())
}

// linkTarget resolves a value of a link. A member that does not resolve is an
// unknown user; the SID of a stranger becomes a foreign security principal.
func (m *modification) linkTarget(c change, v string) (*node, *refusal) {
	n, r := m.reference(c.attr, v)
	if r == nil {
		if o := n.obj.Load(); m.f.flavour.samba() && c.kind == AddValues && strings.HasPrefix(v, "<SID=") && o.class.is("foreignSecurityPrincipal") {
			return nil, sambaf(EntryAlreadyExists, "Entry %s already exists", o.dn())
		}
		return n, nil
	}
	if c.attr != m.f.k.member || r.code == InvalidAttributeSyntax || r.code == InvalidDNSyntax {
		return nil, r
	}
	form, _ := m.f.names.parseForm(v)
	if form.sid != "" && c.kind != DeleteValues && form.sid.Domain() != m.before.part.domain.sid {
		return m.stranger(form.sid), nil
	}
	if m.f.flavour.samba() {
		if c.kind == DeleteValues && len(m.object(m.n).linked(c.attr)) == 0 {
			return nil, sambaf(NoSuchAttribute, "error in module repl_meta_data: No such attribute during LDB_MODIFY (16)")
		}
		if c.kind == DeleteValues {
			return nil, sambaf(UnwillingToPerform, "00002035: Unable to find GUID for DN %s\n", v)
		}
		return nil, sambaf(NoSuchObject, "00000525: Could not find DN %s", v)
	}
	if c.kind == DeleteValues {
		if m.permissive {
			return nil, nil
		}
		return nil, svcErr(UnwillingToPerform, errorMemberNotInAlias, "031A11E5")
	}
	return nil, nameErr(NoSuchObject, errorNoSuchUser, "031A11F5", noObject, 0, "")
}

// stranger makes the foreign security principal of a SID.
func (m *modification) stranger(sid security.SID) *node {
	d := m.before.part.domain
	c := m.f.schema.MustClass("foreignSecurityPrincipal")
	o := &object{
		parent: d.foreign, part: d.part, class: m.f.classesOf(c), rdnAttr: c.RDN, rdn: sid.String(), sid: sid, guid: m.f.newGUID(),
		created: m.s.now.Unix(), usnCreated: m.usn(), instance: 4,
	}
	owner := d.sid.WithRID(security.RIDDomainAdmins)
	o.sd = m.f.inherit(d, d.foreign.obj.Load(), nil, c, owner, owner)
	m.add(o)
	return o.node
}

// applyGroupType changes scope and kind of a group.
func (m *modification) applyGroupType(c change) *refusal {
	o := m.object(m.n)
	next, r := m.changeList(c, o.stored(c.attr))
	if r != nil {
		return r
	}
	if !next.any {
		return svcErr(UnwillingToPerform, dsIllegalMod, "031A0F9C").said(m.f.flavour, UnwillingToPerform,
			"00002035: objectclass_attrs: delete protected attribute 'groupType' on entry '"+o.dn()+"' missing!")
	}
	old := domain.GroupType(int32(o.int(c.attr)))
	m.edit(m.n, true).set(c.attr, m.usn(), next)
	want := domain.GroupType(int32(m.object(m.n).int(c.attr)))
	bad := func() *refusal {
		return svcErr(UnwillingToPerform, dsUnwilling, "031A0FA1").said(m.f.flavour, UnwillingToPerform, "error in module samldb: Unwilling to perform during LDB_MODIFY (53)")
	}
	if m.create {
		if !want.Valid() && !m.s.who.system {
			return bad()
		}
	} else if !old.MayBecome(want) {
		return bad()
	}
	m.setInt(m.n, m.f.k.sAMAccountType, int64(want.SAMAccountType()))
	return nil
}

// applyClass adds or removes auxiliary classes; the structural class stays but
// for user and inetOrgPerson.
func (m *modification) applyClass(c change) *refusal {
	o := m.object(m.n)
	names := map[string]bool{}
	if c.kind != ReplaceValues {
		for _, n := range o.class.names {
			names[n] = true
		}
	}
	for _, v := range c.values {
		k := m.f.schema.Class(string(v))
		if k == nil {
			return m.f.flavour.conversion(NoSuchAttribute).said(m.f.flavour, NoSuchAttribute, "0000200A: objectclass "+string(v)+" is not a valid objectClass in schema")
		}
		if c.kind == DeleteValues {
			delete(names, k.Name)
		} else {
			names[k.Name] = true
		}
	}
	structural := o.class.structural
	var aux []*schema.Class
	for name := range names {
		k := m.f.schema.MustClass(name)
		switch {
		case k.Kind == schema.Auxiliary:
			aux = append(aux, k)
		case strings.EqualFold(name, "inetOrgPerson") && structural.Name == "user" && !m.f.flavour.samba():
			structural = k
		case !structural.Is(k.Name):
			return updErr(ObjectClassViolation, dsIllegalMod, "0315119F", objClassProblem).said(m.f.flavour, ObjectClassViolation, "00002014: objectclass: changing the structural class is not allowed")
		}
	}
	if !names[structural.Name] {
		if structural.Name == "inetOrgPerson" && names["user"] {
			structural = m.f.schema.MustClass("user")
		} else {
			return updErr(ObjectClassViolation, dsIllegalMod, "0315119F", objClassProblem).said(m.f.flavour, ObjectClassViolation, "00002014: objectclass: the structural class may not be removed")
		}
	}
	sortClasses(aux)
	m.edit(m.n, true).class = m.f.classesOf(structural, aux...)
	return nil
}

func sortClasses(list []*schema.Class) {
	for i := 1; i < len(list); i++ {
		for j := i; j > 0 && list[j].Name < list[j-1].Name; j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
}

// applyHeuristics checks the marks that dSHeuristics must carry at every tenth
// character.
func (m *modification) applyHeuristics(c change) *refusal {
	for _, v := range c.values {
		for i := 9; i < len(v); i += 10 {
			if v[i] != byte('0'+(i+1)/10) {
				return atrErr(ConstraintViolation, dsConstraintViolation, "03150E0C", constraintAttType, c.attr, -1).said(m.f.flavour, ConstraintViolation,
					"error in module objectclass_attrs: Constraint violation during LDB_MODIFY (19)")
			}
		}
	}
	return m.applyValues(c)
}

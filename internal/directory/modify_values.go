package directory

import (
	"slices"
	"strings"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
)

// applyValues changes an ordinary attribute.
func (m *modification) applyValues(c change) *refusal {
	o := m.object(m.n)
	next, r := m.changeList(c, o.stored(c.attr))
	if r != nil {
		return r
	}
	m.set(m.n, c.attr, next)
	return nil
}

// changeList is the values after a change, or why it is refused (MS-ADTS
// 3.1.1.5.3.2).
func (m *modification) changeList(c change, old values) (values, *refusal) {
	if !m.object(m.n).class.may(c.attr) && !m.s.who.system {
		return values{}, m.notOfClass(c.attr)
	}
	in, r := m.convert(c)
	if r != nil {
		return values{}, r
	}
	switch c.kind {
	case DeleteValues:
		return m.without(c.attr, old, in)
	case ReplaceValues:
		return m.listed(c.attr, in)
	}
	return m.with(c.attr, old, in)
}

func (m *modification) notOfClass(a *schema.Attribute) *refusal {
	if m.f.flavour.samba() {
		if a == m.f.k.groupType && !m.create {
			return sambaf(OperationsError, "00002020: operations error in samldb: no group")
		}
		return sambaf(ObjectClassViolation, "00002014: objectclass_attrs: attribute '%s' on entry '%s' does not exist in the specified objectclasses!", a.Name, m.before.dn())
	}
	return updErr(ObjectClassViolation, dsAttNotDefForClass, "0315119D", objClassProblem)
}

// convert checks the values of a request and brings them to the stored form.
func (m *modification) convert(c change) ([]string, *refusal) {
	out := make([]string, 0, len(c.values))
	for _, raw := range c.values {
		v, r := m.convertOne(c.attr, string(raw), c.kind == DeleteValues)
		if r != nil {
			return nil, r
		}
		out = append(out, m.f.share(v))
	}
	return out, nil
}

func (m *modification) convertOne(a *schema.Attribute, v string, deleting bool) (string, *refusal) {
	samba := m.f.flavour.samba()
	bad := func() *refusal {
		if samba {
			return sambaf(InvalidAttributeSyntax, "0000200B: objectclass_attrs: attribute '%s' on entry '%s' contains at least one invalid value!", a.Name, m.before.dn())
		}
		return m.f.flavour.conversion(InvalidAttributeSyntax)
	}
	if v == "" && a.Syntax != schema.Octets {
		if samba {
			return "", sambaf(InvalidAttributeSyntax, "Element %s has empty attribute in ldb message (%s)!", a.Name, m.before.dn())
		}
		return "", bad()
	}
	switch a.Syntax {
	case schema.DN:
		return m.convertDN(a, v, deleting)
	case schema.DNBinary:
		if strings.Count(v, ":") < 3 {
			return "", bad()
		}
		return v, nil
	}
	if !a.Syntax.Valid(v) {
		return "", bad()
	}
	if !deleting && !a.InRange(v) {
		if samba {
			return "", bad()
		}
		length := len(v)
		if a.Syntax == schema.Unicode {
			length = 2 * int(a.Syntax.Size(v))
		}
		return "", atrErr(ConstraintViolation, dsRangeConstraint, "03050AC5", constraintAttType, a, length)
	}
	if a.Syntax.Number() || a.Syntax == schema.Time {
		v = m.f.normal(a, v)
	}
	return v, nil
}

// convertDN checks a reference that is no link: it must name something.
func (m *modification) convertDN(a *schema.Attribute, v string, deleting bool) (string, *refusal) {
	n, r := m.reference(a, v)
	if r != nil {
		if deleting && r.code != InvalidAttributeSyntax {
			return v, nil
		}
		return "", r
	}
	return m.s.dn(m.object(n)), nil
}

// reference resolves a DN value.
func (m *modification) reference(a *schema.Attribute, v string) (*node, *refusal) {
	form, err := m.f.names.parseForm(v)
	if err != nil || len(form.dn) == 0 && form.guid == nil && form.sid == "" {
		return nil, m.f.flavour.conversion(InvalidAttributeSyntax).said(m.f.flavour, InvalidDNSyntax, "could not parse "+v+" as a 1.3.6.1.4.1.1466.115.121.1.12 DN")
	}
	m.f.build(form, false)
	n := m.s.findForm(form)
	if n == nil || m.object(n) == nil || m.object(n).deleted && !m.before.deleted {
		return nil, atrErr(ConstraintViolation, dsNameReferenceInvalid, "03152D22", constraintAttType, a, -1).said(m.f.flavour, ConstraintViolation,
			"000020B5: extended_dn: reference '"+v+"' of "+a.Name+" does not exist")
	}
	return n, nil
}

// with adds values.
func (m *modification) with(a *schema.Attribute, old values, in []string) (values, *refusal) {
	list := old.slice()
	for _, v := range in {
		if m.has(a, list, v) {
			if m.permissive {
				continue
			}
			return values{}, m.exists(a, v)
		}
		list = append(list, v)
	}
	return m.single(a, list, old.any)
}

// listed replaces values.
func (m *modification) listed(a *schema.Attribute, in []string) (values, *refusal) {
	for i, v := range in {
		if m.has(a, in[:i], v) {
			return values{}, m.exists(a, v)
		}
	}
	return m.single(a, in, false)
}

// single refuses several values where one is allowed. description of accounts
// is single although the schema says otherwise.
func (m *modification) single(a *schema.Attribute, list []string, had bool) (values, *refusal) {
	k := m.f.k
	one := a.Single || a == k.description && m.before.sid != "" && m.before.part.domain != nil && (!m.f.flavour.samba() || !m.create)
	if !one || len(list) < 2 {
		return listOf(list), nil
	}
	code := AttributeOrValueExists
	if m.create || !had {
		code = ConstraintViolation
	}
	if a == k.description {
		code = AttributeOrValueExists
	}
	if m.f.flavour.samba() {
		if m.create {
			return values{}, sambaf(ConstraintViolation, "0000200D: SINGLE-VALUE attribute %s on %s specified more than once", a.Name, m.before.dn())
		}
		return values{}, sambaf(AttributeOrValueExists, "0000200D: SINGLE-VALUE attribute %s on %s specified more than once", a.Name, m.before.dn())
	}
	return values{}, atrErr(code, dsSingleValueConstraint, "031526CC", constraintAttType, a, -1)
}

func (m *modification) exists(a *schema.Attribute, v string) *refusal {
	if m.f.flavour.samba() {
		return sambaf(AttributeOrValueExists, "0000200D: attribute '%s': value '%s' on '%s' provided more than once or exists already", a.Name, printable(a, v), m.before.dn())
	}
	return atrErr(AttributeOrValueExists, dsAttValAlreadyExists, "031526CE", attOrValueExists, a, len(v))
}

func printable(a *schema.Attribute, v string) string {
	if a.Syntax == schema.Octets {
		return "(binary)"
	}
	return v
}

// without deletes values, or all when none are given.
func (m *modification) without(a *schema.Attribute, old values, in []string) (values, *refusal) {
	samba := m.f.flavour.samba()
	if !old.any {
		if m.permissive {
			return old, nil
		}
		if samba {
			return values{}, sambaf(NoSuchAttribute, "attribute '%s': no such attribute for delete on '%s'", a.Name, m.before.dn())
		}
		return values{}, atrErr(NoSuchAttribute, dsAttIsNotOnObj, "03151F7D", noAttributeOrVal, a, -1)
	}
	if len(in) == 0 {
		return values{}, nil
	}
	list := old.slice()
	for _, v := range in {
		at := m.position(a, list, v)
		if at < 0 {
			if m.permissive {
				continue
			}
			if samba {
				return values{}, sambaf(NoSuchAttribute, "attribute '%s': no matching attribute value while deleting attribute on '%s'", a.Name, m.before.dn())
			}
			return values{}, atrErr(NoSuchAttribute, dsCantRemMissingAttVal, "03151F7E", noAttributeOrVal, a, len(v))
		}
		list = append(list[:at], list[at+1:]...)
	}
	return listOf(list), nil
}

// has reports whether a value that comes is there already. Samba stores texts
// that differ in case alone (A10-058).
func (m *modification) has(a *schema.Attribute, list []string, v string) bool {
	if m.f.flavour.samba() && a.Syntax.Text() {
		return slices.Contains(list, v)
	}
	return m.position(a, list, v) >= 0
}

// position finds a value among others as the syntax compares them.
func (m *modification) position(a *schema.Attribute, list []string, v string) int {
	key := m.f.normal(a, v)
	for i, have := range list {
		if have == v || m.f.normal(a, have) == key {
			return i
		}
	}
	return -1
}

// whole checks what must hold of the object after all changes.
func (m *modification) whole() *refusal {
	if m.s.who.system && !m.create {
		return nil
	}
	o := m.object(m.n)
	for _, a := range o.class.structural.Must {
		if m.f.virtual[a.ID] != virtualNone || a == o.rdnAttr || a.Linked() {
			continue
		}
		if o.stored(a).any {
			continue
		}
		if a.Constructed() || !m.before.stored(a).any && !m.create {
			continue
		}
		if m.f.flavour.samba() {
			return sambaf(ObjectClassViolation, "00002014: objectclass_attrs: at least one mandatory attribute ('%s') on entry '%s' wasn't specified!", a.Name, o.dn())
		}
		return updErr(ObjectClassViolation, dsMissingRequiredAtt, "03151CEB", objClassProblem)
	}
	return m.checkPolicies(o)
}

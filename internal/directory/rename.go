package directory

import (
	"context"
	"strings"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/directory/security"
)

func equalFold(a, b string) bool { return strings.EqualFold(a, b) }

// ModifyDN implements [Server] (MS-ADTS 3.1.1.5.4).
func (dc *DC) ModifyDN(_ context.Context, r Request, m ModifyDNRequest) Result {
	return dc.write(r, func(s *session) (*refusal, []SecurityEvent) { return s.rename(m) })
}

func (s *session) rename(q ModifyDNRequest) (*refusal, []SecurityEvent) {
	if r := s.writable(q.DN); r != nil {
		return r, nil
	}
	samba := s.f.flavour.samba()
	if q.NewRDN == "" {
		return s.f.flavour.ldap(ProtocolError, dsProtocolError, "0C090D9D", "Error in new RDN").said(s.f.flavour, ProtocolError, "00002021: Protocol error"), nil
	}
	n, r := s.resolve(q.DN, false)
	if r != nil {
		return r, nil
	}
	if !q.DeleteOldRDN {
		return svcErr(UnwillingToPerform, errorInvalidParameter, "031A0C01").said(s.f.flavour, UnwillingToPerform, "00002035: deleteoldrdn must be true"), nil
	}
	name, r := s.newRDN(q.NewRDN, q.DN, samba)
	if r != nil {
		return r, nil
	}
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	o := s.view(n)
	parent, r := s.newParent(q, o)
	if r != nil {
		return r, nil
	}
	if r := s.mayRename(o, name, parent); r != nil {
		return r, nil
	}
	m := &modification{tx: s.begin(), n: n, before: o}
	m.move(name, parent)
	return m.commit(), m.events
}

func (s *session) newRDN(text, old string, samba bool) (rdn, *refusal) {
	d, err := s.f.names.parse(text)
	switch {
	case samba && emptyValue(text):
		return rdn{}, sambaf(NamingViolation, "Empty RDN value on %s not permitted!", old)
	case err != nil && samba:
		return rdn{}, sambaf(Other, "00002095: Other")
	case err != nil:
		return rdn{}, s.malformed(text)
	case len(d) != 1:
		return rdn{}, updErr(NamingViolation, dsNamingViolation, "03050D0D", namingProblem).said(s.f.flavour, NamingViolation, "00002037: Naming violation")
	}
	return d[0], nil
}

// emptyValue reports whether a name is a type without a value.
func emptyValue(rdn string) bool {
	kind, value, ok := strings.Cut(rdn, "=")
	return ok && kind != "" && strings.TrimSpace(value) == ""
}

func (s *session) newParent(q ModifyDNRequest, o *object) (*node, *refusal) {
	if q.NewSuperior == nil {
		return o.parent, nil
	}
	bad := updErr(Other, dsNoParentObject, "030A0B15", namingProblem).said(s.f.flavour, Other, "00002095: new superior does not exist")
	form, err := s.f.names.parseForm(*q.NewSuperior)
	if err != nil {
		return nil, s.malformed(*q.NewSuperior)
	}
	s.f.build(form, false)
	n := s.findForm(form)
	if n == nil || s.view(n) == nil || s.view(n).deleted || !s.sees(s.view(n)) {
		return nil, bad
	}
	return n, nil
}

// mayRename checks what MS-ADTS 3.1.1.5.4.1 demands, in its order.
func (s *session) mayRename(o *object, name rdn, parent *node) *refusal {
	f := s.f.flavour
	const disallowMove, disallowRename = 0x04000000, 0x08000000
	if o.parent == nil {
		return svcErr(UnwillingToPerform, dsModDNByInstanceType, "030A0B11").said(f, Other, "00002095: cannot rename the head of a partition")
	}
	above := s.view(parent)
	moving := parent != o.parent
	flags := uint32(o.int(s.k.systemFlags))
	switch {
	case flags&disallowRename != 0 && !moving || flags&disallowMove != 0 && moving:
		return svcErr(UnwillingToPerform, dsModDNByFlag, "030A0B12").said(f, UnwillingToPerform, "00002035: objectclass: cannot rename "+o.dn()+", it is a system object!")
	case moving && s.below(above, o.node):
		return svcErr(UnwillingToPerform, dsIllegalMod, "030A0B13").said(f, UnwillingToPerform, "00002035: cannot move below itself")
	case moving && above.part != o.part:
		if above.part.domain != nil && o.part.domain != nil {
			return svcErr(AffectsMultipleDSAs, errorNotSupported, "030A0B14")
		}
		return svcErr(UnwillingToPerform, dsIllegalMod, "030A0B13").said(f, NamingViolation, "00002037: cannot move to another partition")
	case moving && !f.samba() && s.inSystem(o) != s.inSystem(above):
		return updErr(Other, dsDisallowedInSystem, "030A0B16", namingProblem)
	case name.attr != o.rdnAttr:
		return updErr(NamingViolation, dsRDNDoesntMatchSchema, "030A0B17", namingProblem).said(f, UnwillingToPerform, "00002035: the RDN attribute must be "+o.rdnAttr.Name)
	case moving && !mayStandBelow(o.class.structural, above.class.structural) && !s.who.system:
		return updErr(NamingViolation, dsIllegalSuperior, "030A0B18", namingProblem).said(f, NamingViolation, "00002037: the class may not stand there")
	case !name.attr.InRange(name.value) && !f.samba():
		return atrErr(ConstraintViolation, dsRangeConstraint, "03050AC5", constraintAttType, name.attr, 2*len(name.value))
	}
	if r := s.renameRights(o, name, above, moving); r != nil {
		return r
	}
	if other := s.taken(parent, name); other != nil && other != o.node {
		return updErr(EntryAlreadyExists, dsStringNameExists, "030502F1", entryExists).said(f, EntryAlreadyExists, "00002071: the name is taken")
	}
	return nil
}

func (s *session) inSystem(o *object) bool {
	d := o.part.domain
	return d != nil && d.system != nil && o.below(d.system)
}

func (s *session) renameRights(o *object, name rdn, above *object, moving bool) *refusal {
	none := security.GUID{}
	denied := secErr(errorAccessDenied, "03152E6F").said(s.f.flavour, InsufficientAccessRights, "00002098: Object "+o.dn()+" has no write property access\n")
	changesName := o.rdn != name.value
	if (changesName || !moving) && (!s.writes(o, s.k.name) || !s.writes(o, o.rdnAttr)) {
		return denied
	}
	if !moving {
		return nil
	}
	away := s.may(o, security.Delete, none, none) || s.may(s.above(o), security.DeleteChild, o.class.structural.GUID, none)
	if !away || !s.may(above, security.CreateChild, o.class.structural.GUID, none) {
		return denied
	}
	return nil
}

// move renames and moves an object; what is below comes with it.
func (m *modification) move(name rdn, parent *node) {
	o := m.edit(m.n, true)
	moved := o.parent != parent
	o.rdn, o.rdnAttr, o.parent, o.usnName = name.value, name.attr, parent, m.usn()
	if !moved {
		return
	}
	m.movedObject(o, m.s.dn(m.before))
	next := security.Reinherit(o.sd, m.object(parent).sd, o.class.guids, m.f.rules)
	if next != o.sd {
		o.sd, o.usnSD = m.f.intern(next), m.usn()
		m.propagate(m.n)
	}
}

// Compare implements [Server] (MS-ADTS 3.1.1.3.1.8).
func (dc *DC) Compare(_ context.Context, r Request, c CompareRequest) (res Result) {
	defer dc.figures(&r, &res)
	dc.housekeeping(r.Now)
	s := dc.session(&r)
	samba := dc.forest.flavour.samba()
	if !samba {
		if refused := s.notBound(); refused != nil {
			return refused.result()
		}
	}
	if samba {
		// Samba 4.17 compares as it does for itself, whoever asks (observed).
		r.Caller = System()
		s = dc.session(&r)
	}
	n, refused := s.resolve(c.DN, false)
	if refused != nil {
		return refused.result()
	}
	o := dc.see(n)
	a := s.f.schema.Attribute(c.Attribute)
	switch {
	case a == nil && samba:
		return Result{Code: CompareFalse}
	case a == nil:
		return s.f.flavour.conversion(NoSuchAttribute).result()
	case samba && s.f.secret(a):
		return Result{Code: CompareFalse}
	case s.f.secret(a) || !s.reads(o, a) || !s.comparable(o, a):
		if samba {
			return Result{Code: CompareFalse}
		}
		return atrErr(NoSuchAttribute, dsAttIsNotOnObj, "03151F7F", noAttributeOrVal, a, -1).result()
	}
	if s.equals(o, a, string(c.Value)) {
		return Result{Code: CompareTrue}
	}
	return Result{Code: CompareFalse}
}

func (s *session) comparable(o *object, a *schema.Attribute) bool {
	return s.outValues(o, a).any
}

func (s *session) equals(o *object, a *schema.Attribute, v string) bool {
	if a.Constructed() {
		list := s.outValues(o, a)
		for i := range list.len() {
			if s.f.normal(a, list.at(i)) == s.f.normal(a, v) {
				return true
			}
		}
		return false
	}
	s.f.mu.RLock()
	m := s.compileEqual(a, v)
	s.f.mu.RUnlock()
	return m.match(s, o) == yes
}

package directory

import "github.com/ssprlab/ssprlab/internal/directory/security"

// mayWriteDescriptor asks for the rights on the parts that SD_FLAGS names, all
// four without that control (MS-ADTS 6.1.3).
func (m *modification) mayWriteDescriptor() bool {
	parts, s := m.descriptorParts(), m.s
	none := security.GUID{}
	switch {
	case parts&(security.OwnerPart|security.GroupPart) != 0 && !s.may(m.before, security.WriteOwner, none, none) && s.who.Privileges&security.TakeOwnershipPrivilege == 0,
		parts&security.DACLPart != 0 && !s.mayWriteDACL(m.before),
		parts&security.SACLPart != 0 && s.who.Privileges&security.SecurityPrivilege == 0:
		return false
	}
	return true
}

func (m *modification) descriptorParts() security.Parts {
	if f := m.s.req.Controls.SDFlags; f != nil && *f != 0 {
		return security.Parts(*f) & security.AllParts
	}
	return security.AllParts
}

// applyDescriptor replaces parts of the descriptor and hands what is
// inheritable on (MS-ADTS 6.1.3).
func (m *modification) applyDescriptor(c change) *refusal {
	samba := m.f.flavour.samba()
	o := m.object(m.n)
	if c.kind == DeleteValues || len(c.values) == 0 {
		if samba {
			return sambaf(UnwillingToPerform, "00002035: descriptor: cannot delete nTSecurityDescriptor")
		}
		sd := m.f.inherit(o.part.domainOr(m.f), m.parentOf(o), nil, o.class.structural, o.sd.Owner, o.sd.Group)
		m.writeDescriptor(sd)
		return nil
	}
	given, err := security.ParseDescriptor(c.values[0])
	if err != nil {
		if samba {
			return sambaf(OperationsError, "00002020: descriptor: nTSecurityDescriptor does not decode")
		}
		return svcErr(UnwillingToPerform, dsUnwilling, "031A1249")
	}
	parts := m.descriptorParts()
	if parts&security.OwnerPart != 0 && given.Owner != o.sd.Owner {
		if r := m.s.ownerAllowed(given); r != nil {
			return r
		}
	}
	var above *security.Descriptor
	if p := m.parentOf(o); p != nil {
		above = p.sd
	}
	rules := m.f.rules
	if m.f.heuristic(12) == '1' {
		rules.KeepOrder = true
	}
	m.writeDescriptor(m.f.intern(security.Replace(o.sd, given, parts, above, o.class.guids, rules)))
	return nil
}

// ownerAllowed refuses an owner that the caller may not make one: neither the
// caller nor one of the caller's groups (MS-ADTS 6.1.3; Samba does not ask).
func (s *session) ownerAllowed(given *security.Descriptor) *refusal {
	who := s.who
	if s.f.flavour.samba() || given.Owner == "" || who.system || who.Has(given.Owner) || who.Privileges&security.RestorePrivilege != 0 {
		return nil
	}
	return atrErr(ConstraintViolation, errorInvalidOwner, "03152C3F", constraintAttType, s.f.k.nTSecurityDescriptor, -1)
}

func (m *modification) parentOf(o *object) *object {
	if o.parent == nil {
		return nil
	}
	return m.object(o.parent)
}

// domainOr is the domain of a partition, the root domain for the others.
func (p *partition) domainOr(f *Forest) *Domain {
	if p.domain != nil {
		return p.domain
	}
	return f.root
}

func (m *modification) writeDescriptor(sd *security.Descriptor) {
	if m.object(m.n).sd == sd {
		return
	}
	o := m.edit(m.n, true)
	o.sd, o.usnSD = sd, m.usn()
	m.propagate(m.n)
}

// propagate computes the inherited entries of everything below again. It stops
// where nothing changes.
func (t *tx) propagate(n *node) {
	if n.kids == nil {
		return
	}
	above := t.object(n).sd
	cache := map[reinheritKey]*security.Descriptor{}
	for _, child := range t.s.kids(n) {
		o := t.object(child)
		key := reinheritKey{o.sd, o.class}
		next, ok := cache[key]
		if !ok {
			next = security.Reinherit(o.sd, above, o.class.guids, t.f.rules)
			if next != o.sd {
				next = t.f.intern(next)
			}
			cache[key] = next
		}
		if next == o.sd {
			continue
		}
		e := t.edit(child, false)
		e.sd = next
		t.propagate(child)
	}
}

type reinheritKey struct {
	sd    *security.Descriptor
	class *classList
}

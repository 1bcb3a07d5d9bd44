package directory

import (
	"context"
	"slices"
	"strings"

	"github.com/ssprlab/ssprlab/internal/directory/security"
)

// maxTreeDelete is how many objects one tree delete takes (MS-ADTS
// 3.1.1.5.5.7.3).
const maxTreeDelete = 16384

// Delete implements [Server] (MS-ADTS 3.1.1.5.5).
func (dc *DC) Delete(_ context.Context, r Request, dn string) Result {
	return dc.write(r, func(s *session) (*refusal, []SecurityEvent) { return s.delete(dn) })
}

func (s *session) delete(dn string) (*refusal, []SecurityEvent) {
	if r := s.writable(dn); r != nil {
		return r, nil
	}
	n, r := s.resolve(dn, true)
	if r != nil {
		return r, nil
	}
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	o := s.view(n)
	if r := s.mayDelete(o); r != nil {
		return r, nil
	}
	m := &modification{tx: s.begin(), n: n, before: o}
	if o.deleted {
		m.recycle(n)
		return m.commit(), m.events
	}
	if s.hasKids(n) {
		if !s.req.Controls.TreeDelete {
			return updErr(NotAllowedOnNonLeaf, dsChildrenExist, "030A0493", nonLeafProblem).said(s.f.flavour, NotAllowedOnNonLeaf, "00002015: subtree_delete: Unable to delete a non-leaf node"), nil
		}
		return m.tree(n), m.events
	}
	m.bury(n)
	return m.commit(), m.events
}

// mayDelete refuses system objects, then callers without the right. What is in
// the recycle bin may be deleted once more (MS-ADTS 3.1.1.5.5).
func (s *session) mayDelete(o *object) *refusal {
	none := security.GUID{}
	if s.ownSettings(o) {
		return svcErr(UnwillingToPerform, dsCantDeleteDSA, "030A0498").said(s.f.flavour, UnwillingToPerform, "00002035: objectclass: Cannot delete "+o.dn()+", it's the DC's NTDS Settings object!")
	}
	if p := s.refersTo(o); p != nil {
		return s.keepsCrossRef(o, p)
	}
	if r := s.sambaAccount(o); r != nil {
		return r
	}
	if o.parent == nil || s.systemObject(o) {
		return svcErr(UnwillingToPerform, dsCantDelete, "030A0495").said(s.f.flavour, UnwillingToPerform, "00002035: objectclass: Cannot delete "+o.dn()+", it is a system object!")
	}
	if o.deleted && (o.recycled || !s.f.recycleBin.Load()) {
		return svcErr(UnwillingToPerform, dsIllegalMod, "030A0496").said(s.f.flavour, UnwillingToPerform, "Delete of '"+s.dn(o)+"' failed")
	}
	parent := s.above(o)
	allowed := s.may(o, security.Delete, none, none) || s.may(parent, security.DeleteChild, o.class.structural.GUID, none)
	if s.req.Controls.TreeDelete && s.hasKids(o.node) {
		allowed = s.may(o, security.DeleteTree, none, none)
	}
	if !allowed {
		return secErr(errorAccessDenied, "031520B2").said(s.f.flavour, InsufficientAccessRights, "dsdb_access: Access check failed on "+s.dn(s.above(o)))
	}
	return nil
}

// ownSettings reports whether an object is the NTDS Settings of the domain
// controller that is asked, which nobody deletes (MS-ADTS 3.1.1.5.5.3).
func (s *session) ownSettings(o *object) bool {
	return o.class.is("nTDSDSA") && strings.EqualFold(s.dn(o), s.dc.dsa)
}

// refersTo is the naming context that a cross-reference is about, if the forest
// has it: while it is there, so is its cross-reference.
func (s *session) refersTo(o *object) *partition {
	if !o.class.is("crossRef") {
		return nil
	}
	name, err := s.f.names.parse(o.text(s.k.nCName))
	if err != nil {
		return nil
	}
	if p := s.f.partitionOf(name); p != nil && len(p.name) == len(name) {
		return p
	}
	return nil
}

// keepsCrossRef refuses the deletion of a cross-reference
// (ERROR_DS_CANT_DEL_MASTER_CROSSREF; observed of Samba 4.17).
func (s *session) keepsCrossRef(o *object, p *partition) *refusal {
	r := svcErr(UnwillingToPerform, dsCantDeleteCrossRef, "030A0499")
	if p == s.f.schemaNC {
		return r.said(s.f.flavour, UnwillingToPerform, "00002035: objectclass: Cannot delete "+o.dn()+", it's a crossRef object to the schema partition!")
	}
	return r.said(s.f.flavour, NotAllowedOnNonLeaf, "00002015: objectclass: Cannot delete "+o.dn()+", it's a crossRef object to the main or configuration partition!")
}

// sambaAccount refuses, in Samba's words, the deletion of an account that came
// with the domain.
func (s *session) sambaAccount(o *object) *refusal {
	if d := o.part.domain; !s.f.flavour.samba() || d == nil || o.sid == "" || o.parent == nil || o.sid.Domain() != d.sid || o.sid.RID() >= 1000 {
		return nil
	}
	return sambaf(Other, "error in module samldb: Other during LDB_DELETE (80)")
}

// systemObject reports whether an object belongs to the directory itself.
func (s *session) systemObject(o *object) bool {
	const disallowDelete = 0x80000000
	return uint32(o.int(s.k.systemFlags))&disallowDelete != 0 || o.text(s.k.isCriticalSystemObject) == "TRUE"
}

// tree deletes leaf by leaf; what has been deleted stays deleted when the limit
// is reached or a critical object stands in the way.
func (m *modification) tree(n *node) *refusal {
	var order []*node
	m.s.collectLeaves(n, &order)
	limit := maxTreeDelete
	if n := m.s.req.Controls.TreeDeleteLimit; n > 0 {
		limit = n
	}
	for i, leaf := range order {
		if i == limit {
			if r := m.commit(); r != nil {
				return r
			}
			return svcErr(AdminLimitExceeded, dsTreeDeleteNotFinished, "030A0497")
		}
		if o := m.object(leaf); m.s.systemObject(o) || m.s.ownSettings(o) || m.s.refersTo(o) != nil {
			if r := m.commit(); r != nil {
				return r
			}
			return svcErr(UnwillingToPerform, dsCantDelete, "030A0495")
		}
		m.bury(leaf)
	}
	return m.commit()
}

func (s *session) collectLeaves(n *node, out *[]*node) {
	for _, c := range s.kids(n) {
		s.collectLeaves(c, out)
	}
	*out = append(*out, n)
}

// bury makes a tombstone, or a deleted object when the recycle bin is on
// (MS-ADTS 3.1.1.5.5.1).
func (m *modification) bury(n *node) {
	f, k := m.f, m.f.k
	o := m.object(n)
	d := o.part.domain
	m.deletedEvent(o)
	m.deletedObject(o)
	parentDN := m.s.dn(m.s.above(o))
	keep := f.recycleBin.Load()
	if !keep {
		m.cutLinks(n)
	}
	e := m.edit(n, true)
	e.deleted = true
	old := e.rdn
	e.rdn = mangledName(old, "DEL", e.guid)
	e.usnName = m.usn()
	if d != nil && d.deleted != nil {
		e.parent = d.deleted
	}
	if !keep {
		f.strip(e)
	} else {
		e.set(k.lastKnownRDN, m.usn(), oneValue(old))
	}
	e.set(k.lastKnownParent, m.usn(), oneValue(parentDN))
	m.f.tokens.Delete(n)
}

// cutLinks removes both ends of every link of an object.
func (m *modification) cutLinks(n *node) {
	for _, l := range m.object(n).links {
		for _, other := range l.to {
			switch {
			case !l.attr.BackLink():
				m.unlink(n, l.attr, other)
			case l.attr.Other() != nil && m.object(other) != nil:
				m.unlink(other, l.attr.Other(), n)
			}
		}
	}
}

// strip leaves a tombstone what the schema preserves.
func (f *Forest) strip(o *object) {
	k := f.k
	kept := make([]attr, 0, len(o.attrs))
	for _, a := range o.attrs {
		at := f.schema.Attributes[a.id]
		if at.SearchFlags&8 != 0 && at != k.sAMAccountType || at == k.sAMAccountName || at == k.userAccountControl || at == k.lastKnownParent || at == k.groupType {
			kept = append(kept, a)
		}
	}
	o.attrs = kept
	o.links, o.secret = nil, nil
	o.meta = slices.DeleteFunc(slices.Clone(o.meta), func(s stamp) bool {
		_, ok := o.find(s.id)
		return !ok && f.virtual[s.id] == virtualNone && s.id != o.rdnAttr.ID && s.id != k.isDeleted.ID
	})
}

// mangledName is a name that nobody else has: the beginning of the old one, a
// line feed, why (DEL, CNF) and the GUID (MS-ADTS 3.1.1.5.5.1.1).
func mangledName(rdn, why string, guid security.GUID) string {
	const room = 75 - 41
	runes := []rune(rdn)
	if len(runes) > room {
		rdn = string(runes[:room])
	}
	return rdn + "\n" + why + ":" + guid.String()
}

// reanimation reads the modify that brings a deleted object back: isDeleted is
// deleted and distinguishedName replaced.
func reanimation(list []ModifyChange) (newDN string, ok bool) {
	lives := false
	for _, c := range list {
		switch {
		case equalFold(c.Name, "isDeleted") && c.Kind == DeleteValues:
			lives = true
		case equalFold(c.Name, "distinguishedName") && c.Kind == ReplaceValues && len(c.Values) == 1:
			newDN = string(c.Values[0])
		}
	}
	return newDN, lives && newDN != ""
}

// reanimate brings a deleted object back (MS-ADTS 3.1.1.5.3.7).
func (s *session) reanimate(n *node, newDN string, list []ModifyChange) (*refusal, []SecurityEvent) {
	f, k := s.f, s.k
	name, err := f.names.parse(newDN)
	if err != nil || len(name) < 2 {
		return s.malformed(newDN), nil
	}
	o := s.view(n)
	if o.recycled {
		return svcErr(UnwillingToPerform, dsIllegalMod, "030502F4"), nil
	}
	parent, _ := s.lookup(name[1:])
	if parent == nil {
		return s.missing(name[1:].String(), nameForm{dn: name[1:]}), nil
	}
	if s.taken(parent, name[0]) != nil {
		return updErr(EntryAlreadyExists, dsStringNameExists, "030502F1", entryExists), nil
	}
	none := security.GUID{}
	if !s.holds(o.head(), rightReanimate) || !s.writes(o, k.name) || !s.may(s.view(parent), security.CreateChild, o.class.structural.GUID, none) {
		return secErr(errorAccessDenied, "03152FCC"), nil
	}
	m, oldDN := &modification{tx: s.begin(), n: n, before: o}, s.dn(o)
	e := m.edit(n, true)
	e.deleted, e.recycled = false, false
	e.parent, e.rdn, e.rdnAttr, e.usnName = parent, name[0].value, name[0].attr, m.usn()
	e.set(k.lastKnownParent, m.usn(), values{})
	e.set(k.lastKnownRDN, m.usn(), values{})
	if e.class.is("user") && !e.stored(k.pwdLastSet).any {
		m.set(n, k.pwdLastSet, oneValue("0"))
		m.set(n, k.primaryGroupID, oneValue("513"))
		m.set(n, k.accountExpires, oneValue("9223372036854775807"))
		m.set(n, k.sAMAccountType, oneValue("805306368"))
		m.set(n, k.codePage, oneValue("0"))
		m.set(n, k.countryCode, oneValue("0"))
	}
	e.sd = f.intern(security.Reinherit(e.sd, s.view(parent).sd, e.class.guids, f.rules))
	var rest []ModifyChange
	for _, c := range list {
		if !equalFold(c.Name, "isDeleted") && !equalFold(c.Name, "distinguishedName") {
			rest = append(rest, c)
		}
	}
	m.before = e
	if len(rest) > 0 {
		if r := m.run(rest); r != nil {
			return r, nil
		}
	}
	m.undeletedObject(m.object(n), oldDN)
	f.membership.Add(1)
	return m.commit(), m.events
}

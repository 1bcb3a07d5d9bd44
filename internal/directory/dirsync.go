package directory

import (
	"encoding/binary"
	"slices"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
)

// Flags of the DirSync control (MS-ADTS 3.1.1.3.4.1.3).
const (
	dirSyncObjectSecurity = 0x1
	dirSyncAncestorsFirst = 0x800
	dirSyncIncremental    = 0x80000000
)

// dirSync answers with what changed since the cookie.
func (s *session) dirSync(q *query, to Sink) Result {
	ctl := s.req.Controls.DirSync
	if q.base == nil || s.dc.see(q.base).parent != nil {
		return svcErr(UnwillingToPerform, dsUnwilling, "031A1250").said(s.f.flavour, InsufficientAccessRights, "dN is not one of the naming context").result()
	}
	head := s.dc.see(q.base)
	if ctl.Flags&dirSyncObjectSecurity == 0 && !s.holds(head, rightGetChanges) {
		return secErr(errorAccessDenied, "031A1251").said(s.f.flavour, InsufficientAccessRights, "error in module dirsync: insufficient access rights during LDB_SEARCH (50)").result()
	}
	since, ok := readDirSyncCookie(ctl.Cookie)
	if !ok {
		return s.badCookie(ProtocolError).result()
	}
	s.f.mu.RLock()
	high := s.f.usn
	all := s.walk(q.base, WholeSubtree)
	s.f.mu.RUnlock()
	// Deleted objects are part of the answer whether the control is sent or not.
	s.req.Controls.ShowDeleted, s.req.Controls.ShowRecycled = true, true
	var list []*object
	for _, n := range all {
		o := s.dc.see(n)
		if o == nil || o.usnChanged <= since || o.part != head.part || s.f.isDeletedHolder(o) {
			continue
		}
		if ctl.Flags&dirSyncObjectSecurity != 0 && !s.sees(o) {
			continue
		}
		if q.matcher.match(s, o) == yes {
			list = append(list, o)
		}
	}
	slices.SortStableFunc(list, func(a, b *object) int {
		if ctl.Flags&dirSyncAncestorsFirst != 0 {
			return depth(a) - depth(b)
		}
		return int(a.usnChanged) - int(b.usnChanged)
	})
	for _, o := range list {
		if err := to.Entry(s.changedEntry(o, q.sel, since)); err != nil {
			return Result{Code: Unavailable}
		}
	}
	return Result{Controls: ResponseControls{DirSync: &DirSync{Cookie: dirSyncCookie(s.dc, high)}}}
}

func (f *Forest) isDeletedHolder(o *object) bool {
	return o.part.domain != nil && o.part.domain.deleted == o.node
}

// changedEntry is an object with the attributes that changed since, and always
// objectGUID, instanceType and parentGUID.
func (s *session) changedEntry(o *object, sel *selection, since uint32) Entry {
	k := s.k
	out := Entry{DN: s.outDN(o)}
	e := emitter{s: s, o: o, sel: &selection{sd: 7}}
	wanted := func(a *schema.Attribute) bool {
		return sel.all || slices.ContainsFunc(sel.named, func(x selected) bool { return x.attr == a })
	}
	fresh := o.usnCreated > since
	if fresh {
		for _, a := range []*schema.Attribute{k.objectClass, k.objectSid, k.whenCreated} {
			if wanted(a) {
				e.plain(a)
			}
		}
	}
	if (fresh || o.usnName > since) && wanted(k.name) {
		e.plain(k.name)
		e.plain(o.rdnAttr)
	}
	if (fresh || o.usnSD > since) && wanted(k.nTSecurityDescriptor) {
		e.plain(k.nTSecurityDescriptor)
	}
	if o.deleted {
		e.plain(k.isDeleted)
	}
	for i := range o.attrs {
		a := s.f.schema.Attributes[o.attrs[i].id]
		if o.attrs[i].usn <= since && !fresh || !wanted(a) || s.f.secret(a) || a == k.lastLogonTimestamp && !fresh && o.attrs[i].usn <= since {
			continue
		}
		if o.attrs[i].gone {
			if !fresh {
				e.attrs = append(e.attrs, Attribute{Name: a.Name})
			}
			continue
		}
		e.plain(a)
	}
	for i := range o.links {
		if l := &o.links[i]; !l.attr.BackLink() && (l.usn > since || fresh) && wanted(l.attr) {
			if len(l.to) == 0 && !fresh {
				e.attrs = append(e.attrs, Attribute{Name: l.attr.Name})
				continue
			}
			e.plain(l.attr)
		}
	}
	if o.parent != nil {
		e.plain(k.parentGUID)
	}
	e.plain(k.instanceType)
	e.plain(k.objectGUID)
	out.Attributes = e.attrs
	return out
}

// A DirSync cookie is the magic of MS-DRSR and the USN that has been seen.
func dirSyncCookie(dc *DC, usn uint32) []byte {
	b := append([]byte("MSDS\x03\x00\x00\x00"), make([]byte, 16)...)
	binary.LittleEndian.PutUint64(b[8:], uint64(usn))
	return append(b, dc.guid[:]...)
}

func readDirSyncCookie(b []byte) (uint32, bool) {
	if len(b) == 0 {
		return 0, true
	}
	if len(b) < 40 || string(b[:4]) != "MSDS" {
		return 0, false
	}
	return uint32(binary.LittleEndian.Uint64(b[8:])), true
}

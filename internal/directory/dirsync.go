package directory

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

// Flags of the DirSync control (MS-ADTS 3.1.1.3.4.1.3).
const (
	dirSyncObjectSecurity = 0x1
	dirSyncAncestorsFirst = 0x800
	dirSyncIncremental    = 0x80000000
)

// dirSync answers with what changed since the cookie, as much of it as MaxBytes
// takes, and at least one object. 0 is no limit; Samba has none.
func (s *session) dirSync(q *query, to Sink) Result {
	ctl := s.req.Controls.DirSync
	if q.base == nil || s.dc.see(q.base).parent != nil {
		return svcErr(UnwillingToPerform, dsUnwilling, "031A1250").said(s.f.flavour, InsufficientAccessRights, "dN is not one of the naming context").result()
	}
	head := s.dc.see(q.base)
	if ctl.Flags&dirSyncObjectSecurity == 0 && !s.holds(head, rightGetChanges) {
		return secErr(errorAccessDenied, "031A1251").said(s.f.flavour, InsufficientAccessRights, "error in module dirsync: insufficient access rights during LDB_SEARCH (50)").result()
	}
	from, ok := readSyncCookie(ctl.Cookie)
	if !ok {
		code := ProtocolError
		if s.f.flavour.samba() {
			code = UnavailableCriticalExtension
		}
		return s.badCookie(code).result()
	}
	list, high := s.changedObjects(q, from)
	done := syncCookie{object: high, slot: math.MaxUint32, property: high}
	room := ctl.MaxBytes
	if room <= 0 || s.f.flavour.samba() {
		room = math.MaxInt
	}
	sent, changed := map[*node]bool{}, map[*object]bool{}
	for _, o := range list {
		changed[o] = true
	}
	for i, o := range list {
		if room <= 0 {
			last := list[i-1]
			more := syncCookie{object: last.usnChanged, slot: last.node.slot, property: from.property}
			return Result{Controls: ResponseControls{DirSync: &DirSync{Flags: 1, Cookie: s.syncCookie(more)}}}
		}
		for _, o := range s.ancestorsFirst(o, changed, sent) {
			e, worth := s.changedEntry(o, q.sel, from.property)
			if !worth {
				continue
			}
			room -= e.size()
			if err := to.Entry(e); err != nil {
				return Result{Code: Unavailable}
			}
		}
	}
	return Result{Controls: ResponseControls{DirSync: &DirSync{Cookie: s.syncCookie(done)}}}
}

// changedObjects lists the objects that changed behind a cookie, in the order
// of their changes, and up to which change the list goes.
func (s *session) changedObjects(q *query, from syncCookie) (list []*object, high uint32) {
	head := s.dc.see(q.base)
	s.f.mu.RLock()
	high = s.dc.knownUSN(head.part)
	all := s.walk(q.base, WholeSubtree)
	s.f.mu.RUnlock()
	// Deleted objects are part of the answer whether the control is sent or not.
	s.req.Controls.ShowDeleted, s.req.Controls.ShowRecycled = true, true
	for _, n := range all {
		o := s.dc.see(n)
		if o == nil || o.ended || !from.before(o) || o.part != head.part || s.f.isDeletedHolder(o) {
			continue
		}
		if s.req.Controls.DirSync.Flags&dirSyncObjectSecurity != 0 && !s.sees(o) {
			continue
		}
		if q.matcher.match(s, o) == yes {
			list = append(list, o)
		}
	}
	slices.SortFunc(list, func(a, b *object) int {
		if a.usnChanged != b.usnChanged {
			return int(int64(a.usnChanged) - int64(b.usnChanged))
		}
		return int(int64(a.node.slot) - int64(b.node.slot))
	})
	return list, high
}

// ancestorsFirst is an object with, where the flag asks for it, those above it
// that changed and have not been sent, the highest first.
func (s *session) ancestorsFirst(o *object, changed map[*object]bool, sent map[*node]bool) []*object {
	if sent[o.node] {
		return nil
	}
	sent[o.node] = true
	out := []*object{o}
	if s.req.Controls.DirSync.Flags&dirSyncAncestorsFirst == 0 {
		return out
	}
	for p := o.parent; p != nil; {
		above := s.dc.see(p)
		if above == nil {
			break
		}
		if !sent[p] && changed[above] {
			sent[p] = true
			out = append(out, above)
		}
		p = above.parent
	}
	slices.Reverse(out)
	return out
}

// size is about how many octets an entry is on the wire.
func (e Entry) size() int {
	n := len(e.DN) + 8
	for _, a := range e.Attributes {
		n += len(a.Name) + 8
		for _, v := range a.Values {
			n += len(v) + 4
		}
	}
	return n
}

func (f *Forest) isDeletedHolder(o *object) bool {
	return o.part.domain != nil && o.part.domain.deleted == o.node
}

// changedEntry is an object with the attributes that changed since, and always
// objectGUID and instanceType; parentGUID comes with a name that changed. worth is
// false when nothing changed of what was asked for: an attribute list is a filter,
// too (Microsoft Learn on polling for changes with DirSync).
func (s *session) changedEntry(o *object, sel *selection, since uint32) (out Entry, worth bool) {
	k := s.k
	out.DN = s.outDN(o)
	e := emitter{s: s, o: o, sel: &selection{sd: 7}}
	wanted := func(a *schema.Attribute) bool {
		return sel.all || slices.ContainsFunc(sel.named, func(x selected) bool { return x.attr == a })
	}
	fresh := o.usnCreated > since
	renamed := fresh || o.usnName > since
	if fresh {
		for _, a := range []*schema.Attribute{k.objectClass, k.objectSid, k.whenCreated, k.objectCategory} {
			if wanted(a) {
				e.plain(a)
			}
		}
	}
	for _, a := range []*schema.Attribute{k.name, o.rdnAttr} {
		if renamed && wanted(a) {
			e.plain(a)
		}
	}
	if (fresh || o.usnSD > since) && wanted(k.nTSecurityDescriptor) {
		e.plain(k.nTSecurityDescriptor)
	}
	for i := range o.attrs {
		a := s.f.schema.Attributes[o.attrs[i].id]
		if o.attrs[i].usn <= since && !fresh || !wanted(a) || s.f.secret(a) {
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
		if l := &o.links[i]; !l.attr.BackLink() && wanted(l.attr) {
			e.changedLink(l, since, fresh)
		}
	}
	// A deletion takes values away that nothing here remembers: it counts, and
	// is told. Samba tells it to those who ask for isDeleted.
	tell := o.deleted && (wanted(k.isDeleted) || !s.f.flavour.samba())
	worth = len(e.attrs) > 0 || tell && renamed || fresh && (wanted(k.objectGUID) || wanted(k.instanceType))
	if tell {
		e.plain(k.isDeleted)
	}
	if o.parent != nil && renamed && (wanted(k.name) || wanted(k.parentGUID)) {
		worth = true
		e.plain(k.parentGUID)
	}
	e.plain(k.instanceType)
	e.plain(k.objectGUID)
	out.Attributes = e.attrs
	return out, worth
}

// changedLink adds a link that changed: all of its values, or with incremental
// values those that were removed (range 0-0) and added (range 1-1) since.
func (e *emitter) changedLink(l *link, since uint32, fresh bool) {
	if l.usn <= since && !fresh || e.hides(l.attr) {
		return
	}
	if e.s.req.Controls.DirSync.Flags&dirSyncIncremental == 0 {
		if len(l.to) == 0 && !fresh {
			e.attrs = append(e.attrs, Attribute{Name: l.attr.Name})
			return
		}
		e.plain(l.attr)
		return
	}
	var gone, come []string
	for _, g := range l.gone {
		if to := e.s.dc.see(g.to); g.usn > since && to != nil && !to.deleted {
			gone = append(gone, e.s.dn(to))
		}
	}
	for i, n := range l.to {
		if to := e.s.dc.see(n); e.o.stampOfValue(l, i).usn > since && to != nil && !to.deleted {
			come = append(come, e.s.dn(to))
		}
	}
	if len(gone) > 0 {
		e.add(l.attr, l.attr.Name+";range=0-0", listOf(gone))
	}
	if len(come) > 0 {
		e.add(l.attr, l.attr.Name+";range=1-1", listOf(come))
	}
}

// A syncCookie is how far a client is: it has every object up to (object, slot),
// and of objects every change up to property, which stays while an answer comes
// in several parts (MS-DRSR USN_VECTOR: usnHighObjUpdate, usnHighPropUpdate).
type syncCookie struct {
	object, slot, property uint32
}

// before reports whether an object's last change comes after the cookie.
func (c syncCookie) before(o *object) bool {
	return o.usnChanged > c.object || o.usnChanged == c.object && o.node.slot > c.slot
}

const (
	cookieMagic = "MSDS\x03\x00\x00\x00"
	cookieSize  = len(cookieMagic) + 8 + 8 + 4 + 24 + 16 + 40
)

// syncCookie encodes a cookie: magic, time, the USN vector with its reserved
// part, the invocation ID, and an up-to-dateness vector of one.
func (s *session) syncCookie(c syncCookie) []byte {
	le := binary.LittleEndian
	b := append(make([]byte, 0, cookieSize), cookieMagic...)
	b = le.AppendUint64(b, uint64(domain.FileTimeOf(s.now)))
	b = le.AppendUint64(b, 0)
	b = le.AppendUint32(b, 40)
	b = le.AppendUint64(b, uint64(c.object))
	b = le.AppendUint64(b, uint64(c.slot))
	b = le.AppendUint64(b, uint64(c.property))
	b = append(b, s.dc.guid[:]...)
	b = le.AppendUint64(b, 1)
	b = le.AppendUint64(b, 1)
	b = append(b, s.dc.guid[:]...)
	return le.AppendUint64(b, uint64(c.property))
}

func readSyncCookie(b []byte) (c syncCookie, ok bool) {
	if len(b) == 0 {
		return syncCookie{slot: math.MaxUint32}, true
	}
	if len(b) < cookieSize-40 || string(b[:len(cookieMagic)]) != cookieMagic {
		return c, false
	}
	le := binary.LittleEndian
	return syncCookie{object: le.Uint32(b[28:]), slot: le.Uint32(b[36:]), property: le.Uint32(b[44:])}, true
}

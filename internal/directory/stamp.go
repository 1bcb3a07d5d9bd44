package directory

import (
	"bytes"
	"slices"
	"time"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
)

// A stamp says which originating write a value comes from (MS-ADTS 3.1.1.1.9:
// AttributeStamp, LinkValueStamp). Version 0 is that of a value that never was.
type stamp struct {
	time    int64  // Unix seconds
	version uint32 // grows with every originating write of the value
	usn     uint32 // of the originating write
	created uint32 // of a link's value: Unix seconds of its first version
	by      uint16 // number of the domain controller that wrote
	id      uint16 // of the attribute; a link's value has none
}

// newer is the rule by which replicas agree: the higher version, then the later
// time, then the higher invocation ID (MS-ADTS 3.1.1.1.9).
func (f *Forest) newer(a, b stamp) bool {
	switch {
	case a.version != b.version:
		return a.version > b.version
	case a.time != b.time:
		return a.time > b.time
	}
	return bytes.Compare(f.invocation(a.by), f.invocation(b.by)) > 0
}

// invocation is the invocation ID of a domain controller.
func (f *Forest) invocation(number uint16) []byte {
	if int(number) < len(f.dsas) {
		return f.dsas[number].guid[:]
	}
	return nil
}

// birth is the stamp of everything that an object was made with.
func (o *object) birth(id uint16) stamp {
	return stamp{time: o.created, version: 1, usn: o.usnCreated, created: uint32(o.created), by: o.born, id: id}
}

func stampIndex(list []stamp, id uint16) (int, bool) {
	return slices.BinarySearchFunc(list, id, func(s stamp, id uint16) int { return int(s.id) - int(id) })
}

// stampOf is the stamp of an attribute. Name, class and descriptor are
// attributes like any other, and so is the password as a whole (unicodePwd).
func (f *Forest) stampOf(o *object, id uint16) stamp {
	if i, ok := stampIndex(o.meta, id); ok {
		return o.meta[i]
	}
	k := f.k
	switch id {
	case k.name.ID, k.nTSecurityDescriptor.ID, k.objectClass.ID, o.rdnAttr.ID:
		return o.birth(id)
	case k.unicodePwd.ID:
		if o.secret == nil {
			return stamp{}
		}
		return o.birth(id)
	}
	if i, ok := o.find(id); ok && !o.attrs[i].gone {
		return o.birth(id)
	}
	return stamp{}
}

// stampOfValue is the stamp of the i-th value of a link of o.
func (o *object) stampOfValue(l *link, i int) stamp {
	if i < len(l.vals) {
		return l.vals[i]
	}
	return o.birth(0)
}

// setStamp replaces the stamp of an attribute; the object must be nobody else's.
func (o *object) setStamp(s stamp) {
	o.ownStamps()
	o.putStamp(s)
}

// ownStamps makes the stamps of an object its own, with room for those of a
// usual operation.
func (o *object) ownStamps() {
	o.meta = append(make([]stamp, 0, len(o.meta)+4), o.meta...)
}

// putStamp is setStamp where the stamps are the object's own.
func (o *object) putStamp(s stamp) {
	i, ok := stampIndex(o.meta, s.id)
	if ok {
		o.meta[i] = s
	} else {
		o.meta = slices.Insert(o.meta, i, s)
	}
}

// A writer is who makes an originating write, and when.
type writer struct {
	by     uint16
	usn    uint32
	now    time.Time
	object func(*node) *object // as the write leaves it
	force  bool                // values that stay as they are are written, too
}

// next is the stamp of the write that follows one.
func (w writer) next(was stamp) stamp {
	s := stamp{time: w.now.Unix(), version: was.version + 1, usn: w.usn, created: was.created, by: w.by, id: was.id}
	if was.version == 0 {
		s.created = uint32(s.time)
	}
	return s
}

// touch stamps an attribute as written again.
func (f *Forest) touch(old, o *object, w writer, id uint16) {
	if len(o.meta) == 0 || len(old.meta) > 0 && &o.meta[0] == &old.meta[0] {
		o.ownStamps() // one operation touches several
	}
	was := f.stampOf(old, id)
	was.id = id
	o.putStamp(w.next(was))
}

// stampChanges gives what an operation made of an object its stamps: one more
// version for every attribute and every value of a link that has changed
// (MS-ADTS 3.1.1.5.1.2). A new object has those of its birth.
func (f *Forest) stampChanges(old, o *object, w writer) {
	if old == nil {
		o.born = w.by
		return
	}
	k := f.k
	for i := range o.attrs {
		a := &o.attrs[i]
		if a.usn != w.usn {
			continue
		}
		if j, ok := old.find(a.id); !ok || w.force || !sameList(old.attrs[j].values(), a.values()) {
			f.touch(old, o, w, a.id)
		}
	}
	if old.parent != o.parent || old.rdn != o.rdn {
		f.touch(old, o, w, k.name.ID)
		f.touch(old, o, w, o.rdnAttr.ID)
	}
	for _, c := range [...]struct {
		id  uint16
		yes bool
	}{
		{k.nTSecurityDescriptor.ID, old.sd != o.sd},
		{k.objectClass.ID, old.class != o.class},
		{k.unicodePwd.ID, old.secret != o.secret && o.secret != nil},
		{k.isDeleted.ID, old.deleted != o.deleted},
		{k.isRecycled.ID, old.recycled != o.recycled},
	} {
		if c.yes {
			f.touch(old, o, w, c.id)
		}
	}
	f.stampLinks(old, o, w)
}

// stampLinks stamps the values of links that came and went.
func (f *Forest) stampLinks(old, o *object, w writer) {
	fresh := false
	for i := range o.links {
		if o.links[i].usn == w.usn && !o.links[i].attr.BackLink() {
			fresh = true
		}
	}
	if !fresh {
		return
	}
	o.links = slices.Clone(o.links)
	for i := range o.links {
		if l := &o.links[i]; l.usn == w.usn && !l.attr.BackLink() {
			f.stampLink(old, old.link(l.attr), l, w)
		}
	}
}

// link is the values of a linked attribute, or none.
func (o *object) link(a *schema.Attribute) *link {
	for i := range o.links {
		if o.links[i].attr == a {
			return &o.links[i]
		}
	}
	return &link{attr: a}
}

// stampLink compares a link with what it was. Values keep their order, new ones
// come last.
func (f *Forest) stampLink(old *object, was, l *link, w writer) {
	l.gone = slices.Clone(was.gone)
	l.vals = make([]stamp, 0, len(l.to))
	i := 0
	for _, n := range l.to {
		for i < len(was.to) && was.to[i] != n {
			l.gone = f.remove(l.gone, was.to[i], old.stampOfValue(was, i), w)
			i++
		}
		if i < len(was.to) {
			kept := old.stampOfValue(was, i)
			if w.force {
				kept = w.next(kept)
			}
			l.vals = append(l.vals, kept)
			i++
			continue
		}
		before := stamp{}
		if j := slices.IndexFunc(l.gone, func(g goneLink) bool { return g.to == n }); j >= 0 {
			before = l.gone[j].stamp
			l.gone = slices.Delete(l.gone, j, j+1)
		}
		l.vals = append(l.vals, w.next(before))
	}
	for ; i < len(was.to); i++ {
		l.gone = f.remove(l.gone, was.to[i], old.stampOfValue(was, i), w)
	}
}

// remove makes a value an absent one. Those to objects that are gone are not
// remembered: their end says enough (MS-ADTS 3.1.1.5.5.1.1).
func (f *Forest) remove(list []goneLink, n *node, was stamp, w writer) []goneLink {
	if o := w.object(n); o == nil || o.deleted && !f.recycleBin.Load() {
		return list
	}
	f.garbage.Store(true)
	return append(list, goneLink{n, w.next(was)})
}

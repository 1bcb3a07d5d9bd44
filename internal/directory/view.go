package directory

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
)

// A replica is how a domain controller's knowledge differs from the forest's
// newest state. The zero value is up to date and costs one load to ask.
type replica struct {
	stale atomic.Pointer[view]
	due   atomic.Int64 // when the next arrival is due, Unix nanoseconds; 0: none
}

// A view is what a replica knows otherwise. Who changes it holds the lock of the
// forest, too.
type view struct {
	f     *Forest
	mu    sync.RWMutex
	by    map[*node]*object // nil: not known at all
	names map[place]*node   // where those of by stand
	queue []arrival         // by time; guarded by the forest's lock
}

// A place is what siblings may not share: a parent and the folded name.
type place struct {
	parent *node
	key    string
}

func (f *Forest) placeOf(o *object) place { return place{o.parent, f.keyOf(o.rdnAttr, o.rdn)} }

// behind is the view of a replica that is about to differ. The caller holds the
// lock.
func (dc *DC) behind() *view {
	v := dc.stale.Load()
	if v == nil {
		v = &view{f: dc.forest, by: map[*node]*object{}, names: map[place]*node{}}
		dc.stale.Store(v)
	}
	return v
}

// keep stores what the replica knows of an object.
func (v *view) keep(n *node, o *object) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if old := v.by[n]; old != nil {
		if p := v.f.placeOf(old); v.names[p] == n {
			delete(v.names, p)
		}
	}
	v.by[n] = o
	if o != nil && o.parent != nil {
		v.names[v.f.placeOf(o)] = n
	}
}

// drop forgets that anything about an object is different.
func (v *view) drop(n *node) {
	v.keep(n, nil)
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.by, n)
}

// known reports what the view has of an object.
func (v *view) known(n *node) (o *object, ok bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	o, ok = v.by[n]
	return o, ok
}

// nodes lists the objects that the replica knows otherwise.
func (v *view) nodes() []*node {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return slices.Collect(maps.Keys(v.by))
}

// see is an object as this domain controller knows it; nil when it does not
// know it yet.
func (dc *DC) see(n *node) *object {
	if v := dc.stale.Load(); v != nil {
		if o, ok := v.known(n); ok {
			return o
		}
	}
	return n.obj.Load()
}

// view is an object as an operation finds it: the directory's own, which is
// everywhere at once, finds the newest state.
func (s *session) view(n *node) *object {
	if s.everywhere {
		return n.obj.Load()
	}
	return s.dc.see(n)
}

// childAt finds a child by its folded name. The caller holds the lock.
func (dc *DC) childAt(parent *node, key string) *node {
	v := dc.stale.Load()
	if v != nil {
		v.mu.RLock()
		n := v.names[place{parent, key}]
		v.mu.RUnlock()
		if n != nil {
			return n
		}
	}
	if parent.kids == nil {
		return nil
	}
	n := parent.kids.byRDN[key]
	if n == nil || v == nil {
		return n
	}
	if o := dc.see(n); o == nil || v.f.placeOf(o) != (place{parent, key}) {
		return nil
	}
	return n
}

// lookup resolves a name as this domain controller knows it; best is the deepest
// object on the way. The caller holds the lock.
func (dc *DC) lookup(name dname) (found, best *node) {
	f := dc.forest
	if dc.stale.Load() == nil {
		return f.lookup(name)
	}
	part := f.partitionOf(name)
	if part == nil {
		return nil, nil
	}
	n := part.head
	for i := len(name) - len(part.name) - 1; i >= 0; i-- {
		child := dc.childAt(n, f.keyOf(name[i].attr, name[i].value))
		if child == nil || dc.see(child).rdnAttr != name[i].attr {
			return nil, n
		}
		n = child
	}
	return n, n
}

// holders lists the objects that have a value of an indexed attribute as this
// domain controller knows them. The caller holds the lock.
func (dc *DC) holders(x *index, a *schema.Attribute, value string) []*node {
	key := dc.forest.normal(a, value)
	list, v := x.get(key, nil), dc.stale.Load()
	if v == nil {
		return list
	}
	for _, n := range v.nodes() {
		if o, _ := v.known(n); o != nil && !contains(list, n) {
			list = append(list, n)
		}
	}
	return slices.DeleteFunc(list, func(n *node) bool { return !dc.has(n, a, key) })
}

// named lists the objects that an operation finds a name with; deleted ones have
// none any more. The caller holds the write lock.
func (s *session) named(a *schema.Attribute, name string) []*node {
	x := s.f.indexFor(a)
	list := x.get(s.f.normal(a, name), nil)
	if !s.everywhere {
		list = s.dc.holders(x, a, name)
	}
	return slices.DeleteFunc(list, func(n *node) bool { return s.view(n).deleted })
}

// has reports whether an object has a value in its normal form.
func (dc *DC) has(n *node, a *schema.Attribute, key string) (found bool) {
	if o := dc.see(n); o != nil {
		dc.forest.eachKey(o, a, func(k string) { found = found || k == key })
	}
	return found
}

// lookup resolves a name as an operation finds it.
func (s *session) lookup(name dname) (found, best *node) {
	if s.everywhere {
		return s.f.lookup(name)
	}
	return s.dc.lookup(name)
}

// findForm finds the object that a name form means on this domain controller,
// or nil. The caller holds the lock.
func (dc *DC) findForm(form nameForm) *node {
	if len(form.dn) > 0 && form.guid == nil && form.sid == "" && form.wellKnown == "" {
		found, _ := dc.lookup(form.dn)
		return found
	}
	return dc.forest.findForm(form, dc.domain)
}

// findForm finds what an operation means.
func (s *session) findForm(form nameForm) *node {
	if s.everywhere {
		return s.f.findForm(form, s.dc.domain)
	}
	return s.dc.findForm(form)
}

// taken reports whether a name below a parent is somebody's.
func (s *session) taken(parent *node, r rdn) *node {
	key := s.f.keyOf(r.attr, r.value)
	if s.everywhere {
		if parent.kids == nil {
			return nil
		}
		return parent.kids.byRDN[key]
	}
	return s.dc.childAt(parent, key)
}

// kids lists the children of an object as an operation finds them.
func (s *session) kids(n *node) (list []*node) {
	if n.kids != nil {
		for _, c := range n.kids.list {
			if c == nil {
				continue
			}
			if o := s.view(c); o != nil && o.parent == n {
				list = append(list, c)
			}
		}
	}
	if v := s.dc.stale.Load(); v != nil && !s.everywhere {
		for _, c := range v.nodes() {
			if o, _ := v.known(c); o != nil && o.parent == n && !contains(list, c) {
				list = append(list, c)
			}
		}
	}
	return list
}

// hasKids reports whether an operation finds anything below an object.
func (s *session) hasKids(n *node) bool {
	if s.everywhere || s.dc.stale.Load() == nil {
		return n.hasKids()
	}
	return n.lazy != nil || len(s.kids(n)) > 0
}

// dn is the name of an object as this domain controller knows it.
func (s *session) dn(o *object) string {
	if s.dc.stale.Load() == nil || s.everywhere {
		return o.dn()
	}
	b := make([]byte, 0, 96)
	for o.parent != nil {
		b = append(appendRDN(b, o.rdnAttr, o.rdn), ',')
		if o = s.above(o); o == nil {
			return string(b)
		}
	}
	return string(append(b, o.part.dn...))
}

// above is the parent of an object as this domain controller knows it, or as it
// is when it does not know it yet.
func (s *session) above(o *object) *object { return s.orNewest(o.parent) }

// orNewest is an object as this domain controller knows it, or the newest state
// of one that it does not know yet.
func (s *session) orNewest(n *node) *object {
	if o := s.view(n); o != nil {
		return o
	}
	return n.obj.Load()
}

// below reports whether an object is another or stands below it.
func (s *session) below(o *object, n *node) bool {
	if s.dc.stale.Load() == nil || s.everywhere {
		return o.below(n)
	}
	for ; o != nil; o = s.above(o) {
		if o.node == n {
			return true
		}
		if o.parent == nil {
			return false
		}
	}
	return false
}

// knownUSN is the number of the last change that this domain controller has with
// all before it: what is on its way to it comes later. The caller holds the lock.
func (dc *DC) knownUSN() uint32 {
	usn := dc.forest.usn
	if v := dc.stale.Load(); v != nil {
		for _, a := range v.queue {
			usn = min(usn, a.usn-1)
		}
	}
	return usn
}

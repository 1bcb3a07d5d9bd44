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

// see is an object as a replica with this view knows it; nil when it does not
// know it yet. A nil view is the newest state.
func (v *view) see(n *node) *object {
	if v != nil {
		if o, ok := v.known(n); ok {
			return o
		}
	}
	return n.obj.Load()
}

// see is an object as this domain controller knows it; nil when it does not
// know it yet.
func (dc *DC) see(n *node) *object { return dc.stale.Load().see(n) }

// state is what an operation finds: what its domain controller knows, or the
// newest state for the directory's own, which is everywhere at once.
func (s *session) state() *view {
	if s.everywhere {
		return nil
	}
	return s.dc.stale.Load()
}

// view is an object as an operation finds it.
func (s *session) view(n *node) *object { return s.state().see(n) }

// childAt finds a child by its folded name. The caller holds the lock.
func (f *Forest) childAt(v *view, parent *node, key string) *node {
	at := place{parent, key}
	if v != nil {
		v.mu.RLock()
		n := v.names[at]
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
	if o := v.see(n); o == nil || f.placeOf(o) != at {
		return nil
	}
	return n
}

// lookupIn resolves a name as a view has it; best is the deepest object on the
// way. The caller holds the lock.
func (f *Forest) lookupIn(v *view, name dname) (found, best *node) {
	part := f.partitionOf(name)
	if part == nil {
		return nil, nil
	}
	n := part.head
	for i := len(name) - len(part.name) - 1; i >= 0; i-- {
		child := f.childAt(v, n, f.keyOf(name[i].attr, name[i].value))
		if child == nil || v.see(child).rdnAttr != name[i].attr {
			return nil, n
		}
		n = child
	}
	return n, n
}

// lookup resolves a name in the newest state.
func (f *Forest) lookup(name dname) (found, best *node) { return f.lookupIn(nil, name) }

// lookup resolves a name as an operation finds it.
func (s *session) lookup(name dname) (found, best *node) { return s.f.lookupIn(s.state(), name) }

// holders lists the objects that have a value of an indexed attribute as a view
// has them. The caller holds the lock.
func (f *Forest) holders(v *view, x *index, a *schema.Attribute, value string) []*node {
	key := f.normal(a, value)
	list := x.get(key, nil)
	if v == nil {
		return list
	}
	for _, n := range v.nodes() {
		if o, _ := v.known(n); o != nil && !contains(list, n) {
			list = append(list, n)
		}
	}
	return slices.DeleteFunc(list, func(n *node) bool { return !f.has(v.see(n), a, key) })
}

// has reports whether an object has a value in its normal form.
func (f *Forest) has(o *object, a *schema.Attribute, key string) (found bool) {
	if o != nil {
		f.eachKey(o, a, func(k string) { found = found || k == key })
	}
	return found
}

// named lists the objects that an operation finds a name with; deleted ones have
// none any more. The caller holds the write lock.
func (s *session) named(a *schema.Attribute, name string) []*node {
	return slices.DeleteFunc(s.f.holders(s.state(), s.f.indexFor(a), a, name), func(n *node) bool { return s.view(n).deleted })
}

// findForm finds what an operation means.
func (s *session) findForm(form nameForm) *node {
	return s.f.findForm(s.state(), form, s.dc.domain)
}

// taken reports whether a name below a parent is somebody's.
func (s *session) taken(parent *node, r rdn) *node {
	return s.f.childAt(s.state(), parent, s.f.keyOf(r.attr, r.value))
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
	if v := s.state(); v != nil {
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
	if s.state() == nil {
		return n.hasKids()
	}
	return n.lazy != nil || len(s.kids(n)) > 0
}

// dn is the name of an object as this domain controller knows it.
func (s *session) dn(o *object) string {
	if s.state() == nil {
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
	if s.state() == nil {
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
// all before it, in one partition or, nil, in any: what is on its way to it comes
// later. The caller holds the lock.
func (dc *DC) knownUSN(in *partition) uint32 {
	usn := dc.forest.usn
	if v := dc.stale.Load(); v != nil {
		for _, a := range v.queue {
			if in == nil || slices.ContainsFunc(a.list, func(s sent) bool { return s.o.part == in }) {
				usn = min(usn, a.usn-1)
			}
		}
	}
	return usn
}

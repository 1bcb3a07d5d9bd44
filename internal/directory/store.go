package directory

import (
	"slices"
	"strings"
	"sync"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/directory/security"
)

// A partition is a naming context: a tree of its own below its head.
type partition struct {
	head   *node
	dn     string // of the head, as it is printed
	name   dname
	keys   []string // folded values, leaf first
	domain *Domain  // nil: configuration, schema, zones
	host   string   // of references to it; "" is the domain's DNS name
	once   sync.Once
	below  []subordinate
}

// keyOf is what siblings may not share. Windows counts the value alone, Samba
// the type too.
func (f *Forest) keyOf(a *schema.Attribute, value string) string {
	v := f.fold.Fold(value)
	if f.flavour.samba() {
		return a.Name + "=" + v
	}
	return v
}

// fill builds what a lazy container holds. The caller holds the write lock.
func (f *Forest) fill(n *node) {
	if n.lazy != nil {
		build := n.lazy
		n.lazy = nil
		build()
	}
}

func (f *Forest) partitionOf(name dname) *partition {
	for _, p := range f.parts {
		if f.within(p, name) {
			return p
		}
	}
	return nil
}

// within reports whether a name is a partition's head or below it.
func (f *Forest) within(p *partition, name dname) bool {
	if len(p.name) > len(name) {
		return false
	}
	for i, r := range name[len(name)-len(p.name):] {
		if r.attr != p.name[i].attr || f.fold.Fold(r.value) != p.keys[i] {
			return false
		}
	}
	return true
}

// addPartition makes a naming context known. Longer names are tried first.
func (f *Forest) addPartition(p *partition) {
	for _, r := range p.name {
		p.keys = append(p.keys, f.fold.Fold(r.value))
	}
	f.parts = append(f.parts, p)
	slices.SortStableFunc(f.parts, func(a, b *partition) int { return len(b.name) - len(a.name) })
}

// attach puts an object below its parent.
func (f *Forest) attach(o *object) {
	if o.parent == nil {
		return
	}
	p := o.parent
	if p.kids == nil {
		p.kids = &children{byRDN: map[string]*node{}}
	}
	p.kids.byRDN[f.keyOf(o.rdnAttr, o.rdn)] = o.node
	p.kids.list = append(p.kids.list, o.node)
}

// detach takes an object away from its parent.
func (f *Forest) detach(o *object) {
	if o.parent == nil {
		return
	}
	k := o.parent.kids
	if key := f.keyOf(o.rdnAttr, o.rdn); k.byRDN[key] == o.node { // the name may have gone to another already
		delete(k.byRDN, key)
	}
	i := slices.Index(k.list, o.node)
	k.list[i] = nil
	k.gone++
	if k.gone > 16 && k.gone > len(k.list)/2 {
		k.list = slices.DeleteFunc(k.list, func(n *node) bool { return n == nil })
		k.gone = 0
	}
}

func (n *node) hasKids() bool { return n.lazy != nil || n.kids != nil && len(n.kids.byRDN) > 0 }

// An index finds objects by the normal form of a value.
type index struct {
	one  map[string]*node
	more map[string][]*node // the second and later ones
	keys *keyOrder          // nil until somebody asks for a prefix
}

func newIndex() *index { return &index{one: map[string]*node{}} }

func (x *index) add(key string, n *node) {
	if _, taken := x.one[key]; !taken {
		x.one[key] = n
		if x.keys != nil {
			x.keys.add(key)
		}
		return
	}
	if x.more == nil {
		x.more = map[string][]*node{}
	}
	x.more[key] = append(x.more[key], n)
}

func (x *index) remove(key string, n *node) {
	rest := x.more[key]
	if x.one[key] == n {
		if len(rest) == 0 {
			delete(x.one, key)
			return
		}
		last := len(rest) - 1
		x.one[key], rest = rest[last], rest[:last]
	} else if i := slices.Index(rest, n); i >= 0 {
		rest[i] = rest[len(rest)-1]
		rest = rest[:len(rest)-1]
	} else {
		return
	}
	if len(rest) == 0 {
		delete(x.more, key)
	} else {
		x.more[key] = rest
	}
}

func (x *index) count(key string) int {
	if _, ok := x.one[key]; !ok {
		return 0
	}
	return 1 + len(x.more[key])
}

func (x *index) get(key string, to []*node) []*node {
	n, ok := x.one[key]
	if !ok {
		return to
	}
	return append(append(to, n), x.more[key]...)
}

// indexFor returns the index of an attribute, building it the first time. The
// caller holds the write lock.
func (f *Forest) indexFor(a *schema.Attribute) *index {
	if x := f.indexes[a.ID]; x != nil {
		return x
	}
	x := newIndex()
	f.indexes[a.ID] = x
	f.indexed = append(f.indexed, a)
	for _, n := range f.nodes {
		if o := n.obj.Load(); o != nil && !o.ended {
			f.eachKey(o, a, func(key string) { x.add(key, n) })
		}
	}
	return x
}

// eachKey calls yield with the normal form of each value of an attribute.
func (f *Forest) eachKey(o *object, a *schema.Attribute, yield func(string)) {
	v := f.raw(o, a)
	for i := range v.len() {
		yield(f.normal(a, v.at(i)))
	}
}

// indexable reports whether an equality may be answered from an index: the
// values must live in the object alone.
func (f *Forest) indexable(a *schema.Attribute) bool {
	return !a.Linked() && !a.Constructed() && !f.local(a) && !f.secret(a) && a != f.k.nTSecurityDescriptor &&
		a != f.k.distinguishedName && a.Syntax != schema.DN && a.Syntax != schema.DNBinary || a == f.k.objectCategory
}

// reindex moves an object from its old keys to its new ones.
func (f *Forest) reindex(old, next *object) {
	for _, a := range f.indexed {
		x := f.indexes[a.ID]
		if old != nil && next != nil && f.sameValues(old, next, a) {
			continue
		}
		if old != nil {
			f.eachKey(old, a, func(key string) { x.remove(key, old.node) })
		}
		if next != nil {
			f.eachKey(next, a, func(key string) { x.add(key, next.node) })
		}
	}
}

// sameValues reports, quickly, whether an attribute cannot have changed.
func (f *Forest) sameValues(old, next *object, a *schema.Attribute) bool {
	switch f.virtual[a.ID] {
	case virtualName:
		return old.rdn == next.rdn
	case virtualClass:
		return old.class == next.class
	case virtualTimes:
		return old.usnChanged == next.usnChanged && old.changed == next.changed
	case virtualFixed:
		return old.deleted == next.deleted && old.recycled == next.recycled
	}
	i, ok := old.find(a.ID)
	j, also := next.find(a.ID)
	if ok != also {
		return false
	}
	return !ok || old.attrs[i] == next.attrs[j]
}

// virtual kinds of stored attributes: values that live in fields of the object.
const (
	virtualNone uint8 = iota
	virtualName
	virtualClass
	virtualTimes
	virtualFixed
	virtualLink
	virtualLocal // differs on each domain controller
	virtualSD
)

func (f *Forest) markVirtual() {
	f.virtual = make([]uint8, len(f.schema.Attributes))
	for _, a := range f.schema.Attributes {
		if a.Linked() {
			f.virtual[a.ID] = virtualLink
		}
	}
	k := f.k
	for kind, list := range map[uint8][]*schema.Attribute{
		virtualName:  {k.name, k.distinguishedName},
		virtualClass: {k.objectClass, k.objectCategory},
		virtualTimes: {k.whenChanged, k.uSNChanged},
		virtualFixed: {k.objectGUID, k.objectSid, k.whenCreated, k.uSNCreated, k.instanceType, k.isDeleted, k.isRecycled},
		virtualLocal: {k.badPwdCount, k.badPasswordTime, k.lastLogon, k.lastLogoff, k.logonCount},
		virtualSD:    {k.nTSecurityDescriptor},
	} {
		for _, a := range list {
			f.virtual[a.ID] = kind
		}
	}
}

func (f *Forest) local(a *schema.Attribute) bool { return f.virtual[a.ID] == virtualLocal }

// fillAll builds every lazy container below a node. The caller holds the write
// lock.
func (f *Forest) fillAll(n *node) {
	f.fill(n)
	if n.kids == nil {
		return
	}
	for _, c := range n.kids.list {
		if c != nil {
			f.fillAll(c)
		}
	}
}

// buildAll builds all of configuration and schema. The caller holds the write
// lock.
func (f *Forest) buildAll() {
	f.fillAll(f.config.head)
	f.fillAll(f.schemaNC.head)
}

// build is buildAll where a name leads to what is not there yet. deep asks for
// what is below, too. The caller holds the write lock.
func (f *Forest) build(form nameForm, deep bool) {
	if f.pending > 0 && f.lazyFor(form, deep) {
		f.buildAll()
	}
}

// intern shares equal descriptors.
func (f *Forest) intern(d *security.Descriptor) *security.Descriptor {
	key := string(d.Bytes())
	if have := f.descriptors[key]; have != nil {
		return have
	}
	f.descriptors[key] = d
	return d
}

// same text for the few values that nearly every object has.
func (f *Forest) share(s string) string {
	if len(s) > 24 {
		return s
	}
	if have, ok := f.shared[s]; ok {
		return have
	}
	if len(f.shared) < 4096 {
		s = strings.Clone(s)
		f.shared[s] = s
	}
	return s
}

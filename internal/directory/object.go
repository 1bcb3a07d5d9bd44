package directory

import (
	"sort"
	"strconv"
	"sync/atomic"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/directory/security"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

// A node is the identity of an object: it stays while the object is renamed,
// moved, changed and deleted. What the object is now stands in obj.
type node struct {
	obj  atomic.Pointer[object]
	slot uint32
	kids *children // guarded by the lock of the store
	lazy func()    // fills in the children when somebody looks; guarded likewise
}

// newest is the object as it is now.
func (n *node) newest() *object { return n.obj.Load() }

// children is the container side of a node.
type children struct {
	byRDN map[string]*node
	list  []*node // in order of creation; nil where one has gone
	gone  int
}

// An object is one version of an object. It never changes.
type object struct {
	node       *node
	parent     *node // nil: head of a naming context
	part       *partition
	class      *classList
	rdnAttr    *schema.Attribute
	rdn        string
	guid       security.GUID
	sid        security.SID
	sd         *security.Descriptor
	created    int64 // Unix seconds
	changed    int64
	usnCreated uint32
	usnChanged uint32
	usnName    uint32 // when name or place changed last
	usnSD      uint32
	instance   int32
	deleted    bool
	recycled   bool
	ended      bool   // nothing finds it any more
	born       uint16 // number of the domain controller that made it
	attrs      []attr // ascending by id
	links      []link // ascending by id
	secret     *secrets
	meta       []stamp // of what has changed since it was made, ascending by id
}

// An attr is one stored attribute. Values beyond the first are rare, so they
// stand apart.
type attr struct {
	id   uint16
	gone bool // has been removed: usn remembers when
	usn  uint32
	val  string
	more *[]string
}

func (a *attr) values() values { return values{a.val, a.more, !a.gone} }

// values is a list of at least one value, or none.
type values struct {
	one  string
	more *[]string
	any  bool
}

func oneValue(v string) values { return values{one: v, any: true} }

func listOf(v []string) values {
	switch len(v) {
	case 0:
		return values{}
	case 1:
		return oneValue(v[0])
	}
	rest := v[1:]
	return values{v[0], &rest, true}
}

func (v values) len() int {
	switch {
	case !v.any:
		return 0
	case v.more == nil:
		return 1
	}
	return 1 + len(*v.more)
}

func (v values) at(i int) string {
	if i == 0 {
		return v.one
	}
	return (*v.more)[i-1]
}

func (v values) slice() []string {
	out := make([]string, v.len())
	for i := range out {
		out[i] = v.at(i)
	}
	return out
}

// A link is the values of a linked attribute, forward or back.
type link struct {
	attr *schema.Attribute
	usn  uint32
	to   []*node
	vals []stamp    // of each value in to; nil: all are as old as the object
	gone []goneLink // values that were removed
}

// A goneLink is a value that was removed: an absent value with its stamp
// (MS-ADTS 3.1.1.1.9, LinkValueStamp).
type goneLink struct {
	to *node
	stamp
}

// secrets is what an account is proved with. It never leaves the package but
// for persistence.
type secrets struct {
	has     bool
	current domain.NTHash
	history []domain.NTHash // newest first, entry 1 is current
	changed domain.FileTime // when current was set: the grace of the previous one
	version int             // msDS-KeyVersionNumber
}

// A classList is the object classes of an object, shared by all objects alike.
type classList struct {
	structural *schema.Class
	aux        []*schema.Class
	names      []string // top first, the structural class last
	guids      []security.GUID
}

func (c *classList) is(name string) bool { return c.structural.Is(name) }

func (c *classList) may(a *schema.Attribute) bool {
	if c.structural.May(a) {
		return true
	}
	for _, x := range c.aux {
		if x.May(a) {
			return true
		}
	}
	return false
}

// find returns the position of an attribute, or where it would stand.
func (o *object) find(id uint16) (int, bool) {
	i, n := 0, len(o.attrs)
	for i < n {
		mid := int(uint(i+n) >> 1)
		if o.attrs[mid].id < id {
			i = mid + 1
		} else {
			n = mid
		}
	}
	return i, i < len(o.attrs) && o.attrs[i].id == id
}

// stored returns the stored values of an attribute.
func (o *object) stored(a *schema.Attribute) values {
	if i, ok := o.find(a.ID); ok {
		return o.attrs[i].values()
	}
	return values{}
}

// text returns the first stored value.
func (o *object) text(a *schema.Attribute) string {
	v := o.stored(a)
	return v.one
}

// int returns the first stored value as a number.
func (o *object) int(a *schema.Attribute) int64 {
	text := o.text(a)
	if text == "" { // an error costs more than a number
		return 0
	}
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

// linked returns the values of a linked attribute.
func (o *object) linked(a *schema.Attribute) []*node {
	for i := range o.links {
		if o.links[i].attr == a {
			return o.links[i].to
		}
	}
	return nil
}

// clone returns a copy whose attributes may be set; slices are shared until
// they are.
func (o *object) clone() *object {
	c := *o
	return &c
}

// set stores values; none removes the attribute but remembers when.
func (o *object) set(a *schema.Attribute, usn uint32, v values) {
	i, ok := o.find(a.ID)
	if !ok && !v.any {
		return
	}
	next := make([]attr, len(o.attrs), len(o.attrs)+1)
	copy(next, o.attrs)
	if !ok {
		next = append(next, attr{})
		copy(next[i+1:], next[i:])
	}
	next[i] = attr{id: a.ID, gone: !v.any, usn: usn, val: v.one, more: v.more}
	o.attrs = next
}

// setLinks stores the targets of a linked attribute; their stamps are given at
// the commit.
func (o *object) setLinks(a *schema.Attribute, usn uint32, to []*node) {
	i := sort.Search(len(o.links), func(i int) bool { return o.links[i].attr.ID >= a.ID })
	next := make([]link, 0, len(o.links)+1)
	next = append(next, o.links[:i]...)
	next = append(next, link{attr: a, usn: usn, to: to})
	if i < len(o.links) && o.links[i].attr == a {
		i++
	}
	o.links = append(next, o.links[i:]...)
}

// dn builds the distinguished name as it is now.
func (o *object) dn() string {
	return string(o.appendDN(make([]byte, 0, 96)))
}

func (o *object) appendDN(b []byte) []byte {
	for o.parent != nil {
		b = appendRDN(b, o.rdnAttr, o.rdn)
		b = append(b, ',')
		o = o.parent.obj.Load()
	}
	return append(b, o.part.dn...)
}

// below reports whether o is n or stands below it.
func (o *object) below(n *node) bool {
	for {
		if o.node == n {
			return true
		}
		if o.parent == nil {
			return false
		}
		o = o.parent.obj.Load()
	}
}

// ridText is the relative identifier as primaryGroupID holds it.
func (o *object) ridText() string { return strconv.FormatUint(uint64(o.sid.RID()), 10) }

package directory

import (
	"crypto/sha256"
	"io"
	"strconv"
	"strings"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/directory/security"
)

// derive makes a GUID that depends on the seed and the purpose alone, so that
// objects built lazily are the same whenever that happens.
func (f *Forest) derive(purpose string) (g security.GUID) {
	h := sha256.New()
	h.Write(f.seed[:])
	_, _ = io.WriteString(h, purpose) // a hash never fails
	copy(g[:], h.Sum(nil))
	g[7], g[8] = g[7]&0x0f|0x40, g[8]&0x3f|0x80
	return g
}

// newGUID draws the GUID of an object that a client makes.
func (f *Forest) newGUID() (g security.GUID) {
	if _, err := io.ReadFull(f.rand, g[:]); err != nil {
		return f.derive("after the end of randomness " + strconv.Itoa(len(f.nodes)))
	}
	g[7], g[8] = g[7]&0x0f|0x40, g[8]&0x3f|0x80
	return g
}

// classesOf returns the shared list of a structural class and auxiliaries.
func (f *Forest) classesOf(c *schema.Class, aux ...*schema.Class) *classList {
	key := c.Name
	for _, a := range aux {
		key += " " + a.Name
	}
	if have := f.classes[key]; have != nil {
		return have
	}
	l := &classList{structural: c, aux: aux, guids: []security.GUID{c.GUID}}
	for _, k := range c.Chain[:len(c.Chain)-1] {
		l.names = append(l.names, k.Name)
	}
	for _, a := range aux {
		l.names = append(l.names, a.Name)
	}
	l.names = append(l.names, c.Name)
	f.classes[key] = l
	return l
}

type inheritKey struct {
	parent, given, fallback *security.Descriptor
	class                   *schema.Class
	owner, group            security.SID
}

// inherit computes the descriptor of a new object, once for all alike.
func (f *Forest) inherit(d *Domain, parent *object, given *security.Descriptor, class *schema.Class, owner, group security.SID) *security.Descriptor {
	key := inheritKey{given: given, fallback: d.defaultDescriptor(class), class: class, owner: owner, group: group}
	if parent != nil {
		key.parent = parent.sd
	}
	if have := f.inherited[key]; have != nil {
		return have
	}
	sd := f.intern(security.Create(security.Creation{
		Parent: key.parent, Given: given, Default: key.fallback, Classes: []security.GUID{class.GUID}, Owner: owner, Group: group,
	}, f.rules))
	if given == nil && len(f.inherited) < 4096 {
		f.inherited[key] = sd
	}
	return sd
}

// defaultDescriptor is the class's defaultSecurityDescriptor with the SIDs of
// the domain.
func (d *Domain) defaultDescriptor(c *schema.Class) *security.Descriptor {
	if have := d.defaults[c]; have != nil {
		return have
	}
	sd, err := security.ParseSDDL(c.SDDL, d.base)
	if err != nil || c.SDDL == "" {
		sd = security.MustSDDL(security.DefaultSDDL(c.GUID), d.base)
	}
	d.defaults[c] = sd
	return sd
}

// A seedling is an object that the directory makes by itself.
type seedling struct {
	parent *node
	class  string
	rdn    string
	sid    security.SID
	sd     *security.Descriptor // nil: the default
	attrs  []pair
}

type pair struct {
	name   string
	values []string
}

func is(name string, v ...string) pair { return pair{name, v} }

// plant makes a default object. The caller holds the write lock or is alone.
func (f *Forest) plant(d *Domain, part *partition, s seedling) *node {
	c := f.schema.MustClass(s.class)
	n := &node{}
	o := &object{
		node: n, parent: s.parent, part: part, class: f.classesOf(c), rdnAttr: c.RDN, rdn: s.rdn, sid: s.sid,
		created: f.created.Unix(), changed: f.created.Unix(), usnCreated: 1, usnChanged: 1, instance: 4,
	}
	owner, group := d.base.Domain.WithRID(security.RIDDomainAdmins), d.base.Domain.WithRID(security.RIDDomainAdmins)
	if part != d.part {
		owner = d.base.Root.WithRID(security.RIDEnterpriseAdmins)
		group = owner
	}
	var above *object
	if s.parent != nil {
		above = s.parent.obj.Load()
		o.guid = f.derive(o.dn())
	} else {
		o.rdnAttr, o.rdn = part.name[0].attr, part.name[0].value
		o.instance = 5
		o.guid = f.derive(part.dn)
	}
	if s.sd != nil {
		o.sd = f.intern(s.sd)
	} else {
		o.sd = f.inherit(d, above, nil, c, owner, group)
	}
	for _, p := range s.attrs {
		f.give(o, p.name, p.values...)
	}
	if c.Hidden && c.Name != "group" {
		f.give(o, "showInAdvancedViewOnly", "TRUE")
	}
	f.install(stagedObject{node: n, next: o, bump: true})
	return n
}

// give sets an attribute of an object that nobody sees yet.
func (f *Forest) give(o *object, name string, v ...string) {
	a := f.schema.MustAttribute(name)
	if a == o.rdnAttr || f.virtual[a.ID] != virtualNone && a != f.k.objectCategory {
		return
	}
	for i := range v {
		v[i] = f.share(v[i])
	}
	o.set(a, 1, listOf(v))
}

// join makes a link between objects at provisioning.
func (f *Forest) join(from *node, attribute string, to *node) {
	a := f.schema.MustAttribute(attribute)
	forward := from.obj.Load().clone()
	forward.setLinks(a, 1, append(copyNodes(forward.linked(a)), to))
	from.obj.Store(forward)
	if back := a.Other(); back != nil {
		o := to.obj.Load().clone()
		o.setLinks(back, 1, append(copyNodes(o.linked(back)), from))
		to.obj.Store(o)
	}
}

// later makes a container's children when somebody looks.
func (f *Forest) later(n *node, build func()) {
	f.pending++
	n.lazy = func() {
		f.pending--
		build()
	}
}

// parseOwn parses a name that this package made.
func (f *Forest) parseOwn(dn string) dname {
	d, err := f.names.parse(dn)
	if err != nil {
		panic("directory: own name " + dn + " is malformed")
	}
	return d
}

func dnOfDNS(dns string) string {
	return "DC=" + strings.ReplaceAll(dns, ".", ",DC=")
}

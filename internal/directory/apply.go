package directory

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/directory/security"
)

// Apply brings objects to the state of changes that an equal forest made
// earlier: one from the same configuration, with the same beginning of
// randomness. Of each object only its last change may be given; the order does
// not matter. It is for a forest that nobody uses yet; nothing is offered to
// Commit again. After an error the forest is not usable.
func (f *Forest) Apply(changes []Change) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := restoration{f: f, made: make(map[security.GUID]*object, len(changes)), at: make(map[*node]*object, len(changes))}
	r.unfold(changes)
	changes = r.erase(changes)
	for _, step := range []func(*Change) error{r.claim, r.build, r.place, r.relink} {
		for i := range changes {
			if err := step(&changes[i]); err != nil {
				return fmt.Errorf("restoring %s (%s): %w", changes[i].DN, changes[i].GUID, err)
			}
		}
	}
	for _, d := range f.domains {
		d.policy.Store(nil)
		d.psos.Store(nil)
	}
	if n, _ := f.lookup(f.partitionsName()); n != nil {
		f.noticeFeatures(n.obj.Load())
	}
	f.garbage.Store(true)
	f.membership.Add(1)
	f.policies.Add(1)
	return nil
}

// A restoration is an Apply under way. Objects are detached before any is
// attached, so that two may have exchanged their names.
type restoration struct {
	f    *Forest
	made map[security.GUID]*object
	at   map[*node]*object
}

// unfold builds what stands in configuration and schema from the start, if a
// change is about any of it.
func (r *restoration) unfold(changes []Change) {
	f := r.f
	below := strings.ToLower("," + f.config.dn)
	for i := range changes {
		if dn := strings.ToLower(changes[i].DN); f.pending > 0 && (strings.HasSuffix(dn, below) || dn == below[1:] || changes[i].links()) {
			f.buildAll()
			return
		}
	}
}

// links reports whether a change points at configuration.
func (c *Change) links() bool {
	for name := range c.Links {
		if name != "member" && name != "manager" {
			return true
		}
	}
	return false
}

// erase takes out of a log what is gone for good, and from the forest what is
// born again.
func (r *restoration) erase(changes []Change) []Change {
	kept := make([]Change, 0, len(changes))
	for _, c := range changes {
		if !c.Removed {
			kept = append(kept, c)
			continue
		}
		r.f.usn = max(r.f.usn, c.USN)
		if n := r.f.byGUID[c.GUID]; n != nil {
			r.f.uninstall(n)
		}
	}
	return kept
}

// claim gives every object its node, and takes known ones from their places.
func (r *restoration) claim(c *Change) error {
	if r.made[c.GUID] != nil {
		return fmt.Errorf("two changes of one object: give the last only")
	}
	n := r.f.byGUID[c.GUID]
	if n == nil {
		n = &node{slot: uint32(len(r.f.nodes))}
		r.f.nodes = append(r.f.nodes, n)
		r.f.byGUID[c.GUID] = n
	} else {
		r.f.detach(n.obj.Load())
	}
	o := &object{node: n, guid: c.GUID}
	r.made[c.GUID], r.at[n] = o, o
	return nil
}

// build fills an object in.
func (r *restoration) build(c *Change) error {
	f, o := r.f, r.made[c.GUID]
	classes, err := f.classesNamed(c.Classes)
	if err != nil {
		return err
	}
	if o.sd = f.descriptors[string(c.Descriptor)]; o.sd == nil {
		sd, err := security.ParseDescriptor(c.Descriptor)
		if err != nil {
			return fmt.Errorf("its security descriptor: %w", err)
		}
		o.sd = f.intern(sd)
	}
	o.class, o.rdn, o.sid = classes, c.RDN, c.SID
	o.created, o.changed, o.instance, o.deleted, o.recycled = c.Created.Unix(), c.Time.Unix(), c.Instance, c.Deleted, c.Recycled
	o.usnCreated, o.usnChanged, o.usnName, o.usnSD = c.USNCreated, c.USN, c.USN, c.USN
	if o.rdnAttr = f.schema.Attribute(c.RDNType); o.rdnAttr == nil {
		return fmt.Errorf("its name has the attribute %q, which the schema does not know", c.RDNType)
	}
	if c.Parent != (security.GUID{}) {
		if o.parent = f.byGUID[c.Parent]; o.parent == nil {
			return fmt.Errorf("its parent %s does not exist", c.Parent)
		}
	}
	if o.attrs, err = f.attrsNamed(c); err != nil {
		return err
	}
	f.importStamps(o, c)
	if s := c.Secrets; s != nil {
		o.secret = &secrets{has: s.Has, current: s.Current, history: s.History, changed: s.Changed, version: s.KeyVersion}
	}
	f.usn = max(f.usn, c.USN)
	return nil
}

// attrsNamed is the stored attributes of a change, in the order of objects.
func (f *Forest) attrsNamed(c *Change) ([]attr, error) {
	all := make([]attr, 0, len(c.Attributes))
	for name, list := range c.Attributes {
		a := f.schema.Attribute(name)
		if a == nil {
			return nil, fmt.Errorf("attribute %q is not in the schema", name)
		}
		if len(list) == 0 {
			continue
		}
		for i := range list {
			list[i] = f.share(list[i])
		}
		v := listOf(list)
		all = append(all, attr{id: a.ID, usn: c.USN, val: v.one, more: v.more})
	}
	slices.SortFunc(all, func(x, y attr) int { return int(x.id) - int(y.id) })
	return all, nil
}

// classesNamed finds the classes that an object lists: the structural class is
// the last.
func (f *Forest) classesNamed(names []string) (*classList, error) {
	if len(names) == 0 {
		return nil, fmt.Errorf("it has no object class")
	}
	structural := f.schema.Class(names[len(names)-1])
	var aux []*schema.Class
	for _, name := range names {
		c := f.schema.Class(name)
		if c == nil || structural == nil {
			return nil, fmt.Errorf("object class %q is not in the schema", name)
		}
		if !structural.Is(c.Name) {
			aux = append(aux, c)
		}
	}
	return f.classesOf(structural, aux...), nil
}

// place makes an object visible below its parent.
func (r *restoration) place(c *Change) error {
	f, o := r.f, r.made[c.GUID]
	old := o.node.obj.Load()
	part, err := r.partition(o, 0)
	if err != nil {
		return err
	}
	o.part = part
	if old != nil {
		o.links = old.links
	}
	if o.sid != "" && !o.class.is("foreignSecurityPrincipal") {
		f.bySID[o.sid] = o.node
		if d := part.domain; d != nil && o.sid.Domain() == d.sid {
			d.nextRID = max(d.nextRID, o.sid.RID()+1)
		}
	}
	f.attach(o)
	o.node.obj.Store(o)
	f.reindex(old, o)
	f.notice(old, o)
	return nil
}

// partition finds the naming context that an object stands in.
func (r *restoration) partition(o *object, depth int) (*partition, error) {
	if have := o.node.obj.Load(); have != nil && o.parent == nil {
		return have.part, nil
	}
	if o.parent == nil || depth > maxDepth {
		return nil, fmt.Errorf("it is the head of a naming context that this forest does not have: the domains must be those of the first start")
	}
	above := r.at[o.parent]
	if above == nil {
		return o.parent.obj.Load().part, nil
	}
	return r.partition(above, depth+1)
}

// maxDepth is more levels than a domain controller's names can have.
const maxDepth = 1000

// relink replaces the forward links of an object, and their other ends.
func (r *restoration) relink(c *Change) error {
	f, n := r.f, r.made[c.GUID].node
	for _, l := range n.obj.Load().links {
		if !l.attr.BackLink() {
			for _, to := range l.to {
				f.backlink(to, l.attr.Other(), c.USN, func(list []*node) []*node { return without(list, n) })
			}
			f.store(n, func(o *object) { o.setLinks(l.attr, c.USN, nil) })
		}
	}
	for name, targets := range c.Links {
		a := f.schema.Attribute(name)
		if a == nil || !a.Linked() {
			return fmt.Errorf("link %q is not in the schema", name)
		}
		list := make([]*node, 0, len(targets))
		for _, guid := range targets {
			to := f.byGUID[guid]
			if to == nil || to.obj.Load() == nil {
				return fmt.Errorf("%s points at %s, which does not exist", name, guid)
			}
			list = append(list, to)
			f.backlink(to, a.Other(), c.USN, func(have []*node) []*node { return append(copyNodes(have), n) })
		}
		f.store(n, func(o *object) {
			o.setLinks(a, c.USN, list)
			f.importLink(o.link(a), c.LinkStamps[name])
		})
	}
	return r.remember(c)
}

// remember takes over links of which only absent values are left.
func (r *restoration) remember(c *Change) error {
	f, n := r.f, r.made[c.GUID].node
	for name, list := range c.LinkStamps {
		a := f.schema.Attribute(name)
		if a == nil || !a.Linked() {
			return fmt.Errorf("link %q is not in the schema", name)
		}
		if _, ok := c.Links[name]; ok {
			continue
		}
		f.store(n, func(o *object) {
			o.setLinks(a, c.USN, nil)
			f.importLink(o.link(a), list)
		})
	}
	return nil
}

// backlink changes the computed end of a link.
func (f *Forest) backlink(n *node, back *schema.Attribute, usn uint32, change func([]*node) []*node) {
	if back != nil {
		f.store(n, func(o *object) { o.setLinks(back, usn, change(o.linked(back))) })
	}
}

// store replaces an object that nobody sees yet.
func (f *Forest) store(n *node, change func(*object)) {
	o := n.obj.Load().clone()
	change(o)
	n.obj.Store(o)
}

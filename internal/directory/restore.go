package directory

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/directory/security"
)

// Restore makes logged changes again, in a forest made from the same
// configuration and randomness. The changes may be every one in order, or the
// last of each object in any order. The Commit hook is not called.
func (f *Forest) Restore(changes []Change) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	last := make(map[security.GUID]Change, len(changes))
	for _, c := range changes {
		if have, ok := last[c.GUID]; !ok || c.USN >= have.USN {
			last[c.GUID] = c
		}
	}
	list := slices.SortedFunc(maps.Values(last), func(a, b Change) int { return int(int64(a.USNCreated) - int64(b.USNCreated)) })
	f.fillAll(f.config.head)
	f.fillAll(f.schemaNC.head)
	for len(list) > 0 {
		var later []Change
		for _, c := range list {
			ok, err := f.restoreOne(c)
			if err != nil {
				return err
			}
			if !ok {
				later = append(later, c)
			}
		}
		if len(later) == len(list) {
			return fmt.Errorf("restoring %s: parent %s: no such object: the log is incomplete or belongs to another forest", later[0].DN, later[0].Parent)
		}
		list = later
	}
	for _, c := range last {
		f.restoreLinks(c)
	}
	f.membership.Add(1)
	f.policies.Add(1)
	return nil
}

// restoreOne puts an object in the state of a change, without its links. ok is
// false while its parent is missing.
func (f *Forest) restoreOne(c Change) (ok bool, err error) {
	n := f.byGUID[c.GUID]
	var parent *node
	if !c.Parent.IsZero() {
		if parent = f.byGUID[c.Parent]; parent == nil {
			return false, nil
		}
	} else if n == nil {
		return false, nil
	}
	var old *object
	o := &object{}
	if n != nil {
		old = n.obj.Load()
		o = old.clone()
	} else {
		n = &node{}
		o.guid, o.sid, o.created, o.usnCreated, o.instance = c.GUID, c.SID, c.Created.Unix(), c.USNCreated, c.Instance
		o.part = parent.obj.Load().part
	}
	if err := f.restoreState(o, c); err != nil {
		return false, fmt.Errorf("restoring %s: %w", c.DN, err)
	}
	o.node, o.parent = n, parent
	if old != nil && old.parent == nil {
		o.parent = nil
	}
	f.usn = max(f.usn, c.USN)
	if d := o.part.domain; d != nil && o.sid.Domain() == d.sid {
		d.nextRID = max(d.nextRID, o.sid.RID()+1)
	}
	f.install(stagedObject{node: n, old: old, next: o})
	return true, nil
}

func (f *Forest) restoreState(o *object, c Change) error {
	rdnAttr := f.schema.Attribute(c.RDNType)
	if rdnAttr == nil {
		return fmt.Errorf("naming attribute %q: not in the schema", c.RDNType)
	}
	sd, err := security.ParseDescriptor(c.Descriptor)
	if err != nil {
		return fmt.Errorf("reading its descriptor: %w", err)
	}
	classes, err := f.restoreClasses(c.Classes)
	if err != nil {
		return err
	}
	o.class, o.rdnAttr, o.rdn, o.sd = classes, rdnAttr, strings.Clone(c.RDN), f.intern(sd)
	o.changed, o.usnChanged, o.usnName, o.usnSD = c.Time.Unix(), c.USN, c.USN, c.USN
	o.deleted, o.recycled = c.Deleted, c.Recycled
	o.attrs = nil
	for name, v := range c.Attributes {
		a := f.schema.Attribute(name)
		if a == nil {
			return fmt.Errorf("attribute %q: not in the schema", name)
		}
		o.set(a, c.USN, listOf(append([]string{}, v...)))
	}
	o.secret = nil
	if s := c.Secrets; s != nil {
		o.secret = &secrets{has: s.Has, current: s.Current, history: s.History, changed: s.Changed, version: s.KeyVersion}
	}
	return nil
}

func (f *Forest) restoreClasses(names []string) (*classList, error) {
	if len(names) == 0 {
		return nil, fmt.Errorf("it has no class")
	}
	structural := f.schema.Class(names[len(names)-1])
	if structural == nil {
		return nil, fmt.Errorf("class %q: not in the schema", names[len(names)-1])
	}
	var aux []*schema.Class
	for _, name := range names[:len(names)-1] {
		c := f.schema.Class(name)
		if c == nil {
			return nil, fmt.Errorf("class %q: not in the schema", name)
		}
		if !structural.Is(name) {
			aux = append(aux, c)
		}
	}
	sortClasses(aux)
	return f.classesOf(structural, aux...), nil
}

// restoreLinks makes an object's forward links those of a change.
func (f *Forest) restoreLinks(c Change) {
	n := f.byGUID[c.GUID]
	o := n.obj.Load().clone()
	for _, l := range o.links {
		if l.attr.BackLink() {
			continue
		}
		for _, to := range l.to {
			f.unback(l.attr, n, to)
		}
		o.setLinks(l.attr, c.USN, nil)
	}
	for name, guids := range c.Links {
		a := f.schema.Attribute(name)
		if a == nil || a.Other() == nil {
			continue
		}
		var to []*node
		for _, g := range guids {
			if t := f.byGUID[g]; t != nil {
				to = append(to, t)
			}
		}
		o.setLinks(a, c.USN, to)
		n.obj.Store(o)
		for _, t := range to {
			b := t.obj.Load().clone()
			if have := b.linked(a.Other()); !contains(have, n) {
				b.setLinks(a.Other(), c.USN, append(copyNodes(have), n))
				t.obj.Store(b)
			}
		}
		o = n.obj.Load().clone()
	}
	n.obj.Store(o)
}

func (f *Forest) unback(a *schema.Attribute, from, to *node) {
	if a.Other() == nil {
		return
	}
	b := to.obj.Load().clone()
	b.setLinks(a.Other(), b.usnChanged, without(b.linked(a.Other()), from))
	to.obj.Store(b)
}

package directory

import (
	"slices"
	"time"
)

// exportStamps puts the stamps of an object into a Change.
func (f *Forest) exportStamps(o *object, c *Change) {
	c.Origin = o.born
	for _, s := range o.meta {
		out := exportStamp(s)
		out.Attribute = f.schema.Attributes[s.id].Name
		c.Stamps = append(c.Stamps, out)
	}
	for i := range o.links {
		l := &o.links[i]
		if l.attr.BackLink() || len(l.vals) == 0 && len(l.gone) == 0 {
			continue
		}
		if c.LinkStamps == nil {
			c.LinkStamps = map[string][]LinkStamp{}
		}
		c.LinkStamps[l.attr.Name] = exportLink(l)
	}
}

func exportStamp(s stamp) Stamp {
	return Stamp{Version: s.version, Time: time.Unix(s.time, 0).UTC(), USN: s.usn, Origin: s.by}
}

func exportLink(l *link) []LinkStamp {
	list := make([]LinkStamp, 0, len(l.vals)+len(l.gone))
	put := func(n *node, s stamp, absent bool) {
		if to := n.obj.Load(); to != nil {
			list = append(list, LinkStamp{Target: to.guid, Absent: absent, Created: time.Unix(int64(s.created), 0).UTC(), Stamp: exportStamp(s)})
		}
	}
	for i, s := range l.vals {
		put(l.to[i], s, false)
	}
	for _, g := range l.gone {
		put(g.to, g.stamp, true)
	}
	return list
}

func (s Stamp) internal(id uint16) stamp {
	return stamp{time: s.Time.Unix(), version: s.Version, usn: s.USN, by: s.Origin, id: id}
}

// importStamps takes the stamps of attributes over from a Change.
func (f *Forest) importStamps(o *object, c *Change) {
	o.born = c.Origin
	if len(c.Stamps) == 0 && len(c.LinkStamps) == 0 {
		return // nothing has changed, or an earlier program kept it
	}
	for _, s := range c.Stamps {
		a := f.schema.Attribute(s.Attribute)
		if a == nil {
			continue
		}
		o.setStamp(s.internal(a.ID))
		if i, ok := o.find(a.ID); !ok && f.virtual[a.ID] == virtualNone && a != o.rdnAttr && a != f.k.unicodePwd {
			o.attrs = slices.Insert(o.attrs, i, attr{id: a.ID, gone: true})
		}
	}
	f.localUSNs(o)
}

// localUSNs sets when attributes changed last from their stamps, for DirSync.
func (f *Forest) localUSNs(o *object) {
	for i := range o.attrs {
		o.attrs[i].usn = f.stampOf(o, o.attrs[i].id).usn
	}
	o.usnName, o.usnSD = f.stampOf(o, f.k.name.ID).usn, f.stampOf(o, f.k.nTSecurityDescriptor.ID).usn
}

// importLink takes the stamps of a link's values over from a Change.
func (f *Forest) importLink(l *link, list []LinkStamp) {
	present := map[*node]stamp{}
	for _, s := range list {
		n := f.byGUID[s.Target]
		if n == nil || n.obj.Load() == nil {
			continue
		}
		one := s.internal(0)
		one.created = uint32(s.Created.Unix())
		if s.Absent {
			l.gone = append(l.gone, goneLink{n, one})
		} else {
			present[n] = one
		}
	}
	if len(present) == 0 && len(l.gone) == 0 {
		return
	}
	l.vals = make([]stamp, 0, len(l.to))
	l.usn = 0
	for _, n := range l.to {
		l.vals = append(l.vals, present[n])
		l.usn = max(l.usn, present[n].usn)
	}
	for _, g := range l.gone {
		l.usn = max(l.usn, g.usn)
	}
}

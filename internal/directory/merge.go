package directory

import "slices"

// merge is what becomes of an object when the state that another replica has of
// it arrives: of each attribute and each value of a link the one with the newer
// stamp (MS-ADTS 3.1.1.1.9, MS-DRSR 4.1.10.6). Back links are not merged: they
// follow the forward ones. It is commutative, associative and idempotent, so
// that replicas agree whatever came first. only limits it to some stamps; nil
// is all of them. a itself is returned when b brings nothing new.
func (f *Forest) merge(a, b *object, only func(stamp) bool) *object {
	m := merger{f: f, a: a, b: b, out: a.clone(), only: only}
	m.attributes()
	m.fields()
	m.linked()
	if !m.changed {
		return a
	}
	m.out.usnChanged, m.out.changed = max(a.usnChanged, b.usnChanged), max(a.changed, b.changed)
	if m.out.deleted && (m.out.recycled || !f.recycleBin.Load()) {
		f.strip(m.out) // what was written meanwhile is lost with the rest
	}
	return m.out
}

// A merger is one merge under way.
type merger struct {
	f       *Forest
	a, b    *object
	out     *object
	only    func(stamp) bool
	changed bool
}

// take reports whether b's value of an attribute counts, and then takes its
// stamp.
func (m *merger) take(id uint16) bool {
	s := m.f.stampOf(m.b, id)
	if s.version == 0 || m.only != nil && !m.only(s) || !m.f.newer(s, m.f.stampOf(m.a, id)) {
		return false
	}
	s.id = id
	m.out.setStamp(s)
	m.changed = true
	return true
}

// attributes merges what is stored by attribute.
func (m *merger) attributes() {
	for i := range m.b.attrs {
		x := m.b.attrs[i]
		if !m.take(x.id) {
			continue
		}
		j, ok := m.out.find(x.id)
		next := slices.Clone(m.out.attrs)
		if ok {
			next[j] = x
		} else {
			next = slices.Insert(next, j, x)
		}
		m.out.attrs = next
	}
}

// fields merges what lives in fields of the object. Who is deleted stands where
// the deletion put him: a name given at the same time elsewhere counts no more.
func (m *merger) fields() {
	k, b, out := m.f.k, m.b, m.out
	if m.take(k.nTSecurityDescriptor.ID) {
		out.sd, out.usnSD = b.sd, b.usnSD
	}
	if m.take(k.objectClass.ID) {
		out.class = b.class
	}
	if m.take(k.unicodePwd.ID) {
		out.secret = b.secret
	}
	if m.take(k.isRecycled.ID) {
		out.recycled = b.recycled
	}
	fate := m.take(k.isDeleted.ID)
	if fate {
		out.deleted = b.deleted
	}
	named := m.take(k.name.ID)
	m.take(b.rdnAttr.ID)
	if out.deleted && fate || !out.deleted && named {
		out.rdn, out.rdnAttr, out.parent, out.usnName = b.rdn, b.rdnAttr, b.parent, max(out.usnName, b.usnName)
	}
}

// linked merges forward links value by value.
func (m *merger) linked() {
	for i := range m.b.links {
		theirs := &m.b.links[i]
		if theirs.attr.BackLink() {
			continue
		}
		ours := m.a.link(theirs.attr)
		merged, changed := m.values(ours, theirs)
		if !changed {
			continue
		}
		m.changed = true
		links := slices.Clone(m.out.links)
		at := slices.IndexFunc(links, func(l link) bool { return l.attr.ID >= theirs.attr.ID })
		switch {
		case at < 0:
			links = append(links, merged)
		case links[at].attr == theirs.attr:
			links[at] = merged
		default:
			links = slices.Insert(links, at, merged)
		}
		m.out.links = links
	}
}

// A linkValue is one value of a link while it is merged.
type linkValue struct {
	to      *node
	stamp   stamp
	present bool
}

func (o *object) linkValues(l *link) []linkValue {
	list := make([]linkValue, 0, len(l.to)+len(l.gone))
	for i, n := range l.to {
		list = append(list, linkValue{n, o.stampOfValue(l, i), true})
	}
	for _, g := range l.gone {
		list = append(list, linkValue{g.to, g.stamp, false})
	}
	return list
}

// values merges the values of one link: ours keep their order, theirs follow.
func (m *merger) values(ours, theirs *link) (merged link, changed bool) {
	list := m.a.linkValues(ours)
	at := make(map[*node]int, len(list))
	for i, v := range list {
		at[v.to] = i
	}
	for _, v := range m.b.linkValues(theirs) {
		if m.only != nil && !m.only(v.stamp) {
			continue
		}
		i, known := at[v.to]
		switch {
		case !known:
			at[v.to] = len(list)
			list, changed = append(list, v), true
		case m.f.newer(v.stamp, list[i].stamp):
			changed = true
			if v.present && !list[i].present { // it comes anew, behind the others
				list[i].to = nil
				at[v.to] = len(list)
				list = append(list, v)
			} else {
				list[i] = v
			}
		}
	}
	if !changed {
		return link{}, false
	}
	return m.link(ours, theirs, list), true
}

// link puts merged values together. Of two values of a single-valued link the
// newer one stays.
func (m *merger) link(ours, theirs *link, list []linkValue) link {
	l := link{attr: theirs.attr, usn: max(ours.usn, theirs.usn), vals: []stamp{}}
	newest := stamp{}
	for _, v := range list {
		if v.to != nil && v.present && m.f.newer(v.stamp, newest) {
			newest = v.stamp
		}
	}
	for _, v := range list {
		switch {
		case v.to == nil:
		case v.present && (!l.attr.Single || v.stamp == newest):
			l.to, l.vals = append(l.to, v.to), append(l.vals, v.stamp)
		default:
			l.gone = append(l.gone, goneLink{v.to, v.stamp})
		}
	}
	return l
}

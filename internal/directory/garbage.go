package directory

import (
	"strconv"
	"time"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
)

// lifetimes is how long a forest keeps what was deleted, as its Directory
// Service object says (MS-ADTS 6.1.1.2.4.1.1).
type lifetimes struct {
	deleted   time.Duration // of deleted objects, with the recycle bin
	tombstone time.Duration // of tombstones and recycled objects
	period    time.Duration // between two collections of garbage
}

const (
	day                = 24 * time.Hour
	defaultTombstone   = 60 // days, when tombstoneLifetime is absent
	shortestLifetime   = 2  // days
	defaultGarbageTime = 12 // hours, when garbageCollPeriod is absent
	longestGarbageTime = 168
)

// lifetimesOf reads a Directory Service object. tombstoneLifetime and
// msDS-DeletedObjectLifetime are days, the latter like the former when it is
// absent; garbageCollPeriod is hours from 1 to 168.
func (f *Forest) lifetimesOf(service *object) lifetimes {
	number := func(v values, otherwise int64) int64 {
		if !v.any {
			return otherwise
		}
		n, err := strconv.ParseInt(v.one, 10, 32)
		if err != nil {
			return otherwise
		}
		return n
	}
	tombstone := max(number(service.stored(f.k.tombstoneLifetime), defaultTombstone), shortestLifetime)
	deleted := max(number(service.stored(f.k.deletedObjectLifetime), tombstone), shortestLifetime)
	period := min(max(number(service.stored(f.k.garbageCollPeriod), defaultGarbageTime), 1), longestGarbageTime)
	return lifetimes{time.Duration(deleted) * day, time.Duration(tombstone) * day, time.Duration(period) * time.Hour}
}

// fate is when a deleted object becomes a recycled one and when it is gone. With
// the recycle bin the first lifetime goes before the second; a tombstone is
// never recycled (MS-ADTS 3.1.1.5.5.1).
func (l lifetimes) fate(bin bool, deleted, recycled time.Time) (recycle, end time.Time) {
	switch {
	case !recycled.IsZero():
		return recycled, recycled.Add(l.tombstone)
	case bin:
		recycle = deleted.Add(l.deleted)
		return recycle, recycle.Add(l.tombstone)
	}
	return time.Time{}, deleted.Add(l.tombstone)
}

// lifetimes is what is in force.
func (f *Forest) lifetimes() lifetimes {
	if l := f.keeps.Load(); l != nil {
		return *l
	}
	return f.lifetimesOf(&object{})
}

// collectGarbage recycles and removes what has been deleted for long enough. It
// stands for what every domain controller does by itself: a removal is no
// change that replicates.
func (f *Forest) collectGarbage(now time.Time) {
	if !f.garbage.Load() {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	left := false
	defer func() { f.garbage.Store(left) }()
	life, bin := f.lifetimes(), f.recycleBin.Load()
	var ended []*object
	for _, n := range f.nodes {
		o := n.obj.Load()
		if o == nil || o.ended {
			continue
		}
		if !o.deleted {
			left = f.forgetAbsent(n, now.Add(-life.tombstone)) || left
			continue
		}
		left = true
		recycle, end := life.fate(bin, f.deletedAt(o), f.recycledAt(o))
		if bin && !o.recycled && !now.Before(recycle) {
			f.recycle(n, recycle)
			o = n.obj.Load()
		}
		if !now.Before(end) {
			ended = append(ended, o)
		}
	}
	f.erase(ended, now)
}

// deletedAt is when an object was deleted.
func (f *Forest) deletedAt(o *object) time.Time {
	if s := f.stampOf(o, f.k.isDeleted.ID); s.version > 0 {
		return time.Unix(s.time, 0)
	}
	return time.Unix(o.changed, 0)
}

// recycledAt is when an object was recycled; zero when it was not.
func (f *Forest) recycledAt(o *object) time.Time {
	if !o.recycled {
		return time.Time{}
	}
	if s := f.stampOf(o, f.k.isRecycled.ID); s.version > 0 {
		return time.Unix(s.time, 0)
	}
	return time.Unix(o.changed, 0)
}

// recycle makes a recycled object of a deleted one: no attribute but what a
// tombstone has, and no link (MS-ADTS 3.1.1.5.5.1.3). The caller holds the lock.
func (f *Forest) recycle(n *node, at time.Time) {
	s := f.root.dcs[0].itself(at)
	m := &modification{tx: s.begin(), n: n, before: n.obj.Load()}
	m.recycle(n)
	m.commit()
}

func (m *modification) recycle(n *node) {
	m.cutLinks(n)
	o := m.edit(n, true)
	m.f.strip(o)
	o.recycled = true
}

// forgetAbsent drops the values of links that were removed before a time, and
// reports whether younger ones are left.
func (f *Forest) forgetAbsent(n *node, before time.Time) (left bool) {
	old := false
	for _, l := range n.obj.Load().links {
		for _, g := range l.gone {
			old, left = old || g.time < before.Unix(), left || g.time >= before.Unix()
		}
	}
	if old {
		f.store(n, func(o *object) { o.links = withoutAbsent(o.links, before) })
	}
	return left
}

func withoutAbsent(links []link, before time.Time) []link {
	out := append([]link{}, links...)
	for i := range out {
		var kept []goneLink
		for _, g := range out[i].gone {
			if g.time >= before.Unix() {
				kept = append(kept, g)
			}
		}
		out[i].gone = kept
	}
	return out
}

// erase removes objects for good. The caller holds the lock.
func (f *Forest) erase(list []*object, now time.Time) {
	for i, o := range list {
		if f.commit != nil {
			c := f.export(o, f.usn+1, now, false)
			c.Removed, c.Last = true, i == len(list)-1
			if err := f.commit(c); err != nil {
				return // the next collection tries again
			}
		}
	}
	if len(list) > 0 {
		f.usn++
	}
	for _, o := range list {
		f.uninstall(o.node)
	}
}

// uninstall takes an object out of everything that finds objects. What still
// holds its node sees an object that has ended.
func (f *Forest) uninstall(n *node) {
	o := n.obj.Load()
	for i := range o.links {
		l := &o.links[i]
		other := l.attr.Other()
		for _, to := range l.to {
			if other != nil && to.obj.Load() != nil {
				f.store(to, func(t *object) { t.dropValue(other, n) })
			}
		}
	}
	for _, dc := range f.dsas {
		if v := dc.stale.Load(); v != nil {
			v.drop(n)
		}
	}
	f.detach(o)
	f.reindex(o, nil)
	delete(f.byGUID, o.guid)
	if f.bySID[o.sid] == n {
		delete(f.bySID, o.sid)
	}
	f.tokens.Delete(n)
	if o.usnCreated == plantedUSN {
		f.erased = append(f.erased, o.guid)
	}
	end := o.clone()
	end.ended, end.deleted, end.recycled, end.links = true, true, true, nil
	f.strip(end)
	n.obj.Store(end)
}

// plantedUSN is the uSNCreated of what a forest is born with.
const plantedUSN = 1

// dropValue removes one value of a link without a trace; the object must be
// nobody else's.
func (o *object) dropValue(a *schema.Attribute, n *node) {
	links := append([]link{}, o.links...)
	for i := range links {
		if links[i].attr != a {
			continue
		}
		l := links[i]
		var to []*node
		var vals []stamp
		for j, v := range l.to {
			if v == n {
				continue
			}
			to = append(to, v)
			if j < len(l.vals) {
				vals = append(vals, l.vals[j])
			}
		}
		links[i] = link{attr: l.attr, usn: l.usn, to: to, vals: vals, gone: l.gone}
	}
	o.links = links
}

package directory

import (
	"slices"
	"time"
)

// A sent is the state of an object on its way to another replica, as its sender
// knows it.
type sent struct {
	n         *node
	o         *object
	inherited bool // only entries that its descriptor inherits: no write of its own
}

// An arrival is what a replica will know at a time.
type arrival struct {
	at   int64 // Unix nanoseconds
	usn  uint32
	list []sent
	part bool // only what the operation of this number wrote
}

// absorb merges states into what a replica knows, and keeps the other ends of
// links in step.
func (f *Forest) absorb(in []sent, only func(stamp) bool, get func(*node) *object, put func(*node, *object)) {
	for _, s := range in {
		cur := get(s.n)
		var next *object
		switch {
		case cur == nil && (s.inherited || only != nil):
			continue
		case cur == nil:
			next = f.newcomer(s, get)
		case s.inherited:
			next = cur.clone()
			next.sd = s.o.sd
		default:
			next = f.merge(cur, s.o, only)
		}
		if next = f.prune(next, get); next != cur {
			put(s.n, next)
			f.turnBacks(s.n, cur, next, get, put)
			if f.linkless(next) && cur != nil && !f.linkless(cur) {
				f.cutBacks(s.n, cur, get, put)
			}
		}
	}
}

// linkless reports whether an object has lost its links for good.
func (f *Forest) linkless(o *object) bool {
	return o.deleted && (o.recycled || !f.recycleBin.Load())
}

// prune drops the values of links that lead to what has no links any more.
func (f *Forest) prune(o *object, get func(*node) *object) *object {
	for i := range o.links {
		l := &o.links[i]
		if l.attr.BackLink() {
			continue
		}
		for _, n := range l.to {
			if to := get(n); to != nil && f.linkless(to) {
				o = o.clone()
				o.dropValue(l.attr, n)
			}
		}
	}
	return o
}

// cutBacks takes an object out of the links of those that point at it.
func (f *Forest) cutBacks(n *node, was *object, get func(*node) *object, put func(*node, *object)) {
	for _, l := range was.links {
		if !l.attr.BackLink() || l.attr.Other() == nil {
			continue
		}
		for _, from := range l.to {
			if g := get(from); g != nil && contains(g.linked(l.attr.Other()), n) {
				c := g.clone()
				c.dropValue(l.attr.Other(), n)
				put(from, c)
			}
		}
	}
}

// newcomer is an object that a replica has not known: its back links come from
// the objects that the replica knows.
func (f *Forest) newcomer(s sent, get func(*node) *object) *object {
	o := s.o.clone()
	o.links = slices.DeleteFunc(slices.Clone(o.links), func(l link) bool { return l.attr.BackLink() })
	candidates := [][]link{s.o.links}
	if now := s.n.obj.Load(); now != nil {
		candidates = append(candidates, now.links)
	}
	for _, links := range candidates {
		for _, l := range links {
			if !l.attr.BackLink() || l.attr.Other() == nil {
				continue
			}
			for _, from := range l.to {
				have := o.linked(l.attr)
				if g := get(from); g != nil && contains(g.linked(l.attr.Other()), s.n) && !contains(have, from) {
					o.setLinks(l.attr, o.usnChanged, append(copyNodes(have), from))
				}
			}
		}
	}
	return o
}

// turnBacks changes the back links of those whom an object points at, or did.
func (f *Forest) turnBacks(n *node, was, is *object, get func(*node) *object, put func(*node, *object)) {
	turn := func(l *link, to []*node, add bool) {
		back := l.attr.Other()
		if back == nil {
			return
		}
		for _, other := range l.to {
			if contains(to, other) {
				continue
			}
			v := get(other)
			if v == nil || contains(v.linked(back), n) == add {
				continue
			}
			c := v.clone()
			if add {
				c.setLinks(back, c.usnChanged, append(copyNodes(c.linked(back)), n))
			} else {
				c.setLinks(back, c.usnChanged, without(c.linked(back), n))
			}
			put(other, c)
		}
	}
	for i := range is.links {
		if l := &is.links[i]; !l.attr.BackLink() {
			var before []*node
			if was != nil {
				before = was.linked(l.attr)
			}
			turn(l, before, true)
		}
	}
	if was == nil {
		return
	}
	for i := range was.links {
		if l := &was.links[i]; !l.attr.BackLink() {
			turn(l, is.linked(l.attr), false)
		}
	}
}

// comes lets what is due arrive at every replica: who asks any of them something
// says what time it is. The caller does not hold the lock.
func (f *Forest) comes(now time.Time) {
	for _, dc := range f.dsas {
		if due := dc.due.Load(); due != 0 && now.UnixNano() >= due && !dc.cut() {
			f.mu.Lock()
			dc.arrive(now)
			f.mu.Unlock()
		}
	}
}

// arrive lets what is due arrive at one replica. The caller holds the lock.
func (dc *DC) arrive(now time.Time) {
	f, v := dc.forest, dc.stale.Load()
	if v == nil {
		return
	}
	for len(v.queue) > 0 && v.queue[0].at <= now.UnixNano() {
		a := v.queue[0]
		var only func(stamp) bool
		if a.part {
			only = ofWrite(a.usn)
		}
		f.absorb(a.list, only, dc.see, v.keep)
		for _, s := range a.list {
			f.watch.tell(s.n)
		}
		v.queue = v.queue[1:]
	}
	dc.rest()
}

// rest notes when the next arrival is due. A replica with nothing on its way has
// the newest state. The caller holds the lock.
func (dc *DC) rest() {
	v := dc.stale.Load()
	switch {
	case v == nil:
	case len(v.queue) == 0:
		for n, o := range v.by {
			if dc.forest.settled != nil {
				dc.forest.settled(dc, n, o)
			}
		}
		dc.stale.Store(nil)
		dc.due.Store(0)
		dc.forest.membership.Add(1)
	default:
		dc.due.Store(v.queue[0].at)
	}
}

// expect puts states on their way to a replica. The caller holds the lock.
func (dc *DC) expect(a arrival) {
	v := dc.behind()
	i := 0
	for i < len(v.queue) && v.queue[i].at <= a.at {
		i++
	}
	v.queue = slices.Insert(v.queue, i, a)
}

// ofWrite picks what one operation wrote.
func ofWrite(usn uint32) func(stamp) bool {
	return func(s stamp) bool { return s.usn == usn }
}

// expected is when the last news of an object will arrive; zero when none is on
// its way.
func (dc *DC) expected(n *node) (at time.Time) {
	v := dc.stale.Load()
	if v == nil {
		return at
	}
	for _, a := range v.queue {
		if slices.ContainsFunc(a.list, func(s sent) bool { return s.n == n }) {
			at = time.Unix(0, a.at).UTC()
		}
	}
	return at
}

// pull makes a replica know what another one knows of an object (MS-DRSR
// replicateSingleObject). The caller does not hold the lock.
func (dc *DC) pull(n *node, from *DC) {
	f := dc.forest
	f.mu.Lock()
	defer f.mu.Unlock()
	if v := dc.stale.Load(); v != nil {
		if o := from.see(n); o != nil {
			f.absorb([]sent{{n: n, o: o}}, nil, dc.see, v.keep)
		}
	}
}

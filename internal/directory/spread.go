package directory

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/directory/security"
)

// A settlement is what an operation of one replica makes of the forest's newest
// state, in which other replicas have written meanwhile.
type settlement struct {
	t      *tx
	w      writer
	at     map[*node]int
	list   []stagedObject
	fixups []fixup
}

// A fixup is a change that replicas make by themselves as soon as they know two
// objects that cannot both stay as they are: an object and its deleted parent,
// or two with one name.
type fixup struct {
	n, because *node
}

func (s *settlement) get(n *node) *object {
	if i, ok := s.at[n]; ok {
		return s.list[i].next
	}
	return n.obj.Load()
}

func (s *settlement) put(n *node, o *object, bump bool) {
	i, ok := s.at[n]
	if !ok {
		i = len(s.list)
		s.at[n] = i
		s.list = append(s.list, stagedObject{node: n, old: n.obj.Load()})
	}
	s.list[i].next, s.list[i].bump = o, s.list[i].bump || bump
}

// settle merges what the operation staged into the newest state. A replica that
// has everything writes to that state itself.
func (t *tx) settle(w writer) *settlement {
	if t.s.state() == nil {
		return &settlement{list: t.staged}
	}
	s := &settlement{t: t, w: w, at: map[*node]int{}}
	put := func(n *node, o *object) { s.put(n, o, false) }
	for _, st := range t.staged {
		if st.bump && st.old == st.node.obj.Load() { // nobody else has written to it
			s.put(st.node, t.f.withBacks(st.next, st.old), true)
		}
	}
	for _, st := range t.staged {
		was := st.node.obj.Load()
		switch {
		case !st.bump && st.old.sd != st.next.sd:
			o := s.get(st.node).clone()
			o.sd = st.next.sd
			s.put(st.node, o, false)
		case st.bump:
			if st.old != was {
				s.put(st.node, s.reinherit(t.f.merge(s.get(st.node), st.next, nil)), true)
			}
			if o := t.f.prune(s.get(st.node), s.get); o != s.get(st.node) {
				s.put(st.node, o, true)
			}
			t.f.turnBacks(st.node, was, s.get(st.node), s.get, put)
			if was != nil && was.sd != s.get(st.node).sd {
				s.propagate(st.node)
			}
		}
	}
	for i := 0; i < len(s.list); i++ { // it grows
		s.fit(s.list[i].node)
	}
	return s
}

// withBacks is an object with the back links that it has in the newest state:
// what the operation made of them follows from the forward ones.
func (f *Forest) withBacks(o, was *object) *object {
	if was == nil || f.linkless(o) {
		return o
	}
	back := func(l link) bool { return l.attr.BackLink() }
	if !slices.ContainsFunc(o.links, back) && !slices.ContainsFunc(was.links, back) {
		return o
	}
	o = o.clone()
	o.links = slices.DeleteFunc(slices.Clone(o.links), back)
	for _, l := range was.links {
		if l.attr.BackLink() {
			o.setLinks(l.attr, l.usn, l.to)
		}
	}
	return o
}

// reinherit computes again what a descriptor inherits: the entries that came
// with it may be older than the parent's.
func (s *settlement) reinherit(o *object) *object {
	if o.parent == nil {
		return o
	}
	next := security.Reinherit(o.sd, s.get(o.parent).sd, o.class.guids, s.t.f.rules)
	if next != o.sd {
		o = o.clone()
		o.sd = s.t.f.intern(next)
	}
	return o
}

// propagate hands inherited entries on to children that the writing replica may
// not know.
func (s *settlement) propagate(n *node) {
	if n.kids == nil {
		return
	}
	for _, c := range n.kids.list {
		if c == nil {
			continue
		}
		if o := s.reinherit(s.get(c)); o.sd != s.get(c).sd {
			s.put(c, o, false)
			s.propagate(c)
		}
	}
}

// fit finds an object a place among those of other replicas.
func (s *settlement) fit(n *node) {
	was, is := s.list[s.at[n]].old, s.get(n)
	if is.parent == nil {
		return
	}
	if is.deleted {
		if was != nil && !was.deleted && n.kids != nil {
			for _, c := range slices.Clone(n.kids.list) {
				if c != nil && !s.get(c).deleted && s.get(c).parent == n {
					s.orphan(c, n)
				}
			}
		}
		if s.t.f.linkless(is) && was != nil {
			s.t.f.cutBacks(n, was, s.get, func(n *node, o *object) { s.put(n, o, true) })
		}
		return
	}
	if s.get(is.parent).deleted {
		s.orphan(n, is.parent)
		is = s.get(n)
	}
	if was == nil || was.parent != is.parent || was.rdn != is.rdn || was.deleted {
		if other := s.holder(n); other != nil {
			s.rename(n, other)
		}
	}
	if sam := s.t.f.k.sAMAccountName; was == nil || was.deleted || was.text(sam) != is.text(sam) {
		if other := s.namesake(n); other != nil {
			s.renameAccount(n, other)
		}
	}
}

// amend makes a fixup.
func (s *settlement) amend(n, because *node, change func(*object)) {
	was := s.get(n)
	o := was.clone()
	change(o)
	o.usnChanged, o.changed = s.w.usn, s.w.now.Unix()
	s.t.f.stampChanges(was, o, s.w)
	s.put(n, o, true)
	s.fixups = append(s.fixups, fixup{n, because})
}

// orphan moves an object whose parent another replica deleted to LostAndFound
// (MS-DRSR 4.1.10.6).
func (s *settlement) orphan(n, parent *node) {
	f := s.t.f
	lost := f.lostAndFound(s.get(n).part)
	if lost == nil {
		return
	}
	s.amend(n, parent, func(o *object) {
		o.parent, o.usnName = lost, s.w.usn
		o.set(f.k.lastKnownParent, s.w.usn, oneValue(f.lastName(s.get(parent))))
	})
}

// lastName is the name that a deleted object had.
func (f *Forest) lastName(o *object) string {
	name := o.rdn
	if i := slices.Index([]byte(name), '\n'); i >= 0 {
		name = name[:i]
	}
	above := o.text(f.k.lastKnownParent)
	if above == "" {
		return o.dn()
	}
	return string(appendRDN(nil, o.rdnAttr, name)) + "," + above
}

// lostAndFound is where the orphans of a partition go.
func (f *Forest) lostAndFound(p *partition) *node {
	name := rdn{f.k.cn, "LostAndFound"}
	if p.domain == nil {
		name.value = "LostAndFoundConfig"
	}
	found, _ := f.lookup(append(dname{name}, p.name...))
	return found
}

// holder is another object with the place of n, or nil.
func (s *settlement) holder(n *node) *node {
	f := s.t.f
	at := f.placeOf(s.get(n))
	for _, st := range s.list {
		if st.node != n && st.next.parent != nil && !st.next.deleted && f.placeOf(st.next) == at {
			return st.node
		}
	}
	if at.parent.kids == nil {
		return nil
	}
	other := at.parent.kids.byRDN[at.key]
	if other == nil || other == n || f.placeOf(s.get(other)) != at {
		return nil
	}
	return other
}

// rename takes the name from that of two objects whose name is older: it gets a
// mangled one (MS-DRSR 4.1.10.6).
func (s *settlement) rename(n, other *node) {
	f := s.t.f
	loser, winner := n, other
	if f.newer(f.stampOf(s.get(n), f.k.name.ID), f.stampOf(s.get(other), f.k.name.ID)) {
		loser, winner = other, n
	}
	s.amend(loser, winner, func(o *object) {
		o.rdn, o.usnName = mangledName(o.rdn, "CNF", o.guid), s.w.usn
	})
}

// namesake is another account of the domain with the account name of n, or nil.
// Samba lets both have it.
func (s *settlement) namesake(n *node) *node {
	f, is := s.t.f, s.get(n)
	sam := f.k.sAMAccountName
	if f.flavour.samba() || !is.stored(sam).any {
		return nil
	}
	key := f.normal(sam, is.text(sam))
	list := f.indexFor(sam).get(key, nil)
	for _, st := range s.list {
		list = append(list, st.node)
	}
	for _, other := range list {
		if o := s.get(other); other != n && !o.deleted && o.part == is.part && f.normal(sam, o.text(sam)) == key {
			return other
		}
	}
	return nil
}

// renameAccount takes the account name from one of two accounts. The older one
// keeps it, of computers the newer one; the other gets one that the system
// assigns (events 12292 and 12304 of source SAM, Account Integrity).
func (s *settlement) renameAccount(n, other *node) {
	a, b := s.get(n), s.get(other)
	loser, winner := n, other
	if s.t.f.older(a, b) != (a.class.is("computer") && b.class.is("computer")) {
		loser, winner = other, n
	}
	s.amend(loser, winner, func(o *object) {
		o.set(s.t.f.k.sAMAccountName, s.w.usn, oneValue(fmt.Sprintf("$DUPLICATE-%x", o.sid.RID())))
	})
}

// older reports whether an object was made before another.
func (f *Forest) older(a, b *object) bool {
	if x, y := a.birth(0), b.birth(0); f.newer(x, y) != f.newer(y, x) {
		return f.newer(y, x)
	}
	return bytes.Compare(a.guid[:], b.guid[:]) < 0
}

// A delivery is what one operation sends to one replica.
type delivery struct {
	to       *DC
	now      []sent
	password []sent // the password and what goes with it, at once
	later    map[time.Time][]sent
}

// deliveries plans how the changes of an operation travel to the other domain
// controllers of the forest: all of them have configuration and schema, and a
// copy of part of each domain, as the global catalogue or by asking it (MS-ADTS
// 3.1.1.1.9). The settings are those of the domain where the write was made.
func (t *tx) deliveries() (out []delivery) {
	from := t.s.dc
	if len(t.f.dsas) < 2 || t.s.everywhere {
		return nil
	}
	r, partner := from.domain.Settings().Replication, 0
	for _, to := range from.partners() {
		one := delivery{to: to, later: map[time.Time][]sent{}}
		for _, st := range t.staged {
			if !st.logged() {
				continue
			}
			s := sent{n: st.node, o: st.next, inherited: !st.bump}
			wait := r.delay(from, to, partner, t.f.urgent(st.old, st.next))
			switch {
			case wait == 0 && !to.cut():
				one.now = append(one.now, s)
			case to == from.domain.PDC() && !r.CutToPDC && st.old != nil && st.old.secret != st.next.secret:
				one.password = append(one.password, s) // by a call of its own
				fallthrough
			default:
				at := t.s.now.Add(wait)
				one.later[at] = append(one.later[at], s)
			}
		}
		if to.cfg.Site == from.cfg.Site {
			partner++
		}
		out = append(out, one)
	}
	return out
}

// partners are the other domain controllers of the forest, those of the own
// domain first.
func (dc *DC) partners() []*DC {
	list := make([]*DC, 0, len(dc.forest.dsas))
	for _, own := range []bool{true, false} {
		for _, to := range dc.forest.dsas {
			if to != dc && (to.domain == dc.domain) == own {
				list = append(list, to)
			}
		}
	}
	return list
}

// hold makes the replicas keep what they know of objects that are about to
// change. It must come before the changes are visible.
func (t *tx) hold(list []delivery, s *settlement) {
	for _, d := range list {
		if len(d.later) == 0 && len(s.fixups) == 0 && d.to.stale.Load() == nil {
			continue // it has everything, and gets this at once
		}
		v := d.to.behind()
		for _, st := range s.list {
			if _, ok := v.known(st.node); !ok {
				v.keep(st.node, st.old)
			}
		}
	}
	v := t.s.state()
	if v == nil {
		return
	}
	for _, st := range s.list {
		own, wrote := t.own(st.node)
		_, known := v.known(st.node)
		switch {
		case wrote && (known || own != st.next):
			v.keep(st.node, own)
		case !wrote && !known:
			v.keep(st.node, st.old)
		}
	}
}

// own is what the operation itself made of an object.
func (t *tx) own(n *node) (*object, bool) {
	for _, st := range t.staged {
		if st.node == n {
			return st.next, true
		}
	}
	return nil, false
}

// spread sends the changes on their way.
func (t *tx) spread(list []delivery, s *settlement, usn uint32) {
	for _, one := range list {
		if v := one.to.stale.Load(); v != nil {
			t.f.absorb(one.password, t.f.ofPassword, one.to.see, v.keep)
			t.f.absorb(one.now, nil, one.to.see, v.keep)
		}
		for at, states := range one.later {
			one.to.expect(arrival{at: at.UnixNano(), usn: usn, list: states})
		}
	}
	if t.s.everywhere {
		t.tellAll(usn)
	}
	for _, x := range s.fixups {
		for _, dc := range t.f.dsas {
			t.fix(dc, x, usn)
		}
	}
	for _, dc := range t.f.dsas {
		dc.rest()
	}
}

// fix lets a replica make a fixup as soon as it knows both objects.
func (t *tx) fix(dc *DC, x fixup, usn uint32) {
	state := []sent{{n: x.n, o: x.n.obj.Load()}}
	at, other := dc.expected(x.n), dc.expected(x.because)
	if other.After(at) {
		at = other
	}
	if at.IsZero() {
		if v := dc.stale.Load(); v != nil {
			t.f.absorb(state, ofWrite(usn), dc.see, v.keep)
		}
		return
	}
	dc.expect(arrival{at: at.UnixNano(), usn: usn, list: state, part: true})
}

// tellAll makes every replica know what the directory's own administration
// wrote, and nothing else of the objects.
func (t *tx) tellAll(usn uint32) {
	for _, dc := range t.f.dsas {
		v := dc.stale.Load()
		if v == nil {
			continue
		}
		for _, st := range t.staged {
			if _, ok := v.known(st.node); ok {
				s := sent{n: st.node, o: st.next, inherited: !st.bump}
				t.f.absorb([]sent{s}, ofWrite(usn), dc.see, v.keep)
			}
		}
	}
}

// ofPassword picks what a domain controller tells the PDC emulator of a new
// password: hash, time and lockout (MS-SAMS 3.3.5.4).
func (f *Forest) ofPassword(s stamp) bool {
	return slices.ContainsFunc([]*schema.Attribute{f.k.unicodePwd, f.k.pwdLastSet, f.k.lockoutTime}, func(a *schema.Attribute) bool { return a.ID == s.id })
}

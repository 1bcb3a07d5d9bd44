package directory

import (
	"math"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
)

// A tx is one operation's changes: all of them are made, or none. Its owner
// holds the write lock from begin to commit.
type tx struct {
	s      *session
	f      *Forest
	staged []stagedObject
	events []SecurityEvent
	local  []func() // changes of what is not replicated

	operation string // OpCorrelationID; "" until an event needs it
}

type stagedObject struct {
	node *node
	old  *object // nil: new
	next *object
	bump bool // counts as a change of the object
}

func (s *session) begin() *tx { return &tx{s: s, f: s.f} }

// object returns what an object is after the changes so far.
func (t *tx) object(n *node) *object {
	for i := len(t.staged) - 1; i >= 0; i-- {
		if t.staged[i].node == n {
			return t.staged[i].next
		}
	}
	return t.s.view(n)
}

// edit returns the version of an object that may be changed. bump false is for
// changes that are not replicated, such as back links.
func (t *tx) edit(n *node, bump bool) *object {
	for i := range t.staged {
		if t.staged[i].node == n {
			t.staged[i].bump = t.staged[i].bump || bump
			return t.staged[i].next
		}
	}
	old := t.s.view(n)
	next := old.clone()
	t.staged = append(t.staged, stagedObject{n, old, next, bump})
	return next
}

// add stages a new object.
func (t *tx) add(o *object) {
	o.node = &node{}
	t.staged = append(t.staged, stagedObject{o.node, nil, o, true})
}

// usn is the number of this operation's changes.
func (t *tx) usn() uint32 { return t.f.usn + 1 }

// set changes an attribute of an object, unless it already has the values.
func (t *tx) set(n *node, a *schema.Attribute, v values) {
	if sameList(t.object(n).stored(a), v) {
		return
	}
	t.edit(n, true).set(a, t.usn(), v)
}

func sameList(a, b values) bool {
	if a.len() != b.len() {
		return false
	}
	for i := range a.len() {
		if a.at(i) != b.at(i) {
			return false
		}
	}
	return true
}

// commit offers the changes to the log and makes them visible.
func (t *tx) commit() *refusal {
	f := t.f
	if len(t.staged) == 0 {
		t.finish()
		return nil
	}
	if f.usn == math.MaxUint32 {
		return svcErr(Other, dsOperationsError, "0C0A0000")
	}
	usn, when := t.usn(), t.s.now
	w := writer{t.s.dc.number, usn, when, t.object, t.s.req.Controls.ForceUpdate}
	for i := range t.staged {
		if st := &t.staged[i]; st.bump {
			st.next.usnChanged, st.next.changed = usn, when.Unix()
			f.stampChanges(st.old, st.next, w)
		}
	}
	final, out := t.settle(w), t.deliveries()
	if f.commit != nil || f.watch.any() {
		if r := t.publish(final.list, usn, when); r != nil {
			return r
		}
	}
	f.usn = usn
	t.hold(out, final)
	for _, st := range final.list {
		f.install(st)
	}
	t.spread(out, final, usn)
	t.finish()
	return nil
}

func (t *tx) finish() {
	for _, do := range t.local {
		do()
	}
}

// install makes one change visible.
func (f *Forest) install(st stagedObject) {
	old, next := st.old, st.next
	if old == nil {
		st.node.slot = uint32(len(f.nodes))
		f.nodes = append(f.nodes, st.node)
		f.byGUID[next.guid] = st.node
		if next.sid != "" && !next.class.is("foreignSecurityPrincipal") {
			f.bySID[next.sid] = st.node
		}
		f.attach(next)
	} else if old.parent != next.parent || old.rdn != next.rdn {
		f.detach(old)
		f.attach(next)
	}
	st.node.obj.Store(next)
	f.reindex(old, next)
	f.notice(old, next)
}

// notice keeps up what is derived from objects.
func (f *Forest) notice(old, next *object) {
	k := f.k
	if next.deleted {
		f.garbage.Store(true)
	}
	if next.class.is("group") || next.class.is("foreignSecurityPrincipal") || len(next.links) > 0 || old != nil && len(old.links) > 0 {
		if old == nil || !sameLinks(old, next) || old.deleted != next.deleted || next.class.is("group") && old.text(k.groupType) != next.text(k.groupType) {
			f.membership.Add(1)
		}
	}
	switch {
	case next.class.is("msDS-PasswordSettings"):
		f.policies.Add(1)
	case next.class.structural.Name == "nTDSService":
		h, life := next.text(k.dSHeuristics), f.lifetimesOf(next)
		f.heuristics.Store(&h)
		f.keeps.Store(&life)
		f.noticeSettings(next)
	case next.parent == nil && next.part.domain != nil:
		next.part.domain.noticeHead(next)
	case next.class.structural.Name == "queryPolicy":
		f.noticeLimits(next)
	case next.class.structural.Name == "crossRefContainer":
		f.noticeFeatures(next)
	}
}

// noticeFeatures reads from the partitions container which optional features are
// on (MS-ADTS 3.1.1.9). None is ever switched off.
func (f *Forest) noticeFeatures(partitions *object) {
	for _, n := range partitions.linked(f.k.enabledFeature) {
		if o := n.obj.Load(); o != nil && o.rdn == "Recycle Bin Feature" {
			f.recycleBin.Store(true)
		}
	}
}

func sameLinks(a, b *object) bool {
	if len(a.links) != len(b.links) {
		return false
	}
	for i := range a.links {
		if a.links[i].attr != b.links[i].attr || len(a.links[i].to) != len(b.links[i].to) ||
			len(a.links[i].to) > 0 && &a.links[i].to[0] != &b.links[i].to[0] {
			return false
		}
	}
	return true
}

// link adds the two ends of a link.
func (t *tx) link(from *node, a *schema.Attribute, to *node) {
	forward := t.edit(from, true)
	forward.setLinks(a, t.usn(), append(copyNodes(forward.linked(a)), to))
	if back := a.Other(); back != nil && t.object(to) != nil {
		o := t.edit(to, false)
		o.setLinks(back, t.usn(), append(copyNodes(o.linked(back)), from))
	}
}

// unlink removes the two ends of a link.
func (t *tx) unlink(from *node, a *schema.Attribute, to *node) {
	forward := t.edit(from, true)
	forward.setLinks(a, t.usn(), without(forward.linked(a), to))
	if back := a.Other(); back != nil && t.object(to) != nil {
		o := t.edit(to, false)
		o.setLinks(back, t.usn(), without(o.linked(back), from))
	}
}

// copyNodes is a copy with room for one more.
func copyNodes(list []*node) []*node {
	return append(make([]*node, 0, len(list)+1), list...)
}

func without(list []*node, gone *node) []*node {
	out := make([]*node, 0, len(list))
	for _, n := range list {
		if n != gone {
			out = append(out, n)
		}
	}
	return out
}

func contains(list []*node, n *node) bool {
	for _, have := range list {
		if have == n {
			return true
		}
	}
	return false
}

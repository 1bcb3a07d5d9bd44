package directory

import (
	"fmt"
	"slices"
)

// OnSettled calls report for every object of which a replica, with nothing on
// its way to it any more, knows something else than the newest state.
func (f *Forest) OnSettled(report func(dc, what string)) {
	f.settled = func(dc *DC, n *node, o *object) {
		if d := f.difference(o, n.obj.Load()); d != "" {
			report(dc.name, d)
		}
	}
}

func (f *Forest) difference(a, b *object) string {
	if a == nil {
		return b.dn() + " is not known"
	}
	if a.rdn != b.rdn || a.parent != b.parent || a.deleted != b.deleted || a.recycled != b.recycled || a.class != b.class || a.secret != b.secret {
		return fmt.Sprintf("%q below %s (deleted %t) is %q below %s (deleted %t)", a.rdn, a.parent.obj.Load().dn(), a.deleted, b.rdn, b.parent.obj.Load().dn(), b.deleted)
	}
	for _, at := range f.schema.Attributes {
		if !sameList(a.stored(at), b.stored(at)) {
			return fmt.Sprintf("%s of %s: %q is %q", at.Name, b.dn(), a.stored(at).slice(), b.stored(at).slice())
		}
		x, y := a.linked(at), b.linked(at)
		if len(x) != len(y) || slices.ContainsFunc(x, func(n *node) bool { return !contains(y, n) }) {
			return fmt.Sprintf("%s of %s has %d values, not %d", at.Name, b.dn(), len(x), len(y))
		}
		if !at.BackLink() && len(a.link(at).gone) != len(b.link(at).gone) {
			return fmt.Sprintf("%s of %s has %d absent values, not %d", at.Name, b.dn(), len(a.link(at).gone), len(b.link(at).gone))
		}
		if s, t := f.stampOf(a, at.ID), f.stampOf(b, at.ID); s != t {
			return fmt.Sprintf("stamp of %s of %s: %v is %v", at.Name, b.dn(), s, t)
		}
	}
	return ""
}

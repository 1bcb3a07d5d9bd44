package security

import (
	"cmp"
	"slices"
)

// Canonical returns the entries in the order in which Windows stores them:
// explicit before inherited; among the explicit ones deny before allow, and
// plain before object entries (MS-DTYP 2.4.5). Inherited entries keep their
// order: the parent's own came first, in canonical order, then those it had
// inherited, so that the nearest ancestor already stands first.
func Canonical(aces []ACE) []ACE {
	out := slices.Clone(aces)
	slices.SortStableFunc(out, func(a, b ACE) int { return cmp.Compare(rank(a), rank(b)) })
	return out
}

// IsCanonical reports whether [Canonical] would change nothing.
func IsCanonical(aces []ACE) bool {
	return slices.IsSortedFunc(aces, func(a, b ACE) int { return cmp.Compare(rank(a), rank(b)) })
}

func rank(a ACE) int {
	if a.Flags&Inherited != 0 {
		return 4
	}
	r := 0
	if !a.Type.Denies() {
		r = 2
	}
	if a.Type.Object() {
		r++
	}
	return r
}

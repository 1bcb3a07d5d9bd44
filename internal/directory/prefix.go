package directory

import (
	"slices"
	"strings"
)

// A keyOrder is the keys of an index in order, for filters that name how a value
// begins. Keys come one by one and each costs little: new ones wait in recent
// until they are worth a merge. Keys that have gone stay until then; the index
// knows that nobody has them.
type keyOrder struct {
	sorted []string
	recent []string
}

// mergeAt is how many recent keys a search looks through at most, or a sixteenth
// of all keys if that is more.
const mergeAt = 64

// order makes the index answer prefixes. The caller holds the write lock.
func (x *index) order() {
	if x.keys != nil {
		return
	}
	sorted := make([]string, 0, len(x.one))
	for key := range x.one {
		sorted = append(sorted, key)
	}
	slices.Sort(sorted)
	x.keys = &keyOrder{sorted: sorted}
}

func (k *keyOrder) add(key string) {
	k.recent = append(k.recent, key)
	if len(k.recent) <= max(mergeAt, len(k.sorted)/16) {
		return
	}
	k.sorted = append(k.sorted, k.recent...)
	slices.Sort(k.sorted) // two runs in order but for a sixteenth
	k.sorted, k.recent = slices.Compact(k.sorted), nil
}

// below returns the keys in order that begin with prefix.
func (k *keyOrder) below(prefix string) []string {
	from, _ := slices.BinarySearch(k.sorted, prefix)
	n, _ := slices.BinarySearchFunc(k.sorted[from:], prefix, func(key, prefix string) int {
		if strings.HasPrefix(key, prefix) {
			return -1
		}
		return 1
	})
	return k.sorted[from : from+n]
}

// each calls yield with every key that begins with prefix, some of which nobody
// has any more, and some twice.
func (k *keyOrder) each(prefix string, yield func(key string)) {
	for _, key := range k.below(prefix) {
		yield(key)
	}
	for _, key := range k.recent {
		if strings.HasPrefix(key, prefix) {
			yield(key)
		}
	}
}

// countPrefix is about how many objects getPrefix finds.
func (x *index) countPrefix(prefix string) (n int) {
	x.keys.each(prefix, func(key string) { n += x.count(key) })
	return n
}

// getPrefix appends the objects with a key that begins with prefix.
func (x *index) getPrefix(prefix string, to []*node) []*node {
	x.keys.each(prefix, func(key string) { to = x.get(key, to) })
	return to
}

package directory

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

// Keys that come and go after the order was asked for are found like the first.
func TestPrefixesFollowTheIndex(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, holders := newIndex(), map[string]*node{}
		put := func(key string) {
			if holders[key] == nil {
				holders[key] = &node{slot: uint32(len(holders))}
				x.add(key, holders[key])
			}
		}
		for i := range rapid.IntRange(0, 40).Draw(t, "before") {
			put("b" + strconv.Itoa(i*7))
		}
		x.order()
		for i := range rapid.IntRange(0, 300).Draw(t, "after") {
			key := rapid.SampledFrom([]string{"a", "b", "b1", "c"}).Draw(t, "head") + strconv.Itoa(i%90)
			if n := holders[key]; n != nil && i%3 == 0 {
				x.remove(key, n)
				delete(holders, key)
				continue
			}
			put(key)
		}
		for _, prefix := range []string{"a", "b", "b1", "b1\xff", "c", "d"} {
			want := map[*node]bool{}
			for key, n := range holders {
				if strings.HasPrefix(key, prefix) {
					want[n] = true
				}
			}
			got := map[*node]bool{}
			for _, n := range x.getPrefix(prefix, nil) {
				got[n] = true
			}
			assert.Equal(t, want, got, prefix)
			assert.GreaterOrEqual(t, x.countPrefix(prefix), len(want))
		}
		assert.True(t, slices.IsSorted(x.keys.sorted))
	})
}

package policy

import (
	"maps"
	"slices"
)

// sortedUnique sorts downwards and removes repetitions, in place.
func sortedUnique(n []int) []int {
	slices.SortFunc(n, func(a, b int) int { return b - a })
	return slices.Compact(n)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

package rig

import (
	"flag"
	"fmt"
	"strings"
)

// mostSlips is how many letters may be wrong in a key that is still recognised.
const mostSlips = 2

// nearest is the remedy for an unknown key: the one that was meant, or all.
func (o *options) nearest(key string) string {
	squeeze := func(s string) string { return strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(s)) }
	var names []string
	meant, fewest := "", mostSlips+1
	o.set.VisitAll(func(f *flag.Flag) {
		names = append(names, f.Name)
		if n := slips(squeeze(key), squeeze(f.Name)); n < fewest && 2*n < len(f.Name) {
			meant, fewest = f.Name, n
		}
	})
	if meant != "" {
		return fmt.Sprintf("did you mean %q?", meant)
	}
	return "known keys are " + strings.Join(names, ", ")
}

// slips counts the letters to insert, delete or replace that make b of a
// (Levenshtein's distance).
func slips(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}

package strict

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Problem is one mistake in a document.
type Problem struct {
	Path string // "users[3].mobilePhone"; "" for the document as a whole
	Line int    // from 1; 0 when unknown
	Text string // what is wrong, the limit and the remedy
}

// String returns "line 12: users[3].mobilePhone: …".
func (p Problem) String() string {
	var b strings.Builder
	if p.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", p.Line)
	}
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	return b.String() + p.Text
}

// Problems is every mistake of a document, in the order of its lines. As an
// error it prints one line for each.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// Err returns p as an error, sorted by line, or nil when there are none.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return p
}

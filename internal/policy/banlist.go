package policy

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed banlist.txt
var builtinTerms string

// BuiltinBanList is the global list that a lab has unless it is given another.
// The real list is secret and changes daily; this one is ours, made of words and
// patterns that are commonly known to be frequent in passwords (reference 7.1).
var BuiltinBanList = sync.OnceValue(func() *BanList { return NewBanList(BuiltinTerms()) })

// BuiltinTerms lists the terms of the built-in list.
func BuiltinTerms() []string { return ParseTerms(builtinTerms) }

// ParseTerms reads a list of one term a line. Blank lines and lines that begin
// with "# " are left out.
func ParseTerms(text string) []string {
	var terms []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line != "" && line != "#" && !strings.HasPrefix(line, "# ") {
			terms = append(terms, line)
		}
	}
	return terms
}

// A BanList is a list of banned terms, normalised and indexed. It never
// changes, so that any number of labs may share one. The nil list is empty.
type BanList struct {
	terms   map[string]struct{}
	lengths []int // that terms have, in characters, longest first
	byFirst map[edge][]string
	byLast  map[edge][]string
}

// An edge is what two terms at distance one have in common, unless they differ
// there: their length and their first or last character.
type edge struct {
	length int
	char   rune
}

// NewBanList normalises and indexes terms. Empty terms are left out.
func NewBanList(terms []string) *BanList {
	l := &BanList{
		terms:   make(map[string]struct{}, len(terms)),
		byFirst: map[edge][]string{},
		byLast:  map[edge][]string{},
	}
	for _, t := range terms {
		t = normaliseTerm(t)
		if _, have := l.terms[t]; have || t == "" {
			continue
		}
		l.terms[t] = struct{}{}
		n := utf8.RuneCountInString(t)
		first, _ := utf8.DecodeRuneInString(t)
		last, _ := utf8.DecodeLastRuneInString(t)
		l.byFirst[edge{n, first}] = append(l.byFirst[edge{n, first}], t)
		l.byLast[edge{n, last}] = append(l.byLast[edge{n, last}], t)
		if !slices.Contains(l.lengths, n) {
			l.lengths = append(l.lengths, n)
		}
	}
	slices.SortFunc(l.lengths, func(a, b int) int { return b - a })
	return l
}

// Len returns the number of terms that differ after normalisation.
func (l *BanList) Len() int {
	if l == nil {
		return 0
	}
	return len(l.terms)
}

// has reports whether a normalised word is a term.
func (l *BanList) has(word string) bool {
	if l == nil {
		return false
	}
	_, ok := l.terms[word]
	return ok
}

// near reports whether a normalised word of n characters is within one
// insertion, deletion or replacement of a term whose length differs by at most
// slack.
func (l *BanList) near(word string, n, slack int) bool {
	if l == nil || n == 0 {
		return false
	}
	if l.has(word) {
		return true
	}
	first, _ := utf8.DecodeRuneInString(word)
	last, _ := utf8.DecodeLastRuneInString(word)
	for length := n - slack; length <= n+slack; length++ {
		if n == 1 || length == 1 {
			if l.nearOne(word, length) {
				return true
			}
			continue
		}
		near := func(term string) bool { return withinOne(word, term) }
		if slices.ContainsFunc(l.byFirst[edge{length, first}], near) || slices.ContainsFunc(l.byLast[edge{length, last}], near) {
			return true
		}
	}
	return false
}

// nearOne serves words and terms of one character, which may have no edge in
// common.
func (l *BanList) nearOne(word string, length int) bool {
	for e, terms := range l.byFirst {
		if e.length == length && slices.ContainsFunc(terms, func(t string) bool { return withinOne(word, t) }) {
			return true
		}
	}
	return false
}

// sift keeps the terms that can matter for a normalised password: those in it
// and those next to it. It spares a list that is used once its index.
func sift(terms []string, password string) *BanList {
	var kept []string
	n := utf8.RuneCountInString(password)
	for _, t := range terms {
		t = normaliseTerm(t)
		m := utf8.RuneCountInString(t)
		if strings.Contains(password, t) || (m >= n-1 && m <= n+1 && withinOne(password, t)) {
			kept = append(kept, t)
		}
	}
	return NewBanList(kept)
}

// withinOne reports whether a and b differ by at most one insertion, deletion or
// replacement of a character.
func withinOne(a, b string) bool {
	i := commonPrefix(a, b)
	a, b = a[i:], b[i:]
	j := commonSuffix(a, b)
	a, b = a[:len(a)-j], b[:len(b)-j]
	return atMostOneRune(a) && atMostOneRune(b)
}

// commonPrefix returns the number of octets of the longest prefix that a and b
// share and that ends between two characters.
func commonPrefix(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	for i > 0 && (i < len(a) && !utf8.RuneStart(a[i]) || i < len(b) && !utf8.RuneStart(b[i])) {
		i--
	}
	return i
}

// commonSuffix is commonPrefix from behind.
func commonSuffix(a, b string) int {
	j := 0
	for j < len(a) && j < len(b) && a[len(a)-1-j] == b[len(b)-1-j] {
		j++
	}
	for j > 0 && !utf8.RuneStart(a[len(a)-j]) {
		j--
	}
	return j
}

func atMostOneRune(s string) bool {
	_, size := utf8.DecodeRuneInString(s)
	return size == len(s)
}

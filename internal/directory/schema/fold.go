package schema

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// A Folding says how far strings are alike.
type Folding uint8

// The foldings.
const (
	FoldWindows Folding = iota // case, accents, width, kana and runs of blanks
	FoldSamba                  // case and runs of blanks
)

// Fold brings s to the form in which equal strings are the same: it is its own
// fixed point. Text that is already plain lower case is returned as it is.
func (f Folding) Fold(s string) string {
	if plain(s) {
		return s
	}
	s = blanks(s)
	if ascii(s) {
		return strings.ToLower(s)
	}
	if f == FoldSamba {
		return strings.ToLower(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range norm.NFKD.String(strings.ToLower(s)) {
		if unicode.Is(unicode.Mn, r) {
			continue
		}
		if r >= 0x3041 && r <= 0x3096 { // hiragana counts as katakana
			r += 0x60
		}
		switch r {
		case 'ß':
			b.WriteString("ss")
			continue
		case 'ø':
			r = 'o'
		case 'ł':
			r = 'l'
		case 'đ':
			r = 'd'
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return blanks(norm.NFC.String(b.String()))
}

func plain(s string) bool {
	blank := true
	for i := range len(s) {
		c := s[i]
		if c >= 0x80 || c >= 'A' && c <= 'Z' || c == ' ' && blank || c < ' ' {
			return false
		}
		blank = c == ' '
	}
	return !blank || s == ""
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// blanks drops leading and trailing blanks and makes one of each run.
func blanks(s string) string {
	if !strings.HasPrefix(s, " ") && !strings.HasSuffix(s, " ") && !strings.Contains(s, "  ") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for part := range strings.SplitSeq(s, " ") {
		if part == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(part)
	}
	return b.String()
}

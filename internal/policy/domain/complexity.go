package domain

import (
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf16"
)

// Classes is a set of character classes.
type Classes uint8

// The five classes of "Password must meet complexity requirements" (Microsoft
// Learn).
const (
	UpperCase   Classes = 1 << iota // of any script that has cases
	LowerCase                       //
	Digits                          // 0 to 9
	Symbols                         // printable ASCII that is neither letter, digit nor space
	OtherLetter                     // letters without case; Samba: any other character beyond ASCII
)

// neededClasses is how many of the five a complex password has at least.
const neededClasses = 3

// Count returns how many classes are in the set.
func (c Classes) Count() int { return bits.OnesCount8(uint8(c)) }

// String lists the classes: "upper, digit".
func (c Classes) String() string {
	var names []string
	for i, n := range [...]string{"upper", "lower", "digit", "symbol", "other letter"} {
		if c&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return strings.Join(names, ", ")
}

// ClassesOf returns the classes that occur in a password. A space counts for
// nothing, and on Windows neither does a currency sign.
func ClassesOf(c Clear, d Dialect) (found Classes) {
	for _, r := range utf16.Decode(c.units) {
		found |= classOf(r, d)
	}
	return found
}

func classOf(r rune, d Dialect) Classes {
	switch {
	case unicode.IsUpper(r):
		return UpperCase
	case unicode.IsLower(r):
		return LowerCase
	case r >= '0' && r <= '9':
		return Digits
	case r > ' ' && r < 0x7f:
		return Symbols
	case unicode.IsLetter(r), d == Samba && r > 0x7f:
		return OtherLetter
	}
	return 0
}

// The name rule looks at parts of this many UTF-16 units and more.
const shortestToken = 3

// NameTokens splits a displayName as the name rule does: at comma, full stop,
// hyphen, underscore, space, number sign and tab; parts under three characters
// do not count.
func NameTokens(displayName string) []string {
	parts := strings.FieldsFunc(displayName, func(r rune) bool { return strings.ContainsRune(",.-_ #\t", r) })
	kept := parts[:0]
	for _, p := range parts {
		if ClearText(p).Len() >= shortestToken {
			kept = append(kept, p)
		}
	}
	return kept
}

// containsName reports which name a password contains: "sAMAccountName",
// "displayName", or "" for none. givenName and sn are not looked at.
func containsName(c Clear, a Account) string {
	folded := strings.ToUpper(c.Text())
	if ClearText(a.SAMAccountName).Len() >= shortestToken && strings.Contains(folded, strings.ToUpper(a.SAMAccountName)) {
		return "sAMAccountName"
	}
	for _, token := range NameTokens(a.DisplayName) {
		if strings.Contains(folded, strings.ToUpper(token)) {
			return "displayName"
		}
	}
	return ""
}

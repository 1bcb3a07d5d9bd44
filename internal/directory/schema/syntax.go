package schema

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ssprlab/ssprlab/internal/directory/security"
)

// A Syntax is an attributeSyntax (MS-ADTS 3.1.1.2.2.2).
type Syntax uint8

// The syntaxes.
const (
	Undefined    Syntax = iota
	DN                  // 2.5.5.1
	OIDString           // 2.5.5.2
	CaseExact           // 2.5.5.3
	Teletex             // 2.5.5.4
	IA5                 // 2.5.5.5
	Numeric             // 2.5.5.6
	DNBinary            // 2.5.5.7
	Boolean             // 2.5.5.8
	Integer             // 2.5.5.9
	Octets              // 2.5.5.10
	Time                // 2.5.5.11
	Unicode             // 2.5.5.12
	Presentation        // 2.5.5.13
	DNString            // 2.5.5.14
	SD                  // 2.5.5.15
	LargeInteger        // 2.5.5.16
	SID                 // 2.5.5.17
)

func syntaxOf(oid string) Syntax {
	n, err := strconv.Atoi(strings.TrimPrefix(oid, "2.5.5."))
	if err != nil || n < 1 || n > 17 {
		return Undefined
	}
	return Syntax(n)
}

// OID is the attributeSyntax.
func (s Syntax) OID() string { return "2.5.5." + strconv.Itoa(int(s)) }

// LDAP is the syntax that the subschema entry prints.
func (s Syntax) LDAP() string {
	switch s {
	case DN:
		return "1.3.6.1.4.1.1466.115.121.1.12"
	case OIDString:
		return "1.3.6.1.4.1.1466.115.121.1.38"
	case CaseExact:
		return "1.2.840.113556.1.4.1362"
	case Teletex:
		return "1.2.840.113556.1.4.905"
	case IA5:
		return "1.3.6.1.4.1.1466.115.121.1.26"
	case Numeric:
		return "1.3.6.1.4.1.1466.115.121.1.36"
	case DNBinary:
		return "1.2.840.113556.1.4.903"
	case Boolean:
		return "1.3.6.1.4.1.1466.115.121.1.7"
	case Integer:
		return "1.3.6.1.4.1.1466.115.121.1.27"
	case Octets, SID:
		return "1.3.6.1.4.1.1466.115.121.1.40"
	case Time:
		return "1.3.6.1.4.1.1466.115.121.1.24"
	case Presentation:
		return "1.3.6.1.4.1.1466.115.121.1.43"
	case DNString:
		return "1.2.840.113556.1.4.904"
	case SD:
		return "1.2.840.113556.1.4.907"
	case LargeInteger:
		return "1.2.840.113556.1.4.906"
	default:
		return "1.3.6.1.4.1.1466.115.121.1.15"
	}
}

// Text reports whether values are strings that match without regard to case.
func (s Syntax) Text() bool {
	return s == Unicode || s == Teletex || s == OIDString || s == Presentation || s == Numeric
}

// Number reports whether values are decimal integers.
func (s Syntax) Number() bool { return s == Integer || s == LargeInteger }

// Valid reports whether a value fits the syntax (not the range). DN, SD and
// DN-Binary values are checked by package directory.
func (s Syntax) Valid(v string) bool {
	switch s {
	case Boolean:
		return v == "TRUE" || v == "FALSE"
	case Integer:
		_, err := strconv.ParseInt(v, 10, 32)
		return err == nil
	case LargeInteger:
		_, err := strconv.ParseInt(v, 10, 64)
		return err == nil
	case Time:
		_, ok := ParseTime(v)
		return ok
	case Unicode, Teletex, CaseExact:
		return utf8.ValidString(v)
	case IA5:
		for i := range len(v) {
			if v[i] >= 0x80 {
				return false
			}
		}
		return true
	case Numeric:
		return strings.Trim(v, "0123456789 ") == ""
	case SID:
		_, err := security.SIDFromBytes([]byte(v))
		return err == nil
	}
	return true
}

// Size is what a range is compared with: the value of a number, the UTF-16
// length of a string, the octets of everything else.
func (s Syntax) Size(v string) int64 {
	switch s {
	case Integer, LargeInteger:
		n, _ := strconv.ParseInt(v, 10, 64)
		return n
	case Unicode, Teletex, CaseExact:
		n := 0
		for _, r := range v {
			if r > 0xffff {
				n++
			}
			n++
		}
		return int64(n)
	}
	return int64(len(v))
}

// InRange reports whether a value that fits the syntax fits the range.
func (a *Attribute) InRange(v string) bool {
	if !a.HasLower && !a.HasUpper {
		return true
	}
	switch a.Syntax {
	case DN, DNBinary, Boolean, Time, SD, DNString:
		return true
	}
	n := a.Syntax.Size(v)
	return (!a.HasLower || n >= a.Lower) && (!a.HasUpper || n <= a.Upper)
}

// ParseTime reads GeneralizedTime and UTCTime as a directory accepts them.
func ParseTime(v string) (time.Time, bool) {
	for _, layout := range []string{"20060102150405.0Z", "20060102150405Z", "060102150405Z", "20060102150405.0-0700", "20060102150405-0700", "200601021504Z"} {
		if t, err := time.Parse(layout, v); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// FormatTime is the form of the wire: always UTC, always ".0".
func FormatTime(t time.Time) string {
	t = t.UTC()
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return t.Format("20060102150405.0Z")
	}
	hour, minute, second := t.Clock()
	b := [...]byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '.', '0', 'Z'}
	at := 0
	for _, n := range [...]int{year / 100, year % 100, int(month), day, hour, minute, second} {
		b[at], b[at+1] = '0'+byte(n/10), '0'+byte(n%10)
		at += 2
	}
	return string(b[:])
}

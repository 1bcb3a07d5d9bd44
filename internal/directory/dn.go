package directory

import (
	"encoding/hex"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/directory/security"
)

var (
	errBadName     = errors.New("parsing name: malformed distinguished name")
	errUnknownType = errors.New("parsing name: a component is of a type that the schema does not know")
)

// An rdn is one component of a name, its value without escapes.
type rdn struct {
	attr  *schema.Attribute
	value string
}

// A dname is a distinguished name, the leaf first.
type dname []rdn

// nameRules is what the dialects read differently in names.
type nameRules struct {
	schema    *schema.Schema
	oids      bool // 2.5.4.3=x
	semicolon bool // RFC 1779 separator
}

// parse reads a distinguished name (RFC 4514, with the older forms that a
// domain controller still takes). Names with two values in a component are
// refused, as there.
func (r nameRules) parse(s string) (dname, error) {
	if s == "" {
		return nil, nil
	}
	out := make(dname, 0, 8)
	for {
		part, rest, more, err := r.component(s)
		if err != nil {
			return nil, err
		}
		out = append(out, part)
		if !more {
			return out, nil
		}
		s = rest
	}
}

func (r nameRules) component(s string) (part rdn, rest string, more bool, err error) {
	eq := strings.IndexByte(s, '=')
	if eq < 1 {
		return part, "", false, errBadName
	}
	part.attr, err = r.attribute(strings.Trim(s[:eq], " \n\r"))
	if err != nil {
		return part, "", false, err
	}
	s = strings.TrimLeft(s[eq+1:], " \n\r")
	if strings.HasPrefix(s, `"`) {
		part.value, s, err = quotedValue(s[1:])
	} else {
		part.value, s, err = r.plainValue(s)
	}
	if err != nil || part.value == "" || !utf8.ValidString(part.value) {
		return part, "", false, errBadName
	}
	if s == "" {
		return part, "", false, nil
	}
	if s[0] != ',' && (s[0] != ';' || !r.semicolon) {
		return part, "", false, errBadName
	}
	return part, s[1:], true, nil
}

func (r nameRules) attribute(name string) (*schema.Attribute, error) {
	if name == "" {
		return nil, errBadName
	}
	first := name[0]
	if (first >= '0' && first <= '9' || len(name) > 4 && strings.EqualFold(name[:4], "OID.")) && !r.oids {
		return nil, errBadName
	}
	a := r.schema.Attribute(name)
	if a == nil && !validDescription(name) {
		return nil, errBadName
	}
	if a == nil {
		return nil, errUnknownType
	}
	return a, nil
}

// plainValue reads up to the next separator. A value without escapes is a part
// of s and costs nothing.
func (r nameRules) plainValue(s string) (value, rest string, err error) {
	if strings.HasPrefix(s, "#") {
		end := strings.IndexAny(s, ",;")
		if end < 0 {
			end = len(s)
		}
		raw, err := hex.DecodeString(strings.TrimRight(s[1:end], " "))
		if err != nil || len(raw) < 2 || int(raw[1]) != len(raw)-2 {
			return "", "", errBadName
		}
		return string(raw[2:]), s[end:], nil
	}
	i := 0
	for i < len(s) {
		switch s[i] {
		case ',':
			return strings.TrimRight(s[:i], " \n\r"), s[i:], nil
		case ';':
			if r.semicolon {
				return strings.TrimRight(s[:i], " \n\r"), s[i:], nil
			}
			return "", "", errBadName
		case '\\':
			return r.escapedValue(s, i)
		case '+', '"', '<', '>':
			return "", "", errBadName
		case '=':
			if !r.semicolon { // the strict reader
				i++
				continue
			}
		}
		i++
	}
	return strings.TrimRight(s, " \n\r"), "", nil
}

func (r nameRules) escapedValue(s string, i int) (value, rest string, err error) {
	var b strings.Builder
	b.WriteString(s[:i])
	kept := 0 // length up to the last escaped character
	for i < len(s) {
		switch c := s[i]; c {
		case ',', ';':
			if c == ';' && !r.semicolon {
				return "", "", errBadName
			}
			return trimAfter(b.String(), kept), s[i:], nil
		case '+', '"', '<', '>':
			return "", "", errBadName
		case '\\':
			n, char, ok := escape(s[i+1:])
			if !ok {
				return "", "", errBadName
			}
			b.WriteByte(char)
			i += 1 + n
			kept = b.Len()
			continue
		default:
			b.WriteByte(c)
		}
		i++
	}
	return trimAfter(b.String(), kept), "", nil
}

func trimAfter(s string, kept int) string {
	return s[:kept] + strings.TrimRight(s[kept:], " \n\r")
}

// escape reads what follows a backslash: two hexadecimal digits, or a
// character that means itself.
func escape(s string) (n int, char byte, ok bool) {
	if len(s) >= 2 {
		var out [1]byte
		if _, err := hex.Decode(out[:], []byte(s[:2])); err == nil {
			return 2, out[0], true
		}
	}
	if s != "" && strings.IndexByte(`,=+<>#;\" `, s[0]) >= 0 {
		return 1, s[0], true
	}
	return 0, 0, false
}

func quotedValue(s string) (value, rest string, err error) {
	var b strings.Builder
	for i := 0; i < len(s); {
		switch s[i] {
		case '"':
			return b.String(), strings.TrimLeft(s[i+1:], " \n\r"), nil
		case '\\':
			n, char, ok := escape(s[i+1:])
			if !ok {
				return "", "", errBadName
			}
			b.WriteByte(char)
			i += 1 + n
		default:
			b.WriteByte(s[i])
			i++
		}
	}
	return "", "", errBadName
}

// String returns the form of the wire: types in upper case, no blanks.
func (d dname) String() string {
	b := make([]byte, 0, 96)
	for i, r := range d {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendRDN(b, r.attr, r.value)
	}
	return string(b)
}

// appendRDN adds TYPE=value with escapes.
func appendRDN(b []byte, a *schema.Attribute, value string) []byte {
	for i := range len(a.Name) {
		c := a.Name[i]
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		b = append(b, c)
	}
	b = append(b, '=')
	return appendEscaped(b, value)
}

func appendEscaped(b []byte, value string) []byte {
	for i := range len(value) {
		switch c := value[i]; c {
		case ',', '+', '"', '\\', '<', '>', ';', '=':
			b = append(b, '\\', c)
		case '#':
			if i == 0 {
				b = append(b, '\\')
			}
			b = append(b, c)
		case ' ':
			if i == 0 || i == len(value)-1 {
				b = append(b, '\\')
			}
			b = append(b, c)
		case '\n':
			b = append(b, `\0A`...)
		case '\r':
			b = append(b, `\0D`...)
		case 0:
			b = append(b, `\00`...)
		default:
			b = append(b, c)
		}
	}
	return b
}

// dnsName joins the trailing DC components: "corp.example".
func (d dname) dnsName() string {
	start := len(d)
	for start > 0 && d[start-1].attr.Name == "dc" {
		start--
	}
	parts := make([]string, 0, 4)
	for _, r := range d[start:] {
		parts = append(parts, r.value)
	}
	return strings.Join(parts, ".")
}

// A nameForm is a name in any form that stands for an object: exactly one of
// the fields is set.
type nameForm struct {
	dn        dname
	guid      *security.GUID
	sid       security.SID
	wellKnown string // 32 hexadecimal digits, with dn
}

// parseForm reads <GUID=…>, <SID=…>, <WKGUID=…,DN> and plain names
// (MS-ADTS 3.1.1.3.1.2.4).
func (r nameRules) parseForm(s string) (nameForm, error) {
	if !strings.HasPrefix(s, "<") {
		d, err := r.parse(s)
		return nameForm{dn: d}, err
	}
	if !strings.HasSuffix(s, ">") {
		return nameForm{}, errBadName
	}
	kind, value, ok := strings.Cut(s[1:len(s)-1], "=")
	if !ok {
		return nameForm{}, errBadName
	}
	switch strings.ToUpper(kind) {
	case "GUID":
		return parseGUIDForm(value)
	case "SID":
		return parseSIDForm(value)
	case "WKGUID":
		id, dn, ok := strings.Cut(value, ",")
		if !ok || len(id) != 32 {
			return nameForm{}, errBadName
		}
		d, err := r.parse(dn)
		return nameForm{dn: d, wellKnown: strings.ToUpper(id)}, err
	}
	return nameForm{}, errBadName
}

func parseGUIDForm(value string) (nameForm, error) {
	if strings.HasPrefix(value, "{") {
		return nameForm{}, errBadName
	}
	g, err := security.ParseGUID(value)
	if err != nil {
		return nameForm{}, errBadName
	}
	return nameForm{guid: &g}, nil
}

func parseSIDForm(value string) (nameForm, error) {
	if sid, err := security.ParseSID(value); err == nil {
		return nameForm{sid: sid}, nil
	}
	raw, err := hex.DecodeString(value)
	if err != nil {
		return nameForm{}, errBadName
	}
	sid, err := security.SIDFromBytes(raw)
	if err != nil {
		return nameForm{}, errBadName
	}
	return nameForm{sid: sid}, nil
}

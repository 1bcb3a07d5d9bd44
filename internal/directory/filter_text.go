package directory

import (
	"fmt"
	"strings"
)

// filterText writes a filter as RFC 4515 does.
func filterText(f Filter) string {
	var b strings.Builder
	writeFilter(&b, f)
	return b.String()
}

func writeFilter(b *strings.Builder, f Filter) {
	b.WriteByte('(')
	defer b.WriteByte(')')
	switch f := f.(type) {
	case andFilter:
		writeFilters(b, '&', f)
	case orFilter:
		writeFilters(b, '|', f)
	case notFilter:
		writeFilters(b, '!', []Filter{f.of})
	case presentFilter:
		b.WriteString(f.attribute + "=*")
	case compareFilter:
		b.WriteString(f.attribute + [...]string{equality: "=", greater: ">=", less: "<=", approx: "~="}[f.kind] + escapeFilter(f.value))
	case substringFilter:
		b.WriteString(f.attribute + "=" + escapeFilter(f.initial) + "*")
		for _, middle := range f.any {
			b.WriteString(escapeFilter(middle) + "*")
		}
		b.WriteString(escapeFilter(f.final))
	case extensibleFilter:
		b.WriteString(f.attribute)
		if f.dn {
			b.WriteString(":dn")
		}
		if f.rule != "" {
			b.WriteString(":" + f.rule)
		}
		b.WriteString(":=" + escapeFilter(f.value))
	}
}

func writeFilters(b *strings.Builder, sign byte, list []Filter) {
	b.WriteByte(sign)
	for _, f := range list {
		writeFilter(b, f)
	}
}

// escapeFilter writes a value; what is neither printable ASCII nor free of
// meaning goes out in hexadecimal (RFC 4515 section 3).
func escapeFilter(v []byte) string {
	var b strings.Builder
	for _, c := range v {
		if c < ' ' || c > '~' || strings.IndexByte(`*()\`, c) >= 0 {
			fmt.Fprintf(&b, `\%02x`, c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

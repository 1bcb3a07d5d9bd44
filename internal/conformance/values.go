package conformance

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

var hole = regexp.MustCompile(`\{([a-zA-Z][a-zA-Z0-9_.]*|now[-+][0-9a-z]+)\}`)

// fill puts names in braces in their place. What is not known stays: GUIDs have
// braces too.
func (p *play) fill(s string) string {
	if !strings.Contains(s, "{") {
		return s
	}
	return hole.ReplaceAllStringFunc(s, func(m string) string {
		name := m[1 : len(m)-1]
		if v, ok := p.names[name]; ok {
			return v
		}
		if rest, ok := strings.CutPrefix(name, "now"); ok {
			return p.moment(rest)
		}
		if label, what, ok := strings.Cut(name, "."); ok {
			if v, ok := p.identity(label, what); ok {
				return v
			}
			if v, ok := p.cookieValue(label, what); ok {
				return v
			}
		}
		return m
	})
}

// moment is a FILETIME relative to the target's clock.
func (p *play) moment(offset string) string {
	at := p.s.now()
	if offset != "" {
		d, err := duration(strings.TrimPrefix(offset, "+"))
		if err == nil {
			at = at.Add(d)
		}
	}
	return strconv.FormatInt(filetime(at), 10)
}

// duration reads Go's form, and days.
func duration(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.Atoi(days)
		return time.Duration(n) * 24 * time.Hour, err
	}
	return time.ParseDuration(s)
}

// filetime counts 100 ns since 1601 (MS-DTYP 2.3.3).
func filetime(t time.Time) int64 { return t.UnixNano()/100 + 116444736000000000 }

// quoted is a password as unicodePwd wants it (MS-ADTS 3.1.1.3.1.5).
func quoted(password string) string { return wide(`"` + password + `"`) }

func wide(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

// value reads a value: pw:, utf16:, hex:, b64:, sd:, times: or text.
func (p *play) value(s string) (string, error) {
	kind, rest, ok := strings.Cut(s, ":")
	if !ok {
		return p.fill(s), nil
	}
	switch kind {
	case "pw":
		return quoted(p.fill(rest)), nil
	case "utf16":
		return wide(p.fill(rest)), nil
	case "hex":
		b, err := hex.DecodeString(strings.ReplaceAll(p.fill(rest), " ", ""))
		if err != nil {
			return "", fmt.Errorf("reading the value %q: %w", s, err)
		}
		return string(b), nil
	case "b64":
		b, err := base64.StdEncoding.DecodeString(rest)
		return string(b), err
	case "sd":
		b, err := parseSDDL(p.fill(rest), p.s.domainSID)
		return string(b), err
	case "times": // times:8:a is aaaaaaaa
		count, what, _ := strings.Cut(rest, ":")
		n, err := strconv.Atoi(count)
		if err != nil || n < 0 || n > 1<<20 {
			return "", fmt.Errorf("reading the value %q: times:COUNT:TEXT expected", s)
		}
		return strings.Repeat(what, n), nil
	case "timespw": // the same as a password
		count, what, _ := strings.Cut(rest, ":")
		n, err := strconv.Atoi(count)
		if err != nil || n < 0 || n > 1<<20 {
			return "", fmt.Errorf("reading the value %q: timespw:COUNT:TEXT expected", s)
		}
		return quoted(strings.Repeat(what, n)), nil
	}
	return p.fill(s), nil
}

// An attribute is a name with values; has is false when no = was written.
type attribute struct {
	name   string
	values []string
	has    bool
}

// attributes reads attr=value words; neighbours of the same name are one.
func (p *play) attributes(words []string) ([]attribute, error) {
	var out []attribute
	for _, w := range words {
		name, v, has := strings.Cut(w, "=")
		a := attribute{name: name, has: has}
		if has {
			value, err := p.value(v)
			if err != nil {
				return nil, err
			}
			a.values = []string{value}
		}
		if n := len(out); n > 0 && has && out[n-1].has && strings.EqualFold(out[n-1].name, name) {
			out[n-1].values = append(out[n-1].values, a.values...)
			continue
		}
		out = append(out, a)
	}
	return out, nil
}

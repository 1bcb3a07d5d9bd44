package directory

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// maxFilterDepth is how deep filters may be nested (MS-ADTS 3.1.1.3.1.3).
const maxFilterDepth = 512

// ParseFilter parses the string form (RFC 4515).
func ParseFilter(s string) (Filter, error) {
	p := filterParser{text: s}
	f, err := p.filter(0)
	if err != nil {
		return nil, err
	}
	if p.at != len(s) {
		return nil, p.fail("text follows the end")
	}
	return f, nil
}

// MustFilter is ParseFilter for constants; it panics.
func MustFilter(s string) Filter {
	f, err := ParseFilter(s)
	if err != nil {
		panic(err)
	}
	return f
}

type filterParser struct {
	text string
	at   int
}

func (p *filterParser) fail(what string) error {
	return fmt.Errorf("parsing filter %q: at character %d: %s", p.text, p.at, what)
}

func (p *filterParser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *filterParser) filter(depth int) (Filter, error) {
	if depth > maxFilterDepth {
		return nil, p.fail(fmt.Sprintf("nested deeper than %d", maxFilterDepth))
	}
	if p.peek() != '(' {
		return nil, p.fail("want (")
	}
	p.at++
	f, err := p.body(depth)
	if err != nil {
		return nil, err
	}
	if p.peek() != ')' {
		return nil, p.fail("want )")
	}
	p.at++
	return f, nil
}

func (p *filterParser) body(depth int) (Filter, error) {
	switch p.peek() {
	case '&', '|':
		op := p.peek()
		p.at++
		var list []Filter
		for p.peek() == '(' {
			f, err := p.filter(depth + 1)
			if err != nil {
				return nil, err
			}
			list = append(list, f)
		}
		if op == '&' {
			return andFilter(list), nil
		}
		return orFilter(list), nil
	case '!':
		p.at++
		f, err := p.filter(depth + 1)
		return notFilter{f}, err
	}
	return p.item()
}

func (p *filterParser) item() (Filter, error) {
	start := p.at
	for p.at < len(p.text) && strings.IndexByte("=<>~:()", p.text[p.at]) < 0 {
		p.at++
	}
	attribute := p.text[start:p.at]
	rest := p.text[p.at:]
	switch {
	case strings.HasPrefix(rest, ":"):
		return p.extensible(attribute)
	case attribute == "":
		return nil, p.fail("want an attribute")
	case !validDescription(attribute):
		return nil, p.fail("malformed attribute description")
	}
	for op, kind := range map[string]comparison{">=": greater, "<=": less, "~=": approx} {
		if strings.HasPrefix(rest, op) {
			p.at += 2
			v, err := p.value()
			return compareFilter{kind, attribute, v}, err
		}
	}
	if !strings.HasPrefix(rest, "=") {
		return nil, p.fail("want =, >=, <=, ~= or :=")
	}
	p.at++
	return p.equality(attribute)
}

func validDescription(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '.', c == ';', c == '_':
		default:
			return false
		}
	}
	return s != ""
}

func (p *filterParser) extensible(attribute string) (Filter, error) {
	f := extensibleFilter{attribute: attribute}
	end := strings.Index(p.text[p.at:], ":=")
	if end < 0 {
		return nil, p.fail("want :=")
	}
	spec := p.text[p.at : p.at+end]
	p.at += end + 2
	if rest, ok := strings.CutPrefix(spec, ":dn"); ok && (rest == "" || rest[0] == ':') {
		f.dn, spec = true, rest
	}
	f.rule = strings.TrimPrefix(spec, ":")
	if attribute != "" && !validDescription(attribute) || f.rule != "" && !validDescription(f.rule) || attribute == "" && f.rule == "" {
		return nil, p.fail("malformed matching rule or attribute")
	}
	v, err := p.value()
	f.value = v
	return f, err
}

// equality reads a value that may have asterisks.
func (p *filterParser) equality(attribute string) (Filter, error) {
	var parts [][]byte
	for {
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		parts = append(parts, v)
		if p.peek() != '*' {
			break
		}
		p.at++
	}
	switch {
	case len(parts) == 1:
		return compareFilter{equality, attribute, parts[0]}, nil
	case len(parts) == 2 && len(parts[0]) == 0 && len(parts[1]) == 0:
		return presentFilter{attribute}, nil
	}
	f := substringFilter{attribute: attribute}
	if first := parts[0]; len(first) > 0 {
		f.initial = first
	}
	if last := parts[len(parts)-1]; len(last) > 0 {
		f.final = last
	}
	for _, m := range parts[1 : len(parts)-1] {
		if len(m) == 0 {
			return nil, p.fail("** has nothing between")
		}
		f.any = append(f.any, m)
	}
	return f, nil
}

func (p *filterParser) value() ([]byte, error) {
	out := []byte{}
	for p.at < len(p.text) {
		switch c := p.text[p.at]; c {
		case ')', '*':
			return out, nil
		case '(':
			return nil, p.fail(`( must be written \28`)
		case '\\':
			if p.at+3 > len(p.text) {
				return nil, p.fail("an escape ends too early")
			}
			var b [1]byte
			if _, err := hex.Decode(b[:], []byte(p.text[p.at+1:p.at+3])); err != nil {
				return nil, p.fail("an escape wants two hexadecimal digits")
			}
			out = append(out, b[0])
			p.at += 3
		case 0:
			return nil, p.fail(`NUL must be written \00`)
		default:
			out = append(out, c)
			p.at++
		}
	}
	return out, nil
}

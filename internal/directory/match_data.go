package directory

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
)

// A dataOne matches values that are a name with data (MS-ADTS 3.1.1.3.4.4.4).
type dataOne struct {
	attr *schema.Attribute
	name string // normal form; "" is any
	data string // what the data must begin with
}

// compileDNData reads a value of the attribute's own syntax whose data may be a
// beginning, and whose name may be empty. Samba 4.17 does not know the rule.
func (s *session) compileDNData(a *schema.Attribute, v string) (matcher, bool) {
	if s.f.flavour.samba() || a.Syntax != schema.DNBinary && a.Syntax != schema.DNString {
		return nil, false
	}
	data, name, ok := splitDNData(v)
	if !ok {
		return nil, false
	}
	m := dataOne{attr: a, data: data}
	if name != "" {
		form, err := s.f.names.parseForm(name)
		if err != nil {
			return nil, false
		}
		if n := s.findForm(form); n != nil {
			name = s.dn(s.orNewest(n))
		}
		m.name = s.f.normalDN(name)
	}
	return m, true
}

// splitDNData takes B:8:01020304:CN=x or S:4:text:CN=x apart.
func splitDNData(v string) (data, name string, ok bool) {
	kind, rest, _ := strings.Cut(v, ":")
	length, rest, _ := strings.Cut(rest, ":")
	n, err := strconv.Atoi(length)
	if err != nil || n < 0 || len(rest) <= n || rest[n] != ':' {
		return "", "", false
	}
	data, name = rest[:n], rest[n+1:]
	switch strings.ToUpper(kind) {
	case "B":
		octets, err := hex.DecodeString(data)
		return string(octets), name, err == nil
	case "S":
		return data, name, true
	}
	return "", "", false
}

func (m dataOne) match(s *session, o *object) truth {
	list := s.valuesOf(o, m.attr)
	if m.attr == s.k.revealedUsers {
		list = s.revealed(o, false)
	}
	found := false
	for i := range list.len() {
		data, name, ok := splitDNData(list.at(i))
		if ok && strings.HasPrefix(data, m.data) && (m.name == "" || s.f.normalDN(name) == m.name) {
			found = true
			break
		}
	}
	return s.readable(o, m.attr, found)
}

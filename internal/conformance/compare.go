package conformance

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// before reads the attributes that checks compare with what they were.
func (p *play) before() (map[string]*ldap.Entry, error) {
	out := map[string]*ldap.Entry{}
	for _, c := range p.x.Then {
		if c.Kind != "after" || len(c.Words) < 2 {
			continue
		}
		relative := slices.ContainsFunc(c.Words[1:], func(w string) bool {
			_, v, _ := strings.Cut(w, "=")
			return v == "same" || v == "more" || strings.HasPrefix(v, "+")
		})
		dn := p.fill(c.Words[0])
		if !relative || out[dn] != nil {
			continue
		}
		e, err := p.s.read(dn, attributeNames(c.Words[1:])...)
		if err != nil {
			return nil, fmt.Errorf("line %d, reading %s: %w", c.Line, dn, err)
		}
		out[dn] = e
	}
	return out, nil
}

func attributeNames(words []string) []string {
	var out []string
	for _, w := range words {
		name, _, _ := strings.Cut(w, "=")
		out = append(out, name)
	}
	return out
}

// compare lists what is not as expected.
func (p *play) compare(r reply, before map[string]*ldap.Entry, sent time.Time, out *Outcome) []string {
	var diff []string
	want := p.s.target.expected(p.x)
	if want.Code != r.code {
		diff = append(diff, fmt.Sprintf("code %d %q, want %d", r.code, r.text, want.Code))
	}
	if pattern := p.fill(want.Text); want.Text != "" && !matches(pattern, r.text) && (want.Code == r.code || len(pattern) > 8) {
		diff = append(diff, fmt.Sprintf("text %q, want %q", r.text, pattern))
	}
	for _, c := range p.x.Then {
		if !p.s.target.speaks(c.Dialect) {
			continue
		}
		for _, d := range p.check(c, r, before, sent, out) {
			diff = append(diff, fmt.Sprintf("line %d: %s", c.Line, d))
		}
	}
	return diff
}

func (p *play) check(c Check, r reply, before map[string]*ldap.Entry, sent time.Time, out *Outcome) []string {
	words := c.Words
	if len(words) == 0 && c.Kind != "names" && c.Kind != "lists" && c.Kind != "matched" && c.Kind != "value" {
		return []string{c.Kind + " says nothing"}
	}
	switch c.Kind {
	case "after":
		dn := p.fill(words[0])
		e, err := p.s.read(dn, attributeNames(words[1:])...)
		if err != nil {
			return []string{fmt.Sprintf("reading %s afterwards: %v", dn, err)}
		}
		return p.holds(e, before[dn], words[1:], sent, out)
	case "has":
		if len(r.entries) == 0 {
			return []string{"no entry, want one with " + strings.Join(words, " ")}
		}
		return p.holds(r.entries[0], nil, words, sent, out)
	case "found":
		return differ("entries", strconv.Itoa(len(r.entries)), words[0])
	case "refs":
		return references(r.refs, words)
	case "names", "order":
		return p.sameEntries(c.Kind == "order", r, words)
	case "lists":
		if len(r.entries) == 0 {
			return []string{"no entry"}
		}
		var have []string
		for _, a := range r.entries[0].Attributes {
			have = append(have, a.Name)
		}
		return differ("attributes", sorted(have), sorted(words))
	case "matched":
		return differ("matchedDN", strings.ToLower(r.matched), strings.ToLower(p.fill(strings.Join(words, " "))))
	case "value":
		if pattern := p.fill(strings.Join(words, " ")); !glob(pattern, r.value) {
			return []string{fmt.Sprintf("value %q, want %q", r.value, pattern)}
		}
		return nil
	case "answers":
		return p.answers(r, words[0])
	case "told":
		return p.told(words)
	case "logs":
		return p.logs(words, out)
	}
	if len(r.entries) > 0 && c.Kind == "empty" {
		var diff []string
		for _, w := range words {
			if n := len(r.entries[0].GetEqualFoldAttributeValues(w)); n > 0 {
				diff = append(diff, fmt.Sprintf("%s has %d values, want none", w, n))
			}
		}
		return diff
	}
	if len(r.entries) > 0 && c.Kind == "counts" && len(words) == 2 {
		return differ("values of "+words[0], strconv.Itoa(len(r.entries[0].GetEqualFoldAttributeValues(words[0]))), words[1])
	}
	if len(r.entries) == 0 || len(words) < 2 {
		return []string{c.Kind + ": no entry to look at"}
	}
	return p.inside(c.Kind, r.entries[0].GetEqualFoldAttributeValues(words[0]), words)
}

func differ(what, have, want string) []string {
	if have == want {
		return nil
	}
	return []string{fmt.Sprintf("%s %s, want %s", what, have, want)}
}

func sorted(list []string) string {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return strings.Join(list, " ")
}

func (p *play) sameEntries(ordered bool, r reply, words []string) []string {
	var have, want []string
	for _, e := range r.entries {
		have = append(have, strings.ToLower(e.DN))
	}
	for _, w := range words {
		want = append(want, strings.ToLower(p.fill(w)))
	}
	if !ordered {
		slices.Sort(have)
		slices.Sort(want)
	}
	short := func(list []string) string {
		s := "[" + strings.Join(list, " | ") + "]"
		return strings.ReplaceAll(s, ","+strings.ToLower(p.ou), ",{ou}")
	}
	if slices.Equal(have, want) {
		return nil
	}
	return []string{fmt.Sprintf("entries %s, want %s", short(have), short(want))}
}

func (p *play) answers(r reply, word string) []string {
	oid, want, has := strings.Cut(word, "=")
	absent := strings.HasPrefix(oid, "-")
	oid = strings.TrimPrefix(oid, "-")
	for _, c := range r.controls {
		if c.OID != oid {
			continue
		}
		if absent {
			return []string{"control " + oid + " came back, want none"}
		}
		if has && !glob(p.fill(want), c.Value) {
			return []string{fmt.Sprintf("control %s came back with %s, want %s", oid, c.Value, want)}
		}
		return nil
	}
	if absent {
		return nil
	}
	return []string{"control " + oid + " did not come back"}
}

// holds compares attributes of an entry with words attribute=value; words of one
// attribute are its values in any order.
func (p *play) holds(e, before *ldap.Entry, words []string, sent time.Time, out *Outcome) []string {
	var diff []string
	done := map[string]bool{}
	for i, w := range words {
		name, _, ok := strings.Cut(w, "=")
		if !ok {
			diff = append(diff, fmt.Sprintf("%q is not attribute=value", w))
			continue
		}
		if done[strings.ToLower(name)] {
			continue
		}
		done[strings.ToLower(name)] = true
		var want []string
		for _, other := range words[i:] {
			if n, v, _ := strings.Cut(other, "="); strings.EqualFold(n, name) {
				want = append(want, v)
			}
		}
		have := e.GetEqualFoldAttributeValues(name)
		out.note(name, have)
		if why := p.holdsOne(name, have, before, want, sent); why != "" {
			diff = append(diff, why)
		}
	}
	return diff
}

func (p *play) holdsOne(name string, have []string, before *ldap.Entry, want []string, sent time.Time) string {
	shown := fmt.Sprintf("%s is %q, want %s", name, have, strings.Join(want, " and "))
	if len(have) == 0 {
		if len(want) == 1 && want[0] == "absent" {
			return ""
		}
		return fmt.Sprintf("%s is absent, want %s", name, strings.Join(want, " and "))
	}
	if len(want) == 1 {
		var old string
		if before != nil {
			old = strings.Join(before.GetEqualFoldAttributeValues(name), "|")
		}
		switch w := want[0]; {
		case w == "absent":
			return shown
		case w == "present":
			return ""
		case w == "nonzero":
			if have[0] != "0" {
				return ""
			}
			return shown
		case w == "same":
			if strings.Join(have, "|") == old {
				return ""
			}
			return fmt.Sprintf("%s is %q, was %q, want the same", name, have, old)
		case w == "now":
			n, err := strconv.ParseInt(have[0], 10, 64)
			if d := n - filetime(sent); err == nil && d > -5e7 && d < 60e7 {
				return ""
			}
			return fmt.Sprintf("%s is %q, want the time of the request, %d", name, have, filetime(sent))
		case strings.HasPrefix(w, "in:"):
			d, err := duration(w[3:])
			d += p.shift
			n, err2 := strconv.ParseInt(have[0], 10, 64)
			off := n - filetime(sent.Add(d))
			if err == nil && err2 == nil && off > -120e7 && off < 60e7 {
				return ""
			}
			return fmt.Sprintf("%s is %q, want %s from now, %d", name, have, w[3:], filetime(sent.Add(d)))
		case strings.HasPrefix(w, "without:"):
			bits, err1 := strconv.ParseInt(w[8:], 10, 64)
			n, err2 := strconv.ParseInt(have[0], 10, 64)
			if err1 == nil && err2 == nil && n&bits == 0 {
				return ""
			}
			return shown
		case strings.HasPrefix(w, "first:"):
			return p.isFirst(name, have[0], strings.Split(w[6:], ","))
		case w == "more":
			a, err1 := strconv.ParseInt(old, 10, 64)
			b, err2 := strconv.ParseInt(have[0], 10, 64)
			if err1 == nil && err2 == nil && b > a {
				return ""
			}
			return fmt.Sprintf("%s is %q, was %q, want more", name, have, old)
		case strings.HasPrefix(w, "+"):
			by, _ := strconv.ParseInt(w[1:], 10, 64)
			a, err1 := strconv.ParseInt(old, 10, 64)
			b, err2 := strconv.ParseInt(have[0], 10, 64)
			if err1 == nil && err2 == nil && b == a+by {
				return ""
			}
			return fmt.Sprintf("%s is %q, was %q, want %s", name, have, old, w)
		}
	}
	return p.sameValues(have, want, shown)
}

func (p *play) sameValues(have, want []string, shown string) string {
	if len(have) != len(want) {
		return shown
	}
	left := slices.Clone(have)
	for _, w := range want {
		v, err := p.value(w)
		if err != nil {
			return err.Error()
		}
		i := slices.IndexFunc(left, func(h string) bool {
			return h == v || !strings.Contains(w, ":") && glob(v, h) || strings.HasSuffix(strings.ToLower(v), strings.ToLower(p.s.base)) && strings.EqualFold(h, v)
		})
		if i < 0 {
			return shown
		}
		left = slices.Delete(left, i, i+1)
	}
	return ""
}

// isFirst says whether a DN is the one of several objects with the smallest
// objectGUID, octet by octet.
func (p *play) isFirst(name, have string, labels []string) string {
	least, dn := "", ""
	for _, l := range labels {
		hexed, _ := p.identity(l, "guidhex")
		if dn == "" || hexed < least {
			least, dn = hexed, p.names[l]
		}
	}
	if strings.EqualFold(have, dn) {
		return ""
	}
	return fmt.Sprintf("%s is %q, want %q, which has the smallest objectGUID", name, have, dn)
}

// references compares the number of references and, where a pattern is given,
// each of them with it.
func references(have, words []string) []string {
	diff := differ("references", strconv.Itoa(len(have)), words[0])
	for _, ref := range have {
		if len(words) > 1 && !glob(words[1], ref) {
			diff = append(diff, fmt.Sprintf("reference %q, want %q", ref, words[1]))
		}
	}
	return diff
}

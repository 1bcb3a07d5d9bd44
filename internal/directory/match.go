package directory

import (
	"strconv"
	"strings"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/directory/security"
)

// A truth is the outcome of a filter on an object (RFC 4511 4.5.1.7).
type truth int8

const (
	no truth = iota
	undefined
	yes
)

func (t truth) not() truth { return yes - t }

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// A matcher is a filter made ready for one search.
type matcher interface {
	match(s *session, o *object) truth
}

type (
	constant   truth
	allOf      []matcher
	anyOf      []matcher
	inverted   struct{ of matcher }
	presentOne struct{ attr *schema.Attribute }
	equalOne   struct {
		attr *schema.Attribute
		key  string
		node *node // DN values: the object meant, nil when there is none
	}
	orderOne struct {
		attr *schema.Attribute
		key  string
		num  int64
		less bool
	}
	substringOne struct {
		attr    *schema.Attribute
		initial string
		any     []string
		final   string
	}
	bitsOne struct {
		attr *schema.Attribute
		mask uint64
		any  bool
	}
	chainOne struct {
		attr   *schema.Attribute
		within map[*node]bool
	}
)

func (c constant) match(*session, *object) truth { return truth(c) }

func (l allOf) match(s *session, o *object) truth {
	out := yes
	for _, m := range l {
		switch m.match(s, o) {
		case no:
			return no
		case undefined:
			out = undefined
		}
	}
	return out
}

func (l anyOf) match(s *session, o *object) truth {
	out := no
	for _, m := range l {
		switch m.match(s, o) {
		case yes:
			return yes
		case undefined:
			out = undefined
		}
	}
	return out
}

func (n inverted) match(s *session, o *object) truth { return n.of.match(s, o).not() }

// readable turns what a caller may not know into Undefined, and for Samba into
// what is not there.
func (s *session) readable(o *object, a *schema.Attribute, found bool) truth {
	switch samba := s.f.flavour.samba(); {
	case samba && a == s.k.distinguishedName || s.reads(o, a): // Samba's filters know every name
		return truthOf(found)
	case samba:
		return no
	}
	return undefined
}

func (m presentOne) match(s *session, o *object) truth {
	return s.readable(o, m.attr, s.hasValue(o, m.attr))
}

func (s *session) hasValue(o *object, a *schema.Attribute) bool {
	if a.Linked() {
		return len(o.linked(a)) > 0
	}
	return s.valuesOf(o, a).any
}

// valuesOf is raw with the values of this domain controller.
func (s *session) valuesOf(o *object, a *schema.Attribute) values {
	if s.f.local(a) {
		return s.dc.localValue(o, a)
	}
	return s.f.raw(o, a)
}

func (m equalOne) match(s *session, o *object) truth {
	if m.attr.Linked() {
		return s.readable(o, m.attr, m.node != nil && contains(o.linked(m.attr), m.node))
	}
	found := false
	if m.attr == s.k.distinguishedName {
		found = m.node == o.node
	} else {
		v := s.valuesOf(o, m.attr)
		for i := range v.len() {
			if s.f.equalKey(m.attr, v.at(i), m.key) {
				found = true
				break
			}
		}
	}
	return s.readable(o, m.attr, found)
}

// equalKey compares a stored value with a normal form without building its own
// normal form when that is easy to see.
func (f *Forest) equalKey(a *schema.Attribute, v, key string) bool {
	return v == key || f.normal(a, v) == key
}

func (m orderOne) match(s *session, o *object) truth {
	v := s.valuesOf(o, m.attr)
	found := false
	for i := range v.len() {
		if m.holds(s.f, v.at(i)) {
			found = true
			break
		}
	}
	return s.readable(o, m.attr, found)
}

func (m orderOne) holds(f *Forest, v string) bool {
	if m.attr.Syntax.Number() {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return false
		}
		if m.less {
			return n <= m.num
		}
		return n >= m.num
	}
	c := strings.Compare(f.normal(m.attr, v), m.key)
	if m.less {
		return c <= 0
	}
	return c >= 0
}

func (m substringOne) match(s *session, o *object) truth {
	v := s.valuesOf(o, m.attr)
	if m.attr.Linked() {
		v = s.linkText(o, m.attr)
	}
	found := false
	for i := range v.len() {
		text := v.at(i)
		if m.attr.Syntax == schema.DN {
			text = s.f.fold.Fold(text)
		} else {
			text = s.f.normal(m.attr, text)
		}
		if m.holds(text) {
			found = true
			break
		}
	}
	return s.readable(o, m.attr, found)
}

func (s *session) linkText(o *object, a *schema.Attribute) values {
	var out []string
	for _, n := range o.linked(a) {
		if to := s.view(n); to != nil {
			out = append(out, s.dn(to))
		}
	}
	return listOf(out)
}

func (m substringOne) holds(v string) bool {
	rest, ok := strings.CutPrefix(v, m.initial)
	if !ok {
		return false
	}
	if rest, ok = strings.CutSuffix(rest, m.final); !ok {
		return false
	}
	for _, part := range m.any {
		_, after, found := strings.Cut(rest, part)
		if !found {
			return false
		}
		rest = after
	}
	return true
}

func (m bitsOne) match(s *session, o *object) truth {
	v := s.valuesOf(o, m.attr)
	found := false
	for i := range v.len() {
		n, err := strconv.ParseInt(v.at(i), 10, 64)
		if err != nil {
			continue
		}
		bits := uint64(n)
		if m.attr.Syntax == schema.Integer {
			bits = uint64(uint32(n))
		}
		if m.any && bits&m.mask != 0 || !m.any && bits&m.mask == m.mask {
			found = true
			break
		}
	}
	return s.readable(o, m.attr, found)
}

func (m chainOne) match(s *session, o *object) truth {
	return s.readable(o, m.attr, m.within[o.node])
}

// compile makes a filter ready. The caller holds the read lock.
func (s *session) compile(f Filter) (matcher, *refusal) {
	switch f := f.(type) {
	case nil:
		return constant(yes), nil
	case andFilter:
		l, r := s.compileList(f)
		return allOf(l), r
	case orFilter:
		l, r := s.compileList(f)
		return anyOf(l), r
	case notFilter:
		m, r := s.compile(f.of)
		return inverted{m}, r
	case presentFilter:
		return s.compilePresent(f)
	case compareFilter:
		return s.compileCompare(f)
	case substringFilter:
		return s.compileSubstring(f)
	case extensibleFilter:
		return s.compileExtensible(f)
	}
	return constant(undefined), nil
}

func (s *session) compileList(list []Filter) ([]matcher, *refusal) {
	out := make([]matcher, len(list))
	for i, f := range list {
		m, r := s.compile(f)
		if r != nil {
			return nil, r
		}
		out[i] = m
	}
	return out, nil
}

// attributeIn resolves the attribute of a filter item. m is what the item comes
// down to when it has no usable attribute.
func (s *session) attributeIn(name string) (a *schema.Attribute, m matcher, r *refusal) {
	samba := s.f.flavour.samba()
	base, option, _ := strings.Cut(name, ";")
	a = s.f.schema.Attribute(base)
	if samba {
		a = s.filteredAs(a)
	}
	unknownOption := option != "" && (samba || !strings.EqualFold(option, "binary"))
	switch {
	case a == nil, unknownOption, samba && base != "" && base[0] >= '0' && base[0] <= '9':
		if samba {
			return nil, constant(no), nil
		}
		return nil, constant(undefined), nil
	case s.f.secret(a):
		return nil, constant(no), nil
	case a == s.k.aNR:
		return a, nil, nil
	case a.Constructed() && a != s.k.fromEntry:
		if samba {
			return nil, constant(no), nil
		}
		return nil, nil, s.f.flavour.ldap(InappropriateMatching, dsFilterUsesConstructed, "0C090D9B", "Error processing filter")
	}
	return a, nil, nil
}

// cannotMatch is Samba's refusal of a comparison that it does not know.
func cannotMatch() *refusal {
	return sambaf(OperationsError, "00002020: Indexed and full searches both failed!\n")
}

// filteredAs is the attribute that Samba looks at in place of a constructed one.
func (s *session) filteredAs(a *schema.Attribute) *schema.Attribute {
	switch a {
	case s.k.createTimeStamp:
		return s.k.whenCreated
	case s.k.modifyTimeStamp:
		return s.k.whenChanged
	}
	return a
}

func (s *session) compilePresent(f presentFilter) (matcher, *refusal) {
	a, m, r := s.attributeIn(f.attribute)
	if a == nil {
		return m, r
	}
	switch a {
	case s.k.objectClass, s.k.distinguishedName, s.k.name, s.k.objectGUID:
		return constant(yes), nil
	case s.k.aNR:
		return constant(no), nil
	}
	return presentOne{a}, nil
}

func (s *session) compileCompare(f compareFilter) (matcher, *refusal) {
	a, m, r := s.attributeIn(f.attribute)
	if a == nil {
		return m, r
	}
	if f.kind == approx && s.f.flavour.samba() {
		return nil, cannotMatch()
	}
	if a == s.k.aNR {
		return s.compileANR(string(f.value))
	}
	if f.kind == greater || f.kind == less {
		return s.compileOrder(a, f)
	}
	return s.compileEqual(a, string(f.value)), nil
}

func (s *session) compileEqual(a *schema.Attribute, v string) matcher {
	bad := constant(undefined)
	if s.f.flavour.samba() {
		bad = constant(no)
	}
	if a == s.k.objectCategory && !strings.Contains(v, "=") {
		c := s.f.schema.Class(v)
		if c == nil {
			c = s.f.schema.ClassByCategory(v)
		}
		if c == nil {
			return bad
		}
		return equalOne{attr: a, key: s.f.normalDN(s.f.categories[c.ID])}
	}
	switch a.Syntax {
	case schema.DN:
		return s.compileDN(a, v, bad)
	case schema.Integer, schema.LargeInteger:
		if n, err := strconv.ParseInt(strings.TrimSpace(v), 0, 64); err == nil && (v == "" || strings.TrimLeft(v, "+-0123456789") == "") {
			if u := n; a.Syntax == schema.Integer && u > 1<<31-1 && u <= 1<<32-1 {
				n = int64(int32(uint32(u)))
			}
			return equalOne{attr: a, key: strconv.FormatInt(n, 10)}
		}
		return bad
	case schema.Boolean:
		if v != "TRUE" && v != "FALSE" {
			return bad
		}
	case schema.SID:
		if sid, err := security.ParseSID(v); err == nil {
			return equalOne{attr: a, key: string(sid)}
		}
	case schema.Octets:
		if a.HasUpper && a.Upper == 16 && len(v) != 16 {
			if g, err := security.ParseGUID(v); err == nil {
				return equalOne{attr: a, key: string(g[:])}
			}
		}
	case schema.Time:
		if _, ok := schema.ParseTime(v); !ok {
			return bad
		}
	}
	return equalOne{attr: a, key: s.f.normal(a, v)}
}

func (s *session) compileDN(a *schema.Attribute, v string, bad matcher) matcher {
	form, err := s.f.names.parseForm(v)
	if err != nil || len(form.dn) == 0 && form.guid == nil && form.sid == "" {
		return bad
	}
	n := s.findForm(form)
	if a.Linked() || a == s.k.distinguishedName {
		return equalOne{attr: a, node: n}
	}
	if n != nil {
		return equalOne{attr: a, key: s.f.normalDN(s.dn(s.orNewest(n)))}
	}
	return equalOne{attr: a, key: s.f.normalDN(v)}
}

func (s *session) compileOrder(a *schema.Attribute, f compareFilter) (matcher, *refusal) {
	m := orderOne{attr: a, less: f.kind == less}
	if a.Linked() || a.Syntax == schema.DN {
		return constant(undefined), nil
	}
	if a.Syntax.Number() {
		n, err := strconv.ParseInt(string(f.value), 10, 64)
		if err != nil {
			if s.f.flavour.samba() {
				return constant(no), nil
			}
			return constant(undefined), nil
		}
		m.num = n
		return m, nil
	}
	m.key = s.f.normal(a, string(f.value))
	return m, nil
}

func (s *session) compileSubstring(f substringFilter) (matcher, *refusal) {
	a, m, r := s.attributeIn(f.attribute)
	if a == nil {
		return m, r
	}
	samba := s.f.flavour.samba()
	if a == s.k.aNR {
		if samba && (len(f.any) > 0 || f.final != nil) {
			return constant(no), nil
		}
		if f.initial == nil {
			return constant(undefined), nil
		}
		return s.compileANR(string(f.initial))
	}
	switch {
	case a.Syntax == schema.DN && !samba, a == s.k.distinguishedName:
		return constant(no), nil
	case a.Syntax.Number() && !samba, a.Syntax == schema.Boolean, a.Syntax == schema.Time && !samba:
		return constant(undefined), nil
	}
	out := substringOne{attr: a, initial: s.piece(a, f.initial, false, true), final: s.piece(a, f.final, true, false)}
	for _, p := range f.any {
		out.any = append(out.any, s.piece(a, p, true, true))
	}
	return out, nil
}

// piece folds a part of a value: blanks at its open ends count.
func (s *session) piece(a *schema.Attribute, part []byte, left, right bool) string {
	if len(part) == 0 {
		return ""
	}
	if !a.Syntax.Text() && a.Syntax != schema.DN {
		return string(part)
	}
	v := string(part)
	if left {
		v = "x" + v
	}
	if right {
		v += "x"
	}
	v = s.f.fold.Fold(v)
	if left {
		v = v[1:]
	}
	if right {
		v = v[:len(v)-1]
	}
	return v
}

// Matching rules (MS-ADTS 3.1.1.3.4.4).
const (
	ruleBitAnd  = "1.2.840.113556.1.4.803"
	ruleBitOr   = "1.2.840.113556.1.4.804"
	ruleInChain = "1.2.840.113556.1.4.1941"
	ruleDNData  = "1.2.840.113556.1.4.2253"
)

func (s *session) compileExtensible(f extensibleFilter) (matcher, *refusal) {
	if f.rule == "" {
		return s.compileCompare(compareFilter{equality, f.attribute, f.value})
	}
	a, m, r := s.attributeIn(f.attribute)
	if a == nil {
		return m, r
	}
	none := constant(undefined)
	if s.f.flavour.samba() {
		none = constant(no)
	}
	switch f.rule {
	case ruleBitAnd, ruleBitOr:
		n, ok := s.mask(a, string(f.value))
		if !ok || !a.Syntax.Number() {
			if s.f.flavour.samba() {
				return nil, cannotMatch()
			}
			return none, nil
		}
		return bitsOne{attr: a, mask: n, any: f.rule == ruleBitOr}, nil
	case ruleInChain:
		if !a.Linked() {
			return none, nil
		}
		eq, ok := s.compileDN(a, string(f.value), none).(equalOne)
		if !ok {
			return none, nil
		}
		return chainOne{attr: a, within: s.closure(eq.node, a.Other())}, nil
	case ruleDNData:
		if m, ok := s.compileDNData(a, string(f.value)); ok {
			return m, nil
		}
	}
	return none, nil
}

func (s *session) mask(a *schema.Attribute, v string) (uint64, bool) {
	base := 10
	if s.f.flavour.samba() {
		base = 0
	}
	if n, err := strconv.ParseInt(v, base, 64); err == nil {
		if a.Syntax == schema.Integer {
			return uint64(uint32(n)), true
		}
		return uint64(n), true
	}
	n, err := strconv.ParseUint(v, base, 64)
	return n, err == nil
}

// closure is everything that reaches start over a link, walked from its other
// end.
func (s *session) closure(start *node, other *schema.Attribute) map[*node]bool {
	out := map[*node]bool{}
	if start == nil || other == nil {
		return out
	}
	queue := []*node{start}
	for len(queue) > 0 {
		o := s.orNewest(queue[len(queue)-1])
		queue = queue[:len(queue)-1]
		for _, n := range o.linked(other) {
			if !out[n] {
				out[n] = true
				queue = append(queue, n)
			}
		}
	}
	return out
}

// compileANR expands ambiguous name resolution (MS-ADTS 3.1.1.3.1.3.3).
func (s *session) compileANR(v string) (matcher, *refusal) {
	exact := strings.HasPrefix(v, "=")
	v = strings.Trim(strings.TrimPrefix(v, "="), " ")
	if v == "" {
		return constant(undefined), nil
	}
	one := func(a *schema.Attribute, v string) matcher {
		if exact || a == s.k.legacyExchangeDN {
			return equalOne{attr: a, key: s.f.normal(a, v)}
		}
		return substringOne{attr: a, initial: s.piece(a, []byte(v), false, true)}
	}
	var either anyOf
	for _, a := range s.f.schema.ANR {
		either = append(either, one(a, v))
	}
	if first, rest, ok := strings.Cut(v, " "); ok {
		rest = strings.TrimLeft(rest, " ")
		if s.f.heuristic(1) == '0' {
			either = append(either, allOf{one(s.k.givenName, first), one(s.k.sn, rest)})
		}
		if s.f.heuristic(2) == '0' {
			either = append(either, allOf{one(s.k.givenName, rest), one(s.k.sn, first)})
		}
	}
	return either, nil
}

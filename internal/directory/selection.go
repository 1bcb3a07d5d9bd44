package directory

import (
	"strconv"
	"strings"
	"unsafe"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/directory/security"
)

// A selection is the attribute list of a search made ready.
type selection struct {
	all   bool
	named []selected
	types bool
	sd    security.Parts
	sdAll bool // descriptor among *, because SD_FLAGS was sent
}

// selected is one attribute asked for by name.
type selected struct {
	attr   *schema.Attribute
	name   string // as it goes out
	ranged bool
	low    int
	high   int // -1: to the end
}

// selection reads an attribute list (MS-ADTS 3.1.1.3.1.3.1). Unknown names are
// ignored.
func (s *session) selection(list []string, scope Scope) (*selection, *refusal) {
	sel := &selection{}
	if f := s.req.Controls.SDFlags; f != nil {
		sel.sd, sel.sdAll = security.Parts(*f)&security.AllParts, true
	}
	if sel.sd == 0 {
		sel.sd = security.AllParts
	}
	if len(list) == 0 {
		sel.all = true
	}
	for _, name := range list {
		switch name {
		case "*":
			sel.all = true
		case "+":
			if s.f.flavour.samba() && len(list) == 1 {
				continue
			}
		case "1.1":
		default:
			if refused := s.selectOne(sel, name, scope); refused != nil {
				return nil, refused
			}
		}
	}
	return sel, nil
}

func (s *session) selectOne(sel *selection, name string, scope Scope) *refusal {
	base, option, _ := strings.Cut(name, ";")
	a := s.f.schema.Attribute(base)
	if a == nil {
		return nil
	}
	if tokenAttribute(s.k, a) && scope != BaseObject {
		if s.f.flavour.samba() {
			return sambaf(OperationsError, "00002020: Search for tokenGroups is only allowed as a base search")
		}
		return nil
	}
	one := selected{attr: a, name: base, high: -1}
	if s.f.flavour.samba() {
		one.name = a.Name
	}
	if option != "" {
		if rest, ok := cutPrefixFold(option, "range="); ok {
			low, high, ok := parseRange(rest)
			if !ok {
				if s.f.flavour.samba() {
					return sambaf(UnwillingToPerform, "00002035: range request error: malformed range")
				}
				return nil
			}
			one.ranged, one.low, one.high = true, low, high
		} else if !strings.EqualFold(option, "binary") {
			return nil
		}
	}
	for _, have := range sel.named {
		if have.attr == a && have.ranged == one.ranged {
			return nil
		}
	}
	sel.named = append(sel.named, one)
	return nil
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

func parseRange(s string) (low, high int, ok bool) {
	l, h, found := strings.Cut(s, "-")
	if !found {
		return 0, 0, false
	}
	low, err := strconv.Atoi(l)
	if err != nil || low < 0 {
		return 0, 0, false
	}
	if h == "*" {
		return low, -1, true
	}
	high, err = strconv.Atoi(h)
	return low, high, err == nil && high >= low
}

// octets is a string as octets without a copy. Nobody may change them.
func octets(s string) []byte {
	return unsafe.Slice(unsafe.StringData(s), len(s))
}

// An emitter builds one entry.
type emitter struct {
	s   *session
	o   *object
	sel *selection
	room
	dn string
}

// room is where an entry lies. Its values share one array.
type room struct {
	attrs []Attribute
	arena [][]byte
}

// entry is an object as the caller may see it, until the session's next one.
func (s *session) entry(o *object, sel *selection) Entry {
	e := emitter{s: s, o: o, sel: sel, dn: s.dn(o), room: room{s.room.attrs[:0], s.room.arena[:0]}}
	if n := len(sel.named) + cond(sel.all, len(o.attrs)+len(o.links)+20); cap(e.attrs) < n {
		e.room = room{make([]Attribute, 0, n), make([][]byte, 0, n+8)}
	}
	if sel.all {
		e.everything()
	}
	for i := range sel.named {
		e.one(&sel.named[i])
	}
	name := e.dn
	if s.req.Controls.ExtendedDN != nil {
		name = s.extendedDN(o)
	}
	s.room = e.room
	return Entry{DN: name, Attributes: e.attrs}
}

func cond(b bool, n int) int {
	if b {
		return n
	}
	return 0
}

// hides reports whether an attribute is not shown, whoever asks.
func (e *emitter) hides(a *schema.Attribute) bool {
	s := e.s
	return s.f.secret(a) || s.dc.filtered(a) || !s.reads(e.o, a)
}

// everything adds what * stands for: all stored attributes.
func (e *emitter) everything() {
	s, o, k := e.s, e.o, e.s.k
	e.plain(k.objectClass)
	e.plain(o.rdnAttr)
	for _, a := range []*schema.Attribute{k.distinguishedName, k.instanceType, k.whenCreated, k.whenChanged, k.uSNCreated, k.uSNChanged, k.name, k.objectGUID, k.objectSid, k.objectCategory, k.isDeleted, k.isRecycled} {
		e.plain(a)
	}
	if e.sel.sdAll {
		e.plain(k.nTSecurityDescriptor)
	}
	for _, a := range []*schema.Attribute{k.badPwdCount, k.badPasswordTime, k.lastLogon, k.lastLogoff, k.logonCount} {
		e.plain(a)
	}
	for i := range o.attrs {
		if a := s.f.schema.Attributes[o.attrs[i].id]; !o.attrs[i].gone && a != o.rdnAttr && s.f.virtual[a.ID] == virtualNone {
			e.plain(a)
		}
	}
	for i := range o.links {
		if len(o.links[i].to) > 0 {
			e.plain(o.links[i].attr)
		}
	}
	if !o.stored(k.dSCorePropagationData).any && !e.hides(k.dSCorePropagationData) {
		e.add(k.dSCorePropagationData, "dSCorePropagationData", oneValue("16010101000000.0Z"))
	}
}

// plain adds an attribute under its own name.
func (e *emitter) plain(a *schema.Attribute) {
	for i := range e.sel.named {
		if e.sel.named[i].attr == a && !e.sel.named[i].ranged {
			return // comes later, as it was spelled
		}
	}
	e.one(&selected{attr: a, name: a.Name, high: -1})
}

func (e *emitter) one(sel *selected) {
	a := sel.attr
	if e.hides(a) {
		return
	}
	if a == e.s.k.nTSecurityDescriptor {
		e.descriptor(sel)
		return
	}
	v := values{one: e.dn, any: true}
	if a != e.s.k.distinguishedName {
		v = e.s.outValues(e.o, a)
	}
	if !v.any {
		return
	}
	limit := e.s.f.ldapPolicy().valueRange
	if tokenAttribute(e.s.k, a) {
		limit = e.s.f.ldapPolicy().tokenRange
	}
	if e.s.f.flavour.samba() || e.s.who.system {
		limit = v.len()
	}
	if sel.ranged {
		e.rangeOf(sel, v, limit)
		return
	}
	if v.len() > limit {
		e.attrs = append(e.attrs, Attribute{Name: sel.name})
		e.part(sel.name, v, 0, limit-1)
		return
	}
	e.add(a, sel.name, v)
}

// rangeOf answers name;range=low-high (MS-ADTS 3.1.1.3.1.3.3).
func (e *emitter) rangeOf(sel *selected, v values, limit int) {
	n := v.len()
	if sel.low >= n {
		if e.s.f.flavour.samba() {
			e.attrs = append(e.attrs, Attribute{Name: sel.name + ";range=" + strconv.Itoa(sel.low) + "-*"})
			return
		}
		e.s.badRange = !e.s.req.Controls.RangeNoError
		return
	}
	high := sel.high
	if high < 0 || high >= n {
		high = n - 1
	}
	high = min(high, sel.low+limit-1)
	e.part(sel.name, v, sel.low, high)
}

func (e *emitter) part(name string, v values, low, high int) {
	end := strconv.Itoa(high)
	if high >= v.len()-1 {
		end = "*"
	}
	list := make([]string, 0, high-low+1)
	for i := low; i <= high; i++ {
		list = append(list, v.at(i))
	}
	e.add(nil, name+";range="+strconv.Itoa(low)+"-"+end, listOf(list))
}

// add appends an attribute with its values.
func (e *emitter) add(a *schema.Attribute, name string, v values) {
	if e.s.req.Controls.ExtendedDN != nil && a != nil && (a.Syntax == schema.DN || a.Syntax == schema.DNBinary) {
		v = e.s.extended(v)
	}
	if e.sel.types && !e.s.f.flavour.samba() {
		e.attrs = append(e.attrs, Attribute{Name: name})
		return
	}
	n := v.len()
	start := len(e.arena)
	for i := range n {
		e.arena = append(e.arena, octets(v.at(i)))
	}
	e.attrs = append(e.attrs, Attribute{Name: name, Values: e.arena[start : start+n : start+n]})
}

// descriptor adds nTSecurityDescriptor limited to the parts asked for: a caller
// who may not read one of them gets none (MS-ADTS 3.1.1.3.4.1.11).
func (e *emitter) descriptor(sel *selected) {
	s, o := e.s, e.o
	if e.sel.sd&security.SACLPart != 0 && s.who.Privileges&security.SecurityPrivilege == 0 {
		return
	}
	e.add(nil, sel.name, oneValue(string(o.sd.Only(e.sel.sd).Bytes())))
}

// outValues is every kind of value of an attribute, as it goes out.
func (s *session) outValues(o *object, a *schema.Attribute) values {
	switch {
	case a.Constructed() || s.f.computed(a):
		return s.constructed(o, a)
	case a.Linked():
		return s.linkValues(o, a)
	}
	return s.valuesOf(o, a)
}

func (s *session) linkValues(o *object, a *schema.Attribute) values {
	if a == s.k.revealedUsers {
		return s.revealed(o, false)
	}
	nodes := o.linked(a)
	if len(nodes) == 0 || o.deleted && !s.req.Controls.ShowDeactivated {
		return values{} // a link with a deleted end is deactivated, whichever end it is
	}
	out := make([]string, 0, len(nodes))
	for _, n := range nodes {
		to := s.dc.see(n)
		if to == nil || to.deleted && !s.req.Controls.ShowDeactivated {
			continue
		}
		out = append(out, s.dn(to))
	}
	return listOf(out)
}

func (s *session) outDN(o *object) string {
	if s.req.Controls.ExtendedDN != nil {
		return s.extendedDN(o)
	}
	return s.dn(o)
}

// extendedDN is <GUID=…>;<SID=…>;DN (MS-ADTS 3.1.1.3.4.1.5).
func (s *session) extendedDN(o *object) string {
	var b strings.Builder
	dashed := *s.req.Controls.ExtendedDN == 1
	b.WriteString("<GUID=")
	if dashed {
		b.WriteString(o.guid.String())
	} else {
		writeHex(&b, o.guid[:])
	}
	b.WriteString(">;")
	if o.sid != "" {
		b.WriteString("<SID=")
		if dashed {
			b.WriteString(o.sid.String())
		} else {
			writeHex(&b, []byte(o.sid))
		}
		b.WriteString(">;")
	}
	b.WriteString(s.dn(o))
	return b.String()
}

func writeHex(b *strings.Builder, raw []byte) {
	const digits = "0123456789abcdef"
	for _, c := range raw {
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
}

func (s *session) extended(v values) values {
	out := v.slice()
	for i, text := range out {
		binary, dn := binaryPart(text)
		d, err := s.f.names.parse(dn)
		if err != nil {
			continue
		}
		s.f.mu.RLock()
		n, _ := s.lookup(d)
		s.f.mu.RUnlock()
		if n != nil {
			out[i] = binary + s.extendedDN(s.view(n))
		}
	}
	return listOf(out)
}

// binaryPart divides a value of DN-Binary syntax, B:count:octets:DN, before its
// name. Of other values everything is the name.
func binaryPart(text string) (binary, dn string) {
	if !strings.HasPrefix(text, "B:") {
		return "", text
	}
	at := 0
	for range 3 {
		next := strings.IndexByte(text[at:], ':')
		if next < 0 {
			return "", text
		}
		at += next + 1
	}
	return text[:at], text[at:]
}

package security

// A View is a descriptor as one token sees it: only the entries that speak of
// the token, with their rights mapped. Reading an entry asks one question for
// each attribute; a view asks who is meant once. Keep a view only as long as
// descriptor and token stay in force.
type View struct {
	free    Mask // granted before any entry is looked at
	full    bool // no DACL
	entries []viewEntry
}

type viewEntry struct {
	bits   Mask
	deny   bool
	narrow bool // object type must match
	object GUID
}

// NewView prepares d for t. Arguments are those of [Allowed].
func NewView(t *Token, d *Descriptor, self SID, rules Rules) View {
	c := checker{token: t, self: self, rules: rules}
	const all = FullControl | AccessSystemSecurity
	v := View{free: all &^ c.before(d, all), full: d.DACL == nil}
	if v.full {
		v.free |= FullControl
		return v
	}
	for i := range d.DACL.ACEs {
		a := &d.DACL.ACEs[i]
		if !a.Effective() || !a.Type.Allows() && !a.Type.Denies() || !c.matches(a.SID) {
			continue
		}
		e := viewEntry{bits: a.Mask.Mapped(), deny: a.Type.Denies(), narrow: a.Type.Object() && a.HasObjectType, object: a.ObjectType}
		if rules.SambaObjectACE {
			e.bits = sambaBits(a, e.bits)
		}
		v.add(e)
	}
	return v
}

// add leaves out entries that can decide nothing any more. While no entry is
// kept, plain grants simply widen what is free.
func (v *View) add(e viewEntry) {
	if e.bits &^= v.free; e.bits == 0 {
		return
	}
	if len(v.entries) == 0 && !e.deny && !e.narrow {
		v.free |= e.bits
		return
	}
	if v.entries == nil {
		v.entries = make([]viewEntry, 0, usualEntries)
	}
	v.entries = append(v.entries, e)
}

// usualEntries is enough for an ordinary account looking at a user.
const usualEntries = 16

// Allows is [Allowed] on the prepared descriptor.
func (v *View) Allows(q Query) bool {
	need := q.Want.Mapped() &^ v.free
	if need == 0 {
		return true
	}
	for i := range v.entries {
		e := &v.entries[i]
		if e.bits&need == 0 || e.narrow && (q.Type.IsZero() || e.object != q.Type && (q.Set.IsZero() || e.object != q.Set)) {
			continue
		}
		if e.deny {
			return false
		}
		if need &^= e.bits; need == 0 {
			return true
		}
	}
	return false
}

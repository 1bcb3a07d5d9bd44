package security

// Rules selects whose behaviour is followed. The zero value is Windows.
type Rules struct {
	// SambaObjectACE lets an allowing object entry with control access but
	// without an object type grant everything, as Samba 4.17 does.
	SambaObjectACE bool
	// KeepOrder stores entries in the client's order instead of the canonical
	// one: Samba, and Windows with dSHeuristics character 12.
	KeepOrder bool
	// KeepControl leaves the auto-inherited bit of a protected list to the
	// client, as Samba does; Windows sets it (D:PAI).
	KeepControl bool
}

// SambaRules is all that Samba 4.17 does differently.
func SambaRules() Rules {
	return Rules{SambaObjectACE: true, KeepOrder: true, KeepControl: true}
}

// A Query is one question to a descriptor: may somebody do all of Want?
type Query struct {
	Want Mask
	// Type is the attribute (RP, WP), extended right (CR), validated write (SW)
	// or class of the child (CC, DC) that is meant. Zero asks about the object
	// as a whole: all attributes, all rights.
	Type GUID
	// Set is the property set that attribute Type belongs to; zero: none.
	Set GUID
}

// Allowed carries out the access check of MS-DTYP 2.5.3.2 with the object
// types of MS-ADTS 5.1.3.3: the first entry that speaks about a wanted right
// decides it. self is the object's own SID, which PRINCIPAL_SELF stands for, or
// "" for an object without one. Nothing is allocated.
func Allowed(t *Token, d *Descriptor, self SID, q Query, rules Rules) bool {
	c := checker{token: t, self: self, rules: rules}
	return c.granted(d, c.before(d, q.Want.Mapped()), q)
}

// Explicitly is [Allowed] without what an owner has unasked: entries alone grant.
func Explicitly(t *Token, d *Descriptor, self SID, q Query, rules Rules) bool {
	c := checker{token: t, self: self, rules: rules, owner: d.Owner != "" && t.Has(d.Owner)}
	return c.granted(d, q.Want.Mapped(), q)
}

// granted looks for what is still needed in the entries.
func (c *checker) granted(d *Descriptor, need Mask, q Query) bool {
	if need == 0 {
		return true
	}
	if d.DACL == nil {
		return need&^FullControl == 0
	}
	for i := range d.DACL.ACEs {
		a := &d.DACL.ACEs[i]
		bits := a.Mask.Mapped()
		if c.rules.SambaObjectACE {
			bits = sambaBits(a, bits)
		}
		if bits&need == 0 || !a.Effective() || !a.covers(q) || !c.matches(a.SID) {
			continue
		}
		switch {
		case a.Type.Denies():
			return false
		case a.Type.Allows():
			if need &^= bits; need == 0 {
				return true
			}
		}
	}
	return false
}

// Granted returns the rights that t has on the object as a whole, without those
// that reach only some attributes, rights or classes.
func Granted(t *Token, d *Descriptor, self SID, rules Rules) Mask {
	return GrantedFor(t, d, self, Query{}, rules)
}

// GrantedFor returns every right that t has on what q.Type and q.Set name
// (MAXIMUM_ALLOWED); q.Want is not looked at.
func GrantedFor(t *Token, d *Descriptor, self SID, q Query, rules Rules) Mask {
	c := checker{token: t, self: self, rules: rules}
	const all = FullControl | AccessSystemSecurity
	granted := all &^ c.before(d, all)
	if d.DACL == nil {
		return granted | FullControl
	}
	var denied Mask
	for i := range d.DACL.ACEs {
		a := &d.DACL.ACEs[i]
		if !a.Effective() || !a.covers(q) || !c.matches(a.SID) {
			continue
		}
		bits := a.Mask.Mapped()
		if rules.SambaObjectACE {
			bits = sambaBits(a, bits)
		}
		switch {
		case a.Type.Denies():
			denied |= bits &^ granted
		case a.Type.Allows():
			granted |= bits &^ denied
		}
	}
	return granted & all
}

// EffectiveParts says which parts of the descriptor t may write: the value of
// sDRightsEffective (MS-ADTS 3.1.1.4.5.4).
func EffectiveParts(t *Token, d *Descriptor, self SID, rules Rules) (parts Parts) {
	granted := Granted(t, d, self, rules)
	if granted&WriteOwner != 0 {
		parts |= OwnerPart | GroupPart
	}
	if granted&WriteDAC != 0 {
		parts |= DACLPart
	}
	if granted&AccessSystemSecurity != 0 {
		parts |= SACLPart
	}
	return parts
}

// A checker knows whom an entry speaks of.
type checker struct {
	token *Token
	self  SID
	rules Rules
	owner bool // the token owns the object
}

// before takes from need what privileges and ownership give without any entry.
func (c *checker) before(d *Descriptor, need Mask) Mask {
	c.owner = d.Owner != "" && c.token.Has(d.Owner)
	if c.token.Privileges&SecurityPrivilege != 0 {
		need &^= AccessSystemSecurity
	}
	if c.token.Privileges&TakeOwnershipPrivilege != 0 {
		need &^= WriteOwner
	}
	if c.owner && need&(ReadControl|WriteDAC) != 0 && !limitsOwner(d.DACL) {
		need &^= ReadControl | WriteDAC
	}
	return need
}

// limitsOwner reports whether an entry for OWNER RIGHTS replaces what an owner
// is given (MS-DTYP 2.5.3.2).
func limitsOwner(dacl *ACL) bool {
	if dacl == nil {
		return false
	}
	for i := range dacl.ACEs {
		if a := &dacl.ACEs[i]; a.SID == OwnerRights && a.Effective() {
			return true
		}
	}
	return false
}

func (c *checker) matches(sid SID) bool {
	switch sid {
	case Self:
		return c.token.Has(c.self)
	case OwnerRights:
		return c.owner
	}
	return c.token.Has(sid)
}

// covers reports whether an entry speaks about what is asked. An object entry
// without an object type counts as a plain one; with one, it speaks about that
// attribute, set, right or class only.
func (a *ACE) covers(q Query) bool {
	if !a.HasObjectType || !a.Type.Object() {
		return true
	}
	return !q.Type.IsZero() && (a.ObjectType == q.Type || (!q.Set.IsZero() && a.ObjectType == q.Set))
}

// sambaBits is what an entry grants on Samba 4.17.
func sambaBits(a *ACE, bits Mask) Mask {
	if a.Type == AllowObject && !a.HasObjectType && bits&ControlAccess != 0 {
		return FullControl
	}
	return bits
}

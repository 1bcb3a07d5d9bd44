package security

import "slices"

const inheritFlags = ObjectInherit | ContainerInherit | NoPropagate | InheritOnly

// A heir is the object that entries are computed for.
type heir struct {
	classes []GUID
	owner   SID
	group   SID
}

// is reports whether an entry for class GUID g is meant for the heir.
func (h heir) is(g GUID) bool { return slices.Contains(h.classes, g) }

// effective turns an entry into one that acts on the object itself and is not
// inherited further: generic rights mapped, creators replaced.
func (h heir) effective(a ACE) ACE {
	a.Flags &^= inheritFlags
	a.Mask = a.Mask.Mapped()
	switch {
	case a.SID == CreatorOwner && h.owner != "":
		a.SID = h.owner
	case a.SID == CreatorGroup && h.group != "":
		a.SID = h.group
	}
	return a
}

// special reports whether an entry means something else on each object that
// receives it, so that it must be stored twice when it is inheritable.
func (a ACE) special() bool {
	return a.Mask.HasGeneric() || a.SID == CreatorOwner || a.SID == CreatorGroup
}

// own appends an explicit entry as it is stored (MS-DTYP 2.5.3.4.9): one that
// is special and inheritable becomes an effective entry and an inherit-only
// one that stays as it was.
func (h heir) own(out []ACE, a ACE) []ACE {
	switch {
	case !a.Effective() || !a.special():
		return append(out, a)
	case !a.Inheritable():
		return append(out, h.effective(a))
	}
	kept := a
	kept.Flags |= InheritOnly
	return append(out, h.effective(a), kept)
}

// inherit appends what the heir receives from an entry of its parent (MS-DTYP
// 2.5.3.4.5).
func (h heir) inherit(out []ACE, a ACE) []ACE {
	further := a.Flags&NoPropagate == 0
	passed := a
	passed.Flags = a.Flags&^InheritOnly | Inherited
	here := a.Flags&ContainerInherit != 0 && (!a.HasInheritedObjectType || h.is(a.InheritedObjectType))
	if !here {
		// Another class's entry, or one for leaves only: handed on, not effective.
		if further && a.Inheritable() {
			passed.Flags |= InheritOnly
			out = append(out, passed)
		}
		return out
	}
	if !further {
		return append(out, h.effective(passed))
	}
	if !a.special() {
		return append(out, passed)
	}
	kept := passed
	kept.Flags |= InheritOnly
	return append(out, h.effective(passed), kept)
}

// A Creation is what a new object's descriptor is computed from.
type Creation struct {
	Parent  *Descriptor // nil: nothing to inherit
	Given   *Descriptor // what the client sent, or nil
	Default *Descriptor // the class's defaultSecurityDescriptor, or nil
	Classes []GUID      // schemaIDGUID of the object's structural class
	Owner   SID         // used when Given names none
	Group   SID         // used when Given names none
}

// Create computes the descriptor of a new object (MS-DTYP 2.5.3.4.1, MS-ADTS
// 6.1.3.1): the client's entries, else those of the class, then the parent's
// inheritable ones unless the list is protected.
func Create(c Creation, rules Rules) *Descriptor {
	given, fallback := c.Given, c.Default
	if given == nil {
		given = &Descriptor{}
	}
	if fallback == nil {
		fallback = &Descriptor{}
	}
	d := &Descriptor{
		Control: SelfRelative,
		Owner:   firstSID(given.Owner, c.Owner),
		Group:   firstSID(given.Group, c.Group),
	}
	daclFrom, saclFrom := given, given
	if !given.hasDACL() {
		daclFrom = fallback
	}
	if given.SACL == nil {
		saclFrom = fallback
	}
	h := heir{classes: c.Classes, owner: d.Owner, group: d.Group}
	d.setDACL(daclFrom, c.Parent, h, rules)
	d.setSACL(saclFrom, c.Parent, h)
	return d
}

// Replace computes what is stored when a client writes given over old: parts
// that are not selected (0 selects all) or that given does not have stay as they
// were. The parent's entries are computed anew.
func Replace(old, given *Descriptor, parts Parts, parent *Descriptor, classes []GUID, rules Rules) *Descriptor {
	if parts&AllParts == 0 {
		parts = AllParts
	}
	d := old.Clone()
	if parts&OwnerPart != 0 {
		d.Owner = firstSID(given.Owner, d.Owner)
	}
	if parts&GroupPart != 0 {
		d.Group = firstSID(given.Group, d.Group)
	}
	daclFrom, saclFrom := old, old
	if parts&DACLPart != 0 && given.hasDACL() {
		daclFrom = given
	}
	if parts&SACLPart != 0 && given.Control&SACLPresent != 0 {
		saclFrom = given
	}
	h := heir{classes: classes, owner: d.Owner, group: d.Group}
	d.setDACL(daclFrom, parent, h, rules)
	d.setSACL(saclFrom, parent, h)
	return d
}

// Reinherit computes d again below parent, after the parent's entries changed
// or the object moved: explicit entries stay, a protected list stays as it is.
// It returns d itself when nothing changes.
func Reinherit(d, parent *Descriptor, classes []GUID, rules Rules) *Descriptor {
	next := Replace(d, &Descriptor{}, DACLPart|SACLPart, parent, classes, rules)
	if next.Control == d.Control && sameACL(next.DACL, d.DACL) && sameACL(next.SACL, d.SACL) {
		return d
	}
	return next
}

// hasDACL reports whether the descriptor says anything about access, if only
// that everybody has it.
func (d *Descriptor) hasDACL() bool { return d.DACL != nil || d.Control&DACLPresent != 0 }

func (d *Descriptor) setDACL(from, parent *Descriptor, h heir, rules Rules) {
	d.Control = d.Control&^daclBits | DACLPresent | from.Control&DACLProtected
	if !from.Protected() || !rules.KeepControl {
		d.Control |= DACLAutoInherited
	} else {
		d.Control |= from.Control & DACLAutoInherited
	}
	if from.DACL == nil && from.hasDACL() {
		d.DACL = nil
		return
	}
	var above *ACL
	if parent != nil {
		above = parent.DACL
	}
	d.DACL = h.list(from.DACL, above, from.Protected())
	if !rules.KeepOrder {
		d.DACL.ACEs = Canonical(d.DACL.ACEs)
	}
}

func (d *Descriptor) setSACL(from, parent *Descriptor, h heir) {
	protected := from.Control&SACLProtected != 0
	d.Control = d.Control&^saclBits | from.Control&SACLProtected
	var above *ACL
	if parent != nil {
		above = parent.SACL
	}
	list := h.list(from.SACL, above, protected)
	if from.SACL == nil && len(list.ACEs) == 0 {
		d.SACL = nil
		return
	}
	d.SACL = list
	d.Control |= SACLPresent | SACLAutoInherited
}

// list joins explicit entries and those of the parent. Inherited entries of
// the source are dropped, since the parent says better; on a protected list they
// stay, as explicit ones.
func (h heir) list(explicit, parent *ACL, protected bool) *ACL {
	out := &ACL{ACEs: []ACE{}}
	if explicit != nil {
		out.Revision = explicit.Revision
		for _, a := range explicit.ACEs {
			if a.Flags&Inherited != 0 && !protected {
				continue
			}
			a.Flags &^= Inherited
			out.ACEs = h.own(out.ACEs, a)
		}
	}
	if parent != nil && !protected {
		for _, a := range parent.ACEs {
			out.ACEs = h.inherit(out.ACEs, a)
		}
	}
	return out
}

func firstSID(sids ...SID) SID {
	for _, s := range sids {
		if s != "" {
			return s
		}
	}
	return ""
}

func sameACL(a, b *ACL) bool {
	if a == nil || b == nil {
		return a == b
	}
	return slices.Equal(a.ACEs, b.ACEs)
}

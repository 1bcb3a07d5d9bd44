package security

import "slices"

// Grant returns a copy of d with more explicit entries in its DACL: in canonical
// order, or in front of the others when the rules keep the order. Where there
// was no DACL there is one now, and only those it names have access.
func Grant(d *Descriptor, rules Rules, aces ...ACE) *Descriptor {
	c := d.Clone()
	if c.DACL == nil {
		c.DACL = NewACL()
	}
	c.Control |= DACLPresent
	c.DACL.ACEs = slices.Concat(aces, c.DACL.ACEs)
	if !rules.KeepOrder {
		c.DACL.ACEs = Canonical(c.DACL.ACEs)
	}
	return c
}

// Revoke returns a copy of d without the explicit entries of its DACL that
// match. Inherited ones go when they go from the parent.
func Revoke(d *Descriptor, match func(ACE) bool) *Descriptor {
	c := d.Clone()
	if c.DACL != nil {
		c.DACL.ACEs = slices.DeleteFunc(c.DACL.ACEs, func(a ACE) bool { return a.Flags&Inherited == 0 && match(a) })
	}
	return c
}

// For matches entries of one account that name an object type: what
// [Revoke] needs to take one right of a grant away.
func For(sid SID, objectType GUID) func(ACE) bool {
	return func(a ACE) bool { return a.SID == sid && a.HasObjectType && a.ObjectType == objectType }
}

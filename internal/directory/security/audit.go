package security

// Audited reports whether the system ACL of an object asks for a record of a
// success: an audit entry for somebody who t is, that speaks about a right of
// q.Want on what q names (MS-DTYP 2.4.4.10, 2.4.4.13). self is the object's own
// SID, as for [Allowed].
func Audited(t *Token, d *Descriptor, self SID, q Query) bool {
	if d.SACL == nil {
		return false
	}
	c := checker{token: t, self: self, owner: d.Owner != "" && t.Has(d.Owner)}
	want := q.Want.Mapped()
	for i := range d.SACL.ACEs {
		a := &d.SACL.ACEs[i]
		audits := a.Type == Audit || a.Type == AuditObject
		if audits && a.Flags&AuditSuccess != 0 && a.Mask.Mapped()&want != 0 && a.Effective() && a.covers(q) && c.matches(a.SID) {
			return true
		}
	}
	return false
}

package directory

import (
	"strings"
	"unicode/utf8"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/directory/security"
)

// The values of the fields of directory service changes (pages "5136(S)" to
// "5141(S)" of Microsoft's security auditing reference).
const (
	valueAdded   = "%%14674"
	valueDeleted = "%%14675"
	activeDir    = "%%14676" // Active Directory Domain Services
	treeDeleted  = "%%14678"
	oneDeleted   = "%%14679"
	binaryValue  = "<Binary>"
)

// neverAudited is the bit of searchFlags by which the schema keeps an
// attribute's values out of the log (MS-ADTS 2.2.9, NV).
const neverAudited = 0x100

// auditsChanges reports whether the subcategory Directory Service Changes is on
// for what the caller does to an object, and the object's system ACL asks for
// it.
func (t *tx) auditsChanges(o *object, want security.Mask, kind, set security.GUID) bool {
	d := t.s.dc.domain
	if t.f.onEvent == nil || t.s.who.system || t.f.flavour.samba() || !d.Settings().AuditDirectoryChanges {
		return false
	}
	return security.Audited(t.s.who.Token, o.sd, o.sid, security.Query{Want: want, Type: kind, Set: set})
}

// change keeps an event of the subcategory. All of one operation share an
// OpCorrelationID.
func (t *tx) changeEvent(id int, o *object, fields ...Field) {
	if t.operation == "" {
		t.operation = braced(t.f.newGUID())
	}
	head := append([]Field{{"OpCorrelationID", t.operation}, {"AppCorrelationID", "-"}}, subject(t.s.who)...)
	head = append(head, Field{"DSName", o.part.domainOr(t.f).dns}, Field{"DSType", activeDir})
	t.note(id, taskDirChanges, true, append(head, fields...)...)
}

func braced(g security.GUID) string { return "{" + strings.ToUpper(g.String()) + "}" }

// objectFields names an object by its DN at a moment, GUID and class.
func objectFields(o *object, dn string) []Field {
	return []Field{{"ObjectDN", dn}, {"ObjectGUID", braced(o.guid)}, {"ObjectClass", o.class.structural.Name}}
}

// attributeEvents records 5136 for what a modify changed: each value that went,
// then each that came.
func (m *modification) attributeEvents() {
	if !m.s.dc.domain.Settings().AuditDirectoryChanges {
		return
	}
	o := m.object(m.n)
	seen := map[*schema.Attribute]bool{}
	for _, c := range m.kept {
		a := c.attr
		if seen[a] || a.SearchFlags&neverAudited != 0 || m.f.secret(a) {
			continue
		}
		seen[a] = true
		want, kind, set := security.WriteProperty, a.GUID, a.Set
		if a == m.f.k.nTSecurityDescriptor {
			want, kind, set = security.WriteDAC, security.GUID{}, security.GUID{}
		}
		if m.auditsChanges(m.before, want, kind, set) {
			m.valueEvents(o, a, m.told(m.before, a), m.told(o, a))
		}
	}
}

func (m *modification) valueEvents(o *object, a *schema.Attribute, before, after []string) {
	for _, list := range []struct {
		values, others []string
		operation      string
	}{{before, after, valueDeleted}, {after, before, valueAdded}} {
		have := map[string]bool{}
		for _, v := range list.others {
			have[v] = true
		}
		for _, v := range list.values {
			if have[v] {
				continue
			}
			m.changeEvent(5136, o, append(objectFields(o, m.s.dn(o)), Field{"AttributeLDAPDisplayName", a.Name}, Field{"AttributeSyntaxOID", a.Syntax.OID()},
				Field{"AttributeValue", shownValue(v)}, Field{"OperationType", list.operation})...)
		}
	}
}

// told is the values of an attribute as an event tells them: names for links,
// SDDL for a descriptor.
func (m *modification) told(o *object, a *schema.Attribute) []string {
	switch {
	case a == m.f.k.nTSecurityDescriptor:
		return []string{o.sd.SDDL(o.part.domainOr(m.f).base)}
	case a.Linked():
		var names []string
		for _, n := range o.linked(a) {
			names = append(names, m.s.dn(m.object(n)))
		}
		return names
	}
	return o.stored(a).slice()
}

func shownValue(v string) string {
	if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
		return binaryValue
	}
	return v
}

// createdObject records 5137, when the parent's system ACL audits the creation
// of such children.
func (a *addition) createdObject() {
	o, parent := a.modification.object(a.n), a.s.orNewest(a.parent)
	if a.auditsChanges(parent, security.CreateChild, o.class.structural.GUID, security.GUID{}) {
		a.changeEvent(5137, o, objectFields(o, a.s.dn(o))...)
	}
}

// deletedObject records 5141, when the object's system ACL audits its deletion.
func (m *modification) deletedObject(o *object) {
	if !m.auditsChanges(o, security.Delete, security.GUID{}, security.GUID{}) {
		return
	}
	tree := oneDeleted
	if m.s.req.Controls.TreeDelete {
		tree = treeDeleted
	}
	m.changeEvent(5141, o, append(objectFields(o, m.s.dn(o)), Field{"TreeDelete", tree})...)
}

// movedObject records 5139, and undeletedObject 5138, when the new parent's
// system ACL audits the creation of such children.
func (m *modification) movedObject(o *object, oldDN string) { m.arrived(5139, o, oldDN) }

func (m *modification) undeletedObject(o *object, oldDN string) { m.arrived(5138, o, oldDN) }

func (m *modification) arrived(id int, o *object, oldDN string) {
	if !m.auditsChanges(m.object(o.parent), security.CreateChild, o.class.structural.GUID, security.GUID{}) {
		return
	}
	m.changeEvent(id, o, Field{"OldObjectDN", oldDN}, Field{"NewObjectDN", m.s.dn(o)}, Field{"ObjectGUID", braced(o.guid)}, Field{"ObjectClass", o.class.structural.Name})
}

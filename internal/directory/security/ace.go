package security

import "slices"

// An ACEType tells what an entry does (MS-DTYP 2.4.4.1).
type ACEType uint8

// The types a directory stores.
const (
	Allow       ACEType = 0
	Deny        ACEType = 1
	Audit       ACEType = 2
	AllowObject ACEType = 5
	DenyObject  ACEType = 6
	AuditObject ACEType = 7
)

// Object reports whether entries of this type have room for GUIDs.
func (t ACEType) Object() bool { return t >= AllowObject && t <= AuditObject }

// Denies reports whether entries of this type refuse.
func (t ACEType) Denies() bool { return t == Deny || t == DenyObject }

// Allows reports whether entries of this type grant.
func (t ACEType) Allows() bool { return t == Allow || t == AllowObject }

// ACEFlags say how an entry is inherited and what it audits.
type ACEFlags uint8

// The flags of MS-DTYP 2.4.4.1, with their SDDL names.
const (
	ObjectInherit    ACEFlags = 0x01 // OI: no meaning in a directory, but kept
	ContainerInherit ACEFlags = 0x02 // CI
	NoPropagate      ACEFlags = 0x04 // NP: one level only
	InheritOnly      ACEFlags = 0x08 // IO: not effective here
	Inherited        ACEFlags = 0x10 // ID: came from the parent
	AuditSuccess     ACEFlags = 0x40 // SA
	AuditFailure     ACEFlags = 0x80 // FA
)

// An ACE is one entry of an access control list. ACEs can be compared with ==.
type ACE struct {
	Type  ACEType
	Flags ACEFlags
	Mask  Mask
	SID   SID
	// ObjectType narrows an entry of an object type to one attribute, property
	// set, extended right, validated write or child class; HasObjectType tells
	// whether it is there. InheritedObjectType names the one class on which an
	// inherited entry becomes effective.
	ObjectType             GUID
	InheritedObjectType    GUID
	HasObjectType          bool
	HasInheritedObjectType bool
}

// Effective reports whether the entry counts on the object that carries it.
func (a ACE) Effective() bool { return a.Flags&InheritOnly == 0 }

// Inheritable reports whether children of the object receive the entry.
func (a ACE) Inheritable() bool { return a.Flags&(ContainerInherit|ObjectInherit) != 0 }

// An ACL is a list of entries in order. A nil *ACL and an ACL without entries
// differ: no DACL gives everybody everything, an empty one nobody anything.
type ACL struct {
	// Revision is what was read, 2 or 4; an encoder uses 4 when object entries
	// are inside, whatever stands here. 0 lets it choose.
	Revision uint8
	ACEs     []ACE
}

// NewACL returns an ACL of the entries.
func NewACL(aces ...ACE) *ACL { return &ACL{ACEs: aces} }

// Clone returns a copy that shares nothing with a; nil stays nil.
func (a *ACL) Clone() *ACL {
	if a == nil {
		return nil
	}
	return &ACL{Revision: a.Revision, ACEs: slices.Clone(a.ACEs)}
}

package security

import "strings"

// A Mask is a set of rights on a directory object (MS-ADTS 5.1.3.2).
type Mask uint32

// The rights, with their SDDL names.
const (
	CreateChild          Mask = 0x1       // CC; object type: class of the child
	DeleteChild          Mask = 0x2       // DC; object type: class of the child
	ListContents         Mask = 0x4       // LC
	ValidatedWrite       Mask = 0x8       // SW; object type: the validated write
	ReadProperty         Mask = 0x10      // RP; object type: attribute or property set
	WriteProperty        Mask = 0x20      // WP; object type: attribute or property set
	DeleteTree           Mask = 0x40      // DT
	ListObject           Mask = 0x80      // LO
	ControlAccess        Mask = 0x100     // CR; object type: the extended right
	Delete               Mask = 0x10000   // SD
	ReadControl          Mask = 0x20000   // RC; owner, group and DACL
	WriteDAC             Mask = 0x40000   // WD
	WriteOwner           Mask = 0x80000   // WO
	AccessSystemSecurity Mask = 0x1000000 // SACL: a privilege, never an ACE's
	GenericAll           Mask = 0x10000000
	GenericExecute       Mask = 0x20000000
	GenericWrite         Mask = 0x40000000
	GenericRead          Mask = 0x80000000
)

// What the generic rights stand for on a directory object.
const (
	FullControl   Mask = 0xF01FF
	MappedRead         = ReadControl | ListContents | ReadProperty | ListObject
	MappedWrite        = ReadControl | WriteProperty | ValidatedWrite
	MappedExecute      = ReadControl | ListContents

	genericBits = GenericAll | GenericExecute | GenericWrite | GenericRead
)

// Mapped replaces generic bits by the rights they stand for.
func (m Mask) Mapped() Mask {
	if m&genericBits == 0 {
		return m
	}
	out := m &^ genericBits
	if m&GenericAll != 0 {
		out |= FullControl
	}
	if m&GenericRead != 0 {
		out |= MappedRead
	}
	if m&GenericWrite != 0 {
		out |= MappedWrite
	}
	if m&GenericExecute != 0 {
		out |= MappedExecute
	}
	return out
}

// HasGeneric reports whether m holds a generic bit.
func (m Mask) HasGeneric() bool { return m&genericBits != 0 }

// String returns the SDDL form: two letters for each right, or one hexadecimal
// number when a bit has no name.
func (m Mask) String() string {
	var b strings.Builder
	m.appendSDDL(&b)
	return b.String()
}

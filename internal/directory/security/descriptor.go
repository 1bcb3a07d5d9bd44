package security

// Control is the control word of a descriptor (MS-DTYP 2.4.6).
type Control uint16

// The control bits a directory uses.
const (
	DACLPresent          Control = 0x0004
	SACLPresent          Control = 0x0010
	DACLAutoInheritReq   Control = 0x0100 // AR
	SACLAutoInheritReq   Control = 0x0200
	DACLAutoInherited    Control = 0x0400 // AI
	SACLAutoInherited    Control = 0x0800
	DACLProtected        Control = 0x1000 // P
	SACLProtected        Control = 0x2000
	ResourceManagerValid Control = 0x4000
	SelfRelative         Control = 0x8000
)

// A Descriptor says who owns an object and who may do what to it. It is never
// changed once others can see it: functions that alter one return a new one.
// The bits DACLPresent, SACLPresent and SelfRelative of Control follow from
// the other fields when a descriptor is encoded.
type Descriptor struct {
	Control Control
	Owner   SID
	Group   SID
	SACL    *ACL // nil: none
	DACL    *ACL // nil: full access for everybody
}

// Clone returns a copy that shares nothing with d.
func (d *Descriptor) Clone() *Descriptor {
	c := *d
	c.SACL, c.DACL = d.SACL.Clone(), d.DACL.Clone()
	return &c
}

// Protected reports whether the DACL takes nothing from the parent.
func (d *Descriptor) Protected() bool { return d.Control&DACLProtected != 0 }

// Parts selects parts of a descriptor: the value of the SD_FLAGS control
// (MS-ADTS 3.1.1.3.4.1.11). 0 there means all four.
type Parts uint8

// The parts.
const (
	OwnerPart Parts = 1
	GroupPart Parts = 2
	DACLPart  Parts = 4
	SACLPart  Parts = 8
	AllParts  Parts = 15
)

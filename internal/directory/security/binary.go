package security

import (
	"encoding/binary"
	"errors"
	"fmt"
)

const (
	descriptorHeader = 20
	aclHeader        = 8
	aceHeader        = 8 // type, flags, size, mask
	objectFlagsSize  = 4

	objectTypePresent          = 1
	inheritedObjectTypePresent = 2

	largestACL = 0xFFFF

	plainRevision  = 2
	objectRevision = 4
)

var le = binary.LittleEndian

// ParseDescriptor reads a self-relative SECURITY_DESCRIPTOR (MS-DTYP 2.4.6).
// Offsets may point anywhere behind the header; anything that reaches over the
// end of b is an error.
func ParseDescriptor(b []byte) (*Descriptor, error) {
	if len(b) < descriptorHeader {
		return nil, fmt.Errorf("reading security descriptor: %d octets, at least %d", len(b), descriptorHeader)
	}
	d := &Descriptor{Control: Control(le.Uint16(b[2:]))}
	switch {
	case b[0] != 1:
		return nil, fmt.Errorf("reading security descriptor: revision %d, want 1", b[0])
	case d.Control&SelfRelative == 0:
		return nil, errors.New("reading security descriptor: not self-relative, control bit 0x8000 must be set")
	}
	var err error
	if d.Owner, err = sidAt(b, le.Uint32(b[4:])); err != nil {
		return nil, fmt.Errorf("reading security descriptor: owner: %w", err)
	}
	if d.Group, err = sidAt(b, le.Uint32(b[8:])); err != nil {
		return nil, fmt.Errorf("reading security descriptor: group: %w", err)
	}
	if d.SACL, err = aclAt(b, le.Uint32(b[12:]), d.Control&SACLPresent != 0); err != nil {
		return nil, fmt.Errorf("reading security descriptor: SACL: %w", err)
	}
	if d.DACL, err = aclAt(b, le.Uint32(b[16:]), d.Control&DACLPresent != 0); err != nil {
		return nil, fmt.Errorf("reading security descriptor: DACL: %w", err)
	}
	return d, nil
}

// from returns the octets of b behind an offset of the header.
func from(b []byte, offset uint32) ([]byte, error) {
	if offset < descriptorHeader || uint64(offset) >= uint64(len(b)) {
		return nil, fmt.Errorf("offset %d outside of %d..%d", offset, descriptorHeader, len(b))
	}
	return b[offset:], nil
}

func sidAt(b []byte, offset uint32) (SID, error) {
	if offset == 0 {
		return "", nil
	}
	rest, err := from(b, offset)
	if err != nil {
		return "", err
	}
	s, _, err := cutSID(rest)
	return s, err
}

func aclAt(b []byte, offset uint32, present bool) (*ACL, error) {
	if !present || offset == 0 {
		return nil, nil
	}
	rest, err := from(b, offset)
	if err != nil {
		return nil, err
	}
	return parseACL(rest)
}

func parseACL(b []byte) (*ACL, error) {
	if len(b) < aclHeader {
		return nil, fmt.Errorf("%d octets, at least %d", len(b), aclHeader)
	}
	if b[0] != plainRevision && b[0] != objectRevision {
		return nil, fmt.Errorf("revision %d, want 2 or 4", b[0])
	}
	size, count := int(le.Uint16(b[2:])), int(le.Uint16(b[4:]))
	if size < aclHeader || size > len(b) {
		return nil, fmt.Errorf("size %d outside of %d..%d", size, aclHeader, len(b))
	}
	rest := b[aclHeader:size]
	if count > len(rest)/aceHeader {
		return nil, fmt.Errorf("%d entries do not fit into %d octets", count, len(rest))
	}
	acl := &ACL{Revision: b[0], ACEs: make([]ACE, 0, count)}
	for i := range count {
		ace, after, err := cutACE(rest)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", i+1, err)
		}
		acl.ACEs, rest = append(acl.ACEs, ace), after
	}
	return acl, nil
}

// cutACE reads the entry at the start of b.
func cutACE(b []byte) (a ACE, rest []byte, err error) {
	if len(b) < aceHeader {
		return a, nil, fmt.Errorf("%d octets, at least %d", len(b), aceHeader)
	}
	size := int(le.Uint16(b[2:]))
	if size < aceHeader || size > len(b) {
		return a, nil, fmt.Errorf("size %d outside of %d..%d", size, aceHeader, len(b))
	}
	a = ACE{Type: ACEType(b[0]), Flags: ACEFlags(b[1]), Mask: Mask(le.Uint32(b[4:]))}
	if a.Type > Audit && !a.Type.Object() {
		return a, nil, fmt.Errorf("type %d is not supported, want 0 to 2 or 5 to 7", b[0])
	}
	body := b[aceHeader:size]
	if a.Type.Object() {
		if body, err = a.cutObject(body); err != nil {
			return a, nil, err
		}
	}
	if a.SID, _, err = cutSID(body); err != nil {
		return a, nil, err
	}
	return a, b[size:], nil
}

// cutObject reads flags and GUIDs of an object entry.
func (a *ACE) cutObject(b []byte) ([]byte, error) {
	if len(b) < objectFlagsSize {
		return nil, errors.New("object flags are missing")
	}
	flags := le.Uint32(b)
	b = b[objectFlagsSize:]
	a.HasObjectType = flags&objectTypePresent != 0
	a.HasInheritedObjectType = flags&inheritedObjectTypePresent != 0
	for _, field := range []struct {
		present bool
		into    *GUID
	}{{a.HasObjectType, &a.ObjectType}, {a.HasInheritedObjectType, &a.InheritedObjectType}} {
		if !field.present {
			continue
		}
		if len(b) < len(field.into) {
			return nil, errors.New("GUID is cut short")
		}
		b = b[copy(field.into[:], b):]
	}
	return b, nil
}

// Bytes returns the self-relative form in the order header, owner, group, SACL,
// DACL, which is the order of the published test vectors. An ACL has revision
// 4 when object entries are inside, else the revision it was read with. Ask
// [Descriptor.Fits] first about a descriptor that a client made larger.
func (d *Descriptor) Bytes() []byte {
	out := make([]byte, descriptorHeader, descriptorHeader+len(d.Owner)+len(d.Group)+d.SACL.size()+d.DACL.size())
	control := d.Control&^SACLPresent | SelfRelative
	if d.SACL != nil {
		control |= SACLPresent
	}
	if d.DACL != nil {
		control |= DACLPresent
	}
	out[0] = 1
	le.PutUint16(out[2:], uint16(control))
	for _, sid := range []struct {
		at  int
		sid SID
	}{{4, d.Owner}, {8, d.Group}} {
		if sid.sid != "" {
			le.PutUint32(out[sid.at:], uint32(len(out)))
			out = append(out, sid.sid...)
		}
	}
	for _, acl := range []struct {
		at  int
		acl *ACL
	}{{12, d.SACL}, {16, d.DACL}} {
		if acl.acl != nil {
			le.PutUint32(out[acl.at:], uint32(len(out)))
			out = acl.acl.appendTo(out)
		}
	}
	return out
}

// Fits returns an error when a list is larger than the 64 KB its size field can
// say, which a directory refuses to store.
func (d *Descriptor) Fits() error {
	for _, part := range []struct {
		name string
		acl  *ACL
	}{{"DACL", d.DACL}, {"SACL", d.SACL}} {
		if n := part.acl.size(); n > largestACL {
			return fmt.Errorf("storing security descriptor: %s of %d octets, at most %d: remove entries", part.name, n, largestACL)
		}
	}
	return nil
}

func (a *ACL) size() int {
	if a == nil {
		return 0
	}
	n := aclHeader
	for i := range a.ACEs {
		n += a.ACEs[i].size()
	}
	return n
}

func (a *ACE) size() int {
	n := aceHeader + len(a.SID)
	if a.Type.Object() {
		n += objectFlagsSize
		if a.HasObjectType {
			n += len(a.ObjectType)
		}
		if a.HasInheritedObjectType {
			n += len(a.InheritedObjectType)
		}
	}
	return n
}

func (a *ACL) appendTo(out []byte) []byte {
	revision := max(a.Revision, plainRevision)
	for i := range a.ACEs {
		if a.ACEs[i].Type.Object() {
			revision = objectRevision
		}
	}
	out = append(out, revision, 0)
	out = le.AppendUint16(out, uint16(a.size()))
	out = le.AppendUint16(out, uint16(len(a.ACEs)))
	out = append(out, 0, 0)
	for i := range a.ACEs {
		out = a.ACEs[i].appendTo(out)
	}
	return out
}

func (a *ACE) appendTo(out []byte) []byte {
	out = append(out, byte(a.Type), byte(a.Flags))
	out = le.AppendUint16(out, uint16(a.size()))
	out = le.AppendUint32(out, uint32(a.Mask))
	if a.Type.Object() {
		var flags uint32
		if a.HasObjectType {
			flags |= objectTypePresent
		}
		if a.HasInheritedObjectType {
			flags |= inheritedObjectTypePresent
		}
		out = le.AppendUint32(out, flags)
		if a.HasObjectType {
			out = append(out, a.ObjectType[:]...)
		}
		if a.HasInheritedObjectType {
			out = append(out, a.InheritedObjectType[:]...)
		}
	}
	return append(out, a.SID...)
}

// Bytes returns the binary form of one entry.
func (a ACE) Bytes() []byte { return a.appendTo(make([]byte, 0, a.size())) }

// Only returns a copy that has just the selected parts, as a client reads them
// with SD_FLAGS; 0 selects all. Control bits of missing lists go with them.
func (d *Descriptor) Only(parts Parts) *Descriptor {
	if parts&AllParts == 0 {
		parts = AllParts
	}
	c := *d
	if parts&OwnerPart == 0 {
		c.Owner = ""
	}
	if parts&GroupPart == 0 {
		c.Group = ""
	}
	if parts&SACLPart == 0 {
		c.SACL = nil
		c.Control &^= saclBits
	}
	if parts&DACLPart == 0 {
		c.DACL = nil
		c.Control &^= daclBits
	}
	return &c
}

const (
	daclBits = DACLPresent | DACLAutoInheritReq | DACLAutoInherited | DACLProtected
	saclBits = SACLPresent | SACLAutoInheritReq | SACLAutoInherited | SACLProtected
)

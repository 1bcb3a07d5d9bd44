package domain

import "math"

// A GroupType is groupType (MS-ADTS 2.2.12).
type GroupType int32

// The bits of groupType.
const (
	BuiltinGroup     GroupType = 0x1 // the system's own, never a client's
	GlobalGroup      GroupType = 0x2
	DomainLocalGroup GroupType = 0x4
	UniversalGroup   GroupType = 0x8
	SecurityEnabled  GroupType = math.MinInt32

	scopeBits = GlobalGroup | DomainLocalGroup | UniversalGroup
)

// DefaultGroupType is what a group has that was created without the attribute:
// a global security group.
const DefaultGroupType = SecurityEnabled | GlobalGroup

// Valid reports whether a client may write the type: one scope, and security or
// not.
func (g GroupType) Valid() bool {
	if g&^(scopeBits|SecurityEnabled) != 0 {
		return false
	}
	switch g & scopeBits {
	case GlobalGroup, DomainLocalGroup, UniversalGroup:
		return true
	}
	return false
}

// MayBecome reports whether a group may be converted: every way but directly
// between global and domain local, and never for a builtin group. Members that
// the new scope does not take are the caller's to look at.
func (g GroupType) MayBecome(next GroupType) bool {
	if g == next {
		return true
	}
	if g&BuiltinGroup != 0 || !next.Valid() {
		return false
	}
	from, to := g&scopeBits, next&scopeBits
	return from == to || from == UniversalGroup || to == UniversalGroup
}

// SAMAccountType derives sAMAccountType of a group.
func (g GroupType) SAMAccountType() uint32 {
	t := TypeGroup
	if g&DomainLocalGroup != 0 {
		t = TypeAlias
	}
	if g&SecurityEnabled == 0 {
		t++
	}
	return t
}

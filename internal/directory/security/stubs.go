package security

import "strings"

func (m Mask) appendSDDL(*strings.Builder) { panic("stub") }

// ParseDescriptor reads a self-relative descriptor.
func ParseDescriptor(b []byte) (*Descriptor, error) { panic("stub") }

// Bytes returns the self-relative form.
func (d *Descriptor) Bytes() []byte { panic("stub") }

// Only returns a copy that has just the selected parts.
func (d *Descriptor) Only(parts Parts) *Descriptor { panic("stub") }

// A Base gives the SDDL names of accounts their domain: Domain for DA, DU, …,
// Root (the forest root domain) for EA and SA.
type Base struct{ Domain, Root SID }

// ParseSDDL reads the text form of a descriptor.
func ParseSDDL(text string, base Base) (*Descriptor, error) { panic("stub") }

// MustSDDL is ParseSDDL for constants; it panics on bad text.
func MustSDDL(text string, base Base) *Descriptor { panic("stub") }

// SDDL returns the text form; SIDs with a name in base are written by it.
func (d *Descriptor) SDDL(base Base) string { panic("stub") }

// ParseACE reads one entry such as "(A;CI;RP;;;AU)".
func ParseACE(text string, base Base) (ACE, error) { panic("stub") }

// SDDL returns the entry in parentheses.
func (a ACE) SDDL(base Base) string { panic("stub") }

// Rules selects whose behaviour is followed.
type Rules struct {
	// SambaObjectACE: an allowing object ACE with CR and no object type grants
	// everything.
	SambaObjectACE bool
	// KeepOrder stores entries in the client's order instead of the canonical one.
	KeepOrder bool
}

// A Creation is what a new object's descriptor is computed from.
type Creation struct {
	Parent  *Descriptor // nil: no parent
	Given   *Descriptor // what the client sent, or nil
	Default *Descriptor // the class's defaultSecurityDescriptor, or nil
	Classes []GUID      // the object's structural class (schemaIDGUID), and its auxiliaries if they count
	Owner   SID         // used when Given has none
	Group   SID         // used when Given has none
}

// Create computes the descriptor of a new object.
func Create(c Creation, rules Rules) *Descriptor { panic("stub") }

// Reinherit computes d again below parent: explicit entries stay.
func Reinherit(d, parent *Descriptor, classes []GUID, rules Rules) *Descriptor { panic("stub") }

// Replace computes what is stored when given is written over old, limited to
// parts.
func Replace(old, given *Descriptor, parts Parts, parent *Descriptor, classes []GUID, rules Rules) *Descriptor {
	panic("stub")
}

// Canonical returns the entries in canonical order.
func Canonical(aces []ACE) []ACE { panic("stub") }

// Privileges are what a token may do besides descriptors.
type Privileges uint8

// The privileges a directory asks for.
const (
	SecurityPrivilege         Privileges = 1 << iota // SeSecurityPrivilege: SACLs
	TakeOwnershipPrivilege                           // SeTakeOwnershipPrivilege
	RestorePrivilege                                 // SeRestorePrivilege: any owner
	BackupPrivilege                                  // SeBackupPrivilege
	EnableDelegationPrivilege                        // SeEnableDelegationPrivilege
	MachineAccountPrivilege                          // SeMachineAccountPrivilege
)

// A Token is who somebody is for the access check.
type Token struct {
	User       SID
	Privileges Privileges
	sids       map[SID]struct{}
}

// NewToken returns a token of user and groups (Everyone and such included).
func NewToken(user SID, privileges Privileges, groups ...SID) *Token { panic("stub") }

// Has reports whether sid is the user or one of the groups.
func (t *Token) Has(sid SID) bool { panic("stub") }

// SIDs returns user and groups, sorted.
func (t *Token) SIDs() []SID { panic("stub") }

// A Query is one question to a descriptor.
type Query struct {
	Want Mask
	// Type is the attribute (RP, WP), extended right (CR), validated write
	// (SW) or child class (CC, DC); zero asks about the object as a whole.
	Type GUID
	Set  GUID // the property set of attribute Type, zero: none
}

// Allowed reports whether t has all of q.Want on an object with descriptor d;
// self is the object's own SID or "".
func Allowed(t *Token, d *Descriptor, self SID, q Query, rules Rules) bool { panic("stub") }

// A View is a descriptor as one token sees it: for many queries about one object.
type View struct{}

// NewView prepares d for t.
func NewView(t *Token, d *Descriptor, self SID, rules Rules) View { panic("stub") }

// Allows is [Allowed] on the prepared view.
func (v *View) Allows(q Query) bool { panic("stub") }

// Granted returns the rights t has on the object as a whole.
func Granted(t *Token, d *Descriptor, self SID, rules Rules) Mask { panic("stub") }

// EffectiveParts is sDRightsEffective.
func EffectiveParts(t *Token, d *Descriptor, self SID, rules Rules) Parts { panic("stub") }

// WritebackGrant returns the entries for the domain head that a writeback
// agent's account svc needs.
func WritebackGrant(svc SID) []ACE { panic("stub") }

// DefaultSDDL returns the defaultSecurityDescriptor of a class, "" when unknown.
func DefaultSDDL(class GUID) string { panic("stub") }

// DomainHeadSDDL, AdminSDHolderSDDL, SambaAdminSDHolderSDDL: see defaults.go.
const (
	DomainHeadSDDL         = ""
	AdminSDHolderSDDL      = ""
	SambaAdminSDHolderSDDL = ""
)

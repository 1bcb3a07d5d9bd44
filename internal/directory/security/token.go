package security

import (
	"maps"
	"slices"
)

// Privileges are what a token may do whatever a descriptor says.
type Privileges uint8

// The privileges a directory asks for.
const (
	SecurityPrivilege         Privileges = 1 << iota // SeSecurityPrivilege: read and write SACLs
	TakeOwnershipPrivilege                           // SeTakeOwnershipPrivilege: become owner
	RestorePrivilege                                 // SeRestorePrivilege: make anybody the owner
	BackupPrivilege                                  // SeBackupPrivilege
	EnableDelegationPrivilege                        // SeEnableDelegationPrivilege: TRUSTED_FOR_DELEGATION
	MachineAccountPrivilege                          // SeMachineAccountPrivilege: add workstations
	DebugPrivilege                                   // SeDebugPrivilege: figures of searches
)

// A Token is who somebody is when access is checked: built once, at the bind,
// and never changed (MS-DTYP 2.5.2).
type Token struct {
	User       SID
	Privileges Privileges
	sids       map[SID]struct{}
}

// NewToken returns a token of user and groups; an anonymous one has no user.
// The caller adds what everybody has: Everyone, Authenticated Users, Network.
func NewToken(user SID, privileges Privileges, groups ...SID) *Token {
	t := &Token{User: user, Privileges: privileges, sids: make(map[SID]struct{}, len(groups)+1)}
	t.sids[user] = struct{}{}
	for _, g := range groups {
		t.sids[g] = struct{}{}
	}
	delete(t.sids, "") // nobody is "none"
	return t
}

// Has reports whether sid is the user or one of the groups.
func (t *Token) Has(sid SID) bool {
	_, ok := t.sids[sid]
	return ok
}

// SIDs returns user and groups in the order of their octets.
func (t *Token) SIDs() []SID { return slices.Sorted(maps.Keys(t.sids)) }

package tenant

import "slices"

// A Right is something that a service account may be granted, in the words of
// the administrator's documentation.
type Right string

// The rights that writeback and hash synchronisation need ("Configure AD DS
// Connector account permissions", Microsoft Learn).
const (
	Writeback           Right = "writeback" // the five below it
	ResetPassword       Right = "resetPassword"
	ChangePassword      Right = "changePassword"
	WriteLockoutTime    Right = "writeLockoutTime"
	WritePwdLastSet     Right = "writePwdLastSet"
	UnexpirePassword    Right = "unexpirePassword"
	ReplicateChanges    Right = "replicateChanges"
	ReplicateChangesAll Right = "replicateChangesAll"
)

// classUser is schemaIDGUID of class user.
const classUser = "bf967aba-0de6-11d0-a285-00aa003049e2"

// rights says how each right stands in an access control list: SDDL rights,
// object GUID, and whether it is inherited by descendant users or set on the
// domain head and everything below (MS-ADTS 5.1.3.2.1; schema).
var rights = map[Right]struct {
	sddl, object string
	head         bool
}{
	ResetPassword:       {"CR", "00299570-246d-11d0-a768-00aa006e0529", false},
	ChangePassword:      {"CR", "ab721a53-1e2f-11d0-9819-00aa0040529b", false},
	WriteLockoutTime:    {"WP", "28630ebf-41d5-11d1-a9c1-0000f80367c1", false},
	WritePwdLastSet:     {"WP", "bf967a0a-0de6-11d0-a285-00aa003049e2", false},
	UnexpirePassword:    {"CR", "ccc2dc7d-a6ad-4a7a-8846-c04e3cc53501", true},
	ReplicateChanges:    {"CR", "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2", true},
	ReplicateChangesAll: {"CR", "1131f6ad-9c07-11d1-f79f-00c04fc2dcd2", true},
}

var writebackRights = []Right{ResetPassword, ChangePassword, WriteLockoutTime, WritePwdLastSet, UnexpirePassword}

func rightWords() []Right {
	return append(append([]Right{Writeback}, writebackRights...), ReplicateChanges, ReplicateChangesAll)
}

// expand replaces the collective word by what it stands for.
func expand(given []Right) []Right {
	var all []Right
	for _, r := range given {
		if r == Writeback {
			all = append(all, writebackRights...)
			continue
		}
		all = append(all, r)
	}
	return slices.Compact(all)
}

// A Grant is one access control entry for an account.
type Grant struct {
	On      string // DN of the object that carries the entry
	Trustee string // DN of the account
	SID     string // of the account
	Right   Right
	Deny    bool
}

// SDDL is the entry in Security Descriptor Definition Language (MS-DTYP 2.5.1):
// inherited by descendant users, or for rights of the domain head set there and
// inherited by everything.
func (g Grant) SDDL() string {
	kind := "OA"
	if g.Deny {
		kind = "OD"
	}
	r := rights[g.Right]
	if r.head {
		return "(" + kind + ";CI;" + r.sddl + ";" + r.object + ";;" + g.SID + ")"
	}
	return "(" + kind + ";CIIO;" + r.sddl + ";" + r.object + ";" + classUser + ";" + g.SID + ")"
}

package tenant

import (
	"slices"
	"strings"
)

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
	ListContents        Right = "listContents" // see what a container holds
)

// classUser is schemaIDGUID of class user.
const classUser = "bf967aba-0de6-11d0-a285-00aa003049e2"

// rights says how each right stands in an access control list: inheritance,
// SDDL rights, object GUID and, for what descendant users inherit, their class
// (schema; "Configure AD DS Connector account permissions" for what each applies
// to: descendant users, the domain head and everything below, the head only).
var rights = map[Right]struct{ flags, sddl, object, class string }{
	ResetPassword:       {"CIIO", "CR", "00299570-246d-11d0-a768-00aa006e0529", classUser},
	ChangePassword:      {"CIIO", "CR", "ab721a53-1e2f-11d0-9819-00aa0040529b", classUser},
	WriteLockoutTime:    {"CIIO", "WP", "28630ebf-41d5-11d1-a9c1-0000f80367c1", classUser},
	WritePwdLastSet:     {"CIIO", "WP", "bf967a0a-0de6-11d0-a285-00aa003049e2", classUser},
	UnexpirePassword:    {"CI", "CR", "ccc2dc7d-a6ad-4a7a-8846-c04e3cc53501", ""},
	ReplicateChanges:    {"", "CR", "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2", ""},
	ReplicateChangesAll: {"", "CR", "1131f6ad-9c07-11d1-f79f-00c04fc2dcd2", ""},
	ListContents:        {"", "LC", "", ""},
}

// onHead reports whether the right means something on the domain head only:
// control access rights of the domain.
func (r Right) onHead() bool { return rights[r].class == "" && rights[r].object != "" }

var writebackRights = []Right{ResetPassword, ChangePassword, WriteLockoutTime, WritePwdLastSet, UnexpirePassword}

func rightWords() []Right {
	return append(append([]Right{Writeback}, writebackRights...), ReplicateChanges, ReplicateChangesAll, ListContents)
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

// SDDL is the entry in Security Descriptor Definition Language (MS-DTYP 2.5.1).
func (g Grant) SDDL() string {
	r := rights[g.Right]
	kind := "A"
	if g.Deny {
		kind = "D"
	}
	if r.object != "" {
		kind = "O" + kind
	}
	return "(" + strings.Join([]string{kind, r.flags, r.sddl, r.object, r.class, g.SID}, ";") + ")"
}

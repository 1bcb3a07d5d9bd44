package domain

import "time"

// A Dialect says whose rules apply where the two directories differ.
type Dialect uint8

// The dialects.
const (
	Windows Dialect = iota
	Samba           // 4.17
)

// Switches select behaviours that are not part of a stored policy. The zero
// value is Windows with its defaults.
type Switches struct {
	Dialect Dialect
	// HintsSkipMinAge lets a reset with policy hints through although the
	// password is too young, as the protocol text reads. The agents of Entra
	// are seen to be refused (event 33008), hence the default.
	HintsSkipMinAge bool
	// NameRuleAlways applies the account name rule without complexity too, as
	// the protocol text reads.
	NameRuleAlways bool
	// PreviousPasswordGrace is OldPasswordAllowedPeriod: how long the previous
	// password still logs on. 0 means the default of 60 minutes, negative none.
	PreviousPasswordGrace time.Duration
	// OldestSubCodes answers 525 for unknown names, as builds up to 2003 did.
	OldestSubCodes bool
}

// A Policy is the password and lockout policy in force for an account: the
// domain's, or a fine-grained one.
type Policy struct {
	Name             string // for checks: "domain policy" or the name of the PSO
	MinLength        int    // UTF-16 units
	HistoryLength    int    // entries, the current password included
	MinAge           Interval
	MaxAge           Interval // 0 and Forever: never expires
	LockoutThreshold int      // 0: never locks
	LockoutDuration  Interval // 0 and Forever: until unlocked
	LockoutWindow    Interval // after which a bad attempt is forgotten
	Properties       Properties
	Switches         Switches
}

// Properties is pwdProperties (MS-SAMR 2.2.3.3).
type Properties uint32

// The bits of pwdProperties.
const (
	Complex           Properties = 0x01
	NoAnonymousChange Properties = 0x02
	NoClearChange     Properties = 0x04
	LockoutAdmins     Properties = 0x08
	StoreCleartext    Properties = 0x10
	RefuseChange      Properties = 0x20 // of machine accounts; Samba: everybody's
)

// Complexity reports whether passwords must be complex.
func (p Policy) Complexity() bool { return p.Properties&Complex != 0 }

// Reversible reports whether clear text is kept for everybody.
func (p Policy) Reversible() bool { return p.Properties&StoreCleartext != 0 }

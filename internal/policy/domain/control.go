package domain

import "math/bits"

// storedBits is what userAccountControl keeps; every other bit is dropped.
const storedBits = AccountDisable | HomeDirRequired | PasswordNotRequired | EncryptedTextAllowed |
	NormalAccount | trustBits | DontExpirePassword | MNSLogonAccount | SmartcardRequired | TrustedForDelegation |
	NotDelegated | UseDESKeyOnly | DontRequirePreauth | TrustedToAuthDelegation | NoAuthDataRequired |
	PartialSecretsAccount | UseAESKeys

// A ControlRefusal says why userAccountControl may not be written so: a closed
// set.
type ControlRefusal string

// The refusals.
const (
	ControlAccepted      ControlRefusal = ""
	ControlTempDuplicate ControlRefusal = "temp-duplicate" // 0x100
	ControlSeveralTypes  ControlRefusal = "several-types"
	ControlTrust         ControlRefusal = "interdomain-trust" // 0x800: the trust interface only
	ControlClass         ControlRefusal = "class"             // 0x2000 on an object that is no computer
	ControlPartial       ControlRefusal = "partial-secrets"   // 0x4000000 without 0x1000, or with 0x80000
)

// NormalizeControl returns what is stored when written is written over current:
// computed and unknown bits are dropped, NORMAL_ACCOUNT is added when no type
// is named (MS-SAMR 3.1.1.8.1, .10). computerClass says whether the object is a
// computer. Rights that single bits need are the caller's to look at: see
// [UAC.Raised] and [UAC.ChangesType]. The dialects agree on all of it but the
// result code of a refusal.
func NormalizeControl(_ Switches, current, written UAC, computerClass bool) (UAC, ControlRefusal) {
	switch types := written & typeBits; {
	case written&TempDuplicateAccount != 0:
		return current, ControlTempDuplicate
	case bits.OnesCount32(uint32(types)) > 1:
		return current, ControlSeveralTypes
	case types == InterdomainTrustAccount && current&InterdomainTrustAccount == 0:
		return current, ControlTrust
	case types == ServerTrustAccount && !computerClass:
		return current, ControlClass
	case written&PartialSecretsAccount != 0 && (types != WorkstationTrustAccount || written&TrustedForDelegation != 0):
		return current, ControlPartial
	}
	stored := written & storedBits
	if stored&typeBits == 0 {
		stored |= NormalAccount
	}
	return stored, ControlAccepted
}

// Raised returns the bits that next has and u has not.
func (u UAC) Raised(next UAC) UAC { return next &^ u }

// ChangesType reports whether next is another type of account: for Domain
// Admins only.
func (u UAC) ChangesType(next UAC) bool { return (u^next)&typeBits != 0 }

// DefaultControl is what an object has that was created without the attribute.
func DefaultControl(s Switches, computerClass bool) UAC {
	const locked = AccountDisable | PasswordNotRequired
	switch {
	case !computerClass:
		return NormalAccount | locked
	case s.Dialect == Samba:
		return WorkstationTrustAccount | locked
	}
	return WorkstationTrustAccount
}

// The values of sAMAccountType (MS-SAMR 2.2.1.9).
const (
	TypeGroup             uint32 = 0x10000000
	TypeDistributionGroup uint32 = 0x10000001
	TypeAlias             uint32 = 0x20000000
	TypeDistributionAlias uint32 = 0x20000001
	TypeUser              uint32 = 0x30000000
	TypeMachine           uint32 = 0x30000001
	TypeTrust             uint32 = 0x30000002
)

// SAMAccountType derives sAMAccountType of an account.
func (u UAC) SAMAccountType() uint32 {
	switch {
	case u&InterdomainTrustAccount != 0:
		return TypeTrust
	case u&(WorkstationTrustAccount|ServerTrustAccount) != 0:
		return TypeMachine
	}
	return TypeUser
}

// PrimaryGroup derives the default primaryGroupID of an account: Domain Users,
// Computers, Controllers or Read-only Domain Controllers.
func (u UAC) PrimaryGroup() uint32 {
	switch {
	case u&ServerTrustAccount != 0:
		return 516
	case u&PartialSecretsAccount != 0:
		return 521
	case u&WorkstationTrustAccount != 0:
		return 515
	}
	return 513
}

package domain

// An Account is what the rules need to know of a user or computer.
type Account struct {
	SAMAccountName  string
	DisplayName     string
	RID             uint32 // 500 Administrator, 502 krbtgt
	Control         UAC
	PasswordLastSet FileTime // pwdLastSet; 0: must change
	AccountExpires  FileTime // 0 and Never: never
	LogonHours      []byte   // nil: always
	Workstations    string   // userWorkstations; "": all
	HasPassword     bool     // false: none was ever set
	Current         NTHash
	History         []NTHash // newest first, entry 1 is the current password
	Lockout         Lockout
}

// Lockout is the lockout state of an account on one domain controller.
type Lockout struct {
	BadCount    int      // badPwdCount
	BadTime     FileTime // badPasswordTime
	LockoutTime FileTime // lockoutTime; 0: never locked
}

// A UAC is userAccountControl.
type UAC uint32

// The bits of userAccountControl (MS-ADTS 2.2.16).
const (
	Script                  UAC = 0x1
	AccountDisable          UAC = 0x2
	HomeDirRequired         UAC = 0x8
	LockoutBit              UAC = 0x10 // computed, never stored
	PasswordNotRequired     UAC = 0x20
	PasswordCantChange      UAC = 0x40 // never stored: two deny entries in the DACL
	EncryptedTextAllowed    UAC = 0x80
	TempDuplicateAccount    UAC = 0x100
	NormalAccount           UAC = 0x200
	InterdomainTrustAccount UAC = 0x800
	WorkstationTrustAccount UAC = 0x1000
	ServerTrustAccount      UAC = 0x2000
	DontExpirePassword      UAC = 0x10000
	MNSLogonAccount         UAC = 0x20000
	SmartcardRequired       UAC = 0x40000
	TrustedForDelegation    UAC = 0x80000
	NotDelegated            UAC = 0x100000
	UseDESKeyOnly           UAC = 0x200000
	DontRequirePreauth      UAC = 0x400000
	PasswordExpiredBit      UAC = 0x800000 // computed, never stored
	TrustedToAuthDelegation UAC = 0x1000000
	NoAuthDataRequired      UAC = 0x2000000
	PartialSecretsAccount   UAC = 0x4000000
	UseAESKeys              UAC = 0x8000000
	trustBits                   = InterdomainTrustAccount | WorkstationTrustAccount | ServerTrustAccount
	typeBits                    = TempDuplicateAccount | NormalAccount | trustBits
)

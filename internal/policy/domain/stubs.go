package domain

import "time"

// ClearText converts text.
func ClearText(text string) Clear { panic("stub") }

// ClearFromUTF16LE reads octets of UTF-16LE without quotes.
func ClearFromUTF16LE(b []byte) (Clear, error) { panic("stub") }

// ParseUnicodePwd reads a value of unicodePwd: UTF-16LE in double quotes.
func ParseUnicodePwd(value []byte) (Clear, error) { panic("stub") }

// Len counts UTF-16 units.
func (c Clear) Len() int { panic("stub") }

// Text returns the password itself.
func (c Clear) Text() string { panic("stub") }

// NTHash returns its hash.
func (c Clear) NTHash() NTHash { panic("stub") }

// DefaultPolicy is the domain policy of a fresh domain.
func DefaultPolicy() Policy { panic("stub") }

// Validate returns one error for each value beyond a limit.
func (p Policy) Validate() []error { panic("stub") }

// A Refusal says why a password is refused: a closed set.
type Refusal string

// The refusals.
const (
	Accepted         Refusal = ""
	TooLong          Refusal = "too-long"
	TooShort         Refusal = "too-short"
	NotComplex       Refusal = "complexity"
	ContainsName     Refusal = "name"
	InHistory        Refusal = "history"
	TooYoung         Refusal = "too-young"
	WrongOldPassword Refusal = "wrong-old-password" // change only
	LockedOut        Refusal = "locked-out"         // change only
	ChangeDisabled   Refusal = "change-disabled"    // pwdProperties 0x20
	ClearTextRefused Refusal = "clear-text-refused" // pwdProperties 0x04
)

// Win32 is the code at the head of the directory's diagnostic: 0x52D, 0x56 or 0x775.
func (r Refusal) Win32() uint32 { panic("stub") }

// A Verdict is the outcome of one check.
type Verdict string

// The verdicts.
const (
	Passed  Verdict = "passed"
	Failed  Verdict = "failed"
	Skipped Verdict = "skipped"
)

// A Fact is a named input of a check: lengths and counts, never a password.
type Fact struct{ Name, Value string }

// A Check is one rule, asked once.
type Check struct {
	Name    string // "length", "complexity", …
	Rule    string // what it demands, one sentence
	Source  string
	Input   []Fact
	Verdict Verdict
	Detail  string
	Remedy  string // when failed
}

// A WriteKind is how a password is written.
type WriteKind uint8

// The kinds of write.
const (
	Reset       WriteKind = iota // an administrator's
	HintedReset                  // with the policy hints control, Flags 1
	Change                       // with the old password
	Create                       // in an add: judged as a reset
)

// A PasswordWrite is a new password and how it comes.
type PasswordWrite struct {
	Kind WriteKind
	New  Clear
	Old  Clear // Change only
}

// JudgePassword decides whether a password may be set now.
func JudgePassword(p Policy, a Account, w PasswordWrite, now time.Time) (Refusal, []Check) {
	panic("stub")
}

// SetPassword returns a with the new password: hash, history, pwdLastSet.
// mayUnexpire false (caller lacks Unexpire-Password) leaves pwdLastSet 0 on Windows.
func SetPassword(p Policy, a Account, w PasswordWrite, mayUnexpire bool, now time.Time) Account {
	panic("stub")
}

// A Write of pwdLastSet: see WritePasswordLastSet.
//
// WritePasswordLastSet returns the value stored when a client writes value; ok
// is false when the write is refused.
func WritePasswordLastSet(current, value FileTime, now time.Time) (stored FileTime, ok bool) {
	panic("stub")
}

// PasswordExpiry is msDS-UserPasswordExpiryTimeComputed.
func PasswordExpiry(p Policy, a Account) FileTime { panic("stub") }

// ComputedControl is msDS-User-Account-Control-Computed.
func ComputedControl(p Policy, a Account, now time.Time) UAC { panic("stub") }

// A PSO is a fine-grained policy object.
type PSO struct {
	DN         string
	GUID       [16]byte // objectGUID in wire order
	Precedence int
	Policy     Policy // Name, values; Properties holds Complex and StoreCleartext only
}

// Validate returns one error for each value beyond a limit.
func (p PSO) Validate() []error { panic("stub") }

// SubjectToPSO reports whether an account can have a resultant PSO at all.
func SubjectToPSO(a Account) bool { panic("stub") }

// ResultantPSO picks the PSO in force: the best linked directly, else the best
// of the account's groups, or nil.
func ResultantPSO(direct, viaGroups []PSO) *PSO { panic("stub") }

// Effective is the policy in force: pso's, or the domain's when nil.
func Effective(head Policy, pso *PSO) Policy { panic("stub") }

// Locked reports whether the account is locked now.
func (l Lockout) Locked(p Policy, now time.Time) bool { panic("stub") }

// FailedAttempt counts a wrong password. locked is true when this attempt locked
// the account.
func FailedAttempt(p Policy, a Account, match Match, now time.Time) (next Lockout, locked bool) {
	panic("stub")
}

// GoodAttempt clears the count after a logon.
func GoodAttempt(p Policy, a Account, now time.Time) Lockout { panic("stub") }

// Unlock is the effect of writing lockoutTime 0.
func (l Lockout) Unlock() Lockout { panic("stub") }

// AfterControlWrite is the effect of writing userAccountControl with the bits written.
func (l Lockout) AfterControlWrite(written UAC) Lockout { panic("stub") }

// A Match says which of an account's passwords a given one is.
type Match uint8

// The matches.
const (
	NoMatch       Match = iota
	CurrentMatch        // the current password
	PreviousMatch       // one back
	TwoBackMatch        // two back
)

// MatchPassword compares a given password with the account's.
func MatchPassword(a Account, given Clear) Match { panic("stub") }

// A SubCode is the "data" of a refused bind.
type SubCode uint32

// The sub-codes.
const (
	LogonOK            SubCode = 0
	NoSuchUser         SubCode = 0x525
	LogonFailure       SubCode = 0x52e
	InvalidHours       SubCode = 0x530
	InvalidWorkstation SubCode = 0x531
	PasswordExpired    SubCode = 0x532
	AccountDisabled    SubCode = 0x533
	AccountExpired     SubCode = 0x701
	PasswordMustChange SubCode = 0x773
	AccountLockedOut   SubCode = 0x775
)

// A LogonKind says which rules apply to a logon.
type LogonKind uint8

// The kinds of logon.
const (
	NetworkLogon     LogonKind = iota // LDAP bind, NTLM: the previous password has its grace
	InteractiveLogon                  // current password only
)

// LogonFacts is what a logon brings besides the account.
type LogonFacts struct {
	Match       Match
	Kind        LogonKind
	Workstation string // "" for a bind from nowhere; the DC's own name for a simple bind
}

// A LogonVerdict is the outcome of a logon.
type LogonVerdict struct {
	Code    SubCode
	Checks  []Check
	Lockout Lockout // the state to store
	Locked  bool    // this attempt locked the account
	Counted bool    // this attempt counted as bad
}

// JudgeLogon decides a logon of an existing account.
func JudgeLogon(p Policy, a Account, f LogonFacts, now time.Time) LogonVerdict { panic("stub") }

// HourAllowed reports whether logonHours lets somebody in at now.
func HourAllowed(hours []byte, now time.Time) bool { panic("stub") }

// WorkstationAllowed reports whether userWorkstations names the workstation.
func WorkstationAllowed(list, workstation string) bool { panic("stub") }

// A ControlRefusal says why userAccountControl may not be written so.
type ControlRefusal string

// NormalizeControl returns what is stored when written is written over current.
func NormalizeControl(s Switches, current, written UAC, computerClass bool) (UAC, ControlRefusal) {
	panic("stub")
}

// SAMAccountType derives sAMAccountType of an account.
func (u UAC) SAMAccountType() uint32 { panic("stub") }

// PrimaryGroup derives the default primaryGroupID of an account.
func (u UAC) PrimaryGroup() uint32 { panic("stub") }

// A GroupType is groupType.
type GroupType int32

// The bits of groupType.
const (
	BuiltinGroup     GroupType = 0x1
	GlobalGroup      GroupType = 0x2
	DomainLocalGroup GroupType = 0x4
	UniversalGroup   GroupType = 0x8
	SecurityEnabled  GroupType = -0x80000000
)

// SAMAccountType derives sAMAccountType of a group.
func (g GroupType) SAMAccountType() uint32 { panic("stub") }

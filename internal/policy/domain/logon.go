package domain

import (
	"fmt"
	"time"
)

// A SubCode is the "data" of a refused bind (MS-ERREF 2.2).
type SubCode uint32

// The sub-codes.
const (
	LogonOK            SubCode = 0
	NoSuchUser         SubCode = 0x525 // builds up to 2003 only
	LogonFailure       SubCode = 0x52e // unknown name or wrong password
	NoLogonServers     SubCode = 0x51f // a read-only domain controller that has to ask, and nobody to ask
	InvalidHours       SubCode = 0x530
	InvalidWorkstation SubCode = 0x531
	PasswordExpired    SubCode = 0x532
	AccountDisabled    SubCode = 0x533
	TooManyContextIDs  SubCode = 0x568 // more groups than a token has room for
	AccountExpired     SubCode = 0x701
	PasswordMustChange SubCode = 0x773
	AccountLockedOut   SubCode = 0x775
)

// String is the code as a diagnostic message carries it: "52e".
func (c SubCode) String() string { return fmt.Sprintf("%x", uint32(c)) }

// UnknownUser is the sub-code for a name that nobody has.
func UnknownUser(s Switches) SubCode {
	if s.OldestSubCodes {
		return NoSuchUser
	}
	return LogonFailure
}

// A LogonKind says which rules apply to a logon.
type LogonKind uint8

// The kinds of logon.
const (
	NetworkLogon     LogonKind = iota // LDAP bind, NTLM: the previous password has its grace
	InteractiveLogon                  // at a keyboard: the current password only
	KerberosLogon                     // AS exchange: the current password only
)

// LogonFacts is what a logon brings besides the account.
type LogonFacts struct {
	Match       Match // see [MatchPassword]
	Kind        LogonKind
	Workstation string // NetBIOS or DNS name; a simple bind has none
	Explain     bool   // fill in Checks
}

// A LogonVerdict is the outcome of a logon.
type LogonVerdict struct {
	Code    SubCode
	Checks  []Check // up to the first that failed, with LogonFacts.Explain
	Lockout Lockout // the state to store
	Locked  bool    // this attempt locked the account
	Counted bool    // this attempt counted as bad
}

// JudgeLogon decides a logon of an existing account. A lock shows whatever the
// password; everything else only to those who know it, but for a Kerberos
// logon at a Windows domain controller. The order behind the password is that
// of MS-APDS 3.1.5, or Samba's.
func JudgeLogon(p Policy, a Account, f LogonFacts, now time.Time) LogonVerdict {
	v := LogonVerdict{Lockout: a.Lockout}
	l := logon{p: p, a: a, f: f, now: FileTimeOf(now), at: now}
	order := windowsOrder[:]
	switch {
	case p.Switches.Dialect == Samba:
		order = sambaOrder[:]
	case f.Kind == KerberosLogon:
		order = kerberosOrder[:]
	}
	for _, code := range order {
		ok := l.passes(code)
		if f.Explain {
			v.Checks = append(v.Checks, l.explain(code, ok))
		}
		if !ok {
			v.Code = code
			break
		}
	}
	switch v.Code {
	case LogonOK:
		v.Lockout = GoodAttempt(p, a, now)
	case LogonFailure:
		v.Lockout, v.Locked = FailedAttempt(p, a, f.mercy(p), now)
		v.Counted = v.Lockout != a.Lockout
	}
	return v
}

// The order of the checks, each named by the answer it gives. The documents
// agree on all but the place of logon hours and workstation.
var (
	windowsOrder = [...]SubCode{
		AccountLockedOut, LogonFailure, AccountDisabled, AccountExpired,
		InvalidHours, InvalidWorkstation, PasswordExpired, PasswordMustChange,
	}
	sambaOrder = [...]SubCode{
		AccountLockedOut, LogonFailure, AccountDisabled, AccountExpired,
		PasswordMustChange, PasswordExpired, InvalidWorkstation, InvalidHours,
	}
	// A Windows key distribution centre looks at the account before it asks for a
	// proof: what it says of a disabled or expired account, it says to everybody
	// (MS-KILE 3.3.5.7.1; AD reference 12.3).
	kerberosOrder = [...]SubCode{
		AccountLockedOut, AccountDisabled, AccountExpired, LogonFailure,
		InvalidHours, InvalidWorkstation, PasswordExpired, PasswordMustChange,
	}
)

// mercy is the match that a failed attempt is counted by: Samba's KDC counts
// the previous password, but not the one before.
func (f LogonFacts) mercy(p Policy) Match {
	if f.Kind == KerberosLogon && f.Match == PreviousMatch && p.Switches.Dialect == Samba {
		return NoMatch
	}
	return f.Match
}

// A logon is one attempt, while it is judged.
type logon struct {
	p   Policy
	a   Account
	f   LogonFacts
	now FileTime
	at  time.Time
}

// passes reports whether the check that answers with code lets the logon
// through.
func (l *logon) passes(code SubCode) bool {
	switch code {
	case AccountLockedOut:
		return !l.a.Lockout.lockedAt(l.p, l.now)
	case LogonFailure:
		return l.f.Match == CurrentMatch ||
			l.f.Match == PreviousMatch && l.f.Kind == NetworkLogon && PreviousAccepted(l.p, l.a, l.at)
	case AccountDisabled:
		return l.a.Control&AccountDisable == 0
	case AccountExpired:
		return l.a.AccountExpires <= 0 || l.a.AccountExpires >= l.now
	case InvalidHours:
		return HourAllowed(l.a.LogonHours, l.at)
	case InvalidWorkstation:
		if l.f.Kind == KerberosLogon && l.p.Switches.Dialect == Samba {
			return true // its key distribution centre does not look (A12-016)
		}
		return WorkstationAllowed(l.a.Workstations, l.f.Workstation)
	case PasswordExpired:
		return !passwordExpired(l.p, l.a, l.now)
	case PasswordMustChange:
		return !MustChange(l.a)
	}
	return true
}

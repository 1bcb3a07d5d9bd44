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
	InvalidHours       SubCode = 0x530
	InvalidWorkstation SubCode = 0x531
	PasswordExpired    SubCode = 0x532
	AccountDisabled    SubCode = 0x533
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
// password; everything else only to those who know it. The order behind the
// password is that of MS-APDS 3.1.5, or Samba's.
func JudgeLogon(p Policy, a Account, f LogonFacts, now time.Time) LogonVerdict {
	v := LogonVerdict{Lockout: a.Lockout}
	l := logon{p: p, a: a, f: f, now: FileTimeOf(now), at: now}
	order := windowsOrder[:]
	if p.Switches.Dialect == Samba {
		order = sambaOrder[:]
	}
	for _, rule := range order {
		ok := rule.passes(&l)
		if f.Explain {
			v.Checks = append(v.Checks, rule.explain(&l, ok))
		}
		if !ok {
			v.Code = rule.code
			break
		}
	}
	switch {
	case v.Code == LogonOK:
		v.Lockout = GoodAttempt(p, a, now)
	case v.Code == LogonFailure:
		v.Lockout, v.Locked = FailedAttempt(p, a, f.mercy(p), now)
		v.Counted = v.Lockout != a.Lockout
	}
	return v
}

// mercy is the match that a failed attempt is counted by: Samba's KDC counts
// the previous password, but not the one before.
func (f LogonFacts) mercy(p Policy) Match {
	if f.Kind == KerberosLogon && f.Match == PreviousMatch && p.Switches.Dialect == Samba {
		return NoMatch
	}
	return f.Match
}

type logon struct {
	p   Policy
	a   Account
	f   LogonFacts
	now FileTime
	at  time.Time
}

// A logonRule is one step of a logon.
type logonRule struct {
	code   SubCode
	name   string
	rule   string
	remedy string
	passes func(*logon) bool
	input  func(*logon) []Fact
}

func (r logonRule) explain(l *logon, ok bool) Check {
	c := Check{Name: r.name, Rule: r.rule, Source: "MS-APDS 3.1.5", Verdict: Passed}
	if r.input != nil {
		c.Input = r.input(l)
	}
	if !ok {
		c.Verdict, c.Remedy = Failed, r.remedy
		c.Detail = "data " + r.code.String()
	}
	return c
}

// The steps, and their two orders. The documents agree on all but the place of
// logon hours and workstation.
var (
	ruleLocked = logonRule{
		AccountLockedOut, "lockout", "the account is not locked out", "unlock the account or wait",
		func(l *logon) bool { return !l.a.Lockout.lockedAt(l.p, l.now) },
		func(l *logon) []Fact {
			return []Fact{moment("lockoutTime", l.a.Lockout.LockoutTime), length("lockoutDuration", l.p.LockoutDuration)}
		},
	}
	rulePassword = logonRule{
		LogonFailure, "password", "the password is the current one, or within the grace period the previous one", "give the current password",
		func(l *logon) bool {
			return l.f.Match == CurrentMatch ||
				l.f.Match == PreviousMatch && l.f.Kind == NetworkLogon && PreviousAccepted(l.p, l.a, l.at)
		},
		func(l *logon) []Fact {
			return []Fact{{"password", [...]string{"unknown", "current", "previous", "two back"}[min(l.f.Match, TwoBackMatch)]}}
		},
	}
	ruleDisabled = logonRule{
		AccountDisabled, "enabled", "the account is enabled", "enable the account",
		func(l *logon) bool { return l.a.Control&AccountDisable == 0 },
		func(l *logon) []Fact { return []Fact{count("userAccountControl", int(l.a.Control))} },
	}
	ruleExpired = logonRule{
		AccountExpired, "account-expiry", "the account has not expired", "move accountExpires into the future",
		func(l *logon) bool { return l.a.AccountExpires <= 0 || l.a.AccountExpires >= l.now },
		func(l *logon) []Fact { return []Fact{moment("accountExpires", l.a.AccountExpires)} },
	}
	ruleHours = logonRule{
		InvalidHours, "logon-hours", "logonHours allows this hour", "allow the hour in logonHours",
		func(l *logon) bool { return HourAllowed(l.a.LogonHours, l.at) },
		func(l *logon) []Fact { return []Fact{moment("now", l.now)} },
	}
	ruleWorkstation = logonRule{
		InvalidWorkstation, "workstation", "userWorkstations is empty or names the workstation", "add the workstation, or clear userWorkstations",
		func(l *logon) bool { return WorkstationAllowed(l.a.Workstations, l.f.Workstation) },
		func(l *logon) []Fact {
			return []Fact{{"userWorkstations", l.a.Workstations}, {"workstation", l.f.Workstation}}
		},
	}
	rulePasswordAge = logonRule{
		PasswordExpired, "password-expiry", "the password is not older than the maximum age", "set a new password",
		func(l *logon) bool { return !passwordExpired(l.p, l.a, l.now) },
		func(l *logon) []Fact {
			return []Fact{moment("pwdLastSet", l.a.PasswordLastSet), length("maximum age", l.p.MaxAge), moment("expires", PasswordExpiry(l.p, l.a))}
		},
	}
	ruleMustChange = logonRule{
		PasswordMustChange, "must-change", "the password need not be changed first", "change the password",
		func(l *logon) bool { return !MustChange(l.a) },
		func(l *logon) []Fact { return []Fact{moment("pwdLastSet", l.a.PasswordLastSet)} },
	}

	windowsOrder = [...]logonRule{ruleLocked, rulePassword, ruleDisabled, ruleExpired, ruleHours, ruleWorkstation, rulePasswordAge, ruleMustChange}
	sambaOrder   = [...]logonRule{ruleLocked, rulePassword, ruleDisabled, ruleExpired, ruleMustChange, rulePasswordAge, ruleWorkstation, ruleHours}
)

package domain

import "time"

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
	LockedOut        Refusal = "locked-out"         // change only
	WrongOldPassword Refusal = "wrong-old-password" // change only
	ChangeDisabled   Refusal = "change-disabled"    // pwdProperties 0x20
	ClearTextRefused Refusal = "clear-text-refused" // pwdProperties 0x04
	Filtered         Refusal = "filter"             // by a password filter of the domain controller
)

// Win32 is the code at the head of the directory's diagnostic: all policy
// reasons share ERROR_PASSWORD_RESTRICTION, so that a client cannot tell them
// apart.
func (r Refusal) Win32() uint32 {
	switch r {
	case Accepted:
		return 0
	case LockedOut:
		return 0x775 // ERROR_ACCOUNT_LOCKED_OUT
	case WrongOldPassword:
		return 0x56 // ERROR_INVALID_PASSWORD
	}
	return 0x52D // ERROR_PASSWORD_RESTRICTION
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

// String names the kind.
func (k WriteKind) String() string {
	return [...]string{"reset", "reset with policy hints", "change", "create"}[min(k, Create)]
}

// A PasswordWrite is a new password and how it comes.
type PasswordWrite struct {
	Kind WriteKind
	New  Clear
	Old  Clear // Change only
}

// JudgePassword decides whether a password may be set now. Rights, encoding and
// encryption have been looked at before.
//
// A locked account or a wrong old password ends a change at once; all other
// rules are asked, so that the checks tell everything that is wrong, and the
// first one broken is the refusal. A filter on the domain controller has its
// turn after an acceptance.
func JudgePassword(p Policy, a Account, w PasswordWrite, now time.Time) (Refusal, []Check) {
	j := judge{p: p, a: a, w: w, now: FileTimeOf(now), checks: make([]Check, 0, 8)}
	if w.Kind == Change {
		if j.locked(); j.refusal == Accepted {
			j.old()
		}
		if j.refusal != Accepted {
			return j.refusal, j.checks
		}
	}
	j.switches()
	rules := []func(*judge){(*judge).longest, (*judge).shortest, (*judge).complexity, (*judge).name, (*judge).age, (*judge).history}
	if p.Switches.Dialect == Samba {
		rules = []func(*judge){(*judge).age, (*judge).shortest, (*judge).complexity, (*judge).history}
	}
	for _, rule := range rules {
		rule(&j)
	}
	return j.refusal, j.checks
}

// A judge collects checks; refusal is the first that failed.
type judge struct {
	p       Policy
	a       Account
	w       PasswordWrite
	now     FileTime
	refusal Refusal
	checks  []Check
}

func (j *judge) passed(c Check) {
	c.Verdict = Passed
	j.checks = append(j.checks, c)
}

func (j *judge) skipped(c Check, why string) {
	c.Verdict, c.Detail = Skipped, why
	j.checks = append(j.checks, c)
}

func (j *judge) failed(r Refusal, c Check) {
	c.Verdict = Failed
	j.checks = append(j.checks, c)
	if j.refusal == Accepted {
		j.refusal = r
	}
}

// verdict files a check; detail and remedy are kept only when it failed.
func (j *judge) verdict(ok bool, r Refusal, c Check) {
	if ok {
		c.Detail, c.Remedy = "", ""
		j.passed(c)
		return
	}
	j.failed(r, c)
}

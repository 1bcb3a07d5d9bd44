package domain

import "time"

// RIDAdministrator is the built-in account that is not locked unless the
// policy says so.
const RIDAdministrator = 500

// Locked reports whether the account is locked now. The threshold does not
// matter: who was locked stays so when it is set to 0 later.
func (l Lockout) Locked(p Policy, now time.Time) bool { return l.lockedAt(p, FileTimeOf(now)) }

func (l Lockout) lockedAt(p Policy, now FileTime) bool {
	if l.LockoutTime == 0 {
		return false
	}
	return untilUnlocked(p.LockoutDuration) || now <= p.LockoutDuration.after(l.LockoutTime)
}

// FailedAttempt counts a wrong password (MS-SAMR 3.1.5.14.6). locked is true
// when this attempt locked the account; it is still answered as a wrong
// password. One of the two previous passwords does not count.
func FailedAttempt(p Policy, a Account, match Match, now time.Time) (next Lockout, locked bool) {
	l, at := a.Lockout, FileTimeOf(now)
	admin := a.RID == RIDAdministrator
	switch {
	case p.LockoutThreshold <= 0, l.lockedAt(p, at):
		return l, false
	case match == PreviousMatch || match == TwoBackMatch:
		return l, false
	case admin && p.Switches.Dialect == Samba:
		return l, false
	}
	if at > p.LockoutWindow.after(l.BadTime) {
		l.BadCount = 0
	}
	l.BadCount++
	l.BadTime = at
	if l.BadCount < p.LockoutThreshold || admin && p.Properties&LockoutAdmins == 0 {
		return l, false
	}
	l.LockoutTime = at
	return l, true
}

// GoodAttempt clears count and lapsed lock after a logon. badPasswordTime
// stays, and a lock in force does.
func GoodAttempt(p Policy, a Account, now time.Time) Lockout {
	if a.Lockout.Locked(p, now) {
		return a.Lockout
	}
	return a.Lockout.Unlock()
}

// Unlock is the effect of writing lockoutTime 0.
func (l Lockout) Unlock() Lockout {
	l.LockoutTime, l.BadCount = 0, 0
	return l
}

// AfterControlWrite is the effect of writing userAccountControl: without the
// lockout bit it unlocks, with it nothing happens.
func (l Lockout) AfterControlWrite(written UAC) Lockout {
	if l.LockoutTime == 0 || written&LockoutBit != 0 {
		return l
	}
	return l.Unlock()
}

// defaultGrace is OldPasswordAllowedPeriod when the registry does not say.
const defaultGrace = time.Hour

// PreviousAccepted reports whether the previous password still logs on over
// the network.
func PreviousAccepted(p Policy, a Account, now time.Time) bool {
	grace := p.Switches.PreviousPasswordGrace
	if grace == 0 {
		grace = defaultGrace
	}
	return grace > 0 && a.PasswordLastSet != 0 && FileTimeOf(now) <= IntervalOf(grace).after(a.PasswordLastSet)
}

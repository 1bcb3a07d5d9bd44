package policy

import (
	"slices"
	"time"
)

// LockoutState is what smart lockout remembers of one account
// (howto-password-smart-lockout; reference 6.3). The zero value is an account
// nobody mistyped. It is a value: every method returns a new one.
type LockoutState struct {
	Familiar   LockoutCounter // sign-ins from where the person usually is
	Unfamiliar LockoutCounter
	Bad        []string // hashes of the last wrong passwords, newest last
}

// A LockoutCounter counts for one kind of location, so that an attacker far
// away does not lock out the person at home.
type LockoutCounter struct {
	Failures    int
	LockedUntil time.Time
	Lockouts    int // in a row, until a right password
}

// rememberedBad is how many wrong passwords are remembered: typing one of them
// again does not count.
const rememberedBad = 3

// DefaultLockoutThreshold is the threshold of a tenant that has set none
// (howto-password-smart-lockout): 3 for the US Government, 10 elsewhere.
func DefaultLockoutThreshold(c Cloud) int {
	if c == USGovernmentCloud {
		return 3
	}
	return 10
}

// LockoutFor are the settings of smart lockout that count for p. Tuning needs
// Entra ID P1 or P2 where licences are enforced, as the custom banned list does,
// and is not offered by 21Vianet (howto-password-smart-lockout; reference 6.3,
// 10); others have what their cloud has by itself. The cap is the lab's own.
func LockoutFor(s Settings, p Person) LockoutSettings {
	licensed := s.Licences == LicencesLenient || HasPremium(p)
	if licensed && s.Notify.Cloud != ChinaCloud {
		return s.Lockout
	}
	return LockoutSettings{Threshold: DefaultLockoutThreshold(s.Notify.Cloud), Duration: defaultLockout, Cap: s.Lockout.Cap}
}

// defaultLockout is the length of a first lockout (howto-password-smart-lockout).
const defaultLockout = time.Minute

func (s LockoutSettings) threshold() int {
	if s.Threshold <= 0 {
		return 10
	}
	return s.Threshold
}

// lockoutDuration is the length of the nth lockout in a row: the first as set,
// each further one twice as long, up to the cap. That lockouts grow is
// documented, how they grow is not.
func (s LockoutSettings) lockoutDuration(nth int) time.Duration {
	d := s.Duration
	if d <= 0 {
		d = defaultLockout
	}
	for range nth - 1 {
		if s.Cap > 0 && d >= s.Cap {
			break
		}
		if d > maxLockout/2 {
			return maxLockout
		}
		d *= 2
	}
	if s.Cap > 0 {
		d = min(d, max(s.Cap, s.Duration))
	}
	return d
}

// maxLockout bounds the doubling where no cap is set.
const maxLockout = 365 * 24 * time.Hour

func (l LockoutState) counter(familiar bool) LockoutCounter {
	if familiar {
		return l.Familiar
	}
	return l.Unfamiliar
}

func (l LockoutState) withCounter(familiar bool, c LockoutCounter) LockoutState {
	if familiar {
		l.Familiar = c
	} else {
		l.Unfamiliar = c
	}
	return l
}

// Locked reports whether sign-ins from that kind of location are refused at
// now, whatever the password, and until when.
func (l LockoutState) Locked(familiar bool, now time.Time) (until time.Time, locked bool) {
	c := l.counter(familiar)
	return c.LockedUntil, now.Before(c.LockedUntil)
}

// Wrong counts a wrong password. hash identifies the password without telling
// it; it is empty where wrong passwords cannot be remembered, as with
// pass-through authentication. locked is true when this attempt locks.
//
// While an account is locked nothing is counted. After a lockout has ended the
// first wrong attempt locks again.
func (l LockoutState) Wrong(s LockoutSettings, familiar bool, hash string, now time.Time) (next LockoutState, locked bool) {
	if _, already := l.Locked(familiar, now); already {
		return l, false
	}
	if hash != "" {
		if slices.Contains(l.Bad, hash) {
			return l, false
		}
		l.Bad = append(slices.Clone(l.Bad), hash)
		l.Bad = l.Bad[max(0, len(l.Bad)-rememberedBad):]
	}
	c := l.counter(familiar)
	c.Failures++
	if c.Failures >= s.threshold() || c.Lockouts > 0 {
		c.Lockouts++
		c.Failures = 0
		c.LockedUntil = now.Add(s.lockoutDuration(c.Lockouts))
		return l.withCounter(familiar, c), true
	}
	return l.withCounter(familiar, c), false
}

// Right forgets the failures of a kind of location after a sign-in with the
// right password. The caller asks Locked first.
func (l LockoutState) Right(familiar bool) LockoutState {
	l.Bad = nil
	return l.withCounter(familiar, LockoutCounter{})
}

package domain

import "time"

// SetPassword returns a with the new password in force: hash, history and
// pwdLastSet. It does not ask [JudgePassword].
//
// mayUnexpire says whether the caller holds Unexpire-Password on the domain
// head; without it Windows expires the new password at once, Samba does not. The
// lock stays, but a change clears a lock that has lapsed.
func SetPassword(p Policy, a Account, w PasswordWrite, mayUnexpire bool, now time.Time) Account {
	at := FileTimeOf(now)
	hash := w.New.NTHash()
	a.History = pushed(p, a, hash)
	a.Current, a.HasPassword = hash, true
	a.PasswordLastSet = at
	if !mayUnexpire && p.Switches.Dialect != Samba {
		a.PasswordLastSet = 0
	}
	if w.Kind == Change && !a.Lockout.lockedAt(p, at) {
		a.Lockout.LockoutTime = 0
	}
	return a
}

// Unchanged is what a client writes into pwdLastSet to end "must change".
const Unchanged FileTime = -1

// WritePasswordLastSet returns the value stored when a client writes value: 0
// demands a change, -1 ends that demand and does nothing else. ok is false for
// everything else, which is refused.
func WritePasswordLastSet(current, value FileTime, now time.Time) (stored FileTime, ok bool) {
	switch {
	case value == 0:
		return 0, true
	case value == Unchanged && current == 0:
		return FileTimeOf(now), true
	case value == Unchanged:
		return current, true
	}
	return current, false
}

// NeedsPassword reports whether Windows refuses to give an account the control
// bits next because it has no acceptable password, or an empty one: an enabled
// normal user must have one unless none is required or the policy takes an
// empty one.
func NeedsPassword(p Policy, a Account, next UAC) bool {
	if p.Switches.Dialect == Samba || a.HasPassword && a.Current != (Clear{}).NTHash() {
		return false
	}
	if next&NormalAccount == 0 || next&(AccountDisable|PasswordNotRequired) != 0 || a.RID == RIDKrbtgt {
		return false
	}
	return p.MinLength > 0 || p.Complexity()
}

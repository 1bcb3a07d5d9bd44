package domain

import "time"

// maxAge is the maximum age in force. Samba takes a day or less for "never".
func (p Policy) maxAge() Interval {
	if !expires(p.MaxAge) || p.Switches.Dialect == Samba && p.MaxAge >= IntervalOf(24*time.Hour) {
		return Forever
	}
	return p.MaxAge
}

// neverExpires is what frees an account of the maximum age.
const neverExpires = SmartcardRequired | DontExpirePassword | trustBits

// PasswordExpiry is msDS-UserPasswordExpiryTimeComputed (MS-ADTS
// 3.1.1.4.5.36): Never, 0 for "must change", or the moment.
func PasswordExpiry(p Policy, a Account) FileTime {
	switch {
	case a.Control&neverExpires != 0:
		return Never
	case a.PasswordLastSet == 0:
		return 0
	}
	return p.maxAge().after(a.PasswordLastSet)
}

// MustChange reports whether the next logon must set a password: pwdLastSet is
// 0 and nothing frees the account of expiry.
func MustChange(a Account) bool { return a.Control&neverExpires == 0 && a.PasswordLastSet == 0 }

// passwordExpired reports whether the password is too old.
func passwordExpired(p Policy, a Account, now FileTime) bool {
	expiry := PasswordExpiry(p, a)
	return expiry != 0 && expiry < now
}

// ComputedControl is msDS-User-Account-Control-Computed (MS-ADTS
// 3.1.1.4.5.17): LockoutBit and PasswordExpiredBit, nothing else.
func ComputedControl(p Policy, a Account, now time.Time) (bits UAC) {
	at := FileTimeOf(now)
	if a.Control&trustBits == 0 && a.Lockout.lockedAt(p, at) {
		bits |= LockoutBit
	}
	if MustChange(a) || passwordExpired(p, a, at) {
		bits |= PasswordExpiredBit
	}
	return bits
}

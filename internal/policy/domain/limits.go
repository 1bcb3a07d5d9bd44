package domain

import (
	"fmt"
	"strings"
	"time"
)

// DefaultPolicy is the domain policy of a fresh domain.
func DefaultPolicy() Policy {
	return Policy{
		Name:            "domain policy",
		MinLength:       7,
		HistoryLength:   24,
		MinAge:          IntervalOf(24 * time.Hour),
		MaxAge:          IntervalOf(42 * 24 * time.Hour),
		LockoutDuration: IntervalOf(30 * time.Minute),
		LockoutWindow:   IntervalOf(30 * time.Minute),
		Properties:      Complex,
	}
}

// The limits of MS-SAMR 3.1.1.6 and of the schema.
const (
	MaxPasswordLength = 256
	maxPSOMinLength   = 255
	maxHistoryLength  = 1024
	maxThreshold      = 65535
)

// fields names the attributes that carry a policy, for messages.
type fields struct {
	minLength, history, minAge, maxAge, threshold, duration, window string
	longestMinimum                                                  int
}

var (
	headFields = fields{"minPwdLength", "pwdHistoryLength", "minPwdAge", "maxPwdAge", "lockoutThreshold", "lockoutDuration", "lockOutObservationWindow", MaxPasswordLength}
	psoFields  = fields{
		"msDS-MinimumPasswordLength", "msDS-PasswordHistoryLength", "msDS-MinimumPasswordAge", "msDS-MaximumPasswordAge",
		"msDS-LockoutThreshold", "msDS-LockoutDuration", "msDS-LockoutObservationWindow", maxPSOMinLength,
	}
)

// Validate returns one error for each value of a domain policy that Windows
// refuses, naming the attribute, the limit and the remedy. Samba stores nearly
// all of them.
func (p Policy) Validate() []error { return p.validate(headFields) }

func (p Policy) validate(f fields) (errs []error) {
	add := func(format string, args ...any) { errs = append(errs, fmt.Errorf("checking policy: "+format, args...)) }
	for _, n := range []struct {
		name         string
		value, limit int
	}{{f.minLength, p.MinLength, f.longestMinimum}, {f.history, p.HistoryLength, maxHistoryLength}, {f.threshold, p.LockoutThreshold, maxThreshold}} {
		if n.value < 0 || n.value > n.limit {
			add("%s is %d: set it to 0 to %d", n.name, n.value, n.limit)
		}
	}
	positive := false
	for _, i := range []struct {
		name  string
		value Interval
	}{{f.minAge, p.MinAge}, {f.maxAge, p.MaxAge}, {f.duration, p.LockoutDuration}, {f.window, p.LockoutWindow}} {
		if i.value > 0 {
			positive = true
			add("%s is %d: durations are stored negative, set it to %d", i.name, i.value, -i.value)
		}
	}
	if positive {
		return errs
	}
	if expires(p.MaxAge) && p.MinAge <= p.MaxAge {
		add("%s is %s, %s is %s: set the minimum age shorter than the maximum", f.minAge, days(p.MinAge), f.maxAge, days(p.MaxAge))
	}
	if !untilUnlocked(p.LockoutDuration) && p.LockoutWindow < p.LockoutDuration {
		add("%s is %s, %s is %s: set the window no longer than the duration", f.window, days(p.LockoutWindow), f.duration, days(p.LockoutDuration))
	}
	return errs
}

// expires reports whether a maximum age ends at all.
func expires(maxAge Interval) bool { return maxAge != 0 && maxAge != Forever }

// untilUnlocked reports whether a lockout duration waits for an administrator.
func untilUnlocked(d Interval) bool { return d == 0 || d == Forever }

// days writes an interval for people: "42d", "1d12h", "30m", "never".
func days(i Interval) string {
	if i == Forever {
		return "for ever"
	}
	d := i.Duration()
	const day = 24 * time.Hour
	n := d / day
	switch rest := d % day; {
	case n == 0:
		return short(rest)
	case rest == 0:
		return fmt.Sprintf("%dd", n)
	default:
		return fmt.Sprintf("%dd%s", n, short(rest))
	}
}

// short drops the zero minutes and seconds of a duration's text.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

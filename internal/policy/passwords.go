package policy

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A PasswordReason says why the cloud refuses a new password: a closed set.
type PasswordReason string

// The reasons of reference chapters 6.2 and 7.
const (
	PasswordAccepted       PasswordReason = ""
	PasswordMismatch       PasswordReason = "confirmation-differs"
	PasswordTooShort       PasswordReason = "too-short"
	PasswordTooLong        PasswordReason = "too-long"
	PasswordCharacters     PasswordReason = "characters"
	PasswordComplexity     PasswordReason = "complexity"
	PasswordSame           PasswordReason = "same-as-current"
	PasswordBannedGlobal   PasswordReason = "banned-global"
	PasswordBannedCustom   PasswordReason = "banned-custom"
	PasswordContainsName   PasswordReason = "contains-name"
	PasswordRefusedByAD    PasswordReason = "on-premises-policy" // set by the writer, not by JudgePassword
	PasswordWrongCurrent   PasswordReason = "wrong-current"      // change only
	PasswordCurrentMissing PasswordReason = "current-missing"    // change only
)

// The names of the checks of JudgePassword, in their order.
const (
	CheckPasswordLength     = "password-length"
	CheckPasswordCharacters = "password-characters"
	CheckPasswordComplexity = "password-complexity"
	CheckPasswordCurrent    = "password-same-as-current"
	CheckPasswordName       = "password-name"
	CheckPasswordFuzzy      = "password-fuzzy"
	CheckPasswordScore      = "password-score"
)

// The length of a cloud password, in characters (concept-sspr-policy).
const (
	MinPasswordLength = 8
	MaxPasswordLength = 256
)

// A PasswordVerdict is the cloud's judgement of a new password.
type PasswordVerdict struct {
	Reason PasswordReason
	Checks []Check    // never contains the password, nor a term that is part of it
	Banned BanVerdict // the evaluation of chapter 7, zero when an earlier check failed
}

// OK reports whether the cloud accepts the password.
func (v PasswordVerdict) OK() bool { return v.Reason == PasswordAccepted }

// JudgePassword applies the cloud's rules to a new password: length, characters
// and classes for cloud accounts, the current password for a change, and then
// the banned-password evaluation for everybody, before anything is sent
// on-premises (reference 1.7, 6.2, 7). sameAsCurrent counts for a change only:
// at a reset the cloud does not have the old password.
func JudgePassword(op Operation, s Settings, p Person, candidate string, sameAsCurrent bool) PasswordVerdict {
	var v PasswordVerdict
	for _, judge := range []func() (Check, PasswordReason){
		func() (Check, PasswordReason) { return passwordLength(p, candidate) },
		func() (Check, PasswordReason) { return passwordCharacters(p, candidate) },
		func() (Check, PasswordReason) { return passwordComplexity(s, p, candidate) },
		func() (Check, PasswordReason) { return passwordCurrent(op, sameAsCurrent) },
	} {
		c, reason := judge()
		v.Checks = append(v.Checks, c)
		if c.Verdict == Failed {
			v.Reason = reason
			return v
		}
	}
	v.Banned = Evaluate(cloudBanRules(s, p), candidate)
	v.Checks = append(v.Checks, v.Banned.checks(cloudBanSource, customListState(s, p))...)
	v.Reason = v.Banned.Reason()
	return v
}

// leftToAD is why the cloud's own rules do not ask about synchronised users.
const leftToAD = "the on-premises directory decides for synchronised users"

func passwordLength(p Person, candidate string) (Check, PasswordReason) {
	c := Check{
		Name:   CheckPasswordLength,
		Rule:   fmt.Sprintf("%d to %d characters", MinPasswordLength, MaxPasswordLength),
		Source: "concept-sspr-policy; SSPR reference 6.2",
	}
	n := utf8.RuneCountInString(candidate)
	switch {
	case p.Hosting.OnPremises():
		return c.skip(leftToAD), ""
	case n < MinPasswordLength:
		return c.fail("shorter than that", "add "+characters(MinPasswordLength-n)), PasswordTooShort
	case n > MaxPasswordLength:
		return c.fail("longer than that", fmt.Sprintf("leave out %d characters", n-MaxPasswordLength)), PasswordTooLong
	}
	return c.pass("within the limits"), ""
}

func passwordCharacters(p Person, candidate string) (Check, PasswordReason) {
	c := Check{
		Name:   CheckPasswordCharacters,
		Rule:   "letters A to Z, digits, the symbols of the keyboard and spaces; no other Unicode",
		Source: "concept-sspr-policy; SSPR reference 6.2",
	}
	switch {
	case p.Hosting.OnPremises():
		return c.skip(leftToAD), ""
	case !CloudCharacters(candidate):
		return c.fail("holds other characters", "use only characters of the rule"), PasswordCharacters
	}
	return c.pass("only such characters"), ""
}

// CloudCharacters reports whether the cloud takes every character of a
// password: printable ASCII. A synchronised user's password with other
// characters works as a hash, but the cloud refuses to write it itself, without
// a visible error (reference 6.2, Unicode).
func CloudCharacters(candidate string) bool {
	for _, b := range []byte(candidate) {
		if b < ' ' || b > '~' {
			return false
		}
	}
	return true
}

func passwordComplexity(s Settings, p Person, candidate string) (Check, PasswordReason) {
	c := Check{
		Name:   CheckPasswordComplexity,
		Rule:   "three of four: lower-case letters, upper-case letters, digits, symbols",
		Source: "concept-sspr-policy; SSPR reference 6.2",
	}
	n := classes(candidate)
	switch {
	case p.Hosting.OnPremises():
		return c.skip(leftToAD), ""
	case s.Education:
		return c.skip("not asked in an Education tenant"), ""
	case n < 3:
		c.Input = []Fact{fact("classes", n)}
		return c.fail(fmt.Sprintf("%d of the four", n), fmt.Sprintf("add characters of %d more kinds", 3-n)), PasswordComplexity
	}
	return c.pass("at least three"), ""
}

// classes counts the kinds of characters: lower, upper, digit, symbol. A blank
// stands in the documented list of symbols and counts as one.
func classes(candidate string) int {
	var lower, upper, digit, symbol int
	for _, b := range []byte(candidate) {
		switch {
		case b >= 'a' && b <= 'z':
			lower = 1
		case b >= 'A' && b <= 'Z':
			upper = 1
		case b >= '0' && b <= '9':
			digit = 1
		default:
			symbol = 1
		}
	}
	return lower + upper + digit + symbol
}

func passwordCurrent(op Operation, same bool) (Check, PasswordReason) {
	c := Check{
		Name:   CheckPasswordCurrent,
		Rule:   "a change needs a password other than the current one; a reset may set it again",
		Source: "concept-sspr-policy, password change and reset history; SSPR reference 6.2",
	}
	switch {
	case op != Change:
		return c.skip("the last password is allowed at a reset"), ""
	case same:
		return c.fail("the current password again", "choose another password"), PasswordSame
	}
	return c.pass("another password"), ""
}

// ShowsStrength reports whether the page for a new password shows a strength
// meter: not for a password that is written back, whose rules the cloud does not
// know (concept-sspr-howitworks; reference 1.2).
func ShowsStrength(p Person) bool { return !p.Hosting.OnPremises() }

// KnownNames are the words about p that anybody would try first: the strength
// meter counts them for little. They never leave the cloud.
func KnownNames(s Settings, p Person) []string {
	local, _, _ := strings.Cut(p.UserPrincipalName, "@")
	names := []string{p.UserPrincipalName, local, p.DisplayName, p.GivenName, p.Surname, p.Mail, s.TenantName}
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}

// characters says how many, in a sentence.
func characters(n int) string {
	if n == 1 {
		return "1 character"
	}
	return fmt.Sprintf("%d characters", n)
}

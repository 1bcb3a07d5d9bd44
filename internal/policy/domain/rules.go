package domain

import (
	"fmt"
	"slices"
)

// exempt says why an account is free of the policy, or "" (MS-SAMR 3.1.1.7.1
// and .2).
func (j *judge) exempt() string {
	switch {
	case j.a.Control&NormalAccount == 0:
		return "the account is not a normal user account"
	case j.a.RID == RIDKrbtgt:
		return "krbtgt's password is replaced by a random one"
	case j.a.Control&PasswordNotRequired != 0 && j.p.Switches.Dialect != Samba:
		return "PASSWD_NOTREQD is set"
	}
	return ""
}

func (j *judge) locked() {
	j.verdict(!j.a.Lockout.lockedAt(j.p, j.now), LockedOut, Check{
		Name: "lockout", Source: "MS-SAMR 3.1.5.14.5",
		Rule:   "an account that is locked out cannot change its password",
		Input:  []Fact{moment("lockoutTime", j.a.Lockout.LockoutTime), length("lockoutDuration", j.p.LockoutDuration)},
		Detail: "the account is locked out", Remedy: "unlock the account, or reset the password instead",
	})
}

func (j *judge) old() {
	match := MatchPassword(j.a, j.w.Old)
	j.verdict(match == CurrentMatch, WrongOldPassword, Check{
		Name: "old-password", Source: "MS-ADTS 3.1.1.3.1.5.1",
		Rule:   "a change gives the current password",
		Detail: "the old password given is not the current one", Remedy: "give the current password",
	})
}

func (j *judge) switches() {
	j.changesAllowed()
	if j.p.Properties&NoClearChange == 0 || j.p.Switches.Dialect == Samba {
		return
	}
	j.failed(ClearTextRefused, Check{
		Name: "clear-text", Source: "MS-SAMR 2.2.3.3 DOMAIN_PASSWORD_NO_CLEAR_CHANGE",
		Rule: "passwords are not written in clear text", Detail: "every LDAP write is in clear text",
		Remedy: "clear bit 0x4 of pwdProperties",
	})
}

// changesAllowed: the bit is about machine accounts; Samba refuses everybody.
func (j *judge) changesAllowed() {
	everybody := j.p.Switches.Dialect == Samba
	if j.p.Properties&RefuseChange == 0 || j.w.Kind != Change || !everybody && j.a.Control&trustBits == 0 {
		return
	}
	j.failed(ChangeDisabled, Check{
		Name: "change-allowed", Source: "MS-SAMR 2.2.3.3 DOMAIN_REFUSE_PASSWORD_CHANGE",
		Rule: "password changes are switched off", Remedy: "clear bit 0x20 of pwdProperties",
	})
}

func (j *judge) longest() {
	c := Check{
		Name: "maximum-length", Source: "MS-SAMR 3.1.1.7.2",
		Rule:  "at most 256 UTF-16 units",
		Input: []Fact{count("length", j.w.New.Len()), count("limit", MaxPasswordLength)},
	}
	if why := j.exempt(); why != "" {
		j.skipped(c, why)
		return
	}
	c.Detail = fmt.Sprintf("%d units", j.w.New.Len())
	c.Remedy = fmt.Sprintf("drop %d units", j.w.New.Len()-MaxPasswordLength)
	j.verdict(j.w.New.Len() <= MaxPasswordLength, TooLong, c)
}

func (j *judge) shortest() {
	n := j.w.New.Len()
	if j.p.Switches.Dialect == Samba {
		n = j.w.New.Characters()
	}
	c := Check{
		Name: "minimum-length", Source: "MS-SAMR 3.1.1.7.2",
		Rule:  "at least as long as the policy demands",
		Input: []Fact{count("length", n), count("minimum", j.p.MinLength), {"policy", j.p.Name}},
	}
	if why := j.exempt(); why != "" {
		j.skipped(c, why)
		return
	}
	c.Detail = fmt.Sprintf("%d characters, %d are demanded", n, j.p.MinLength)
	c.Remedy = "add " + characters(j.p.MinLength-n)
	j.verdict(n >= j.p.MinLength, TooShort, c)
}

func (j *judge) complexity() {
	found := ClassesOf(j.w.New, j.p.Switches.Dialect)
	c := Check{
		Name: "complexity", Source: "MS-SAMR 3.1.1.7.2; Password must meet complexity requirements (Microsoft Learn)",
		Rule:  "characters of three of the five classes",
		Input: []Fact{count("classes", found.Count()), {"found", found.String()}, {"policy", j.p.Name}},
	}
	why := j.exempt()
	if !j.p.Complexity() {
		why = "the policy does not demand complexity"
	}
	if why != "" {
		j.skipped(c, why)
		return
	}
	c.Detail = fmt.Sprintf("%d of five classes", found.Count())
	c.Remedy = fmt.Sprintf("use %d more of upper case, lower case, digits, symbols, letters without case", neededClasses-found.Count())
	j.verdict(found.Count() >= neededClasses, NotComplex, c)
}

func (j *judge) name() {
	c := Check{
		Name: "name", Source: "MS-SAMR 3.1.1.7.2; Password must meet complexity requirements (Microsoft Learn)",
		Rule:  "contains neither sAMAccountName nor a part of displayName of three or more characters",
		Input: []Fact{{"sAMAccountName", j.a.SAMAccountName}, {"displayName", j.a.DisplayName}},
	}
	why := j.exempt()
	if !j.p.Complexity() && !j.p.Switches.NameRuleAlways {
		why = "the policy does not demand complexity"
	}
	if why != "" {
		j.skipped(c, why)
		return
	}
	which := containsName(j.w.New, j.a)
	c.Detail, c.Remedy = "contains a part of "+which, "leave the name out"
	j.verdict(which == "", ContainsName, c)
}

// remembers says why history and minimum age do not apply to this kind of
// write, or "".
func (j *judge) remembers() string {
	if why := j.exempt(); why != "" {
		return why
	}
	switch {
	case j.w.Kind == Change, j.w.Kind == HintedReset && j.p.Switches.Dialect != Samba:
		return ""
	case j.w.Kind == HintedReset:
		return "the domain controller does not know the policy hints control"
	}
	return "a reset without policy hints does not ask"
}

func (j *judge) age() {
	c := Check{
		Name: "minimum-age", Source: "MS-SAMR 3.1.1.7.1; MS-ADTS 3.1.1.3.4.1.27",
		Rule:  "the current password is older than the minimum age",
		Input: []Fact{moment("pwdLastSet", j.a.PasswordLastSet), length("minimum age", j.p.MinAge), moment("now", j.now), {"policy", j.p.Name}},
	}
	why := j.remembers()
	switch {
	case why != "":
	case j.w.Kind == HintedReset && j.p.Switches.HintsSkipMinAge:
		why = "this lab lets resets with policy hints through"
	case j.a.PasswordLastSet == 0:
		why = "the password must be changed, so it may be"
	case j.p.MinAge == 0:
		why = "the policy has no minimum age"
	}
	if why != "" {
		j.skipped(c, why)
		return
	}
	since := j.p.MinAge.after(j.a.PasswordLastSet)
	c.Detail = "the password may be replaced after " + moment("", since).Value
	c.Remedy = "wait until then, or set the minimum age to 0"
	j.verdict(since < j.now, TooYoung, c)
}

func (j *judge) history() {
	c := Check{
		Name: "history", Source: "MS-SAMR 3.1.1.7.1; MS-ADTS 3.1.1.3.4.1.27",
		Rule:  "not one of the newest passwords, the current one included",
		Input: []Fact{count("remembered", len(remembered(j.p, j.a))), count("history length", j.p.HistoryLength), {"policy", j.p.Name}},
	}
	if why := j.remembers(); why != "" {
		j.skipped(c, why)
		return
	}
	hash := j.w.New.NTHash()
	at := slices.Index(remembered(j.p, j.a), hash)
	if j.p.Switches.Dialect == Samba && at < 0 && j.a.HasPassword && hash == j.a.Current {
		at = 0
	}
	c.Detail = fmt.Sprintf("equals password number %d, the current one being number 1", at+1)
	c.Remedy = "choose a password that was not used before"
	j.verdict(at < 0, InHistory, c)
}

// characters says how many, in a sentence.
func characters(n int) string {
	if n == 1 {
		return "1 character"
	}
	return fmt.Sprintf("%d characters", n)
}

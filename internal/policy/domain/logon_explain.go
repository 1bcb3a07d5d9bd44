package domain

// explain is the line of a decision record about the check that answers with
// code.
func (l *logon) explain(code SubCode, ok bool) Check {
	c := l.describe(code)
	c.Source = "MS-APDS 3.1.5"
	if ok {
		c.Verdict, c.Remedy = Passed, ""
		return c
	}
	c.Verdict, c.Detail = Failed, "data "+code.String()
	return c
}

func (l *logon) describe(code SubCode) Check {
	switch code {
	case AccountLockedOut:
		return Check{
			Name: "lockout", Rule: "the account is not locked out", Remedy: "unlock the account or wait",
			Input: []Fact{moment("lockoutTime", l.a.Lockout.LockoutTime), length("lockoutDuration", l.p.LockoutDuration)},
		}
	case LogonFailure:
		return Check{
			Name: "password", Rule: "the password is the current one, or within the grace period the previous one", Remedy: "give the current password",
			Input: []Fact{{"password", l.f.Match.String()}},
		}
	case AccountDisabled:
		return Check{
			Name: "enabled", Rule: "the account is enabled", Remedy: "enable the account",
			Input: []Fact{count("userAccountControl", int(l.a.Control))},
		}
	case AccountExpired:
		return Check{
			Name: "account-expiry", Rule: "the account has not expired", Remedy: "move accountExpires into the future",
			Input: []Fact{moment("accountExpires", l.a.AccountExpires)},
		}
	case InvalidHours:
		return Check{
			Name: "logon-hours", Rule: "logonHours allows this hour", Remedy: "allow the hour in logonHours",
			Input: []Fact{moment("now", l.now)},
		}
	case InvalidWorkstation:
		return Check{
			Name: "workstation", Rule: "userWorkstations is empty or names the workstation", Remedy: "add the workstation, or clear userWorkstations",
			Input: []Fact{{"userWorkstations", l.a.Workstations}, {"workstation", l.f.Workstation}},
		}
	case PasswordExpired:
		return Check{
			Name: "password-expiry", Rule: "the password is not older than the maximum age", Remedy: "set a new password",
			Input: []Fact{moment("pwdLastSet", l.a.PasswordLastSet), length("maximum age", l.p.MaxAge), moment("expires", PasswordExpiry(l.p, l.a))},
		}
	}
	return Check{
		Name: "must-change", Rule: "the password need not be changed first", Remedy: "change the password",
		Input: []Fact{moment("pwdLastSet", l.a.PasswordLastSet)},
	}
}

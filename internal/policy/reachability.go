package policy

import "fmt"

func writebackEnabled(in inquiry) (Check, Code) {
	c := Check{
		Name:   CheckWritebackEnabled,
		Rule:   "writeback is configured and its cloud toggle is on when the password is managed on-premises",
		Source: "concept-sspr-writeback; SSPR reference 1.4 #7a",
		Input: []Fact{
			fact("password managed", managed(in.p)), fact("toggle", yesNo(in.s.Reset.Writeback)), fact("status", in.writeback),
		},
	}
	if !in.p.Hosting.OnPremises() {
		return c.skip("the password is managed in the cloud"), ""
	}
	var f fault
	if !in.s.Reset.Writeback {
		f.add("the cloud toggle is off", `turn "Write back passwords to your on-premises directory" on`, Fix{Kind: FixWritebackToggle})
	}
	if in.writeback == WritebackNotConfigured || in.writeback == "" {
		f.add("no agent is configured for "+domainOf(in.p), "enable password writeback on the agent of "+domainOf(in.p),
			Fix{FixWritebackAgent, in.p.OnPremisesDomain})
	}
	if f.found() {
		return f.fail(c), CodeWritebackNotEnabled
	}
	return c.pass("configured and on"), ""
}

func writebackReachable(in inquiry) (Check, Code) {
	c := Check{
		Name:   CheckWritebackReachable,
		Rule:   "the writeback service answers right now",
		Source: "concept-sspr-writeback; SSPR reference 1.4 #7b",
		Input:  []Fact{fact("status", in.writeback)},
	}
	switch {
	case !in.p.Hosting.OnPremises():
		return c.skip("the password is managed in the cloud"), ""
	case in.writeback != WritebackRunning:
		return c.fail("the agent of "+domainOf(in.p)+" does not answer", "start the agent of "+domainOf(in.p)+" or restore its connection",
			Fix{FixWritebackReach, in.p.OnPremisesDomain}), CodeOnPremisesConnection
	}
	return c.pass("the agent answers"), ""
}

func domainOf(p Person) string {
	if p.OnPremisesDomain == "" {
		return "the person's domain"
	}
	return p.OnPremisesDomain
}

func unlockAllowed(in inquiry) (Check, Code) {
	c := Check{
		Name:   CheckUnlockAllowed,
		Rule:   "unlocking without a reset is allowed, and the account is an on-premises one",
		Source: "concept-sspr-howitworks, on-premises integration; SSPR reference 1.6",
		Input:  []Fact{fact("allow unlock", yesNo(in.s.Reset.AllowUnlock)), fact("password managed", managed(in.p))},
	}
	switch {
	case in.op != Unlock:
		return c.skip("no unlock was asked for"), ""
	case !in.p.Hosting.OnPremises():
		return c.fail("a cloud account has no on-premises lock", fmt.Sprintf("%s resets the password instead", who(in.p))), ""
	case !in.s.Reset.AllowUnlock:
		return c.fail("unlocking is tied to a reset", `set "Allow users to unlock accounts without resetting their password" to Yes`,
			Fix{Kind: FixAllowUnlock}), ""
	}
	return c.pass("allowed"), ""
}

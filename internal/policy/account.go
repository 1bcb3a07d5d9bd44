package policy

import "fmt"

func accountKind(in inquiry) (Check, Code) {
	c := Check{
		Name:   CheckAccountKind,
		Rule:   "the password of the account is kept in this tenant",
		Source: "concept-sspr-howitworks, guest users; SSPR reference 11.4",
		Input:  []Fact{fact("account", guestWord(in.p.Guest))},
	}
	switch in.p.Guest {
	case Member:
		return c.pass("a member of this tenant"), ""
	case PersonalAccount:
		return c.fail("a personal Microsoft account never resets here",
			fmt.Sprintf("%s recovers the account with the provider of the personal account", who(in.p))), ""
	case PartnerGuest:
		return c.fail("the partner tenant keeps the password and applies its own policy",
			fmt.Sprintf("%s resets in the home tenant", who(in.p))), ""
	}
	return c.pass("a guest whose password is kept in this tenant"), ""
}

func guestsAllowed(in inquiry) (Check, Code) {
	c := Check{
		Name:   CheckGuestsAllowed,
		Rule:   "guests may reset in this tenant",
		Source: "concept-sspr-howitworks, guest users; SSPR reference 11.4",
	}
	switch {
	case in.op == Change:
		return c.skip(skipForChange), ""
	case in.p.Guest == Member:
		return c.skip("a member of this tenant"), ""
	case !in.s.Reset.AllowGuests:
		return c.fail("switched off for guests", "allow guests to reset in this tenant", Fix{Kind: FixAllowGuests}), ""
	}
	return c.pass("switched on"), ""
}

func guestWord(k GuestKind) string {
	if k == Member {
		return "member"
	}
	return string(k)
}

func throttle(in inquiry) (Check, Code) {
	c := Check{
		Name:   CheckThrottle,
		Rule:   "the person is not blocked for trying too often",
		Source: "troubleshoot-sspr, passwords-faq; SSPR reference 1.4 #2, 6.4",
	}
	if in.op == Change {
		return c.skip(skipForChange), ""
	}
	b := in.counters.Blocked(in.now)
	if b == nil {
		return c.pass("no block in force"), ""
	}
	remedy, wait := b.Remedy(who(in.p))
	c.Input = []Fact{fact("blocked by", b.Rule), fact("blocked until", wait.Value)}
	return c.fail("blocked for 24 hours after the last attempt that counted", remedy, wait), ""
}

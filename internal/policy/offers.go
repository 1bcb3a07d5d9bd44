package policy

import (
	"fmt"
	"slices"
	"time"
)

// OffersFor lists every method with the reason why it is offered or withheld at
// a gate (1 or 2). used holds the methods that passed earlier gates; methods of
// the same family count as used too (reference 2.2).
func OffersFor(s Settings, p Person, gate int, used []Method, now time.Time) []Offer {
	offers := make([]Offer, 0, len(Methods))
	for _, m := range Methods {
		offers = append(offers, offerFor(s, p, m, gate, used, now))
	}
	return offers
}

func offerFor(s Settings, p Person, m Method, gate int, used []Method, now time.Time) Offer {
	g := allowed(s, p, m)
	if !g.allowed {
		return Offer{Method: m, Reason: g.why}
	}
	on, missing := onFile(s, p, m)
	if !on {
		return Offer{Method: m, Reason: missing}
	}
	if slices.ContainsFunc(used, func(u Method) bool { return u.Family() == m.Family() }) {
		return Offer{Method: m, Reason: fmt.Sprintf("already used for step %d", max(gate-1, 1))}
	}
	o := Offer{Method: m, Offered: true, Target: masked(p, m), Reason: "registered, and " + g.why}
	if !Deliverable(s, m, now) {
		o.Warning = "text messages and calls are no longer delivered: Microsoft's delivery has been retired and the tenant has no telecom provider"
	}
	return o
}

// onFile reports whether what m works with is there: a contact, an app, enough
// questions. It says what is missing.
func onFile(s Settings, p Person, m Method) (ok bool, missing string) {
	switch m {
	case AppPush:
		return slices.ContainsFunc(p.Apps, App.canPush), "no authenticator app registered that receives notifications"
	case AppCode:
		if len(p.Apps) == 0 {
			return false, "no authenticator app or OATH token registered"
		}
		return slices.ContainsFunc(p.Apps, func(a App) bool { return appAllowed(s, p, a) }),
			"none of the registered apps and tokens is of a kind that the policy allows"
	case Questions:
		need := max(s.Reset.Questions.ToReset, 1)
		return p.QuestionCount >= need, fmt.Sprintf("%d of %d security questions registered", p.QuestionCount, need)
	case Email:
		return p.Contacts.For(m) != "", "neither authentication e-mail nor alternate e-mail on file"
	case OfficeCall:
		return p.Contacts.For(m) != "", "no office phone on file"
	}
	return p.Contacts.For(m) != "", "neither authentication phone nor mobile phone on file"
}

func (a App) canPush() bool { return a.Kind == MicrosoftAuthenticator && a.Push }

func masked(p Person, m Method) string {
	switch m {
	case Email:
		return MaskEmail(p.Contacts.For(m))
	case MobileSMS, MobileCall, OfficeCall, AlternateCall:
		return MaskPhone(p.Contacts.For(m))
	}
	return ""
}

// usableFamilies names the families of which a method is offered, in the order
// of Methods: what gates are counted by.
func usableFamilies(offers []Offer) []string {
	var families []string
	for _, o := range offers {
		if f := o.Method.Family(); o.Offered && !slices.Contains(families, f) {
			families = append(families, f)
		}
	}
	return families
}

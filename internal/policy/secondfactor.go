package policy

import (
	"fmt"
	"slices"
	"time"
)

// secondFactors is the order in which a sign-in offers second factors: the most
// secure first, as system-preferred authentication does (concept-system-
// preferred-multifactor-authentication).
var secondFactors = []Method{AppPush, AppCode, MobileSMS, MobileCall, OfficeCall, AlternateCall}

// SecondFactors lists what p can prove a second factor with, most secure first,
// and preferred at the head when p has chosen it and has it. E-mail and security
// questions are never among them (reference 2.1).
func SecondFactors(s Settings, p Person, preferred Method, now time.Time) []Offer {
	var offers []Offer
	for _, m := range secondFactors {
		if !registeredAsFactor(s, p, m) {
			continue
		}
		g := secondFactorAllowed(s, p, m)
		if !g.allowed || m == AppCode && len(SecondFactorApps(s, p)) == 0 {
			continue
		}
		o := Offer{Method: m, Offered: true, Target: masked(p, m), Reason: "registered, and " + g.why}
		if !Deliverable(s, m, now) {
			o.Warning = "text messages and calls are no longer delivered"
		}
		offers = append(offers, o)
	}
	if i := slices.IndexFunc(offers, func(o Offer) bool { return o.Method == preferred }); i > 0 {
		chosen := offers[i]
		offers = slices.Insert(slices.Delete(offers, i, i+1), 0, chosen)
	}
	return offers
}

// registeredAsFactor reports whether p can prove a second factor with m, whatever
// a policy says. A mobile number that an administrator or the synchronisation
// filled in was never verified: it serves password reset alone (reference 2.2).
// The office phone is the one of the directory, there is no other.
func registeredAsFactor(s Settings, p Person, m Method) bool {
	switch m {
	case MobileSMS, MobileCall:
		return p.Contacts.AuthenticationPhone != ""
	case AlternateCall:
		return p.Contacts.AlternatePhone != ""
	}
	return m.ForMFA() && registered(s, p, m)
}

// secondFactorAllowed asks the Authentication methods policy; until a tenant has
// migrated, the settings of the former multi-factor service, which allowed all
// of these methods, count as well (reference 2.4).
func secondFactorAllowed(s Settings, p Person, m Method) grant {
	if s.Methods.Migration != MigrationComplete {
		return grant{true, "allowed until the tenant has migrated to the Authentication methods policy"}
	}
	return allowedByMethodsPolicy(s, p, m)
}

// SecondFactorApps lists the apps and tokens of p whose codes count as a second
// factor: until a tenant has migrated all of them, then those of the kinds that
// the Authentication methods policy allows.
func SecondFactorApps(s Settings, p Person) []App {
	if s.Methods.Migration != MigrationComplete {
		return p.Apps
	}
	return slices.DeleteFunc(slices.Clone(p.Apps), func(a App) bool { return !codesAllowed(s, p, a.Kind) })
}

// ForSecondFactor is s as the proofs of a second factor see it: notifications
// always ask for the number on the page there, and no setting turns that off
// (how-to-mfa-number-match). For resets it is a setting (reference 16).
func (s Settings) ForSecondFactor() Settings {
	s.Reset.NumberMatch = true
	return s
}

// A SignInVisit is a sign-in, as far as Conditional Access asks about it.
type SignInVisit struct {
	TrustedLocation bool
	MFADone         bool
}

// SignInAccess applies the Conditional Access policies on signing in. NeedMFA
// means: not before multi-factor authentication; neither allowed nor NeedMFA
// means blocked.
func SignInAccess(s Settings, p Person, v SignInVisit) AccessDecision {
	d := AccessDecision{Allowed: true}
	for _, a := range s.SignIn.Access {
		c := signInCheck(a, p, v)
		d.Checks = append(d.Checks, c)
		if c.Verdict != Failed || a.State != AccessEnabled {
			continue
		}
		d.Allowed, d.NeedMFA = false, !a.Block
		if a.Block {
			return d
		}
	}
	return d
}

func signInCheck(a AccessPolicy, p Person, v SignInVisit) Check {
	c := Check{
		Name:   "conditional-access",
		Rule:   fmt.Sprintf("policy %q on signing in: %s", a.Name, grantWord(a)),
		Source: "concept-conditional-access-policies",
		Input: []Fact{
			fact("state", a.State), fact("trusted location", yesNo(v.TrustedLocation)), fact("multi-factor", yesNo(v.MFADone)),
		},
	}
	switch {
	case a.State != AccessEnabled && a.State != AccessReportOnly:
		return c.skip("the policy is off")
	case a.excludes(p):
		return c.skip("the person is excluded")
	case !a.includes(p):
		return c.skip("the person is not included")
	case a.ExceptTrusted && v.TrustedLocation:
		return c.skip("trusted locations are excepted")
	case a.Block:
		return c.fail("blocked from here", fmt.Sprintf("exclude %s from %q", who(p), a.Name))
	case a.RequireMFA && !v.MFADone:
		return c.fail("multi-factor authentication is required first", who(p)+" passes multi-factor authentication")
	}
	return c.pass("satisfied")
}

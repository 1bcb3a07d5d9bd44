package policy

import (
	"fmt"
	"slices"
)

// A RegistrationVisit is somebody who wants to open the registration of
// security information, as far as Conditional Access asks.
type RegistrationVisit struct {
	TrustedLocation bool
	MFADone         bool // in this session
	UsedTAP         bool
	HasMFAMethod    bool // could still do multi-factor authentication
}

// An AccessDecision says whether registration may be opened.
type AccessDecision struct {
	Allowed bool
	NeedMFA bool    // not yet: after multi-factor authentication
	Checks  []Check // one for each policy, in their order
}

// RegistrationAccess applies the Conditional Access policies on "register
// security information" (policy-all-users-security-info-registration; reference
// 5.5). Without any policy, a person who has a method for multi-factor
// authentication must use it first. It says nothing about the reset portal
// itself, to which these policies do not apply.
func RegistrationAccess(s Settings, p Person, v RegistrationVisit) AccessDecision {
	d := AccessDecision{Allowed: true}
	if s.Registration.Legacy {
		d.Checks = []Check{{
			Name: "registration-access", Rule: "Conditional Access on \"register security information\" covers combined registration alone",
			Source: "policy-all-users-security-info-registration; SSPR reference 5.5", Verdict: Skipped, Detail: "the tenant has registration for password reset alone",
		}}
		return d
	}
	for _, policy := range s.Registration.Access {
		c := accessCheck(policy, p, v)
		d.Checks = append(d.Checks, c)
		if c.Verdict == Failed && policy.State == AccessEnabled {
			d.Allowed = false
			d.NeedMFA = !policy.Block && v.HasMFAMethod && !v.MFADone
		}
		if !d.Allowed && !d.NeedMFA {
			return d
		}
	}
	own := ownMethodCheck(p, v)
	d.Checks = append(d.Checks, own)
	if own.Verdict == Failed {
		d.Allowed, d.NeedMFA = false, true
	}
	return d
}

func accessCheck(policy AccessPolicy, p Person, v RegistrationVisit) Check {
	c := Check{
		Name:   "conditional-access",
		Rule:   fmt.Sprintf("policy %q on registering security information: %s", policy.Name, grantWord(policy)),
		Source: "policy-all-users-security-info-registration; SSPR reference 5.5",
		Input: []Fact{
			fact("state", policy.State), fact("trusted location", yesNo(v.TrustedLocation)),
			fact("multi-factor", yesNo(v.MFADone)), fact("Temporary Access Pass", yesNo(v.UsedTAP)),
		},
	}
	switch {
	case policy.State != AccessEnabled && policy.State != AccessReportOnly:
		return c.skip("the policy is off")
	case policy.excludes(p):
		return c.skip("the person is excluded")
	case !policy.includes(p):
		return c.skip("the person is not included")
	case policy.ExceptTrusted && v.TrustedLocation:
		return c.skip("trusted locations are excepted")
	case !policy.Block && (v.MFADone || (v.UsedTAP && p.Guest == Member)):
		return c.pass("satisfied")
	case !policy.Block && !policy.RequireMFA:
		return c.pass("nothing is required")
	}
	c = c.fail(refusedWord(policy, p, v), fmt.Sprintf("issue a Temporary Access Pass for %s, let them register from a trusted location, or exclude them from %q", who(p), policy.Name))
	if policy.State == AccessReportOnly {
		c.Detail += "; report-only, so it does not stop anybody"
	}
	return c
}

func grantWord(policy AccessPolicy) string {
	if policy.Block {
		return "block"
	}
	if policy.RequireMFA {
		return "grant after multi-factor authentication"
	}
	return "grant"
}

func refusedWord(policy AccessPolicy, p Person, v RegistrationVisit) string {
	switch {
	case policy.Block:
		return "blocked from here"
	case v.UsedTAP && p.Guest != Member:
		return "a Temporary Access Pass does not work for guests"
	case !v.HasMFAMethod:
		return "multi-factor authentication is required and the person has no method for it yet"
	}
	return "multi-factor authentication is required first"
}

func (a AccessPolicy) excludes(p Person) bool {
	return slices.Contains(a.ExcludeUsers, p.ID) || overlap(a.ExcludeGroups, p.Groups) || (a.ExcludeGuests && p.Guest != Member)
}

func (a AccessPolicy) includes(p Person) bool {
	return slices.Contains(a.IncludeUsers, "All") || slices.Contains(a.IncludeUsers, p.ID) ||
		overlap(a.IncludeGroups, p.Groups) || (a.IncludeGuests && p.Guest != Member)
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(v string) bool { return slices.Contains(b, v) })
}

func ownMethodCheck(p Person, v RegistrationVisit) Check {
	c := Check{
		Name:   "own-method-first",
		Rule:   "a person who has a method for multi-factor authentication uses it before changing security information",
		Source: "concept-registration-mfa-sspr-combined; SSPR reference 5.1",
		Input:  []Fact{fact("has a method", yesNo(v.HasMFAMethod)), fact("multi-factor", yesNo(v.MFADone))},
	}
	switch {
	case !v.HasMFAMethod:
		return c.skip("nothing is registered yet")
	case v.MFADone || v.UsedTAP:
		return c.pass("done in this session")
	}
	return c.fail("not done in this session", who(p)+" passes multi-factor authentication")
}

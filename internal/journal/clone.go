package journal

import (
	"slices"

	"github.com/ssprlab/ssprlab/internal/policy"
)

// cloneAudit and cloneSignIn copy a body so deeply that no slice or pointer is
// shared.
func cloneAudit(a *AuditRecord) *AuditRecord {
	if a == nil {
		return nil
	}
	c := *a
	c.AdditionalDetails = slices.Clone(c.AdditionalDetails)
	c.ModifiedProperties = slices.Clone(c.ModifiedProperties)
	return &c
}

func cloneSignIn(s *SignInRecord) *SignInRecord {
	if s == nil {
		return nil
	}
	c := *s
	return &c
}

// cloneAttempt copies an attempt so deeply that no slice or pointer is shared.
// Lists that JSON always shows are never nil.
func cloneAttempt(a Attempt) Attempt {
	if a.Ended != nil {
		t := *a.Ended
		a.Ended = &t
	}
	if a.Envelope != nil {
		e := *a.Envelope
		a.Envelope = &e
	}
	a.Checks = append([]policy.Check{}, a.Checks...)
	for i := range a.Checks {
		a.Checks[i].Input = slices.Clone(a.Checks[i].Input)
	}
	a.Offers = slices.Clone(a.Offers)
	for i := range a.Offers {
		a.Offers[i].Offers = slices.Clone(a.Offers[i].Offers)
	}
	a.Steps = append([]Step{}, a.Steps...)
	a.LDAP = slices.Clone(a.LDAP)
	for i := range a.LDAP {
		a.LDAP[i].Detail = slices.Clone(a.LDAP[i].Detail)
		a.LDAP[i].Controls = slices.Clone(a.LDAP[i].Controls)
	}
	a.Events = slices.Clone(a.Events)
	return a
}

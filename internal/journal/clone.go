package journal

import (
	"slices"

	"github.com/ssprlab/ssprlab/internal/policy"
)

// cloneRecord copies a record so deeply that no slice or pointer is shared.
func cloneRecord(r Record) Record {
	if r.Audit != nil {
		a := *r.Audit
		a.AdditionalDetails = slices.Clone(a.AdditionalDetails)
		a.ModifiedProperties = slices.Clone(a.ModifiedProperties)
		r.Audit = &a
	}
	if r.Event != nil {
		e := *r.Event
		e.Data = slices.Clone(e.Data)
		r.Event = &e
	}
	if r.SignIn != nil {
		s := *r.SignIn
		r.SignIn = &s
	}
	return r
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

package policy

import (
	"fmt"
	"time"
)

// trialGrace is how long a trial tenant's administrators need one gate only
// ("A one-gate policy", concept-sspr-policy).
const trialGrace = 30 * 24 * time.Hour

// Gates returns how many proofs p must give, 1 or 2, and why.
//
// Users follow the tenant's number. Administrators need two unless their tenant
// is a young trial, or has neither a custom domain nor synchronised identities
// (concept-sspr-policy; reference 4.2). The two documented lists overlap for a
// young trial with a custom domain: by default the trial wins.
func Gates(s Settings, p Person, now time.Time) (gates int, why string) {
	if !IsAdministrator(s, p) {
		return userGates(s), "number of methods required to reset, password reset blade"
	}
	young := !s.TrialStarted.IsZero() && now.Sub(s.TrialStarted) < trialGrace
	grown := !s.TrialStarted.IsZero() && !young
	switch {
	case young && !s.Admins.TrialLoses:
		return 1, "administrator of a trial tenant younger than 30 days"
	case len(s.CustomDomains) > 0:
		return 2, fmt.Sprintf("administrator of a tenant with the custom domain %s", s.CustomDomains[0])
	case s.SyncEnabled:
		return 2, "administrator of a tenant with synchronised identities"
	case grown && s.Admins.TrialLoses:
		return 2, "administrator of a trial tenant older than 30 days"
	}
	return 1, "administrator of a tenant with neither custom domain nor synchronised identities"
}

// userGates is the tenant's number; a tenant without one asks for one method.
func userGates(s Settings) int {
	if s.Reset.Gates >= 2 {
		return 2
	}
	return 1
}

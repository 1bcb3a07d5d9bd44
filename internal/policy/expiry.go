package policy

import (
	"slices"
	"strings"
	"time"
)

// DisablePasswordExpiration is the password policy of a user whose cloud
// password never expires. Hash synchronisation stamps it.
const DisablePasswordExpiration = "DisablePasswordExpiration"

// An Expiry says when a cloud password expires.
type Expiry struct {
	At      time.Time // zero: never
	Expired bool
	Warn    bool   // within the notification window
	Why     string // never expires, why; else the rule
}

// PasswordExpiry applies the expiry of the user's domain to a password set at
// changedAt (concept-sspr-policy; reference 6.2). The age keeps counting while
// expiry is off for a person, so that removing DisablePasswordExpiration can
// expire a password at once.
func PasswordExpiry(e ExpirySettings, p Person, changedAt, now time.Time) Expiry {
	e = e.of(p.UserPrincipalName)
	switch {
	case e.ValidityDays <= 0:
		return Expiry{Why: "passwords of the domain never expire"}
	case p.NeverExpires():
		return Expiry{Why: "the user's password policies contain DisablePasswordExpiration"}
	case p.Hosting.OnPremises() && !e.EnforceForSynced:
		return Expiry{Why: "the on-premises directory decides for synchronised users"}
	case p.Hosting == PassThrough, p.Hosting == Federated:
		return Expiry{Why: "the cloud checks no password of this user: the policy is for password hash synchronisation"}
	}
	at := changedAt.AddDate(0, 0, e.ValidityDays)
	return Expiry{
		At:      at,
		Expired: !now.Before(at),
		Warn:    now.Before(at) && !now.Before(at.AddDate(0, 0, -e.NotificationDays)),
		Why:     "password validity period of the domain",
	}
}

// of is the expiry of the domain of a user name.
func (e ExpirySettings) of(upn string) ExpirySettings {
	_, domain, _ := strings.Cut(upn, "@")
	for name, own := range e.Domains {
		if strings.EqualFold(name, domain) {
			e.ValidityDays, e.NotificationDays = own.ValidityDays, own.NotificationDays
		}
	}
	return e
}

// NeverExpires reports whether the user's password policies contain
// DisablePasswordExpiration.
func (p Person) NeverExpires() bool {
	return slices.Contains(splitPolicies(p.PasswordPolicies), DisablePasswordExpiration)
}

// PoliciesAfterSync gives the password policies of a user after a run of hash
// synchronisation. Each run stamps DisablePasswordExpiration, unless the cloud
// policy is enforced for synchronised users; then the stamp goes at the user's
// next password change (reference 6.2).
func PoliciesAfterSync(e ExpirySettings, policies string, passwordChanged bool) string {
	have := splitPolicies(policies)
	stamped := slices.Contains(have, DisablePasswordExpiration)
	switch {
	case !e.EnforceForSynced && !stamped:
		have = append(have, DisablePasswordExpiration)
	case e.EnforceForSynced && stamped && passwordChanged:
		have = slices.DeleteFunc(have, func(v string) bool { return v == DisablePasswordExpiration })
	}
	return strings.Join(have, ", ")
}

// splitPolicies reads the comma-separated form; "None" is no policy.
func splitPolicies(policies string) []string {
	var out []string
	for v := range strings.SplitSeq(policies, ",") {
		if v = strings.TrimSpace(v); v != "" && v != "None" {
			out = append(out, v)
		}
	}
	return out
}

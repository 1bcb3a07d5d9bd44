package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/ssprlab/ssprlab/internal/policy"
)

// concept-sspr-policy, password expiration (reference 6.2).
func TestPasswordExpiry(t *testing.T) {
	domain := policy.ExpirySettings{ValidityDays: 90, NotificationDays: 14}
	hosted := func(h policy.Hosting) func(*policy.Person) { return func(p *policy.Person) { p.Hosting = h } }
	never := func(p *policy.Person) { p.PasswordPolicies = "DisableStrongPassword, DisablePasswordExpiration" }
	cases := map[string]struct {
		e             policy.ExpirySettings
		p             policy.Person
		age           int // days
		expired, warn bool
		expires       bool
	}{
		"no validity period":                                 {policy.ExpirySettings{}, alice(cloudUser), 5000, false, false, false},
		"young":                                              {domain, alice(cloudUser), 75, false, false, true},
		"within the notification window":                     {domain, alice(cloudUser), 76, false, true, true},
		"the last day":                                       {domain, alice(cloudUser), 89, false, true, true},
		"as old as the period":                               {domain, alice(cloudUser), 90, true, false, true},
		"DisablePasswordExpiration":                          {domain, alice(cloudUser, never), 5000, false, false, false},
		"synchronised: AD decides":                           {domain, alice(), 5000, false, false, false},
		"synchronised, cloud policy enforced":                {policy.ExpirySettings{ValidityDays: 90, EnforceForSynced: true}, alice(), 90, true, false, true},
		"pass-through, cloud policy enforced":                {policy.ExpirySettings{ValidityDays: 90, EnforceForSynced: true}, alice(hosted(policy.PassThrough)), 5000, false, false, false},
		"federated, cloud policy enforced":                   {policy.ExpirySettings{ValidityDays: 90, EnforceForSynced: true}, alice(hosted(policy.Federated)), 5000, false, false, false},
		"synchronised, cloud policy enforced, still stamped": {policy.ExpirySettings{ValidityDays: 90, EnforceForSynced: true}, alice(never), 90, false, false, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := policy.PasswordExpiry(c.e, c.p, now.AddDate(0, 0, -c.age), now)
			assert.Equal(t, c.expired, got.Expired)
			assert.Equal(t, c.warn, got.Warn)
			assert.Equal(t, c.expires, !got.At.IsZero())
			assert.NotEmpty(t, got.Why)
		})
	}
}

func TestHashSyncStampsThePolicies(t *testing.T) {
	off, on := policy.ExpirySettings{}, policy.ExpirySettings{EnforceForSynced: true}
	assert.Equal(t, "DisablePasswordExpiration", policy.PoliciesAfterSync(off, "", false))
	assert.Equal(t, "DisablePasswordExpiration", policy.PoliciesAfterSync(off, "None", true))
	assert.Equal(t, "DisableStrongPassword, DisablePasswordExpiration", policy.PoliciesAfterSync(off, "DisableStrongPassword,DisablePasswordExpiration", true))
	assert.Equal(t, "DisablePasswordExpiration", policy.PoliciesAfterSync(on, "DisablePasswordExpiration", false), "until the next change")
	assert.Empty(t, policy.PoliciesAfterSync(on, "DisablePasswordExpiration", true))
	assert.Empty(t, policy.PoliciesAfterSync(on, "None", true), "nothing is stamped anew")
}

// Reference 6.2: validity and notification belong to a domain.
func TestADomainHasItsOwnExpiry(t *testing.T) {
	e := policy.ExpirySettings{ValidityDays: 90, NotificationDays: 14, Domains: map[string]policy.DomainExpiry{
		"Sales.example": {ValidityDays: 30, NotificationDays: 5}, "free.example": {},
	}}
	changed := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for upn, days := range map[string]int{"a@northlight.example": 90, "a@sales.example": 30, "a@free.example": 0} {
		got := policy.PasswordExpiry(e, policy.Person{UserPrincipalName: upn}, changed, changed.AddDate(0, 0, 26))
		want := time.Time{}
		if days > 0 {
			want = changed.AddDate(0, 0, days)
		}
		assert.Equal(t, want, got.At, upn)
		assert.Equal(t, days == 30, got.Warn, upn)
	}
}

package policy_test

import (
	"time"

	"github.com/ssprlab/ssprlab/internal/policy"
)

// now is when the tests happen, before texts and calls are retired.
var now = time.Date(2026, time.March, 2, 9, 14, 0, 0, time.UTC)

const (
	scopeGroup  = "3c9f3f0e-0000-4000-8000-000000000001"
	globalAdmin = policy.RoleGlobalAdministrator
)

// tenant is a hybrid tenant in which everybody may reset with one of two methods.
func tenant(changes ...func(*policy.Settings)) policy.Settings {
	s := policy.DefaultSettings()
	s.TenantName = "Northlight"
	s.InitialDomain = "northlight.onmicrosoft.example"
	s.CustomDomains = []string{"northlight.example"}
	s.SyncEnabled = true
	s.Reset.Scope = policy.ScopeAll
	s.Reset.Writeback = true
	s.Reset.AllowUnlock = true
	for _, change := range changes {
		change(&s)
	}
	return s
}

// alice is synchronised, licensed and ready, with a phone and an address.
func alice(changes ...func(*policy.Person)) policy.Person {
	p := policy.Person{
		ID:                "7f1c0000-0000-4000-8000-00000000a11c",
		UserPrincipalName: "alice@northlight.example",
		GivenName:         "Alice", Surname: "Abend",
		Hosting:          policy.PasswordSync,
		OnPremisesDomain: "corp.northlight.example",
		ServicePlans:     []string{policy.PlanP1},
		AccountEnabled:   true,
		Contacts: policy.Contacts{
			AuthenticationPhone: "+1 4255550100",
			AuthenticationEmail: "alice.abend@mail.example",
		},
	}
	for _, change := range changes {
		change(&p)
	}
	return p
}

// carol is an administrator, synchronised and with two methods.
func carol(changes ...func(*policy.Person)) policy.Person {
	return alice(append([]func(*policy.Person){func(p *policy.Person) {
		p.ID, p.UserPrincipalName = "7f1c0000-0000-4000-8000-00000000ca01", "carol@northlight.example"
		p.GivenName, p.Surname = "Carol", "Castell"
		p.Roles, p.ServicePlans = []string{globalAdmin}, nil
	}}, changes...)...)
}

func admit(s policy.Settings, p policy.Person) policy.Admission {
	return policy.Admit(policy.Reset, s, p, policy.Counters{}, policy.WritebackRunning, now)
}

func last(a policy.Admission) policy.Check { return a.Checks[len(a.Checks)-1] }

func verdictOf(a policy.Admission, name string) policy.Verdict {
	for _, c := range a.Checks {
		if c.Name == name {
			return c.Verdict
		}
	}
	return "not asked"
}

func offered(offers []policy.Offer) []policy.Method {
	var methods []policy.Method
	for _, o := range offers {
		if o.Offered {
			methods = append(methods, o.Method)
		}
	}
	return methods
}

func reasonFor(offers []policy.Offer, m policy.Method) string {
	for _, o := range offers {
		if o.Method == m {
			return o.Reason
		}
	}
	return ""
}

package tenant

import "strings"

// complete fills in what a seed may leave out because the rest says it.
func (s *Seed) complete() {
	for i := range s.Users {
		s.completeUser(&s.Users[i])
	}
	for d := range s.Domains {
		domain := &s.Domains[d]
		for a := range domain.Accounts {
			domain.Accounts[a].Domain = domain.DNSName
		}
		if len(domain.Controllers) == 0 {
			domain.Controllers = []ControllerSeed{{Name: "DC1"}}
		}
	}
	for i := range s.Workstations {
		s.Workstations[i].Domain = s.onlyDomain(s.Workstations[i].Domain)
	}
}

// joinedName is the display name of somebody who was given none.
func joinedName(given, surname string) string { return strings.TrimSpace(given + " " + surname) }

func (s *Seed) completeUser(u *UserSeed) {
	if u.DisplayName == "" {
		u.DisplayName = joinedName(u.GivenName, u.Surname)
	}
	name, _, _ := strings.Cut(u.UserPrincipalName, "@")
	if u.DisplayName == "" {
		u.DisplayName = name
	}
	if u.Hosting == "" {
		u.Hosting = "cloud"
		if u.OnPremises != nil {
			u.Hosting = "passwordHashSync"
		}
	}
	for i, a := range u.Methods.Apps {
		u.Methods.Apps[i].Algorithm = OATH{Algorithm: a.Algorithm}.withDefaults().Algorithm
		u.Methods.Apps[i].Period = OATH{Period: a.Period}.withDefaults().Period
	}
	if u.OnPremises == nil {
		return
	}
	a := u.OnPremises
	a.Domain = s.onlyDomain(a.Domain)
	fillIn(&a.SAMAccountName, name)
	fillIn(&a.UserPrincipalName, u.UserPrincipalName)
	fillIn(&a.DisplayName, u.DisplayName)
	if a.Password.Empty() {
		a.Password = u.Password
	}
	if a.PasswordAge == 0 {
		a.PasswordAge = u.PasswordAge
	}
	a.Disabled = a.Disabled || u.Disabled
}

func fillIn(field *string, value string) {
	if *field == "" {
		*field = value
	}
}

// onlyDomain turns a domain's DNS or NetBIOS name into the DNS name; an empty
// name is the only domain there is.
func (s *Seed) onlyDomain(name string) string {
	if name == "" && len(s.Domains) == 1 {
		return s.Domains[0].DNSName
	}
	if d := s.domain(name); d != nil {
		return d.DNSName
	}
	return name
}

// domain finds a domain by DNS or NetBIOS name.
func (s *Seed) domain(name string) *DomainSeed {
	for i := range s.Domains {
		if strings.EqualFold(s.Domains[i].DNSName, name) || strings.EqualFold(s.Domains[i].NetBIOS, name) {
			return &s.Domains[i]
		}
	}
	return nil
}

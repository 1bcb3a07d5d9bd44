package tenant

import (
	"slices"
	"strings"
)

// memberships turns every "groups" and "members" of the seed into member values.
func (p *planner) memberships(s Seed) {
	add := func(group, member string) {
		m := PlannedMember{Group: p.groupDN(group), Member: p.groupDN(member)}
		if !slices.Contains(p.Members, m) {
			p.Members = append(p.Members, m)
		}
	}
	for _, g := range p.domain.Groups {
		for _, m := range g.Members {
			add(g.Name, m)
		}
		for _, up := range g.MemberOf {
			add(up, g.Name)
		}
	}
	for _, a := range p.domain.ServiceAccounts {
		for _, g := range a.Groups {
			add(g, a.Name)
		}
	}
	accounts := slices.Clone(p.domain.Accounts)
	for _, u := range s.Users {
		if u.OnPremises != nil && u.OnPremises.Domain == p.DNSName {
			accounts = append(accounts, *u.OnPremises)
		}
	}
	for _, a := range accounts {
		for _, g := range a.Groups {
			add(g, a.SAMAccountName)
		}
	}
}

// builtIn lists the groups of every domain that a seed may name, and where they
// are (MS-ADTS 6.1.1.4.12, 6.1.1.6).
var builtIn = map[string]string{
	"allowed rodc password replication group": "CN=Users", "denied rodc password replication group": "CN=Users",
	"domain admins": "CN=Users", "enterprise admins": "CN=Users", "schema admins": "CN=Users", "domain users": "CN=Users",
	"group policy creator owners": "CN=Users", "protected users": "CN=Users",
	"administrators": "CN=Builtin", "account operators": "CN=Builtin", "server operators": "CN=Builtin",
	"print operators": "CN=Builtin", "backup operators": "CN=Builtin", "remote desktop users": "CN=Builtin",
}

// groupDN finds the DN of a sAMAccountName of the seed, or of a built-in group.
func (p *planner) groupDN(sam string) string {
	if dn, ok := p.dns[strings.ToLower(sam)]; ok {
		return dn
	}
	return "CN=" + escapeRDN(sam) + "," + builtIn[strings.ToLower(sam)] + "," + p.BaseDN
}

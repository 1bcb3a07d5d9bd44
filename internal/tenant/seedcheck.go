package tenant

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/tenant/strict"
)

// check finds everything that is wrong with a seed that was read, with the
// lines of doc.
func (s *Seed) check(doc strict.Doc) Problems {
	c := &checker{seed: s}
	c.tenant()
	c.groups()
	for i, u := range s.Users {
		c.user(fmt.Sprintf("users[%d]", i), u)
	}
	c.uniqueUsers()
	c.tokens()
	c.domains()
	c.agents()
	c.devices()
	for i := range c.found {
		c.found[i].Line = doc.Line(c.found[i].Path)
	}
	return c.found
}

type checker struct {
	seed  *Seed
	found Problems
}

func (c *checker) add(path, text string) {
	if text != "" {
		c.found = append(c.found, strict.Problem{Path: path, Text: text})
	}
}

// addf writes durations as a seed does.
func (c *checker) addf(path, format string, args ...any) {
	for i, a := range args {
		if d, ok := a.(time.Duration); ok {
			args[i] = strict.FormatDuration(d)
		}
	}
	c.add(path, fmt.Sprintf(format, args...))
}

var dnsForm = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{1,62}$`)

func badDNS(name string) string {
	if dnsForm.MatchString(name) && len(name) <= 253 {
		return ""
	}
	return fmt.Sprintf("%q is no DNS name: write labels of letters, digits and hyphens joined by full stops, such as northlight.example", name)
}

func badGUID(id string) string {
	if id == "" || isGUID(strings.ToLower(id)) {
		return ""
	}
	return fmt.Sprintf("%q is no GUID: write 8-4-4-4-12 hexadecimal digits, or leave it out to draw one", id)
}

func (c *checker) tenant() {
	t := c.seed.Tenant
	c.add("tenant.id", badGUID(t.ID))
	if t.TenantName == "" {
		c.add("tenant.tenantName", "is missing: give the organisation a name")
	}
	c.add("tenant.initialDomain", badDNS(t.InitialDomain))
	for i, d := range t.CustomDomains {
		c.add(fmt.Sprintf("tenant.customDomains[%d]", i), badDNS(d))
	}
	for _, p := range settingsProblems(t.Settings) {
		c.add("tenant."+p.Path, p.Text)
	}
	if t.Reset.Scope == policy.ScopeSelected && t.Reset.GroupID != "" {
		c.group("tenant.reset.groupId", t.Reset.GroupID)
	}
	for _, id := range sortedKeys(t.Methods.Configs) {
		at := "tenant.methods.configs." + id
		c.targets(at+".include", t.Methods.Configs[id].Include)
		c.targets(at+".exclude", t.Methods.Configs[id].Exclude)
	}
	c.targets("tenant.registration.campaign.include", t.Registration.Campaign.Include)
	c.targets("tenant.registration.campaign.exclude", t.Registration.Campaign.Exclude)
	c.access("tenant.registration.access", t.Registration.Access)
	c.access("tenant.signIn.access", t.SignIn.Access)
}

// access checks the groups of Conditional Access policies.
func (c *checker) access(path string, policies []policy.AccessPolicy) {
	for i, a := range policies {
		at := fmt.Sprintf("%s[%d]", path, i)
		c.targets(at+".includeGroups", a.IncludeGroups)
		c.targets(at+".excludeGroups", a.ExcludeGroups)
	}
}

// targets checks a list of groups, in which all_users stands for everybody.
func (c *checker) targets(path string, groups []string) {
	for i, g := range groups {
		if g != policy.AllUsers {
			c.group(fmt.Sprintf("%s[%d]", path, i), g)
		}
	}
}

// group notes a name that no group of the seed has.
func (c *checker) group(path, name string) {
	if !slices.ContainsFunc(c.seed.Groups, func(g GroupSeed) bool {
		return strings.EqualFold(g.Name, name) || g.ID != "" && strings.EqualFold(g.ID, name)
	}) {
		c.addf(path, "%q is no group of this file: list it under groups, or name one that is there", name)
	}
}

func (c *checker) groups() {
	seen := map[string]int{}
	for i, g := range c.seed.Groups {
		at := fmt.Sprintf("groups[%d]", i)
		c.add(at+".id", badGUID(g.ID))
		if g.Name == "" {
			c.add(at+".name", "is empty: give the group a name")
		}
		c.once(seen, at+".name", g.Name, i)
		for j, m := range g.Members {
			if !c.isUser(m) && !slices.ContainsFunc(c.seed.Groups, func(o GroupSeed) bool { return strings.EqualFold(o.Name, m) }) {
				c.addf(fmt.Sprintf("%s.members[%d]", at, j), "%q is neither a user nor a group of this file: write a UPN or a group's name", m)
			}
		}
	}
}

// once notes a name that was there before.
func (c *checker) once(seen map[string]int, path, name string, i int) {
	key := strings.ToLower(name)
	if first, twice := seen[key]; twice {
		c.addf(path, "%q is given twice, first as number %d: choose another", name, first+1)
		return
	}
	seen[key] = i
}

func (c *checker) isUser(upn string) bool {
	return slices.ContainsFunc(c.seed.Users, func(u UserSeed) bool { return strings.EqualFold(u.UserPrincipalName, upn) })
}

func (c *checker) agents() {
	seen := map[string]int{}
	for i, a := range c.seed.Agents {
		at := fmt.Sprintf("agents[%d]", i)
		c.once(seen, at+".name", a.Name, i)
		d := c.seed.domain(a.Domain)
		if d == nil {
			c.addf(at+".domain", "%q is no domain of this file: list it under domains", a.Domain)
			continue
		}
		if !slices.ContainsFunc(d.ServiceAccounts, func(s ServiceAccountSeed) bool { return strings.EqualFold(s.Name, a.ServiceAccount) }) {
			c.addf(at+".serviceAccount", "%q is no service account of %s: list it under the domain's serviceAccounts", a.ServiceAccount, d.DNSName)
		}
		c.controller(at+".controller", d, a.Controller)
	}
}

func (c *checker) devices() {
	seen := map[string]int{}
	for i, w := range c.seed.Workstations {
		at := fmt.Sprintf("workstations[%d]", i)
		c.once(seen, at+".name", w.Name, i)
		c.add(at+".name", badComputer(w.Name))
		if d := c.seed.domain(w.Domain); d == nil {
			c.addf(at+".domain", "%q is no domain of this file: list it under domains", w.Domain)
		} else {
			c.controller(at+".controller", d, w.Controller)
		}
		for j, u := range w.CachedUsers {
			if !c.hasAccount(w.Domain, u) {
				c.addf(fmt.Sprintf("%s.cachedUsers[%d]", at, j), "%q has no account in %s: write the sAMAccountName or UPN of one that has", u, w.Domain)
			}
		}
	}
	boxes := map[string]int{}
	for i, m := range c.seed.Mailboxes {
		at := fmt.Sprintf("mailboxes[%d]", i)
		c.add(at+".address", badEmail(m.Address))
		c.once(boxes, at+".address", m.Address, i)
		if m.Owner != "" && !c.isUser(m.Owner) {
			c.addf(at+".owner", "%q is no user of this file: write a UPN", m.Owner)
		}
	}
}

func (c *checker) hasAccount(domain, name string) bool {
	for _, a := range c.accounts(domain) {
		if strings.EqualFold(a.SAMAccountName, name) || strings.EqualFold(a.UserPrincipalName, name) {
			return true
		}
	}
	return false
}

// accounts lists the people's accounts of a domain.
func (c *checker) accounts(domain string) []AccountSeed {
	d := c.seed.domain(domain)
	if d == nil {
		return nil
	}
	all := slices.Clone(d.Accounts)
	for _, u := range c.seed.Users {
		if u.OnPremises != nil && strings.EqualFold(u.OnPremises.Domain, d.DNSName) {
			all = append(all, *u.OnPremises)
		}
	}
	return all
}

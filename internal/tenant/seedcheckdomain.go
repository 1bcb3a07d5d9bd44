package tenant

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

func (c *checker) domains() {
	names, short := map[string]int{}, map[string]int{}
	for i := range c.seed.Domains {
		d := &c.seed.Domains[i]
		at := fmt.Sprintf("domains[%d]", i)
		c.once(names, at+".dnsName", d.DNSName, i)
		c.once(short, at+".netbios", d.NetBIOS, i)
		c.domain(at, d)
		c.controllers(at, d, i == 0)
		c.settings(at+".settings", d.Settings)
	}
}

var (
	netbiosForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,14}$`)
	buildForm   = regexp.MustCompile(`^([0-9a-f]{3,4})?$`)
	sidForm     = regexp.MustCompile(`^(S-1-5-21(-[0-9]{1,10}){3})?$`)
)

func (c *checker) domain(at string, d *DomainSeed) {
	c.add(at+".dnsName", badDNS(d.DNSName))
	if !netbiosForm.MatchString(d.NetBIOS) {
		c.addf(at+".netbios", "%q is no NetBIOS name: use 1 to 15 letters, digits and hyphens", d.NetBIOS)
	}
	if !buildForm.MatchString(d.Build) {
		c.addf(at+".build", "%q is no build: write three or four hexadecimal digits, such as 4f7c", d.Build)
	}
	if !sidForm.MatchString(d.SID) {
		c.addf(at+".sid", "%q is no domain SID: write S-1-5-21 and three numbers, or leave it out", d.SID)
	}
	c.passwordPolicy(at+".policy", d.Policy)
	c.units(at, d)
	c.domainGroups(at, d)
	c.serviceAccounts(at, d)
	for i, a := range d.Accounts {
		c.account(fmt.Sprintf("%s.accounts[%d]", at, i), a)
	}
	c.accountNames(at, d)
	c.passwordSettings(at, d)
	c.protection(at+".passwordProtection", d)
}

// passwordPolicy holds the limits of MS-SAMR 3.1.1.8.
func (c *checker) passwordPolicy(at string, p PasswordPolicySeed) {
	c.between(at+".minimumLength", p.MinimumLength, 0, 256)
	c.between(at+".history", p.History, 0, 1024)
	c.between(at+".lockoutThreshold", p.LockoutThreshold, 0, 65535)
	for field, d := range map[string]time.Duration{
		"minimumAge": p.MinimumAge, "maximumAge": p.MaximumAge, "lockoutDuration": p.LockoutDuration, "lockoutWindow": p.LockoutWindow,
	} {
		if d < 0 {
			c.addf(at+"."+field, "is %s: write a duration without a sign", d)
		}
	}
	if p.MaximumAge > 0 && p.MinimumAge >= p.MaximumAge {
		c.addf(at+".minimumAge", "is %s, not shorter than the maximum age of %s: shorten it, or make maximumAge 0 for never", p.MinimumAge, p.MaximumAge)
	}
	if p.LockoutDuration > 0 && p.LockoutWindow > p.LockoutDuration {
		c.addf(at+".lockoutWindow", "is %s, longer than the lockout duration of %s: shorten it, or make lockoutDuration 0 for until unlocked", p.LockoutWindow, p.LockoutDuration)
	}
}

func (c *checker) between(path string, n, low, high int) {
	if n < low || n > high {
		c.addf(path, "is %d: use %d to %d", n, low, high)
	}
}

func (c *checker) units(at string, d *DomainSeed) {
	seen := map[string]int{}
	for i, ou := range d.OUs {
		path := fmt.Sprintf("%s.ous[%d].path", at, i)
		c.once(seen, path, ou.Path, i)
		parent, _, nested := cutLast(ou.Path, "/")
		if ou.Path == "" || strings.HasSuffix(ou.Path, "/") || strings.HasPrefix(ou.Path, "/") || strings.Contains(ou.Path, "//") {
			c.addf(path, "%q is no path: write names from the domain down, as Staff/Sales", ou.Path)
			continue
		}
		if _, above := seen[strings.ToLower(parent)]; nested && !above {
			c.addf(path, "%q lies in %q, which is not listed before it: list the parent first", ou.Path, parent)
		}
	}
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return "", s, false
}

// unit notes a path that is no organizational unit of d.
func (c *checker) unit(path string, d *DomainSeed, ou string) {
	if ou != "" && !slices.ContainsFunc(d.OUs, func(o OUSeed) bool { return strings.EqualFold(o.Path, ou) }) {
		c.addf(path, "%q is no organizational unit of %s: list it under ous, or leave it out for CN=Users", ou, d.DNSName)
	}
}

func (c *checker) domainGroups(at string, d *DomainSeed) {
	for i, g := range d.Groups {
		path := fmt.Sprintf("%s.groups[%d]", at, i)
		c.unit(path+".ou", d, g.OU)
		for j, m := range g.Members {
			if !c.hasPrincipal(d, m) {
				c.addf(fmt.Sprintf("%s.members[%d]", path, j), "%q is no account or group of %s: write a sAMAccountName", m, d.DNSName)
			}
		}
		for j, up := range g.MemberOf {
			c.domainGroup(fmt.Sprintf("%s.memberOf[%d]", path, j), d, up)
		}
		c.attributes(path+".attributes", g.Attributes)
		c.grants(path, d, g.Grants)
	}
}

// grants notes rights on what is no organizational unit of d.
func (c *checker) grants(at string, d *DomainSeed, grants []GrantSeed) {
	for j, g := range grants {
		c.unit(fmt.Sprintf("%s.grants[%d].on", at, j), d, g.On)
	}
}

// attributeForm is an LDAP display name (MS-ADTS 3.1.1.2.3).
var attributeForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,255}$`)

// attributes notes names that cannot be attributes, and secrets that must not
// be given as plain text.
func (c *checker) attributes(at string, list Attributes) {
	for name, v := range list {
		path := at + "." + name
		switch {
		case !attributeForm.MatchString(name):
			c.addf(path, "%q is no LDAP display name: use letters, digits and hyphens, as in employeeNumber", name)
		case strings.EqualFold(name, "unicodePwd"), strings.EqualFold(name, "userPassword"):
			c.add(path, "holds a password: give it as password, which is never shown")
		case len(v) == 0:
			c.add(path, "has no value: give one, or leave the attribute out")
		}
	}
}

// domainGroup notes a name that is neither a group of d nor built in.
func (c *checker) domainGroup(path string, d *DomainSeed, name string) {
	if !isDomainGroup(d, name) {
		c.addf(path, "%q is no group of %s: list it under the domain's groups, or name a built-in one such as Domain Admins", name, d.DNSName)
	}
}

func isDomainGroup(d *DomainSeed, name string) bool {
	_, known := builtIn[strings.ToLower(name)]
	return known || slices.ContainsFunc(d.Groups, func(g DomainGroupSeed) bool { return strings.EqualFold(g.Name, name) })
}

func (c *checker) hasPrincipal(d *DomainSeed, sam string) bool {
	return isDomainGroup(d, sam) || c.hasAccount(d.DNSName, sam) ||
		slices.ContainsFunc(d.ServiceAccounts, func(a ServiceAccountSeed) bool { return strings.EqualFold(a.Name, sam) })
}

func (c *checker) serviceAccounts(at string, d *DomainSeed) {
	for i, a := range d.ServiceAccounts {
		path := fmt.Sprintf("%s.serviceAccounts[%d]", at, i)
		c.add(path+".name", badSAM(a.Name))
		c.unit(path+".ou", d, a.OU)
		for j, g := range a.Groups {
			c.domainGroup(fmt.Sprintf("%s.groups[%d]", path, j), d, g)
		}
		c.grants(path, d, a.Grants)
	}
}

// accountNames wants every sAMAccountName of a domain once, since people, service
// accounts and groups share one space of names, and every common name once in
// its container.
func (c *checker) accountNames(at string, d *DomainSeed) {
	seen := map[string]string{}
	note := func(path, sam string) {
		key := strings.ToLower(sam)
		if first, twice := seen[key]; twice {
			c.addf(path, "%q is the name of %s already: choose another", sam, first)
			return
		}
		seen[key] = path
	}
	common := map[string]string{}
	place := func(path string, a AccountSeed) {
		name := a.commonName()
		key := strings.ToLower(a.OU + "/" + name)
		if first, twice := common[key]; twice {
			c.addf(path, "%q is the common name of %s too, in the same container: give one of them another displayName, cn or ou", name, first)
			return
		}
		common[key] = path
	}
	for i, g := range d.Groups {
		note(fmt.Sprintf("%s.groups[%d].name", at, i), g.Name)
	}
	for i, a := range d.ServiceAccounts {
		note(fmt.Sprintf("%s.serviceAccounts[%d].name", at, i), a.Name)
	}
	for i, a := range d.Accounts {
		note(fmt.Sprintf("%s.accounts[%d].samAccountName", at, i), a.SAMAccountName)
		place(fmt.Sprintf("%s.accounts[%d]", at, i), a)
	}
	for i, u := range c.seed.Users {
		if u.OnPremises != nil && u.OnPremises.Domain == d.DNSName {
			note(fmt.Sprintf("users[%d].onPremises.samAccountName", i), u.OnPremises.SAMAccountName)
			place(fmt.Sprintf("users[%d].onPremises", i), *u.OnPremises)
		}
	}
}

func (c *checker) passwordSettings(at string, d *DomainSeed) {
	seen := map[string]int{}
	for i, p := range d.PasswordSettings {
		path := fmt.Sprintf("%s.passwordSettings[%d]", at, i)
		c.once(seen, path+".name", p.Name, i)
		if p.Precedence < 1 {
			c.addf(path+".precedence", "is %d: use 1 or more, the lowest wins", p.Precedence)
		}
		c.passwordPolicy(path, p.PasswordPolicySeed)
		for j, sam := range p.AppliesTo {
			if !c.hasPrincipal(d, sam) {
				c.addf(fmt.Sprintf("%s.appliesTo[%d]", path, j), "%q is no account or group of %s: write a sAMAccountName", sam, d.DNSName)
			}
		}
	}
}

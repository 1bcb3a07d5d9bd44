package tenant

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/ssprlab/ssprlab/internal/policy"
)

func (c *checker) user(at string, u UserSeed) {
	c.add(at+".id", badGUID(u.ID))
	c.userName(at+".userPrincipalName", u)
	badNames(func(field, text string) { c.add(at+"."+field, text) }, u.DisplayName, u.GivenName, u.Surname)
	c.add(at+".preferredLanguage", badLanguage(u.PreferredLanguage))
	c.contacts(at, u)
	for i, r := range u.Roles {
		if _, ok := roleID(r); !ok {
			c.addf(fmt.Sprintf("%s.roles[%d]", at, i), "%q is no role: write its name, such as Global Administrator, or its template ID", r)
		}
	}
	for i, l := range u.Licences {
		if _, ok := licenceID(l); !ok {
			c.addf(fmt.Sprintf("%s.licences[%d]", at, i), "%q is no licence: write an ID or one of %s", l, licenceNames())
		}
	}
	for i, l := range u.DisabledPlans {
		if _, ok := licenceID(l); !ok {
			c.addf(fmt.Sprintf("%s.disabledPlans[%d]", at, i), "%q is no service plan: write an ID or one of %s", l, licenceNames())
		}
	}
	for i, g := range u.Groups {
		c.group(fmt.Sprintf("%s.groups[%d]", at, i), g)
	}
	c.hosting(at, u)
	c.methods(at+".methods", u)
	if p := u.Pass; p != nil && p.Lifetime != 0 && (p.Lifetime < policy.MinTAPLifetime || p.Lifetime > policy.MaxTAPLifetime) {
		c.addf(at+".temporaryAccessPass.lifetime", "is %s: use 10m to 30d", p.Lifetime)
	}
}

// userName also wants the domain to be one of the tenant's; guests keep the
// initial domain behind their #EXT# form.
func (c *checker) userName(path string, u UserSeed) {
	if text := badUPN(u.UserPrincipalName); text != "" {
		c.add(path, text)
		return
	}
	_, domain, _ := strings.Cut(u.UserPrincipalName, "@")
	t := c.seed.Tenant
	known := append([]string{t.InitialDomain}, t.CustomDomains...)
	if !slices.ContainsFunc(known, func(d string) bool { return strings.EqualFold(d, domain) }) {
		c.addf(path, "%q is in a domain that the tenant does not have: use one of %s", u.UserPrincipalName, strings.Join(known, ", "))
	}
}

func (c *checker) contacts(at string, u UserSeed) {
	c.add(at+".mail", badEmail(u.Mail))
	for i, m := range u.OtherMails {
		c.add(fmt.Sprintf("%s.otherMails[%d]", at, i), badEmail(m))
	}
	c.add(at+".mobilePhone", badPhone(u.MobilePhone))
	c.add(at+".officePhone", badPhone(u.OfficePhone))
	c.add(at+".methods.authenticationPhone", badPhone(u.Methods.AuthenticationPhone))
	c.add(at+".methods.alternatePhone", badPhone(u.Methods.AlternatePhone))
	if u.Methods.AlternatePhone != "" && u.Methods.AuthenticationPhone == "" && u.MobilePhone == "" {
		c.add(at+".methods.alternatePhone", "needs a mobile phone first: give authenticationPhone")
	}
	c.add(at+".methods.authenticationEmail", badEmail(u.Methods.AuthenticationEmail))
}

func (c *checker) hosting(at string, u UserSeed) {
	switch {
	case u.Hosting == policy.CloudOnly && u.OnPremises != nil:
		c.add(at+".hosting", `is "cloud", and onPremises is given: leave one of them out`)
	case u.Hosting != policy.CloudOnly && u.OnPremises == nil:
		c.addf(at+".hosting", "is %q, and onPremises is missing: describe the AD account there", u.Hosting)
	case u.Hosting == policy.CloudOnly && u.Guest == policy.Member && u.Password.Empty():
		c.add(at+".password", "is missing: a cloud user needs one")
	}
	if u.OnPremises != nil {
		c.account(at+".onPremises", *u.OnPremises)
	}
	if u.PasswordAge < 0 {
		c.addf(at+".passwordAge", "is %s: write how long ago the password was set, without a sign", u.PasswordAge)
	}
}

func (c *checker) methods(at string, u UserSeed) {
	if n := len(u.Methods.Apps); n > MaxApps {
		c.addf(at+".apps", "holds %d apps and tokens: at most %d are allowed, remove some", n, MaxApps)
	}
	for i, a := range u.Methods.Apps {
		path := fmt.Sprintf("%s.apps[%d]", at, i)
		o := OATH{Secret: a.Secret, Period: a.Period, Algorithm: a.Algorithm}.withDefaults()
		c.add(path, o.wrong(true))
		if a.Push && a.Kind != policy.MicrosoftAuthenticator {
			c.addf(path+".push", "is true for a %s: only microsoftAuthenticator receives notifications", a.Kind)
		}
	}
	rules := c.seed.Tenant.Reset.Questions
	answers := make([]policy.Answer, len(u.Methods.Questions))
	for i, q := range u.Methods.Questions {
		answers[i] = policy.Answer{Question: q.Question, Text: q.Answer.Reveal()}
	}
	for _, p := range rules.CheckRegistration(answers) {
		if p.Index >= 0 { // how many are registered is free: people may have begun under other rules
			c.add(fmt.Sprintf("%s.questions[%d]", at, p.Index), p.Text)
		}
	}
}

func (c *checker) uniqueUsers() {
	upns, ids := map[string]int{}, map[string]int{}
	for i, u := range c.seed.Users {
		c.once(upns, fmt.Sprintf("users[%d].userPrincipalName", i), u.UserPrincipalName, i)
		if u.ID != "" {
			c.once(ids, fmt.Sprintf("users[%d].id", i), u.ID, i)
		}
	}
}

var samForm = regexp.MustCompile(`^[^"/\\\[\]:;|=,+*?<>@\x00-\x1f]+$`)

// badSAM follows "User Naming Attributes" (Microsoft Learn): 20 characters for
// users, none of " / \ [ ] : ; | = , + * ? < > and no @.
func badSAM(name string) string {
	switch {
	case name == "":
		return "is empty: give the account a name"
	case len([]rune(name)) > 20:
		return fmt.Sprintf("%q is too long: at most 20 characters, shorten it or give samAccountName", name)
	case !samForm.MatchString(name) || strings.HasSuffix(name, "."):
		return fmt.Sprintf(`%q has characters that no account name may have: leave out " / \ [ ] : ; | = , + * ? < > @ and a final full stop`, name)
	}
	return ""
}

func badComputer(name string) string {
	if ok, _ := regexp.MatchString(`^[A-Za-z0-9-]{1,15}$`, name); ok {
		return ""
	}
	return fmt.Sprintf("%q is no computer name: use 1 to 15 letters, digits and hyphens", name)
}

// account checks the AD side of a person.
func (c *checker) account(at string, a AccountSeed) {
	d := c.seed.domain(a.Domain)
	if d == nil {
		c.addf(at+".domain", "%q is no domain of this file: list it under domains and name it here", a.Domain)
		return
	}
	c.add(at+".samAccountName", badSAM(a.SAMAccountName))
	c.add(at+".consistencyGuid", badGUID(a.ConsistencyGUID))
	c.unit(at+".ou", d, a.OU)
	for i, g := range a.Groups {
		c.domainGroup(fmt.Sprintf("%s.groups[%d]", at, i), d, g)
	}
	if a.PasswordAge < 0 {
		c.addf(at+".passwordAge", "is %s: write how long ago the password was set, without a sign", a.PasswordAge)
	}
	c.attributes(at+".attributes", a.Attributes)
	c.add(at+".passwordHash", badPasswordHash(a.PasswordHash))
	switch known := !a.Password.Empty(); {
	case known && !a.PasswordHash.Empty():
		c.add(at+".passwordHash", "stands beside a password: give one of the two")
	case !known && a.PasswordHash.Empty() && !a.Disabled:
		c.add(at+".password", "is missing: give a password here or for the person")
	}
}

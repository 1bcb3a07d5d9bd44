package glauth

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
)

func (c *converter) people(dns string) (all list) {
	for i, u := range c.Users {
		if u.Name == "" {
			c.bad("users[%d].name: is missing: give the person a name", i)
			continue
		}
		all = append(all, c.person(fmt.Sprintf("users[%d] %q", i, u.Name), u, dns))
	}
	return all
}

// person keeps the DN that glauth shows: cn=NAME,ou=PRIMARY GROUP,BASE.
func (c *converter) person(at string, u user, dns string) object {
	primary, _ := c.groupOf(u.PrimaryGroup)
	groups := []string{primary.Name}
	for _, id := range u.OtherGroups {
		if g, _ := c.groupOf(id); !slices.Contains(groups, g.Name) {
			groups = append(groups, g.Name)
		}
	}
	c.leftOut(at, u)
	hash := c.passwordHash(at, u)
	var methods object
	if u.Mail != "" {
		methods = append(methods, entry("authenticationEmail", u.Mail))
	}
	if u.OTPSecret != "" {
		methods = append(methods, entry("apps", list{object{
			entry("kind", "softwareOath"), entry("name", "Authenticator app"), entry("secret", strings.ToUpper(u.OTPSecret)),
		}}))
	}
	return filled(
		entry("userPrincipalName", u.Name+"@"+dns),
		entry("note", "from glauth: "+primary.Name),
		entry("givenName", u.GivenName), entry("surname", u.SN), entry("mail", u.Mail),
		entry("disabled", u.Disabled || hash == ""),
		entry("hosting", "passThrough"),
		entry("licences", []string{"AAD_PREMIUM"}),
		entry("methods", methods),
		entry("onPremises", filled(
			entry("cn", u.Name), entry("samAccountName", u.Name), entry("ou", primary.Name), entry("groups", groups),
			entry("passwordHash", hash), entry("passwordAge", "2d"), entry("neverExpires", true),
			entry("attributes", c.attributes(at, u, primary)),
		)),
	)
}

// passwordHash is in the form of a seed; "" for somebody without a password.
func (c *converter) passwordHash(at string, u user) string {
	switch {
	case u.PassBcrypt != "":
		text, err := hex.DecodeString(u.PassBcrypt)
		if err != nil {
			c.bad("%s: passbcrypt: is not in hexadecimal digits: write the bcrypt hash in hexadecimal, as glauth wants it", at)
		}
		return "bcrypt:" + string(text)
	case u.PassSHA256 != "":
		return "sha256:" + strings.ToLower(u.PassSHA256)
	}
	if !u.Disabled {
		c.note("%s: has no password of its own: the account is disabled until somebody sets one and enables it", at)
	}
	return ""
}

// leftOut notes what an Active Directory account cannot hold.
func (c *converter) leftOut(at string, u user) {
	if u.PassAppSHA256 != nil || u.PassAppBcrypt != nil {
		c.note("%s: passapp…: left out, an Active Directory account has one password", at)
	}
	if u.OTPSecret != "" {
		c.note("%s: otpsecret: a bind takes the password without the code; the code is a method for resets and sign-in", at)
	}
	if u.Yubikey != "" {
		c.note("%s: yubikey: left out, no bind of Active Directory asks for one", at)
	}
	if len(u.SSHKeys) > 0 {
		c.note("%s: sshkeys: left out, the schema of Active Directory has no attribute for them", at)
	}
	for _, k := range u.Capabilities {
		if !strings.EqualFold(k.Action, "search") {
			c.note("%s: capability %q: left out, glauth knows none but search", at, k.Action)
		}
	}
}

// attributes are those of RFC 2307, which Active Directory has, and custom ones
// that its schema knows.
func (c *converter) attributes(at string, u user, primary group) object {
	known := map[string][]string{"uid": {u.Name}, "gidNumber": {strconv.Itoa(primary.id())}}
	for name, value := range map[string]string{"loginShell": u.LoginShell, "unixHomeDirectory": u.HomeDir, "uidNumber": number(u.id())} {
		if value != "" {
			known[name] = []string{value}
		}
	}
	for _, table := range u.CustomAttributes {
		for _, name := range slices.Sorted(maps.Keys(table)) {
			c.custom(at, known, name, texts(table[name]))
		}
	}
	var all object
	for _, name := range slices.Sorted(maps.Keys(known)) {
		all = append(all, yaml.MapItem{Key: name, Value: known[name]})
	}
	return all
}

func (c *converter) custom(at string, known map[string][]string, name string, values []string) {
	s := schema.Default()
	a := s.Attribute(name)
	switch {
	case a == nil || a.SystemOnly || a.Linked() || !s.MustClass("user").May(a):
		c.note("%s: customattributes: %s: left out, no user of Active Directory can be given it", at, name)
	case a.Single && len(values) > 1:
		c.note("%s: customattributes: %s: only the first value is kept, Active Directory holds one", at, a.Name)
		known[a.Name] = values[:1]
	case len(values) > 0:
		known[a.Name] = values
	}
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func texts(v any) (out []string) {
	if many, ok := v.([]any); ok {
		for _, one := range many {
			out = append(out, fmt.Sprint(one))
		}
		return out
	}
	return []string{fmt.Sprint(v)}
}

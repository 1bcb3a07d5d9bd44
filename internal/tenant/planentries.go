package tenant

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// container is the DN of an organizational unit's path; CN=Users without one.
func (p *planner) container(path string) string {
	if path == "" {
		return "CN=Users," + p.BaseDN
	}
	dn := p.BaseDN
	for _, name := range strings.Split(path, "/") {
		dn = "OU=" + escapeRDN(name) + "," + dn
	}
	return dn
}

// escapeRDN writes a value as it stands in a DN (RFC 4514 2.4).
func escapeRDN(value string) string {
	var b strings.Builder
	for i, r := range value {
		edge := r == ' ' && (i == 0 || i == len(value)-1) || r == '#' && i == 0
		if edge || strings.ContainsRune(`,+"\<>;=`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func (p *planner) sid() string {
	p.nextRID++
	return p.SID + "-" + strconv.Itoa(p.nextRID-1)
}

func attribute(name string, values ...string) PlannedAttribute {
	a := PlannedAttribute{Name: name}
	for _, v := range values {
		a.Values = append(a.Values, []byte(v))
	}
	return a
}

// given drops attributes without a value.
func given(all ...PlannedAttribute) []PlannedAttribute {
	return slices.DeleteFunc(all, func(a PlannedAttribute) bool {
		return len(a.Values) == 0 || len(a.Values) == 1 && len(a.Values[0]) == 0
	})
}

func (p *planner) organizationalUnit(ou OUSeed) {
	p.Entries = append(p.Entries, PlannedEntry{
		DN: p.container(ou.Path), BlockInheritance: ou.BlockInheritance,
		Attributes: given(attribute("objectClass", "top", "organizationalUnit"), attribute("description", ou.Description)),
	})
}

// groupType bits (MS-ADTS 2.2.12).
var groupTypes = map[GroupScope]int32{GlobalGroup: 2, DomainLocalGroup: 4, UniversalGroup: 8}

const securityEnabled int32 = -1 << 31

func (p *planner) group(g DomainGroupSeed) {
	kind := groupTypes[g.Scope]
	if !g.Distribution {
		kind |= securityEnabled
	}
	dn := "CN=" + escapeRDN(g.Name) + "," + p.container(g.OU)
	sid := p.sid()
	p.dns[strings.ToLower(g.Name)] = dn
	p.Entries = append(p.Entries, PlannedEntry{DN: dn, SID: sid, Attributes: append(given(
		attribute("objectClass", "top", "group"), attribute("sAMAccountName", g.Name),
		attribute("groupType", strconv.Itoa(int(kind))), attribute("description", g.Description),
	), g.Attributes.planned()...)})
	p.grant(dn, sid, g.Grants)
}

// planned lists further attributes by name.
func (a Attributes) planned() (list []PlannedAttribute) {
	for _, name := range slices.Sorted(maps.Keys(a)) {
		list = append(list, attribute(name, a[name]...))
	}
	return given(list...)
}

// grant plans the entries that give a trustee its rights.
func (p *planner) grant(dn, sid string, grants []GrantSeed) {
	for _, g := range grants {
		for _, right := range expand(g.Rights) {
			on := p.BaseDN
			if g.On != "" && !right.onHead() {
				on = p.container(g.On)
			}
			p.Grants = append(p.Grants, Grant{On: on, Trustee: dn, SID: sid, Right: right, Deny: g.Deny})
		}
	}
}

// userAccountControl bits (MS-ADTS 2.2.16).
const (
	normalAccount      = 0x200
	accountDisabled    = 0x2
	dontExpirePassword = 0x10000
)

func (p *planner) serviceAccount(a ServiceAccountSeed) {
	dn := "CN=" + escapeRDN(a.Name) + "," + p.container(a.OU)
	sid := p.sid()
	p.dns[strings.ToLower(a.Name)] = dn
	p.Entries = append(p.Entries, PlannedEntry{
		DN: dn, SID: sid,
		Attributes: given(attribute("objectClass", "top", "person", "organizationalPerson", "user"), attribute("sAMAccountName", a.Name),
			attribute("userPrincipalName", a.Name+"@"+p.DNSName), attribute("displayName", a.Name),
			attribute("userAccountControl", strconv.Itoa(normalAccount|dontExpirePassword)), attribute("description", "Service account of a writeback agent")),
		Account: &PlannedAccount{SAMAccountName: a.Name, Password: a.Password, PasswordSet: p.now.Add(-30 * 24 * time.Hour), NeverExpires: true},
	})
	p.grant(dn, sid, a.Grants)
}

// person plans a person's account; u is empty for those not synchronised.
func (p *planner) person(a AccountSeed, u UserSeed) {
	display := a.DisplayName
	fillIn(&display, a.SAMAccountName)
	dn := "CN=" + escapeRDN(a.commonName()) + "," + p.container(a.OU)
	p.dns[strings.ToLower(a.SAMAccountName)] = dn
	account := &PlannedAccount{
		SAMAccountName: a.SAMAccountName, ConsistencyGUID: a.anchor(p.source), Password: a.Password, PasswordHash: a.PasswordHash, PasswordSet: p.now.Add(-a.PasswordAge),
		MustChange: a.MustChange, Disabled: a.Disabled, NeverExpires: a.NeverExpires, CannotChange: a.CannotChange, AdminCount: a.AdminCount,
	}
	control := normalAccount
	if a.Disabled {
		control |= accountDisabled
	}
	if a.NeverExpires {
		control |= dontExpirePassword
	}
	if a.Locked {
		account.LockedAt, account.BadPasswords = p.now, 5
	}
	attributes := given(attribute("objectClass", "top", "person", "organizationalPerson", "user"),
		attribute("sAMAccountName", a.SAMAccountName), attribute("userPrincipalName", a.UserPrincipalName),
		attribute("displayName", display), attribute("givenName", u.GivenName), attribute("sn", u.Surname),
		attribute("mail", u.Mail), attribute("mobile", u.MobilePhone), attribute("telephoneNumber", u.OfficePhone),
		attribute("description", u.Note), attribute("userAccountControl", strconv.Itoa(control)))
	if a.Expires != 0 {
		attributes = append(attributes, attribute("accountExpires", fileTime(p.now.Add(a.Expires))))
	}
	if a.AdminCount {
		attributes = append(attributes, attribute("adminCount", "1"))
	}
	if u.UserPrincipalName != "" {
		attributes = append(attributes, PlannedAttribute{"mS-DS-ConsistencyGuid", [][]byte{account.ConsistencyGUID}})
	}
	attributes = append(attributes, a.Attributes.planned()...)
	p.Entries = append(p.Entries, PlannedEntry{DN: dn, SID: p.sid(), Attributes: attributes, BlockInheritance: a.BlockInheritance, Account: account})
}

// commonName is the value of the RDN.
func (a AccountSeed) commonName() string {
	name := a.CommonName
	fillIn(&name, a.DisplayName)
	fillIn(&name, a.SAMAccountName)
	return name
}

// fileTime is a time as 100 ns since 1601 (MS-DTYP 2.3.3).
func fileTime(t time.Time) string {
	return strconv.FormatInt((t.Unix()+11644473600)*10_000_000+int64(t.Nanosecond())/100, 10)
}

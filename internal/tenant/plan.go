package tenant

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// A DirectoryPlan is what an AD domain must hold for a seed, as plain values in
// the order in which they can be created. Whoever has the directory loops over
// Entries, then Members, then Grants.
type DirectoryPlan struct {
	DNSName     string // "corp.northlight.example"
	NetBIOS     string
	BaseDN      string // "DC=corp,DC=northlight,DC=example"
	SID         string // "S-1-5-21-…"
	Level       int    // msDS-Behavior-Version: 7 is Windows Server 2016
	Dialect     Dialect
	Build       string
	Head        []PlannedAttribute // policy attributes of the domain head
	Controllers []ControllerSeed
	Entries     []PlannedEntry
	Members     []PlannedMember
	Grants      []Grant
	Agents      []AgentSeed
}

// A PlannedEntry is an object to create.
type PlannedEntry struct {
	DN               string
	Attributes       []PlannedAttribute // objectClass first
	SID              string             // objectSid to give it, "" for objects without
	BlockInheritance bool               // protect the access control list
	Account          *PlannedAccount    // of user objects
}

// A PlannedAttribute is a name and its values as AD keeps them: text in UTF-8,
// numbers in decimal, GUIDs as 16 octets.
type PlannedAttribute struct {
	Name   string
	Values [][]byte
}

// A PlannedAccount is what cannot be written as an attribute of a new user.
type PlannedAccount struct {
	SAMAccountName  string
	ConsistencyGUID []byte // mS-DS-ConsistencyGuid
	Password        secret.Text
	PasswordSet     time.Time // pwdLastSet
	MustChange      bool      // pwdLastSet is 0
	Disabled        bool
	NeverExpires    bool
	CannotChange    bool      // deny Change Password to Everyone and SELF
	LockedAt        time.Time // lockoutTime; zero: not locked
	BadPasswords    int       // badPwdCount of a locked account
	AdminCount      bool
}

// A PlannedMember is a value of a group's member attribute. Group may be one of
// those that every domain has.
type PlannedMember struct{ Group, Member string } // distinguished names

// account finds the planned entry of a sAMAccountName.
func (p DirectoryPlan) account(sam string) *PlannedEntry {
	for i, e := range p.Entries {
		if e.Account != nil && strings.EqualFold(e.Account.SAMAccountName, sam) {
			return &p.Entries[i]
		}
	}
	return nil
}

// Directories plans every domain of the seed. Ages count back from now; SIDs
// and consistency GUIDs come from the lab's chance by name.
func (s Seed) Directories(source *chance.Source, now time.Time) []DirectoryPlan {
	plans := make([]DirectoryPlan, len(s.Domains))
	for i, d := range s.Domains {
		p := planner{source: source, now: now, domain: d, nextRID: firstRID, dns: map[string]string{}}
		plans[i] = p.plan(s)
	}
	return plans
}

// firstRID leaves room for what a new domain makes for itself, its domain
// controllers included.
const firstRID = 1104

type planner struct {
	DirectoryPlan
	source  *chance.Source
	now     time.Time
	domain  DomainSeed
	nextRID int
	dns     map[string]string // lower-case sAMAccountName to DN
}

func (p *planner) plan(s Seed) DirectoryPlan {
	d := p.domain
	p.DNSName, p.NetBIOS, p.Dialect, p.Build, p.Controllers = d.DNSName, d.NetBIOS, d.Dialect, d.Build, d.Controllers
	p.BaseDN = "DC=" + strings.ReplaceAll(d.DNSName, ".", ",DC=")
	p.Level = 3 + slices.Index(functionalLevels, d.FunctionalLevel)
	p.SID = d.SID
	if p.SID == "" {
		b := chance.Bytes(p.source.Stream("tenant", "domain-sid", strings.ToLower(d.DNSName)), 12)
		p.SID = fmt.Sprintf("S-1-5-21-%d-%d-%d", binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:]))
	}
	p.Head = d.Policy.headAttributes()
	for _, ou := range d.OUs {
		p.organizationalUnit(ou)
	}
	for _, g := range d.Groups {
		p.group(g)
	}
	for _, a := range d.ServiceAccounts {
		p.serviceAccount(a)
	}
	for _, a := range d.Accounts {
		p.person(a, UserSeed{})
	}
	for _, u := range s.Users {
		if u.OnPremises != nil && u.OnPremises.Domain == d.DNSName {
			p.person(*u.OnPremises, u)
		}
	}
	for _, pso := range d.PasswordSettings {
		p.passwordSettings(pso)
	}
	p.memberships(s)
	for _, a := range s.Agents {
		if found := s.domain(a.Domain); found != nil && found.DNSName == d.DNSName {
			a.Domain = d.DNSName
			p.Agents = append(p.Agents, a)
		}
	}
	return p.DirectoryPlan
}

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
	p.dns[strings.ToLower(g.Name)] = dn
	p.Entries = append(p.Entries, PlannedEntry{DN: dn, SID: p.sid(), Attributes: given(
		attribute("objectClass", "top", "group"), attribute("sAMAccountName", g.Name),
		attribute("groupType", strconv.Itoa(int(kind))), attribute("description", g.Description),
	)})
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
	for _, g := range a.Grants {
		for _, right := range expand(g.Rights) {
			on := p.BaseDN
			if g.On != "" && !rights[right].head {
				on = p.container(g.On)
			}
			p.Grants = append(p.Grants, Grant{On: on, Trustee: dn, SID: sid, Right: right, Deny: g.Deny})
		}
	}
}

// person plans a person's account; u is empty for those not synchronised.
func (p *planner) person(a AccountSeed, u UserSeed) {
	display := a.DisplayName
	fillIn(&display, a.SAMAccountName)
	dn := "CN=" + escapeRDN(display) + "," + p.container(a.OU)
	p.dns[strings.ToLower(a.SAMAccountName)] = dn
	account := &PlannedAccount{
		SAMAccountName: a.SAMAccountName, ConsistencyGUID: a.anchor(p.source), Password: a.Password, PasswordSet: p.now.Add(-a.PasswordAge),
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
	p.Entries = append(p.Entries, PlannedEntry{DN: dn, SID: p.sid(), Attributes: attributes, BlockInheritance: a.BlockInheritance, Account: account})
}

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

// fileTime is a time as 100 ns since 1601 (MS-DTYP 2.3.3).
func fileTime(t time.Time) string {
	return strconv.FormatInt((t.Unix()+11644473600)*10_000_000+int64(t.Nanosecond())/100, 10)
}

package tenant

import (
	"encoding/binary"
	"fmt"
	"slices"
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
	Settings    DomainSettingsSeed
	Protection  ProtectionSeed
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
	PasswordHash    secret.Text // of a password that is not known; then Password is empty
	PasswordSet     time.Time   // pwdLastSet
	MustChange      bool        // pwdLastSet is 0
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
	p.Protection = d.Protection
	p.BaseDN = "DC=" + strings.ReplaceAll(d.DNSName, ".", ",DC=")
	p.Level = 3 + slices.Index(functionalLevels, d.FunctionalLevel)
	p.SID = d.SID
	if p.SID == "" {
		b := chance.Bytes(p.source.Stream("tenant", "domain-sid", strings.ToLower(d.DNSName)), 12)
		p.SID = fmt.Sprintf("S-1-5-21-%d-%d-%d", binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:]))
	}
	p.Settings = d.Settings
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

package tenant

import (
	"time"

	"github.com/ssprlab/ssprlab/internal/secret"
)

// DomainSeed is an Active Directory domain.
type DomainSeed struct {
	DNSName          string               `strict:"required" json:"dnsName" doc:"such as corp.northlight.example"`
	NetBIOS          string               `strict:"required" json:"netbios" doc:"at most 15 characters"`
	FunctionalLevel  FunctionalLevel      `doc:"2016 when left out"`
	Dialect          Dialect              `doc:"whose answers the domain controllers give; windows-2022 when left out"`
	Build            string               `doc:"as the diagnostics show it, four hexadecimal digits"`
	SID              string               `json:"sid" doc:"S-1-5-21-…; drawn from the lab's seed when left out"`
	Policy           PasswordPolicySeed   `doc:"the domain's password and lockout policy; a fresh domain's when left out"`
	OUs              []OUSeed             `json:"ous" doc:"organizational units"`
	Groups           []DomainGroupSeed    `doc:"AD groups"`
	ServiceAccounts  []ServiceAccountSeed `doc:"accounts that agents bind as, and what they may do"`
	Accounts         []AccountSeed        `doc:"user accounts that are not synchronised"`
	PasswordSettings []PSOSeed            `doc:"fine-grained password policies"`
	Controllers      []ControllerSeed     `doc:"domain controllers, the PDC emulator first; one named DC1 when left out"`
	Settings         DomainSettingsSeed   `doc:"what no attribute of the directory holds; a fresh domain's when left out"`
	Protection       ProtectionSeed       `json:"passwordProtection" doc:"on-premises Microsoft Entra Password Protection; what it demands are the tenant's ban settings"`
}

// A FunctionalLevel is the domain's functional level.
type FunctionalLevel string

// functionalLevels in the order of msDS-Behavior-Version, from 3.
var functionalLevels = []FunctionalLevel{"2008", "2008R2", "2012", "2012R2", "2016"}

// A Dialect selects whose answers a domain controller gives.
type Dialect string

// The dialects.
const (
	Windows2016 Dialect = "windows-2016"
	Windows2022 Dialect = "windows-2022"
	Samba       Dialect = "samba"
)

// PasswordPolicySeed is the rules for passwords of a domain or of a
// fine-grained policy. Left-out fields keep the values of a fresh domain.
type PasswordPolicySeed struct {
	MinimumLength     int           `doc:"characters, 0 to 256"`
	Complexity        bool          `doc:"three of the five classes, and no names"`
	History           int           `doc:"remembered passwords, 0 to 1024"`
	MinimumAge        time.Duration `doc:"before a password may be changed again"`
	MaximumAge        time.Duration `doc:"before a password expires; 0: never"`
	LockoutThreshold  int           `doc:"wrong passwords, 0 to 65535; 0: never locks"`
	LockoutDuration   time.Duration `doc:"0: until an administrator unlocks"`
	LockoutWindow     time.Duration `doc:"after which wrong passwords are forgotten"`
	ReversibleEncrypt bool          `json:"reversibleEncryption" doc:"keep clear text"`
}

// FreshPolicy is the default policy of a fresh Windows domain (reference 5.1 of
// Active Directory: the Default Domain Policy as dcpromo leaves it).
func FreshPolicy() PasswordPolicySeed {
	return PasswordPolicySeed{
		MinimumLength: 7, Complexity: true, History: 24, MinimumAge: 24 * time.Hour, MaximumAge: 42 * 24 * time.Hour,
		LockoutDuration: 30 * time.Minute, LockoutWindow: 30 * time.Minute,
	}
}

// SetDefaults makes a policy that of a fresh domain.
func (p *PasswordPolicySeed) SetDefaults() { *p = FreshPolicy() }

// SetDefaults makes a domain a fresh one of today.
func (d *DomainSeed) SetDefaults() {
	*d = DomainSeed{FunctionalLevel: "2016", Dialect: Windows2022, Policy: FreshPolicy(), Settings: FreshSettings()}
}

// SetDefaults makes a group a global one.
func (g *DomainGroupSeed) SetDefaults() { g.Scope = GlobalGroup }

// OUSeed is an organizational unit.
type OUSeed struct {
	Path             string `strict:"required" doc:"from the domain down, as Staff/Sales"`
	Description      string
	BlockInheritance bool `doc:"permissions granted above do not arrive here"`
}

// A GroupScope is the scope of an AD group.
type GroupScope string

// The scopes of a group.
const (
	GlobalGroup      GroupScope = "global"
	DomainLocalGroup GroupScope = "domainLocal"
	UniversalGroup   GroupScope = "universal"
)

// DomainGroupSeed is an AD group.
type DomainGroupSeed struct {
	Name         string     `strict:"required" doc:"cn and sAMAccountName"`
	OU           string     `json:"ou" doc:"CN=Users when left out"`
	Scope        GroupScope `doc:"global when left out"`
	Distribution bool       `doc:"no security group"`
	Description  string
	Attributes   Attributes  `doc:"further attributes and their values, by LDAP display name"`
	Members      []string    `doc:"sAMAccountNames of accounts and groups"`
	MemberOf     []string    `doc:"sAMAccountNames of groups, built-in ones included"`
	Grants       []GrantSeed `doc:"what the members may do, or, with deny, may not"`
}

// ServiceAccountSeed is an account that an agent binds as.
type ServiceAccountSeed struct {
	Name     string      `strict:"required" doc:"sAMAccountName, at most 20 characters"`
	OU       string      `json:"ou" doc:"CN=Users when left out"`
	Password secret.Text `strict:"required"`
	Groups   []string    `doc:"AD groups, by sAMAccountName"`
	Grants   []GrantSeed `doc:"what the account may do"`
}

// GrantSeed gives an account or group rights over user objects and containers.
type GrantSeed struct {
	Rights []Right `strict:"required" doc:"writeback means what Set-ADSyncPasswordWritebackPermissions grants"`
	On     string  `doc:"organizational unit, as Staff/Sales; the whole domain when left out"`
	Deny   bool    `doc:"deny instead of allow"`
}

// PSOSeed is a fine-grained password policy.
type PSOSeed struct {
	Name       string `strict:"required"`
	Precedence int    `strict:"required" doc:"from 1; the lowest wins"`
	PasswordPolicySeed
	AppliesTo []string `doc:"sAMAccountNames of accounts and global groups"`
}

// ControllerSeed is a domain controller.
type ControllerSeed struct {
	Name           string `strict:"required" doc:"at most 15 characters"`
	Site           string `doc:"Default-First-Site-Name when left out"`
	ReadOnly       bool   `doc:"a read-only domain controller; the first of a domain is writable"`
	RequireSigning bool   `doc:"no password in clear without TLS (LDAPServerIntegrity 2)"`
	LDAPListen     string `json:"ldapListen" doc:"HOST:PORT where portal and fakead serve it; any port when left out. The first of the first domain is served where --ldap-listen says"`
	LDAPSListen    string `json:"ldapsListen" doc:"the same over TLS"`
	GCListen       string `json:"gcListen" doc:"HOST:PORT of its global catalogue; any port when left out and --gc-listen is given"`
	GCSListen      string `json:"gcsListen" doc:"the same over TLS"`
	// NoGlobalCatalog is named after the parameter of Install-ADDSDomainController.
	NoGlobalCatalog bool `json:"noGlobalCatalog" doc:"no global catalogue server, until options of its NTDS settings say so"`
}

// Listeners are the addresses that a seed gives a domain controller, by key.
func (c ControllerSeed) Listeners() map[string]string {
	return map[string]string{"ldapListen": c.LDAPListen, "ldapsListen": c.LDAPSListen, "gcListen": c.GCListen, "gcsListen": c.GCSListen}
}

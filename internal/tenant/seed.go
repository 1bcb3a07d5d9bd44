package tenant

import (
	"time"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// A Seed is a whole lab as one file describes it: tenant, people, domains,
// agents and devices. [ParseSeed] reads and checks it; its JSON Schema is
// [SeedSchema]. Where a field names a user, the UPN is meant; where it names a
// group, the name.
type Seed struct {
	Tenant         TenantSeed        `strict:"required" doc:"the Entra tenant: every setting may be given, what is left out has its documented default"`
	Groups         []GroupSeed       `doc:"cloud groups"`
	Users          []UserSeed        `doc:"people, cloud and hybrid"`
	HardwareTokens []TokenSeed       `doc:"hardware OATH tokens that the tenant knows"`
	Domains        []DomainSeed      `doc:"Active Directory domains"`
	Agents         []AgentSeed       `doc:"writeback agents between tenant and domains"`
	Workstations   []WorkstationSeed `doc:"domain-joined computers with cached credentials"`
	Mailboxes      []MailboxSeed     `doc:"mailboxes besides those of the users' addresses"`
}

// TenantSeed is the tenant: its ID and [policy.Settings] side by side.
type TenantSeed struct { //nolint:revive // Seed is the whole file; this is its key "tenant"
	ID string `doc:"GUID; drawn from the lab's seed when left out"`
	policy.Settings
}

// GroupSeed is a cloud group.
type GroupSeed struct {
	Name        string   `strict:"required" doc:"display name, by which everything else in the file refers to the group"`
	ID          string   `doc:"GUID; drawn from the lab's seed when left out"`
	Description string   `doc:"what the group is for"`
	Members     []string `doc:"UPNs of users and names of groups"`
}

// UserSeed is a person.
type UserSeed struct {
	UserPrincipalName string           `strict:"required" doc:"such as alice@northlight.example"`
	Note              string           `doc:"what this person is for, shown on the start page"`
	ID                string           `doc:"object ID, a GUID; drawn from the lab's seed when left out"`
	DisplayName       string           `doc:"given name and surname when left out"`
	GivenName         string           `doc:"first name"`
	Surname           string           `doc:"last name"`
	Mail              string           `doc:"primary e-mail address"`
	OtherMails        []string         `doc:"alternate e-mail addresses"`
	ProxyAddresses    []string         `doc:"all addresses, SMTP: before the primary and smtp: before the others"`
	MobilePhone       string           `doc:"+CC NUMBER[xEXT]"`
	OfficePhone       string           `doc:"+CC NUMBER[xEXT]"`
	UsageLocation     string           `doc:"ISO 3166 country code"`
	PreferredLanguage string           `doc:"language of mails and text messages to the person, BCP 47 such as ja or ar-SA; that of the page when left out"`
	Password          secret.Text      `doc:"password in the cloud, and on-premises unless another is given there"`
	PasswordAge       time.Duration    `doc:"how long ago it was set"`
	MustChange        bool             `doc:"temporary password: must be changed at the next sign-in"`
	PasswordPolicies  string           `doc:"such as DisablePasswordExpiration"`
	Disabled          bool             `doc:"sign-in blocked, on both sides"`
	Guest             policy.GuestKind `doc:"left out for members"`
	Hosting           policy.Hosting   `doc:"where the password is managed; passwordHashSync when onPremises is given, else cloud"`
	Roles             []string         `doc:"directory roles, by name or template ID"`
	Licences          []string         `doc:"products and service plans, by name (AAD_PREMIUM, SPE_E3 …) or ID"`
	DisabledPlans     []string         `doc:"service plans switched off inside the products, by name (AAD_PREMIUM) or ID"`
	Groups            []string         `doc:"cloud groups, by name"`
	Registered        time.Duration    `doc:"how long ago the person registered methods; left out: never, methods were filled in by an administrator"`
	Methods           MethodsSeed      `doc:"authentication methods on file"`
	OnPremises        *AccountSeed     `doc:"the AD account that the person is synchronised from"`
	Pass              *PassSeed        `json:"temporaryAccessPass" doc:"a Temporary Access Pass"`
}

// MethodsSeed is registered methods.
type MethodsSeed struct {
	AuthenticationPhone string         `doc:"+CC NUMBER[xEXT]"`
	AlternatePhone      string         `doc:"multi-factor sign-in only"`
	AuthenticationEmail string         `doc:"address for codes"`
	Apps                []AppSeed      `doc:"authenticator apps and OATH tokens, at most 5"`
	Questions           []QuestionSeed `doc:"answered security questions"`
}

// AppSeed is a registered authenticator app or OATH token.
type AppSeed struct {
	Kind      policy.AppKind `strict:"required"`
	Name      string         `doc:"shown to the person"`
	Push      bool           `doc:"can receive notifications"`
	Secret    secret.Text    `doc:"base32; drawn from the lab's seed when left out"`
	Period    time.Duration  `doc:"30s or 60s"`
	Algorithm OATHAlgorithm  `doc:"sha1 unless given"`
	Serial    string         `doc:"hardware tokens"`
	Inactive  bool           `doc:"a hardware token that was assigned and not activated"`
}

// QuestionSeed is an answered security question.
type QuestionSeed struct {
	Question string      `strict:"required" doc:"key of a predefined question, or the text of a custom one"`
	Answer   secret.Text `strict:"required"`
}

// PassSeed is a Temporary Access Pass.
type PassSeed struct {
	Pass     secret.Text   `strict:"required"`
	Start    time.Duration `doc:"from now; negative: it began so long ago; at once when left out"`
	Lifetime time.Duration `doc:"the policy's default when left out"`
	Once     bool
}

// AccountSeed is a user account in an AD domain.
type AccountSeed struct {
	Domain            string        `doc:"DNS or NetBIOS name; the only domain when left out"`
	SAMAccountName    string        `json:"samAccountName" doc:"the name before the @ when left out"`
	UserPrincipalName string        `doc:"the cloud's when left out"`
	OU                string        `json:"ou" doc:"organizational unit, as Staff/Sales; CN=Users when left out"`
	CommonName        string        `json:"cn" doc:"the name in the DN; the display name when left out"`
	DisplayName       string        `doc:"the cloud's when left out"`
	Attributes        Attributes    `doc:"further attributes and their values, by LDAP display name"`
	Groups            []string      `doc:"AD groups, by sAMAccountName"`
	Password          secret.Text   `doc:"the cloud's when left out"`
	PasswordHash      secret.Text   `doc:"sha256:HEX or bcrypt:$2b$… of a password that nobody has in clear: the directory learns it from the first right bind"`
	PasswordAge       time.Duration `doc:"how long ago it was set; as in the cloud when left out"`
	MustChange        bool          `doc:"must change at the next sign-in: pwdLastSet is 0"`
	NeverExpires      bool          `doc:"DONT_EXPIRE_PASSWORD"`
	CannotChange      bool          `doc:"Change Password denied to Everyone and SELF"`
	Disabled          bool          `doc:"ACCOUNTDISABLE"`
	Locked            bool          `doc:"locked out by wrong passwords just now"`
	Expires           time.Duration `doc:"accountExpires, from now; negative: it has passed"`
	AdminCount        bool          `doc:"was a member of a protected group once"`
	BlockInheritance  bool          `doc:"the account does not inherit permissions"`
	ConsistencyGUID   string        `json:"consistencyGuid" doc:"mS-DS-ConsistencyGuid; drawn from the lab's seed when left out"`
}

// Attributes are values of an object by LDAP display name, as text.
type Attributes map[string][]string

// An AgentKind says which product an agent is.
type AgentKind string

// The kinds of agent.
const (
	ConnectSync AgentKind = "connect-sync"
	CloudSync   AgentKind = "cloud-sync"
)

// AgentSeed is a writeback agent.
type AgentSeed struct {
	Name           string    `strict:"required" doc:"computer that it runs on"`
	Kind           AgentKind `strict:"required"`
	Domain         string    `strict:"required" doc:"DNS or NetBIOS name of the domain that it serves"`
	ServiceAccount string    `strict:"required" doc:"sAMAccountName of the account that it binds as"`
	Controller     string    `doc:"the domain controller that it writes to, by name; the first of the domain when left out"`
	Disabled       bool      `doc:"installed, and password writeback not switched on"`
	Version        string    `doc:"as the on-premises integration page shows it"`

	PasswordHashSync bool `doc:"brings the password hashes of the domain to the tenant, every two minutes; on when left out"`
}

// SetDefaults makes an agent synchronise password hashes.
func (a *AgentSeed) SetDefaults() { a.PasswordHashSync = true }

// WorkstationSeed is a domain-joined computer.
type WorkstationSeed struct {
	Name        string   `strict:"required"`
	Domain      string   `doc:"DNS or NetBIOS name; the only domain when left out"`
	Controller  string   `doc:"the domain controller that it signs people in at, by name; the first of the domain when left out"`
	CachedUsers []string `doc:"sAMAccountNames or UPNs whose password it remembers"`
}

// MailboxSeed is a mailbox of the lab.
type MailboxSeed struct {
	Address string `strict:"required"`
	Owner   string `doc:"UPN of the user whose mailbox it is"`
}

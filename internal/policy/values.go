package policy

import (
	"time"

	"github.com/ssprlab/ssprlab/internal/policy/branding"
)

// A Method is a way to prove who one is.
type Method string

// The methods of reference chapter 2.1 that self-service password reset knows.
// AppPush and AppCode of one registration count as one method, and so do
// MobileSMS and MobileCall of one number: see [Method.Family].
const (
	AppPush    Method = "appNotification"   // approve a notification in the authenticator app
	AppCode    Method = "appCode"           // authenticator app, third-party OATH app or hardware token
	Email      Method = "email"             // code to the authentication e-mail, else the alternate e-mail
	MobileSMS  Method = "mobileSMS"         // code by text message
	MobileCall Method = "mobileCall"        // call to the mobile phone, confirmed with #
	OfficeCall Method = "officePhone"       // call to the office phone, confirmed with #
	Questions  Method = "securityQuestions" // answers to registered questions
	// AlternateCall is a call to the alternate phone: a second factor at a sign-in
	// and never a gate of a reset, so it is none of [Methods].
	AlternateCall Method = "alternateCall"
)

// Methods lists all methods in the order in which the portal offers them.
var Methods = []Method{Email, MobileSMS, MobileCall, OfficeCall, Questions, AppPush, AppCode}

// Family names what counts as one method when gates are counted (2.2):
// "authenticator", "email", "mobilePhone", "officePhone", "alternatePhone" or
// "securityQuestions".
func (m Method) Family() string {
	switch m {
	case AppPush, AppCode:
		return "authenticator"
	case MobileSMS, MobileCall:
		return "mobilePhone"
	case OfficeCall:
		return "officePhone"
	case AlternateCall:
		return "alternatePhone"
	case Email:
		return "email"
	}
	return "securityQuestions"
}

// An Operation is what a person came for.
type Operation string

// The three operations of reference chapter 1.6.
const (
	Reset  Operation = "reset"
	Unlock Operation = "unlock"
	Change Operation = "change"
)

// A Code is an error code shown by the portal (reference chapter 1.5).
type Code string

// The codes of reference chapter 1.5.
const (
	CodeTenantDisabled       Code = "SSPR_0009" // TenantSSPRFlagDisabled
	CodeWritebackNotEnabled  Code = "SSPR_0010" // WritebackNotEnabled
	CodeNoPolicy             Code = "SSPR_0011" // SsprNotEnabledInUserPolicy
	CodeNotLicensed          Code = "SSPR_0012" // UserNotLicensed
	CodeNotInGroup           Code = "SSPR_0013" // UserNotMemberOfScopedAccessGroup
	CodeNotConfigured        Code = "SSPR_0014" // UserNotProperlyConfigured
	CodeOnPremisesAdmin      Code = "SSPR_0029" // OnPremisesAdminActionRequired
	CodeOnPremisesConnection Code = "SSPR_0030" // OnPremisesConnectivityError
)

// A Verdict is the outcome of one check.
type Verdict string

// The verdicts.
const (
	Passed  Verdict = "passed"
	Failed  Verdict = "failed"
	Skipped Verdict = "skipped" // the rule does not apply to this person
)

// A Check is one rule, asked once: a line of a decision record.
type Check struct {
	Name    string  `json:"name"`             // closed set, kebab case: "tenant-switch", "licence"
	Rule    string  `json:"rule"`             // what the rule demands, one sentence
	Source  string  `json:"source"`           // where the rule is documented: "howitworks; SSPR reference 1.4 #3b"
	Input   []Fact  `json:"input,omitempty"`  // what the rule looked at
	Verdict Verdict `json:"verdict"`          //
	Detail  string  `json:"detail,omitempty"` // why, in the terms of the input
	Remedy  string  `json:"remedy,omitempty"` // when failed: the smallest change that would make it pass
	Fixes   []Fix   `json:"fixes,omitempty"`  // the remedy for programs: all of them together make it pass
}

// A Fact is a named input of a check. Never a secret.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// An Offer says of one method whether a person may use it for a gate, and why.
type Offer struct {
	Method  Method `json:"method"`
	Offered bool   `json:"offered"`
	Target  string `json:"target,omitempty"`  // masked address or number
	Reason  string `json:"reason"`            // why offered or withheld: "registered and allowed", "already used for step 1"
	Warning string `json:"warning,omitempty"` // offered, but a code will not arrive, and why
}

// A Refusal is a "no" that the person in front of the portal is meant to see.
type Refusal struct {
	Code   Code   `json:"code,omitempty"`  // empty for conditions without a number
	Cause  string `json:"cause"`           // closed set: the Name of the failed check
	Remedy string `json:"remedy"`          // for the decision record: everything that lets the attempt pass
	Fixes  []Fix  `json:"fixes,omitempty"` // the remedy for programs; none when nothing can be changed
}

// An Admission is what the first page decides (1.4): the checks in their order
// up to the first failure, and, when all passed, gates and offers.
type Admission struct {
	Checks  []Check
	Refusal *Refusal // nil: admitted
	Admin   bool     // the administrator policy applies (4)
	Gates   int      // 1 or 2
	Offers  []Offer  // every method of the tenant, with its reason
}

// Hosting says where a person's password is managed.
type Hosting string

// The kinds of user of reference chapters 1.7 and 11.4.
const (
	CloudOnly    Hosting = "cloud"
	PasswordSync Hosting = "passwordHashSync" // synchronised, managed domain
	PassThrough  Hosting = "passThrough"      // synchronised, checked by pass-through agents
	Federated    Hosting = "federated"        // synchronised, domain federated
)

// OnPremises reports whether the password is managed on-premises.
func (h Hosting) OnPremises() bool { return h != CloudOnly && h != "" }

// A Person is what the rules need to know of a user.
type Person struct {
	ID                string // object ID, a GUID
	UserPrincipalName string
	Mail              string // primary SMTP address, "" without a mailbox
	DisplayName       string
	GivenName         string
	Surname           string
	PreferredLanguage string // BCP 47, "ja" or "ar-SA"; "" when the person has chosen none
	Guest             GuestKind
	Hosting           Hosting
	OnPremisesDomain  string   // DNS name of the AD domain, synced users
	Roles             []string // template IDs of directory roles held
	Groups            []string // IDs of groups, nested membership included
	ServicePlans      []string // IDs of enabled service plans and SKUs
	AccountEnabled    bool
	Contacts          Contacts
	Apps              []App  // authenticator apps and OATH tokens
	AssignedTokens    int    // hardware tokens that were assigned and are not activated: no proof yet
	QuestionCount     int    // registered security questions
	PasswordPolicies  string // "DisablePasswordExpiration", …
	RegisteredAt      time.Time
	ReconfirmedAt     time.Time
	ContactsSetAt     time.Time // when contact data was last written, by the person, an administrator or the synchronisation
	Campaign          CampaignHistory
	Passkeys          int // FIDO2 keys; never a gate
}

// Language is the language in which p is written to: the person's own, else that
// of the request.
func (p Person) Language(locale string) string {
	if p.PreferredLanguage != "" {
		return p.PreferredLanguage
	}
	return locale
}

// CampaignHistory is how a person answered the registration campaign.
type CampaignHistory struct {
	Snoozes   int
	SnoozedAt time.Time
}

// A GuestKind says which case of reference chapter 11.4 a guest is.
type GuestKind string

// The guests of reference chapter 11.4; Member is no guest.
const (
	Member          GuestKind = ""
	PartnerGuest    GuestKind = "partnerTenant"
	SelfServiceUser GuestKind = "selfServiceSignUp"
	InvitedGuest    GuestKind = "invited"
	PersonalAccount GuestKind = "personalMicrosoftAccount"
)

// Contacts is what the rules know of addresses and numbers. Phones have the
// form "+CC NUMBER[xEXT]" (2.5). Empty means none on file.
type Contacts struct {
	AuthenticationPhone string
	MobilePhone         string // directory attribute, used when AuthenticationPhone is empty
	OfficePhone         string
	AlternatePhone      string // multi-factor sign-in only, never a gate
	AuthenticationEmail string
	AlternateEmails     []string // otherMails, used when AuthenticationEmail is empty
}

// An App is a registered authenticator app or OATH token.
type App struct {
	ID   string
	Kind AppKind
	Push bool // can receive notifications
}

// An AppKind tells apps and tokens apart (2.1).
type AppKind string

// The kinds of App.
const (
	MicrosoftAuthenticator AppKind = "microsoftAuthenticator"
	SoftwareOATH           AppKind = "softwareOath"
	HardwareOATH           AppKind = "hardwareOath"
)

// Settings is what the rules need to know of a tenant.
type Settings struct {
	TenantName     string // display name, in mails and the banned-password check
	InitialDomain  string // "contoso.onmicrosoft.example"
	CustomDomains  []string
	SyncEnabled    bool      // Connect or Cloud Sync synchronises identities
	TrialStarted   time.Time // zero: not a trial tenant
	Paid           bool      // false: free tenant, no voice calls for administrators
	Education      bool      // no complexity rule (6.2)
	AlternateLogin bool      // e-mail as alternate login ID (2.5)

	Reset        ResetSettings
	Methods      MethodsPolicy
	Admins       AdminSettings
	Ban          BanSettings
	Lockout      LockoutSettings
	Throttle     ThrottleSettings
	Licences     LicenceEnforcement
	Telecom      TelecomProvider
	Registration RegistrationSettings
	Notify       NotifySettings
	Helpdesk     HelpdeskSettings
	Expiry       ExpirySettings
	HashSync     HashSyncSettings
	TAP          TAPSettings
	SignIn       SignInSettings
	Branding     branding.Branding
}

// ResetSettings is the password-reset blade.
type ResetSettings struct {
	Scope        Scope
	GroupID      string   // Scope Selected: the one group
	Gates        int      // methods required to reset, 1 or 2
	Methods      []Method // the legacy policy; AppPush, AppCode, Email, MobileSMS (also calls), OfficeCall, Questions
	Questions    QuestionSettings
	Writeback    bool // "write back passwords": the cloud toggle
	CloudSync    bool // "write back with cloud sync"
	AllowUnlock  bool // unlock without reset
	SkipRobot    bool // a lab setting: no robot check
	SessionLife  time.Duration
	CodeLife     time.Duration
	NumberMatch  bool // pushes show a number
	AllowGuests  bool
	MinimumDelay time.Duration // pad answers of the first page to this duration
}

// A Scope is the "self service password reset enabled" switch.
type Scope string

// The scopes.
const (
	ScopeNone     Scope = "none"
	ScopeSelected Scope = "selected"
	ScopeAll      Scope = "all"
)

// QuestionSettings is reference chapter 3.
type QuestionSettings struct {
	ToRegister int      // 3 to 5
	ToReset    int      // 3 to 5, at most ToRegister
	Predefined []string // keys of 3.1
	Custom     []string // at most 20, 3 to 200 characters each
	Exact      bool     // compare answers exactly; default: folded
}

// Migration is policyMigrationState (2.4).
type Migration string

// The migration states.
const (
	PreMigration        Migration = "preMigration"
	MigrationInProgress Migration = "migrationInProgress"
	MigrationComplete   Migration = "migrationComplete"
)

// MethodsPolicy is the Authentication methods policy, as far as reset asks it.
type MethodsPolicy struct {
	Migration Migration
	// RollbackReason is why a completed migration was rolled back; forgotten when
	// it is completed again.
	RollbackReason string
	Configs        map[string]MethodConfig // by ID: Email, Sms, Voice, MicrosoftAuthenticator, SoftwareOath, HardwareOath, TemporaryAccessPass
	ChangedAt      time.Time               // when this policy or the methods of the password reset blade last changed
	Propagation    time.Duration           // until combined registration knows of the change, up to 2 h
	Before         MethodsBefore           // what it goes by until then
}

// MethodsBefore is the methods that combined registration goes by while a change
// of them is on its way.
type MethodsBefore struct {
	Migration Migration
	Configs   map[string]MethodConfig
	Reset     []Method // of the password reset blade
}

// MethodConfig is one authenticationMethodConfiguration (12.6).
type MethodConfig struct {
	Enabled       bool
	Include       []string // group IDs, or "all_users"
	Exclude       []string
	Mode          string // MicrosoftAuthenticator: any, push, deviceBasedPush
	SoftwareOATH  bool   // MicrosoftAuthenticator: codes allowed
	OfficeAllowed bool   // Voice: office phones allowed
}

// AdminSettings is reference chapter 4.
type AdminSettings struct {
	AllowedToUseSSPR bool
	ChangedAt        time.Time     // when AllowedToUseSSPR last changed
	Propagation      time.Duration // until the change counts, up to 60 min
	ShortRoleList    bool          // the 27 roles instead of the long table
	TrialLoses       bool          // admin.trialWins = false
}

// BanSettings is Password Protection (7).
type BanSettings struct {
	EnforceCustom    bool
	Custom           []string // at most 1000 terms of 4 to 16 characters
	Global           []string // nil: the built-in list
	GlobalList       *BanList `json:"-" yaml:"-"` // Global compiled, for long lists; wins over Global when set
	CustomList       *BanList `json:"-" yaml:"-"` // Custom compiled; wins over Custom when set
	ReplaceWindows   bool     // ban.fuzzy = whole+replace-windows
	OnPremises       bool
	Enforce          bool          // on-premises mode Enforce instead of Audit
	ReasonObserved   bool          // audit.fuzzyReason: the observed spelling
	AuditNamePattern bool          // dcagent.auditUserNameIds: 10024 and 10025 by pattern instead of 10016 and 10017 as printed
	ChangedAt        time.Time     // when the custom list or its switch last changed
	Propagation      time.Duration // until the change counts, several hours in the real service
	Before           CustomBefore  // what counts until then
}

// CustomBefore is the custom list that counts while a change of it is on its way.
type CustomBefore struct {
	Enforce bool
	Terms   []string
	List    *BanList `json:"-" yaml:"-"` // Terms compiled
}

// LockoutSettings is smart lockout (6.3). [LockoutFor] says for whom they count.
type LockoutSettings struct {
	Threshold int
	Duration  time.Duration
	Cap       time.Duration // of the doubled durations
}

// ThrottleSettings selects the rules of 6.4.
type ThrottleSettings struct {
	TroubleshootRules bool // the tshoot column
	FAQRules          bool // the faq column
	Block             time.Duration
}

// LicenceEnforcement is licence.enforcement.
type LicenceEnforcement string

// The two enforcements of reference chapter 10.
const (
	LicencesStrict  LicenceEnforcement = "strict"
	LicencesLenient LicenceEnforcement = "lenient"
)

// TelecomProvider is telecom.provider (2.6).
type TelecomProvider string

// The providers.
const (
	TelecomMicrosoft TelecomProvider = "microsoft"
	TelecomCustomer  TelecomProvider = "customer"
	TelecomRetired   TelecomProvider = "retired"
)

// RegistrationSettings is reference chapter 5.3.
type RegistrationSettings struct {
	Require       bool
	ReconfirmDays int // 0 to 730, 0 never
	Campaign      CampaignSettings
	Access        []AccessPolicy // Conditional Access on "register security information"
	// Legacy is the registration of a tenant from before combined registration:
	// a page for password reset alone. It cannot register authenticator apps,
	// tokens and alternate phones, knows no campaign, and Conditional Access on
	// "register security information" does not reach it.
	Legacy bool
	// AdminTokensOnly is the original preview of hardware OATH tokens: people
	// cannot take one of the inventory themselves.
	AdminTokensOnly bool
}

// SignInSettings is Conditional Access for sign-ins to every resource. Without a
// policy, a password is enough.
type SignInSettings struct {
	Access []AccessPolicy
	// TrustedLocations are the IP ranges of the named locations that are marked as
	// trusted, as "192.0.2.0/24" or "2001:db8::/32".
	TrustedLocations []string
}

// CampaignSettings is the registration campaign (reference 5.4).
type CampaignSettings struct {
	State       CampaignState
	SnoozeDays  int      // 0 to 14; 0 asks at every multi-factor sign-in
	NeverForced bool     // enforceRegistrationAfterAllowedSnoozes = false
	Include     []string // group IDs, or "all_users"
	Exclude     []string
}

// CampaignState is the state of the registration campaign.
type CampaignState string

// The states of a campaign.
const (
	CampaignDefault  CampaignState = "default" // Microsoft managed: on for users of texts and calls
	CampaignEnabled  CampaignState = "enabled"
	CampaignDisabled CampaignState = "disabled"
)

// AccessPolicy is a Conditional Access policy for the user action "register
// security information" (reference 5.5).
type AccessPolicy struct {
	Name          string
	State         AccessState
	IncludeUsers  []string // person IDs, or "All"
	IncludeGroups []string
	ExcludeUsers  []string // a break-glass account, for example
	ExcludeGroups []string
	IncludeGuests bool // guests as such; "All" includes them too
	ExcludeGuests bool
	ExceptTrusted bool // any location except trusted ones
	RequireMFA    bool // grant after multi-factor authentication; a Temporary Access Pass satisfies it
	Block         bool // no grant at all
}

// AccessState is the state of a Conditional Access policy.
type AccessState string

// The states of an AccessPolicy.
const (
	AccessEnabled    AccessState = "enabled"
	AccessReportOnly AccessState = "enabledForReportingButNotEnforced"
	AccessDisabled   AccessState = "disabled"
)

// TAPSettings is the Temporary Access Pass policy (reference 5.6).
type TAPSettings struct {
	MinLifetime     time.Duration // 10 to 43,200 minutes, like the others
	MaxLifetime     time.Duration
	DefaultLifetime time.Duration
	OneTime         bool // every pass is for one time
	Length          int  // 8 to 48 characters
}

// NotifySettings is reference chapter 11.1.
type NotifySettings struct {
	Users     bool
	Admins    bool
	AllAdmins bool // notify.adminAudience: all other administrators (2023) instead of Global Administrators
	Cloud     Cloud
}

// A Cloud is the national cloud a tenant lives in; it decides the senders of mails.
type Cloud string

// The clouds. The zero value is the public one.
const (
	PublicCloud       Cloud = ""
	ChinaCloud        Cloud = "china"
	USGovernmentCloud Cloud = "usGovernment"
)

// HelpdeskSettings is "contact your administrator" (11.2).
type HelpdeskSettings struct {
	Customised bool
	Link       string // e-mail address or URL
	OldOrder   bool   // notify.contactOrder: Password, User, Global, as older texts have it
}

// HashSyncSettings is what the tenant makes of synchronised passwords (8.11).
type HashSyncSettings struct {
	// ForceChange is userForcePasswordChangeOnLogonEnabled: temporary passwords
	// are synchronised, too, and have to be changed in the cloud as well.
	ForceChange bool
}

// ExpirySettings is the cloud's password expiry (6.2): of every domain, but for
// those that have their own.
type ExpirySettings struct {
	Domains          map[string]DomainExpiry // by DNS name of the user name
	ValidityDays     int                     // 0: never
	NotificationDays int
	EnforceForSynced bool // cloudPasswordPolicyForPasswordSyncedUsersEnabled
}

// DomainExpiry is passwordValidityPeriodInDays and
// passwordNotificationWindowInDays of one domain.
type DomainExpiry struct {
	ValidityDays     int // 0: never
	NotificationDays int
}

// WritebackStatus is what the on-premises integration page shows (8.9).
type WritebackStatus string

// The statuses that matter to the checks.
const (
	WritebackRunning       WritebackStatus = "running"
	WritebackNotConfigured WritebackStatus = "not-configured"
	WritebackUnreachable   WritebackStatus = "unreachable"
)

package tenant

import (
	"strings"
	"time"

	"github.com/ssprlab/ssprlab/internal/policy"
)

// A User is one account of the tenant. It is plain data: a copy of what the
// [Store] holds, so changing it changes nothing.
type User struct {
	ID                string // GUID, lower case
	UserPrincipalName string
	DisplayName       string
	GivenName         string
	Surname           string
	Mail              string
	OtherMails        []string // alternate e-mails
	ProxyAddresses    []string // "SMTP:" the primary, "smtp:" the others
	MobilePhone       string   // "+CC NUMBER[xEXT]"
	BusinessPhones    []string // at most one: the office phone
	UsageLocation     string   // ISO 3166 country code
	PreferredLanguage string   // BCP 47
	Note              string   // of a seed: what this person is for

	Guest            policy.GuestKind
	Hosting          policy.Hosting
	OnPremises       OnPremises // zero for cloud-only users
	AccountEnabled   bool
	Roles            []string // template IDs
	Licences         []string // IDs of SKUs and service plans
	DisabledPlans    []string // IDs of service plans switched off inside the products
	PasswordPolicies string   // "DisablePasswordExpiration", "DisableStrongPassword", joined by ", "

	Credential              Credential
	MustChangePassword      bool      // temporary password
	LastPasswordChange      time.Time // zero: never set
	SignInSessionsValidFrom time.Time // tokens issued before are revoked
	Created                 time.Time

	Methods       Methods
	RegisteredAt  time.Time // zero: never registered
	ReconfirmedAt time.Time
	ContactsSetAt time.Time              // when contact data was last written, by whomever; of a seed: when the lab began
	Lockout       policy.LockoutState    // smart lockout
	Habits        policy.Habits          // of signing in
	Campaign      policy.CampaignHistory // of the registration campaign
	Passkeys      int                    // FIDO2 keys
	Throttle      policy.Counters
}

// OnPremises links a synchronised user to an account of an AD domain.
type OnPremises struct {
	Domain             string // DNS name
	NetBIOS            string
	SAMAccountName     string `json:"samAccountName"`
	UserPrincipalName  string
	DistinguishedName  string
	ImmutableID        string // base64 of the 16 octets of mS-DS-ConsistencyGuid
	SecurityIdentifier string
	LastSync           time.Time
}

// Synced reports whether the user comes from an AD domain.
func (u User) Synced() bool { return u.Hosting.OnPremises() }

// OfficePhone returns businessPhones[0], or "".
func (u User) OfficePhone() string {
	if len(u.BusinessPhones) == 0 {
		return ""
	}
	return u.BusinessPhones[0]
}

// addresses lists every mail address of the user, lower case.
func (u User) addresses() []string {
	var all []string
	if u.Mail != "" {
		all = append(all, strings.ToLower(u.Mail))
	}
	for _, a := range u.ProxyAddresses {
		if kind, address, ok := strings.Cut(a, ":"); ok && strings.EqualFold(kind, "smtp") {
			all = append(all, strings.ToLower(address))
		}
	}
	return all
}

// person is the snapshot that rules work on. groups is the transitive list.
func (u User) person(groups []string) policy.Person {
	return policy.Person{
		ID: u.ID, UserPrincipalName: u.UserPrincipalName, Mail: u.Mail, DisplayName: u.DisplayName,
		GivenName: u.GivenName, Surname: u.Surname, PreferredLanguage: u.PreferredLanguage,
		Guest: u.Guest, Hosting: u.Hosting, OnPremisesDomain: u.OnPremises.Domain,
		Roles: u.Roles, Groups: groups, ServicePlans: plansOf(u.Licences, u.DisabledPlans),
		AccountEnabled: u.AccountEnabled,
		Contacts: policy.Contacts{
			AuthenticationPhone: u.Methods.AuthenticationPhone, MobilePhone: u.MobilePhone,
			OfficePhone: u.OfficePhone(), AlternatePhone: u.Methods.AlternatePhone,
			AuthenticationEmail: u.Methods.AuthenticationEmail, AlternateEmails: u.OtherMails,
		},
		Apps: u.Methods.policyApps(), AssignedTokens: u.Methods.assignedTokens(), QuestionCount: len(u.Methods.Questions),
		PasswordPolicies: u.PasswordPolicies, RegisteredAt: u.RegisteredAt, ReconfirmedAt: u.ReconfirmedAt, ContactsSetAt: u.ContactsSetAt,
		Campaign: u.Campaign, Passkeys: u.Passkeys,
	}
}

package tenant

import (
	"context"
	"slices"
	"time"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// A UserEdit is what the control API lets change of a user. Roles and licences
// may be given by name; groups are direct memberships by name.
type UserEdit struct {
	UserPrincipalName       string
	DisplayName             string
	GivenName               string
	Surname                 string
	Mail                    string
	OtherMails              []string
	ProxyAddresses          []string
	MobilePhone             string
	BusinessPhones          []string
	UsageLocation           string
	PreferredLanguage       string
	Note                    string
	AccountEnabled          bool
	Guest                   policy.GuestKind
	Hosting                 policy.Hosting
	OnPremises              OnPremises
	Roles                   []string
	Licences                []string
	DisabledPlans           []string
	Groups                  []string
	PasswordPolicies        string
	Password                secret.Text // the cloud's, write-only
	MustChangePassword      bool
	LastPasswordChange      time.Time
	SignInSessionsValidFrom time.Time
	AuthenticationPhone     string
	AlternatePhone          string
	AuthenticationEmail     string
	RegisteredAt            time.Time
	ReconfirmedAt           time.Time
	ContactsSetAt           time.Time
	Lockout                 policy.LockoutState
	Campaign                policy.CampaignHistory
	Passkeys                int
	Throttle                policy.Counters
}

// A UserView is a user as the control API shows it: no secret in it.
type UserView struct {
	ID string
	UserEdit
	Synced      bool
	HasPassword bool
	AllGroups   []string // nested ones included, by name
	Apps        []AppView
	Questions   []string // keys or texts, without answers
	AccessPass  *PassView
	Created     time.Time
}

// An AppView is a registered app without its secret.
type AppView struct {
	ID      string
	Name    string
	Kind    policy.AppKind
	Push    bool
	Codes   bool
	Serial  string
	Maker   string
	Model   string
	Active  bool
	Created time.Time
}

// A PassView is a Temporary Access Pass without the pass.
type PassView struct {
	ID       string
	Start    time.Time
	Lifetime time.Duration
	Once     bool
	Usable   bool
	Reason   policy.TAPUsability
	Created  time.Time
}

// UserJSON is a user, found by ID or UPN, as the control API shows it. Error
// reset.ErrNoSuchPerson.
func (s *Store) UserJSON(_ context.Context, idOrUPN string) ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	u, err := s.find(idOrUPN)
	if err != nil {
		return nil, err
	}
	return codec().JSON(s.view(u))
}

// UsersJSON is the list of all users, by UPN.
func (s *Store) UsersJSON(ctx context.Context) ([]byte, error) {
	users, err := s.Users(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	views := make([]UserView, len(users))
	for i, u := range users {
		views[i] = s.view(&u)
	}
	return codec().JSON(views)
}

func (s *Store) edit(u *User) UserEdit {
	own := clone(*u)
	e := UserEdit{
		UserPrincipalName: own.UserPrincipalName, DisplayName: own.DisplayName, GivenName: own.GivenName, Surname: own.Surname,
		Mail: own.Mail, OtherMails: own.OtherMails, ProxyAddresses: own.ProxyAddresses, MobilePhone: own.MobilePhone, BusinessPhones: own.BusinessPhones,
		UsageLocation: own.UsageLocation, PreferredLanguage: own.PreferredLanguage, Note: own.Note, AccountEnabled: own.AccountEnabled, Guest: own.Guest, Hosting: own.Hosting, OnPremises: own.OnPremises,
		PasswordPolicies: own.PasswordPolicies, MustChangePassword: own.MustChangePassword, LastPasswordChange: own.LastPasswordChange,
		SignInSessionsValidFrom: own.SignInSessionsValidFrom, AuthenticationPhone: own.Methods.AuthenticationPhone,
		AlternatePhone: own.Methods.AlternatePhone, AuthenticationEmail: own.Methods.AuthenticationEmail,
		RegisteredAt: own.RegisteredAt, ReconfirmedAt: own.ReconfirmedAt, ContactsSetAt: own.ContactsSetAt, Lockout: own.Lockout, Throttle: own.Throttle, Campaign: own.Campaign, Passkeys: own.Passkeys,
	}
	for _, r := range own.Roles {
		e.Roles = append(e.Roles, RoleName(r))
	}
	for _, l := range own.Licences {
		e.Licences = append(e.Licences, LicenceName(l))
	}
	for _, l := range own.DisabledPlans {
		e.DisabledPlans = append(e.DisabledPlans, LicenceName(l))
	}
	e.Groups = s.groupNames(s.up[own.ID])
	return e
}

// groupNames turns IDs into names, sorted.
func (s *Store) groupNames(ids []string) []string {
	names := make([]string, 0, len(ids))
	for _, id := range ids {
		names = append(names, s.groups[id].Name)
	}
	slices.Sort(names)
	return names
}

func (s *Store) view(u *User) UserView {
	v := UserView{
		ID: u.ID, UserEdit: s.edit(u), Synced: u.Synced(), HasPassword: !u.Credential.Empty(),
		AllGroups: s.groupNames(transitive(s.up, u.ID)), Created: u.Created,
	}
	v.Lockout.Bad = nil // hashes of what people mistyped are nobody's business
	for _, a := range u.Methods.Apps {
		v.Apps = append(v.Apps, AppView{ID: a.ID, Name: a.Name, Kind: a.Kind, Push: a.Push, Codes: !a.OATH.Secret.Empty(), Serial: a.Serial, Maker: a.Maker, Model: a.Model, Active: !a.Inactive, Created: a.Created})
	}
	for _, q := range u.Methods.Questions {
		v.Questions = append(v.Questions, q.Question)
	}
	if p := u.Methods.Pass; p != nil {
		why := p.Usability(s.settings, s.person(u), s.now())
		v.AccessPass = &PassView{
			ID: p.ID, Start: p.Start, Lifetime: p.Lifetime, Once: p.Once, Usable: why == policy.TAPEnabled, Reason: why, Created: p.Created,
		}
	}
	return v
}

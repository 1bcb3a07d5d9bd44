package rig

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/device"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/registration"
	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/signin"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// openSignIn makes the services of signed-in people. It comes after the reset,
// whose proofs it shares.
func (l *Lab) openSignIn(context.Context) error {
	decoy, err := tenant.NewCredential(secret.New("nobody's password"), l.Chance.Stream("decoy"))
	if err != nil {
		return fmt.Errorf("making the password of nobody: %w", err)
	}
	accounts := signInAccounts{l.Tenant, decoy, l.anybody()}
	l.SignIn = &signin.Service{
		Sessions: signin.NewMemorySessions(), Accounts: accounts, Credentials: accounts, Registration: accounts,
		Habits: accounts, Proofs: l.Reset.Proofs, Journal: l.Journal, Now: l.Clock.Now, NewID: l.newID,
	}
	binder, err := l.binder(l.LDAPSURL)
	if err != nil {
		return err
	}
	if binder != nil {
		l.SignIn.Directory = passThrough{binder}
	}
	l.Reset.Current = l.SignIn
	l.Registration = &registration.Service{
		People: registrationPeople{l.Tenant}, Apps: registrationApps{l.Tenant}, Tokens: registrationTokens{l.Tenant}, Data: registrationData{l.Tenant},
		Drafts: registration.NewMemoryDrafts(), Proofs: l.Reset.Proofs, Journal: l.Journal, Now: l.Clock.Now,
	}
	return nil
}

// anybody is the ID of somebody in the tenant, "" in one without people.
func (l *Lab) anybody() string {
	for _, u := range l.Config.Seed.Users {
		if found, err := l.Tenant.FindPerson(context.Background(), u.UserPrincipalName); err == nil {
			return found.ID
		}
	}
	return ""
}

// binder asks the domain controller at url whether a password is right; nil in a
// lab without a directory.
func (l *Lab) binder(url string) (device.Binder, error) {
	trust := &tls.Config{RootCAs: l.authority.pool(), MinVersion: tls.VersionTLS12}
	if f := l.Config.Foreign; f != nil {
		pool, err := rootsOf(f.CA)
		if err != nil {
			return nil, err
		}
		url, trust.RootCAs = f.URLs[0], pool
	}
	if url == "" {
		return nil, nil //nolint:nilnil // a lab without a directory is an ordinary lab
	}
	return &device.LDAPBinder{URL: url, Dial: l.Config.Network.DialContext, TLS: trust}, nil
}

// passThrough is the pass-through authentication agent.
type passThrough struct{ device.Binder }

func (p passThrough) Check(ctx context.Context, upn string, password secret.Text) (string, error) {
	_, err := p.Bind(ctx, upn, password)
	if refused, ok := errors.AsType[*device.BindRefusal](err); ok {
		if refused.SubCode == "" {
			return "unknown", nil
		}
		return refused.SubCode, nil
	}
	return "", err
}

// signInAccounts is the tenant as sign-in sees it. For names that nobody has it
// looks at somebody, so that they take as long as names that somebody has.
type signInAccounts struct {
	*tenant.Store
	decoy   tenant.Credential
	anybody string // ID of the one who is looked at
}

func (a signInAccounts) Find(ctx context.Context, userID string) (signin.Account, error) {
	p, err := a.FindPerson(ctx, userID)
	if err != nil {
		_, _ = a.Person(ctx, a.anybody) // what FindPerson would have read
		_, _ = a.Account(ctx, a.anybody)
		return signin.Account{}, noAccount(err)
	}
	return a.Account(ctx, p.ID)
}

func (a signInAccounts) Account(ctx context.Context, id string) (signin.Account, error) {
	u, err := a.User(ctx, id)
	if err != nil {
		return signin.Account{}, noAccount(err)
	}
	p, err := a.Person(ctx, u.ID)
	if err != nil {
		return signin.Account{}, noAccount(err)
	}
	account := signin.Account{
		Person: p, NoPassword: u.Credential.Empty(), MustChange: u.MustChangePassword, PasswordChanged: u.LastPasswordChange, ValidFrom: u.SignInSessionsValidFrom,
		Lockout: u.Lockout, DefaultFactor: u.Methods.DefaultSignIn,
	}
	if pass := u.Methods.Pass; pass != nil {
		account.PassEnds = pass.Ends()
	}
	return account, nil
}

func noAccount(err error) error {
	if errors.Is(err, reset.ErrNoSuchPerson) {
		return signin.ErrNoSuchAccount
	}
	return err
}

// Matches checks nobody's password for the empty ID, so that a name that nobody
// has takes as long as one that somebody has.
func (a signInAccounts) Matches(ctx context.Context, id string, candidate secret.Text) (bool, error) {
	if id == "" {
		_ = a.decoy.Matches(candidate)
		return false, nil
	}
	return a.Store.Matches(ctx, id, candidate)
}

func (a signInAccounts) UpdateLockout(ctx context.Context, id string, change func(policy.LockoutState) policy.LockoutState) error {
	if id == "" {
		_, _ = a.UpdateUser(ctx, a.anybody, func(*tenant.User) error { return nil }) // nothing changes
		return nil
	}
	_, err := a.UpdateUser(ctx, id, func(u *tenant.User) error {
		u.Lockout = change(u.Lockout)
		return nil
	})
	return err
}

func (a signInAccounts) Habits(ctx context.Context, id string) (policy.Habits, error) {
	if id == "" {
		_, _ = a.User(ctx, a.anybody)
		return policy.Habits{}, nil
	}
	u, err := a.User(ctx, id)
	return u.Habits, err
}

func (a signInAccounts) Confirmed(ctx context.Context, id string, now time.Time) error {
	return a.MarkRegistered(ctx, id, now)
}

func (a signInAccounts) Snoozed(ctx context.Context, id string, now time.Time) error {
	_, err := a.UpdateUser(ctx, id, func(u *tenant.User) error {
		u.Campaign = u.Campaign.Snoozed(now)
		return nil
	})
	return err
}

// registrationPeople, registrationApps and registrationData are the tenant as
// registration sees it.
type (
	registrationPeople struct{ *tenant.Store }
	registrationApps   struct{ store *tenant.Store }
	registrationData   struct{ store *tenant.Store }
	registrationTokens struct{ store *tenant.Store }
)

func (r registrationTokens) MayClaim(ctx context.Context, id, serial string) (bool, error) {
	return r.store.MayClaimToken(ctx, id, serial)
}

// Claim takes a token. A tenant in which too many were activated just now
// answers as if the code came too late.
func (r registrationTokens) Claim(ctx context.Context, id, serial, name string, code secret.Text, now time.Time) (challenge.Verdict, error) {
	verdict, err := r.store.ClaimToken(ctx, id, serial, name, code, now)
	if errors.Is(err, tenant.ErrTooManyTries) {
		return challenge.Expired, nil
	}
	return verdict, err
}

func (r registrationPeople) Registered(ctx context.Context, id string) (registration.Registered, error) {
	u, err := r.User(ctx, id)
	if err != nil {
		return registration.Registered{}, err
	}
	out := registration.Registered{Questions: len(u.Methods.Questions), DefaultFactor: u.Methods.DefaultSignIn, Habits: u.Habits}
	for _, a := range u.Methods.Apps {
		out.Apps = append(out.Apps, registration.App{ID: a.ID, Name: a.Name, Kind: a.Kind, Push: a.Push, Waiting: a.Inactive, Created: a.Created})
	}
	if pass := u.Methods.Pass; pass != nil {
		out.PassEnds, out.PassID = pass.Ends(), pass.ID
	}
	return out, nil
}

func (r registrationApps) Start(ctx context.Context, id string, kind policy.AppKind, push bool, now time.Time) (registration.AppOffer, error) {
	o, err := r.store.StartApp(ctx, id, tenant.NewApp{Kind: kind, Push: push}, now)
	return registration.AppOffer{AppID: o.AppID, URI: o.URI, Secret: o.Secret, Account: o.Account, Issuer: o.Issuer, Expires: o.Expires}, err
}

func (r registrationApps) Offer(ctx context.Context, id, appID string) (registration.AppOffer, error) {
	u, err := r.store.User(ctx, id)
	if err != nil {
		return registration.AppOffer{}, err
	}
	settings, err := r.store.Settings(ctx)
	if err != nil {
		return registration.AppOffer{}, err
	}
	for _, e := range u.Methods.Pending {
		if e.ID == appID {
			return registration.AppOffer{
				AppID: appID, URI: e.OATH.URI(settings.TenantName, u.UserPrincipalName), Secret: e.OATH.Secret,
				Account: u.UserPrincipalName, Issuer: settings.TenantName, Expires: e.Expires,
			}, nil
		}
	}
	return registration.AppOffer{}, registration.ErrNoDraft
}

func (r registrationApps) Confirm(ctx context.Context, id, appID string, code secret.Text, now time.Time) (challenge.Verdict, error) {
	return r.store.ConfirmApp(ctx, id, appID, code, now)
}

func (r registrationApps) Delete(ctx context.Context, id, appID string) error {
	return r.store.DeleteApp(ctx, id, appID)
}

// contactKinds are the tenant's names of what the page calls phones and e-mail.
var contactKinds = map[policy.InfoMethod]tenant.ContactKind{
	policy.InfoPhone: tenant.AuthenticationPhone, policy.InfoAlternatePhone: tenant.AlternatePhone,
	policy.InfoOfficePhone: tenant.OfficePhone, policy.InfoEmail: tenant.AuthenticationEmail,
}

func (r registrationData) SetContact(ctx context.Context, id string, m policy.InfoMethod, value string) error {
	return r.store.SetContact(ctx, id, contactKinds[m], value)
}

func (r registrationData) SetQuestions(ctx context.Context, id string, given []registration.Answered) error {
	if len(given) == 0 {
		return r.store.DeleteQuestions(ctx, id)
	}
	answers := make([]tenant.Answered, len(given))
	for i, g := range given {
		answers[i] = tenant.Answered{Question: g.Question, Answer: g.Answer}
	}
	return r.store.SetQuestions(ctx, id, answers)
}

func (r registrationData) SetDefault(ctx context.Context, id string, m policy.Method) error {
	_, err := r.store.UpdateUser(ctx, id, func(u *tenant.User) error {
		u.Methods.DefaultSignIn = m
		return nil
	})
	return err
}

func (r registrationData) DeletePass(ctx context.Context, id string) error {
	return r.store.DeletePass(ctx, id)
}

func (r registrationData) UpdateHabits(ctx context.Context, id string, change func(policy.Habits) policy.Habits) error {
	return r.store.UpdateHabits(ctx, id, change)
}

func (r registrationData) MarkRegistered(ctx context.Context, id string, now time.Time) error {
	return r.store.MarkRegistered(ctx, id, now)
}

func (r registrationData) RevokeSessions(ctx context.Context, id string, now time.Time) error {
	return r.store.RevokeSessions(ctx, id, now)
}

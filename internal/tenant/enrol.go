package tenant

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant/strict"
)

// EnrolmentLife is how long a QR code stays good.
const EnrolmentLife = policy.RegistrationSession

// A NewApp asks for an authenticator app to be registered.
type NewApp struct {
	Name string // "" for the usual name of the kind
	Kind policy.AppKind
	Push bool // MicrosoftAuthenticator: may receive notifications
}

// An Offer is what a person scans: shown once, and only to that person.
type Offer struct {
	AppID   string
	URI     secret.Text // otpauth://totp/…, for the QR code
	Secret  secret.Text // base32, for typing
	Issuer  string      // the tenant's name
	Account string      // the UPN
	Expires time.Time
}

// StartApp draws a secret for a new app and waits for its first code. Errors:
// reset.ErrNoSuchPerson; Problems when there is no room for another app.
func (s *Store) StartApp(ctx context.Context, id string, in NewApp, now time.Time) (Offer, error) {
	stream := s.chance.Next("app-enrolment")
	app := App{
		ID: chance.GUID(stream), Name: in.Name, Kind: in.Kind, Push: in.Push && in.Kind == policy.MicrosoftAuthenticator, Created: now,
		OATH: OATH{Secret: secret.New(base32Plain.EncodeToString(chance.Bytes(stream, 20)))}.withDefaults(), // 160 bits: RFC 4226 4 R6
	}
	if app.Name == "" {
		app.Name = usualName(in.Kind)
	}
	settings, err := s.Settings(ctx)
	if err != nil {
		return Offer{}, err
	}
	u, err := s.UpdateUser(ctx, id, func(u *User) error {
		if len(u.Methods.Apps) >= MaxApps {
			return Problems{{Path: "methods.apps", Text: fmt.Sprintf("holds %d apps and tokens already, the most there may be: delete one first", MaxApps)}}
		}
		u.Methods.Pending = slices.DeleteFunc(u.Methods.Pending, func(e Enrolment) bool { return !now.Before(e.Expires) })
		u.Methods.Pending = append(u.Methods.Pending, Enrolment{app, now.Add(EnrolmentLife)})
		return nil
	})
	if err != nil {
		return Offer{}, err
	}
	return Offer{
		AppID: app.ID, URI: app.OATH.URI(settings.TenantName, u.UserPrincipalName), Secret: app.OATH.Secret,
		Issuer: settings.TenantName, Account: u.UserPrincipalName, Expires: now.Add(EnrolmentLife),
	}, nil
}

func usualName(kind policy.AppKind) string {
	switch kind {
	case policy.MicrosoftAuthenticator:
		return "Microsoft Authenticator"
	case policy.HardwareOATH:
		return "Hardware token"
	}
	return "Authenticator app"
}

// ConfirmApp registers a started app when code is the present one of its secret,
// and consumes that code. Wrong leaves it waiting; Expired means the QR code is
// too old or unknown, and another must be asked for.
func (s *Store) ConfirmApp(ctx context.Context, id, appID string, code secret.Text, now time.Time) (challenge.Verdict, error) {
	verdict := challenge.Expired
	_, err := s.UpdateUser(ctx, id, func(u *User) error {
		i := slices.IndexFunc(u.Methods.Pending, func(e Enrolment) bool { return e.ID == appID })
		if i < 0 || !now.Before(u.Methods.Pending[i].Expires) {
			return nil
		}
		app := u.Methods.Pending[i].App
		if verdict = app.use(code, now); verdict != challenge.Right {
			return nil
		}
		app.Created = now
		u.Methods.Pending = slices.Delete(u.Methods.Pending, i, i+1)
		u.Methods.Apps = append(u.Methods.Apps, app)
		return nil
	})
	return verdict, err
}

// AddApp registers an app or token whose secret is known: an administrator's
// hardware token, or a fixture. Empty fields of OATH get the usual values.
func (s *Store) AddApp(ctx context.Context, id string, app App, now time.Time) (App, error) {
	app.OATH = app.OATH.withDefaults()
	if app.ID == "" {
		app.ID = chance.GUID(s.chance.Next("app"))
	}
	if app.Name == "" {
		app.Name = usualName(app.Kind)
	}
	app.Created = now
	_, err := s.UpdateUser(ctx, id, func(u *User) error {
		u.Methods.Apps = append(u.Methods.Apps, app)
		return nil
	})
	return app, err
}

// DeleteApp removes a registered or waiting app; a hardware token goes back to
// the inventory. Error Problems when there is none of this ID.
func (s *Store) DeleteApp(_ context.Context, id, appID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	is := func(a App) bool { return a.ID == appID }
	var gone []App
	_, err := s.updateUser(id, func(u *User) error {
		for _, a := range u.Methods.Apps {
			if is(a) {
				gone = append(gone, a)
			}
		}
		waiting := len(u.Methods.Pending)
		u.Methods.Apps = slices.DeleteFunc(u.Methods.Apps, is)
		u.Methods.Pending = slices.DeleteFunc(u.Methods.Pending, func(e Enrolment) bool { return is(e.App) })
		if len(gone) == 0 && len(u.Methods.Pending) == waiting {
			return Problems{strict.Problem{Path: "methods.apps", Text: fmt.Sprintf("holds no app %q: list the apps for their IDs", appID)}}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, a := range gone {
		s.shelve(a)
	}
	return nil
}

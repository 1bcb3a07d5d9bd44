package notify

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
)

// MaxHelpRecipients is the most administrators that one request for help
// reaches (reference 11.2).
const MaxHelpRecipients = 100

// ErrNobodyToAsk means that no administrator of the tenant can get a request
// for help.
var ErrNobodyToAsk = errors.New("no administrator to ask for help")

// An Addressee is somebody with the address that notices go to.
type Addressee struct {
	policy.Person
	Mail string // primary e-mail address, "" for none
}

// Audience is who gets a tenant's mail. The tenant implements it.
type Audience interface {
	Settings(ctx context.Context) (policy.Settings, error)
	// PrimaryMail returns the primary e-mail address of a person, "" for none.
	PrimaryMail(ctx context.Context, personID string) (string, error)
	// Administrators returns everybody who holds a directory role and may sign
	// in, in a stable order.
	Administrators(ctx context.Context) ([]Addressee, error)
}

// A Notifier decides who gets which mail. All fields but Cloud are required.
type Notifier struct {
	Mailer   *Mailer
	Audience Audience
	Now      func() time.Time
	Cloud    Cloud
}

var _ reset.Notifier = (*Notifier)(nil)

// Email sends a verification code: the e-mail part of challenge.Courier.
func (n *Notifier) Email(ctx context.Context, m challenge.CodeMail) error {
	return n.Mailer.Send(ctx, Verification(n.Cloud, m))
}

// PasswordReset tells the person, and when it is an administrator the other
// administrators, as far as the settings ask for it (reference 11.1). An unlock
// leaves the password as it was and tells nobody. An error of one mail does not
// keep the others back.
func (n *Notifier) PasswordReset(ctx context.Context, p policy.Person, op policy.Operation, locale string) error {
	if op == policy.Unlock {
		return nil
	}
	settings, err := n.Audience.Settings(ctx)
	if err != nil {
		return fmt.Errorf("notifying of a reset: %w", err)
	}
	var errs []error
	if settings.Notify.Users {
		errs = append(errs, n.tellPerson(ctx, settings, p, locale))
	}
	if settings.Notify.Admins && policy.IsAdministrator(settings, p) {
		errs = append(errs, n.tellAdministrators(ctx, settings, p))
	}
	return errors.Join(errs...)
}

func (n *Notifier) tellPerson(ctx context.Context, settings policy.Settings, p policy.Person, locale string) error {
	primary, err := n.Audience.PrimaryMail(ctx, p.ID)
	if err != nil {
		return fmt.Errorf("notifying the person of a reset: %w", err)
	}
	addresses := distinct(primary, p.Contacts.Mail())
	if len(addresses) == 0 {
		addresses = []mail.Address{{Address: p.UserPrincipalName}}
	}
	var errs []error
	for _, to := range addresses { // apart, so that neither address learns of the other
		errs = append(errs, n.Mailer.Send(ctx, WasReset(n.Cloud, settings.TenantName, p, locale, to)))
	}
	return errors.Join(errs...)
}

// tellAdministrators writes to the Global Administrators, or to all other
// administrators, but never to the one who did it. They have one address each,
// the primary one; those without get nothing.
func (n *Notifier) tellAdministrators(ctx context.Context, settings policy.Settings, p policy.Person) error {
	all, err := n.Audience.Administrators(ctx)
	if err != nil {
		return fmt.Errorf("notifying administrators of a reset: %w", err)
	}
	var addresses []string
	for _, a := range all {
		told := a.HoldsRole(policy.RoleGlobalAdministrator)
		if settings.Notify.AllAdmins {
			told = policy.IsAdministrator(settings, a.Person)
		}
		if told && a.ID != p.ID {
			addresses = append(addresses, a.Mail)
		}
	}
	to := distinct(addresses...)
	if len(to) == 0 {
		return nil
	}
	return n.Mailer.Send(ctx, AdministratorWasReset(n.Cloud, settings.TenantName, p, to...))
}

// helpers is who is asked for help: the holders of the first line that has any
// (reference 11.2).
var helpers = [][]string{
	{policy.RoleHelpdeskAdministrator, policy.RolePasswordAdministrator},
	{policy.RoleUserAdministrator},
	{policy.RoleGlobalAdministrator},
}

// ContactAdministrator asks the administrators for help with p's password:
// Helpdesk and Password Administrators, else User Administrators, else Global
// Administrators, at most MaxHelpRecipients. Error ErrNobodyToAsk when none of
// them has an address.
func (n *Notifier) ContactAdministrator(ctx context.Context, p policy.Person, correlationID, _ string) error {
	settings, err := n.Audience.Settings(ctx)
	if err != nil {
		return fmt.Errorf("asking administrators for help: %w", err)
	}
	all, err := n.Audience.Administrators(ctx)
	if err != nil {
		return fmt.Errorf("asking administrators for help: %w", err)
	}
	for _, roles := range helpers {
		if to := holders(all, roles, p.ID); len(to) > 0 {
			to = to[:min(len(to), MaxHelpRecipients)]
			return n.Mailer.Send(ctx, HelpRequest(n.Cloud, settings.TenantName, p, correlationID, n.Now(), to...))
		}
	}
	return fmt.Errorf("asking administrators for help: %w", ErrNobodyToAsk)
}

// holders are the addresses of those who hold one of the roles, other than the
// person who cannot sign in. Without a primary address the UPN has to do.
func holders(all []Addressee, roles []string, except string) []mail.Address {
	var addresses []string
	for _, a := range all {
		for _, role := range roles {
			if a.ID == except || !a.HoldsRole(role) {
				continue
			}
			address := a.Mail
			if address == "" {
				address = a.UserPrincipalName
			}
			addresses = append(addresses, address)
		}
	}
	return distinct(addresses...)
}

// distinct drops empty and repeated addresses.
func distinct(addresses ...string) []mail.Address {
	seen := map[string]bool{"": true}
	var list []mail.Address
	for _, a := range addresses {
		if key := strings.ToLower(a); !seen[key] {
			seen[key] = true
			list = append(list, mail.Address{Address: a})
		}
	}
	return list
}

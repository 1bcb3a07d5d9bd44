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

// ErrNobodyToAsk means that no administrator of the tenant can get a request
// for help.
var ErrNobodyToAsk = errors.New("no administrator to ask for help")

// Audience is who may get a tenant's mail. The tenant implements it.
type Audience interface {
	Settings(ctx context.Context) (policy.Settings, error)
	// Administrators returns everybody who holds a directory role and may sign
	// in, in a stable order.
	Administrators(ctx context.Context) ([]policy.Person, error)
}

// A Notifier sends each mail to those whom package policy names. All fields are
// required.
type Notifier struct {
	Mailer   *Mailer
	Audience Audience
	Now      func() time.Time
}

var _ reset.Notifier = (*Notifier)(nil)

// Email sends a verification code: the e-mail part of challenge.Courier.
func (n *Notifier) Email(ctx context.Context, m challenge.CodeMail) error {
	settings, err := n.Audience.Settings(ctx)
	if err != nil {
		return fmt.Errorf("mailing a code: %w", err)
	}
	return n.Mailer.Send(ctx, Verification(settings, m))
}

// PasswordReset tells the person, and when it is an administrator the other
// administrators, as far as the settings ask for it (reference 11.1). Unlocks and
// changes of a known password tell nobody. An error of one mail does not keep
// the others back.
func (n *Notifier) PasswordReset(ctx context.Context, p policy.Person, op policy.Operation, locale string) error {
	if op != policy.Reset {
		return nil
	}
	settings, err := n.Audience.Settings(ctx)
	if err != nil {
		return fmt.Errorf("notifying of a reset: %w", err)
	}
	var errs []error
	for _, to := range policy.ResetRecipients(settings, p) { // apart, so that no address learns of another
		errs = append(errs, n.Mailer.Send(ctx, WasReset(settings, p, locale, mail.Address{Address: to})))
	}
	return errors.Join(append(errs, n.tellAdministrators(ctx, settings, p))...)
}

func (n *Notifier) tellAdministrators(ctx context.Context, settings policy.Settings, p policy.Person) error {
	if !settings.Notify.Admins || !policy.IsAdministrator(settings, p) {
		return nil // without asking who they are
	}
	all, err := n.Audience.Administrators(ctx)
	if err != nil {
		return fmt.Errorf("notifying administrators of a reset: %w", err)
	}
	to := addresses(policy.AdminRecipients(settings, p, all))
	if len(to) == 0 {
		return nil
	}
	return n.Mailer.Send(ctx, AdministratorWasReset(settings, p, to...))
}

// ContactAdministrator asks administrators for help with p's password
// (reference 11.2), never p, who cannot read it. Error ErrNobodyToAsk when
// there is nobody else.
func (n *Notifier) ContactAdministrator(ctx context.Context, p policy.Person, correlationID, _ string) error {
	settings, err := n.Audience.Settings(ctx)
	if err != nil {
		return fmt.Errorf("asking administrators for help: %w", err)
	}
	all, err := n.Audience.Administrators(ctx)
	if err != nil {
		return fmt.Errorf("asking administrators for help: %w", err)
	}
	var others []policy.Person
	for _, a := range all {
		if a.ID != p.ID {
			others = append(others, a)
		}
	}
	to := addresses(policy.ContactRecipients(settings, others))
	if len(to) == 0 {
		return fmt.Errorf("asking administrators for help: %w", ErrNobodyToAsk)
	}
	return n.Mailer.Send(ctx, HelpRequest(settings, p, correlationID, n.Now(), to...))
}

// addresses are people's primary addresses, each once.
func addresses(people []policy.Person) []mail.Address {
	seen := map[string]bool{}
	var list []mail.Address
	for _, p := range people {
		a := p.PrimaryAddress()
		if key := strings.ToLower(a); !seen[key] {
			seen[key] = true
			list = append(list, mail.Address{Address: a})
		}
	}
	return list
}

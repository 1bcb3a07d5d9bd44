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
		errs = append(errs, n.Mailer.Send(ctx, WasReset(settings, p, p.Language(locale), mail.Address{Address: to})))
	}
	return errors.Join(append(errs, n.tellAdministrators(ctx, settings, p, locale))...)
}

func (n *Notifier) tellAdministrators(ctx context.Context, settings policy.Settings, p policy.Person, locale string) error {
	if !settings.Notify.Admins || !policy.IsAdministrator(settings, p) {
		return nil // without asking who they are
	}
	all, err := n.Audience.Administrators(ctx)
	if err != nil {
		return fmt.Errorf("notifying administrators of a reset: %w", err)
	}
	var errs []error
	for _, g := range byLanguage(policy.AdminRecipients(settings, p, all), locale) {
		errs = append(errs, n.Mailer.Send(ctx, AdministratorWasReset(settings, p, g.lang, g.to...)))
	}
	return errors.Join(errs...)
}

// ContactAdministrator asks administrators for help with p's password
// (reference 11.2), never p, who cannot read it, each in their own language, or
// in that of the request. Error ErrNobodyToAsk when
// there is nobody else.
func (n *Notifier) ContactAdministrator(ctx context.Context, p policy.Person, correlationID, locale string) error {
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
	groups := byLanguage(policy.ContactRecipients(settings, others), locale)
	if len(groups) == 0 {
		return fmt.Errorf("asking administrators for help: %w", ErrNobodyToAsk)
	}
	var errs []error
	for _, g := range groups {
		errs = append(errs, n.Mailer.Send(ctx, HelpRequest(settings, p, correlationID, n.Now(), g.lang, g.to...)))
	}
	return errors.Join(errs...)
}

// readers are people who read the same language.
type readers struct {
	lang string // of the catalogue
	to   []mail.Address
}

// byLanguage parts people by the language of the catalogue that suits them,
// locale for those who have chosen none, each address once and in their order.
func byLanguage(people []policy.Person, locale string) []readers {
	var groups []readers
	parts := map[string][]policy.Person{}
	seen := map[string]bool{}
	for _, p := range people {
		key := strings.ToLower(p.PrimaryAddress())
		if seen[key] {
			continue
		}
		seen[key] = true
		lang := wordsFor(p.Language(locale)).lang
		if parts[lang] == nil {
			groups = append(groups, readers{lang: lang})
		}
		parts[lang] = append(parts[lang], p)
	}
	for i := range groups {
		groups[i].to = addresses(parts[groups[i].lang])
	}
	return groups
}

// addresses are people's primary addresses.
func addresses(people []policy.Person) []mail.Address {
	list := make([]mail.Address, len(people))
	for i, p := range people {
		list[i] = mail.Address{Address: p.PrimaryAddress()}
	}
	return list
}

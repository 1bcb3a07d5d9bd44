package device

import (
	"context"
	"fmt"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// A Mailer sends verification mails; notify.Notifier is one.
type Mailer interface {
	Email(ctx context.Context, m challenge.CodeMail) error
}

// A Courier brings proofs to people: mail through the SMTP server of the lab,
// the rest straight to their devices. All fields are required.
type Courier struct {
	Mailer        Mailer
	Phones        *Phones
	Authenticator *Authenticator
	// UserOf gives the user name under which a person's app is kept: the UPN.
	UserOf func(ctx context.Context, personID string) (string, error)
}

var _ challenge.Courier = (*Courier)(nil)

// Email implements challenge.Courier.
func (c *Courier) Email(ctx context.Context, m challenge.CodeMail) error {
	return c.Mailer.Email(ctx, m)
}

// Text implements challenge.Courier.
func (c *Courier) Text(_ context.Context, number string, code secret.Text, locale string) error {
	c.Phones.Text(number, code, locale)
	return nil
}

// Call implements challenge.Courier.
func (c *Courier) Call(_ context.Context, number, callID, locale string) error {
	c.Phones.Call(number, callID, locale)
	return nil
}

// CallAnswer implements challenge.Courier.
func (c *Courier) CallAnswer(_ context.Context, callID string) challenge.Verdict {
	return c.Phones.Answer(callID)
}

// Push implements challenge.Courier.
func (c *Courier) Push(ctx context.Context, personID, pushID string, number int) error {
	user, err := c.UserOf(ctx, personID)
	if err != nil {
		return fmt.Errorf("finding the app of person %s: %w", personID, err)
	}
	c.Authenticator.Push(user, pushID, number)
	return nil
}

// PushAnswer implements challenge.Courier.
func (c *Courier) PushAnswer(_ context.Context, pushID string) challenge.Verdict {
	return c.Authenticator.PushAnswer(pushID)
}

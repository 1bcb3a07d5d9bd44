package challenge

import (
	"context"
	"fmt"
	"io"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

const (
	codeDigits = 6 // the documentation does not say; e-mail and text alike
	saltOctets = 16
)

func drawCode(r io.Reader) (code secret.Text, salt []byte) {
	return secret.New(chance.Digits(r, codeDigits)), chance.Bytes(r, saltOctets)
}

func (s *Service) beginEmail(ctx context.Context, c Challenge, settings policy.Settings, to, locale string, r io.Reader) (Challenge, error) {
	code, salt := drawCode(r)
	c = c.withCode(code, salt, settings.Reset.CodeLife)
	c.Target = policy.MaskEmail(to)
	err := s.Courier.Email(ctx, CodeMail{
		To: to, TenantName: settings.TenantName, Code: code, Locale: locale, Expires: c.ExpiresAt.Sub(c.IssuedAt),
	})
	if err != nil {
		return Challenge{}, fmt.Errorf("mailing a code to %s: %w", c.Target, err)
	}
	return c, nil
}

func (s *Service) beginText(ctx context.Context, c Challenge, settings policy.Settings, number, locale string, r io.Reader) (Challenge, error) {
	code, salt := drawCode(r)
	c = c.withCode(code, salt, settings.Reset.CodeLife)
	c.Target = policy.MaskPhone(number)
	if !policy.Deliverable(settings, c.Method, c.IssuedAt) {
		c.Undelivered = true // nobody says so: the person waits for a text that never comes
		return c, nil
	}
	if err := s.Courier.Text(ctx, number, code, locale); err != nil {
		return Challenge{}, fmt.Errorf("sending a text to %s: %w", c.Target, err)
	}
	return c, nil
}

// answerTOTP leaves the judgement to the registered secrets, which also know
// the time steps that were used in other sessions. Only codes of the person's
// apps as handed in count.
func (s *Service) answerTOTP(ctx context.Context, p policy.Person, c Challenge, code secret.Text) (Challenge, Verdict, error) {
	switch {
	case c.Used:
		return c, Replayed, nil
	case c.Failures >= maxFailures:
		return c, Spent, nil
	}
	v, err := s.Credentials.UseTOTP(ctx, p.ID, appIDs(p.Apps), secret.New(tidy(code)), s.Now())
	if err != nil {
		return c, Wrong, fmt.Errorf("checking an app code: %w", err)
	}
	c, v = c.settle(v)
	c, v = c.spend(v)
	return c, v, nil
}

func appIDs(apps []policy.App) []string {
	ids := make([]string, len(apps))
	for i, a := range apps {
		ids[i] = a.ID
	}
	return ids
}

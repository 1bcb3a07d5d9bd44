package registration

import (
	"context"
	"fmt"
	"slices"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
)

// Delete removes a method; id tells apps apart.
func (s *Service) Delete(ctx context.Context, v Visitor, m policy.InfoMethod, id string) (Result, error) {
	c, refused, err := s.admit(ctx, v, m, policy.InfoDelete)
	if err != nil || refused.Message != MsgNone {
		return refused, err
	}
	if err := s.remove(ctx, c, m, id); err != nil {
		s.Journal.Append(journal.Deleted(v.CorrelationID, v.actor(c), items[m], false))
		return Result{}, fmt.Errorf("deleting the %s: %w", m, err)
	}
	s.Journal.Append(journal.Deleted(v.CorrelationID, v.actor(c), items[m], true))
	return Result{Message: MsgDeleted}, s.dropDefault(ctx, v)
}

func (s *Service) remove(ctx context.Context, c circumstances, m policy.InfoMethod, id string) error {
	switch m {
	case policy.InfoAuthenticator, policy.InfoOtherApp, policy.InfoHardwareToken:
		if !slices.ContainsFunc(c.registered.Apps, func(a App) bool { return a.ID == id && infoOf(a.Kind) == m }) {
			return fmt.Errorf("no app %q is registered", id)
		}
		return s.Apps.Delete(ctx, c.person.ID, id)
	case policy.InfoQuestions:
		return s.Data.SetQuestions(ctx, c.person.ID, nil)
	case policy.InfoTemporaryAccess:
		return s.Data.DeletePass(ctx, c.person.ID)
	}
	return s.Data.SetContact(ctx, c.person.ID, m, "")
}

// dropDefault forgets a default method that is gone.
func (s *Service) dropDefault(ctx context.Context, v Visitor) error {
	c, err := s.circumstances(ctx, v)
	if err != nil || c.registered.DefaultFactor == "" {
		return err
	}
	if slices.ContainsFunc(c.factors(), func(o policy.Offer) bool { return o.Method == c.registered.DefaultFactor }) {
		return nil
	}
	if err := s.Data.SetDefault(ctx, v.PersonID, ""); err != nil {
		return fmt.Errorf("forgetting the default method: %w", err)
	}
	return nil
}

// factorItems are the names of default methods in the audit log.
var factorItems = map[policy.Method]string{
	policy.AppPush: journal.ItemApp, policy.AppCode: journal.ItemApp, policy.MobileSMS: journal.ItemPhone,
	policy.MobileCall: journal.ItemPhone, policy.OfficeCall: journal.ItemOfficePhone, policy.AlternateCall: journal.ItemAlternatePhone,
}

// SetDefault chooses the second factor that a sign-in asks for first.
func (s *Service) SetDefault(ctx context.Context, v Visitor, m policy.Method) (Result, error) {
	c, err := s.circumstances(ctx, v)
	if err != nil {
		return Result{}, err
	}
	if r := c.barred(); r.Message != MsgNone {
		return r, nil
	}
	if !slices.ContainsFunc(c.factors(), func(o policy.Offer) bool { return o.Method == m }) {
		s.Journal.Append(journal.ChangedDefault(v.CorrelationID, v.actor(c), factorItems[m], false))
		return Result{Message: MsgNotAllowed, Why: "the method is not one of the person's second factors"}, nil
	}
	if err := s.Data.SetDefault(ctx, v.PersonID, m); err != nil {
		return Result{}, fmt.Errorf("changing the default method: %w", err)
	}
	s.Journal.Append(journal.ChangedDefault(v.CorrelationID, v.actor(c), factorItems[m], true))
	return Result{Message: MsgDefaultChanged}, nil
}

// SignOutEverywhere ends every session of the person, this one included: for a
// lost device (concept-registration-mfa-sspr-combined).
func (s *Service) SignOutEverywhere(ctx context.Context, v Visitor) (Result, error) {
	c, err := s.circumstances(ctx, v)
	if err != nil {
		return Result{}, err
	}
	if err := s.Data.RevokeSessions(ctx, v.PersonID, s.Now()); err != nil {
		return Result{}, fmt.Errorf("revoking the sessions: %w", err)
	}
	who := v.actor(c)
	s.Journal.Append(journal.DirectoryWrite(v.CorrelationID, journal.ActivityRefreshTokens, who, who))
	return Result{Message: MsgSignedOut}, nil
}

// Abandon records that the wizard was left unfinished.
func (s *Service) Abandon(ctx context.Context, v Visitor) error {
	c, err := s.circumstances(ctx, v)
	if err != nil {
		return err
	}
	s.Journal.Append(journal.RegistrationCancelled(v.CorrelationID, v.actor(c)))
	return s.Cancel(ctx, v)
}

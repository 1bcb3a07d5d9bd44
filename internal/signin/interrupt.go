package signin

import (
	"context"
	"fmt"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
)

// Skip puts an interrupt off that may be put off. What only the reset policy asks
// for is asked again at the next sign-in; the registration campaign counts.
func (s *Service) Skip(ctx context.Context, id string) (View, error) {
	v, err := s.View(ctx, id)
	if err != nil || v.Step != StepInterrupt || !v.Interrupt.Skippable {
		return v, err
	}
	if v.Interrupt.Kind == policy.CampaignNudge {
		if err := s.Registration.Snoozed(ctx, v.PersonID, s.Now()); err != nil {
			return v, fmt.Errorf("putting the campaign off: %w", err)
		}
	}
	return s.change(ctx, id, func(cur Session) (Session, error) {
		cur = cur.settle(MsgNone)
		cur.Skipped = true
		return cur, nil
	})
}

// Confirm answers a reconfirmation: what is registered is still right.
func (s *Service) Confirm(ctx context.Context, id string) (View, error) {
	v, err := s.View(ctx, id)
	if err != nil || v.Step != StepInterrupt || v.Interrupt.Kind != policy.Reconfirm {
		return v, err
	}
	if err := s.Registration.Confirmed(ctx, v.PersonID, s.Now()); err != nil {
		return v, fmt.Errorf("confirming the security information: %w", err)
	}
	s.Journal.Append(journal.Reviewed(v.CorrelationID, journal.Actor{ID: v.PersonID, UserPrincipalName: v.User}, true))
	return s.View(ctx, id)
}

// PasswordChanged tells that the person of a session has just changed the
// password, knowing the old one: this session goes on, all others are revoked.
func (s *Service) PasswordChanged(ctx context.Context, id string) (View, error) {
	return s.change(ctx, id, func(cur Session) (Session, error) {
		cur = cur.settle(MsgNone)
		cur.MustChange, cur.Authenticated = OK, s.Now()
		return cur, nil
	})
}

// OpenInfo is View for somebody who comes to Security info. The first visit after
// a sign-in begins the registration session; in the wizard of a sign-in it is the
// way itself that ends.
func (s *Service) OpenInfo(ctx context.Context, id string) (View, error) {
	v, err := s.View(ctx, id)
	if err != nil || v.Step != StepSignedIn || !v.InfoOpenedAt.IsZero() {
		return v, err
	}
	return s.change(ctx, id, func(cur Session) (Session, error) {
		if cur.InfoOpenedAt.IsZero() {
			cur.InfoOpenedAt = s.Now()
		}
		return cur, nil
	})
}

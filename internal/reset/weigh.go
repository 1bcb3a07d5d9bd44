package reset

import (
	"context"
	"fmt"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/strength"
)

// Weigh shows P5 with the strength of a candidate, where P5 has a meter
// (reference 1.2); anywhere else it shows what the session needs, unmeasured.
// It leaves no trace: the session stays as it is, and neither the candidate nor
// its score is kept, counted or recorded.
func (s *Service) Weigh(ctx context.Context, id string, candidate secret.Text) (View, error) {
	v, err := s.View(ctx, id)
	if err != nil || v.Step != StepPassword || !v.StrengthMeter {
		return v, err
	}
	sess, err := s.Sessions.Get(ctx, v.SessionID)
	if err != nil {
		return View{}, fmt.Errorf("reading the session: %w", err)
	}
	settings, person, err := s.facts(ctx, sess.PersonID)
	if err != nil {
		return View{}, err
	}
	v.Message, v.PasswordReason = MsgNone, policy.PasswordAccepted // those of a password before this one
	v.Strength = strength.Of(candidate, policy.KnownNames(settings, person))
	return v, nil
}

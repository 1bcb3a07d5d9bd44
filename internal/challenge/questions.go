package challenge

import (
	"context"
	"fmt"
	"io"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// drawQuestions fills in as many of the person's registered questions as a
// reset asks for, drawn at random (reference 3).
func (s *Service) drawQuestions(ctx context.Context, c Challenge, p policy.Person, settings policy.Settings, r io.Reader) (Challenge, error) {
	registered, err := s.Credentials.QuestionsOf(ctx, p.ID)
	if err != nil {
		return Challenge{}, fmt.Errorf("reading the registered questions: %w", err)
	}
	need := max(settings.Reset.Questions.ToReset, 1)
	if len(registered) < need {
		return Challenge{}, fmt.Errorf("%w: %d of %d security questions are registered", ErrNoContact, len(registered), need)
	}
	c.Questions = settings.Reset.Questions.DrawQuestions(registered, func(n int) int { return chance.Intn(r, n) })
	return c, nil
}

// answerQuestions demands that all answers are right. A wrong set does not say
// which answer was wrong and draws other questions.
func (s *Service) answerQuestions(ctx context.Context, p policy.Person, settings policy.Settings, c Challenge, answers []secret.Text) (Challenge, Verdict, error) {
	if c.Used {
		return c, Replayed, nil
	}
	right, err := s.checkAnswers(ctx, p.ID, c.Questions, answers)
	if err != nil {
		return c, Wrong, fmt.Errorf("checking answers: %w", err)
	}
	if right {
		c, v := c.settle(Right)
		return c, v, nil
	}
	c, v := c.settle(Wrong)
	next, err := s.drawQuestions(ctx, c, p, settings, s.draw(p.ID))
	if err != nil {
		return c, v, err
	}
	return next, v, nil
}

func (s *Service) checkAnswers(ctx context.Context, personID string, questions []string, answers []secret.Text) (bool, error) {
	if len(questions) == 0 || len(answers) != len(questions) {
		return false, nil
	}
	return s.Credentials.CheckAnswers(ctx, personID, questions, answers)
}

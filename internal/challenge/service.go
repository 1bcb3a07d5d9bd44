package challenge

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// A Service issues and checks proofs. The exported fields are required. It is
// safe for concurrent use and must not be copied after its first use.
type Service struct {
	Courier     Courier
	Credentials Credentials
	Now         func() time.Time
	Stream      func(purpose ...string) io.Reader // of the lab's chance.Source

	mu    sync.Mutex
	drawn map[string]uint64 // proofs begun, by person
}

// Begin issues a proof for the person: draws a code and sends it, draws
// questions, or starts a push or call. Beginning again is how a code is sent
// again: a new one, and because the caller keeps the new challenge only, the
// old code is worth nothing from then on. contact is the full number typed by
// the person for phone methods; ErrContactMismatch when it is not the one on
// file, ErrNoContact when there is none. Any other error means that nothing
// was delivered. It speaks the person's own language, else that of locale.
func (s *Service) Begin(ctx context.Context, p policy.Person, settings policy.Settings, m policy.Method, contact, locale string) (Challenge, error) {
	target, err := destination(p, m, contact)
	if err != nil {
		return Challenge{}, err
	}
	locale = p.Language(locale)
	r := s.draw(p.ID)
	c := Challenge{ID: chance.GUID(r), Method: m, IssuedAt: s.Now()}
	switch m {
	case policy.Email:
		return s.beginEmail(ctx, c, settings, target, locale, r)
	case policy.MobileSMS:
		return s.beginText(ctx, c, settings, target, locale, r)
	case policy.MobileCall, policy.OfficeCall, policy.AlternateCall:
		return s.beginCall(ctx, c, settings, target, locale, r)
	case policy.AppPush:
		return s.beginPush(ctx, c, p, settings, r)
	case policy.Questions:
		return s.drawQuestions(ctx, c, p, settings, r)
	}
	return c, nil // policy.AppCode: the app needs no message
}

// Answer checks an answer: one code (of an app, only one of p.Apps: the caller
// leaves out those that its policy does not allow), or the answers in the order of
// c.Questions; none for a push or call, which is then polled. It returns the
// challenge as it must be stored now; after wrong answers to questions that is
// one with other questions.
func (s *Service) Answer(ctx context.Context, p policy.Person, settings policy.Settings, c Challenge, answers []secret.Text) (Challenge, Verdict, error) {
	switch c.Method {
	case policy.Email, policy.MobileSMS:
		c, v := c.answerCode(single(answers), s.Now())
		return c, v, nil
	case policy.AppCode:
		return s.answerTOTP(ctx, p, c, single(answers))
	case policy.Questions:
		return s.answerQuestions(ctx, p, settings, c, answers)
	case policy.MobileCall, policy.OfficeCall, policy.AlternateCall:
		return s.poll(ctx, c, s.Courier.CallAnswer)
	case policy.AppPush:
		return s.poll(ctx, c, s.Courier.PushAnswer)
	}
	return c, Wrong, fmt.Errorf("answering a proof: unknown method %q", c.Method)
}

// draw returns the stream of the person's next proof. The number makes a code
// that is sent again a new one, also while the lab's clock stands still; the
// person makes it the same in every run, whoever else is resetting.
func (s *Service) draw(personID string) io.Reader {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drawn == nil {
		s.drawn = map[string]uint64{}
	}
	s.drawn[personID]++
	return s.Stream("challenge", personID, strconv.FormatUint(s.drawn[personID], 10))
}

// single is the one answer that a code proof has; anything else is wrong.
func single(answers []secret.Text) secret.Text {
	if len(answers) != 1 {
		return secret.Text{}
	}
	return answers[0]
}

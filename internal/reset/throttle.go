package reset

import (
	"context"
	"fmt"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
)

// startCounts says what the start of a proof counts as (reference 6.4).
func startCounts(m policy.Method) (policy.ThrottleEvent, bool) {
	switch m {
	case policy.Email:
		return policy.EmailSend, true
	case policy.MobileSMS, policy.MobileCall, policy.OfficeCall, policy.AppPush:
		return policy.PhoneValidation, true
	}
	return "", false
}

// A tally counts something, and says whether a block began with it.
type tally func(policy.Counters) (next policy.Counters, fresh bool)

// attempt counts what is about to be done.
func (s *Service) attempt(settings policy.Settings, e policy.ThrottleEvent) tally {
	return func(c policy.Counters) (policy.Counters, bool) { return c.Attempt(settings.Throttle, e, s.Now()) }
}

// failure says that what an attempt began has failed.
func (s *Service) failure(settings policy.Settings, e policy.ThrottleEvent) tally {
	return func(c policy.Counters) (policy.Counters, bool) { return c.Failed(settings.Throttle, e, s.Now()) }
}

// proofFailed counts a proof that was not right, and ends what its start counted
// as where nothing can be answered any more.
func (s *Service) proofFailed(settings policy.Settings, m policy.Method, v challenge.Verdict) tally {
	return func(c policy.Counters) (policy.Counters, bool) {
		over := m == policy.Questions || v == challenge.Denied || v == challenge.Expired || v == challenge.Spent
		if e, counts := validates(m); counts && over {
			if next, fresh := c.Failed(settings.Throttle, e, s.Now()); fresh {
				return next, true
			}
		}
		return c.Record(settings.Throttle, policy.ProofFailure, s.Now())
	}
}

// validates says what a method is to the rules on proofs. E-mails are counted as
// they are sent, whatever becomes of them.
func validates(m policy.Method) (policy.ThrottleEvent, bool) {
	if m == policy.Questions {
		return policy.QuestionsGate, true
	}
	e, counts := startCounts(m)
	return e, counts && e == policy.PhoneValidation
}

// count counts something towards a block. blocked is true when the person is
// blocked now; the view is then the page of throttled people.
func (s *Service) count(ctx context.Context, sess Session, m policy.Method, what tally) (v View, blocked bool, err error) {
	block, err := s.tally(ctx, sess, m, what)
	if err != nil {
		s.release(ctx, sess.ID)
		return v, false, err
	}
	if block == nil {
		return v, false, nil
	}
	v, err = s.bar(ctx, sess, *block)
	return v, true, err
}

// tally counts something towards a block, and returns the one in force. It
// leaves the session alone.
func (s *Service) tally(ctx context.Context, sess Session, m policy.Method, what tally) (block *policy.Block, err error) {
	var fresh bool
	err = s.People.UpdateCounters(context.WithoutCancel(ctx), sess.PersonID, func(c policy.Counters) policy.Counters {
		c, fresh = what(c)
		block = c.Blocked(s.Now())
		return c
	})
	if err != nil {
		return nil, fmt.Errorf("counting towards the throttle: %w", err)
	}
	if fresh {
		s.blocked(sess, block.Rule, m)
	}
	return block, nil
}

// attemptFailed says that the reset of a session has failed for good. Whoever
// used up their attempts so is blocked from the next one on; this session tells
// its own reason.
func (s *Service) attemptFailed(ctx context.Context, sess Session) {
	settings, err := s.settings(ctx)
	if err == nil {
		_, err = s.tally(ctx, sess, "", s.failure(settings, policy.ResetAttempt))
	}
	if err != nil {
		s.step(sess.CorrelationID, "counting the attempt failed", err.Error())
	}
}

// barred ends a session of somebody who is blocked, by another session perhaps,
// before anything else is looked at: who is throttled learns no more about a
// proof.
func (s *Service) barred(ctx context.Context, sess Session) (v View, barred bool, err error) {
	counters, err := s.People.Counters(ctx, sess.PersonID)
	if err != nil {
		s.release(ctx, sess.ID)
		return v, false, fmt.Errorf("reading the throttle counters: %w", err)
	}
	block := counters.Blocked(s.Now())
	if block == nil {
		return v, false, nil
	}
	v, err = s.bar(ctx, sess, *block)
	return v, true, err
}

// bar ends a session on the page of throttled people.
func (s *Service) bar(ctx context.Context, sess Session, block policy.Block) (View, error) {
	remedy, fix := block.Remedy(sess.PrincipalName)
	s.check(sess.CorrelationID, policy.Check{
		Name: causeThrottled, Rule: "no more attempts than the throttle allows", Source: "troubleshoot-sspr, passwords-faq; SSPR reference 6.4", Verdict: policy.Failed,
		Input:  []policy.Fact{{Name: "rule", Value: string(block.Rule)}, {Name: "until", Value: fix.Value}},
		Detail: "too many attempts", Remedy: remedy, Fixes: []policy.Fix{fix},
	})
	s.end(sess.CorrelationID, journal.Refused, "", causeThrottled, remedy, fix)
	return s.settle(ctx, sess.ID, func(cur Session) Session { return cur.block(block.Until) })
}

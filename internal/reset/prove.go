package reset

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// StartProof begins or repeats a proof. contact is the typed phone number.
func (s *Service) StartProof(ctx context.Context, id string, m policy.Method, contact string) (View, error) {
	sess, v, ok, err := s.claim(ctx, id, claimProof, StepVerify)
	if !ok {
		return v, err
	}
	settings, person, err := s.facts(ctx, sess.PersonID)
	if err != nil {
		s.release(ctx, id)
		return View{}, err
	}
	if v, barred, err := s.barred(ctx, sess); barred || err != nil {
		return v, err
	}
	offers := offered(policy.OffersFor(settings, person, sess.gate(), sess.Passed, s.Now()))
	if !slices.ContainsFunc(offers, func(o policy.Offer) bool { return o.Method == m }) {
		return s.settle(ctx, id, func(cur Session) Session { return cur.settle(MsgMethodNotOffered) })
	}
	if event, counts := startCounts(m); counts {
		if v, blocked, err := s.count(ctx, sess, m, s.attempt(settings, event)); blocked || err != nil {
			return v, err
		}
	}
	c, err := s.Proofs.Begin(ctx, person, settings, m, contact, sess.Locale)
	switch {
	case errors.Is(err, challenge.ErrContactMismatch):
		s.step(sess.CorrelationID, "proof refused", string(m)+": the number typed is not the one on file")
		if v, blocked, err := s.count(ctx, sess, m, s.failure(settings, policy.PhoneValidation)); blocked || err != nil {
			return v, err
		}
		return s.settle(ctx, id, func(cur Session) Session { return cur.settle(MsgPhoneMismatch) })
	case err != nil:
		// The reason is for the record: the person only learns that it did not work.
		s.step(sess.CorrelationID, "proof not delivered", fmt.Sprintf("%s: %v", m, err))
		return s.settle(ctx, id, func(cur Session) Session { return cur.settle(MsgCannotContact) })
	}
	s.step(sess.CorrelationID, "proof started", proofDetail(m, c.Target))
	s.progress(sess, journal.Started(m))
	return s.settle(ctx, id, func(cur Session) Session {
		cur = cur.settle(startMessage(m))
		cur.Challenge, cur.Tried = &c, m
		return cur
	})
}

func proofDetail(m policy.Method, target string) string {
	if target == "" {
		return string(m)
	}
	return string(m) + " to " + target
}

func startMessage(m policy.Method) Message {
	switch m {
	case policy.Email, policy.MobileSMS:
		return MsgCodeSent
	case policy.AppPush, policy.MobileCall, policy.OfficeCall:
		return MsgWaiting
	}
	return MsgNone
}

// DropProof forgets the proof under way, to choose another method.
func (s *Service) DropProof(ctx context.Context, id string) (View, error) {
	return s.change(ctx, id, func(cur Session) (Session, error) {
		if cur.at(s.Now()) != StepVerify {
			return cur, errNotNow
		}
		cur = cur.settle(MsgNone)
		cur.Challenge = nil
		return cur, nil
	})
}

// AnswerProof answers the proof under way: one code or all answers; none polls
// a push or a call.
func (s *Service) AnswerProof(ctx context.Context, id string, answers []secret.Text) (View, error) {
	sess, v, ok, err := s.claim(ctx, id, claimAnswer, StepVerify)
	if !ok {
		return v, err
	}
	if sess.Challenge == nil {
		return s.settle(ctx, id, func(cur Session) Session { return cur.settle(MsgNotNow) })
	}
	settings, person, err := s.facts(ctx, sess.PersonID)
	if err != nil {
		s.release(ctx, id)
		return View{}, err
	}
	if v, barred, err := s.barred(ctx, sess); barred || err != nil {
		return v, err
	}
	method := sess.Challenge.Method
	if method == policy.Questions {
		if v, blocked, err := s.count(ctx, sess, method, s.attempt(settings, policy.QuestionsGate)); blocked || err != nil {
			return v, err
		}
	}
	prover := person
	prover.Apps = policy.CodeApps(settings, person)
	next, verdict, err := s.Proofs.Answer(ctx, prover, settings, *sess.Challenge, answers)
	if err != nil {
		s.release(ctx, id)
		return View{}, fmt.Errorf("checking the %s proof: %w", method, err)
	}
	if verdict == challenge.Right {
		// Of many guesses at once, in as many sessions, no more count than the
		// throttle allows: somebody who was blocked meanwhile was not right.
		if v, barred, err := s.barred(ctx, sess); barred || err != nil {
			return v, err
		}
		return s.gatePassed(ctx, sess, settings, person)
	}
	if verdict != challenge.Waiting {
		s.step(sess.CorrelationID, "proof failed", string(method)+": "+string(verdict))
		if v, blocked, err := s.count(ctx, sess, method, s.proofFailed(settings, method, verdict)); blocked || err != nil {
			return v, err
		}
	}
	return s.settle(ctx, id, func(cur Session) Session {
		cur = cur.settle(verdictMessage(method, verdict))
		cur.Challenge = &next
		if verdict == challenge.Denied || verdict == challenge.Spent {
			cur.Challenge = nil // it is over: looking again is no further failure
		}
		return cur
	})
}

func verdictMessage(m policy.Method, v challenge.Verdict) Message {
	switch {
	case v == challenge.Waiting:
		return MsgWaiting
	case v == challenge.Denied:
		return MsgDenied
	case v == challenge.Expired:
		return MsgCodeExpired
	case v == challenge.Replayed:
		return MsgCodeReplayed
	case v == challenge.Spent:
		return MsgCodeSpent
	case m == policy.Questions:
		return MsgAnswersWrong
	}
	return MsgCodeWrong
}

// gatePassed moves a session over a gate, under a new ID: what was known of the
// session before the gate is worth nothing after it.
func (s *Service) gatePassed(ctx context.Context, sess Session, settings policy.Settings, person policy.Person) (View, error) {
	ctx = context.WithoutCancel(ctx)
	method := sess.Challenge.Method
	s.step(sess.CorrelationID, "proof passed", fmt.Sprintf("%s, gate %d of %d", method, sess.gate(), sess.Gates))
	s.progress(sess, journal.Completed(method))

	renewed := s.NewID("session")
	if err := s.Sessions.Rename(ctx, sess.ID, renewed); err != nil {
		return View{}, fmt.Errorf("renewing the session: %w", err)
	}
	after := sess.pass(method)
	if after.Step != StepPassword {
		offers := policy.OffersFor(settings, person, after.gate(), after.Passed, s.Now())
		s.Journal.UpdateAttempt(sess.CorrelationID, func(a *journal.Attempt) {
			a.Offers = append(a.Offers, journal.GateOffers{Gate: after.gate(), Offers: offers})
		})
		return s.settle(ctx, renewed, func(cur Session) Session { return cur.pass(method) })
	}
	s.progress(sess, journal.ReasonVerified)
	if sess.Operation != policy.Unlock {
		return s.settle(ctx, renewed, func(cur Session) Session { return cur.pass(method) })
	}
	if _, err := s.settle(ctx, renewed, func(cur Session) Session {
		cur = cur.pass(method)
		cur.Claim, cur.ClaimedAt = claimUnlock, s.Now()
		return cur
	}); err != nil {
		return View{}, err
	}
	after.ID = renewed
	return s.unlock(ctx, after)
}

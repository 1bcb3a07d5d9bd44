package signin

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// factorWindow is how long wrong second factors and passes count towards
// [policy.MaxFactorFailures].
const factorWindow = time.Hour

// StartFactor begins a second factor, or sends it again.
func (s *Service) StartFactor(ctx context.Context, id string, m policy.Method) (View, error) {
	return s.factor(ctx, id, func(settings policy.Settings, a Account, sess Session, st Standing) (func(Session) Session, error) {
		if !slices.ContainsFunc(st.Factors, func(o policy.Offer) bool { return o.Method == m }) {
			return say(MsgNotOffered), nil
		}
		c, err := s.Proofs.Begin(ctx, a.Person, settings.ForSecondFactor(), m, a.Contacts.For(m), sess.Locale)
		if err != nil {
			return say(MsgCannotReach), nil // nothing was delivered; the person may try another way
		}
		return func(cur Session) Session {
			cur = cur.settle(started(m))
			cur.Challenge = &c
			return cur
		}, nil
	})
}

// tooMany reports whether factors and passes of a person went wrong so often that
// none is looked at.
func (s *Service) tooMany(ctx context.Context, personID string) (bool, error) {
	h, err := s.Habits.Habits(ctx, personID)
	if err != nil {
		return false, fmt.Errorf("asking for failed factors: %w", err)
	}
	return h.FactorFailures(s.Now().Add(-factorWindow)) >= policy.MaxFactorFailures, nil
}

// factorFailed counts a wrong second factor or pass.
func (s *Service) factorFailed(ctx context.Context, personID string) error {
	return s.Habits.UpdateHabits(ctx, personID, func(h policy.Habits) policy.Habits { return h.FactorFailed(s.Now()) })
}

// familiar reports whether the person has signed in from the address before.
func (s *Service) familiar(ctx context.Context, personID, ipAddress string) (bool, error) {
	h, err := s.Habits.Habits(ctx, personID)
	if err != nil {
		return false, fmt.Errorf("asking where the person signs in from: %w", err)
	}
	return h.Familiar(ipAddress), nil
}

// stop ends the factor under way of somebody who failed too often.
func stop(cur Session) Session {
	cur = cur.settle(MsgTooMany)
	cur.Challenge = nil
	return cur
}

// started is what a page says after a factor began.
func started(m policy.Method) Message {
	switch m {
	case policy.MobileSMS:
		return MsgCodeSent
	case policy.AppCode:
		return MsgNone
	}
	return MsgWaiting
}

// AnswerFactor answers the factor under way: a code, or nothing for a
// notification or call, which is then asked for its answer.
func (s *Service) AnswerFactor(ctx context.Context, id string, code secret.Text) (View, error) {
	proved := false
	v, err := s.factor(ctx, id, func(settings policy.Settings, a Account, sess Session, _ Standing) (func(Session) Session, error) {
		if sess.Challenge == nil {
			return say(MsgNotNow), nil
		}
		prover := a.Person
		prover.Apps = policy.SecondFactorApps(settings, a.Person)
		next, verdict, err := s.Proofs.Answer(ctx, prover, settings, *sess.Challenge, []secret.Text{code})
		if err != nil {
			return nil, fmt.Errorf("checking the second factor: %w", err)
		}
		if verdict == challenge.Right {
			// Of many guesses at once no more count than the bound allows.
			if over, err := s.tooMany(ctx, a.ID); over || err != nil {
				return stop, err
			}
			proved = true
			return func(cur Session) Session { return cur.proved(s.Now()) }, nil
		}
		if verdict == challenge.Wrong || verdict == challenge.Denied || verdict == challenge.Spent {
			if err := s.factorFailed(ctx, a.ID); err != nil {
				return nil, fmt.Errorf("counting a wrong factor: %w", err)
			}
			s.log(sess, CodeFactorFailed)
		}
		return func(cur Session) Session {
			cur = cur.settle(said(verdict))
			cur.Challenge = &next
			if verdict == challenge.Denied || verdict == challenge.Expired || verdict == challenge.Spent {
				cur.Challenge = nil
			}
			return cur
		}, nil
	})
	if err != nil || !proved {
		return v, err
	}
	return s.renew(ctx, id)
}

// renew gives a session a new ID after a factor was proved, so that one seen
// before is worth nothing.
func (s *Service) renew(ctx context.Context, id string) (View, error) {
	fresh := s.NewID("signin")
	if err := s.Sessions.Rename(ctx, id, fresh); err != nil {
		return View{}, fmt.Errorf("renewing the sign-in: %w", err)
	}
	return s.View(ctx, fresh)
}

func said(v challenge.Verdict) Message {
	switch v {
	case challenge.Expired:
		return MsgCodeExpired
	case challenge.Replayed:
		return MsgCodeReplayed
	case challenge.Spent:
		return MsgCodeSpent
	case challenge.Waiting:
		return MsgWaiting
	case challenge.Denied:
		return MsgDenied
	}
	return MsgCodeWrong
}

// DropFactor leaves the factor under way for another one.
func (s *Service) DropFactor(ctx context.Context, id string) (View, error) {
	return s.change(ctx, id, func(cur Session) (Session, error) {
		cur = cur.settle(MsgNone)
		cur.Challenge = nil
		return cur, nil
	})
}

// Demand asks for a second factor that no policy has asked for yet: a page shows
// security information only after one (concept-registration-mfa-sspr-combined).
func (s *Service) Demand(ctx context.Context, id string) (View, error) {
	return s.change(ctx, id, func(cur Session) (Session, error) {
		cur = cur.settle(MsgNone)
		cur.Demanded = cur.MFADoneAt.IsZero()
		return cur, nil
	})
}

func say(m Message) func(Session) Session {
	return func(cur Session) Session { return cur.settle(m) }
}

// factor claims a session that stands before a second factor, acts, and settles
// it even when the browser has gone.
func (s *Service) factor(ctx context.Context, id string, act func(policy.Settings, Account, Session, Standing) (func(Session) Session, error)) (View, error) {
	var sess Session
	claimed := false
	v, err := s.change(ctx, id, func(cur Session) (Session, error) {
		next, err := cur.claim("factor", s.Now())
		sess, claimed = next, err == nil
		return next, err
	})
	if !claimed {
		return v, err
	}
	if err != nil || v.Step != StepFactor {
		return s.change(context.WithoutCancel(ctx), id, func(cur Session) (Session, error) { return cur.settle(MsgNotNow), nil })
	}
	settle, err := s.acted(ctx, sess, act)
	if err != nil {
		settle = say(MsgCannotReach)
	}
	shown, serr := s.change(context.WithoutCancel(ctx), id, func(cur Session) (Session, error) { return settle(cur), nil })
	if err != nil {
		return shown, err
	}
	return shown, serr
}

func (s *Service) acted(ctx context.Context, sess Session, act func(policy.Settings, Account, Session, Standing) (func(Session) Session, error)) (func(Session) Session, error) {
	settings, a, err := s.facts(ctx, sess.PersonID)
	if err != nil {
		return nil, err
	}
	if over, err := s.tooMany(ctx, a.ID); over || err != nil {
		return stop, err
	}
	return act(settings, a, sess, Stand(settings, a, sess, s.Now()))
}

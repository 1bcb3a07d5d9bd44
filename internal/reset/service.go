package reset

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
)

// A Service carries sessions. All fields are required.
type Service struct {
	Sessions   SessionStore
	People     People
	Passwords  CloudPasswords
	Current    CurrentPasswords
	OnPremises OnPremises
	Proofs     *challenge.Service
	Notifier   Notifier
	Journal    *journal.Journal
	Now        func() time.Time
	NewID      func(kind string) string // GUID of "session" or "correlation", from the lab's chance
}

// The life of a session where the tenant's settings say nothing (reference 1.2).
const defaultSessionLife = 15 * time.Minute

// causeThrottled is the name of the throttling check, which is also the cause
// of a block that begins in the middle of a session.
const causeThrottled = "throttle"

// change applies one pure transition to a session and shows the result. A
// transition that does not fit leaves the session as it is: the person then
// sees what the session needs, with a word that the press came too late.
func (s *Service) change(ctx context.Context, id string, transition func(Session) (Session, error)) (View, error) {
	err := s.Sessions.Update(ctx, id, transition)
	if errors.Is(err, errNotNow) || errors.Is(err, ErrNoSession) {
		return s.notNow(ctx, id)
	}
	if err != nil {
		return View{}, fmt.Errorf("changing the session: %w", err)
	}
	return s.View(ctx, id)
}

// notNow shows a session whose present step does not fit what was pressed.
func (s *Service) notNow(ctx context.Context, id string) (View, error) {
	v, err := s.View(ctx, id)
	if err == nil && v.Message == MsgNone && !v.Step.final() && v.Step != StepBusy {
		v.Message = MsgNotNow
	}
	return v, err
}

// claim takes the session for an effect and returns it as claimed. ok is false
// when the press did not fit or somebody else was faster; the view then says
// what the session needs.
func (s *Service) claim(ctx context.Context, id, what string, fits Step) (sess Session, v View, ok bool, err error) {
	err = s.Sessions.Update(ctx, id, func(cur Session) (Session, error) {
		next, err := cur.claim(what, fits, s.Now())
		sess = next
		return next, err
	})
	if errors.Is(err, errNotNow) || errors.Is(err, ErrNoSession) {
		v, err = s.notNow(ctx, id)
		return sess, v, false, err
	}
	if err != nil {
		return sess, v, false, fmt.Errorf("claiming the session: %w", err)
	}
	return sess, v, true, nil
}

// settle stores how an effect ended, even when the browser has gone away, and
// shows the session.
func (s *Service) settle(ctx context.Context, id string, how func(Session) Session) (View, error) {
	ctx = context.WithoutCancel(ctx)
	err := s.Sessions.Update(ctx, id, func(cur Session) (Session, error) { return how(cur), nil })
	if err != nil {
		return View{}, fmt.Errorf("settling the session: %w", err)
	}
	return s.View(ctx, id)
}

// release gives a session back after an effect that broke, so that the person
// can press again.
func (s *Service) release(ctx context.Context, id string) {
	_, _ = s.settle(ctx, id, func(cur Session) Session { return cur.settle(cur.Message) })
}

// settings are the tenant's settings that are in force now: some changes take
// their time to spread (reference 4.4, 7.1).
func (s *Service) settings(ctx context.Context) (policy.Settings, error) {
	settings, err := s.People.Settings(ctx)
	if err != nil {
		return settings, fmt.Errorf("reading the tenant's settings: %w", err)
	}
	return settings.InForce(s.Now()), nil
}

// facts are what every effect asks for first.
func (s *Service) facts(ctx context.Context, personID string) (policy.Settings, policy.Person, error) {
	settings, err := s.settings(ctx)
	if err != nil {
		return settings, policy.Person{}, err
	}
	person, err := s.People.Person(ctx, personID)
	if err != nil {
		return settings, person, fmt.Errorf("reading the person: %w", err)
	}
	return settings, person, nil
}

// ChooseTrouble answers P2: policy.Reset or policy.Unlock.
func (s *Service) ChooseTrouble(ctx context.Context, id string, op policy.Operation) (View, error) {
	chosen := ""
	v, err := s.change(ctx, id, func(cur Session) (Session, error) {
		if cur.at(s.Now()) != StepTrouble || op == policy.Change || op == policy.Unlock && !cur.AllowUnlock {
			return cur, errNotNow
		}
		chosen = cur.CorrelationID
		cur = cur.settle(MsgNone)
		cur.Operation, cur.Step = op, StepVerify
		return cur, nil
	})
	if chosen != "" {
		s.Journal.UpdateAttempt(chosen, func(a *journal.Attempt) { a.Kind = op })
	}
	return v, err
}

// Cancel ends the session.
func (s *Service) Cancel(ctx context.Context, id string) (View, error) {
	var cancelled Session
	v, err := s.change(ctx, id, func(cur Session) (Session, error) {
		step := cur.at(s.Now())
		if step.final() || step == StepBusy {
			return cur, errNotNow
		}
		cancelled = cur
		cur = cur.settle(MsgNone)
		cur.Step, cur.Challenge = StepEnded, nil
		return cur, nil
	})
	if err == nil && cancelled.ID != "" {
		reason := journal.ReasonCancelledProofs
		if cancelled.Step == StepPassword {
			reason = journal.ReasonCancelledPassword
		}
		s.progress(cancelled, reason)
		s.end(cancelled.CorrelationID, journal.Cancelled, "", "cancelled", "")
	}
	return v, err
}

package reset

import (
	"context"
	"errors"
	"fmt"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
)

// A BeginInput is the first page.
type BeginInput struct {
	UserID    string
	Locale    string
	IPAddress string
	UserAgent string
	Cookies   bool // the browser keeps cookies
}

// Begin resolves the user, runs the checks and opens a session. The robot check
// has been answered before.
//
// Errors: ErrUnknownUser (stay on P1; says nothing about why),
// ErrPersonalAccount, ErrNoCookies, or a fault. The view that comes with one of
// these three carries the correlation ID and nothing else.
func (s *Service) Begin(ctx context.Context, in BeginInput) (View, error) {
	now := s.Now()
	settings, err := s.settings(ctx)
	if err != nil {
		return View{}, err
	}
	life := settings.Reset.SessionLife
	if life <= 0 {
		life = defaultSessionLife
	}
	sess := Session{
		ID: s.NewID("session"), CorrelationID: s.NewID("correlation"),
		UserID: in.UserID, Locale: in.Locale, IPAddress: in.IPAddress,
		Operation: policy.Reset, Started: now, Expires: now.Add(life),
	}
	s.Journal.StartAttempt(journal.Attempt{
		CorrelationID: sess.CorrelationID, Kind: sess.Operation, UserPrincipalName: in.UserID,
		Started: now, Outcome: journal.Open, Checks: []policy.Check{}, Steps: []journal.Step{},
	})

	person, refusal, err := s.identify(ctx, sess, in)
	if err != nil || refusal != "" {
		if err == nil {
			err = refusal
		}
		return View{CorrelationID: sess.CorrelationID}, err
	}
	sess.PersonID, sess.PrincipalName = person.ID, person.UserPrincipalName
	s.progress(sess, journal.ReasonSubmittedID)

	admission, block, err := s.admit(ctx, sess, settings, person)
	if err != nil {
		return View{}, err
	}
	sess = s.opened(sess, settings, person, admission, block)
	if err := s.Sessions.Create(ctx, sess); err != nil {
		return View{}, fmt.Errorf("opening the session: %w", err)
	}
	return s.View(ctx, sess.ID)
}

// identify is checks 0 and 1: cookies, and an account of this tenant.
func (s *Service) identify(ctx context.Context, sess Session, in BeginInput) (policy.Person, Refusal, error) {
	if !in.Cookies {
		s.check(sess.CorrelationID, policy.Check{
			Name: "cookies", Rule: "the browser keeps cookies", Source: "howto-sspr-reporting; SSPR reference 1.4 #0", Verdict: policy.Failed,
			Detail: "no cookie came back", Remedy: "allow cookies for this site",
		})
		s.progress(sess, journal.ReasonNoCookies)
		s.end(sess.CorrelationID, journal.Refused, "", "cookies", "allow cookies for this site")
		return policy.Person{}, ErrNoCookies, nil
	}
	person, err := s.People.FindPerson(ctx, in.UserID)
	account := policy.Check{
		Name: "account", Rule: "the user ID belongs to a work or school account of a tenant", Source: "concept-sspr-howitworks; SSPR reference 1.4 #1",
		Input: []policy.Fact{{Name: "userId", Value: in.UserID}}, Verdict: policy.Passed,
	}
	refusal := Refusal("")
	switch {
	case errors.Is(err, ErrNoSuchPerson):
		account.Verdict, refusal = policy.Failed, ErrUnknownUser
		account.Detail = "no user principal name, nor an e-mail address that counts as a login ID, equals it"
		account.Remedy = "type the user principal name of an existing account"
	case err != nil:
		return person, "", fmt.Errorf("looking up the user: %w", err)
	case person.Guest == policy.PersonalAccount:
		account.Verdict, refusal = policy.Failed, ErrPersonalAccount
		account.Detail, account.Remedy = "a personal Microsoft account", "recover the account where personal accounts are recovered"
	}
	s.check(sess.CorrelationID, account)
	if refusal != "" {
		s.end(sess.CorrelationID, journal.Refused, "", account.Name, account.Remedy)
		return person, refusal, nil
	}
	s.Journal.UpdateAttempt(sess.CorrelationID, func(a *journal.Attempt) {
		a.UserID, a.UserPrincipalName = person.ID, person.UserPrincipalName
	})
	return person, "", nil
}

// admit asks the rules whether the person may go on, with the facts of now. The
// block is the one that refused, nil where another rule did.
func (s *Service) admit(ctx context.Context, sess Session, settings policy.Settings, person policy.Person) (policy.Admission, *policy.Block, error) {
	counters, err := s.People.Counters(ctx, person.ID)
	if err != nil {
		return policy.Admission{}, nil, fmt.Errorf("reading the throttle counters: %w", err)
	}
	status := policy.WritebackRunning
	if person.Hosting.OnPremises() {
		status = s.OnPremises.Status(ctx, person)
	}
	now := s.Now()
	a := policy.Admit(sess.Operation, settings, person, counters, status, now)
	if a.Refusal == nil || a.Refusal.Cause != policy.CheckThrottle {
		return a, nil, nil
	}
	return a, counters.Blocked(now), nil
}

// opened is the session after the checks of the first page.
func (s *Service) opened(sess Session, settings policy.Settings, person policy.Person, a policy.Admission, block *policy.Block) Session {
	s.Journal.UpdateAttempt(sess.CorrelationID, func(rec *journal.Attempt) {
		rec.Checks = append(rec.Checks, a.Checks...)
		rec.Gates = a.Gates
		if len(a.Offers) > 0 {
			rec.Offers = append(rec.Offers, journal.GateOffers{Gate: 1, Offers: a.Offers})
		}
	})
	sess.Gates = a.Gates
	if a.Refusal != nil {
		s.refuse(sess, *a.Refusal, block)
		return sess.refused(*a.Refusal, block)
	}
	s.progress(sess, journal.ReasonPresentedOptions)
	sess.Step = StepVerify
	if person.Hosting.OnPremises() {
		sess.Step, sess.AllowUnlock = StepTrouble, settings.Reset.AllowUnlock
	}
	return sess
}

// refuse records that the rules said no.
func (s *Service) refuse(sess Session, r policy.Refusal, block *policy.Block) {
	s.end(sess.CorrelationID, journal.Refused, r.Code, r.Cause, r.Remedy, r.Fixes...)
	if block == nil {
		s.progress(sess, flowReason(r.Code, r.Cause))
	}
}

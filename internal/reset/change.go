package reset

import (
	"context"
	"fmt"
	"time"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// A ChangeInput changes a known password of a signed-in person.
type ChangeInput struct {
	PersonID     string
	Current, New secret.Text
	Confirmation secret.Text
	// Proved says that the person passed password and second factor in the same
	// session: then the current password may be missing (SSPR reference 5.7).
	Proved            bool
	IPAddress, Locale string
}

// A ChangeResult is the outcome of a change.
type ChangeResult struct {
	CorrelationID string
	Done          bool
	Reason        policy.PasswordReason // why the password was refused
	Code          policy.Code           // the rules said no, or infrastructure failed
	Cause         string                // with Code, or instead of one: the failed check or the directory's refusal
	Message       Message
}

// ChangePassword changes a known password (SSPR reference 5.7, 8.4). On-premises
// passwords are changed with the old one, by the person's own right, so that
// protected accounts can change where they cannot be reset; without it, on the
// Security info page after a second factor, the agent sets them.
func (s *Service) ChangePassword(ctx context.Context, in ChangeInput) (ChangeResult, error) {
	settings, person, err := s.facts(ctx, in.PersonID)
	if err != nil {
		return ChangeResult{}, err
	}
	sess := Session{
		CorrelationID: s.NewID("correlation"), UserID: person.UserPrincipalName, PersonID: person.ID, PrincipalName: person.UserPrincipalName,
		Locale: in.Locale, IPAddress: in.IPAddress, Operation: policy.Change, Started: s.Now(),
	}
	s.Journal.StartAttempt(journal.Attempt{
		CorrelationID: sess.CorrelationID, Kind: policy.Change, UserPrincipalName: person.UserPrincipalName, UserID: person.ID,
		Started: sess.Started, Outcome: journal.Open, Checks: []policy.Check{}, Steps: []journal.Step{},
	})
	ctx = context.WithoutCancel(ctx)

	if refused := s.judgeTyping(sess, in); refused != policy.PasswordAccepted {
		return s.changeRefused(sess, refused), nil
	}
	if refusal, refused, err := s.admitChange(ctx, sess, settings, person); refused || err != nil {
		return refusal, err
	}
	if refused := s.judgeChange(ctx, sess, settings, person, in); refused != policy.PasswordAccepted {
		return s.changeRefused(sess, refused), nil
	}
	if person.Hosting.OnPremises() {
		return s.changeOnPremises(ctx, sess, person, in)
	}
	return s.changeInCloud(ctx, sess, person, in)
}

// judgeTyping refuses a form that is not filled in.
func (s *Service) judgeTyping(sess Session, in ChangeInput) policy.PasswordReason {
	switch {
	case in.Current.Empty() && !in.Proved:
		s.end(sess.CorrelationID, journal.Refused, "", string(policy.PasswordCurrentMissing), "type the current password")
		return policy.PasswordCurrentMissing
	case !in.New.Equal(in.Confirmation):
		s.end(sess.CorrelationID, journal.Refused, "", string(policy.PasswordMismatch), "type the new password twice alike")
		return policy.PasswordMismatch
	}
	return policy.PasswordAccepted
}

// admitChange asks the rules of the first page that count for a change, too: the
// licence, and writeback (SSPR reference 1.4 #5 and #7, 10).
func (s *Service) admitChange(ctx context.Context, sess Session, settings policy.Settings, person policy.Person) (ChangeResult, bool, error) {
	a, _, err := s.admit(ctx, sess, settings, person)
	if err != nil {
		return ChangeResult{}, false, err
	}
	s.check(sess.CorrelationID, a.Checks...)
	if a.Refusal == nil {
		return ChangeResult{}, false, nil
	}
	r := *a.Refusal
	s.final(sess, journal.AgentNone, finalReason(r.Code, r.Cause))
	s.end(sess.CorrelationID, journal.Refused, r.Code, r.Cause, r.Remedy, r.Fixes...)
	return ChangeResult{CorrelationID: sess.CorrelationID, Code: r.Code, Cause: r.Cause}, true, nil
}

// judgeChange applies the rules for passwords that need no directory.
func (s *Service) judgeChange(ctx context.Context, sess Session, settings policy.Settings, person policy.Person, in ChangeInput) policy.PasswordReason {
	same := in.New.Equal(in.Current)
	if in.Current.Empty() {
		same, _ = s.Passwords.Matches(ctx, person.ID, in.New) // somebody without a cloud password has none to repeat
	}
	verdict := policy.JudgePassword(policy.Change, settings, person, in.New.Reveal(), same)
	s.check(sess.CorrelationID, verdict.Checks...)
	if !verdict.OK() {
		failed := lastFailed(verdict.Checks)
		s.final(sess, journal.AgentNone, passwordReason(verdict.Reason, settings))
		s.end(sess.CorrelationID, journal.Refused, "", failed.Name, failed.Remedy)
	}
	return verdict.Reason
}

func (s *Service) changeRefused(sess Session, reason policy.PasswordReason) ChangeResult {
	return ChangeResult{CorrelationID: sess.CorrelationID, Reason: reason, Message: MsgPasswordRefused}
}

func (s *Service) changeInCloud(ctx context.Context, sess Session, person policy.Person, in ChangeInput) (ChangeResult, error) {
	if !in.Current.Empty() {
		right, lockedUntil, err := s.Current.IsCurrent(ctx, person.ID, in.IPAddress, in.Current)
		switch {
		case err != nil:
			return ChangeResult{}, fmt.Errorf("checking the current password: %w", err)
		case !lockedUntil.IsZero():
			return s.lockedOut(sess, lockedUntil), nil
		case !right:
			return s.wrongCurrent(sess, journal.AgentNone), nil
		}
	}
	if err := s.Passwords.SetPassword(ctx, person.ID, in.New, false, s.Now()); err != nil {
		s.step(sess.CorrelationID, "cloud write failed", err.Error())
		s.final(sess, journal.AgentNone, causeCloudWrite)
		s.end(sess.CorrelationID, journal.Failed, "", causeCloudWrite, "try again later: the cloud directory did not accept the write")
		return ChangeResult{CorrelationID: sess.CorrelationID, Cause: causeCloudWrite}, nil
	}
	return s.changed(sess, "None", MsgNone), nil
}

// causeLockedOut is the name of the check by smart lockout.
const causeLockedOut = "smart-lockout"

// lockedOut refuses a change while smart lockout looks at no password: somebody
// who found a signed-in browser guesses no more often than at the sign-in page.
func (s *Service) lockedOut(sess Session, until time.Time) ChangeResult {
	remedy := "wait until " + until.UTC().Format(time.RFC3339) + ", or reset the password"
	s.check(sess.CorrelationID, policy.Check{
		Name: causeLockedOut, Rule: "smart lockout is not in force for the account", Source: "howto-password-smart-lockout; SSPR reference 6.3",
		Verdict: policy.Failed, Detail: "too many wrong passwords, at sign-ins and changes together", Remedy: remedy,
	})
	s.final(sess, journal.AgentNone, causeLockedOut)
	s.end(sess.CorrelationID, journal.Refused, "", causeLockedOut, remedy)
	return ChangeResult{CorrelationID: sess.CorrelationID, Cause: causeLockedOut, Message: MsgTryLater}
}

func (s *Service) wrongCurrent(sess Session, agent string) ChangeResult {
	s.final(sess, agent, string(policy.PasswordWrongCurrent))
	s.end(sess.CorrelationID, journal.Refused, "", string(policy.PasswordWrongCurrent), "type the current password")
	return s.changeRefused(sess, policy.PasswordWrongCurrent)
}

func (s *Service) changeOnPremises(ctx context.Context, sess Session, person policy.Person, in ChangeInput) (ChangeResult, error) {
	operation := policy.Change
	if in.Current.Empty() {
		operation = policy.Reset // nothing to change it with
	}
	report := s.OnPremises.Write(ctx, OnPremisesWrite{
		Operation: operation, CorrelationID: sess.CorrelationID, Person: person, Current: in.Current, New: in.New,
	})
	s.reported(sess.CorrelationID, report)
	switch report.Verdict {
	case Written:
		return s.changedOnPremises(ctx, sess, person, in.New, report.Agent), nil
	case WrongCurrent:
		return s.wrongCurrent(sess, report.Agent), nil
	case RefusedByPolicy:
		s.final(sess, report.Agent, journal.ReasonOnPremises)
		s.end(sess.CorrelationID, journal.Refused, "", string(report.Verdict), report.Remedy)
		return s.changeRefused(sess, policy.PasswordRefusedByAD), nil
	case AccountLocked:
		s.final(sess, report.Agent, journal.ReasonAdminAction)
		s.end(sess.CorrelationID, journal.Refused, "", string(report.Verdict), report.Remedy)
		return ChangeResult{CorrelationID: sess.CorrelationID, Cause: string(report.Verdict), Message: MsgTryLater}, nil
	}
	code, outcome, message := failure(report.Verdict)
	s.final(sess, report.Agent, finalReason(code, ""))
	s.end(sess.CorrelationID, outcome, code, string(report.Verdict), report.Remedy)
	return ChangeResult{CorrelationID: sess.CorrelationID, Code: code, Cause: string(report.Verdict), Message: message}, nil
}

func (s *Service) changedOnPremises(ctx context.Context, sess Session, person policy.Person, password secret.Text, agent string) ChangeResult {
	message := MsgNone
	if s.cloudTakes(sess, person, password) {
		if err := s.Passwords.SetPassword(ctx, person.ID, password, false, s.Now()); err != nil {
			s.step(sess.CorrelationID, "cloud write failed", err.Error())
			message = MsgWaitMinutes
		}
	}
	return s.changed(sess, agent, message)
}

func (s *Service) changed(sess Session, agent string, m Message) ChangeResult {
	s.final(sess, agent, "")
	outcome, cause, remedy := journal.Done, "", ""
	if m == MsgWaitMinutes {
		outcome, cause, remedy = journal.Partial, causeCloudWrite, cloudRemedy
		s.cloudRefused(sess)
	}
	s.end(sess.CorrelationID, outcome, "", cause, remedy)
	return ChangeResult{CorrelationID: sess.CorrelationID, Done: true, Message: m}
}

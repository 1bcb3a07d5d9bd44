package reset

import (
	"context"
	"fmt"
	"slices"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// ChoosePassword submits P5. A refusal of the cloud's rules or of the
// on-premises policy keeps the gates passed: the person stays on P5 and may try
// another password. An infrastructure failure ends the session on PE.
func (s *Service) ChoosePassword(ctx context.Context, id string, password, confirmation secret.Text) (View, error) {
	sess, v, ok, err := s.claim(ctx, id, claimPassword, StepPassword)
	if !ok {
		return v, err
	}
	ctx = context.WithoutCancel(ctx) // from here on the outcome counts, not the browser
	settings, person, err := s.facts(ctx, sess.PersonID)
	if err != nil {
		s.release(ctx, id)
		return View{}, err
	}
	if !password.Equal(confirmation) {
		return s.refusePassword(ctx, sess, policy.PasswordMismatch)
	}
	if v, ended, err := s.stillAdmitted(ctx, sess, settings, person); ended || err != nil {
		return v, err
	}
	if !sess.Submitted {
		if v, blocked, err := s.count(ctx, sess, "", s.attempt(settings, policy.ResetAttempt)); blocked || err != nil {
			return v, err
		}
	}
	s.step(sess.CorrelationID, "password submitted", "")
	s.progress(sess, journal.ReasonSubmittedPassword)

	verdict := policy.JudgePassword(sess.Operation, settings, person, password.Reveal(), false)
	s.check(sess.CorrelationID, verdict.Checks...)
	if !verdict.OK() {
		s.final(sess, journal.AgentNone, passwordReason(verdict.Reason, settings))
		s.end(sess.CorrelationID, journal.Refused, "", lastFailed(verdict.Checks).Name, lastFailed(verdict.Checks).Remedy)
		return s.refusePassword(ctx, sess, verdict.Reason)
	}
	return s.write(ctx, sess, person, password)
}

// stillAdmitted asks the rules again with the settings in force now, so that no
// password is set with fewer gates than they demand at this moment.
func (s *Service) stillAdmitted(ctx context.Context, sess Session, settings policy.Settings, person policy.Person) (View, bool, error) {
	a, block, err := s.admit(ctx, sess, settings, person)
	if err != nil {
		s.release(ctx, sess.ID)
		return View{}, false, err
	}
	if a.Refusal != nil {
		s.check(sess.CorrelationID, a.Checks...)
		s.refuse(sess, *a.Refusal, block)
		v, err := s.settle(ctx, sess.ID, func(cur Session) Session { return cur.refused(*a.Refusal, block) })
		return v, true, err
	}
	still := counting(sess.Passed, a.Offers)
	if a.Gates <= len(still) {
		return View{}, false, nil
	}
	s.step(sess.CorrelationID, "gates raised", fmt.Sprintf("%d passed that count, %d required now", len(still), a.Gates))
	s.Journal.UpdateAttempt(sess.CorrelationID, func(rec *journal.Attempt) { rec.Gates = a.Gates })
	v, err := s.settle(ctx, sess.ID, func(cur Session) Session {
		cur = cur.settle(MsgNotNow)
		cur.Gates, cur.Passed, cur.Step = a.Gates, still, StepVerify
		return cur
	})
	return v, true, err
}

// counting is the proofs among passed that count now: those whose method the
// person could still use. A proof by questions is worth nothing to somebody who
// has become an administrator since, nor one by a method that was switched off.
func counting(passed []policy.Method, offers []policy.Offer) []policy.Method {
	return slices.DeleteFunc(slices.Clone(passed), func(m policy.Method) bool {
		return !slices.ContainsFunc(offers, func(o policy.Offer) bool { return o.Method == m && o.Offered })
	})
}

// refusePassword keeps the session on P5 with the reason.
func (s *Service) refusePassword(ctx context.Context, sess Session, reason policy.PasswordReason) (View, error) {
	return s.settle(ctx, sess.ID, func(cur Session) Session {
		cur = cur.settle(MsgPasswordRefused)
		cur.PasswordReason = reason
		cur.Submitted = cur.Submitted || reason != policy.PasswordMismatch
		return cur
	})
}

// write carries the accepted password to every directory that should know it:
// on-premises first, then the cloud (reference 1.7, steps 3 to 6).
func (s *Service) write(ctx context.Context, sess Session, person policy.Person, password secret.Text) (View, error) {
	agent := journal.AgentNone
	if person.Hosting.OnPremises() {
		report := s.OnPremises.Write(ctx, OnPremisesWrite{
			Operation: sess.Operation, CorrelationID: sess.CorrelationID, Person: person, New: password,
		})
		s.reported(sess.CorrelationID, report)
		agent = report.Agent
		switch report.Verdict {
		case Written:
		case RefusedByPolicy:
			s.final(sess, agent, journal.ReasonOnPremises)
			s.end(sess.CorrelationID, journal.Refused, "", string(report.Verdict), report.Remedy)
			return s.refusePassword(ctx, sess, policy.PasswordRefusedByAD)
		default:
			return s.writeFailed(ctx, sess, report)
		}
	}
	message := MsgNone
	if s.cloudTakes(sess, person, password) {
		if err := s.Passwords.SetPassword(ctx, person.ID, password, false, s.Now()); err != nil {
			if !person.Hosting.OnPremises() {
				s.step(sess.CorrelationID, "cloud write failed", err.Error())
				return s.cloudFailed(ctx, sess)
			}
			s.step(sess.CorrelationID, "cloud write failed", err.Error())
			message = MsgWaitMinutes // OnPremisesSuccessCloudFailure
		} else {
			s.step(sess.CorrelationID, "cloud write", "password stored, refresh tokens revoked")
			s.coreDirectory(sess)
		}
	}
	return s.succeeded(ctx, sess, person, agent, message)
}

// cloudTakes reports whether the cloud is written at once. It is not for
// federated people, and not for a password of characters that only Active
// Directory takes: that one the cloud refuses without a word, and learns it by
// password hash synchronisation (reference 1.7, 6.2).
func (s *Service) cloudTakes(sess Session, person policy.Person, password secret.Text) bool {
	if person.Hosting == policy.Federated {
		return false
	}
	if !person.Hosting.OnPremises() || policy.CloudCharacters(password.Reveal()) {
		return true
	}
	s.step(sess.CorrelationID, "cloud write left out",
		"the password has characters that the cloud takes from no page: the old one counts there until the next password hash synchronisation")
	return false
}

// unlock clears lockoutTime on-premises and leaves everything in the cloud as
// it is (reference 1.6).
func (s *Service) unlock(ctx context.Context, sess Session) (View, error) {
	settings, person, err := s.facts(ctx, sess.PersonID)
	if err != nil {
		s.release(ctx, sess.ID)
		return View{}, err
	}
	if v, ended, err := s.stillAdmitted(ctx, sess, settings, person); ended || err != nil {
		return v, err
	}
	report := s.OnPremises.Write(ctx, OnPremisesWrite{Operation: policy.Unlock, CorrelationID: sess.CorrelationID, Person: person})
	s.reported(sess.CorrelationID, report)
	if report.Verdict != Written {
		return s.writeFailed(ctx, sess, report)
	}
	return s.succeeded(ctx, sess, person, report.Agent, MsgNone)
}

// succeeded ends a session well: people told, records written, and after a reset
// the counters cleared.
func (s *Service) succeeded(ctx context.Context, sess Session, person policy.Person, agent string, m Message) (View, error) {
	if sess.Operation == policy.Reset { // passwords-faq says nothing of an unlock
		if err := s.People.UpdateCounters(ctx, person.ID, policy.Counters.Cleared); err != nil {
			s.step(sess.CorrelationID, "clearing the throttle failed", err.Error())
		}
	}
	s.final(sess, agent, "")
	outcome, cause, remedy := journal.Done, "", ""
	if m == MsgWaitMinutes {
		outcome, cause, remedy = journal.Partial, causeCloudWrite, cloudRemedy
		s.cloudRefused(sess)
	}
	if sess.Operation == policy.Reset {
		s.progress(sess, journal.ReasonSuccessfullyReset)
	}
	if err := s.Notifier.PasswordReset(ctx, person, sess.Operation, sess.Locale); err != nil {
		s.step(sess.CorrelationID, "notification failed", err.Error())
	}
	s.end(sess.CorrelationID, outcome, "", cause, remedy)
	return s.settle(ctx, sess.ID, func(cur Session) Session { return cur.finish(m) })
}

// writeFailed ends a session whose on-premises write did not succeed and cannot
// be mended by another password (reference 8.8).
func (s *Service) writeFailed(ctx context.Context, sess Session, report WriteReport) (View, error) {
	code, outcome, message := failure(report.Verdict)
	s.final(sess, report.Agent, finalReason(code, ""))
	s.progress(sess, flowReason(code, ""))
	s.end(sess.CorrelationID, outcome, code, string(report.Verdict), report.Remedy)
	if sess.Operation == policy.Reset {
		s.attemptFailed(ctx, sess)
	}
	return s.settle(ctx, sess.ID, func(cur Session) Session { return cur.fail(code, string(report.Verdict), message) })
}

// failure is what a failed write shows to the person and to the record.
func failure(v WriteVerdict) (policy.Code, journal.Outcome, Message) {
	switch v {
	case Unreachable:
		return policy.CodeOnPremisesConnection, journal.Failed, MsgNone
	case AnswerLost:
		return policy.CodeOnPremisesConnection, journal.Unknown, MsgOutcomeUnknown
	}
	return policy.CodeOnPremisesAdmin, journal.Failed, MsgNone
}

// causeCloudWrite is the cause where the cloud did not take the new password.
const causeCloudWrite = "cloud-write"

// cloudRemedy is for somebody whose new password only the on-premises directory
// knows.
const cloudRemedy = "reset again when the cloud accepts writes; until then the new password holds on-premises only"

// cloudFailed ends the session of a cloud-only user whose password could not be
// stored: nothing has changed anywhere.
func (s *Service) cloudFailed(ctx context.Context, sess Session) (View, error) {
	s.final(sess, journal.AgentNone, causeCloudWrite)
	s.end(sess.CorrelationID, journal.Failed, "", causeCloudWrite, "try again later: the cloud directory did not accept the write")
	s.attemptFailed(ctx, sess)
	return s.settle(ctx, sess.ID, func(cur Session) Session { return cur.fail("", causeCloudWrite, MsgNone) })
}

func lastFailed(checks []policy.Check) policy.Check {
	for i := len(checks) - 1; i >= 0; i-- {
		if checks[i].Verdict == policy.Failed {
			return checks[i]
		}
	}
	return policy.Check{}
}

package reset

import (
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
)

// check adds checks to the decision record.
func (s *Service) check(correlationID string, checks ...policy.Check) {
	s.Journal.UpdateAttempt(correlationID, func(a *journal.Attempt) { a.Checks = append(a.Checks, checks...) })
}

// step adds a step to the decision record. detail never holds a secret.
func (s *Service) step(correlationID, what, detail string) {
	now := s.Now()
	s.Journal.UpdateAttempt(correlationID, func(a *journal.Attempt) {
		a.Steps = append(a.Steps, journal.Step{Time: now, What: what, Detail: detail})
	})
}

// reported adds what the on-premises side said.
func (s *Service) reported(correlationID string, r WriteReport) {
	now := s.Now()
	s.Journal.UpdateAttempt(correlationID, func(a *journal.Attempt) {
		if r.Envelope != nil {
			a.Envelope = r.Envelope
		}
		a.LDAP = append(a.LDAP, r.LDAP...)
		a.Checks = append(a.Checks, r.Checks...)
		a.Steps = append(a.Steps, journal.Step{Time: now, What: "on-premises write", Detail: writeDetail(r)})
	})
}

func writeDetail(r WriteReport) string {
	if r.Detail == "" {
		return string(r.Verdict)
	}
	return string(r.Verdict) + ": " + r.Detail
}

// end sets the outcome of the decision record. A refusal on the password page
// is an end that a later try may replace.
func (s *Service) end(correlationID string, o journal.Outcome, code policy.Code, cause, remedy string, fixes ...policy.Fix) {
	now := s.Now()
	s.Journal.UpdateAttempt(correlationID, func(a *journal.Attempt) {
		a.Outcome, a.Code, a.Cause, a.Remedy, a.Fixes, a.Ended = o, code, cause, remedy, fixes, &now
	})
}

// actor is the person of a session, as an audit record names actors; before
// the person is known it is what was typed.
func (s *Service) actor(sess Session) journal.Actor {
	name := sess.PrincipalName
	if name == "" {
		name = sess.UserID
	}
	return journal.Actor{ID: sess.PersonID, UserPrincipalName: name, IPAddress: sess.IPAddress}
}

// progress writes one step of the flow to the audit log.
func (s *Service) progress(sess Session, reason journal.FlowReason) {
	s.Journal.Append(journal.FlowProgress(sess.CorrelationID, s.actor(sess), reason))
}

// final writes the record that closes a reset, unlock or change. failure is the
// reason, "" for success.
func (s *Service) final(sess Session, agent, failure string) {
	write := journal.PasswordReset
	switch sess.Operation {
	case policy.Unlock:
		write = journal.Unlocked
	case policy.Change:
		write = journal.PasswordChange
	}
	s.Journal.Append(write(sess.CorrelationID, s.actor(sess), agent, failure))
}

// coreDirectory writes what the directory service records beside a reset
// (reference 9.4).
func (s *Service) coreDirectory(sess Session) {
	who := s.actor(sess)
	s.Journal.Append(journal.DirectoryWrite(sess.CorrelationID, journal.ActivityDirectoryReset, who, who))
	s.Journal.Append(journal.DirectoryWrite(sess.CorrelationID, journal.ActivityRefreshTokens, who, who))
}

// cloudRefused writes, after the record of the success on-premises, that the
// cloud did not follow (reference 1.5, 14 B70).
func (s *Service) cloudRefused(sess Session) {
	activity := journal.ActivityDirectoryReset
	if sess.Operation == policy.Change {
		activity = journal.ActivityDirectoryChange
	}
	who := s.actor(sess)
	s.Journal.Append(journal.DirectoryWriteRefused(sess.CorrelationID, activity, who, who, journal.ReasonCloudFailed))
}

// blocked writes the record of a fresh block: of the rule that began it, and the
// method that led to it.
func (s *Service) blocked(sess Session, rule policy.ThrottleEvent, m policy.Method) {
	reason := journal.ReasonBlockedPhone
	switch {
	case rule == policy.ResetAttempt:
		reason = journal.ReasonBlockedAttempts
	case m == policy.Questions:
		reason = journal.ReasonBlockedQuestions
	case m == policy.MobileSMS && rule == policy.ProofFailure:
		reason = journal.ReasonBlockedSMS
	case m == policy.MobileCall:
		reason = journal.ReasonBlockedMobileVoice
	case m == policy.OfficeCall:
		reason = journal.ReasonBlockedOfficeVoice
	case m == policy.Email:
		reason = journal.ReasonBlockedEmail
	case m == policy.AppCode:
		reason = journal.ReasonBlockedAppCode
	}
	s.Journal.Append(journal.Blocked(sess.CorrelationID, s.actor(sess), reason))
}

// flowReason is what the audit log says of a code (reference 1.5, last column), or
// of the cause of a refusal that has none.
func flowReason(c policy.Code, cause string) journal.FlowReason {
	switch c {
	case policy.CodeTenantDisabled:
		return journal.ReasonTenantDisabled
	case policy.CodeWritebackNotEnabled:
		return journal.ReasonManagedOnPremises
	case policy.CodeNotLicensed:
		return journal.ReasonNoLicence
	case policy.CodeNotInGroup:
		return journal.ReasonNotInGroup
	case policy.CodeNotConfigured:
		return journal.ReasonInsufficientMethods
	case policy.CodeOnPremisesAdmin:
		return journal.ReasonOnPremisesProblem
	case policy.CodeOnPremisesConnection:
		return journal.ReasonOnPremisesUnreached
	}
	switch cause {
	case policy.CheckAccountKind:
		return journal.ReasonHomeTenant
	case policy.CheckGuestsAllowed:
		return journal.ReasonGuestsDisabled
	case policy.CheckUnlockAllowed:
		return journal.ReasonUnlockDisabled
	}
	return journal.ReasonNotEnabled // CodeNoPolicy
}

// finalReason is what the closing record says of a code, or of the cause of a
// refusal that has none.
func finalReason(c policy.Code, cause string) string {
	switch c {
	case policy.CodeOnPremisesAdmin:
		return journal.ReasonAdminAction
	case policy.CodeOnPremisesConnection:
		return journal.ReasonConnection
	}
	return string(flowReason(c, cause))
}

// passwordReason is what the closing record says of a password that the cloud
// refused (reference 7.4).
func passwordReason(r policy.PasswordReason, settings policy.Settings) string {
	switch r {
	case policy.PasswordBannedGlobal, policy.PasswordBannedCustom, policy.PasswordContainsName:
		return settings.Ban.AuditReason()
	}
	return string(r)
}

package reset

import (
	"slices"
	"time"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/policy"
)

// A Step is the page a session needs now (SSPR reference 1.2).
type Step string

// The steps.
const (
	StepTrouble  Step = "trouble"  // P2: forgot, or know but cannot sign in
	StepVerify   Step = "verify"   // P3 and P4: prove who you are; View.Gate tells which
	StepPassword Step = "password" // P5
	StepDone     Step = "done"     // P6
	StepUnlocked Step = "unlocked" // P7
	StepError    Step = "error"    // PE
	StepBlocked  Step = "blocked"  // PB
	StepEnded    Step = "ended"    // PX
	StepBusy     Step = "busy"     // an effect is under way (another tab, a second press)
)

// final steps stay as they are, whatever is pressed and however late it is.
func (s Step) final() bool {
	switch s {
	case StepDone, StepUnlocked, StepError, StepBlocked, StepEnded:
		return true
	}
	return false
}

// A Session is one reset or unlock under way. It is plain data; the functions
// below turn one value into the next and have no effects.
type Session struct {
	ID            string           `json:"id"`
	CorrelationID string           `json:"correlationId"`
	UserID        string           `json:"userId"` // as typed
	PersonID      string           `json:"personId"`
	PrincipalName string           `json:"principalName"`
	Locale        string           `json:"locale"`
	IPAddress     string           `json:"ipAddress"`
	Operation     policy.Operation `json:"operation"`
	Started       time.Time        `json:"started"`
	Expires       time.Time        `json:"expires"`

	Step        Step                 `json:"step"`
	AllowUnlock bool                 `json:"allowUnlock,omitempty"`
	Gates       int                  `json:"gates"`
	Passed      []policy.Method      `json:"passed,omitempty"` // one for each gate passed
	Challenge   *challenge.Challenge `json:"challenge,omitempty"`
	Tried       policy.Method        `json:"tried,omitempty"`     // of the last proof begun
	Contacted   bool                 `json:"contacted,omitempty"` // the administrators have been mailed
	Submitted   bool                 `json:"submitted,omitempty"` // a new password was submitted at least once

	Message        Message               `json:"message,omitempty"`
	PasswordReason policy.PasswordReason `json:"passwordReason,omitempty"`
	Code           policy.Code           `json:"code,omitempty"`
	Cause          string                `json:"cause,omitempty"`
	BlockedUntil   time.Time             `json:"blockedUntil,omitzero"`

	Claim     string    `json:"claim,omitempty"` // the effect under way
	ClaimedAt time.Time `json:"claimedAt,omitzero"`
}

// The effects that a session can be claimed for.
const (
	claimProof    = "proof"
	claimAnswer   = "answer"
	claimPassword = "password"
	claimUnlock   = "unlock"
)

// claimLife is how long an effect may take before its session counts as left
// behind by a process that died: longer than the 30 s that a write may take.
const claimLife = 2 * time.Minute

// gate is the number of the gate that s stands before, counted from 1.
func (s Session) gate() int { return len(s.Passed) + 1 }

// at returns the step that s needs at now.
func (s Session) at(now time.Time) Step {
	switch {
	case s.Step.final():
		return s.Step
	case s.Claim != "" && now.Sub(s.ClaimedAt) < claimLife:
		return StepBusy
	case s.Claim == claimPassword || s.Claim == claimUnlock:
		return StepError // the write was left behind: see [Service.View]
	case !now.Before(s.Expires):
		return StepEnded
	}
	return s.Step
}

// claim takes s for an effect. Of two presses on one button, one gets it; the
// other gets errNotNow, and so does a press that does not fit the step.
func (s Session) claim(what string, fits Step, now time.Time) (Session, error) {
	if s.at(now) != fits {
		return s, errNotNow
	}
	s.Claim, s.ClaimedAt = what, now
	return s, nil
}

// settle gives s back after an effect.
func (s Session) settle(m Message) Session {
	s.Claim, s.ClaimedAt, s.Message, s.PasswordReason = "", time.Time{}, m, ""
	return s
}

// fail ends s on the error page.
func (s Session) fail(code policy.Code, cause string, m Message) Session {
	s = s.settle(m)
	s.Step, s.Code, s.Cause, s.Challenge = StepError, code, cause, nil
	return s
}

// block ends s on the page of throttled people.
func (s Session) block(until time.Time) Session {
	s = s.settle(MsgNone)
	s.Step, s.BlockedUntil, s.Cause, s.Challenge = StepBlocked, until, causeThrottled, nil
	return s
}

// refused ends s as a failed check of the first page demands.
func (s Session) refused(r policy.Refusal, block *policy.Block) Session {
	if block != nil {
		return s.block(block.Until)
	}
	return s.fail(r.Code, r.Cause, MsgNone)
}

// pass records that the gate's proof succeeded and moves on.
func (s Session) pass(m policy.Method) Session {
	s = s.settle(MsgNone)
	s.Passed = append(slices.Clone(s.Passed), m)
	s.Challenge = nil
	if len(s.Passed) >= s.Gates {
		s.Step = StepPassword
	}
	return s
}

// finish ends s after a successful operation.
func (s Session) finish(m Message) Session {
	s = s.settle(m)
	s.Step, s.Challenge = StepDone, nil
	if s.Operation == policy.Unlock {
		s.Step = StepUnlocked
	}
	return s
}

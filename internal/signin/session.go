package signin

import (
	"time"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/policy"
)

// A Step is what a session needs now.
type Step string

// The steps.
const (
	StepEnter     Step = "enter"     // no session: user ID and password
	StepChange    Step = "change"    // the password is expired or temporary
	StepFactor    Step = "factor"    // prove a second factor
	StepInterrupt Step = "interrupt" // register or confirm security information
	StepSignedIn  Step = "signed-in"
	StepRefused   Step = "refused" // right credentials, and still no: View.Code
	StepFederated Step = "federated"
)

// A Message is a word about the last press: a closed set.
type Message string

// The messages.
const (
	MsgNone          Message = ""
	MsgWrongPassword Message = "wrong-password" // also for unknown people
	MsgWrongPass     Message = "wrong-pass"
	MsgPassEnded     Message = "pass-ended" // expired, used, not valid yet, or not allowed
	MsgLocked        Message = "locked"
	MsgDisabled      Message = "disabled"
	MsgTryLater      Message = "try-later" // the on-premises side did not answer
	MsgElsewhere     Message = "elsewhere" // federated: the identity provider signs in
	MsgHours         Message = "hours"
	MsgCodeSent      Message = "code-sent"
	MsgWaiting       Message = "waiting"
	MsgCodeWrong     Message = "code-wrong"
	MsgCodeExpired   Message = "code-expired"
	MsgCodeSpent     Message = "code-spent" // by wrong answers
	MsgCodeReplayed  Message = "code-replayed"
	MsgDenied        Message = "denied"
	MsgCannotReach   Message = "cannot-contact"
	MsgTooMany       Message = "too-many-factors"
	MsgNotOffered    Message = "method-not-offered"
	MsgNotNow        Message = "not-now"
	MsgEnded         Message = "session-ended"
	MsgInfoEnded     Message = "info-ended" // signed in, and Security info wants it again
)

// A Session is one sign-in, from the right password on. It is plain data.
type Session struct {
	ID            string            `json:"id"`
	CorrelationID string            `json:"correlationId"`
	PersonID      string            `json:"personId"`
	User          string            `json:"user"` // user principal name
	App           string            `json:"app"`  // what the person wants to open
	Kind          policy.SignInKind `json:"kind"`
	IPAddress     string            `json:"ipAddress,omitempty"`
	Locale        string            `json:"locale,omitempty"`
	Mobile        bool              `json:"mobile,omitempty"` // a mobile browser
	Trusted       bool              `json:"trusted,omitempty"`
	Started       time.Time         `json:"started"`
	Authenticated time.Time         `json:"authenticated"` // revocations before do not count
	Expires       time.Time         `json:"expires"`
	MFADoneAt     time.Time         `json:"mfaDoneAt,omitzero"`
	InfoOpenedAt  time.Time         `json:"infoOpenedAt,omitzero"` // the registration session began
	MustChange    Code              `json:"mustChange,omitempty"`  // CodeExpired or CodeExpiredOnPrem
	Demanded      bool              `json:"demanded,omitempty"`    // a page wants a second factor
	Skipped       bool              `json:"skipped,omitempty"`     // the interrupt of this sign-in was put off
	Completed     bool              `json:"completed,omitempty"`   // the log has the success
	Challenge     *challenge.Challenge
	Message       Message   `json:"message,omitempty"`
	Logged        Code      `json:"logged,omitempty"` // the interrupt that the log has
	Claim         string    `json:"claim,omitempty"`  // the effect under way
	ClaimedAt     time.Time `json:"claimedAt,omitzero"`
}

// The lives of a session.
const (
	// onTheWay is how long a sign-in may take, with the wizard of registration.
	onTheWay = policy.RegistrationSession
	// signedIn is the life of a session token that does not persist
	// ("Configurable token lifetimes", Microsoft Learn).
	signedIn = 24 * time.Hour
	// claimLife is when an effect counts as left behind.
	claimLife = time.Minute
)

// alive reports whether s may still be used: not expired, and not revoked since.
func (s Session) alive(a Account, now time.Time) bool {
	return now.Before(s.Expires) && !a.ValidFrom.After(s.Authenticated) && a.AccountEnabled
}

// claim takes s for an effect; of two presses one gets it.
func (s Session) claim(what string, now time.Time) (Session, error) {
	if s.Claim != "" && now.Sub(s.ClaimedAt) < claimLife {
		return s, errNotNow
	}
	s.Claim, s.ClaimedAt = what, now
	return s, nil
}

// settle gives s back after an effect.
func (s Session) settle(m Message) Session {
	s.Claim, s.ClaimedAt, s.Message = "", time.Time{}, m
	return s
}

// proved notes that the second factor was proved. A registration session that had
// to wait for it has yet to begin.
func (s Session) proved(now time.Time) Session {
	s = s.settle(MsgNone)
	s.MFADoneAt, s.Challenge, s.Demanded, s.InfoOpenedAt = now, nil, false, time.Time{}
	if s.Kind == policy.SignedInWithPassword {
		s.Kind = policy.SignedInWithMFA
	}
	return s
}

// completed notes the end of the way: from here on the session lives longer,
// though not longer than a pass that brought it.
func (s Session) completed(passEnds, now time.Time) Session {
	s = s.settle(MsgNone)
	s.Completed, s.Expires = true, now.Add(signedIn)
	if s.Kind == policy.SignedInWithTAP && passEnds.Before(s.Expires) {
		s.Expires = passEnds
	}
	return s
}

// A Standing is what a session needs now and why. It is derived, never stored.
type Standing struct {
	Step      Step
	Code      Code              // the number of an interrupt or refusal, OK else
	Interrupt *policy.Interrupt // StepInterrupt
	Access    []policy.Check    // Conditional Access, as it was asked
	Factors   []policy.Offer    // StepFactor
}

// Stand derives what s needs. Order: a password that must be changed, Conditional
// Access with its second factor, a second factor that a page asked for, and what
// registration asks (reference 5.1, 5.4: Conditional Access first, the campaign
// only after multi-factor authentication).
func Stand(settings policy.Settings, a Account, s Session, now time.Time) Standing {
	if s.MustChange != OK {
		return Standing{Step: StepChange, Code: s.MustChange}
	}
	mfa := !s.MFADoneAt.IsZero()
	access := policy.SignInAccess(settings, a.Person, policy.SignInVisit{TrustedLocation: s.Trusted, MFADone: mfa})
	st := Standing{Step: StepSignedIn, Access: access.Checks}
	if !access.Allowed && !access.NeedMFA {
		st.Step, st.Code = StepRefused, CodeBlocked
		return st
	}
	st.Factors = policy.SecondFactors(settings, a.Person, a.DefaultFactor, now)
	if (access.NeedMFA || s.Demanded) && !mfa && len(st.Factors) > 0 {
		st.Step, st.Code = StepFactor, CodeFactorNeeded
		return st
	}
	return st.interrupted(settings, a, s, access.NeedMFA, now)
}

// interrupted adds what registration asks.
func (st Standing) interrupted(settings policy.Settings, a Account, s Session, needMFA bool, now time.Time) Standing {
	i := policy.Interruption(settings, a.Person, policy.Visit{
		MFARequired: needMFA, MFADone: !s.MFADoneAt.IsZero(), MobileBrowser: s.Mobile,
	}, now)
	switch {
	case needMFA && (i == nil || i.Kind != policy.RegisterForMFA):
		// Something is registered for it, and no policy lets it be used.
		st.Step, st.Code = StepRefused, CodeFactorNone
		return st
	case i == nil, i.Kind != policy.RegisterForMFA && (s.Skipped || s.Completed):
		// Only the next sign-in asks again, also what cannot be put off any more:
		// a session that exists is not broken.
		return st
	}
	st.Step, st.Code, st.Interrupt = StepInterrupt, CodeRegister, i
	if i.Kind == policy.RegisterForMFA {
		st.Code = CodeEnrol
	}
	reg := policy.RegistrationAccess(settings, a.Person, Registering(s, st.Factors))
	st.Access = append(st.Access, reg.Checks...)
	switch {
	case reg.Allowed, reg.NeedMFA && len(st.Factors) > 0: // the page asks for the factor
	case i.Skippable:
		st.Step, st.Code, st.Interrupt = StepSignedIn, OK, nil // asked again next time
	default:
		st.Step, st.Code = StepRefused, CodeRegisterBlocked
	}
	return st
}

// Registering is the visit of somebody in s who wants to open the registration
// of security information.
func Registering(s Session, factors []policy.Offer) policy.RegistrationVisit {
	return policy.RegistrationVisit{
		TrustedLocation: s.Trusted, MFADone: !s.MFADoneAt.IsZero(), UsedTAP: s.Kind == policy.SignedInWithTAP,
		HasMFAMethod: len(factors) > 0,
	}
}

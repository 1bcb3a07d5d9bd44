package policy

import "time"

// Admit runs the checks of reference 1.4, numbers 2 to 7, in their order, and
// stops at the first that fails.
func Admit(op Operation, s Settings, p Person, counters Counters, writeback WritebackStatus, now time.Time) Admission {
	panic("stub")
}

// OffersFor lists every method with the reason why it is offered or withheld at
// a gate (1 or 2). used holds the methods that passed earlier gates.
func OffersFor(s Settings, p Person, gate int, used []Method, now time.Time) []Offer {
	panic("stub")
}

// IsAdministrator reports whether p holds a role of reference 4.1.
func IsAdministrator(s Settings, p Person) bool { panic("stub") }

// A PasswordReason says why the cloud refuses a new password: a closed set.
type PasswordReason string

// The reasons of reference chapters 6.2 and 7.
const (
	PasswordAccepted       PasswordReason = ""
	PasswordMismatch       PasswordReason = "confirmation-differs"
	PasswordTooShort       PasswordReason = "too-short"
	PasswordTooLong        PasswordReason = "too-long"
	PasswordCharacters     PasswordReason = "characters"
	PasswordComplexity     PasswordReason = "complexity"
	PasswordSame           PasswordReason = "same-as-current"
	PasswordBannedGlobal   PasswordReason = "banned-global"
	PasswordBannedCustom   PasswordReason = "banned-custom"
	PasswordContainsName   PasswordReason = "contains-name"
	PasswordRefusedByAD    PasswordReason = "on-premises-policy" // set by the writer, not by JudgePassword
	PasswordWrongCurrent   PasswordReason = "wrong-current"      // change only
	PasswordCurrentMissing PasswordReason = "current-missing"    // change only
)

// A PasswordVerdict is the cloud's judgement of a new password.
type PasswordVerdict struct {
	Reason PasswordReason
	Checks []Check // never contains the password; scores and token lengths only
}

// OK reports whether the cloud accepts the password.
func (v PasswordVerdict) OK() bool { return v.Reason == PasswordAccepted }

// JudgePassword applies the cloud's rules (6.2, then chapter 7) to a new
// password. sameAsCurrent counts for a change only.
func JudgePassword(op Operation, s Settings, p Person, candidate string, sameAsCurrent bool) PasswordVerdict {
	panic("stub")
}

// A ThrottleEvent is something that counts towards a block (6.4).
type ThrottleEvent string

// The events of reference chapter 6.4.
const (
	PhoneValidation ThrottleEvent = "phone-validation"
	QuestionsGate   ThrottleEvent = "questions-gate"
	ResetAttempt    ThrottleEvent = "reset-attempt"
	ProofFailure    ThrottleEvent = "proof-failure"
	EmailSend       ThrottleEvent = "email-send"
)

// Counters is what is remembered of one person's attempts. The zero value is
// somebody who never tried. Counters are values: every method returns new ones.
type Counters struct {
	Events       map[ThrottleEvent][]time.Time
	BlockedAt    time.Time // last attempt that counted towards the block
	BlockedUntil time.Time
	Rule         ThrottleEvent // that blocked
}

// A Block says until when a person is blocked, and by which rule.
type Block struct {
	Until time.Time
	Rule  ThrottleEvent
}

// Blocked returns the block in force at now, or nil.
func (c Counters) Blocked(now time.Time) *Block { panic("stub") }

// Record counts an event. fresh is true when this event started a block: the
// audit record "Blocked from self-service password reset" is written then.
func (c Counters) Record(s ThrottleSettings, e ThrottleEvent, now time.Time) (next Counters, fresh bool) {
	panic("stub")
}

// Cleared forgets everything: a successful reset (6.4).
func (c Counters) Cleared() Counters { return Counters{} }

// MaskEmail and MaskPhone give the form in which a person sees an address or
// number that the portal knows (16: first and last characters).
func MaskEmail(address string) string { panic("stub") }

// MaskPhone: see [MaskEmail].
func MaskPhone(number string) string { panic("stub") }

// DefaultSettings returns the settings of a tenant nobody has configured yet,
// with the defaults of reference chapter 15.
func DefaultSettings() Settings { panic("stub") }

// Validate checks settings and returns one error for each wrong field, naming
// the field, the limit and the remedy.
func (s Settings) Validate() []error { panic("stub") }

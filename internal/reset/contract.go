package reset

import (
	"context"
	"time"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
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
	StepBusy     Step = "busy"     // a write is under way (another tab, a second press)
)

// A Message is what a page says above its form: a closed set of words that the
// pages translate.
type Message string

// The messages.
const (
	MsgNone             Message = ""
	MsgCodeSent         Message = "code-sent"
	MsgCodeWrong        Message = "code-wrong"
	MsgCodeExpired      Message = "code-expired"
	MsgCodeReplayed     Message = "code-replayed"
	MsgAnswersWrong     Message = "answers-wrong"
	MsgPhoneMismatch    Message = "phone-mismatch"
	MsgCannotContact    Message = "cannot-contact"
	MsgWaiting          Message = "waiting" // for a push or call
	MsgDenied           Message = "denied"
	MsgNotNow           Message = "not-now" // the input does not fit the step (old tab, back button)
	MsgPasswordRefused  Message = "password-refused"
	MsgContacted        Message = "administrator-contacted"
	MsgWaitMinutes      Message = "wait-minutes" // OnPremisesSuccessCloudFailure
	MsgOutcomeUnknown   Message = "outcome-unknown"
	MsgMethodNotOffered Message = "method-not-offered"
)

// A View is everything a page may show of a session. It never holds a secret.
type View struct {
	SessionID      string // may differ from the one asked with: keep this one
	CorrelationID  string // support code at the foot of the page
	Step           Step
	Operation      policy.Operation
	User           string // user ID as typed
	Locale         string
	Gate, Gates    int
	Offers         []policy.Offer       // StepVerify: the offered ones only
	Challenge      *challenge.Challenge // under way; show Method, Target, Questions, Number, IssuedAt
	CanResend      bool                 // 10 s have passed (1.2)
	Message        Message
	PasswordReason policy.PasswordReason // with MsgPasswordRefused
	Code           policy.Code           // StepError
	Cause          string
	BlockedUntil   time.Time
	ExpiresAt      time.Time
	AllowUnlock    bool   // P2 offers the second choice
	StrengthMeter  bool   // P5: cloud-only users
	ContactLink    string // customised helpdesk: mailto: or https: URL, "" for the form
	TenantName     string
}

// A BeginInput is the first page.
type BeginInput struct {
	UserID    string
	Locale    string
	IPAddress string
	UserAgent string
	Cookies   bool // the browser keeps cookies
	Operation policy.Operation
}

// A Service carries sessions. All fields are required.
type Service struct {
	Sessions   SessionStore
	People     People
	Passwords  CloudPasswords
	OnPremises OnPremises
	Proofs     *challenge.Service
	Notifier   Notifier
	Journal    *journal.Journal
	Now        func() time.Time
	NewID      func(kind string) string // GUID of "session" or "correlation", from the lab's chance
}

// Begin resolves the user, runs the checks and opens a session. The robot check
// has been answered before. Errors: ErrUnknownUser (stay on P1; says nothing
// about why), ErrPersonalAccount, ErrNoCookies, or a fault.
func (s *Service) Begin(ctx context.Context, in BeginInput) (View, error) { panic("stub") }

// View returns what the session needs now. An unknown ID gives StepEnded.
func (s *Service) View(ctx context.Context, id string) (View, error) { panic("stub") }

// ChooseTrouble answers P2: policy.Reset or policy.Unlock.
func (s *Service) ChooseTrouble(ctx context.Context, id string, op policy.Operation) (View, error) {
	panic("stub")
}

// StartProof begins or repeats a proof. contact is the typed phone number.
func (s *Service) StartProof(ctx context.Context, id string, m policy.Method, contact string) (View, error) {
	panic("stub")
}

// DropProof forgets the proof under way, to choose another method.
func (s *Service) DropProof(ctx context.Context, id string) (View, error) { panic("stub") }

// AnswerProof answers the proof under way: one code or all answers; none polls
// a push or a call.
func (s *Service) AnswerProof(ctx context.Context, id string, answers []secret.Text) (View, error) {
	panic("stub")
}

// ChoosePassword submits P5.
func (s *Service) ChoosePassword(ctx context.Context, id string, password, confirmation secret.Text) (View, error) {
	panic("stub")
}

// Cancel ends the session.
func (s *Service) Cancel(ctx context.Context, id string) (View, error) { panic("stub") }

// Contact asks the administrators for help on behalf of the session's user.
func (s *Service) Contact(ctx context.Context, id string) (View, error) { panic("stub") }

// A ChangeInput changes a known password of a signed-in person.
type ChangeInput struct {
	PersonID          string
	Current, New      secret.Text
	Confirmation      secret.Text
	IPAddress, Locale string
}

// A ChangeResult is the outcome of a change.
type ChangeResult struct {
	CorrelationID string
	Done          bool
	Reason        policy.PasswordReason // why the password was refused
	Code          policy.Code           // infrastructure failure
	Message       Message
}

// ChangePassword changes a known password (SSPR reference 5.7, 8.4).
func (s *Service) ChangePassword(ctx context.Context, in ChangeInput) (ChangeResult, error) {
	panic("stub")
}

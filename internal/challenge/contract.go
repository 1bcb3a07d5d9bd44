package challenge

import (
	"context"
	"io"
	"time"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// A Challenge is one proof under way. It is plain data, safe to store as JSON.
type Challenge struct {
	ID        string        `json:"id"`
	Method    policy.Method `json:"method"`
	Target    string        `json:"target,omitempty"` // masked address or number
	IssuedAt  time.Time     `json:"issuedAt"`
	ExpiresAt time.Time     `json:"expiresAt"` // zero: as long as the session
	Salt      []byte        `json:"salt,omitempty"`
	CodeHash  []byte        `json:"codeHash,omitempty"`  // e-mail and text codes: HMAC-SHA256(salt, code)
	Used      bool          `json:"used,omitempty"`      // a code answers once
	Failures  int           `json:"failures,omitempty"`  // wrong answers so far
	Questions []string      `json:"questions,omitempty"` // keys or texts of the questions drawn
	PushID    string        `json:"pushId,omitempty"`
	Number    int           `json:"number,omitempty"` // shown for number matching, 0 without
}

// A Verdict is the outcome of an answer.
type Verdict string

// The verdicts.
const (
	Right    Verdict = "right"
	Wrong    Verdict = "wrong"
	Expired  Verdict = "expired"  // right or wrong, it came too late
	Replayed Verdict = "replayed" // a code that was used before
	Waiting  Verdict = "waiting"  // push or call not answered yet
	Denied   Verdict = "denied"   // the person refused the push or hung up
)

// A Courier carries what a proof sends. Implemented over SMTP for e-mail and by
// the lab's devices for the rest.
type Courier interface {
	// Email sends a verification code. An error means it was not accepted for delivery.
	Email(ctx context.Context, m CodeMail) error
	// Text sends a code by text message.
	Text(ctx context.Context, number string, code secret.Text, locale string) error
	// Call rings a phone and asks for #. The answer is polled with CallAnswer.
	Call(ctx context.Context, number, callID, locale string) error
	CallAnswer(ctx context.Context, callID string) Verdict // Waiting, Right, Denied
	// Push sends a notification to every push-capable app of the person.
	Push(ctx context.Context, personID, pushID string, number int) error
	PushAnswer(ctx context.Context, pushID string) Verdict // Waiting, Right, Denied
}

// A CodeMail is the verification mail (SSPR reference 11.1).
type CodeMail struct {
	To         string
	TenantName string
	Code       secret.Text
	Locale     string
	Expires    time.Duration
}

// Credentials is the registered data that proofs are checked against. The
// tenant implements it; secrets stay inside.
type Credentials interface {
	// UseTOTP checks code against every OATH secret of the person and consumes
	// the time step it belongs to, so that no code answers twice. Right, Wrong
	// or Replayed.
	UseTOTP(ctx context.Context, personID string, code secret.Text, now time.Time) (Verdict, error)
	// QuestionsOf returns the keys (or custom texts) of the registered questions.
	QuestionsOf(ctx context.Context, personID string) ([]string, error)
	// CheckAnswers compares answers, question by question; all must be right.
	CheckAnswers(ctx context.Context, personID string, questions []string, answers []secret.Text) (bool, error)
}

// A Service issues and checks proofs.
type Service struct {
	Courier     Courier
	Credentials Credentials
	Now         func() time.Time
	Stream      func(purpose ...string) io.Reader // of the lab's chance.Source
}

// Begin issues a proof for the person: draws a code and sends it, draws
// questions, or starts a push or call. contact is the full number typed by the
// person for phone methods; ErrContactMismatch when it is not the one on file.
func (s *Service) Begin(ctx context.Context, p policy.Person, settings policy.Settings, m policy.Method, contact, locale string) (Challenge, error) {
	panic("stub")
}

// Answer checks an answer: one code, or the answers in the order of
// c.Questions; none for a push or call, which is then polled. It returns the
// challenge as it must be stored now.
func (s *Service) Answer(ctx context.Context, p policy.Person, settings policy.Settings, c Challenge, answers []secret.Text) (Challenge, Verdict, error) {
	panic("stub")
}

type refusal string

func (r refusal) Error() string { return string(r) }

// ErrContactMismatch means that the number typed is not the one on file (1.3).
const ErrContactMismatch = refusal("the number entered is not the one on file")

// ErrNoContact means that nothing is on file for the method.
const ErrNoContact = refusal("no contact on file for this method")

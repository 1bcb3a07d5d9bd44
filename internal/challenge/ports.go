package challenge

import (
	"context"
	"time"

	"github.com/ssprlab/ssprlab/internal/secret"
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

// A CodeMail is the verification mail (reference 11.1).
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
	// UseTOTP checks code against the OATH secrets of the person's apps with the
	// given IDs and consumes the time step it belongs to, so that no code answers
	// twice. Right, Wrong or Replayed.
	UseTOTP(ctx context.Context, personID string, apps []string, code secret.Text, now time.Time) (Verdict, error)
	// QuestionsOf returns the keys (or custom texts) of the registered questions.
	QuestionsOf(ctx context.Context, personID string) ([]string, error)
	// CheckAnswers compares answers, question by question; all must be right.
	CheckAnswers(ctx context.Context, personID string, questions []string, answers []secret.Text) (bool, error)
}

package challenge

import (
	"crypto/hmac"
	"crypto/sha256"
	"strings"
	"time"
	"unicode"

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
	Used      bool          `json:"used,omitempty"`      // a proof passes once
	Failures  int           `json:"failures,omitempty"`  // wrong answers so far
	Questions []string      `json:"questions,omitempty"` // keys or texts of the questions drawn
	PushID    string        `json:"pushId,omitempty"`    // of a push, or of a call
	Number    int           `json:"number,omitempty"`    // shown for number matching, 10 to 99; 0 without

	// Undelivered means that nothing was sent though nobody said so: text
	// messages and calls after the retirement of their delivery (2.6).
	Undelivered bool `json:"undelivered,omitempty"`
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
	Spent    Verdict = "spent"    // a code that wrong answers have used up
)

// maxFailures is how many wrong answers use up a code. The documentation bounds
// the tries of a person, five in all its figures, and not those of a code.
const maxFailures = 5

// DefaultCodeLife is how long a code answers when the settings do not say
// otherwise ("How it works: SSPR", Microsoft Learn).
const DefaultCodeLife = 5 * time.Minute

// withCode is c waiting for code. The code itself is not kept.
func (c Challenge) withCode(code secret.Text, salt []byte, life time.Duration) Challenge {
	if life <= 0 {
		life = DefaultCodeLife
	}
	c.Salt, c.CodeHash = salt, hash(salt, code)
	c.ExpiresAt = c.IssuedAt.Add(life)
	return c
}

// tooLate reports whether c answers nothing any more. The last instant of its
// life is already too late.
func (c Challenge) tooLate(now time.Time) bool {
	return !c.ExpiresAt.IsZero() && !now.Before(c.ExpiresAt)
}

// answerCode judges a code: first the time, then the code, then whether it was
// used, so that only somebody who holds the code learns that it was.
func (c Challenge) answerCode(code secret.Text, now time.Time) (Challenge, Verdict) {
	if c.tooLate(now) {
		return c, Expired
	}
	if c.Failures >= maxFailures {
		return c, Spent
	}
	if len(c.CodeHash) == 0 || !hmac.Equal(c.CodeHash, hash(c.Salt, code)) {
		c, v := c.settle(Wrong)
		return c.spend(v)
	}
	return c.settle(Right)
}

// spend turns the last wrong answer that a code allows into the end of the code.
func (c Challenge) spend(v Verdict) (Challenge, Verdict) {
	if v == Wrong && c.Failures >= maxFailures {
		return c, Spent
	}
	return c, v
}

// settle records how an answer was judged elsewhere. A proof that has passed
// does not pass again.
func (c Challenge) settle(v Verdict) (Challenge, Verdict) {
	switch {
	case v == Right && c.Used:
		return c, Replayed
	case v == Right:
		c.Used = true
	case v == Wrong, v == Denied:
		c.Failures++
	}
	return c, v
}

func hash(salt []byte, code secret.Text) []byte {
	h := hmac.New(sha256.New, salt)
	h.Write([]byte(tidy(code)))
	return h.Sum(nil)
}

// tidy drops the blanks that people type or paste with a code.
func tidy(code secret.Text) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, code.Reveal())
}

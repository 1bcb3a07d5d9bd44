package relay

import (
	"context"
	"errors"
)

// ErrNobody means that nobody listened on the subject: the request was
// delivered to no one.
var ErrNobody = errors.New("nobody listens")

// ErrDown means that this side has no connection to the relay: the request was
// not sent.
var ErrDown = errors.New("no connection to the relay")

// A Handler takes one request and returns its answer; nil gives none, and the
// one who asked waits until its context ends. It may be called from several
// goroutines at once. ctx ends when its subscription does.
type Handler func(ctx context.Context, request []byte) []byte

// A Relay carries frames. Subjects are words joined by dots; a word has no
// dots, blanks, asterisks or angle brackets: see [Word].
type Relay interface {
	// Request sends a frame to one listener of subject and waits for its answer.
	// Errors: [ErrNobody] and [ErrDown], after which nobody has seen the request;
	// the context's error, after which somebody may have.
	Request(ctx context.Context, subject string, frame []byte) ([]byte, error)
	// Publish sends a frame to everybody who listens on subject, possibly nobody.
	// Error: [ErrDown].
	Publish(ctx context.Context, subject string, frame []byte) error
	// Listen takes frames of subject until it is closed. Of the listeners in one
	// group one gets each frame; listeners with group "" get every published
	// frame. When Listen returns, frames arrive.
	Listen(subject, group string, handle Handler) (Subscription, error)
	// Watch calls back when the connection goes and comes, until it is closed.
	// A relay that is always there never calls.
	Watch(changed func(up bool, cause error)) Subscription
}

// A Subscription ends with Close, which does not wait for handlers under way.
type Subscription interface{ Close() }

// Word makes one word of a subject from any text: letters, digits and "-" stay,
// everything else becomes "_" and its code in hexadecimal.
func Word(s string) string {
	const hexDigits = "0123456789abcdef"
	out := make([]byte, 0, len(s))
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-':
			out = append(out, c)
		default:
			out = append(out, '_', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return string(out)
}

package secret

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// Redacted is what every printed form of a [Text] says.
const Redacted = "[redacted]"

// A Text is a password, code or answer. The zero value is the empty secret.
type Text struct{ v string }

// New wraps v.
func New(v string) Text { return Text{v} }

// Reveal returns the secret itself, for the one place that needs it.
func (t Text) Reveal() string { return t.v }

// Empty reports whether the secret has no characters.
func (t Text) Empty() bool { return t.v == "" }

// Equal compares two secrets without telling by its duration where they differ.
func (t Text) Equal(u Text) bool {
	return subtle.ConstantTimeCompare([]byte(t.v), []byte(u.v)) == 1
}

// String returns [Redacted].
func (Text) String() string { return Redacted }

// GoString returns [Redacted], so %#v tells nothing either.
func (Text) GoString() string { return Redacted }

// Format writes [Redacted] for every verb.
func (Text) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Redacted) }

// LogValue returns [Redacted] to package slog.
func (Text) LogValue() slog.Value { return slog.StringValue(Redacted) }

// MarshalText returns [Redacted] to every text, JSON and YAML encoder.
func (Text) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// UnmarshalText takes a secret from a request body or a seed file.
func (t *Text) UnmarshalText(b []byte) error {
	t.v = string(b)
	return nil
}

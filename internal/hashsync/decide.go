package hashsync

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/ssprlab/ssprlab/internal/secret"
)

// Interval is the time between two cycles; it cannot be changed in the original
// ("Implement password hash synchronization": every 2 minutes).
const Interval = 2 * time.Minute

// Cycle is the last cycle at or before now. Cycles begin with the even minutes,
// so that they are the same ones after a restart and after the clock was moved.
func Cycle(now time.Time) time.Time { return now.UTC().Truncate(Interval) }

// A Hash is the NT hash of a password. It does not print.
type Hash struct{ octets [16]byte }

// NewHash hides an NT hash.
func NewHash(octets [16]byte) Hash { return Hash{octets} }

// Reveal returns the octets, for the tenant alone.
func (h Hash) Reveal() [16]byte { return h.octets }

// Format writes [secret.Redacted] for every verb.
func (h Hash) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, secret.Redacted) }

// LogValue returns [secret.Redacted] to package slog.
func (h Hash) LogValue() slog.Value { return slog.StringValue(secret.Redacted) }

// MarshalText gives [secret.Redacted].
func (h Hash) MarshalText() ([]byte, error) { return []byte(secret.Redacted), nil }

// An Account is a user of a domain whose password was written.
type Account struct {
	Anchor     string // source anchor: base64 of mS-DS-ConsistencyGuid or objectGUID
	DN         string
	Hash       Hash
	Set        time.Time // when the password was set there
	MustChange bool      // it has to be changed at the next logon
}

// A Status says what became of an account in a cycle, in the words of the
// object log (reference 8.11).
type Status string

// The statuses that a lab can give.
const (
	Success          Status = "Success"
	FilteredByTarget Status = "FilteredByTarget" // a temporary password, and the tenant takes none
	Failed           Status = "Error"            // the tenant refused the write
)

// Judge decides whether the cloud takes a password. A temporary one, which has
// to be changed at the next logon, is left out unless
// userForcePasswordChangeOnLogonEnabled is on; then the cloud demands the
// change, too ("Implement password hash synchronization", Temporary Passwords
// and Force Password Change).
func Judge(a Account, forceChange bool) (s Status, mustChange bool) {
	if a.MustChange && !forceChange {
		return FilteredByTarget, false
	}
	return Success, a.MustChange
}

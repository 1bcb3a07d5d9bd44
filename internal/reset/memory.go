package reset

import (
	"time"

	"github.com/ssprlab/ssprlab/internal/session"
)

// keepEnded is how long the last page of an ended session stays to be looked at.
const keepEnded = time.Hour

// NewMemorySessions returns an empty store of sessions that leave with the process.
func NewMemorySessions() SessionStore {
	return session.NewMemory(
		func(s *Session) *string { return &s.ID },
		func(old, s Session) bool { return s.Started.Sub(old.Expires) > keepEnded },
		ErrNoSession)
}

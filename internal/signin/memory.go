package signin

import "github.com/ssprlab/ssprlab/internal/session"

// NewMemorySessions returns an empty store of sessions that leave with the process.
func NewMemorySessions() SessionStore {
	return session.NewMemory(
		func(s *Session) *string { return &s.ID },
		func(old, s Session) bool { return old.Expires.Before(s.Started) },
		ErrNoSession)
}

package reset

import (
	"context"
	"maps"
	"sync"
	"time"
)

// keepEnded is how long the last page of an ended session stays to be looked at.
const keepEnded = time.Hour

// MemorySessions keeps sessions in memory; they leave with the process.
type MemorySessions struct {
	mu       sync.Mutex
	sessions map[string]Session
}

var _ SessionStore = (*MemorySessions)(nil)

// NewMemorySessions returns an empty store.
func NewMemorySessions() *MemorySessions {
	return &MemorySessions{sessions: map[string]Session{}}
}

// Create stores a new session.
func (m *MemorySessions) Create(_ context.Context, s Session) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.sessions, func(_ string, old Session) bool { return s.Started.Sub(old.Expires) > keepEnded })
	m.sessions[s.ID] = s
	return nil
}

// Get returns the session id, or ErrNoSession.
func (m *MemorySessions) Get(_ context.Context, id string) (Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.sessions[id]
	if !ok {
		return Session{}, ErrNoSession
	}
	return s, nil
}

// Update replaces the session id by what change makes of it.
func (m *MemorySessions) Update(_ context.Context, id string, change func(Session) (Session, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.sessions[id]
	if !ok {
		return ErrNoSession
	}
	next, err := change(s)
	if err != nil {
		return err
	}
	m.sessions[id] = next
	return nil
}

// Rename moves the session id to newID.
func (m *MemorySessions) Rename(_ context.Context, id, newID string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.sessions[id]
	if !ok {
		return ErrNoSession
	}
	s.ID = newID
	delete(m.sessions, id)
	m.sessions[newID] = s
	return nil
}

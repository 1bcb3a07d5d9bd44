package session

import (
	"context"
	"maps"
	"sync"
)

// Memory keeps sessions of type S; they leave with the process. It is safe for
// concurrent use.
type Memory[S any] struct {
	id   func(*S) *string
	over func(old, s S) bool
	none error

	mu       sync.Mutex
	sessions map[string]S
}

// NewMemory returns an empty store. id tells where a session holds its ID, over
// whether an old one can be forgotten when s begins, and none is the error for an
// ID that no session has.
func NewMemory[S any](id func(*S) *string, over func(old, s S) bool, none error) *Memory[S] {
	return &Memory[S]{id: id, over: over, none: none, sessions: map[string]S{}}
}

// Create stores a session, in place of an earlier one with its ID, and forgets
// those that are over.
func (m *Memory[S]) Create(_ context.Context, s S) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.sessions, func(_ string, old S) bool { return m.over(old, s) })
	m.sessions[*m.id(&s)] = s
	return nil
}

// Get returns a session, or the error for none.
func (m *Memory[S]) Get(_ context.Context, id string) (S, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.sessions[id]
	if !ok {
		return s, m.none
	}
	return s, nil
}

// Update replaces a session by what change makes of it. Errors are that for none,
// and change's own, after which nothing has changed.
func (m *Memory[S]) Update(_ context.Context, id string, change func(S) (S, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.sessions[id]
	if !ok {
		return m.none
	}
	next, err := change(s)
	if err != nil {
		return err
	}
	m.sessions[id] = next
	return nil
}

// Rename moves a session to another ID.
func (m *Memory[S]) Rename(_ context.Context, id, newID string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.sessions[id]
	if !ok {
		return m.none
	}
	*m.id(&s) = newID
	delete(m.sessions, id)
	m.sessions[newID] = s
	return nil
}

// Delete forgets a session.
func (m *Memory[S]) Delete(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.sessions[id]; !ok {
		return m.none
	}
	delete(m.sessions, id)
	return nil
}

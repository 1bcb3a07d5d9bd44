package signin

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// MemorySessions keeps sessions in memory; they leave with the process.
type MemorySessions struct {
	mu       sync.Mutex
	sessions map[string]Session
}

var _ SessionStore = (*MemorySessions)(nil)

// NewMemorySessions returns an empty store.
func NewMemorySessions() *MemorySessions { return &MemorySessions{sessions: map[string]Session{}} }

// Create stores a new session, and forgets those that are over.
func (m *MemorySessions) Create(_ context.Context, s Session) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.sessions, func(_ string, old Session) bool { return old.Expires.Before(s.Started) })
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

// Delete forgets the session id. Error ErrNoSession.
func (m *MemorySessions) Delete(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.sessions[id]; !ok {
		return ErrNoSession
	}
	delete(m.sessions, id)
	return nil
}

// MemoryHabits remembers habits in memory.
type MemoryHabits struct {
	mu     sync.Mutex
	places map[string][]string    // addresses by person, newest last
	failed map[string][]time.Time // wrong factors by person
}

var _ Habits = (*MemoryHabits)(nil)

// NewMemoryHabits returns habits of nobody.
func NewMemoryHabits() *MemoryHabits {
	return &MemoryHabits{places: map[string][]string{}, failed: map[string][]time.Time{}}
}

// rememberedPlaces is how many addresses make up where somebody usually is.
const rememberedPlaces = 10

// Familiar reports whether the person has signed in from the address before.
func (m *MemoryHabits) Familiar(_ context.Context, personID, ipAddress string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Contains(m.places[personID], ipAddress), nil
}

// Learn notes that the person signed in from the address.
func (m *MemoryHabits) Learn(_ context.Context, personID, ipAddress string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	kept := slices.DeleteFunc(m.places[personID], func(p string) bool { return p == ipAddress })
	kept = append(kept, ipAddress)
	m.places[personID] = kept[max(0, len(kept)-rememberedPlaces):]
	return nil
}

// FactorFailed counts a wrong second factor.
func (m *MemoryHabits) FactorFailed(_ context.Context, personID string, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failed[personID] = append(m.failed[personID], at)
	m.failed[personID] = m.failed[personID][max(0, len(m.failed[personID])-maxFactorFailures):]
	return nil
}

// FactorFailures returns how many there were since a time, at most as many as matter.
func (m *MemoryHabits) FactorFailures(_ context.Context, personID string, since time.Time) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, at := range m.failed[personID] {
		if !at.Before(since) {
			n++
		}
	}
	return n, nil
}

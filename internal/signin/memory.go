package signin

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/ssprlab/ssprlab/internal/session"
)

// NewMemorySessions returns an empty store of sessions that leave with the process.
func NewMemorySessions() SessionStore {
	return session.NewMemory(
		func(s *Session) *string { return &s.ID },
		func(old, s Session) bool { return old.Expires.Before(s.Started) },
		ErrNoSession)
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

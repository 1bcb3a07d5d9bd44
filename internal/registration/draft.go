package registration

import (
	"context"
	"sync"
	"time"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/policy"
)

// A Draft is one method that waits for its proof. It is plain data and holds no
// secret: that of an app stays with the tenant. A session has one at a time.
type Draft struct {
	Key       string // of the visitor's session
	PersonID  string
	Method    policy.InfoMethod
	Operation policy.InfoOperation
	Value     string               // number or address
	Proof     policy.Method        // how it is proved
	AppID     string               // InfoAuthenticator and InfoOtherApp
	Serial    string               // InfoHardwareToken; Value is the name that the person gives it
	Challenge *challenge.Challenge // nil for apps and tokens
	Expires   time.Time
}

// draftLife is the length of a registration session
// (concept-registration-mfa-sspr-combined).
const draftLife = 15 * time.Minute

// MemoryDrafts keeps drafts in memory; they leave with the process.
type MemoryDrafts struct {
	mu     sync.Mutex
	drafts map[string]Draft
}

var _ DraftStore = (*MemoryDrafts)(nil)

// NewMemoryDrafts returns an empty store.
func NewMemoryDrafts() *MemoryDrafts { return &MemoryDrafts{drafts: map[string]Draft{}} }

// Put stores a draft in place of the session's earlier one.
func (m *MemoryDrafts) Put(_ context.Context, d Draft) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drafts[d.Key] = d
	return nil
}

// Get returns a draft, or ErrNoDraft.
func (m *MemoryDrafts) Get(_ context.Context, key string) (Draft, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, ok := m.drafts[key]
	if !ok {
		return Draft{}, ErrNoDraft
	}
	return d, nil
}

// Update replaces a draft by what change makes of it.
func (m *MemoryDrafts) Update(_ context.Context, key string, change func(Draft) (Draft, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, ok := m.drafts[key]
	if !ok {
		return ErrNoDraft
	}
	next, err := change(d)
	if err != nil {
		return err
	}
	m.drafts[key] = next
	return nil
}

// Delete forgets a draft.
func (m *MemoryDrafts) Delete(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.drafts, key)
	return nil
}

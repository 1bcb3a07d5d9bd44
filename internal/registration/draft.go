package registration

import (
	"context"
	"errors"
	"time"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/session"
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

// NewMemoryDrafts returns an empty store of drafts that leave with the process.
func NewMemoryDrafts() DraftStore {
	return memoryDrafts{session.NewMemory(
		func(d *Draft) *string { return &d.Key },
		func(old, d Draft) bool { return old.Expires.Before(d.Expires.Add(-policy.RegistrationSession)) },
		ErrNoDraft)}
}

// memoryDrafts are sessions of which one may be ended twice.
type memoryDrafts struct{ *session.Memory[Draft] }

func (m memoryDrafts) Put(ctx context.Context, d Draft) error { return m.Create(ctx, d) }

func (m memoryDrafts) Delete(ctx context.Context, key string) error {
	if err := m.Memory.Delete(ctx, key); !errors.Is(err, ErrNoDraft) {
		return err
	}
	return nil
}

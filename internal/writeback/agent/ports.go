package agent

import (
	"context"
	"time"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/writeback/envelope"
)

// An EventLog keeps events of the Application log.
type EventLog func(e journal.Event, correlationID string)

// A Target is the account that an operation is for.
type Target struct {
	SourceAnchor      string // immutable ID: base64 of mS-DS-ConsistencyGuid, else of objectGUID
	UserPrincipalName string // for messages only; the anchor decides
}

// A Writer writes passwords into a directory. It never returns a bare error:
// whatever happens is a [Result].
type Writer interface {
	// Reset sets a new password and unlocks the account. forceChange makes the
	// person choose another at the next sign-in: resets by an administrator.
	Reset(ctx context.Context, t Target, password secret.Text, forceChange bool) Result
	// Change replaces a known password.
	Change(ctx context.Context, t Target, current, password secret.Text) Result
	// Unlock ends a lockout and leaves the password alone.
	Unlock(ctx context.Context, t Target) Result
}

// A Result is how a write ended.
type Result struct {
	Verdict envelope.Verdict
	Reason  Reason
	Detail  string // what the directory said, in our words; never a secret
	Remedy  string // smallest change that would have let it pass; "" when written
	LDAP    []journal.Exchange
	NoHints bool // the domain controller lacks the policy-hints control: history was not enforced
}

// A Reason is a finer cause than a verdict: it selects the text of the events.
type Reason string

// The reasons.
const (
	NoReason           Reason = ""
	PolicyRestriction  Reason = "policy"
	CannotChange       Reason = "user-cannot-change-password"
	ProtectedAccount   Reason = "protected-account"
	RightMissing       Reason = "right-missing"
	ConnectionInClear  Reason = "connection-not-protected"
	ServiceAccount     Reason = "service-account"
	DuplicateAnchor    Reason = "duplicate-anchor"
	NoDomainController Reason = "no-domain-controller"
	AnswerLost         Reason = "answer-lost"
)

// A Fault is how an agent misbehaves, for labs and tests. The zero value is an
// agent in good health.
type Fault struct {
	WrongKey   bool          // as though its private key did not fit: 32004
	Delay      time.Duration // real time to wait before acting
	LoseAnswer bool          // write, and never answer
}

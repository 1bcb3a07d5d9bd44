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

	// Faults of a Connect server that no directory causes by itself (reference
	// 8.7): see [Fault.Reason].
	SAMHardening         Reason = "sam-hardening"         // RestrictRemoteSam keeps the connector account out
	ForestNotEnabled     Reason = "forest-not-enabled"    // forest added after writeback was enabled
	NameTooLong          Reason = "name-too-long"         // connector account's password over 256 characters
	ReservedName         Reason = "reserved-name"         // organisational unit with a reserved character
	ConfigurationDamaged Reason = "configuration-damaged" // the service's configuration file
)

// A Fault is how an agent misbehaves, for labs and tests. The zero value is an
// agent in good health.
type Fault struct {
	WrongKey   bool          // as though its private key did not fit: 32004
	Delay      time.Duration // real time to wait before acting
	LoseAnswer bool          // write, and never answer
	Reason     Reason        // fail for this reason without asking the directory; see [Failure]
}

// Failure is the result of an agent that fails for one of its server's own
// reasons; false when reason is none of them.
func Failure(reason Reason) (Result, bool) {
	r, ok := failures[reason]
	r.Reason = reason
	return r, ok
}

var failures = map[Reason]Result{
	SAMHardening: {
		Verdict: envelope.Permission, Detail: "the connector account may not ask the domain controller for accounts over the network (SAM hardening)",
		Remedy: "allow the connector account in \"Restrict clients allowed to make remote calls to SAM\", or remove the policy and the registry value RestrictRemoteSam",
	},
	ForestNotEnabled: {
		Verdict: envelope.Configuration, Detail: "password operations are not enabled on the connector of this forest: it was added after writeback was enabled",
		Remedy: "disable and enable password writeback",
	},
	NameTooLong: {
		Verdict: envelope.Configuration, Detail: "the connector account's password has more than 256 characters",
		Remedy: "give the connector account a password of at most 256 characters",
	},
	ReservedName: {
		Verdict: envelope.Fault, Detail: "the name of an organisational unit above the account begins with a blank or #, ends with a blank, or holds one of , + \" \\ < > ; = / or a line break",
		Remedy: "rename the organisational unit",
	},
	ConfigurationDamaged: {Verdict: envelope.Configuration, Detail: "the service's configuration file cannot be read", Remedy: "disable and enable password writeback"},
}

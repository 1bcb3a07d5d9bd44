package reset

import (
	"context"
	"time"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// People is the cloud directory as this package needs it.
type People interface {
	// Settings returns the tenant's settings in force.
	Settings(ctx context.Context) (policy.Settings, error)
	// FindPerson resolves a user ID typed by a person: UPN, or e-mail when
	// alternate login ID is on. Error ErrNoSuchPerson when nobody matches.
	FindPerson(ctx context.Context, userID string) (policy.Person, error)
	// Person returns a person by object ID. Error ErrNoSuchPerson when gone.
	Person(ctx context.Context, id string) (policy.Person, error)
	// Counters and UpdateCounters keep what throttling remembers of a person.
	Counters(ctx context.Context, id string) (policy.Counters, error)
	UpdateCounters(ctx context.Context, id string, change func(policy.Counters) policy.Counters) error
}

// CloudPasswords is the cloud's own store of passwords.
type CloudPasswords interface {
	// Matches reports whether candidate is the person's present cloud password.
	Matches(ctx context.Context, id string, candidate secret.Text) (bool, error)
	// SetPassword stores a new password, revokes refresh tokens and ends smart
	// lockout. mustChange marks it temporary.
	SetPassword(ctx context.Context, id string, password secret.Text, mustChange bool, now time.Time) error
}

// CurrentPasswords looks at passwords that people claim to know, as a sign-in
// does: under smart lockout.
type CurrentPasswords interface {
	// IsCurrent reports whether candidate is the person's present cloud password.
	// A wrong one counts towards smart lockout. Until lockedUntil, when it is not
	// zero, no password is looked at.
	IsCurrent(ctx context.Context, id, ipAddress string, candidate secret.Text) (right bool, lockedUntil time.Time, err error)
}

// An OnPremisesWrite is one operation for the agent (SSPR reference 8.4).
type OnPremisesWrite struct {
	Operation     policy.Operation
	CorrelationID string
	Person        policy.Person
	Current       secret.Text // Change only
	New           secret.Text // Reset and Change
}

// A WriteVerdict is how a write ended: a closed set.
type WriteVerdict string

// The verdicts of a write (SSPR reference 8.8).
const (
	Written         WriteVerdict = "written"
	RefusedByPolicy WriteVerdict = "on-premises-policy"     // 33008: stay on the password page
	NoPermission    WriteVerdict = "on-premises-permission" // 33004
	NotFound        WriteVerdict = "on-premises-not-found"  // 33002
	Ambiguous       WriteVerdict = "on-premises-ambiguous"  // 33003
	AccountDisabled WriteVerdict = "on-premises-disabled"   // 33005
	AccountLocked   WriteVerdict = "on-premises-locked"     // 33006, change only
	WrongCurrent    WriteVerdict = "on-premises-wrong-current"
	Misconfigured   WriteVerdict = "on-premises-configuration" // 33009
	UnknownError    WriteVerdict = "on-premises-error"         // 33001
	CannotDecrypt   WriteVerdict = "on-premises-decryption"    // 32004
	Unreachable     WriteVerdict = "on-premises-unreachable"   // nothing was sent to the directory
	AnswerLost      WriteVerdict = "on-premises-unknown"       // sent, and no answer came back
)

// A WriteReport is the answer of the on-premises side.
type WriteReport struct {
	Verdict  WriteVerdict
	Agent    string            // "Microsoft Entra Connect", "CloudSync"; audit detail OnPremisesAgent
	Detail   string            // for the decision record: what the directory said, in our words
	Remedy   string            // smallest change that would have made it pass, "" when written
	Envelope *journal.Envelope // nil when nothing was sealed
	LDAP     []journal.Exchange
	Checks   []policy.Check // what was asked on the way, by whom the directory does not name
}

// OnPremises is writeback as this package needs it. It never returns a bare
// error: whatever happens is a verdict.
type OnPremises interface {
	// Status tells whether a write for p could succeed right now.
	Status(ctx context.Context, p policy.Person) policy.WritebackStatus
	Write(ctx context.Context, w OnPremisesWrite) WriteReport
}

// Notifier tells people that a password was reset (SSPR reference 11.1), and
// carries "contact your administrator" mails (11.2).
type Notifier interface {
	PasswordReset(ctx context.Context, p policy.Person, op policy.Operation, locale string) error
	ContactAdministrator(ctx context.Context, p policy.Person, correlationID, locale string) error
}

// A SessionStore keeps sessions. Update is atomic: change sees the stored value
// and its result replaces it; an error of change leaves it as it was and is
// returned as it is.
type SessionStore interface {
	Create(ctx context.Context, s Session) error
	Get(ctx context.Context, id string) (Session, error) // ErrNoSession
	Update(ctx context.Context, id string, change func(Session) (Session, error)) error
	// Rename moves a session to a new ID, so that an ID seen before a gate is
	// worth nothing after it.
	Rename(ctx context.Context, id, newID string) error
}

package signin

import (
	"context"
	"time"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// An Account is a person with what only a sign-in asks about.
type Account struct {
	policy.Person
	NoPassword      bool      // the cloud has none: never set, or no hash was synchronised
	MustChange      bool      // the password is temporary
	PasswordChanged time.Time // zero: never set
	ValidFrom       time.Time // sessions that began before are revoked
	Lockout         policy.LockoutState
	DefaultFactor   policy.Method // "" for none
	PassEnds        time.Time     // of the Temporary Access Pass, zero without one
}

// Accounts is the cloud directory as this package needs it.
type Accounts interface {
	// Settings returns the tenant's settings.
	Settings(ctx context.Context) (policy.Settings, error)
	// Find resolves a user ID as typed, Account an object ID. Error
	// ErrNoSuchAccount, from Find in the time that finding somebody takes.
	Find(ctx context.Context, userID string) (Account, error)
	Account(ctx context.Context, id string) (Account, error)
}

// Credentials checks what people sign in with in the cloud.
type Credentials interface {
	// Matches reports whether candidate is the person's cloud password. For the
	// empty ID it takes as long and says no.
	Matches(ctx context.Context, id string, candidate secret.Text) (bool, error)
	// UsePass checks a Temporary Access Pass and consumes one that is for one
	// use. right is false for a wrong pass and for none; why is the state of a
	// right one.
	UsePass(ctx context.Context, id string, pass secret.Text, now time.Time) (right bool, why policy.TAPUsability, err error)
	// UpdateLockout changes what smart lockout remembers, atomically. For the
	// empty ID it takes as long and changes nothing.
	UpdateLockout(ctx context.Context, id string, change func(policy.LockoutState) policy.LockoutState) error
}

// Registration keeps what interrupts lead to.
type Registration interface {
	// Confirmed notes that the person looked at the registered methods.
	Confirmed(ctx context.Context, id string, now time.Time) error
	// Snoozed notes that the person put the registration campaign off.
	Snoozed(ctx context.Context, id string, now time.Time) error
}

// Directory is pass-through authentication: an agent that asks a domain
// controller. subCode is the "data" of a refusal ("52e", "775", …), "" when the
// password was accepted. An error means that no domain controller answered;
// context.DeadlineExceeded among its causes, that it took too long.
type Directory interface {
	Check(ctx context.Context, upn string, password secret.Text) (subCode string, err error)
}

// Habits keeps what sign-ins remember of people.
type Habits interface {
	// Habits are those of a person. For the empty ID it takes as long and returns
	// none.
	Habits(ctx context.Context, personID string) (policy.Habits, error)
	// UpdateHabits changes them, atomically.
	UpdateHabits(ctx context.Context, personID string, change func(policy.Habits) policy.Habits) error
}

// A SessionStore keeps sessions. Update is atomic: change sees the stored value
// and its result replaces it; an error of change leaves it as it was and is
// returned as it is.
type SessionStore interface {
	Create(ctx context.Context, s Session) error
	Get(ctx context.Context, id string) (Session, error) // ErrNoSession
	Update(ctx context.Context, id string, change func(Session) (Session, error)) error
	// Rename moves a session to a new ID, so that an ID seen before a factor was
	// proved is worth nothing after it.
	Rename(ctx context.Context, id, newID string) error
	Delete(ctx context.Context, id string) error
}

// A Refusal is a "no" of this package's ports.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// The refusals.
const (
	ErrNoSuchAccount = Refusal("no such account")
	ErrNoSession     = Refusal("no such session")
	// ErrNotSignedIn means that there is no session, or one that has not come to
	// its end: go to the sign-in page.
	ErrNotSignedIn = Refusal("not signed in")
)

// errNotNow: the input does not fit what the session needs. It never leaves the
// package.
const errNotNow = Refusal("the input does not fit the step")

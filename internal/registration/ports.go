package registration

import (
	"context"
	"time"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// People is the cloud directory as this package needs it.
type People interface {
	Settings(ctx context.Context) (policy.Settings, error)
	Person(ctx context.Context, id string) (policy.Person, error)
	// Registered returns what only the owner sees.
	Registered(ctx context.Context, id string) (Registered, error)
}

// Registered is what a person has, as only the owner may see it.
type Registered struct {
	Apps          []App
	Questions     int
	DefaultFactor policy.Method // "" for none
	PassEnds      time.Time     // of a Temporary Access Pass, zero without one
	PassID        string
	Habits        policy.Habits
}

// An App is a registered authenticator app or token.
type App struct {
	ID      string
	Name    string
	Kind    policy.AppKind
	Push    bool
	Waiting bool // a hardware token that was assigned and not activated
	Created time.Time
}

// An AppOffer is what a person scans or types, shown to nobody else.
type AppOffer struct {
	AppID   string
	URI     secret.Text // otpauth://totp/…
	Secret  secret.Text // base32
	Account string
	Issuer  string
	Expires time.Time
}

// Apps registers authenticator apps.
type Apps interface {
	// Start draws a secret, and the app waits for its first code. Offer shows it
	// again while it waits; ErrNoDraft when it does not any more.
	Start(ctx context.Context, id string, kind policy.AppKind, push bool, now time.Time) (AppOffer, error)
	Offer(ctx context.Context, id, appID string) (AppOffer, error)
	// Confirm registers the app when code is the present one of its secret.
	Confirm(ctx context.Context, id, appID string, code secret.Text, now time.Time) (challenge.Verdict, error)
	Delete(ctx context.Context, id, appID string) error
}

// Tokens are the hardware tokens of the tenant, as far as people may take one
// themselves.
type Tokens interface {
	// MayClaim reports whether the person may take the token of a serial number:
	// nobody has it, or it was assigned to them and not activated.
	MayClaim(ctx context.Context, id, serial string) (bool, error)
	// Claim assigns and activates it when code is its present one; Expired means
	// that it may not be claimed (any more).
	Claim(ctx context.Context, id, serial, name string, code secret.Text, now time.Time) (challenge.Verdict, error)
}

// An Answered is a question with its answer, as a person gives it.
type Answered struct {
	Question string // key of a predefined question, or the custom text
	Answer   secret.Text
}

// Data stores what has been proved.
type Data interface {
	// SetContact sets a phone or the e-mail address, or deletes it with "".
	SetContact(ctx context.Context, id string, m policy.InfoMethod, value string) error
	// SetQuestions registers questions in place of those there were, none deletes.
	SetQuestions(ctx context.Context, id string, given []Answered) error
	SetDefault(ctx context.Context, id string, m policy.Method) error
	DeletePass(ctx context.Context, id string) error
	// MarkRegistered notes that the person has everything required.
	MarkRegistered(ctx context.Context, id string, now time.Time) error
	// UpdateHabits changes what is remembered of the person, atomically.
	UpdateHabits(ctx context.Context, id string, change func(policy.Habits) policy.Habits) error
	// RevokeSessions ends every session that began before now.
	RevokeSessions(ctx context.Context, id string, now time.Time) error
}

// A DraftStore keeps drafts by the session of their visitor. Update is atomic; an
// error of change leaves the draft as it was and is returned as it is.
type DraftStore interface {
	Put(ctx context.Context, d Draft) error
	Get(ctx context.Context, key string) (Draft, error) // ErrNoDraft
	Update(ctx context.Context, key string, change func(Draft) (Draft, error)) error
	Delete(ctx context.Context, key string) error // nothing happens without one
}

// A Refusal is a "no" of this package's ports.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// ErrNoDraft means that nothing waits for a proof.
const ErrNoDraft = Refusal("nothing waits for a proof")

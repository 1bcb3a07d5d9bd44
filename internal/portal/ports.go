package portal

import (
	"context"
	"time"

	"github.com/ssprlab/ssprlab/internal/clock"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/robot"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// Reset carries sessions from the user ID to the end. [reset.Service] is one.
type Reset interface {
	Begin(ctx context.Context, in reset.BeginInput) (reset.View, error)
	View(ctx context.Context, id string) (reset.View, error)
	ChooseTrouble(ctx context.Context, id string, op policy.Operation) (reset.View, error)
	StartProof(ctx context.Context, id string, m policy.Method, contact string) (reset.View, error)
	DropProof(ctx context.Context, id string) (reset.View, error)
	AnswerProof(ctx context.Context, id string, answers []secret.Text) (reset.View, error)
	ChoosePassword(ctx context.Context, id string, password, confirmation secret.Text) (reset.View, error)
	Weigh(ctx context.Context, id string, candidate secret.Text) (reset.View, error)
	Cancel(ctx context.Context, id string) (reset.View, error)
	Contact(ctx context.Context, id string) (reset.View, error)
}

var _ Reset = (*reset.Service)(nil)

// Robot asks the question of the first page. [robot.Desk] is one.
type Robot interface {
	Ask(form robot.Form) robot.Challenge
	Image(id string) (png []byte, ok bool)
	Check(id, answer string) robot.Verdict
}

var _ Robot = (*robot.Desk)(nil)

// Tenant tells how the organisation wants to be seen.
type Tenant interface {
	// Settings returns the settings in force; the pages read Reset.SkipRobot.
	Settings(ctx context.Context) (policy.Settings, error)
}

// Journal is the lab's memory. [journal.Journal] is one.
type Journal interface {
	Records(q journal.Query) []journal.Record
	Wait(ctx context.Context, q journal.Query) []journal.Record
	Attempt(correlationID string) (journal.Attempt, bool)
	Attempts() []journal.Attempt
}

var _ Journal = (*journal.Journal)(nil)

// Clock is the lab's clock. [clock.Clock] is one.
type Clock interface {
	State() clock.State
	Set(t time.Time)
	Advance(d time.Duration)
	Freeze()
	Thaw()
}

var _ Clock = (*clock.Clock)(nil)

// A Mailbox is the mail of the lab's people.
type Mailbox interface {
	// Mails returns the messages to an address, or to everybody for "", newest first.
	Mails(ctx context.Context, to string) ([]Mail, error)
	// Mail returns one message. ok is false when there is none with this ID.
	Mail(ctx context.Context, id string) (m Mail, ok bool, err error)
	// Changed waits until the mailbox's version is another than after, or ctx
	// ends, and returns the version.
	Changed(ctx context.Context, after uint64) uint64
}

// A Mail is a message that arrived.
type Mail struct {
	ID       string
	From     string // header form, "Name <address>"
	To       string // the address it was delivered to
	Subject  string
	Received time.Time
	Text     string // the text/plain part
	HTML     string // the text/html part, with the pictures that travel along as data: URLs; "" for none
}

// A Phone is every telephone of the lab's people.
type Phone interface {
	// Phones returns the numbers with what arrived on each, newest first.
	Phones(ctx context.Context) ([]PhoneLine, error)
	// AnswerCall presses # when confirm is true and hangs up otherwise. The error
	// says that the call is over.
	AnswerCall(ctx context.Context, callID string, confirm bool) error
	// Changed: see [Mailbox].
	Changed(ctx context.Context, after uint64) uint64
}

// A PhoneLine is one number.
type PhoneLine struct {
	Number string
	Owner  string // user principal name
	Texts  []Text
	Calls  []Call
}

// A Text is a text message that arrived.
type Text struct {
	Received time.Time
	Body     string
}

// A Call is a call that rings or rang.
type Call struct {
	ID      string
	Started time.Time
	Ringing bool   // can be answered
	Outcome string // "confirmed", "hung-up", "missed"; empty while it rings
}

// An Authenticator is the app on every person's phone.
type Authenticator interface {
	// Apps returns the registrations with their codes of this moment.
	Apps(ctx context.Context) ([]App, error)
	// Pushes returns notifications, newest first.
	Pushes(ctx context.Context) ([]Push, error)
	// AnswerPush approves or denies. number is what was typed, 0 for nothing. The
	// error says why the answer did not count.
	AnswerPush(ctx context.Context, pushID string, approve bool, number int) error
	// Enrol adds an otpauth:// URI to a person's app. The error names what is
	// wrong with the URI.
	Enrol(ctx context.Context, person, uri string) error
	// EnrolImage adds the otpauth:// URI of a QR code in a PNG, JPEG or GIF.
	EnrolImage(ctx context.Context, person string, image []byte) error
	// Changed: see [Mailbox].
	Changed(ctx context.Context, after uint64) uint64
}

// An App is one registration in an authenticator app.
type App struct {
	ID      string
	Person  string // user principal name
	Issuer  string
	Kind    string // "Microsoft Authenticator", "Software OATH", …
	Code    string // of this moment, empty for an app with pushes only
	Seconds int    // until the code changes
	Period  int    // seconds of one code, usually 30
}

// Tokens is the administrator's desk of hardware OATH tokens, and the tokens in
// people's hands. Its "no" is a [TokenRefusal].
type Tokens interface {
	List(ctx context.Context) ([]HardwareToken, error)
	// Codes is what the tokens show now.
	Codes(ctx context.Context) ([]TokenCode, error)
	// Header is the first line that an uploaded file must have.
	Header() string
	Upload(ctx context.Context, csv []byte) (TokenUpload, error)
	Assign(ctx context.Context, serial, user string) error
	Activate(ctx context.Context, serial string, code secret.Text) error
	Unassign(ctx context.Context, serial string) error
	Delete(ctx context.Context, serial string) error
}

// A TokenRefusal says what was wrong and what to do.
type TokenRefusal string

func (r TokenRefusal) Error() string { return string(r) }

// A HardwareToken is a token as the tenant knows it.
type HardwareToken struct {
	Serial, Maker, Model string
	Seconds              int    // of one code
	Hash                 string // "SHA-1", "SHA-256"
	State                policy.TokenState
	User                 string // UPN, "" for nobody
}

// Badge is the colour of the state.
func (t HardwareToken) Badge() string {
	switch t.State {
	case policy.TokenActivated:
		return "passed"
	case policy.TokenAssigned:
		return "waiting"
	}
	return "skipped"
}

// A TokenCode is what a token in somebody's hand shows.
type TokenCode struct {
	Serial, Model string
	User          string // whose it is, "" for nobody
	Code          string
	Seconds       int // until the code changes
	Period        int // seconds of one code
}

// A TokenUpload is what came of an uploaded file.
type TokenUpload struct {
	Serials  []string // of the tokens that were put into the tenant
	Failures []TokenFailure
}

// A TokenFailure is a bad line of the file, or a field of it.
type TokenFailure struct {
	Line          int
	Field, Reason string
}

// A Push is a notification in an authenticator app.
type Push struct {
	ID          string
	Person      string
	Sent        time.Time
	NumberMatch bool   // the number on the page must be typed
	State       string // "waiting", "approved", "denied", "expired"
}

// A Workstation signs people in as a domain-joined Windows computer does.
type Workstation interface {
	Workstations(ctx context.Context) ([]WorkstationState, error)
	// SignIn tries a password. A refusal is a result; the error is a fault.
	SignIn(ctx context.Context, name, user string, password secret.Text, online bool) (SignInResult, error)
}

// A WorkstationState is one computer.
type WorkstationState struct {
	Name   string
	Domain string
	Cached []string // users whose password it remembers
}

// A SignInResult tells how a sign-in at a workstation ended, and why.
type SignInResult struct {
	OK     bool
	Cached bool   // judged by the computer's own memory
	Reason string // what the screen of the computer says
	Code   string // status behind it: "52e", "773", "0xC000006D"
	Detail string // why, for the person who tests
}

// A DirectoryView is the directory as its administrator sees it.
type DirectoryView interface {
	Domains(ctx context.Context) ([]Domain, error)
}

// A Domain is one Active Directory domain.
type Domain struct {
	Name        string // DNS name
	NetBIOS     string
	Controllers []Controller
	Policy      []policy.Fact // password and lockout rules in force
	Accounts    []Account
}

// A Controller is a domain controller.
type Controller struct {
	Host        string // fully qualified name
	LDAP, LDAPS string // URLs where it is served
	PDCEmulator bool
	ReadOnly    bool
}

// An Account is a user of a domain.
type Account struct {
	Name              string // sAMAccountName
	UserPrincipalName string
	DN                string
	Enabled           bool
	MustChange        bool      // pwdLastSet is 0
	PasswordSet       time.Time // zero with MustChange
	PasswordExpires   time.Time // zero: never
	BadPasswords      int
	LockedSince       time.Time // zero: not locked out
	Protected         bool      // adminCount is 1
}

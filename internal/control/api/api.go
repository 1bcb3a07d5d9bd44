package api

import (
	"time"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// Base is the path under which the control API is served.
const Base = "/control/v1"

// Lab describes a lab.
type Lab struct {
	ID       string    `json:"id"`
	Tenant   string    `json:"tenant"` // display name
	Domain   string    `json:"domain"` // first custom domain
	Created  time.Time `json:"created"`
	Portal   string    `json:"portal"`         // URL of the pages
	LDAP     string    `json:"ldap,omitempty"` // URL, "" without an embedded directory
	LDAPS    string    `json:"ldaps,omitempty"`
	GC       string    `json:"gc,omitempty"` // URL of the global catalogue, "" without one
	GCS      string    `json:"gcs,omitempty"`
	SMTP     string    `json:"smtp,omitempty"` // host:port
	CA       string    `json:"ca"`             // certificate of the lab's CA, PEM
	RandSeed uint64    `json:"randSeed"`
	// Controllers are the domain controllers of the embedded directory; the first
	// one's addresses stand above.
	Controllers []Controller `json:"controllers,omitempty"`
}

// Controller is a domain controller of the embedded directory.
type Controller struct {
	Domain         string `json:"domain"` // DNS name
	Name           string `json:"name"`
	Host           string `json:"host"` // fully qualified name, in its certificate
	Site           string `json:"site"`
	ReadOnly       bool   `json:"readOnly"`
	PDCEmulator    bool   `json:"pdcEmulator"`
	RequireSigning bool   `json:"requireSigning"` // no simple bind in clear
	LDAP           string `json:"ldap"`           // URL
	LDAPS          string `json:"ldaps"`
	GlobalCatalog  bool   `json:"globalCatalog"` // whether it is a global catalogue server
	GC             string `json:"gc,omitempty"`  // URL of the global catalogue, "" without one
	GCS            string `json:"gcs,omitempty"`
}

// Domain describes a domain of the embedded directory.
type Domain struct {
	DNSName     string       `json:"dnsName"`
	NetBIOS     string       `json:"netbios"`
	BaseDN      string       `json:"baseDN"`
	Controllers []Controller `json:"controllers"`
}

// Certificate is a client certificate of an account, issued by the lab's CA, in
// PEM. The key is a secret; the lab does not keep it.
type Certificate struct {
	Account     string    `json:"account"` // DN
	UPN         string    `json:"userPrincipalName"`
	Certificate string    `json:"certificate"`
	Key         string    `json:"key"`
	CA          string    `json:"ca"`
	Expires     time.Time `json:"expires"` // by the operating system's clock, which TLS goes by
}

// Labs is a list of labs.
type Labs struct {
	Labs []Lab `json:"labs"`
}

// NewLab asks for a lab. Every field may be left out.
type NewLab struct {
	Seed     string     `json:"seed,omitempty"`     // a seed file, YAML; default: the demo
	Clock    *time.Time `json:"clock,omitempty"`    // starting time; default: now
	RandSeed *uint64    `json:"randSeed,omitempty"` // default: drawn
}

// Snapshot names a picture of a lab that the process keeps.
type Snapshot struct {
	Snapshot string `json:"snapshot"`
}

// ClockChange moves a clock: exactly one of the fields is given.
type ClockChange struct {
	Set     *time.Time `json:"set,omitempty"`
	Advance string     `json:"advance,omitempty"` // Go duration: "25h", "-90s"
	Freeze  *bool      `json:"freeze,omitempty"`
}

// Clock is the state of a clock.
type Clock struct {
	Now    time.Time `json:"now"`
	Frozen bool      `json:"frozen"`
	Offset string    `json:"offset"` // to the operating system's clock, Go duration
}

// Message is a mail in the mailbox.
type Message struct {
	ID      string    `json:"id"`
	Time    time.Time `json:"time"`
	From    string    `json:"from"`
	To      []string  `json:"to"`
	Subject string    `json:"subject"`
	Text    string    `json:"text"`
	HTML    string    `json:"html,omitempty"`
	Code    string    `json:"code,omitempty"` // the verification code in it
}

// Mailbox is the mails asked for, oldest first.
type Mailbox struct {
	Messages []Message `json:"messages"`
}

// AppCode is what an authenticator app shows.
type AppCode struct {
	Code        string `json:"code"`
	SecondsLeft int    `json:"secondsLeft"`
}

// HardwareToken is a hardware OATH token, without its secret; the names are
// those of hardwareOathTokenAuthenticationMethodDevice.
type HardwareToken struct {
	ID                    string            `json:"id"`
	SerialNumber          string            `json:"serialNumber"`
	Manufacturer          string            `json:"manufacturer"`
	Model                 string            `json:"model"`
	TimeIntervalInSeconds int               `json:"timeIntervalInSeconds"`
	HashFunction          string            `json:"hashFunction"` // hmacsha1 or hmacsha256
	Status                policy.TokenState `json:"status"`
	AssignedTo            string            `json:"assignedTo,omitempty"` // UPN
	DisplayName           string            `json:"displayName,omitempty"`
	LastUsedDateTime      *time.Time        `json:"lastUsedDateTime,omitempty"`
}

// HardwareTokens is the tokens that the tenant knows, by serial number.
type HardwareTokens struct {
	Tokens []HardwareToken `json:"tokens"`
}

// NewHardwareToken puts one token into the tenant.
type NewHardwareToken struct {
	SerialNumber          string      `json:"serialNumber"`
	Manufacturer          string      `json:"manufacturer"`
	Model                 string      `json:"model"`
	SecretKey             secret.Text `json:"secretKey"`                       // base32
	TimeIntervalInSeconds int         `json:"timeIntervalInSeconds,omitempty"` // 30 (default) or 60
	HashFunction          string      `json:"hashFunction,omitempty"`          // hmacsha1 (default) or hmacsha256
	AssignTo              string      `json:"assignTo,omitempty"`              // UPN
	By                    string      `json:"by,omitempty"`                    // the administrator; default: the first Global Administrator
}

// TokenFile is a CSV file of tokens, as administrators upload it.
type TokenFile struct {
	CSV secret.Text `json:"csv"` // it holds secrets
	By  string      `json:"by,omitempty"`
}

// TokenFailure is what is wrong with a line of a file.
type TokenFailure struct {
	Line   int    `json:"line"` // the header is 1
	Field  string `json:"field,omitempty"`
	Reason string `json:"reason"`
}

// TokenUpload is what came of a file.
type TokenUpload struct {
	Tokens   []HardwareToken `json:"tokens"`
	Failures []TokenFailure  `json:"failures"`
}

// TokenChange assigns a token, or takes it away.
type TokenChange struct {
	AssignedTo *string `json:"assignedTo,omitempty"` // UPN; "" takes it from its person
	Drift      *string `json:"drift,omitempty"`      // how much the clock in the device is ahead, as 90s or -2m
	By         string  `json:"by,omitempty"`
}

// TokenActivation activates a token.
type TokenActivation struct {
	// VerificationCode is what the token shows. Left out, the lab looks at it.
	VerificationCode secret.Text `json:"verificationCode,omitzero"`
	By               string      `json:"by,omitempty"`
}

// Push is a notification in an authenticator app.
type Push struct {
	ID      string    `json:"id"`
	Time    time.Time `json:"time"`
	Number  bool      `json:"number"` // the number on the sign-in page must be typed
	Pending bool      `json:"pending"`
}

// Pushes is the notifications of a person, oldest first.
type Pushes struct {
	Pushes []Push `json:"pushes"`
}

// PushAnswer answers a notification.
type PushAnswer struct {
	Answer string `json:"answer"` // approve or deny
	Number int    `json:"number,omitempty"`
}

// PhoneEvent is a text message or a call.
type PhoneEvent struct {
	ID   string    `json:"id"`
	Kind string    `json:"kind"` // text or call
	Time time.Time `json:"time"`
	Text string    `json:"text,omitempty"`
	Code string    `json:"code,omitempty"`
	Open bool      `json:"open,omitempty"` // a call that rings
}

// Phone is what a number received, oldest first.
type Phone struct {
	Events []PhoneEvent `json:"events"`
}

// CallAnswer answers a call.
type CallAnswer struct {
	Answer string `json:"answer"` // confirm (#) or hang-up
}

// Proof is one proof of an attempt.
type Proof struct {
	Method policy.Method `json:"method"`
	// Answer is what the person types: the code, or for questions see Answers.
	// Left out, the lab looks it up on the person's devices.
	Answer  secret.Text            `json:"answer,omitzero"`
	Answers map[string]secret.Text `json:"answers,omitempty"` // by question
	Contact string                 `json:"contact,omitempty"` // phone number typed
}

// NewAttempt asks the lab to do what a person does.
type NewAttempt struct {
	Kind            policy.Operation `json:"kind"` // reset, unlock or change
	User            string           `json:"user"`
	Proofs          []Proof          `json:"proofs,omitempty"` // default: whatever is offered first
	NewPassword     secret.Text      `json:"newPassword,omitzero"`
	CurrentPassword secret.Text      `json:"currentPassword,omitzero"` // change
}

// AttemptResult is how an attempt ended.
type AttemptResult struct {
	CorrelationID  string                `json:"correlationId"`
	Outcome        journal.Outcome       `json:"outcome"`
	Step           string                `json:"step,omitempty"` // page that the person saw last
	Message        string                `json:"message,omitempty"`
	PasswordReason policy.PasswordReason `json:"passwordReason,omitempty"`
	Code           policy.Code           `json:"code,omitempty"`
	Attempt        *Attempt              `json:"attempt,omitempty"`
}

// Attempt is a decision record and its text form.
type Attempt struct {
	journal.Attempt

	Explanation string `json:"explanation"`
}

// NewPass asks for a Temporary Access Pass, with the fields of Microsoft Graph.
type NewPass struct {
	By                string     `json:"by,omitempty"`                // UPN or ID of who issues it; "": an application
	StartDateTime     *time.Time `json:"startDateTime,omitempty"`     // default: now
	Start             string     `json:"start,omitempty"`             // instead: Go duration from now, "2h"
	LifetimeInMinutes int        `json:"lifetimeInMinutes,omitempty"` // default: the policy's
	IsUsableOnce      *bool      `json:"isUsableOnce,omitempty"`      // default: the policy's
}

// Pass is a Temporary Access Pass. The pass itself is in the answer to its
// creation only.
type Pass struct {
	ID                    string              `json:"id"`
	TemporaryAccessPass   string              `json:"temporaryAccessPass,omitempty"`
	StartDateTime         time.Time           `json:"startDateTime"`
	LifetimeInMinutes     int                 `json:"lifetimeInMinutes"`
	IsUsableOnce          bool                `json:"isUsableOnce"`
	IsUsable              bool                `json:"isUsable"`
	MethodUsabilityReason policy.TAPUsability `json:"methodUsabilityReason"`
	CreatedDateTime       time.Time           `json:"createdDateTime"`
}

// Attempts is all decision records, newest first.
type Attempts struct {
	Attempts []journal.Attempt `json:"attempts"`
}

// Journal is the records asked for, oldest first.
type Journal struct {
	Records []journal.Record `json:"records"`
}

// WorkstationSignIn is somebody in front of a workstation.
type WorkstationSignIn struct {
	User     string      `json:"user"`
	Password secret.Text `json:"password"`
	Network  string      `json:"network,omitempty"` // online (default) or offline
}

// WorkstationResult is what the workstation said.
type WorkstationResult struct {
	SignedIn   bool   `json:"signedIn"`
	Source     string `json:"source,omitempty"` // online (a domain controller decided) or cache
	Message    string `json:"message"`
	SubCode    string `json:"subCode,omitempty"`  // of the bind: 52e, 775, …
	NTStatus   string `json:"ntStatus,omitempty"` // C000006D, …
	MustChange bool   `json:"mustChange,omitempty"`
	Diagnostic string `json:"diagnostic,omitempty"`
}

// RobotAnswer is the answer of an open robot check.
type RobotAnswer struct {
	Answer string `json:"answer"`
}

// Problem is an error: RFC 9457.
type Problem struct {
	Type   string `json:"type"` // about:blank
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	Field  string `json:"field,omitempty"` // of the request that is wrong
}

func (p Problem) Error() string {
	if p.Detail != "" {
		return p.Detail
	}
	return p.Title
}

// Entry is an account of the embedded directory. Binary values are in base64.
type Entry struct {
	DN         string              `json:"dn"`
	Attributes map[string][]string `json:"attributes"`
}

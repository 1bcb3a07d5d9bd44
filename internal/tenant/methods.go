package tenant

import (
	"time"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// Methods is the authentication data that a user registered, or an
// administrator filled in. The office phone is a directory attribute:
// [User.BusinessPhones].
type Methods struct {
	AuthenticationPhone string // "+CC NUMBER[xEXT]"
	AlternatePhone      string // multi-factor sign-in only
	AuthenticationEmail string
	Apps                []App // authenticator apps and OATH tokens, at most [MaxApps]
	Pending             []Enrolment
	Questions           []Question
	Pass                *AccessPass   // Temporary Access Pass
	DefaultSignIn       policy.Method // chosen as the first second factor, "" for none
}

// MaxApps is how many authenticator apps and OATH tokens a user may have
// together (concept-authentication-oath-tokens, Microsoft Learn).
const MaxApps = 5

// An App is a registered authenticator app or OATH token.
type App struct {
	ID        string
	Name      string // "Microsoft Authenticator on iPhone 15"
	Kind      policy.AppKind
	Push      bool   // can receive notifications
	OATH      OATH   // zero for a notification-only app
	Serial    string // of a hardware token, like the next two
	Maker     string
	Model     string
	Inactive  bool // a hardware token that was assigned and not yet activated
	Created   time.Time
	UsedSteps []int64 // time steps whose code was used, newest last
}

// OATH is the secret of time-based codes (RFC 6238).
type OATH struct {
	Secret    secret.Text // base32 without padding
	Period    time.Duration
	Algorithm OATHAlgorithm
	Digits    int
}

// An OATHAlgorithm is the hash of an OATH secret.
type OATHAlgorithm string

// The algorithms that hardware tokens may have; apps use SHA-1
// (concept-authentication-oath-tokens, Microsoft Learn).
const (
	SHA1   OATHAlgorithm = "sha1"
	SHA256 OATHAlgorithm = "sha256"
)

// An Enrolment is an app that was offered to a person (as a QR code) and has not
// proved itself with a first code. It counts for nothing.
type Enrolment struct {
	App
	Expires time.Time
}

// A Question is a registered security question with the hash of its answer.
type Question struct {
	Question string // key of a predefined question, or the custom text
	Answer   AnswerHash
}

// policyApps is what the rules know of the apps that can be used.
func (m Methods) policyApps() []policy.App {
	var apps []policy.App
	for _, a := range m.Apps {
		if !a.Inactive {
			apps = append(apps, policy.App{ID: a.ID, Kind: a.Kind, Push: a.Push})
		}
	}
	return apps
}

// assignedTokens counts the tokens that wait to be activated.
func (m Methods) assignedTokens() int {
	n := 0
	for _, a := range m.Apps {
		if a.Inactive {
			n++
		}
	}
	return n
}

// Authenticators lists the apps and tokens of u that make codes, for the
// devices of a lab: they hold the same secret as the tenant.
func (u User) Authenticators() []App {
	var apps []App
	for _, a := range u.Methods.Apps {
		if !a.OATH.Secret.Empty() {
			apps = append(apps, a)
		}
	}
	return apps
}

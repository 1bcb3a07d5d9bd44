package envelope

import (
	"fmt"
	"time"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// A Kind is a product that writes passwords back.
type Kind string

// The kinds of agent, as the flag --kind spells them.
const (
	ConnectSync Kind = "connect-sync"
	CloudSync   Kind = "cloud-sync"
)

// AuditName is how the audit log names the agent (detail OnPremisesAgent).
func (k Kind) AuditName() string {
	if k == CloudSync {
		return "CloudSync"
	}
	return "Microsoft Entra Connect"
}

// ParseKind reads the value of --kind.
func ParseKind(s string) (Kind, error) {
	switch k := Kind(s); k {
	case ConnectSync, CloudSync:
		return k, nil
	}
	return "", fmt.Errorf("agent kind %q is unknown: use %s or %s", s, ConnectSync, CloudSync)
}

// An Operation is what the agent is asked to do.
type Operation string

// The operations. An unlock shares the events of a reset.
const (
	Reset      Operation = "reset"       // by the person, in the portal
	Unlock     Operation = "unlock"      // without a new password
	Change     Operation = "change"      // of a known password
	AdminReset Operation = "admin-reset" // by an administrator
)

// A Message is one password operation.
type Message struct {
	ID                string // the agent applies an ID at most once
	TrackingID        string // correlation ID; "TrackingId" in the events
	Domain            string // DNS name of the AD domain
	Operation         Operation
	ObjectID          string // of the cloud user; cloudAnchor is "User_" and this
	SourceAnchor      string // immutable ID: base64 of 16 octets
	UserPrincipalName string
	ForceChange       bool // must change at next sign-in
	Sealed            time.Time
	Expires           time.Time // nobody acts on it from then on
	New               secret.Text
	Current           secret.Text // Change only
}

// CloudAnchor is how the agent's events name the cloud user.
func (m Message) CloudAnchor() string { return "User_" + m.ObjectID }

// A Verdict is how an operation ended on-premises: a closed set, with the words
// that decision records use.
type Verdict string

// The verdicts, with the event that tells of them.
const (
	Written        Verdict = "written"
	Policy         Verdict = "on-premises-policy"        // 33008
	Permission     Verdict = "on-premises-permission"    // 33004
	NotFound       Verdict = "on-premises-not-found"     // 33002
	Ambiguous      Verdict = "on-premises-ambiguous"     // 33003
	Disabled       Verdict = "on-premises-disabled"      // 33005
	Locked         Verdict = "on-premises-locked"        // 33006, change only
	WrongCurrent   Verdict = "on-premises-wrong-current" // 33007, change only
	Configuration  Verdict = "on-premises-configuration" // 33009
	Fault          Verdict = "on-premises-error"         // 33001
	Undecipherable Verdict = "on-premises-decryption"    // 32004
	Unreachable    Verdict = "on-premises-unreachable"   // nothing was sent to the directory
	Unknown        Verdict = "on-premises-unknown"       // sent, and its answer never came
)

// An Answer is what the agent says of a message.
type Answer struct {
	MessageID string             `json:"id"`
	AgentID   string             `json:"agent"`
	Kind      Kind               `json:"kind"`
	Verdict   Verdict            `json:"verdict"`
	Detail    string             `json:"detail,omitempty"`
	Remedy    string             `json:"remedy,omitempty"`
	LDAP      []journal.Exchange `json:"ldap,omitempty"`
	Events    []Logged           `json:"events,omitempty"` // of an agent that keeps no log of the lab itself
}

// A Logged is an event of the Application log on its way to a lab's journal.
type Logged struct {
	CorrelationID string        `json:"correlationId,omitempty"`
	Event         journal.Event `json:"event"`
}

package journal

import (
	"time"

	"github.com/ssprlab/ssprlab/internal/policy"
)

// A Channel is one of the logs of a lab.
type Channel string

// Channels are the channels in the order in which they are shown.
var Channels = []Channel{Audit, Application, Security, DCAgent, SignIn}

// The channels, as the control API names them.
const (
	Audit       Channel = "audit"       // Entra audit log (SSPR reference 12)
	Application Channel = "application" // Application log of the agents' servers (SSPR reference 9)
	Security    Channel = "security"    // Security log of the domain controllers and workstations (AD reference 13)
	DCAgent     Channel = "dcagent"     // Microsoft\AzureADPasswordProtection\DCAgent\Admin of the domain controllers (SSPR reference 7.5)
	SignIn      Channel = "signin"      // Entra sign-in log
)

// A Record is one entry of a journal. Exactly one of the bodies is set.
type Record struct {
	Seq           int64     `json:"seq"` // 1, 2, 3 … over all channels
	Time          time.Time `json:"time"`
	Channel       Channel   `json:"channel"`
	CorrelationID string    `json:"correlationId,omitempty"`

	Audit  *AuditRecord  `json:"audit,omitempty"`
	Event  *Event        `json:"event,omitempty"`
	SignIn *SignInRecord `json:"signIn,omitempty"`
}

// An AuditRecord is a directoryAudit (SSPR reference 12.4).
type AuditRecord struct {
	ID                  string     `json:"id"`
	Category            string     `json:"category"`
	Result              string     `json:"result"` // success, failure, timeout
	ResultReason        string     `json:"resultReason"`
	ActivityDisplayName string     `json:"activityDisplayName"`
	LoggedByService     string     `json:"loggedByService"`
	OperationType       string     `json:"operationType"`
	InitiatedBy         Actor      `json:"initiatedBy"`
	Target              Actor      `json:"target"`
	AdditionalDetails   []KeyValue `json:"additionalDetails,omitempty"`

	// ModifiedProperties is what a change of settings changed (12.2).
	ModifiedProperties []ModifiedProperty `json:"modifiedProperties,omitempty"`
}

// A ModifiedProperty is a setting with its old and new value.
type ModifiedProperty struct {
	DisplayName string `json:"displayName"`
	OldValue    string `json:"oldValue"`
	NewValue    string `json:"newValue"`
}

// An Actor is a user in an audit record.
type Actor struct {
	ID                string `json:"id"`
	DisplayName       string `json:"displayName,omitempty"`
	UserPrincipalName string `json:"userPrincipalName"`
	IPAddress         string `json:"ipAddress,omitempty"`
}

// A KeyValue is an entry of an ordered list of properties.
type KeyValue struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// An Event is an entry of a Windows event log.
type Event struct {
	Computer string     `json:"computer"`
	Provider string     `json:"provider"` // PasswordResetService, ADSync, Microsoft-Windows-Security-Auditing, …
	ID       int        `json:"id"`
	Level    string     `json:"level"` // Information, Warning, Error; Security: Success, Failure
	Name     string     `json:"name,omitempty"`
	Message  string     `json:"message"`
	Data     []KeyValue `json:"data,omitempty"`
}

// A SignInRecord is an entry of the sign-in log.
type SignInRecord struct {
	User      Actor  `json:"user"`
	App       string `json:"appDisplayName"`
	ErrorCode int    `json:"errorCode"` // 0, 50126, 50053, …
	Reason    string `json:"failureReason,omitempty"`
	Method    string `json:"authenticationMethod,omitempty"`
}

// An Outcome says how an attempt stands.
type Outcome string

// The outcomes of an attempt.
const (
	Open      Outcome = "open"      // still going on, or abandoned
	Done      Outcome = "done"      // every directory that should know the password does
	Refused   Outcome = "refused"   // a rule said no
	Failed    Outcome = "failed"    // something broke
	Unknown   Outcome = "unknown"   // a write whose answer was lost
	Cancelled Outcome = "cancelled" // by the person
	Partial   Outcome = "partial"   // AD knows the password, the cloud does not yet
)

// An Attempt is the decision record of one reset, unlock or change: every check
// with its inputs, rule, source and verdict, the proofs offered and withheld,
// the sealed message, the LDAP exchange with secrets masked, the events, and
// the smallest change that would have let it pass.
type Attempt struct {
	CorrelationID     string           `json:"correlationId"`
	Kind              policy.Operation `json:"kind"`
	UserPrincipalName string           `json:"userPrincipalName"` // as typed until resolved
	UserID            string           `json:"userId,omitempty"`
	Started           time.Time        `json:"started"`
	Ended             *time.Time       `json:"ended,omitempty"`
	Outcome           Outcome          `json:"outcome"`
	Code              policy.Code      `json:"code,omitempty"`
	Cause             string           `json:"cause,omitempty"`  // closed set: name of the failed check, or of the directory's refusal
	Remedy            string           `json:"remedy,omitempty"` // smallest change that would have let it pass
	Fixes             []policy.Fix     `json:"fixes,omitempty"`  // the remedy for programs, where the rules refused: all of them together
	Gates             int              `json:"gates,omitempty"`

	Checks   []policy.Check `json:"checks"`
	Offers   []GateOffers   `json:"offers,omitempty"`
	Steps    []Step         `json:"steps"`
	Envelope *Envelope      `json:"envelope,omitempty"`
	LDAP     []Exchange     `json:"ldap,omitempty"`
	Events   []EventRef     `json:"events,omitempty"` // filled in from the journal when read
}

// GateOffers is what was offered at one gate.
type GateOffers struct {
	Gate   int            `json:"gate"`
	Offers []policy.Offer `json:"offers"`
}

// A Step is something the person or the service did.
type Step struct {
	Time   time.Time `json:"time"`
	What   string    `json:"what"` // "proof started", "proof passed", "proof failed", "password submitted", "cloud write", …
	Detail string    `json:"detail,omitempty"`
}

// An Envelope describes a sealed writeback message, never its content.
type Envelope struct {
	MessageID  string    `json:"messageId"`
	Domain     string    `json:"domain"`
	Agent      string    `json:"agent,omitempty"` // that answered
	KeyID      string    `json:"keyId"`
	Algorithms string    `json:"algorithms"`
	Size       int       `json:"size"` // octets
	Sealed     time.Time `json:"sealed"`
	Expires    time.Time `json:"expires"`
	Answered   time.Time `json:"answered,omitzero"`
}

// An Exchange is one LDAP request and its answer.
type Exchange struct {
	Server     string   `json:"server"` // URL
	Operation  string   `json:"operation"`
	DN         string   `json:"dn,omitempty"`
	Detail     []string `json:"detail,omitempty"`   // filter, attributes, or changes with secrets masked
	Controls   []string `json:"controls,omitempty"` // "1.2.840.113556.1.4.2239 critical 3003020101"
	Code       int      `json:"code"`
	CodeName   string   `json:"codeName"`
	Diagnostic string   `json:"diagnostic,omitempty"`
	Entries    int      `json:"entries,omitempty"`
}

// An EventRef points at a record of the journal.
type EventRef struct {
	Seq     int64   `json:"seq"`
	Channel Channel `json:"channel"`
	ID      int     `json:"id,omitempty"`
	Text    string  `json:"text"`
}

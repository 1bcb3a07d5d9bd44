package agent

import (
	"fmt"
	"strings"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/writeback/envelope"
)

// The sources of the events (reference 9.1, 9.2).
const (
	serviceSource = "PasswordResetService"
	engineSource  = "ADSync"
)

// The levels of the events.
const (
	information = "Information"
	warning     = "Warning"
	failure     = "Error"
)

// An eventType is a row of the event catalogue.
type eventType struct {
	id     int
	source string
	name   string
	level  string
}

// The events of the service's life.
var (
	onboardingStart    = eventType{31004, serviceSource, "OnboardingEventStart", information}
	onboardingSuccess  = eventType{31005, serviceSource, "OnboardingEventSuccess", information}
	offboardingStart   = eventType{31012, serviceSource, "OffboardingEventStart", information}
	offboardingDone    = eventType{31013, serviceSource, "OffboardingEventSuccess", information}
	serviceStarted     = eventType{31015, serviceSource, "WriteBackServiceStarted", information}
	serviceStopped     = eventType{31016, serviceSource, "WriteBackServiceStopped", warning}
	authTokenSuccess   = eventType{31017, serviceSource, "AuthTokenSuccess", information}
	keyPairCreated     = eventType{31018, serviceSource, "KeyPairCreationSuccess", information}
	heartBeat          = eventType{31019, serviceSource, "ServiceBusHeartBeat", information}
	listenerError      = eventType{31034, serviceSource, "ServiceBusListenerError", failure}
	noServiceHost      = eventType{31044, serviceSource, "PasswordResetService", failure}
	serviceError       = eventType{32001, serviceSource, "ServiceError", failure}
	busError           = eventType{32002, serviceSource, "ServiceBusError", failure}
	inputError         = eventType{32003, serviceSource, "InPutValidationError", failure}
	decryptionError    = eventType{32004, serviceSource, "DecryptionError", failure}
	configurationError = eventType{32005, serviceSource, "ConfigurationError", failure}
	configUpdateError  = eventType{32007, serviceSource, "OnBoardingConfigUpdateError", failure}
	cryptoError        = eventType{32010, serviceSource, "CryptoError", failure}
)

// The events of the sync engine.
var (
	engineUnexpected = eventType{6306, engineSource, "", failure}
	extensionFailed  = eventType{6800, engineSource, "", failure}
	engineError      = eventType{6329, engineSource, "", failure}
	connectorLogon   = eventType{403, engineSource, "", information}
	engineLDAPBinds  = eventType{405, engineSource, "", information}
)

// The three events of each operation: start, success, failure. No numbers for
// unlocks are documented; they use those of a reset.
var operationEvents = map[envelope.Operation][3]eventType{
	envelope.Reset:      resetEvents,
	envelope.Unlock:     resetEvents,
	envelope.Change:     {{31006, serviceSource, "ChangePasswordStart", information}, {31007, serviceSource, "ChangePasswordSuccess", information}, {31008, serviceSource, "ChangePasswordFail", failure}},
	envelope.AdminReset: {{31009, serviceSource, "ResetUserPasswordByAdminStart", information}, {31010, serviceSource, "ResetUserPasswordByAdminSuccess", information}, {31011, serviceSource, "ResetUserPasswordByAdminFail", failure}},
}

var resetEvents = [3]eventType{{31001, serviceSource, "PasswordResetStart", information}, {31002, serviceSource, "PasswordResetSuccess", information}, {31003, serviceSource, "PasswordResetFail", failure}}

// verdictEvents tells which event explains a verdict.
var verdictEvents = map[envelope.Verdict]eventType{
	envelope.Fault:         {33001, serviceSource, "ADUnKnownError", failure},
	envelope.Unreachable:   {33001, serviceSource, "ADUnKnownError", failure},
	envelope.Unknown:       {33001, serviceSource, "ADUnKnownError", failure},
	envelope.NotFound:      {33002, serviceSource, "ADUserNotFoundError", failure},
	envelope.Ambiguous:     {33003, serviceSource, "ADMutliMatchError", failure}, // spelt so
	envelope.Permission:    {33004, serviceSource, "ADPermissionsError", failure},
	envelope.Disabled:      {33005, serviceSource, "ADUserAccountDisabled", failure},
	envelope.Locked:        {33006, serviceSource, "ADUserAccountLockedOut", failure},
	envelope.WrongCurrent:  {33007, serviceSource, "ADUserIncorrectPassword", failure},
	envelope.Policy:        {33008, serviceSource, "ADPasswordPolicyError", failure},
	envelope.Configuration: {33009, serviceSource, "ADConfigurationError", failure},
}

// An engineReason is what the sync engine says of a failure: the hr code where
// one is known, and the text.
type engineReason struct {
	hr, text string
	engine   bool // event 6329 comes before the explanation
}

// explain finds the engine's words for a result (reference 8.8, 9.2).
func explain(r Result) engineReason {
	switch r.Reason {
	case PolicyRestriction, CannotChange:
		return engineReason{"80230619", "A restriction prevents the password from being changed to the current one specified.", true}
	case ProtectedAccount:
		return engineReason{"80231367", "The password could not be updated because the management agent credentials were denied access.", true}
	case RightMissing:
		return engineReason{"", "Requesting user was denied access to perform the operation on a privileged account.", true}
	case ConnectionInClear:
		return engineReason{"8023062C", "The connection to the domain controller is not signed and encrypted.", true}
	case DuplicateAnchor:
		return engineReason{"80230402", "An attempt to get an object failed because there are duplicated entries with the same anchor.", false}
	case SAMHardening:
		return engineReason{"", "admaexport.cpp(2944): Failed to acquire user information of the connector account. Error Code: ERROR_ACCESS_DENIED", true}
	case ForestNotEnabled:
		return engineReason{"8023061f", "The password operations are not enabled on this connector.", true}
	case NameTooLong:
		return engineReason{"800700CE", "The filename or extension is too long.", true}
	case ServiceAccount:
		return engineReason{"", "The connector account could not sign in to the domain: " + r.Detail, true}
	}
	switch r.Verdict {
	case envelope.NotFound:
		return engineReason{"", "The operation failed because the object could not be found.", false}
	case envelope.Disabled:
		return engineReason{"", "The user account is disabled.", false}
	case envelope.Locked:
		return engineReason{"", "The user account is locked out.", false}
	case envelope.WrongCurrent:
		return engineReason{"", "The current password is not correct.", false}
	}
	return engineReason{"", r.Detail, false}
}

func (e engineReason) String() string {
	if e.hr == "" {
		return "Synchronization Engine returned an error, message=" + e.text
	}
	return "Synchronization Engine returned an error hr=" + e.hr + ", message=" + e.text
}

// record writes one event.
func (a *Agent) record(t eventType, trackingID, message string, data ...journal.KeyValue) {
	if a.cfg.Kind == envelope.CloudSync {
		// The provisioning agent's events are not published; it keeps trace files.
		a.cfg.Logger.Info("trace", "agent", a.cfg.ID, "what", t.name, "message", message)
		return
	}
	e := journal.Event{Computer: a.cfg.Computer, Provider: t.source, ID: t.id, Level: t.level, Name: t.name, Message: message, Data: data}
	if a.cfg.Log != nil {
		a.cfg.Log(e, trackingID)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.unshipped) < maxUnshipped {
		a.unshipped = append(a.unshipped, envelope.Logged{CorrelationID: trackingID, Event: e})
	}
}

// maxUnshipped bounds the events that wait for the next frame to the cloud.
const maxUnshipped = 100

// ship takes the events that the cloud has not seen.
func (a *Agent) ship() []envelope.Logged {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := a.unshipped
	a.unshipped = nil
	return out
}

// recordStart writes 31001, 31006 or 31009.
func (a *Agent) recordStart(m envelope.Message) {
	t := operationEvents[m.Operation][0]
	a.record(t, m.TrackingID, fmt.Sprintf("TrackingId: %s, %s, Details: %s", m.TrackingID, requestStart(t.name), m.UserPrincipalName),
		journal.KeyValue{Key: "TrackingId", Value: m.TrackingID}, journal.KeyValue{Key: "Details", Value: m.UserPrincipalName})
}

// requestStart is the word that the line of a start event carries: the event is
// called PasswordResetStart, its line reads PasswordResetRequestStart.
func requestStart(name string) string { return strings.TrimSuffix(name, "Start") + "RequestStart" }

// recordSuccess writes the engine's sign-ins and 31002, 31007 or 31010.
func (a *Agent) recordSuccess(m envelope.Message, r Result) {
	if r.NoHints {
		a.record(engineError, m.TrackingID, noHintsText)
	}
	a.record(engineLDAPBinds, m.TrackingID, "LDAP bind to the domain "+a.cfg.Domain+".")
	a.record(connectorLogon, m.TrackingID, "The connector account "+a.cfg.ConnectorAccount+" logged on for impersonation.")
	a.record(engineLDAPBinds, m.TrackingID, "LDAP bind to the domain "+a.cfg.Domain+".")
	t := operationEvents[m.Operation][1]
	facts := facts(m)
	a.record(t, m.TrackingID, fmt.Sprintf("TrackingId: %s, %s, Details: Context: %s", m.TrackingID, t.name, line(facts[1:])), facts...)
}

// recordFailure writes the engine's complaint, the explanation, and 31003,
// 31008 or 31011.
func (a *Agent) recordFailure(m envelope.Message, r Result) {
	why := explain(r)
	if r.NoHints {
		a.record(engineError, m.TrackingID, noHintsText)
	}
	if why.engine {
		a.record(engineError, m.TrackingID, engineText(why))
	}
	if r.Reason == ConfigurationDamaged {
		a.record(configurationError, m.TrackingID, "The local configuration file cannot be saved or read.")
		a.record(configUpdateError, m.TrackingID, "The in-memory configuration cannot be written.")
	}
	facts := facts(m)
	text := fmt.Sprintf("TrackingId: %s, Reason: %s, Context: %s", m.TrackingID, why, line(facts[1:]))
	a.record(verdictEvents[r.Verdict], m.TrackingID, text, facts...)
	a.record(operationEvents[m.Operation][2], m.TrackingID, text, facts...)
}

// noHintsText is 6329 of a domain controller without the policy-hints control.
const noHintsText = `An unexpected error has occurred during a password set operation. ` +
	`"ERR_: MMS: admaexport.cpp(2837): The domain controller has no LDAP password policy control."`

func engineText(why engineReason) string {
	if why.hr == "" {
		return `An unexpected error has occurred during a password set operation. "BAIL: MMS: (` + why.text + `)"`
	}
	return `An unexpected error has occurred during a password set operation. "BAIL: MMS: 0x` + strings.ToLower(why.hr) + ` (` + why.text + `)"`
}

// facts is what the events of one operation say of it, the tracking ID first.
func facts(m envelope.Message) []journal.KeyValue {
	out := []journal.KeyValue{
		{Key: "TrackingId", Value: m.TrackingID},
		{Key: "cloudAnchor", Value: m.CloudAnchor()},
		{Key: "SourceAnchorValue", Value: m.SourceAnchor},
		{Key: "UserPrincipalName", Value: m.UserPrincipalName},
	}
	switch m.Operation {
	case envelope.Reset, envelope.Unlock:
		out = append(out, journal.KeyValue{Key: "unblockUser", Value: "True"})
	case envelope.AdminReset:
		out = append(out, journal.KeyValue{Key: "unblockUser", Value: "True"}, journal.KeyValue{Key: "forcePasswordChange", Value: boolText(m.ForceChange)})
	}
	return out
}

func boolText(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

func line(facts []journal.KeyValue) string {
	parts := make([]string, len(facts))
	for i, f := range facts {
		parts[i] = f.Key + ": " + f.Value
	}
	return strings.Join(parts, ", ")
}

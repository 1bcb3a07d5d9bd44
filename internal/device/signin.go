package device

import "strings"

// A SignInResult is what a workstation says to a sign-in.
type SignInResult struct {
	User      string       `json:"user"` // as typed
	SignedIn  bool         `json:"signedIn"`
	Source    SignInSource `json:"source,omitempty"` // what decided; "" when nothing could
	LogonType int          `json:"logonType"`        // 2 interactive, 11 cached interactive
	Message   string       `json:"message"`          // on the sign-in screen
	NTStatus  string       `json:"ntstatus"`         // "00000000", "C000006D"
	SubStatus string       `json:"subStatus,omitempty"`
	SubCode   string       `json:"subCode,omitempty"` // "data" of the directory's refusal: "52e"
	// MustChange means that the password was right and has to be replaced
	// before anything else.
	MustChange bool `json:"mustChange"`
	// Note is for the tester: how this answer may differ from a real Windows.
	Note string `json:"note,omitempty"`
}

// A SignInSource says what a sign-in was decided by.
type SignInSource string

// The sources.
const (
	FromDomainController SignInSource = "online"
	FromCache            SignInSource = "cache"
)

// A status is what a sign-in screen makes of a refusal: NTSTATUS, sub-status
// and text. The texts are ours, their meanings those of a Windows sign-in screen.
type status struct {
	nt, sub, message string
	mustChange       bool
}

const (
	saysWrong      = "The user name or the password is not right. Try again."
	saysDisabled   = "This account has been disabled. Ask your administrator."
	saysLocked     = "This account is locked and cannot be used to sign in for now."
	saysExpired    = "This account has expired. Ask your administrator."
	saysMustChange = "You have to change your password before you can sign in."
	saysHours      = "Your account may not be used at this time of day. Try again later."
	saysElsewhere  = "Your account may not be used on this computer. Try another one."
	saysNotGranted = "You are not allowed to sign in in this way on this computer."
	saysRestricted = "A restriction of your account keeps you from signing in."
	saysNoDomain   = "These credentials cannot be used, because your domain is not available. Connect to your organisation's network and try again."
	saysCached     = "No domain controller could be reached. You are signed in with stored account data; changes since your last sign-in on the network may be missing."
	saysWelcome    = "Welcome."
	saysUnable     = "The password could not be changed: the new one does not meet the domain's rules for length, complexity or history."
)

// statuses maps the data of a refused bind, a Win32 code in hexadecimal, to the
// NTSTATUS that a failed sign-in has in event 4625 (MS-ERREF 2.2, 2.3).
var statuses = map[string]status{
	"525": {nt: "C000006D", sub: "C0000064", message: saysWrong},
	"52e": {nt: "C000006D", sub: "C000006A", message: saysWrong},
	"52f": {nt: "C000006E", message: saysRestricted},
	"530": {nt: "C000006E", sub: "C000006F", message: saysHours},
	"531": {nt: "C000006E", sub: "C0000070", message: saysElsewhere},
	"532": {nt: "C000006E", sub: "C0000071", message: saysMustChange, mustChange: true},
	"533": {nt: "C000006E", sub: "C0000072", message: saysDisabled},
	"568": {nt: "C000015A", message: saysRestricted},
	"569": {nt: "C000015B", message: saysNotGranted},
	"701": {nt: "C0000193", message: saysExpired},
	"773": {nt: "C0000224", message: saysMustChange, mustChange: true},
	"775": {nt: "C0000234", message: saysLocked},
}

// refused is the result of a sign-in that a domain controller refused. An
// unknown sub-code says no more than that it was refused.
func refused(user, subCode string) SignInResult {
	st, known := statuses[strings.ToLower(subCode)]
	if !known {
		st = status{nt: "C000006D", message: saysWrong}
	}
	return SignInResult{
		User: user, Source: FromDomainController, LogonType: 2, Message: st.message,
		NTStatus: st.nt, SubStatus: st.sub, SubCode: subCode, MustChange: st.mustChange,
	}
}

package policy

import (
	"fmt"
	"time"
)

// An InfoMethod is something that the Security info page shows: a closed set.
type InfoMethod string

// The rows of reference 5.2.
const (
	InfoAuthenticator   InfoMethod = "microsoftAuthenticator"
	InfoOtherApp        InfoMethod = "otherAuthenticatorApp"
	InfoHardwareToken   InfoMethod = "hardwareToken"
	InfoPhone           InfoMethod = "phone"
	InfoAlternatePhone  InfoMethod = "alternatePhone"
	InfoOfficePhone     InfoMethod = "officePhone"
	InfoEmail           InfoMethod = "email"
	InfoQuestions       InfoMethod = "securityQuestions"
	InfoPassword        InfoMethod = "password"
	InfoAppPassword     InfoMethod = "appPassword"
	InfoPasskey         InfoMethod = "passkey"
	InfoTemporaryAccess InfoMethod = "temporaryAccessPass"
)

// An InfoOperation is what a person does to a method there.
type InfoOperation string

// The operations.
const (
	InfoRegister InfoOperation = "register"
	InfoChange   InfoOperation = "change"
	InfoDelete   InfoOperation = "delete"
)

// An InfoRule is a row of the table of method operations
// (concept-registration-mfa-sspr-combined; reference 5.2).
type InfoRule struct {
	Method                   InfoMethod
	Register, Change, Delete bool
	Limit                    int      // how many a person may have, 0: one
	Proofs                   []Method // registering needs one of them to be allowed
}

var infoRules = [...]InfoRule{
	{Method: InfoAuthenticator, Register: true, Delete: true, Limit: MaxApps, Proofs: []Method{AppPush, AppCode}},
	{Method: InfoOtherApp, Register: true, Delete: true, Limit: MaxApps, Proofs: []Method{AppCode}},
	{Method: InfoHardwareToken, Register: true, Delete: true, Limit: MaxApps}, // registered by serial number, see mayRegisterToken
	{Method: InfoPhone, Register: true, Change: true, Delete: true, Proofs: []Method{MobileSMS, MobileCall}},
	{Method: InfoAlternatePhone, Register: true, Change: true, Delete: true},
	{Method: InfoOfficePhone, Register: true, Change: true, Delete: true, Proofs: []Method{OfficeCall}},
	{Method: InfoEmail, Register: true, Change: true, Delete: true, Proofs: []Method{Email}},
	{Method: InfoQuestions, Register: true, Delete: true, Proofs: []Method{Questions}},
	{Method: InfoPassword, Change: true},
	{Method: InfoAppPassword, Register: true, Delete: true},
	{Method: InfoPasskey, Register: true, Delete: true, Limit: MaxPasskeys},
	{Method: InfoTemporaryAccess, Delete: true},
}

// The numbers of methods a person may have (reference 2.5, 5.2).
const (
	MaxApps     = 5 // authenticator apps and OATH tokens together
	MaxPasskeys = 10
)

// InfoRules lists the table in its order.
func InfoRules() []InfoRule { return append([]InfoRule(nil), infoRules[:]...) }

// An InfoVisit is the circumstances of an operation.
type InfoVisit struct {
	Interrupt  bool // in the wizard at sign-in; else on the page
	PerUserMFA bool // per-user multi-factor authentication, for app passwords
	FIDO2      bool // passkeys are allowed to the person
	MFADoneAt  time.Time
	HasTAP     bool
}

// passkeyMFA is how fresh multi-factor authentication must be to touch a passkey.
const passkeyMFA = 5 * time.Minute

// RegistrationSession is how long registering may take, in the wizard of a sign-in
// and on Security info (concept-registration-mfa-sspr-combined; reference 5.1).
const RegistrationSession = 15 * time.Minute

// InfoSessionOver reports whether somebody who opened Security info at opened has
// to sign in again to go on there. The documentation does not say what the time
// counts from: here it is the first visit of a sign-in, not the sign-in itself.
// The zero time is a sign-in that has not been there.
func InfoSessionOver(opened, now time.Time) bool {
	return !opened.IsZero() && !now.Before(opened.Add(RegistrationSession))
}

// InfoAllowed reports whether p may do op to m, and why not.
func InfoAllowed(s Settings, p Person, m InfoMethod, op InfoOperation, v InfoVisit, now time.Time) (ok bool, why string) {
	s = s.ForRegistration(now)
	rule, known := infoRuleOf(m)
	switch {
	case !known:
		return false, fmt.Sprintf("method %q is not one of the Security info page", m)
	case !rule.permits(op):
		return false, fmt.Sprintf("%s: %s is not offered", m, op)
	}
	have := infoCount(p, m, v)
	switch {
	case m == InfoPasskey && op != InfoDelete && now.Sub(v.MFADoneAt) > passkeyMFA:
		return false, "a passkey needs multi-factor authentication within the last 5 minutes"
	case m == InfoOfficePhone && p.Hosting.OnPremises():
		return false, "the office phone of a synchronised user is set on-premises"
	case op == InfoRegister:
		return rule.mayRegister(s, p, have, v, now)
	case m != InfoPassword && have == 0:
		return false, fmt.Sprintf("%s: nothing is registered to %s", m, op)
	}
	return true, "allowed"
}

func infoRuleOf(m InfoMethod) (InfoRule, bool) {
	for _, r := range infoRules {
		if r.Method == m {
			return r, true
		}
	}
	return InfoRule{}, false
}

func (r InfoRule) permits(op InfoOperation) bool {
	switch op {
	case InfoRegister:
		return r.Register
	case InfoChange:
		return r.Change
	case InfoDelete:
		return r.Delete
	}
	return false
}

func (r InfoRule) mayRegister(s Settings, p Person, have int, v InfoVisit, now time.Time) (bool, string) {
	limit := max(r.Limit, 1)
	if r.Method == InfoHardwareToken {
		have -= p.AssignedTokens // activating one of them adds nothing
	}
	switch {
	case have >= limit:
		return false, fmt.Sprintf("%s: %d registered, at most %d; delete one first", r.Method, have, limit)
	case s.Registration.Legacy && len(r.Proofs) == 0:
		return false, legacyOnly
	case r.Method == InfoHardwareToken:
		return mayRegisterToken(s, p, now)
	case r.Method == InfoAlternatePhone:
		return mayRegisterAlternate(s, p, v)
	case r.Method == InfoOfficePhone && v.Interrupt && p.Contacts.OfficePhone == "":
		return false, "the wizard offers the office phone only when a business phone is on file"
	case r.Method == InfoAppPassword && !v.PerUserMFA:
		return false, "app passwords need per-user multi-factor authentication"
	case r.Method == InfoPasskey && !v.FIDO2:
		return false, "passkeys are not enabled for this person"
	case len(r.Proofs) == 0:
		return true, "allowed"
	}
	reasons := ""
	for _, m := range r.Proofs {
		ok, why := MayRegister(s, p, m, now)
		if ok {
			return true, why
		}
		reasons = either(reasons, why)
	}
	return false, reasons
}

func mayRegisterAlternate(s Settings, p Person, v InfoVisit) (bool, string) {
	switch {
	case v.Interrupt:
		return false, "the alternate phone is registered on the Security info page, not in the wizard"
	case !s.Methods.Configs[ConfigVoice].Targets(p):
		return false, "the alternate phone needs Voice in the Authentication methods policy"
	case p.Contacts.AuthenticationPhone == "":
		return false, "the alternate phone needs a phone registered first"
	}
	return true, "allowed"
}

// infoCount counts what p has of m.
func infoCount(p Person, m InfoMethod, v InfoVisit) int {
	one := func(have bool) int {
		if have {
			return 1
		}
		return 0
	}
	switch m {
	case InfoAuthenticator, InfoOtherApp, InfoHardwareToken:
		return len(p.Apps) + p.AssignedTokens
	case InfoPhone:
		return one(p.Contacts.AuthenticationPhone != "")
	case InfoAlternatePhone:
		return one(p.Contacts.AlternatePhone != "")
	case InfoOfficePhone:
		return one(p.Contacts.OfficePhone != "")
	case InfoEmail:
		return one(p.Contacts.AuthenticationEmail != "")
	case InfoQuestions:
		return one(p.QuestionCount > 0)
	case InfoPasskey:
		return p.Passkeys
	case InfoTemporaryAccess:
		return one(v.HasTAP)
	}
	return 0
}

// A SignInKind is how a session came about.
type SignInKind string

// The sign-ins that a change of the password tells apart (reference 5.7).
const (
	SignedInWithMFA      SignInKind = "password+mfa"
	SignedInWithPassword SignInKind = "password"
	SignedInWithTAP      SignInKind = "temporaryAccessPass"
)

// ChangeNeedsCurrent reports whether changing the password on the Security info
// page asks for the current one: not after password and second factor in the
// same session; always otherwise, and a Temporary Access Pass alone never
// suffices (reference 5.7).
func ChangeNeedsCurrent(k SignInKind) bool { return k != SignedInWithMFA }

package ldapwriter

import (
	"fmt"

	"github.com/go-ldap/ldap/v3"

	"github.com/ssprlab/ssprlab/internal/writeback/agent"
	"github.com/ssprlab/ssprlab/internal/writeback/envelope"
)

// An answer is what tells refusals apart: the result code and the eight digits
// in front of the diagnostic, "" when there are none.
type answer struct {
	code   uint16
	prefix string
}

// A meaning is what an answer says to the agent.
type meaning struct {
	verdict envelope.Verdict
	reason  agent.Reason
	detail  string
	remedy  string
}

// The meanings that several answers share.
var (
	refusedByPolicy = meaning{
		envelope.Policy, agent.PolicyRestriction,
		"the domain refused the password: length, complexity, history, minimum age or a password filter; a domain controller does not tell which",
		"choose a longer, more varied password that was not used before; if the last change was recent, wait for the minimum age or set it to 0",
	}
	wrongCurrent = meaning{
		envelope.WrongCurrent, agent.NoReason,
		"the current password is not the one the domain knows", "enter the present domain password, or reset it",
	}
	lockedOut = meaning{
		envelope.Locked, agent.NoReason,
		"the account is locked out, and a locked account cannot change its password", "unlock the account or wait for the lockout to end, or reset the password",
	}
	inClear = meaning{
		envelope.Configuration, agent.ConnectionInClear,
		"the domain controller takes no password over this connection: it is not encrypted", "use ldaps, or ldap with StartTLS, to the domain controller",
	}
	badRequest = meaning{
		envelope.Fault, agent.NoReason,
		"the domain controller did not accept the form of the request", "see the exchange; the password may hold characters this directory does not take",
	}
	noResetRight = meaning{
		envelope.Permission, agent.RightMissing,
		"the connector account may not reset the password of this account", "grant the connector account Reset Password on descendant user objects, inherited from the domain or the organisational unit",
	}
	noWriteRight = meaning{
		envelope.Permission, agent.RightMissing,
		"the connector account may not write an attribute of the request", "grant the connector account Write lockoutTime and Write pwdLastSet on descendant user objects",
	}
	cannotChange = meaning{
		envelope.Policy, agent.CannotChange,
		"the account may not change its password (\"user cannot change password\")", "clear \"User cannot change password\" on the account",
	}
	gone = meaning{
		envelope.NotFound, agent.NoReason,
		"the account is gone, or the connector account may not see it", "restore the account or synchronise again, and see that the connector account may read it",
	}
	wrongController = meaning{
		envelope.Configuration, agent.NoReason,
		"this domain controller cannot write the account: it is read-only or of another domain", "point the agent at a writable domain controller of the person's domain",
	}
	noHintsControl = meaning{
		envelope.Configuration, agent.NoReason,
		"the domain controller does not support the policy-hints control", "use domain controllers of Windows Server 2016 or later",
	}
	notSignedIn = meaning{
		envelope.Configuration, agent.ServiceAccount,
		"the connector account is not signed in, or not strongly enough", "see that the connector account's name and password are right and the connection is encrypted",
	}
	overloaded = meaning{
		envelope.Fault, agent.NoReason,
		"the domain controller is too busy and has not written the password", "try again, or add a domain controller to the agent's list",
	}
	noAnswer = meaning{
		envelope.Unknown, agent.AnswerLost,
		"the request was sent and no answer came", "look at the account (pwdLastSet) before trying again",
	}
)

// meanings is the classification of answers to a write (MS-SAMR 3.1.1.7, MS-ADTS
// 3.1.1.3.1.5, and what Windows and Samba controllers were seen to answer). The
// same broken rule is 53 in a reset and 19 in a change on Windows, and 19 in
// both on Samba.
var meanings = map[answer]meaning{
	{ldap.LDAPResultUnwillingToPerform, "0000052D"}:  refusedByPolicy,
	{ldap.LDAPResultConstraintViolation, "0000052D"}: refusedByPolicy,
	{ldap.LDAPResultConstraintViolation, "00000056"}: wrongCurrent,
	{ldap.LDAPResultConstraintViolation, "00000775"}: lockedOut,
	{ldap.LDAPResultUnwillingToPerform, "0000001F"}:  inClear,
	{ldap.LDAPResultUnwillingToPerform, "00002035"}:  badRequest,
	{ldap.LDAPResultConstraintViolation, "0000202F"}: badRequest,

	{ldap.LDAPResultInsufficientAccessRights, "00000005"}: noResetRight,
	{ldap.LDAPResultInsufficientAccessRights, ""}:         noResetRight, // Samba
	{ldap.LDAPResultInsufficientAccessRights, "00002098"}: noWriteRight,
	{ldap.LDAPResultConstraintViolation, ""}:              cannotChange, // Samba
	{ldap.LDAPResultConstraintViolation, "00000005"}:      cannotChange,
}

// byCode is the classification where the code alone decides.
var byCode = map[uint16]meaning{
	ldap.LDAPResultInsufficientAccessRights:     noResetRight,
	ldap.LDAPResultNoSuchObject:                 gone,
	ldap.LDAPResultReferral:                     wrongController,
	ldap.LDAPResultUnavailableCriticalExtension: noHintsControl,
	ldap.LDAPResultStrongAuthRequired:           notSignedIn,
	ldap.LDAPResultInvalidCredentials:           notSignedIn,
	ldap.LDAPResultConfidentialityRequired:      inClear,
	ldap.LDAPResultBusy:                         overloaded,
	ldap.LDAPResultUnavailable:                  overloaded,
	ldap.LDAPResultTimeLimitExceeded:            overloaded,
	ldap.LDAPResultAdminLimitExceeded:           overloaded,
}

// classify reads an answer. It is the only place that looks at what a directory
// said.
func classify(k kind, err error) agent.Result {
	code, diagnostic := answerOf(err)
	prefix := prefixOf(diagnostic)
	m, known := meanings[answer{code, prefix}]
	if !known {
		m, known = byCode[code]
	}
	switch {
	case code >= ldap.ErrorNetwork && k == searching:
		m = meaning{envelope.Unreachable, agent.NoDomainController, "the connection to the domain controller was lost before anything was written", "try again"}
	case code >= ldap.ErrorNetwork:
		m = noAnswer
	case code == ldap.LDAPResultOperationsError && (prefix == "000004DC" || prefix == "00002020"):
		m = notSignedIn
	case !known:
		m = meaning{envelope.Fault, agent.NoReason, "the directory answered something unexpected", "see the exchange"}
	case k == changing && m == noResetRight:
		m = cannotChange
	case k == unlocking && m.verdict == envelope.Permission:
		m.detail, m.remedy = "the connector account may not write lockoutTime on this account", "grant the connector account Write lockoutTime on descendant user objects"
	}
	return agent.Result{Verdict: m.verdict, Reason: m.reason, Detail: m.detail + said(code, prefix), Remedy: m.remedy}
}

// said names an answer for people who look codes up.
func said(code uint16, prefix string) string {
	if code >= ldap.ErrorNetwork {
		return ""
	}
	if prefix == "" {
		return fmt.Sprintf(" (%s %d)", codeName(code), code)
	}
	return fmt.Sprintf(" (%s %d, %s)", codeName(code), code, prefix)
}

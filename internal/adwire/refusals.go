package adwire

import (
	"errors"
	"fmt"

	"github.com/ssprlab/ssprlab/internal/directory"
)

// The Win32 and security codes of this layer's own refusals (MS-ERREF 2.1, 2.2).
const (
	errorInvalidParameter       = 0x57
	errorAuthMethodNotSupported = 0x2027
	errorInappropriateAuth      = 0x2029
	errorUnwillingToPerform     = 0x2035
	errorUnknownExtended        = 0x203d
	errorBusy                   = 0x200e
	errorAdminLimitExceeded     = 0x2024
	errorLogonDenied            = 0x8009030c
)

// One fixed DSID for each place that refuses.
const (
	dsidDecode    = "0C090DF1"
	dsidControl   = "0C090850"
	dsidTLS       = "0C0916FB"
	dsidTLSState  = "0C0916A9"
	dsidExtended  = "0C090C7D"
	dsidSASL      = "0C09053E"
	dsidExternal  = "0C0905FD"
	dsidSicily    = "0C0905DE"
	dsidVersion   = "0C09054F"
	dsidFastBind  = "0C090D42"
	dsidTimeLimit = "0C090A37"
	dsidDepth     = "0C0908A4"
	dsidBusy      = "0C0909C5"
	dsidNotices   = "0C0909D1"
)

// ldapErr builds a refusal with the text of the LDAP layer.
func ldapErr(f directory.Flavour, code directory.Code, win32 uint32, dsid, comment string) directory.Result {
	return directory.Result{Code: code, Diagnostic: f.LDAPErr(win32, dsid, comment)}
}

// refuseControl answers a request whose controls cannot be honoured (reference 1.4).
func refuseControl(f directory.Flavour, e *controlError) directory.Result {
	if errors.Is(e.err, errBoth) {
		return ldapErr(f, directory.ProtocolError, errorInvalidParameter, dsidControl, "Error processing control")
	}
	if f.Dialect == directory.Samba {
		return directory.Result{Code: directory.UnavailableCriticalExtension}
	}
	return ldapErr(f, directory.UnavailableCriticalExtension, errorInvalidParameter, dsidControl, "Error processing control")
}

// refuseExtended answers an extended operation that is not known (reference 1.6).
func refuseExtended(f directory.Flavour, oid string) directory.Result {
	if f.Dialect == directory.Samba {
		return directory.Result{Code: directory.ProtocolError, Diagnostic: fmt.Sprintf("Extended Operation(%s) not supported", oid)}
	}
	return ldapErr(f, directory.ProtocolError, errorUnknownExtended, dsidExtended, "Unknown extended request OID")
}

// refuseMechanism answers a SASL mechanism that is not carried out (reference 1.7).
func refuseMechanism(f directory.Flavour, mechanism string) directory.Result {
	if f.Dialect == directory.Samba {
		return directory.Result{
			Code:       directory.OperationsError,
			Diagnostic: "SASL: Failed to start authentication system: NT_STATUS_INVALID_PARAMETER",
		}
	}
	return ldapErr(f, directory.AuthMethodNotSupported, errorAuthMethodNotSupported, dsidSASL,
		fmt.Sprintf("SASL mechanism %q is not supported", mechanism))
}

// refuseSecondTLS answers StartTLS where it cannot begin (reference 1.6).
func refuseSecondTLS(f directory.Flavour, encrypted bool) directory.Result {
	if f.Dialect == directory.Samba && encrypted {
		return directory.Result{Code: directory.OperationsError, Diagnostic: "START-TLS: TLS is already enabled on this LDAP session"}
	}
	comment := "TLS or SSL already in effect"
	if !encrypted {
		comment = "Other operations are outstanding on the connection"
	}
	return ldapErr(f, directory.OperationsError, 0, dsidTLSState, comment)
}

// failed answers an operation that ended in a panic: our mistake, and worded so
// that nobody takes it for a domain controller's answer.
func failed() directory.Result {
	return directory.Result{Code: directory.Other, Diagnostic: "the emulator failed while performing the operation; its log tells more"}
}

package domain

import "fmt"

// A KerberosError is the error code of an answer to an AS request (RFC 4120
// 7.5.9), as the Status of events 4768 and 4771 has it.
type KerberosError uint32

// The errors that a sign-in with a password meets.
const (
	KerberosOK       KerberosError = 0
	PrincipalUnknown KerberosError = 0x6  // KDC_ERR_C_PRINCIPAL_UNKNOWN
	PolicyRejected   KerberosError = 0xc  // KDC_ERR_POLICY
	ClientRevoked    KerberosError = 0x12 // KDC_ERR_CLIENT_REVOKED
	KeyExpired       KerberosError = 0x17 // KDC_ERR_KEY_EXPIRED
	PreauthFailed    KerberosError = 0x18 // KDC_ERR_PREAUTH_FAILED
	ServiceUnusable  KerberosError = 0x1d // KDC_ERR_SVC_UNAVAILABLE
)

// String is the error as an event shows it: "0x18".
func (e KerberosError) String() string { return fmt.Sprintf("0x%x", uint32(e)) }

// Kerberos is the error that stands for a sub-code when the same account asks
// for a ticket instead of binding (AD reference 12.3).
func (c SubCode) Kerberos() KerberosError {
	switch c {
	case LogonOK:
		return KerberosOK
	case NoSuchUser:
		return PrincipalUnknown
	case NoLogonServers:
		return ServiceUnusable
	case InvalidWorkstation:
		return PolicyRejected
	case AccountDisabled, AccountLockedOut, AccountExpired, InvalidHours:
		return ClientRevoked
	case PasswordExpired, PasswordMustChange:
		return KeyExpired
	}
	return PreauthFailed
}

// Preauthentication reports whether an error is told by event 4771, Kerberos
// pre-authentication failed, and not by a failed 4768. Windows' own page on 4771
// has 0x17 and 0x18; 0x12 is seen there, too (see docs/divergences.md).
func (e KerberosError) Preauthentication() bool {
	return e == ClientRevoked || e == KeyExpired || e == PreauthFailed
}

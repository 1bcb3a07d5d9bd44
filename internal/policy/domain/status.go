package domain

// NTStatus is the status behind a sub-code, as the security log and a
// workstation know it (MS-ERREF 2.3). A wrong name and a wrong password have
// one outer status; their sub-status tells them apart to the log only.
func (c SubCode) NTStatus() uint32 {
	switch c {
	case LogonOK:
		return 0
	case NoSuchUser:
		return 0xC0000064 // STATUS_NO_SUCH_USER
	case NoLogonServers:
		return 0xC000005E // STATUS_NO_LOGON_SERVERS
	case InvalidHours:
		return 0xC000006F // STATUS_INVALID_LOGON_HOURS
	case InvalidWorkstation:
		return 0xC0000070 // STATUS_INVALID_WORKSTATION
	case PasswordExpired:
		return 0xC0000071 // STATUS_PASSWORD_EXPIRED
	case AccountDisabled:
		return 0xC0000072 // STATUS_ACCOUNT_DISABLED
	case AccountExpired:
		return 0xC0000193 // STATUS_ACCOUNT_EXPIRED
	case PasswordMustChange:
		return 0xC0000224 // STATUS_PASSWORD_MUST_CHANGE
	case AccountLockedOut:
		return 0xC0000234 // STATUS_ACCOUNT_LOCKED_OUT
	case TooManyContextIDs:
		return 0xC000015A // STATUS_TOO_MANY_CONTEXT_IDS
	}
	return 0xC000006D // STATUS_LOGON_FAILURE
}

// KerberosError is what an AS exchange answers in place of a sub-code (RFC 4120
// 7.5.9, MS-KILE 3.3.5.6): 0 for success.
func (c SubCode) KerberosError() int {
	switch c {
	case LogonOK:
		return 0
	case NoSuchUser:
		return 6 // KDC_ERR_C_PRINCIPAL_UNKNOWN
	case NoLogonServers:
		return 29 // KDC_ERR_SVC_UNAVAILABLE
	case InvalidWorkstation:
		return 12 // KDC_ERR_POLICY
	case AccountDisabled, AccountLockedOut, AccountExpired, InvalidHours:
		return 18 // KDC_ERR_CLIENT_REVOKED
	case PasswordExpired, PasswordMustChange:
		return 23 // KDC_ERR_KEY_EXPIRED
	}
	return 24 // KDC_ERR_PREAUTH_FAILED
}

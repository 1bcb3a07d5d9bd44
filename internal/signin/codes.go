package signin

// A Code is an error number of the sign-in log, which the sign-in page shows as
// AADSTS<number>.
type Code int

// The numbers of "Microsoft Entra authentication and authorization error codes"
// (Microsoft Learn). Those of pass-through authentication are also in
// "Troubleshoot Microsoft Entra pass-through authentication". 500121 is in
// "Security operations for privileged accounts", beside 50074. The numbers of
// Temporary Access Passes are on none of these pages; 130504 and 130507 were seen
// in output, and 130502 is the one of the text that
// howto-authentication-temporary-access-pass, "Troubleshooting", explains.
const (
	OK                  Code = 0
	CodeUnknownUser     Code = 50034  // UserAccountNotFound
	CodeLocked          Code = 50053  // IdsLocked
	CodeExpired         Code = 50055  // InvalidPasswordExpiredPassword
	CodeNoPassword      Code = 50056  // invalid or null password: the directory has none for the person
	CodeDisabled        Code = 50057  // UserDisabled
	CodeEnrol           Code = 50072  // UserStrongAuthEnrollmentRequiredInterrupt
	CodeFactorNeeded    Code = 50074  // UserStrongAuthClientAuthNRequiredInterrupt
	CodeFactorNone      Code = 50076  // UserStrongAuthClientAuthNRequired: no factor may be used
	CodeRegister        Code = 50125  // PasswordResetRegistrationRequiredInterrupt
	CodeWrongPassword   Code = 50126  // InvalidUserNameOrPassword
	CodeExpiredOnPrem   Code = 50144  // InvalidPasswordExpiredOnPremPassword
	CodeBlocked         Code = 53003  // BlockedByConditionalAccess
	CodeRegisterBlocked Code = 53010  // ProofUpBlockedDueToSecurityInfoAcr
	CodeNoAgent         Code = 80001  // OnPremiseStoreIsNotAvailable
	CodeAgentTimeout    Code = 80002  // OnPremisePasswordValidatorRequestTimedout
	CodeWrongUPN        Code = 80004  // incorrect UPN used in the sign-in request
	CodeAgentFailed     Code = 80007  // OnPremisePasswordValidatorErrorOccurredOnPrem
	CodeLogonHours      Code = 80012  // OnPremisePasswordValidationAccountLogonInvalidHours
	CodePassPolicy      Code = 130502 // blocked by the user's credential policy: out of its scope, or a one-time pass that was used
	CodePassWrong       Code = 130503
	CodePassExpired     Code = 130504
	CodePassNone        Code = 130507 // none could be found or verified
	CodeFactorFailed    Code = 500121
)

// reasons are the failure reasons of the sign-in log, in our words; those of 50074
// and 500121 are what detections look for.
var reasons = map[Code]string{
	CodeUnknownUser:     "The account is not in the directory.",
	CodeLocked:          "The account is locked, because somebody tried to sign in too often with a wrong user ID or password.",
	CodeExpired:         "The password has expired or is temporary.",
	CodeNoPassword:      "The directory holds no password for this person.",
	CodeDisabled:        "The account is disabled.",
	CodeEnrol:           "The person has to register for multi-factor authentication.",
	CodeFactorNeeded:    "Strong Authentication is required.",
	CodeFactorNone:      "Multi-factor authentication is required, and the person has no factor that may be used.",
	CodeRegister:        "Interrupted by a password reset or by registering for it.",
	CodeWrongPassword:   "The user name or the password is wrong.",
	CodeExpiredOnPrem:   "The person's Active Directory password has expired.",
	CodeBlocked:         "Blocked by Conditional Access.",
	CodeRegisterBlocked: "Security information cannot be registered from here.",
	CodeNoAgent:         "No authentication agent is available.",
	CodeAgentTimeout:    "The authentication agent's password validation timed out.",
	CodeWrongUPN:        "Incorrect user principal name in the sign-in request.",
	CodeAgentFailed:     "The authentication agent could not validate the password.",
	CodeLogonHours:      "Outside of the hours that Active Directory allows.",
	CodePassPolicy:      "Temporary Access Pass sign-in is blocked by the user credential policy.",
	CodePassWrong:       "The Temporary Access Pass is incorrect.",
	CodePassExpired:     "The Temporary Access Pass has expired.",
	CodePassNone:        "No Temporary Access Pass could be found or verified for the person.",
	CodeFactorFailed:    "Authentication failed during strong authentication request.",
}

// Reason is the failure reason of the sign-in log, "" for OK.
func (c Code) Reason() string { return reasons[c] }

// interrupts are numbers that a sign-in passes through: the person is asked for
// something, and nothing has failed.
func (c Code) interrupt() bool {
	switch c {
	case CodeExpired, CodeExpiredOnPrem, CodeEnrol, CodeFactorNeeded, CodeRegister:
		return true
	}
	return false
}

package journal

import "github.com/ssprlab/ssprlab/internal/policy"

// A FlowReason is the result reason of a step of the flow: the closed set of
// SSPR reference 12.3, letter by letter.
type FlowReason string

// The reasons of steps that went well.
const (
	ReasonSubmittedID          FlowReason = "User submitted their user ID"
	ReasonPresentedOptions     FlowReason = "User was presented with verification options"
	ReasonVerified             FlowReason = "User completed all verification steps required"
	ReasonSubmittedPassword    FlowReason = "User submitted a new password"
	ReasonSuccessfullyReset    FlowReason = "User successfully reset password"
	ReasonCancelledProofs      FlowReason = "User cancelled before passing the required authentication methods"
	ReasonCancelledPassword    FlowReason = "User cancelled before submitting a new password"
	ReasonNotEnabled           FlowReason = "Password reset is not enabled for this user"
	ReasonInsufficientMethods  FlowReason = "User's account has insufficient authentication methods defined. Add authentication info to resolve this"
	ReasonNoLicence            FlowReason = "User does not have a license. You can add a license to the user to resolve this"
	ReasonNoCookies            FlowReason = "User tried to reset from a device without cookies enabled"
	ReasonManagedOnPremises    FlowReason = "User's password is managed on-premises. You can enable Password Writeback to resolve this"
	ReasonOnPremisesUnreached  FlowReason = "We could not reach your on-premises password reset service. Check your sync machine's event log"
	ReasonOnPremisesProblem    FlowReason = "We encountered a problem while resetting the user's on-premises password. Check your sync machine's event log"
	ReasonNotInGroup           FlowReason = "This user is not a member of the password reset users group. Add this user to that group to resolve this."
	ReasonTenantDisabled       FlowReason = "Password reset has been disabled entirely for this tenant."
	ReasonAbandonedID          FlowReason = "User abandoned after entering their user ID"
	ReasonAbandonedBefore      FlowReason = "User abandoned before selecting a new password"
	ReasonAbandonedWhile       FlowReason = "User abandoned while selecting a new password"
	ReasonBlockedSMS           FlowReason = "User entered too many invalid SMS verification codes and is blocked for 24 hours"
	ReasonBlockedMobileVoice   FlowReason = "User tried mobile phone voice verification too many times and is blocked for 24 hours"
	ReasonBlockedOfficeVoice   FlowReason = "User tried office phone voice verification too many times and is blocked for 24 hours"
	ReasonBlockedQuestions     FlowReason = "User tried to answer security questions too many times and is blocked for 24 hours"
	ReasonBlockedPhone         FlowReason = "User tried to verify a phone number too many times and is blocked for 24 hours"
	ReasonStartedEmail         FlowReason = "User started the email verification option"
	ReasonCompletedEmail       FlowReason = "User completed the email verification option"
	ReasonStartedSMS           FlowReason = "User started the mobile SMS verification option"
	ReasonCompletedSMS         FlowReason = "User completed the mobile SMS verification option"
	ReasonStartedMobileVoice   FlowReason = "User started the mobile voice call verification option"
	ReasonCompletedMobileVoice FlowReason = "User completed the mobile voice call verification option"
	ReasonStartedOfficeVoice   FlowReason = "User started the office voice call verification option"
	ReasonCompletedOfficeVoice FlowReason = "User completed the office voice call verification option"
	ReasonStartedQuestions     FlowReason = "User started the security questions verification option"
	ReasonCompletedQuestions   FlowReason = "User completed the security questions verification option"
	ReasonStartedPush          FlowReason = "User started the mobile app notification verification option"
	ReasonCompletedPush        FlowReason = "User completed the mobile app notification verification option"
	ReasonStartedAppCode       FlowReason = "User started the mobile app code verification option"
	ReasonCompletedAppCode     FlowReason = "User completed the mobile app code verification option"
)

// The classic report knows no guests, and no unlocking by itself: words for what
// refuses them, which are ours.
const (
	ReasonHomeTenant     FlowReason = "User's password is managed by another organization. The user can reset it there"
	ReasonGuestsDisabled FlowReason = "Password reset is not enabled for guests. You can allow guests to reset to resolve this"
	ReasonUnlockDisabled FlowReason = "Unlocking accounts without resetting the password is not enabled. You can enable it to resolve this"
)

// The classic report names no other blocks; these words, which are ours, follow
// its own.
const (
	ReasonBlockedEmail    FlowReason = "User tried the email verification too many times and is blocked for 24 hours"
	ReasonBlockedAppCode  FlowReason = "User entered too many invalid mobile app codes and is blocked for 24 hours"
	ReasonBlockedAttempts FlowReason = "User tried to reset their password too many times and is blocked for 24 hours"
)

// options are the words that the reasons use for a method.
var options = map[policy.Method]string{
	policy.Email:      "email verification",
	policy.MobileSMS:  "mobile SMS verification",
	policy.MobileCall: "mobile voice call verification",
	policy.OfficeCall: "office voice call verification",
	policy.Questions:  "security questions verification",
	policy.AppPush:    "mobile app notification verification",
	policy.AppCode:    "mobile app code verification",
}

// Started is the reason written when a proof begins.
func Started(m policy.Method) FlowReason {
	return FlowReason("User started the " + options[m] + " option")
}

// Completed is the reason written when a proof is passed.
func Completed(m policy.Method) FlowReason {
	return FlowReason("User completed the " + options[m] + " option")
}

// AbandonedAfterStarting is the classic report's reason for a proof that was
// begun and never answered.
func AbandonedAfterStarting(m policy.Method) FlowReason {
	return FlowReason("User abandoned after starting the " + abandoned(m) + " option")
}

// AbandonedAfterCompleting is the classic report's reason for a flow that
// ended after a passed proof.
func AbandonedAfterCompleting(m policy.Method) FlowReason {
	return FlowReason("User abandoned after completing the " + abandoned(m) + " option")
}

// ContactedAdministrator is the classic report's reason for somebody who asked
// for help after trying m. The report has none for somebody who tried nothing:
// the words are ours.
func ContactedAdministrator(m policy.Method) FlowReason {
	if m == "" {
		return "User contacted an admin"
	}
	option := options[m]
	if m == policy.Questions {
		option = "security question verification" // the report's own singular
	}
	return FlowReason("User contacted an admin after trying the " + option + " option")
}

// abandoned is the wording of the abandoned rows, where questions stand
// without the word verification.
func abandoned(m policy.Method) string {
	if m == policy.Questions {
		return "security questions"
	}
	return options[m]
}

var steps = map[FlowReason]bool{
	ReasonSubmittedID: true, ReasonPresentedOptions: true, ReasonVerified: true,
	ReasonSubmittedPassword: true, ReasonSuccessfullyReset: true,
}

// Result is success for a step forward and failure for everything that ended
// the flow. (The classic groups blocked, abandoned and contacted admin are no
// values of the audit log's result.)
func (r FlowReason) Result() string {
	if steps[r] {
		return Success
	}
	for m := range options {
		if r == Started(m) || r == Completed(m) {
			return Success
		}
	}
	return Failure
}

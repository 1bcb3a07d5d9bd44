package portal

import (
	"io/fs"
	"time"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/registration"
	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/signin"
)

// storyUser is who signs in in the stories.
const storyUser = "alex.hybrid@northlight.example"

func signInStories() []Story {
	form := func(pass bool, m signin.Message) func(f *frame) page {
		return func(f *frame) page {
			f.Key = "signin"
			p := signInPage{frame: f, Pass: pass}
			if m != signin.MsgNone {
				p.User = storyUser
			}
			p.say(m)
			return p
		}
	}
	all := []Story{
		{"signin", "user ID and password", form(false, "")},
		{"signin-pass", "a Temporary Access Pass instead", form(true, "")},
	}
	for _, m := range []signin.Message{
		signin.MsgWrongPassword, signin.MsgLocked, signin.MsgDisabled, signin.MsgTryLater, signin.MsgElsewhere, signin.MsgHours,
		signin.MsgEnded, signin.MsgInfoEnded, "user-missing",
	} {
		all = append(all, Story{"signin-" + string(m), "refused: " + string(m), form(false, m)})
	}
	for _, m := range []signin.Message{signin.MsgWrongPass, signin.MsgPassEnded} {
		all = append(all, Story{"signin-" + string(m), "refused: " + string(m), form(true, m)})
	}
	return append(all, onTheWayStories()...)
}

// onTheWay is a sign-in whose first credential was right.
func onTheWay(chosen policy.Method, change func(v *signin.View)) func(f *frame) page {
	return func(f *frame) page {
		v := signin.View{SessionID: "story", User: storyUser, TenantName: "Northlight", Kind: policy.SignedInWithPassword}
		change(&v)
		return signInStep(f, v, chosen)
	}
}

func onTheWayStories() []Story {
	factor := func(m signin.Message, c *signin.Challenge) func(v *signin.View) {
		return func(v *signin.View) {
			v.Step, v.Message, v.Challenge, v.CanResend = signin.StepFactor, m, c, c != nil && m == signin.MsgCodeWrong
			for _, o := range storyOffers {
				if o.Method != policy.Email && o.Method != policy.Questions {
					v.Factors = append(v.Factors, o)
				}
			}
		}
	}
	interrupt := func(i policy.Interrupt) func(v *signin.View) {
		return func(v *signin.View) { v.Step, v.Interrupt = signin.StepInterrupt, &i }
	}
	barred := func(c signin.Code) func(v *signin.View) {
		return func(v *signin.View) { v.Step, v.Code = signin.StepRefused, c }
	}
	return []Story{
		{"factor-push", "a second factor, the app's notification", onTheWay(policy.AppPush, factor("", nil))},
		{"factor-push-waiting", "a notification waits for its number", onTheWay("", factor(signin.MsgWaiting, &signin.Challenge{Method: policy.AppPush, Number: 47}))},
		{"factor-push-denied", "the notification was denied", onTheWay(policy.AppPush, factor(signin.MsgDenied, nil))},
		{"factor-code", "the app's code", onTheWay(policy.AppCode, factor("", nil))},
		{"factor-text", "a text message may be sent", onTheWay(policy.MobileSMS, factor("", nil))},
		{"factor-text-wrong", "the code of the text was wrong", onTheWay("", factor(signin.MsgCodeWrong, &signin.Challenge{Method: policy.MobileSMS, Target: "+1 *******00"}))},
		{"factor-call", "a call to the mobile phone", onTheWay(policy.MobileCall, factor("", nil))},
		{"factor-alternate-waiting", "the alternate phone rings", onTheWay("", factor(signin.MsgWaiting, &signin.Challenge{Method: policy.AlternateCall}))},
		{"factor-office-waiting", "the office phone rings", onTheWay("", factor(signin.MsgWaiting, &signin.Challenge{Method: policy.OfficeCall}))},
		{"factor-too-many", "too many wrong factors", onTheWay(policy.AppCode, factor(signin.MsgTooMany, nil))},
		{"interrupt-mfa", "registration for multi-factor authentication", onTheWay("", interrupt(policy.Interrupt{
			Kind: policy.RegisterForMFA, Missing: 1, Proposed: []policy.Method{policy.AppPush},
		}))},
		{"interrupt-reset", "registration for password reset can be skipped", onTheWay("", interrupt(policy.Interrupt{
			Kind: policy.RegisterForReset, Skippable: true, Missing: 2, Proposed: []policy.Method{policy.AppPush, policy.MobileSMS},
		}))},
		{"interrupt-nothing", "asked to register, and nothing can be", onTheWay("", interrupt(policy.Interrupt{
			Kind: policy.RegisterForReset, Skippable: true, Missing: 1, Refused: "no method is allowed",
		}))},
		{"interrupt-reconfirm", "is it still right?", onTheWay("", interrupt(policy.Interrupt{Kind: policy.Reconfirm, Skippable: true}))},
		{"interrupt-campaign", "the registration campaign", onTheWay("", interrupt(policy.Interrupt{
			Kind: policy.CampaignNudge, Skippable: true, Missing: 1, Proposed: []policy.Method{policy.AppPush},
		}))},
		{"barred-access", "blocked by Conditional Access", onTheWay("", barred(signin.CodeBlocked))},
		{"barred-register", "registration blocked by Conditional Access", onTheWay("", barred(signin.CodeRegisterBlocked))},
		{"barred-factor", "no second factor may be used", onTheWay("", barred(signin.CodeFactorNone))},
		{"signin-change", "the password has expired", onTheWay("", func(v *signin.View) { v.Step = signin.StepChange })},
	}
}

func accountStories() []Story {
	change := func(current bool, r reset.ChangeResult) func(f *frame) page {
		return func(f *frame) page {
			f.Key = "changepassword"
			if !r.Done {
				noteOnPassword(f, refusedChange(r))
			}
			return changePage{frame: f, User: storyUser, Action: "/myaccount/changepassword", NeedsCurrent: current}
		}
	}
	signedOut := func(key string, ask bool) func(f *frame) page {
		return func(f *frame) page {
			f.Key = key
			return signedOutPage{frame: f, Ask: ask}
		}
	}
	return []Story{
		{"account", "the account", func(f *frame) page { f.Key = "account"; return accountPage{frame: f, User: storyUser} }},
		{"account-expires", "the account whose password expires soon", func(f *frame) page {
			f.Key = "account"
			return accountPage{frame: f, User: storyUser, ExpiresIn: 12}
		}},
		{"account-changed", "after a change of the password", func(f *frame) page {
			f.Key, f.Note = "account", "changepassword.changed"
			return accountPage{frame: f, User: storyUser}
		}},
		{"change", "a known password, after a password alone", change(true, reset.ChangeResult{Done: true})},
		{"change-proved", "after a second factor the current password is not asked", change(false, reset.ChangeResult{Done: true})},
		{"change-wrong-current", "the current password was wrong", change(true, reset.ChangeResult{Reason: policy.PasswordWrongCurrent})},
		{"change-differs", "the confirmation differs", change(true, reset.ChangeResult{Reason: policy.PasswordMismatch})},
		{"change-unreachable", "the on-premises service did not answer", change(true, reset.ChangeResult{Code: policy.CodeOnPremisesConnection, CorrelationID: storySupport})},
		{"change-locked", "locked on-premises", change(true, reset.ChangeResult{Message: reset.MsgTryLater})},
		{"signout", "do you want to leave?", signedOut("signout", true)},
		{"signedout", "good-bye", signedOut("signedout", false)},
	}
}

// securityInfo is the page around an overview that stories vary.
func securityInfoStory(open, change policy.InfoMethod, m registration.Message, vary func(o *registration.Overview)) func(f *frame) page {
	return func(f *frame) page {
		f.Key = "securityinfo"
		o := registration.Overview{
			User: storyUser, Default: policy.AppPush,
			Items: []registration.Item{
				{Method: policy.InfoAuthenticator, ID: "a1", Value: "Microsoft Authenticator", Delete: true},
				{Method: policy.InfoPhone, Value: "+1 4255550100", Change: true, Delete: true},
				{Method: policy.InfoEmail, Value: "alex@example.net", Change: true, Delete: true},
				{Method: policy.InfoQuestions, Count: 3, Delete: true},
				{Method: policy.InfoPassword, Change: true},
			},
			Add:       []policy.InfoMethod{policy.InfoAuthenticator, policy.InfoOtherApp, policy.InfoAlternatePhone, policy.InfoOfficePhone},
			Factors:   []policy.Offer{{Method: policy.AppPush, Offered: true}, {Method: policy.MobileSMS, Offered: true}},
			Questions: registration.QuestionSheet{Count: 3, Predefined: []string{"first_pet", "city_first_job", "dream_job"}, Custom: []string{"What is written above the gate of the old mill?"}},
		}
		vary(&o)
		s := &site{}
		s.Accounts = &Accounts{QR: func(string) ([]byte, error) { return fs.ReadFile(staticFiles, "static/qr-example.png") }}
		p, err := s.securityInfoPageFor(f, o, open, change)
		if err != nil {
			return faultPage{frame: f}
		}
		p.tell(m)
		return p
	}
}

func securityInfoStories() []Story {
	as := func(*registration.Overview) {}
	nothing := func(o *registration.Overview) {
		o.Items, o.Factors, o.Default = nil, nil, ""
		o.Add = []policy.InfoMethod{policy.InfoAuthenticator, policy.InfoPhone, policy.InfoEmail, policy.InfoQuestions}
	}
	tokens := func(o *registration.Overview) {
		nothing(o)
		o.Add = append(o.Add, policy.InfoHardwareToken)
	}
	draft := func(d registration.DraftView) func(o *registration.Overview) {
		return func(o *registration.Overview) { o.Draft = &d }
	}
	offer := &registration.AppOffer{AppID: "a2", URI: secret.New("otpauth://totp/Northlight:alex?secret=JBSWY3DPEHPK3PXP&issuer=Northlight"), Secret: secret.New("JBSWY3DPEHPK3PXP")}
	text := registration.DraftView{Method: policy.InfoPhone, Operation: policy.InfoChange, Proof: policy.MobileSMS, Value: "+1 4255550142"}
	return []Story{
		{"securityinfo", "what is registered", securityInfoStory("", "", "", as)},
		{"securityinfo-none", "nothing yet", securityInfoStory("", "", "", nothing)},
		{"securityinfo-pass", "a Temporary Access Pass is the only method", securityInfoStory("", "", "", func(o *registration.Overview) {
			nothing(o)
			o.OnlyPass = true
			o.Items = []registration.Item{{Method: policy.InfoTemporaryAccess, Expires: storyNow.Add(time.Hour), Delete: true}}
		})},
		{"securityinfo-saved", "something was registered", securityInfoStory("", "", registration.MsgSaved, as)},
		{"securityinfo-deleted", "something was deleted", securityInfoStory("", "", registration.MsgDeleted, as)},
		{"securityinfo-not-allowed", "a rule says no", securityInfoStory("", "", registration.MsgNotAllowed, as)},
		{"securityinfo-blocked", "Conditional Access says no", securityInfoStory("", "", "", func(o *registration.Overview) {
			*o = registration.Overview{User: storyUser, Refused: registration.Result{Message: registration.MsgBlocked}}
		})},
		{"securityinfo-wizard", "in the wizard of a sign-in", securityInfoStory("", "", "", func(o *registration.Overview) {
			nothing(o)
			o.Interrupt = &policy.Interrupt{Kind: policy.RegisterForReset, Missing: 2, Proposed: []policy.Method{policy.AppPush, policy.MobileSMS}}
		})},
		{"securityinfo-app", "an app is offered", securityInfoStory("", "", registration.MsgScan, draft(registration.DraftView{Method: policy.InfoAuthenticator, Proof: policy.AppCode, Offer: offer}))},
		{"securityinfo-app-wrong", "the app's first code was wrong", securityInfoStory("", "", registration.MsgCodeWrong, draft(registration.DraftView{Method: policy.InfoOtherApp, Proof: policy.AppCode, Offer: offer}))},
		{"securityinfo-text-sent", "a code was sent to a number", securityInfoStory("", "", registration.MsgSent, draft(text))},
		{"securityinfo-calling", "a number is called", securityInfoStory("", "", registration.MsgWaiting, draft(registration.DraftView{Method: policy.InfoOfficePhone, Proof: policy.OfficeCall, Value: "+1 4255550142", Waiting: true}))},
		{"securityinfo-token", "a hardware token by its serial number", securityInfoStory(policy.InfoHardwareToken, "", "", tokens)},
		{"securityinfo-token-unknown", "no such token is to be had", securityInfoStory(policy.InfoHardwareToken, "", registration.MsgBadToken, tokens)},
		{"securityinfo-token-code", "the token's code activates it", securityInfoStory("", "", registration.MsgTokenCode, draft(registration.DraftView{Method: policy.InfoHardwareToken, Proof: policy.AppCode, Serial: "1234567"}))},
		{"securityinfo-token-waiting", "a token was assigned", securityInfoStory("", "", "", func(o *registration.Overview) {
			tokens(o)
			o.Items = []registration.Item{{Method: policy.InfoHardwareToken, ID: "t", Value: "Hardware token", Waiting: true, Activate: true, Delete: true}}
		})},
		{"securityinfo-phone", "change the phone", securityInfoStory("", policy.InfoPhone, "", as)},
		{"securityinfo-phone-bad", "the number has no country code", securityInfoStory("", policy.InfoPhone, registration.MsgBadPhone, as)},
		{"securityinfo-office", "add the office phone", securityInfoStory(policy.InfoOfficePhone, "", "", as)},
		{"securityinfo-email", "add an address", securityInfoStory(policy.InfoEmail, "", "", nothing)},
		{"securityinfo-email-own", "the account's own address", securityInfoStory(policy.InfoEmail, "", registration.MsgOwnEmail, nothing)},
		{"securityinfo-questions", "choose questions", securityInfoStory(policy.InfoQuestions, "", "", nothing)},
		{"securityinfo-questions-bad", "answers against the rules", securityInfoStory(policy.InfoQuestions, "", registration.MsgBadAnswers, nothing)},
	}
}

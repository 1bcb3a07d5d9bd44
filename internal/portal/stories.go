package portal

import (
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/clock"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/strength"
)

// storiesURL is the index of the stories. They are looked at in every language
// and leave that of the other pages alone.
const storiesURL = "/lab/stories"

// A Story is a page with a fixed value: one state that a person may see.
type Story struct {
	Name  string // closed set, kebab case
	Claim string // what the story shows, in a few words
	tell  func(f *frame) page
}

// A storiesPage is the index of all stories.
type storiesPage struct {
	*frame
	Groups []storyGroup
	Spoken []string
}

// A storyGroup is the stories of one part of the site.
type storyGroup struct {
	Title   string // catalogue key
	Stories []Story
}

func (storiesPage) name() string { return "stories" }

func (s *site) storyIndex(c echo.Context) error {
	f := s.labFrame(c, "stories")
	return s.render(c, http.StatusOK, storiesPage{frame: f, Groups: storyGroups(), Spoken: s.languageNames()})
}

func (s *site) story(c echo.Context) error {
	for _, story := range Stories() {
		if story.Name == c.Param("name") {
			f := s.frameFor(c, "", "")
			p := story.tell(s.storyFrame(f.loc))
			p.common().RefreshIn = 0 // a story stands still
			if m, ok := p.(mailPage); ok {
				return s.showMail(c, m)
			}
			return s.render(c, http.StatusOK, p)
		}
	}
	return echo.ErrNotFound
}

// storyFrame is a frame that depends on nothing but its language.
func (s *site) storyFrame(loc *localizer) *frame {
	return &frame{loc: loc, Tenant: "Northlight", Clock: clock.State{Now: storyNow}}
}

var storyNow = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)

const storySupport = "5f0c2a51-7d0e-4b6c-9f57-2a6cf3f7d0a1"

// Stories lists every page in each of its states.
func Stories() []Story {
	var all []Story
	for _, g := range storyGroups() {
		all = append(all, g.Stories...)
	}
	return all
}

func storyGroups() []storyGroup {
	return []storyGroup{
		{"nav.reset", slices.Concat(identifyStories(), verifyStories(), passwordStories(), endStories())},
		{"signin.title", signInStories()},
		{"account.title", accountStories()},
		{"securityinfo.title", securityInfoStories()},
		{"stories.branded", brandedStories()},
		{"lab.title", labStories()},
	}
}

func identifyStories() []Story {
	ask := func(picture bool, p *problem) func(f *frame) page {
		return func(f *frame) page {
			f.Key, f.Tenant, f.Problem = "identify", "", p
			check := &robotCheck{ID: "story", Picture: picture, Image: "/static/picture-example.png"}
			if !picture {
				check.Question = f.T("robot.sum.plus", "a", f.T("number.7"), "b", f.T("number.4"))
			}
			page := identifyPage{frame: f, Check: check}
			if p != nil {
				page.User = "alex.hybrid@northlight.example"
			}
			return page
		}
	}
	return []Story{
		{"identify", "who are you, with a picture", ask(true, nil)},
		{"identify-question", "who are you, with a question in words", ask(false, nil)},
		{"identify-robot-wrong", "the characters did not match", ask(true, &problem{Key: "problem.robot-wrong", Field: "characters"})},
		{"identify-unknown", "the account could not be verified", func(f *frame) page {
			p := ask(true, &problem{Key: "problem.account", Field: "username"})(f)
			f.Support = storySupport
			return p
		}},
		{"identify-personal", "a personal account belongs elsewhere", ask(true, &problem{Key: "problem.personal", Field: "username"})},
		{"identify-cookies", "the browser keeps no cookies", ask(true, &problem{Key: "problem.cookies"})},
		{"identify-branded", "the address names the organisation, and no robot check", func(f *frame) page {
			f.Key = "identify"
			return identifyPage{frame: f, User: "alex.hybrid@northlight.example", Realm: "northlight.example"}
		}},
	}
}

// storyView is a view that stories vary.
func storyView(change func(v *reset.View)) reset.View {
	v := reset.View{
		SessionID: "story", CorrelationID: storySupport, Operation: policy.Reset,
		User: "alex.hybrid@northlight.example", Gate: 1, Gates: 1, TenantName: "Northlight",
		ExpiresAt: storyNow.Add(15 * time.Minute),
	}
	change(&v)
	return v
}

func session(chosen policy.Method, change func(v *reset.View)) func(f *frame) page {
	return func(f *frame) page { return pageFor(f, storyView(change), chosen, storyNow) }
}

var storyOffers = []policy.Offer{
	{Method: policy.Email, Offered: true, Target: "al****@example.net"},
	{Method: policy.MobileSMS, Offered: true, Target: "+1 *******00"},
	{Method: policy.MobileCall, Offered: true, Target: "+1 *******00"},
	{Method: policy.OfficeCall, Offered: true, Target: "+1 *******42"},
	{Method: policy.Questions, Offered: true},
	{Method: policy.AppPush, Offered: true},
	{Method: policy.AppCode, Offered: true},
}

func verifying(gate, gates int, c *challenge.Challenge, m reset.Message) func(v *reset.View) {
	return func(v *reset.View) {
		v.Step, v.Gate, v.Gates, v.Message = reset.StepVerify, gate, gates, m
		v.Offers, v.Challenge = storyOffers, c
		if c != nil && c.IssuedAt.Before(storyNow.Add(-resendAfter)) {
			v.CanResend = true
		}
	}
}

func verifyStories() []Story {
	under := func(m policy.Method, ago time.Duration) *challenge.Challenge {
		c := &challenge.Challenge{Method: m, IssuedAt: storyNow.Add(-ago)}
		for _, o := range storyOffers {
			if o.Method == m {
				c.Target = o.Target
			}
		}
		return c
	}
	pushed := under(policy.AppPush, 2*time.Second)
	pushed.Number = 47
	asked := under(policy.Questions, 2*time.Second)
	asked.Questions = []string{"first_pet", "city_first_job", "What is written above the gate of the old mill?"}
	return []Story{
		{"trouble", "forgot, or know but cannot sign in", session("", func(v *reset.View) { v.Step, v.AllowUnlock = reset.StepTrouble, true })},
		{"trouble-reset-only", "unlock alone is not allowed", session("", func(v *reset.View) { v.Step = reset.StepTrouble })},
		{"verify-email", "one gate, e-mail chosen", session("", verifying(1, 1, nil, ""))},
		{"verify-email-sent", "a code was sent just now", session("", verifying(1, 1, under(policy.Email, 3*time.Second), reset.MsgCodeSent))},
		{"verify-email-stalled", "ten seconds later it can be sent again", session("", verifying(1, 1, under(policy.Email, time.Minute), reset.MsgCodeSent))},
		{"verify-email-wrong", "the code was wrong", session("", verifying(1, 1, under(policy.Email, time.Minute), reset.MsgCodeWrong))},
		{"verify-email-spent", "wrong codes used up the code", session("", verifying(1, 1, nil, reset.MsgCodeSpent))},
		{"verify-email-expired", "the code came too late", session("", verifying(1, 1, under(policy.Email, 6*time.Minute), reset.MsgCodeExpired))},
		{"verify-text", "the whole number is asked for", session(policy.MobileSMS, verifying(1, 2, nil, ""))},
		{"verify-text-mismatch", "the number is not the one on file", session(policy.MobileSMS, verifying(1, 2, nil, reset.MsgPhoneMismatch))},
		{"verify-text-sent", "a text message is on its way", session("", verifying(1, 2, under(policy.MobileSMS, 3*time.Second), reset.MsgCodeSent))},
		{"verify-call", "a call to the mobile phone", session(policy.MobileCall, verifying(1, 1, nil, ""))},
		{"verify-call-waiting", "it rings", session("", verifying(1, 1, under(policy.MobileCall, 3*time.Second), reset.MsgWaiting))},
		{"verify-office", "a call to the office phone", session(policy.OfficeCall, verifying(1, 1, nil, ""))},
		{"verify-push", "a notification may be sent", session(policy.AppPush, verifying(2, 2, nil, ""))},
		{"verify-push-waiting", "a notification waits for its number", session("", verifying(2, 2, pushed, reset.MsgWaiting))},
		{"verify-push-denied", "the notification was denied", session("", verifying(2, 2, under(policy.AppPush, time.Minute), reset.MsgDenied))},
		{"verify-app-code", "second step, the app's code", session(policy.AppCode, verifying(2, 2, nil, ""))},
		{"verify-app-code-used", "the code was used before", session("", verifying(2, 2, under(policy.AppCode, 3*time.Second), reset.MsgCodeReplayed))},
		{"verify-questions", "questions have not been drawn yet", session(policy.Questions, verifying(1, 1, nil, ""))},
		{"verify-questions-asked", "three questions", session("", verifying(1, 1, asked, ""))},
		{"verify-questions-wrong", "an answer was wrong", session("", verifying(1, 1, asked, reset.MsgAnswersWrong))},
		{"verify-unreachable", "nobody could be reached that way", session(policy.Email, verifying(1, 1, nil, reset.MsgCannotContact))},
		{"verify-old-tab", "the page was out of date", session(policy.Email, verifying(1, 1, nil, reset.MsgNotNow))},
	}
}

func passwordStories() []Story {
	at := func(gates int, meter bool, reason policy.PasswordReason) func(f *frame) page {
		return session("", func(v *reset.View) {
			v.Step, v.Gate, v.Gates, v.StrengthMeter = reset.StepPassword, gates, gates, meter
			if reason != policy.PasswordAccepted {
				v.Message, v.PasswordReason = reset.MsgPasswordRefused, reason
			}
		})
	}
	weighed := func(score strength.Score) func(f *frame) page {
		return session("", func(v *reset.View) {
			v.Step, v.Gate, v.Gates, v.StrengthMeter, v.Strength = reset.StepPassword, 1, 1, true, score
		})
	}
	all := []Story{
		{"password", "a new password after one gate", at(1, false, "")},
		{"password-cloud", "cloud users see a strength meter", at(2, true, "")},
		{"password-weak", "a weak password was weighed", weighed(strength.Weak)},
		{"password-strong", "a strong password was weighed", weighed(strength.Strong)},
	}
	for _, r := range []policy.PasswordReason{
		policy.PasswordMismatch, policy.PasswordTooShort, policy.PasswordTooLong, policy.PasswordCharacters,
		policy.PasswordComplexity, policy.PasswordBannedGlobal, policy.PasswordBannedCustom,
		policy.PasswordContainsName, policy.PasswordRefusedByAD,
	} {
		all = append(all, Story{"password-" + string(r), "refused: " + string(r), at(1, false, r)})
	}
	return all
}

// codeless are the causes of refusals without a number. The throttle has a page
// of its own.
var codeless = []string{policy.CheckAccountKind, policy.CheckGuestsAllowed, policy.CheckUnlockAllowed, "cloud-write"}

func endStories() []Story {
	refused := func(c policy.Code, m reset.Message) func(f *frame) page {
		return session("", func(v *reset.View) { v.Step, v.Code, v.Message = reset.StepError, c, m })
	}
	all := []Story{
		{"busy", "a write is under way", session("", func(v *reset.View) { v.Step = reset.StepBusy })},
		{"done", "the password has been reset", session("", func(v *reset.View) { v.Step = reset.StepDone })},
		{"done-wait", "reset on-premises, the cloud follows", session("", func(v *reset.View) { v.Step, v.Message = reset.StepDone, reset.MsgWaitMinutes })},
		{"unlocked", "the account has been unlocked", session("", func(v *reset.View) { v.Step, v.Operation = reset.StepUnlocked, policy.Unlock })},
		{"blocked", "too many tries", session("", func(v *reset.View) {
			v.Step, v.BlockedUntil = reset.StepBlocked, storyNow.Add(24*time.Hour)
		})},
		{"ended", "the session is over", session("", func(v *reset.View) { *v = reset.View{Step: reset.StepEnded} })},
		{"refused-unknown", "the answer of the directory was lost", refused(policy.CodeOnPremisesConnection, reset.MsgOutcomeUnknown)},
		{"refused-contacted", "the administrator has been asked", refused(policy.CodeNotConfigured, reset.MsgContacted)},
		{"refused-not-contacted", "the administrator could not be asked", refused(policy.CodeNotConfigured, reset.MsgNotContacted)},
		{"refused-helpdesk", "the organisation has a helpdesk link", session("", func(v *reset.View) {
			v.Step, v.Code, v.ContactLink = reset.StepError, policy.CodeNotLicensed, "https://help.northlight.example/"
		})},
		{"blocked-helpdesk", "the helpdesk takes mail", session("", func(v *reset.View) {
			v.Step, v.BlockedUntil, v.ContactLink = reset.StepBlocked, storyNow.Add(24*time.Hour), "mailto:help@northlight.example"
		})},
		{"fault-missing", "no such page", fault(http.StatusNotFound, nil)},
		{"fault-form", "a field is too long", fault(http.StatusBadRequest, &formError{Field: "username", Limit: maxUser, Why: "too-long"})},
		{"fault-origin", "a post from another site", fault(http.StatusForbidden, nil)},
		{"fault-broken", "a fault", fault(http.StatusInternalServerError, nil)},
	}
	for _, c := range []policy.Code{
		policy.CodeTenantDisabled, policy.CodeWritebackNotEnabled, policy.CodeNoPolicy, policy.CodeNotLicensed,
		policy.CodeNotInGroup, policy.CodeNotConfigured, policy.CodeOnPremisesAdmin, policy.CodeOnPremisesConnection,
	} {
		all = append(all, Story{"refused-" + string(c), "refused with " + string(c), refused(c, "")})
	}
	for _, cause := range codeless {
		all = append(all, Story{"refused-" + cause, "refused without a number: " + cause, session("", func(v *reset.View) {
			v.Step, v.Cause = reset.StepError, cause
		})})
	}
	return all
}

func fault(status int, form *formError) func(f *frame) page {
	return func(f *frame) page {
		f.Key = faultKey(status)
		return faultPage{frame: f, Status: status, Form: form}
	}
}

// channelRecord keeps labStories short.
func channelRecord(seq int64, ch journal.Channel, fill func(r *journal.Record)) journal.Record {
	r := journal.Record{Seq: seq, Time: storyNow.Add(time.Duration(seq) * time.Second), Channel: ch, CorrelationID: storySupport}
	fill(&r)
	return r
}

package reset

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/strength"
)

// A Message is what a page says above its form: a closed set of words that the
// pages translate.
type Message string

// The messages.
const (
	MsgNone             Message = ""
	MsgCodeSent         Message = "code-sent"
	MsgCodeWrong        Message = "code-wrong"
	MsgCodeExpired      Message = "code-expired"
	MsgCodeReplayed     Message = "code-replayed"
	MsgCodeSpent        Message = "code-spent" // by wrong answers
	MsgAnswersWrong     Message = "answers-wrong"
	MsgPhoneMismatch    Message = "phone-mismatch"
	MsgCannotContact    Message = "cannot-contact"
	MsgWaiting          Message = "waiting" // for a push or call
	MsgDenied           Message = "denied"
	MsgNotNow           Message = "not-now" // the input does not fit the step (old tab, back button)
	MsgPasswordRefused  Message = "password-refused"
	MsgContacted        Message = "administrator-contacted"
	MsgNotContacted     Message = "administrator-not-contacted"
	MsgWaitMinutes      Message = "wait-minutes" // OnPremisesSuccessCloudFailure
	MsgOutcomeUnknown   Message = "outcome-unknown"
	MsgMethodNotOffered Message = "method-not-offered"
	MsgTryLater         Message = "try-later" // change: the account is locked on-premises
)

// resendAfter is when "Try again" appears on a stalled contact attempt
// (reference 1.2).
const resendAfter = 10 * time.Second

// A View is everything a page may show of a session. It never holds a secret.
type View struct {
	SessionID      string // may differ from the one asked with: keep this one
	CorrelationID  string // support code at the foot of the page
	Step           Step
	Operation      policy.Operation
	User           string // user ID as typed
	Locale         string
	Gate, Gates    int
	Offers         []policy.Offer       // StepVerify: the offered ones only
	Challenge      *challenge.Challenge // under way; show Method, Target, Questions, Number, IssuedAt
	CanResend      bool                 // 10 s have passed (1.2)
	Message        Message
	PasswordReason policy.PasswordReason // with MsgPasswordRefused
	Code           policy.Code           // StepError
	Cause          string
	BlockedUntil   time.Time
	ExpiresAt      time.Time
	AllowUnlock    bool           // P2 offers the second choice
	StrengthMeter  bool           // P5: cloud-only users
	Strength       strength.Score // of the password that was weighed, see [Service.Weigh]
	ContactLink    string         // customised helpdesk: mailto: or https: URL, "" for the form
	TenantName     string
}

// View returns what the session needs now. An unknown ID gives StepEnded.
func (s *Service) View(ctx context.Context, id string) (View, error) {
	sess, err := s.Sessions.Get(ctx, id)
	if errors.Is(err, ErrNoSession) {
		return View{Step: StepEnded}, nil
	}
	if err != nil {
		return View{}, fmt.Errorf("reading the session: %w", err)
	}
	if s.leftBehind(sess) {
		return s.settleLost(ctx, sess)
	}
	return s.show(ctx, sess, MsgNone)
}

// leftBehind reports whether the process that was writing for sess died.
func (s *Service) leftBehind(sess Session) bool {
	return !sess.Step.final() && sess.at(s.Now()) == StepError
}

// settleLost ends a session whose write never came back: the outcome is
// unknown, and the person is told so instead of "done" or "refused".
func (s *Service) settleLost(ctx context.Context, sess Session) (View, error) {
	err := s.Sessions.Update(ctx, sess.ID, func(cur Session) (Session, error) {
		if !s.leftBehind(cur) {
			return cur, nil
		}
		return cur.fail(policy.CodeOnPremisesConnection, string(AnswerLost), MsgOutcomeUnknown), nil
	})
	if err != nil {
		return View{}, fmt.Errorf("settling a write left behind: %w", err)
	}
	s.end(sess.CorrelationID, journal.Unknown, policy.CodeOnPremisesConnection, string(AnswerLost),
		"ask the directory when the password was last set (pwdLastSet), then reset again if it was not")
	return s.View(ctx, sess.ID)
}

// show makes the view of sess; m, when not empty, replaces its message.
func (s *Service) show(ctx context.Context, sess Session, m Message) (View, error) {
	settings, err := s.settings(ctx)
	if err != nil {
		return View{}, err
	}
	now := s.Now()
	v := View{
		SessionID: sess.ID, CorrelationID: sess.CorrelationID, Step: sess.at(now), Operation: sess.Operation,
		User: sess.UserID, Locale: sess.Locale, Gate: sess.gate(), Gates: sess.Gates,
		Message: sess.Message, PasswordReason: sess.PasswordReason, Code: sess.Code, Cause: sess.Cause,
		BlockedUntil: sess.BlockedUntil, ExpiresAt: sess.Expires, AllowUnlock: sess.AllowUnlock,
		TenantName: settings.TenantName, ContactLink: contactLink(settings.Helpdesk),
	}
	if m != MsgNone {
		v.Message = m
	}
	if v.Step != StepVerify && v.Step != StepPassword {
		return v, nil
	}
	person, err := s.People.Person(ctx, sess.PersonID)
	if errors.Is(err, ErrNoSuchPerson) {
		v.Step = StepEnded // deleted meanwhile
		return v, nil
	}
	if err != nil {
		return View{}, fmt.Errorf("reading the person: %w", err)
	}
	v.StrengthMeter = policy.ShowsStrength(person)
	if v.Step == StepVerify {
		v.Offers = offered(policy.OffersFor(settings, person, v.Gate, sess.Passed, now))
		v.Challenge = sess.Challenge
		v.CanResend = sess.Challenge != nil && now.Sub(sess.Challenge.IssuedAt) >= resendAfter
	}
	return v, nil
}

func offered(all []policy.Offer) []policy.Offer {
	return slices.DeleteFunc(slices.Clone(all), func(o policy.Offer) bool { return !o.Offered })
}

// contactLink is the customised helpdesk link as a URL, "" for the form.
func contactLink(h policy.HelpdeskSettings) string {
	_, link := policy.ContactAdministrator(h)
	return link
}

package portal

import (
	"time"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
)

// pageFor is the page of a view. chosen is the method whose panel the person
// opened; it only matters while no proof is under way.
func pageFor(f *frame, v reset.View, chosen policy.Method, now time.Time) page {
	f.Support = v.CorrelationID
	if v.TenantName == "" { // no user ID was accepted (reference 1.1)
		f.unbrand()
	} else {
		f.Tenant = v.TenantName
	}
	st := step{frame: f, View: v}
	switch v.Step {
	case reset.StepTrouble:
		f.Key = "trouble"
		say(f, v, "")
		return troublePage{st}
	case reset.StepVerify:
		f.Key = "verify"
		return verifyPageFor(st, chosen, now)
	case reset.StepPassword:
		f.Key = "password"
		say(f, v, "password")
		return passwordPage{st}
	case reset.StepDone:
		f.Key = "done"
		return donePage{st}
	case reset.StepUnlocked:
		f.Key = "unlocked"
		return donePage{st}
	case reset.StepError:
		f.Key = "refused"
		if v.Message != reset.MsgOutcomeUnknown { // which the page itself is about
			say(f, v, "")
		}
		return refusedPage{step: st, Reason: refusalKey(f, v)}
	case reset.StepBlocked:
		f.Key = "blocked"
		say(f, v, "")
		return blockedPage{st}
	case reset.StepBusy:
		f.Key, f.RefreshURL, f.RefreshIn = "busy", sessionURL, 2
		return busyPage{st}
	}
	f.Key = "ended"
	return endedPage{st}
}

// step is what the pages of a session share.
type step struct {
	*frame
	View reset.View
}

// Stage is where the person stands in the list at the top of the page: 1 for the
// first verification step, one more than the gates for the new password.
func (s step) Stage() int {
	if s.View.Step == reset.StepPassword {
		return s.View.Gates + 1
	}
	return s.View.Gate
}

// Stages lists the stages of this reset: the gates, and the new password.
func (s step) Stages() []stage {
	var all []stage
	for n := 1; n <= s.View.Gates; n++ {
		all = append(all, stage{Label: s.T("stage.verify", "step", n), State: state(n, s.Stage())})
	}
	last := "stage.password"
	if s.View.Operation == policy.Unlock {
		last = "stage.unlock"
	}
	return append(all, stage{Label: s.T(last), State: state(s.View.Gates+1, s.Stage())})
}

// ContactElsewhere reports whether the helpdesk link is a page, which opens in a
// new tab (reference 11.2), and not a mail.
func (s step) ContactElsewhere() bool { return elsewhere(s.View.ContactLink) }

// A stage is one entry of that list.
type stage struct{ Label, State string }

func state(n, here int) string {
	switch {
	case n < here:
		return "past"
	case n == here:
		return "here"
	}
	return "ahead"
}

type (
	troublePage  struct{ step } // P2
	passwordPage struct{ step } // P5; View.Strength is of the password that was weighed
	donePage     struct{ step } // P6 and P7
	blockedPage  struct{ step } // PB
	endedPage    struct{ step } // PX
	busyPage     struct{ step } // a write is under way
	// A refusedPage is PE. Reason is the catalogue prefix of what happened.
	refusedPage struct {
		step
		Reason string
	}
)

func (troublePage) name() string  { return "trouble" }
func (passwordPage) name() string { return "password" }
func (donePage) name() string     { return "done" }
func (blockedPage) name() string  { return "blocked" }
func (endedPage) name() string    { return "ended" }
func (busyPage) name() string     { return "busy" }
func (refusedPage) name() string  { return "refused" }

// Delayed reports whether the cloud does not know the new password yet.
func (p donePage) Delayed() bool { return p.View.Message == reset.MsgWaitMinutes }

// refusalKey is the catalogue prefix for a code, or for the cause of a refusal
// that has no number (reference 1.5).
func refusalKey(f *frame, v reset.View) string {
	if v.Message == reset.MsgOutcomeUnknown {
		return "refused.unknown"
	}
	if key := "refused." + string(v.Code); v.Code != "" && f.Has(key+".text") {
		return key
	}
	if key := "refused." + v.Cause; v.Code == "" && v.Cause != "" && f.Has(key+".text") {
		return key
	}
	return "refused.other"
}

// good are the messages that are no problem.
var good = map[reset.Message]bool{
	reset.MsgCodeSent: true, reset.MsgWaiting: true, reset.MsgContacted: true, reset.MsgWaitMinutes: true,
}

// say puts the view's message on the page: a note, or the error summary that
// points at field.
func say(f *frame, v reset.View, field string) {
	switch {
	case v.Message == reset.MsgNone:
	case v.Message == reset.MsgPasswordRefused:
		reason := string(v.PasswordReason)
		if v.PasswordReason == policy.PasswordMismatch {
			field = "confirmation"
		}
		f.Problem = &problem{Key: f.knownKey("password.refused.", reason, "password.refused.other"), Field: field}
	case good[v.Message]:
		f.Note = f.knownKey("message.", string(v.Message), "")
	case v.Message == reset.MsgNotNow:
		f.Problem = &problem{Key: "message.not-now"}
	default:
		f.Problem = &problem{Key: f.knownKey("message.", string(v.Message), "message.other"), Field: field}
	}
}

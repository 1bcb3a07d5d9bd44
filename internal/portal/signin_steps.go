package portal

import (
	"slices"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/registration"
	"github.com/ssprlab/ssprlab/internal/signin"
)

// A factorPage asks for a second factor.
type factorPage struct {
	*frame
	View  signin.View
	Menu  []methodItem
	Panel panel
}

// An interruptPage asks somebody who signs in to register or confirm security
// information.
type interruptPage struct {
	*frame
	View     signin.View
	Proposed []policy.InfoMethod
}

// A barredPage says that a sign-in ends here though the password was right.
type barredPage struct {
	*frame
	View signin.View
}

func (factorPage) name() string    { return "factor" }
func (interruptPage) name() string { return "interrupt" }
func (barredPage) name() string    { return "barred" }

// signInStep is the page of a sign-in that is on its way.
func signInStep(f *frame, v signin.View, chosen policy.Method) page {
	if v.TenantName != "" {
		f.Tenant = v.TenantName
	}
	switch v.Step {
	case signin.StepFactor:
		f.Key = "factor"
		return factorPageFor(f, v, chosen)
	case signin.StepChange:
		f.Key = "changepassword"
		return changePage{frame: f, User: v.User, Action: "/signin/change", NeedsCurrent: true, Expired: true}
	case signin.StepInterrupt:
		f.Key = "interrupt"
		return interruptPage{frame: f, View: v, Proposed: registration.Rows(v.Interrupt.Proposed)}
	}
	f.Key = "barred"
	return barredPage{frame: f, View: v}
}

func factorPageFor(f *frame, v signin.View, chosen policy.Method) page {
	p := factorPage{frame: f, View: v}
	if i := slices.IndexFunc(v.Factors, func(o policy.Offer) bool { return o.Method == chosen }); i < 0 && len(v.Factors) > 0 {
		chosen = v.Factors[0].Method
	}
	if v.Challenge != nil {
		chosen = v.Challenge.Method
		p.Panel.Started, p.Panel.Number, p.Panel.CanResend = true, v.Challenge.Number, v.CanResend
		p.Panel.Target = v.Challenge.Target
		p.Panel.Waiting = rings(chosen) && (v.Message == signin.MsgWaiting || v.Message == signin.MsgNone)
	}
	p.Panel.Method = chosen
	p.Panel.AskCode = chosen == policy.AppCode || p.Panel.Started && chosen == policy.MobileSMS
	for _, o := range v.Factors {
		p.Menu = append(p.Menu, methodItem{Method: o.Method, Icon: methodIcons[o.Method], Current: o.Method == chosen})
		if o.Method == chosen && p.Panel.Target == "" {
			p.Panel.Target = o.Target
		}
	}
	p.say()
	if p.Panel.Waiting {
		f.RefreshURL, f.RefreshIn = "/signin/poll", 2
	}
	return p
}

// say puts the message of the last press on the page.
func (p factorPage) say() {
	field := ""
	if p.Panel.AskCode {
		field = "code"
	}
	switch m := p.View.Message; m {
	case signin.MsgNone, signin.MsgWaiting:
	case signin.MsgCodeSent:
		p.Note = "message.code-sent"
	default:
		p.Problem = &problem{Key: p.knownKey("message.", string(m), "message.other"), Field: field}
	}
}

package portal

import (
	"strconv"
	"time"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
)

// A verifyPage is P3 and P4: prove who you are, with one of the methods offered.
type verifyPage struct {
	step
	Menu  []methodItem
	Panel panel
}

func (verifyPage) name() string { return "verify" }

// A methodItem is a method in the menu.
type methodItem struct {
	Method  policy.Method
	Icon    string
	Current bool
}

// A panel is what one method asks for at this moment.
type panel struct {
	Method    policy.Method
	Target    string // masked address or number
	Started   bool   // a proof is under way
	AskNumber bool   // the person types the whole number
	AskCode   bool
	Questions []question
	Number    int  // to be typed into the app
	Waiting   bool // for a push or a call
	CanResend bool
	ResendIn  int // seconds until it may be sent again
}

// A question is a security question with the name of its field.
type question struct{ Field, Text string }

var methodIcons = map[policy.Method]string{
	policy.Email: "mail", policy.MobileSMS: "message", policy.MobileCall: "phone", policy.OfficeCall: "office", policy.AlternateCall: "phone",
	policy.Questions: "question", policy.AppPush: "bell", policy.AppCode: "shield",
}

func verifyPageFor(st step, chosen policy.Method, now time.Time) page {
	v := st.View
	p := verifyPage{step: st}
	p.Panel = panelFor(st.frame, v, chosen, now)
	for _, o := range v.Offers {
		p.Menu = append(p.Menu, methodItem{Method: o.Method, Icon: methodIcons[o.Method], Current: o.Method == p.Panel.Method})
	}
	switch {
	case p.Panel.Started && !p.Panel.Waiting && len(p.Panel.Questions) > 0:
		say(p.frame, v, answerField(1))
	case p.Panel.AskCode:
		say(p.frame, v, "code")
	case p.Panel.AskNumber:
		say(p.frame, v, "contact")
	default:
		say(p.frame, v, "")
	}
	if p.Panel.Waiting {
		p.Note = "" // the panel says it
		p.RefreshURL, p.RefreshIn = "/passwordreset/poll", 2
	}
	return p
}

func panelFor(f *frame, v reset.View, chosen policy.Method, now time.Time) panel {
	offer := pick(v, chosen)
	p := panel{Method: offer.Method, Target: offer.Target}
	if c := v.Challenge; c != nil {
		p.Started, p.Number, p.Waiting = true, c.Number, waiting(v)
		if c.Target != "" {
			p.Target = c.Target
		}
		p.CanResend = v.CanResend
		if wait := resendAfter - now.Sub(c.IssuedAt); !v.CanResend && wait > 0 {
			p.ResendIn = int((wait + time.Second - 1) / time.Second)
		}
		for i, text := range c.Questions {
			p.Questions = append(p.Questions, question{Field: answerField(i + 1), Text: questionText(f, text)})
		}
	}
	switch p.Method {
	case policy.MobileSMS, policy.MobileCall, policy.OfficeCall:
		p.AskNumber = !p.Started || p.Method != policy.MobileSMS && !p.Waiting
	}
	switch p.Method {
	case policy.Email, policy.MobileSMS:
		p.AskCode = p.Started
	case policy.AppCode:
		p.AskCode = true
	}
	return p
}

// pick is the method under way, else the one chosen, else the first offered.
func pick(v reset.View, chosen policy.Method) policy.Offer {
	if v.Challenge != nil {
		chosen = v.Challenge.Method
	}
	for _, o := range v.Offers {
		if o.Method == chosen {
			return o
		}
	}
	if v.Challenge != nil || len(v.Offers) == 0 {
		return policy.Offer{Method: chosen}
	}
	return v.Offers[0]
}

// questionText is a predefined question in the page's language, or a custom one
// as it was typed.
func questionText(f *frame, keyOrText string) string {
	return f.knownText("question."+keyOrText, keyOrText)
}

func (f *frame) knownText(key, otherwise string) string {
	if f.Has(key) {
		return f.T(key)
	}
	return otherwise
}

// Count is the number of questions, as the form sends it back.
func (p panel) Count() string { return strconv.Itoa(len(p.Questions)) }

package portal

import (
	"context"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/registration"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/signin"
)

// securityInfoURL is the Security info page, and the wizard of a sign-in.
const securityInfoURL = "/mysecurityinfo"

func (s *site) securityInfoRoutes(e *echo.Echo) {
	e.GET(securityInfoURL, s.securityInfo)
	for _, entry := range []string{"/ssprsetup", "/mfasetup", "/setupsecurityinfo"} {
		e.GET(entry, s.setup)
	}
	e.GET("/mysecurityinfo/poll", s.infoPolled)
	e.POST("/mysecurityinfo/app", s.infoApp)
	e.POST("/mysecurityinfo/token", s.infoToken)
	e.POST("/mysecurityinfo/phone", s.infoPhone)
	e.POST("/mysecurityinfo/email", s.infoEmail)
	e.POST("/mysecurityinfo/questions", s.infoQuestions)
	e.POST("/mysecurityinfo/answer", s.infoAnswer)
	e.POST("/mysecurityinfo/resend", s.infoResend)
	e.POST("/mysecurityinfo/cancel", s.infoCancel)
	e.POST("/mysecurityinfo/delete", s.infoDelete)
	e.POST("/mysecurityinfo/default", s.infoDefault)
	e.POST("/mysecurityinfo/everywhere", s.infoEverywhere)
}

// A securityInfoPage lists what a person has, and adds to it. Open is the method
// whose form is open, Change that it replaces what is registered.
type securityInfoPage struct {
	*frame
	View    registration.Overview
	Open    policy.InfoMethod
	Change  bool
	QR      template.URL // of the app that is offered, as data
	Slots   []questionSlot
	Wizard  bool
	Missing []policy.InfoMethod
}

// A questionSlot is one security question to be chosen and answered.
type questionSlot struct {
	Question, Answer string // names of the fields
	Number           int
	Choices          []questionChoice
}

// A questionChoice is one question of the list.
type questionChoice struct {
	Value, Text string
	Chosen      bool
}

func (securityInfoPage) name() string { return "securityinfo" }

// Icon is the icon of a method.
func (securityInfoPage) Icon(m policy.InfoMethod) string {
	switch m {
	case policy.InfoAuthenticator, policy.InfoOtherApp, policy.InfoHardwareToken:
		return "shield"
	case policy.InfoEmail:
		return "mail"
	case policy.InfoQuestions:
		return "question"
	case policy.InfoOfficePhone:
		return "office"
	case policy.InfoPassword:
		return "key"
	case policy.InfoTemporaryAccess:
		return "clock"
	}
	return "phone"
}

// visitor is the person at the page: signed in, or in the wizard of a sign-in.
// Everybody else is sent to sign in, and so is who has been here for the length of
// a registration session: what waited for a proof ends with it.
func (s *site) visitor(c echo.Context) (registration.Visitor, bool, error) {
	v := signin.View{Step: signin.StepEnter}
	if id := s.jar.get(c.Request(), cookieSignIn); id != "" {
		var err error
		if v, err = s.Accounts.SignIn.OpenInfo(c.Request().Context(), id); err != nil {
			return registration.Visitor{}, false, err
		}
	}
	if v.Step != signin.StepSignedIn && v.Step != signin.StepInterrupt || v.Step == signin.StepSignedIn && v.InfoOver {
		return registration.Visitor{}, false, c.Redirect(http.StatusSeeOther, signInURL+"?to=securityinfo")
	}
	return visitorOf(c, v), true, nil
}

func visitorOf(c echo.Context, v signin.View) registration.Visitor {
	return registration.Visitor{
		PersonID: v.PersonID, Session: v.SessionID, CorrelationID: v.CorrelationID, IPAddress: c.RealIP(), Locale: v.Locale,
		Kind: v.Kind, MFADoneAt: v.MFADoneAt, TrustedLocation: v.Trusted, Interrupt: v.Step == signin.StepInterrupt,
	}
}

// setup is an entry point of registration: all of them are Security info
// (reference 1.1). Its language goes along.
func (s *site) setup(c echo.Context) error {
	s.frameFor(c, "securityinfo", "") // keeps lng for the pages that follow
	return c.Redirect(http.StatusSeeOther, securityInfoURL)
}

func (s *site) securityInfo(c echo.Context) error {
	if c.QueryParam("lng") != "" || c.QueryParam("mkt") != "" {
		s.frameFor(c, "securityinfo", "") // before somebody is sent to sign in
	}
	who, ok, err := s.visitor(c)
	if !ok {
		return err
	}
	r := c.Request()
	open, err := readQuery(r, field{"add", maxShort})
	if err != nil {
		return err
	}
	change, err := readQuery(r, field{"change", maxShort})
	if err != nil {
		return err
	}
	o, err := s.Accounts.Registration.Overview(r.Context(), who)
	if err != nil {
		return err
	}
	if o.Refused.Message == registration.MsgNeedFactor {
		return s.demand(c, who)
	}
	f := s.frameFor(c, "securityinfo", who.Locale)
	p, err := s.securityInfoPageFor(f, o, policy.InfoMethod(open), policy.InfoMethod(change))
	if err != nil {
		return err
	}
	p.tell(registration.Message(s.takeMessage(c)))
	return s.render(c, http.StatusOK, p)
}

// takeMessage is what the last form said.
func (s *site) takeMessage(c echo.Context) string {
	note := s.jar.takeFlash(c.Response(), c.Request())
	if note.Problem != "" {
		return note.Problem
	}
	return note.Note
}

// demand sends a visitor to prove a second factor, and back.
func (s *site) demand(c echo.Context, who registration.Visitor) error {
	if _, err := s.Accounts.SignIn.Demand(c.Request().Context(), who.Session); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, signInURL+"?to=securityinfo")
}

func (s *site) securityInfoPageFor(f *frame, o registration.Overview, open, change policy.InfoMethod) (securityInfoPage, error) {
	p := securityInfoPage{frame: f, View: o, Wizard: o.Interrupt != nil}
	if o.Interrupt != nil {
		p.Missing = registration.Rows(o.Interrupt.Proposed)
	}
	changeable := func(i registration.Item) bool { return i.Method == change && i.Change }
	switch {
	case slices.Contains(o.Add, open):
		p.Open = open
	case slices.ContainsFunc(o.Items, changeable):
		p.Open, p.Change = change, true
	}
	if p.Open == policy.InfoQuestions {
		p.Slots = questionSlots(f, o.Questions)
	}
	if o.Draft != nil {
		p.Open, p.Change = "", false
		if o.Draft.Waiting {
			f.RefreshURL, f.RefreshIn = "/mysecurityinfo/poll", 2
		}
		if o.Draft.Offer != nil {
			png, err := s.Accounts.QR(o.Draft.Offer.URI.Reveal())
			if err != nil {
				return p, fmt.Errorf("drawing the QR code: %w", err)
			}
			p.QR = template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png)) //nolint:gosec // our own picture
		}
	}
	return p, nil
}

// questionSlots offers every question in every slot, a different one chosen in
// each.
func questionSlots(f *frame, sheet registration.QuestionSheet) []questionSlot {
	pool := slices.Concat(sheet.Predefined, sheet.Custom)
	slots := make([]questionSlot, min(sheet.Count, maxQuestions))
	for i := range slots {
		n := strconv.Itoa(i + 1)
		slots[i] = questionSlot{Question: "question" + n, Answer: answerField(i + 1), Number: i + 1}
		for k, q := range pool {
			slots[i].Choices = append(slots[i].Choices, questionChoice{Value: q, Text: questionText(f, q), Chosen: k == i})
		}
	}
	return slots
}

// infoFields are the fields that a message belongs to.
var infoFields = map[registration.Message]string{
	registration.MsgBadPhone: "number", registration.MsgBadEmail: "address", registration.MsgOwnEmail: "address",
	registration.MsgCodeWrong: "code", registration.MsgCodeExpired: "code", registration.MsgBadAnswers: "question1", registration.MsgBadToken: "serial",
}

// tell puts the message of the last press on the page.
func (p *securityInfoPage) tell(m registration.Message) {
	switch {
	case m == registration.MsgNone, m == registration.MsgScan, m == registration.MsgTokenCode, m == registration.MsgWaiting:
	case m.Good():
		p.Note = p.knownKey("securityinfo.message.", string(m), p.knownKey("message.", string(m), ""))
	default:
		key := p.knownKey("securityinfo.message.", string(m), p.knownKey("message.", string(m), "message.other"))
		p.Problem = &problem{Key: key, Field: p.present(infoFields[m])}
	}
}

// present is a field when its form is open, "" else: a summary points at nothing
// that is not there.
func (p *securityInfoPage) present(name string) string {
	code := p.View.Draft != nil && !p.View.Draft.Waiting
	shown := map[string]bool{
		"code": code, "address": p.Open == policy.InfoEmail, "question1": p.Open == policy.InfoQuestions, "serial": p.Open == policy.InfoHardwareToken,
		"number": p.Open == policy.InfoPhone || p.Open == policy.InfoAlternatePhone || p.Open == policy.InfoOfficePhone,
	}
	if shown[name] {
		return name
	}
	return ""
}

// An infoAction hands a form to the service.
type infoAction func(ctx context.Context, who registration.Visitor, form map[string]string) (registration.Result, error)

// inform reads a posted form, hands it to do and shows the page again. Where a
// form was refused, it stays open.
func (s *site) inform(c echo.Context, do infoAction, fields ...field) error {
	form, err := readForm(c.Response(), c.Request(), append(fields, field{"method", maxShort}, field{"operation", maxShort})...)
	if err != nil {
		return err
	}
	who, ok, err := s.visitor(c)
	if !ok {
		return err
	}
	result, err := do(c.Request().Context(), who, form)
	if err != nil {
		return err
	}
	if result.Message == registration.MsgNeedFactor {
		return s.demand(c, who)
	}
	if result.Message.Good() {
		return s.back(c, securityInfoURL, flash{Note: string(result.Message)})
	}
	key := "add"
	if operation(form) == policy.InfoChange {
		key = "change"
	}
	where := securityInfoURL
	if form["method"] != "" {
		where += "?" + url.Values{key: {form["method"]}}.Encode()
	}
	return s.back(c, where, flash{Problem: string(result.Message)})
}

// operation is what a form wants: to register, unless it says to change.
func operation(form map[string]string) policy.InfoOperation {
	if form["operation"] == string(policy.InfoChange) {
		return policy.InfoChange
	}
	return policy.InfoRegister
}

func (s *site) infoApp(c echo.Context) error {
	return s.inform(c, func(ctx context.Context, who registration.Visitor, form map[string]string) (registration.Result, error) {
		return s.Accounts.Registration.StartApp(ctx, who, policy.InfoMethod(form["method"]))
	})
}

func (s *site) infoToken(c echo.Context) error {
	return s.inform(c, func(ctx context.Context, who registration.Visitor, form map[string]string) (registration.Result, error) {
		return s.Accounts.Registration.StartToken(ctx, who, form["serial"], form["name"])
	}, field{"serial", maxTokenName}, field{"name", maxTokenName})
}

func (s *site) infoPhone(c echo.Context) error {
	return s.inform(c, func(ctx context.Context, who registration.Visitor, form map[string]string) (registration.Result, error) {
		return s.Accounts.Registration.StartPhone(ctx, who, policy.InfoMethod(form["method"]), operation(form), form["number"], form["by"] == "call")
	}, field{"number", maxShort}, field{"by", maxShort})
}

func (s *site) infoEmail(c echo.Context) error {
	return s.inform(c, func(ctx context.Context, who registration.Visitor, form map[string]string) (registration.Result, error) {
		return s.Accounts.Registration.StartEmail(ctx, who, operation(form), form["address"])
	}, field{"address", maxUser})
}

func (s *site) infoQuestions(c echo.Context) error {
	var fields []field
	for n := 1; n <= maxQuestions; n++ {
		fields = append(fields, field{"question" + strconv.Itoa(n), maxAnswer}, field{answerField(n), maxAnswer})
	}
	return s.inform(c, func(ctx context.Context, who registration.Visitor, form map[string]string) (registration.Result, error) {
		var given []registration.Answered
		for n := 1; n <= maxQuestions; n++ {
			if q := form["question"+strconv.Itoa(n)]; q != "" {
				given = append(given, registration.Answered{Question: q, Answer: secret.New(form[answerField(n)])})
			}
		}
		return s.Accounts.Registration.SetQuestions(ctx, who, given)
	}, fields...)
}

func (s *site) infoAnswer(c echo.Context) error {
	return s.inform(c, func(ctx context.Context, who registration.Visitor, form map[string]string) (registration.Result, error) {
		return s.Accounts.Registration.Answer(ctx, who, secret.New(form["code"]))
	}, field{"code", maxShort})
}

// infoPolled looks whether a call was answered.
func (s *site) infoPolled(c echo.Context) error {
	who, ok, err := s.visitor(c)
	if !ok {
		return err
	}
	result, err := s.Accounts.Registration.Answer(c.Request().Context(), who, secret.Text{})
	if err != nil {
		return err
	}
	if result.Message.Good() {
		return s.back(c, securityInfoURL, flash{Note: string(result.Message)})
	}
	return s.back(c, securityInfoURL, flash{Problem: string(result.Message)})
}

func (s *site) infoResend(c echo.Context) error {
	return s.inform(c, func(ctx context.Context, who registration.Visitor, _ map[string]string) (registration.Result, error) {
		return s.Accounts.Registration.Resend(ctx, who)
	})
}

func (s *site) infoCancel(c echo.Context) error {
	return s.inform(c, func(ctx context.Context, who registration.Visitor, _ map[string]string) (registration.Result, error) {
		return registration.Result{}, s.Accounts.Registration.Cancel(ctx, who)
	})
}

func (s *site) infoDelete(c echo.Context) error {
	return s.inform(c, func(ctx context.Context, who registration.Visitor, form map[string]string) (registration.Result, error) {
		return s.Accounts.Registration.Delete(ctx, who, policy.InfoMethod(form["method"]), form["id"])
	}, field{"id", maxShort})
}

func (s *site) infoDefault(c echo.Context) error {
	return s.inform(c, func(ctx context.Context, who registration.Visitor, form map[string]string) (registration.Result, error) {
		return s.Accounts.Registration.SetDefault(ctx, who, policy.Method(form["factor"]))
	}, field{"factor", maxShort})
}

// infoEverywhere signs the person out everywhere, here too.
func (s *site) infoEverywhere(c echo.Context) error {
	who, ok, err := s.visitor(c)
	if !ok {
		return err
	}
	if _, err := s.Accounts.Registration.SignOutEverywhere(c.Request().Context(), who); err != nil {
		return err
	}
	return s.signedOut(c)
}

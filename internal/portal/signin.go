package portal

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/signin"
)

// signInURL shows whatever a sign-in needs now.
const signInURL = "/signin"

// The cookies of signed-in people.
const (
	cookieSignIn = "sspr-signin" // the sign-in
	cookieNext   = "sspr-next"   // the page to go on to, a key of destinations
)

// destinations are the pages that a sign-in may lead to, with the names under
// which the sign-in log knows them. Nothing else can be asked for.
var destinations = map[string]struct{ path, app string }{
	"account":        {"/myaccount", "My Profile"},
	"securityinfo":   {"/mysecurityinfo", "My Signins"},
	"changepassword": {"/myaccount/changepassword", "My Signins"},
}

func (s *site) accountRoutes(e *echo.Echo) {
	if s.Accounts == nil {
		return
	}
	e.GET(signInURL, s.signIn)
	e.POST(signInURL, s.signedIn)
	e.GET("/signin/poll", s.factorPoll)
	e.POST("/signin/method", s.factorMethod)
	e.POST("/signin/answer", s.factorAnswer)
	e.POST("/signin/change", s.passwordReplaced)
	e.POST("/signin/skip", s.interruptSkipped)
	e.POST("/signin/confirm", s.interruptConfirmed)
	e.GET("/signout", s.signOutAsked)
	e.POST("/signout", s.signedOut)
	e.GET("/myaccount", s.account)
	e.GET("/myaccount/changepassword", s.changePassword)
	e.POST("/myaccount/changepassword", s.passwordChanged)
	s.securityInfoRoutes(e)
}

// A signInPage asks for user ID and password, or for a Temporary Access Pass.
type signInPage struct {
	*frame
	User      string
	Pass      bool
	Federated bool
	Code      signin.Code
}

func (signInPage) name() string { return "signin" }

// Help is the link to the password reset: "Can't access your account?" before a
// user name was typed and "Forgot my password" after it (reference 1.1).
func (p signInPage) Help() brandLink {
	link, key := p.Brand.Forgot, "signin.forgot"
	if p.User == "" {
		link, key = p.Brand.CannotAccess, "signin.cannotaccess"
	}
	link.Text = first(link.Text, p.T(key))
	return link
}

// ResetURL is where that link leads unless the organisation says otherwise.
func (p signInPage) ResetURL() string {
	if p.User == "" {
		return "/passwordreset"
	}
	return "/passwordreset?username=" + url.QueryEscape(p.User)
}

// current is the sign-in of a browser.
func (s *site) current(c echo.Context) (signin.View, error) {
	id := s.jar.get(c.Request(), cookieSignIn)
	if id == "" {
		return signin.View{Step: signin.StepEnter}, nil
	}
	return s.Accounts.SignIn.View(c.Request().Context(), id)
}

// signIn shows what the sign-in needs: the form, the second factor, a change of
// the password, an interrupt; or it goes on to the page that was asked for.
func (s *site) signIn(c echo.Context) error {
	r := c.Request()
	if to := r.URL.Query().Get("to"); destinations[to].path != "" {
		s.jar.set(c.Response(), cookieNext, to, http.SameSiteLaxMode)
	}
	v, err := s.current(c)
	if err != nil {
		return err
	}
	note := s.jar.takeFlash(c.Response(), r)
	switch v.Step {
	case signin.StepSignedIn:
		if to := s.next(r); to != securityInfoURL || !v.InfoOver {
			return c.Redirect(http.StatusSeeOther, to)
		}
		v.Message = signin.MsgInfoEnded
		return s.enter(c, v, note)
	case signin.StepEnter, signin.StepFederated:
		return s.enter(c, v, note)
	}
	chosen, err := readQuery(r, field{"method", maxShort})
	if err != nil {
		return err
	}
	f := s.frameFor(c, "", v.Locale)
	p := signInStep(f, v, policy.Method(chosen))
	if v.Step == signin.StepChange {
		noteOnPassword(f, note)
	}
	return s.render(c, http.StatusOK, p)
}

// next is the page that the person wants, or wanted before.
func (s *site) next(r *http.Request) string {
	if d := destinations[r.URL.Query().Get("to")]; d.path != "" {
		return d.path
	}
	if d := destinations[s.jar.get(r, cookieNext)]; d.path != "" {
		return d.path
	}
	return destinations["account"].path
}

// enter shows the form. A flash tells why it is shown again.
func (s *site) enter(c echo.Context, v signin.View, note flash) error {
	r := c.Request()
	user, err := readQuery(r, field{"username", maxUser})
	if err != nil {
		return err
	}
	user = first(user, v.User)
	if note.User != "" {
		user = note.User
	}
	f := s.frameFor(c, "signin", "")
	message := signin.Message(note.Problem)
	if message == signin.MsgNone {
		message = v.Message
	}
	p := signInPage{frame: f, User: user, Pass: r.URL.Query().Get("with") == "pass"}
	p.say(message)
	return s.render(c, http.StatusOK, p)
}

// fieldOf is the field that a message belongs to.
var fieldOf = map[signin.Message]string{
	signin.MsgWrongPassword: "password", signin.MsgWrongPass: "password", "user-missing": "username",
}

// codeOf is the number that belongs to a message of the form. What people are
// told of an unknown name is what they are told of a wrong password.
var codeOf = map[signin.Message]signin.Code{
	signin.MsgWrongPassword: signin.CodeWrongPassword, signin.MsgLocked: signin.CodeLocked, signin.MsgDisabled: signin.CodeDisabled,
	signin.MsgWrongPass: signin.CodePassWrong, signin.MsgHours: signin.CodeLogonHours,
}

func (p *signInPage) say(m signin.Message) {
	switch m {
	case signin.MsgNone:
		return
	case "user-missing":
		p.Problem = &problem{Key: "problem.user-missing", Field: "username"}
	default:
		p.Problem = &problem{Key: p.knownKey("signin.message.", string(m), "message.other"), Field: fieldOf[m]}
	}
	p.Code, p.Federated = codeOf[m], m == signin.MsgElsewhere
}

// signedIn takes the form.
func (s *site) signedIn(c echo.Context) error {
	r := c.Request()
	form, err := readForm(c.Response(), r, field{"username", maxUser}, field{"password", maxPassword}, field{"with", maxShort})
	if err != nil {
		return err
	}
	user := strings.TrimSpace(form["username"])
	where := signInURL
	if form["with"] == "pass" {
		where += "?with=pass"
	}
	if user == "" {
		return s.back(c, where, flash{Problem: "user-missing", Field: "username"})
	}
	v, err := s.Accounts.SignIn.Begin(r.Context(), signin.BeginInput{
		UserID: user, Password: secret.New(form["password"]), Pass: form["with"] == "pass", App: s.app(r),
		IPAddress: c.RealIP(), UserAgent: r.UserAgent(), Locale: s.frameFor(c, "signin", "").Lang(),
	})
	if err != nil {
		return err
	}
	if v.SessionID == "" {
		return s.back(c, where, flash{Problem: string(v.Message), User: user})
	}
	return s.on(c, v)
}

// app is the name of the page that the person wants, for the sign-in log.
func (s *site) app(r *http.Request) string {
	if d := destinations[s.jar.get(r, cookieNext)]; d.app != "" {
		return d.app
	}
	return destinations["account"].app
}

// on ends a POST of the sign-in: the next GET shows what it needs.
func (s *site) on(c echo.Context, v signin.View) error {
	if v.SessionID != "" {
		s.jar.set(c.Response(), cookieSignIn, v.SessionID, http.SameSiteLaxMode)
	}
	return c.Redirect(http.StatusSeeOther, signInURL)
}

// step hands a form of the sign-in to do.
func (s *site) step(c echo.Context, do func(ctx context.Context, id string, form map[string]string) (signin.View, error), fields ...field) error {
	form, err := readForm(c.Response(), c.Request(), fields...)
	if err != nil {
		return err
	}
	id := s.jar.get(c.Request(), cookieSignIn)
	if id == "" {
		return c.Redirect(http.StatusSeeOther, signInURL)
	}
	v, err := do(c.Request().Context(), id, form)
	if err != nil {
		return err
	}
	return s.on(c, v)
}

// factorMethod begins the second factor of a method, in place of another one.
func (s *site) factorMethod(c echo.Context) error {
	return s.step(c, func(ctx context.Context, id string, form map[string]string) (signin.View, error) {
		return s.Accounts.SignIn.StartFactor(ctx, id, policy.Method(form["method"]))
	}, field{"method", maxShort})
}

func (s *site) factorAnswer(c echo.Context) error {
	return s.step(c, func(ctx context.Context, id string, form map[string]string) (signin.View, error) {
		v, err := s.Accounts.SignIn.View(ctx, id)
		if err != nil || v.Step != signin.StepFactor {
			return v, err
		}
		if v.Challenge == nil && form["method"] == string(policy.AppCode) { // asked before anything was started
			if v, err = s.Accounts.SignIn.StartFactor(ctx, id, policy.AppCode); err != nil || v.Challenge == nil {
				return v, err
			}
		}
		return s.Accounts.SignIn.AnswerFactor(ctx, id, secret.New(form["code"]))
	}, field{"code", maxShort}, field{"method", maxShort})
}

// factorPoll looks whether a notification or a call was answered.
func (s *site) factorPoll(c echo.Context) error {
	v, err := s.current(c)
	if err != nil {
		return err
	}
	if v.Step == signin.StepFactor && v.Challenge != nil && rings(v.Challenge.Method) {
		if v, err = s.Accounts.SignIn.AnswerFactor(c.Request().Context(), v.SessionID, secret.Text{}); err != nil {
			return err
		}
	}
	return s.on(c, v)
}

// interruptSkipped puts an interrupt off. The audit log has it as a registration
// that was left unfinished (reference 12.2).
func (s *site) interruptSkipped(c echo.Context) error {
	was, err := s.current(c)
	if err != nil {
		return err
	}
	if was.Step != signin.StepInterrupt {
		return c.Redirect(http.StatusSeeOther, signInURL)
	}
	return s.step(c, func(ctx context.Context, id string, _ map[string]string) (signin.View, error) {
		v, err := s.Accounts.SignIn.Skip(ctx, id)
		if err == nil && v.Step != signin.StepInterrupt {
			err = s.Accounts.Registration.Abandon(ctx, visitorOf(c, was))
		}
		return v, err
	})
}

func (s *site) interruptConfirmed(c echo.Context) error {
	return s.step(c, func(ctx context.Context, id string, _ map[string]string) (signin.View, error) {
		return s.Accounts.SignIn.Confirm(ctx, id)
	})
}

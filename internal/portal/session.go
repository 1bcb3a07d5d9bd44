package portal

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// sessionURL shows whatever the session needs now.
const sessionURL = "/passwordreset/session"

// windowsAddress is where the sign-in screen of Windows leads. Language, realm
// and user name go along.
func windowsAddress(c echo.Context) error {
	given := map[string]string{}
	for _, f := range []field{{"whr", maxUser}, {"mkt", maxShort}, {"username", maxUser}} {
		value, err := readQuery(c.Request(), f)
		if err != nil {
			return err
		}
		given[f.name] = value
	}
	return c.Redirect(http.StatusSeeOther, identifyURL(given["whr"], given["mkt"], "", "username", given["username"]))
}

func (s *site) resetRoutes(e *echo.Echo) {
	e.GET("/passwordreset", s.identify)
	e.GET("/n/passwordreset", windowsAddress)
	e.POST("/passwordreset", s.identified)
	e.GET("/passwordreset/robot/:id", s.robotImage)
	e.GET(sessionURL, s.session)
	e.GET("/passwordreset/poll", s.poll)
	e.POST("/passwordreset/trouble", s.trouble)
	e.POST("/passwordreset/method", s.method)
	e.POST("/passwordreset/proof", s.proof)
	e.POST("/passwordreset/answer", s.answer)
	e.POST("/passwordreset/drop", s.drop)
	e.POST("/passwordreset/password", s.password)
	e.POST("/passwordreset/strength", s.strength)
	e.POST("/passwordreset/cancel", s.cancel)
	e.POST("/passwordreset/contact", s.contact)
}

// session shows the step that the view names.
func (s *site) session(c echo.Context) error {
	r := c.Request()
	id := s.jar.get(r, cookieSession)
	view, err := s.viewOf(r.Context(), id)
	if err != nil {
		return err
	}
	s.keep(c, id, view)
	f := s.frameFor(c, "", view.Locale)
	now := f.Clock.Now
	note := s.jar.takeFlash(c.Response(), r)
	if m := reset.Message(note.Note); passing(m) && !asked(m) && view.Message == reset.MsgNone {
		view.Message = reset.Message(note.Note)
	}
	chosen, err := readQuery(r, field{"method", maxShort})
	if err != nil {
		return err
	}
	p := pageFor(f, view, policy.Method(chosen), now)
	if asked(reset.Message(note.Note)) { // more important than what was said before
		f.Note, f.Problem = "", nil
		say(f, reset.View{Message: reset.Message(note.Note)}, "")
	}
	if note.Problem != "" && f.Problem == nil && f.Has("problem."+note.Problem) {
		f.Problem = &problem{Key: "problem." + note.Problem, Field: note.Field}
	}
	return s.render(c, http.StatusOK, p)
}

// viewOf asks the service; a browser without a session has one that ended.
func (s *site) viewOf(ctx context.Context, id string) (reset.View, error) {
	if id == "" {
		return reset.View{Step: reset.StepEnded}, nil
	}
	return s.Reset.View(ctx, id)
}

// keep stores the session's ID in the browser when it has changed.
func (s *site) keep(c echo.Context, had string, v reset.View) {
	if v.SessionID != "" && v.SessionID != had {
		s.jar.set(c.Response(), cookieSession, v.SessionID, http.SameSiteLaxMode)
	}
}

// follow ends a POST: the next GET shows what the session needs.
func (s *site) follow(c echo.Context, had string, v reset.View, err error) error {
	if err != nil {
		return err
	}
	return s.followTo(c, sessionURL, had, v)
}

func (s *site) followTo(c echo.Context, where, had string, v reset.View) error {
	s.keep(c, had, v)
	if passing(v.Message) {
		s.jar.setFlash(c.Response(), flash{Note: string(v.Message)})
	}
	return c.Redirect(http.StatusSeeOther, where)
}

// passing reports whether a message belongs to one answer and is not kept in the
// session: the next page says it once.
func passing(m reset.Message) bool {
	return m == reset.MsgNotNow || m == reset.MsgCannotContact || asked(m)
}

// asked reports whether a message tells what became of a call for help.
func asked(m reset.Message) bool { return m == reset.MsgContacted || m == reset.MsgNotContacted }

// act reads a posted form and hands it to do, unless the form belongs to another
// reset than the one under way (a tab left open): then the person is shown where
// they are, and nothing happens.
func (s *site) act(c echo.Context, do action, fields ...field) error {
	return s.actAt(c, sessionURL, do, fields...)
}

// An action hands a form to the service.
type action func(ctx context.Context, id string, form map[string]string) (reset.View, error)

// actAt is act with another address to go on at.
func (s *site) actAt(c echo.Context, where string, do action, fields ...field) error {
	form, err := readForm(c.Response(), c.Request(), append(fields, field{"support", maxShort})...)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	id := s.jar.get(c.Request(), cookieSession)
	if id == "" {
		return c.Redirect(http.StatusSeeOther, sessionURL)
	}
	if form["support"] != "" {
		now, err := s.Reset.View(ctx, id)
		if err != nil {
			return err
		}
		if now.CorrelationID != form["support"] {
			now.Message = reset.MsgNotNow
			return s.follow(c, id, now, nil)
		}
	}
	v, err := do(ctx, id, form)
	if errors.Is(err, reset.ErrNoSuchPerson) { // deleted meanwhile: the session is over, and says so
		return c.Redirect(http.StatusSeeOther, sessionURL)
	}
	if err != nil {
		return err
	}
	return s.followTo(c, where, id, v)
}

func (s *site) trouble(c echo.Context) error {
	return s.act(c, func(ctx context.Context, id string, form map[string]string) (reset.View, error) {
		switch op := policy.Operation(form["trouble"]); op {
		case policy.Reset, policy.Unlock:
			return s.Reset.ChooseTrouble(ctx, id, op)
		}
		s.jar.setFlash(c.Response(), flash{Problem: "trouble-missing", Field: "trouble"})
		return s.Reset.View(ctx, id)
	}, field{"trouble", maxShort})
}

// method opens the panel of a method. A method that sends nothing starts at
// once: an app's code, and the questions.
func (s *site) method(c echo.Context) error {
	form, err := readForm(c.Response(), c.Request(), field{"method", maxShort}, field{"support", maxShort})
	if err != nil {
		return err
	}
	m := policy.Method(form["method"])
	return s.actAt(c, sessionURL+"?method="+url.QueryEscape(form["method"]), func(ctx context.Context, id string, _ map[string]string) (reset.View, error) {
		v, err := s.Reset.View(ctx, id)
		if err != nil || v.Step != reset.StepVerify {
			return v, err
		}
		if v.Challenge != nil && v.Challenge.Method == m {
			return v, nil
		}
		if v.Challenge != nil {
			if v, err = s.Reset.DropProof(ctx, id); err != nil {
				return v, err
			}
		}
		if m == policy.AppCode || m == policy.Questions {
			return s.Reset.StartProof(ctx, v.SessionID, m, "")
		}
		return v, nil
	})
}

// proof sends a code, a push or a call. Where that does not succeed the panel of
// the method stays open.
func (s *site) proof(c echo.Context) error {
	form, err := readForm(c.Response(), c.Request(), field{"method", maxShort})
	if err != nil {
		return err
	}
	return s.actAt(c, sessionURL+"?method="+url.QueryEscape(form["method"]), func(ctx context.Context, id string, form map[string]string) (reset.View, error) {
		return s.Reset.StartProof(ctx, id, policy.Method(form["method"]), form["contact"])
	}, field{"method", maxShort}, field{"contact", maxShort})
}

// answer takes a code or the answers. The panel of an app's code asks before
// anything was started; then the proof starts with its answer.
func (s *site) answer(c echo.Context) error {
	fields := []field{{"method", maxShort}, {"code", maxShort}, {"count", maxShort}}
	for n := 1; n <= maxQuestions; n++ {
		fields = append(fields, field{answerField(n), maxAnswer})
	}
	return s.act(c, func(ctx context.Context, id string, form map[string]string) (reset.View, error) {
		if m := policy.Method(form["method"]); m == policy.AppCode {
			v, err := s.Reset.View(ctx, id)
			if err != nil {
				return v, err
			}
			if v.Step == reset.StepVerify && v.Challenge == nil {
				if v, err = s.Reset.StartProof(ctx, id, m, ""); err != nil || v.Challenge == nil {
					return v, err
				}
			}
		}
		return s.Reset.AnswerProof(ctx, id, answersOf(form))
	}, fields...)
}

func answerField(n int) string { return "answer" + strconv.Itoa(n) }

// answersOf gathers one code, or as many answers as the page asked for.
func answersOf(form map[string]string) []secret.Text {
	count, err := strconv.Atoi(form["count"])
	if err != nil || count < 1 || count > maxQuestions {
		return []secret.Text{secret.New(form["code"])}
	}
	answers := make([]secret.Text, count)
	for i := range answers {
		answers[i] = secret.New(form[answerField(i+1)])
	}
	return answers
}

// poll looks whether a push or a call was answered. The page that waits comes
// here by itself.
func (s *site) poll(c echo.Context) error {
	ctx := c.Request().Context()
	id := s.jar.get(c.Request(), cookieSession)
	v, err := s.viewOf(ctx, id)
	if err == nil && waiting(v) {
		v, err = s.Reset.AnswerProof(ctx, id, nil)
		if v.Message == reset.MsgNotNow {
			v.Message = reset.MsgNone // two tabs polled at once
		}
	}
	return s.follow(c, id, v, err)
}

// waiting reports whether a push or a call is out and not answered.
func waiting(v reset.View) bool {
	if v.Step != reset.StepVerify || v.Challenge == nil {
		return false
	}
	switch v.Message {
	case reset.MsgNone, reset.MsgWaiting:
		return rings(v.Challenge.Method)
	}
	return false
}

// rings reports whether a method is answered elsewhere than on the page.
func rings(m policy.Method) bool {
	return slices.Contains([]policy.Method{policy.AppPush, policy.MobileCall, policy.OfficeCall, policy.AlternateCall}, m)
}

func (s *site) drop(c echo.Context) error {
	return s.act(c, func(ctx context.Context, id string, _ map[string]string) (reset.View, error) {
		return s.Reset.DropProof(ctx, id)
	})
}

func (s *site) password(c echo.Context) error {
	return s.act(c, func(ctx context.Context, id string, form map[string]string) (reset.View, error) {
		return s.Reset.ChoosePassword(ctx, id, secret.New(form["password"]), secret.New(form["confirmation"]))
	}, field{"password", maxPassword}, field{"confirmation", maxPassword})
}

// strength shows the page for a new password with the strength of the one that
// was sent. The page's script asks here while the person types and takes the
// meter out of the answer; without scripts a button does. Nothing is set, and
// the password does not come back.
func (s *site) strength(c echo.Context) error {
	form, err := readForm(c.Response(), c.Request(), field{"password", maxPassword}, field{"support", maxShort})
	if err != nil {
		return err
	}
	ctx, id := c.Request().Context(), s.jar.get(c.Request(), cookieSession)
	v, err := s.viewOf(ctx, id)
	if err != nil {
		return err
	}
	if v.Step != reset.StepPassword || !v.StrengthMeter || v.CorrelationID != form["support"] {
		return s.follow(c, id, v, nil)
	}
	if v, err = s.Reset.Weigh(ctx, id, secret.New(form["password"])); err != nil {
		return err
	}
	f := s.frameFor(c, "", v.Locale)
	return s.render(c, http.StatusOK, pageFor(f, v, "", f.Clock.Now))
}

func (s *site) cancel(c echo.Context) error {
	return s.act(c, func(ctx context.Context, id string, _ map[string]string) (reset.View, error) {
		return s.Reset.Cancel(ctx, id)
	})
}

func (s *site) contact(c echo.Context) error {
	return s.act(c, func(ctx context.Context, id string, _ map[string]string) (reset.View, error) {
		return s.Reset.Contact(ctx, id)
	})
}

// resendAfter is when "Try again" appears on a stalled contact attempt.
const resendAfter = 10 * time.Second

package portal

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/robot"
)

// An identifyPage is P1: who are you?
type identifyPage struct {
	*frame
	User  string
	Realm string // ?whr=, whose logo to show
	Check *robotCheck
}

func (identifyPage) name() string { return "identify" }

// A robotCheck is the question that keeps programs out.
type robotCheck struct {
	ID       string
	Picture  bool
	Image    string // URL of the picture
	Question string
}

// identify shows P1. The answer sets a cookie only to see whether it comes back.
func (s *site) identify(c echo.Context) error {
	r := c.Request()
	settings, err := s.Tenant.Settings(r.Context())
	if err != nil {
		return err
	}
	user, err := readQuery(r, field{"username", maxUser})
	if err != nil {
		return err
	}
	realm, err := readQuery(r, field{"whr", maxUser})
	if err != nil {
		return err
	}
	f := s.frameFor(c, "identify", "")
	if !names(realm, user, settings.CustomDomains, settings.InitialDomain) {
		f.unbrand()
	}
	s.jar.set(c.Response(), cookieProbe, "1", http.SameSiteLaxMode)

	p := identifyPage{frame: f, User: user, Realm: realm}
	if note := s.jar.takeFlash(c.Response(), r); note != (flash{}) {
		if note.User != "" {
			p.User = note.User
		}
		if key := "problem." + note.Problem; note.Problem != "" && f.Has(key) {
			p.Problem = &problem{Key: key, Field: note.Field}
			p.Support = note.Note
		}
	}
	if r.URL.Query().Get("problem") == "cookies" {
		p.Problem = &problem{Key: "problem.cookies"}
	}
	if !settings.Reset.SkipRobot {
		p.Check = s.ask(f.loc, robot.Form(r.URL.Query().Get("robot")))
	}
	return s.render(c, http.StatusOK, p)
}

// names reports whether an address names the organisation (reference 1.1).
func names(realm, user string, domains []string, initial string) bool {
	_, host, _ := strings.Cut(user, "@")
	for _, d := range append([]string{initial}, domains...) {
		if d != "" && (strings.EqualFold(d, realm) || strings.EqualFold(d, host)) {
			return true
		}
	}
	return false
}

func (s *site) ask(loc *localizer, form robot.Form) *robotCheck {
	ch := s.Robot.Ask(form)
	check := &robotCheck{ID: ch.ID, Picture: ch.Form == robot.Picture, Image: "/passwordreset/robot/" + ch.ID + ".png"}
	if !check.Picture {
		check.Question = loc.text("robot.sum."+string(ch.Sum.Op),
			"a", loc.text("number."+strconv.Itoa(ch.Sum.A)), "b", loc.text("number."+strconv.Itoa(ch.Sum.B)))
	}
	return check
}

// numeral turns a number in words of the page's language into digits.
func numeral(loc *localizer, answer string) string {
	trimmed := strings.TrimSpace(answer)
	for n := 1; n <= 20; n++ {
		if strings.EqualFold(trimmed, loc.text("number."+strconv.Itoa(n))) {
			return strconv.Itoa(n)
		}
	}
	return answer
}

func (s *site) robotImage(c echo.Context) error {
	png, ok := s.Robot.Image(strings.TrimSuffix(c.Param("id"), ".png"))
	if !ok {
		return echo.ErrNotFound
	}
	return c.Blob(http.StatusOK, "image/png", png)
}

// identified takes P1. A refusal goes back to P1 and says what is wrong with the
// robot check or that the account could not be verified, never why.
func (s *site) identified(c echo.Context) error {
	r := c.Request()
	form, err := readForm(c.Response(), r,
		field{"username", maxUser}, field{"whr", maxUser}, field{"mkt", maxShort}, field{"robot", maxShort},
		field{"form", maxShort}, field{"characters", maxShort}, field{"ask", maxShort})
	if err != nil {
		return err
	}
	user := strings.TrimSpace(form["username"])
	again := func(f flash) error {
		f.User = user
		s.jar.setFlash(c.Response(), f)
		return c.Redirect(http.StatusSeeOther, identifyURL(form["whr"], form["mkt"], form["form"]))
	}
	if form["ask"] != "" { // another picture, or the other form
		form["form"] = form["ask"]
		return again(flash{})
	}
	if user == "" {
		return again(flash{Problem: "user-missing", Field: "username"})
	}
	settings, err := s.Tenant.Settings(r.Context())
	if err != nil {
		return err
	}
	loc := s.frameFor(c, "identify", "").loc
	if !settings.Reset.SkipRobot {
		answer := form["characters"]
		if robot.Form(form["form"]) == robot.Question {
			answer = numeral(loc, answer)
		}
		switch s.Robot.Check(form["robot"], answer) {
		case robot.Wrong:
			return again(flash{Problem: "robot-wrong", Field: "characters"})
		case robot.Expired:
			return again(flash{Problem: "robot-expired", Field: "characters"})
		}
	}
	began := time.Now() //nolint:forbidigo // of the machine: an outsider's clock is meant
	view, err := s.Reset.Begin(r.Context(), reset.BeginInput{
		UserID: user, Locale: loc.name, IPAddress: c.RealIP(), UserAgent: r.UserAgent(),
		Cookies: s.jar.get(r, cookieProbe) != "",
	})
	pad(r.Context(), began, settings.Reset.MinimumDelay)
	switch {
	case errors.Is(err, reset.ErrNoCookies):
		return c.Redirect(http.StatusSeeOther, identifyURL(form["whr"], form["mkt"], form["form"], "problem", "cookies"))
	case errors.Is(err, reset.ErrUnknownUser):
		return again(flash{Problem: "account", Field: "username", Note: view.CorrelationID})
	case errors.Is(err, reset.ErrPersonalAccount):
		return again(flash{Problem: "personal", Field: "username", Note: view.CorrelationID})
	}
	return s.follow(c, "", view, err)
}

// pad waits until an answer has taken its least time, so that what was looked up
// does not show in it.
func pad(ctx context.Context, began time.Time, least time.Duration) {
	left := least - time.Since(began) //nolint:forbidigo // of the machine
	if left <= 0 {
		return
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// identifyURL is P1 with the parameters that are worth keeping.
func identifyURL(realm, mkt, form string, more ...string) string {
	q := url.Values{}
	pairs := append([]string{"whr", realm, "mkt", mkt}, more...)
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if robot.Form(form) == robot.Question {
		q.Set("robot", form)
	}
	if len(q) == 0 {
		return "/passwordreset"
	}
	return "/passwordreset?" + q.Encode()
}

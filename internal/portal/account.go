package portal

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/signin"
)

// An accountPage is the front page of a signed-in person.
type accountPage struct {
	*frame
	User      string
	ExpiresIn int // days until the password expires, 0 when that is far
}

// A changePage changes a known password: on the person's account, or because a
// sign-in demands it.
type changePage struct {
	*frame
	User         string
	Action       string // where the form goes
	NeedsCurrent bool
	Expired      bool // a sign-in demands it
}

// A signedOutPage says good-bye, or asks whether to leave.
type signedOutPage struct {
	*frame
	Ask bool
}

func (accountPage) name() string   { return "account" }
func (changePage) name() string    { return "changepassword" }
func (signedOutPage) name() string { return "signedout" }

// inside returns the sign-in of somebody who has come to its end. Everybody else
// is sent to sign in, and comes back to the page afterwards.
func (s *site) inside(c echo.Context, to string) (v signin.View, ok bool, err error) {
	v, err = s.current(c)
	if err != nil || v.Step == signin.StepSignedIn {
		return v, err == nil, err
	}
	return v, false, c.Redirect(http.StatusSeeOther, signInURL+"?to="+to)
}

// accountFrame is a page of a signed-in person, with what the last form said.
func (s *site) accountFrame(c echo.Context, key string, v signin.View) (*frame, flash) {
	f := s.frameFor(c, key, v.Locale)
	if v.TenantName != "" {
		f.Tenant = v.TenantName
	}
	return f, s.jar.takeFlash(c.Response(), c.Request())
}

func (s *site) account(c echo.Context) error {
	v, ok, err := s.inside(c, "account")
	if !ok {
		return err
	}
	f, note := s.accountFrame(c, "account", v)
	if note.Note == "changed" || note.Note == "changed-wait" {
		f.Note = "changepassword." + note.Note
	}
	return s.render(c, http.StatusOK, accountPage{frame: f, User: v.User, ExpiresIn: daysUntil(v.PasswordExpires, f.Clock.Now)})
}

// daysUntil counts the days that have begun until at; 0 for no time at all.
func daysUntil(at, now time.Time) int {
	if at.IsZero() {
		return 0
	}
	return int((at.Sub(now) + 24*time.Hour - 1) / (24 * time.Hour))
}

func (s *site) changePassword(c echo.Context) error {
	v, ok, err := s.inside(c, "changepassword")
	if !ok {
		return err
	}
	f, note := s.accountFrame(c, "changepassword", v)
	noteOnPassword(f, note)
	return s.render(c, http.StatusOK, changePage{
		frame: f, User: v.User, Action: "/myaccount/changepassword", NeedsCurrent: policy.ChangeNeedsCurrent(v.Kind),
	})
}

func (s *site) passwordChanged(c echo.Context) error {
	v, ok, err := s.inside(c, "changepassword")
	if !ok {
		return err
	}
	return s.change(c, v, !policy.ChangeNeedsCurrent(v.Kind), "/myaccount/changepassword", "/myaccount")
}

// passwordReplaced takes the new password of a sign-in that demands one.
func (s *site) passwordReplaced(c echo.Context) error {
	v, err := s.current(c)
	if err != nil {
		return err
	}
	if v.Step != signin.StepChange {
		return c.Redirect(http.StatusSeeOther, signInURL)
	}
	return s.change(c, v, false, signInURL, signInURL)
}

// change changes the password and goes on to done, or back to the form.
func (s *site) change(c echo.Context, v signin.View, proved bool, form, done string) error {
	fields, err := readForm(c.Response(), c.Request(), field{"current", maxPassword}, field{"password", maxPassword}, field{"confirmation", maxPassword})
	if err != nil {
		return err
	}
	result, err := s.Accounts.Passwords.ChangePassword(c.Request().Context(), reset.ChangeInput{
		PersonID: v.PersonID, Current: secret.New(fields["current"]), New: secret.New(fields["password"]),
		Confirmation: secret.New(fields["confirmation"]), Proved: proved, IPAddress: c.RealIP(), Locale: v.Locale,
	})
	if err != nil {
		return err
	}
	if !result.Done {
		return s.back(c, form, refusedChange(result))
	}
	// The change revokes every session; this one goes on.
	if _, err := s.Accounts.SignIn.PasswordChanged(context.WithoutCancel(c.Request().Context()), v.SessionID); err != nil {
		return err
	}
	note := "changed"
	if result.Message == reset.MsgWaitMinutes {
		note = "changed-wait"
	}
	return s.back(c, done, flash{Note: note})
}

// refusedChange tells the form why a change was refused: the reason of the rule,
// or the code of what is broken.
func refusedChange(r reset.ChangeResult) flash {
	f := flash{Problem: string(r.Reason), Field: "password", Note: r.CorrelationID}
	switch r.Reason {
	case policy.PasswordMismatch:
		f.Field = "confirmation"
	case policy.PasswordWrongCurrent, policy.PasswordCurrentMissing:
		f.Field = "current"
	case policy.PasswordAccepted:
		f.Problem, f.Field = string(r.Code), ""
		switch {
		case r.Message == reset.MsgOutcomeUnknown:
			f.Problem = "unknown"
		case r.Code == "" && r.Message == reset.MsgTryLater:
			f.Problem = string(r.Message)
		case r.Code == "":
			f.Problem = r.Cause
		}
	}
	return f
}

// noteOnPassword puts on a form why the last change was refused.
func noteOnPassword(f *frame, note flash) {
	if note.Problem == "" {
		return
	}
	f.Support = note.Note
	key := f.knownKey("changepassword.refused.", note.Problem, f.knownKey("password.refused.", note.Problem, ""))
	if text := "refused." + note.Problem + ".text"; key == "" && f.Has(text) {
		key = text
	}
	if key == "" {
		key = f.knownKey("message.", note.Problem, "password.refused.other")
	}
	f.Problem = &problem{Key: key, Field: note.Field}
}

func (s *site) signOutAsked(c echo.Context) error {
	f := s.frameFor(c, "signedout", "")
	v, err := s.current(c)
	if err != nil {
		return err
	}
	if v.SessionID != "" {
		f.Key = "signout"
	}
	return s.render(c, http.StatusOK, signedOutPage{frame: f, Ask: v.SessionID != ""})
}

func (s *site) signedOut(c echo.Context) error {
	if err := s.Accounts.SignIn.SignOut(c.Request().Context(), s.jar.get(c.Request(), cookieSignIn)); err != nil {
		return err
	}
	s.jar.drop(c.Response(), cookieSignIn)
	return c.Redirect(http.StatusSeeOther, "/signout")
}

package portal

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
)

// An authenticatorPage is the app of every person of the lab.
type authenticatorPage struct {
	*frame
	People []authenticatorPerson
	Pushes []Push
	Tokens []TokenCode
	Desk   bool // the lab has hardware tokens
}

type authenticatorPerson struct {
	User string
	Apps []App
}

func (authenticatorPage) name() string { return "authenticator" }

func (s *site) authenticator(c echo.Context) error {
	ctx := c.Request().Context()
	apps, err := s.Authenticator.Apps(ctx)
	if err != nil {
		return err
	}
	pushes, err := s.Authenticator.Pushes(ctx)
	if err != nil {
		return err
	}
	f := s.labFrame(c, "authenticator")
	f.RefreshURL, f.RefreshIn = "/lab/authenticator", refreshSeconds
	p := newAuthenticatorPage(f, apps, pushes)
	if s.Tokens != nil {
		p.Desk = true
		if p.Tokens, err = s.Tokens.Codes(ctx); err != nil {
			return err
		}
	}
	return s.render(c, http.StatusOK, p)
}

func newAuthenticatorPage(f *frame, apps []App, pushes []Push) authenticatorPage {
	p := authenticatorPage{frame: f, Pushes: pushes}
	for _, a := range apps {
		i := slices.IndexFunc(p.People, func(q authenticatorPerson) bool { return q.User == a.Person })
		if i < 0 {
			i = len(p.People)
			p.People = append(p.People, authenticatorPerson{User: a.Person})
		}
		p.People[i].Apps = append(p.People[i].Apps, a)
	}
	return p
}

func (s *site) pushAnswered(c echo.Context) error {
	form, err := readForm(c.Response(), c.Request(), field{"press", maxShort}, field{"number", maxShort})
	if err != nil {
		return err
	}
	number := 0
	if typed := strings.TrimSpace(form["number"]); typed != "" {
		if number, err = strconv.Atoi(typed); err != nil {
			return s.back(c, "/lab/authenticator", flash{Problem: "push-number"})
		}
	}
	approve := form["press"] == "approve"
	if err := s.Authenticator.AnswerPush(c.Request().Context(), c.Param("id"), approve, number); err != nil {
		return s.back(c, "/lab/authenticator", flash{Problem: "push-refused", User: err.Error()})
	}
	if approve {
		return s.back(c, "/lab/authenticator", flash{Note: "push-approved"})
	}
	return s.back(c, "/lab/authenticator", flash{Note: "push-denied"})
}

func (s *site) enrolled(c echo.Context) error {
	form, err := readForm(c.Response(), c.Request(), field{"person", maxUser}, field{"uri", maxURI})
	if err != nil {
		return err
	}
	err = s.Authenticator.Enrol(c.Request().Context(), strings.TrimSpace(form["person"]), strings.TrimSpace(form["uri"]))
	return s.enrolEnd(c, "uri", err)
}

// scanned takes the picture of a QR code.
func (s *site) scanned(c echo.Context) error {
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, maxUpload)
	if err := r.ParseMultipartForm(maxUpload); err != nil {
		return formFault(err, maxUpload)
	}
	person := field{"person", maxUser}
	if err := checkField(person, r.PostFormValue(person.name)); err != nil {
		return err
	}
	file, _, err := r.FormFile("image")
	if errors.Is(err, http.ErrMissingFile) {
		return s.back(c, "/lab/authenticator", flash{Problem: "image-missing", Field: "image"})
	}
	if err != nil {
		return &formError{Field: "image", Why: "unreadable"}
	}
	defer file.Close()
	image, err := io.ReadAll(file)
	if err != nil {
		return formFault(err, maxUpload)
	}
	err = s.Authenticator.EnrolImage(r.Context(), strings.TrimSpace(r.PostFormValue(person.name)), image)
	return s.enrolEnd(c, "image", err)
}

func (s *site) enrolEnd(c echo.Context, field string, err error) error {
	if err != nil {
		return s.back(c, "/lab/authenticator", flash{Problem: "enrol-refused", Field: field, User: err.Error()})
	}
	return s.back(c, "/lab/authenticator", flash{Note: "enrolled"})
}

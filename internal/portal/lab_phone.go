package portal

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// A phonePage is every telephone of the lab.
type phonePage struct {
	*frame
	Lines []PhoneLine
}

func (phonePage) name() string { return "phone" }

func (s *site) phone(c echo.Context) error {
	lines, err := s.Phone.Phones(c.Request().Context())
	if err != nil {
		return err
	}
	f := s.labFrame(c, "phone")
	f.RefreshURL, f.RefreshIn = "/lab/phone", refreshSeconds
	return s.render(c, http.StatusOK, phonePage{frame: f, Lines: lines})
}

func (s *site) phoneAnswered(c echo.Context) error {
	form, err := readForm(c.Response(), c.Request(), field{"press", maxShort})
	if err != nil {
		return err
	}
	if err := s.Phone.AnswerCall(c.Request().Context(), c.Param("id"), form["press"] == "confirm"); err != nil {
		return s.back(c, "/lab/phone", flash{Problem: "call-over", User: err.Error()})
	}
	return s.back(c, "/lab/phone", flash{Note: "call-answered"})
}

package portal

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"
)

// A faultPage says that a request could not be answered.
type faultPage struct {
	*frame
	Status int
	Form   *formError
}

func (faultPage) name() string { return "fault" }

// failed is the last word on every error: a page with the status, and for a
// form that was refused the field and the limit. Details stay in the log.
func (s *site) failed(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	status := http.StatusInternalServerError
	form, isForm := errors.AsType[*formError](err)
	if isForm {
		status = http.StatusBadRequest
		if form.Why == "too-large" {
			status = http.StatusRequestEntityTooLarge
		}
	} else if he, ok := errors.AsType[*echo.HTTPError](err); ok {
		status = he.Code
	}
	f := s.frameFor(c, "fault", "")
	f.unbrand() // whose page it was is not known here
	p := faultPage{frame: f, Status: status, Form: form}
	p.Key = faultKey(status)
	if err := s.render(c, status, p); err != nil {
		http.Error(c.Response(), http.StatusText(status), status)
	}
}

func faultKey(status int) string {
	switch status {
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return "fault.missing"
	case http.StatusForbidden:
		return "fault.origin"
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
		return "fault.form"
	}
	return "fault.broken"
}

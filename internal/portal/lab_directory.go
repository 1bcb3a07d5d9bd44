package portal

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// A directoryPage is the domain controllers' view of people.
type directoryPage struct {
	*frame
	Domains []Domain
}

func (directoryPage) name() string { return "directory" }

func (s *site) directory(c echo.Context) error {
	domains, err := s.Directory.Domains(c.Request().Context())
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, directoryPage{frame: s.labFrame(c, "directory"), Domains: domains})
}

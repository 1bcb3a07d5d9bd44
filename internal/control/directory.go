package control

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/ssprlab/ssprlab/internal/control/api"
)

func noDomain(c echo.Context) error {
	return problem(http.StatusNotFound, "", fmt.Sprintf("no embedded domain %q", c.Param("domain")))
}

func (s *server) domain(c echo.Context, lab Lab) error {
	if lab.Directory != nil {
		if d, ok := lab.Directory.Domain(c.Param("domain")); ok {
			return c.JSON(http.StatusOK, d)
		}
	}
	return noDomain(c)
}

func (s *server) domainSettings(c echo.Context, lab Lab) error {
	if lab.Directory != nil {
		if text, ok := lab.Directory.Settings(c.Param("domain")); ok {
			return c.JSONBlob(http.StatusOK, text)
		}
	}
	return noDomain(c)
}

func (s *server) patchDomainSettings(c echo.Context, lab Lab) error {
	if lab.Directory == nil {
		return noDomain(c)
	}
	if _, ok := lab.Directory.Settings(c.Param("domain")); !ok {
		return noDomain(c)
	}
	return s.patch(c, func(patch json.RawMessage) (json.RawMessage, error) {
		return lab.Directory.PatchSettings(c.Param("domain"), patch)
	})
}

// findController is the domain controller of a request.
func findController(c echo.Context, lab Lab) (api.Controller, error) {
	if lab.Directory == nil {
		return api.Controller{}, noDomain(c)
	}
	d, ok := lab.Directory.Domain(c.Param("domain"))
	if !ok {
		return api.Controller{}, noDomain(c)
	}
	one, ok := lab.Directory.Controller(d.DNSName, c.Param("controller"))
	if !ok {
		var names []string
		for _, have := range d.Controllers {
			names = append(names, have.Name)
		}
		return one, problem(http.StatusNotFound, "", fmt.Sprintf("no domain controller %q of %s: there are %v", c.Param("controller"), d.DNSName, names))
	}
	return one, nil
}

func (s *server) controller(c echo.Context, lab Lab) error {
	one, err := findController(c, lab)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, one)
}

func (s *server) patchController(c echo.Context, lab Lab) error {
	one, err := findController(c, lab)
	if err != nil {
		return err
	}
	return s.patch(c, func(patch json.RawMessage) (json.RawMessage, error) {
		next, err := lab.Directory.PatchController(one.Domain, one.Name, patch)
		if err != nil {
			return nil, err
		}
		return json.Marshal(next)
	})
}

func noAccount(c echo.Context) error {
	return problem(http.StatusNotFound, "", fmt.Sprintf("no account %q in the embedded directory", c.Param("account")))
}

// account shows an account as the first domain controller of its domain knows
// it, or the one that is asked for.
func (s *server) account(c echo.Context, lab Lab) error {
	if lab.Directory == nil {
		return noAccount(c)
	}
	at := c.QueryParam("controller")
	if at != "" {
		if _, ok := lab.Directory.Controller("", at); !ok {
			return problem(http.StatusBadRequest, "controller", fmt.Sprintf("no domain controller %q", at))
		}
	}
	if dn, attributes, ok := lab.Directory.Entry(c.Request().Context(), c.Param("account"), at); ok {
		return c.JSON(http.StatusOK, api.Entry{DN: dn, Attributes: attributes})
	}
	return noAccount(c)
}

func (s *server) certificate(c echo.Context, lab Lab) error {
	if lab.Directory == nil {
		return noAccount(c)
	}
	issued, ok, err := lab.Directory.Certificate(c.Request().Context(), c.Param("account"))
	switch {
	case err != nil:
		return err
	case !ok:
		return noAccount(c)
	}
	return c.JSON(http.StatusCreated, issued)
}

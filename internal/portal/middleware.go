package portal

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/labstack/echo/v4"
)

// policyHeader is the content security policy of every page: nothing from
// elsewhere, nothing inline. connect-src is for live arrival in the lab pages.
const policyHeader = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// headers sets what every answer carries.
func headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", policyHeader)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		h.Set("Cache-Control", "no-store")
		return next(c)
	}
}

// sameOrigin refuses state-changing requests that a page of another origin made.
func (s *site) sameOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.crossing.Check(c.Request()); err != nil {
			return echo.NewHTTPError(http.StatusForbidden).SetInternal(err)
		}
		return next(c)
	}
}

// logged writes one line for each request: never a query or a form, which may
// hold what people typed.
func (s *site) logged(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		began := time.Now() //nolint:forbidigo // of the machine: how long we took, not when it was
		err := next(c)
		if err != nil {
			c.Error(err)
		}
		level := slog.LevelInfo
		if c.Response().Status >= http.StatusInternalServerError {
			level = slog.LevelError
		}
		attrs := []slog.Attr{
			slog.String("op", c.Request().Method+" "+c.Path()), slog.Int("code", c.Response().Status),
			slog.Int64("size", c.Response().Size), slog.Duration("dur", time.Since(began)), //nolint:forbidigo // of the machine
		}
		if err != nil && level == slog.LevelError {
			attrs = append(attrs, slog.String("err", err.Error()))
		}
		s.Logger.LogAttrs(c.Request().Context(), level, "request", attrs...)
		return nil
	}
}

// recovered turns a panic of one request into its error page.
func (s *site) recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if r := recover(); r != nil {
				if fault, ok := r.(error); ok && errors.Is(fault, http.ErrAbortHandler) {
					panic(r)
				}
				err = fmt.Errorf("answering %s: panic: %v\n%s", c.Path(), r, debug.Stack())
			}
		}()
		return next(c)
	}
}

package portal

import (
	"net/http"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"
)

// site is the pages with everything they need.
type site struct {
	Config
	words     *catalogues
	templates templates
	assets    assets
	jar       jar
	crossing  *http.CrossOriginProtection
	brands    brands
}

// New returns the pages. The error names what is missing: a required part of cfg,
// a template, a message catalogue.
//
// Event streams (live arrival) end when the request's context does; give the
// server a BaseContext that is cancelled at shutdown, so that it closes at once.
func New(cfg Config) (*echo.Echo, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	parts, err := parts()
	if err != nil {
		return nil, err
	}
	s := &site{
		Config: cfg, words: parts.words, templates: parts.templates, assets: parts.assets,
		jar: jar{secure: cfg.Secure}, crossing: http.NewCrossOriginProtection(),
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = echo.ExtractIPDirect()
	e.HTTPErrorHandler = s.failed
	e.Use(s.logged, s.recovered, s.sameOrigin, headers)
	s.routes(e)
	return e, nil
}

// parts reads what is embedded, once for a process: it is the same for every
// lab, never changes, and costs more than the rest of a lab together.
var parts = sync.OnceValues(func() (p struct {
	words     *catalogues
	templates templates
	assets    assets
}, err error,
) {
	if p.words, err = loadCatalogues(localeFiles); err != nil {
		return p, err
	}
	if p.assets, err = newAssets(staticFiles); err != nil {
		return p, err
	}
	p.templates, err = parseTemplates(templateFiles, p.assets)
	return p, err
})

func (s *site) routes(e *echo.Echo) {
	e.GET("/static/*", s.assets.serve)
	e.GET("/branding/:id/:file", s.brandFile)
	e.GET("/healthz", func(c echo.Context) error { return c.String(http.StatusOK, "ok\n") })
	e.GET("/readyz", s.ready)

	e.GET("/", s.start)
	s.resetRoutes(e)
	s.accountRoutes(e)
	s.labRoutes(e)
	for prefix, h := range s.Mount {
		e.Any(prefix, echo.WrapHandler(h))
		e.Any(strings.TrimSuffix(prefix, "/")+"/*", echo.WrapHandler(h))
	}
}

func (s *site) ready(c echo.Context) error {
	if s.Ready != nil {
		if err := s.Ready(); err != nil {
			return c.String(http.StatusServiceUnavailable, "not ready: "+err.Error()+"\n")
		}
	}
	return c.String(http.StatusOK, "ready\n")
}

package control

import (
	"crypto/subtle"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant"
	"github.com/ssprlab/ssprlab/internal/tokens"
)

//go:embed openapi.json
var openAPI []byte

// OpenAPI is the document that describes the control API.
func OpenAPI() []byte { return openAPI }

// Limits of a request.
const (
	maxBody = 4 << 20          // octets; seed files are the largest
	maxWait = 60 * time.Second // of long polls
)

// Config is what the control API needs.
type Config struct {
	Host   Host
	Token  secret.Text // demanded of every request when not empty
	Logger *slog.Logger
}

type server struct{ Config }

// New returns the handler of everything under api.Base.
func New(cfg Config) http.Handler {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	s := &server{cfg}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = s.failed
	e.Use(s.guard, unescaped)
	for _, r := range s.routes() {
		e.Add(r.method, api.Base+r.path, r.handle)
	}
	return http.NewCrossOriginProtection().Handler(e)
}

// A route is a line of the API.
type route struct {
	method, path string
	handle       echo.HandlerFunc
}

func (s *server) routes() []route {
	return []route{
		{http.MethodGet, "/openapi.json", s.document},
		{http.MethodGet, "/labs", s.labs},
		{http.MethodPost, "/labs", s.create},
		{http.MethodGet, "/labs/:lab", s.in(s.describe)},
		{http.MethodDelete, "/labs/:lab", s.delete},
		{http.MethodPost, "/labs/:lab/fork", s.in(s.fork)},
		{http.MethodPost, "/labs/:lab/snapshot", s.in(s.snapshot)},
		{http.MethodPost, "/labs/:lab/restore", s.in(s.restore)},
		{http.MethodGet, "/labs/:lab/clock", s.in(s.clock)},
		{http.MethodPost, "/labs/:lab/clock", s.in(s.moveClock)},
		{http.MethodGet, "/labs/:lab/faults", s.in(s.faults)},
		{http.MethodPut, "/labs/:lab/faults", s.in(s.setFaults)},
		{http.MethodDelete, "/labs/:lab/faults", s.in(s.clearFaults)},
		{http.MethodGet, "/labs/:lab/mailbox", s.in(s.mailbox)},
		{http.MethodGet, "/labs/:lab/phone/:number", s.in(s.phone)},
		{http.MethodPost, "/labs/:lab/phone/:number/calls/:call", s.in(s.answerCall)},
		{http.MethodGet, "/labs/:lab/authenticator/:user/code", s.in(s.appCode)},
		{http.MethodGet, "/labs/:lab/authenticator/:user/pushes", s.in(s.pushes)},
		{http.MethodPost, "/labs/:lab/authenticator/:user/pushes/:push", s.in(s.answerPush)},
		{http.MethodGet, "/labs/:lab/tokens", s.in(s.tokens)},
		{http.MethodPost, "/labs/:lab/tokens", s.in(s.addToken)},
		{http.MethodPost, "/labs/:lab/tokens/upload", s.in(s.uploadTokens)},
		{http.MethodGet, "/labs/:lab/tokens/:token", s.in(s.token)},
		{http.MethodPatch, "/labs/:lab/tokens/:token", s.in(s.patchToken)},
		{http.MethodDelete, "/labs/:lab/tokens/:token", s.in(s.deleteToken)},
		{http.MethodPost, "/labs/:lab/tokens/:token/activate", s.in(s.activateToken)},
		{http.MethodGet, "/labs/:lab/tokens/:token/code", s.in(s.tokenCode)},
		{http.MethodGet, "/labs/:lab/attempts", s.in(s.attempts)},
		{http.MethodPost, "/labs/:lab/attempts", s.in(s.attempt)},
		{http.MethodGet, "/labs/:lab/attempts/:attempt", s.in(s.why)},
		{http.MethodGet, "/labs/:lab/journal", s.in(s.journal)},
		{http.MethodPost, "/labs/:lab/workstations/:workstation/signin", s.in(s.signIn)},
		{http.MethodGet, "/labs/:lab/robot/:challenge", s.in(s.robot)},
		{http.MethodGet, "/labs/:lab/tenant", s.in(s.tenant)},
		{http.MethodPatch, "/labs/:lab/tenant", s.in(s.patchTenant)},
		{http.MethodGet, "/labs/:lab/users/:user", s.in(s.user)},
		{http.MethodPatch, "/labs/:lab/users/:user", s.in(s.patchUser)},
		{http.MethodGet, "/labs/:lab/users/:user/pass", s.in(s.pass)},
		{http.MethodPost, "/labs/:lab/users/:user/pass", s.in(s.issuePass)},
		{http.MethodDelete, "/labs/:lab/users/:user/pass", s.in(s.revokePass)},
		{http.MethodGet, "/labs/:lab/domains/:domain", s.in(s.domain)},
		{http.MethodGet, "/labs/:lab/domains/:domain/settings", s.in(s.domainSettings)},
		{http.MethodPatch, "/labs/:lab/domains/:domain/settings", s.in(s.patchDomainSettings)},
		{http.MethodGet, "/labs/:lab/domains/:domain/controllers/:controller", s.in(s.controller)},
		{http.MethodPatch, "/labs/:lab/domains/:domain/controllers/:controller", s.in(s.patchController)},
		{http.MethodGet, "/labs/:lab/domains/:domain/policy", s.in(s.policy)},
		{http.MethodPatch, "/labs/:lab/domains/:domain/policy", s.in(s.patchPolicy)},
		{http.MethodGet, "/labs/:lab/domains/:domain/protection", s.in(s.protection)},
		{http.MethodPatch, "/labs/:lab/domains/:domain/protection", s.in(s.patchProtection)},
		{http.MethodGet, "/labs/:lab/directory/:account", s.in(s.account)},
		{http.MethodPost, "/labs/:lab/directory/:account/certificate", s.in(s.certificate)},
		{http.MethodGet, "/labs/:lab/agents/:agent", s.in(s.agent)},
		{http.MethodPatch, "/labs/:lab/agents/:agent", s.in(s.patchAgent)},
	}
}

// guard asks for the token, where there is one, and bounds the body.
func (s *server) guard(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		given := strings.TrimPrefix(c.Request().Header.Get(echo.HeaderAuthorization), "Bearer ")
		if !s.Token.Empty() && subtle.ConstantTimeCompare([]byte(given), []byte(s.Token.Reveal())) != 1 {
			c.Response().Header().Set(echo.HeaderWWWAuthenticate, "Bearer")
			return problem(http.StatusUnauthorized, "", "the control API needs its token: send it as Authorization: Bearer; it stands in the ready file as controlToken")
		}
		c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, maxBody)
		c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
		return next(c)
	}
}

// unescaped gives handlers the names of a path as they are meant. The router leaves
// encodings that need not have been used, such as %40 for @, which encodeURIComponent
// and its kin use (RFC 3986, 2.2 and 6.2.2.2).
func unescaped(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if c.Request().URL.RawPath == "" {
			return next(c)
		}
		values := slices.Clone(c.ParamValues())
		for i, v := range values {
			if plain, err := url.PathUnescape(v); err == nil {
				values[i] = plain
			}
		}
		c.SetParamValues(values...)
		return next(c)
	}
}

// in finds the lab of a request. "first" is the first lab.
func (s *server) in(handle func(echo.Context, Lab) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := c.Param("lab")
		for i, lab := range s.Host.Labs() {
			if lab.Info.ID == id || id == "first" && i == 0 {
				lab.tend(c)
				return handle(c, lab)
			}
		}
		return problem(http.StatusNotFound, "", fmt.Sprintf("no lab %q: GET %s/labs lists them", id, api.Base))
	}
}

// tend lets a lab do what came due by its clock.
func (l Lab) tend(c echo.Context) {
	if l.Tend != nil {
		l.Tend(c.Request().Context())
	}
}

func problem(status int, field, detail string) error {
	return api.Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, Field: field}
}

// failed writes an error as problem details.
func (s *server) failed(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	p := asProblem(err)
	if p.Status == http.StatusInternalServerError {
		s.Logger.Error("control API", "method", c.Request().Method, "path", c.Path(), "error", err)
	}
	c.Response().Header().Set(echo.HeaderContentType, "application/problem+json")
	c.Response().WriteHeader(p.Status)
	_ = json.NewEncoder(c.Response()).Encode(p)
}

func asProblem(err error) api.Problem {
	p := api.Problem{Type: "about:blank", Status: http.StatusInternalServerError, Detail: err.Error()}
	if given, ok := errors.AsType[api.Problem](err); ok {
		p = given
	} else if bad, ok := errors.AsType[BadInput](err); ok {
		p.Status, p.Field, p.Detail = http.StatusBadRequest, bad.Field, bad.Text
	} else if errors.Is(err, tenant.ErrNoSuchToken) {
		p.Status, p.Detail = http.StatusNotFound, err.Error()+": list the tokens for their serial numbers"
	} else if errors.Is(err, tenant.ErrTooManyTries) {
		p.Status = http.StatusTooManyRequests
	} else if _, ok := errors.AsType[tokens.Refusal](err); ok {
		p.Status = http.StatusForbidden
	} else if bad, ok := errors.AsType[tenant.Problems](err); ok {
		p.Status, p.Detail = http.StatusBadRequest, bad.Error()
	} else if big, ok := errors.AsType[*http.MaxBytesError](err); ok {
		p.Status, p.Detail = http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than %d octets", big.Limit)
	} else if he, ok := errors.AsType[*echo.HTTPError](err); ok {
		p.Status, p.Detail = he.Code, fmt.Sprint(he.Message)
	}
	p.Title = http.StatusText(p.Status)
	return p
}

// decode reads a JSON body strictly: an unknown key is an error.
func decode(c echo.Context, into any) error {
	d := json.NewDecoder(c.Request().Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		if _, tooBig := errors.AsType[*http.MaxBytesError](err); tooBig {
			return err
		}
		if errors.Is(err, io.EOF) {
			return problem(http.StatusBadRequest, "", "the body is empty: a JSON object is expected")
		}
		field := ""
		if typed, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			field = typed.Field
		}
		return problem(http.StatusBadRequest, field, "the body is not what is expected here: "+err.Error())
	}
	if d.More() {
		return problem(http.StatusBadRequest, "", "the body holds more than one JSON value")
	}
	return nil
}

// wait is how long a request wants to wait for news.
func wait(c echo.Context) (time.Duration, error) {
	text := c.QueryParam("wait")
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > maxWait {
		return 0, problem(http.StatusBadRequest, "wait", fmt.Sprintf("%q is no duration from 0s to %s, as 10s", text, maxWait))
	}
	return d, nil
}

func (s *server) document(c echo.Context) error {
	return c.Blob(http.StatusOK, "application/json", openAPI)
}

func (s *server) labs(c echo.Context) error {
	out := api.Labs{Labs: []api.Lab{}}
	for _, lab := range s.Host.Labs() {
		out.Labs = append(out.Labs, lab.Info)
	}
	return c.JSON(http.StatusOK, out)
}

func (s *server) create(c echo.Context) error {
	var in api.NewLab
	if err := decode(c, &in); err != nil {
		return err
	}
	lab, err := s.Host.Create(c.Request().Context(), in)
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, api.Base+"/labs/"+lab.Info.ID)
	return c.JSON(http.StatusCreated, lab.Info)
}

func (s *server) describe(c echo.Context, lab Lab) error { return c.JSON(http.StatusOK, lab.Info) }

func (s *server) delete(c echo.Context) error {
	id := c.Param("lab")
	if labs := s.Host.Labs(); len(labs) > 0 && labs[0].Info.ID == id {
		return problem(http.StatusConflict, "", "the first lab lives as long as the program: stop the program to end it")
	}
	ok, err := s.Host.Delete(c.Request().Context(), id)
	if err != nil {
		return err
	}
	if !ok {
		return problem(http.StatusNotFound, "", fmt.Sprintf("no lab %q", id))
	}
	return c.NoContent(http.StatusNoContent)
}

// Routes lists what is served, as "GET /control/v1/labs/{lab}".
func Routes() []string {
	var list []string
	for _, r := range (&server{}).routes() {
		path := api.Base + r.path
		for _, part := range strings.Split(r.path, "/") {
			if name, ok := strings.CutPrefix(part, ":"); ok {
				path = strings.Replace(path, part, "{"+name+"}", 1)
			}
		}
		list = append(list, r.method+" "+path)
	}
	return list
}

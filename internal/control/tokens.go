package control

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// codeOf is what a person reads off: their app, else their activated token.
func codeOf(ctx context.Context, lab Lab, user string) (api.AppCode, bool) {
	if codes := lab.Authenticator.Codes(user); len(codes) > 0 {
		return api.AppCode{Code: codes[0].Code, SecondsLeft: codes[0].SecondsLeft}, true
	}
	all, err := lab.Tenant.Tokens(ctx)
	if err != nil {
		return api.AppCode{}, false
	}
	for _, t := range all {
		if t.State != policy.TokenActivated || !strings.EqualFold(t.User, user) {
			continue
		}
		if c, ok := lab.Tokens.Code(t.SerialNumber); ok {
			return api.AppCode{Code: c.Code, SecondsLeft: c.SecondsLeft}, true
		}
	}
	return api.AppCode{}, false
}

func (s *server) tokens(c echo.Context, lab Lab) error {
	all, err := lab.Tenant.Tokens(c.Request().Context())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, api.HardwareTokens{Tokens: shownTokens(all)})
}

func shownTokens(all []tenant.Token) []api.HardwareToken {
	list := []api.HardwareToken{}
	for _, t := range all {
		list = append(list, shownToken(t))
	}
	return list
}

// hashFunctions are the names that the API has for the algorithms of codes.
var hashFunctions = map[tenant.OATHAlgorithm]string{tenant.SHA1: "hmacsha1", tenant.SHA256: "hmacsha256"}

func shownToken(t tenant.Token) api.HardwareToken {
	shown := api.HardwareToken{
		ID: t.ID, SerialNumber: t.SerialNumber, Manufacturer: t.Manufacturer, Model: t.Model, TimeIntervalInSeconds: int(t.Interval / time.Second),
		HashFunction: hashFunctions[t.Algorithm], Status: t.State, AssignedTo: t.User, DisplayName: t.Name,
	}
	if !t.LastUsed.IsZero() {
		shown.LastUsedDateTime = &t.LastUsed
	}
	return shown
}

func (s *server) token(c echo.Context, lab Lab) error {
	t, err := lab.Tenant.Token(c.Request().Context(), c.Param("token"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, shownToken(t))
}

func (s *server) addToken(c echo.Context, lab Lab) error {
	var in api.NewHardwareToken
	if err := decode(c, &in); err != nil {
		return err
	}
	o := tenant.OATH{Secret: in.SecretKey, Period: time.Duration(min(max(in.TimeIntervalInSeconds, 0), 3600)) * time.Second}
	for algorithm, name := range hashFunctions {
		if strings.EqualFold(name, in.HashFunction) {
			o.Algorithm = algorithm
		}
	}
	if in.HashFunction != "" && o.Algorithm == "" {
		return problem(http.StatusBadRequest, "hashFunction", fmt.Sprintf("%q is neither hmacsha1 nor hmacsha256", in.HashFunction))
	}
	t, err := lab.TokenDesk.Add(c.Request().Context(), in.By, tenant.NewToken{
		SerialNumber: in.SerialNumber, Manufacturer: in.Manufacturer, Model: in.Model, OATH: o, User: in.AssignTo,
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, shownToken(t))
}

func (s *server) uploadTokens(c echo.Context, lab Lab) error {
	var in api.TokenFile
	if err := decode(c, &in); err != nil {
		return err
	}
	up, err := lab.TokenDesk.Upload(c.Request().Context(), in.By, []byte(in.CSV.Reveal()))
	if err != nil {
		return err
	}
	out := api.TokenUpload{Tokens: shownTokens(up.Tokens), Failures: []api.TokenFailure{}}
	for _, f := range up.Failures {
		out.Failures = append(out.Failures, api.TokenFailure{Line: f.Line, Field: f.Field, Reason: f.Reason})
	}
	return c.JSON(http.StatusOK, out)
}

// patchToken assigns a token, takes it away, or sets the clock of its device.
func (s *server) patchToken(c echo.Context, lab Lab) error {
	var in api.TokenChange
	if err := decode(c, &in); err != nil {
		return err
	}
	ctx, name := c.Request().Context(), c.Param("token")
	t, err := lab.Tenant.Token(ctx, name)
	if err != nil {
		return err
	}
	if in.Drift != nil {
		drift, err := time.ParseDuration(*in.Drift)
		if err != nil {
			return problem(http.StatusBadRequest, "drift", fmt.Sprintf("%q is no duration, as 90s or -2m", *in.Drift))
		}
		if !lab.Tokens.SetDrift(t.SerialNumber, drift) {
			return problem(http.StatusNotFound, "", "nobody has the device of this token in hand")
		}
	}
	switch {
	case in.AssignedTo == nil:
	case *in.AssignedTo == "":
		t, err = lab.TokenDesk.Unassign(ctx, in.By, name)
	default:
		t, err = lab.TokenDesk.Assign(ctx, in.By, name, *in.AssignedTo)
	}
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, shownToken(t))
}

func (s *server) deleteToken(c echo.Context, lab Lab) error {
	if err := lab.TokenDesk.Delete(c.Request().Context(), c.QueryParam("by"), c.Param("token")); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *server) activateToken(c echo.Context, lab Lab) error {
	var in api.TokenActivation
	if err := decode(c, &in); err != nil {
		return err
	}
	ctx, code := c.Request().Context(), in.VerificationCode
	if code.Empty() {
		t, err := lab.Tenant.Token(ctx, c.Param("token"))
		if err != nil {
			return err
		}
		shows, _ := lab.Tokens.Code(t.SerialNumber)
		code = secret.New(shows.Code)
	}
	t, verdict, err := lab.TokenDesk.Activate(ctx, in.By, c.Param("token"), code)
	switch {
	case err != nil:
		return err
	case verdict == challenge.Replayed:
		return problem(http.StatusConflict, "verificationCode", "was used before: wait for the next code")
	case verdict != challenge.Right:
		return problem(http.StatusConflict, "verificationCode", "is not what the token shows: enter its present code")
	}
	return c.JSON(http.StatusOK, shownToken(t))
}

// tokenCode is what somebody reads who has the token in hand.
func (s *server) tokenCode(c echo.Context, lab Lab) error {
	name := c.Param("token")
	if t, err := lab.Tenant.Token(c.Request().Context(), name); err == nil {
		name = t.SerialNumber
	}
	code, ok := lab.Tokens.Code(name)
	if !ok {
		return problem(http.StatusNotFound, "", "no such hardware token is in anybody's hands")
	}
	return c.JSON(http.StatusOK, api.AppCode{Code: code.Code, SecondsLeft: code.SecondsLeft})
}

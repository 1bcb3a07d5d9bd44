package control

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// issuePass answers with the pass: nobody can read it again. Fields and codes
// are those of Microsoft Graph's temporaryAccessPassAuthenticationMethod.
func (s *server) issuePass(c echo.Context, lab Lab) error {
	var in api.NewPass
	if err := decode(c, &in); err != nil {
		return err
	}
	now := lab.Clock.Now()
	start, err := passStart(in, now)
	if err != nil {
		return err
	}
	want := policy.TAPRequest{Lifetime: time.Duration(in.LifetimeInMinutes) * time.Minute, Once: in.IsUsableOnce, Start: start}
	text, made, err := lab.Passes.Issue(c.Request().Context(), in.By, c.Param("user"), want)
	if err != nil {
		return passProblem(err)
	}
	_, why, _, err := lab.Tenant.ReadPass(c.Request().Context(), "", c.Param("user"), now)
	if err != nil {
		return err
	}
	out := passOf(made, why)
	out.TemporaryAccessPass = text.Reveal()
	return c.JSON(http.StatusCreated, out)
}

// passStart is when a pass begins: at a time, after a while, or at once (zero).
func passStart(in api.NewPass, now time.Time) (time.Time, error) {
	switch {
	case in.StartDateTime != nil && in.Start != "":
		return time.Time{}, problem(http.StatusBadRequest, "start", "stands beside startDateTime: give one of the two")
	case in.StartDateTime != nil:
		return *in.StartDateTime, nil
	case in.Start != "":
		d, err := time.ParseDuration(in.Start)
		if err != nil || d < 0 {
			return time.Time{}, problem(http.StatusBadRequest, "start", fmt.Sprintf("%q is no duration from now, as 2h", in.Start))
		}
		return now.Add(d), nil
	}
	return time.Time{}, nil
}

func (s *server) pass(c echo.Context, lab Lab) error {
	made, why, ok, err := lab.Tenant.ReadPass(c.Request().Context(), c.QueryParam("by"), c.Param("user"), lab.Clock.Now())
	if err != nil {
		return passProblem(err)
	}
	if !ok {
		return noPass(c)
	}
	return c.JSON(http.StatusOK, passOf(made, why))
}

func (s *server) revokePass(c echo.Context, lab Lab) error {
	ok, err := lab.Passes.Revoke(c.Request().Context(), c.QueryParam("by"), c.Param("user"))
	if err != nil {
		return passProblem(err)
	}
	if !ok {
		return noPass(c)
	}
	return c.NoContent(http.StatusNoContent)
}

func noPass(c echo.Context) error {
	return problem(http.StatusNotFound, "", fmt.Sprintf("%q has no Temporary Access Pass", c.Param("user")))
}

func passOf(p tenant.AccessPass, why policy.TAPUsability) api.Pass {
	return api.Pass{
		ID: p.ID, StartDateTime: p.Start, LifetimeInMinutes: int(p.Lifetime.Minutes()), IsUsableOnce: p.Once,
		IsUsable: why == policy.TAPEnabled, MethodUsabilityReason: why, CreatedDateTime: p.Created,
	}
}

// passProblem tells who may not from what the policy refuses.
func passProblem(err error) error {
	if refused, ok := errors.AsType[tenant.PassRefusal](err); ok {
		return problem(http.StatusForbidden, "by", refused.Error())
	}
	if errors.Is(err, reset.ErrNoSuchPerson) {
		return problem(http.StatusNotFound, "", "no such user: the one in the path, or the one in by")
	}
	if limit, ok := errors.AsType[policy.TAPLimit](err); ok {
		return problem(http.StatusBadRequest, limit.Field, limit.Error())
	}
	return err
}

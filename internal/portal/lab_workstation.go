package portal

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/ssprlab/ssprlab/internal/secret"
)

// A workstationPage is the sign-in screen of a domain-joined computer.
type workstationPage struct {
	*frame
	Stations []WorkstationState
	Chosen   string
	User     string
	Online   bool
	Result   *SignInResult
}

func (workstationPage) name() string { return "workstation" }

func (s *site) workstation(c echo.Context) error {
	stations, err := s.Workstation.Workstations(c.Request().Context())
	if err != nil {
		return err
	}
	p := workstationPage{frame: s.labFrame(c, "workstation"), Stations: stations, Online: true}
	if len(stations) > 0 {
		p.Chosen = stations[0].Name
	}
	return s.render(c, http.StatusOK, p)
}

// workstationSignIn answers with the screen itself: a sign-in changes nothing
// that a refresh should repeat silently, and browsers ask before they do.
func (s *site) workstationSignIn(c echo.Context) error {
	form, err := readForm(c.Response(), c.Request(),
		field{"workstation", maxShort}, field{"user", maxUser}, field{"password", maxPassword}, field{"network", maxShort})
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	stations, err := s.Workstation.Workstations(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(stations, func(w WorkstationState) bool { return w.Name == form["workstation"] }) {
		return echo.ErrNotFound
	}
	p := workstationPage{
		frame: s.labFrame(c, "workstation"), Stations: stations, Chosen: form["workstation"],
		User: strings.TrimSpace(form["user"]), Online: form["network"] != "offline",
	}
	if p.User == "" {
		p.Problem = &problem{Key: "problem.user-missing", Field: "user"}
		return s.render(c, http.StatusUnprocessableEntity, p)
	}
	result, err := s.Workstation.SignIn(ctx, p.Chosen, p.User, secret.New(form["password"]), p.Online)
	if err != nil {
		return err
	}
	p.Result = &result
	return s.render(c, http.StatusOK, p)
}

package portal

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
)

// An attemptsPage lists decision records, newest first.
type attemptsPage struct {
	*frame
	Attempts []journal.Attempt
}

func (attemptsPage) name() string { return "attempts" }

// An attemptPage is one decision record: what was decided, and why.
type attemptPage struct {
	*frame
	Attempt journal.Attempt
}

func (attemptPage) name() string { return "attempt" }

// Decisive is the check that failed, or nil.
func (p attemptPage) Decisive() *policy.Check {
	for i, c := range p.Attempt.Checks {
		if c.Verdict == policy.Failed {
			return &p.Attempt.Checks[i]
		}
	}
	return nil
}

// After is how long after the start something happened.
func (p attemptPage) After(t time.Time) string {
	return "+" + t.Sub(p.Attempt.Started).Round(time.Millisecond).String()
}

func (s *site) attempts(c echo.Context) error {
	f := s.labFrame(c, "attempts")
	return s.render(c, http.StatusOK, attemptsPage{frame: f, Attempts: s.Journal.Attempts()})
}

func (s *site) attempt(c echo.Context) error {
	a, ok := s.Journal.Attempt(c.Param("id"))
	if !ok {
		return echo.ErrNotFound
	}
	f := s.labFrame(c, "attempt")
	f.Nav = s.navigation("/lab/attempts")
	return s.render(c, http.StatusOK, attemptPage{frame: f, Attempt: a})
}

package portal

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// A clockPage shows and moves the lab's clock.
type clockPage struct {
	*frame
	Steps []clockStep
}

func (clockPage) name() string { return "clock" }

// A clockStep is a button that moves the clock.
type clockStep struct {
	By  string // a Go duration
	Key string
}

var clockSteps = []clockStep{
	{"30s", "clock.by.30s"},
	{"5m", "clock.by.5m"},
	{"15m", "clock.by.15m"},
	{"1h", "clock.by.1h"},
	{"24h", "clock.by.1d"},
	{"25h", "clock.by.25h"},
	{"168h", "clock.by.7d"},
	{"1008h", "clock.by.42d"},
}

// farthest is how far one step may move the clock.
const farthest = 20 * 365 * 24 * time.Hour

func (s *site) clock(c echo.Context) error {
	f := s.labFrame(c, "clock")
	return s.render(c, http.StatusOK, clockPage{frame: f, Steps: clockSteps})
}

func (s *site) clockMoved(c echo.Context) error {
	form, err := readForm(c.Response(), c.Request(),
		field{"press", maxShort}, field{"advance", maxShort}, field{"by", maxShort}, field{"set", maxShort})
	if err != nil {
		return err
	}
	by := form["advance"] // a button
	if form["press"] == "advance" {
		by = form["by"]
	}
	switch {
	case by != "" || form["press"] == "advance":
		d, err := time.ParseDuration(by)
		if err != nil || d > farthest || d < -farthest {
			return s.back(c, "/lab/clock", flash{Problem: "clock-by", Field: "by"})
		}
		s.Clock.Advance(d)
	case form["press"] == "set":
		t, err := parseInstant(form["set"])
		if err != nil {
			return s.back(c, "/lab/clock", flash{Problem: "clock-set", Field: "set"})
		}
		s.Clock.Set(t)
	case form["press"] == "freeze":
		s.Clock.Freeze()
	case form["press"] == "thaw":
		s.Clock.Thaw()
	}
	return s.back(c, "/lab/clock", flash{Note: "clock-moved"})
}

// parseInstant reads what a datetime-local field or RFC 3339 says, in UTC.
func parseInstant(v string) (time.Time, error) {
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, v, time.UTC); err == nil {
			return t, nil
		}
	}
	return time.Parse(time.RFC3339, v)
}

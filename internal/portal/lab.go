package portal

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/ssprlab/ssprlab/internal/journal"
)

// labRoutes adds the pages of the devices and instruments that the lab has.
func (s *site) labRoutes(e *echo.Echo) {
	e.GET("/lab", func(c echo.Context) error { return c.Redirect(http.StatusSeeOther, "/lab/") })
	e.GET("/lab/", s.labIndex)
	if s.Mailbox != nil {
		e.GET("/lab/mailbox", s.mailbox)
		e.GET("/lab/mailbox/stream", s.stream(s.Mailbox.Changed))
		e.GET("/lab/mailbox/:id", s.mail)
		e.GET("/lab/mailbox/:id/html", s.mailHTML)
	}
	if s.Phone != nil {
		e.GET("/lab/phone", s.phone)
		e.GET("/lab/phone/stream", s.stream(s.Phone.Changed))
		e.POST("/lab/phone/calls/:id", s.phoneAnswered)
	}
	if s.Authenticator != nil {
		e.GET("/lab/authenticator", s.authenticator)
		e.GET("/lab/authenticator/stream", s.stream(s.Authenticator.Changed))
		e.POST("/lab/authenticator/pushes/:id", s.pushAnswered)
		e.POST("/lab/authenticator/enrol", s.enrolled)
		e.POST("/lab/authenticator/scan", s.scanned)
	}
	if s.Tokens != nil {
		s.tokenRoutes(e)
	}
	if s.Workstation != nil {
		e.GET("/lab/workstation", s.workstation)
		e.POST("/lab/workstation", s.workstationSignIn)
	}
	if s.Directory != nil {
		e.GET("/lab/directory", s.directory)
	}
	e.GET("/lab/clock", s.clock)
	e.POST("/lab/clock", s.clockMoved)
	e.GET("/lab/attempts", s.attempts)
	e.GET("/lab/attempts/:id", s.attempt)
	e.GET("/lab/events", s.events)
	e.GET("/lab/events/stream", s.stream(s.journalChanged))
	e.GET(storiesURL, s.storyIndex)
	e.GET(storiesURL+"/:name", s.story)
	e.GET(storyLetterURL, func(c echo.Context) error { return writeMail(c, storyLetter) })
}

// A labPage is the index of the lab pages.
type labPage struct{ *frame }

func (labPage) name() string { return "lab" }

func (s *site) labIndex(c echo.Context) error {
	return s.render(c, http.StatusOK, labPage{s.labFrame(c, "lab")})
}

// streamLife ends a stream now and then; browsers connect again by themselves.
const streamLife = 5 * time.Minute

// stream tells a page that something changed, as server-sent events. The page
// then fetches itself: what is shown has one source.
func (s *site) stream(changed func(ctx context.Context, after uint64) uint64) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx, stop := context.WithTimeout(c.Request().Context(), streamLife)
		defer stop()
		w := c.Response()
		w.Header().Set("Content-Type", "text/event-stream")
		w.WriteHeader(http.StatusOK)
		version, err := strconv.ParseUint(c.Request().Header.Get("Last-Event-ID"), 10, 64)
		first := ": here"
		if err != nil {
			done, stopNow := context.WithCancel(ctx)
			stopNow() // only the version of this moment
			version = changed(done, 0)
			first = fmt.Sprintf("data: %d", version) // the page may be older than its stream
		}
		if _, err := fmt.Fprintf(w, "retry: 2000\nid: %d\n%s\n\n", version, first); err != nil {
			return nil
		}
		w.Flush()
		for ctx.Err() == nil {
			next := changed(ctx, version)
			if next == version || ctx.Err() != nil {
				return nil
			}
			version = next
			if _, err := fmt.Fprintf(w, "id: %d\ndata: %d\n\n", version, version); err != nil {
				return nil // the page was left
			}
			w.Flush()
		}
		return nil
	}
}

// journalChanged is the number of the newest record.
func (s *site) journalChanged(ctx context.Context, after uint64) uint64 {
	for _, r := range s.Journal.Wait(ctx, journal.Query{After: int64(after)}) {
		after = max(after, uint64(r.Seq))
	}
	return after
}

// back ends a POST of a lab page: the same page again, with a note or a problem.
func (s *site) back(c echo.Context, where string, f flash) error {
	s.jar.setFlash(c.Response(), f)
	return c.Redirect(http.StatusSeeOther, where)
}

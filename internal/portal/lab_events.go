package portal

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/ssprlab/ssprlab/internal/journal"
)

// maxEvents is how many records one page shows; older ones are in the journal.
const maxEvents = 200

// An eventsPage is the event viewer.
type eventsPage struct {
	*frame
	Channels    []channelItem
	Channel     journal.Channel
	Correlation string
	Records     []journal.Record
	More        bool
}

type channelItem struct {
	Channel journal.Channel // "" for all
	Current bool
}

func (eventsPage) name() string { return "events" }

var channels = append([]journal.Channel{""}, journal.Channels...)

func (s *site) events(c echo.Context) error {
	r := c.Request()
	channel, err := readQuery(r, field{"channel", maxShort})
	if err != nil {
		return err
	}
	correlation, err := readQuery(r, field{"correlation", maxShort})
	if err != nil {
		return err
	}
	if !slices.Contains(channels, journal.Channel(channel)) {
		return echo.ErrNotFound
	}
	records := s.Journal.Records(journal.Query{Channel: journal.Channel(channel), CorrelationID: correlation})
	f := s.labFrame(c, "events")
	f.RefreshURL, f.RefreshIn = r.URL.RequestURI(), 2*refreshSeconds
	return s.render(c, http.StatusOK, newEventsPage(f, records, journal.Channel(channel), correlation))
}

func newEventsPage(f *frame, records []journal.Record, channel journal.Channel, correlation string) eventsPage {
	p := eventsPage{frame: f, Channel: channel, Correlation: correlation}
	for _, ch := range channels {
		p.Channels = append(p.Channels, channelItem{Channel: ch, Current: ch == channel})
	}
	if len(records) > maxEvents {
		records, p.More = records[len(records)-maxEvents:], true
	}
	p.Records = slices.Clone(records)
	slices.Reverse(p.Records)
	return p
}

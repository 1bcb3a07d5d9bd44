package portal

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/clock"
	"github.com/ssprlab/ssprlab/internal/robot"
)

func benchConfig(b *testing.B) Config {
	b.Helper()
	now := clock.New(noonClock)
	desk, err := robot.NewDesk(now.Now, chance.New(1).Next)
	if err != nil {
		b.Fatal(err)
	}
	d := &devices{}
	return Config{
		Lab: storyLab, Reset: &scripted{}, Robot: desk, Tenant: settings{}, Journal: memory{}, Clock: now,
		Logger: slog.New(slog.DiscardHandler), Mailbox: d, Phone: d, Authenticator: d, Workstation: d, Directory: d,
	}
}

// BenchmarkNew is what the pages cost a new lab in a running process.
func BenchmarkNew(b *testing.B) {
	cfg := benchConfig(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(cfg); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFirstPage is one GET of P1, without the picture.
func BenchmarkFirstPage(b *testing.B) {
	e, err := New(benchConfig(b))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/passwordreset", nil))
		if w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}

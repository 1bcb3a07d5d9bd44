package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/scenario"
)

// A witness notes everything that a world told by the end of a story.
type witness struct {
	said    strings.Builder // what anybody may read
	devices strings.Builder // what only the people's own devices show
	codes   []string        // sent or shown to them
}

// watch makes a witness of the worlds that start makes.
func (n *witness) watch(t testing.TB, start scenario.Starter) scenario.Starter {
	t.Helper()
	return func(ctx context.Context, s scenario.Start) (scenario.World, func() error, error) {
		w, end, err := start(ctx, s)
		return w, func() error {
			n.look(ctx, t, w)
			return end()
		}, err
	}
}

// look reads every answer of the control API and every page that shows what
// happened.
func (n *witness) look(ctx context.Context, t testing.TB, w scenario.World) {
	t.Helper()
	paths := []string{"journal", "attempts", "tenant", "tokens", "clock", "faults", "agents/SYNC1"}
	pages := []string{"/lab/attempts", "/lab/events", "/lab/clock", "/lab/directory", "/lab/workstation", "/lab/tokens", "/healthz", "/readyz", "/metrics", "/control/v1/openapi.json"}
	attempts, err := w.Control.Attempts(ctx)
	require.NoError(t, err)
	for _, a := range attempts {
		paths = append(paths, "attempts/"+a.CorrelationID)
		pages = append(pages, "/lab/attempts/"+a.CorrelationID)
		if a.UserPrincipalName != "" {
			user := url.PathEscape(a.UserPrincipalName)
			paths = append(paths, "users/"+user, "directory/"+user)
		}
	}
	for _, path := range paths {
		n.saidBy(w.Control.Get(ctx, path))
	}
	for _, page := range pages {
		n.said.Write(read(ctx, t, w, page))
	}
	mails, err := w.Control.Mailbox(ctx, "", "", 0)
	require.NoError(t, err)
	for _, m := range mails {
		fmt.Fprintln(&n.devices, m.Time, m.From, m.To, m.Subject, m.Text, m.HTML)
		if m.Code != "" {
			n.codes = append(n.codes, m.Code)
		}
	}
	for _, user := range []string{"alice@northlight.example", "carol@northlight.example"} {
		if code, err := w.Control.AppCode(ctx, user); err == nil {
			fmt.Fprintln(&n.devices, user, code.Code)
			n.codes = append(n.codes, code.Code)
		}
	}
	texts, err := w.Control.Phone(ctx, "+1 4255550101", 0)
	require.NoError(t, err)
	for _, text := range texts {
		fmt.Fprintln(&n.devices, text)
		if text.Code != "" {
			n.codes = append(n.codes, text.Code)
		}
	}
	records, err := w.Control.Journal(ctx, journal.Query{}, 0)
	require.NoError(t, err)
	require.NotEmpty(t, records)
}

// saidBy takes an answer of the control API; a refusal is an answer too.
func (n *witness) saidBy(text []byte, err error) {
	n.said.Write(text)
	if err != nil {
		n.said.WriteString(err.Error())
	}
	n.said.WriteByte('\n')
}

func read(ctx context.Context, t testing.TB, w scenario.World, path string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL+path, nil)
	require.NoError(t, err)
	resp, err := w.Pages.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return append(text, '\n')
}

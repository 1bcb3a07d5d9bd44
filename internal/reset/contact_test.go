package reset_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
)

// SSPR reference 11.2: who asks, how often, and when not.
func TestAdministratorsAreAskedOncePerSession(t *testing.T) {
	for name, c := range map[string]struct {
		before  func(t *testing.T, w *world, v reset.View) reset.View
		message reset.Message
		mails   int
	}{
		"while proving": {func(_ *testing.T, _ *world, v reset.View) reset.View { return v }, reset.MsgContacted, 1},
		"after a refusal": {func(t *testing.T, w *world, _ reset.View) reset.View {
			w.people.settings.Reset.Scope = policy.ScopeNone
			return w.begin(t, carol)
		}, reset.MsgContacted, 1},
		"after the session": {func(_ *testing.T, w *world, v reset.View) reset.View {
			w.clock.Advance(16 * time.Minute)
			return v
		}, reset.MsgNone, 0},
		"cancelled": {func(t *testing.T, w *world, v reset.View) reset.View {
			v, err := w.Cancel(t.Context(), v.SessionID)
			require.NoError(t, err)
			return v
		}, reset.MsgNone, 0},
		"done": {func(t *testing.T, w *world, v reset.View) reset.View {
			v = w.choose(t, w.proveByEmail(t, v), goodPassword)
			w.notified = nil
			return v
		}, reset.MsgNone, 0},
		"a helpdesk takes the calls": {func(_ *testing.T, w *world, v reset.View) reset.View {
			w.people.settings.Helpdesk = policy.HelpdeskSettings{Customised: true, Link: "help@northlight.example"}
			return v
		}, reset.MsgNotNow, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			v := c.before(t, w, w.begin(t, carol))
			for range 3 {
				got, err := w.Contact(t.Context(), v.SessionID)
				require.NoError(t, err)
				assert.Equal(t, c.message, got.Message)
			}
			assert.Len(t, w.notified, c.mails)
			asked := 0
			for _, r := range w.Journal.Records(journal.Query{Channel: journal.Audit}) {
				if strings.HasPrefix(r.Audit.ResultReason, "User contacted an admin") {
					asked++
				}
			}
			assert.Equal(t, c.mails, asked, "one record for each mail")
		})
	}
}

// A mail that could not be sent may be sent again.
func TestAdministratorsWhoCouldNotBeAskedAreAskedAgain(t *testing.T) {
	w := newWorld(t)
	v := w.begin(t, carol)
	w.Notifier = broken{w.Notifier}
	got, err := w.Contact(t.Context(), v.SessionID)
	require.NoError(t, err)
	assert.Equal(t, reset.MsgNotContacted, got.Message)

	w.Notifier = notifier{w}
	got, err = w.Contact(t.Context(), v.SessionID)
	require.NoError(t, err)
	assert.Equal(t, reset.MsgContacted, got.Message)
	assert.Len(t, w.notified, 1)
}

// broken is a notifier whose mail server is away.
type broken struct{ reset.Notifier }

func (broken) ContactAdministrator(context.Context, policy.Person, string, string) error {
	return errors.New("no mail server answers")
}

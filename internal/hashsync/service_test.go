package hashsync_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/ssprlab/ssprlab/internal/hashsync"
	"github.com/ssprlab/ssprlab/internal/journal"
)

// A world is a directory of two accounts, of which the tenant knows ann.
type world struct {
	now     time.Time
	usn     uint32
	changed []hashsync.Account
	denied  bool
	active  bool
	failure hashsync.Failure
	force   bool
	broken  bool // the tenant
	refuses bool

	brought []string // anchors
	events  []int
}

func (w *world) Changed(_ string, since uint32) ([]hashsync.Account, uint32) {
	if since >= w.usn {
		return nil, since
	}
	return w.changed, w.usn
}

func (w *world) MayRead(string, string) bool { return !w.denied }

func (w *world) People(context.Context, []string) (map[string]journal.Actor, error) {
	if w.broken {
		return nil, errors.New("away")
	}
	return map[string]journal.Actor{"ann": {ID: "1", UserPrincipalName: "ann@contoso.example"}}, nil
}

func (w *world) ForceChange(context.Context) (bool, error) { return w.force, nil }

func (w *world) SyncPasswordHash(_ context.Context, id string, _ [16]byte, _ bool, _ time.Time) (bool, error) {
	if w.refuses {
		return false, errors.New("no")
	}
	w.brought = append(w.brought, id)
	return true, nil
}

func (w *world) service() *hashsync.Service {
	s := &hashsync.Service{
		Agents: []hashsync.Agent{{
			Name: "SYNC1", Domain: "corp.contoso.example", Connector: "svc", Active: func() bool { return w.active },
			Fault: func() hashsync.Failure { return w.failure },
		}},
		Directory: w, Cloud: w, Now: func() time.Time { return w.now }, NewID: func(kind string) string { return kind },
		Append: func(r journal.Record) {
			if r.Event != nil {
				w.events = append(w.events, r.Event.ID)
			}
		},
		SyncUser: func(agent string) journal.Actor { return journal.Actor{UserPrincipalName: "Sync_" + agent} },
	}
	s.Resume(hashsync.State{Last: nine})
	return s
}

func newWorld() *world {
	return &world{now: nine, usn: 7, active: true, changed: []hashsync.Account{{Anchor: "ann"}, {Anchor: "stranger"}}}
}

func TestAChangeArrivesWithTheNextCycleAndOnce(t *testing.T) {
	w := newWorld()
	s := w.service()
	w.now = nine.Add(2*time.Minute - 1)
	s.Tend(t.Context())
	assert.Empty(t, w.brought, "before the cycle")
	w.now = nine.Add(7 * time.Minute)
	s.Tend(t.Context())
	s.Tend(t.Context())
	w.now = nine.Add(9 * time.Minute)
	s.Tend(t.Context())
	assert.Equal(t, []string{"1"}, w.brought, "the stranger is nobody's")
	assert.Equal(t, []int{650, 656, 657, 651}, w.events)
	assert.Equal(t, hashsync.State{Last: nine.Add(8 * time.Minute), Seen: map[string]uint32{"corp.contoso.example": 7}}, s.State())
}

func TestAChangeMadeBeforeTheClockWentBackStillArrives(t *testing.T) {
	w := newWorld()
	s := w.service()
	w.now = nine.Add(-time.Hour)
	s.Tend(t.Context())
	assert.Equal(t, []string{"1"}, w.brought)
}

func TestWhatKeepsACycleFromItsWorkIsToldAndMadeGood(t *testing.T) {
	for name, c := range map[string]struct {
		breaks func(*world)
		events []int
	}{
		"switched off":          {func(w *world) { w.active = false }, nil},
		"FIPS":                  {func(w *world) { w.failure = hashsync.FIPS }, []int{667, 611}},
		"cloud does not answer": {func(w *world) { w.failure = hashsync.Unreachable }, []int{652, 655}},
		"rights missing":        {func(w *world) { w.denied = true }, []int{611}},
		"tenant cannot be read": {func(w *world) { w.broken = true }, []int{603}},
		"tenant refuses":        {func(w *world) { w.refuses = true }, []int{650, 656, 657, 651}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			s := w.service()
			c.breaks(w)
			w.now = nine.Add(2 * time.Minute)
			s.Tend(t.Context())
			assert.Equal(t, c.events, w.events)
			assert.Empty(t, w.brought)

			w.active, w.failure, w.denied, w.broken, w.refuses = true, hashsync.None, false, false, false
			w.now = nine.Add(4 * time.Minute)
			s.Tend(t.Context())
			assert.Equal(t, []string{"1"}, w.brought)
		})
	}
}

func TestATemporaryPasswordIsLeftOutAndSaid(t *testing.T) {
	w := newWorld()
	w.changed[0].MustChange = true
	s := w.service()
	w.now = nine.Add(2 * time.Minute)
	s.Tend(t.Context())
	assert.Empty(t, w.brought)
	assert.Equal(t, []int{650, 656, 657, 651}, w.events)
}

package adwire_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/adwire"
	"github.com/ssprlab/ssprlab/internal/adwire/rawclient"
	"github.com/ssprlab/ssprlab/internal/directory"
)

// crowd fills a connection with deletes that do not end, from ID 1 on, and lets
// the last of them wait for a place.
func crowd(t *testing.T, dir *fake, c *rawclient.Client) {
	t.Helper()
	for id := 1; id <= dir.limits.MaxRequestsPerConn+1; id++ {
		send(t, c, deleteMessage(id, slow, nil))
	}
	time.Sleep(time.Second) // virtual
	require.Len(t, dir.entered, dir.limits.MaxRequestsPerConn)
}

// succeeded receives results, and returns the IDs of those that are successes.
func succeeded(t *testing.T, c *rawclient.Client, results int) (ids []int) {
	t.Helper()
	for range results {
		m, err := c.Receive()
		require.NoError(t, err)
		r, err := m.Result()
		require.NoError(t, err)
		if r.Code == 0 {
			ids = append(ids, m.ID)
		}
	}
	return ids
}

func TestAbandonComesThroughACrowdedConnection(t *testing.T) {
	for what, id := range map[string]int{"one that runs": 1, "one that waits": 4} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := newFake()
				dir.hold = make(chan struct{})
				dir.limits.MaxRequestsPerConn = 3
				c := start(t, dir).raw()
				crowd(t, dir, c)
				send(t, c, abandonMessage(5, id))
				time.Sleep(time.Second) // virtual
				close(dir.hold)
				var want []int
				for other := 1; other <= 4; other++ {
					if other != id {
						want = append(want, other)
					}
				}
				assert.ElementsMatch(t, want, succeeded(t, c, 3))
				send(t, c, searchMessage(6, alice, nil))
				_, r := answer(t, c, 6)
				assert.Zero(t, r.Code, "nothing else was answered")
			})
		})
	}
}

func TestEndOfACrowdedConnectionIsSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := newFake()
		dir.limits.MaxRequestsPerConn = 3
		l := start(t, dir)
		c := l.raw()
		crowd(t, dir, c)
		require.NoError(t, c.Close())
		synctest.Wait()
		assert.Len(t, dir.causes, 3, "what ran was cancelled, what waited never began")
		assert.Zero(t, l.server.Stats().Connections)
	})
}

func TestRequestsThatFindNoPlaceAreAnsweredBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := newFake()
		dir.hold, dir.entered = make(chan struct{}), make(chan string, 2000)
		dir.limits.MaxRequestsPerConn = 3
		c := start(t, dir).raw()
		crowd(t, dir, c)
		for id := 5; id <= 1004; id++ {
			send(t, c, deleteMessage(id, slow, nil))
		}
		_, r := answer(t, c, 1004)
		assert.Equal(t, int(directory.Busy), r.Code)
		assert.Contains(t, r.Diagnostic, "0000200E: LdapErr")
		close(dir.hold)
		assert.Len(t, succeeded(t, c, 1003), 1003)
	})
}

func TestNotificationsAreCountedByConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := newFake()
		l := start(t, dir)
		c := l.raw()
		notification := func(id int) []byte {
			return searchMessage(id, slow, rawControl("1.2.840.113556.1.4.528", true, nil))
		}
		for id := 1; id <= 5; id++ {
			send(t, c, notification(id))
			m, err := c.Receive()
			require.NoError(t, err)
			require.Equal(t, byte(0x64), m.Tag)
		}
		send(t, c, notification(6))
		_, r := answer(t, c, 6)
		assert.Equal(t, int(directory.AdminLimitExceeded), r.Code)
		assert.Contains(t, r.Diagnostic, "00002024: LdapErr")

		send(t, c, abandonMessage(7, 1), notification(8))
		m, err := c.Receive()
		require.NoError(t, err)
		assert.Equal(t, byte(0x64), m.Tag, "an abandoned one leaves its place")

		other := l.raw()
		send(t, other, notification(1))
		m, err = other.Receive()
		require.NoError(t, err)
		assert.Equal(t, byte(0x64), m.Tag, "another connection counts its own")
	})
}

// A notification never ends, so a bind cannot wait for it.
func TestBindAbandonsNotifications(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := newFake()
		c := start(t, dir).raw()
		send(t, c, searchMessage(1, slow, rawControl("1.2.840.113556.1.4.528", true, nil)))
		_, err := c.Receive()
		require.NoError(t, err)
		send(t, c, bindMessage(2, 3, alice, password))
		_, r := answer(t, c, 2)
		assert.Zero(t, r.Code)
		synctest.Wait()
		require.Len(t, dir.causes, 1)
		assert.ErrorContains(t, dir.causes[0], "abandoned by the client")
	})
}

// Many clients send before they have read, mixed and each its own: every answer
// arrives, under its own ID, once.
func TestPipelinedClientsGetEachAnswerOnce(t *testing.T) {
	const clients, requests = 32, 60
	l := start(t, newFake())
	done := make(chan error, clients)
	for range clients {
		c := l.raw()
		go func() { done <- pipeline(c, requests) }()
	}
	for range clients {
		require.NoError(t, <-done)
	}
	assert.EqualValues(t, clients*(requests+1), l.server.Stats().Operations)
}

func pipeline(c *rawclient.Client, requests int) error {
	if _, err := c.Bind(alice, password); err != nil {
		return err
	}
	const first = 1000 // the client numbers its own requests below
	for i := range requests {
		id := first + i
		message := searchMessage(id, alice, nil)
		if i%3 == 1 {
			message = deleteMessage(id, "cn=nobody", nil)
		}
		if err := c.Send(message); err != nil {
			return err
		}
	}
	seen := map[int]bool{}
	for len(seen) < requests {
		m, err := c.Receive()
		if err != nil {
			return err
		}
		if m.Tag == 0x64 {
			continue
		}
		if seen[m.ID] {
			return fmt.Errorf("a second result for request %d", m.ID)
		}
		seen[m.ID] = true
	}
	return nil
}

// A drowsy directory takes its time before a search for notifications watches.
type drowsy struct {
	*fake
	order chan string
}

func (d drowsy) Search(ctx context.Context, r directory.Request, s directory.SearchRequest, cursors *directory.Cursors, to directory.Sink) directory.Result {
	if !r.Controls.Notification {
		return d.fake.Search(ctx, r, s, cursors, to)
	}
	time.Sleep(100 * time.Millisecond) // virtual
	d.order <- "watching"
	to.(directory.WatchingSink).Watching()
	<-ctx.Done()
	return directory.Result{Code: directory.Unavailable}
}

func (d drowsy) Delete(ctx context.Context, r directory.Request, dn string) directory.Result {
	d.order <- "delete"
	return d.fake.Delete(ctx, r, dn)
}

func TestNoRequestOvertakesASearchThatIsAboutToWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := drowsy{newFake(), make(chan string, 2)}
		c := start(t, dir.fake, func(cfg *adwire.Config) { cfg.Directory = dir }).raw()
		send(t, c, searchMessage(1, alice, rawControl("1.2.840.113556.1.4.528", true, nil)))
		send(t, c, deleteMessage(2, bob, nil))
		began := time.Now()
		assert.Equal(t, "watching", <-dir.order)
		assert.Equal(t, "delete", <-dir.order)
		assert.Less(t, time.Since(began), 200*time.Millisecond, "virtual: it waits no longer than for that")
		_, r := answer(t, c, 2)
		assert.Zero(t, r.Code)
	})
}

package relaytest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/writeback/relay"
)

// A World is two sides of one relay, as a portal and an agent's server are, and
// a way to cut the connection and bring it back.
type World struct {
	Cloud, Premises relay.Relay
	Break, Mend     func()
}

// Run runs the suite. open gives a fresh world for each test.
func Run(t *testing.T, open func(t *testing.T) World) {
	for name, test := range map[string]func(*testing.T, World){
		"a request gets the listener's answer":                   answers,
		"a request with no listener is told so at once":          nobody,
		"a listener that has closed gets nothing more":           closed,
		"each request goes to exactly one member of a group":     group,
		"several members share the work":                         shares,
		"a published frame reaches every lone listener":          published,
		"subjects do not leak into each other":                   apart,
		"an answer that never comes ends with the context":       silent,
		"a slow answer does not hold up the others":              slow,
		"frames are octets, empty and large ones included":       octets,
		"a handler may ask on its own":                           nested,
		"whatever words make the subject, it is one subject":     words,
		"a broken relay says it is down, tells, and comes back":  broken,
		"a context that has ended sends nothing":                 ended,
		"a handler's context ends when its subscription is over": handlerContext,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func short(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func listen(t *testing.T, r relay.Relay, subject, group string, h relay.Handler) relay.Subscription {
	t.Helper()
	s, err := r.Listen(subject, group, h)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

func echo(prefix string) relay.Handler {
	return func(_ context.Context, b []byte) []byte { return append([]byte(prefix), b...) }
}

func answers(t *testing.T, w World) {
	listen(t, w.Premises, "domain.corp", "agents", echo("got "))
	answer, err := w.Cloud.Request(short(t), "domain.corp", []byte("this"))
	require.NoError(t, err)
	assert.Equal(t, "got this", string(answer))
}

func nobody(t *testing.T, w World) {
	_, err := w.Cloud.Request(short(t), "domain.corp", []byte("x"))
	assert.ErrorIs(t, err, relay.ErrNobody)
}

func closed(t *testing.T, w World) {
	s := listen(t, w.Premises, "domain.corp", "agents", echo(""))
	s.Close()
	_, err := w.Cloud.Request(short(t), "domain.corp", []byte("x"))
	assert.ErrorIs(t, err, relay.ErrNobody)
}

func group(t *testing.T, w World) {
	var handled atomic.Int64
	for range 3 {
		listen(t, w.Premises, "domain.corp", "agents", func(context.Context, []byte) []byte {
			handled.Add(1)
			return []byte("done")
		})
	}
	for range 20 {
		_, err := w.Cloud.Request(short(t), "domain.corp", []byte("x"))
		require.NoError(t, err)
	}
	assert.EqualValues(t, 20, handled.Load())
}

func shares(t *testing.T, w World) {
	seen := map[string]int{}
	for i := range 3 {
		listen(t, w.Premises, "domain.corp", "agents", echo(fmt.Sprint("agent ", i)))
	}
	for range 60 {
		answer, err := w.Cloud.Request(short(t), "domain.corp", nil)
		require.NoError(t, err)
		seen[string(answer)]++
	}
	assert.Len(t, seen, 3, "60 requests and not one for some member")
}

func published(t *testing.T, w World) {
	var got sync.WaitGroup
	got.Add(3)
	for _, r := range []relay.Relay{w.Cloud, w.Premises, w.Premises} {
		listen(t, r, "announce", "", func(context.Context, []byte) []byte { got.Done(); return nil })
	}
	require.NoError(t, w.Premises.Publish(short(t), "announce", []byte("hello")))
	got.Wait()
}

func apart(t *testing.T, w World) {
	listen(t, w.Premises, "domain.corp.connect-sync", "agents", echo("connect "))
	listen(t, w.Premises, "domain.corp.cloud-sync", "agents", echo("cloud "))
	answer, err := w.Cloud.Request(short(t), "domain.corp.cloud-sync", []byte("x"))
	require.NoError(t, err)
	assert.Equal(t, "cloud x", string(answer))
	_, err = w.Cloud.Request(short(t), "domain.corp", []byte("x"))
	assert.ErrorIs(t, err, relay.ErrNobody)
}

func silent(t *testing.T, w World) {
	arrived := make(chan struct{})
	listen(t, w.Premises, "domain.corp", "agents", func(context.Context, []byte) []byte {
		close(arrived)
		return nil
	})
	ctx, cancel := context.WithCancel(short(t))
	go func() { <-arrived; cancel() }()
	_, err := w.Cloud.Request(ctx, "domain.corp", []byte("x"))
	assert.ErrorIs(t, err, context.Canceled)
}

func slow(t *testing.T, w World) {
	release := make(chan struct{})
	listen(t, w.Premises, "domain.corp", "agents", func(_ context.Context, b []byte) []byte {
		if string(b) == "slow" {
			<-release
		}
		return b
	})
	late := make(chan error, 1)
	go func() {
		_, err := w.Cloud.Request(short(t), "domain.corp", []byte("slow"))
		late <- err
	}()
	_, err := w.Cloud.Request(short(t), "domain.corp", []byte("quick"))
	require.NoError(t, err)
	close(release)
	assert.NoError(t, <-late)
}

func octets(t *testing.T, w World) {
	listen(t, w.Premises, "domain.corp", "agents", echo(""))
	large := make([]byte, 100_000)
	for i := range large {
		large[i] = byte(i * 7)
	}
	answer, err := w.Cloud.Request(short(t), "domain.corp", large)
	require.NoError(t, err)
	assert.Equal(t, large, answer)
	answer, err = w.Cloud.Request(short(t), "domain.corp", nil)
	require.NoError(t, err)
	assert.Empty(t, answer)
}

func nested(t *testing.T, w World) {
	listen(t, w.Cloud, "cloud.time", "cloud", echo("noon"))
	listen(t, w.Premises, "domain.corp", "agents", func(ctx context.Context, _ []byte) []byte {
		answer, err := w.Premises.Request(ctx, "cloud.time", nil)
		if err != nil {
			return []byte(err.Error())
		}
		return answer
	})
	answer, err := w.Cloud.Request(short(t), "domain.corp", nil)
	require.NoError(t, err)
	assert.Equal(t, "noon", string(answer))
}

func words(t *testing.T, w World) {
	subject := "domain." + relay.Word("corp.northlight.example *>") + ".x"
	listen(t, w.Premises, subject, "agents", echo("got "))
	answer, err := w.Cloud.Request(short(t), subject, []byte("x"))
	require.NoError(t, err)
	assert.Equal(t, "got x", string(answer))
	_, err = w.Cloud.Request(short(t), "domain."+relay.Word("corp")+".x", nil)
	assert.ErrorIs(t, err, relay.ErrNobody)
}

func broken(t *testing.T, w World) {
	listen(t, w.Premises, "domain.corp", "agents", echo("got "))
	ups := make(chan bool, 8)
	s := w.Cloud.Watch(func(up bool, cause error) {
		if !up {
			assert.Error(t, cause)
		}
		ups <- up
	})
	defer s.Close()
	w.Break()
	assert.False(t, <-ups)
	_, err := w.Cloud.Request(short(t), "domain.corp", []byte("x"))
	assert.ErrorIs(t, err, relay.ErrDown)
	assert.ErrorIs(t, w.Cloud.Publish(short(t), "domain.corp", []byte("x")), relay.ErrDown)
	w.Mend()
	assert.True(t, <-ups)
	// The other side may need a moment longer to come back.
	for ctx := short(t); ; {
		answer, err := w.Cloud.Request(ctx, "domain.corp", []byte("x"))
		if err == nil {
			assert.Equal(t, "got x", string(answer))
			return
		}
		require.NoError(t, ctx.Err())
		time.Sleep(time.Millisecond)
	}
}

func ended(t *testing.T, w World) {
	var handled atomic.Bool
	listen(t, w.Premises, "domain.corp", "agents", func(context.Context, []byte) []byte { handled.Store(true); return nil })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := w.Cloud.Request(ctx, "domain.corp", []byte("x"))
	assert.ErrorIs(t, err, context.Canceled)
	assert.False(t, handled.Load())
}

func handlerContext(t *testing.T, w World) {
	running, stopped := make(chan struct{}), make(chan struct{})
	s := listen(t, w.Premises, "domain.corp", "agents", func(ctx context.Context, _ []byte) []byte {
		close(running)
		<-ctx.Done()
		close(stopped)
		return nil
	})
	ctx, cancel := context.WithCancel(short(t))
	done := make(chan struct{})
	go func() { defer close(done); _, _ = w.Cloud.Request(ctx, "domain.corp", nil) }()
	<-running
	s.Close()
	<-stopped
	cancel()
	<-done
}

package device_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/device"
	"github.com/ssprlab/ssprlab/internal/memnet"
)

// A teller talks SMTP line by line.
type teller struct {
	conn net.Conn
	in   *bufio.Reader
}

// say sends a line and returns the last line of the answer.
func (s teller) say(t *testing.T, line string) string {
	t.Helper()
	if line != "" {
		_, err := io.WriteString(s.conn, line+"\r\n")
		require.NoError(t, err)
	}
	for {
		answer, err := s.in.ReadString('\n')
		if err != nil {
			return err.Error()
		}
		if len(answer) > 3 && answer[3] == ' ' {
			return strings.TrimSpace(answer)
		}
	}
}

// withSink runs f with a sink that serves in virtual time.
func withSink(t *testing.T, f func(t *testing.T, sink *device.Sink, box *device.Mailbox, dial func() teller)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network, box := memnet.New(), device.NewMailbox(atNoon, 0)
		l, err := network.Listen(t.Context(), "tcp", "mail.example:25")
		require.NoError(t, err)
		sink := device.NewSink(box, slog.New(slog.DiscardHandler))
		served := make(chan error, 1)
		go func() { served <- sink.Serve(l) }()
		synctest.Wait()
		f(t, sink, box, func() teller {
			conn, err := network.DialContext(t.Context(), "tcp", "mail.example:25")
			require.NoError(t, err)
			s := teller{conn, bufio.NewReader(conn)}
			require.Contains(t, s.say(t, ""), "220")
			require.Contains(t, s.say(t, "EHLO x"), "250")
			return s
		})
		require.NoError(t, <-served)
	})
}

func TestStoppingLetsADeliveryEnd(t *testing.T) {
	withSink(t, func(t *testing.T, sink *device.Sink, box *device.Mailbox, dial func() teller) {
		busy, idle := dial(), dial()
		require.Contains(t, busy.say(t, "MAIL FROM:<a@b.example>"), "250")
		require.Contains(t, busy.say(t, "RCPT TO:<c@d.example>"), "250")
		require.Contains(t, busy.say(t, "DATA"), "354")
		stopped := make(chan error, 1)
		go func() { stopped <- sink.Shutdown(t.Context()) }()
		synctest.Wait()
		assert.Contains(t, idle.say(t, "MAIL FROM:<a@b.example>"), "421", "nothing new begins")

		start := time.Now()
		assert.Contains(t, busy.say(t, "\r\nhello\r\n."), "250", "but what has begun is answered")
		require.NoError(t, <-stopped)
		assert.Zero(t, time.Since(start), "and then nobody waits")
		assert.Len(t, box.List("c@d.example", 0), 1)
		assert.Equal(t, "EOF", idle.say(t, ""))
	})
}

func TestStoppingDoesNotWaitForSilence(t *testing.T) {
	for name, stop := range map[string]struct {
		how   func(*device.Sink) error
		takes time.Duration
	}{
		"shutting down": {func(s *device.Sink) error { return s.Shutdown(context.Background()) }, 2 * time.Second},
		"closing":       {func(s *device.Sink) error { return s.Close() }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			withSink(t, func(t *testing.T, sink *device.Sink, box *device.Mailbox, dial func() teller) {
				silent := dial()
				require.Contains(t, silent.say(t, "MAIL FROM:<a@b.example>"), "250")
				start := time.Now()
				require.NoError(t, stop.how(sink))
				assert.Equal(t, stop.takes, time.Since(start))
				require.NoError(t, sink.Close(), "stopping twice is no error")
				assert.Empty(t, box.List("", 0))
				_ = silent.conn.Close()
			})
		})
	}
}

func TestAListenerThatComesTooLateIsClosed(t *testing.T) {
	sink := device.NewSink(device.NewMailbox(atNoon, 0), slog.New(slog.DiscardHandler))
	require.NoError(t, sink.Close())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, sink.Serve(l))
	_, err = net.Dial("tcp", l.Addr().String())
	require.Error(t, err)
}

func TestAListenerThatFailsIsReported(t *testing.T) {
	sink := device.NewSink(device.NewMailbox(atNoon, 0), slog.New(slog.DiscardHandler))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	require.ErrorContains(t, sink.Serve(l), "serving SMTP on 127.0.0.1:")
	require.NoError(t, sink.Close())
}

package memnet_test

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/nettest"

	"github.com/ssprlab/ssprlab/internal/memnet"
)

// dialled returns two connected ends through a listener.
func dialled(t testing.TB, network memnet.Network) (client, server net.Conn) {
	t.Helper()
	l, err := network.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	accepted := make(chan net.Conn, 1)
	go func() {
		c, err := l.Accept()
		assert.NoError(t, err)
		accepted <- c
	}()
	client, err = network.DialContext(t.Context(), "tcp", l.Addr().String())
	require.NoError(t, err)
	server = <-accepted
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

func TestConnConformsToPackageNet(t *testing.T) {
	for name, network := range map[string]memnet.Network{"memory": memnet.New(), "real": memnet.Real()} {
		t.Run(name, func(t *testing.T) {
			nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
				c1, c2 = dialled(t, network)
				return c1, c2, func() { c1.Close(); c2.Close() }, nil
			})
		})
	}
}

func TestBothEndsMayWriteBeforeTheyRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := dialled(t, memnet.New())
		for _, c := range []net.Conn{a, b} {
			n, err := c.Write(make([]byte, 100<<10))
			require.NoError(t, err)
			require.Equal(t, 100<<10, n)
		}
	})
}

func TestWriterWaitsForAReaderThatIsFarBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := dialled(t, memnet.New())
		require.NoError(t, a.SetWriteDeadline(time.Now().Add(time.Minute)))
		start := time.Now()
		n, err := a.Write(make([]byte, 1<<20))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		assert.Equal(t, time.Minute, time.Since(start))
		assert.Positive(t, n)
		got, err := io.ReadAll(io.LimitReader(b, int64(n)))
		require.NoError(t, err)
		assert.Len(t, got, n)
	})
}

func TestHowAConnectionEnds(t *testing.T) {
	for name, tc := range map[string]struct {
		end   func(c *memnet.Conn)
		read  error // what the peer reads after "bye" was written before the end
		first string
		write error // what the peer's write answers
	}{
		"close lets the peer read the rest": {
			end:   func(c *memnet.Conn) { _ = c.Close() },
			first: "bye", read: io.EOF, write: syscall.EPIPE,
		},
		"half close leaves the other direction open": {
			end:   func(c *memnet.Conn) { _ = c.CloseWrite() },
			first: "bye", read: io.EOF,
		},
		"reset discards the rest": {
			end:  func(c *memnet.Conn) { _ = c.SetLinger(0); _ = c.Close() },
			read: syscall.ECONNRESET, write: syscall.ECONNRESET,
		},
		"closing the reading side refuses the peer's writes": {
			end:   func(c *memnet.Conn) { _ = c.CloseRead(); _ = c.CloseWrite() },
			first: "bye", read: io.EOF, write: syscall.EPIPE,
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := dialled(t, memnet.New())
			_, err := a.Write([]byte("bye"))
			require.NoError(t, err)
			tc.end(a.(*memnet.Conn))

			got, err := io.ReadAll(b)
			assert.Equal(t, tc.first, string(got))
			if errors.Is(tc.read, io.EOF) {
				assert.NoError(t, err)
			} else {
				assert.ErrorIs(t, err, tc.read)
			}
			_, err = b.Write([]byte("x"))
			if tc.write == nil {
				assert.NoError(t, err)
			} else {
				assert.ErrorIs(t, err, tc.write)
			}
		})
	}
}

func TestCloseWakesReaderAndWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := dialled(t, memnet.New())
		failed := make(chan error, 2)
		go func() { _, err := a.Read(make([]byte, 1)); failed <- err }()
		go func() { _, err := a.Write(make([]byte, 1<<20)); failed <- err }()
		synctest.Wait()
		require.NoError(t, a.Close())
		for range 2 {
			err := <-failed
			assert.ErrorIs(t, err, net.ErrClosed)
			var op *net.OpError
			assert.ErrorAs(t, err, &op)
		}
		assert.ErrorIs(t, a.Close(), net.ErrClosed)
		assert.ErrorIs(t, a.SetDeadline(time.Time{}), net.ErrClosed)
	})
}

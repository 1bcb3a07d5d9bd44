package memnet_test

import (
	"context"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/ssprlab/ssprlab/internal/memnet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestWhoIsReached(t *testing.T) {
	for name, tc := range map[string]struct {
		listen, dial string
		want         error
	}{
		"the same address":                      {listen: "127.0.0.1:389", dial: "127.0.0.1:389"},
		"localhost is an address":               {listen: "127.0.0.1:389", dial: "localhost:389"},
		"a name":                                {listen: "dc1.corp.example:636", dial: "dc1.corp.example:636"},
		"every name of an unspecified listener": {listen: ":636", dial: "dc1.corp.example:636"},
		"every address of 0.0.0.0":              {listen: "0.0.0.0:636", dial: "127.0.0.1:636"},
		"IPv6":                                  {listen: "[::1]:636", dial: "[::1]:636"},
		"not another port":                      {listen: "127.0.0.1:389", dial: "127.0.0.1:390", want: syscall.ECONNREFUSED},
		"not another name":                      {listen: "dc1.corp.example:636", dial: "dc2.corp.example:636", want: syscall.ECONNREFUSED},
	} {
		t.Run(name, func(t *testing.T) {
			m := memnet.New()
			l, err := m.Listen(t.Context(), "tcp", tc.listen)
			require.NoError(t, err)
			defer l.Close()
			c, err := m.DialContext(t.Context(), "tcp", tc.dial)
			if tc.want != nil {
				require.ErrorIs(t, err, tc.want)
				return
			}
			require.NoError(t, err)
			defer c.Close()
			peer, err := l.Accept()
			require.NoError(t, err)
			defer peer.Close()
			assert.Equal(t, c.LocalAddr(), peer.RemoteAddr())
			assert.Equal(t, c.RemoteAddr(), peer.LocalAddr())
		})
	}
}

func TestAddresses(t *testing.T) {
	m := memnet.New()
	a, err := m.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	b, err := m.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	assert.NotEqual(t, a.Addr().String(), b.Addr().String())
	assert.IsType(t, &net.TCPAddr{}, a.Addr())

	_, err = m.Listen(t.Context(), "tcp", a.Addr().String())
	require.ErrorIs(t, err, syscall.EADDRINUSE)
	require.NoError(t, a.Close())
	again, err := m.Listen(t.Context(), "tcp", a.Addr().String())
	require.NoError(t, err, "a closed listener frees its address")
	require.NoError(t, again.Close())
	require.NoError(t, b.Close())

	_, err = m.Listen(t.Context(), "udp", "127.0.0.1:0")
	require.ErrorContains(t, err, "unknown network udp")
	_, err = m.Listen(t.Context(), "tcp", "127.0.0.1:ldap")
	require.ErrorContains(t, err, "want a number from 0 to 65535")
}

func TestTwoNetworksDoNotSeeEachOther(t *testing.T) {
	l, err := memnet.New().Listen(t.Context(), "tcp", "127.0.0.1:389")
	require.NoError(t, err)
	defer l.Close()
	_, err = memnet.New().DialContext(t.Context(), "tcp", "127.0.0.1:389")
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
}

func TestClosedListenerResetsWhoWaits(t *testing.T) {
	m := memnet.New()
	l, err := m.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	c, err := m.DialContext(t.Context(), "tcp", l.Addr().String())
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, l.Close())
	require.ErrorIs(t, l.Close(), net.ErrClosed)
	_, err = l.Accept()
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = c.Read(make([]byte, 1))
	require.ErrorIs(t, err, syscall.ECONNRESET)
}

func TestDiallingAFullBacklogEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memnet.New()
		l, err := m.Listen(t.Context(), "tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer l.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		for {
			c, err := m.DialContext(ctx, "tcp", l.Addr().String())
			if err != nil {
				require.ErrorIs(t, err, context.DeadlineExceeded)
				return
			}
			defer c.Close()
		}
	})
}

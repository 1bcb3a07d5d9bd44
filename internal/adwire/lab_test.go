package adwire_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/ssprlab/ssprlab/internal/adwire"
	"github.com/ssprlab/ssprlab/internal/adwire/ber"
	"github.com/ssprlab/ssprlab/internal/adwire/rawclient"
	"github.com/ssprlab/ssprlab/internal/memnet"
	"github.com/ssprlab/ssprlab/internal/memnet/tlstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The listeners of a lab.
const (
	ldapAddr   = "dc1.corp.example:389"
	ldapsAddr  = "dc1.corp.example:636"
	globalAddr = "dc1.corp.example:3268"
)

// A lab is one server in front of a fake, on a network in memory.
type lab struct {
	t      testing.TB
	dir    *fake
	server *adwire.Server
	net    *memnet.Memory
	roots  *x509.CertPool
	cert   tls.Certificate
	// panics is how many the test expects; anything else fails it.
	panics int64
}

// start serves until the end of the test. change may alter the configuration.
func start(t testing.TB, dir *fake, change ...func(*adwire.Config)) *lab {
	t.Helper()
	l := &lab{t: t, dir: dir, net: memnet.New()}
	l.cert, l.roots = tlstest.Identity(t, "dc1.corp.example")
	cfg := adwire.Config{
		Directory: dir,
		TLS:       &tls.Config{Certificates: []tls.Certificate{l.cert}, ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: l.roots},
		Logger:    slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
	for _, f := range change {
		f(&cfg)
	}
	l.server = adwire.New(cfg)
	for addr, opt := range map[string]adwire.Options{ldapAddr: {}, ldapsAddr: {TLS: true}, globalAddr: {GlobalCatalog: true}} {
		lis, err := l.net.Listen(t.Context(), "tcp", addr)
		require.NoError(t, err)
		go func() { assert.NoError(t, l.server.Serve(context.Background(), lis, opt)) }()
	}
	t.Cleanup(func() {
		assert.NoError(t, l.server.Close())
		assert.Equal(t, l.panics, l.server.Stats().Panics, "recovered panics")
		assert.Zero(t, l.server.Stats().Connections)
	})
	return l
}

func (l *lab) clientTLS() *tls.Config {
	return &tls.Config{RootCAs: l.roots, ServerName: "dc1.corp.example"}
}

// dial connects to addr in clear.
func (l *lab) dial(addr string) net.Conn {
	l.t.Helper()
	c, err := l.net.DialContext(l.t.Context(), "tcp", addr)
	require.NoError(l.t, err)
	l.t.Cleanup(func() { c.Close() })
	return c
}

// raw returns a client that sends octets.
func (l *lab) raw() *rawclient.Client {
	l.t.Helper()
	return rawclient.New(l.dial(ldapAddr))
}

// ldap returns a go-ldap client on port 389.
func (l *lab) ldap() *ldap.Conn {
	l.t.Helper()
	return client(l.t, l.dial(ldapAddr), false)
}

// ldaps returns a go-ldap client on port 636.
func (l *lab) ldaps() *ldap.Conn {
	l.t.Helper()
	return client(l.t, tls.Client(l.dial(ldapsAddr), l.clientTLS()), true)
}

func client(t testing.TB, c net.Conn, secure bool) *ldap.Conn {
	t.Helper()
	lc := ldap.NewConn(c, secure)
	lc.Start()
	t.Cleanup(func() { lc.Close() })
	return lc
}

// bound returns a go-ldap client on port 389, bound as alice.
func (l *lab) bound() *ldap.Conn {
	l.t.Helper()
	c := l.ldap()
	require.NoError(l.t, c.Bind(alice, password))
	return c
}

// search builds the base search of dn.
func search(dn string) *ldap.SearchRequest {
	return ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, false, "(objectClass=*)", nil, nil)
}

// The requests of raw tests.

func bindMessage(id int, version int, name, password string) []byte {
	return rawclient.Append(nil, id, 0x60, nil, func(b []byte) []byte {
		b = ber.AppendInt(b, ber.Integer, version)
		b = ber.AppendString(b, ber.OctetString, name)
		return ber.AppendString(b, 0x80, password)
	})
}

func searchMessage(id int, base string, controls func([]byte) []byte) []byte {
	return rawclient.Append(nil, id, 0x63, controls, searchBody(base, func(b []byte) []byte {
		return ber.AppendString(b, 0x87, "objectClass")
	}))
}

func searchBody(base string, filter func([]byte) []byte) func([]byte) []byte {
	return func(b []byte) []byte {
		b = ber.AppendString(b, ber.OctetString, base)
		b = ber.AppendInt(b, ber.Enumerated, 0)
		b = ber.AppendInt(b, ber.Enumerated, 0)
		b = ber.AppendInt(b, ber.Integer, 0)
		b = ber.AppendInt(b, ber.Integer, 0)
		b = ber.AppendBool(b, ber.Boolean, false)
		b = filter(b)
		b, list := ber.Open(b, ber.Sequence)
		return ber.Close(b, list)
	}
}

func deleteMessage(id int, dn string, controls func([]byte) []byte) []byte {
	m := rawclient.Append(nil, id, 0x4a, controls, func(b []byte) []byte { return append(b, dn...) })
	return m
}

func abandonMessage(id, what int) []byte {
	return rawclient.Append(nil, id, 0x50, nil, func(b []byte) []byte {
		v := ber.AppendInt(nil, ber.Integer, what)
		return append(b, v[2:]...)
	})
}

func extendedMessage(id int, oid string) []byte {
	return rawclient.Append(nil, id, 0x77, nil, func(b []byte) []byte { return ber.AppendString(b, 0x80, oid) })
}

// unbind is a message that the server must take to mean goodbye.
var unbind = []byte{0x30, 0x05, 0x02, 0x01, 0x7f, 0x42, 0x00}

// rawControl returns the writer of one control; a nil value is not sent.
func rawControl(oid string, critical bool, value []byte) func([]byte) []byte {
	return func(b []byte) []byte {
		b, at := ber.Open(b, ber.Sequence)
		b = ber.AppendString(b, ber.OctetString, oid)
		if critical {
			b = ber.AppendBool(b, ber.Boolean, true)
		}
		if value != nil {
			b = ber.AppendString(b, ber.OctetString, value)
		}
		return ber.Close(b, at)
	}
}

// answer receives the result of message id, and nothing else.
func answer(t testing.TB, c *rawclient.Client, id int) (tag byte, r rawclient.Result) {
	t.Helper()
	for {
		m, err := c.Receive()
		require.NoError(t, err)
		require.Equal(t, id, m.ID)
		if m.Tag == 0x64 || m.Tag == 0x73 {
			continue
		}
		r, err := m.Result()
		require.NoError(t, err)
		return m.Tag, r
	}
}

// notice receives a notice of disconnection and the end of the connection.
func notice(t testing.TB, c *rawclient.Client) rawclient.Result {
	t.Helper()
	m, err := c.Receive()
	require.NoError(t, err)
	require.Zero(t, m.ID)
	require.Equal(t, byte(0x78), m.Tag)
	require.True(t, bytes.Contains(m.Body, []byte("1.3.6.1.4.1.1466.20036")))
	r, err := m.Result()
	require.NoError(t, err)
	_, err = c.Receive()
	require.Error(t, err, "the connection ends after the notice")
	return r
}

func send(t testing.TB, c *rawclient.Client, octets ...[]byte) {
	t.Helper()
	require.NoError(t, c.Send(bytes.Join(octets, nil)))
}

func withClock(now time.Time) func(*adwire.Config) {
	return func(c *adwire.Config) { c.Now = func() time.Time { return now } }
}

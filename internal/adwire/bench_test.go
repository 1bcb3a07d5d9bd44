package adwire_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/adwire"
	"github.com/ssprlab/ssprlab/internal/adwire/rawclient"
	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/memnet/tlstest"
)

// quick is a directory that costs nothing, so that the connection layer shows.
type quick struct {
	directory.Server
	entry directory.Entry
}

func (quick) Limits() directory.Limits { return directory.DefaultLimits() }
func (quick) Flavour() directory.Flavour {
	return directory.Flavour{Dialect: directory.Windows2022, Build: "4f7c"}
}

func (quick) Bind(_ context.Context, _ directory.Request, b directory.BindRequest) (directory.Caller, directory.Result) {
	return directory.NamedCaller(b.Name), directory.Result{}
}

func (q quick) Search(_ context.Context, _ directory.Request, _ directory.SearchRequest, _ *directory.Cursors, to directory.Sink) directory.Result {
	if err := to.Entry(q.entry); err != nil {
		return directory.Result{Code: directory.Other}
	}
	return directory.Result{}
}

func (quick) Modify(context.Context, directory.Request, directory.ModifyRequest) directory.Result {
	return directory.Result{}
}

// small is a quick directory with one entry of ten attributes.
func small() directory.Server {
	entry := directory.Entry{DN: alice}
	for _, name := range []string{"cn", "sn", "givenName", "displayName", "sAMAccountName", "userPrincipalName", "mail", "objectSid", "whenCreated", "userAccountControl"} {
		entry.Attributes = append(entry.Attributes, directory.Attribute{Name: name, Values: [][]byte{[]byte("value of " + name)}})
	}
	return quick{entry: entry}
}

// serve opens real sockets, since system calls are most of the cost.
func serve(b *testing.B, dir directory.Server) (plain, secure func(context.Context) (net.Conn, error)) {
	b.Helper()
	cert, roots := tlstest.Identity(b, "dc1.corp.example")
	server := adwire.New(adwire.Config{Directory: dir, TLS: &tls.Config{Certificates: []tls.Certificate{cert}}})
	b.Cleanup(func() { server.Close() })
	listen := func(opt adwire.Options) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(b, err)
		go func() { _ = server.Serve(context.Background(), l, opt) }()
		return l.Addr().String()
	}
	return dialer(listen(adwire.Options{}), nil), dialer(listen(adwire.Options{TLS: true}), roots)
}

func dialer(addr string, roots *x509.CertPool) func(context.Context) (net.Conn, error) {
	return func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		c, err := d.DialContext(ctx, "tcp", addr)
		if err != nil || roots == nil {
			return c, err
		}
		return tls.Client(c, &tls.Config{RootCAs: roots, ServerName: "dc1.corp.example"}), nil
	}
}

// BenchmarkServer measures the connection layer alone, over loopback TCP with a
// client that only frames replies.
func BenchmarkServer(b *testing.B) {
	plain, secure := serve(b, small())
	measure(b, plain, secure, alice, "cn=bob")
}

// BenchmarkDirectory measures the same work with the whole directory behind it.
func BenchmarkDirectory(b *testing.B) {
	forest, err := directory.NewForest(directory.ForestConfig{
		Now: time.Now(), Rand: rand.NewChaCha8([32]byte{1}),
		Domains: []directory.DomainConfig{{DNSName: "corp.northlight.example", NetBIOS: "NORTHLIGHT", Password: password}},
	})
	require.NoError(b, err)
	plain, secure := serve(b, forest.Domains()[0].DCs()[0])
	measure(b, plain, secure, "CN=Administrator,"+staff, "CN=Administrator,"+staff)
}

// measure binds as who, then binds, reads and resets the password of whom.
func measure(b *testing.B, plain, secure func(context.Context) (net.Conn, error), who, whom string) {
	b.Helper()
	expect := func(r rawclient.Result, err error) error {
		if err == nil && r.Code != 0 {
			err = fmt.Errorf("result %d: %s", r.Code, r.Diagnostic)
		}
		return err
	}
	bind := func(c *rawclient.Client) error { return expect(c.Bind(who, password)) }
	for _, bm := range []struct {
		name string
		dial func(context.Context) (net.Conn, error)
		work func(c *rawclient.Client, conn, i int) error
	}{
		{"bind", plain, func(c *rawclient.Client, _, _ int) error { return bind(c) }},
		{"base search", plain, func(c *rawclient.Client, _, _ int) error { return expect(c.BaseSearch(whom)) }},
		{"equality search", plain, func(c *rawclient.Client, _, _ int) error {
			return expect(c.EqualitySearch(base, "sAMAccountName", "Administrator"))
		}},
		{"password over TLS", secure, func(c *rawclient.Client, _, _ int) error { return expect(c.SetPassword(whom, password, false)) }},
	} {
		for _, n := range []int{1, 64} {
			b.Run(fmt.Sprintf("%s/%d", bm.name, n), func(b *testing.B) {
				b.ReportAllocs()
				r, err := rawclient.Load{Connections: n, Dial: bm.dial, Prepare: bind, Work: bm.work}.Run(b.Context(), max(b.N, n))
				require.NoError(b, err)
				b.ReportMetric(r.PerSecond(), "ops/s")
				b.ReportMetric(float64(r.P99.Microseconds()), "p99-µs")
			})
		}
	}
}

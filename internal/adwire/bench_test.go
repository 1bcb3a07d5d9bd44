package adwire_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/adwire"
	"github.com/ssprlab/ssprlab/internal/adwire/rawclient"
	"github.com/ssprlab/ssprlab/internal/directory"
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

// serve opens real sockets, since system calls are most of the cost.
func serve(b *testing.B) (plain, secure func(context.Context) (net.Conn, error)) {
	cert, roots := identity(b, "dc1.corp.example")
	entry := directory.Entry{DN: alice}
	for _, name := range []string{"cn", "sn", "givenName", "displayName", "sAMAccountName", "userPrincipalName", "mail", "objectSid", "whenCreated", "userAccountControl"} {
		entry.Attributes = append(entry.Attributes, directory.Attribute{Name: name, Values: [][]byte{[]byte("value of " + name)}})
	}
	server := adwire.New(adwire.Config{Directory: quick{entry: entry}, TLS: &tls.Config{Certificates: []tls.Certificate{cert}}})
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

func BenchmarkServer(b *testing.B) {
	plain, secure := serve(b)
	prepare := func(c *rawclient.Client) error { _, err := c.Bind(alice, password); return err }
	for _, bm := range []struct {
		name string
		dial func(context.Context) (net.Conn, error)
		work func(c *rawclient.Client, conn, i int) error
	}{
		{"bind", plain, func(c *rawclient.Client, _, _ int) error { _, err := c.Bind(alice, password); return err }},
		{"search", plain, func(c *rawclient.Client, _, _ int) error { _, err := c.BaseSearch(alice); return err }},
		{"password over TLS", secure, func(c *rawclient.Client, _, _ int) error { _, err := c.SetPassword(alice, password, true); return err }},
	} {
		for _, n := range []int{1, 64} {
			b.Run(bm.name+"/"+map[int]string{1: "1", 64: "64"}[n], func(b *testing.B) {
				b.ReportAllocs()
				r, err := rawclient.Load{Connections: n, Dial: bm.dial, Prepare: prepare, Work: bm.work}.Run(b.Context(), max(b.N, n))
				require.NoError(b, err)
				b.ReportMetric(r.PerSecond(), "ops/s")
				b.ReportMetric(float64(r.P99.Microseconds()), "p99-µs")
			})
		}
	}
}

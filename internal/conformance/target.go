package conformance

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"syscall"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/ssprlab/ssprlab/internal/secret"
)

// A Target is the directory that exchanges are played against. The account must
// be an administrator of the domain: exchanges make users, change policies and
// restore them.
type Target struct {
	URL      string // ldaps://host[:port]
	PlainURL string // ldap://host[:port]; "" is port 389 of the same host
	GCURL    string // ldap://host[:port] of the global catalogue; "" is port 3268 of the same host
	GCSURL   string // ldaps://host[:port] of the global catalogue; "" is port 3269 of the same host
	BindDN   string // any form that a simple bind knows
	Password secret.Text
	CA       *x509.CertPool // nil: the system's
	Dialect  Dialect
	Version  Dialect // of Windows; "" leaves out what versions differ by
	BaseDN   string  // "" is the default naming context
	// LabMarker is the description of the head of an embedded domain: where it is
	// found, the differences that are known of the embedded directory are told
	// apart from others.
	LabMarker string

	// Dial replaces the network; over is "ldap", "ldaps", "gc" or "gcs". It
	// returns connections in clear: TLS is put on top.
	Dial func(ctx context.Context, over string) (net.Conn, error)
	// ServerName is the name in the certificate; "" is the host of the URL.
	ServerName string
	// Now is the directory's clock; nil is this machine's, set by the directory's
	// currentTime.
	Now func() time.Time
	// Advance lets time pass; nil waits in real time.
	Advance func(time.Duration)
	// Progress hears of each exchange before it is played; may be nil.
	Progress func(x *Exchange)
	// Age makes the password of an account that much older. With nil, its maximum
	// age is made shorter by a fine-grained policy, which Samba does not take: the
	// exchanges that need it are left out there.
	Age func(ctx context.Context, dn string, by time.Duration) error
	// Signing has the domain controller refuse passwords in clear
	// (LDAPServerIntegrity 2) or take them again; nil leaves out the exchanges that
	// need it.
	Signing func(ctx context.Context, required bool) error
	// Events takes what the domain controller wrote into its Security log since
	// the last call; nil leaves out the exchanges that look at it, because LDAP
	// does not show it.
	Events func(ctx context.Context) ([]Event, error)
}

func (t *Target) now() time.Time {
	if t.Now != nil {
		return t.Now()
	}
	return time.Now() //nolint:forbidigo // a directory elsewhere has no other clock
}

// speaks says whether what is expected of a dialect is expected of the target.
func (t *Target) speaks(d Dialect) bool { return d == "" || d == t.Dialect || d == t.Version }

// expected is the answer that the target should give.
func (t *Target) expected(x *Exchange) Answer {
	if a, own := x.Codes[t.Version]; own {
		return a
	}
	return x.Codes[t.Dialect]
}

// omits says why an exchange expects nothing of the target. What is expected of
// its version counts where all versions together have no answer.
func (t *Target) omits(x *Exchange) string {
	if _, own := x.Codes[t.Version]; own {
		return ""
	}
	return x.Omit[t.Dialect]
}

// ports are those of a domain controller (AD reference 1.1).
var ports = map[string]string{"ldap": "389", "ldaps": "636", "gc": "3268", "gcs": "3269"}

// address is where a kind of connection goes to.
func (t *Target) address(over string) (string, error) {
	own := map[string]string{"ldaps": t.URL, "ldap": t.PlainURL, "gc": t.GCURL, "gcs": t.GCSURL}[over]
	u, err := url.Parse(cmp.Or(own, t.URL))
	if err != nil || u.Hostname() == "" {
		return "", fmt.Errorf("reading the URL %q: it must be ldaps://host or ldaps://host:port", cmp.Or(own, t.URL))
	}
	port := ports[over]
	if own != "" && u.Port() != "" {
		port = u.Port()
	}
	return net.JoinHostPort(u.Hostname(), port), nil
}

func (t *Target) tls() (*tls.Config, error) {
	name := t.ServerName
	if name == "" {
		u, err := url.Parse(t.URL)
		if err != nil {
			return nil, fmt.Errorf("reading the URL %q: %w", t.URL, err)
		}
		name = u.Hostname()
	}
	return &tls.Config{RootCAs: t.CA, ServerName: name, MinVersion: tls.VersionTLS12}, nil
}

// errNotOffered says that a target has no such listener.
const errNotOffered omission = "it needs a global catalogue, and the target has none on that port"

// open makes a connection of a kind: ldap, starttls, ldaps, gc or gcs. The
// network connection comes with it for requests that go-ldap cannot write.
func (t *Target) open(ctx context.Context, over string) (net.Conn, error) {
	kind := over
	if over == "starttls" {
		kind = "ldap"
	}
	var conn net.Conn
	var err error
	if t.Dial != nil {
		conn, err = t.Dial(ctx, kind)
	} else {
		var address string
		if address, err = t.address(kind); err == nil {
			conn, err = (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", address)
		}
	}
	if errors.Is(err, syscall.ECONNREFUSED) && (over == "gc" || over == "gcs") {
		return nil, errNotOffered
	}
	if err != nil {
		return nil, fmt.Errorf("connecting over %s: %w", over, err)
	}
	if kind == "ldap" || kind == "gc" {
		return conn, nil
	}
	cfg, err := t.tls()
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	secured := tls.Client(conn, cfg)
	if err := secured.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("starting TLS over %s: %w", over, err), conn.Close())
	}
	return secured, nil
}

// client is a connection for go-ldap that nobody is bound on.
func (t *Target) client(ctx context.Context, over string) (*ldap.Conn, error) {
	conn, err := t.open(ctx, over)
	if err != nil {
		return nil, err
	}
	c := ldap.NewConn(conn, over == "ldaps" || over == "gcs")
	c.Start()
	c.SetTimeout(5 * time.Minute) // deleting a tree takes long
	if over != "starttls" {
		return c, nil
	}
	cfg, err := t.tls()
	if err == nil {
		err = c.StartTLS(cfg)
	}
	if err != nil {
		_ = c.Close()
		return nil, fmt.Errorf("starting TLS: %w", err)
	}
	return c, nil
}

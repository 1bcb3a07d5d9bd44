package transfer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/ssprlab/ssprlab/internal/ldif"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// dialTimeout bounds the way to a bound connection; answerTimeout one answer.
const (
	dialTimeout   = 10 * time.Second
	answerTimeout = 2 * time.Minute
)

// A Target names an LDAP server and who asks it.
type Target struct {
	URL      string // ldaps://host[:port]; ldap:// is upgraded by StartTLS
	BindName string
	Password secret.Text
	CA       *x509.CertPool // nil: the system's
}

// Dial connects and binds, never in clear.
func Dial(ctx context.Context, t Target) (Remote, error) {
	u, err := url.Parse(t.URL)
	if err != nil || u.Hostname() == "" || u.Scheme != "ldap" && u.Scheme != "ldaps" {
		return Remote{}, fmt.Errorf("%q is no URL of a directory: write ldaps://host or ldaps://host:port", t.URL)
	}
	trust := &tls.Config{RootCAs: t.CA, ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
	conn, err := ldap.DialURL(t.URL, ldap.DialWithDialer(&net.Dialer{Timeout: dialTimeout}), ldap.DialWithTLSConfig(trust))
	if err != nil {
		return Remote{}, fmt.Errorf("connecting to %s: %w", t.URL, err)
	}
	conn.SetTimeout(answerTimeout)
	if u.Scheme == "ldap" {
		if err := conn.StartTLS(trust); err != nil {
			_ = conn.Close()
			return Remote{}, fmt.Errorf("starting TLS with %s: %w", t.URL, err)
		}
	}
	if err := conn.Bind(t.BindName, t.Password.Reveal()); err != nil {
		_ = conn.Close()
		return Remote{}, fmt.Errorf("binding as %s: %w", t.BindName, answer(err))
	}
	return Remote{Conn: conn}, ctx.Err()
}

// Close ends the connection.
func (d Remote) Close() error { return d.Conn.Close() }

// Head returns the name of the default naming context and what its head says
// of itself.
func Head(ctx context.Context, d Directory) (dn, description string, err error) {
	read := func(base, attribute string) (value string, err error) {
		err = d.Entries(ctx, Query{Base: base, BaseOnly: true, Attributes: []string{attribute}}, func(r ldif.Record) error {
			for _, a := range r.Attributes {
				if strings.EqualFold(a.Name, attribute) && len(a.Values) > 0 {
					value = string(a.Values[0])
				}
			}
			return nil
		})
		return value, err
	}
	if dn, err = read("", "defaultNamingContext"); err != nil {
		return "", "", fmt.Errorf("reading the root of the directory: %w", err)
	}
	if dn != "" {
		if description, err = read(dn, "description"); err != nil {
			return dn, "", fmt.Errorf("reading %s: %w", dn, err)
		}
	}
	return dn, description, nil
}

package device

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/ssprlab/ssprlab/internal/secret"
)

// An Identity is who a domain controller says somebody is.
type Identity struct {
	SAMAccountName    string
	UserPrincipalName string // "" when it could not be read
}

// A BindRefusal means that a domain controller answered and said no.
type BindRefusal struct{ SubCode string } // "52e", "775"; "" when it gave none

func (r *BindRefusal) Error() string {
	return "the domain controller refused the sign-in, data " + r.SubCode
}

// A Binder asks a domain controller whether a password is right. Error
// *BindRefusal when it says no; any other error means that none was reached.
type Binder interface {
	Bind(ctx context.Context, user string, password secret.Text) (Identity, error)
}

// An LDAPBinder asks by simple bind over TLS: ldaps://, or ldap:// with
// StartTLS. A password never travels in the clear. All fields are required but
// Timeout.
type LDAPBinder struct {
	URL     string
	Dial    func(ctx context.Context, network, addr string) (net.Conn, error)
	TLS     *tls.Config
	Timeout time.Duration // of each request, in real time; 0 means 10 s
}

var _ Binder = (*LDAPBinder)(nil)

// Bind implements Binder. user is a UPN or DOMAIN\name.
func (b *LDAPBinder) Bind(ctx context.Context, user string, password secret.Text) (Identity, error) {
	if password.Empty() {
		return Identity{}, &BindRefusal{SubCode: "52e"} // a bind without password is anonymous and would pass
	}
	conn, err := b.connect(ctx)
	if err != nil {
		return Identity{}, fmt.Errorf("reaching the domain controller %s: %w", b.URL, err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()

	if err := conn.Bind(user, password.Reveal()); err != nil {
		if code := subCode(err.Error()); ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials) && code != noLogonServers {
			return Identity{}, &BindRefusal{SubCode: code}
		}
		return Identity{}, fmt.Errorf("binding to the domain controller %s: %w", b.URL, err)
	}
	return identify(conn, user), nil
}

func (b *LDAPBinder) connect(ctx context.Context) (*ldap.Conn, error) {
	u, err := url.Parse(b.URL)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "ldap" && u.Scheme != "ldaps" {
		return nil, fmt.Errorf("scheme %q is neither ldap nor ldaps", u.Scheme)
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"ldap": "389", "ldaps": "636"}[u.Scheme]
	}
	timeout := b.Timeout
	if timeout <= 0 {
		timeout = 10 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	raw, err := b.Dial(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return nil, err
	}
	config := b.TLS.Clone()
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if config.ServerName == "" {
		config.ServerName = u.Hostname()
	}
	return open(ctx, raw, u.Scheme, config, timeout)
}

// open makes an LDAP connection of a raw one and protects it.
func open(ctx context.Context, raw net.Conn, scheme string, config *tls.Config, timeout time.Duration) (*ldap.Conn, error) {
	if scheme == "ldaps" {
		protected := tls.Client(raw, config)
		if err := protected.HandshakeContext(ctx); err != nil {
			_ = raw.Close()
			return nil, err
		}
		raw = protected
	}
	conn := ldap.NewConn(raw, scheme == "ldaps")
	conn.SetTimeout(timeout)
	conn.Start()
	if scheme == "ldap" {
		if err := conn.StartTLS(config); err != nil {
			_ = conn.Close()
			return nil, err
		}
	}
	return conn, nil
}

// noLogonServers is the sub-code of a read-only domain controller that would have
// to ask another and reaches none: as if there were no domain controller.
const noLogonServers = "51f"

var dataOf = regexp.MustCompile(`, data ([0-9a-fA-F]+),`)

// subCode reads the "data" of a diagnostic message:
// "… AcceptSecurityContext error, data 52e, v4563" (MS-ADTS 5.1.1.1.1).
func subCode(diagnostic string) string {
	if found := dataOf.FindStringSubmatch(diagnostic); found != nil {
		return strings.ToLower(found[1])
	}
	return ""
}

// identify asks who is bound, so that the cache knows one person under all of
// their names. What cannot be read is taken from the name as typed.
func identify(conn *ldap.Conn, typed string) Identity {
	id := named(typed)
	if who, err := conn.WhoAmI(nil); err == nil {
		if _, sam, ok := strings.Cut(who.AuthzID, `\`); ok {
			id.SAMAccountName = sam
		}
	}
	root, err := conn.Search(ldap.NewSearchRequest("", ldap.ScopeBaseObject, ldap.NeverDerefAliases, 1, 0, false,
		"(objectClass=*)", []string{"defaultNamingContext"}, nil))
	if err != nil || len(root.Entries) == 0 {
		return id
	}
	base := root.Entries[0].GetAttributeValue("defaultNamingContext")
	filter := "(sAMAccountName=" + ldap.EscapeFilter(id.SAMAccountName) + ")"
	if id.UserPrincipalName != "" {
		filter = "(|" + filter + "(userPrincipalName=" + ldap.EscapeFilter(id.UserPrincipalName) + "))"
	}
	found, err := conn.Search(ldap.NewSearchRequest(base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 2, 0, false,
		filter, []string{"sAMAccountName", "userPrincipalName"}, nil))
	if err != nil || len(found.Entries) != 1 {
		return id
	}
	if sam := found.Entries[0].GetAttributeValue("sAMAccountName"); sam != "" {
		id.SAMAccountName = sam
	}
	if upn := found.Entries[0].GetAttributeValue("userPrincipalName"); upn != "" {
		id.UserPrincipalName = upn
	}
	return id
}

// named reads a name as typed: UPN, DOMAIN\name or name.
func named(typed string) Identity {
	if _, sam, ok := strings.Cut(typed, `\`); ok {
		return Identity{SAMAccountName: sam}
	}
	if sam, _, ok := strings.Cut(typed, "@"); ok {
		return Identity{SAMAccountName: sam, UserPrincipalName: typed}
	}
	return Identity{SAMAccountName: typed}
}

// asRefusal returns the refusal in err, or nil when no domain controller
// answered.
func asRefusal(err error) *BindRefusal {
	if r, ok := errors.AsType[*BindRefusal](err); ok {
		return r
	}
	return nil
}

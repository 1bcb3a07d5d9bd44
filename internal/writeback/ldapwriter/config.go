package ldapwriter

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"sync"
	"time"

	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/writeback/agent"
)

// A Config says which directory is written and as whom.
type Config struct {
	// URLs are the domain controllers in the order in which they are tried:
	// ldaps://host[:port], or ldap://host[:port], which means StartTLS.
	URLs         []string
	BindName     string // DN or UPN of the connector account
	BindPassword secret.Text
	BaseDN       string         // where people are looked for; "" is the domain's head
	RootCAs      *x509.CertPool // that vouch for the controllers; nil: the system's
	// Clear leaves TLS out on ldap:// URLs. Windows then refuses every password
	// (hr 8023062C): for labs that show just that.
	Clear bool
	// AlwaysUnlock writes lockoutTime with each reset, even if the account shows
	// no lockout here. It helps where another controller may have locked it a
	// moment ago, and makes each reset need the right to write lockoutTime.
	AlwaysUnlock bool
	// ConnectLimits fails where Microsoft Entra Connect does though the directory
	// would not: organisational units with reserved characters, and a connector
	// account's password of more than 256 characters. For labs.
	ConnectLimits bool
	// Dial opens connections; nil: the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// DialTimeout bounds connecting and the TLS handshake (0: 5 s), BindTimeout
	// the bind and the reading of the root DSE (0: 5 s), OperationTimeout each
	// search and modify (0: 10 s). Real time.
	DialTimeout, BindTimeout, OperationTimeout time.Duration
	MaxIdle                                    int          // connections kept open between writes; 0: 4
	Logger                                     *slog.Logger // nil: none
}

// A Writer writes passwords. It is safe for concurrent use.
type Writer struct {
	cfg     Config
	servers []server

	mu      sync.Mutex
	healthy int // index of the server that answered last
	idle    []*session
	closed  bool
}

var _ agent.Writer = (*Writer)(nil)

// A server is one parsed URL.
type server struct {
	url, host, address string
	tls                bool // from the first octet
}

// New checks the configuration; it does not connect.
func New(cfg Config) (*Writer, error) {
	w := &Writer{cfg: cfg}
	for _, text := range cfg.URLs {
		s, err := parseServer(text)
		if err != nil {
			return nil, err
		}
		w.servers = append(w.servers, s)
	}
	switch {
	case len(w.servers) == 0:
		return nil, errors.New("configuring the directory: no URL given; name at least one, such as ldaps://dc1.corp.example")
	case cfg.BindName == "":
		return nil, errors.New("configuring the directory: the name of the connector account is missing; give its DN or user principal name")
	case cfg.BindPassword.Empty():
		return nil, errors.New("configuring the directory: the connector account's password is empty; a bind with an empty password is anonymous")
	}
	w.cfg.DialTimeout = orDefault(cfg.DialTimeout, 5*time.Second)
	w.cfg.BindTimeout = orDefault(cfg.BindTimeout, 5*time.Second)
	w.cfg.OperationTimeout = orDefault(cfg.OperationTimeout, 10*time.Second)
	if w.cfg.MaxIdle <= 0 {
		w.cfg.MaxIdle = 4
	}
	if w.cfg.Dial == nil {
		w.cfg.Dial = (&net.Dialer{}).DialContext
	}
	if w.cfg.Logger == nil {
		w.cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return w, nil
}

func parseServer(text string) (server, error) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.User != nil {
		return server{}, fmt.Errorf("configuring the directory: %q is not the URL of a server; write ldaps://host or ldaps://host:port", text)
	}
	port := u.Port()
	switch u.Scheme {
	case "ldaps":
		if port == "" {
			port = "636"
		}
	case "ldap":
		if port == "" {
			port = "389"
		}
	default:
		return server{}, fmt.Errorf("configuring the directory: scheme %q of %q is unknown; use ldaps, or ldap for StartTLS", u.Scheme, text)
	}
	address := net.JoinHostPort(u.Hostname(), port)
	return server{url: u.Scheme + "://" + address, host: u.Hostname(), address: address, tls: u.Scheme == "ldaps"}, nil
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return d
}

// Close closes the connections that are kept open.
func (w *Writer) Close() {
	w.mu.Lock()
	idle := w.idle
	w.idle, w.closed = nil, true
	w.mu.Unlock()
	for _, s := range idle {
		s.close()
	}
}

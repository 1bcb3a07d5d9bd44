package relay

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/ssprlab/ssprlab/internal/secret"
)

// EmbedConfig says how to open a relay of our own.
type EmbedConfig struct {
	Listen string      // host:port; port 0 picks one
	Token  secret.Text // what clients must show; see envelope.RelayToken. Empty lets everybody in
	TLS    *tls.Config // nil: clients speak in clear; frames are sealed all the same
}

// An Embedded is a NATS server in this process. It keeps nothing: no files, no
// streams, no other clusters.
type Embedded struct{ server *server.Server }

// Embed opens a relay and returns when it accepts connections. The error names
// the address and what to do.
func Embed(cfg EmbedConfig) (*Embedded, error) {
	host, portText, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("opening the relay on %q: %w; write HOST:PORT", cfg.Listen, err)
	}
	port, err := strconv.Atoi(portText)
	if err != nil || port < 0 || port > 65535 {
		return nil, fmt.Errorf("opening the relay on %q: port %q is not a number from 0 to 65535", cfg.Listen, portText)
	}
	if port == 0 {
		port = server.RANDOM_PORT
	}
	s, err := server.NewServer(&server.Options{
		ServerName: "ssprlab-relay", Host: host, Port: port,
		Authorization: cfg.Token.Reveal(), TLSConfig: cfg.TLS, TLS: cfg.TLS != nil, TLSTimeout: 5,
		NoLog: true, NoSigs: true, MaxPayload: 512 << 10, MaxControlLine: 4096,
		PingInterval: 30 * time.Second, LameDuckGracePeriod: time.Millisecond, LameDuckDuration: 2 * time.Millisecond,
	})
	if err != nil {
		return nil, fmt.Errorf("opening the relay on %s: %w", cfg.Listen, err)
	}
	// The server only logs a port in use, so ask first and tell it properly.
	if port != server.RANDOM_PORT {
		probe, err := net.Listen("tcp", cfg.Listen) //nolint:noctx // it is closed at once and waits for nobody
		if err != nil {
			return nil, fmt.Errorf("opening the relay: %w; choose another address with --relay-listen", err)
		}
		_ = probe.Close()
	}
	s.Start()
	if !s.ReadyForConnections(5 * time.Second) {
		s.Shutdown()
		return nil, fmt.Errorf("opening the relay on %s: %w", cfg.Listen, errors.New("it did not accept connections within 5 s"))
	}
	return &Embedded{s}, nil
}

// Addr is the address it listens on.
func (e *Embedded) Addr() string { return e.server.Addr().String() }

// URL is what agents dial.
func (e *Embedded) URL() string { return "nats://" + e.Addr() }

// Close disconnects everybody and waits until the listener is gone.
func (e *Embedded) Close() {
	e.server.Shutdown()
	e.server.WaitForShutdown()
}

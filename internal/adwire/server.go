package adwire

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ssprlab/ssprlab/internal/directory"
)

// A Config is what a [Server] needs.
type Config struct {
	Directory directory.Server
	// Now is the lab's clock; requests carry its time. nil is the real one.
	Now func() time.Time
	// TLS is used for LDAPS and StartTLS. Without it a domain controller has no
	// certificate: LDAPS connections are reset and StartTLS answers 52. Set
	// ClientAuth to VerifyClientCertIfGiven for SASL EXTERNAL.
	TLS *tls.Config
	// Logger hears of connections (debug), of what broke them (info) and of
	// mistakes of ours (error). nil is silence.
	Logger *slog.Logger
	// Fault, when set, is asked before each operation ("bind", "search", "modify",
	// "add", "delete", "modifyDN", "compare", "extended"; r.Caller is who sent it)
	// what shall go wrong with it. It is called from many goroutines.
	Fault func(operation string, r directory.Request) Fault
	// WriteTimeout ends a connection whose client does not read; 0 means 30 s.
	WriteTimeout time.Duration
	// HandshakeTimeout bounds a TLS handshake; 0 means 30 s.
	HandshakeTimeout time.Duration
}

// Options say what is spoken on one listener.
type Options struct {
	TLS           bool // from the first octet, as on ports 636 and 3269
	GlobalCatalog bool // as on ports 3268 and 3269
}

// Scheme is that of the URL of a listener: the global catalogue has none of its
// own.
func (o Options) Scheme() string {
	if o.TLS {
		return "ldaps"
	}
	return "ldap"
}

// Stats counts since [New]. Connections is the number now open.
type Stats struct {
	Connections int64
	Accepted    int64
	Operations  int64
	Malformed   int64 // messages that did not decode
	Dropped     int64 // connections closed by a limit or a time-out
	Panics      int64 // recovered; anything but 0 is a mistake of ours
}

// An ExternalBinder is a [directory.Server] that carries out SASL EXTERNAL: it
// finds the account of r.Channel.ClientCert, which was verified. authzID is what the
// client asked to be, usually "". Without this method EXTERNAL is refused.
type ExternalBinder interface {
	ExternalBind(ctx context.Context, r directory.Request, authzID string) (directory.Caller, directory.Result)
}

// A Cataloguer is a [directory.Server] that may cease to be a global catalogue
// server, and become one again. While it is none it takes no connections on the
// ports of one, and ends those that are there.
type Cataloguer interface {
	GlobalCatalog(now time.Time) bool
}

// A Server serves one directory on any number of listeners.
type Server struct {
	cfg     Config
	tls     atomic.Pointer[tls.Config]
	buffers sync.Pool

	mu        sync.Mutex
	stopping  bool
	listeners map[net.Listener]bool
	conns     map[*conn]bool
	running   sync.WaitGroup // Serve calls and connections

	accepted, operations, malformed, dropped, panics atomic.Int64
}

// New returns a server that does not listen yet.
func New(cfg Config) *Server {
	if cfg.Now == nil {
		cfg.Now = time.Now //nolint:forbidigo // the zero value works; a lab hands its clock in
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.WriteTimeout == 0 {
		cfg.WriteTimeout = 30 * time.Second
	}
	if cfg.HandshakeTimeout == 0 {
		cfg.HandshakeTimeout = 30 * time.Second
	}
	s := &Server{cfg: cfg, listeners: map[net.Listener]bool{}, conns: map[*conn]bool{}}
	s.tls.Store(cfg.TLS)
	s.buffers.New = func() any { return new(make([]byte, 0, 1<<10)) }
	return s
}

// SetTLS changes the certificate for connections to come; nil takes it away.
func (s *Server) SetTLS(cfg *tls.Config) { s.tls.Store(cfg) }

// Addrs returns the addresses that are being served, in no order.
func (s *Server) Addrs() []net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	addrs := make([]net.Addr, 0, len(s.listeners))
	for l := range s.listeners {
		addrs = append(addrs, l.Addr())
	}
	return addrs
}

// Stats returns the counters.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	open := len(s.conns)
	s.mu.Unlock()
	return Stats{
		Connections: int64(open), Accepted: s.accepted.Load(), Operations: s.operations.Load(),
		Malformed: s.malformed.Load(), Dropped: s.dropped.Load(), Panics: s.panics.Load(),
	}
}

// Serve accepts connections on l until the server stops or ctx ends, and closes l.
// Both ends return nil; an error means that l broke. The connections end with ctx,
// too. It may be called for several listeners at once.
func (s *Server) Serve(ctx context.Context, l net.Listener, opt Options) error {
	if !s.enter(l) {
		_ = l.Close()
		return nil
	}
	defer s.running.Done()
	defer s.leave(l)
	defer context.AfterFunc(ctx, func() { _ = l.Close() })()

	var pause time.Duration
	for {
		raw, err := l.Accept()
		switch {
		case err == nil:
			pause = 0
			if !s.serves(opt) {
				_ = raw.Close()
				continue
			}
			s.start(ctx, raw, opt)
		case ctx.Err() != nil || s.isStopping():
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("accepting LDAP connections on %s: %w", l.Addr(), err)
		default:
			// Out of file descriptors, or a peer that left: neither is the
			// listener's end. Wait a little longer each time, as net/http does.
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			s.cfg.Logger.Info("accepting an LDAP connection failed", "addr", l.Addr().String(), "err", err, "again", pause)
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
		}
	}
}

// serves reports whether requests on such a listener are answered at present.
func (s *Server) serves(opt Options) bool {
	c, may := s.cfg.Directory.(Cataloguer)
	return !opt.GlobalCatalog || !may || c.GlobalCatalog(s.cfg.Now())
}

func (s *Server) enter(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return false
	}
	s.listeners[l] = true
	s.running.Add(1)
	return true
}

func (s *Server) leave(l net.Listener) {
	s.mu.Lock()
	delete(s.listeners, l)
	s.mu.Unlock()
	_ = l.Close()
}

func (s *Server) isStopping() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopping
}

// start serves raw in a goroutine. Past MaxConnections the connection that has
// been idle longest makes room, since Windows drops another one, not the new one.
func (s *Server) start(ctx context.Context, raw net.Conn, opt Options) {
	c := newConn(ctx, s, raw, opt)
	s.mu.Lock()
	if s.stopping {
		s.mu.Unlock()
		_ = raw.Close()
		return
	}
	var victim *conn
	if limit := s.cfg.Directory.Limits().MaxConnections; limit > 0 && len(s.conns) >= limit {
		victim = s.idlest()
	}
	s.conns[c] = true
	s.running.Add(1)
	s.mu.Unlock()

	s.accepted.Add(1)
	if victim != nil {
		s.dropped.Add(1)
		s.cfg.Logger.Info("LDAP connection dropped for another one", "remote", victim.channel.RemoteAddr)
		victim.close()
	}
	go c.run()
}

// idlest returns the connection whose last request is longest ago. s.mu is held.
func (s *Server) idlest() *conn {
	var oldest *conn
	for c := range s.conns {
		if oldest == nil || c.lastRead.Load() < oldest.lastRead.Load() {
			oldest = c
		}
	}
	return oldest
}

// gone is called once by every connection that start began.
func (s *Server) gone(c *conn) {
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
	s.running.Done()
}

// Shutdown stops accepting, lets running operations finish, tells every client by a
// notice of disconnection (RFC 4511 4.4.1) and returns when all are gone. When ctx
// ends first, the rest is cut off and ctx's error returned.
func (s *Server) Shutdown(ctx context.Context) error {
	conns := s.stop()
	for _, c := range conns {
		c.drain()
	}
	done := make(chan struct{})
	go func() {
		s.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	for _, c := range conns {
		c.close()
	}
	<-done
	return fmt.Errorf("waiting for LDAP operations to finish: %w", ctx.Err())
}

// Close cuts every connection, cancels what runs on them and waits until all
// goroutines are gone.
func (s *Server) Close() error {
	for _, c := range s.stop() {
		c.close()
	}
	s.running.Wait()
	return nil
}

// stop closes the listeners and returns the connections that are open.
func (s *Server) stop() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopping = true
	for l := range s.listeners {
		_ = l.Close()
	}
	conns := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		conns = append(conns, c)
	}
	return conns
}

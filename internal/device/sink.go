package device

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Limits of the SMTP sink. They keep one hostile client from filling memory.
const (
	MaxMessageBytes = 1 << 20
	MaxRecipients   = 200
	maxSMTPLine     = 8000
	maxAddress      = 254 // RFC 5321 4.5.3.1.3, without the brackets
	smtpIdle        = 5 * time.Minute
	smtpGrace       = 2 * time.Second // for deliveries under way when the sink stops
)

// A Sink takes mail over SMTP for every address and puts it in a mailbox. It
// relays nothing.
type Sink struct {
	server *smtp.Server

	mu        sync.Mutex
	stopping  bool
	listeners []net.Listener
	conns     map[net.Conn]struct{}
	busy      int           // deliveries under way
	quiet     chan struct{} // closed when stopping and not busy
}

// NewSink returns a sink for the mailbox. log gets faults only, never mail.
func NewSink(box *Mailbox, log *slog.Logger) *Sink {
	sink := &Sink{conns: map[net.Conn]struct{}{}, quiet: make(chan struct{})}
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &delivery{sink: sink, box: box}, nil
	}))
	s.Domain = "mail.ssprlab.example"
	s.MaxMessageBytes, s.MaxRecipients, s.MaxLineLength = MaxMessageBytes, MaxRecipients, maxSMTPLine
	s.ReadTimeout, s.WriteTimeout = smtpIdle, smtpIdle
	s.EnableSMTPUTF8 = true
	s.ErrorLog = faults{log}
	sink.server = s
	return sink
}

// Serve takes mail from the listener until the sink is stopped, and then
// returns nil.
func (s *Sink) Serve(l net.Listener) error {
	s.mu.Lock()
	if s.stopping {
		s.mu.Unlock()
		return l.Close()
	}
	s.listeners = append(s.listeners, l)
	s.mu.Unlock()

	err := s.server.Serve(tracked{l, s})
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil || s.stopping {
		return nil
	}
	return fmt.Errorf("serving SMTP on %s: %w", l.Addr(), err)
}

// Shutdown stops listening, lets deliveries under way end, for two seconds at
// most or until ctx ends, and cuts all connections. A second call does nothing.
func (s *Sink) Shutdown(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, smtpGrace)
	defer cancel()
	return s.stop(ctx.Done())
}

// Close stops the sink at once.
func (s *Sink) Close() error {
	now := make(chan struct{})
	close(now)
	return s.stop(now)
}

// go-smtp's own ways to stop lose a listener that begins to serve a moment
// later, and wait for clients that say nothing; so connections are kept here.
func (s *Sink) stop(enough <-chan struct{}) error {
	s.mu.Lock()
	if s.stopping {
		s.mu.Unlock()
		return nil
	}
	s.stopping = true
	if s.busy == 0 {
		close(s.quiet)
	}
	listeners := s.listeners
	s.mu.Unlock()

	var first error
	for _, l := range listeners {
		if err := l.Close(); err != nil && first == nil && !errors.Is(err, net.ErrClosed) {
			first = fmt.Errorf("stopping SMTP: %w", err)
		}
	}
	select {
	case <-s.quiet:
	case <-enough:
	}
	s.mu.Lock()
	for conn := range s.conns {
		_ = conn.Close()
	}
	s.conns = map[net.Conn]struct{}{}
	s.mu.Unlock()
	_ = s.server.Shutdown(context.Background()) // all connections are cut: it only waits for their goroutines
	return first
}

// begin marks a delivery as under way, or refuses it when the sink stops.
func (s *Sink) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return false
	}
	s.busy++
	return true
}

func (s *Sink) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy--
	if s.stopping && s.busy == 0 {
		close(s.quiet)
	}
}

// tracked is a listener that lets the sink know its connections.
type tracked struct {
	net.Listener
	sink *Sink
}

func (t tracked) Accept() (net.Conn, error) {
	conn, err := t.Listener.Accept()
	if err != nil {
		return nil, err
	}
	t.sink.mu.Lock()
	defer t.sink.mu.Unlock()
	if t.sink.stopping {
		_ = conn.Close()
		return nil, net.ErrClosed
	}
	t.sink.conns[conn] = struct{}{}
	return trackedConn{conn, t.sink}, nil
}

type trackedConn struct {
	net.Conn
	sink *Sink
}

// Close is called by go-smtp; the sink itself closes the connection inside.
func (c trackedConn) Close() error {
	c.sink.mu.Lock()
	delete(c.sink.conns, c.Conn)
	c.sink.mu.Unlock()
	return c.Conn.Close()
}

package adwire

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ssprlab/ssprlab/internal/directory"
)

// grace is how long an operation may keep the reading goroutine to itself. Most are
// over long before. Requests that come one by one cost the same with a goroutine
// each; pipelined ones cost half without, since their answers leave in one write.
const grace = 500 * time.Microsecond

// A conn is one connection. At any moment one goroutine, the reader, takes
// requests off it and owns the unlocked fields.
//
// The reader performs an operation itself. If that lasts longer than grace, a
// timer starts a new reader and the operation goes on beside it; so a quick
// operation overtakes a slow one, and the common case costs no goroutine.
type conn struct {
	server *Server
	opt    Options
	ctx    context.Context // ends with the connection
	cancel context.CancelFunc
	asleep func() bool // stops ctx from waking the reader
	raw    net.Conn    // the plain connection
	net    net.Conn    // raw, or TLS over it
	in     frames
	out    outbox
	since  time.Time // when the request that is awaited began; zero while none has

	channel  directory.Channel
	caller   directory.Caller
	fastBind bool
	cursors  directory.Cursors

	lastRead atomic.Int64 // real time, Unix nanoseconds
	draining atomic.Bool
	ending   sync.Once

	slow    *time.Timer // fires when current has had its grace
	mu      sync.Mutex
	idle    sync.Cond // an operation has ended
	current *operation
	ops     []*operation
	queue   []*operation // what has to wait until one of ops has ended
}

func newConn(ctx context.Context, s *Server, raw net.Conn, opt Options) *conn {
	c := &conn{server: s, opt: opt, raw: raw, net: raw}
	c.ctx, c.cancel = context.WithCancel(ctx)
	c.in.fill = c.receive
	c.out.to, c.out.abort, c.out.timeout, c.out.buffers = raw, raw.Close, s.cfg.WriteTimeout, &s.buffers
	c.idle.L = &c.mu
	c.out.idle.L = &c.out.mu
	c.since = time.Now() //nolint:forbidigo // limits of a socket run on the machine's clock
	c.channel = directory.Channel{GlobalCatalog: opt.GlobalCatalog, URLScheme: "ldap", RemoteAddr: raw.RemoteAddr().String(), LocalAddr: raw.LocalAddr().String()}
	c.lastRead.Store(c.since.UnixNano())
	return c
}

// run serves the connection until it hands over to another reader or ends.
func (c *conn) run() {
	c.asleep = context.AfterFunc(c.ctx, c.wake)
	c.slow = time.AfterFunc(time.Hour, c.overtake)
	c.slow.Stop()
	c.server.cfg.Logger.Debug("LDAP connection opened", "remote", c.channel.RemoteAddr, "tls", c.opt.TLS)
	if c.opt.TLS {
		if err := c.beginTLS(); err != nil {
			c.end(err)
			return
		}
	}
	c.read()
}

// wake makes a reader that waits for the client return.
func (c *conn) wake() { _ = c.raw.SetReadDeadline(time.Unix(1, 0)) }

// read is the life of a reader.
func (c *conn) read() {
	defer func() {
		if v := recover(); v != nil {
			c.panicked(v)
			c.end(errors.New("the emulator failed while reading a request"))
		}
	}()
	for {
		m, err := c.next()
		if err == nil {
			var handedOver bool
			if handedOver, err = c.dispatch(m); handedOver {
				return
			}
		}
		if err != nil {
			c.end(err)
			return
		}
	}
}

// Why a connection ends, besides what went wrong with the connection itself.
var (
	errDraining = errors.New("the server is shutting down")
	errIdle     = errors.New("the client took too long")
	errNoGC     = errors.New("the domain controller is no global catalogue server")
)

// A malformed message ends its connection.
type malformed struct{ err error }

func (m *malformed) Error() string { return m.err.Error() }
func (m *malformed) Unwrap() error { return m.err }

// next reads a request.
func (c *conn) next() (message, error) {
	if c.draining.Load() {
		return message{}, errDraining
	}
	limits := c.server.cfg.Directory.Limits()
	limit := limits.MaxReceiveBuffer
	if c.caller.Anonymous() {
		limit = limits.MaxPreAuthReceiveBuffer
	}
	frame, err := c.in.next(limit)
	if err != nil {
		return message{}, err
	}
	c.since = time.Time{}
	if !c.server.serves(c.opt) {
		return message{}, errNoGC
	}
	m, err := parseMessage(frame)
	if err != nil {
		return message{}, &malformed{err}
	}
	return m, nil
}

// receive reads what the client sent. Before it waits, everything that is owed to
// the client goes out.
func (c *conn) receive(p []byte) (int, error) {
	if err := c.out.flush(); err != nil {
		return 0, err
	}
	for {
		now := time.Now() //nolint:forbidigo // limits of a socket run on the machine's clock
		c.lastRead.Store(now.UnixNano())
		if err := c.net.SetReadDeadline(c.deadline(now)); err != nil {
			return 0, err
		}
		if c.draining.Load() || c.ctx.Err() != nil { // set before the deadline, or it will wake us
			return 0, errDraining
		}
		n, err := c.net.Read(p)
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		switch {
		case c.draining.Load():
			return 0, errDraining
		case !c.since.IsZero() || !c.busy():
			return 0, errIdle
		}
		// A client that waits for an answer is not idle.
	}
}

// deadline is when the client must have sent its first request or the rest of one
// that has begun, however slowly its octets drip (InitRecvTimeout), or else when it
// has been silent for too long (MaxConnIdleTime). The zero time means never.
func (c *conn) deadline(now time.Time) time.Time {
	limits := c.server.cfg.Directory.Limits()
	if c.since.IsZero() && c.in.started() {
		c.since = now
	}
	from, d := now, limits.MaxConnIdleTime
	if !c.since.IsZero() {
		from, d = c.since, limits.InitRecvTimeout
	}
	if d <= 0 {
		return time.Time{}
	}
	return from.Add(d)
}

// drain makes the connection end as soon as what runs on it has finished.
func (c *conn) drain() {
	c.draining.Store(true)
	c.wake()
}

// close cuts the connection off.
func (c *conn) close() {
	c.draining.Store(true)
	c.cancel()
	_ = c.raw.Close()
}

// end is called by the last reader. It tells the client why, if that is polite,
// waits for the operations and frees the connection.
func (c *conn) end(why error) {
	c.ending.Do(func() {
		c.asleep()
		c.slow.Stop()
		if !errors.Is(why, errDraining) || c.ctx.Err() != nil {
			c.cancel() // nobody is left to be answered
			c.mu.Lock()
			c.queue = nil
			c.mu.Unlock()
		}
		c.alone()
		c.farewell(why)
		c.cancel()
		_ = c.out.flush()
		_ = c.net.Close()
		c.server.gone(c)
	})
}

// farewell counts and logs why the connection ends and sends the notice of
// disconnection that belongs to it.
func (c *conn) farewell(why error) {
	log, remote := c.server.cfg.Logger, c.channel.RemoteAddr
	f := c.server.cfg.Directory.Flavour()
	var bad *malformed
	switch {
	case why == nil || errors.Is(why, io.EOF):
		log.Debug("LDAP connection closed", "remote", remote)
	case errors.Is(why, errDraining):
		c.notice(directory.Result{Code: directory.Unavailable, Diagnostic: "The server is shutting down"})
	case errors.As(why, &bad):
		c.server.malformed.Add(1)
		log.Info("LDAP message malformed", "remote", remote, "err", why)
		c.notice(ldapErr(f, directory.ProtocolError, errorInvalidParameter, dsidDecode, "Error decoding ldap message"))
	case errors.Is(why, errIdle):
		c.server.dropped.Add(1)
		log.Info("LDAP connection timed out", "remote", remote)
		c.notice(directory.Result{Code: directory.Unavailable, Diagnostic: "The connection was idle for too long"})
	case errors.Is(why, errTooLarge):
		c.server.dropped.Add(1)
		log.Info("LDAP connection dropped", "remote", remote, "err", why)
	default:
		log.Debug("LDAP connection broken", "remote", remote, "err", why)
	}
}

// notice sends a notice of disconnection (RFC 4511 4.4.1).
func (c *conn) notice(r directory.Result) {
	_ = c.out.put(true, func(b []byte) []byte {
		return appendReply(b, 0, &reply{tag: tagExtendedDone, result: r, name: oidNoticeOfDisconnection})
	})
}

// panicked counts and logs a mistake of ours.
func (c *conn) panicked(v any) {
	c.server.panics.Add(1)
	c.server.cfg.Logger.Error("LDAP operation failed", "remote", c.channel.RemoteAddr, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
}

// beginTLS makes the connection encrypted, now.
func (c *conn) beginTLS() error {
	cfg := c.server.tls.Load()
	if cfg == nil {
		// A domain controller without a certificate resets port 636.
		if l, ok := c.raw.(interface{ SetLinger(int) error }); ok {
			_ = l.SetLinger(0)
		}
		return errors.New("no certificate for TLS")
	}
	ctx, cancel := context.WithTimeout(c.ctx, c.server.cfg.HandshakeTimeout)
	defer cancel()
	secure := tls.Server(c.raw, cfg)
	_ = c.raw.SetDeadline(time.Time{})
	if c.draining.Load() { // its wake may just have been undone
		return errDraining
	}
	if err := secure.HandshakeContext(ctx); err != nil {
		return fmt.Errorf("beginning TLS: %w", err)
	}
	c.net = secure
	c.out.upgrade(secure)
	c.channel.Encrypted = true
	state := secure.ConnectionState()
	if len(state.VerifiedChains) > 0 {
		c.channel.ClientCert = state.PeerCertificates[0].Raw
	}
	if c.opt.TLS {
		c.channel.URLScheme = "ldaps"
		c.implicitBind()
	}
	return nil
}

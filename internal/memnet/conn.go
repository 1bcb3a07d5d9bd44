package memnet

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
	"time"
)

// A Conn is one end of a connection in memory. It behaves like a *net.TCPConn:
// half close, deadlines that also wake a blocked call, and Close from any
// goroutine.
type Conn struct {
	local, remote net.Addr
	in, out       *stream
	abort         atomic.Bool // Close resets instead of ending
}

var _ net.Conn = (*Conn)(nil)

// Pipe returns the two ends of a connection between addresses a and b.
func Pipe(a, b net.Addr) (*Conn, *Conn) {
	ab, ba := newStream(), newStream()
	return &Conn{local: a, remote: b, in: ba, out: ab}, &Conn{local: b, remote: a, in: ab, out: ba}
}

// Read reads what the peer wrote; io.EOF after it closed, ECONNRESET after it reset.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.in.read(p)
	return n, c.opError("read", err)
}

// Write blocks while the peer has a full buffer unread; EPIPE after it closed,
// ECONNRESET after it reset.
func (c *Conn) Write(p []byte) (int, error) {
	n, err := c.out.write(p)
	return n, c.opError("write", err)
}

// Close ends both directions. What was written before can still be read by the
// peer, unless SetLinger(0) was called.
func (c *Conn) Close() error {
	if c.abort.Load() {
		c.out.reset()
		c.in.reset()
	}
	if again := c.in.closeRead(); again {
		return c.opError("close", net.ErrClosed)
	}
	c.out.closeWrite(net.ErrClosed)
	return nil
}

// CloseWrite tells the peer that nothing more will come; reading goes on.
func (c *Conn) CloseWrite() error {
	c.out.closeWrite(errShutdown)
	return nil
}

// CloseRead discards what the peer wrote and refuses more.
func (c *Conn) CloseRead() error {
	c.in.closeRead()
	return nil
}

// SetLinger with 0 makes Close discard what the peer has not read and answer it
// with ECONNRESET, as TCP does. Any other number restores the orderly close.
func (c *Conn) SetLinger(sec int) error {
	c.abort.Store(sec == 0)
	return nil
}

// LocalAddr returns the address of this end.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr returns the address of the peer.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline sets both deadlines; the zero time means none.
func (c *Conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline bounds present and future calls of Read.
func (c *Conn) SetReadDeadline(t time.Time) error {
	return c.opError("set", c.in.setReadDeadline(t))
}

// SetWriteDeadline bounds present and future calls of Write.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	return c.opError("set", c.out.setWriteDeadline(t))
}

// opError gives err the history that package net would give it. io.EOF stays bare.
func (c *Conn) opError(op string, err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return &net.OpError{Op: op, Net: "tcp", Source: c.local, Addr: c.remote, Err: err}
}

package memnet

import (
	"net"
	"sync"
)

// A listener hands out the connections that were dialled to its address.
type listener struct {
	net   *Memory
	addr  address
	queue chan *Conn
	done  chan struct{}
	once  sync.Once
}

// Accept waits for the next connection. After Close it answers net.ErrClosed.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case <-l.done:
		return nil, l.closed("accept")
	default:
	}
	select {
	case c := <-l.queue:
		return c, nil
	case <-l.done:
		return nil, l.closed("accept")
	}
}

// Close frees the address and resets the connections that nobody accepted.
func (l *listener) Close() error {
	err := l.closed("close")
	l.once.Do(func() {
		l.net.mu.Lock()
		delete(l.net.listeners, l.addr)
		l.net.mu.Unlock()
		close(l.done)
		l.reset()
		err = nil
	})
	return err
}

// Addr returns the address with the port that was picked.
func (l *listener) Addr() net.Addr { return l.addr.netAddr() }

// reset drops what still waits for Accept.
func (l *listener) reset() {
	for {
		select {
		case c := <-l.queue:
			_ = c.SetLinger(0)
			_ = c.Close()
		default:
			return
		}
	}
}

func (l *listener) closed(op string) error {
	return &net.OpError{Op: op, Net: "tcp", Addr: l.Addr(), Err: net.ErrClosed}
}

package adwire

import (
	"net"
	"sync"
	"time"
)

// batch is how much output is collected before it is written: one system call for
// many entries of a search.
const batch = 32 << 10

// An outbox collects what goes out on one connection. Messages of concurrent
// operations are appended whole.
type outbox struct {
	mu      sync.Mutex
	to      net.Conn
	abort   func() error // closes the connection below to
	timeout time.Duration
	buffers *sync.Pool // of *[]byte, so that idle connections keep none
	buf     *[]byte
	err     error // of the first write that failed; nothing is written after it
}

// put appends a message and writes when now is set or a batch is full.
func (o *outbox) put(now bool, message func([]byte) []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return o.err
	}
	if o.buf == nil {
		o.buf = o.buffers.Get().(*[]byte)
	}
	*o.buf = message(*o.buf)
	if now || len(*o.buf) >= batch {
		o.write()
	}
	return o.err
}

// flush writes what was collected.
func (o *outbox) flush() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.buf != nil {
		o.write()
	}
	return o.err
}

// write empties the buffer. o.mu is held. A peer that does not read fails the
// write at the deadline, and with it the connection.
func (o *outbox) write() {
	if len(*o.buf) > 0 && o.err == nil {
		if o.err = o.to.SetWriteDeadline(time.Now().Add(o.timeout)); o.err == nil {
			_, o.err = o.to.Write(*o.buf)
		}
		if o.err != nil {
			_ = o.abort() // wakes the reader
		}
	}
	if cap(*o.buf) <= 4*batch {
		*o.buf = (*o.buf)[:0]
		o.buffers.Put(o.buf)
	}
	o.buf = nil
}

// upgrade makes later messages go out through to.
func (o *outbox) upgrade(to net.Conn) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.to = to
}

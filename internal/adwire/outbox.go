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
// operations are appended whole. Its lock is not held while a write is under way:
// whoever comes meanwhile waits on idle, which a test bubble's clock understands.
type outbox struct {
	mu      sync.Mutex
	idle    sync.Cond // writing became false
	writing bool
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
	o.await()
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
	o.await()
	if o.buf != nil && o.err == nil {
		o.write()
	}
	return o.err
}

// await returns when nobody writes. o.mu is held.
func (o *outbox) await() {
	for o.writing {
		o.idle.Wait()
	}
}

// write empties the buffer; o.mu is released meanwhile. A peer that does not read
// fails the write at the deadline, and with it the connection.
func (o *outbox) write() {
	buf, to := o.buf, o.to
	o.buf, o.writing = nil, true
	o.mu.Unlock()
	err := to.SetWriteDeadline(time.Now().Add(o.timeout)) //nolint:forbidigo // limits of a socket run on the machine's clock
	if err == nil {
		_, err = to.Write(*buf)
	}
	if err != nil {
		_ = o.abort() // wakes the reader
	}
	if cap(*buf) <= 4*batch {
		*buf = (*buf)[:0]
		o.buffers.Put(buf)
	}
	o.mu.Lock()
	o.err, o.writing = err, false
	o.idle.Broadcast()
}

// upgrade makes later messages go out through to.
func (o *outbox) upgrade(to net.Conn) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.to = to
}

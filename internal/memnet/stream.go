package memnet

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// window is how much one direction holds unread before its writer waits. It is
// far above a TLS record, so that an alert always fits.
const window = 256 << 10

// errShutdown is what a write answers after CloseWrite.
const errShutdown = syscall.EPIPE

// A stream is one direction of a connection.
type stream struct {
	mu    sync.Mutex
	wake  sync.Cond // anything below changed
	data  []byte    // written and not yet read, from offset head
	head  int
	ended error // what write answers once this end is closed; the reader sees EOF
	gone  bool  // the reading end is closed
	cut   bool  // the connection was reset

	readBy, writeBy deadline
}

func newStream() *stream {
	s := &stream{}
	s.wake.L = &s.mu
	return s
}

func (s *stream) read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.gone:
			return 0, net.ErrClosed
		case s.readBy.passed:
			return 0, os.ErrDeadlineExceeded
		case s.cut:
			return 0, syscall.ECONNRESET
		case s.head < len(s.data):
			return s.take(p), nil
		case s.ended != nil:
			return 0, io.EOF
		case len(p) == 0:
			return 0, nil
		}
		s.wake.Wait()
	}
}

// take moves unread data into p. An emptied buffer is used again from its start,
// and given up when a large message has made it large.
func (s *stream) take(p []byte) int {
	n := copy(p, s.data[s.head:])
	s.head += n
	if s.head == len(s.data) {
		s.head, s.data = 0, s.data[:0]
		if cap(s.data) > 16<<10 {
			s.data = nil
		}
	}
	s.wake.Broadcast()
	return n
}

func (s *stream) write(p []byte) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.ended != nil:
			return n, s.ended
		case s.writeBy.passed:
			return n, os.ErrDeadlineExceeded
		case s.cut:
			return n, syscall.ECONNRESET
		case s.gone:
			return n, syscall.EPIPE
		}
		if room := window - (len(s.data) - s.head); room > 0 && n < len(p) {
			part := p[n:min(len(p), n+room)]
			s.data = append(s.data, part...)
			n += len(part)
			s.wake.Broadcast()
		}
		if n == len(p) {
			return n, nil
		}
		s.wake.Wait()
	}
}

// closeWrite ends the stream; later writes answer err. A full close after a half
// close takes its place.
func (s *stream) closeWrite(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended == nil || errors.Is(err, net.ErrClosed) {
		s.ended = err
	}
	s.writeBy.stop()
	s.wake.Broadcast()
}

// closeRead reports whether it had been called before.
func (s *stream) closeRead() (again bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	again, s.gone = s.gone, true
	s.data, s.head = nil, 0
	s.readBy.stop()
	s.wake.Broadcast()
	return again
}

// reset discards what was not read.
func (s *stream) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut, s.data, s.head = true, nil, 0
	s.wake.Broadcast()
}

func (s *stream) setReadDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone {
		return net.ErrClosed
	}
	s.readBy.set(s, t)
	return nil
}

func (s *stream) setWriteDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(s.ended, net.ErrClosed) {
		return net.ErrClosed
	}
	s.writeBy.set(s, t)
	return nil
}

// A deadline is one of a stream's two; the stream's lock guards it.
type deadline struct {
	passed bool
	timer  *time.Timer
}

func (d *deadline) set(s *stream, t time.Time) {
	d.stop()
	d.passed = false
	if t.IsZero() {
		return
	}
	left := time.Until(t) //nolint:forbidigo // deadlines run on the machine's clock, as those of package net
	if left <= 0 {
		d.passed = true
		s.wake.Broadcast()
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(left, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if d.timer == timer { // else it was set anew in the meantime
			d.passed = true
			s.wake.Broadcast()
		}
	})
	d.timer = timer
}

func (d *deadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}

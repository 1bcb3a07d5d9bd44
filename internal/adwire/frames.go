package adwire

import (
	"errors"
	"fmt"
	"io"

	"github.com/ssprlab/ssprlab/internal/adwire/ber"
)

// inputBuffer is what an idle connection keeps for reading. Nearly every request
// of an AD client fits.
const inputBuffer = 4 << 10

// growth is the step in which the memory for a large message is taken.
const growth = 64 << 10

// errTooLarge closes the connection without a word, as Windows does
// (MaxReceiveBuffer, MaxPreAuthReceiveBuffer).
var errTooLarge = errors.New("message larger than the receive buffer")

// frames cuts a stream of octets into messages.
type frames struct {
	fill func([]byte) (int, error) // reads from the connection
	buf  []byte
	r, w int  // unread octets are buf[r:w]
	big  bool // a message larger than buf is being read
}

// started reports whether octets of the next message have arrived.
func (f *frames) started() bool { return f.r < f.w || f.big }

// next returns one whole message in memory of its own. limit is asked anew for each
// message, since it depends on who is bound.
func (f *frames) next(limit int) ([]byte, error) {
	size, err := f.size()
	if err != nil {
		return nil, err
	}
	if size > limit {
		return nil, fmt.Errorf("%w: %d octets announced, %d allowed", errTooLarge, size, limit)
	}
	if size <= len(f.buf) {
		for f.w-f.r < size {
			if err := f.more(); err != nil {
				return nil, err
			}
		}
		frame := make([]byte, size)
		copy(frame, f.buf[f.r:])
		f.r += size
		return frame, nil
	}
	return f.large(size)
}

// size waits for the header of the next message and returns its whole length.
func (f *frames) size() (int, error) {
	for {
		tag, length, header, err := ber.Header(f.buf[f.r:f.w])
		if err == nil && f.r < f.w && tag != ber.Sequence {
			err = ber.ErrTag
		}
		if err != nil {
			return 0, &malformed{fmt.Errorf("reading the envelope: %w", err)}
		}
		if header > 0 {
			return header + length, nil
		}
		if err := f.more(); err != nil {
			return 0, err
		}
	}
}

// large reads a message that does not fit into the buffer. Memory follows what has
// arrived, not what was announced.
func (f *frames) large(size int) ([]byte, error) {
	frame := make([]byte, 0, min(size, growth))
	frame = append(frame, f.buf[f.r:f.w]...)
	f.r, f.w, f.big = 0, 0, true
	defer func() { f.big = false }()
	for len(frame) < size {
		if len(frame) == cap(frame) {
			grown := make([]byte, len(frame), min(size, 2*cap(frame)))
			copy(grown, frame)
			frame = grown
		}
		n, err := f.fill(frame[len(frame):cap(frame)])
		frame = frame[:len(frame)+n]
		if err != nil && len(frame) < size {
			return nil, unexpected(err)
		}
	}
	return frame, nil
}

// more reads once into the free part of the buffer.
func (f *frames) more() error {
	if f.buf == nil {
		f.buf = make([]byte, inputBuffer)
	}
	begun := f.started()
	if f.r > 0 {
		f.w = copy(f.buf, f.buf[f.r:f.w])
		f.r = 0
	}
	n, err := f.fill(f.buf[f.w:])
	f.w += n
	if n > 0 {
		return nil
	}
	if err == nil {
		return io.ErrNoProgress
	}
	if begun {
		return unexpected(err)
	}
	return err
}

// unexpected tells an end in the middle of a message from one between two.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

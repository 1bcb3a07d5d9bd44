package envelope

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// Each frame begins with four octets that say what it is, the last of them the
// version of the form.
var (
	magicMessage  = []byte("SWM1")
	magicAnswer   = []byte("SWA1")
	magicRefusal  = []byte("SWR1")
	magicAnnounce = []byte("SWN1")
	magicHello    = []byte("SWH1")
	magicPing     = []byte("SWP1")
)

// A FrameKind says what a frame is before anybody trusts it.
type FrameKind int

// The kinds of frame.
const (
	UnknownFrame FrameKind = iota
	MessageFrame
	AnswerFrame
	AnnouncementFrame
	HelloFrame
	PingFrame
)

// maxFrame bounds what is looked at: a message with a password of 256
// characters for ten agents is under 16 KiB, an answer with a long trace under
// 64 KiB.
const maxFrame = 256 << 10

// ErrMalformed is wrapped by every error about a frame's form.
var ErrMalformed = errors.New("malformed frame")

// Peek says what a frame claims to be.
func Peek(frame []byte) FrameKind {
	switch {
	case bytes.HasPrefix(frame, magicMessage):
		return MessageFrame
	case bytes.HasPrefix(frame, magicAnswer), bytes.HasPrefix(frame, magicRefusal):
		return AnswerFrame
	case bytes.HasPrefix(frame, magicAnnounce):
		return AnnouncementFrame
	case bytes.HasPrefix(frame, magicHello):
		return HelloFrame
	case bytes.HasPrefix(frame, magicPing):
		return PingFrame
	}
	return UnknownFrame
}

// Ping asks a queue whether anybody listens; [Pong] is the answer.
func Ping() []byte { return append([]byte(nil), magicPing...) }

// Pong answers a [Ping].
func Pong() []byte { return Ping() }

// join builds a frame: magic, length of head, head, tail.
func join(magic, head, tail []byte) []byte {
	out := make([]byte, 0, len(magic)+4+len(head)+len(tail))
	out = append(out, magic...)
	out = binary.BigEndian.AppendUint32(out, uint32(len(head)))
	out = append(out, head...)
	return append(out, tail...)
}

// split undoes join.
func split(magic, frame []byte) (head, tail []byte, err error) {
	if len(frame) > maxFrame {
		return nil, nil, fmt.Errorf("reading a frame of %d octets, more than %d: %w", len(frame), maxFrame, ErrMalformed)
	}
	rest, ok := bytes.CutPrefix(frame, magic)
	if !ok || len(rest) < 4 {
		return nil, nil, fmt.Errorf("reading a %s frame: %w", magic, ErrMalformed)
	}
	n := binary.BigEndian.Uint32(rest)
	rest = rest[4:]
	if uint64(n) > uint64(len(rest)) {
		return nil, nil, fmt.Errorf("reading a %s frame: its head is cut short: %w", magic, ErrMalformed)
	}
	return rest[:n], rest[n:], nil
}

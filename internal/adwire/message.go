package adwire

import (
	"errors"
	"fmt"

	"github.com/ssprlab/ssprlab/internal/adwire/ber"
)

// The operations of RFC 4511 section 4.2 and following, as tagged on the wire.
const (
	tagBindRequest     byte = 0x60
	tagBindResponse    byte = 0x61
	tagUnbind          byte = 0x42
	tagSearchRequest   byte = 0x63
	tagSearchEntry     byte = 0x64
	tagSearchDone      byte = 0x65
	tagSearchReference byte = 0x73
	tagModify          byte = 0x66
	tagModifyDone      byte = 0x67
	tagAdd             byte = 0x68
	tagAddDone         byte = 0x69
	tagDelete          byte = 0x4a
	tagDeleteDone      byte = 0x6b
	tagModifyDN        byte = 0x6c
	tagModifyDNDone    byte = 0x6d
	tagCompare         byte = 0x6e
	tagCompareDone     byte = 0x6f
	tagAbandon         byte = 0x50
	tagExtended        byte = 0x77
	tagExtendedDone    byte = 0x78
)

// Context-specific tags of the envelope.
const tagControls byte = 0xa0

var errOperation = errors.New("unknown operation")

// A message is the envelope of a request (RFC 4511 4.1.1). Its parts share the
// frame's memory, which belongs to this message alone.
type message struct {
	id       int
	tag      byte
	body     ber.Reader
	controls ber.Reader // content of the controls element
}

// parseMessage opens the envelope. What follows the controls is ignored, as
// RFC 4511 section 4 demands for later extensions.
func parseMessage(frame []byte) (message, error) {
	r := ber.Reader(frame)
	seq, err := r.Expect(ber.Sequence)
	if err != nil {
		return message{}, fmt.Errorf("reading the envelope: %w", err)
	}
	var m message
	if m.id, err = seq.Int(ber.Integer); err != nil {
		return message{}, fmt.Errorf("reading the message ID: %w", err)
	}
	if m.id <= 0 || m.id > 1<<31-1 {
		return message{}, fmt.Errorf("reading the message ID: %d is not between 1 and 2147483647", m.id)
	}
	if m.tag, m.body, err = seq.Next(); err != nil {
		return message{}, fmt.Errorf("reading the operation: %w", err)
	}
	if responseTag(m.tag) == 0 && m.tag != tagUnbind && m.tag != tagAbandon {
		return message{}, fmt.Errorf("reading the operation: %w (tag %02x)", errOperation, m.tag)
	}
	if m.controls, _, err = seq.Optional(tagControls); err != nil {
		return message{}, fmt.Errorf("reading the controls: %w", err)
	}
	return m, nil
}

// responseTag is the tag of the result that ends the operation request, 0 if it has none.
func responseTag(request byte) byte {
	switch request {
	case tagBindRequest:
		return tagBindResponse
	case tagSearchRequest:
		return tagSearchDone
	case tagModify:
		return tagModifyDone
	case tagAdd:
		return tagAddDone
	case tagDelete:
		return tagDeleteDone
	case tagModifyDN:
		return tagModifyDNDone
	case tagCompare:
		return tagCompareDone
	case tagExtended:
		return tagExtendedDone
	default:
		return 0
	}
}

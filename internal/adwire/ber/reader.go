package ber

import "errors"

// The errors of reading. They carry no position: a message that is broken once
// is thrown away whole.
var (
	ErrTruncated  = errors.New("ber: element runs past the end of the message")
	ErrTag        = errors.New("ber: unexpected tag")
	ErrLongTag    = errors.New("ber: tags of more than one octet are not used by LDAP")
	ErrIndefinite = errors.New("ber: indefinite length (RFC 4511 5.1 forbids it)")
	ErrLength     = errors.New("ber: length of more than four octets")
	ErrInteger    = errors.New("ber: integer does not fit")
	ErrBoolean    = errors.New("ber: boolean of other than one octet")
	ErrTrailing   = errors.New("ber: octets after the last element")
)

// Universal and constructed tags of LDAP.
const (
	Boolean     byte = 0x01
	Integer     byte = 0x02
	OctetString byte = 0x04
	Enumerated  byte = 0x0a
	Sequence    byte = 0x30
	Set         byte = 0x31
)

// A Reader is the rest of a message. Its elements share the message's memory.
type Reader []byte

// Empty reports whether everything was read.
func (r Reader) Empty() bool { return len(r) == 0 }

// Peek returns the tag of the next element, 0 at the end.
func (r Reader) Peek() byte {
	if len(r) == 0 {
		return 0
	}
	return r[0]
}

// Header reads tag and length at the start of b. size is the length of the header
// itself; 0 without an error means that b does not hold all of it yet. Lengths in
// long form with leading zeros, as Windows sends them (30 84 00 00 00 03), are read.
func Header(b []byte) (tag byte, length, size int, err error) {
	if len(b) == 0 {
		return 0, 0, 0, nil
	}
	tag = b[0]
	if tag&0x1f == 0x1f {
		return 0, 0, 0, ErrLongTag
	}
	if len(b) < 2 {
		return tag, 0, 0, nil
	}
	first := b[1]
	if first < 0x80 {
		return tag, int(first), 2, nil
	}
	n := int(first & 0x7f)
	switch {
	case n == 0:
		return 0, 0, 0, ErrIndefinite
	case n > 4:
		return 0, 0, 0, ErrLength
	case len(b) < 2+n:
		return tag, 0, 0, nil
	}
	var l uint32
	for _, o := range b[2 : 2+n] {
		l = l<<8 | uint32(o)
	}
	if l > 1<<31-1 {
		return 0, 0, 0, ErrLength
	}
	return tag, int(l), 2 + n, nil
}

// Next reads one element of any tag.
func (r *Reader) Next() (tag byte, content Reader, err error) {
	tag, length, size, err := Header(*r)
	if err != nil {
		return 0, nil, err
	}
	if size == 0 || length > len(*r)-size {
		return 0, nil, ErrTruncated
	}
	content = (*r)[size : size+length : size+length]
	*r = (*r)[size+length:]
	return tag, content, nil
}

// Expect reads one element that must have tag.
func (r *Reader) Expect(tag byte) (Reader, error) {
	if r.Peek() != tag {
		if r.Empty() {
			return nil, ErrTruncated
		}
		return nil, ErrTag
	}
	_, content, err := r.Next()
	return content, err
}

// Optional reads one element if it has tag, and reports whether it did.
func (r *Reader) Optional(tag byte) (content Reader, ok bool, err error) {
	if r.Peek() != tag {
		return nil, false, nil
	}
	_, content, err = r.Next()
	return content, err == nil, err
}

// Text reads an octet string as text.
func (r *Reader) Text() (string, error) {
	b, err := r.Expect(OctetString)
	return string(b), err
}

// Int reads an integer or enumeration with tag that fits into 32 bits, the widest
// that LDAP's messages and AD's controls use.
func (r *Reader) Int(tag byte) (int, error) {
	b, err := r.Expect(tag)
	if err != nil {
		return 0, err
	}
	return b.Integer()
}

// Bool reads a boolean: any octet but 0 is true (RFC 4511 5.1 asks senders for FF).
func (r *Reader) Bool() (bool, error) {
	b, err := r.Expect(Boolean)
	if err != nil {
		return false, err
	}
	return b.Boolean()
}

// Integer is the content of an integer: two's complement, at most 32 significant
// bits. Up to eight octets are read, since senders pad.
func (r Reader) Integer() (int, error) {
	if len(r) == 0 || len(r) > 8 {
		return 0, ErrInteger
	}
	v := int64(int8(r[0]))
	for _, o := range r[1:] {
		v = v<<8 | int64(o)
	}
	if v < -1<<31 || v > 1<<32-1 {
		return 0, ErrInteger
	}
	return int(v), nil
}

// Boolean is the content of a boolean.
func (r Reader) Boolean() (bool, error) {
	if len(r) != 1 {
		return false, ErrBoolean
	}
	return r[0] != 0, nil
}

// Done answers ErrTrailing unless everything was read.
func (r Reader) Done() error {
	if len(r) != 0 {
		return ErrTrailing
	}
	return nil
}

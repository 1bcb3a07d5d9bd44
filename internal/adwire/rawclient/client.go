package rawclient

import (
	"errors"
	"fmt"
	"io"
	"net"
	"unicode/utf16"

	"github.com/ssprlab/ssprlab/internal/adwire/ber"
)

// A Client is one connection. It is for one goroutine.
type Client struct {
	conn net.Conn
	id   int
	out  []byte
	in   []byte
	r, w int
}

// New returns a client on conn, which may be a TLS connection.
func New(conn net.Conn) *Client { return &Client{conn: conn, in: make([]byte, 16<<10)} }

// Close closes the connection without an unbind.
func (c *Client) Close() error { return c.conn.Close() }

// A Result is the end of an operation.
type Result struct {
	Code       int
	Diagnostic string
	Entries    int // of a search
}

// Bind performs a simple bind.
func (c *Client) Bind(name, password string) (Result, error) {
	return c.roundTrip(0x60, nil, func(b []byte) []byte {
		b = ber.AppendInt(b, ber.Integer, 3)
		b = ber.AppendString(b, ber.OctetString, name)
		return ber.AppendString(b, 0x80, password)
	})
}

// BaseSearch reads one entry.
func (c *Client) BaseSearch(dn string, attributes ...string) (Result, error) {
	return c.search(dn, 0, attributes, func(b []byte) []byte {
		return ber.AppendString(b, 0x87, "objectClass")
	})
}

// EqualitySearch searches the subtree of base for attribute=value.
func (c *Client) EqualitySearch(base, attribute, value string, attributes ...string) (Result, error) {
	return c.search(base, 2, attributes, func(b []byte) []byte {
		b, filter := ber.Open(b, 0xa3)
		b = ber.AppendString(b, ber.OctetString, attribute)
		b = ber.AppendString(b, ber.OctetString, value)
		return ber.Close(b, filter)
	})
}

func (c *Client) search(base string, scope int, attributes []string, filter func([]byte) []byte) (Result, error) {
	return c.roundTrip(0x63, nil, func(b []byte) []byte {
		b = ber.AppendString(b, ber.OctetString, base)
		b = ber.AppendInt(b, ber.Enumerated, scope)
		b = ber.AppendInt(b, ber.Enumerated, 0)
		b = ber.AppendInt(b, ber.Integer, 0)
		b = ber.AppendInt(b, ber.Integer, 0)
		b = ber.AppendBool(b, ber.Boolean, false)
		b = filter(b)
		b, list := ber.Open(b, ber.Sequence)
		for _, a := range attributes {
			b = ber.AppendString(b, ber.OctetString, a)
		}
		return ber.Close(b, list)
	})
}

// Replace replaces all values of an attribute by one.
func (c *Client) Replace(dn, attribute string, value []byte) (Result, error) {
	return c.replace(dn, attribute, value, nil)
}

// SetPassword resets unicodePwd; with hints it sends the policy hints control, so
// that history applies (MS-ADTS 3.1.1.3.4.1.27).
func (c *Client) SetPassword(dn, password string, hints bool) (Result, error) {
	quoted := utf16.Encode([]rune(`"` + password + `"`))
	value := make([]byte, 0, 2*len(quoted))
	for _, u := range quoted {
		value = append(value, byte(u), byte(u>>8))
	}
	if !hints {
		return c.replace(dn, "unicodePwd", value, nil)
	}
	return c.replace(dn, "unicodePwd", value, func(b []byte) []byte {
		b, control := ber.Open(b, ber.Sequence)
		b = ber.AppendString(b, ber.OctetString, "1.2.840.113556.1.4.2239")
		b = ber.AppendBool(b, ber.Boolean, true)
		b = ber.AppendString(b, ber.OctetString, []byte{0x30, 0x03, 0x02, 0x01, 0x01})
		return ber.Close(b, control)
	})
}

func (c *Client) replace(dn, attribute string, value []byte, controls func([]byte) []byte) (Result, error) {
	return c.roundTrip(0x66, controls, func(b []byte) []byte {
		b = ber.AppendString(b, ber.OctetString, dn)
		b, changes := ber.Open(b, ber.Sequence)
		b, change := ber.Open(b, ber.Sequence)
		b = ber.AppendInt(b, ber.Enumerated, 2)
		b, attr := ber.Open(b, ber.Sequence)
		b = ber.AppendString(b, ber.OctetString, attribute)
		b, set := ber.Open(b, ber.Set)
		b = ber.AppendString(b, ber.OctetString, value)
		for _, at := range []int{set, attr, change, changes} {
			b = ber.Close(b, at)
		}
		return b
	})
}

// roundTrip sends one request and waits for its result.
func (c *Client) roundTrip(tag byte, controls, body func([]byte) []byte) (Result, error) {
	c.id++
	c.out = Append(c.out[:0], c.id, tag, controls, body)
	if err := c.Send(c.out); err != nil {
		return Result{}, err
	}
	var entries int
	for {
		m, err := c.Receive()
		if err != nil {
			return Result{}, err
		}
		switch {
		case m.ID == 0:
			return Result{}, errors.New("disconnected by the server")
		case m.ID != c.id:
			return Result{}, fmt.Errorf("reading an answer: message ID %d, want %d", m.ID, c.id)
		case m.Tag == 0x64:
			entries++
		case m.Tag == 0x73:
		default:
			r, err := m.Result()
			r.Entries = entries
			return r, err
		}
	}
}

// Append appends one request to b. controls writes the content of the controls
// element and may be nil.
func Append(b []byte, id int, tag byte, controls, body func([]byte) []byte) []byte {
	b, envelope := ber.Open(b, ber.Sequence)
	b = ber.AppendInt(b, ber.Integer, id)
	b, op := ber.Open(b, tag)
	b = body(b)
	b = ber.Close(b, op)
	if controls != nil {
		var list int
		b, list = ber.Open(b, 0xa0)
		b = controls(b)
		b = ber.Close(b, list)
	}
	return ber.Close(b, envelope)
}

// Send writes octets as they are.
func (c *Client) Send(octets []byte) error {
	_, err := c.conn.Write(octets)
	return err
}

// A Message is one answer. Its content is valid until the next Receive.
type Message struct {
	ID       int
	Tag      byte
	Body     ber.Reader
	Controls ber.Reader
}

// Receive reads the next message.
func (c *Client) Receive() (Message, error) {
	frame, err := c.frame()
	if err != nil {
		return Message{}, err
	}
	r := ber.Reader(frame)
	seq, err := r.Expect(ber.Sequence)
	if err != nil {
		return Message{}, err
	}
	var m Message
	if m.ID, err = seq.Int(ber.Integer); err != nil {
		return Message{}, err
	}
	if m.Tag, m.Body, err = seq.Next(); err != nil {
		return Message{}, err
	}
	m.Controls, _, err = seq.Optional(0xa0)
	return m, err
}

// Result reads the message as an LDAPResult.
func (m Message) Result() (Result, error) {
	body := m.Body
	code, err := body.Int(ber.Enumerated)
	if err != nil {
		return Result{}, err
	}
	if _, err = body.Expect(ber.OctetString); err != nil {
		return Result{}, err
	}
	text, err := body.Expect(ber.OctetString)
	if err != nil {
		return Result{}, err
	}
	return Result{Code: code, Diagnostic: string(text)}, nil
}

// frame waits for one whole message.
func (c *Client) frame() ([]byte, error) {
	for {
		_, length, header, err := ber.Header(c.in[c.r:c.w])
		if err != nil {
			return nil, err
		}
		if size := header + length; header > 0 && size <= c.w-c.r {
			frame := c.in[c.r : c.r+size]
			c.r += size
			return frame, nil
		}
		if c.r > 0 {
			c.w = copy(c.in, c.in[c.r:c.w])
			c.r = 0
		}
		if c.w == len(c.in) {
			c.in = append(c.in, make([]byte, len(c.in))...)
		}
		n, err := c.conn.Read(c.in[c.w:])
		c.w += n
		if n == 0 {
			if err == nil {
				err = io.ErrNoProgress
			}
			return nil, err
		}
	}
}

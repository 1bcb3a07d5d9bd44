package conformance

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// A wire is a connection on which any request can be written and every part of
// the answer read.
type wire struct {
	conn net.Conn
	id   int64
}

// A reply is the end of an operation with what came before it.
type reply struct {
	code     int
	matched  string
	text     string
	entries  []*ldap.Entry
	refs     []string
	referral []string
	controls []Control
	value    string // of an extended answer
}

// dial opens a wire of a kind.
func (t *Target) dial(ctx context.Context, over string) (*wire, error) {
	conn, err := t.open(ctx, over)
	if err != nil {
		return nil, err
	}
	w := &wire{conn: conn}
	if over != "starttls" {
		return w, nil
	}
	r, err := w.do(extendedOp("1.3.6.1.4.1.1466.20037", "", false), nil)
	if err == nil && r.code != 0 {
		err = fmt.Errorf("the server answers %d %q", r.code, r.text)
	}
	var cfg *tls.Config
	if err == nil {
		cfg, err = t.tls()
	}
	if err == nil {
		secured := tls.Client(conn, cfg)
		err = secured.HandshakeContext(ctx)
		w.conn = secured
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting TLS: %w", err), conn.Close())
	}
	return w, nil
}

func (w *wire) close() error { return w.conn.Close() }

// patience bounds the wait for an answer.
const patience = 30 * time.Second

// do sends an operation and collects its answer.
func (w *wire) do(op *ber.Packet, controls []Control) (reply, error) {
	id, err := w.write(op, controls)
	if err != nil {
		return reply{}, err
	}
	var r reply
	for {
		p, err := w.read(id)
		if err != nil {
			return r, err
		}
		if r.take(p) {
			return r, nil
		}
	}
}

// write sends an operation and returns its message ID.
func (w *wire) write(op *ber.Packet, controls []Control) (id int64, err error) {
	w.id++
	message := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "message")
	message.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, w.id, "ID"))
	message.AppendChild(op)
	if len(controls) > 0 {
		list := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "controls")
		for _, c := range controls {
			list.AppendChild(bare{c}.Encode())
		}
		message.AppendChild(list)
	}
	if err := w.conn.SetDeadline(time.Now().Add(patience)); err != nil { //nolint:forbidigo // deadlines of a socket run on the machine's clock
		return 0, err
	}
	if _, err := w.conn.Write(message.Bytes()); err != nil {
		return 0, fmt.Errorf("sending the request: %w", err)
	}
	return w.id, nil
}

// read takes the next message, which must belong to an operation.
func (w *wire) read(of int64) (*ber.Packet, error) {
	p, err := ber.ReadPacket(w.conn)
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	if len(p.Children) < 2 {
		return nil, errors.New("reading the answer: it is no LDAP message")
	}
	if id, _ := p.Children[0].Value.(int64); id != of {
		return nil, fmt.Errorf("reading the answer: message ID %d, want %d: %s", id, of, describe(p.Children[1]))
	}
	return p, nil
}

func describe(op *ber.Packet) string {
	if len(op.Children) < 3 {
		return "not a result"
	}
	return fmt.Sprintf("%v %q", op.Children[0].Value, octets(op.Children[2]))
}

// Tags of answers (RFC 4511 4.2 to 4.14).
const (
	tagEntry     = 4
	tagReference = 19
)

// take reads one message; true when it ends the operation.
func (r *reply) take(p *ber.Packet) bool {
	op := p.Children[1]
	switch op.Tag {
	case tagEntry:
		r.entries = append(r.entries, entry(op))
		return false
	case tagReference:
		for _, c := range op.Children {
			r.refs = append(r.refs, octets(c))
		}
		return false
	}
	if len(op.Children) >= 3 {
		if n, ok := op.Children[0].Value.(int64); ok {
			r.code = int(n)
		}
		r.matched, r.text = octets(op.Children[1]), octets(op.Children[2])
		for _, c := range op.Children[3:] {
			switch {
			case c.ClassType == ber.ClassContext && c.Tag == 3:
				for _, u := range c.Children {
					r.referral = append(r.referral, octets(u))
				}
			case c.ClassType == ber.ClassContext && c.Tag == 11:
				r.value = octets(c)
			}
		}
	}
	if len(p.Children) > 2 {
		for _, c := range p.Children[2].Children {
			r.controls = append(r.controls, control(c))
		}
	}
	return true
}

// octets are the octets of a string, whatever its tag.
func octets(p *ber.Packet) string {
	if p.Data == nil {
		return ""
	}
	return p.Data.String()
}

func entry(op *ber.Packet) *ldap.Entry {
	e := &ldap.Entry{}
	if len(op.Children) < 2 {
		return e
	}
	e.DN = octets(op.Children[0])
	for _, a := range op.Children[1].Children {
		if len(a.Children) < 2 {
			continue
		}
		attr := &ldap.EntryAttribute{Name: octets(a.Children[0])}
		for _, v := range a.Children[1].Children {
			attr.Values = append(attr.Values, octets(v))
		}
		e.Attributes = append(e.Attributes, attr)
	}
	return e
}

func control(p *ber.Packet) Control {
	var c Control
	for i, part := range p.Children {
		switch {
		case i == 0:
			c.OID = octets(part)
		case part.Tag == ber.TagBoolean:
			c.Critical = true
		default:
			c.Has, c.Value = true, fmt.Sprintf("%x", octets(part))
		}
	}
	return c
}

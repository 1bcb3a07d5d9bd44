package ldapwriter_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"sync"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/memnet"
	"github.com/ssprlab/ssprlab/internal/memnet/tlstest"
)

// A standIn is a directory that answers what a test tells it to. It shares no
// code with the embedded one.
type standIn struct {
	mu       sync.Mutex
	root     map[string][]string   // root DSE
	entries  []entry               // answers of a search by anchor
	after    *entry                // answers a read of one entry, when set
	security *entry                // answers a read of the security descriptor, when set
	objects  map[string]entry      // answers a read of one entry by DN, before after
	bind     result                // answer to a bind
	modify   func(n int) (r reply) // answer to the n-th modify; nil: success
	silent   map[string]bool       // operations that are never answered

	modifies  [][]byte // raw modify requests, protocol op and controls
	binds     int
	conns     int
	listener  net.Listener
	accepted  []net.Conn
	plain     bool // speak LDAP in clear
	tlsConfig *tls.Config
}

type entry struct {
	dn    string
	attrs map[string][]string
}

type result struct {
	code       int
	diagnostic string
}

// A reply is a result, or no answer at all: the connection closes or stays mute.
type reply struct {
	result
	hangUp, mute bool
}

// directoryHost is the name in the certificate.
const directoryHost = "dc1.corp.example"

// serve starts a stand-in at an address of a network in memory.
func (d *standIn) serve(t *testing.T, network *memnet.Memory, address string) {
	t.Helper()
	l, err := network.Listen(t.Context(), "tcp", address)
	require.NoError(t, err)
	d.listener = l
	if d.root == nil {
		d.root = map[string][]string{"defaultNamingContext": {"DC=corp,DC=example"}, "supportedControl": {"1.2.840.113556.1.4.2066", "1.2.840.113556.1.4.2239"}}
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			d.mu.Lock()
			d.conns++
			d.accepted = append(d.accepted, c)
			d.mu.Unlock()
			wg.Go(func() { d.converse(c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		d.hangUp()
		wg.Wait()
	})
}

// hangUp closes all connections, as a restart does.
func (d *standIn) hangUp() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.accepted {
		c.Close()
	}
	d.accepted = nil
}

func (d *standIn) converse(raw net.Conn) {
	defer raw.Close()
	var c io.ReadWriter = raw
	if !d.plain {
		c = tls.Server(raw, d.tlsConfig)
	}
	for {
		p, err := ber.ReadPacket(c)
		if err != nil || len(p.Children) < 2 {
			return
		}
		id, op := p.Children[0].Value.(int64), p.Children[1]
		switch op.Tag {
		case 0: // bind
			d.mu.Lock()
			d.binds++
			answer := d.bind
			mute := d.silent["bind"]
			d.mu.Unlock()
			if !mute {
				write(c, id, 1, answer)
			}
		case 2: // unbind
			return
		case 3: // search
			if !d.search(c, id, op) {
				return
			}
		case 6: // modify
			d.mu.Lock()
			var raw bytes.Buffer
			for _, child := range p.Children[1:] {
				raw.Write(child.Bytes())
			}
			d.modifies = append(d.modifies, raw.Bytes())
			n, answer := len(d.modifies), d.modify
			d.mu.Unlock()
			var r reply
			if answer != nil {
				r = answer(n)
			}
			switch {
			case r.hangUp:
				return
			case !r.mute:
				write(c, id, 7, r.result)
			}
		case 23: // StartTLS
			write(c, id, 24, result{})
			c = tls.Server(raw, d.tlsConfig)
		}
	}
}

func (d *standIn) search(c io.Writer, id int64, op *ber.Packet) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	base, scope := op.Children[0].Data.String(), op.Children[1].Value.(int64)
	kind := "search"
	var out []entry
	switch {
	case base == "":
		kind, out = "root", []entry{{attrs: d.root}}
	case scope == 0 && bytes.Contains(op.Bytes(), []byte("nTSecurityDescriptor")):
		kind = "security"
		if d.security != nil {
			out = []entry{*d.security}
		}
	case scope == 0 && d.objects[base].attrs != nil:
		out = []entry{d.objects[base]}
	case scope == 0:
		kind = "read"
		if d.after != nil {
			out = []entry{*d.after}
		}
	default:
		out = d.entries
	}
	if d.silent[kind] {
		return true
	}
	for _, e := range out {
		p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, 4, nil, "")
		p.AppendChild(octets(e.dn))
		list := ber.NewSequence("")
		for name, values := range e.attrs {
			a := ber.NewSequence("")
			a.AppendChild(octets(name))
			set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
			for _, v := range values {
				set.AppendChild(octets(v))
			}
			a.AppendChild(set)
			list.AppendChild(a)
		}
		p.AppendChild(list)
		send(c, id, p)
	}
	write(c, id, 5, result{})
	return true
}

func octets(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}

func send(c io.Writer, id int64, op *ber.Packet) {
	p := ber.NewSequence("")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	p.AppendChild(op)
	_, _ = c.Write(p.Bytes())
}

func write(c io.Writer, id int64, tag ber.Tag, r result) {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, r.code, ""))
	op.AppendChild(octets(""))
	op.AppendChild(octets(r.diagnostic))
	send(c, id, op)
}

// certify gives the stand-in a certificate for names and returns who vouches.
func (d *standIn) certify(t *testing.T, names ...string) *x509.CertPool {
	t.Helper()
	cert, roots := tlstest.Identity(t, names...)
	d.tlsConfig = &tls.Config{Certificates: []tls.Certificate{cert}}
	return roots
}

// alice is an account in its usual state.
func alice(changes map[string]string) entry {
	e := entry{dn: "CN=Alice Archer,OU=People,DC=corp,DC=example", attrs: map[string][]string{
		"userAccountControl": {"512"}, "msDS-User-Account-Control-Computed": {"0"}, "lockoutTime": {"0"},
		"pwdLastSet": {"134116992000000000"}, "msDS-KeyVersionNumber": {"2"},
	}}
	for k, v := range changes {
		if v == "" {
			delete(e.attrs, k)
			continue
		}
		e.attrs[k] = []string{v}
	}
	return e
}

// dialer counts the addresses that are dialled.
type dialer struct {
	*memnet.Memory
	mu     sync.Mutex
	dialed []string
}

func (d *dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	d.mu.Lock()
	d.dialed = append(d.dialed, address)
	d.mu.Unlock()
	return d.Memory.DialContext(ctx, network, address)
}

func (d *standIn) lastModify(t *testing.T) []byte {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	require.NotEmpty(t, d.modifies, "the directory got no modify request")
	return d.modifies[len(d.modifies)-1]
}

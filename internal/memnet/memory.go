package memnet

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"syscall"
)

// firstEphemeral is where port 0 starts to count (RFC 6335 section 6).
const firstEphemeral = 49152

// backlog is how many connections may wait for Accept before dialling blocks.
const backlog = 128

// A Memory is a network of its own: what listens in one cannot be reached from
// another. The zero value is ready to use, from any number of goroutines.
type Memory struct {
	mu        sync.Mutex
	listeners map[address]*listener
	lastPort  uint16
}

// New returns an empty network.
func New() *Memory { return &Memory{} }

var _ Network = (*Memory)(nil)

// Listen opens addr. A host that is empty or unspecified is reached under every
// name; any other host, a DNS name included, is reached under exactly that name.
// "localhost" is 127.0.0.1. An address that is taken answers EADDRINUSE.
func (m *Memory) Listen(ctx context.Context, network, addr string) (net.Listener, error) {
	if err := ctx.Err(); err != nil {
		return nil, &net.OpError{Op: "listen", Net: network, Err: err}
	}
	a, err := parse(network, addr)
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: network, Err: err}
	}

	m.mu.Lock()
	defer m.mu.Unlock()
	if a.port == 0 {
		if a.port = m.freePort(); a.port == 0 {
			return nil, &net.OpError{Op: "listen", Net: network, Addr: a.netAddr(), Err: syscall.EADDRNOTAVAIL}
		}
	}
	if m.listeners[a] != nil {
		return nil, &net.OpError{Op: "listen", Net: network, Addr: a.netAddr(), Err: syscall.EADDRINUSE}
	}
	if m.listeners == nil {
		m.listeners = make(map[address]*listener)
	}
	l := &listener{net: m, addr: a, queue: make(chan *Conn, backlog), done: make(chan struct{})}
	m.listeners[a] = l
	return l, nil
}

// DialContext connects to whoever listens on addr; nobody answers ECONNREFUSED.
func (m *Memory) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	a, err := parse(network, addr)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	refuse := func(err error) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: a.netAddr(), Err: err}
	}

	m.mu.Lock()
	l, from := m.listening(a), m.freePort()
	m.mu.Unlock()
	if l == nil {
		return refuse(syscall.ECONNREFUSED)
	}

	here, there := Pipe(address{host: "127.0.0.1", port: from}.netAddr(), a.netAddr())
	select {
	case l.queue <- there:
	case <-l.done:
		return refuse(syscall.ECONNREFUSED)
	case <-ctx.Done():
		return refuse(ctx.Err())
	}
	// The listener may have closed between the two: then nobody will accept.
	select {
	case <-l.done:
		l.reset()
	default:
	}
	return here, nil
}

// listening finds the listener that a reaches. m.mu is held.
func (m *Memory) listening(a address) *listener {
	if l := m.listeners[a]; l != nil {
		return l
	}
	for _, anywhere := range [...]string{"", "0.0.0.0", "::"} {
		if l := m.listeners[address{host: anywhere, port: a.port}]; l != nil {
			return l
		}
	}
	return nil
}

// freePort returns a port on which nobody listens, 0 if there is none. m.mu is held.
func (m *Memory) freePort() uint16 {
	taken := make(map[uint16]bool, len(m.listeners))
	for a := range m.listeners {
		taken[a.port] = true
	}
	for range 1<<16 - firstEphemeral {
		m.lastPort++
		if m.lastPort < firstEphemeral {
			m.lastPort = firstEphemeral
		}
		if !taken[m.lastPort] {
			return m.lastPort
		}
	}
	return 0
}

// An address is what listeners are found by.
type address struct {
	host string
	port uint16
}

func parse(network, addr string) (address, error) {
	switch network {
	case "tcp", "tcp4", "tcp6":
	default:
		return address{}, net.UnknownNetworkError(network)
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return address{}, err
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return address{}, fmt.Errorf("reading the port of %q: want a number from 0 to 65535", addr)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		host = ip.Unmap().String()
	}
	return address{host: host, port: uint16(n)}, nil
}

// netAddr is a in the form that package net would give: a TCPAddr where the host
// is an IP address.
func (a address) netAddr() net.Addr {
	if a.host == "" {
		return &net.TCPAddr{IP: net.IPv6unspecified, Port: int(a.port)}
	}
	if ip, err := netip.ParseAddr(a.host); err == nil {
		return net.TCPAddrFromAddrPort(netip.AddrPortFrom(ip, a.port))
	}
	return named(net.JoinHostPort(a.host, strconv.Itoa(int(a.port))))
}

// A named address has a DNS name for its host.
type named string

func (named) Network() string  { return "tcp" }
func (n named) String() string { return string(n) }

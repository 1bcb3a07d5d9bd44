package memnet

import (
	"context"
	"net"
)

// A Network listens and dials: [Real], or a [Memory] of its own.
type Network interface {
	// Listen opens addr ("host:port"; port 0 picks a free one) on network "tcp".
	Listen(ctx context.Context, network, addr string) (net.Listener, error)
	// DialContext connects to addr. ctx bounds the connecting only.
	DialContext(ctx context.Context, network, addr string) (net.Conn, error)
}

// Real is the operating system's network.
func Real() Network { return system{} }

type system struct{}

func (system) Listen(ctx context.Context, network, addr string) (net.Listener, error) {
	var lc net.ListenConfig
	return lc.Listen(ctx, network, addr)
}

func (system) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, network, addr)
}

package scenario

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"time"

	"github.com/ssprlab/ssprlab/internal/control/client"
)

// A World is where a story runs.
type World struct {
	Control *client.Client
	// Pages opens the portal: a client without a cookie jar; every person of the
	// story gets a jar of their own.
	Pages *http.Client
	URL   string         // of the portal
	LDAPS string         // URL of the directory's first domain controller
	Roots *x509.CertPool // that vouch for the directory
	Host  string         // name in the directory's certificates
	// Dial reaches the directory, before TLS.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// A Start says which lab a story wants.
type Start struct {
	Seed     string // YAML, "" for the demo
	Clock    time.Time
	RandSeed uint64
}

// A Starter makes a world. The cleanup ends it.
type Starter func(ctx context.Context, s Start) (w World, cleanup func() error, err error)

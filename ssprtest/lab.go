package ssprtest

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/ssprlab/ssprlab/internal/control"
	"github.com/ssprlab/ssprlab/internal/control/client"
	"github.com/ssprlab/ssprlab/internal/memnet"
	"github.com/ssprlab/ssprlab/internal/rig"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// A Lab is one emulated organisation. All methods end the test when the lab
// itself fails; what the emulated products refuse is a result.
type Lab struct {
	Clock *Clock

	URL     string         // of the portal
	Control string         // base URL of the lab in the control API
	LDAP    string         // URL, in clear and StartTLS
	LDAPS   string         // URL, over TLS
	SMTP    string         // host:port of the mailbox's sink
	CA      *x509.CertPool // that vouches for the directory's certificate

	t      testing.TB
	lab    *rig.Lab
	client *client.Client
}

// An Option changes how a lab starts.
type Option func(*rig.LabConfig)

// Seed starts with the organisation of a seed file (YAML) instead of the demo.
func Seed(t testing.TB, yaml string) Option {
	t.Helper()
	seed, err := tenant.ParseSeed([]byte(yaml))
	if err != nil {
		t.Fatalf("ssprtest: the seed: %v", err)
	}
	return func(c *rig.LabConfig) { c.Seed = seed }
}

// At sets the lab's clock at the start.
func At(now time.Time) Option { return func(c *rig.LabConfig) { c.Clock = now } }

// Chance sets the number that the lab's chance is drawn from; it is 1 unless
// given, so that a test tells the same story each time.
func Chance(seed uint64) Option { return func(c *rig.LabConfig) { c.RandSeed = seed } }

// InMemory opens no port: pages, LDAP and SMTP are reached through the lab's own
// methods only. Such a lab may live in a testing/synctest bubble.
func InMemory() Option { return func(c *rig.LabConfig) { c.Network = memnet.New() } }

// closeTimeout bounds the orderly end of a lab.
const closeTimeout = 10 * time.Second

// Start starts a lab with the demo organisation and ends it with the test.
func Start(t testing.TB, options ...Option) *Lab {
	t.Helper()
	seed, err := tenant.Demo()
	if err != nil {
		t.Fatalf("ssprtest: the demo: %v", err)
	}
	cfg := rig.LabConfig{Seed: seed, RandSeed: 1}
	for _, option := range options {
		option(&cfg)
	}
	host := rig.NewHost(cfg)
	cfg.Control = control.New(control.Config{Host: host})
	inner, err := rig.NewLab(t.Context(), cfg)
	if err != nil {
		t.Fatalf("ssprtest: starting the lab: %v", err)
	}
	host.Adopt(inner)
	l := &Lab{
		URL: inner.PortalURL, Control: inner.PortalURL + "/control/v1/labs/first", LDAP: inner.LDAPURL, LDAPS: inner.LDAPSURL, SMTP: inner.SMTPAddr,
		CA: x509.NewCertPool(), t: t, lab: inner,
	}
	l.CA.AppendCertsFromPEM(inner.CA)
	web := &http.Client{Transport: &http.Transport{DialContext: inner.Config.Network.DialContext}}
	l.client = &client.Client{URL: inner.PortalURL, Lab: inner.Config.ID, HTTP: web}
	l.Clock = &Clock{l}
	t.Cleanup(func() {
		web.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		if err := host.Close(ctx); err != nil {
			t.Errorf("ssprtest: ending the lab: %v", err)
		}
	})
	return l
}

// Dial opens a connection into the lab's network, which with InMemory is the
// only way in: the address of LDAPS or SMTP, as host:port.
func (l *Lab) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	return l.lab.Config.Network.DialContext(ctx, network, address)
}

// HTTP is a client that reaches the portal, also of a lab in memory.
func (l *Lab) HTTP() *http.Client { return l.client.HTTP }

// Set changes a resource of the lab by a JSON merge patch: "tenant",
// "users/NAME", "domains/NAME/policy", "domains/NAME/settings",
// "domains/NAME/controllers/NAME" or "agents/NAME".
func (l *Lab) Set(resource, patch string) {
	l.t.Helper()
	if _, err := l.client.Patch(l.ctx(), resource, []byte(patch)); err != nil {
		l.t.Fatalf("ssprtest: changing %s: %v", resource, err)
	}
}

// Break switches faults on, as a JSON list: see docs/control-api.md. An empty
// list mends everything.
func (l *Lab) Break(faults string) {
	l.t.Helper()
	if _, err := l.client.Put(l.ctx(), "faults", []byte(faults)); err != nil {
		l.t.Fatalf("ssprtest: switching faults: %v", err)
	}
}

// ctx lives as long as the test, its cleanups included.
func (l *Lab) ctx() context.Context { return context.WithoutCancel(l.t.Context()) }

// A Clock is the lab's clock.
type Clock struct{ l *Lab }

// Now returns the lab's time.
func (c *Clock) Now() time.Time { return c.l.lab.Clock.Now() }

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) { c.l.lab.Clock.Advance(d) }

// Set moves the clock to a time.
func (c *Clock) Set(t time.Time) { c.l.lab.Clock.Set(t) }

// Freeze stops the clock.
func (c *Clock) Freeze() { c.l.lab.Clock.Freeze() }

package rig

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ssprlab/ssprlab/internal/adwire"
	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/portal"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// A Controller is a domain controller of a lab, with where it serves.
type Controller struct {
	DC *directory.DC

	LDAPURL, LDAPSURL string
	GCURL, GCSURL     string // of the global catalogue; "" without
}

// A ControllerListen is where a domain controller is to be served; "" is any
// port of the host that the first one listens on, and none where that one has
// none, as for the global catalogue by default.
type ControllerListen struct{ LDAP, LDAPS, GC, GCS string }

// openDirectory serves every domain controller of the forest over LDAP and
// LDAPS.
func (l *Lab) openDirectory(ctx context.Context) error {
	if l.Forest == nil {
		return nil
	}
	for _, d := range l.Forest.Domains() {
		for _, dc := range d.DCs() {
			if err := l.openController(ctx, dc); err != nil {
				return err
			}
		}
	}
	first := l.Controllers[0]
	l.LDAPURL, l.LDAPSURL, l.GCURL, l.GCSURL = first.LDAPURL, first.LDAPSURL, first.GCURL, first.GCSURL
	return nil
}

func (l *Lab) openController(ctx context.Context, dc *directory.DC) error {
	wire := adwire.New(adwire.Config{
		Directory: l.serverOf(dc.Domain(), dc), Now: l.Clock.Now, Logger: l.Config.Logger,
		TLS: &tls.Config{
			GetCertificate: l.certificateOf(dc), MinVersion: tls.VersionTLS12,
			ClientCAs: l.authority.pool(), ClientAuth: tls.VerifyClientCertIfGiven,
			// Samba's client waits for ever when a TLS 1.3 ticket comes before the
			// answer to its bind (libtevent and GnuTLS, 4.17).
			SessionTicketsDisabled: true,
		},
	})
	l.onClose(wire.Shutdown)
	c := &Controller{DC: dc}
	if err := l.openPorts(ctx, wire, l.portsOf(c)); err != nil {
		return err
	}
	l.Controllers = append(l.Controllers, c)
	return nil
}

// certificateOf issues a domain controller's certificate when somebody asks for
// it: a lab of many controllers need not make keys that nobody sees.
func (l *Lab) certificateOf(dc *directory.DC) func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	issue := sync.OnceValues(func() (*tls.Certificate, error) {
		cert, err := l.authority.server(l.Config.Base(), l.certificateNames(dc)...)
		return &cert, err
	})
	return func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return issue() }
}

// certificateNames are the names of a domain controller: its own, that of its
// domain, which references to it use, and what people of this machine dial.
func (l *Lab) certificateNames(dc *directory.DC) []string {
	names := []string{dc.HostName(), dc.Domain().DNSName(), "localhost", "127.0.0.1", "::1"}
	for _, listen := range []string{l.Config.Controllers[dc.HostName()].LDAPS, l.Config.Controllers[dc.HostName()].LDAP} {
		if host, _, err := net.SplitHostPort(listen); err == nil && net.ParseIP(host) != nil && !net.ParseIP(host).IsUnspecified() {
			names = append(names, host) // further addresses of loopback
		}
	}
	names = append(names, l.Config.Names...)
	slices.Sort(names[1:])
	return slices.Compact(names)
}

// A ldapPort is one of the four ports of a domain controller (AD reference 1.1).
type ldapPort struct {
	what, asked, address string // asked: which flag or key of a seed says so
	speaks               adwire.Options
	url                  *string // where it serves is put there
}

// portsOf are the ports of a domain controller. The flags say where the first
// one is served.
func (l *Lab) portsOf(c *Controller) []ldapPort {
	cfg, plain, secure := l.Config, adwire.Options{}, adwire.Options{TLS: true}
	if len(l.Controllers) == 0 {
		return []ldapPort{
			{"LDAP", "--ldap-listen", cfg.LDAPListen, plain, &c.LDAPURL},
			{"LDAPS", "--ldaps-listen", cfg.LDAPSListen, secure, &c.LDAPSURL},
			{"global catalogue", "--gc-listen", cfg.GCListen, adwire.Options{GlobalCatalog: true}, &c.GCURL},
			{"global catalogue over TLS", "--gcs-listen", cfg.GCSListen, adwire.Options{GlobalCatalog: true, TLS: true}, &c.GCSURL},
		}
	}
	host, own := c.DC.HostName(), cfg.Controllers[c.DC.HostName()]
	return []ldapPort{
		{"LDAP of " + host, "ldapListen of " + host, cmp.Or(own.LDAP, anyPortBeside(cfg.LDAPListen)), plain, &c.LDAPURL},
		{"LDAPS of " + host, "ldapsListen of " + host, cmp.Or(own.LDAPS, anyPortBeside(cfg.LDAPSListen)), secure, &c.LDAPSURL},
		{"global catalogue of " + host, "gcListen of " + host, cmp.Or(own.GC, anyPortBesideCatalogue(cfg.GCListen)), adwire.Options{GlobalCatalog: true}, &c.GCURL},
		{"global catalogue over TLS of " + host, "gcsListen of " + host, cmp.Or(own.GCS, anyPortBesideCatalogue(cfg.GCSListen)), adwire.Options{GlobalCatalog: true, TLS: true}, &c.GCSURL},
	}
}

// anyPortBesideCatalogue is anyPortBeside, and none beside none: a lab has a
// catalogue when somebody asks for it.
func anyPortBesideCatalogue(address string) string {
	if address == "" {
		return ""
	}
	return anyPortBeside(address)
}

// anyPortBeside is any port of the host of an address.
func anyPortBeside(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return anyLoopback
	}
	return net.JoinHostPort(host, "0")
}

// openPorts listens on a domain controller's ports. A port without an address
// is none; nothing serves before all of them are open.
func (l *Lab) openPorts(ctx context.Context, wire *adwire.Server, ports []ldapPort) error {
	open := make([]net.Listener, len(ports))
	for i, p := range ports {
		if p.address == "" {
			continue
		}
		var err error
		if open[i], err = l.listenAs(ctx, p.asked, p.address); err != nil {
			for _, earlier := range open[:i] {
				if earlier != nil {
					err = errors.Join(err, earlier.Close())
				}
			}
			return err
		}
	}
	background := context.WithoutCancel(ctx)
	for i, p := range ports {
		if open[i] == nil {
			continue
		}
		l.serve(p.what, func() error { return wire.Serve(background, open[i], p.speaks) })
		*p.url = p.speaks.Scheme() + "://" + dialable(open[i].Addr())
	}
	return nil
}

// controller finds a domain controller by the domain's DNS or NetBIOS name, ""
// for any, and its own short or full name, "" for the first; nil when there is
// none.
func (l *Lab) controller(domain, name string) *Controller {
	for _, c := range l.Controllers {
		d := c.DC.Domain()
		if domain != "" && !strings.EqualFold(domain, d.DNSName()) && !strings.EqualFold(domain, d.NetBIOS()) {
			continue
		}
		if name == "" || strings.EqualFold(name, c.DC.Name()) || strings.EqualFold(name, c.DC.HostName()) {
			return c
		}
	}
	return nil
}

// api is the domain controller as the control API shows it.
func (c *Controller) api(now time.Time) api.Controller {
	out := api.Controller{
		Domain: c.DC.Domain().DNSName(), Name: c.DC.Name(), Host: c.DC.HostName(), Site: c.DC.Site(), ReadOnly: c.DC.ReadOnly(),
		PDCEmulator: c.DC.Domain().PDC() == c.DC, RequireSigning: c.DC.RequiresSigning(),
		LDAP: c.LDAPURL, LDAPS: c.LDAPSURL, GlobalCatalog: c.DC.GlobalCatalog(now),
	}
	if out.GlobalCatalog {
		out.GC, out.GCS = c.GCURL, c.GCSURL
	}
	return out
}

// page is the domain controller as the pages show it.
func (c *Controller) page() portal.Controller {
	return portal.Controller{
		Host: c.DC.HostName(), LDAP: c.LDAPURL, LDAPS: c.LDAPSURL, PDCEmulator: c.DC.Domain().PDC() == c.DC, ReadOnly: c.DC.ReadOnly(),
	}
}

// controllers lists the lab's domain controllers, those of the forest root first.
func (l *Lab) controllers() []api.Controller {
	var list []api.Controller
	for _, c := range l.Controllers {
		list = append(list, c.api(l.Clock.Now()))
	}
	return list
}

// furtherControllers prints where the others than the first are.
func furtherControllers(w io.Writer, format string, r Ready) {
	for _, c := range r.Controllers[min(1, len(r.Controllers)):] {
		fmt.Fprintf(w, format, strings.ToLower(c.Name), c.LDAPS, c.LDAP)
	}
}

// listeners are the addresses that a seed gives its domain controllers. public
// allows such that other machines can reach.
func listeners(seed tenant.Seed, public bool) (map[string]ControllerListen, error) {
	at := map[string]ControllerListen{}
	for _, d := range seed.Domains {
		for _, c := range d.Controllers {
			for key, address := range c.Listeners() {
				if err := checkListener(fmt.Sprintf("%s of %s in the seed: %s", key, c.Name, address), address, public); err != nil {
					return nil, err
				}
			}
			at[strings.ToLower(c.Name+"."+d.DNSName)] = ControllerListen{LDAP: c.LDAPListen, LDAPS: c.LDAPSListen, GC: c.GCListen, GCS: c.GCSListen}
		}
	}
	return at, nil
}

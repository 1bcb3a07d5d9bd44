package rig

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/device"
	"github.com/ssprlab/ssprlab/internal/portal"
)

// Deadlines of the page server. Long polls take up to a minute.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
)

// qrPixels is the size of QR codes on pages, twice what they are shown at.
const qrPixels = 480

// openPages serves pages and control API.
func (l *Lab) openPages(ctx context.Context) error {
	ln, err := l.listen(ctx, "listen", l.Config.Listen)
	if err != nil {
		return err
	}
	scheme, trust, err := l.pagesTLS()
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	l.PortalURL = scheme + "://" + dialable(ln.Addr())
	handler, err := portal.New(l.pages())
	if err != nil {
		return errors.Join(fmt.Errorf("opening the pages: %w", err), ln.Close())
	}
	mux := http.NewServeMux()
	mux.Handle("/", l.tended(handler))
	if l.Config.Control != nil {
		mux.Handle(api.Base+"/", l.Config.Control)
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	server := &http.Server{
		Handler: l.durable(mux), TLSConfig: trust, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout,
		BaseContext: func(net.Listener) context.Context { return background }, // ends long polls when the lab ends
	}
	l.onClose(func(ctx context.Context) error {
		stop()
		if err := server.Shutdown(ctx); err != nil {
			return server.Close()
		}
		return nil
	})
	l.serve("pages", func() error {
		if trust != nil {
			return server.ServeTLS(ln, "", "")
		}
		return server.Serve(ln)
	})
	return nil
}

// pagesTLS is how the pages are served: in clear, or over TLS with a certificate
// of the lab's CA.
func (l *Lab) pagesTLS() (scheme string, trust *tls.Config, err error) {
	if !l.Config.HTTPS {
		return "http", nil, nil
	}
	names := append([]string{"localhost", "127.0.0.1", "::1"}, l.Config.Names...)
	cert, err := l.authority.server(l.Config.Base(), names...)
	if err != nil {
		return "", nil, err
	}
	return "https", &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}, nil
}

func (l *Lab) pages() portal.Config {
	cfg := portal.Config{
		Secure: l.Config.HTTPS,
		Lab: portal.Lab{
			Name: l.Config.ID, TenantName: l.tenantName(), Domain: l.domain(), Seed: l.Config.RandSeed,
			Doors: l.doors(), People: l.demoPeople(),
		},
		Reset: l.Reset, Robot: l.Robot, Tenant: l.Tenant, Journal: l.Journal, Clock: l.Clock, Logger: l.Config.Logger,
		Mailbox: mailboxPage{l.Mailbox}, Phone: phonePage{l}, Authenticator: authenticatorPage{l}, Tokens: tokensPage{l},
	}
	cfg.Accounts = &portal.Accounts{
		SignIn: l.SignIn, Registration: l.Registration, Passwords: l.Reset,
		QR: func(text string) ([]byte, error) { return device.QRCodePNG(text, qrPixels) },
	}
	if len(l.Workstations) > 0 {
		cfg.Workstation = workstationPage{l}
	}
	if l.Forest != nil {
		cfg.Directory = directoryPage{l}
	}
	return cfg
}

// domain is the tenant's own domain.
func (l *Lab) domain() string {
	if custom := l.Config.Seed.Tenant.CustomDomains; len(custom) > 0 {
		return custom[0]
	}
	return l.Config.Seed.Tenant.InitialDomain
}

func (l *Lab) doors() []portal.Door {
	doors := []portal.Door{
		{Key: "control", Name: "Control API", Address: l.PortalURL + api.Base + "/openapi.json", Link: true},
	}
	if l.LDAPSURL != "" {
		doors = append(doors,
			portal.Door{Key: "ldaps", Name: "LDAP over TLS", Address: l.LDAPSURL},
			portal.Door{Key: "ldap", Name: "LDAP", Address: l.LDAPURL})
	}
	for _, c := range l.Controllers[min(1, len(l.Controllers)):] {
		doors = append(doors, portal.Door{Key: "dc", Name: "LDAP over TLS, " + c.DC.HostName(), Address: c.LDAPSURL})
	}
	if l.GCURL != "" || l.GCSURL != "" {
		doors = append(doors, portal.Door{Key: "gc", Name: "Global catalogue", Address: cmp.Or(l.GCSURL, l.GCURL)})
	}
	return append(doors, portal.Door{Key: "smtp", Name: "SMTP", Address: l.SMTPAddr})
}

// demoPeople is the start page's table: the people of the seed that say what
// they are for.
func (l *Lab) demoPeople() []portal.DemoPerson {
	var list []portal.DemoPerson
	for _, u := range l.Config.Seed.Users {
		if u.Note == "" {
			continue
		}
		name := u.DisplayName
		if name == "" {
			name = strings.TrimSpace(u.GivenName + " " + u.Surname)
		}
		list = append(list, portal.DemoPerson{
			User: u.UserPrincipalName, Name: name, Password: u.Password.Reveal(), Shows: u.Note, Proofs: l.proofsOf(u.UserPrincipalName),
		})
	}
	return list
}

// proofsOf names what a person has registered.
func (l *Lab) proofsOf(upn string) []string {
	u, err := l.Tenant.User(context.Background(), upn)
	if err != nil {
		return nil
	}
	var has []string
	add := func(present bool, word string) {
		if present {
			has = append(has, word)
		}
	}
	add(len(u.Methods.Apps) > 0, "app")
	add(u.Methods.AuthenticationEmail != "" || len(u.OtherMails) > 0, "email")
	add(u.Methods.AuthenticationPhone != "" || u.MobilePhone != "", "phone")
	add(u.OfficePhone() != "", "officePhone")
	add(len(u.Methods.Questions) > 0, "questions")
	return has
}

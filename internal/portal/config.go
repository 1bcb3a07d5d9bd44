package portal

import (
	"errors"
	"log/slog"
	"net/http"
)

// Config is everything the pages need. Reset, Robot, Tenant, Journal, Clock and
// Logger are required; the devices and the directory may be missing, and so are
// their pages and every link to them then.
type Config struct {
	Lab     Lab
	Reset   Reset
	Robot   Robot
	Tenant  Tenant
	Journal Journal
	Clock   Clock
	Logger  *slog.Logger

	Mailbox       Mailbox
	Phone         Phone
	Authenticator Authenticator
	Tokens        Tokens
	Workstation   Workstation
	Directory     DirectoryView
	Accounts      *Accounts // nil: nobody can sign in

	// Secure marks cookies Secure with the __Host- prefix: the pages are served
	// over TLS only.
	Secure bool
	// Ready reports why the lab cannot serve yet, or nil. A nil Ready is always ready.
	Ready func() error
	// Mount adds the routes of other rooms (Graph, control API) to the same
	// server, under paths that the pages do not use.
	Mount map[string]http.Handler
}

// A Lab is what the start page tells about the lab.
type Lab struct {
	Name       string // "demo"
	TenantName string // "Northlight"
	Domain     string // "northlight.example"
	Seed       uint64
	Doors      []Door
	People     []DemoPerson
}

// A Door is a way into the lab.
type Door struct {
	Key     string // closed set: control, ldaps, ldap, dc, gc, smtp; names what to do with it
	Name    string // "LDAP over TLS"
	Address string // "ldaps://127.0.0.1:10636"
	Link    bool   // the address opens in a browser
}

// A DemoPerson is a line of the start page's table. The password is shown on
// purpose: it belongs to nobody.
type DemoPerson struct {
	User     string // user principal name
	Name     string // display name
	Password string
	Shows    string   // what this person is for, one sentence
	Proofs   []string // what is registered, closed set: app, email, phone, officePhone, questions
}

func (c Config) check() error {
	var errs []error
	for name, missing := range map[string]bool{
		"Reset": c.Reset == nil, "Robot": c.Robot == nil, "Tenant": c.Tenant == nil,
		"Journal": c.Journal == nil, "Clock": c.Clock == nil, "Logger": c.Logger == nil,
	} {
		if missing {
			errs = append(errs, errors.New("portal: Config."+name+" is nil; the pages cannot do without it"))
		}
	}
	if a := c.Accounts; a != nil && (a.SignIn == nil || a.Registration == nil || a.Passwords == nil || a.QR == nil) {
		errs = append(errs, errors.New("portal: a field of Config.Accounts is nil; fill in all of them, or leave out Accounts"))
	}
	return errors.Join(errs...)
}

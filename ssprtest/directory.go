package ssprtest

import (
	"crypto/tls"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/ssprlab/ssprlab/internal/journal"
)

// A Directory is the embedded Active Directory as an LDAP client of one domain
// controller sees it.
type Directory struct {
	l          *Lab
	controller string // "" is the first
	url        string
}

// Directory returns the lab's directory, at its first domain controller.
func (l *Lab) Directory() *Directory { return &Directory{l: l, url: l.LDAPS} }

// At returns the same directory at another domain controller, by short or full
// name ("DC2", "dc2.corp.example"). Controllers learn of each other's changes
// on the lab's clock.
func (d *Directory) At(controller string) *Directory {
	d.l.t.Helper()
	for _, c := range d.l.lab.Controllers {
		if strings.EqualFold(controller, c.DC.Name()) || strings.EqualFold(controller, c.DC.HostName()) {
			return &Directory{l: d.l, controller: c.DC.HostName(), url: c.LDAPSURL}
		}
	}
	d.l.t.Fatalf("ssprtest: the lab has no domain controller %q", controller)
	return nil
}

// Conn opens a connection over TLS, anonymous until it binds. It is closed with
// the test.
func (d *Directory) Conn() *ldap.Conn {
	d.l.t.Helper()
	raw, err := d.l.Dial(d.l.ctx(), "tcp", strings.TrimPrefix(d.url, "ldaps://"))
	if err != nil {
		d.l.t.Fatalf("ssprtest: reaching the directory: %v", err)
	}
	conn := ldap.NewConn(tls.Client(raw, &tls.Config{RootCAs: d.l.CA, ServerName: "localhost", MinVersion: tls.VersionTLS12}), true)
	conn.Start()
	d.l.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// Bind tries a simple bind. The error is an *ldap.Error with the sub-code of
// Active Directory in its text, as "data 52e".
func (d *Directory) Bind(name, password string) error {
	d.l.t.Helper()
	conn := d.Conn()
	defer conn.Close()
	return conn.Bind(name, password)
}

// MustBind ends the test when a password does not bind.
func (d *Directory) MustBind(name, password string) {
	d.l.t.Helper()
	if err := d.Bind(name, password); err != nil {
		d.l.t.Fatalf("ssprtest: binding as %s: %v", name, err)
	}
}

// MustRefuse ends the test when a password binds, or is refused with another
// sub-code than the one given ("52e", "533", "775", …).
func (d *Directory) MustRefuse(name, password, subCode string) {
	d.l.t.Helper()
	err := d.Bind(name, password)
	if err == nil {
		d.l.t.Fatalf("ssprtest: %s binds, and should be refused with data %s", name, subCode)
	}
	if !strings.Contains(err.Error(), "data "+subCode+",") {
		d.l.t.Fatalf("ssprtest: binding as %s: wanted data %s, got %v", name, subCode, err)
	}
}

// Attributes returns an account as the domain controller holds it now, by
// sAMAccountName, user principal name or DN. Binary values are in base64.
func (d *Directory) Attributes(account string) map[string][]string {
	d.l.t.Helper()
	entry, err := d.l.client.Account(d.l.ctx(), account, d.controller)
	if err != nil {
		d.l.t.Fatalf("ssprtest: looking up %s: %v", account, err)
	}
	return entry.Attributes
}

// An Event is a record of one of the lab's logs.
type Event struct {
	Channel       string // audit, application, security, signin
	ID            int    // of a Windows event, 0 for others
	Text          string
	CorrelationID string
}

// Journal returns the lab's logs in order: one channel, or all for "".
func (l *Lab) Journal(channel string) []Event {
	l.t.Helper()
	records, err := l.client.Journal(l.ctx(), journal.Query{Channel: journal.Channel(channel)}, 0)
	if err != nil {
		l.t.Fatalf("ssprtest: reading the journal: %v", err)
	}
	var list []Event
	for _, r := range records {
		e := Event{Channel: string(r.Channel), CorrelationID: r.CorrelationID}
		switch {
		case r.Event != nil:
			e.ID, e.Text = r.Event.ID, r.Event.Message
		case r.Audit != nil:
			e.Text = r.Audit.ActivityDisplayName + ": " + r.Audit.ResultReason
		case r.SignIn != nil:
			e.ID, e.Text = r.SignIn.ErrorCode, r.SignIn.Reason
		}
		list = append(list, e)
	}
	return list
}

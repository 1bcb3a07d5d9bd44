// Command ldapload measures an LDAP server: simple bind, LDAPS connect and bind,
// base search, equality search, a paged search and a password set, over 1, 8
// and 64 connections, with go-ldap or with the least client there is.
//
// It prepares the server itself: 10,000 users below an organizational unit.
// docs/performance.md says how it is run side by side against the embedded
// directory, OpenLDAP's slapd and a Samba AD DC.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"flag"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf16"

	"github.com/go-ldap/ldap/v3"

	"github.com/ssprlab/ssprlab/internal/adwire/rawclient"
)

type target struct {
	plain, secure  string // URLs
	admin, secret  string
	base           string // below which the unit with the users is
	users          int
	ad             bool // Active Directory: unicodePwd, sAMAccountName
	tls            *tls.Config
	seconds        float64
	connections    []int
	client, prefix string
	only           string // measure work whose name contains this
	server         int    // process whose processor time is measured, or 0
}

// attributes are asked for where two servers shall do the same work: an Active
// Directory has four times as many in an entry as OpenLDAP.
var attributes = []string{"cn", "mail", "givenName", "displayName"}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "ldapload:", err)
		os.Exit(1)
	}
}

func run() error {
	var t target
	ca, connections := "", ""
	prepare := flag.Bool("prepare", false, "add the users first")
	flag.StringVar(&t.plain, "ldap", "", "URL, in clear")
	flag.StringVar(&t.secure, "ldaps", "", "URL, over TLS")
	flag.StringVar(&t.admin, "bind-dn", "", "administrator")
	flag.StringVar(&t.secret, "password", "", "of the administrator: use it on test servers only")
	flag.StringVar(&t.base, "base", "", "DN below which OU=load is made")
	flag.IntVar(&t.users, "users", 10000, "how many")
	flag.BoolVar(&t.ad, "ad", false, "the server is an Active Directory")
	flag.StringVar(&ca, "ca", "", "PEM `FILE` with the CA of the server")
	flag.Float64Var(&t.seconds, "seconds", 2, "of each measurement")
	flag.StringVar(&connections, "connections", "1,8,64", "numbers of connections")
	flag.StringVar(&t.client, "client", "go-ldap", "go-ldap or raw")
	flag.StringVar(&t.prefix, "name", "", "first column of the table")
	flag.IntVar(&t.server, "server-pid", 0, "measure the processor time of this process too, which other load on the machine does not change (Linux)")
	flag.StringVar(&t.only, "only", "", "measure only the work whose name contains this")
	flag.Parse()
	for _, c := range strings.Split(connections, ",") {
		n, err := strconv.Atoi(c)
		if err != nil {
			return fmt.Errorf("--connections %s: %w", connections, err)
		}
		t.connections = append(t.connections, n)
	}
	pool := x509.NewCertPool()
	if text, err := os.ReadFile(ca); err != nil || !pool.AppendCertsFromPEM(text) {
		return fmt.Errorf("--ca %s: no certificate: %w", ca, err)
	}
	t.tls = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12, ServerName: "localhost", CurvePreferences: []tls.CurveID{tls.X25519}}
	if *prepare {
		if err := t.prepare(); err != nil {
			return fmt.Errorf("adding the users: %w", err)
		}
	}
	if t.client == "raw" {
		return t.raw()
	}
	return t.full()
}

func (t target) unit() string     { return "OU=load," + t.base }
func (t target) dn(i int) string  { return fmt.Sprintf("CN=u%05d,%s", i%t.users, t.unit()) }
func (t target) sam(i int) string { return fmt.Sprintf("u%05d", i%t.users) }
func (t target) naming() string {
	if t.ad {
		return "sAMAccountName"
	}
	return "uid"
}

// password contains no part of a user's name: an Active Directory would refuse it.
const password = "Mercury.Vault-17"

func (t target) dial(raw string) (net.Conn, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, err
	}
	c, err := net.Dial("tcp", u.Host)
	if err != nil || u.Scheme != "ldaps" {
		return c, err
	}
	return tls.Client(c, t.tls), nil
}

func (t target) conn(raw string) (*ldap.Conn, error) {
	c, err := t.dial(raw)
	if err != nil {
		return nil, err
	}
	l := ldap.NewConn(c, strings.HasPrefix(raw, "ldaps"))
	l.Start()
	return l, nil
}

func unicodePwd(p string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(`"` + p + `"`)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

func (t target) prepare() error {
	l, err := t.conn(t.secure)
	if err != nil {
		return err
	}
	defer l.Close()
	if err := l.Bind(t.admin, t.secret); err != nil {
		return err
	}
	unit := ldap.NewAddRequest(t.unit(), nil)
	unit.Attribute("objectClass", []string{"organizationalUnit"})
	if err := l.Add(unit); err != nil && !ldap.IsErrorWithCode(err, ldap.LDAPResultEntryAlreadyExists) {
		return err
	}
	for i := range t.users {
		add := ldap.NewAddRequest(t.dn(i), nil)
		if t.ad {
			add.Attribute("objectClass", []string{"user"})
			add.Attribute("sAMAccountName", []string{t.sam(i)})
			add.Attribute("unicodePwd", []string{unicodePwd(password)})
			add.Attribute("userAccountControl", []string{"512"})
		} else {
			add.Attribute("objectClass", []string{"inetOrgPerson"})
			add.Attribute("sn", []string{t.sam(i)})
			add.Attribute("uid", []string{t.sam(i)})
			add.Attribute("userPassword", []string{password})
		}
		add.Attribute("givenName", []string{"Load"})
		add.Attribute("displayName", []string{"Load " + t.sam(i)})
		add.Attribute("mail", []string{t.sam(i) + "@load.example"})
		if err := l.Add(add); err != nil {
			return fmt.Errorf("%s: %w", t.dn(i), err)
		}
	}
	return nil
}

// row prints one line of the table: operations in a second, and microseconds of
// the server's processor time for each.
func (t target) row(work string, n int, ops int64, elapsed, busy time.Duration) {
	fmt.Printf("| %s | %s | %s | %d | %.0f |", t.prefix, t.client, work, n, float64(ops)/elapsed.Seconds())
	if t.server != 0 {
		fmt.Printf(" %.1f |", float64(busy.Microseconds())/float64(max(ops, 1)))
	}
	fmt.Println()
}

// processorTime is how long the server has been computing, in user and system
// mode: fields 14 and 15 of proc_pid_stat(5), in hundredths of a second.
func (t target) processorTime() time.Duration {
	if t.server == 0 {
		return 0
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", t.server))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * time.Second / 100
}

// loop runs work on n goroutines for a while.
func (t target) loop(name string, n int, open func() (any, error), work func(conn any, i int) error) error {
	if !strings.Contains(name, t.only) {
		return nil
	}
	conns := make([]any, n)
	for i := range conns {
		c, err := open()
		if err != nil {
			return fmt.Errorf("%s: connecting: %w", name, err)
		}
		conns[i] = c
	}
	var ops atomic.Int64
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	ctx, stop := context.WithTimeout(context.Background(), time.Duration(t.seconds*float64(time.Second)))
	defer stop()
	began, busy := time.Now(), t.processorTime()
	for w := range n {
		all.Go(func() {
			for i := w * 7919; ctx.Err() == nil; i++ {
				if err := work(conns[w], i); err != nil {
					failed.CompareAndSwap(nil, &err)
					return
				}
				ops.Add(1)
			}
		})
	}
	all.Wait()
	elapsed := time.Since(began)
	busy = t.processorTime() - busy
	for _, c := range conns {
		if closer, ok := c.(interface{ Close() error }); ok {
			_ = closer.Close()
		}
	}
	if err := failed.Load(); err != nil {
		return fmt.Errorf("%s: %w", name, *err)
	}
	t.row(name, n, ops.Load(), elapsed, busy)
	return nil
}

// full measures with go-ldap.
func (t target) full() error {
	bound := func(raw string) func() (any, error) {
		return func() (any, error) {
			l, err := t.conn(raw)
			if err == nil {
				err = l.Bind(t.admin, t.secret)
			}
			return l, err
		}
	}
	none := func() (any, error) { return nil, nil }
	works := []struct {
		name string
		open func() (any, error)
		work func(conn any, i int) error
	}{
		{"simple bind", func() (any, error) { return t.conn(t.plain) }, func(c any, i int) error { return c.(*ldap.Conn).Bind(t.dn(i), password) }},
		{"LDAPS connect and bind", none, func(_ any, i int) error {
			l, err := t.conn(t.secure)
			if err != nil {
				return err
			}
			defer l.Close()
			return l.Bind(t.dn(i), password)
		}},
		{"base search", bound(t.plain), func(c any, i int) error {
			return t.search(c, t.dn(i), ldap.ScopeBaseObject, "(objectClass=*)", attributes)
		}},
		{"base search, all attributes", bound(t.plain), func(c any, i int) error { return t.search(c, t.dn(i), ldap.ScopeBaseObject, "(objectClass=*)", nil) }},
		{"equality search", bound(t.plain), func(c any, i int) error {
			return t.search(c, t.base, ldap.ScopeWholeSubtree, "("+t.naming()+"="+t.sam(i)+")", attributes)
		}},
		{"equality search, all attributes", bound(t.plain), func(c any, i int) error {
			return t.search(c, t.base, ldap.ScopeWholeSubtree, "("+t.naming()+"="+t.sam(i)+")", nil)
		}},
		{"1000 entries, pages of 200", bound(t.plain), func(c any, i int) error { return t.paged(c, i, attributes) }},
		{"1000 entries, pages of 200, all attributes", bound(t.plain), func(c any, i int) error { return t.paged(c, i, nil) }},
		{"password set", bound(t.secure), func(c any, i int) error {
			m := ldap.NewModifyRequest(t.dn(i), nil)
			if t.ad {
				m.Replace("unicodePwd", []string{unicodePwd(password)})
			} else {
				m.Replace("userPassword", []string{password})
			}
			return c.(*ldap.Conn).Modify(m)
		}},
	}
	for _, w := range works {
		for _, n := range t.connections {
			if err := t.loop(w.name, n, w.open, w.work); err != nil {
				return err
			}
		}
	}
	return nil
}

// paged reads a thousand entries, over a filter that only a prefix answers.
func (t target) paged(c any, i int, attributes []string) error {
	filter := fmt.Sprintf("(%s=u%02d*)", t.naming(), i%max(t.users/1000, 1))
	found, err := c.(*ldap.Conn).SearchWithPaging(ldap.NewSearchRequest(t.unit(), ldap.ScopeWholeSubtree, 0, 0, 0, false, filter, attributes, nil), 200)
	if want := min(t.users, 1000); err == nil && len(found.Entries) != want {
		return fmt.Errorf("%s: %d entries, want %d", filter, len(found.Entries), want)
	}
	return err
}

func (t target) search(c any, base string, scope int, filter string, attributes []string) error {
	found, err := c.(*ldap.Conn).Search(ldap.NewSearchRequest(base, scope, ldap.NeverDerefAliases, 0, 0, false, filter, attributes, nil))
	if err == nil && len(found.Entries) != 1 {
		return fmt.Errorf("%s %s: %d entries", base, filter, len(found.Entries))
	}
	return err
}

// raw measures with the least client, which leaves the processors to the server.
func (t target) raw() error {
	open := func(raw string, bind bool) func() (any, error) {
		return func() (any, error) {
			conn, err := t.dial(raw)
			if err != nil {
				return nil, err
			}
			c := rawclient.New(conn)
			if bind {
				err = expect(c.Bind(t.admin, t.secret))
			}
			return c, err
		}
	}
	attribute := "userPassword"
	value := func() []byte { return []byte(password) }
	if t.ad {
		attribute, value = "unicodePwd", func() []byte { return []byte(unicodePwd(password)) }
	}
	works := []struct {
		name string
		open func() (any, error)
		work func(c *rawclient.Client, i int) (rawclient.Result, error)
	}{
		{"simple bind", open(t.plain, false), func(c *rawclient.Client, i int) (rawclient.Result, error) { return c.Bind(t.dn(i), password) }},
		{"base search", open(t.plain, true), func(c *rawclient.Client, i int) (rawclient.Result, error) {
			return c.BaseSearch(t.dn(i), attributes...)
		}},
		{"base search, all attributes", open(t.plain, true), func(c *rawclient.Client, i int) (rawclient.Result, error) { return c.BaseSearch(t.dn(i)) }},
		{"equality search", open(t.plain, true), func(c *rawclient.Client, i int) (rawclient.Result, error) {
			return c.EqualitySearch(t.base, t.naming(), t.sam(i), attributes...)
		}},
		{"equality search, all attributes", open(t.plain, true), func(c *rawclient.Client, i int) (rawclient.Result, error) {
			return c.EqualitySearch(t.base, t.naming(), t.sam(i))
		}},
		{"password set", open(t.secure, true), func(c *rawclient.Client, i int) (rawclient.Result, error) {
			return c.Replace(t.dn(i), attribute, value())
		}},
	}
	for _, w := range works {
		for _, n := range t.connections {
			err := t.loop(w.name, n, w.open, func(c any, i int) error {
				err := expect(w.work(c.(*rawclient.Client), i))
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func expect(r rawclient.Result, err error) error {
	if err == nil && r.Code != 0 {
		err = fmt.Errorf("result %d %s", r.Code, r.Diagnostic)
	}
	return err
}

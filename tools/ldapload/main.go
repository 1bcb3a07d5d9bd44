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
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf16"

	"github.com/go-ldap/ldap/v3"

	"github.com/ssprlab/ssprlab/internal/adwire/rawclient"
)

// A target is a server to measure, one JSON file each.
type target struct {
	Name     string `json:"name"`  // of its columns
	Plain    string `json:"ldap"`  // URL, in clear
	Secure   string `json:"ldaps"` // URL, over TLS
	Admin    string `json:"bindDN"`
	Secret   string `json:"password"` // of the administrator of a test server
	Base     string `json:"base"`     // DN below which OU=load is
	AD       bool   `json:"ad"`       // Active Directory: unicodePwd, sAMAccountName
	CA       string `json:"ca"`       // PEM file
	PID      int    `json:"pid"`      // process whose processor time is measured, or 0
	users    int
	duration time.Duration // of one slice
	tls      *tls.Config
}

// attributes are what a program asks for; nil, in the rows "all attributes", is what people ask for.
var attributes = []string{"cn", "mail", "givenName", "displayName"}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "ldapload:", err)
		os.Exit(1)
	}
}

func run() error {
	prepare := flag.Bool("prepare", false, "add the users, and measure nothing")
	users := flag.Int("users", 10000, "how many")
	rounds := flag.Int("rounds", 9, "how often each server is measured, in turns; medians are printed")
	slice := flag.Duration("slice", 300*time.Millisecond, "of one measurement")
	connections := flag.String("connections", "1,8,64", "numbers of connections")
	client := flag.String("client", "go-ldap", "go-ldap or raw")
	only := flag.String("only", "", "measure only the work whose name contains this")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: ldapload [flags] SERVER.json …")
		flag.PrintDefaults()
	}
	flag.Parse()
	var counts []int
	for _, c := range strings.Split(*connections, ",") {
		n, err := strconv.Atoi(c)
		if err != nil {
			return fmt.Errorf("--connections %s: %w", *connections, err)
		}
		counts = append(counts, n)
	}
	var targets []target
	for _, file := range flag.Args() {
		t := target{users: *users, duration: *slice}
		if err := t.read(file); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if *prepare {
			if err := t.prepare(); err != nil {
				return fmt.Errorf("%s: adding the users: %w", t.Name, err)
			}
		}
		targets = append(targets, t)
	}
	if *prepare {
		return nil
	}
	works := map[string]func(target) []work{"go-ldap": target.full, "raw": target.raw}[*client]
	if works == nil {
		return fmt.Errorf("--client %s: want go-ldap or raw", *client)
	}
	return compare(targets, works, *only, counts, *rounds)
}

func (t *target) read(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, t); err != nil {
		return err
	}
	pool := x509.NewCertPool()
	ca, err := os.ReadFile(t.CA)
	if err != nil {
		return err
	}
	if !pool.AppendCertsFromPEM(ca) {
		return fmt.Errorf("ca %s: no certificate", t.CA)
	}
	t.tls = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12, ServerName: "localhost", CurvePreferences: []tls.CurveID{tls.X25519}}
	return nil
}

// A work is something to measure: open makes a connection, do is one operation.
type work struct {
	name string
	open func() (any, error)
	do   func(conn any, i int) error
}

// compare measures the servers in turns, in short slices, since a shared machine is
// faster in one minute than in the next, and prints a table of medians.
func compare(targets []target, works func(target) []work, only string, counts []int, rounds int) error {
	observed := slices.DeleteFunc(slices.Clone(targets), func(t target) bool { return t.PID == 0 })
	fmt.Print("| work | connections |")
	for _, t := range targets {
		fmt.Printf(" %s op/s |", t.Name)
	}
	for _, t := range observed {
		fmt.Printf(" %s µs |", t.Name)
	}
	fmt.Print("\n|---|---:|", strings.Repeat("---:|", len(targets)+len(observed)), "\n")
	lists := make([][]work, len(targets))
	for i, t := range targets {
		lists[i] = works(t)
	}
	for w, first := range lists[0] {
		if !strings.Contains(first.name, only) {
			continue
		}
		for _, n := range counts {
			rates, costs := make([][]float64, len(targets)), make([][]float64, len(targets))
			for range rounds {
				for i, t := range targets {
					rate, cost, err := t.loop(lists[i][w], n)
					if err != nil {
						return fmt.Errorf("%s: %s: %w", t.Name, first.name, err)
					}
					rates[i], costs[i] = append(rates[i], rate), append(costs[i], cost)
				}
			}
			costs = slices.DeleteFunc(costs, func(c []float64) bool { return slices.Max(c) == 0 })
			fmt.Printf("| %s | %d |%s%s\n", first.name, n, cells(rates, slices.Max[[]float64]), cells(costs, slices.Min[[]float64]))
		}
	}
	return nil
}

// cells prints medians, the best of them bold.
func cells(measured [][]float64, best func([]float64) float64) string {
	medians := make([]float64, len(measured))
	for i, m := range measured {
		slices.Sort(m)
		medians[i] = m[len(m)/2]
	}
	var b strings.Builder
	for _, m := range medians {
		format := " %.0f |"
		if m == best(medians) {
			format = " **%.0f** |"
		}
		fmt.Fprintf(&b, format, m)
	}
	return b.String()
}

func (t target) unit() string     { return "OU=load," + t.Base }
func (t target) dn(i int) string  { return fmt.Sprintf("CN=u%05d,%s", i%t.users, t.unit()) }
func (t target) sam(i int) string { return fmt.Sprintf("u%05d", i%t.users) }
func (t target) naming() string {
	if t.AD {
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
	l, err := t.conn(t.Secure)
	if err != nil {
		return err
	}
	defer l.Close()
	if err := l.Bind(t.Admin, t.Secret); err != nil {
		return err
	}
	unit := ldap.NewAddRequest(t.unit(), nil)
	unit.Attribute("objectClass", []string{"organizationalUnit"})
	if err := l.Add(unit); err != nil && !ldap.IsErrorWithCode(err, ldap.LDAPResultEntryAlreadyExists) {
		return err
	}
	for i := range t.users {
		add := ldap.NewAddRequest(t.dn(i), nil)
		if t.AD {
			add.Attribute("objectClass", []string{"user"})
			add.Attribute("sAMAccountName", []string{t.sam(i)})
			add.Attribute("unicodePwd", []string{unicodePwd(password)})
			add.Attribute("userAccountControl", []string{"512"})
		} else {
			add.Attribute("userPassword", []string{password})
			t.generated(add, i)
		}
		add.Attribute("sn", []string{t.sam(i)})
		add.Attribute("givenName", []string{"Load"})
		add.Attribute("displayName", []string{"Load " + t.sam(i)})
		add.Attribute("mail", []string{t.sam(i) + "@load.example"})
		if err := l.Add(add); err != nil {
			return fmt.Errorf("%s: %w", t.dn(i), err)
		}
	}
	return nil
}

// generated adds what a domain controller adds to a user by itself, so that "all
// attributes" is the same work for a server that does not.
func (t target) generated(add *ldap.AddRequest, i int) {
	for name, values := range map[string][]string{
		"objectClass": {"person", "organizationalPerson", "inetOrgPerson", "loadUser"}, "cn": {t.sam(i)}, "name": {t.sam(i)}, t.naming(): {t.sam(i)},
		"distinguishedName": {t.dn(i)}, "instanceType": {"4"}, "whenCreated": {"20261128121234.0Z"}, "whenChanged": {"20261128121234.0Z"},
		"uSNCreated": {strconv.Itoa(8000 + i)}, "uSNChanged": {strconv.Itoa(18000 + i)},
		"objectGUID": {fmt.Sprintf("\xff%015d", i)}, "objectSid": {fmt.Sprintf("\x01\x05\x00\x00\x00\x00\x00\x05%020d", i)},
		"objectCategory": {"CN=Person,CN=Schema,CN=Configuration," + t.Base},
		"badPwdCount":    {"0"}, "badPasswordTime": {"0"}, "lastLogon": {"134403415626441170"}, "lastLogoff": {"0"}, "logonCount": {"0"},
		"accountExpires": {"9223372036854775807"}, "codePage": {"0"}, "countryCode": {"0"}, "lastLogonTimestamp": {"134403415575122133"},
		"primaryGroupID": {"513"}, "pwdLastSet": {"134403415547556435"}, "sAMAccountType": {"805306368"}, "userAccountControl": {"512"},
		"dSCorePropagationData": {"16010101000000.0Z"},
	} {
		add.Attribute(name, values)
	}
}

// processorTime is how long the server has been computing, in user and system
// mode: fields 14 and 15 of proc_pid_stat(5), in hundredths of a second.
func (t target) processorTime() time.Duration {
	if t.PID == 0 {
		return 0
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", t.PID))
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

// loop does work on n connections for a while and returns operations in a second, and
// microseconds of the server's processor time for each.
func (t target) loop(w work, n int) (rate, cost float64, err error) {
	conns := make([]any, n)
	for i := range conns {
		c, err := w.open()
		if err != nil {
			return 0, 0, fmt.Errorf("connecting: %w", err)
		}
		conns[i] = c
	}
	var ops atomic.Int64
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	ctx, stop := context.WithTimeout(context.Background(), t.duration)
	defer stop()
	began, busy := time.Now(), t.processorTime()
	for k := range n {
		all.Go(func() {
			for i := k * 7919; ctx.Err() == nil; i++ {
				if err := w.do(conns[k], i); err != nil {
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
		return 0, 0, *err
	}
	return float64(ops.Load()) / elapsed.Seconds(), float64(busy.Microseconds()) / float64(max(ops.Load(), 1)), nil
}

// full measures with go-ldap.
func (t target) full() []work {
	bound := func(raw string) func() (any, error) {
		return func() (any, error) {
			l, err := t.conn(raw)
			if err == nil {
				err = l.Bind(t.Admin, t.Secret)
			}
			return l, err
		}
	}
	none := func() (any, error) { return nil, nil }
	return []work{
		{"simple bind", func() (any, error) { return t.conn(t.Plain) }, func(c any, i int) error { return c.(*ldap.Conn).Bind(t.dn(i), password) }},
		{"LDAPS connect and bind", none, func(_ any, i int) error {
			l, err := t.conn(t.Secure)
			if err != nil {
				return err
			}
			defer l.Close()
			return l.Bind(t.dn(i), password)
		}},
		{"base search", bound(t.Plain), func(c any, i int) error {
			return t.search(c, t.dn(i), ldap.ScopeBaseObject, "(objectClass=*)", attributes)
		}},
		{"base search, all attributes", bound(t.Plain), func(c any, i int) error { return t.search(c, t.dn(i), ldap.ScopeBaseObject, "(objectClass=*)", nil) }},
		{"equality search", bound(t.Plain), func(c any, i int) error {
			return t.search(c, t.unit(), ldap.ScopeWholeSubtree, "("+t.naming()+"="+t.sam(i)+")", attributes)
		}},
		{"equality search, all attributes", bound(t.Plain), func(c any, i int) error {
			return t.search(c, t.unit(), ldap.ScopeWholeSubtree, "("+t.naming()+"="+t.sam(i)+")", nil)
		}},
		{"1000 entries, pages of 200", bound(t.Plain), func(c any, i int) error { return t.paged(c, i, attributes) }},
		{"1000 entries, pages of 200, all attributes", bound(t.Plain), func(c any, i int) error { return t.paged(c, i, nil) }},
		{"password set", bound(t.Secure), func(c any, i int) error {
			m := ldap.NewModifyRequest(t.dn(i), nil)
			if t.AD {
				m.Replace("unicodePwd", []string{unicodePwd(password)})
			} else {
				m.Replace("userPassword", []string{password})
			}
			return c.(*ldap.Conn).Modify(m)
		}},
	}
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
func (t target) raw() []work {
	open := func(raw string, bind bool) func() (any, error) {
		return func() (any, error) {
			conn, err := t.dial(raw)
			if err != nil {
				return nil, err
			}
			c := rawclient.New(conn)
			if bind {
				err = expect(c.Bind(t.Admin, t.Secret))
			}
			return c, err
		}
	}
	attribute := "userPassword"
	value := func() []byte { return []byte(password) }
	if t.AD {
		attribute, value = "unicodePwd", func() []byte { return []byte(unicodePwd(password)) }
	}
	do := func(work func(c *rawclient.Client, i int) (rawclient.Result, error)) func(any, int) error {
		return func(c any, i int) error { return expect(work(c.(*rawclient.Client), i)) }
	}
	return []work{
		{"simple bind", open(t.Plain, false), do(func(c *rawclient.Client, i int) (rawclient.Result, error) { return c.Bind(t.dn(i), password) })},
		{"base search", open(t.Plain, true), do(func(c *rawclient.Client, i int) (rawclient.Result, error) {
			return c.BaseSearch(t.dn(i), attributes...)
		})},
		{"base search, all attributes", open(t.Plain, true), do(func(c *rawclient.Client, i int) (rawclient.Result, error) { return c.BaseSearch(t.dn(i)) })},
		{"equality search", open(t.Plain, true), do(func(c *rawclient.Client, i int) (rawclient.Result, error) {
			return c.EqualitySearch(t.unit(), t.naming(), t.sam(i), attributes...)
		})},
		{"equality search, all attributes", open(t.Plain, true), do(func(c *rawclient.Client, i int) (rawclient.Result, error) {
			return c.EqualitySearch(t.unit(), t.naming(), t.sam(i))
		})},
		{"password set", open(t.Secure, true), do(func(c *rawclient.Client, i int) (rawclient.Result, error) {
			return c.Replace(t.dn(i), attribute, value())
		})},
	}
}

func expect(r rawclient.Result, err error) error {
	if err == nil && r.Code != 0 {
		err = fmt.Errorf("result %d %s", r.Code, r.Diagnostic)
	}
	return err
}

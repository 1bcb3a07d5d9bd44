package adwire_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf16"

	"github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/adwire"
	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/memnet"
	"github.com/ssprlab/ssprlab/internal/memnet/tlstest"
)

const (
	base          = "DC=corp,DC=northlight,DC=example"
	staff         = "CN=Users," + base
	administrator = `NORTHLIGHT\Administrator`
)

// domain serves a real directory in a bubble or outside of one.
func domain(t testing.TB) (plain, secure func() *ldap.Conn) {
	t.Helper()
	forest, err := directory.NewForest(directory.ForestConfig{
		Flavour: directory.Flavour{Dialect: directory.Windows2022, Build: "4f7c"},
		Now:     time.Now(), Rand: rand.NewChaCha8([32]byte{1}),
		Domains: []directory.DomainConfig{{DNSName: "corp.northlight.example", NetBIOS: "NORTHLIGHT", Password: password}},
	})
	require.NoError(t, err)
	cert, roots := tlstest.Identity(t, "dc1.corp.example")
	network := memnet.New()
	server := adwire.New(adwire.Config{Directory: forest.Domains()[0].DCs()[0], TLS: &tls.Config{Certificates: []tls.Certificate{cert}}})
	for addr, opt := range map[string]adwire.Options{ldapAddr: {}, ldapsAddr: {TLS: true}} {
		l, err := network.Listen(t.Context(), "tcp", addr)
		require.NoError(t, err)
		go func() { assert.NoError(t, server.Serve(context.Background(), l, opt)) }()
	}
	t.Cleanup(func() {
		require.NoError(t, server.Close())
		assert.Zero(t, server.Stats().Panics)
	})
	dial := func(addr string) net.Conn {
		c, err := network.DialContext(t.Context(), "tcp", addr)
		require.NoError(t, err)
		return c
	}
	plain = func() *ldap.Conn { return client(t, dial(ldapAddr), false) }
	secure = func() *ldap.Conn {
		return client(t, tls.Client(dial(ldapsAddr), &tls.Config{RootCAs: roots, ServerName: "dc1.corp.example"}), true)
	}
	return plain, secure
}

// quoted is a password in the form of unicodePwd (MS-ADTS 3.1.1.3.1.5).
func quoted(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(`"` + s + `"`)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

// firstPassword is what new users have.
const firstPassword = "Looking-glass1"

// create adds an enabled user with a password.
func create(t testing.TB, c *ldap.Conn, name string) string {
	t.Helper()
	dn := "CN=" + name + "," + staff
	a := ldap.NewAddRequest(dn, nil)
	a.Attribute("objectClass", []string{"user"})
	a.Attribute("sAMAccountName", []string{name})
	a.Attribute("userAccountControl", []string{"512"})
	a.Attribute("unicodePwd", []string{quoted(firstPassword)})
	require.NoError(t, c.Add(a))
	return dn
}

// reset replaces the password, obeying history if hints is set.
func reset(c *ldap.Conn, dn, pwd string, hints bool) error {
	m := ldap.NewModifyRequest(dn, nil)
	m.Replace("unicodePwd", []string{quoted(pwd)})
	if hints {
		m.Controls = []ldap.Control{ldap.NewControlString("1.2.840.113556.1.4.2239", true, "\x30\x84\x00\x00\x00\x03\x02\x01\x01")}
	}
	return c.Modify(m)
}

func TestPasswordResetThroughTheWholeDirectory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plain, secure := domain(t)
		admin := secure()
		require.NoError(t, admin.Bind(administrator, password))
		dn := create(t, admin, "along")
		require.NoError(t, plain().Bind(dn, firstPassword))

		require.NoError(t, reset(admin, dn, "Rabbit-hole8", false))
		assert.True(t, ldap.IsErrorWithCode(plain().Bind(dn, "Mad-hatter9"), ldap.LDAPResultInvalidCredentials))
		require.NoError(t, plain().Bind("along@corp.northlight.example", "Rabbit-hole8"))

		time.Sleep(48 * time.Hour) // virtual; the connection is idle for longer than AD allows
		assert.Error(t, reset(admin, dn, "Mad-hatter9", false))
		admin = secure()
		require.NoError(t, admin.Bind(administrator, password))
		err := reset(admin, dn, "Rabbit-hole8", true)
		require.True(t, ldap.IsErrorWithCode(err, ldap.LDAPResultUnwillingToPerform), "history, asked for by policy hints: %v", err)
		assert.ErrorContains(t, err, "0000052D: SvcErr")
		require.NoError(t, reset(admin, dn, "Mad-hatter9", true))
		require.NoError(t, secure().Bind(`NORTHLIGHT\along`, "Mad-hatter9"))
	})
}

func TestPasswordResetInClearIsRefused(t *testing.T) {
	plain, secure := domain(t)
	admin := secure()
	require.NoError(t, admin.Bind(administrator, password))
	dn := create(t, admin, "along")

	unsealed := plain()
	require.NoError(t, unsealed.Bind(administrator, password))
	err := reset(unsealed, dn, "Rabbit-hole8", false)
	require.True(t, ldap.IsErrorWithCode(err, ldap.LDAPResultUnwillingToPerform), "%v", err)
	assert.ErrorContains(t, err, "0000001F: SvcErr")
}

func TestDirectoryInPages(t *testing.T) {
	_, secure := domain(t)
	admin := secure()
	require.NoError(t, admin.Bind(administrator, password))
	for i := range 25 {
		create(t, admin, fmt.Sprintf("user%02d", i))
	}
	find := ldap.NewSearchRequest(base, ldap.ScopeWholeSubtree, 0, 0, 0, false, "(&(objectCategory=person)(sAMAccountName=user*))", []string{"sAMAccountName"}, nil)
	res, err := admin.SearchWithPaging(find, 10)
	require.NoError(t, err)
	assert.Len(t, res.Entries, 25)

	page := ldap.NewControlPaging(10)
	find.Controls = []ldap.Control{page}
	res, err = admin.Search(find)
	require.NoError(t, err)
	require.Len(t, res.Entries, 10)
	page.SetCookie(ldap.FindControl(res.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging).Cookie)
	other := secure()
	require.NoError(t, other.Bind(administrator, password))
	_, err = other.Search(find)
	assert.Error(t, err, "a cookie belongs to its connection")
}

func TestAnonymousCallersOfTheDirectory(t *testing.T) {
	plain, _ := domain(t)
	c := plain()
	res, err := c.Search(search(""))
	require.NoError(t, err)
	assert.Contains(t, res.Entries[0].GetAttributeValues("supportedControl"), "1.2.840.113556.1.4.2239")
	_, err = c.Search(search(base))
	require.True(t, ldap.IsErrorWithCode(err, ldap.LDAPResultOperationsError), "%v", err)
	assert.ErrorContains(t, err, "000004DC: LdapErr")
}

// Many clients at once, each with requests on their way before it has read an
// answer, over the whole directory: names are found, passwords set and proved.
// What a client has set last is what holds.
func TestPipelinedClientsOfTheWholeDirectory(t *testing.T) {
	const clients, rounds = 16, 6
	_, secure := domain(t)
	admin := secure()
	require.NoError(t, admin.Bind(administrator, password))
	done := make(chan error, clients)
	for i := range clients {
		name := fmt.Sprintf("user%d", i)
		dn := create(t, admin, name)
		c, reader := secure(), secure()
		go func() {
			done <- func() error {
				for _, bound := range []*ldap.Conn{c, reader} {
					if err := bound.Bind(administrator, password); err != nil {
						return err
					}
				}
				for round := range rounds {
					answers := make(chan error, 4)
					go func() { answers <- reset(c, dn, fmt.Sprintf("Rabbit-hole%d", round), false) }()
					for range 3 {
						go func() {
							found, err := reader.Search(ldap.NewSearchRequest(staff, ldap.ScopeWholeSubtree, 0, 0, 0, false, "(sAMAccountName="+name+")", []string{"pwdLastSet"}, nil))
							if err == nil && len(found.Entries) != 1 {
								err = fmt.Errorf("%d entries for %s", len(found.Entries), name)
							}
							answers <- err
						}()
					}
					for range 4 {
						if err := <-answers; err != nil {
							return err
						}
					}
				}
				return reader.Bind(dn, fmt.Sprintf("Rabbit-hole%d", rounds-1))
			}()
		}()
	}
	for range clients {
		require.NoError(t, <-done)
	}
}

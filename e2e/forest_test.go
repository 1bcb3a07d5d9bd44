package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/rig"
)

// sitesSeed is a forest of two domains in two sites.
const sitesSeed = `
tenant:
  tenantName: Northlight
  initialDomain: northlight.onmicrosoft.example
  customDomains: [northlight.example]
users:
  - userPrincipalName: ben@northlight.example
    password: Copper-Kettle-71
    onPremises: {domain: west.corp.northlight.example, samAccountName: ben}
domains:
  - dnsName: corp.northlight.example
    netbios: NORTHLIGHT
    serviceAccounts: [{name: desk, password: Sync-Only-9f3a71c2e8, groups: [Domain Admins, Enterprise Admins]}]
    controllers: [{name: DC1}, {name: DC2}]
  - dnsName: west.corp.northlight.example
    netbios: WEST
    controllers: [{name: WDC1, site: West}]
    settings: {replication: {sites: 30m}}
`

const (
	desk, deskPassword = `NORTHLIGHT\desk`, "Sync-Only-9f3a71c2e8"
	westBen            = "CN=ben,CN=Users,DC=west,DC=corp,DC=northlight,DC=example"
)

// startForest starts a fakead with that seed, a global catalogue and a clock
// that stands still.
func startForest(t *testing.T) (ready rig.Ready, at map[string]api.Controller) {
	t.Helper()
	seed := filepath.Join(t.TempDir(), "seed.yaml")
	require.NoError(t, os.WriteFile(seed, []byte(sitesSeed), 0o600))
	args := append([]string{"--seed=" + seed, "--rand-seed=3", "--control-listen=127.0.0.1:0"}, anyDirectoryPorts...)
	ready, at = start(t, "fakead", append(args, catalogueFlags...)...).ready(t), map[string]api.Controller{}
	for _, c := range ready.Controllers {
		at[c.Name] = c
	}
	frozen := true
	_, err := controlOf(ready).MoveClock(t.Context(), api.ClockChange{Freeze: &frozen})
	require.NoError(t, err)
	return ready, at
}

// A deskConn is an administrator's connection to a domain controller.
type deskConn struct {
	t *testing.T
	*ldap.Conn
}

func deskAt(t *testing.T, url string) deskConn {
	t.Helper()
	conn, err := ldap.DialURL(url)
	require.NoError(t, err)
	conn.SetTimeout(patience)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.Bind(desk, deskPassword))
	return deskConn{t, conn}
}

func (c deskConn) read(dn, attribute string) string {
	c.t.Helper()
	found, err := c.Search(ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, false, "(objectClass=*)", []string{attribute}, nil))
	require.NoError(c.t, err)
	return found.Entries[0].GetAttributeValue(attribute)
}

func (c deskConn) write(dn, attribute string, values ...string) {
	c.t.Helper()
	change := ldap.NewModifyRequest(dn, nil)
	change.Replace(attribute, values)
	require.NoError(c.t, c.Modify(change))
}

// What one domain writes is in the configuration and the global catalogue of
// another when the lab's clock says that it has arrived.
func TestReplicationBetweenDomains(t *testing.T) {
	ready, at := startForest(t)
	control, west := controlOf(ready), deskAt(t, at["WDC1"].LDAP)
	catalogue, one := deskAt(t, ready.GC), deskAt(t, ready.LDAP)

	west.write(westBen, "displayName", "Ben of the west")
	west.write(westBen, "userPrincipalName", "benjamin@northlight.example")
	assert.Equal(t, "Ben of the west", west.read(westBen, "displayName"))
	assert.Equal(t, "ben@northlight.example", catalogue.read(westBen, "userPrincipalName"))
	in := func(name string) error {
		conn, err := ldap.DialURL(ready.LDAP)
		require.NoError(t, err)
		defer conn.Close()
		return conn.Bind(name, "Copper-Kettle-71")
	}
	assert.NoError(t, in("ben@northlight.example"), "DC1 knows him by the old name")
	assert.ErrorContains(t, in("benjamin@northlight.example"), "data 52e")

	require.NoError(t, control.Advance(t.Context(), 29*time.Minute))
	assert.NotEqual(t, "Ben of the west", catalogue.read(westBen, "displayName"))
	require.NoError(t, control.Advance(t.Context(), time.Minute))
	assert.Equal(t, "Ben of the west", catalogue.read(westBen, "displayName"))
	assert.Equal(t, "benjamin@northlight.example", catalogue.read(westBen, "userPrincipalName"))
	assert.NoError(t, in("benjamin@northlight.example"))
	assert.ErrorContains(t, in("ben@northlight.example"), "data 52e")

	const sites = "CN=Sites,CN=Configuration,DC=corp,DC=northlight,DC=example"
	one.write(sites, "description", "two of them")
	assert.Equal(t, "two of them", one.read(sites, "description"))
	assert.Empty(t, west.read(sites, "description"))
	require.NoError(t, control.Advance(t.Context(), 3*time.Hour))
	assert.Equal(t, "two of them", west.read(sites, "description"))
}

// Two domain controllers give one account name away before they know of each
// other: in the end the account that was made first has it.
func TestAnAccountNameGivenTwice(t *testing.T) {
	ready, at := startForest(t)
	one, two := deskAt(t, ready.LDAP), deskAt(t, at["DC2"].LDAP)
	create := func(c deskConn, cn string) string {
		dn := "CN=" + cn + ",CN=Users," + ready.BaseDN
		add := ldap.NewAddRequest(dn, nil)
		add.Attribute("objectClass", []string{"user"})
		add.Attribute("sAMAccountName", []string{"newhire"})
		require.NoError(t, c.Add(add))
		return dn
	}
	first := create(one, "From the desk")
	require.NoError(t, controlOf(ready).Advance(t.Context(), 5*time.Second))
	second := create(two, "From the branch")
	assert.Equal(t, "newhire", two.read(second, "sAMAccountName"))
	require.NoError(t, controlOf(ready).Advance(t.Context(), 15*time.Second))
	for name, c := range map[string]deskConn{"DC1": one, "DC2": two} {
		assert.Equal(t, "newhire", c.read(first, "sAMAccountName"), name)
		assert.Regexp(t, `^\$DUPLICATE-[0-9a-f]+$`, c.read(second, "sAMAccountName"), name)
	}
	again := ldap.NewModifyRequest(second, nil)
	again.Replace("sAMAccountName", []string{"newhire"})
	assert.True(t, ldap.IsErrorWithCode(two.Modify(again), ldap.LDAPResultEntryAlreadyExists))
}

// Each domain controller is a global catalogue server or not, as options of its
// NTDS settings say where it is itself (MS-ADTS 6.1.1.2.2.1.2.1.1).
func TestGlobalCatalogueIsSwitched(t *testing.T) {
	ready, at := startForest(t)
	require.NotEmpty(t, at["DC2"].GC)
	require.NotEmpty(t, at["WDC1"].GCS)
	assert.True(t, at["DC2"].GlobalCatalog)
	one, two := deskAt(t, ready.LDAP), deskAt(t, at["DC2"].LDAP)
	const site = ",CN=Servers,CN=Default-First-Site-Name,CN=Sites,CN=Configuration,DC=corp,DC=northlight,DC=example"
	const server, settings = "CN=DC2" + site, "CN=NTDS Settings,CN=DC2" + site
	account := "CN=DC2,OU=Domain Controllers," + ready.BaseDN
	catalogue := deskAt(t, at["DC2"].GC)
	assert.Contains(t, catalogue.read(westBen, "userPrincipalName"), "ben@")
	require.Equal(t, "1", two.read(settings, "options"))
	require.Equal(t, "DC=west,DC=corp,DC=northlight,DC=example", two.read(settings, "hasPartialReplicaNCs"))
	serves := func() bool {
		conn, err := ldap.DialURL(at["DC2"].GC)
		if err != nil {
			return false
		}
		defer conn.Close()
		conn.SetTimeout(patience)
		return conn.Bind(desk, deskPassword) == nil
	}

	one.write(settings, "options", "0")
	assert.Equal(t, "FALSE", one.read(server, "msDS-isGC"), "as DC1 knows")
	assert.Equal(t, "TRUE", two.read(server, "msDS-isGC"), "DC2 does not know yet")
	assert.True(t, serves())
	require.NoError(t, controlOf(ready).Advance(t.Context(), 15*time.Second))
	assert.Equal(t, "FALSE", two.read("", "isGlobalCatalogReady"))
	assert.Equal(t, "TRUE", one.read("", "isGlobalCatalogReady"))
	for _, dn := range []string{server, settings, account} {
		assert.Equal(t, "FALSE", two.read(dn, "msDS-isGC"), dn)
	}
	assert.Empty(t, two.read(settings, "hasPartialReplicaNCs"))
	assert.False(t, serves())
	_, err := catalogue.Search(ldap.NewSearchRequest("", ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, false, "(objectClass=*)", nil, nil))
	assert.Error(t, err)
	assert.True(t, catalogue.IsClosing(), "who was there is sent away")
	shown, err := controlOf(ready).Get(t.Context(), "domains/NORTHLIGHT/controllers/DC2")
	require.NoError(t, err)
	assert.Contains(t, string(shown), `"globalCatalog":false`)
	assert.NotContains(t, string(shown), `"gc"`)

	two.write(settings, "options", "1")
	assert.Equal(t, "TRUE", two.read("", "isGlobalCatalogReady"))
	assert.Equal(t, "DC=west,DC=corp,DC=northlight,DC=example", two.read(settings, "hasPartialReplicaNCs"))
	assert.True(t, serves())
}

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// forestSeed is a forest of a domain and its child, with somebody in each.
const forestSeed = `
tenant:
  tenantName: Northlight
  initialDomain: northlight.onmicrosoft.example
  customDomains: [northlight.example]
users:
  - userPrincipalName: ann@northlight.example
    password: Copper-Kettle-71
    onPremises: {domain: corp.northlight.example, samAccountName: ann}
  - userPrincipalName: ben@northlight.example
    password: Copper-Kettle-71
    onPremises: {domain: west.corp.northlight.example, samAccountName: ben}
domains:
  - {dnsName: corp.northlight.example, netbios: NORTHLIGHT, controllers: [{name: DC1}]}
  - {dnsName: west.corp.northlight.example, netbios: WEST, controllers: [{name: DC2}]}
`

var catalogueFlags = []string{"--gc-listen=127.0.0.1:0", "--gcs-listen=127.0.0.1:0"}

// A forestDirectory is a fakead with two domains and a global catalogue.
func newForestDirectory(t *testing.T) openldap {
	t.Helper()
	needs(t, "openldap", "ldapsearch", "apt-get install -y ldap-utils")
	seed := filepath.Join(t.TempDir(), "seed.yaml")
	require.NoError(t, os.WriteFile(seed, []byte(forestSeed), 0o600))
	args := append(append([]string{"--seed=" + seed, "--rand-seed=3"}, anyDirectoryPorts...), catalogueFlags...)
	return openldap{ready: start(t, "fakead", args...).ready(t), folder: t.TempDir()}
}

// The global catalogue has a listener of its own: it answers for the whole
// forest, with part of the attributes, and takes no write (AD reference 1.1
// and 9.8).
func TestGlobalCatalogueWithOpenLDAP(t *testing.T) {
	o := newForestDirectory(t)
	const ann, password = "ann@northlight.example", "Copper-Kettle-71"
	search := func(t *testing.T, url string, args ...string) (code int, out, errs string) {
		t.Helper()
		return o.run(t, "", "ldapsearch", url, ann, password, append([]string{"-LLL", "-o", "ldif-wrap=no"}, args...)...)
	}
	everybody := []string{"-b", "", "(&(objectCategory=person)(userPrincipalName=*))", "userPrincipalName", "pwdLastSet", "userAccountControl"}

	for name, url := range map[string]string{"in clear": o.ready.GC, "over TLS": o.ready.GCS} {
		t.Run("the whole forest "+name, func(t *testing.T) {
			code, out, errs := search(t, url, everybody...)
			require.Zero(t, code, errs)
			assert.Contains(t, out, "userPrincipalName: ann@northlight.example\n")
			assert.Contains(t, out, "userPrincipalName: ben@northlight.example\n", "who is in the other domain")
			assert.Contains(t, out, "userAccountControl: 512\n")
			assert.NotContains(t, out, "pwdLastSet", "it is in no partial attribute set")
			assert.NotContains(t, out, "# refldap", "everything is here")
		})
	}
	t.Run("StartTLS", func(t *testing.T) {
		code, out, errs := search(t, o.ready.GC, append([]string{"-ZZ"}, everybody...)...)
		require.Zero(t, code, errs)
		assert.Contains(t, out, "userPrincipalName: ben@northlight.example\n")
	})
	t.Run("the ordinary port knows one domain", func(t *testing.T) {
		code, _, errs := search(t, o.ready.LDAPS, everybody...)
		assert.Equal(t, 32, code, "it has no object of no name")
		assert.Contains(t, errs, "0000208D: NameErr")
		code, out, errs := search(t, o.ready.LDAPS, "-b", o.ready.BaseDN, "(userPrincipalName=*@northlight.example)", "pwdLastSet")
		require.Zero(t, code, errs)
		assert.Contains(t, out, "pwdLastSet: ")
		assert.NotContains(t, out, "dn: CN=ben")
		assert.Contains(t, out, "# refldap://west.corp.northlight.example/DC=west,DC=corp,DC=northlight,DC=example\n")
		code, _, errs = search(t, o.ready.LDAPS, "-b", "DC=west,"+o.ready.BaseDN, "(cn=*)")
		assert.Equal(t, 10, code)
		assert.Contains(t, errs, "ldap://west.corp.northlight.example")
		code, out, errs = search(t, o.ready.GCS, "-b", "DC=west,"+o.ready.BaseDN, "(sAMAccountName=ben)", "1.1")
		assert.Zero(t, code, errs)
		assert.Equal(t, 1, strings.Count(out, "dn: "))
	})
	t.Run("nothing is written", func(t *testing.T) {
		record := "dn: CN=ann,CN=Users," + o.ready.BaseDN + "\nchangetype: modify\nreplace: description\ndescription: x\n"
		code, _, errs := o.run(t, record, "ldapmodify", o.ready.GCS, ann, password)
		assert.Equal(t, 53, code, errs)
		assert.Contains(t, errs, "SvcErr")
	})
	t.Run("a wrong password", func(t *testing.T) {
		code, _, errs := o.run(t, "", "ldapwhoami", o.ready.GCS, ann, "not hers")
		assert.Equal(t, 49, code)
		assert.Contains(t, errs, "data 52e")
	})
}

// A portal serves the catalogue where it is asked to, and says where.
func TestGlobalCatalogueOfAPortal(t *testing.T) {
	p := start(t, "portal", append(append([]string{"--rand-seed=3"}, anyPorts...), catalogueFlags...)...)
	r := p.ready(t)
	require.NotEmpty(t, r.GC)
	require.NotEmpty(t, r.GCS)
	assert.Contains(t, p.output(), "catalogue    "+r.GCS+"  "+r.GC+"\n")
	for _, url := range []string{r.GC, r.GCS} {
		code, _, stderr := runProgram(t, "", "ssprctl", "health", url)
		assert.Zero(t, code, stderr)
	}
	code, out, stderr := runProgram(t, "", "ssprctl", "--url="+r.Portal, "--json", "labs", "fork")
	require.Zero(t, code, stderr)
	assert.Contains(t, out, `"gcs": "ldaps://127.0.0.1:`, "a fork has one, too")
	assert.NotContains(t, out, r.GCS, "on a port of its own")

	plain := start(t, "fakead", append([]string{"--rand-seed=3"}, anyDirectoryPorts...)...)
	assert.Empty(t, plain.ready(t).GC, "nobody asked for it")
	assert.NotContains(t, plain.output(), "catalogue")
}

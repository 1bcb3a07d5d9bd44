package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/rig"
)

// controllersSeed is a domain with three domain controllers; %DC2% is where the
// second one is to be served over TLS.
const controllersSeed = `
tenant:
  tenantName: Northlight
  initialDomain: northlight.onmicrosoft.example
  customDomains: [northlight.example]
users:
  - userPrincipalName: ann@northlight.example
    password: Copper-Kettle-71
    onPremises: {samAccountName: ann}
domains:
  - dnsName: corp.northlight.example
    netbios: NORTHLIGHT
    policy: {minimumAge: 0s, lockoutThreshold: 3}
    serviceAccounts: [{name: desk, password: Sync-Only-9f3a71c2e8, groups: [Domain Admins]}]
    controllers:
      - {name: DC1}
      - {name: DC2, requireSigning: true, ldapsListen: "%DC2%"}
      - {name: RODC1, readOnly: true}
    settings: {replication: {first: 1m, next: 1m}}
`

// startControllers starts a fakead with that seed and a clock that stands still.
func startControllers(t *testing.T, flags ...string) (ready rig.Ready, at map[string]api.Controller) {
	t.Helper()
	seed := filepath.Join(t.TempDir(), "seed.yaml")
	require.NoError(t, os.WriteFile(seed, []byte(strings.ReplaceAll(controllersSeed, "%DC2%", freePort(t))), 0o600))
	p := start(t, "fakead", append(append([]string{"--seed=" + seed, "--rand-seed=3", "--control-listen=127.0.0.1:0"}, anyDirectoryPorts...), flags...)...)
	ready, at = p.ready(t), map[string]api.Controller{}
	for _, c := range ready.Controllers {
		at[c.Name] = c
		if c.Name != "DC1" {
			assert.Contains(t, p.output(), c.LDAPS+"  "+c.LDAP+"\n")
		}
	}
	frozen := true
	_, err := controlOf(ready).MoveClock(t.Context(), api.ClockChange{Freeze: &frozen})
	require.NoError(t, err)
	return ready, at
}

// utf16Quoted is a password as unicodePwd takes it.
func utf16Quoted(password string) string {
	raw, _ := base64.StdEncoding.DecodeString(unicodePwd(password))
	return string(raw)
}

// dialController dials a domain controller by the name in its certificate.
func dialController(t *testing.T, r rig.Ready, c api.Controller) *ldap.Conn {
	t.Helper()
	pem, err := os.ReadFile(r.CA)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(pem))
	conn, err := ldap.DialURL(c.LDAPS, ldap.DialWithTLSConfig(&tls.Config{RootCAs: roots, ServerName: c.Host, MinVersion: tls.VersionTLS12}))
	require.NoError(t, err)
	conn.SetTimeout(patience)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// Several domain controllers of one domain, each on ports of its own, seen from
// outside: what is urgent is everywhere at once, anything else when the lab's
// clock says so (AD reference 11).
func TestSeveralDomainControllers(t *testing.T) {
	ready, at := startControllers(t)
	require.Len(t, at, 3)
	assert.Equal(t, ready.LDAPS, at["DC1"].LDAPS)
	assert.True(t, at["DC1"].PDCEmulator)
	assert.True(t, at["RODC1"].ReadOnly)
	control := controlOf(ready)
	const ann, desk, secret = `NORTHLIGHT\ann`, `NORTHLIGHT\desk`, "Sync-Only-9f3a71c2e8"
	const dn = "CN=ann,CN=Users,DC=corp,DC=northlight,DC=example"
	bind := func(name, password string) error { return dialController(t, ready, at[name]).Bind(ann, password) }
	admin := func(name string) *ldap.Conn {
		conn := dialController(t, ready, at[name])
		require.NoError(t, conn.Bind(desk, secret))
		return conn
	}
	read := func(conn *ldap.Conn, attribute string) string {
		found, err := conn.Search(ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, false, "(objectClass=*)", []string{attribute}, nil))
		require.NoError(t, err)
		return found.Entries[0].GetAttributeValue(attribute)
	}
	one, two, branch := admin("DC1"), admin("DC2"), admin("RODC1")

	t.Run("each says who it is", func(t *testing.T) {
		for name, conn := range map[string]*ldap.Conn{"dc1": one, "dc2": two, "rodc1": branch} {
			root, err := conn.Search(ldap.NewSearchRequest("", ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, false, "(objectClass=*)", []string{"dnsHostName", "supportedCapabilities"}, nil))
			require.NoError(t, err)
			assert.Equal(t, name+".corp.northlight.example", root.Entries[0].GetAttributeValue("dnsHostName"))
			readOnly := strings.Contains(strings.Join(root.Entries[0].GetAttributeValues("supportedCapabilities"), " "), "1.2.840.113556.1.4.1920")
			assert.Equal(t, name == "rodc1", readOnly)
		}
	})
	t.Run("an ordinary change takes its time", func(t *testing.T) {
		change := ldap.NewModifyRequest(dn, nil)
		change.Replace("title", []string{"Captain"})
		require.NoError(t, one.Modify(change))
		assert.Empty(t, read(two, "title"))
		require.NoError(t, control.Advance(t.Context(), time.Minute))
		assert.Equal(t, "Captain", read(two, "title"))
		assert.Empty(t, read(branch, "title"))
		require.NoError(t, control.Advance(t.Context(), time.Minute))
		assert.Equal(t, "Captain", read(branch, "title"))
		assert.True(t, ldap.IsErrorWithCode(branch.Modify(change), ldap.LDAPResultReferral))
	})
	t.Run("a reset is known through the PDC emulator", func(t *testing.T) {
		reset := ldap.NewModifyRequest(dn, nil)
		reset.Replace("unicodePwd", []string{utf16Quoted("Rabbit-hole7!")})
		require.NoError(t, one.Modify(reset))
		require.NoError(t, bind("DC2", "Rabbit-hole7!"))

		_, err := control.Patch(t.Context(), "domains/corp.northlight.example/settings", []byte(`{"replication":{"cutToPDC":true}}`))
		require.NoError(t, err)
		reset.Changes[0].Modification.Vals = []string{utf16Quoted("Another-one.88")}
		require.NoError(t, one.Modify(reset))
		assert.ErrorContains(t, bind("DC2", "Another-one.88"), "data 52e")
		require.NoError(t, control.Advance(t.Context(), time.Minute))
		assert.NoError(t, bind("DC2", "Another-one.88"))
	})
	t.Run("a lockout is everywhere at once", func(t *testing.T) {
		for range 3 {
			assert.ErrorContains(t, bind("DC2", "Wrong-Guess-1"), "data 52e")
		}
		assert.ErrorContains(t, bind("DC1", "Another-one.88"), "data 775")
		assert.Equal(t, read(two, "lockoutTime"), read(one, "lockoutTime"))
		assert.NotEmpty(t, read(one, "lockoutTime"))
		assert.Equal(t, "0", read(one, "badPwdCount"), "that is each controller's own")
		assert.Equal(t, "3", read(two, "badPwdCount"))
	})
	t.Run("signing is each one's own setting", func(t *testing.T) {
		inClear := func(url string) error {
			conn, err := ldap.DialURL(url)
			require.NoError(t, err)
			defer conn.Close()
			return conn.Bind(desk, secret)
		}
		assert.NoError(t, inClear(at["DC1"].LDAP))
		assert.True(t, ldap.IsErrorWithCode(inClear(at["DC2"].LDAP), ldap.LDAPResultStrongAuthRequired))
		_, err := control.Patch(t.Context(), "domains/NORTHLIGHT/controllers/dc2", []byte(`{"requireSigning":false}`))
		require.NoError(t, err)
		assert.NoError(t, inClear(at["DC2"].LDAP))
	})
}

// What is no attribute is kept with the lab, too.
func TestSettingsSurviveARestart(t *testing.T) {
	data := "--data=" + filepath.Join(t.TempDir(), "lab")
	first := start(t, "fakead", append(anyDirectoryPorts, data, "--control-listen=127.0.0.1:0")...)
	control := controlOf(first.ready(t))
	for path, patch := range map[string]string{
		"domains/NORTHLIGHT/settings": `{"previousPasswordGrace":"5m"}`, "domains/NORTHLIGHT/controllers/DC1": `{"requireSigning":true}`,
	} {
		_, err := control.Patch(t.Context(), path, []byte(patch))
		require.NoError(t, err)
	}
	require.NoError(t, first.stop())
	again := start(t, "fakead", append(anyDirectoryPorts, data, "--control-listen=127.0.0.1:0")...)
	settings, err := controlOf(again.ready(t)).Get(t.Context(), "domains/NORTHLIGHT/settings")
	require.NoError(t, err)
	assert.Contains(t, string(settings), `"previousPasswordGrace":"5m0s"`)
	assert.True(t, again.ready(t).Controllers[0].RequireSigning)
}

// A seed may not open a listener to other machines unless --public says so.
func TestASeedsListenersAreLoopbackToo(t *testing.T) {
	seed := filepath.Join(t.TempDir(), "seed.yaml")
	require.NoError(t, os.WriteFile(seed, []byte(strings.ReplaceAll(controllersSeed, "%DC2%", "0.0.0.0:0")), 0o600))
	code, _, stderr := runProgram(t, "", "fakead", append(anyDirectoryPorts, "--seed="+seed)...)
	assert.Equal(t, 2, code)
	assert.Contains(t, stderr, "ldapsListen of DC2 in the seed: 0.0.0.0:0: other machines could reach it")
}

// OpenLDAP's clients bind with a certificate that the lab has issued.
func TestOpenLDAPBindsWithACertificate(t *testing.T) {
	needs(t, "openldap", "ldapwhoami", "apt-get install -y ldap-utils")
	p := start(t, "portal", append(anyPorts, "--rand-seed=3")...)
	ready, folder := p.ready(t), t.TempDir()
	code, out, stderr := runProgram(t, "", "ssprctl", "--url="+ready.Portal, "certificate", "alice", "--out", folder)
	require.Zero(t, code, stderr)
	assert.Contains(t, out, "alice@northlight.example is in "+filepath.Join(folder, "alice.pem"))
	info, err := os.Stat(filepath.Join(folder, "alice.key"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	whoami := func(certificate string) (code int, stdout, stderr string) {
		cmd := exec.Command("ldapwhoami", "-Y", "EXTERNAL", "-Q", "-ZZ", "-H", ready.LDAP)
		cmd.Env = append(environment(), "LDAPTLS_REQCERT=demand", "LDAPTLS_CACERT="+filepath.Join(folder, "ca.pem"))
		if certificate != "" {
			cmd.Env = append(cmd.Env, "LDAPTLS_CERT="+filepath.Join(folder, certificate+".pem"), "LDAPTLS_KEY="+filepath.Join(folder, certificate+".key"))
		}
		return runCommand(t, "", cmd)
	}
	control := controlOf(ready)
	before, err := control.Account(t.Context(), "alice", "")
	require.NoError(t, err)
	require.Empty(t, before.Attributes["lastLogonTimestamp"])

	code, out, stderr = whoami("alice")
	require.Zero(t, code, stderr)
	assert.Equal(t, "u:NORTHLIGHT\\alice\n", out)
	after, err := control.Account(t.Context(), "alice", "")
	require.NoError(t, err)
	assert.NotEmpty(t, after.Attributes["lastLogonTimestamp"], "a logon like any other")

	code, _, stderr = whoami("")
	assert.NotZero(t, code, "no certificate, no identity: the client does not even ask")
	assert.Contains(t, stderr, "no mechanism available")

	code, _, stderr = runProgram(t, "", "ssprctl", "--url="+ready.Portal, "certificate", "judy@northlight.example", "--out", folder)
	require.Zero(t, code, stderr)
	code, _, stderr = whoami("judy")
	assert.Equal(t, 49, code, "she is disabled")
	assert.Contains(t, stderr, "data 533")
}

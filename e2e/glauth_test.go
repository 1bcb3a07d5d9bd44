package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
)

// glauthModule is where tools/ pins the stock program.
const glauthModule = "../tools/glauth"

// glauthBinary is stock glauth: the program that SSPRLAB_GLAUTH names, else one
// built from its module without asking the network.
var glauthBinary = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("SSPRLAB_GLAUTH"); path != "" {
		return exec.LookPath(path)
	}
	folder, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "ssprlab", "glauth-v2.3.2")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-C", glauthModule, "-o", path, "github.com/glauth/glauth/v2")
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=mod", "GOWORK=off")
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", errors.New(strings.TrimSpace(string(text)))
	}
	return path, nil
})

// glauth runs the stock program with a configuration until the test ends. It
// says that it listens before it does, so its port is asked too.
func glauth(t *testing.T, address, config string) {
	t.Helper()
	path, err := glauthBinary()
	if err != nil {
		missing(t, "glauth", fmt.Sprintf("stock glauth v2.3.2 cannot be built: go mod download -C %s && go build -C %s -o glauth github.com/glauth/glauth/v2 && export SSPRLAB_GLAUTH=$PWD/glauth (%v)", glauthModule, glauthModule, err))
	}
	file := filepath.Join(t.TempDir(), "glauth.cfg")
	require.NoError(t, os.WriteFile(file, []byte(config), 0o600))
	p, err := launch("glauth", exec.Command(path, "-c", file), "server listening")
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.exited
		if t.Failed() {
			t.Logf("glauth wrote:\n%s", p.output())
		}
	})
	answers := func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}
	require.Eventually(t, answers, patience, 5*time.Millisecond, "glauth answers on %s", address)
}

// freePort is a port of loopback that nobody listens on: glauth cannot pick one.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// Somebody signs in to an application that knows people through glauth, which
// asks our directory: with the old password, then with the one that was reset.
func TestGlauthProxiesSignIns(t *testing.T) {
	portal := start(t, "portal", append(anyPorts, "--rand-seed=4")...).ready(t)
	address := freePort(t)
	glauth(t, address, fmt.Sprintf(`
[ldap]
  enabled = true
  listen = %q
[ldaps]
  enabled = false
[api]
  enabled = false
[backend]
  datastore = "ldap"
  baseDN = "DC=corp,DC=northlight,DC=example"
  servers = [%q]
  insecure = true
`, address, portal.LDAPS))
	signIn := func(password string) error {
		conn, err := ldap.DialURL("ldap://" + address)
		require.NoError(t, err)
		defer conn.Close()
		conn.SetTimeout(patience)
		if err := conn.Bind(aliceDN, password); err != nil {
			return err
		}
		found, err := conn.Search(ldap.NewSearchRequest("OU=Staff,DC=corp,DC=northlight,DC=example", ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false, "(sAMAccountName=alice)", []string{"displayName"}, nil))
		require.NoError(t, err)
		require.Len(t, found.Entries, 1)
		assert.Equal(t, "Alice Marlowe", found.Entries[0].GetAttributeValue("displayName"))
		return nil
	}
	require.NoError(t, signIn(oldPassword))
	require.True(t, ldap.IsErrorWithCode(signIn(newPassword), ldap.LDAPResultInvalidCredentials))

	control := controlOf(portal)
	out := resetFor(t, control, alice, policy.AppCode)
	require.Equal(t, journal.Done, out.Outcome, out.Attempt.Explanation)
	assert.NoError(t, signIn(newPassword))
	// A domain controller takes the previous password for another hour from
	// clients that do not speak Kerberos (OldPasswordAllowedPeriod).
	assert.NoError(t, signIn(oldPassword))
	require.NoError(t, control.Advance(t.Context(), 61*time.Minute))
	assert.True(t, ldap.IsErrorWithCode(signIn(oldPassword), ldap.LDAPResultInvalidCredentials))
	assert.NoError(t, signIn(newPassword))
}

// glauth as somebody else's directory: it knows the people and lets nobody write.
func TestGlauthRefusesWriteback(t *testing.T) {
	address, folder := freePort(t), t.TempDir()
	cert, key := selfSigned(t, folder)
	const service = "Service-Only-4b1d"
	hash := sha256.Sum256([]byte(service))
	glauth(t, address, fmt.Sprintf(`
[ldap]
  enabled = false
[ldaps]
  enabled = true
  listen = %q
  cert = %q
  key = %q
[api]
  enabled = false
[behaviors]
  IgnoreCapabilities = true
[backend]
  datastore = "config"
  baseDN = "dc=glauth,dc=example"
[[groups]]
  name = "people"
  gidnumber = 5501
[[users]]
  name = "svc"
  uidnumber = 5001
  primarygroup = 5501
  passsha256 = %q
[[users]]
  name = "alice"
  uidnumber = 5002
  primarygroup = 5501
  passsha256 = %q
  [[users.customattributes]]
    mS-DS-ConsistencyGuid = ["alice-northlight"]
`, address, cert, key, hex.EncodeToString(hash[:]), hex.EncodeToString(hash[:])))

	passwordFile := filepath.Join(folder, "password")
	require.NoError(t, os.WriteFile(passwordFile, []byte(service+"\n"), 0o600))
	seed := filepath.Join(folder, "seed.yaml")
	require.NoError(t, os.WriteFile(seed, []byte(glauthSeed), 0o600))
	flags := append(slices.Clone(anyPorts), "--seed="+seed, "--directory=ldaps://"+address, "--ca="+cert, "--base-dn=dc=glauth,dc=example",
		"--bind-dn=cn=svc,ou=people,ou=users,dc=glauth,dc=example", "--bind-password-file="+passwordFile)

	// Nothing there says that it is a lab: the first flag alone is not enough.
	code, _, stderr := runProgram(t, "", "portal", flags...)
	assert.Equal(t, 1, code)
	assert.Contains(t, stderr, "--foreign-directory")

	portal := start(t, "portal", append(flags, "--foreign-directory")...).ready(t)
	control := controlOf(portal)
	out := resetFor(t, control, "alice@glauth.example", policy.Email)
	assert.Equal(t, journal.Failed, out.Outcome, out.Attempt.Explanation)
	assert.Equal(t, policy.CodeOnPremisesAdmin, out.Code, out.Attempt.Explanation)
	records, err := control.Journal(t.Context(), journal.Query{Channel: journal.Application}, 0)
	require.NoError(t, err)
	var events []int
	for _, r := range records {
		events = append(events, r.Event.ID)
	}
	assert.Contains(t, events, 33004, "ADPermissionsError: %s", out.Attempt.Explanation)
	assert.NotContains(t, events, 31002)

	conn, err := ldap.DialURL("ldaps://"+address, ldap.DialWithTLSConfig(trusting(t, cert)))
	require.NoError(t, err)
	defer conn.Close()
	assert.NoError(t, conn.Bind("cn=alice,ou=people,ou=users,dc=glauth,dc=example", service), "the old password holds")
}

// glauthSeed is a tenant whose one person is known to glauth by an anchor that
// happens to be text: the octets of its GUID spell alice-northlight.
const glauthSeed = `
tenant:
  tenantName: Glauth
  initialDomain: glauth.onmicrosoft.example
  customDomains: [glauth.example]
  syncEnabled: true
  reset: {scope: all, gates: 1, methods: [email], writeback: true}
  methods:
    migration: migrationComplete
    configs:
      Email: {enabled: true}
users:
  - userPrincipalName: alice@glauth.example
    givenName: Alice
    surname: Marlowe
    password: Lantern-Harbour-62
    licences: [AAD_PREMIUM]
    registered: 30d
    methods: {authenticationEmail: alice@home.example}
    onPremises: {consistencyGuid: 63696c61-2d65-6f6e-7274-686c69676874}
domains:
  - dnsName: glauth.example
    netbios: GLAUTH
    serviceAccounts: [{name: svc, password: Service-Only-4b1d}]
agents:
  - {name: SYNC1, kind: connect-sync, domain: glauth.example, serviceAccount: svc}
`

// selfSigned makes a certificate for 127.0.0.1 that is its own authority.
func selfSigned(t *testing.T, folder string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "somebody else's directory"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	cert, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	require.NoError(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), 0o600))
	return cert, key
}

// trusting is a TLS configuration that trusts one certificate alone.
func trusting(t *testing.T, file string) *tls.Config {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(text))
	return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}

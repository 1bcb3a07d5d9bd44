package ssprtest_test

import (
	"encoding/binary"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/ssprtest"
)

const (
	connector         = "MSOL_5f1c9a7e3b20@corp.northlight.example"
	connectorPassword = "Sync-Only-9f3a71c2e8"

	aliceDN = "CN=Alice Marlowe,OU=Sales,OU=Staff,DC=corp,DC=northlight,DC=example"
)

// cloudSignIn is where the sign-in page leads alice to.
func cloudSignIn(t *testing.T, lab *ssprtest.Lab, password string) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	browser := &http.Client{Jar: jar, Transport: lab.HTTP().Transport}
	r, err := browser.PostForm(lab.URL+"/signin", url.Values{"username": {alice}, "password": {password}})
	require.NoError(t, err)
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	if strings.Contains(string(body), "AADSTS50126") {
		return "refused"
	}
	return r.Request.URL.Path
}

func quoted(password string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(`"` + password + `"`)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

// changeInAD is a person's own change over LDAPS, as another program does it.
func changeInAD(t *testing.T, lab *ssprtest.Lab, user, current, next string) {
	t.Helper()
	conn := lab.Directory().Conn()
	require.NoError(t, conn.Bind(user, current))
	m := ldap.NewModifyRequest(aliceDN, nil)
	m.Delete("unicodePwd", []string{quoted(current)})
	m.Add("unicodePwd", []string{quoted(next)})
	require.NoError(t, conn.Modify(m))
}

// setInAD is an administrator's reset; temporary demands a change at the next
// logon.
func setInAD(t *testing.T, lab *ssprtest.Lab, password string, temporary bool) {
	t.Helper()
	conn := lab.Directory().Conn()
	require.NoError(t, conn.Bind(connector, connectorPassword))
	m := ldap.NewModifyRequest(aliceDN, nil)
	m.Replace("unicodePwd", []string{quoted(password)})
	if temporary {
		m.Replace("pwdLastSet", []string{"0"})
	}
	require.NoError(t, conn.Modify(m))
}

func frozen(t *testing.T) *ssprtest.Lab {
	t.Helper()
	lab := ssprtest.Start(t, ssprtest.At(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)))
	lab.Clock.Freeze()
	lab.Clock.Set(time.Date(2026, 3, 4, 9, 0, 30, 0, time.UTC)) // past the minimum age
	return lab
}

func TestAPasswordChangedInADCountsInTheCloudAfterTheNextCycle(t *testing.T) {
	lab := frozen(t)
	changeInAD(t, lab, alice, demoPassword, "Rabbit-hole7!")
	assert.Equal(t, "refused", cloudSignIn(t, lab, "Rabbit-hole7!"))
	lab.Clock.Advance(89 * time.Second)
	assert.Equal(t, "refused", cloudSignIn(t, lab, "Rabbit-hole7!"), "a second too early")
	lab.Clock.Advance(time.Second)
	assert.Equal(t, "/myaccount", cloudSignIn(t, lab, "Rabbit-hole7!"))
	assert.Equal(t, "refused", cloudSignIn(t, lab, demoPassword))
	var seen []int
	for _, e := range lab.Journal("application") {
		assert.NotContains(t, e.Text, "Rabbit")
		seen = append(seen, e.ID)
	}
	assert.Subset(t, seen, []int{650, 656, 657, 651})
}

// Of two changes around a cycle the first one is what the cycle brings.
func TestACycleBringsWhatThereWasAtItsTime(t *testing.T) {
	lab := frozen(t)
	setInAD(t, lab, "First-Kettle-71", false)
	lab.Clock.Advance(2 * time.Minute)
	setInAD(t, lab, "Second-Kettle-72", false)
	assert.Equal(t, "/myaccount", cloudSignIn(t, lab, "First-Kettle-71"))
	assert.Equal(t, "refused", cloudSignIn(t, lab, "Second-Kettle-72"))
	lab.Clock.Advance(2 * time.Minute)
	assert.Equal(t, "/myaccount", cloudSignIn(t, lab, "Second-Kettle-72"))
}

func TestTemporaryPasswordsStayInADUnlessTheTenantTakesThem(t *testing.T) {
	for name, force := range map[string]bool{"as it comes": false, "userForcePasswordChangeOnLogonEnabled": true} {
		t.Run(name, func(t *testing.T) {
			lab := frozen(t)
			if force {
				lab.Set("tenant", `{"hashSync":{"forceChange":true}}`)
			}
			setInAD(t, lab, "Copper-Kettle-71", true)
			lab.Clock.Advance(2 * time.Minute)
			if force {
				assert.NotContains(t, []string{"refused", "/myaccount"}, cloudSignIn(t, lab, "Copper-Kettle-71"), "into the change")
				return
			}
			assert.Equal(t, "refused", cloudSignIn(t, lab, "Copper-Kettle-71"))
			assert.Equal(t, "/myaccount", cloudSignIn(t, lab, demoPassword))
		})
	}
}

func TestAStoppedServerOrMissingRightsBringNothing(t *testing.T) {
	lab := frozen(t)
	lab.Set("agents/SYNC1", `{"running":false}`)
	setInAD(t, lab, "Copper-Kettle-71", false)
	lab.Clock.Advance(time.Hour)
	assert.Equal(t, "refused", cloudSignIn(t, lab, "Copper-Kettle-71"))
	lab.Set("agents/SYNC1", `{"running":true}`)
	lab.Clock.Advance(2 * time.Minute)
	assert.Equal(t, "/myaccount", cloudSignIn(t, lab, "Copper-Kettle-71"), "what was missed arrives")

	bare := ssprtest.Start(t, ssprtest.Seed(t, withoutReplication))
	bare.Person("alice@contoso.example").Resets("Copper-Kettle-71", ssprtest.Email)
	bare.Clock.Advance(2 * time.Minute)
	var seen []int
	for _, e := range bare.Journal("application") {
		seen = append(seen, e.ID)
	}
	assert.Contains(t, seen, 611)
	assert.NotContains(t, seen, 657)
}

// The connector account may write back and nothing else.
const withoutReplication = `
tenant:
  tenantName: Contoso
  initialDomain: contoso.onmicrosoft.example
  customDomains: [contoso.example]
  syncEnabled: true
  reset: {scope: all, gates: 1, methods: [email], writeback: true}
  methods:
    migration: migrationComplete
    configs:
      Email: {enabled: true}
users:
  - userPrincipalName: alice@contoso.example
    givenName: Alice
    surname: Marlowe
    password: Lantern-Harbour-62
    passwordAge: 10d
    licences: [AAD_PREMIUM]
    registered: 30d
    methods: {authenticationEmail: alice@home.example}
    onPremises: {ou: Staff}
domains:
  - dnsName: corp.contoso.example
    netbios: CONTOSO
    ous: [{path: Staff}]
    serviceAccounts:
      - {name: svc-sync, password: Sync-Only-9f3a71c2e8, grants: [{rights: [writeback]}]}
agents:
  - {name: SYNC1, kind: connect-sync, domain: corp.contoso.example, serviceAccount: svc-sync}
`

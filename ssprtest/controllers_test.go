package ssprtest_test

import (
	"crypto/tls"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/ssprtest"
)

// branches is a forest of two domains: the first with a second and a read-only
// domain controller, the other with an agent that writes to its second one.
const branches = `
tenant:
  tenantName: Northlight
  initialDomain: northlight.onmicrosoft.example
  customDomains: [northlight.example]
  syncEnabled: true
  reset: {scope: all, gates: 1, methods: [email], writeback: true, cloudSync: true, allowUnlock: true}
users:
  - userPrincipalName: ann@northlight.example
    password: Copper-Kettle-71
    passwordAge: 3d
    licences: [AAD_PREMIUM]
    methods: {authenticationEmail: ann@home.example}
    onPremises: {domain: corp.northlight.example, samAccountName: ann}
  - userPrincipalName: ben@northlight.example
    password: Copper-Kettle-71
    passwordAge: 3d
    licences: [AAD_PREMIUM]
    methods: {authenticationEmail: ben@home.example}
    onPremises: {domain: west.corp.northlight.example, samAccountName: ben}
domains:
  - dnsName: corp.northlight.example
    netbios: NORTHLIGHT
    policy: {minimumAge: 0s, lockoutThreshold: 3}
    serviceAccounts:
      - {name: svc-sync, password: Sync-Only-9f3a71c2e8, grants: [{rights: [writeback]}]}
      - {name: svc-desk, password: Sync-Only-9f3a71c2e8, groups: [Domain Admins]}
    controllers: [{name: DC1}, {name: DC2}, {name: RODC1, readOnly: true}]
  - dnsName: west.corp.northlight.example
    netbios: WEST
    policy: {minimumAge: 0s}
    serviceAccounts: [{name: svc-sync, password: Sync-Only-9f3a71c2e8, grants: [{rights: [writeback]}]}]
    controllers: [{name: WDC1}, {name: WDC2}]
agents:
  - {name: SYNC1, kind: connect-sync, domain: corp.northlight.example, serviceAccount: svc-sync}
  - {name: SYNC2, kind: cloud-sync, domain: west.corp.northlight.example, serviceAccount: svc-sync, controller: WDC2}
`

const (
	ann  = "ann@northlight.example"
	ben  = "ben@northlight.example"
	old  = "Copper-Kettle-71"
	next = "Rabbit-hole7!"
)

// startBranches starts the forest in memory, with a clock that moves only when
// a test moves it.
func startBranches(t *testing.T) *ssprtest.Lab {
	t.Helper()
	lab := ssprtest.Start(t, ssprtest.InMemory(), ssprtest.Seed(t, branches), ssprtest.At(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)))
	lab.Clock.Freeze()
	return lab
}

// A domain controller that does not know a new password yet asks the PDC
// emulator before it refuses it (AD reference 11.2 and 11.3).
func TestAResetIsKnownAtOnceThroughThePDCEmulator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lab := startBranches(t)
		const settings = "domains/corp.northlight.example/settings"
		dc2 := lab.Directory().At("DC2")
		lab.Person(ann).Resets(next)
		lab.Directory().MustBind(ann, next)
		dc2.MustBind(ann, next)

		lab.Set(settings, `{"replication":{"cutToPDC":true},"previousPasswordGrace":"0s"}`)
		lab.Clock.Advance(time.Hour)
		lab.Person(ann).Resets("Another-one.88")
		lab.Directory().MustBind(ann, "Another-one.88")
		dc2.MustRefuse(ann, "Another-one.88", "52e")
		dc2.MustBind(ann, next)
		lab.Clock.Advance(14 * time.Second)
		dc2.MustRefuse(ann, "Another-one.88", "52e")
		lab.Clock.Advance(time.Second)
		dc2.MustBind(ann, "Another-one.88")
		dc2.MustRefuse(ann, next, "52e") // no grace for the previous one
	})
}

func TestALockoutIsEverywhereAtOnceAndATitleLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lab := startBranches(t)
		dc1, dc2, rodc := lab.Directory(), lab.Directory().At("DC2"), lab.Directory().At("rodc1.corp.northlight.example")
		for range 3 {
			dc2.MustRefuse(ann, "Wrong-Guess-1", "52e")
		}
		for _, dc := range []*ssprtest.Directory{dc1, dc2, rodc} {
			dc.MustRefuse(ann, old, "775")
			assert.NotEmpty(t, dc.Attributes("ann")["lockoutTime"])
		}

		const dn = "CN=ann,CN=Users,DC=corp,DC=northlight,DC=example"
		retitle := ldap.NewModifyRequest(dn, nil)
		retitle.Replace("title", []string{"Captain"})
		admin := dc2.Conn()
		require.NoError(t, admin.Bind(`NORTHLIGHT\svc-desk`, "Sync-Only-9f3a71c2e8"))
		require.NoError(t, admin.Modify(retitle))
		title := func(d *ssprtest.Directory) []string { return d.Attributes("ann")["title"] }
		assert.Equal(t, []string{"Captain"}, title(dc2))
		assert.Empty(t, title(dc1))
		lab.Clock.Advance(15 * time.Second)
		assert.Equal(t, []string{"Captain"}, title(dc1), "the first partner")
		assert.Empty(t, title(rodc), "the second one hears of it three seconds later")
		lab.Clock.Advance(3 * time.Second)
		assert.Equal(t, []string{"Captain"}, title(rodc))

		reader := rodc.Conn()
		require.NoError(t, reader.Bind(`NORTHLIGHT\svc-desk`, "Sync-Only-9f3a71c2e8"))
		assert.True(t, ldap.IsErrorWithCode(reader.Modify(retitle), ldap.LDAPResultReferral))

		lab.Set("domains/corp.northlight.example/settings", `{"replication":{"first":"0s","next":"0s"}}`)
		retitle.Changes[0].Modification.Vals = []string{"Mate"}
		require.NoError(t, admin.Modify(retitle))
		assert.Equal(t, []string{"Mate"}, title(dc1), "where replication takes no time")
		assert.Equal(t, []string{"Mate"}, title(rodc))
	})
}

// Each agent writes to the domain controller that the seed names.
func TestAnAgentReachesItsOwnDomainAtItsOwnController(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lab := startBranches(t)
		lab.Set("domains/WEST/settings", `{"replication":{"cutToPDC":true}}`)
		lab.Person(ben).Resets(next)
		lab.Directory().At("WDC2").MustBind(ben, next)
		lab.Directory().At("WDC1").MustRefuse(ben, next, "52e") // it has not heard of it
		lab.Clock.Advance(15 * time.Second)
		lab.Directory().At("WDC1").MustBind(ben, next)
		lab.Directory().At("DC1").MustBind(ben, next) // passed through to the domain of the account
	})
}

// LDAPServerIntegrity refuses passwords in clear before it looks at them.
func TestSigningIsASettingOfADomainController(t *testing.T) {
	lab := ssprtest.Start(t)
	inClear := func() error {
		conn, err := ldap.DialURL(lab.LDAP)
		require.NoError(t, err)
		defer conn.Close()
		return conn.Bind(alice, "Lantern-Harbour-62")
	}
	require.NoError(t, inClear())
	const dc1 = "domains/corp.northlight.example/controllers/DC1"
	lab.Set(dc1, `{"requireSigning":true}`)
	err := inClear()
	require.True(t, ldap.IsErrorWithCode(err, ldap.LDAPResultStrongAuthRequired), "%v", err)
	assert.ErrorContains(t, err, "00002028: LdapErr")
	lab.Directory().MustBind(alice, "Lantern-Harbour-62")
	lab.Set(dc1, `{"requireSigning":false}`)
	require.NoError(t, inClear())
}

// Samba's "ldap server require strong auth = yes" (observed: A02-141 to 145).
func TestSigningAsSambaDemandsIt(t *testing.T) {
	lab := ssprtest.Start(t, ssprtest.Seed(t, strings.Replace(branches, "controllers: [{name: DC1}", "dialect: samba\n    controllers: [{name: DC1, requireSigning: true}", 1)))
	dial := func(url string) *ldap.Conn {
		conn, err := ldap.DialURL(url, ldap.DialWithTLSConfig(&tls.Config{RootCAs: lab.CA, MinVersion: tls.VersionTLS12}))
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	for _, password := range []string{old, "Wrong-Guess-1"} {
		err := dial(lab.LDAP).Bind(ann, password)
		require.True(t, ldap.IsErrorWithCode(err, ldap.LDAPResultStrongAuthRequired), "%v", err)
		assert.ErrorContains(t, err, "BindSimple: Transport encryption required.")
	}
	require.NoError(t, dial(lab.LDAP).UnauthenticatedBind(""))
	encrypted := dial(lab.LDAP)
	require.NoError(t, encrypted.StartTLS(&tls.Config{RootCAs: lab.CA, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12}))
	require.NoError(t, encrypted.Bind(ann, old))
	require.NoError(t, dial(lab.LDAPS).Bind(ann, old))
}

// AdminSDHolder's sweep comes as often as AdminSDProtectFrequency says.
func TestTheSweepOverProtectedAccountsComesAsOftenAsIsSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lab := startBranches(t)
		lab.Set("domains/NORTHLIGHT/settings", `{"adminSDProtectFrequency":"2m"}`)
		lab.Clock.Advance(time.Hour)
		admin := lab.Directory().Conn()
		require.NoError(t, admin.Bind(`NORTHLIGHT\svc-desk`, "Sync-Only-9f3a71c2e8"))
		join := ldap.NewModifyRequest("CN=Domain Admins,CN=Users,DC=corp,DC=northlight,DC=example", nil)
		join.Add("member", []string{"CN=ann,CN=Users,DC=corp,DC=northlight,DC=example"})
		require.NoError(t, admin.Modify(join))
		count := func() []string { return lab.Directory().Attributes("ann")["adminCount"] }
		lab.Clock.Advance(119 * time.Second)
		assert.Empty(t, count())
		lab.Clock.Advance(time.Second)
		assert.Equal(t, []string{"1"}, count())
	})
}

// ad.enforceMinAgeOnWritebackReset of the reference, under the name that our
// domains give it.
func TestHintsMaySkipTheMinimumAge(t *testing.T) {
	lab := ssprtest.Start(t)
	lab.Person("paula@northlight.example").TriesToReset(next).MustBe(ssprtest.Refused, "on-premises-policy")
	lab.Set("domains/NORTHLIGHT/settings", `{"hintsSkipMinAge":true}`)
	lab.Person("paula@northlight.example").Resets(next)
}

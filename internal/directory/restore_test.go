package directory_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/directory/security"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
	"github.com/ssprlab/ssprlab/internal/secret"
)

func logged(t *testing.T, log *[]directory.Change) *directory.Forest {
	t.Helper()
	f, err := directory.NewForest(directory.ForestConfig{
		Now: start, Rand: chance.New(1).Stream("directory"),
		Domains: []directory.DomainConfig{{DNSName: "corp.example", NetBIOS: "CORP", Password: adminPass}},
		Commit:  func(c directory.Change) error { *log = append(*log, c); return nil },
	})
	require.NoError(t, err)
	return f
}

func TestALogOfChangesGivesTheSameDirectory(t *testing.T) {
	var log, none []directory.Change
	first := logged(t, &log)
	l := &lab{t: t, forest: first, domain: first.Domains()[0], dc: first.Domains()[0].DCs()[0], now: start}
	require.NoError(t, l.domain.AddOU(l.now, staff))
	l.people(t)
	l.now = l.now.Add(48 * time.Hour)
	admin := l.admin()
	anna := "CN=Anna Long," + staff
	require.Equal(t, directory.Success, l.reset(admin, anna, "N3w!Passw0rd").Code)
	require.Equal(t, directory.Success, l.modify(admin, "CN=Inner,"+staff, change(set, "member", "CN=Bob Short,"+staff)).Code)
	require.Equal(t, directory.Success, l.dc.Delete(t.Context(), l.request(admin), "CN=José García,"+staff).Code)
	other := "OU=Other," + base
	require.NoError(t, l.domain.AddOU(l.now, other))
	res := l.dc.ModifyDN(t.Context(), l.request(admin), directory.ModifyDNRequest{DN: anna, NewRDN: "CN=Anna Lang", DeleteOldRDN: true, NewSuperior: &other})
	require.Equal(t, directory.Success, res.Code)
	require.NoError(t, l.domain.Set(l.now, l.domain.DN(), map[string][]string{"lockoutThreshold": {"5"}}))
	_, res = l.bind("bshort@corp.example", "wrong")
	require.Equal(t, directory.InvalidCredentials, res.Code)
	require.Equal(t, []string{"1"}, l.values(admin, "CN=Bob Short,"+staff, "badPwdCount"))

	last := map[security.GUID]directory.Change{}
	for _, c := range log {
		last[c.GUID] = c
	}
	second := logged(t, &none)
	require.NoError(t, second.Apply(slices.Collect(maps.Values(last))))
	second.ApplyLogons(first.Logons())
	dc := second.Domains()[0].DCs()[0]
	want := map[string]directory.Object{}
	for o := range l.dc.Objects(l.now) {
		want[o.DN] = o
	}
	n := 0
	for o := range dc.Objects(l.now) {
		n++
		w := want[o.DN]
		require.NotEmpty(t, w.DN, o.DN)
		assert.Equal(t, w.Attributes, o.Attributes, o.DN)
	}
	assert.Equal(t, len(want), n)
	m := &lab{t: t, forest: second, domain: second.Domains()[0], dc: dc, now: l.now}
	m.as("along@corp.example", "N3w!Passw0rd")
	_, err := m.domain.AddUser(m.now, directory.UserSpec{SAMAccountName: "next", Password: secret.New(firstPass)})
	require.NoError(t, err, "identifiers go on after the last")
}

func TestAChangeThatCannotBeLoggedIsNotMade(t *testing.T) {
	full := false
	f, err := directory.NewForest(directory.ForestConfig{
		Now: start, Rand: chance.New(1).Stream("directory"), Domains: []directory.DomainConfig{{DNSName: "corp.example", NetBIOS: "CORP", Password: adminPass}},
		Commit: func(directory.Change) error {
			if full {
				return assert.AnError
			}
			return nil
		},
	})
	require.NoError(t, err)
	l := &lab{t: t, forest: f, domain: f.Domains()[0], dc: f.Domains()[0].DCs()[0], now: start}
	require.NoError(t, l.domain.AddOU(l.now, staff))
	anna := l.user("Anna Long")
	admin := l.admin()
	full = true
	assert.Equal(t, directory.Busy, l.reset(admin, anna, "N3w!Passw0rd").Code)
	full = false
	l.as(anna, firstPass)
}

func twoDCs(t *testing.T) (*lab, *lab) {
	t.Helper()
	f, err := directory.NewForest(directory.ForestConfig{Now: start, Rand: chance.New(1).Stream("directory"), Domains: []directory.DomainConfig{
		{DNSName: "corp.example", NetBIOS: "CORP", Password: adminPass, DCs: []directory.DCConfig{{Name: "DC1"}, {Name: "DC2"}, {Name: "RODC", ReadOnly: true}}},
	}})
	require.NoError(t, err)
	d := f.Domains()[0]
	require.NoError(t, d.AddOU(start, staff))
	return &lab{t: t, forest: f, domain: d, dc: d.DC("DC1"), now: start}, &lab{t: t, forest: f, domain: d, dc: d.DC("DC2"), now: start}
}

// Chapter 11.
func TestReplicationTakesItsTime(t *testing.T) {
	one, two := twoDCs(t)
	anna := one.user("Anna Long")
	admin := one.admin()
	require.Equal(t, directory.Success, one.modify(admin, anna, change(set, "title", "Dr")).Code)
	read := func(l *lab) []string { return l.values(admin, anna, "title") }
	assert.Equal(t, []string{"Dr"}, read(one))
	assert.Empty(t, read(two))
	two.now = two.now.Add(16 * time.Second)
	assert.Equal(t, []string{"Dr"}, read(two))

	require.Equal(t, directory.Success, one.add(admin, "CN=New,"+staff, at("objectClass", "user")).Code)
	two.now = one.now
	_, res := two.search(two.request(admin), "CN=Other,"+staff, directory.BaseObject, "(objectClass=*)")
	assert.Equal(t, directory.NoSuchObject, res.Code)
}

func TestAnOldReplicaAsksThePDCEmulator(t *testing.T) {
	one, two := twoDCs(t)
	anna := one.user("Anna Long")
	require.Equal(t, directory.Success, one.reset(one.admin(), anna, "N3w!Passw0rd").Code)
	two.as(anna, "N3w!Passw0rd")

	s := one.domain.Settings()
	s.Replication.CutToPDC = true
	one.domain.SetSettings(s)
	require.Equal(t, directory.Success, one.reset(one.admin(), anna, "0ther!Passw0rd").Code)
	_, res := two.bind(anna, "0ther!Passw0rd")
	assert.Contains(t, res.Diagnostic, "data 52e", "until it has replicated")
	two.now = two.now.Add(20 * time.Second)
	two.as(anna, "0ther!Passw0rd")
}

func TestAReadOnlyReplicaRefers(t *testing.T) {
	one, _ := twoDCs(t)
	anna := one.user("Anna Long")
	ro := &lab{t: t, forest: one.forest, domain: one.domain, dc: one.domain.DC("RODC"), now: start}
	res := ro.reset(one.admin(), anna, "N3w!Passw0rd")
	assert.Equal(t, directory.Referral, res.Code)
	assert.Equal(t, "0000202B: RefErr: DSID-0310084C, data 0, 1 access points\n\tref 1: 'dc1.corp.example'\n\x00", res.Diagnostic)
}

func TestTwoDomains(t *testing.T) {
	f, err := directory.NewForest(directory.ForestConfig{Now: start, Rand: chance.New(1).Stream("directory"), Domains: []directory.DomainConfig{
		{DNSName: "corp.example", NetBIOS: "CORP", Password: adminPass}, {DNSName: "emea.corp.example", NetBIOS: "EMEA", Password: adminPass},
	}})
	require.NoError(t, err)
	root := &lab{t: t, forest: f, domain: f.Domain("CORP"), dc: f.Domain("CORP").DCs()[0], now: start}
	_, err = f.Domain("EMEA").AddUser(start, directory.UserSpec{SAMAccountName: "erik", Password: secret.New(firstPass)})
	require.NoError(t, err)
	erik := "CN=erik,CN=Users,DC=emea,DC=corp,DC=example"
	admin := root.admin()
	_, res := root.search(root.request(admin), erik, directory.BaseObject, "(objectClass=*)")
	assert.Equal(t, directory.Referral, res.Code)
	assert.Equal(t, []string{"ldap://emea.corp.example/" + erik}, res.Referrals)
	root.as(`EMEA\erik`, firstPass)
	r := root.request(admin)
	r.Channel.GlobalCatalog = true
	s, res := root.search(r, "", directory.WholeSubtree, "(sAMAccountName=erik)")
	require.Equal(t, directory.Success, res.Code)
	assert.Equal(t, []string{erik}, s.dns())
	s, res = root.search(r, "CN=Users,DC=emea,DC=corp,DC=example", directory.SingleLevel, "(sAMAccountName=erik)")
	require.Equal(t, directory.Success, res.Code, "a base in another domain")
	assert.Equal(t, []string{erik}, s.dns())
	s, _ = root.search(r, base, directory.WholeSubtree, "(sAMAccountName=erik)")
	assert.Equal(t, []string{erik}, s.dns(), "the child domain lies below the head of its parent")
	s, _ = root.search(r, base, directory.SingleLevel, "(objectClass=domainDNS)")
	assert.Equal(t, []string{"DC=emea," + base}, s.dns(), "and no zones are in the catalogue")
	s, _ = root.search(r, "", directory.WholeSubtree, "(&(sAMAccountName=erik)(pwdLastSet>=1))")
	assert.Empty(t, s.dns(), "what the catalogue does not have matches nothing")

	for name, kind := range map[string]domain.GroupType{"global": domain.GlobalGroup, "universal": domain.UniversalGroup} {
		_, err = f.Domain("EMEA").AddGroup(start, directory.GroupSpec{Name: name, Type: kind | domain.SecurityEnabled, Members: []string{erik}})
		require.NoError(t, err)
		s, _ = root.search(r, "CN="+name+",CN=Users,DC=emea,DC=corp,DC=example", directory.BaseObject, "(objectClass=*)", "member")
		require.Len(t, s.entries, 1)
		assert.Equal(t, kind == domain.UniversalGroup, len(s.entries[0].Attributes) == 1, "members of a %s group", name)
	}

	phantom := root.request(admin)
	phantom.Controls.SearchOptions = 2
	s, _ = root.search(phantom, base, directory.WholeSubtree, "(objectClass=nTDSDSA)")
	assert.NotEmpty(t, s.dns(), "the configuration lies below the head")
	s, _ = root.search(phantom, base, directory.WholeSubtree, "(sAMAccountName=erik)")
	assert.Empty(t, s.dns(), "the other domain is not here")

	assert.Equal(t, directory.UnwillingToPerform, root.dc.Modify(t.Context(), r, directory.ModifyRequest{DN: erik, Changes: []directory.ModifyChange{change(set, "title", "x")}}).Code)
}

// Accounts are judged, counted and locked by the domain controllers of their
// own domain, wherever the bind comes in (MS-APDS 3.1.5.1).
func TestABindInAnotherDomainCountsInTheAccountsOwn(t *testing.T) {
	f, err := directory.NewForest(directory.ForestConfig{Now: start, Rand: chance.New(1).Stream("directory"), Domains: []directory.DomainConfig{
		{DNSName: "corp.example", NetBIOS: "CORP", Password: adminPass, DCs: []directory.DCConfig{{Name: "DC1"}, {Name: "DC2"}}},
		{DNSName: "emea.corp.example", NetBIOS: "EMEA", Password: adminPass, DCs: []directory.DCConfig{{Name: "EDC1"}, {Name: "EDC2"}}},
	}})
	require.NoError(t, err)
	corp, emea := f.Domain("CORP"), f.Domain("EMEA")
	_, err = emea.AddUser(start, directory.UserSpec{SAMAccountName: "erik", Password: secret.New(firstPass)})
	require.NoError(t, err)
	require.NoError(t, emea.Set(start, emea.DN(), map[string][]string{"lockoutThreshold": {"5"}}))
	at := func(dc *directory.DC) *lab { return &lab{t: t, forest: f, domain: dc.Domain(), dc: dc, now: start} }
	const erik = "CN=erik,CN=Users,DC=emea,DC=corp,DC=example"
	count := func(dc *directory.DC) []string { return at(dc).values(directory.System(), erik, "badPwdCount") }

	_, res := at(corp.DC("DC2")).bind(`EMEA\erik`, "wrong")
	assert.Contains(t, res.Diagnostic, "data 52e")
	assert.Equal(t, []string{"1"}, count(emea.DC("EDC1")), "the PDC emulator of the account's domain")
	assert.Equal(t, []string{"0"}, count(emea.DC("EDC2")))

	cut := emea.Settings()
	cut.Replication.CutToPDC = true
	emea.SetSettings(cut)
	_, res = at(corp.DC("DC2")).bind(`EMEA\erik`, "wrong")
	assert.Contains(t, res.Diagnostic, "data 52e")
	assert.Equal(t, []string{"1"}, count(emea.DC("EDC1")), "nobody reaches it")
	assert.Equal(t, []string{"1"}, count(emea.DC("EDC2")))

	caller := at(corp.DC("DC2")).as(`EMEA\erik`, firstPass)
	assert.Equal(t, erik, caller.DN())
	assert.Equal(t, []string{"0"}, count(emea.DC("EDC2")))
}

package directory_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/directory"
)

const (
	partitions = "CN=Partitions,CN=Configuration," + base
	recycleBin = "766ddcd8-acd0-445e-f3b9-a7f9b6744f2a"
)

func (l *lab) enableRecycleBin(c directory.Caller, value string) directory.Result {
	return l.modify(c, "", change(add, "enableOptionalFeature", value))
}

// MS-ADTS 3.1.1.3.3.28.
func TestTheRecycleBinIsSwitchedOnOnce(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	l.user("Anna Long")
	admin := l.admin()
	for name, c := range map[string]struct {
		who    directory.Caller
		value  string
		code   directory.Code
		prefix string
	}{
		"no feature of this number":      {admin, partitions + ":" + "00000000-0000-0000-0000-000000000001", directory.OperationsError, "00000057"},
		"no number":                      {admin, partitions, directory.OperationsError, "00000057"},
		"a scope that does not exist":    {admin, "CN=Nowhere," + partitions + ":" + recycleBin, directory.OperationsError, "00000057"},
		"an object that is no scope":     {admin, "CN=Configuration," + base + ":" + recycleBin, directory.UnwillingToPerform, "00000032"},
		"without the right on the scope": {l.as("annalong@corp.example", firstPass), partitions + ":" + recycleBin, directory.InsufficientAccessRights, "00000005"},
	} {
		res := l.enableRecycleBin(c.who, c.value)
		assert.Equal(t, c.code, res.Code, name)
		assert.Equal(t, c.prefix, prefix(res), name)
	}
	assert.Empty(t, l.value(partitions, "msDS-EnabledFeature"))
	require.Equal(t, directory.Success, l.enableRecycleBin(admin, partitions+":"+recycleBin).Code)
	feature := "CN=Recycle Bin Feature,CN=Optional Features,CN=Directory Service,CN=Windows NT,CN=Services,CN=Configuration," + base
	assert.Equal(t, feature, l.value(partitions, "msDS-EnabledFeature"))
	assert.ElementsMatch(t, []string{partitions, "CN=NTDS Settings,CN=DC1,CN=Servers,CN=Default-First-Site-Name,CN=Sites,CN=Configuration," + base},
		l.values(admin, feature, "msDS-EnabledFeatureBL"))
	res := l.enableRecycleBin(admin, partitions+":"+recycleBin)
	assert.Equal(t, directory.AttributeOrValueExists, res.Code)
	assert.Equal(t, "00002083", prefix(res))
}

func TestTheRecycleBinStaysOnAfterARestart(t *testing.T) {
	l, log := kept(t)
	anna := l.user("Anna Long")
	require.Equal(t, directory.Success, l.modify(directory.System(), anna, change(set, "title", "Dr")).Code)
	require.Equal(t, directory.Success, l.enableRecycleBin(l.admin(), partitions+":"+recycleBin).Code)

	after := restored(t, log, l.now)
	assert.Equal(t, directory.AttributeOrValueExists, after.enableRecycleBin(after.admin(), partitions+":"+recycleBin).Code)
	after.t = t
	require.Equal(t, directory.Success, after.dc.Delete(t.Context(), after.request(after.admin()), anna).Code)
	r := after.request(after.admin())
	r.Controls.ShowDeleted = true
	s, res := after.search(r, base, directory.WholeSubtree, "(&(isDeleted=TRUE)(sAMAccountName=annalong))", "title")
	require.Equal(t, directory.Success, res.Code, res.Diagnostic)
	require.Len(t, s.entries, 1)
	assert.Len(t, s.entries[0].Attributes, 1, "the bin keeps what a tombstone loses")
}

func TestSambaLetsNobodySwitchTheRecycleBinOnOverLDAP(t *testing.T) {
	l := newLab(t, directory.Samba)
	assert.Equal(t, directory.UnwillingToPerform, l.enableRecycleBin(l.admin(), partitions+":"+recycleBin).Code)
}

// MS-ADTS 6.1.1.2.2.1.2.1.1.
func TestTheSettingsOfADomainControllerNameWhatItHolds(t *testing.T) {
	one, _ := twoDCs(t)
	admin := one.admin()
	settings := func(dc string) string {
		return "CN=NTDS Settings,CN=" + dc + ",CN=Servers,CN=Default-First-Site-Name,CN=Sites,CN=Configuration," + base
	}
	three := []string{base, "CN=Configuration," + base, "CN=Schema,CN=Configuration," + base}
	all := append(append([]string{}, three...), "DC=DomainDnsZones,"+base, "DC=ForestDnsZones,"+base)
	assert.ElementsMatch(t, three, one.values(admin, settings("DC1"), "hasMasterNCs"))
	assert.ElementsMatch(t, all, one.values(admin, settings("DC1"), "msDS-hasMasterNCs"))
	assert.ElementsMatch(t, all, one.values(admin, settings("DC2"), "msDS-hasMasterNCs"))
	assert.Empty(t, one.values(admin, settings("RODC"), "msDS-hasMasterNCs"))
	assert.ElementsMatch(t, all, one.values(admin, settings("RODC"), "msDS-hasFullReplicaNCs"))
	assert.ElementsMatch(t, []string{settings("DC1"), settings("DC2")}, one.values(admin, base, "msDs-masteredBy"))
}

const service = "CN=Directory Service,CN=Windows NT,CN=Services,CN=Configuration," + base

// state is what a deleted account is for those who see recycled objects.
func (l *lab) state(sam string) string {
	l.t.Helper()
	r := l.request(directory.System())
	r.Controls.ShowDeleted, r.Controls.ShowRecycled = true, true
	s, res := l.search(r, base, directory.WholeSubtree, "(sAMAccountName="+sam+")", "isDeleted", "isRecycled", "title")
	require.Equal(l.t, directory.Success, res.Code, res.Diagnostic)
	if len(s.entries) == 0 {
		return "gone"
	}
	out := []string{}
	for _, a := range s.entries[0].Attributes {
		out = append(out, a.Name)
	}
	return strings.Join(out, " ")
}

// MS-ADTS 3.1.1.5.5.1, 6.1.1.2.4.1.1: how long what has been deleted stays. Time
// passes in one jump, or in many small steps: the answer is the same.
func TestDeletedObjectsPassAwayOnTheLabsClock(t *testing.T) {
	const live, deleted, recycled, tombstone = "title", "isDeleted title", "isDeleted isRecycled", "isDeleted"
	for name, c := range map[string]struct {
		bin      bool
		settings []directory.ModifyChange
		days     map[int]string
	}{
		"tombstones stay 180 days":           {false, nil, map[int]string{0: tombstone, 179: tombstone, 181: "gone"}},
		"as long as tombstoneLifetime says":  {false, []directory.ModifyChange{change(set, "tombstoneLifetime", "10")}, map[int]string{9: tombstone, 11: "gone"}},
		"60 days when it says nothing":       {false, []directory.ModifyChange{change(remove, "tombstoneLifetime")}, map[int]string{59: tombstone, 61: "gone"}},
		"two days at least":                  {false, []directory.ModifyChange{change(set, "tombstoneLifetime", "1")}, map[int]string{1: tombstone, 3: "gone"}},
		"the bin doubles it":                 {true, nil, map[int]string{0: deleted, 179: deleted, 181: recycled, 359: recycled, 361: "gone"}},
		"the bin has a lifetime of its own":  {true, []directory.ModifyChange{change(set, "msDS-DeletedObjectLifetime", "5")}, map[int]string{4: deleted, 6: recycled, 184: recycled, 186: "gone"}},
		"the bin's lifetime without default": {true, []directory.ModifyChange{change(set, "tombstoneLifetime", "20")}, map[int]string{19: deleted, 21: recycled, 39: recycled, 41: "gone"}},
	} {
		t.Run(name, func(t *testing.T) {
			for last := range c.days {
				for _, step := range []time.Duration{time.Duration(last) * 24 * time.Hour, 24 * time.Hour} {
					l := newLab(t, directory.Windows2022)
					anna := l.user("Anna")
					require.NoError(t, l.domain.AddMembers(l.now, "CN=Domain Guests,CN=Users,"+base, anna))
					require.NoError(t, l.domain.Set(l.now, anna, map[string][]string{"title": {"Dr"}}))
					require.Equal(t, live, l.state("anna"))
					if c.bin {
						require.Equal(t, directory.Success, l.enableRecycleBin(l.admin(), partitions+":"+recycleBin).Code)
					}
					if c.settings != nil {
						require.Equal(t, directory.Success, l.modify(l.admin(), service, c.settings...).Code)
					}
					require.Equal(t, directory.Success, l.dc.Delete(t.Context(), l.request(l.admin()), anna).Code)
					for end := l.now.Add(time.Duration(last) * 24 * time.Hour); l.now.Before(end); {
						l.now = l.now.Add(step)
						l.state("nobody") // somebody comes by
					}
					assert.Equal(t, c.days[last], l.state("anna"), "day %d in steps of %s", last, step)
				}
			}
		})
	}
}

func TestWhatIsGoneIsGoneAfterARestart(t *testing.T) {
	l, log := kept(t)
	anna := l.user("Anna")
	admin := l.admin()
	guest := "CN=Guest,CN=Users," + base // born with the forest
	require.NoError(t, l.domain.Set(l.now, guest, map[string][]string{"isCriticalSystemObject": nil}))
	for _, dn := range []string{anna, guest} {
		require.Equal(t, directory.Success, l.dc.Delete(t.Context(), l.request(admin), dn).Code, dn)
	}
	assert.Equal(t, "isDeleted", l.state("guest"))
	l.now = l.now.Add(200 * 24 * time.Hour)
	assert.Equal(t, "gone", l.state("guest"))
	assert.Equal(t, "gone", l.state("anna"))
	forgotten := 0
	for _, c := range log {
		if c.Forgettable() {
			forgotten++
		}
	}
	assert.Equal(t, 1, forgotten, "Anna; that Guest is gone must be kept")
	after := restored(t, log, l.now)
	assert.Equal(t, "gone", after.state("guest"))
	assert.Equal(t, "gone", after.state("anna"))
	assert.Equal(t, l.picture(base, "CN=Configuration,"+base), after.picture(base, "CN=Configuration,"+base))
	fork, err := directory.NewForest(keptConfig(nil))
	require.NoError(t, err)
	require.NoError(t, fork.Apply(l.forest.Changes()))
	f := &lab{t: t, forest: fork, domain: fork.Domains()[0], dc: fork.Domains()[0].DCs()[0], now: l.now}
	assert.Equal(t, "gone", f.state("guest"))
	assert.Equal(t, l.picture(base), f.picture(base))
}

// MS-ADTS 3.1.1.3.3: doGarbageCollection, and who may ask for it.
func TestGarbageIsCollectedOnRequest(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna, bob := l.user("Anna"), l.user("Bob")
	admin, nobody := l.admin(), l.as(bob, firstPass)
	require.Equal(t, directory.Success, l.dc.Delete(t.Context(), l.request(admin), anna).Code)
	l.now = l.now.Add(179*24*time.Hour + 23*time.Hour)
	l.state("nobody")
	l.now = l.now.Add(2 * time.Hour)
	assert.Equal(t, "isDeleted", l.state("anna"), "the next collection is ten hours away")
	assert.Equal(t, directory.InsufficientAccessRights, l.modify(nobody, "", change(add, "doGarbageCollection", "1")).Code)
	require.Equal(t, directory.Success, l.modify(admin, "", change(add, "doGarbageCollection", "1")).Code)
	assert.Equal(t, "gone", l.state("anna"))
}

func TestARecycledObjectStaysDead(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna, bob := l.user("Anna"), l.user("Bob")
	admin := l.admin()
	back := func(sam string) directory.Result {
		r := l.request(admin)
		r.Controls.ShowDeleted, r.Controls.ShowRecycled = true, true
		s, res := l.search(r, base, directory.WholeSubtree, "(sAMAccountName="+sam+")", "1.1")
		require.Equal(t, directory.Success, res.Code)
		require.Len(t, s.entries, 1)
		return l.dc.Modify(t.Context(), r, directory.ModifyRequest{DN: s.entries[0].DN, Changes: []directory.ModifyChange{
			change(remove, "isDeleted"), change(set, "distinguishedName", "CN=Back,"+staff),
		}})
	}
	require.Equal(t, directory.Success, l.dc.Delete(t.Context(), l.request(admin), anna).Code)
	require.Equal(t, directory.Success, l.enableRecycleBin(admin, partitions+":"+recycleBin).Code)
	assert.Equal(t, "isDeleted isRecycled", l.state("anna"), "a tombstone has nothing to come back with")
	assert.Equal(t, directory.UnwillingToPerform, back("anna").Code)
	require.NoError(t, l.domain.AddMembers(l.now, "CN=Domain Guests,CN=Users,"+base, bob))
	require.Equal(t, directory.Success, l.dc.Delete(t.Context(), l.request(admin), bob).Code)
	assert.Empty(t, l.values(admin, "CN=Domain Guests,CN=Users,"+base, "member"))
	l.now = l.now.Add(179 * 24 * time.Hour)
	require.Equal(t, directory.Success, back("bob").Code)
	assert.Equal(t, []string{"CN=Back," + staff}, l.values(admin, "CN=Domain Guests,CN=Users,"+base, "member"))
}

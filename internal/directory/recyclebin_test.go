package directory_test

import (
	"testing"

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

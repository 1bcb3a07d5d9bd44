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
)

func twoControllers(commit func(directory.Change) error) directory.ForestConfig {
	cfg := keptConfig(commit)
	cfg.Domains[0].DCs = []directory.DCConfig{{Name: "DC1"}, {Name: "DC2"}}
	return cfg
}

const (
	ridManager     = "CN=RID Manager$,CN=System," + base
	infrastructure = "CN=Infrastructure," + base
	schemaHead     = "CN=Schema,CN=Configuration," + base
)

func TestRolesMoveOneByOne(t *testing.T) {
	log := map[security.GUID]directory.Change{}
	flushed := 0
	cfg := twoControllers(func(c directory.Change) error { log[c.GUID] = c; return nil })
	cfg.Flush = func() error { flushed++; return nil }
	f, err := directory.NewForest(cfg)
	require.NoError(t, err)
	l := &lab{t: t, forest: f, domain: f.Domains()[0], now: start.Add(time.Hour)}
	one, two := l.domain.DC("DC1"), l.domain.DC("DC2")
	l.dc = two
	for _, move := range []struct{ become, object string }{
		{"becomePdc", base},
		{"becomeRidMaster", ridManager},
		{"becomeInfrastructureMaster", infrastructure},
		{"becomeSchemaMaster", schemaHead},
		{"becomeDomainMaster", partitions},
	} {
		t.Run(move.become, func(t *testing.T) {
			l.t = t
			l.now = l.now.Add(time.Minute)
			assert.False(t, l.root("validFSMOs")[move.object])
			value := "1"
			if move.become == "becomePdc" {
				value = string(l.domain.SID())
			}
			before := flushed
			res := l.modify(l.admin(), "", directory.ModifyChange{Kind: directory.AddValues, Name: move.become, Values: [][]byte{[]byte(value)}})
			require.Equal(t, directory.Success, res.Code, res.Diagnostic)
			assert.Greater(t, flushed, before, "safe before it is acknowledged")
			assert.True(t, l.root("validFSMOs")[move.object])
			l.dc = one
			assert.False(t, l.root("validFSMOs")[move.object])
			assert.Equal(t, l.now.UTC().Format("20060102150405.0Z"), l.value(move.object, "whenChanged"))
			assert.Contains(t, l.value(move.object, "fSMORoleOwner"), "CN=DC2,")
			l.dc = two
		})
	}
	assert.Len(t, l.root("validFSMOs"), 5)

	again, err := directory.NewForest(twoControllers(nil))
	require.NoError(t, err)
	require.NoError(t, again.Apply(slices.Collect(maps.Values(log))))
	after := &lab{t: t, forest: again, domain: again.Domains()[0], now: l.now}
	after.dc = after.domain.DC("DC2")
	assert.Equal(t, after.dc, after.domain.PDC())
	assert.Len(t, after.root("validFSMOs"), 5)
}

func TestRolesAreNotForEverybody(t *testing.T) {
	f, err := directory.NewForest(twoControllers(nil))
	require.NoError(t, err)
	l := &lab{t: t, forest: f, domain: f.Domains()[0], now: start}
	l.dc = l.domain.DC("DC2")
	require.NoError(t, l.domain.AddOU(l.now, staff))
	l.user("Anna Long")
	take := func(c directory.Caller, name, value string) directory.Code {
		return l.modify(c, "", directory.ModifyChange{Kind: directory.AddValues, Name: name, Values: [][]byte{[]byte(value)}}).Code
	}
	l.dc = l.domain.DC("DC1")
	anna := l.as(`CORP\annalong`, firstPass)
	l.dc = l.domain.DC("DC2")
	for _, name := range []string{"becomePdc", "becomeRidMaster", "becomeInfrastructureMaster", "becomeSchemaMaster", "becomeDomainMaster"} {
		assert.Equal(t, directory.InsufficientAccessRights, take(anna, name, "1"), name)
	}
	other := l.domain.SID()[:len(l.domain.SID())-1] + "x"
	assert.Equal(t, directory.UnwillingToPerform, take(l.admin(), "becomePdc", string(other)), "another domain")
	assert.Equal(t, "DC1", l.domain.PDC().Name())
}

// A domain controller of a child domain holds the forest's zone, too, and says so.
func TestNamingContextsOfAChildDomain(t *testing.T) {
	f, err := directory.NewForest(directory.ForestConfig{Now: start, Rand: chance.New(1).Stream("directory"), Domains: []directory.DomainConfig{
		{DNSName: "corp.example", NetBIOS: "CORP", Password: adminPass}, {DNSName: "emea.corp.example", NetBIOS: "EMEA", Password: adminPass},
	}})
	require.NoError(t, err)
	d := f.Domain("EMEA")
	l := &lab{t: t, forest: f, domain: d, dc: d.DCs()[0], now: start}
	assert.ElementsMatch(t, []string{
		"DC=emea," + base, "CN=Configuration," + base, "CN=Schema,CN=Configuration," + base,
		"DC=DomainDnsZones,DC=emea," + base, "DC=ForestDnsZones," + base,
	}, l.values(directory.System(), "", "namingContexts"))
	assert.Empty(t, l.values(directory.System(), "", "msDS-ReplPendingOps"))
}

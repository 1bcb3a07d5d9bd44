package directory_test

import (
	"context"
	"maps"
	"slices"
	"sort"
	"strings"
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

// kept is a forest whose changes are kept, and the log.
func kept(t *testing.T) (*lab, map[security.GUID]directory.Change) {
	t.Helper()
	log := map[security.GUID]directory.Change{}
	f, err := directory.NewForest(keptConfig(func(c directory.Change) error {
		log[c.GUID] = c
		return nil
	}))
	require.NoError(t, err)
	l := &lab{t: t, forest: f, domain: f.Domains()[0], now: start}
	l.dc = l.domain.DCs()[0]
	require.NoError(t, l.domain.AddOU(l.now, staff))
	return l, log
}

func keptConfig(commit func(directory.Change) error) directory.ForestConfig {
	return directory.ForestConfig{
		Now: start, Rand: chance.New(1).Stream("directory"), Commit: commit,
		Domains: []directory.DomainConfig{{DNSName: "corp.example", NetBIOS: "CORP", Password: adminPass}},
	}
}

// restored is what a later start makes of a log, in an order of its own.
func restored(t *testing.T, log map[security.GUID]directory.Change, now time.Time) *lab {
	t.Helper()
	f, err := directory.NewForest(keptConfig(nil))
	require.NoError(t, err)
	require.NoError(t, f.Apply(slices.Collect(maps.Values(log))))
	l := &lab{t: t, forest: f, domain: f.Domains()[0], now: now}
	l.dc = l.domain.DCs()[0]
	return l
}

// picture is everything that the directory's own SYSTEM sees, as sorted text.
func (l *lab) picture(bases ...string) []string {
	l.t.Helper()
	var all lines
	for _, b := range bases {
		r := l.request(directory.System())
		r.Controls.ShowDeleted, r.Controls.ShowRecycled = true, true
		res := l.dc.Search(context.Background(), r, directory.SearchRequest{
			Base: b, Scope: directory.WholeSubtree, Filter: directory.Present("objectClass"), Attributes: []string{"*", "memberOf", "nTSecurityDescriptor", "msDS-KeyVersionNumber"},
		}, new(directory.Cursors), &all)
		require.Contains(l.t, []directory.Code{directory.Success, directory.SizeLimitExceeded}, res.Code, res.Diagnostic)
	}
	sort.Strings(all)
	return all
}

type lines []string

func (l *lines) Entry(e directory.Entry) error {
	for _, a := range e.Attributes {
		switch a.Name { // each domain controller's own
		case "badPwdCount", "badPasswordTime", "lastLogon", "logonCount":
			continue
		}
		var values []string
		for _, v := range a.Values {
			values = append(values, string(v))
		}
		sort.Strings(values)
		*l = append(*l, e.DN+" "+a.Name+"="+strings.Join(values, "|"))
	}
	return nil
}

func (*lines) Reference(...string) error { return nil }

func TestAReplayedLogGivesTheSameDirectory(t *testing.T) {
	l, log := kept(t)
	add := func(name string) string {
		dn, err := l.domain.AddUser(l.now, directory.UserSpec{SAMAccountName: name, Parent: staff, Password: secret.New(firstPass)})
		require.NoError(t, err)
		return dn
	}
	alice, bob, carol, dave := add("alice"), add("bob"), add("carol"), add("dave")
	group, err := l.domain.AddGroup(l.now, directory.GroupSpec{Name: "crew"})
	require.NoError(t, err)
	require.NoError(t, l.domain.AddMembers(l.now, group, alice, bob, carol))
	require.NoError(t, l.domain.AddMembers(l.now, "CN=Domain Admins,CN=Users,"+base, dave))
	require.NoError(t, l.domain.AddPSO(l.now, "strict", domain.PSO{Precedence: 1, Policy: l.domain.Policy()}, group))
	l.now = l.now.Add(48 * time.Hour)
	ok := func(res directory.Result) {
		t.Helper()
		require.Equal(t, directory.Success, res.Code, res.Diagnostic)
	}
	admin := l.admin()
	ok(l.reset(admin, alice, "Second-Secret2"))
	ok(l.modify(admin, bob, change(directory.ReplaceValues, "manager", alice), change(directory.ReplaceValues, "description", "ä")))
	rename := func(dn, rdn string, superior *string) {
		t.Helper()
		ok(l.dc.ModifyDN(t.Context(), l.request(admin), directory.ModifyDNRequest{DN: dn, NewRDN: rdn, DeleteOldRDN: true, NewSuperior: superior}))
	}
	// Two objects exchange their names, and everything moves below what came later.
	rename(alice, "CN=x", nil)
	rename(bob, "CN=alice", nil)
	rename("CN=x,"+staff, "CN=bob", nil)
	require.NoError(t, l.domain.AddOU(l.now, "OU=Later,"+base))
	later := "OU=Later," + base
	rename(staff, "OU=Staff", &later)
	ok(l.dc.Delete(t.Context(), l.request(admin), "CN=carol,OU=Staff,"+later))
	ok(l.modify(admin, "CN=Directory Service,CN=Windows NT,CN=Services,CN=Configuration,"+base, change(directory.ReplaceValues, "dSHeuristics", "000000001")))
	ok(l.modify(admin, base, change(directory.ReplaceValues, "minPwdLength", "9")))

	after := restored(t, log, l.now)
	want, got := l.picture(base, "CN=Configuration,"+base), after.picture(base, "CN=Configuration,"+base)
	assert.Greater(t, len(want), 500)
	assert.Equal(t, want, got)
	_, res := after.bind(`CORP\alice`, "Second-Secret2")
	ok(res)
	bobAgain, res := after.bind(`CORP\bob`, firstPass)
	ok(res)
	assert.Equal(t, directory.InsufficientAccessRights, after.reset(bobAgain, "CN=bob,OU=Staff,"+later, "Third-Secret3").Code, "rights are judged as before")
	assert.Equal(t, 9, after.domain.Policy().MinLength)
}

func TestARestoredDirectoryGoesOn(t *testing.T) {
	l, log := kept(t)
	_, err := l.domain.AddUser(l.now, directory.UserSpec{SAMAccountName: "alice", Parent: staff, Password: secret.New(firstPass)})
	require.NoError(t, err)
	after := restored(t, log, l.now)
	_, err = after.domain.AddUser(after.now, directory.UserSpec{SAMAccountName: "bob", Parent: staff, Password: secret.New(firstPass)})
	require.NoError(t, err)
	sids := map[string]bool{}
	for o := range after.dc.Objects(after.now) {
		if sid := o.First("objectSid"); sid != "" {
			assert.False(t, sids[sid], "%s has a SID of its own", o.DN)
			sids[sid] = true
		}
	}
	_, err = after.domain.AddUser(after.now, directory.UserSpec{Name: "alice", SAMAccountName: "alice2", Parent: staff})
	assert.Error(t, err, "the name is taken")
}

func TestApplyRefusesALogOfAnotherForest(t *testing.T) {
	l, log := kept(t)
	_, err := l.domain.AddUser(l.now, directory.UserSpec{SAMAccountName: "alice", Parent: staff, Password: secret.New(firstPass)})
	require.NoError(t, err)
	cfg := keptConfig(nil)
	cfg.Rand = chance.New(2).Stream("directory")
	f, err := directory.NewForest(cfg)
	require.NoError(t, err)
	assert.ErrorContains(t, f.Apply(slices.Collect(maps.Values(log))), "does not exist")
}

func TestTheLogTellsWhereAnOperationEnds(t *testing.T) {
	var log []directory.Change
	f, err := directory.NewForest(keptConfig(func(c directory.Change) error {
		log = append(log, c)
		return nil
	}))
	require.NoError(t, err)
	d := f.Domains()[0]
	dn, err := d.AddUser(start, directory.UserSpec{SAMAccountName: "alice", Password: secret.New(firstPass)})
	require.NoError(t, err)
	for _, name := range []string{"crew", "team"} {
		_, err := d.AddGroup(start, directory.GroupSpec{Name: name, Members: []string{dn}})
		require.NoError(t, err)
	}
	require.NoError(t, d.Delete(start, dn))
	require.True(t, log[len(log)-1].Last)
	most := 1
	for i, size := 0, 1; i < len(log)-1; i++ {
		same := log[i].USN == log[i+1].USN
		assert.Equal(t, !same, log[i].Last, "change %d", i)
		if size++; !same {
			size = 1
		}
		most = max(most, size)
	}
	assert.GreaterOrEqual(t, most, 3, "the deletion changed the account and both groups")
}

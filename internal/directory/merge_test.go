package directory_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// replicas are several domain controllers of a domain and one clock.
type replicas struct {
	t   tester
	dcs []*lab
	now time.Time
	who directory.Caller
}

func newReplicas(t tester, dcs ...directory.DCConfig) *replicas {
	t.Helper()
	return newForestReplicas(t, dcs)
}

// newForestReplicas is newReplicas with further domains, whose own domain
// controllers come last.
func newForestReplicas(t tester, dcs []directory.DCConfig, others ...directory.DomainConfig) *replicas {
	t.Helper()
	f, err := directory.NewForest(directory.ForestConfig{Now: start, Rand: chance.New(1).Stream("directory"), Domains: append([]directory.DomainConfig{
		{DNSName: "corp.example", NetBIOS: "CORP", Password: adminPass, DCs: dcs},
	}, others...)})
	require.NoError(t, err)
	d := f.Domains()[0]
	require.NoError(t, d.AddOU(start, staff))
	r := &replicas{t: t, now: start}
	for _, d := range f.Domains() {
		for _, dc := range d.DCs() {
			r.dcs = append(r.dcs, &lab{t: t, forest: f, domain: d, dc: dc, now: start, muted: true})
		}
	}
	r.who = r.dcs[0].admin()
	r.wait(4 * time.Hour)
	return r
}

// emea is a second domain, with one domain controller.
var emea = directory.DomainConfig{DNSName: "emea.corp.example", NetBIOS: "EMEA", Password: adminPass, DCs: []directory.DCConfig{{Name: "EDC1"}}}

func three(t tester) *replicas {
	return newReplicas(t, directory.DCConfig{Name: "DC1"}, directory.DCConfig{Name: "DC2"}, directory.DCConfig{Name: "DC3"})
}

// wait lets time pass for everybody.
func (r *replicas) wait(d time.Duration) {
	r.now = r.now.Add(d)
	for _, l := range r.dcs {
		l.now = r.now
	}
}

func (r *replicas) ok(res directory.Result) {
	r.t.Helper()
	require.Equal(r.t, directory.Success, res.Code, res.Diagnostic)
}

// at is what one domain controller has of an attribute.
func (r *replicas) at(dc int, dn, name string) string {
	r.t.Helper()
	s, res := r.dcs[dc].search(r.dcs[dc].request(r.who), dn, directory.BaseObject, "(objectClass=*)", name)
	if res.Code != directory.Success {
		return fmt.Sprint(res.Code)
	}
	require.Len(r.t, s.entries, 1)
	var out []string
	for _, a := range s.entries[0].Attributes {
		for _, v := range a.Values {
			cn, _, _ := strings.Cut(string(v), ",")
			out = append(out, cn)
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// names lists what stands in a container on one domain controller.
func (r *replicas) names(dc int, parent string) []string {
	r.t.Helper()
	s, res := r.dcs[dc].search(r.dcs[dc].request(r.who), parent, directory.SingleLevel, "(objectClass=*)", "name")
	require.Equal(r.t, directory.Success, res.Code, res.Diagnostic)
	var out []string
	for _, e := range s.entries {
		out = append(out, string(e.Attributes[0].Values[0]))
	}
	slices.Sort(out)
	return out
}

func (r *replicas) rename(dc int, dn, rdn string, parent *string) directory.Result {
	l := r.dcs[dc]
	return l.dc.ModifyDN(context.Background(), l.request(r.who), directory.ModifyDNRequest{DN: dn, NewRDN: rdn, DeleteOldRDN: true, NewSuperior: parent})
}

func (r *replicas) remove(dc int, dn string) directory.Result {
	l := r.dcs[dc]
	return l.dc.Delete(context.Background(), l.request(r.who), dn)
}

// MS-ADTS 3.1.1.1.9: attribute by attribute, version before time.
func TestConcurrentWritesAreMergedByAttribute(t *testing.T) {
	r := three(t)
	anna := r.dcs[0].user("Anna")
	r.ok(r.dcs[0].modify(r.who, anna, change(set, "title", "Dr")))
	r.wait(time.Second)
	r.ok(r.dcs[1].modify(r.who, anna, change(set, "description", "of DC2")))
	assert.Empty(t, r.at(1, anna, "title"), "its own write brings nothing of another's along")
	assert.Equal(t, "of DC2", r.at(1, anna, "description"))
	assert.Empty(t, r.at(0, anna, "description"))
	r.wait(14 * time.Second)
	assert.Equal(t, "Dr", r.at(1, anna, "title"))
	assert.Empty(t, r.at(0, anna, "description"), "it left a second later")
	r.wait(time.Minute)
	for dc := range r.dcs {
		assert.Equal(t, "Dr", r.at(dc, anna, "title"), "%d", dc)
		assert.Equal(t, "of DC2", r.at(dc, anna, "description"), "%d", dc)
	}

	r.ok(r.dcs[0].modify(r.who, anna, change(set, "title", "first")))
	r.ok(r.dcs[0].modify(r.who, anna, change(set, "title", "second")))
	r.ok(r.dcs[0].modify(r.who, anna, change(set, "info", "earlier")))
	r.wait(time.Second)
	r.ok(r.dcs[1].modify(r.who, anna, change(set, "title", "later, but one version less")))
	r.ok(r.dcs[1].modify(r.who, anna, change(set, "info", "later")))
	r.wait(time.Minute)
	for dc := range r.dcs {
		assert.Equal(t, "second", r.at(dc, anna, "title"), "%d: the version", dc)
		assert.Equal(t, "later", r.at(dc, anna, "info"), "%d: the time", dc)
	}
	r.ok(r.dcs[0].modify(r.who, anna, change(remove, "info")))
	r.ok(r.dcs[1].modify(r.who, anna, change(set, "title", "again")))
	r.wait(time.Minute)
	for dc := range r.dcs {
		assert.Empty(t, r.at(dc, anna, "info"), "%d: removed", dc)
		assert.Equal(t, "again", r.at(dc, anna, "title"), "%d", dc)
	}
}

// Linked values are merged one by one (MS-ADTS 3.1.1.1.9, LinkValueStamp).
func TestConcurrentMembersAreMergedByValue(t *testing.T) {
	r := three(t)
	a, b, c := r.dcs[0].user("A"), r.dcs[0].user("B"), r.dcs[0].user("C")
	group := "CN=G," + staff
	r.ok(r.dcs[0].add(r.who, group, at("objectClass", "group"), at("sAMAccountName", "g"), at("member", a)))
	r.wait(time.Minute)
	r.ok(r.dcs[0].modify(r.who, group, change(add, "member", b)))
	r.ok(r.dcs[1].modify(r.who, group, change(add, "member", c)))
	r.ok(r.dcs[2].modify(r.who, group, change(remove, "member", a)))
	assert.Equal(t, "CN=A CN=B", r.at(0, group, "member"))
	assert.Equal(t, "CN=A CN=C", r.at(1, group, "member"))
	assert.Empty(t, r.at(2, group, "member"))
	assert.Equal(t, "CN=G", r.at(0, a, "memberOf"))
	assert.Empty(t, r.at(2, a, "memberOf"))
	r.wait(time.Minute)
	for dc := range r.dcs {
		assert.Equal(t, "CN=B CN=C", r.at(dc, group, "member"), "%d", dc)
		assert.Empty(t, r.at(dc, a, "memberOf"), "%d", dc)
		assert.Equal(t, "CN=G", r.at(dc, c, "memberOf"), "%d", dc)
	}
	r.ok(r.dcs[0].modify(r.who, a, change(set, "manager", b)))
	r.wait(time.Second)
	r.ok(r.dcs[1].modify(r.who, a, change(set, "manager", c)))
	r.wait(time.Minute)
	for dc := range r.dcs {
		assert.Equal(t, "CN=C", r.at(dc, a, "manager"), "%d: a single-valued link has one value", dc)
		assert.Empty(t, r.at(dc, b, "directReports"), "%d", dc)
	}
}

// Two objects of one name: the later keeps it, the other is mangled as soon as a
// domain controller knows both.
func TestConflictingNamesAreMangled(t *testing.T) {
	r := three(t)
	dn := "OU=Same," + staff
	r.ok(r.dcs[0].add(r.who, dn, at("objectClass", "organizationalUnit"), at("description", "earlier")))
	r.wait(5 * time.Second)
	r.ok(r.dcs[1].add(r.who, dn, at("objectClass", "organizationalUnit"), at("description", "later")))
	assert.Equal(t, "earlier", r.at(0, dn, "description"))
	assert.Equal(t, "later", r.at(1, dn, "description"))
	assert.Equal(t, directory.EntryAlreadyExists, r.dcs[0].add(r.who, dn, at("objectClass", "organizationalUnit")).Code)
	r.wait(10 * time.Second)
	assert.Equal(t, "earlier", r.at(0, dn, "description"), "the other one is still on its way")
	require.Len(t, r.names(1, staff), 2, "DC2 knows both")
	r.wait(time.Minute)
	for dc := range r.dcs {
		assert.Equal(t, "later", r.at(dc, dn, "description"), "%d", dc)
		list := r.names(dc, staff)
		require.Len(t, list, 2, "%d", dc)
		assert.Regexp(t, "^Same\nCNF:[0-9a-f-]{36}$", list[1])
	}
	s, res := r.dcs[2].search(r.dcs[2].request(r.who), staff, directory.SingleLevel, "(description=earlier)", "ou")
	require.Equal(t, directory.Success, res.Code)
	require.Len(t, s.entries, 1)
	assert.Contains(t, s.entries[0].DN, `OU=Same\0ACNF:`)
}

// An object below what was deleted meanwhile goes to LostAndFound, whoever was
// first.
func TestOrphansAreFound(t *testing.T) {
	for name, order := range map[string][]int{"deleted first": {0, 1}, "added first": {1, 0}} {
		t.Run(name, func(t *testing.T) {
			r := three(t)
			unit := "OU=Gone," + staff
			r.ok(r.dcs[0].add(r.who, unit, at("objectClass", "organizationalUnit")))
			r.wait(time.Minute)
			for _, dc := range order {
				if dc == 0 {
					r.ok(r.remove(0, unit))
				} else {
					r.ok(r.dcs[1].add(r.who, "CN=Child,"+unit, at("objectClass", "user"), at("sAMAccountName", "child")))
					assert.Equal(t, "Child", r.at(1, "CN=Child,"+unit, "cn"), "where it was made")
				}
				r.wait(time.Second)
			}
			r.wait(time.Minute)
			for dc := range r.dcs {
				found := "CN=Child,CN=LostAndFound," + base
				assert.Equal(t, "Child", r.at(dc, found, "cn"), "%d", dc)
				assert.Equal(t, []string{unit}, r.dcs[dc].values(r.who, found, "lastKnownParent"), "%d", dc)
				assert.Equal(t, "32", r.at(dc, unit, "ou"))
			}
		})
	}
}

// Who is deleted stays so, whatever others write meanwhile, and leaves every
// group.
func TestADeletionWins(t *testing.T) {
	r := three(t)
	anna := r.dcs[0].user("Anna")
	guests := "CN=Domain Guests,CN=Users," + base
	r.ok(r.remove(0, anna))
	r.wait(time.Second)
	r.ok(r.dcs[1].modify(r.who, anna, change(set, "title", "Dr")))
	r.ok(r.dcs[1].modify(r.who, guests, change(add, "member", anna)))
	r.ok(r.rename(1, anna, "CN=Hannah", nil))
	assert.Equal(t, "CN=Hannah", r.at(1, guests, "member"))
	r.wait(time.Minute)
	for dc := range r.dcs {
		assert.Equal(t, "isDeleted", r.dcs[dc].state("anna"), "%d", dc)
		assert.Empty(t, r.at(dc, guests, "member"), "%d", dc)
		assert.Empty(t, r.names(dc, staff), "%d", dc)
	}
}

// Names are those that a domain controller knows.
func TestARenameIsKnownWhenItArrives(t *testing.T) {
	r := three(t)
	unit, child := "OU=Old,"+staff, "CN=Child,OU=Old,"+staff
	r.ok(r.dcs[0].add(r.who, unit, at("objectClass", "organizationalUnit")))
	r.ok(r.dcs[0].add(r.who, child, at("objectClass", "group"), at("sAMAccountName", "child")))
	r.wait(time.Minute)
	r.ok(r.rename(0, unit, "OU=New", nil))
	assert.Equal(t, []string{"Old"}, r.names(1, staff))
	assert.Equal(t, "Child", r.at(1, child, "cn"))
	assert.Equal(t, "32", r.at(1, "OU=New,"+staff, "ou"))
	assert.Equal(t, "Child", r.at(0, "CN=Child,OU=New,"+staff, "cn"))
	s, _ := r.dcs[1].search(r.dcs[1].request(r.who), base, directory.WholeSubtree, "(cn=Child)", "distinguishedName")
	assert.Equal(t, []string{child}, s.dns())
	r.ok(r.dcs[1].modify(r.who, child, change(set, "description", "by its old name")))
	users := "CN=Users," + base
	r.ok(r.rename(1, child, "CN=Child", &users))
	assert.Equal(t, []string{"Old"}, r.names(1, staff))
	assert.Empty(t, r.names(1, unit))
	assert.Equal(t, []string{"Child"}, r.names(0, "OU=New,"+staff))
	r.wait(time.Minute)
	for dc := range r.dcs {
		assert.Equal(t, "by its old name", r.at(dc, "CN=Child,CN=Users,"+base, "description"), "%d", dc)
		assert.Equal(t, []string{"New"}, r.names(dc, staff))
	}
}

// A bind by canonical name goes by the names that a domain controller knows.
func TestACanonicalNameIsKnownWhenItArrives(t *testing.T) {
	r := three(t)
	anna := r.dcs[0].user("Anna")
	r.wait(time.Minute)
	r.ok(r.rename(0, anna, "CN=Hannah", nil))
	knows := func(dc int, name string) bool {
		_, res := r.dcs[dc].bind("corp.example/Staff/"+name, firstPass)
		return res.Code == directory.Success
	}
	assert.True(t, knows(0, "Hannah"))
	assert.False(t, knows(0, "Anna"))
	assert.True(t, knows(1, "Anna"))
	assert.False(t, knows(1, "Hannah"))
	r.wait(time.Minute)
	assert.True(t, knows(1, "Hannah"))
	assert.False(t, knows(1, "Anna"))
}

// A password reaches the PDC emulator at once, and nothing else does.
func TestAPasswordGoesAheadOfTheRest(t *testing.T) {
	r := three(t)
	anna := r.dcs[0].user("Anna")
	r.ok(r.dcs[1].modify(r.who, anna, change(set, "title", "Dr"), change(set, "unicodePwd", string(quoted("N3w!Passw0rd")))))
	assert.Empty(t, r.at(0, anna, "title"))
	r.dcs[0].as(anna, "N3w!Passw0rd")
	r.wait(time.Minute)
	assert.Equal(t, "Dr", r.at(0, anna, "title"))
}

// What DirSync and uSNChanged tell of a domain controller comes when it comes.
func TestDirSyncMissesNothingThatArrivesLate(t *testing.T) {
	r := three(t)
	anna, bob := r.dcs[0].user("Anna"), r.dcs[0].user("Bob")
	r.wait(time.Minute)
	r.ok(r.dcs[0].modify(r.who, anna, change(set, "title", "on its way")))
	r.wait(time.Second)
	r.ok(r.dcs[1].modify(r.who, bob, change(set, "title", "here")))
	_, d := r.dcs[1].sync(r.who, directory.DirSync{MaxBytes: 1 << 30}, "(objectClass=user)", "title")
	r.wait(time.Minute)
	s, _ := r.dcs[1].sync(r.who, directory.DirSync{MaxBytes: 1 << 30, Cookie: d.Cookie}, "(objectClass=user)", "title")
	assert.Contains(t, s.dns(), anna)
}

// Whatever is written, wherever and in whatever order it arrives: in the end
// every domain controller has the same, and it is sound.
func TestReplicasConverge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newForestReplicas(t, []directory.DCConfig{{Name: "DC1"}, {Name: "DC2"}, {Name: "DC3", Site: "Branch"}, {Name: "RODC", ReadOnly: true}}, emea)
		if rapid.Bool().Draw(t, "bin") {
			r.ok(r.dcs[0].enableRecycleBin(r.who, partitions+":"+recycleBin))
		}
		r.dcs[0].forest.OnSettled(func(dc, what string) { t.Errorf("%s: %s", dc, what) })
		units := []string{staff, "OU=One," + staff, "OU=Two," + base}
		dn := rapid.Custom(func(t *rapid.T) string {
			return rapid.SampledFrom([]string{"CN=A", "CN=B", "CN=C"}).Draw(t, "name") + "," + rapid.SampledFrom(units).Draw(t, "unit")
		})
		for step := range rapid.IntRange(1, 30).Draw(t, "steps") {
			dc := rapid.IntRange(0, 2).Draw(t, "dc")
			l, one, other := r.dcs[dc], dn.Draw(t, "dn"), dn.Draw(t, "other")
			switch rapid.SampledFrom([]string{"add", "add", "unit", "set", "unset", "delete", "delete unit", "rename", "member", "leave", "password", "tree", "account"}).Draw(t, "do") {
			case "add":
				l.add(r.who, one, at("objectClass", "group"), at("sAMAccountName", fmt.Sprint("g", step%4)))
			case "account":
				l.modify(r.who, one, change(set, "sAMAccountName", fmt.Sprint("g", rapid.IntRange(0, 3).Draw(t, "account"))))
			case "unit":
				l.add(r.who, rapid.SampledFrom(units[1:]).Draw(t, "which"), at("objectClass", "organizationalUnit"))
			case "set":
				l.modify(r.who, one, change(set, rapid.SampledFrom([]string{"description", "info"}).Draw(t, "attribute"), fmt.Sprint(step)))
			case "unset":
				l.modify(r.who, one, change(remove, "description"))
			case "delete":
				r.remove(dc, one)
			case "delete unit":
				r.remove(dc, rapid.SampledFrom(units[1:]).Draw(t, "which"))
			case "tree":
				q := l.request(r.who)
				q.Controls.TreeDelete = true
				l.dc.Delete(context.Background(), q, rapid.SampledFrom(units[1:]).Draw(t, "which"))
			case "rename":
				name, parent, _ := strings.Cut(other, ",")
				r.rename(dc, one, name, &parent)
			case "member":
				l.modify(r.who, one, change(add, "member", other))
			case "leave":
				l.modify(r.who, one, change(remove, "member", other))
			case "password":
				l.modify(r.who, one, change(set, "managedBy", other))
			}
			r.wait(time.Duration(rapid.IntRange(0, 20).Draw(t, "seconds")) * time.Second)
		}
		r.wait(24 * time.Hour)
		want := r.dcs[0].picture(base)
		for _, l := range r.dcs[1:4] {
			require.Equal(t, want, l.picture(base), l.dc.Name())
		}
		r.sound(t, want)
	})
}

// sound checks what must be so in any directory: both ends of a link, parents
// that are there, names that differ.
func (r *replicas) sound(t *rapid.T, picture []string) {
	ends := map[string]bool{}
	entries := map[string]bool{}
	for _, line := range picture {
		dn, attribute, _ := strings.Cut(line, " ")
		_ = attribute
		entries[strings.ToLower(dn)] = true
	}
	var all []directory.Object
	for _, l := range []*lab{r.dcs[0], r.dcs[len(r.dcs)-1]} { // both domains
		all = slices.AppendSeq(all, l.dc.Objects(r.now))
	}
	for _, o := range all {
		_, parent, _ := strings.Cut(o.DN, ",")
		if strings.HasSuffix(parent, base) {
			require.NotContains(t, parent, `\0ADEL:`, "%s stands below something", o.DN)
		}
		require.False(t, ends["dn "+strings.ToLower(o.DN)], "%s is there twice", o.DN)
		ends["dn "+strings.ToLower(o.DN)] = true
		if sam := o.First("sAMAccountName"); sam != "" && o.First("isDeleted") == "" {
			_, domain, _ := strings.Cut(o.DN, ",DC=")
			require.False(t, ends["sam "+domain+" "+sam], "%s is the name of two accounts", sam)
			ends["sam "+domain+" "+sam] = true
		}
		for _, m := range o.Attributes["member"] {
			ends["member "+o.DN+" "+m] = true
		}
	}
	for _, o := range all {
		for _, g := range o.Attributes["memberOf"] {
			require.True(t, ends["member "+g+" "+o.DN], "%s is a member of %s, which does not know", o.DN, g)
			delete(ends, "member "+g+" "+o.DN)
		}
	}
	for link := range ends {
		require.False(t, strings.HasPrefix(link, "member ") && strings.Contains(link, "OU="), "%s has one end", link)
	}
}

// Many at once, at every domain controller, while things arrive.
func TestReplicasServeManyAtOnce(t *testing.T) {
	r := newReplicas(t, directory.DCConfig{Name: "DC1"}, directory.DCConfig{Name: "DC2"}, directory.DCConfig{Name: "RODC", ReadOnly: true})
	for i := range 4 {
		r.dcs[0].user(fmt.Sprintf("User %d", i))
	}
	require.NoError(t, r.dcs[0].domain.AddMembers(r.now, allowed, "user0", "user1"))
	var wg sync.WaitGroup
	for n := range 6 {
		wg.Go(func() {
			dc := r.dcs[n%3].dc
			for i := range 60 {
				q := r.dcs[n%3].request(r.who)
				q.Now = r.now.Add(time.Duration(i) * time.Second)
				dn := fmt.Sprintf("CN=User %d,%s", (n+i)%4, staff)
				dc.Modify(context.Background(), q, directory.ModifyRequest{DN: dn, Changes: []directory.ModifyChange{change(set, "title", fmt.Sprint(n, i))}})
				dc.Modify(context.Background(), q, directory.ModifyRequest{DN: "CN=Domain Guests,CN=Users," + base, Changes: []directory.ModifyChange{change(directory.ChangeKind(i%2), "member", dn)}})
				dc.Add(context.Background(), q, directory.AddRequest{DN: fmt.Sprintf("OU=Unit %d,%s", i%5, staff), Attributes: []directory.Attribute{{Name: "objectClass", Values: [][]byte{[]byte("organizationalUnit")}}}})
				dc.Delete(context.Background(), q, fmt.Sprintf("OU=Unit %d,%s", (i+2)%5, staff))
				dc.Search(context.Background(), q, directory.SearchRequest{Base: base, Scope: directory.WholeSubtree, Filter: directory.Present("title"), Attributes: []string{"*", "memberOf"}}, nil, &nowhere{})
				anybody := q
				anybody.Caller = directory.Caller{}
				_, res := dc.Bind(context.Background(), anybody, directory.BindRequest{Version: 3, Name: fmt.Sprintf(`CORP\user%d`, i%4), Password: secret.New(firstPass)})
				assert.Equal(t, directory.Success, res.Code, res.Diagnostic)
			}
		})
	}
	wg.Wait()
	r.wait(4 * time.Hour)
	want := r.dcs[0].picture(base)
	for _, l := range r.dcs[1:] {
		assert.Equal(t, want, l.picture(base), l.dc.Name())
	}
}

// Two accounts of one name: each domain controller takes what it does not know
// to be taken. In the end the older account has it, of computers the newer one
// (events 12292 and 12304 of source SAM).
func TestConflictingAccountNamesAreReplaced(t *testing.T) {
	for class, name := range map[string]string{"user": "anna", "group": "desk", "computer": "PC1$"} {
		t.Run(class, func(t *testing.T) {
			r := three(t)
			older, newer := "CN=Older,"+staff, "CN=Newer,"+staff
			r.ok(r.dcs[0].add(r.who, older, at("objectClass", class), at("sAMAccountName", name)))
			assert.Equal(t, directory.EntryAlreadyExists, r.dcs[0].add(r.who, newer, at("objectClass", class), at("sAMAccountName", strings.ToUpper(name))).Code)
			r.wait(5 * time.Second)
			r.ok(r.dcs[1].add(r.who, newer, at("objectClass", class), at("sAMAccountName", strings.ToUpper(name))))
			assert.Equal(t, name, r.at(0, older, "sAMAccountName"))
			assert.Equal(t, strings.ToUpper(name), r.at(1, newer, "sAMAccountName"))
			r.wait(10 * time.Second)
			assert.Equal(t, name, r.at(0, older, "sAMAccountName"), "the other one is still on its way")
			keeps, loses, kept := older, newer, name
			if class == "computer" {
				keeps, loses, kept = newer, older, strings.ToUpper(name)
			}
			r.wait(time.Minute)
			for dc, l := range r.dcs {
				assert.Equal(t, kept, r.at(dc, keeps, "sAMAccountName"), "%d", dc)
				o, ok := l.dc.Lookup(r.now, loses)
				require.True(t, ok)
				assert.Equal(t, fmt.Sprintf("$DUPLICATE-%x", o.SID.RID()), r.at(dc, loses, "sAMAccountName"), "%d", dc)
			}
			r.ok(r.dcs[2].modify(r.who, loses, change(set, "sAMAccountName", "other"+name)))
		})
	}
}

// Principal names that two domain controllers gave away stay with both, and let
// neither in (MS-ADTS 5.1.1.1.1: exactly one object).
func TestConflictingPrincipalNamesStay(t *testing.T) {
	r := three(t)
	anna, bob := r.dcs[0].user("Anna"), r.dcs[0].user("Bob")
	r.wait(time.Minute)
	r.ok(r.dcs[0].modify(r.who, anna, change(set, "userPrincipalName", "desk@corp.example"), change(set, "servicePrincipalName", "http/desk")))
	assert.Equal(t, directory.ConstraintViolation, r.dcs[0].modify(r.who, bob, change(set, "userPrincipalName", "desk@corp.example")).Code)
	r.ok(r.dcs[1].modify(r.who, bob, change(set, "userPrincipalName", "desk@corp.example"), change(set, "servicePrincipalName", "http/desk")))
	assert.Equal(t, anna, r.dcs[0].as("desk@corp.example", firstPass).DN())
	assert.Equal(t, bob, r.dcs[1].as("desk@corp.example", firstPass).DN())
	r.wait(time.Minute)
	for dc := range r.dcs {
		assert.Equal(t, "desk@corp.example", r.at(dc, anna, "userPrincipalName"), "%d", dc)
		assert.Equal(t, "desk@corp.example", r.at(dc, bob, "userPrincipalName"), "%d", dc)
		_, res := r.dcs[dc].bind("desk@corp.example", firstPass)
		assert.Equal(t, directory.InvalidCredentials, res.Code, "%d", dc)
	}
	assert.Equal(t, directory.ConstraintViolation, r.dcs[2].modify(r.who, r.dcs[0].user("Carl"), change(set, "userPrincipalName", "desk@corp.example")).Code)
}

// A name that was given up elsewhere is free when that is known.
func TestANameIsTakenUntilItsReleaseArrives(t *testing.T) {
	r := three(t)
	anna, bob := r.dcs[0].user("Anna"), r.dcs[0].user("Bob")
	r.wait(time.Minute)
	r.ok(r.dcs[0].modify(r.who, anna, change(set, "sAMAccountName", "hannah")))
	assert.Equal(t, directory.EntryAlreadyExists, r.dcs[1].modify(r.who, bob, change(set, "sAMAccountName", "anna")).Code)
	r.dcs[1].as(`CORP\anna`, firstPass)
	r.wait(time.Minute)
	r.ok(r.dcs[1].modify(r.who, bob, change(set, "sAMAccountName", "anna")))
}

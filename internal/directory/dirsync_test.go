package directory_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/directory"
)

const incremental = 0x80000000

// sync asks for what changed, and returns attribute names with their values.
func (l *lab) sync(c directory.Caller, d directory.DirSync, filter string, attrs ...string) (*sink, directory.DirSync) {
	l.t.Helper()
	r := l.request(c)
	r.Controls.DirSync = &d
	s, res := l.search(r, base, directory.WholeSubtree, filter, attrs...)
	require.Equal(l.t, directory.Success, res.Code, res.Diagnostic)
	require.NotNil(l.t, res.Controls.DirSync)
	return s, *res.Controls.DirSync
}

// shown is one attribute of an entry as "name=value,value".
func shown(e directory.Entry, prefix string) (out []string) {
	for _, a := range e.Attributes {
		if !strings.HasPrefix(a.Name, prefix) {
			continue
		}
		var v []string
		for _, x := range a.Values {
			name, _, _ := strings.Cut(string(x), ",")
			v = append(v, name)
		}
		out = append(out, a.Name+"="+strings.Join(v, ","))
	}
	return out
}

// MS-ADTS 3.1.1.3.4.1.3, LDAP_DIRSYNC_INCREMENTAL_VALUES; each answer was
// observed of Samba 4.17, deleted members included.
func TestDirSyncTellsSingleValues(t *testing.T) {
	for _, dialect := range []directory.Dialect{directory.Windows2022, directory.Samba} {
		t.Run(string(dialect), func(t *testing.T) {
			l := newLab(t, dialect)
			var dn [4]string
			for i, name := range []string{"A", "B", "C", "D"} {
				dn[i] = l.user(name)
			}
			admin := l.admin()
			group := "CN=G," + staff
			require.Equal(t, directory.Success, l.add(admin, group, at("objectClass", "group"), at("sAMAccountName", "g"), at("member", dn[0], dn[1])).Code)
			_, begin := l.sync(admin, directory.DirSync{MaxBytes: 1 << 30}, "(objectClass=group)", "*")
			for _, step := range []struct {
				what      string
				change    directory.ModifyChange
				each, all []string
			}{
				{"one comes", change(add, "member", dn[2]), []string{"member;range=1-1=CN=C"}, []string{"member=CN=A,CN=B,CN=C"}},
				{"one goes", change(remove, "member", dn[0]), []string{"member;range=0-0=CN=A", "member;range=1-1=CN=C"}, []string{"member=CN=B,CN=C"}},
				{"he who came goes", change(remove, "member", dn[2]), []string{"member;range=0-0=CN=A,CN=C"}, []string{"member=CN=B"}},
				{"one comes back", change(add, "member", dn[0]), []string{"member;range=0-0=CN=C", "member;range=1-1=CN=A"}, []string{"member=CN=B,CN=A"}},
				{"all are replaced", change(set, "member", dn[3]), []string{"member;range=0-0=CN=C,CN=B,CN=A", "member;range=1-1=CN=D"}, []string{"member=CN=D"}},
				{"something else", change(set, "description", "x"), []string{"member;range=0-0=CN=C,CN=B,CN=A", "member;range=1-1=CN=D"}, []string{"member=CN=D"}},
			} {
				require.Equal(t, directory.Success, l.modify(admin, group, step.change).Code, step.what)
				s, _ := l.sync(admin, directory.DirSync{Flags: incremental, MaxBytes: 1 << 30, Cookie: begin.Cookie}, "(objectClass=group)", "*")
				require.Len(t, s.entries, 1, step.what)
				assert.Equal(t, step.each, shown(s.entries[0], "member"), step.what)
				s, _ = l.sync(admin, directory.DirSync{MaxBytes: 1 << 30, Cookie: begin.Cookie}, "(objectClass=group)", "member")
				assert.Equal(t, step.all, shown(s.entries[0], "member"), step.what)
			}
			require.Equal(t, directory.Success, l.dc.Delete(t.Context(), l.request(admin), dn[3]).Code)
			s, _ := l.sync(admin, directory.DirSync{Flags: incremental, MaxBytes: 1 << 30, Cookie: begin.Cookie}, "(objectClass=group)", "*")
			assert.Equal(t, []string{"member;range=0-0=CN=C,CN=B,CN=A"}, shown(s.entries[0], "member"), "a deleted member says so himself")
		})
	}
}

// MaxBytes: at least one object comes, the cookie goes on behind it, and what a
// client puts together is the same whatever the size of the parts.
func TestDirSyncComesInParts(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	l.people(t)
	admin := l.admin()
	_, first := l.sync(admin, directory.DirSync{MaxBytes: 1 << 30}, "(objectClass=*)", "*")
	whole, _ := l.sync(admin, directory.DirSync{MaxBytes: 1 << 30}, "(objectClass=*)", "*")
	require.Zero(t, first.Flags, "all of it")
	for _, room := range []int{1, 5000, 100000} {
		var got []string
		d := directory.DirSync{MaxBytes: room}
		for parts := 0; ; parts++ {
			s, next := l.sync(admin, d, "(objectClass=*)", "*")
			got = append(got, s.dns()...)
			require.NotEmpty(t, s.entries)
			if room == 1 {
				require.Len(t, s.entries, 1)
			}
			d.Cookie = next.Cookie
			if next.Flags == 0 {
				break
			}
			require.Less(t, parts, 1000)
		}
		assert.Equal(t, whole.dns(), got, "%d octets", room)
		s, _ := l.sync(admin, directory.DirSync{MaxBytes: 1 << 30, Cookie: d.Cookie}, "(objectClass=*)", "*")
		assert.Empty(t, s.entries, "%d octets: nothing is left", room)
	}
	samba := newLab(t, directory.Samba)
	s, d := samba.sync(samba.admin(), directory.DirSync{MaxBytes: 1}, "(objectClass=user)", "*")
	assert.Greater(t, len(s.entries), 2, "Samba 4.17 does not count")
	assert.Zero(t, d.Flags)
}

// An object that changes between two parts comes again, with what changed since
// the beginning.
func TestDirSyncForgetsNothingBetweenParts(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna, bob := l.user("Anna"), l.user("Bob")
	admin := l.admin()
	_, d := l.sync(admin, directory.DirSync{MaxBytes: 1 << 30}, "(objectClass=user)", "*")
	ok := func(res directory.Result) { require.Equal(t, directory.Success, res.Code, res.Diagnostic) }
	ok(l.modify(admin, anna, change(set, "title", "Dr")))
	ok(l.modify(admin, bob, change(set, "title", "Prof")))
	s, part := l.sync(admin, directory.DirSync{MaxBytes: 1, Cookie: d.Cookie}, "(objectClass=user)", "title", "description")
	assert.Equal(t, []string{anna}, s.dns())
	assert.NotZero(t, part.Flags)
	ok(l.modify(admin, bob, change(set, "description", "later")))
	ok(l.modify(admin, anna, change(set, "description", "later")))
	s, part = l.sync(admin, directory.DirSync{MaxBytes: 1 << 30, Cookie: part.Cookie}, "(objectClass=user)", "title", "description")
	assert.Equal(t, []string{bob, anna}, s.dns())
	for _, e := range s.entries {
		assert.Len(t, shown(e, "title"), 1, "its first change is not lost")
	}
	assert.Zero(t, part.Flags)
}

func TestDirSyncPutsAncestorsFirst(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	l.user("Anna")
	admin := l.admin()
	_, d := l.sync(admin, directory.DirSync{MaxBytes: 1 << 30}, "(objectClass=*)", "*")
	require.Equal(t, directory.Success, l.modify(admin, "CN=Anna,"+staff, change(set, "title", "Dr")).Code)
	require.Equal(t, directory.Success, l.modify(admin, staff, change(set, "description", "all")).Code)
	s, _ := l.sync(admin, directory.DirSync{MaxBytes: 1 << 30, Cookie: d.Cookie}, "(objectClass=*)", "*")
	assert.Equal(t, []string{"CN=Anna," + staff, staff}, s.dns())
	s, _ = l.sync(admin, directory.DirSync{Flags: 0x800, MaxBytes: 1 << 30, Cookie: d.Cookie}, "(objectClass=*)", "*")
	assert.Equal(t, []string{staff, "CN=Anna," + staff}, s.dns())
}

// What a DirSync client knows goes on after a restart.
func TestDirSyncGoesOnAfterARestart(t *testing.T) {
	l, log := kept(t)
	anna, bob := l.user("Anna"), l.user("Bob")
	admin := l.admin()
	require.NoError(t, l.domain.AddMembers(l.now, "CN=Domain Guests,CN=Users,"+base, anna))
	_, d := l.sync(admin, directory.DirSync{MaxBytes: 1 << 30}, "(objectClass=*)", "*")
	ok := func(res directory.Result) { require.Equal(t, directory.Success, res.Code, res.Diagnostic) }
	ok(l.modify(admin, anna, change(set, "title", "Dr")))
	ok(l.modify(admin, anna, change(remove, "displayName")))
	ok(l.modify(admin, "CN=Domain Guests,CN=Users,"+base, change(set, "member", bob)))
	ask := func(l *lab) (out []string) {
		s, _ := l.sync(l.admin(), directory.DirSync{Flags: incremental, MaxBytes: 1 << 30, Cookie: d.Cookie}, "(!(sAMAccountName=Administrator))", "*")
		for _, e := range s.entries {
			out = append(out, e.DN)
			for _, a := range e.Attributes {
				out = append(out, shown(e, a.Name)...)
			}
		}
		return out
	}
	want := ask(l)
	assert.Contains(t, want, "title=Dr")
	assert.Contains(t, want, "displayName=")
	assert.Contains(t, want, "member;range=0-0=CN=Anna")
	assert.Contains(t, want, "member;range=1-1=CN=Bob")
	assert.Equal(t, want, ask(restored(t, log, l.now)))
}

// MS-ADTS 3.1.1.1.9: version, time and origin of each attribute and value.
func TestAnObjectShowsItsStamps(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna := l.user("Anna")
	admin := l.admin()
	l.now = l.now.Add(time.Hour)
	ok := func(res directory.Result) { require.Equal(t, directory.Success, res.Code, res.Diagnostic) }
	ok(l.modify(admin, anna, change(set, "title", "Dr")))
	l.now = l.now.Add(time.Hour)
	ok(l.modify(admin, anna, change(set, "title", "Prof")))
	ok(l.modify(admin, anna, change(set, "title", "Prof")))
	ok(l.reset(admin, anna, "N3w!Passw0rd"))
	find := func(list []string, name string) string {
		for _, v := range list {
			if strings.Contains(v, "<pszAttributeName>"+name+"<") {
				return v
			}
		}
		return ""
	}
	list := l.values(admin, anna, "msDS-ReplAttributeMetaData")
	title := find(list, "title")
	for _, part := range []string{
		"<dwVersion>2</dwVersion>", "<ftimeLastOriginatingChange>2026-03-02T11:00:00Z</ftimeLastOriginatingChange>",
		"<pszLastOriginatingDsaDN>CN=NTDS Settings,CN=DC1,CN=Servers,CN=Default-First-Site-Name,CN=Sites,CN=Configuration," + base + "<",
	} {
		assert.Contains(t, title, part)
	}
	assert.Contains(t, find(list, "unicodePwd"), "<dwVersion>2</dwVersion>")
	assert.Contains(t, find(list, "displayName"), "<dwVersion>1</dwVersion>")
	assert.Empty(t, find(list, "badPwdCount"), "does not replicate")
	raw := l.values(admin, anna, "replPropertyMetaData")
	require.Len(t, raw, 1)
	assert.Len(t, raw[0], 16+48*len(list))
	assert.Equal(t, byte(len(list)), raw[0][8])

	guests := "CN=Domain Guests,CN=Users," + base
	ok(l.modify(admin, guests, change(add, "member", anna)))
	ok(l.modify(admin, guests, change(remove, "member", anna)))
	var value string
	for _, v := range l.values(admin, guests, "msDS-ReplValueMetaData") {
		if strings.Contains(v, anna) {
			value = v
		}
	}
	assert.Contains(t, value, "<dwVersion>2</dwVersion>")
	assert.Contains(t, value, "<ftimeDeleted>2026-03-02T11:00:00Z</ftimeDeleted>")
	ok(l.modify(admin, guests, change(add, "member", anna)))
	for _, v := range l.values(admin, guests, "msDS-ReplValueMetaData") {
		if strings.Contains(v, anna) {
			assert.Contains(t, v, "<dwVersion>3</dwVersion>")
			assert.Contains(t, v, "<ftimeDeleted>1601-01-01T00:00:00Z</ftimeDeleted>")
		}
	}
}

// An attribute list is a filter, too: objects come of which something changed
// that was asked for (Microsoft Learn on polling for changes with DirSync;
// observed of Samba 4.17).
func TestDirSyncFiltersByAttributes(t *testing.T) {
	for _, dialect := range []directory.Dialect{directory.Windows2022, directory.Samba} {
		l := newLab(t, dialect)
		anna, bob, carl := l.user("Anna"), l.user("Bob"), l.user("Carl")
		admin := l.admin()
		_, begin := l.sync(admin, directory.DirSync{}, "(objectClass=user)", "title")
		require.Equal(t, directory.Success, l.modify(admin, anna, change(set, "title", "Dr")).Code)
		require.Equal(t, directory.Success, l.modify(admin, bob, change(set, "description", "x")).Code)
		require.Equal(t, directory.Success, l.dc.Delete(t.Context(), l.request(admin), carl).Code)
		later := directory.DirSync{Cookie: begin.Cookie}
		s, _ := l.sync(admin, later, "(!(isDeleted=TRUE))", "title")
		assert.Equal(t, []string{anna}, s.dns(), dialect)
		s, _ = l.sync(admin, later, "(objectClass=user)", "isDeleted")
		require.Len(t, s.entries, 1, dialect)
		assert.Equal(t, []string{"isDeleted=TRUE"}, shown(s.entries[0], "isDeleted"))
		s, _ = l.sync(admin, directory.DirSync{}, "(objectClass=user)", "title")
		assert.Contains(t, s.dns(), anna)
		assert.NotContains(t, s.dns(), bob, "who has none")
	}
}

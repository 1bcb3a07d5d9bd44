package ssprtest_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/ssprtest"
)

// desk is a connection of a domain administrator.
func desk(t *testing.T, d *ssprtest.Directory) *ldap.Conn {
	t.Helper()
	conn := d.Conn()
	require.NoError(t, conn.Bind(`NORTHLIGHT\svc-desk`, "Sync-Only-9f3a71c2e8"))
	return conn
}

// written is a modify of one attribute.
func written(dn, attribute, value string) *ldap.ModifyRequest {
	m := ldap.NewModifyRequest(dn, nil)
	m.Replace(attribute, []string{value})
	return m
}

// children lists the names below an entry.
func children(t *testing.T, conn *ldap.Conn, base string) (names []string) {
	t.Helper()
	found, err := conn.Search(ldap.NewSearchRequest(base, ldap.ScopeSingleLevel, 0, 0, 0, false, "(objectClass=organizationalUnit)", []string{"name"}, nil))
	require.NoError(t, err)
	for _, e := range found.Entries {
		names = append(names, e.GetAttributeValue("name"))
	}
	return names
}

// Two administrators at two domain controllers, over LDAP: what they change is
// merged, what they both make is there under two names.
func TestTwoAdministratorsWriteAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lab := startBranches(t)
		dc1, dc2 := lab.Directory(), lab.Directory().At("DC2")
		here, there := desk(t, dc1), desk(t, dc2)
		lab.Clock.Advance(time.Minute)
		const dn = "CN=ann,CN=Users,DC=corp,DC=northlight,DC=example"
		require.NoError(t, here.Modify(written(dn, "title", "Captain")))
		require.NoError(t, there.Modify(written(dn, "department", "Bridge")))
		unit := ldap.NewAddRequest("OU=Crew,DC=corp,DC=northlight,DC=example", nil)
		unit.Attribute("objectClass", []string{"organizationalUnit"})
		require.NoError(t, here.Add(unit))
		lab.Clock.Advance(time.Second)
		require.NoError(t, there.Add(unit), "the other one is on its way")
		assert.Empty(t, dc2.Attributes("ann")["title"])
		lab.Clock.Advance(time.Minute)
		for _, dc := range []*ssprtest.Directory{dc1, dc2, lab.Directory().At("RODC1")} {
			got := dc.Attributes("ann")
			assert.Equal(t, []string{"Captain"}, got["title"])
			assert.Equal(t, []string{"Bridge"}, got["department"])
			names := children(t, desk(t, dc), "DC=corp,DC=northlight,DC=example")
			assert.Contains(t, names, "Crew")
			assert.Contains(t, strings.Join(names, "|"), "Crew\nCNF:")
		}
	})
}

// DirSync over the wire, with incremental values and an answer in parts.
func TestDirSyncOverTheWire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lab := startBranches(t)
		conn := desk(t, lab.Directory())
		const base, guests = "DC=corp,DC=northlight,DC=example", "CN=Domain Guests,CN=Users,DC=corp,DC=northlight,DC=example"
		ask := func(flags int64, room int64, cookie []byte, filter string) ([]*ldap.Entry, *ldap.ControlDirSync) {
			res, err := conn.Search(ldap.NewSearchRequest(base, ldap.ScopeWholeSubtree, 0, 0, 0, false, filter, []string{"*"},
				[]ldap.Control{ldap.NewRequestControlDirSync(flags, room, cookie)}))
			require.NoError(t, err)
			out, ok := ldap.FindControl(res.Controls, ldap.ControlTypeDirSync).(*ldap.ControlDirSync)
			require.True(t, ok)
			return res.Entries, out
		}
		all, _ := ask(0, 1<<30, nil, "(objectClass=user)")
		var cookie []byte
		for parts := 1; ; parts++ {
			some, next := ask(0, 1, cookie, "(objectClass=user)")
			require.Len(t, some, 1)
			assert.Equal(t, all[parts-1].DN, some[0].DN)
			if cookie = next.Cookie; next.Flags == 0 {
				assert.Equal(t, len(all), parts)
				break
			}
		}
		const incremental = -0x80000000 // 0x80000000 as a signed integer, as clients send it
		_, begin := ask(0, 1<<30, nil, "(objectClass=group)")
		change := func(edit func(*ldap.ModifyRequest)) {
			m := ldap.NewModifyRequest(guests, nil)
			edit(m)
			require.NoError(t, conn.Modify(m))
		}
		const member = "CN=ann,CN=Users,DC=corp,DC=northlight,DC=example"
		change(func(m *ldap.ModifyRequest) { m.Add("member", []string{member}) })
		got, _ := ask(incremental, 1<<30, begin.Cookie, "(objectClass=group)")
		require.Len(t, got, 1)
		assert.Equal(t, []string{member}, got[0].GetAttributeValues("member;range=1-1"))
		change(func(m *ldap.ModifyRequest) { m.Delete("member", []string{member}) })
		got, _ = ask(incremental, 1<<30, begin.Cookie, "(objectClass=group)")
		require.Len(t, got, 1)
		assert.Equal(t, []string{member}, got[0].GetAttributeValues("member;range=0-0"))
		assert.Empty(t, got[0].GetAttributeValues("member;range=1-1"))
	})
}

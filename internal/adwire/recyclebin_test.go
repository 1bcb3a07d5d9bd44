package adwire_test

import (
	"testing"

	"github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What is in the recycle bin may be deleted once more: then it is recycled, and
// nothing deletes or brings it back (MS-ADTS 3.1.1.5.5).
func TestDeletingFromTheRecycleBin(t *testing.T) {
	_, secure := domain(t)
	b := &bench{t: t, Conn: secure()}
	require.NoError(t, b.Bind(administrator, password))
	deleted := ldap.NewControlString(arc+"417", true, "")
	recycled := ldap.NewControlString(arc+"2064", true, "")
	gone := func(name string) *ldap.SearchResult {
		t.Helper()
		require.NoError(t, b.Del(ldap.NewDelRequest(create(t, b.Conn, name), nil)))
		found, err := b.find(base, ldap.ScopeWholeSubtree, "(&(isDeleted=TRUE)(sAMAccountName="+name+"))", []string{"isRecycled", "pwdLastSet"}, deleted)
		require.NoError(t, err)
		require.Len(t, found.Entries, 1)
		return found
	}

	tombstone := gone("early").Entries[0].DN
	err := b.Del(ldap.NewDelRequest(tombstone, []ldap.Control{deleted}))
	assert.True(t, ldap.IsErrorWithCode(err, ldap.LDAPResultUnwillingToPerform), "without the recycle bin: %v", err)

	enable := ldap.NewModifyRequest("", nil)
	enable.Add("enableOptionalFeature", []string{"CN=Partitions,CN=Configuration," + base + ":766ddcd8-acd0-445e-f3b9-a7f9b6744f2a"})
	require.NoError(t, b.Modify(enable))
	e := gone("late").Entries[0]
	assert.NotEmpty(t, e.GetAttributeValue("pwdLastSet"))
	require.NoError(t, b.Del(ldap.NewDelRequest(e.DN, []ldap.Control{deleted})))
	_, err = b.find(e.DN, ldap.ScopeBaseObject, "(objectClass=*)", nil, deleted)
	assert.True(t, ldap.IsErrorWithCode(err, ldap.LDAPResultNoSuchObject), "recycled: %v", err)
	found, err := b.find(e.DN, ldap.ScopeBaseObject, "(objectClass=*)", []string{"isRecycled", "pwdLastSet"}, recycled)
	require.NoError(t, err)
	assert.Equal(t, "TRUE", found.Entries[0].GetAttributeValue("isRecycled"))
	assert.Empty(t, found.Entries[0].GetAttributeValue("pwdLastSet"))
	for _, dn := range []string{e.DN, tombstone} {
		err = b.Del(ldap.NewDelRequest(dn, []ldap.Control{recycled}))
		assert.True(t, ldap.IsErrorWithCode(err, ldap.LDAPResultUnwillingToPerform), "%s: %v", dn, err)
	}
}

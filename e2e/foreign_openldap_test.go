package e2e

import (
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// asErin runs a client of OpenLDAP over LDAPS as the demo's Domain Admin.
func (o openldap) asErin(t *testing.T, stdin, program string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return o.run(t, stdin, program, o.ready.LDAPS, erin, oldPassword, args...)
}

// OpenLDAP's clients ask for AD's views of a search with the extensions that
// they know by name.
func TestOpenLDAPSearchExtensions(t *testing.T) {
	o := newOpenLDAP(t)
	const sorted = "(&(objectCategory=person)(memberOf=" + allStaff + "))"
	names := func(t *testing.T, wantCode int, args ...string) (found []string, out string) {
		t.Helper()
		code, out, errs := o.asErin(t, "", "ldapsearch", append([]string{"-LLL", "-o", "ldif-wrap=no", "-b", o.ready.BaseDN}, args...)...)
		require.Equal(t, wantCode, code, errs)
		for _, hit := range regexp.MustCompile(`(?m)^sAMAccountName: (\S+)$`).FindAllStringSubmatch(out, -1) {
			found = append(found, hit[1])
		}
		return found, out
	}

	t.Run("sorted", func(t *testing.T) {
		found, out := names(t, 0, "-E", "sss=sAMAccountName", sorted, "sAMAccountName")
		assert.Equal(t, []string{"alice", "bob", "dave", "erin", "grace", "judy", "karl", "laura", "nina", "oscar", "paula"}, found)
		assert.Contains(t, out, "# sortResult: (0) Success")
	})
	t.Run("sorted the other way, in pages", func(t *testing.T) {
		found, out := names(t, 0, "-E", "sss=-sAMAccountName", "-E", "pr=4/noprompt", sorted, "sAMAccountName")
		assert.Equal(t, []string{"paula", "oscar", "nina", "laura", "karl", "judy", "grace", "erin", "dave", "bob", "alice"}, found)
		assert.Len(t, regexp.MustCompile(`# pagedresults: cookie=\S`).FindAllString(out, -1), 2, "three pages, the last without a cookie: %s", out)
	})
	t.Run("a window of a sorted list", func(t *testing.T) {
		_, out := names(t, 61, "-E", "sss=sAMAccountName", "-E", "vlv=1/2/4/0", sorted, "sAMAccountName")
		first, _, _ := strings.Cut(out, "Press ")
		assert.Regexp(t, `(?s)^dn: [^\n]+\nsAMAccountName: dave\n.*: erin\n.*: grace\n.*: judy\n\n#`, first, "one before the fourth, two after it")
		assert.Contains(t, first, "# vlvResultpos=4 count=11")
	})
	t.Run("no more than two", func(t *testing.T) {
		_, out := names(t, 4, "-z", "2", sorted, "1.1")
		assert.Len(t, regexp.MustCompile(`(?m)^dn: `).FindAllString(out, -1), 2)
	})
	t.Run("names with their identifiers", func(t *testing.T) {
		_, out := names(t, 0, "-E", "extendedDn=1", "(sAMAccountName=alice)", "cn")
		encoded := regexp.MustCompile(`(?m)^dn:: (\S+)$`).FindStringSubmatch(out)
		require.Len(t, encoded, 2, out)
		dn, err := base64.StdEncoding.DecodeString(encoded[1])
		require.NoError(t, err)
		assert.Regexp(t, `^<GUID=[0-9a-f-]{36}>;<SID=S-1-5-21-[0-9-]+>;`+aliceDN+`$`, string(dn))
	})
	t.Run("what changed", func(t *testing.T) {
		_, out := names(t, 0, "-E", "!dirSync=0/0", "(sAMAccountName=All Staff)", "member")
		assert.Contains(t, out, "member: "+aliceDN+"\n")
	})
	t.Run("what was deleted", func(t *testing.T) {
		code, _, errs := o.asErin(t, "", "ldapdelete", ivanDN)
		require.Zero(t, code, errs)
		_, out := names(t, 0, "(sAMAccountName=ivan)")
		assert.NotContains(t, out, "dn: ")
		found, out := names(t, 0, "-E", "!showDeleted", "(sAMAccountName=ivan)", "sAMAccountName", "lastKnownParent")
		assert.Equal(t, []string{"ivan"}, found)
		assert.Contains(t, out, "lastKnownParent: OU=Contractors,DC=corp,DC=northlight,DC=example")
	})
}

// OpenLDAP's clients compare, rename, move and delete.
func TestOpenLDAPWrites(t *testing.T) {
	o := newOpenLDAP(t)
	for _, program := range []string{"ldapcompare", "ldapmodrdn", "ldapdelete", "ldapadd", "ldappasswd"} {
		needs(t, "openldap", program, "apt-get install -y ldap-utils")
	}
	t.Run("a comparison", func(t *testing.T) {
		for assertion, want := range map[string]int{"givenName:Alice": 6, "givenName:ALICE": 6, "givenName:Bob": 5, "unicodePwd:x": 16} {
			code, _, _ := o.asErin(t, "", "ldapcompare", aliceDN, assertion)
			assert.Equal(t, want, code, assertion)
		}
	})
	t.Run("an object added, renamed and moved", func(t *testing.T) {
		code, _, errs := o.asErin(t, "dn: CN=Rota,"+staffOU+"\nobjectClass: group\nsAMAccountName: Rota\nmember: "+aliceDN+"\n", "ldapadd")
		require.Zero(t, code, errs)
		code, _, errs = o.asErin(t, "", "ldapmodrdn", "-r", "CN=Rota,"+staffOU, "CN=Duty Rota")
		require.Zero(t, code, errs)
		code, _, errs = o.asErin(t, "", "ldapmodrdn", "-r", "-s", "OU=IT,"+staffOU, "CN=Duty Rota,"+staffOU, "CN=On Duty")
		require.Zero(t, code, errs)
		code, out, errs := o.asErin(t, "", "ldapsearch", "-LLL", "-o", "ldif-wrap=no", "-s", "base", "-b", aliceDN, "memberOf")
		require.Zero(t, code, errs)
		assert.Contains(t, out, "memberOf: CN=On Duty,OU=IT,"+staffOU+"\n", "links follow")
	})
	t.Run("a name that is taken", func(t *testing.T) {
		code, out, errs := o.asErin(t, "", "ldapmodrdn", "-r", aliceDN, "CN=Bob Ferris")
		assert.Equal(t, 68, code)
		assert.Contains(t, out+errs, "00002071: UpdErr")
	})
	t.Run("a password by RFC 3062", func(t *testing.T) {
		code, out, errs := o.asErin(t, "", "ldappasswd", "-s", newPassword, aliceDN)
		assert.NotZero(t, code)
		assert.Contains(t, out+errs, "Unknown extended request OID")
	})
	t.Run("a container that is not empty", func(t *testing.T) {
		code, _, errs := o.asErin(t, "", "ldapdelete", "OU=Sales,"+staffOU)
		assert.Equal(t, 66, code)
		assert.Contains(t, errs, "CANT_ON_NON_LEAF")
	})
	t.Run("a tree", func(t *testing.T) {
		code, _, errs := o.asErin(t, "", "ldapdelete", "-e", "!1.2.840.113556.1.4.805", "OU=Sales,"+staffOU)
		require.Zero(t, code, errs)
		code, _, errs = o.asErin(t, "", "ldapdelete", aliceDN)
		assert.Equal(t, 32, code)
		assert.Contains(t, errs, "0000208D: NameErr")
		assert.Contains(t, errs, "matched DN: "+staffOU)
	})
}

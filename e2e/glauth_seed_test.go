package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
)

// office is a configuration file of glauth, and its people with their passwords.
const office = "../internal/tenant/glauth/testdata/office.cfg"

var officePasswords = map[string]string{
	"cn=lookup,ou=services,dc=office,dc=example": "Look-it-up-1",
	"cn=ann,ou=staff,dc=office,dc=example":       "Ann-was-here-5",
	"cn=ben,ou=staff,dc=office,dc=example":       "Ben-is-here-2",
	"cn=cid,ou=staff,dc=office,dc=example":       "Cid-was-here-3",
}

// Whom the stock program lets in, by which name and password, the domain that
// is made of the same file lets in too.
func TestADomainOfAGlauthConfigurationTakesTheSameBinds(t *testing.T) {
	text, err := os.ReadFile(office)
	require.NoError(t, err)
	address := freePort(t)
	// ann's code would have to stand behind her password there.
	config := strings.Replace(string(text), "127.0.0.1:3893", address, 1)
	config = strings.Replace(config, "otpsecret", "# otpsecret", 1) + "[api]\n  enabled = false\n"
	glauth(t, address, config)
	domain := start(t, "fakead", "--seed="+office, "--ldap-listen=127.0.0.1:0", "--ldaps-listen=127.0.0.1:0").ready(t)

	stock := func(name, password string) bool {
		conn, err := ldap.DialURL("ldap://" + address)
		require.NoError(t, err)
		defer conn.Close()
		return conn.Bind(name, password) == nil
	}
	for name, password := range officePasswords {
		if strings.HasPrefix(name, "cn=cid,") {
			continue // glauth 2.3.2 lets in who is disabled, which its later versions mend
		}
		for _, attempt := range []string{password, password, "Not-" + password} {
			assert.Equal(t, stock(name, attempt), bind(t, domain, name, attempt) == nil, "%s", name)
		}
	}
	assert.Error(t, bind(t, domain, "cn=cid,ou=staff,dc=office,dc=example", officePasswords["cn=cid,ou=staff,dc=office,dc=example"]))
}

func TestCapabilitiesOfGlauthBecomeRightsToList(t *testing.T) {
	domain := start(t, "fakead", "--seed="+office, "--ldap-listen=127.0.0.1:0", "--ldaps-listen=127.0.0.1:0").ready(t)
	found := func(name string) (names []string) {
		conn := dial(t, domain)
		defer conn.Close()
		require.NoError(t, conn.Bind(name, officePasswords[name]))
		res, err := conn.Search(ldap.NewSearchRequest("dc=office,dc=example", ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false, "(&(objectClass=user)(uidNumber=*))", []string{"uid"}, nil))
		require.NoError(t, err)
		for _, e := range res.Entries {
			names = append(names, e.GetAttributeValue("uid"))
		}
		return names
	}
	assert.ElementsMatch(t, []string{"lookup", "ann", "ben", "cid", "dot"}, found("cn=lookup,ou=services,dc=office,dc=example"))
	assert.ElementsMatch(t, []string{"ann", "ben", "cid", "dot"}, found("cn=ann,ou=staff,dc=office,dc=example"))
	assert.Empty(t, found("cn=ben,ou=staff,dc=office,dc=example"))
}

// People of glauth reset their passwords as everybody does, and what the
// directory has learned or been told survives.
func TestAPersonOfAGlauthConfigurationResetsThePassword(t *testing.T) {
	const ann = "cn=ann,ou=staff,dc=office,dc=example"
	data := t.TempDir()
	require.NoError(t, os.Chmod(data, 0o700))
	flags := append([]string{"--data=" + data, "--seed=" + office}, anyPorts...)
	first := start(t, "portal", flags...)
	portal := first.ready(t)
	require.NoError(t, bind(t, portal, ann, officePasswords[ann]))
	out := resetFor(t, controlOf(portal), "ann@office.example", policy.Email)
	require.Equal(t, journal.Done, out.Outcome, out.Attempt.Explanation)
	require.NoError(t, controlOf(portal).Advance(t.Context(), 61*time.Minute))
	assert.NoError(t, bind(t, portal, ann, newPassword))
	assert.Error(t, bind(t, portal, ann, officePasswords[ann]), "the hash of the file counts no more")
	require.NoError(t, first.stop())

	again := start(t, "portal", flags...).ready(t)
	assert.NoError(t, bind(t, again, ann, newPassword))
	assert.Error(t, bind(t, again, ann, officePasswords[ann]))
}

func TestAGlauthConfigurationWithAMistakeIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "people.cfg")
	require.NoError(t, os.WriteFile(file, []byte("[backend]\nbaseDN = \"o=office\"\n"), 0o600))
	code, _, stderr := runProgram(t, "", "fakead", "--seed="+file)
	assert.Equal(t, 2, code)
	assert.Contains(t, stderr, "people.cfg: as a configuration file of glauth")
	assert.Contains(t, stderr, "backend.baseDN")
}

package e2e

import (
	"encoding/base64"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/rig"
)

// openldap runs the clients of OpenLDAP against a directory.
type openldap struct {
	ready  rig.Ready
	folder string
}

func newOpenLDAP(t *testing.T) openldap {
	t.Helper()
	for _, program := range []string{"ldapsearch", "ldapmodify", "ldapwhoami"} {
		needs(t, "openldap", program, "apt-get install -y ldap-utils")
	}
	return openldap{ready: start(t, "fakead", append(anyDirectoryPorts, "--rand-seed=3")...).ready(t), folder: t.TempDir()}
}

// run calls a client as somebody; its result code is its exit code.
func (o openldap) run(t *testing.T, stdin, program, url, name, password string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	all := []string{"-x", "-H", url}
	if name != "" {
		file := filepath.Join(o.folder, "password")
		require.NoError(t, os.WriteFile(file, []byte(password), 0o600))
		all = append(all, "-D", name, "-y", file)
	}
	cmd := exec.Command(program, append(all, args...)...)
	cmd.Env = append(environment(), "LDAPTLS_CACERT="+o.ready.CA, "LDAPTLS_REQCERT=demand")
	return runCommand(t, stdin, cmd)
}

// unicodePwd is a password as LDIF wants it: UTF-16LE, in quotes, in base64.
func unicodePwd(password string) string {
	var out []byte
	for _, u := range utf16.Encode([]rune(`"` + password + `"`)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return base64.StdEncoding.EncodeToString(out)
}

const aliceDN = "CN=Alice Marlowe,OU=Sales,OU=Staff,DC=corp,DC=northlight,DC=example"

// OpenLDAP's clients work with the directory as they do with a domain controller.
func TestOpenLDAPClients(t *testing.T) {
	o := newOpenLDAP(t)
	password, err := os.ReadFile(o.ready.BindPasswordFile)
	require.NoError(t, err)
	agent := strings.TrimSpace(string(password))

	t.Run("anybody reads the root", func(t *testing.T) {
		code, out, errs := o.run(t, "", "ldapsearch", o.ready.LDAP, "", "", "-LLL", "-s", "base", "-b", "", "defaultNamingContext", "supportedControl", "dnsHostName")
		require.Zero(t, code, errs)
		assert.Contains(t, out, "defaultNamingContext: DC=corp,DC=northlight,DC=example")
		assert.Contains(t, out, "supportedControl: 1.2.840.113556.1.4.2239")
	})
	t.Run("anybody reads no more than that", func(t *testing.T) {
		code, _, errs := o.run(t, "", "ldapsearch", o.ready.LDAP, "", "", "-LLL", "-b", o.ready.BaseDN, "(cn=Alice*)")
		assert.Equal(t, 1, code, "operationsError")
		assert.Contains(t, errs, "000004DC")
	})
	for name, url := range map[string]string{"LDAPS": o.ready.LDAPS, "clear text": o.ready.LDAP} {
		for form, user := range map[string]string{"DN": aliceDN, "UPN": alice, `DOMAIN\name`: `NORTHLIGHT\alice`} {
			t.Run("a bind by "+form+" over "+name, func(t *testing.T) {
				code, out, errs := o.run(t, "", "ldapwhoami", url, user, oldPassword)
				require.Zero(t, code, errs)
				assert.Equal(t, `u:NORTHLIGHT\alice`, strings.TrimSpace(out))
			})
		}
	}
	t.Run("a bind after StartTLS", func(t *testing.T) {
		code, out, errs := o.run(t, "", "ldapwhoami", o.ready.LDAP, alice, oldPassword, "-ZZ")
		require.Zero(t, code, errs)
		assert.Equal(t, `u:NORTHLIGHT\alice`, strings.TrimSpace(out))
	})
	t.Run("a wrong password", func(t *testing.T) {
		code, _, errs := o.run(t, "", "ldapwhoami", o.ready.LDAPS, alice, "not hers")
		assert.Equal(t, 49, code)
		assert.Contains(t, errs, "data 52e, v")
	})
	t.Run("a certificate of a stranger", func(t *testing.T) {
		cmd := exec.Command("ldapwhoami", "-x", "-H", o.ready.LDAPS)
		cmd.Env = append(environment(), "LDAPTLS_REQCERT=demand")
		code, _, errs := runCommand(t, "", cmd)
		assert.NotZero(t, code)
		assert.Contains(t, errs, "Can't contact LDAP server")
	})
	t.Run("a search with filter, attributes and pages", func(t *testing.T) {
		code, out, errs := o.run(t, "", "ldapsearch", o.ready.LDAPS, alice, oldPassword, "-LLL", "-E", "pr=2/noprompt", "-b", o.ready.BaseDN,
			"(&(objectCategory=person)(objectClass=user)(memberOf:1.2.840.113556.1.4.1941:=CN=All Staff,OU=Staff,DC=corp,DC=northlight,DC=example)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))",
			"sAMAccountName")
		require.Zero(t, code, errs)
		for _, name := range []string{"alice", "bob", "dave", "erin", "grace", "karl", "laura", "nina", "oscar", "paula"} {
			assert.Contains(t, out, "sAMAccountName: "+name+"\n")
		}
		assert.NotContains(t, out, "judy", "she is disabled")
		assert.NotContains(t, out, "ivan", "he is in another group")
	})
	t.Run("nobody reads a password", func(t *testing.T) {
		code, out, errs := o.run(t, "", "ldapsearch", o.ready.LDAPS, "Administrator@corp.northlight.example", "", "-LLL", "-b", aliceDN, "unicodePwd")
		assert.NotZero(t, code, "an empty password is no bind: %s%s", out, errs)
		code, out, errs = o.run(t, "", "ldapsearch", o.ready.LDAPS, o.ready.BindDN, agent, "-LLL", "-b", aliceDN, "unicodePwd", "dBCSPwd", "ntPwdHistory", "cn")
		require.Zero(t, code, errs)
		assert.Equal(t, "dn: "+aliceDN+"\ncn: Alice Marlowe\n\n", out)
	})

	set := func(password string) string {
		return "dn: " + aliceDN + "\nchangetype: modify\nreplace: unicodePwd\nunicodePwd:: " + unicodePwd(password) + "\n"
	}
	t.Run("a password set in clear is refused", func(t *testing.T) {
		code, _, errs := o.run(t, set("Copper-Kettle-71"), "ldapmodify", o.ready.LDAP, o.ready.BindDN, agent)
		assert.Equal(t, 53, code)
		assert.Contains(t, errs, "0000001F")
	})
	t.Run("a password set without the right is refused", func(t *testing.T) {
		code, _, errs := o.run(t, set("Copper-Kettle-71"), "ldapmodify", o.ready.LDAPS, "karl@northlight.example", oldPassword)
		assert.Equal(t, 49, code, "his own has expired: %s", errs)
		code, _, errs = o.run(t, set("Copper-Kettle-71"), "ldapmodify", o.ready.LDAPS, "nina@northlight.example", oldPassword)
		assert.Equal(t, 50, code)
		assert.Contains(t, errs, "00000005: SecErr: DSID-031A1190, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0")
	})
	t.Run("a password that is too short", func(t *testing.T) {
		code, _, errs := o.run(t, set("Ab1!"), "ldapmodify", o.ready.LDAPS, o.ready.BindDN, agent)
		assert.Equal(t, 53, code)
		assert.Contains(t, errs, "0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0")
	})
	t.Run("a password set over TLS and after StartTLS", func(t *testing.T) {
		code, _, errs := o.run(t, set("Copper-Kettle-71"), "ldapmodify", o.ready.LDAPS, o.ready.BindDN, agent)
		require.Zero(t, code, errs)
		code, _, errs = o.run(t, "", "ldapwhoami", o.ready.LDAPS, alice, "Copper-Kettle-71")
		require.Zero(t, code, errs)
		code, _, errs = o.run(t, set("Violet-Anchor-53"), "ldapmodify", o.ready.LDAP, o.ready.BindDN, agent, "-ZZ")
		require.Zero(t, code, errs)
		code, _, errs = o.run(t, "", "ldapwhoami", o.ready.LDAPS, alice, "Violet-Anchor-53")
		require.Zero(t, code, errs)
	})
	t.Run("a password changed by its owner", func(t *testing.T) {
		change := func(old, password string) string {
			return "dn: " + "CN=Nina Sorensen,OU=Sales,OU=Staff,DC=corp,DC=northlight,DC=example" + "\nchangetype: modify\ndelete: unicodePwd\nunicodePwd:: " + unicodePwd(old) +
				"\n-\nadd: unicodePwd\nunicodePwd:: " + unicodePwd(password) + "\n"
		}
		const nina = "nina@northlight.example"
		code, _, errs := o.run(t, change("not hers", "Copper-Kettle-71"), "ldapmodify", o.ready.LDAPS, nina, oldPassword)
		assert.Equal(t, 19, code)
		assert.Contains(t, errs, "00000056: AtrErr: DSID-03191083")
		code, _, errs = o.run(t, change(oldPassword, "Copper-Kettle-71"), "ldapmodify", o.ready.LDAPS, nina, oldPassword)
		require.Zero(t, code, errs)
		code, _, errs = o.run(t, "", "ldapwhoami", o.ready.LDAPS, nina, "Copper-Kettle-71")
		require.Zero(t, code, errs)
	})
	t.Run("a control that nobody knows, critical", func(t *testing.T) {
		code, _, _ := o.run(t, "", "ldapsearch", o.ready.LDAPS, alice, "Violet-Anchor-53", "-e", "!1.2.3.4.5", "-s", "base", "-b", o.ready.BaseDN)
		assert.Equal(t, 12, code)
	})
}

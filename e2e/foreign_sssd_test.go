package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sssdDomain is a section of sssd.conf: the AD schema over LDAP alone, with
// UIDs made from SIDs.
const sssdDomain = `
[domain/%s]
id_provider = ldap
auth_provider = ldap
chpass_provider = ldap
access_provider = permit
ldap_schema = ad
ldap_uri = %s
ldap_search_base = %s
ldap_default_bind_dn = %s
ldap_default_authtok = %s
ldap_tls_cacert = %s
ldap_tls_reqcert = demand
ldap_id_mapping = true
ldap_referrals = false
fallback_homedir = /home/%%u
default_shell = /bin/sh
%s
`

// pamOfSSSD sends every question of PAM to SSSD.
const pamOfSSSD = "auth required pam_sss.so\naccount required pam_sss.so\npassword required pam_sss.so\nsession optional pam_sss.so\n"

// An sssdAnswer is what a command said that SSSD had a part in.
type sssdAnswer struct {
	code string
	said string
}

// SSSD finds people and groups by the AD schema, and lets those sign in whom the
// directory lets.
func TestSSSD(t *testing.T) {
	const remedy = "apt-get install -y sssd-ldap libnss-sss libpam-sss pamtester samba-common-bin python3-samba"
	for _, program := range []string{"/usr/sbin/sssd", "pamtester", "getent", "unshare", "setpriv"} {
		needs(t, "foreign", program, remedy)
	}
	for _, module := range []string{"/lib/*/security/pam_sss.so", "/lib/*/libnss_sss.so.2"} {
		if found, _ := filepath.Glob(module); len(found) == 0 {
			missing(t, "foreign", module+" is not installed: "+remedy)
		}
	}
	if os.Geteuid() != 0 || exec.Command("unshare", "--mount", "--pid", "--fork", "true").Run() != nil {
		missing(t, "foreign", "SSSD keeps its state in fixed places, so that it runs in namespaces of its own: run this as root where namespaces may be made")
	}
	s := newSambaTool(t)
	s.letPeopleReplaceTheirPassword(t)
	answers := s.askSSSD(t)

	said := func(code, text string) sssdAnswer { return sssdAnswer{code, text} }
	t.Run("people", func(t *testing.T) {
		person := answers["a person"]
		assert.Regexp(t, `^alice:\*:[0-9]+1107:[0-9]+0513:Alice Marlowe:/home/alice:/bin/sh\n$`, person.said, "UID and GID end as the SIDs of the account and of Domain Users do")
		assert.Equal(t, person, answers["a person by another name"])
		assert.Equal(t, said("2", ""), answers["nobody"])
	})
	t.Run("groups", func(t *testing.T) {
		_, members, _ := strings.Cut(strings.TrimSpace(answers["a group"].said), ":*:")
		_, members, _ = strings.Cut(members, ":")
		assert.ElementsMatch(t, strings.Fields("alice bob dave erin grace judy karl laura nina oscar paula"), strings.Split(members, ","))
		var rids []string
		for _, gid := range strings.Fields(answers["groups of a person"].said)[1:] {
			rids = append(rids, gid[len(gid)-4:])
		}
		assert.ElementsMatch(t, []string{"0513", "0512", "0519", "0572", "1104"}, rids,
			"Domain Users, Domain Admins, Enterprise Admins, through these Denied RODC Password Replication Group, and All Staff")
	})
	t.Run("sign-in", func(t *testing.T) {
		assert.Equal(t, "0", answers["the right password"].code)
		for refused, words := range map[string]string{
			"a wrong password": "Authentication failure", "a disabled account": "Authentication failure", "an expired password": "Authentication failure",
			"a locked account": "Permission denied", // it reads "data 775"
		} {
			assert.Equal(t, "1", answers[refused].code, refused)
			assert.Contains(t, answers[refused].said, words, refused)
		}
	})
	t.Run("a password changed by extended operation", func(t *testing.T) {
		assert.Equal(t, "1", answers["a change by extended operation"].code)
		assert.Contains(t, answers["a change by extended operation"].said, "Password change failed. Server message: 0000203D: LdapErr: DSID-0C090E12, comment: Unknown extended request OID, data 0")
	})
	t.Run("a password changed by modification", func(t *testing.T) {
		assert.Equal(t, "1", answers["a change by modification, too short"].code)
		assert.Contains(t, answers["a change by modification, too short"].said, "0000052D")
		assert.Equal(t, "0", answers["a change by modification"].code, answers["a change by modification"].said)
		assert.Equal(t, "0", answers["the changed password"].code)
		assert.NoError(t, bind(t, s.ready, ninaUPN, newPassword))
	})
}

// letPeopleReplaceTheirPassword makes userPassword a password (fUserPwdSupport,
// MS-ADTS 6.1.1.2.4.1.2) and lets people of one unit reset their own: SSSD
// replaces the value, it does not prove the old one in the same request.
func (s sambaTool) letPeopleReplaceTheirPassword(t *testing.T) {
	t.Helper()
	needs(t, "foreign", "ldbmodify", remedyLDB)
	s.run(t, "group", "addmembers", "Enterprise Admins", "erin")
	code, out, errs := s.samba(t, erin, "ldbmodify", s.file(t, "heuristics.ldif",
		"dn: CN=Directory Service,CN=Windows NT,CN=Services,CN=Configuration,"+s.ready.BaseDN+"\nchangetype: modify\nreplace: dSHeuristics\ndSHeuristics: 000000001\n"))
	require.Zero(t, code, out+errs)
	s.run(t, "dsacl", "set", "--objectdn=OU=Sales,"+staffOU, "--action=allow",
		"--sddl=(OA;CIIO;CR;00299570-246d-11d0-a768-00aa006e0529;bf967aba-0de6-11d0-a285-00aa003049e2;PS)")
}

// askSSSD runs SSSD against the directory: one domain that changes passwords as
// it does by itself, one that modifies userPassword.
func (s sambaTool) askSSSD(t *testing.T) map[string]sssdAnswer {
	t.Helper()
	password, err := os.ReadFile(s.ready.BindPasswordFile)
	require.NoError(t, err)
	domain := func(name, more string) string {
		return fmt.Sprintf(sssdDomain, name, s.ready.LDAPS, s.ready.BaseDN, s.ready.BindDN, strings.TrimSpace(string(password)), s.ready.CA, more)
	}
	conf := s.file(t, "sssd.conf", "[sssd]\nservices = nss, pam\ndomains = corp, modify\n[nss]\n[pam]\n"+
		domain("corp", "")+domain("modify", "ldap_pwmodify_mode = ldap_modify\nldap_user_pwd = userPassword"))
	script, err := filepath.Abs(filepath.Join("testdata", "foreign", "sssd.sh"))
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", script, conf, s.file(t, "pam", pamOfSSSD))
	cmd.Env = append(environment(), "PASSWORD="+oldPassword, "NEW_PASSWORD="+newPassword, "LC_ALL=C")
	cmd.WaitDelay = patience
	code, out, errs := runCommand(t, "", cmd)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the script wrote:\n%s%s", out, errs)
		}
	})
	require.Zero(t, code, out+errs)
	answers := map[string]sssdAnswer{}
	for _, found := range regexp.MustCompile(`(?s)== ([^\n]+)\n(.*?)exit ([0-9]+)\n`).FindAllStringSubmatch(out, -1) {
		answers[found[1]] = sssdAnswer{code: found[3], said: found[2]}
	}
	return answers
}

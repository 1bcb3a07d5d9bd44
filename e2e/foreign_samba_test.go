package e2e

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sambaTool runs samba-tool as the demo's Domain Admin. A command that fails
// exits with 255 and says why on one of its outputs.
type sambaTool struct{ foreignDirectory }

func newSambaTool(t *testing.T) sambaTool {
	t.Helper()
	needs(t, "foreign", "samba-tool", remedyLDB)
	return sambaTool{newForeignDirectory(t)}
}

func (s sambaTool) run(t *testing.T, args ...string) string {
	t.Helper()
	code, out, errs := s.samba(t, erin, "samba-tool", args...)
	require.Zero(t, code, "samba-tool %s:\n%s%s", strings.Join(args, " "), out, errs)
	return out
}

func (s sambaTool) fails(t *testing.T, args ...string) string {
	t.Helper()
	code, out, errs := s.samba(t, erin, "samba-tool", args...)
	require.NotZero(t, code, "samba-tool %s:\n%s%s", strings.Join(args, " "), out, errs)
	return out + errs
}

// samba-tool administers accounts and groups.
func TestSambaToolAccounts(t *testing.T) {
	s := newSambaTool(t)

	t.Run("the list of users", func(t *testing.T) {
		assert.Equal(t, []string{
			"Administrator", "Guest", "krbtgt", "MSOL_5f1c9a7e3b20", "alice", "bob", "dave", "erin", "grace",
			"ivan", "judy", "karl", "laura", "nina", "oscar", "paula",
		}, strings.Fields(s.run(t, "user", "list")))
	})
	t.Run("a password set", func(t *testing.T) {
		assert.Contains(t, s.run(t, "user", "setpassword", "alice", "--newpassword="+newPassword), "Changed password OK")
		assert.NoError(t, bind(t, s.ready, alice, newPassword))
	})
	t.Run("a password that must be changed", func(t *testing.T) {
		s.run(t, "user", "setpassword", "alice", "--newpassword=Violet-Anchor-53", "--must-change-at-next-login")
		assert.ErrorContains(t, bind(t, s.ready, alice, "Violet-Anchor-53"), "data 773")
	})
	t.Run("a password that is too short", func(t *testing.T) {
		assert.Contains(t, s.fails(t, "user", "setpassword", "alice", "--newpassword=short"),
			"LDAP error 53 LDAP_UNWILLING_TO_PERFORM -  <0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0")
	})
	t.Run("a user created, disabled and enabled", func(t *testing.T) {
		s.run(t, "user", "create", "peggy", newPassword, "--given-name=Peggy", "--surname=Lamont", "--userou=OU=Sales,OU=Staff")
		const upn = "peggy@corp.northlight.example"
		assert.NoError(t, bind(t, s.ready, upn, newPassword))
		assert.Contains(t, s.run(t, "user", "show", "peggy"), "dn: CN=Peggy Lamont,OU=Sales,"+staffOU+"\n")
		s.run(t, "user", "disable", "peggy")
		assert.ErrorContains(t, bind(t, s.ready, upn, newPassword), "data 533")
		s.run(t, "user", "enable", "peggy")
		assert.NoError(t, bind(t, s.ready, upn, newPassword))
	})
	t.Run("an account created twice", func(t *testing.T) {
		assert.Contains(t, s.fails(t, "user", "create", "peggy", newPassword), "LDAP_ENTRY_ALREADY_EXISTS")
	})
	t.Run("an account unlocked", func(t *testing.T) {
		assert.ErrorContains(t, bind(t, s.ready, "dave@northlight.example", oldPassword), "data 775")
		s.run(t, "user", "unlock", "dave")
		assert.NoError(t, bind(t, s.ready, "dave@northlight.example", oldPassword))
	})
	t.Run("an expiry date", func(t *testing.T) {
		s.run(t, "user", "setexpiry", "peggy", "--days=-1")
		assert.ErrorContains(t, bind(t, s.ready, "peggy@corp.northlight.example", newPassword), "data 701")
		s.run(t, "user", "setexpiry", "peggy", "--noexpiry")
		assert.NoError(t, bind(t, s.ready, "peggy@corp.northlight.example", newPassword))
	})
}

// samba-tool administers groups, and moves and deletes what it made.
func TestSambaToolGroups(t *testing.T) {
	s := newSambaTool(t)
	s.run(t, "group", "add", "Painters", "--groupou=OU=Staff")
	s.run(t, "group", "addmembers", "Painters", "alice,bob")
	assert.ElementsMatch(t, []string{"alice", "bob"}, strings.Fields(s.run(t, "group", "listmembers", "Painters")))
	assert.Contains(t, s.fails(t, "group", "addmembers", "Painters", "bob"), "LDAP error 68 LDAP_ENTRY_ALREADY_EXISTS -  <00000562: UpdErr")
	assert.Equal(t, "Domain Users\nAll Staff\nPainters\n", s.run(t, "user", "getgroups", "alice"))
	s.run(t, "group", "removemembers", "Painters", "alice")
	assert.Equal(t, "bob\n", s.run(t, "group", "listmembers", "Painters"))
	s.run(t, "user", "rename", "bob", "--surname=Ferris-Lamont")
	s.run(t, "user", "move", "bob", "OU=IT,OU=Staff")
	assert.Contains(t, s.run(t, "group", "listmembers", "Painters", "--full-dn"), "CN=Bob Ferris-Lamont,OU=IT,"+staffOU)
	s.run(t, "user", "delete", "bob")
	assert.Empty(t, s.run(t, "group", "listmembers", "Painters"))
	assert.Contains(t, s.fails(t, "user", "show", "bob"), `Unable to find user "bob"`)
}

// passwordSettings runs the subcommands for the rules for passwords.
func (s sambaTool) passwordSettings(t *testing.T, args ...string) string {
	t.Helper()
	return s.run(t, append([]string{"domain", "passwordsettings"}, args...)...)
}

// samba-tool reads and writes the domain's rules for passwords, and what it
// writes is enforced.
func TestSambaToolPasswordSettings(t *testing.T) {
	s := newSambaTool(t)
	assert.Contains(t, s.passwordSettings(t, "show"),
		"Password complexity: on\nStore plaintext passwords: off\nPassword history length: 24\nMinimum password length: 7\n"+
			"Minimum password age (days): 1\nMaximum password age (days): 42\nAccount lockout duration (mins): 30\n"+
			"Account lockout threshold (attempts): 0\nReset account lockout after (mins): 30\n")
	assert.Contains(t, s.passwordSettings(t, "set", "--min-pwd-length=13", "--history-length=5", "--min-pwd-age=0", "--max-pwd-age=90", "--complexity=off",
		"--account-lockout-threshold=4", "--account-lockout-duration=15", "--reset-account-lockout-after=15"), "All changes applied successfully!")
	assert.Contains(t, s.passwordSettings(t, "show"),
		"Password complexity: off\nStore plaintext passwords: off\nPassword history length: 5\nMinimum password length: 13\n"+
			"Minimum password age (days): 0\nMaximum password age (days): 90\nAccount lockout duration (mins): 15\n"+
			"Account lockout threshold (attempts): 4\nReset account lockout after (mins): 15\n")
	assert.Contains(t, s.fails(t, "user", "setpassword", "alice", "--newpassword=twelve chars"), "0000052D")
	s.run(t, "user", "setpassword", "alice", "--newpassword=only small letters here")
}

// samba-tool makes, applies and deletes fine-grained rules, and they win over
// the domain's.
func TestSambaToolFineGrainedPolicies(t *testing.T) {
	s := newSambaTool(t)
	pso := func(args ...string) string {
		t.Helper()
		return s.passwordSettings(t, append([]string{"pso"}, args...)...)
	}
	assert.Contains(t, pso("list"), "10         | Locked Until Helped\n")
	assert.Contains(t, pso("show", "Locked Until Helped"), "PSO applies directly to 1 groups/users:\n  CN=Locked Until Helped,"+staffOU)
	pso("create", "Easy", "5", "--min-pwd-length=3", "--complexity=off", "--history-length=0")
	pso("set", "Easy", "--min-pwd-length=4")
	pso("apply", "Easy", "alice")
	assert.Contains(t, pso("show-user", "alice"), "Password information for PSO 'Easy'")
	assert.Contains(t, s.fails(t, "user", "setpassword", "alice", "--newpassword=abc"), "0000052D")
	s.run(t, "user", "setpassword", "alice", "--newpassword=abcd")
	pso("unapply", "Easy", "alice")
	assert.Contains(t, pso("show-user", "alice"), "No PSO applies to user 'alice'")
	pso("delete", "Easy")
	assert.NotContains(t, pso("list"), "Easy")
}

// samba-tool reads a security descriptor and delegates with it.
func TestSambaToolDelegation(t *testing.T) {
	s := newSambaTool(t)
	const sales = "OU=Sales," + staffOU
	sid := regexp.MustCompile(`objectSid: (\S+)`).FindStringSubmatch(s.run(t, "user", "show", "grace"))
	require.Len(t, sid, 2)
	before := s.run(t, "dsacl", "get", "--objectdn="+sales)
	assert.Contains(t, before, "O:DAG:DAD:AI(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;SY)(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;DA)(A;;RPLCLORC;;;AU)")
	assert.Contains(t, before, "(OA;CIIOID;CR;00299570-246d-11d0-a768-00aa006e0529;bf967aba-0de6-11d0-a285-00aa003049e2;S-1-5-21-", "Reset Password of the sync account")

	reset := func() (code int, said string) {
		code, out, errs := s.samba(t, "grace@northlight.example", "samba-tool", "user", "setpassword", "alice", "--newpassword="+newPassword)
		return code, out + errs
	}
	code, said := reset()
	assert.NotZero(t, code)
	assert.Contains(t, said, "LDAP_INSUFFICIENT_ACCESS_RIGHTS")
	ace := "(OA;CIIO;CR;00299570-246d-11d0-a768-00aa006e0529;bf967aba-0de6-11d0-a285-00aa003049e2;" + sid[1] + ")"
	assert.NotContains(t, before, ace)
	s.run(t, "dsacl", "set", "--objectdn="+sales, "--action=allow", "--sddl="+ace)
	assert.Contains(t, s.run(t, "dsacl", "get", "--objectdn="+sales), ace)
	assert.Contains(t, s.run(t, "dsacl", "get", "--objectdn="+aliceDN), strings.Replace(ace, "CIIO", "CIID", 1), "inherited")
	code, said = reset()
	assert.Zero(t, code, said)
	assert.NoError(t, bind(t, s.ready, alice, newPassword))
}

// The tools of Samba's own database speak LDAP to the directory as well.
func TestLDBTools(t *testing.T) {
	for _, program := range []string{"ldbsearch", "ldbmodify", "ldbadd", "ldbdel", "ldbrename"} {
		needs(t, "foreign", program, remedyLDB)
	}
	f := newForeignDirectory(t)
	run := func(t *testing.T, program string, args ...string) (int, string) {
		t.Helper()
		code, out, errs := f.samba(t, erin, program, args...)
		return code, out + errs
	}
	search := func(t *testing.T, args ...string) string {
		t.Helper()
		code, out := run(t, "ldbsearch", append([]string{"-b", f.ready.BaseDN}, args...)...)
		require.Zero(t, code, out)
		return out
	}

	t.Run("a search", func(t *testing.T) {
		out := search(t, "(sAMAccountName=alice)", "objectGUID", "objectSid", "memberOf")
		assert.Contains(t, out, "dn: "+aliceDN+"\n")
		assert.Regexp(t, `objectGUID: [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\nobjectSid: S-1-5-21-[0-9]+-[0-9]+-[0-9]+-[0-9]+\n`, out)
		assert.Contains(t, out, "memberOf: "+allStaff+"\n")
		assert.Contains(t, out, "# 1 entries")
	})
	t.Run("pages in order", func(t *testing.T) {
		out := search(t, "(&(objectCategory=person)(objectClass=user)(!(sAMAccountName=MSOL*)))", "sAMAccountName", "--controls=paged_results:1:3", "--controls=server_sort:1:0:sAMAccountName")
		var names []string
		for _, found := range regexp.MustCompile(`sAMAccountName: (\S+)`).FindAllStringSubmatch(out, -1) {
			names = append(names, found[1])
		}
		assert.Equal(t, []string{"Administrator", "alice", "bob", "dave", "erin", "grace", "Guest", "ivan", "judy", "karl", "krbtgt", "laura", "nina", "oscar", "paula"}, names)
	})
	t.Run("names with their identifiers", func(t *testing.T) {
		assert.Regexp(t, `dn: <GUID=[0-9a-f-]{36}>;<SID=S-1-5-21-[0-9-]+>;`+aliceDN, search(t, "(sAMAccountName=alice)", "dn", "--controls=extended_dn:1:1"))
	})
	t.Run("a part of a security descriptor", func(t *testing.T) {
		out := search(t, "(sAMAccountName=alice)", "nTSecurityDescriptor", "--controls=sd_flags:1:4", "--show-binary")
		assert.Contains(t, out, "SEC_DESC_DACL_AUTO_INHERITED")
		assert.Contains(t, out, "owner_sid                : NULL")
	})
	t.Run("what changed", func(t *testing.T) {
		out := search(t, "(sAMAccountName=All Staff)", "member", "--controls=dirsync:1:0:0")
		assert.Contains(t, out, "member: "+aliceDN)
		assert.Contains(t, out, "# DIRSYNC cookie returned was:\n# TVNEUw", "MSDS, in base64")
	})
	t.Run("a modification", func(t *testing.T) {
		change := "dn: " + aliceDN + "\nchangetype: modify\nreplace: description\ndescription: written by ldbmodify\n-\nreplace: unicodePwd\nunicodePwd:: " + unicodePwd(newPassword) + "\n"
		code, out := run(t, "ldbmodify", f.file(t, "modify.ldif", change))
		require.Zero(t, code, out)
		assert.Contains(t, search(t, "(sAMAccountName=alice)", "description"), "description: written by ldbmodify\n")
		assert.NoError(t, bind(t, f.ready, alice, newPassword))
	})
	t.Run("an object added, renamed and deleted", func(t *testing.T) {
		code, out := run(t, "ldbadd", f.file(t, "add.ldif", "dn: CN=Rota,"+staffOU+"\nobjectClass: group\nsAMAccountName: Rota\n"))
		require.Zero(t, code, out)
		code, out = run(t, "ldbrename", "CN=Rota,"+staffOU, "CN=Duty Rota,OU=IT,"+staffOU)
		require.Zero(t, code, out)
		assert.Contains(t, search(t, "(sAMAccountName=Rota)", "name"), "dn: CN=Duty Rota,OU=IT,"+staffOU+"\nname: Duty Rota\n")
		code, out = run(t, "ldbdel", "CN=Duty Rota,OU=IT,"+staffOU)
		require.Zero(t, code, out)
		assert.Contains(t, search(t, "(sAMAccountName=Rota)", "isDeleted", "--controls=show_deleted:1"), "isDeleted: TRUE")
		code, out = run(t, "ldbdel", "CN=Duty Rota,OU=IT,"+staffOU)
		assert.NotZero(t, code)
		assert.Contains(t, out, "0000208D: NameErr")
	})
}

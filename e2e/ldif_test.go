package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	helpDeskPassword = "Keys-of-the-house-1"
	staffDN          = "OU=Staff,DC=corp,DC=northlight,DC=example"
)

// helpDesk is a file with an administrator, whom the demo lacks.
func helpDesk(t *testing.T) string {
	t.Helper()
	return written(t, "admin.ldif", "dn: CN=Help Desk,CN=Users,DC=corp,DC=northlight,DC=example\nobjectClass: user\nsAMAccountName: helpdesk\n"+
		"userAccountControl: 512\nunicodePwd:: "+unicodePwd(helpDeskPassword)+"\n\n"+
		"dn: CN=Domain Admins,CN=Users,DC=corp,DC=northlight,DC=example\nchangetype: modify\nadd: member\n"+
		"member: CN=Help Desk,CN=Users,DC=corp,DC=northlight,DC=example\n-\n")
}

func written(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

// Entries travel from one directory to another in a file.
func TestLDIFTravelsBetweenDirectories(t *testing.T) {
	flags := append([]string{"--ldif=" + helpDesk(t)}, anyDirectoryPorts...)
	from, to := start(t, "fakead", flags...), start(t, "fakead", flags...)
	ldif := func(p *program, stdin, verb string, args ...string) (int, string, string) {
		r := p.ready(t)
		password := written(t, "password", helpDeskPassword+"\n")
		all := append([]string{"ldif", verb, "--directory=" + r.LDAPS, "--ca=" + r.CA, "--bind-dn=NORTHLIGHT\\helpdesk", "--bind-password-file=" + password}, args...)
		return runCommand(t, stdin, self("ssprctl", all...))
	}
	added := "dn: OU=Annex," + staffDN + "\nobjectClass: organizationalUnit\n\ndn: CN=Zoë,OU=Annex," + staffDN + "\nobjectClass: user\nsAMAccountName: zoe\nmanager: " + aliceDN + "\n"
	code, _, stderr := ldif(from, added, "import", "-")
	require.Equal(t, 0, code, stderr)
	assert.Contains(t, stderr, "2 added")

	code, text, stderr := ldif(from, "", "export", "OU=Annex,"+staffDN)
	require.Equal(t, 0, code, stderr)
	assert.Contains(t, text, "sAMAccountName: zoe\n")
	assert.NotContains(t, text, "objectGUID")
	code, _, stderr = ldif(to, text, "import", "-")
	require.Equal(t, 0, code, stderr)
	assert.Contains(t, stderr, "2 added, 1 changed")
	_, again, _ := ldif(to, "", "export", "OU=Annex,"+staffDN)
	assert.Equal(t, text, again)

	code, _, stderr = ldif(to, text, "import", "-")
	assert.Equal(t, 1, code)
	assert.Contains(t, stderr, "line 3: adding OU=Annex,"+staffDN+": result 68")
	code, _, stderr = ldif(to, strings.Split(text, "changetype: modify")[0]+"changetype: modify\n", "import", "--skip-existing", "-")
	assert.Equal(t, 0, code, stderr)
	assert.Contains(t, stderr, "2 skipped")
}

// Mistakes in files are told without a directory, and a program does not start
// with them.
func TestLDIFMistakesNameTheLine(t *testing.T) {
	wrong := written(t, "wrong.ldif", "dn: CN=a,"+staffDN+"\nobjectClass user\n")
	code, _, stderr := runCommand(t, "", self("ssprctl", "ldif", "check", wrong))
	assert.Equal(t, 1, code)
	assert.Contains(t, stderr, "wrong.ldif: line 2: ")
	code, out, _ := runProgram(t, "dn: CN=a\ncn: a\n", "ssprctl", "ldif", "check", "-")
	assert.Equal(t, 0, code)
	assert.Equal(t, "-: 1 records\n", out)
	for name, file := range map[string]string{"--ldif": wrong, "result 32": written(t, "lost.ldif", "dn: CN=a,OU=Nowhere,DC=corp,DC=northlight,DC=example\nobjectClass: user\n")} {
		code, _, stderr = runCommand(t, "", self("fakead", append([]string{"--ldif=" + file}, anyDirectoryPorts...)...))
		assert.Equal(t, 1, code)
		assert.Contains(t, stderr, name)
		assert.Contains(t, stderr, "line ")
	}
	code, _, stderr = runCommand(t, "", self("ssprctl", "ldif", "import", wrong))
	assert.Equal(t, 2, code)
	assert.Contains(t, stderr, "--directory is missing")
}

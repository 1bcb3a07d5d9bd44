package e2e

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/rig"
)

// People of the demo that Debian's clients work with, and as whom.
const (
	erin      = "erin@northlight.example" // a Domain Admin
	staffOU   = "OU=Staff,DC=corp,DC=northlight,DC=example"
	allStaff  = "CN=All Staff," + staffOU
	ninaDN    = "CN=Nina Sorensen,OU=Sales," + staffOU
	ninaUPN   = "nina@northlight.example"
	ivanDN    = "CN=Ivan Petrosyan,OU=Contractors,DC=corp,DC=northlight,DC=example"
	remedyLDB = "apt-get install -y samba-common-bin python3-samba ldb-tools"
)

// A foreignDirectory is a directory and what the clients of other projects need
// to reach it.
type foreignDirectory struct {
	ready  rig.Ready
	folder string
	port   string // of LDAPS
}

func newForeignDirectory(t *testing.T) foreignDirectory {
	t.Helper()
	f := foreignDirectory{ready: start(t, "fakead", append(anyDirectoryPorts, "--rand-seed=3")...).ready(t), folder: t.TempDir()}
	at, err := url.Parse(f.ready.LDAPS)
	require.NoError(t, err)
	f.port = at.Port()
	return f
}

// file writes a file of the test.
func (f foreignDirectory) file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(f.folder, name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// samba runs a client of Samba over LDAPS with a simple bind, as somebody whose
// password is still the demo's. Samba checks the host's name against the
// certificate, and takes no address for a name.
func (f foreignDirectory) samba(t *testing.T, name, program string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	conf := f.file(t, "smb.conf", "[global]\nworkgroup = NORTHLIGHT\nrealm = CORP.NORTHLIGHT.EXAMPLE\n"+
		"tls cafile = "+f.ready.CA+"\ntls verify peer = ca_and_name\n"+
		"private dir = "+f.folder+"\nlock directory = "+f.folder+"\nstate directory = "+f.folder+"\ncache directory = "+f.folder+"\n")
	cmd := exec.Command(program, append(args, "--configfile="+conf, "-H", "ldaps://localhost:"+f.port, "--simple-bind-dn="+name)...)
	cmd.Env = append(environment(), "PASSWD="+oldPassword)
	return runCommand(t, "", cmd)
}

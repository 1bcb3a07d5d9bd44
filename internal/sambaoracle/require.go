package sambaoracle

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Packages are the Debian packages that a domain controller needs.
const Packages = "samba samba-ad-dc samba-ad-provision samba-dsdb-modules samba-vfs-modules winbind python3-samba ldb-tools ldap-utils"

// The environment variables that turn skips into failures: RequireEnv when it is
// "1", RequireListEnv when "samba" is in its comma-separated list.
const (
	RequireEnv     = "SSPRLAB_REQUIRE_SAMBA"
	RequireListEnv = "SSPRLAB_REQUIRE"
)

func required() bool {
	return os.Getenv(RequireEnv) == "1" || slices.Contains(strings.Split(os.Getenv(RequireListEnv), ","), "samba")
}

// provisionTemplate is part of samba-ad-provision, the package that is easily
// forgotten.
const provisionTemplate = "/usr/share/samba/setup/provision.ldif"

// Require skips tb when this machine cannot run a domain controller, and fails
// it when the environment demands one.
func Require(tb testing.TB) {
	tb.Helper()
	why := missing()
	if why == "" {
		return
	}
	if required() {
		tb.Fatalf("%s; %s or %s demands it", why, RequireEnv, RequireListEnv)
	}
	tb.Skip(why)
}

// missing says why there can be no domain controller; "" when there can.
func missing() string {
	var absent []string
	for _, program := range []string{"samba", "samba-tool", "ldbadd", "ldbsearch", "ldapsearch"} {
		if _, err := exec.LookPath(program); err != nil {
			absent = append(absent, program)
		}
	}
	if _, err := os.Stat(provisionTemplate); err != nil {
		absent = append(absent, provisionTemplate)
	}
	if len(absent) > 0 {
		return fmt.Sprintf("no Samba AD DC here (missing: %s); run: apt-get install --no-install-recommends %s", strings.Join(absent, ", "), Packages)
	}
	if os.Geteuid() != 0 {
		return "a Samba AD DC needs root: its ports 389 and 636 cannot be changed"
	}
	return ""
}

// Command fakead runs the embedded Active Directory alone, over LDAP and LDAPS.
package main

import (
	"os"

	"github.com/ssprlab/ssprlab/internal/rig"
)

func main() {
	rig.CollectSeldom(os.Getenv)
	os.Exit(rig.FakeADMain(os.Args[1:], os.Stdout, os.Stderr))
}

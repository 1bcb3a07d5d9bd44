// Command portal runs a whole SSPR lab in one process: pages, control API, relay, writeback agent and an embedded Active Directory.
package main

import (
	"os"

	"github.com/ssprlab/ssprlab/internal/rig"
)

func main() {
	rig.CollectSeldom(os.Getenv)
	os.Exit(rig.PortalMain(os.Args[1:], os.Stdout, os.Stderr))
}

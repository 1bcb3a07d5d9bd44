// Command agent runs a password writeback agent alone: it dials out to a relay and writes to any Active Directory.
package main

import (
	"os"

	"github.com/ssprlab/ssprlab/internal/rig"
)

func main() {
	os.Exit(rig.AgentMain(os.Args[1:], os.Stdout, os.Stderr))
}

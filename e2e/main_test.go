package e2e

import (
	"io"
	"os"
	"testing"

	"github.com/ssprlab/ssprlab/internal/rig"
	"github.com/ssprlab/ssprlab/internal/ssprctl"
)

// programVariable names the program that this test binary stands in for. The
// programs are functions, so that what runs as a separate process is what was
// compiled with the tests, with nothing to build first.
const programVariable = "SSPRLAB_E2E_PROGRAM"

func TestMain(m *testing.M) {
	name := os.Getenv(programVariable)
	if name == "" {
		os.Exit(m.Run())
	}
	programs := map[string]func([]string, io.Writer, io.Writer) int{
		"portal": rig.PortalMain, "fakead": rig.FakeADMain, "agent": rig.AgentMain, "ssprctl": ssprctl.Main,
	}
	os.Exit(programs[name](os.Args[1:], os.Stdout, os.Stderr))
}

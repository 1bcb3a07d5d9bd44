package rig_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/ssprlab/ssprlab/internal/control"
	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/memnet"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/rig"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// A lab that has been used leaves nothing running behind, in memory or on
// loopback.
func TestLabsLeaveNothingRunning(t *testing.T) {
	for name, network := range map[string]func() memnet.Network{
		"in memory":   func() memnet.Network { return memnet.New() },
		"on loopback": memnet.Real,
	} {
		t.Run(name, func(t *testing.T) {
			startUseAndEnd(t, network()) // what the process keeps for all labs exists now
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			for range 20 {
				startUseAndEnd(t, network())
			}
		})
	}
}

func startUseAndEnd(t *testing.T, network memnet.Network) {
	t.Helper()
	seed, err := tenant.Demo()
	require.NoError(t, err)
	cfg := rig.LabConfig{Seed: seed, RandSeed: 1, Network: network}
	host := rig.NewHost(cfg)
	cfg.Control = control.New(control.Config{Host: host})
	lab, err := rig.NewLab(t.Context(), cfg)
	require.NoError(t, err)
	host.Adopt(lab)

	world := lab.World()
	out, err := world.Control.Attempt(t.Context(), api.NewAttempt{
		Kind: policy.Reset, User: "alice@northlight.example", NewPassword: secret.New("Rabbit-hole7!"),
	})
	require.NoError(t, err)
	require.Equal(t, "done", string(out.Outcome))
	left, err := world.Dial(t.Context(), "tcp", strings.TrimPrefix(world.LDAPS, "ldaps://")) // a client that never says a word
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, lab.PortalURL+"/passwordreset", nil)
	require.NoError(t, err)
	page, err := world.Pages.Do(req)
	require.NoError(t, err)
	require.NoError(t, page.Body.Close())

	require.NoError(t, host.Close(context.WithoutCancel(t.Context())))
	world.Pages.CloseIdleConnections()
	require.NoError(t, left.Close())
}

package rig_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/memnet"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/rig"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/signin"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// demoLab is the demo lab on a network in memory.
func demoLab(t *testing.T) *rig.Lab {
	t.Helper()
	seed, err := tenant.Demo()
	require.NoError(t, err)
	return labOf(t, seed)
}

// labOf is the lab of a seed on a network in memory.
func labOf(t *testing.T, seed tenant.Seed) *rig.Lab {
	t.Helper()
	l, err := rig.NewLab(t.Context(), rig.LabConfig{Seed: seed, RandSeed: 1, Network: memnet.New()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close(context.WithoutCancel(t.Context()))) })
	return l
}

// TestDemoPeopleSignIn signs everybody in as their hosting demands: in the cloud,
// at the domain controller, or not here.
func TestDemoPeopleSignIn(t *testing.T) {
	l := demoLab(t)
	for name, c := range map[string]struct {
		user, password string
		pass           bool
		step           signin.Step
		code           signin.Code
	}{
		"a synchronised hash":                    {user: "alice", step: signin.StepSignedIn},
		"cloud only":                             {user: "frank", step: signin.StepSignedIn},
		"pass-through, right":                    {user: "nina", step: signin.StepSignedIn},
		"pass-through, wrong":                    {user: "nina", password: "wrong", step: signin.StepEnter, code: signin.CodeWrongPassword},
		"federated":                              {user: "oscar", step: signin.StepFederated},
		"a temporary password":                   {user: "laura", step: signin.StepChange},
		"expired in AD, which the cloud ignores": {user: "karl", step: signin.StepSignedIn},
		"disabled":                               {user: "judy", step: signin.StepEnter, code: signin.CodeDisabled},
		"a Temporary Access Pass, then the wizard": {
			user: "bob", password: "Harbour+7Bridge", pass: true, step: signin.StepInterrupt,
		},
		"nobody": {user: "zoe", step: signin.StepEnter, code: signin.CodeWrongPassword},
	} {
		t.Run(name, func(t *testing.T) {
			password := c.password
			if password == "" {
				password = "Lantern-Harbour-62"
			}
			v, err := l.SignIn.Begin(t.Context(), signin.BeginInput{
				UserID: c.user + "@northlight.example", Password: secret.New(password), Pass: c.pass, App: "My Account", IPAddress: "192.0.2.1",
			})
			require.NoError(t, err)
			assert.Equal(t, c.step, v.Step, v.Message)
			assert.Equal(t, c.code, v.Code)
			if v.Step == signin.StepInterrupt {
				assert.Equal(t, policy.RegisterForReset, v.Interrupt.Kind)
			}
		})
	}
}

package rig_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/control"
	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/control/client"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/memnet"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/rig"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// hosted starts the demo with its control API in memory.
func hosted(t *testing.T) (*rig.Host, *client.Client) {
	t.Helper()
	seed, err := tenant.Demo()
	require.NoError(t, err)
	cfg := rig.LabConfig{Seed: seed, RandSeed: 1, Network: memnet.New()}
	host := rig.NewHost(cfg)
	cfg.Control = control.New(control.Config{Host: host})
	lab, err := rig.NewLab(t.Context(), cfg)
	require.NoError(t, err)
	host.Adopt(lab)
	web := &http.Client{Transport: &http.Transport{DialContext: cfg.Network.DialContext, DisableKeepAlives: true}}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		assert.NoError(t, host.Close(ctx))
	})
	return host, &client.Client{URL: lab.PortalURL, Lab: lab.Config.ID, HTTP: web}
}

func resets(t *testing.T, c *client.Client, password string) journal.Outcome {
	t.Helper()
	out, err := c.Attempt(t.Context(), api.NewAttempt{Kind: policy.Reset, User: "alice@northlight.example", NewPassword: secret.New(password)})
	require.NoError(t, err)
	return out.Outcome
}

func signsIn(t *testing.T, c *client.Client, password string) bool {
	t.Helper()
	out, err := c.SignIn(t.Context(), "first", api.WorkstationSignIn{User: "alice@northlight.example", Password: secret.New(password)})
	require.NoError(t, err)
	return out.SignedIn
}

func TestAForkSharesThePastAndNotTheFuture(t *testing.T) {
	_, lab := hosted(t)
	require.Equal(t, journal.Done, resets(t, lab, "Rabbit-hole7!"))
	require.NoError(t, lab.Advance(t.Context(), 48*time.Hour))

	info, fork, err := lab.Fork(t.Context())
	require.NoError(t, err)
	assert.NotEqual(t, lab.Lab, info.ID)
	assert.True(t, signsIn(t, fork, "Rabbit-hole7!"), "the fork knows what happened before")
	past, err := fork.Attempts(t.Context())
	require.NoError(t, err)
	assert.Len(t, past, 1)
	there, err := fork.Clock(t.Context())
	require.NoError(t, err)
	here, err := lab.Clock(t.Context())
	require.NoError(t, err)
	assert.WithinDuration(t, here.Now, there.Now, time.Minute)

	require.Equal(t, journal.Done, resets(t, fork, "Another-one.88"))
	assert.True(t, signsIn(t, fork, "Another-one.88"))
	assert.False(t, signsIn(t, lab, "Another-one.88"), "what happens to the fork does not happen to the lab")
	assert.True(t, signsIn(t, lab, "Rabbit-hole7!"))
	require.Equal(t, journal.Done, resets(t, lab, "Quite-different.9"))
}

func TestARestoredLabIsWhereItWas(t *testing.T) {
	host, lab := hosted(t)
	before, err := lab.Describe(t.Context())
	require.NoError(t, err)
	snapshot, err := lab.Snapshot(t.Context())
	require.NoError(t, err)
	require.Equal(t, journal.Done, resets(t, lab, "Rabbit-hole7!"))
	require.NoError(t, lab.Advance(t.Context(), 48*time.Hour))

	done, err := host.Restore(t.Context(), lab.Lab, snapshot)
	require.NoError(t, err)
	<-done
	after, err := lab.Describe(t.Context())
	require.NoError(t, err)
	assert.Equal(t, before, after, "addresses and CA stay")
	assert.False(t, signsIn(t, lab, "Rabbit-hole7!"))
	assert.True(t, signsIn(t, lab, "Lantern-Harbour-62"))
	past, err := lab.Attempts(t.Context())
	require.NoError(t, err)
	assert.Empty(t, past)
	assert.Equal(t, journal.Done, resets(t, lab, "Rabbit-hole7!"), "and life goes on")
}

// What no attribute holds goes along with a fork and comes back with a snapshot.
func TestSettingsOfDomainsAreInThePicture(t *testing.T) {
	host, lab := hosted(t)
	const settings, controller = "domains/NORTHLIGHT/settings", "domains/NORTHLIGHT/controllers/DC1"
	set := func(path, patch string) {
		_, err := lab.Patch(t.Context(), path, []byte(patch))
		require.NoError(t, err)
	}
	says := func(c *client.Client, path, words string) {
		t.Helper()
		text, err := c.Get(t.Context(), path)
		require.NoError(t, err)
		assert.Contains(t, string(text), words)
	}
	set(settings, `{"previousPasswordGrace":"0s","replication":{"sites":"0s"}}`)
	set(controller, `{"requireSigning":true}`)
	snapshot, err := lab.Snapshot(t.Context())
	require.NoError(t, err)
	_, fork, err := lab.Fork(t.Context())
	require.NoError(t, err)
	set(settings, `{"previousPasswordGrace":"5m"}`)
	set(controller, `{"requireSigning":false}`)
	says(fork, settings, `"previousPasswordGrace":"0s"`)
	says(fork, controller, `"requireSigning":true`)

	done, err := host.Restore(t.Context(), lab.Lab, snapshot)
	require.NoError(t, err)
	<-done
	says(lab, settings, `"previousPasswordGrace":"0s"`)
	says(lab, settings, `"sites":"0s"`)
	says(lab, controller, `"requireSigning":true`)
}

func TestOnlyItsOwnSnapshotsBringALabBack(t *testing.T) {
	_, lab := hosted(t)
	_, fork, err := lab.Fork(t.Context())
	require.NoError(t, err)
	other, err := fork.Snapshot(t.Context())
	require.NoError(t, err)
	for _, wrong := range []string{"", "snapshot-99", other} {
		assert.ErrorContains(t, lab.Restore(t.Context(), wrong), "no snapshot of this lab")
	}
}

func TestAForkGoesOnCountingFailedLogons(t *testing.T) {
	_, lab := hosted(t)
	_, err := lab.Patch(t.Context(), "domains/NORTHLIGHT/policy", []byte(`{"lockoutThreshold":2}`))
	require.NoError(t, err)
	wrong := func(c *client.Client) {
		t.Helper()
		require.False(t, signsIn(t, c, "Nobody-has-this-one.1"))
	}
	wrong(lab)
	_, fork, err := lab.Fork(t.Context())
	require.NoError(t, err)
	wrong(fork)
	out, err := fork.SignIn(t.Context(), "first", api.WorkstationSignIn{User: "alice@northlight.example", Password: secret.New("Nobody-has-this-one.2")})
	require.NoError(t, err)
	assert.Equal(t, "775", out.SubCode, "the second one locked the account")
}

// A Security log that is full overwrites its oldest events; the numbers go on,
// another computer's log and the decision records stay, and so it is in a fork
// and in what comes back.
func TestAFullSecurityLogOverwritesItsOldestEvents(t *testing.T) {
	host, lab := hosted(t)
	_, err := lab.Patch(t.Context(), "domains/NORTHLIGHT/settings", []byte(`{"securityLogMaximumKB":64}`))
	require.NoError(t, err)
	require.Equal(t, journal.Done, resets(t, lab, "Rabbit-hole7!"))
	security := func(c *client.Client, after int64) (controller, station []int64) {
		records, err := c.Journal(t.Context(), journal.Query{Channel: journal.Security, After: after}, 0)
		require.NoError(t, err)
		for _, r := range records {
			if strings.HasPrefix(strings.ToUpper(r.Event.Computer), "DC1.") {
				controller = append(controller, r.Seq)
			} else {
				station = append(station, r.Seq)
			}
		}
		return controller, station
	}
	before, _ := security(lab, 0)
	require.NotEmpty(t, before)
	const tries = 400
	for range tries {
		_, err := lab.SignIn(t.Context(), "first", api.WorkstationSignIn{User: "nobody", Password: secret.New("whatever")})
		require.NoError(t, err)
	}
	left, station := security(lab, 0)
	assert.Greater(t, left[0], before[len(before)-1], "the oldest are gone")
	assert.Less(t, len(left), tries)
	assert.Len(t, station, tries, "a workstation has a log of its own")
	later, _ := security(lab, left[len(left)-3])
	assert.Equal(t, left[len(left)-2:], later)
	past, err := lab.Attempts(t.Context())
	require.NoError(t, err)
	require.Len(t, past, 1)
	assert.NotEmpty(t, past[0].Events)

	snapshot, err := lab.Snapshot(t.Context())
	require.NoError(t, err)
	_, fork, err := lab.Fork(t.Context())
	require.NoError(t, err)
	forked, _ := security(fork, 0)
	assert.Equal(t, left, forked)
	_, err = fork.SignIn(t.Context(), "first", api.WorkstationSignIn{User: "nobody", Password: secret.New("whatever")})
	require.NoError(t, err)
	forked, _ = security(fork, 0)
	assert.Less(t, left[0], forked[0])
	assert.Less(t, left[len(left)-1], forked[len(forked)-1])

	done, err := host.Restore(t.Context(), lab.Lab, snapshot)
	require.NoError(t, err)
	<-done
	restored, _ := security(lab, 0)
	assert.Equal(t, left, restored)
}

package e2e

import (
	"context"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/control/client"
	"github.com/ssprlab/ssprlab/internal/memnet"
	"github.com/ssprlab/ssprlab/internal/rig"
	"github.com/ssprlab/ssprlab/internal/scenario"
)

var update = flag.Bool("update", false, "rewrite the transcripts of the scenarios")

const catalogue = "../scenarios"

// stories reads the whole catalogue.
func stories(t testing.TB) []scenario.Story {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(catalogue, "*.txtar"))
	require.NoError(t, err)
	require.NotEmpty(t, files, "the catalogue is empty")
	var all []scenario.Story
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		s, err := scenario.Parse(strings.TrimSuffix(filepath.Base(file), ".txtar"), text)
		require.NoError(t, err)
		all = append(all, s)
	}
	return all
}

// A stage runs a story in one world.
type stage func(t *testing.T, s scenario.Story) scenario.Result

// virtual is a bubble of virtual time over a network in memory.
func virtual(t *testing.T, s scenario.Story) (r scenario.Result) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r = scenario.Run(t.Context(), s, rig.World(func() memnet.Network { return memnet.New() }, time.Now))
	})
	return r
}

// loopback is the same process over the operating system's network.
func loopback(t *testing.T, s scenario.Story) scenario.Result {
	t.Helper()
	return scenario.Run(t.Context(), s, rig.World(memnet.Real, time.Now))
}

// processes is a portal of its own for each story.
func processes(t *testing.T, s scenario.Story) scenario.Result {
	t.Helper()
	world, _ := processWorld(t)
	return scenario.Run(t.Context(), s, world)
}

// processWorld starts a portal as a process, told by flags what the story wants.
// The programs that were started are added to the list.
func processWorld(t *testing.T, flags ...string) (world scenario.Starter, programs *[]*program) {
	t.Helper()
	programs = new([]*program)
	return func(_ context.Context, s scenario.Start) (scenario.World, func() error, error) {
		args := append(slices.Clone(flags), "--clock="+s.Clock.Format(time.RFC3339), fmt.Sprintf("--rand-seed=%d", s.RandSeed))
		args = append(args, anyPorts...)
		if s.Seed != "" {
			file := filepath.Join(t.TempDir(), "seed.yaml")
			if err := os.WriteFile(file, []byte(s.Seed), 0o600); err != nil {
				return scenario.World{}, nil, err
			}
			args = append(args, "--seed="+file)
		}
		p := start(t, "portal", args...)
		*programs = append(*programs, p)
		w, err := worldOf(p.ready(t))
		return w, p.stop, err
	}, programs
}

// worldOf is what a ready file says, as a story sees it.
func worldOf(r rig.Ready) (scenario.World, error) {
	pem, err := os.ReadFile(r.CA)
	if err != nil {
		return scenario.World{}, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return scenario.World{}, errors.New("the ready file's CA is no certificate")
	}
	web := &http.Client{Transport: &http.Transport{}}
	return scenario.World{
		Control: &client.Client{URL: r.Portal, Token: r.ControlToken, HTTP: web}, Pages: web, URL: r.Portal, Roots: roots, Host: "127.0.0.1",
		LDAPS: r.LDAPS, Dial: (&net.Dialer{}).DialContext,
	}, nil
}

// Every story gives its transcript in every world. With -update the virtual
// world rewrites the transcripts and the others are held to them.
func TestScenarios(t *testing.T) {
	all := stories(t)
	if *update {
		for i, s := range all {
			r := virtual(t, s)
			require.NoError(t, r.Err, "%s\n%s\n%s", s.Name, r.Why, r.Transcript)
			file := filepath.Join(catalogue, s.Name+".txtar")
			require.NoError(t, os.WriteFile(file, s.WithTranscript(r.Transcript), 0o644))
			all[i].Transcript = r.Transcript
		}
	}
	for world, run := range map[string]stage{"virtual": virtual, "loopback": loopback, "processes": processes} {
		t.Run(world, func(t *testing.T) {
			for _, s := range all {
				t.Run(s.Name, func(t *testing.T) {
					t.Parallel()
					r := run(t, s)
					assert.NoError(t, r.Golden(), "%s\n%s", r.Why, r.Transcript)
				})
			}
		})
	}
}

// One seed tells one story byte for byte: mails, codes, identifiers and records,
// everything that a transcript leaves out included. Another seed tells another.
func TestSameSeedSameStory(t *testing.T) {
	story, err := scenario.Parse("same-seed", []byte(strings.Join([]string{
		"reset alice@northlight.example Copper-Kettle-71 email",
		"reset carol@northlight.example Copper-Kettle-71 appCode mobileSMS",
		"reset paula@northlight.example Copper-Kettle-71 email",
		"visit /passwordreset", "enter 'Email or user name' dave@northlight.example", "robot", "press Next",
	}, "\n")))
	require.NoError(t, err)
	tell := func(seed uint64) (all string) {
		synctest.Test(t, func(t *testing.T) {
			var n witness
			start := rig.World(func() memnet.Network { return memnet.New() }, time.Now)
			seeded := func(ctx context.Context, s scenario.Start) (scenario.World, func() error, error) {
				s.RandSeed = seed
				return start(ctx, s)
			}
			r := scenario.Run(t.Context(), story, n.watch(t, seeded))
			require.NoError(t, r.Err)
			all = n.said.String() + n.devices.String() + r.Transcript
		})
		return all
	}
	first, again, other := tell(7), tell(7), tell(8)
	if i := firstDifference(first, again); i >= 0 {
		t.Errorf("the same seed tells another story from octet %d on:\n…%s\n…%s", i, around(first, i), around(again, i))
	}
	assert.NotEqual(t, first, other)
}

func firstDifference(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	if len(a) != len(b) {
		return min(len(a), len(b))
	}
	return -1
}

func around(s string, i int) string { return s[max(0, i-200):min(len(s), i+100)] }

package scenario_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/memnet"
	"github.com/ssprlab/ssprlab/internal/rig"
	"github.com/ssprlab/ssprlab/internal/scenario"
)

// tell runs a story in virtual time.
func tell(t *testing.T, text string) (r scenario.Result) {
	t.Helper()
	story, err := scenario.Parse("s.txtar", []byte(text))
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		r = scenario.Run(t.Context(), story, rig.World(func() memnet.Network { return memnet.New() }, time.Now))
	})
	return r
}

func TestEveryWordIsUnderstood(t *testing.T) {
	r := tell(t, `# Alice resets her password in her browser.
rand 7
clock 2026-05-04T08:00:00Z
set tenant '{"reset":{"gates":1}}'
fault '[{"part":"relay","effect":"lose-answer","count":1}]'
fault none
as alice
visit /passwordreset
enter 'Email or user name' alice@northlight.example
robot
press Next
! expect page 'There is no such page'
reload
reset alice@northlight.example Rabbit-hole7! email
expect audit 'Reset password (self-service)'
expect event 31002
! expect event 33004
expect mail alice@home.example code
! expect mail alice@home.example 'the weather'
expect directory alice sAMAccountName=alice objectSid lockoutTime=
! expect directory alice sAMAccountName=bob
! expect directory nobody sAMAccountName
! expect directory alice lockoutTime
! expect directory alice objectSid=
expect why outcome=done gates=1
! expect why outcome=failed
clock advance 25h
change alice@northlight.example Rabbit-hole7! Wonder-land8!
unlock dave@northlight.example
signin alice Wonder-land8!
ldap bind alice@northlight.example Wonder-land8!
ldap search DC=corp,DC=northlight,DC=example (sAMAccountName=alice) sAMAccountName
`)
	require.NoError(t, r.Err, r.Why)
	assert.Contains(t, r.Transcript, "signed in, online")
	assert.Contains(t, r.Transcript, "ldap entry CN=Alice Marlowe,")
	for _, password := range []string{"Rabbit-hole7!", "Wonder-land8!"} {
		assert.NotContains(t, r.Transcript, password)
	}
}

func TestAStoryEndsAtTheFirstLineThatDoesNotHold(t *testing.T) {
	const resets = "reset alice@northlight.example Rabbit-hole7! email\n"
	for name, c := range map[string]struct{ line, says string }{
		"an event that is not there":   {"expect event 33004", "no record of the journal"},
		"one that is, turned round":    {"! expect event 31002", "it holds"},
		"a page before any":            {"expect page Hello", "visit one first"},
		"no page is no fact":           {"! expect page Hello", "visit one first"},
		"another cause":                {"expect why outcome=failed", `outcome is "done", not "failed"`},
		"words of no explanation":      {"expect why Jabberwocky", "does not say"},
		"a mail to nobody":             {"expect mail nobody@home.example", "no mail to nobody@home.example"},
		"another value":                {"expect directory alice sAMAccountName=bob", "sAMAccountName of alice is [alice]"},
		"an account that is not there": {"expect directory nobody", `no account "nobody"`},
		"no field":                     {"enter 'User ID' alice", "visit one first"},
		"no robot check":               {"robot", "no robot check"},
		"a code that nobody sent":      {"enter Code @text:+14255550101", "no text message"},
		"a clock that is none":         {"clock advance soon", "soon"},
		"a setting that is none":       {"set tenant gates=2", "JSON merge patch"},
		"a setting that nobody has":    {`set tenant '{"gates":2}'`, "gates"},
		"a fault that is none":         {"fault broken", "list of faults in JSON"},
		"an LDAP request that is none": {"ldap compare a b", "bind or search"},
		"a network between":            {"signin alice x dial-up", "neither online nor offline"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := tell(t, resets+c.line+"\nvisit /\n")
			require.ErrorContains(t, r.Err, "s.txtar:2: ")
			assert.ErrorContains(t, r.Err, c.says)
			assert.NotContains(t, r.Transcript, "> visit", "nothing is told after it")
			assert.Contains(t, r.Why, "reset of alice@northlight.example: done", "the last attempt is explained")
		})
	}
}

func TestAWorldThatDoesNotStartIsTold(t *testing.T) {
	story, err := scenario.Parse("s.txtar", []byte("visit /\n"))
	require.NoError(t, err)
	r := scenario.Run(t.Context(), story, func(context.Context, scenario.Start) (scenario.World, func() error, error) {
		return scenario.World{}, nil, errors.New("no room")
	})
	require.ErrorContains(t, r.Err, "s.txtar: starting the world: no room")
	require.Equal(t, r.Err, r.Golden())

	bad := tell(t, "visit /\n-- seed.yaml --\ntenat: {}\n")
	require.ErrorContains(t, bad.Err, "seed.yaml")
	require.ErrorContains(t, bad.Err, "tenat")
}

func TestSameSeedSameStory(t *testing.T) {
	const story = "rand 7\nvisit /passwordreset\nreset alice@northlight.example Rabbit-hole7! email\nexpect why outcome=done\n"
	first := tell(t, story)
	require.NoError(t, first.Err)
	assert.Equal(t, first.Transcript, tell(t, story).Transcript)
}

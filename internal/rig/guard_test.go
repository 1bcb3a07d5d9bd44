package rig

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestListenersStayOnThisMachineUnlessAsked(t *testing.T) {
	const asked = true
	for address, c := range map[string]struct {
		public bool
		says   string // "" when allowed
	}{
		"":                  {},
		"127.0.0.1:8080":    {},
		"127.9.9.9:0":       {},
		"localhost:8080":    {},
		"[::1]:8080":        {},
		":8080":             {says: "other machines could reach it"},
		"0.0.0.0:8080":      {says: "--public"},
		"[::]:8080":         {says: "--public"},
		"192.0.2.7:8080":    {says: "127.0.0.1"},
		"lab.example:8080":  {says: "--public"},
		"localhost.evil:80": {says: "--public"},
		"127.0.0.1":         {says: "no HOST:PORT"},
		"[::1":              {says: "no HOST:PORT"},
	} {
		err := checkAddress("listen", address, !asked)
		if c.says == "" {
			require.NoError(t, err, address)
			continue
		}
		require.ErrorContains(t, err, c.says, address)
		require.ErrorContains(t, err, "--listen "+address, "the flag and its value")
	}
	require.NoError(t, checkAddress("listen", "0.0.0.0:8080", asked))
	require.NoError(t, checkAddress("listen", ":8080", asked))
	require.Error(t, checkAddress("listen", "8080", asked))
}

func TestSeedsOfChance(t *testing.T) {
	for text, want := range map[string]uint64{"0": 0, "7": 7, "18446744073709551615": 1<<64 - 1} {
		got, err := readRandSeed(text)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	for _, text := range []string{"x", "-1", "7 ", "07", "1.5", "18446744073709551616", "0x7"} {
		_, err := readRandSeed(text)
		require.ErrorContains(t, err, "--rand-seed "+text, "%q", text)
	}
	a, err := readRandSeed("")
	require.NoError(t, err)
	b, err := readRandSeed("")
	require.NoError(t, err)
	assert.NotEqual(t, a, b, "drawn when it is not given")
}

func TestStartingTimes(t *testing.T) {
	none, err := readClock("")
	require.NoError(t, err)
	assert.True(t, none.IsZero())
	at, err := readClock("2026-03-02T09:00:00Z")
	require.NoError(t, err)
	assert.Equal(t, "2026-03-02T09:00:00Z", at.Format("2006-01-02T15:04:05Z07:00"))
	for _, text := range []string{"tomorrow", "2026-03-02", "2026-13-02T09:00:00Z"} {
		_, err := readClock(text)
		require.ErrorContains(t, err, "--clock "+text)
		require.ErrorContains(t, err, "2026-03-02T09:00:00Z", "how to write it")
	}
}

func TestFaultsAreChecked(t *testing.T) {
	for name, c := range map[string]struct {
		fault Fault
		says  string // "" when it can be switched on
	}{
		"a cut relay":             {Fault{Part: FaultRelay, Effect: EffectUnreachable}, ""},
		"a relay that loses":      {Fault{Part: FaultRelay, Effect: EffectLoseAnswer, Count: 1}, ""},
		"an agent's wrong key":    {Fault{Part: FaultAgent, Effect: EffectWrongKey, Match: "SYNC1"}, ""},
		"a slow agent":            {Fault{Part: FaultAgent, Effect: EffectDelay, Delay: "10s"}, ""},
		"the longest delay":       {Fault{Part: FaultAgent, Effect: EffectDelay, Delay: "1m"}, ""},
		"a cloud that refuses":    {Fault{Part: FaultCloud, Effect: EffectWriteRefused, Match: "alice@northlight.example"}, ""},
		"no part":                 {Fault{Effect: EffectDelay}, "part"},
		"another part":            {Fault{Part: "moon", Effect: EffectDelay}, `"moon" cannot be broken: relay, agent, cloud, hash-sync, proxy or dc-agent`},
		"no effect":               {Fault{Part: FaultAgent}, "effect"},
		"the other part's effect": {Fault{Part: FaultRelay, Effect: EffectWrongKey}, `"wrong-key" is none of a relay`},
		"a count below nothing":   {Fault{Part: FaultAgent, Effect: EffectWrongKey, Count: -1}, "count: -1"},
		"a delay without length":  {Fault{Part: FaultAgent, Effect: EffectDelay}, `delay: ""`},
		"a delay of nothing":      {Fault{Part: FaultAgent, Effect: EffectDelay, Delay: "0s"}, "delay"},
		"a delay too long":        {Fault{Part: FaultAgent, Effect: EffectDelay, Delay: "61s"}, "up to 1m"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFaults()
			err := f.Replace([]Fault{{Part: FaultRelay, Effect: EffectUnreachable}, c.fault})
			if c.says == "" {
				require.NoError(t, err)
				assert.Len(t, f.List(), 2)
				return
			}
			require.ErrorContains(t, err, c.says)
			require.ErrorContains(t, err, "fault 2", "which of the list")
			assert.Empty(t, f.List(), "none of a wrong list is switched on")
		})
	}
}

func TestEachServerFailureCanBeSwitchedOn(t *testing.T) {
	require.NotEmpty(t, serverFailures())
	for _, effect := range serverFailures() {
		f := newFaults()
		require.NoError(t, f.Replace([]Fault{{Part: FaultAgent, Effect: effect}}))
		assert.Equal(t, effect, string(f.agent("SYNC1")().Reason))
	}
}

func TestFaultsCountTheirHits(t *testing.T) {
	f := newFaults()
	require.NoError(t, f.Replace([]Fault{{Part: FaultAgent, Match: "SYNC1", Effect: EffectWrongKey, Count: 2, Hits: 9}}))
	other, mine := f.agent("SYNC2"), f.agent("SYNC1")
	assert.False(t, other().WrongKey, "it is another agent's")
	assert.True(t, mine().WrongKey)
	assert.True(t, mine().WrongKey)
	assert.False(t, mine().WrongKey, "twice, and no more")
	assert.Equal(t, 2, f.List()[0].Hits)

	require.NoError(t, f.Replace([]Fault{{Part: FaultRelay, Match: "corp.example", Effect: EffectUnreachable, Count: 1}}))
	assert.True(t, f.down("corp.example", "connect-sync"))
	assert.False(t, f.down("other.example", "connect-sync"))
	assert.Zero(t, f.List()[0].Hits, "a look at the status is none")
	assert.True(t, f.cloud("corp.example", "connect-sync").Unreachable)
	assert.False(t, f.down("corp.example", "connect-sync"), "used up")
}

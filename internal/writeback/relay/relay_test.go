package relay_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/writeback/relay"
	"github.com/ssprlab/ssprlab/internal/writeback/relay/relaytest"
)

func TestMemoryKeepsThePromises(t *testing.T) {
	relaytest.Run(t, func(*testing.T) relaytest.World {
		m := &relay.Memory{}
		return relaytest.World{Cloud: m, Premises: m, Break: func() { m.Break(errors.New("port blocked")) }, Mend: m.Mend}
	})
}

func TestMemoryKeepsThePromisesInVirtualTime(t *testing.T) {
	// Each test of the suite calls t.Run, which a bubble forbids; so the one that
	// waits is repeated here.
	synctest.Test(t, func(t *testing.T) {
		m := &relay.Memory{}
		s, err := m.Listen("x", "g", nil)
		require.NoError(t, err)
		s.Close()
		start := time.Now()
		_, err = m.Request(t.Context(), "x", nil)
		assert.ErrorIs(t, err, relay.ErrNobody)
		assert.Zero(t, time.Since(start))
	})
}

func TestNATSKeepsThePromises(t *testing.T) {
	relaytest.Run(t, func(t *testing.T) relaytest.World {
		token := secret.New("only the installation knows")
		server, err := relay.Embed(relay.EmbedConfig{Listen: "127.0.0.1:0", Token: token})
		require.NoError(t, err)
		addr := server.Addr()
		t.Cleanup(func() { server.Close() })
		dial := func(name string) *relay.NATS {
			c, err := relay.DialNATS(relay.NATSConfig{URL: server.URL(), Name: name, Token: token, Prefix: "lab1", Reconnect: 5 * time.Millisecond})
			require.NoError(t, err)
			t.Cleanup(c.Close)
			return c
		}
		return relaytest.World{
			Cloud: dial("cloud"), Premises: dial("agent"),
			Break: func() { server.Close() },
			Mend: func() {
				server, err = relay.Embed(relay.EmbedConfig{Listen: addr, Token: token})
				require.NoError(t, err)
			},
		}
	})
}

func TestNATSRefusesStrangers(t *testing.T) {
	server, err := relay.Embed(relay.EmbedConfig{Listen: "127.0.0.1:0", Token: secret.New("right")})
	require.NoError(t, err)
	defer server.Close()
	for name, token := range map[string]secret.Text{"no token": {}, "the wrong token": secret.New("wrong")} {
		t.Run(name, func(t *testing.T) {
			_, err := relay.DialNATS(relay.NATSConfig{URL: server.URL(), Token: token})
			require.Error(t, err)
			assert.Contains(t, err.Error(), server.URL())
			assert.NotContains(t, err.Error(), "wrong token")
		})
	}
}

func TestLabsOnOneServerDoNotMeet(t *testing.T) {
	server, err := relay.Embed(relay.EmbedConfig{Listen: "127.0.0.1:0"})
	require.NoError(t, err)
	defer server.Close()
	dial := func(prefix string) *relay.NATS {
		c, err := relay.DialNATS(relay.NATSConfig{URL: server.URL(), Prefix: prefix})
		require.NoError(t, err)
		t.Cleanup(c.Close)
		return c
	}
	one, two := dial("lab1"), dial("lab2")
	_, err = one.Listen("domain.corp", "agents", nil)
	require.NoError(t, err)
	_, err = two.Request(t.Context(), "domain.corp", nil)
	assert.ErrorIs(t, err, relay.ErrNobody)
}

func TestEmbedTellsWhatIsWrong(t *testing.T) {
	taken, err := relay.Embed(relay.EmbedConfig{Listen: "127.0.0.1:0"})
	require.NoError(t, err)
	defer taken.Close()
	for name, listen := range map[string]string{"no port": "127.0.0.1", "not a port": "127.0.0.1:relay", "a port in use": taken.Addr()} {
		t.Run(name, func(t *testing.T) {
			_, err := relay.Embed(relay.EmbedConfig{Listen: listen})
			require.Error(t, err)
			assert.Contains(t, err.Error(), listen)
		})
	}
}

func TestWordIsOneWordAndTellsTextsApart(t *testing.T) {
	for in, want := range map[string]string{
		"corp": "corp", "corp.example": "corp_2eexample", "a b": "a_20b", "a_b": "a_5fb", "*>": "_2a_3e", "é": "_c3_a9",
	} {
		assert.Equal(t, want, relay.Word(in))
	}
}

package writeback_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/writeback"
	"github.com/ssprlab/ssprlab/internal/writeback/agent"
	"github.com/ssprlab/ssprlab/internal/writeback/envelope"
	"github.com/ssprlab/ssprlab/internal/writeback/relay"
)

// keys is shared by all tests of the package: a pair costs 150 ms.
var keys agent.KeyPool

var (
	relaySecret = secret.New("relay-secret")
	alice       = policy.Person{ID: "b7f1c1de", UserPrincipalName: "alice@corp.example", Hosting: policy.PasswordSync, OnPremisesDomain: "corp.example"}
)

// A directory is an agent.Writer that answers what a test tells it to.
type directory struct {
	mu      sync.Mutex
	result  agent.Result
	targets []agent.Target
	block   func(context.Context)
}

func (d *directory) write(ctx context.Context, t agent.Target) agent.Result {
	d.mu.Lock()
	d.targets = append(d.targets, t)
	r, block := d.result, d.block
	d.mu.Unlock()
	if block != nil {
		block(ctx)
	}
	if r.Verdict == "" {
		r.Verdict = envelope.Written
	}
	return r
}

func (d *directory) Reset(ctx context.Context, t agent.Target, _ secret.Text, _ bool) agent.Result {
	return d.write(ctx, t)
}

func (d *directory) Change(ctx context.Context, t agent.Target, _, _ secret.Text) agent.Result {
	return d.write(ctx, t)
}

func (d *directory) Unlock(ctx context.Context, t agent.Target) agent.Result { return d.write(ctx, t) }

// A world is a cloud side, a relay, and what its tests turn.
type world struct {
	*writeback.Service
	cloud, premises relay.Relay
	memory          *relay.Memory
	directory       directory
	settings        policy.Settings
	fault           func() writeback.Fault
	agentFault      agent.Fault
	mu              sync.Mutex
	now             time.Time
	events          []int
	ids             int
}

func (w *world) clock() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.now }

func (w *world) advance(d time.Duration) { w.mu.Lock(); defer w.mu.Unlock(); w.now = w.now.Add(d) }

func (w *world) id(kind string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ids++
	return fmt.Sprintf("%s-%d", kind, w.ids)
}

func (w *world) log(e journal.Event, _ string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, e.ID)
}

func newWorld(t *testing.T, change func(*writeback.Config)) *world {
	t.Helper()
	m := &relay.Memory{}
	return newWorldOn(t, m, m, m, change)
}

func newWorldOn(t *testing.T, cloud, premises relay.Relay, memory *relay.Memory, change func(*writeback.Config)) *world {
	t.Helper()
	w := &world{cloud: cloud, premises: premises, memory: memory, now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)}
	w.settings.Reset.Writeback, w.settings.Reset.CloudSync = true, true
	cfg := writeback.Config{
		Relay: cloud, Secret: relaySecret, Settings: func(context.Context) (policy.Settings, error) { return w.settings, nil },
		SourceAnchor: func(context.Context, string) (string, error) { return "YW5jaG9y", nil },
		Now:          w.clock, NewID: w.id, Log: w.log, Faults: func(string, envelope.Kind) writeback.Fault {
			if w.fault == nil {
				return writeback.Fault{}
			}
			return w.fault()
		},
	}
	if change != nil {
		change(&cfg)
	}
	s, err := writeback.New(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	w.Service = s
	return w
}

// agent starts an agent of the domain and takes it away at the end.
func (w *world) agent(t *testing.T, change func(*agent.Config)) *agent.Agent {
	t.Helper()
	cfg := agent.Config{
		ID: "agent-1", Kind: envelope.ConnectSync, Domain: "corp.example", Computer: "SYNC01", Relay: w.premises, Secret: relaySecret, Writer: &w.directory,
		Keys: &keys, NewID: w.id, Log: w.log, LabClock: w.clock, Faults: func() agent.Fault { return w.agentFault },
	}
	if change != nil {
		change(&cfg)
	}
	a, err := agent.New(cfg)
	require.NoError(t, err)
	require.NoError(t, a.Start(t.Context()))
	t.Cleanup(a.Stop)
	return a
}

func resetOf(p policy.Person) reset.OnPremisesWrite {
	return reset.OnPremisesWrite{Operation: policy.Reset, CorrelationID: "track-1", Person: p, New: secret.New("N3w!Passw0rd")}
}

func TestWriteReportsEveryVerdict(t *testing.T) {
	for on, want := range map[envelope.Verdict]reset.WriteVerdict{
		envelope.Written: reset.Written, envelope.Policy: reset.RefusedByPolicy, envelope.Permission: reset.NoPermission, envelope.NotFound: reset.NotFound,
		envelope.Ambiguous: reset.Ambiguous, envelope.Disabled: reset.AccountDisabled, envelope.Locked: reset.AccountLocked, envelope.WrongCurrent: reset.WrongCurrent,
		envelope.Configuration: reset.Misconfigured, envelope.Fault: reset.UnknownError, envelope.Unreachable: reset.Unreachable, envelope.Unknown: reset.AnswerLost,
	} {
		t.Run(string(on), func(t *testing.T) {
			w := newWorld(t, nil)
			w.agent(t, nil)
			w.directory.result = agent.Result{Verdict: on, Detail: "what it said", Remedy: "what to do", LDAP: []journal.Exchange{{Operation: "modify", Code: 53}}}
			r := w.Write(t.Context(), resetOf(alice))
			assert.Equal(t, want, r.Verdict)
			assert.Equal(t, string(want), string(on), "both sides use the same words")
			assert.Equal(t, "Microsoft Entra Connect", r.Agent)
			assert.Equal(t, "what it said", r.Detail)
			assert.Equal(t, "what to do", r.Remedy)
			assert.Equal(t, 53, r.LDAP[0].Code)
			require.NotNil(t, r.Envelope)
			assert.Equal(t, "agent-1", r.Envelope.Agent)
			assert.Equal(t, w.now.Add(5*time.Minute), r.Envelope.Expires)
			assert.Less(t, r.Envelope.Size, 1024)
			assert.NotEmpty(t, r.Envelope.KeyID)
			assert.Equal(t, agent.Target{SourceAnchor: "YW5jaG9y", UserPrincipalName: "alice@corp.example"}, w.directory.targets[0])
		})
	}
}

func TestStatusOfADomain(t *testing.T) {
	off := func(cfg *agent.Config) { cfg.Disabled = true }
	cloudSync := func(cfg *agent.Config) { cfg.Kind = envelope.CloudSync }
	for name, c := range map[string]struct {
		prepare func(t *testing.T, w *world)
		serves  map[string]envelope.Kind
		want    policy.WritebackStatus
		detail  string // of a write that is tried all the same
	}{
		"an agent listens":     {func(t *testing.T, w *world) { w.agent(t, nil) }, nil, policy.WritebackRunning, ""},
		"no agent ever":        {func(*testing.T, *world) {}, nil, policy.WritebackNotConfigured, "no agent has ever announced itself"},
		"the agent is stopped": {func(t *testing.T, w *world) { w.agent(t, nil).Stop() }, nil, policy.WritebackUnreachable, "listens at the relay"},
		"writeback is disabled on the agent": {
			func(t *testing.T, w *world) { require.NoError(t, w.agent(t, nil).Disable(t.Context())) }, nil,
			policy.WritebackNotConfigured, "no such agent has writeback enabled",
		},
		"writeback was never selected": {func(t *testing.T, w *world) { w.agent(t, off) }, nil, policy.WritebackNotConfigured, "no agent has ever announced itself"},
		"the cloud switch is off": {
			func(t *testing.T, w *world) { w.agent(t, nil); w.settings.Reset.Writeback = false }, nil,
			policy.WritebackNotConfigured, "switched off in the tenant",
		},
		"cloud sync serves, and its switch is off": {
			func(t *testing.T, w *world) { w.agent(t, cloudSync); w.settings.Reset.CloudSync = false }, nil,
			policy.WritebackNotConfigured, "writeback with cloud sync is switched off",
		},
		"cloud sync serves": {func(t *testing.T, w *world) { w.agent(t, cloudSync) }, nil, policy.WritebackRunning, ""},
		"writeback is enabled on the agent that does not serve the domain": {
			func(t *testing.T, w *world) { w.agent(t, cloudSync) },
			map[string]envelope.Kind{"corp.example": envelope.ConnectSync},
			policy.WritebackNotConfigured, "is served by Microsoft Entra Connect",
		},
		"an agent of another domain": {
			func(t *testing.T, w *world) { w.agent(t, func(cfg *agent.Config) { cfg.Domain = "other.example" }) }, nil,
			policy.WritebackNotConfigured, "no agent has ever announced itself for domain corp.example",
		},
		"the relay is down": {func(t *testing.T, w *world) { w.agent(t, nil); w.memory.Break(errors.New("outage")) }, nil, policy.WritebackUnreachable, "the relay cannot be reached"},
		"a fault takes the line": {func(t *testing.T, w *world) {
			w.agent(t, nil)
			w.fault = func() writeback.Fault { return writeback.Fault{Unreachable: true} }
		}, nil, policy.WritebackUnreachable, "listens at the relay"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(cfg *writeback.Config) { cfg.Serves = c.serves })
			c.prepare(t, w)
			assert.Equal(t, c.want, w.Status(t.Context(), alice))
			r := w.Write(t.Context(), resetOf(alice))
			if c.want == policy.WritebackRunning {
				assert.Equal(t, reset.Written, r.Verdict, r.Detail)
				return
			}
			assert.Equal(t, reset.Unreachable, r.Verdict)
			assert.Contains(t, r.Detail, c.detail)
			assert.NotEmpty(t, r.Remedy)
			assert.Empty(t, w.directory.targets)
		})
	}
}

func TestPersonWithoutADomainHasNoWriteback(t *testing.T) {
	w := newWorld(t, nil)
	assert.Equal(t, policy.WritebackNotConfigured, w.Status(t.Context(), policy.Person{}))
}

func TestLostAnswerIsUnknownUntilTheAgentCanBeAsked(t *testing.T) {
	w := newWorld(t, nil)
	w.agent(t, nil)
	w.fault = func() writeback.Fault { return writeback.Fault{AnswerLost: true} }
	r := w.Write(t.Context(), resetOf(alice))
	assert.Equal(t, reset.AnswerLost, r.Verdict)
	require.NotNil(t, r.Envelope)
	assert.Zero(t, r.Envelope.Answered)

	w.fault = nil
	again, ok := w.AskAgain(t.Context(), "track-1")
	require.True(t, ok)
	assert.Equal(t, reset.Written, again.Verdict)
	assert.Len(t, w.directory.targets, 1, "asked about, not applied again")
	_, ok = w.AskAgain(t.Context(), "track-1")
	assert.False(t, ok, "settled")
	_, ok = w.AskAgain(t.Context(), "track-2")
	assert.False(t, ok, "never heard of")
}

func TestAnswerThatIsLostOnceIsAskedForAgain(t *testing.T) {
	w := newWorld(t, nil)
	w.agent(t, nil)
	asked := 0
	w.fault = func() writeback.Fault { asked++; return writeback.Fault{AnswerLost: asked == 1} }
	r := w.Write(t.Context(), resetOf(alice))
	assert.Equal(t, reset.Written, r.Verdict)
	assert.Contains(t, r.Detail, "asked again")
	assert.Len(t, w.directory.targets, 1)
}

func TestAgentThatNeverAnswersIsUnknown(t *testing.T) {
	_, err := keys.Key()
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.agent(t, nil)
		w.agentFault.LoseAnswer = true
		start := time.Now()
		assert.Equal(t, reset.AnswerLost, w.Write(t.Context(), resetOf(alice)).Verdict)
		assert.Equal(t, 35*time.Second, time.Since(start), "30 s for the answer, 5 s for the question")
		synctest.Wait()
		w.agentFault.LoseAnswer = false
		r, ok := w.AskAgain(t.Context(), "track-1")
		require.True(t, ok)
		assert.Equal(t, reset.Written, r.Verdict)
	})
}

func TestMessageThatWasNeverAppliedIsNotReportedAsDone(t *testing.T) {
	_, err := keys.Key()
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		a := w.agent(t, nil)
		w.agentFault.Delay = time.Hour
		assert.Equal(t, reset.AnswerLost, w.Write(t.Context(), resetOf(alice)).Verdict, "still under way, for all anybody knows")
		a.Stop()
		synctest.Wait()
		late, ok := w.AskAgain(t.Context(), "track-1")
		require.True(t, ok)
		assert.Equal(t, reset.AnswerLost, late.Verdict, "the agent cannot be asked")
		require.NoError(t, a.Start(t.Context()))
		late, ok = w.AskAgain(t.Context(), "track-1")
		require.True(t, ok)
		assert.Equal(t, reset.Unreachable, late.Verdict, "no agent applied it")
		assert.Empty(t, w.directory.targets)
	})
}

func TestWriteGoesOnWhenTheBrowserHasGone(t *testing.T) {
	w := newWorld(t, nil)
	w.agent(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	w.directory.block = func(context.Context) { cancel() }
	assert.Equal(t, reset.Written, w.Write(ctx, resetOf(alice)).Verdict)
}

func TestWrongKeyIsTold(t *testing.T) {
	w := newWorld(t, nil)
	w.agent(t, nil)
	w.agentFault.WrongKey = true
	r := w.Write(t.Context(), resetOf(alice))
	assert.Equal(t, reset.CannotDecrypt, r.Verdict)
	assert.Contains(t, r.Remedy, "disable and enable")
	assert.Contains(t, w.events, 32004)
}

func TestKeysRollOverAfterSixMonths(t *testing.T) {
	w := newWorld(t, nil)
	w.agent(t, nil)
	first := w.Write(t.Context(), resetOf(alice)).Envelope.KeyID
	w.advance(182 * 24 * time.Hour)
	assert.Equal(t, first, w.Write(t.Context(), resetOf(alice)).Envelope.KeyID)
	w.advance(24 * time.Hour)
	r := w.Write(t.Context(), resetOf(alice))
	assert.Equal(t, reset.Written, r.Verdict)
	assert.NotEqual(t, first, r.Envelope.KeyID)
	assert.Contains(t, w.events, 31018)
	assert.Equal(t, w.clock(), w.Agents()[0].KeySince)
}

func TestEnablingAgainMakesAFreshKey(t *testing.T) {
	w := newWorld(t, nil)
	a := w.agent(t, nil)
	first := w.Write(t.Context(), resetOf(alice)).Envelope.KeyID
	require.NoError(t, a.Disable(t.Context()))
	require.NoError(t, a.Enable(t.Context()))
	r := w.Write(t.Context(), resetOf(alice))
	assert.Equal(t, reset.Written, r.Verdict)
	assert.NotEqual(t, first, r.Envelope.KeyID)
}

func TestAnyAgentOfADomainCanTakeAMessage(t *testing.T) {
	w := newWorld(t, nil)
	cloud := func(id string) func(*agent.Config) {
		return func(cfg *agent.Config) { cfg.Kind, cfg.ID = envelope.CloudSync, id }
	}
	w.agent(t, cloud("agent-1"))
	w.agent(t, cloud("agent-2"))
	third := w.agent(t, cloud("agent-3"))
	seen := map[string]bool{}
	for range 9 {
		r := w.Write(t.Context(), resetOf(alice))
		require.Equal(t, reset.Written, r.Verdict, r.Detail)
		assert.Equal(t, "CloudSync", r.Agent)
		seen[r.Envelope.Agent] = true
	}
	assert.Len(t, seen, 3)
	third.Stop()
	for range 4 {
		require.Equal(t, reset.Written, w.Write(t.Context(), resetOf(alice)).Verdict, "one agent gone, the others serve")
	}
}

func TestCloudThatStartsLaterHearsOfAgents(t *testing.T) {
	w := newWorld(t, nil)
	w.agent(t, nil)
	later := newWorldOn(t, w.cloud, w.premises, w.memory, nil)
	assert.Equal(t, policy.WritebackRunning, later.Status(t.Context(), alice))
	assert.Equal(t, "agent-1", later.Agents()[0].ID)
}

func TestAdministratorsReset(t *testing.T) {
	w := newWorld(t, nil)
	w.agent(t, nil)
	r := w.WriteAdminReset(t.Context(), writeback.AdminReset{CorrelationID: "track-9", Person: alice, New: secret.New("Temp0rary!"), ForceChange: true})
	assert.Equal(t, reset.Written, r.Verdict)
	assert.Contains(t, w.events, 31009)
	assert.Contains(t, w.events, 31010)
}

func TestOverNATSWithAnAgentOfAnotherProcess(t *testing.T) {
	server, err := relay.Embed(relay.EmbedConfig{Listen: "127.0.0.1:0", Token: envelope.RelayToken(relaySecret)})
	require.NoError(t, err)
	defer server.Close()
	dial := func() *relay.NATS {
		c, err := relay.DialNATS(relay.NATSConfig{URL: server.URL(), Token: envelope.RelayToken(relaySecret), Prefix: "lab1"})
		require.NoError(t, err)
		t.Cleanup(c.Close)
		return c
	}
	w := newWorldOn(t, dial(), dial(), nil, nil)
	w.agent(t, func(cfg *agent.Config) { cfg.Log, cfg.LabClock = nil, nil })
	require.Eventually(t, func() bool { return w.Status(t.Context(), alice) == policy.WritebackRunning }, 5*time.Second, time.Millisecond)
	w.advance(-20 * 365 * 24 * time.Hour) // the lab's time is not the agent's
	r := w.Write(t.Context(), resetOf(alice))
	assert.Equal(t, reset.Written, r.Verdict, r.Detail)
	assert.Equal(t, []int{31015, 31001, 405, 403, 405, 31002}, w.events, "events travel with the answers")
}

func TestStrangersAnnouncementsAreIgnored(t *testing.T) {
	w := newWorld(t, nil)
	for name, frame := range map[string][]byte{
		"a stranger": envelope.Announcement{AgentID: "evil", Kind: envelope.ConnectSync, Domain: "corp.example", Enabled: true}.Encode(secret.New("guess")),
		"a bad key":  envelope.Announcement{AgentID: "evil", Kind: envelope.ConnectSync, Domain: "corp.example", Enabled: true, PublicKey: []byte("x")}.Encode(relaySecret),
		"noise":      []byte("noise"),
	} {
		require.NoError(t, w.cloud.Publish(t.Context(), relay.Announcements, frame), name)
		assert.Empty(t, w.Agents(), name)
	}
}

func TestDelayedDelivery(t *testing.T) {
	w := newWorld(t, func(cfg *writeback.Config) {
		cfg.Delivery = func() writeback.Delivery { return writeback.Delivery{Delay: 2 * time.Minute} }
	})
	w.agent(t, nil)
	r := w.Write(t.Context(), resetOf(alice))
	assert.Equal(t, reset.Written, r.Verdict, "the person is told that all went well")
	assert.Contains(t, r.Detail, "2m0s")
	assert.Empty(t, w.Deliver(t.Context()))
	assert.Empty(t, w.directory.targets)
	w.advance(2 * time.Minute)
	w.directory.result.Verdict = envelope.Policy
	late := w.Deliver(t.Context())
	require.Len(t, late, 1)
	assert.Equal(t, reset.RefusedByPolicy, late[0].Verdict, "and the failure is silent")
	assert.Zero(t, w.Waiting())
	assert.Contains(t, w.events, 33008)
}

func TestQueueWhileDown(t *testing.T) {
	w := newWorld(t, func(cfg *writeback.Config) {
		cfg.Delivery = func() writeback.Delivery { return writeback.Delivery{QueueWhileDown: true} }
	})
	a := w.agent(t, nil)
	a.Stop()
	assert.Equal(t, policy.WritebackRunning, w.Status(t.Context(), alice))
	assert.Equal(t, reset.Written, w.Write(t.Context(), resetOf(alice)).Verdict)
	assert.Empty(t, w.Deliver(t.Context()), "still nobody there")
	assert.Equal(t, 1, w.Waiting())
	w.advance(time.Hour)
	require.NoError(t, a.Start(t.Context()))
	late := w.Deliver(t.Context())
	require.Len(t, late, 1)
	assert.Equal(t, reset.Written, late[0].Verdict, late[0].Detail)
	assert.Len(t, w.directory.targets, 1)
}

func TestFaultsOfThePortsAreVerdicts(t *testing.T) {
	broken := errors.New("store is down")
	for name, change := range map[string]func(*writeback.Config){
		"settings": func(cfg *writeback.Config) {
			cfg.Settings = func(context.Context) (policy.Settings, error) { return policy.Settings{}, broken }
		},
		"source anchor": func(cfg *writeback.Config) {
			cfg.SourceAnchor = func(context.Context, string) (string, error) { return "", broken }
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, change)
			w.agent(t, nil)
			r := w.Write(t.Context(), resetOf(alice))
			assert.Equal(t, reset.UnknownError, r.Verdict)
			assert.Contains(t, r.Detail, "store is down")
		})
	}
	_, err := writeback.New(t.Context(), writeback.Config{})
	assert.ErrorContains(t, err, "is missing")
}

func BenchmarkWrite(b *testing.B) {
	m := &relay.Memory{}
	w := &world{now: time.Now()}
	w.settings.Reset.Writeback = true
	s, err := writeback.New(b.Context(), writeback.Config{
		Relay: m, Secret: relaySecret, Settings: func(context.Context) (policy.Settings, error) { return w.settings, nil },
		SourceAnchor: func(context.Context, string) (string, error) { return "YW5jaG9y", nil }, Now: w.clock, NewID: w.id,
	})
	require.NoError(b, err)
	a, err := agent.New(agent.Config{
		ID: "agent-1", Kind: envelope.ConnectSync, Domain: "corp.example", Relay: m, Secret: relaySecret, Writer: &w.directory, Keys: &keys, NewID: w.id,
		Log: func(journal.Event, string) {},
	})
	require.NoError(b, err)
	require.NoError(b, a.Start(b.Context()))
	s.Write(b.Context(), resetOf(alice))
	for b.Loop() {
		s.Write(b.Context(), resetOf(alice))
	}
}

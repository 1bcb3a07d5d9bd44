package agent_test

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/writeback/agent"
	"github.com/ssprlab/ssprlab/internal/writeback/envelope"
	"github.com/ssprlab/ssprlab/internal/writeback/relay"
)

// keys is shared by all tests of the package: a pair costs 150 ms.
var keys agent.KeyPool

var (
	relaySecret = secret.New("relay-secret")
	noon        = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
)

// A fakeWriter answers what a test tells it to and counts.
type fakeWriter struct {
	mu     sync.Mutex
	result agent.Result
	calls  []string
	block  func(ctx context.Context)
}

func (w *fakeWriter) call(ctx context.Context, what string) agent.Result {
	w.mu.Lock()
	w.calls = append(w.calls, what)
	r, block := w.result, w.block
	w.mu.Unlock()
	if block != nil {
		block(ctx)
	}
	if r.Verdict == "" {
		r.Verdict = envelope.Written
	}
	return r
}

func (w *fakeWriter) Reset(ctx context.Context, t agent.Target, p secret.Text, force bool) agent.Result {
	return w.call(ctx, fmt.Sprintf("reset %s %s force=%t", t.SourceAnchor, p.Reveal(), force))
}

func (w *fakeWriter) Change(ctx context.Context, t agent.Target, c, p secret.Text) agent.Result {
	return w.call(ctx, fmt.Sprintf("change %s %s %s", t.SourceAnchor, c.Reveal(), p.Reveal()))
}

func (w *fakeWriter) Unlock(ctx context.Context, t agent.Target) agent.Result {
	return w.call(ctx, "unlock "+t.SourceAnchor)
}

// A bench is one agent at a relay, seen from the cloud's side.
type bench struct {
	*agent.Agent
	relay  relay.Memory
	writer fakeWriter
	fault  agent.Fault
	now    time.Time

	mu     sync.Mutex
	events []envelope.Logged
	heard  []envelope.Announcement
}

func newBench(t *testing.T, change func(*agent.Config)) *bench {
	t.Helper()
	b := &bench{now: noon}
	ids := 0
	cfg := agent.Config{
		ID: "agent-1", Kind: envelope.ConnectSync, Domain: "corp.example", Computer: "SYNC01.corp.example", ConnectorAccount: `CORP\MSOL_0123`,
		Relay: &b.relay, Secret: relaySecret, Writer: &b.writer, Keys: &keys,
		NewID: func(kind string) string { ids++; return fmt.Sprintf("%s-%d", kind, ids) },
		Log: func(e journal.Event, id string) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.events = append(b.events, envelope.Logged{CorrelationID: id, Event: e})
		},
		LabClock: func() time.Time { return b.now },
		Faults:   func() agent.Fault { return b.fault },
	}
	if change != nil {
		change(&cfg)
	}
	a, err := agent.New(cfg)
	require.NoError(t, err)
	b.Agent = a
	_, err = b.relay.Listen(relay.Announcements, "", func(_ context.Context, frame []byte) []byte {
		n, err := envelope.ReadAnnouncement(frame, relaySecret)
		assert.NoError(t, err)
		b.mu.Lock()
		defer b.mu.Unlock()
		b.heard = append(b.heard, n)
		return nil
	})
	require.NoError(t, err)
	t.Cleanup(a.Stop)
	return b
}

// log returns the events as "source id" with the correlation ID where there is one.
func (b *bench) log() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []string
	for _, e := range b.events {
		s := fmt.Sprint(e.Event.ID)
		if e.Event.Provider == "ADSync" {
			s = "ADSync " + s
		}
		out = append(out, s)
	}
	return out
}

func (b *bench) forget() { b.mu.Lock(); defer b.mu.Unlock(); b.events = nil }

// key asks the agent for its key, as the cloud does before the first message.
func (b *bench) key(t *testing.T) envelope.PublicKey {
	t.Helper()
	frame, err := b.relay.Request(t.Context(), relay.Direct("agent-1"), envelope.Hello{}.Encode(relaySecret))
	require.NoError(t, err)
	n, err := envelope.ReadAnnouncement(frame, relaySecret)
	require.NoError(t, err)
	k, err := n.Key()
	require.NoError(t, err)
	require.NotNil(t, k)
	return envelope.PublicKey{ID: n.KeyID, Key: k}
}

func (b *bench) message(op envelope.Operation) envelope.Message {
	return envelope.Message{
		ID: "message-1", TrackingID: "track-1", Domain: "corp.example", Operation: op, ObjectID: "b7f1c1de", SourceAnchor: "YW5jaG9y",
		UserPrincipalName: "alice@corp.example", Sealed: b.now, Expires: b.now.Add(5 * time.Minute),
		New: secret.New("N3w!Passw0rd"), Current: secret.New("0ld!Passw0rd"), ForceChange: op == envelope.AdminReset,
	}
}

// send seals and sends a message and opens the answer.
func (b *bench) send(t *testing.T, m envelope.Message) envelope.Answer {
	t.Helper()
	sealed, err := envelope.Seal(m, []envelope.PublicKey{b.key(t)}, relaySecret)
	require.NoError(t, err)
	return b.deliver(t, sealed)
}

func (b *bench) deliver(t *testing.T, sealed envelope.Sealed) envelope.Answer {
	t.Helper()
	frame, err := b.relay.Request(t.Context(), relay.Queue("corp.example", "connect-sync"), sealed.Frame)
	require.NoError(t, err)
	answer, err := sealed.OpenAnswer(frame)
	require.NoError(t, err)
	return answer
}

func TestEventsOfEachOutcome(t *testing.T) {
	refused := agent.Result{Verdict: envelope.Policy, Reason: agent.PolicyRestriction}
	for name, c := range map[string]struct {
		op     envelope.Operation
		result agent.Result
		want   string
	}{
		"a reset that succeeds":                {envelope.Reset, agent.Result{}, "31001 ADSync 405 ADSync 403 ADSync 405 31002"},
		"an unlock that succeeds":              {envelope.Unlock, agent.Result{}, "31001 ADSync 405 ADSync 403 ADSync 405 31002"},
		"a change that succeeds":               {envelope.Change, agent.Result{}, "31006 ADSync 405 ADSync 403 ADSync 405 31007"},
		"an administrator's reset":             {envelope.AdminReset, agent.Result{}, "31009 ADSync 405 ADSync 403 ADSync 405 31010"},
		"a reset without policy hints":         {envelope.Reset, agent.Result{NoHints: true}, "31001 ADSync 6329 ADSync 405 ADSync 403 ADSync 405 31002"},
		"a reset refused by policy":            {envelope.Reset, refused, "31001 ADSync 6329 33008 31003"},
		"a change refused by policy":           {envelope.Change, refused, "31006 ADSync 6329 33008 31008"},
		"an administrator's, by policy":        {envelope.AdminReset, refused, "31009 ADSync 6329 33008 31011"},
		"a change of a user who cannot change": {envelope.Change, agent.Result{Verdict: envelope.Policy, Reason: agent.CannotChange}, "31006 ADSync 6329 33008 31008"},
		"a missing right":                      {envelope.Reset, agent.Result{Verdict: envelope.Permission, Reason: agent.RightMissing}, "31001 ADSync 6329 33004 31003"},
		"a protected account":                  {envelope.Reset, agent.Result{Verdict: envelope.Permission, Reason: agent.ProtectedAccount}, "31001 ADSync 6329 33004 31003"},
		"a missing user":                       {envelope.Reset, agent.Result{Verdict: envelope.NotFound}, "31001 33002 31003"},
		"a duplicate":                          {envelope.Reset, agent.Result{Verdict: envelope.Ambiguous, Reason: agent.DuplicateAnchor}, "31001 33003 31003"},
		"a disabled account":                   {envelope.Reset, agent.Result{Verdict: envelope.Disabled}, "31001 33005 31003"},
		"a locked account":                     {envelope.Change, agent.Result{Verdict: envelope.Locked}, "31006 33006 31008"},
		"a wrong current password":             {envelope.Change, agent.Result{Verdict: envelope.WrongCurrent}, "31006 33007 31008"},
		"a connection in clear":                {envelope.Reset, agent.Result{Verdict: envelope.Configuration, Reason: agent.ConnectionInClear}, "31001 ADSync 6329 33009 31003"},
		"an unknown error":                     {envelope.Reset, agent.Result{Verdict: envelope.Fault}, "31001 33001 31003"},
		"no domain controller":                 {envelope.Reset, agent.Result{Verdict: envelope.Unreachable, Reason: agent.NoDomainController}, "31001 33001 31003"},
		"a lost answer of the controller":      {envelope.Reset, agent.Result{Verdict: envelope.Unknown, Reason: agent.AnswerLost}, "31001 33001 31003"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil)
			require.NoError(t, b.Start(t.Context()))
			b.forget()
			b.writer.result = c.result
			answer := b.send(t, b.message(c.op))
			assert.Equal(t, c.want, strings.Join(b.log(), " "))
			want := c.result.Verdict
			if want == "" {
				want = envelope.Written
			}
			assert.Equal(t, want, answer.Verdict)
			for _, e := range b.events {
				assert.Equal(t, "track-1", e.CorrelationID)
				assert.Equal(t, "SYNC01.corp.example", e.Event.Computer)
			}
			text, err := json.Marshal(b.events)
			require.NoError(t, err)
			assert.NotContains(t, string(text), "Passw0rd")
		})
	}
}

func TestFailuresOfTheServerItself(t *testing.T) {
	for reason, want := range map[agent.Reason]struct {
		verdict envelope.Verdict
		events  string
		text    string
	}{
		agent.SAMHardening:         {envelope.Permission, "31001 ADSync 6329 33004 31003", "ERROR_ACCESS_DENIED"},
		agent.ForestNotEnabled:     {envelope.Configuration, "31001 ADSync 6329 33009 31003", "0x8023061f"},
		agent.NameTooLong:          {envelope.Configuration, "31001 ADSync 6329 33009 31003", "hr=800700CE"},
		agent.ReservedName:         {envelope.Fault, "31001 33001 31003", "organisational unit"},
		agent.ConfigurationDamaged: {envelope.Configuration, "31001 32005 32007 33009 31003", "configuration file"},
	} {
		t.Run(string(reason), func(t *testing.T) {
			b := newBench(t, nil)
			require.NoError(t, b.Start(t.Context()))
			b.forget()
			b.fault.Reason = reason
			answer := b.send(t, b.message(envelope.Reset))
			assert.Equal(t, want.verdict, answer.Verdict)
			assert.NotEmpty(t, answer.Remedy)
			assert.Equal(t, want.events, strings.Join(b.log(), " "))
			assert.Empty(t, b.writer.calls, "the directory is not asked")
			var all strings.Builder
			for _, e := range b.events {
				all.WriteString(e.Event.Message)
			}
			assert.Contains(t, all.String(), want.text)
		})
	}
}

func TestTextsOfEvents(t *testing.T) {
	for name, c := range map[string]struct {
		op     envelope.Operation
		result agent.Result
		id     int
		want   string
	}{
		"start of a reset":  {envelope.Reset, agent.Result{}, 31001, "TrackingId: track-1, PasswordResetRequestStart, Details: alice@corp.example"},
		"start of a change": {envelope.Change, agent.Result{}, 31006, "TrackingId: track-1, ChangePasswordRequestStart, Details: alice@corp.example"},
		"success of a reset": {
			envelope.Reset,
			agent.Result{},
			31002,
			"TrackingId: track-1, PasswordResetSuccess, Details: Context: cloudAnchor: User_b7f1c1de, SourceAnchorValue: YW5jaG9y, UserPrincipalName: alice@corp.example, unblockUser: True",
		},
		"success of a change": {
			envelope.Change,
			agent.Result{},
			31007,
			"TrackingId: track-1, ChangePasswordSuccess, Details: Context: cloudAnchor: User_b7f1c1de, SourceAnchorValue: YW5jaG9y, UserPrincipalName: alice@corp.example",
		},
		"success of an administrator": {
			envelope.AdminReset,
			agent.Result{},
			31010,
			"TrackingId: track-1, ResetUserPasswordByAdminSuccess, Details: Context: cloudAnchor: User_b7f1c1de, SourceAnchorValue: YW5jaG9y, UserPrincipalName: alice@corp.example, unblockUser: True, forcePasswordChange: True",
		},
		"policy": {
			envelope.Reset,
			agent.Result{Verdict: envelope.Policy, Reason: agent.PolicyRestriction},
			33008,
			"hr=80230619, message=A restriction prevents the password from being changed to the current one specified.",
		},
		"policy, of the engine": {envelope.Reset, agent.Result{Verdict: envelope.Policy, Reason: agent.PolicyRestriction}, 6329, "0x80230619"},
		"missing right": {
			envelope.Reset,
			agent.Result{Verdict: envelope.Permission, Reason: agent.RightMissing},
			33004,
			"Requesting user was denied access to perform the operation on a privileged account.",
		},
		"protected account": {
			envelope.Reset,
			agent.Result{Verdict: envelope.Permission, Reason: agent.ProtectedAccount},
			33004,
			"The password could not be updated because the management agent credentials were denied access.",
		},
		"missing user":           {envelope.Reset, agent.Result{Verdict: envelope.NotFound}, 33002, "The operation failed because the object could not be found."},
		"duplicate":              {envelope.Reset, agent.Result{Verdict: envelope.Ambiguous, Reason: agent.DuplicateAnchor}, 33003, "hr=80230402"},
		"connection in clear":    {envelope.Reset, agent.Result{Verdict: envelope.Configuration, Reason: agent.ConnectionInClear}, 6329, "0x8023062c"},
		"no policy hints":        {envelope.Reset, agent.Result{NoHints: true}, 6329, "admaexport.cpp(2837)"},
		"fault, in our own word": {envelope.Reset, agent.Result{Verdict: envelope.Fault, Detail: "the directory answered something unexpected"}, 33001, "something unexpected"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil)
			require.NoError(t, b.Start(t.Context()))
			b.writer.result = c.result
			b.send(t, b.message(c.op))
			for _, e := range b.events {
				if e.Event.ID == c.id {
					assert.Contains(t, e.Event.Message, c.want)
					return
				}
			}
			t.Fatalf("no event %d in %v", c.id, b.log())
		})
	}
}

func TestOperationsReachTheWriter(t *testing.T) {
	for op, want := range map[envelope.Operation]string{
		envelope.Reset:      "reset YW5jaG9y N3w!Passw0rd force=false",
		envelope.AdminReset: "reset YW5jaG9y N3w!Passw0rd force=true",
		envelope.Change:     "change YW5jaG9y 0ld!Passw0rd N3w!Passw0rd",
		envelope.Unlock:     "unlock YW5jaG9y",
	} {
		t.Run(string(op), func(t *testing.T) {
			b := newBench(t, nil)
			require.NoError(t, b.Start(t.Context()))
			b.send(t, b.message(op))
			assert.Equal(t, []string{want}, b.writer.calls)
		})
	}
}

func TestMessageIsAppliedOnce(t *testing.T) {
	b := newBench(t, nil)
	require.NoError(t, b.Start(t.Context()))
	sealed, err := envelope.Seal(b.message(envelope.Reset), []envelope.PublicKey{b.key(t)}, relaySecret)
	require.NoError(t, err)
	release := make(chan struct{})
	b.writer.block = func(context.Context) { <-release }
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() { assert.Equal(t, envelope.Written, b.deliver(t, sealed).Verdict) })
	}
	close(release)
	both.Wait()
	assert.Equal(t, envelope.Written, b.deliver(t, sealed).Verdict)
	assert.Len(t, b.writer.calls, 1, "delivered three times")
	assert.Equal(t, 1, strings.Count(strings.Join(b.log(), " "), "31001"))
}

func TestAgentTellsWhatBecameOfAMessage(t *testing.T) {
	b := newBench(t, nil)
	require.NoError(t, b.Start(t.Context()))
	sealed, err := envelope.Seal(b.message(envelope.Reset), []envelope.PublicKey{b.key(t)}, relaySecret)
	require.NoError(t, err)
	ask := func() []byte {
		frame, err := b.relay.Request(t.Context(), relay.Direct("agent-1"), envelope.Hello{Outcome: "message-1"}.Encode(relaySecret))
		require.NoError(t, err)
		return frame
	}
	assert.Equal(t, envelope.PingFrame, envelope.Peek(ask()), "not applied")
	b.deliver(t, sealed)
	answer, err := sealed.OpenAnswer(ask())
	require.NoError(t, err)
	assert.Equal(t, envelope.Written, answer.Verdict)
	assert.Len(t, b.writer.calls, 1)
}

func TestNothingIsWrittenFor(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(b *bench, m *envelope.Message)
		verdict envelope.Verdict
		events  string
	}{
		"a message that has expired":   {func(b *bench, _ *envelope.Message) { b.now = b.now.Add(5 * time.Minute) }, envelope.Unreachable, ""},
		"a message for another domain": {func(_ *bench, m *envelope.Message) { m.Domain = "other.example" }, envelope.Unreachable, ""},
		"an operation nobody knows":    {func(_ *bench, m *envelope.Message) { m.Operation = "delete" }, envelope.Fault, "32003"},
		"a message under a wrong key":  {func(b *bench, _ *envelope.Message) { b.fault.WrongKey = true }, envelope.Undecipherable, "32004"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil)
			require.NoError(t, b.Start(t.Context()))
			b.forget()
			m := b.message(envelope.Reset)
			c.change(b, &m)
			assert.Equal(t, c.verdict, b.send(t, m).Verdict)
			assert.Empty(t, b.writer.calls)
			assert.Equal(t, c.events, strings.Join(b.log(), " "))
		})
	}
}

func TestLifeOfTheService(t *testing.T) {
	b := newBench(t, func(cfg *agent.Config) { cfg.Disabled = true })
	step := func(name, want string, do func() error) {
		t.Helper()
		b.forget()
		require.NoError(t, do(), name)
		assert.Equal(t, want, strings.Join(b.log(), " "), name)
	}
	ctx := t.Context()
	step("starting while disabled", "", func() error { return b.Start(ctx) })
	assert.False(t, b.Running())
	step("enabling", "31017 31018 31004 31005 31015", func() error { return b.Enable(ctx) })
	assert.True(t, b.Running())
	step("enabling again", "", func() error { return b.Enable(ctx) })
	first := b.key(t)
	step("rolling the key over", "31018", func() error { return b.Rollover(ctx) })
	second := b.key(t)
	assert.NotEqual(t, first.ID, second.ID)
	assert.False(t, first.Key.Equal(second.Key), "a new pair, not a new name")
	step("a heartbeat", "31019", func() error { return b.HeartBeat(ctx) })
	step("stopping", "31016", func() error { b.Stop(); return nil })
	_, err := b.relay.Request(ctx, relay.Queue("corp.example", "connect-sync"), envelope.Ping())
	assert.ErrorIs(t, err, relay.ErrNobody)
	step("starting", "31015", func() error { return b.Start(ctx) })
	step("starting again", "", func() error { return b.Start(ctx) })
	step("disabling", "31012 31013 31016", func() error { return b.Disable(ctx) })
	assert.False(t, b.heard[len(b.heard)-1].Enabled, "the cloud is told")
	step("enabling once more", "31017 31018 31004 31005 31015", func() error { return b.Enable(ctx) })
	third := b.key(t)
	assert.NotEqual(t, second.ID, third.ID)
	assert.False(t, second.Key.Equal(third.Key))
}

func TestOldKeyOpensWhatWasSealedBeforeARollover(t *testing.T) {
	b := newBench(t, nil)
	require.NoError(t, b.Start(t.Context()))
	sealed, err := envelope.Seal(b.message(envelope.Reset), []envelope.PublicKey{b.key(t)}, relaySecret)
	require.NoError(t, err)
	require.NoError(t, b.Rollover(t.Context()))
	assert.Equal(t, envelope.Written, b.deliver(t, sealed).Verdict)

	require.NoError(t, b.Disable(t.Context()))
	require.NoError(t, b.Enable(t.Context()))
	m := b.message(envelope.Reset)
	m.ID = "message-2"
	b.forget()
	old := sealed
	assert.Equal(t, envelope.Undecipherable, b.deliver(t, old).Verdict, "disabling throws keys away")
	assert.Equal(t, []string{"32004"}, b.log())
}

func TestListenerErrors(t *testing.T) {
	b := newBench(t, nil)
	require.NoError(t, b.Start(t.Context()))
	b.forget()
	b.relay.Break(errors.New("the remote certificate is invalid"))
	assert.Equal(t, "31034 32002", strings.Join(b.log(), " "))
	assert.Contains(t, b.events[0].Event.Message, "The connection to the connect service was lost.")
	assert.Contains(t, b.events[0].Event.Message, "remote certificate is invalid")
	assert.Error(t, b.HeartBeat(t.Context()))
	b.forget()
	b.relay.Mend()
	assert.Equal(t, "31015", strings.Join(b.log(), " "))
	assert.NotEmpty(t, b.heard, "announces itself to a cloud that may have forgotten it")
}

func TestStartWithoutTheRelay(t *testing.T) {
	b := newBench(t, nil)
	b.relay.Break(errors.New("port 443 is blocked"))
	require.NoError(t, b.Start(t.Context()))
	assert.Equal(t, "ADSync 6306 ADSync 6800 32001 31044", strings.Join(b.log(), " "))
	b.forget()
	b.relay.Mend()
	assert.Equal(t, "31015", strings.Join(b.log(), " "))
	assert.Len(t, b.heard, 1)
}

func TestFaultsOfTime(t *testing.T) {
	b := newBench(t, nil)
	_, err := keys.Key() // not in the bubble: it costs real time
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		require.NoError(t, b.Start(t.Context()))
		sealed, err := envelope.Seal(b.message(envelope.Reset), []envelope.PublicKey{b.key(t)}, relaySecret)
		require.NoError(t, err)

		b.fault = agent.Fault{Delay: 10 * time.Second}
		start := time.Now()
		b.deliver(t, sealed)
		assert.Equal(t, 10*time.Second, time.Since(start))

		b.fault = agent.Fault{LoseAnswer: true}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		_, err = b.relay.Request(ctx, relay.Queue("corp.example", "connect-sync"), sealed.Frame)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Len(t, b.writer.calls, 1, "the answer was lost, not the write")
	})
	b.Stop()
}

func TestWriteIsBounded(t *testing.T) {
	_, err := keys.Key()
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		b.writer.block = func(ctx context.Context) { <-ctx.Done() }
		require.NoError(t, b.Start(t.Context()))
		start := time.Now()
		b.send(t, b.message(envelope.Reset))
		assert.Equal(t, 25*time.Second, time.Since(start))
	})
}

func TestEventsTravelWhenTheAgentKeepsNoLog(t *testing.T) {
	b := newBench(t, func(cfg *agent.Config) { cfg.Log = nil })
	require.NoError(t, b.Start(t.Context()))
	last := b.heard[len(b.heard)-1]
	require.Len(t, last.Events, 1)
	assert.Equal(t, 31015, last.Events[0].Event.ID)
	answer := b.send(t, b.message(envelope.Reset))
	var ids []int
	for _, e := range answer.Events {
		assert.Equal(t, "track-1", e.CorrelationID)
		ids = append(ids, e.Event.ID)
	}
	assert.Equal(t, []int{31001, 405, 403, 405, 31002}, ids)
}

func TestCloudSyncKeepsTracesInstead(t *testing.T) {
	b := newBench(t, func(cfg *agent.Config) { cfg.Kind = envelope.CloudSync })
	require.NoError(t, b.Start(t.Context()))
	sealed, err := envelope.Seal(b.message(envelope.Reset), []envelope.PublicKey{b.key(t)}, relaySecret)
	require.NoError(t, err)
	frame, err := b.relay.Request(t.Context(), relay.Queue("corp.example", "cloud-sync"), sealed.Frame)
	require.NoError(t, err)
	answer, err := sealed.OpenAnswer(frame)
	require.NoError(t, err)
	assert.Equal(t, envelope.Written, answer.Verdict)
	assert.Empty(t, b.log(), "its event numbers are not published")
}

func TestStrangersAreNotHeard(t *testing.T) {
	b := newBench(t, nil)
	require.NoError(t, b.Start(t.Context()))
	b.forget()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := b.relay.Request(ctx, relay.Direct("agent-1"), envelope.Hello{Rollover: true}.Encode(secret.New("guess")))
		done <- err
	}()
	require.Eventually(t, func() bool { return len(b.log()) == 1 }, 5*time.Second, time.Millisecond)
	cancel()
	assert.Error(t, <-done)
	assert.Equal(t, []string{"32003"}, b.log(), "and no new key")
}

func TestConfigurationIsChecked(t *testing.T) {
	for name, c := range map[string]struct {
		cfg  agent.Config
		want string
	}{
		"a kind nobody knows": {agent.Config{Kind: "adfs"}, `"adfs"`},
		"nothing else":        {agent.Config{Kind: envelope.ConnectSync}, "is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := agent.New(c.cfg)
			require.Error(t, err)
			assert.Contains(t, err.Error(), c.want)
		})
	}
}

func TestKeyFileSurvivesARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agent.key")
	first, err := agent.FileKeys{Path: path}.Key()
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	again, err := agent.FileKeys{Path: path}.Key()
	require.NoError(t, err)
	assert.True(t, first.Equal(again))
	next, err := agent.FileKeys{Path: path}.Key(again)
	require.NoError(t, err)
	assert.False(t, first.Equal(next), "a rollover replaces it")
	kept, err := agent.FileKeys{Path: path}.Key()
	require.NoError(t, err)
	assert.True(t, next.Equal(kept))

	require.NoError(t, os.WriteFile(path, []byte("damaged"), 0o600))
	_, err = agent.FileKeys{Path: path}.Key()
	require.ErrorContains(t, err, path)
	assert.ErrorContains(t, err, "remove the file")
}

func TestPoolDealsFewPairs(t *testing.T) {
	first, err := keys.Key()
	require.NoError(t, err)
	again, err := keys.Key()
	require.NoError(t, err)
	assert.Same(t, first, again)
	var other *rsa.PrivateKey
	other, err = keys.Key(first)
	require.NoError(t, err)
	assert.False(t, first.Equal(other))
}

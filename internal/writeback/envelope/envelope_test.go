package envelope_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/writeback/envelope"
)

// testKeys makes two pairs once for the whole package: a pair costs 150 ms.
var testKeys = sync.OnceValue(func() [2]*rsa.PrivateKey {
	var out [2]*rsa.PrivateKey
	for i := range out {
		k, err := rsa.GenerateKey(rand.Reader, envelope.KeyBits)
		if err != nil {
			panic(err)
		}
		out[i] = k
	}
	return out
})

var relaySecret = secret.New("relay-secret-of-the-tenant")

func public(id string, i int) envelope.PublicKey {
	return envelope.PublicKey{ID: id, Key: &testKeys()[i].PublicKey}
}

func holder(held map[string]int) envelope.KeyHolder {
	return func(id string) *rsa.PrivateKey {
		if i, ok := held[id]; ok {
			return testKeys()[i]
		}
		return nil
	}
}

// message draws any message: what it carries is for others to judge.
func message(t *rapid.T) envelope.Message {
	at := time.UnixMilli(rapid.Int64Range(0, 4e12).Draw(t, "sealed")).UTC()
	return envelope.Message{
		ID: rapid.String().Draw(t, "id"), TrackingID: rapid.String().Draw(t, "tracking"), Domain: rapid.String().Draw(t, "domain"),
		Operation:    rapid.SampledFrom([]envelope.Operation{envelope.Reset, envelope.Unlock, envelope.Change, envelope.AdminReset}).Draw(t, "operation"),
		ObjectID:     rapid.String().Draw(t, "object"),
		SourceAnchor: rapid.String().Draw(t, "anchor"), UserPrincipalName: rapid.String().Draw(t, "upn"), ForceChange: rapid.Bool().Draw(t, "force"),
		Sealed: at, Expires: at.Add(5 * time.Minute),
		New: secret.New(rapid.StringN(0, 256, -1).Draw(t, "new")), Current: secret.New(rapid.StringN(0, 256, -1).Draw(t, "current")),
	}
}

func TestWhatIsSealedIsOpened(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := message(t)
		sealed, err := envelope.Seal(m, []envelope.PublicKey{public("a", 0), public("b", 1)}, relaySecret)
		require.NoError(t, err)
		assert.Equal(t, envelope.MessageFrame, envelope.Peek(sealed.Frame))
		for id, i := range map[string]int{"a": 0, "b": 1} {
			opened, err := envelope.Open(sealed.Frame, holder(map[string]int{id: i}), relaySecret)
			require.NoError(t, err)
			assert.Equal(t, id, opened.KeyID)
			assert.Equal(t, m, opened.Message)
		}
	})
}

func TestTamperedFramesAreRefused(t *testing.T) {
	m := envelope.Message{ID: "m1", TrackingID: "t1", Domain: "corp.example", Operation: envelope.Reset, New: secret.New("N3w!Passw0rd"), Expires: time.UnixMilli(1e12)}
	sealed, err := envelope.Seal(m, []envelope.PublicKey{public("a", 0)}, relaySecret)
	require.NoError(t, err)
	opened, err := envelope.Open(sealed.Frame, holder(map[string]int{"a": 0}), relaySecret)
	require.NoError(t, err)
	answer, err := opened.Answer(envelope.Answer{Verdict: envelope.Policy})
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		spoil := func(frame []byte, name string) []byte {
			out := append([]byte(nil), frame...)
			out[rapid.IntRange(0, len(out)-1).Draw(t, name)] ^= byte(rapid.IntRange(1, 255).Draw(t, name+" bits"))
			return out
		}
		_, err := envelope.Open(spoil(sealed.Frame, "message octet"), holder(map[string]int{"a": 0}), relaySecret)
		assert.Error(t, err, "a message with one octet changed")
		_, err = sealed.OpenAnswer(spoil(answer, "answer octet"))
		assert.Error(t, err, "an answer with one octet changed")
		_, err = envelope.Open(sealed.Frame[:rapid.IntRange(0, len(sealed.Frame)-1).Draw(t, "length")], holder(map[string]int{"a": 0}), relaySecret)
		assert.Error(t, err, "a message cut short")
	})
}

func TestOnlyTheRightAgentOpens(t *testing.T) {
	m := envelope.Message{ID: "m1", TrackingID: "t1", Domain: "corp.example", New: secret.New("N3w!Passw0rd")}
	sealed, err := envelope.Seal(m, []envelope.PublicKey{public("a", 0)}, relaySecret)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		held   map[string]int
		secret secret.Text
	}{
		"an agent without keys":                       {nil, relaySecret},
		"an agent with another key":                   {map[string]int{"b": 1}, relaySecret},
		"an agent with another key under the same ID": {map[string]int{"a": 1}, relaySecret},
		"an agent of another tenant":                  {map[string]int{"a": 0}, secret.New("another secret")},
	} {
		t.Run(name, func(t *testing.T) {
			o, err := envelope.Open(sealed.Frame, holder(c.held), c.secret)
			require.ErrorIs(t, err, envelope.ErrNoKey)
			assert.Equal(t, "m1", o.ID, "says which message it was")
			assert.Equal(t, "t1", o.TrackingID)
			assert.True(t, o.New.Empty())
			answer, err := sealed.OpenAnswer(envelope.Refuse(o.ID))
			require.NoError(t, err)
			assert.Equal(t, envelope.Undecipherable, answer.Verdict)
		})
	}
}

func TestAnswersCannotBeInvented(t *testing.T) {
	seal := func(id string) (envelope.Sealed, envelope.Opened) {
		s, err := envelope.Seal(envelope.Message{ID: id}, []envelope.PublicKey{public("a", 0)}, relaySecret)
		require.NoError(t, err)
		o, err := envelope.Open(s.Frame, holder(map[string]int{"a": 0}), relaySecret)
		require.NoError(t, err)
		return s, o
	}
	first, _ := seal("m1")
	again, otherOpened := seal("m1")
	_ = again
	answer, err := otherOpened.Answer(envelope.Answer{Verdict: envelope.Written})
	require.NoError(t, err)
	_, err = first.OpenAnswer(answer)
	assert.ErrorIs(t, err, envelope.ErrNoKey, "the answer to another sealing of the same message")
	_, err = first.OpenAnswer(envelope.Refuse("m2"))
	assert.ErrorIs(t, err, envelope.ErrNoKey, "a refusal of another message")
	_, err = first.OpenAnswer([]byte("SWA1"))
	assert.ErrorIs(t, err, envelope.ErrMalformed)
}

func TestFramesShowNoSecretAndAreSmall(t *testing.T) {
	m := envelope.Message{
		ID: "11111111-2222-4333-8444-555555555555", TrackingID: "66666666-7777-4888-9999-aaaaaaaaaaaa", Domain: "corp.northlight.example", Operation: envelope.Change,
		ObjectID: "b7f1c1de-1111-4222-8333-444455556666", SourceAnchor: "MyIRAFVEd2aImaq7zN3u/w==", UserPrincipalName: "alice.archer@northlight.example",
		Sealed: time.UnixMilli(1.8e12), Expires: time.UnixMilli(1.8e12 + 3e5), New: secret.New("N3w!Passw0rd-of-Alice"), Current: secret.New("0ld!Passw0rd-of-Alice"),
	}
	sealed, err := envelope.Seal(m, []envelope.PublicKey{public("kkkkkkkk-2222-4333-8444-555555555555", 0)}, relaySecret)
	require.NoError(t, err)
	assert.Less(t, len(sealed.Frame), 1024, "a message is under 1 KB")
	for _, s := range []string{"Passw0rd", "alice", relaySecret.Reveal()} {
		assert.NotContains(t, string(sealed.Frame), s)
	}
	text, err := json.Marshal(m)
	require.NoError(t, err)
	assert.NotContains(t, string(text), "Passw0rd")
}

func TestTwoSealingsDiffer(t *testing.T) {
	m := envelope.Message{ID: "m1", New: secret.New("same")}
	a, err := envelope.Seal(m, []envelope.PublicKey{public("a", 0)}, relaySecret)
	require.NoError(t, err)
	b, err := envelope.Seal(m, []envelope.PublicKey{public("a", 0)}, relaySecret)
	require.NoError(t, err)
	assert.NotEqual(t, a.Frame, b.Frame)
	_, err = envelope.Seal(m, nil, relaySecret)
	assert.ErrorContains(t, err, "no agent has announced")
}

func TestAnnouncementsAreVouchedFor(t *testing.T) {
	a := envelope.Announcement{AgentID: "agent-1", Kind: envelope.CloudSync, Domain: "corp.example", Version: "1.1.977.0", Enabled: true, KeyID: "k1"}
	got, err := envelope.ReadAnnouncement(a.Encode(relaySecret), relaySecret)
	require.NoError(t, err)
	assert.Equal(t, a, got)
	_, err = envelope.ReadAnnouncement(a.Encode(secret.New("a stranger's")), relaySecret)
	assert.ErrorIs(t, err, envelope.ErrNoKey)
	_, err = envelope.ReadHello(a.Encode(relaySecret), relaySecret)
	assert.ErrorIs(t, err, envelope.ErrMalformed, "an announcement is no hello")
	h, err := envelope.ReadHello(envelope.Hello{Rollover: true}.Encode(relaySecret), relaySecret)
	require.NoError(t, err)
	assert.True(t, h.Rollover)

	small, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	a.PublicKey = marshal(t, &small.PublicKey)
	_, err = a.Key()
	assert.ErrorContains(t, err, "2048")
	a.PublicKey = []byte("nonsense")
	_, err = a.Key()
	assert.ErrorContains(t, err, "agent-1")
}

func TestRelayTokenIsNotTheSecret(t *testing.T) {
	token := envelope.RelayToken(relaySecret).Reveal()
	assert.NotContains(t, token, relaySecret.Reveal())
	assert.Len(t, token, 48)
	assert.NotEqual(t, token, envelope.RelayToken(secret.New("other")).Reveal())
}

func TestKindsHaveTheirNames(t *testing.T) {
	for text, audit := range map[string]string{"connect-sync": "Microsoft Entra Connect", "cloud-sync": "CloudSync"} {
		k, err := envelope.ParseKind(text)
		require.NoError(t, err)
		assert.Equal(t, audit, k.AuditName())
	}
	_, err := envelope.ParseKind("connect")
	require.Error(t, err)
	assert.True(t, strings.Contains(err.Error(), "connect-sync") && strings.Contains(err.Error(), "cloud-sync"))
}

func FuzzOpenNeverPanics(f *testing.F) {
	sealed, err := envelope.Seal(envelope.Message{ID: "m1", New: secret.New("x")}, []envelope.PublicKey{public("a", 0)}, relaySecret)
	require.NoError(f, err)
	f.Add(sealed.Frame)
	f.Add([]byte("SWM1\x00\x00\x00\x02{}"))
	f.Add([]byte(`SWM1` + "\x00\x00\x00\x22" + `{"id":"x","to":[{"kid":"a","key":[]}]}`))
	f.Add(envelope.Hello{}.Encode(relaySecret))
	f.Add(envelope.Refuse("m1"))
	f.Fuzz(func(t *testing.T, frame []byte) {
		o, err := envelope.Open(frame, holder(map[string]int{"a": 0}), relaySecret)
		if err == nil {
			assert.Equal(t, "m1", o.ID, "only the seed opens")
		}
		_, _ = sealed.OpenAnswer(frame)
		_, _ = envelope.ReadAnnouncement(frame, relaySecret)
		_, _ = envelope.ReadHello(frame, relaySecret)
	})
}

func marshal(t *testing.T, k *rsa.PublicKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(k)
	require.NoError(t, err)
	return der
}

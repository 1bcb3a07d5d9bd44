package envelope

import (
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"fmt"

	"github.com/ssprlab/ssprlab/internal/secret"
)

// An Announcement is what an agent tells the cloud of itself: when writeback is
// enabled or disabled, when it starts, when its key changes, and when asked.
type Announcement struct {
	AgentID   string   `json:"agent"`
	Kind      Kind     `json:"kind"`
	Domain    string   `json:"domain"`
	Version   string   `json:"version"`
	Enabled   bool     `json:"enabled"` // writeback is configured on this agent
	KeyID     string   `json:"kid"`
	PublicKey []byte   `json:"key,omitempty"` // PKIX; absent until somebody needs it, see [Hello]
	Events    []Logged `json:"events,omitempty"`
}

// A Hello asks an agent to announce itself. The answer carries its public key,
// which it makes now if it has none.
type Hello struct {
	Present  bool `json:"present,omitempty"`  // only tell everybody that you are there, without an answer
	Rollover bool `json:"rollover,omitempty"` // make a new pair first: the present one is six months old
	// Outcome asks instead what became of the message of this ID: the answer is
	// the one that was given then, or a pong when the agent never applied it.
	Outcome string `json:"outcome,omitempty"`
}

// Encode authenticates an announcement with the relay secret.
func (a Announcement) Encode(relaySecret secret.Text) []byte {
	return authenticated(magicAnnounce, a, relaySecret)
}

// ReadAnnouncement checks and reads an announcement.
func ReadAnnouncement(frame []byte, relaySecret secret.Text) (a Announcement, err error) {
	return a, readAuthenticated(magicAnnounce, frame, &a, relaySecret)
}

// Key parses the public key; nil when the agent has not made it yet.
func (a Announcement) Key() (*rsa.PublicKey, error) {
	if len(a.PublicKey) == 0 {
		return nil, nil
	}
	k, err := x509.ParsePKIXPublicKey(a.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("reading the public key of agent %s: %w", a.AgentID, err)
	}
	key, ok := k.(*rsa.PublicKey)
	if !ok || key.N.BitLen() < KeyBits {
		return nil, fmt.Errorf("reading the public key of agent %s: want RSA of at least %d bits", a.AgentID, KeyBits)
	}
	return key, nil
}

// Encode authenticates a hello with the relay secret.
func (h Hello) Encode(relaySecret secret.Text) []byte {
	return authenticated(magicHello, h, relaySecret)
}

// ReadHello checks and reads a hello.
func ReadHello(frame []byte, relaySecret secret.Text) (h Hello, err error) {
	return h, readAuthenticated(magicHello, frame, &h, relaySecret)
}

func authenticated(magic []byte, v any, relaySecret secret.Text) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic("envelope: a frame of plain fields always encodes: " + err.Error())
	}
	return join(magic, text, tag(magic, text, relaySecret))
}

func readAuthenticated(magic, frame []byte, v any, relaySecret secret.Text) error {
	text, sum, err := split(magic, frame)
	if err != nil {
		return err
	}
	if !hmac.Equal(sum, tag(magic, text, relaySecret)) {
		return fmt.Errorf("reading a %s frame: it was not written by a holder of the relay secret: %w", magic, ErrNoKey)
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("reading a %s frame: %w", magic, ErrMalformed)
	}
	return nil
}

func tag(magic, text []byte, relaySecret secret.Text) []byte {
	h := hmac.New(sha256.New, derive([]byte("announce"), relaySecret, purposeAnnounce))
	h.Write(magic)
	h.Write(text)
	return h.Sum(nil)
}

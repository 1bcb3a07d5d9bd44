package envelope

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ssprlab/ssprlab/internal/secret"
)

// Algorithms names the two layers for decision records.
const Algorithms = "RSA-2048-OAEP-SHA256 + AES-256-GCM"

// ErrNoKey means that a message was sealed for keys that the agent does not
// hold, or under another relay secret, or was altered on its way: event 32004.
var ErrNoKey = errors.New("cannot decrypt")

// A header travels in clear: what is needed to find the key and to throw away
// a message that is too old. The package is bound to its exact octets.
type header struct {
	ID         string      `json:"id"`
	TrackingID string      `json:"trk"` // so that an agent that cannot decrypt can say which request it was
	Domain     string      `json:"dom"`
	Expires    int64       `json:"exp"` // Unix milliseconds
	Recipients []recipient `json:"to"`
}

// A recipient is one agent that may open the message.
type recipient struct {
	KeyID  string   `json:"kid"`
	Blocks [][]byte `json:"key"` // RSA-OAEP; one, unless the password is very long
}

// A body is the package: everything but the passwords, which are in the blocks.
type body struct {
	Operation    Operation `json:"op"`
	ObjectID     string    `json:"oid"`
	SourceAnchor string    `json:"src"`
	UPN          string    `json:"upn"`
	ForceChange  bool      `json:"force,omitempty"`
	Sealed       int64     `json:"at"` // Unix milliseconds
}

// A Sealed is a message ready to send, and what is needed to read its answer.
type Sealed struct {
	Frame  []byte
	KeyIDs []string // of the agents that can open it
	id     string
	answer []byte
}

// Seal closes m for every agent in to. Agents of one domain share a queue, so
// whichever takes the message must be able to open it. It fails when to is
// empty or a key is too small.
func Seal(m Message, to []PublicKey, relaySecret secret.Text) (Sealed, error) {
	if len(to) == 0 {
		return Sealed{}, errors.New("sealing a message: no agent has announced a public key")
	}
	material := make([]byte, 32)
	if _, err := rand.Read(material); err != nil {
		return Sealed{}, fmt.Errorf("sealing a message: %w", err)
	}
	h := header{ID: m.ID, TrackingID: m.TrackingID, Domain: m.Domain, Expires: m.Expires.UnixMilli()}
	s := Sealed{id: m.ID, answer: derive(material, relaySecret, purposeAnswer)}
	for _, k := range to {
		blocks, err := encryptSecrets(k.Key, material, m.New, m.Current)
		if err != nil {
			return Sealed{}, fmt.Errorf("sealing a message for key %s: %w", k.ID, err)
		}
		h.Recipients = append(h.Recipients, recipient{k.ID, blocks})
		s.KeyIDs = append(s.KeyIDs, k.ID)
	}
	head, err := json.Marshal(h)
	if err != nil {
		return Sealed{}, fmt.Errorf("sealing a message: %w", err)
	}
	inside, err := json.Marshal(body{m.Operation, m.ObjectID, m.SourceAnchor, m.UserPrincipalName, m.ForceChange, m.Sealed.UnixMilli()})
	if err != nil {
		return Sealed{}, fmt.Errorf("sealing a message: %w", err)
	}
	s.Frame = join(magicMessage, head, sealGCM(derive(material, relaySecret, purposePackage), inside, head))
	return s, nil
}

// An Opened is a message as the agent sees it, and what is needed to answer.
type Opened struct {
	Message
	KeyID  string
	answer []byte
}

// A KeyHolder finds the private key of an ID; nil when it has none.
type KeyHolder func(keyID string) *rsa.PrivateKey

// Open reads a message. Errors: [ErrMalformed] for a frame that is none, and
// [ErrNoKey] for one that this agent cannot decrypt. ID, tracking ID,
// domain and expiry of the header are returned with both, when they could be
// read; nothing vouches for them then.
func Open(frame []byte, keys KeyHolder, relaySecret secret.Text) (Opened, error) {
	head, tail, err := split(magicMessage, frame)
	if err != nil {
		return Opened{}, err
	}
	var h header
	if err := json.Unmarshal(head, &h); err != nil {
		return Opened{}, fmt.Errorf("reading a message's header: %w", ErrMalformed)
	}
	o := Opened{Message: Message{ID: h.ID, TrackingID: h.TrackingID, Domain: h.Domain, Expires: time.UnixMilli(h.Expires).UTC()}}
	for _, r := range h.Recipients {
		key := keys(r.KeyID)
		if key == nil {
			continue
		}
		material, newPassword, current, err := decryptSecrets(key, r.Blocks)
		if err != nil {
			return o, fmt.Errorf("opening message %q with key %s: %w", h.ID, r.KeyID, ErrNoKey)
		}
		inside, err := openGCM(derive(material, relaySecret, purposePackage), tail, head)
		if err != nil {
			return o, fmt.Errorf("opening message %q: %w", h.ID, ErrNoKey)
		}
		var b body
		if err := json.Unmarshal(inside, &b); err != nil {
			return o, fmt.Errorf("reading message %q: %w", h.ID, ErrMalformed)
		}
		o.KeyID, o.answer = r.KeyID, derive(material, relaySecret, purposeAnswer)
		o.Operation, o.ObjectID, o.SourceAnchor = b.Operation, b.ObjectID, b.SourceAnchor
		o.UserPrincipalName, o.ForceChange, o.Sealed = b.UPN, b.ForceChange, time.UnixMilli(b.Sealed).UTC()
		o.New, o.Current = newPassword, current
		return o, nil
	}
	return o, fmt.Errorf("opening message %q: sealed for keys this agent does not hold: %w", h.ID, ErrNoKey)
}

// Answer seals what became of the message so that only its sender reads it.
func (o Opened) Answer(a Answer) ([]byte, error) {
	a.MessageID = o.ID
	inside, err := json.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("answering message %s: %w", o.ID, err)
	}
	return join(magicAnswer, []byte(o.ID), sealGCM(o.answer, inside, []byte(o.ID))), nil
}

// Refuse is the answer of an agent that could not open a message. Without the
// key of the package it cannot be sealed, so it says nothing but "no".
func Refuse(messageID string) []byte { return join(magicRefusal, []byte(messageID), nil) }

// OpenAnswer reads the answer to s. An [ErrNoKey] means that somebody else
// wrote it, or that it answers another message.
func (s Sealed) OpenAnswer(frame []byte) (Answer, error) {
	if id, _, err := split(magicRefusal, frame); err == nil {
		if string(id) != s.id {
			return Answer{}, fmt.Errorf("reading the answer to message %s: it answers another: %w", s.id, ErrNoKey)
		}
		return Answer{MessageID: s.id, Verdict: Undecipherable}, nil
	}
	id, tail, err := split(magicAnswer, frame)
	if err != nil {
		return Answer{}, err
	}
	inside, err := openGCM(s.answer, tail, id)
	if err != nil {
		return Answer{}, fmt.Errorf("reading the answer to message %s: %w", s.id, ErrNoKey)
	}
	var a Answer
	if err := json.Unmarshal(inside, &a); err != nil || a.MessageID != s.id {
		return Answer{}, fmt.Errorf("reading the answer to message %s: %w", s.id, ErrMalformed)
	}
	return a, nil
}

// encryptSecrets puts the material and the passwords under RSA-OAEP. A block
// holds 190 octets: 32 of material and passwords of 156 octets together.
func encryptSecrets(key *rsa.PublicKey, material []byte, newPassword, current secret.Text) ([][]byte, error) {
	plain := append([]byte(nil), material...)
	for _, s := range []secret.Text{newPassword, current} {
		plain = binary.AppendUvarint(plain, uint64(len(s.Reveal())))
		plain = append(plain, s.Reveal()...)
	}
	room := key.Size() - 2*sha256.Size - 2
	if room <= 0 {
		return nil, fmt.Errorf("a key of %d bits is too small: use %d", key.N.BitLen(), KeyBits)
	}
	var blocks [][]byte
	for len(plain) > 0 {
		n := min(room, len(plain))
		block, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, key, plain[:n], nil)
		if err != nil {
			return nil, err
		}
		blocks, plain = append(blocks, block), plain[n:]
	}
	return blocks, nil
}

// maxBlocks bounds the work that one message can ask of an agent: 12 blocks
// hold two passwords of 256 characters of four octets each.
const maxBlocks = 12

func decryptSecrets(key *rsa.PrivateKey, blocks [][]byte) (material []byte, newPassword, current secret.Text, err error) {
	if len(blocks) > maxBlocks {
		return nil, secret.Text{}, secret.Text{}, ErrMalformed
	}
	var plain []byte
	for _, b := range blocks {
		part, err := rsa.DecryptOAEP(sha256.New(), nil, key, b, nil)
		if err != nil {
			return nil, secret.Text{}, secret.Text{}, err
		}
		plain = append(plain, part...)
	}
	if len(plain) < 32 {
		return nil, secret.Text{}, secret.Text{}, ErrMalformed
	}
	material, plain = plain[:32], plain[32:]
	var out [2]secret.Text
	for i := range out {
		n, width := binary.Uvarint(plain)
		if width <= 0 || n > uint64(len(plain)-width) {
			return nil, secret.Text{}, secret.Text{}, ErrMalformed
		}
		out[i] = secret.New(string(plain[width : width+int(n)]))
		plain = plain[width+int(n):]
	}
	return material, out[0], out[1], nil
}

// sealGCM puts a fresh 96-bit nonce in front of the ciphertext.
func sealGCM(key, plain, bound []byte) []byte { return gcm(key).Seal(nil, nil, plain, bound) }

func openGCM(key, sealed, bound []byte) ([]byte, error) {
	return gcm(key).Open(nil, nil, sealed, bound)
}

func gcm(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("envelope: a derived key has 32 octets: " + err.Error())
	}
	a, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("envelope: AES has blocks of 16 octets: " + err.Error())
	}
	return a
}

func hexOf(b []byte) string { return hex.EncodeToString(b) }

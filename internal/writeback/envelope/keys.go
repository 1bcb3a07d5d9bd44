package envelope

import (
	"crypto/hkdf"
	"crypto/rsa"
	"crypto/sha256"

	"github.com/ssprlab/ssprlab/internal/secret"
)

// KeyBits is the size of an agent's RSA key.
const KeyBits = 2048

// A PublicKey is the key of one agent, as the cloud side knows it.
type PublicKey struct {
	ID  string
	Key *rsa.PublicKey
}

// The purposes of keys derived from one secret, so that no two uses share one.
const (
	purposePackage  = "ssprlab writeback package"
	purposeAnswer   = "ssprlab writeback answer"
	purposeAnnounce = "ssprlab writeback announcement"
	purposeRelay    = "ssprlab writeback relay token"
)

// derive makes a 256-bit key for one purpose.
func derive(material []byte, relaySecret secret.Text, purpose string) []byte {
	key, err := hkdf.Key(sha256.New, material, []byte(relaySecret.Reveal()), purpose, 32)
	if err != nil {
		panic("envelope: deriving 32 octets cannot fail: " + err.Error())
	}
	return key
}

// RelayToken is what an agent shows a relay to be let in. It is derived from
// the relay secret, which itself never reaches the relay.
func RelayToken(relaySecret secret.Text) secret.Text {
	return secret.New(hexOf(derive([]byte("token"), relaySecret, purposeRelay)[:24]))
}

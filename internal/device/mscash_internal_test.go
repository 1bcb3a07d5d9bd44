package device

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ssprlab/ssprlab/internal/secret"
)

// The example of mode 2100 (Domain Cached Credentials 2) of hashcat, whose
// examples all hold the password "hashcat": an implementation that is not ours.
func TestVerifierIsMSCacheVersion2(t *testing.T) {
	v := newVerifier("tom", secret.New("hashcat"))
	assert.Equal(t, "e4e938d12fe5974dc42a90120bd9c90f", hex.EncodeToString(v[:]))
	assert.True(t, v.matches("TOM", secret.New("hashcat")), "the name is folded")
	assert.False(t, v.matches("tom", secret.New("Hashcat")))
	assert.False(t, v.matches("tim", secret.New("hashcat")), "the name is the salt")
}

func BenchmarkVerifier(b *testing.B) {
	for b.Loop() {
		newVerifier("tom", secret.New("hashcat"))
	}
}

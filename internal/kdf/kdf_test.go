package kdf_test

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ssprlab/ssprlab/internal/kdf"
)

// RFC 7914 11 has vectors for PBKDF2-HMAC-SHA256.
func TestKeysAreThoseOfTheRFC(t *testing.T) {
	before := kdf.Work()
	key := kdf.SHA256("passwd", []byte("salt"), 1, 64)
	assert.Equal(t, "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"+
		"49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783", hex.EncodeToString(key))
	assert.EqualValues(t, 1, kdf.Work()-before)
}

func TestWorkCountsIterations(t *testing.T) {
	before := kdf.Work()
	kdf.SHA256("Password", []byte("NaCl"), 300, 16)
	kdf.SHA256("Password", []byte("NaCl"), 7, 16)
	assert.EqualValues(t, 307, kdf.Work()-before)
	assert.Panics(t, func() { kdf.SHA256("Password", nil, 1, -1) })
}

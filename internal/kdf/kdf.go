package kdf

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"sync/atomic"
)

var work atomic.Uint64

// SHA256 is PBKDF2 with HMAC-SHA256 (RFC 8018 5.2). It panics for lengths that
// PBKDF2 does not know, which no caller passes.
func SHA256(secret string, salt []byte, iterations, size int) []byte {
	work.Add(uint64(iterations)) //nolint:gosec // positive: PBKDF2 refuses other numbers below
	key, err := pbkdf2.Key(sha256.New, secret, salt, iterations, size)
	if err != nil {
		panic("kdf: PBKDF2: " + err.Error())
	}
	return key
}

// Work is how many iterations this process has done.
func Work() uint64 { return work.Load() }

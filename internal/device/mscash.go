package device

import (
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/subtle"
	"strings"
	"sync"
	"unicode/utf16"

	"golang.org/x/crypto/md4" //nolint:staticcheck // deprecated, and what Windows uses

	"github.com/ssprlab/ssprlab/internal/secret"
)

// cacheRounds is the default NL$IterationCount of Windows Vista and later:
// 10 times 1024.
const cacheRounds = 10240

// A verifier is what a workstation keeps of a password: MS-Cache version 2,
// PBKDF2 with HMAC-SHA-1 over MD4(NT hash, user name), salted with the user
// name. The password cannot be read back.
type verifier [16]byte

func newVerifier(samAccountName string, password secret.Text) verifier {
	return lazyVerifier(samAccountName, password)()
}

// lazyVerifier derives the verifier when it is first asked for: the rounds take
// milliseconds, and most accounts never sign in off the network. Until then it
// holds a hash, never the password.
func lazyVerifier(samAccountName string, password secret.Text) func() verifier {
	name := utf16LE(strings.ToLower(samAccountName))
	inner := string(md4Sum(append(md4Sum(utf16LE(password.Reveal())), name...)))
	return sync.OnceValue(func() verifier {
		key, err := pbkdf2.Key(sha1.New, inner, name, cacheRounds, len(verifier{}))
		if err != nil {
			panic("device: deriving a cache verifier: " + err.Error()) // lengths are fixed
		}
		return verifier(key)
	})
}

// matches takes the same time whether the password fits or not.
func (v verifier) matches(samAccountName string, password secret.Text) bool {
	w := newVerifier(samAccountName, password)
	return subtle.ConstantTimeCompare(v[:], w[:]) == 1
}

func md4Sum(b []byte) []byte {
	h := md4.New()
	h.Write(b)
	return h.Sum(nil)
}

func utf16LE(s string) []byte {
	units := utf16.Encode([]rune(s))
	b := make([]byte, 0, 2*len(units))
	for _, u := range units {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

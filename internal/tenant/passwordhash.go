package tenant

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/crypto/bcrypt"

	"github.com/ssprlab/ssprlab/internal/secret"
)

// The forms of a password hash in a seed: the scheme, a colon and the hash.
const (
	schemeSHA256 = "sha256" // unsalted, in hexadecimal digits
	schemeBcrypt = "bcrypt" // as bcrypt writes it, $2a$, $2b$ or $2y$
)

// maxBcryptCost keeps one sign-in below two seconds of processor time.
const maxBcryptCost = 14

// badPasswordHash says what is wrong with a password hash, never the hash.
func badPasswordHash(h secret.Text) string {
	if h.Empty() {
		return ""
	}
	scheme, hash, _ := strings.Cut(h.Reveal(), ":")
	switch scheme {
	case schemeSHA256:
		if sum, err := hex.DecodeString(hash); err != nil || len(sum) != sha256.Size {
			return "is no SHA-256 hash: write sha256: and 64 hexadecimal digits"
		}
	case schemeBcrypt:
		cost, err := bcrypt.Cost([]byte(hash))
		if err != nil {
			return "is no bcrypt hash: write bcrypt: and the 60 characters from $2 on"
		}
		if cost > maxBcryptCost {
			return fmt.Sprintf("has the bcrypt cost %d: at most %d can be checked in reasonable time, hash the password anew", cost, maxBcryptCost)
		}
	default:
		return "has an unknown scheme: write sha256:HEX or bcrypt:$2b$…"
	}
	return ""
}

// MatchesHash reports whether a hash of a seed, which [ParseSeed] accepted, is
// that of the password.
func MatchesHash(h, password secret.Text) bool {
	scheme, hash, _ := strings.Cut(h.Reveal(), ":")
	if scheme == schemeBcrypt {
		return bcrypt.CompareHashAndPassword([]byte(hash), []byte(password.Reveal())) == nil
	}
	sum := sha256.Sum256([]byte(password.Reveal()))
	return subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum[:])), []byte(strings.ToLower(hash))) == 1
}

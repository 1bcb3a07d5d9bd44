package tenant

import (
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"

	"golang.org/x/crypto/md4" //nolint:staticcheck // the NT hash is MD4 by definition (MS-NLMP 3.3.1)

	"github.com/ssprlab/ssprlab/internal/kdf"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// The parameters of a cloud credential ("How password hash synchronization
// works", Microsoft Learn).
const (
	credentialSalt       = 10 // octets
	credentialIterations = 1000
	credentialSize       = 32 // octets
)

// A Credential is a password as the cloud keeps it: PBKDF2-HMAC-SHA256 over the
// hexadecimal form of its NT hash, the same for passwords set in the cloud and
// for hashes synchronised from AD. The zero value matches nothing.
//
// A credential made of a seed file's password is hashed when it is first asked
// for: a lab with many people starts at once.
type Credential struct {
	form  string // "v1;PPH1_MD4,<salt hex>,<iterations>,<hash hex>;"
	salt  string // with plain, while not hashed
	plain secret.Text
}

// NewCredential makes the credential of a password, with a salt from r.
func NewCredential(password secret.Text, salt io.Reader) (Credential, error) {
	return CredentialOfHash(NTHash(password), salt)
}

// CredentialOfHash makes the credential of a password that is only known by its
// NT hash: password hash synchronisation.
func CredentialOfHash(ntHash [16]byte, salt io.Reader) (Credential, error) {
	s := make([]byte, credentialSalt)
	if _, err := io.ReadFull(salt, s); err != nil {
		return Credential{}, fmt.Errorf("drawing the salt of a credential: %w", err)
	}
	return Credential{form: hashForm(ntHash, s, credentialIterations)}, nil
}

// seededCredential keeps the password of a seed file until it is hashed.
func seededCredential(password secret.Text, salt []byte) Credential {
	return Credential{plain: password, salt: string(salt)}
}

// Empty reports whether no password was ever set.
func (c Credential) Empty() bool { return c.form == "" && c.plain.Empty() }

// Matches reports whether password is the one of this credential. The time
// taken does not tell how close it came.
func (c Credential) Matches(password secret.Text) bool { return c.MatchesHash(NTHash(password)) }

// MatchesHash reports whether ntHash is the NT hash of this credential. It costs
// the same for every credential, one that holds no password included.
func (c Credential) MatchesHash(ntHash [16]byte) bool {
	if c.form == "" {
		// A seeded password is compared as it is, and no password at all with
		// nothing, in the time that a hashed one takes.
		hashForm(ntHash, []byte(c.salt), credentialIterations)
		own := NTHash(c.plain)
		return !c.plain.Empty() && subtle.ConstantTimeCompare(own[:], ntHash[:]) == 1
	}
	salt, iterations, ok := parseForm(c.form)
	if !ok {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(hashForm(ntHash, salt, iterations)), []byte(c.form)) == 1
}

// Reveal returns the transmitted form, "v1;PPH1_MD4,<salt>,<iterations>,<hash>;".
// It is no password, yet enough to guess one: it goes into snapshots only.
func (c Credential) Reveal() string {
	if c.form == "" && !c.plain.Empty() {
		return hashForm(NTHash(c.plain), []byte(c.salt), credentialIterations)
	}
	return c.form
}

// UnmarshalText takes the transmitted form.
func (c *Credential) UnmarshalText(text []byte) error {
	if _, _, ok := parseForm(string(text)); !ok && len(text) > 0 {
		return fmt.Errorf("no credential of the form v1;PPH1_MD4,<salt hex>,<iterations>,<hash hex>;")
	}
	*c = Credential{form: string(text)}
	return nil
}

// MarshalText gives [secret.Redacted]; Format and LogValue do, too, so that no
// print shows a credential.
func (c Credential) MarshalText() ([]byte, error) { return []byte(secret.Redacted), nil }

// Format writes [secret.Redacted] for every verb.
func (c Credential) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, secret.Redacted) }

// LogValue returns [secret.Redacted] to package slog.
func (c Credential) LogValue() slog.Value { return slog.StringValue(secret.Redacted) }

// NTHash is MD4 over the UTF-16LE form of a password (MS-NLMP 3.3.1, NTOWFv1).
func NTHash(password secret.Text) [16]byte {
	h := md4.New()
	h.Write(utf16le(password.Reveal()))
	return [16]byte(h.Sum(nil))
}

func utf16le(s string) []byte {
	var b []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return b
}

// hashForm is steps 3 to 6 of the published sequence: the hash as 32 upper-case
// hexadecimal characters in UTF-16LE, through PBKDF2.
func hashForm(ntHash [16]byte, salt []byte, iterations int) string {
	input := utf16le(strings.ToUpper(hex.EncodeToString(ntHash[:])))
	return fmt.Sprintf("v1;PPH1_MD4,%x,%d,%x;", salt, iterations, kdf.SHA256(string(input), salt, iterations, credentialSize))
}

var credentialForm = regexp.MustCompile(`^v1;PPH1_MD4,([0-9a-f]{20}),([0-9]{1,6}),([0-9a-f]{64});$`)

func parseForm(form string) (salt []byte, iterations int, ok bool) {
	m := credentialForm.FindStringSubmatch(form)
	if m == nil {
		return nil, 0, false
	}
	salt, _ = hex.DecodeString(m[1])
	iterations, _ = strconv.Atoi(m[2])
	return salt, iterations, iterations > 0
}

package ldapwriter

import (
	"encoding/binary"
	"unicode/utf16"

	"github.com/ssprlab/ssprlab/internal/secret"
)

// unicodePwd encodes a password for the attribute of that name: in double
// quotes, UTF-16 little-endian (MS-ADTS 3.1.1.3.1.5). go-ldap takes octet
// strings as Go strings.
func unicodePwd(password secret.Text) string {
	units := utf16.Encode([]rune(`"` + password.Reveal() + `"`))
	out := make([]byte, 0, 2*len(units))
	for _, u := range units {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return string(out)
}

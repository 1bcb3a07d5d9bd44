package domain

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"unicode/utf16"

	"golang.org/x/crypto/md4" //nolint:staticcheck // the NT hash is MD4 (MS-NLMP 3.3.1), there is no choice
)

const redacted = "[redacted]"

// A Clear is a clear-text password as a domain controller sees it: UTF-16
// units, possibly not valid Unicode. The zero value is the empty password. It
// does not print.
type Clear struct{ units []uint16 }

// ClearText converts text.
func ClearText(text string) Clear { return Clear{utf16.Encode([]rune(text))} }

// ClearFromUTF16LE reads octets of UTF-16LE without quotes. An odd number of
// octets is an error.
func ClearFromUTF16LE(b []byte) (Clear, error) {
	if len(b)%2 != 0 {
		return Clear{}, fmt.Errorf("reading password: %d octets, UTF-16 has an even number", len(b))
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return Clear{units}, nil
}

// errQuotes says what a value of unicodePwd must look like.
var errQuotes = errors.New("reading unicodePwd: want UTF-16LE text between double quotes (MS-ADTS 3.1.1.3.1.5.1)")

// ParseUnicodePwd reads a value of unicodePwd: UTF-16LE in double quotes.
// Quotes inside belong to the password.
func ParseUnicodePwd(value []byte) (Clear, error) {
	c, err := ClearFromUTF16LE(value)
	if err != nil {
		return Clear{}, err
	}
	n := len(c.units)
	if n < 2 || c.units[0] != '"' || c.units[n-1] != '"' {
		return Clear{}, errQuotes
	}
	return Clear{c.units[1 : n-1]}, nil
}

// Len counts UTF-16 units, as the length rules of Windows do.
func (c Clear) Len() int { return len(c.units) }

// Characters counts code points, as the length rule of Samba does.
func (c Clear) Characters() int { return len(utf16.Decode(c.units)) }

// Text returns the password itself, with U+FFFD for what is not Unicode.
func (c Clear) Text() string { return string(utf16.Decode(c.units)) }

// Equal reports whether both are the same password.
func (c Clear) Equal(other Clear) bool { return slices.Equal(c.units, other.units) }

// NTHash returns MD4 of the UTF-16LE octets.
func (c Clear) NTHash() NTHash {
	b := make([]byte, 0, 2*len(c.units))
	for _, u := range c.units {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	h := md4.New()
	h.Write(b)
	var out NTHash
	h.Sum(out[:0])
	return out
}

// String, Format, LogValue and MarshalText keep the password out of logs.
func (c Clear) String() string { return redacted }

// Format implements fmt.Formatter.
func (c Clear) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) }

// LogValue implements slog.LogValuer.
func (c Clear) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements encoding.TextMarshaler.
func (c Clear) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// NTHash is MD4 of the UTF-16LE password. It is as good as the password and
// does not print.
type NTHash [16]byte

// String returns a placeholder.
func (h NTHash) String() string { return redacted }

// Format implements fmt.Formatter.
func (h NTHash) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) }

// LogValue implements slog.LogValuer.
func (h NTHash) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements encoding.TextMarshaler.
func (h NTHash) MarshalText() ([]byte, error) { return []byte(redacted), nil }

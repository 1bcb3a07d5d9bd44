package security

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
)

// A GUID is a globally unique identifier in the order of the wire: the first
// three fields are little-endian, the last two as written (MS-DTYP 2.3.4.2).
// The zero GUID stands for "none".
type GUID [16]byte

// ParseGUID reads the dashed form, with or without braces, in any case, or the
// 32 hexadecimal digits of the sixteen octets of the wire.
func ParseGUID(text string) (GUID, error) {
	bare := text
	if strings.HasPrefix(bare, "{") && strings.HasSuffix(bare, "}") && len(bare) == 38 {
		bare = bare[1:37]
	}
	switch len(bare) {
	case 32:
		return parseWireGUID(bare)
	case 36:
		return parseDashedGUID(bare)
	}
	return GUID{}, fmt.Errorf("parsing GUID %q: %d characters, want 36 dashed, 38 in braces or 32 hexadecimal digits", text, len(text))
}

func parseWireGUID(text string) (g GUID, err error) {
	if _, err := hex.Decode(g[:], []byte(text)); err != nil {
		return GUID{}, fmt.Errorf("parsing GUID %q: %w", text, err)
	}
	return g, nil
}

func parseDashedGUID(text string) (g GUID, err error) {
	if text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return GUID{}, fmt.Errorf("parsing GUID %q: dashes must follow 8, 4, 4 and 4 digits", text)
	}
	var digits [32]byte
	n := copy(digits[:], text[:8])
	n += copy(digits[n:], text[9:13])
	n += copy(digits[n:], text[14:18])
	n += copy(digits[n:], text[19:23])
	copy(digits[n:], text[24:])
	var b [16]byte
	if _, err := hex.Decode(b[:], digits[:]); err != nil {
		return GUID{}, fmt.Errorf("parsing GUID %q: %w", text, err)
	}
	return swapGUID(b), nil
}

// swapGUID turns the order of the text into the order of the wire and back.
func swapGUID(b [16]byte) (g GUID) {
	binary.LittleEndian.PutUint32(g[0:], binary.BigEndian.Uint32(b[0:]))
	binary.LittleEndian.PutUint16(g[4:], binary.BigEndian.Uint16(b[4:]))
	binary.LittleEndian.PutUint16(g[6:], binary.BigEndian.Uint16(b[6:]))
	copy(g[8:], b[8:])
	return g
}

// MustGUID is ParseGUID for constants of a program; it panics on bad text.
func MustGUID(text string) GUID {
	g, err := ParseGUID(text)
	if err != nil {
		panic(err)
	}
	return g
}

// String returns the dashed form in lower case, without braces.
func (g GUID) String() string {
	b := swapGUID(g)
	var out [36]byte
	hex.Encode(out[0:8], b[0:4])
	hex.Encode(out[9:13], b[4:6])
	hex.Encode(out[14:18], b[6:8])
	hex.Encode(out[19:23], b[8:10])
	hex.Encode(out[24:], b[10:])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}

// IsZero reports whether g is "none".
func (g GUID) IsZero() bool { return g == GUID{} }

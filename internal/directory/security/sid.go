package security

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// A SID is a security identifier in its binary form (MS-DTYP 2.4.2.2):
// revision, count, six octets of authority (big-endian), then the
// sub-authorities (little-endian). It can be compared and can be the key of a
// map. The empty SID means "none"; every other is well formed when it comes
// from [ParseSID], [SIDFromBytes] or a method of a well-formed SID.
type SID string

const (
	maxSubAuthorities = 15
	sidHeader         = 8
)

// NewSID builds a SID of revision 1. It panics on more than 15
// sub-authorities or an authority over 48 bits.
func NewSID(authority uint64, sub ...uint32) SID {
	if len(sub) > maxSubAuthorities || authority >= 1<<48 {
		panic(fmt.Sprintf("making SID: authority %#x with %d sub-authorities, at most 48 bits and %d", authority, len(sub), maxSubAuthorities))
	}
	b := make([]byte, sidHeader, sidHeader+4*len(sub))
	binary.BigEndian.PutUint64(b, authority)
	b[0], b[1] = 1, byte(len(sub))
	for _, s := range sub {
		b = binary.LittleEndian.AppendUint32(b, s)
	}
	return SID(b)
}

// ParseSID reads the text form S-1-5-21-… of MS-DTYP 2.4.2.1. Authorities over
// 32 bits are written in hexadecimal there; both spellings are read.
func ParseSID(text string) (SID, error) {
	parts := strings.Split(text, "-")
	if len(parts) < 3 || !strings.EqualFold(parts[0], "S") || parts[1] != "1" {
		return "", fmt.Errorf("parsing SID %q: want S-1-<authority>-<number>…", text)
	}
	if len(parts)-3 > maxSubAuthorities {
		return "", fmt.Errorf("parsing SID %q: %d sub-authorities, at most %d", text, len(parts)-3, maxSubAuthorities)
	}
	authority, err := strconv.ParseUint(parts[2], sidBase(parts[2]), 48)
	if err != nil {
		return "", fmt.Errorf("parsing SID %q: authority: %w", text, err)
	}
	sub := make([]uint32, 0, maxSubAuthorities)
	for _, p := range parts[3:] {
		n, err := strconv.ParseUint(p, 10, 32)
		if err != nil {
			return "", fmt.Errorf("parsing SID %q: sub-authority: %w", text, err)
		}
		sub = append(sub, uint32(n))
	}
	return NewSID(authority, sub...), nil
}

// sidBase is 0 (a prefix decides) for hexadecimal text, so that neither octal
// nor underscores slip in with decimal text.
func sidBase(text string) int {
	if len(text) == 14 && (text[:2] == "0x" || text[:2] == "0X") && !strings.Contains(text, "_") {
		return 0
	}
	return 10
}

// MustSID is ParseSID for constants of a program; it panics on bad text.
func MustSID(text string) SID {
	s, err := ParseSID(text)
	if err != nil {
		panic(err)
	}
	return s
}

// SIDFromBytes reads a whole binary SID: nothing may be missing or follow.
func SIDFromBytes(b []byte) (SID, error) {
	s, rest, err := cutSID(b)
	if err != nil {
		return "", err
	}
	if len(rest) != 0 {
		return "", fmt.Errorf("reading SID: %d octets follow its end", len(rest))
	}
	return s, nil
}

// cutSID reads a SID at the start of b.
func cutSID(b []byte) (s SID, rest []byte, err error) {
	if len(b) < sidHeader {
		return "", nil, fmt.Errorf("reading SID: %d octets, at least %d", len(b), sidHeader)
	}
	if b[0] != 1 {
		return "", nil, fmt.Errorf("reading SID: revision %d, want 1", b[0])
	}
	if b[1] > maxSubAuthorities {
		return "", nil, fmt.Errorf("reading SID: %d sub-authorities, at most %d", b[1], maxSubAuthorities)
	}
	n := sidHeader + 4*int(b[1])
	if len(b) < n {
		return "", nil, fmt.Errorf("reading SID: %d octets, its %d sub-authorities need %d", len(b), b[1], n)
	}
	return SID(b[:n]), b[n:], nil
}

// Bytes returns the binary form in a slice of its own.
func (s SID) Bytes() []byte { return []byte(s) }

// String returns the text form, or "" for none.
func (s SID) String() string {
	if len(s) < sidHeader {
		return ""
	}
	var authority uint64
	for i := 2; i < sidHeader; i++ {
		authority = authority<<8 | uint64(s[i])
	}
	out := make([]byte, 0, 64)
	out = append(out, "S-1-"...)
	if authority >= 1<<32 {
		out = fmt.Appendf(out, "0x%012x", authority)
	} else {
		out = strconv.AppendUint(out, authority, 10)
	}
	for i := sidHeader; i+4 <= len(s); i += 4 {
		out = append(out, '-')
		out = strconv.AppendUint(out, uint64(s.word(i)), 10)
	}
	return string(out)
}

func (s SID) word(at int) uint32 {
	return uint32(s[at]) | uint32(s[at+1])<<8 | uint32(s[at+2])<<16 | uint32(s[at+3])<<24
}

// RID returns the last sub-authority, or 0 when there is none.
func (s SID) RID() uint32 {
	if len(s) < sidHeader+4 {
		return 0
	}
	return s.word(len(s) - 4)
}

// Domain returns the SID without its last sub-authority: for an account, the
// SID of its domain.
func (s SID) Domain() SID {
	if len(s) < sidHeader+4 {
		return ""
	}
	b := []byte(s[:len(s)-4])
	b[1]--
	return SID(b)
}

// WithRID returns the SID of the account rid of domain s. It panics when s is
// none or already has 15 sub-authorities.
func (s SID) WithRID(rid uint32) SID {
	if len(s) < sidHeader || s[1] >= maxSubAuthorities {
		panic(fmt.Sprintf("adding RID %d to SID %q: no room or no SID", rid, s.String()))
	}
	b := binary.LittleEndian.AppendUint32([]byte(s), rid)
	b[1]++
	return SID(b)
}

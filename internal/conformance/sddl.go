package conformance

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// guids are the names that exchanges use in place of the GUIDs of rights,
// property sets, attributes and classes (MS-ADTS 5.1.3.2.1, schema).
var guids = map[string]string{
	"Reset-Password":            "00299570-246d-11d0-a768-00aa006e0529",
	"Change-Password":           "ab721a53-1e2f-11d0-9819-00aa0040529b",
	"Unexpire-Password":         "ccc2dc7d-a6ad-4a7a-8846-c04e3cc53501",
	"User-Account-Restrictions": "4c164200-20c0-11d0-a768-00aa006e0529",
	"lockoutTime":               "28630ebf-41d5-11d1-a9c1-0000f80367c1",
	"pwdLastSet":                "bf967a0a-0de6-11d0-a285-00aa003049e2",
	"unicodePwd":                "bf9679e1-0de6-11d0-a285-00aa003049e2",
	"userAccountControl":        "bf967a68-0de6-11d0-a285-00aa003049e2",
	"description":               "bf967950-0de6-11d0-a285-00aa003049e2",
	"user":                      "bf967aba-0de6-11d0-a285-00aa003049e2",
	"inetOrgPerson":             "4828cc14-1437-45bc-9b07-ad6f015e5f28",
}

// sids are the two-letter trustees of SDDL that need no domain; those of the
// domain are relative.
var sids = map[string]string{
	"WD": "S-1-1-0", "AU": "S-1-5-11", "SY": "S-1-5-18", "PS": "S-1-5-10", "AN": "S-1-5-7", "CO": "S-1-3-0",
	"BA": "S-1-5-32-544", "BU": "S-1-5-32-545", "AO": "S-1-5-32-548", "RU": "S-1-5-32-554",
}

var relative = map[string]uint32{"DA": 512, "DU": 513, "LA": 500}

var aceFlags = map[string]byte{"OI": 1, "CI": 2, "NP": 4, "IO": 8, "ID": 16}

var rights = map[string]uint32{
	"CC": 0x1, "DC": 0x2, "LC": 0x4, "SW": 0x8, "RP": 0x10, "WP": 0x20, "DT": 0x40, "LO": 0x80, "CR": 0x100,
	"SD": 0x10000, "RC": 0x20000, "WD": 0x40000, "WO": 0x80000,
	"GA": 0x10000000, "GX": 0x20000000, "GW": 0x40000000, "GR": 0x80000000,
}

// parseGUID reads the dashed form, or a name of [guids], into the octets of the
// wire: the first three fields little-endian (MS-DTYP 2.3.4.2).
func parseGUID(s string) ([]byte, error) {
	if known, ok := guids[s]; ok {
		s = known
	}
	b, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil || len(b) != 16 {
		return nil, fmt.Errorf("reading the GUID %q: neither a known name nor 32 hexadecimal digits", s)
	}
	b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7] = b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6]
	return b, nil
}

// guidText is the dashed form of the octets of a GUID.
func guidText(b string) string {
	if len(b) != 16 {
		return ""
	}
	return fmt.Sprintf("%08x-%04x-%04x-%x-%x", binary.LittleEndian.Uint32([]byte(b)), binary.LittleEndian.Uint16([]byte(b[4:])), binary.LittleEndian.Uint16([]byte(b[6:])), b[8:10], b[10:])
}

// sidText is the text form of the octets of a SID (MS-DTYP 2.4.2.1).
func sidText(b string) string {
	if len(b) < 8 || len(b) != 8+4*int(b[1]) {
		return ""
	}
	authority := uint64(binary.BigEndian.Uint16([]byte(b[2:])))<<32 | uint64(binary.BigEndian.Uint32([]byte(b[4:])))
	text := fmt.Sprintf("S-%d-%d", b[0], authority)
	for i := 8; i < len(b); i += 4 {
		text += "-" + strconv.FormatUint(uint64(binary.LittleEndian.Uint32([]byte(b[i:]))), 10)
	}
	return text
}

// parseSID reads a SID in text form or a trustee of SDDL.
func parseSID(s, domain string) ([]byte, error) {
	if known, ok := sids[s]; ok {
		s = known
	} else if rid, ok := relative[s]; ok {
		s = domain + "-" + strconv.FormatUint(uint64(rid), 10)
	}
	parts := strings.Split(s, "-")
	if len(parts) < 4 || parts[0] != "S" {
		return nil, fmt.Errorf("reading the SID %q: neither S-1-… nor a known trustee", s)
	}
	var numbers []uint64
	for _, p := range parts[1:] {
		n, err := strconv.ParseUint(p, 10, 48)
		if err != nil {
			return nil, fmt.Errorf("reading the SID %q: %w", s, err)
		}
		numbers = append(numbers, n)
	}
	b := []byte{byte(numbers[0]), byte(len(numbers) - 2), byte(numbers[1] >> 40), byte(numbers[1] >> 32)}
	b = binary.BigEndian.AppendUint32(b, uint32(numbers[1]))
	for _, n := range numbers[2:] {
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	return b, nil
}

// parseACE reads one entry, "(OA;CI;CR;Reset-Password;user;S-1-…)", into its
// octets (MS-DTYP 2.4.4).
func parseACE(s, domain string) ([]byte, error) {
	s = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(s), "("), ")")
	f := strings.Split(s, ";")
	if len(f) != 6 {
		return nil, fmt.Errorf("reading the entry %q: it needs six fields", s)
	}
	kinds := map[string]byte{"A": 0, "D": 1, "OA": 5, "OD": 6}
	kind, ok := kinds[f[0]]
	if !ok {
		return nil, fmt.Errorf("reading the entry %q: its type must be A, D, OA or OD", s)
	}
	var flags byte
	for rest := f[1]; rest != ""; rest = rest[2:] {
		bit, ok := aceFlags[rest[:min(2, len(rest))]]
		if !ok {
			return nil, fmt.Errorf("reading the entry %q: unknown flag in %q", s, f[1])
		}
		flags |= bit
	}
	mask, err := parseMask(f[2])
	if err != nil {
		return nil, err
	}
	body := binary.LittleEndian.AppendUint32(nil, mask)
	if kind >= 5 {
		var present uint32
		var tail []byte
		for i, field := range f[3:5] {
			if field == "" {
				continue
			}
			g, err := parseGUID(field)
			if err != nil {
				return nil, err
			}
			present |= 1 << i
			tail = append(tail, g...)
		}
		body = append(binary.LittleEndian.AppendUint32(body, present), tail...)
	}
	sid, err := parseSID(f[5], domain)
	if err != nil {
		return nil, err
	}
	body = append(body, sid...)
	ace := []byte{kind, flags}
	ace = binary.LittleEndian.AppendUint16(ace, uint16(4+len(body)))
	return append(ace, body...), nil
}

func parseMask(s string) (uint32, error) {
	if strings.HasPrefix(s, "0x") {
		n, err := strconv.ParseUint(s[2:], 16, 32)
		return uint32(n), err
	}
	var mask uint32
	for rest := s; rest != ""; rest = rest[2:] {
		bit, ok := rights[rest[:min(2, len(rest))]]
		if !ok {
			return 0, fmt.Errorf("reading the rights %q: unknown right", s)
		}
		mask |= bit
	}
	return mask, nil
}

const (
	selfRelative  = 0x8000
	daclPresent   = 0x0004
	daclAutoInh   = 0x0400
	daclProtected = 0x1000
)

// parseSDDL reads "O:sidG:sidD:[P][AI](ace)…" into a self-relative descriptor.
func parseSDDL(s, domain string) ([]byte, error) {
	control := uint16(selfRelative)
	var owner, group []byte
	var aces [][]byte
	var err error
	for s != "" {
		if len(s) < 2 || s[1] != ':' {
			return nil, fmt.Errorf("reading the descriptor at %q: O:, G: or D: expected", s)
		}
		part := s[0]
		rest := s[2:]
		end := len(rest)
		if part != 'D' {
			for _, next := range []string{"G:", "D:"} {
				if i := strings.Index(rest, next); i >= 0 && i < end {
					end = i
				}
			}
		}
		value := rest[:end]
		s = rest[end:]
		switch part {
		case 'O':
			owner, err = parseSID(value, domain)
		case 'G':
			group, err = parseSID(value, domain)
		case 'D':
			control |= daclPresent
			flags, list, _ := strings.Cut(value, "(")
			if strings.Contains(flags, "P") {
				control |= daclProtected
			}
			if strings.Contains(flags, "AI") {
				control |= daclAutoInh
			}
			for list != "" && err == nil {
				one, next, _ := strings.Cut(list, ")")
				var ace []byte
				ace, err = parseACE(one, domain)
				aces = append(aces, ace)
				list = strings.TrimPrefix(next, "(")
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return descriptor(control, owner, group, aces), nil
}

func descriptor(control uint16, owner, group []byte, aces [][]byte) []byte {
	b := []byte{1, 0}
	b = binary.LittleEndian.AppendUint16(b, control)
	b = append(b, make([]byte, 16)...)
	put := func(field int, value []byte) {
		if value == nil {
			return
		}
		binary.LittleEndian.PutUint32(b[field:], uint32(len(b)))
		b = append(b, value...)
	}
	put(4, owner)
	put(8, group)
	if control&daclPresent != 0 {
		revision, size := byte(2), 8
		for _, a := range aces {
			size += len(a)
			if a[0] >= 5 {
				revision = 4
			}
		}
		acl := []byte{revision, 0}
		acl = binary.LittleEndian.AppendUint16(acl, uint16(size))
		acl = binary.LittleEndian.AppendUint16(acl, uint16(len(aces)))
		acl = append(acl, 0, 0)
		for _, a := range aces {
			acl = append(acl, a...)
		}
		put(16, acl)
	}
	return b
}

var errBroken = errors.New("reading a security descriptor: its lengths do not fit")

// withACEs puts entries into the DACL of a self-relative descriptor: denials
// first, then what is allowed, then the rest as it was.
func withACEs(sd []byte, entries [][]byte) ([]byte, error) {
	if len(sd) < 20 {
		return nil, errBroken
	}
	control := binary.LittleEndian.Uint16(sd[2:])
	at := int(binary.LittleEndian.Uint32(sd[16:]))
	var have [][]byte
	if control&daclPresent != 0 && at > 0 {
		if at+8 > len(sd) {
			return nil, errBroken
		}
		count := int(binary.LittleEndian.Uint16(sd[at+4:]))
		at += 8
		for range count {
			if at+4 > len(sd) {
				return nil, errBroken
			}
			size := int(binary.LittleEndian.Uint16(sd[at+2:]))
			if size < 4 || at+size > len(sd) {
				return nil, errBroken
			}
			have = append(have, sd[at:at+size])
			at += size
		}
	}
	denies := func(a []byte) bool { return a[0] == 1 || a[0] == 6 }
	inherited := func(a []byte) bool { return a[1]&0x10 != 0 }
	var sorted [][]byte
	pick := func(list [][]byte, keep func([]byte) bool) {
		for _, a := range list {
			if keep(a) {
				sorted = append(sorted, a)
			}
		}
	}
	pick(entries, denies)
	pick(have, func(a []byte) bool { return !inherited(a) && denies(a) })
	pick(entries, func(a []byte) bool { return !denies(a) })
	pick(have, func(a []byte) bool { return !inherited(a) && !denies(a) })
	pick(have, inherited)
	return descriptor(control&(daclAutoInh|daclProtected)|selfRelative|daclPresent, nil, nil, sorted), nil
}

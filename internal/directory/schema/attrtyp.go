package schema

import (
	"strconv"
	"strings"
)

// prefixes is the part of the prefix table that every directory begins with
// (MS-DRSR 5.16.4).
var prefixes = map[string]uint32{
	"2.5.4": 0, "2.5.6": 1, "1.2.840.113556.1.2": 2, "1.2.840.113556.1.3": 3, "2.16.840.1.101.2.2.1": 4,
	"2.16.840.1.101.2.2.3": 5, "2.16.840.1.101.2.1.5": 6, "2.16.840.1.101.2.1.4": 7, "2.5.5": 8,
	"1.2.840.113556.1.4": 9, "1.2.840.113556.1.5": 10, "0.9.2342.19200300.100": 19, "2.16.840.1.113730.3": 20,
	"0.9.2342.19200300.100.1": 21, "2.16.840.1.113730.3.1": 22, "1.2.840.113556.1.5.7000": 23, "2.5.21": 24,
	"2.5.18": 25, "2.5.20": 26, "1.3.6.1.4.1.1466.101.119": 27, "2.16.840.1.113730.3.2": 28,
	"1.3.6.1.4.1.250.1": 29, "1.2.840.113549.1.9": 30, "0.9.2342.19200300.100.4": 31,
	"1.2.840.113556.1.6.23": 32, "1.2.840.113556.1.6.18.1": 33, "1.2.840.113556.1.6.18.2": 34,
	"1.2.840.113556.1.6.13.3": 35, "1.2.840.113556.1.6.13.4": 36, "1.3.6.1.1.1.1": 37, "1.3.6.1.1.1.2": 38,
}

// PrefixCount is dsSchemaPrefixCount.
func PrefixCount() int { return len(prefixes) }

// attrtyp is the number that diagnostics print after "Att": prefix index in the
// high half, last arc in the low half.
func attrtyp(oid string) uint32 {
	cut := strings.LastIndexByte(oid, '.')
	arc, err := strconv.ParseUint(oid[cut+1:], 10, 32)
	if err != nil {
		return 0
	}
	return prefixes[oid[:cut]]<<16 | uint32(arc)&0xffff
}

package conformance

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// inside looks into the values of an attribute of the first entry.
func (p *play) inside(kind string, have, words []string) []string {
	if kind == "offers" {
		return offers(have, words)
	}
	if len(have) != 1 || len(have[0]) < 20 {
		return []string{fmt.Sprintf("%s has no security descriptor", words[0])}
	}
	sd := []byte(have[0])
	if kind == "parts" {
		return differ("parts of the descriptor", parts(sd), words[1])
	}
	at := int(binary.LittleEndian.Uint32(sd[16:]))
	if at == 0 || at+9 > len(sd) {
		return []string{"the descriptor has no DACL"}
	}
	kindOf := map[byte]string{0: "allow", 1: "deny", 5: "allow", 6: "deny"}[sd[at+8]]
	return differ("the first entry", kindOf, words[1])
}

// offers compares values without regard to case; those with - must be missing.
func offers(have, words []string) []string {
	var diff []string
	for _, w := range words[1:] {
		name, not := strings.CutPrefix(w, "-")
		there := slices.ContainsFunc(have, func(h string) bool { return strings.EqualFold(h, name) })
		switch {
		case not && there:
			diff = append(diff, words[0]+" has "+name+", want it not to")
		case !not && !there:
			diff = append(diff, words[0]+" lacks "+name)
		}
	}
	return diff
}

// parts says which of owner, group, DACL and SACL a self-relative descriptor has.
func parts(sd []byte) string {
	var b strings.Builder
	control := binary.LittleEndian.Uint16(sd[2:])
	for _, part := range []struct {
		letter byte
		offset int
		flag   uint16
	}{{'O', 4, 0}, {'G', 8, 0}, {'D', 16, 0x4}, {'S', 12, 0x10}} {
		set := binary.LittleEndian.Uint32(sd[part.offset:]) != 0
		if set && (part.flag == 0 || control&part.flag != 0) {
			b.WriteByte(part.letter)
		}
	}
	return b.String()
}

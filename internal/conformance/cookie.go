package conformance

import (
	"encoding/hex"
	"fmt"
	"strconv"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// Controls that carry a cookie from one answer to the next request (RFC 2696,
// MS-ADTS 3.1.1.3.4.1.3).
const (
	oidPaged   = "1.2.840.113556.1.4.319"
	oidDirSync = "1.2.840.113556.1.4.841"
)

// keepCookie takes the cookie out of a control of an answer: it is the last
// part of its value.
func (p *play) keepCookie(c Control) {
	if c.OID != oidPaged && c.OID != oidDirSync {
		return
	}
	raw, err := hex.DecodeString(c.Value)
	if err != nil {
		return
	}
	value, err := ber.DecodePacketErr(raw)
	if err != nil || len(value.Children) == 0 {
		return
	}
	p.cookie = octets(value.Children[len(value.Children)-1])
}

// cookieValue writes the value of such a control: page.SIZE or dirsync.FLAGS.
func (p *play) cookieValue(kind, argument string) (string, bool) {
	n, err := strconv.Atoi(argument)
	if err != nil {
		return "", false
	}
	value := sequence(ber.ClassUniversal, ber.TagSequence, number(ber.TagInteger, n))
	switch kind {
	case "page":
	case "dirsync":
		value.AppendChild(number(ber.TagInteger, 1<<20))
	default:
		return "", false
	}
	value.AppendChild(text(p.cookie))
	return fmt.Sprintf("%x", value.Bytes()), true
}

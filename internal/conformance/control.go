package conformance

import (
	"encoding/hex"
	"fmt"
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// A bare control goes out as it is written, whatever its value means.
type bare struct{ Control }

// GetControlType returns the OID.
func (c bare) GetControlType() string { return c.OID }

// Encode returns the control as it goes over the wire.
func (c bare) Encode() *ber.Packet {
	p := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "Control")
	p.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, c.OID, "OID"))
	if c.Critical {
		p.AppendChild(ber.NewLDAPBoolean(ber.ClassUniversal, ber.TypePrimitive, ber.TagBoolean, true, "criticality"))
	}
	if c.Has {
		// Checked when the request was made.
		value, _ := hex.DecodeString(strings.ReplaceAll(c.Value, " ", ""))
		p.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, string(value), "value"))
	}
	return p
}

// String describes the control.
func (c bare) String() string {
	return fmt.Sprintf("%s critical=%t value=%s", c.OID, c.Critical, c.Value)
}

package ldapwriter

import (
	"fmt"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// policyHints is the request control that makes a reset obey the password
// history (MS-ADTS 3.1.1.3.4.1.27): critical, value SEQUENCE { Flags 1 }.
type policyHints struct{ oid string }

var _ ldap.Control = policyHints{}

// policyHintsValue is SEQUENCE { INTEGER 1 }.
var policyHintsValue = string([]byte{0x30, 0x03, 0x02, 0x01, 0x01})

// GetControlType implements [ldap.Control].
func (c policyHints) GetControlType() string { return c.oid }

// Encode implements [ldap.Control]. Criticality is TRUE as RFC 4511 5.1 wants
// it, one octet FF, which not every encoder of BER writes by itself.
func (c policyHints) Encode() *ber.Packet {
	p := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "Control")
	p.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, c.oid, "Control Type"))
	p.AppendChild(ber.NewLDAPBoolean(ber.ClassUniversal, ber.TypePrimitive, ber.TagBoolean, true, "Criticality"))
	p.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, policyHintsValue, "Control Value"))
	return p
}

// String implements [ldap.Control] in the form of the decision records.
func (c policyHints) String() string { return fmt.Sprintf("%s critical %x", c.oid, policyHintsValue) }

// sdFlags asks for the parts of a security descriptor that anybody may read:
// owner, group and DACL (MS-ADTS 3.1.1.3.4.1.11, flags 7).
type sdFlags struct{}

var _ ldap.Control = sdFlags{}

const oidSDFlags = "1.2.840.113556.1.4.801"

// GetControlType implements [ldap.Control].
func (sdFlags) GetControlType() string { return oidSDFlags }

// Encode implements [ldap.Control].
func (sdFlags) Encode() *ber.Packet {
	p := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "Control")
	p.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, oidSDFlags, "Control Type"))
	p.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, string([]byte{0x30, 0x03, 0x02, 0x01, 0x07}), "Control Value"))
	return p
}

// String implements [ldap.Control].
func (sdFlags) String() string { return oidSDFlags + " 3003020107" }

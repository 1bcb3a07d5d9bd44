package adwire

import (
	"encoding/binary"

	"github.com/ssprlab/ssprlab/internal/adwire/ber"
	"github.com/ssprlab/ssprlab/internal/directory"
)

// appendEntry appends a search result entry (RFC 4511 4.5.2).
func appendEntry(b []byte, id int, e *directory.Entry) []byte {
	b, envelope := ber.Open(b, ber.Sequence)
	b = ber.AppendInt(b, ber.Integer, id)
	b, op := ber.Open(b, tagSearchEntry)
	b = ber.AppendString(b, ber.OctetString, e.DN)
	b, list := ber.Open(b, ber.Sequence)
	for i := range e.Attributes {
		a := &e.Attributes[i]
		var attribute, set int
		b, attribute = ber.Open(b, ber.Sequence)
		b = ber.AppendString(b, ber.OctetString, a.Name)
		b, set = ber.Open(b, ber.Set)
		for _, v := range a.Values {
			b = ber.AppendString(b, ber.OctetString, v)
		}
		b = ber.Close(b, set)
		b = ber.Close(b, attribute)
	}
	b = ber.Close(b, list)
	b = ber.Close(b, op)
	return ber.Close(b, envelope)
}

// appendReference appends a search result reference (RFC 4511 4.5.3).
func appendReference(b []byte, id int, urls []string) []byte {
	b, envelope := ber.Open(b, ber.Sequence)
	b = ber.AppendInt(b, ber.Integer, id)
	b, op := ber.Open(b, tagSearchReference)
	for _, u := range urls {
		b = ber.AppendString(b, ber.OctetString, u)
	}
	b = ber.Close(b, op)
	return ber.Close(b, envelope)
}

// A reply is the last message of an operation.
type reply struct {
	tag    byte
	result directory.Result
	// Extended responses only (RFC 4511 4.12); "" and nil are not sent.
	name  string
	value []byte
	// dirSyncOID is the number under which the DirSync response goes out.
	dirSyncOID string
}

// appendReply appends an LDAPResult in its envelope (RFC 4511 4.1.9).
func appendReply(b []byte, id int, r *reply) []byte {
	b, envelope := ber.Open(b, ber.Sequence)
	b = ber.AppendInt(b, ber.Integer, id)
	b, op := ber.Open(b, r.tag)
	b = ber.AppendInt(b, ber.Enumerated, int(r.result.Code))
	b = ber.AppendString(b, ber.OctetString, r.result.MatchedDN)
	b = ber.AppendString(b, ber.OctetString, r.result.Diagnostic)
	if len(r.result.Referrals) > 0 {
		var list int
		b, list = ber.Open(b, 0xa3)
		for _, u := range r.result.Referrals {
			b = ber.AppendString(b, ber.OctetString, u)
		}
		b = ber.Close(b, list)
	}
	if r.name != "" {
		b = ber.AppendString(b, 0x8a, r.name)
	}
	if r.value != nil {
		b = ber.AppendString(b, 0x8b, r.value)
	}
	b = ber.Close(b, op)
	b = appendControls(b, &r.result.Controls, r.dirSyncOID)
	return ber.Close(b, envelope)
}

// appendControls appends the response controls that are set.
func appendControls(b []byte, c *directory.ResponseControls, dirSyncOID string) []byte {
	if *c == (directory.ResponseControls{}) {
		return b
	}
	b, list := ber.Open(b, tagControls)
	if p := c.Paged; p != nil {
		b = appendControl(b, oidPaged, func(b []byte) []byte {
			b = ber.AppendInt(b, ber.Integer, p.Size)
			return ber.AppendString(b, ber.OctetString, p.Cookie)
		})
	}
	if s := c.SortResult; s != nil {
		b = appendControl(b, oidSortResponse, func(b []byte) []byte {
			b = ber.AppendInt(b, ber.Enumerated, int(s.Code))
			if s.Attribute != "" {
				b = ber.AppendString(b, 0x80, s.Attribute)
			}
			return b
		})
	}
	if v := c.VLV; v != nil {
		b = appendControl(b, oidVLVResponse, func(b []byte) []byte {
			b = ber.AppendInt(b, ber.Integer, v.Position)
			b = ber.AppendInt(b, ber.Integer, v.Count)
			b = ber.AppendInt(b, ber.Enumerated, int(v.Code))
			if v.ContextID != nil {
				b = ber.AppendString(b, ber.OctetString, v.ContextID)
			}
			return b
		})
	}
	if d := c.DirSync; d != nil {
		if dirSyncOID == "" {
			dirSyncOID = oidDirSync
		}
		b = appendControl(b, dirSyncOID, func(b []byte) []byte {
			b = ber.AppendInt(b, ber.Integer, int(d.Flags))
			b = ber.AppendInt(b, ber.Integer, d.MaxBytes)
			return ber.AppendString(b, ber.OctetString, d.Cookie)
		})
	}
	if a := c.ASQResult; a != nil {
		b = appendControl(b, oidASQ, func(b []byte) []byte {
			return ber.AppendInt(b, ber.Enumerated, int(*a))
		})
	}
	if st := c.Stats; st != nil {
		b = appendControl(b, oidGetStats, func(b []byte) []byte { return appendSearchStats(b, st) })
	}
	if u := c.Update; u != nil {
		b = appendControl(b, oidUpdateStats, func(b []byte) []byte { return appendUpdateStats(b, u) })
	}
	return ber.Close(b, list)
}

// appendSearchStats appends StatsResponseValueV3: each figure behind its tag; the
// pages of a database that is not there are 0 (MS-ADTS 3.1.1.3.4.1.6).
func appendSearchStats(b []byte, s *directory.SearchStats) []byte {
	number := func(tag, v int) {
		b = ber.AppendInt(b, ber.Integer, tag)
		b = ber.AppendInt(b, ber.Integer, v)
	}
	text := func(tag int, v string) {
		b = ber.AppendInt(b, ber.Integer, tag)
		b = ber.AppendString(b, ber.OctetString, v+"\x00")
	}
	number(1, s.Threads)
	number(3, s.CallTime)
	number(5, s.Returned)
	number(6, s.Visited)
	text(7, s.Filter)
	text(8, s.Index)
	for tag := 9; tag <= 15; tag++ {
		number(tag, 0)
	}
	return b
}

// appendUpdateStats appends UpdateStatsResponseValue: the USN as eight octets, the
// lowest first, and the invocation ID (MS-ADTS 3.1.1.3.4.1.30).
func appendUpdateStats(b []byte, u *directory.UpdateStats) []byte {
	for oid, value := range map[string][]byte{
		"1.2.840.113556.1.4.2208": binary.LittleEndian.AppendUint64(nil, u.HighestUSN),
		"1.2.840.113556.1.4.2209": u.InvocationID[:],
	} {
		var at int
		b, at = ber.Open(b, ber.Sequence)
		b = ber.AppendString(b, ber.OctetString, oid)
		b = ber.AppendString(b, ber.OctetString, value)
		b = ber.Close(b, at)
	}
	return b
}

// appendControl appends one control whose value is the SEQUENCE that fill writes.
func appendControl(b []byte, oid string, fill func([]byte) []byte) []byte {
	b, control := ber.Open(b, ber.Sequence)
	b = ber.AppendString(b, ber.OctetString, oid)
	b, value := ber.Open(b, ber.OctetString)
	b, seq := ber.Open(b, ber.Sequence)
	b = fill(b)
	b = ber.Close(b, seq)
	b = ber.Close(b, value)
	return ber.Close(b, control)
}

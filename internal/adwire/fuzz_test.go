package adwire

import (
	"bytes"
	"testing"

	asn1 "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/adwire/ber"
	"github.com/ssprlab/ssprlab/internal/directory"
)

// oracleLimit keeps inputs small: the oracle copies each element into all of its
// parents and stalls on deep ones.
const oracleLimit = 512

// seeds are requests as go-ldap encodes them.
func seeds(tb testing.TB) [][]byte {
	tb.Helper()
	filter, err := ldap.CompileFilter("(&(objectCategory=person)(|(cn=a*b*c)(mail~=x)(n>=1)(n<=2))(!(userAccountControl:1.2.840.113556.1.4.803:=2)))")
	require.NoError(tb, err)
	envelope := func(op *asn1.Packet, controls ...ldap.Control) []byte {
		p := asn1.Encode(asn1.ClassUniversal, asn1.TypeConstructed, asn1.TagSequence, nil, "")
		p.AppendChild(asn1.NewInteger(asn1.ClassUniversal, asn1.TypePrimitive, asn1.TagInteger, int64(300), ""))
		p.AppendChild(op)
		if len(controls) > 0 {
			list := asn1.Encode(asn1.ClassContext, asn1.TypeConstructed, 0, nil, "")
			for _, c := range controls {
				list.AppendChild(c.Encode())
			}
			p.AppendChild(list)
		}
		return p.Bytes()
	}
	text := func(s string) *asn1.Packet {
		return asn1.NewString(asn1.ClassUniversal, asn1.TypePrimitive, asn1.TagOctetString, s, "")
	}
	number := func(tag asn1.Tag, v int64) *asn1.Packet {
		return asn1.NewInteger(asn1.ClassUniversal, asn1.TypePrimitive, tag, v, "")
	}
	search := asn1.Encode(asn1.ClassApplication, asn1.TypeConstructed, 3, nil, "")
	search.AppendChild(text("dc=corp,dc=example"))
	search.AppendChild(number(asn1.TagEnumerated, 2))
	search.AppendChild(number(asn1.TagEnumerated, 0))
	search.AppendChild(number(asn1.TagInteger, 0))
	search.AppendChild(number(asn1.TagInteger, 0))
	search.AppendChild(asn1.NewBoolean(asn1.ClassUniversal, asn1.TypePrimitive, asn1.TagBoolean, false, ""))
	search.AppendChild(filter)
	search.AppendChild(asn1.Encode(asn1.ClassUniversal, asn1.TypeConstructed, asn1.TagSequence, nil, ""))

	bind := asn1.Encode(asn1.ClassApplication, asn1.TypeConstructed, 0, nil, "")
	bind.AppendChild(number(asn1.TagInteger, 3))
	bind.AppendChild(text("cn=alice"))
	bind.AppendChild(asn1.NewString(asn1.ClassContext, asn1.TypePrimitive, 0, "secret", ""))

	return [][]byte{
		envelope(search, ldap.NewControlPaging(100), ldap.NewControlMicrosoftNotification(), ldap.NewControlServerSideSortingWithSortKeys([]*ldap.SortKey{{AttributeType: "cn"}})),
		envelope(bind),
		{0x30, 0x84, 0, 0, 0, 7, 2, 1, 1, 0x4a, 2, 'c', 'n'},
		{0x30, 0x05, 0x02, 0x01, 0x7f, 0x42, 0x00},
	}
}

// FuzzMessage: nothing makes the decoder panic, and what it accepts the oracle
// accepts too, with the same message ID and operation.
func FuzzMessage(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		m, err := parseMessage(in)
		if err != nil {
			return
		}
		decodeEverything(m)
		if len(in) > oracleLimit {
			return
		}
		p := oracle(in)
		if p == nil { // it looks into primitives that this decoder leaves alone
			return
		}
		require.GreaterOrEqual(t, len(p.Children), 2)
		assert.EqualValues(t, m.id, p.Children[0].Value)
		assert.Equal(t, m.tag&0x1f, byte(p.Children[1].Tag))
	})
}

// decodeEverything reads a message as every operation; only panics count.
func decodeEverything(m message) {
	_, _ = decodeSearch(m.body)
	_, _ = decodeModify(m.body)
	_, _ = decodeAdd(m.body)
	_, _ = decodeModifyDN(m.body)
	_, _ = decodeCompare(m.body)
	_, _ = decodeExtended(m.body)
	_, _ = decodeControls(m.controls, directory.Windows2022)
	_, _ = decodeBind(bytes.Clone(m.body))
}

func oracle(in []byte) *asn1.Packet {
	p, err := asn1.DecodePacketErr(in)
	if err != nil {
		return nil
	}
	return p
}

// FuzzControls: nothing makes the decoder panic, and whether a control is critical
// is read as the oracle reads it.
func FuzzControls(f *testing.F) {
	for oid := range known {
		f.Add([]byte(encode(sent{oid, true, []byte{0x30, 3, 2, 1, 1}})))
	}
	f.Add([]byte(encode(sent{oidVLV, true, []byte{0x30, 14, 2, 1, 1, 2, 1, 2, 0xa0, 6, 2, 1, 3, 2, 1, 4}}, sent{"1.2.3", false, nil})))
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, d := range []directory.Dialect{directory.Windows2016, directory.Windows2022, directory.Samba} {
			_, _ = decodeControls(in, d)
		}
		r := ber.Reader(in)
		oid, critical, value, sent, err := nextControl(&r)
		if err != nil || len(in) > oracleLimit {
			return
		}
		p := oracle(in)
		if p == nil {
			return
		}
		c, err := ldap.DecodeControl(p)
		if err != nil || c == nil {
			return
		}
		assert.Equal(t, c.GetControlType(), string(oid))
		if s, ok := c.(*ldap.ControlString); ok {
			assert.Equal(t, s.Criticality, critical)
			if sent {
				assert.Equal(t, s.ControlValue, string(value))
			}
		}
	})
}

// filters is one filter of each kind, and their compositions.
func filters() []string {
	return []string{
		"(objectClass=*)", "(sAMAccountName=alice)", "(&(a=b)(!(c>=d))(|(e<=f)(g~=h)))", "(cn=a*)", "(cn=*b*c*)", "(cn=*d)",
		"(member:1.2.840.113556.1.4.1941:=cn=x)", "(cn:dn:=y)", `(objectGUID=\00\ff)`, "(&)", "(|)",
	}
}

func TestFilterFromTheWireMeansWhatItsTextMeans(t *testing.T) {
	for _, text := range filters() {
		t.Run(text, func(t *testing.T) {
			p, err := ldap.CompileFilter(text)
			require.NoError(t, err)
			r := ber.Reader(p.Bytes())
			got, err := decodeFilter(&r, 1)
			require.NoError(t, err)
			require.NoError(t, r.Done())
			want, err := directory.ParseFilter(text)
			require.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
}

// FuzzFilter: what go-ldap can write down of a filter means the same when it is
// read as text and when it is read from the wire.
func FuzzFilter(f *testing.F) {
	for _, text := range filters() {
		p, err := ldap.CompileFilter(text)
		if err == nil {
			f.Add(p.Bytes())
		}
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		r := ber.Reader(in)
		got, err := decodeFilter(&r, 1)
		if err != nil || len(in) > oracleLimit || !r.Empty() {
			return
		}
		p := oracle(in)
		if p == nil {
			return
		}
		text, err := ldap.DecompileFilter(p)
		if err != nil {
			return
		}
		again, err := ldap.CompileFilter(text)
		if err != nil || !bytes.Equal(again.Bytes(), in) {
			return // not in the form that text can carry
		}
		want, err := directory.ParseFilter(text)
		if err != nil {
			return // text is strict about names; the wire leaves them to the search
		}
		assert.Equal(t, want, got, "%s", text)
	})
}

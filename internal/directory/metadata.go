package directory

import (
	"encoding/binary"
	"encoding/xml"
	"slices"
	"time"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/directory/security"
)

// metadata is the stamps of an object's attributes in the order of their
// numbers: what replicates, links apart, and what stands for a password.
func (f *Forest) metadata(o *object) []stamp {
	k := f.k
	ids := []uint16{o.rdnAttr.ID, k.objectClass.ID, k.instanceType.ID, k.whenCreated.ID, k.nTSecurityDescriptor.ID, k.name.ID, k.objectCategory.ID}
	if o.sid != "" {
		ids = append(ids, k.objectSid.ID)
	}
	for i := range o.attrs {
		ids = append(ids, o.attrs[i].id)
	}
	for _, s := range o.meta {
		ids = append(ids, s.id)
	}
	slices.Sort(ids)
	list := make([]stamp, 0, len(ids))
	for _, id := range slices.Compact(ids) {
		if f.schema.Attributes[id].SystemFlags&schema.NotReplicated == 0 {
			list = append(list, f.stampShown(o, id))
		}
	}
	if s := f.stampOf(o, k.unicodePwd.ID); s.version > 0 {
		for _, a := range k.passwordSecrets() {
			s.id = a.ID
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b stamp) int {
		return int(int64(f.schema.Attributes[a.id].ATTRTYP) - int64(f.schema.Attributes[b.id].ATTRTYP))
	})
	return slices.CompactFunc(list, func(a, b stamp) bool { return a.id == b.id })
}

// passwordSecrets are the attributes that stand for a password.
func (k *known) passwordSecrets() [5]*schema.Attribute {
	return [...]*schema.Attribute{k.dBCSPwd, k.unicodePwd, k.ntPwdHistory, k.lmPwdHistory, k.supplementalCredentials}
}

// stampShown is stampOf, with the stamp of birth for what an object always has.
func (f *Forest) stampShown(o *object, id uint16) stamp {
	if s := f.stampOf(o, id); s.version > 0 {
		return s
	}
	return o.birth(id)
}

// replication computes what an object shows of its stamps: replPropertyMetaData
// (MS-DRSR 5.166, PROPERTY_META_DATA_EXT), msDS-ReplAttributeMetaData and
// msDS-ReplValueMetaData as XML (MS-ADTS 2.2.8, 2.2.9). All of them need the
// right to read the first.
func (s *session) replication(o *object, a *schema.Attribute) values {
	if !s.reads(o, s.k.replPropertyMetaData) {
		return values{}
	}
	samba := s.f.flavour.samba()
	switch {
	case a == s.k.replPropertyMetaData:
		return oneValue(s.f.propertyMetaData(o))
	case a == s.k.replAttributeMetaData && !samba:
		var out []string
		for _, m := range s.f.metadata(o) {
			out = append(out, asXML(s.attributeMetaData(m)))
		}
		return listOf(out)
	case a == s.k.replValueMetaData && !samba:
		return listOf(s.valueMetaData(o))
	}
	return values{}
}

// propertyMetaData is a PROPERTY_META_DATA_VECTOR: version 1, a count, and 48
// octets for each attribute.
func (f *Forest) propertyMetaData(o *object) string {
	list := f.metadata(o)
	le := binary.LittleEndian
	b := le.AppendUint64(nil, 1)
	b = le.AppendUint64(b, uint64(len(list)))
	for _, s := range list {
		b = append(b, f.propertyStamp(f.schema.Attributes[s.id].ATTRTYP, s)...)
	}
	return string(b)
}

// propertyStamp is one PROPERTY_META_DATA: the number of an attribute and its
// stamp (MS-DRSR 5.166).
func (f *Forest) propertyStamp(attrtyp uint32, s stamp) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(make([]byte, 0, 48), attrtyp)
	b = le.AppendUint32(b, s.version)
	b = le.AppendUint64(b, uint64(s.time+secondsTo1970))
	b = append(b, f.invocation(s.by)...)
	b = le.AppendUint64(b, uint64(s.usn))
	return le.AppendUint64(b, uint64(s.usn))
}

// secondsTo1970 is how many seconds DSTIME, which begins with 1601, is ahead.
const secondsTo1970 = 11644473600

type stampXML struct {
	Version    uint32 `xml:"dwVersion"`
	Time       string `xml:"ftimeLastOriginatingChange"`
	Invocation string `xml:"uuidLastOriginatingDsaInvocationID"`
	USN        uint32 `xml:"usnOriginatingChange"`
	Local      uint32 `xml:"usnLocalChange"`
	DSA        string `xml:"pszLastOriginatingDsaDN"`
}

type attributeXML struct {
	XMLName xml.Name `xml:"DS_REPL_ATTR_META_DATA"`
	Name    string   `xml:"pszAttributeName"`
	stampXML
}

type valueXML struct {
	XMLName xml.Name `xml:"DS_REPL_VALUE_META_DATA"`
	Name    string   `xml:"pszAttributeName"`
	Object  string   `xml:"pszObjectDn"`
	Size    int      `xml:"cbData"`
	Data    string   `xml:"pbData"`
	Deleted string   `xml:"ftimeDeleted"`
	Created string   `xml:"ftimeCreated"`
	stampXML
}

func (s *session) stampXML(m stamp) stampXML {
	var guid security.GUID
	copy(guid[:], s.f.invocation(m.by))
	out := stampXML{Version: m.version, Time: xmlTime(m.time), Invocation: guid.String(), USN: m.usn, Local: m.usn}
	if int(m.by) < len(s.f.dsas) {
		out.DSA = s.f.dsas[m.by].dsa
	}
	return out
}

func (s *session) attributeMetaData(m stamp) attributeXML {
	return attributeXML{Name: s.f.schema.Attributes[m.id].Name, stampXML: s.stampXML(m)}
}

// valueMetaData lists the stamps of the values of forward links, absent ones
// last.
func (s *session) valueMetaData(o *object) (out []string) {
	put := func(a *schema.Attribute, n *node, m stamp, deleted string) {
		if to := s.dc.see(n); to != nil {
			out = append(out, asXML(valueXML{Name: a.Name, Object: s.dn(to), Deleted: deleted, Created: xmlTime(int64(m.created)), stampXML: s.stampXML(m)}))
		}
	}
	for i := range o.links {
		l := &o.links[i]
		if l.attr.BackLink() {
			continue
		}
		for j, n := range l.to {
			put(l.attr, n, o.stampOfValue(l, j), never1601)
		}
		for _, g := range l.gone {
			put(l.attr, g.to, g.stamp, xmlTime(g.time))
		}
	}
	return out
}

// never1601 is a FILETIME of zero.
const never1601 = "1601-01-01T00:00:00Z"

func xmlTime(unix int64) string { return time.Unix(unix, 0).UTC().Format(time.RFC3339) }

// asXML prints a structure as domain controllers do, and as a C string.
func asXML(v any) string {
	b, err := xml.MarshalIndent(v, "", "\t")
	if err != nil {
		return "" // only unsupported types fail, and there is none
	}
	return string(b) + "\n\x00"
}

package directory

import (
	"encoding/binary"
	"strings"
)

// Flags of a ping answer (MS-ADTS 6.3.1.2): PDC, GC, LDAP, DS, KDC, time,
// closest, writable, good time, full secret domain, web services and the
// versions.
const (
	pingPDC      = 0x1
	pingWritable = 0x100
	pingRODC     = 0x800
	pingCommon   = 0x4 | 0x8 | 0x10 | 0x20 | 0x40 | 0x80 | 0x200 | 0x2000 | 0x4000 | 0x8000 | 0x10000 | 0x20000000 | 0x40000000
)

// netlogon answers an LDAP ping with NETLOGON_SAM_LOGON_RESPONSE_EX, or with
// nothing when the filter asks for another domain.
func (s *session) netlogon(f Filter) []byte {
	asked := map[string]string{}
	collectEquals(f, asked)
	d := s.dc.domain
	if want := asked["dnsdomain"]; want != "" && !strings.EqualFold(strings.TrimSuffix(want, "."), d.dns) {
		return nil
	}
	if len(asked["ntver"]) < 4 {
		return nil
	}
	user := asked["user"]
	code := uint16(23) // LOGON_SAM_LOGON_RESPONSE_EX
	if user != "" {
		s.f.mu.RLock()
		n, ok, _ := s.dc.bySAM(d, user)
		s.f.mu.RUnlock()
		if !ok || n == nil {
			code = 25 // LOGON_SAM_USER_UNKNOWN_EX
		}
	}
	b := binary.LittleEndian.AppendUint16(nil, code)
	b = binary.LittleEndian.AppendUint16(b, 0)
	b = binary.LittleEndian.AppendUint32(b, s.pingFlags())
	guid := d.part.head.obj.Load().guid
	b = append(b, guid[:]...)
	for _, name := range []string{s.f.root.dns, d.dns, s.dc.HostName()} {
		b = appendDNSName(b, name)
	}
	for _, name := range []string{d.netbios, s.dc.name, user} {
		b = appendLabel(b, name)
	}
	b = appendLabel(b, s.dc.cfg.Site)
	b = appendLabel(b, s.dc.cfg.Site)
	b = binary.LittleEndian.AppendUint32(b, 5) // NETLOGON_NT_VERSION_1 | 5EX
	return append(b, 0xff, 0xff, 0xff, 0xff)
}

func (s *session) pingFlags() uint32 {
	flags := uint32(pingCommon)
	if s.dc.domain.PDC() == s.dc {
		flags |= pingPDC
	}
	if s.dc.cfg.ReadOnly {
		flags |= pingRODC
	} else {
		flags |= pingWritable | 0x1000
	}
	if s.dc.domain == s.f.root {
		flags |= 0x80000000
	}
	return flags
}

func collectEquals(f Filter, to map[string]string) {
	switch f := f.(type) {
	case andFilter:
		for _, part := range f {
			collectEquals(part, to)
		}
	case compareFilter:
		to[strings.ToLower(f.attribute)] = string(f.value)
	}
}

func appendDNSName(b []byte, name string) []byte {
	for label := range strings.SplitSeq(name, ".") {
		b = append(b, byte(len(label)))
		b = append(b, label...)
	}
	return append(b, 0)
}

// appendLabel adds a name that is one label whatever it contains.
func appendLabel(b []byte, name string) []byte {
	if name == "" {
		return append(b, 0)
	}
	name = name[:min(len(name), 63)]
	b = append(b, byte(len(name)))
	b = append(b, name...)
	return append(b, 0)
}

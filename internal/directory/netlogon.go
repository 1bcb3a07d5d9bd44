package directory

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"unicode/utf16"

	"github.com/ssprlab/ssprlab/internal/directory/security"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

// Flags of a ping answer (MS-ADTS 6.3.1.2): PDC, GC, LDAP, DS, KDC, time,
// closest, writable, good time, full secret domain, web services and the
// versions.
const (
	pingPDC         = 0x1
	pingWritable    = 0x100
	pingApplication = 0x400
	pingRODC        = 0x800
	pingCommon      = 0x4 | 0x8 | 0x10 | 0x20 | 0x40 | 0x80 | 0x200 | 0x2000 | 0x4000 | 0x8000 | 0x10000 | 0x20000000 | 0x40000000
)

// The form of answer that a ping asks for (MS-ADTS 6.3.1.1).
const (
	pingV1     = 0x1
	pingV5     = 0x2
	pingV5EX   = 0x4
	pingWithIP = 0x8
	// pingKnown is every bit that is defined: closest site, no NT 4 emulation,
	// PDC, IP, local and GC besides.
	pingKnown = pingV1 | pingV5 | pingV5EX | pingWithIP | 0x10 | 0x01000000 | 0x10000000 | 0x20000000 | 0x40000000 | 0x80000000
)

// A ping is what an LDAP ping asks.
type ping struct {
	user    string
	asked   map[string]string // by element, in lower case
	version uint32
	types   domain.UAC // of accounts: bits of userAccountControl; anyType without AAC
}

// anyType is no AAC.
const anyType = ^domain.UAC(0)

// netlogon answers an LDAP ping, or with nothing when the filter is invalid or
// asks for another domain (MS-ADTS 6.3.3).
func (s *session) netlogon(f Filter) []byte {
	p, ok := s.readPing(f)
	if !ok {
		return nil
	}
	nc := s.pingedNC(p)
	if nc == nil {
		return nil
	}
	known := p.user == "" || nc == s.dc.domain.part && s.pingKnows(p)
	a := pingAnswer{}
	switch {
	case p.version&(pingV5EX|pingWithIP) != 0:
		s.pingExtended(&a, p, nc, known)
	default:
		s.pingOld(&a, p, nc, known)
	}
	return append(a.b, 0xff, 0xff, 0xff, 0xff)
}

// readPing reads a one-level conjunction of equalities. Elements that nobody
// knows are ignored (MS-ADTS 6.3.3.1).
func (s *session) readPing(f Filter) (p ping, ok bool) {
	and, ok := f.(andFilter)
	if !ok {
		return p, false
	}
	p.asked = map[string]string{}
	for _, part := range and {
		c, ok := part.(compareFilter)
		if !ok {
			return p, false
		}
		name := strings.ToLower(c.attribute)
		if _, twice := p.asked[name]; twice {
			return p, false
		}
		p.asked[name] = string(c.value)
	}
	p.user, p.types = p.asked["user"], anyType
	samba := s.f.flavour.samba()
	if text, given := p.asked["aac"]; given {
		aac, ok := smallNumber(text)
		if !ok {
			return p, samba
		}
		p.types = accountTypes(aac)
	} else if samba {
		p.types = 0
	}
	text, given := p.asked["ntver"]
	version, ok := smallNumber(text)
	switch {
	case samba && (!given || len(text) != 4):
		p.version = pingV5
	case !ok || version&^pingKnown != 0:
		return p, false
	default:
		p.version = version
	}
	return p, true
}

// smallNumber is a little-endian number of at most four octets.
func smallNumber(text string) (n uint32, ok bool) {
	if len(text) > 4 {
		return 0, false
	}
	for i := range len(text) {
		n |= uint32(text[i]) << (8 * i)
	}
	return n, true
}

// accountTypes translates the types of accounts in AAC (MS-SAMR 2.2.1.12) to
// bits of userAccountControl.
func accountTypes(aac uint32) (types domain.UAC) {
	for user, bit := range map[uint32]domain.UAC{
		0x8: domain.TempDuplicateAccount, 0x10: domain.NormalAccount, 0x40: domain.InterdomainTrustAccount, 0x80: domain.WorkstationTrustAccount, 0x100: domain.ServerTrustAccount,
	} {
		if aac&user != 0 {
			types |= bit
		}
	}
	return types
}

// pingedNC is the naming context that a ping is about, or nil if this server
// does not hold it (MS-ADTS 6.3.3.2).
func (s *session) pingedNC(p ping) *partition {
	held := append([]*partition{s.dc.domain.part}, s.dc.zones()...)
	nc := held[0]
	samba := s.f.flavour.samba()
	if want, given := p.asked["domainguid"]; given && (!samba || len(want) == 16) {
		if nc = findNC(held, func(p *partition) bool { return string(p.guid()) == want }); nc == nil {
			return nil
		}
		if samba {
			return nc
		}
	}
	if want, given := p.asked["dnsdomain"]; given {
		if samba {
			held = held[:1]
		}
		want = strings.TrimSuffix(want, ".")
		if nc = findNC(held, func(p *partition) bool { return strings.EqualFold(p.dnsName(), want) }); nc == nil || samba {
			return nc
		}
	}
	if want, given := p.asked["domainsid"]; given {
		if sid, err := security.SIDFromBytes([]byte(want)); err != nil || nc.domain == nil || sid != nc.domain.sid {
			return nil
		}
	}
	return nc
}

func findNC(held []*partition, is func(*partition) bool) *partition {
	for _, p := range held {
		if is(p) {
			return p
		}
	}
	return nil
}

func (p *partition) guid() []byte {
	guid := p.head.obj.Load().guid
	return guid[:]
}

// dnsName is the DNS name of a domain or an application partition.
func (p *partition) dnsName() string {
	labels := make([]string, len(p.name))
	for i, r := range p.name {
		labels[i] = r.value
	}
	return strings.Join(labels, ".")
}

// pingKnows reports whether the account of a ping is there, enabled and of a
// type that was asked for.
func (s *session) pingKnows(p ping) bool {
	n := s.dc.findAccount(s.dc.domain.netbios + `\` + p.user)
	if n == nil {
		return false
	}
	o := s.view(n)
	if o == nil || o.deleted || !o.class.is("user") || !equalFold(o.text(s.k.sAMAccountName), p.user) {
		return false
	}
	control := domain.UAC(uint32(o.int(s.k.userAccountControl)))
	return control&domain.AccountDisable == 0 && control&p.types != 0
}

// A pingAnswer is written field by field; names that have been written are
// pointed at (RFC 1035 4.1.4).
type pingAnswer struct {
	b  []byte
	at map[string]int // of the names
}

func (a *pingAnswer) number(n uint32) { a.b = binary.LittleEndian.AppendUint32(a.b, n) }

// name adds labels and their end.
func (a *pingAnswer) name(labels ...string) {
	if a.at == nil {
		a.at = map[string]int{}
	}
	for i, label := range labels {
		rest := strings.Join(labels[i:], "\x00")
		if at, ok := a.at[rest]; ok {
			a.b = binary.BigEndian.AppendUint16(a.b, 0xc000|uint16(at))
			return
		}
		if label == "" {
			break
		}
		a.at[rest] = len(a.b)
		label = label[:min(len(label), 63)]
		a.b = append(append(a.b, byte(len(label))), label...)
	}
	a.b = append(a.b, 0)
}

func (a *pingAnswer) dns(name string) { a.name(strings.Split(name, ".")...) }

// wide adds a string with its terminator, in UTF-16.
func (a *pingAnswer) wide(text string) {
	for _, u := range utf16.Encode([]rune(text + "\x00")) {
		a.b = binary.LittleEndian.AppendUint16(a.b, u)
	}
}

// pingExtended writes a NETLOGON_SAM_LOGON_RESPONSE_EX (MS-ADTS 6.3.1.9).
func (s *session) pingExtended(a *pingAnswer, p ping, nc *partition, known bool) {
	code := uint32(23) // LOGON_SAM_LOGON_RESPONSE_EX
	if !known {
		code = 25 // LOGON_SAM_USER_UNKNOWN_EX
	}
	a.number(code)
	a.number(s.pingFlags(nc))
	a.b = append(a.b, nc.guid()...)
	a.dns(s.f.root.dns)
	a.dns(nc.dnsName())
	a.dns(s.dc.HostName())
	a.name(nc.netbios())
	a.name(s.dc.name)
	a.name(p.user)
	a.name(s.dc.cfg.Site)
	a.name(s.dc.cfg.Site)
	version := uint32(pingV1 | pingV5EX)
	if p.version&pingWithIP != 0 {
		version |= pingWithIP
		ip := s.localIP()
		a.b = append(a.b, 16, 2, 0, 0, 0) // sockaddr_in: AF_INET, no port
		a.b = append(append(a.b, ip[:]...), make([]byte, 8)...)
	}
	a.number(version)
}

// pingOld writes a NETLOGON_SAM_LOGON_RESPONSE, or that of NT 4 (MS-ADTS
// 6.3.1.7, 6.3.1.8).
func (s *session) pingOld(a *pingAnswer, p ping, nc *partition, known bool) {
	code := uint16(19) // LOGON_SAM_LOGON_RESPONSE
	if !known {
		code = 21 // LOGON_SAM_USER_UNKNOWN
	}
	a.b = binary.LittleEndian.AppendUint16(a.b, code)
	a.wide(`\\` + s.dc.name)
	a.wide(p.user)
	a.wide(nc.netbios())
	version := uint32(pingV1)
	if p.version&pingV5 != 0 {
		version |= pingV5
		a.b = append(append(a.b, nc.guid()...), make([]byte, 16)...)
		a.dns(s.f.root.dns)
		a.dns(nc.dnsName())
		a.dns(s.dc.HostName())
		ip := s.localIP()
		a.number(binary.BigEndian.Uint32(ip[:]))
		a.number(s.pingFlags(nc))
	}
	a.number(version)
}

func (p *partition) netbios() string {
	if p.domain == nil {
		return ""
	}
	return p.domain.netbios
}

// localIP is the address that the client came to, zero when it has no IPv4 form.
func (s *session) localIP() (ip [4]byte) {
	at, err := netip.ParseAddrPort(s.req.Channel.LocalAddr)
	if err == nil && at.Addr().Unmap().Is4() {
		ip = at.Addr().Unmap().As4()
	}
	return ip
}

func (s *session) pingFlags(nc *partition) uint32 {
	flags := uint32(pingCommon)
	if nc.domain == nil {
		flags |= pingApplication
	}
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

package directory

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// optionIsGC is NTDSDSA_OPT_IS_GC of options of NTDS settings (MS-ADTS
// 6.1.1.2.2.1.2.1.1).
const optionIsGC = 1

// GlobalCatalog reports whether the domain controller is a global catalogue
// server: whether its NTDS settings say so, as far as it knows itself.
func (dc *DC) GlobalCatalog(now time.Time) bool {
	f := dc.forest
	f.comes(now)
	f.mu.RLock()
	defer f.mu.RUnlock()
	return dc.knowsCatalogue(dc)
}

// knowsCatalogue reports whether a domain controller is a global catalogue server
// as this one knows. The caller holds the lock.
func (dc *DC) knowsCatalogue(other *DC) bool {
	f := dc.forest
	settings := f.byGUID[other.guid]
	if settings == nil { // nobody has looked at the configuration yet
		return !other.cfg.NoGlobalCatalog
	}
	o := dc.see(settings)
	return o != nil && o.int(f.k.options)&optionIsGC != 0
}

// isGC computes msDS-isGC of NTDS settings, of a server and of the account of a
// domain controller (MS-ADTS 3.1.1.4.5, msDS-isGC).
func (s *session) isGC(o *object) values {
	if s.f.flavour.samba() { // which does not compute it
		return values{}
	}
	account := s.computerOf(o)
	if account == nil {
		return values{}
	}
	s.f.mu.RLock()
	defer s.f.mu.RUnlock()
	for _, dc := range s.f.dsas {
		if account.sid == dc.sid {
			return oneValue(booleanText(s.dc.knowsCatalogue(dc)))
		}
	}
	return values{}
}

// booleanText is a value of syntax Boolean.
func booleanText(b bool) string { return strings.ToUpper(strconv.FormatBool(b)) }

// applyOptions writes options. With those of NTDS settings comes and goes what a
// global catalogue has of the other domains, which is the consistency checker's
// to write (MS-ADTS 6.2.2.3).
func (m *modification) applyOptions(c change) *refusal {
	if r := m.applyValues(c); r != nil {
		return r
	}
	i := slices.IndexFunc(m.f.dsas, func(dc *DC) bool { return dc.guid == m.before.guid })
	if i < 0 {
		return nil
	}
	partial := m.f.k.hasPartialReplicaNCs
	has := m.object(m.n).int(c.attr)&optionIsGC != 0
	for _, d := range m.f.domains {
		switch {
		case d == m.f.dsas[i].domain || has == contains(m.object(m.n).linked(partial), d.part.head):
		case has:
			m.link(m.n, partial, d.part.head)
		default:
			m.unlink(m.n, partial, d.part.head)
		}
	}
	return nil
}

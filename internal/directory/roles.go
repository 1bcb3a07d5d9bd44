package directory

import (
	"strings"

	"github.com/ssprlab/ssprlab/internal/directory/security"
)

// A role is one of the five that a single domain controller holds. Whose it is
// stands in fSMORoleOwner of an object (MS-ADTS 3.1.1.1.11).
type role struct {
	become string        // the writable attribute of the rootDSE
	right  security.GUID // to be asked for on the object
	forest bool          // one for the forest, else one for each domain
	name   func(*Domain) dname
}

// roles lists them in the order of validFSMOs (MS-ADTS 3.1.1.3.2.7 and
// 3.1.1.3.3.1 to .5).
func (f *Forest) roles() []role {
	under := func(names ...string) func(*Domain) dname {
		return func(d *Domain) dname {
			var out dname
			for _, n := range names {
				out = append(out, rdn{f.k.cn, n})
			}
			return append(out, d.part.name...)
		}
	}
	return []role{
		{"becomePdc", rightChangePDC, false, under()},
		{"becomeRidMaster", rightChangeRIDMaster, false, under("RID Manager$", "System")},
		{"becomeInfrastructureMaster", rightChangeInfrastructureMaster, false, under("Infrastructure")},
		{"becomeSchemaMaster", rightChangeSchemaMaster, true, func(*Domain) dname { return f.schemaNC.name }},
		{"becomeDomainMaster", rightChangeDomainMaster, true, func(*Domain) dname { return f.partitionsName() }},
	}
}

// holder is who has a role: the first domain controller until somebody has
// written something else. The caller holds the lock.
func (f *Forest) holder(r role, d *Domain) (*DC, *node) {
	if r.forest {
		d = f.root
	}
	n, _ := f.lookup(r.name(d))
	if n == nil {
		return d.dcs[0], nil
	}
	if dc := f.dcNamed(n.obj.Load().text(f.k.fSMORoleOwner)); dc != nil {
		return dc, n
	}
	return d.dcs[0], n
}

// dcNamed finds a domain controller by the DN of its NTDS settings.
func (f *Forest) dcNamed(dsa string) *DC {
	for _, d := range f.domains {
		for _, dc := range d.dcs {
			if strings.EqualFold(dc.dsa, dsa) {
				return dc
			}
		}
	}
	return nil
}

// noticeHead follows who the PDC emulator of a domain is.
func (d *Domain) noticeHead(head *object) {
	if dc := d.forest.dcNamed(head.text(d.forest.k.fSMORoleOwner)); dc != nil && dc.domain == d {
		d.primary.Store(dc)
	}
}

// validFSMOs lists the objects whose roles this domain controller has. The
// caller holds the lock.
func (s *session) validFSMOs() []string {
	var out []string
	for _, r := range s.f.roles() {
		if dc, _ := s.f.holder(r, s.dc.domain); dc == s.dc {
			d := s.dc.domain
			if r.forest {
				d = s.f.root
			}
			out = append(out, r.name(d).String())
		}
	}
	return out
}

// become makes this domain controller the owner of a role, at once and
// everywhere: the old owner hands it over (MS-ADTS 3.1.1.3.3). The value of
// becomePdc is the SID of the domain.
func (s *session) become(r role, value string) *refusal {
	f := s.f
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.forest {
		f.fillAll(f.config.head)
	}
	owner, n := f.holder(r, s.dc.domain)
	if n == nil {
		return svcErr(OperationsError, dsOperationsError, "031A1251")
	}
	admin := !r.forest && s.who.Has(security.BuiltinAdministrators)
	if !s.holds(n.obj.Load(), r.right) && !admin {
		return secErr(errorAccessDenied, "031A124D")
	}
	if sid, err := security.SIDFromBytes([]byte(value)); r.right == rightChangePDC && err == nil && sid != s.dc.domain.sid {
		return svcErr(UnwillingToPerform, errorInvalidParameter, "031A1252")
	}
	if owner == s.dc {
		return nil
	}
	t := s.dc.itself(s.now).begin()
	t.set(n, f.k.fSMORoleOwner, oneValue(s.dc.dsa))
	return t.commit()
}

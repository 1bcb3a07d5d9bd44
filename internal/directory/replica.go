package directory

import (
	"time"

	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

// Replication says how long changes take from the domain controllers of a domain
// to each other, and to those of the other domains of the forest. The zero value is the published defaults (MS-ADTS
// 3.1.1.5.1.8 and product documentation on urgent replication): 15 seconds to
// the first partner, 3 more to each further one, urgent changes at once, three
// hours between sites.
type Replication struct {
	First    time.Duration // to the first partner; 0 means 15 s
	Next     time.Duration // more for each further partner; 0 means 3 s
	Urgent   time.Duration // lockouts, must-change, policy
	Sites    time.Duration // between sites; 0 means 3 h
	Instant  bool          // every change is everywhere at once
	CutToPDC bool          // nobody reaches the PDC emulator
	CutToHub bool          // no read-only domain controller reaches a writable one, and nothing reaches it
}

func (r Replication) delay(from, to *DC, partner int, urgent bool) time.Duration {
	switch {
	case r.Instant:
		return 0
	case from.cfg.Site != to.cfg.Site:
		return orDefault(r.Sites, 3*time.Hour)
	case urgent:
		return r.Urgent
	}
	return orDefault(r.First, 15*time.Second) + time.Duration(partner)*orDefault(r.Next, 3*time.Second)
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

// pdc is the PDC emulator when it is another domain controller that can be
// reached, else nil.
func (dc *DC) pdc() *DC {
	d := dc.domain
	if p := d.PDC(); p != dc && !d.Settings().Replication.CutToPDC {
		return p
	}
	return nil
}

// urgent reports changes that partners are told of at once.
func (f *Forest) urgent(old, next *object) bool {
	if old == nil {
		return false
	}
	k := f.k
	if next.parent == nil {
		return true
	}
	trust := func(o *object) domain.UAC {
		return domain.UAC(uint32(o.int(k.userAccountControl))) & (domain.InterdomainTrustAccount | domain.WorkstationTrustAccount | domain.ServerTrustAccount)
	}
	return old.text(k.lockoutTime) != next.text(k.lockoutTime) || next.text(k.pwdLastSet) == "0" && old.text(k.pwdLastSet) != "0" || trust(old) != trust(next)
}

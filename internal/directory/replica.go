package directory

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

// Replication says how long changes take from one domain controller to the
// others of its domain. The zero value is the published defaults (MS-ADTS
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

// A replica is what a domain controller does not have yet of the forest's newest
// state. The zero value is up to date and costs one load to ask.
type replica struct {
	now   atomic.Int64 // the latest time an operation came in, Unix nanoseconds
	stale atomic.Pointer[staleTable]
}

// A staleTable holds the objects of which newer versions are on their way.
type staleTable struct {
	mu sync.RWMutex
	by map[*node]*arriving
}

// arriving is an object as the replica knows it (nil: not at all) and the
// versions that will arrive.
type arriving struct {
	known *object
	queue []arrival
}

type arrival struct {
	at  int64
	obj *object
}

// see is an object as this domain controller knows it now; nil when it does not
// know it yet.
func (dc *DC) see(n *node) *object {
	if t := dc.stale.Load(); t != nil {
		if o, ok := t.see(n, dc.now.Load()); ok {
			return o
		}
	}
	return n.obj.Load()
}

func (t *staleTable) see(n *node, now int64) (*object, bool) {
	t.mu.RLock()
	a := t.by[n]
	t.mu.RUnlock()
	if a == nil {
		return nil, false
	}
	o, arrived := a.known, 0
	for _, v := range a.queue {
		if v.at > now {
			return o, true
		}
		o, arrived = v.obj, arrived+1
	}
	t.mu.Lock()
	if cur := t.by[n]; cur != nil && len(cur.queue) == arrived {
		delete(t.by, n)
	}
	t.mu.Unlock()
	return nil, false
}

// send puts a version on its way.
func (dc *DC) send(n *node, old, next *object, at time.Time) {
	t := dc.stale.Load()
	if t == nil {
		t = &staleTable{by: map[*node]*arriving{}}
		if !dc.stale.CompareAndSwap(nil, t) {
			t = dc.stale.Load()
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	was := t.by[n]
	grown := &arriving{known: old}
	if was != nil {
		grown.known = was.known
		grown.queue = append(grown.queue, was.queue...)
	}
	grown.queue = append(grown.queue, arrival{at.UnixNano(), next})
	t.by[n] = grown
}

// fetch makes a replica know an object's newest version.
func (dc *DC) fetch(n *node) {
	if t := dc.stale.Load(); t != nil {
		t.mu.Lock()
		delete(t.by, n)
		t.mu.Unlock()
	}
}

// comes notes the time of an operation, for what arrives meanwhile.
func (dc *DC) comes(now time.Time) {
	if n := now.UnixNano(); n > dc.now.Load() {
		dc.now.Store(n)
	}
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

// replicate sends what has been committed on its way to the other domain
// controllers of the domain. The caller holds the write lock.
func (t *tx) replicate() {
	from := t.s.dc
	d := from.domain
	if len(d.dcs) < 2 || t.s.everywhere {
		return
	}
	r := d.Settings().Replication
	for _, st := range t.staged {
		from.fetch(st.node)
		urgent := t.f.urgent(st.old, st.next)
		partner := 0
		for _, to := range d.dcs {
			if to == from {
				continue
			}
			wait := r.delay(from, to, partner, urgent)
			partner++
			if to == d.PDC() && !r.CutToPDC && st.old != nil && st.old.secret != st.next.secret {
				wait = 0 // passwords go to the PDC emulator by a call of their own
			}
			if wait > 0 {
				to.send(st.node, st.old, st.next, t.s.now.Add(wait))
			} else {
				to.fetch(st.node)
			}
		}
	}
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

// knownUSN is the number of the last change that this domain controller has,
// with all before it.
func (dc *DC) knownUSN() uint32 { return dc.forest.usn }

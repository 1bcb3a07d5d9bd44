package directory

import (
	"sync"

	"github.com/ssprlab/ssprlab/internal/directory/security"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

// A Logon is what one domain controller remembers of an account's logons. None
// of it is replicated, and all of it is in the domain controller's database.
type Logon struct {
	Account    security.GUID   `json:"-"`
	Controller uint16          `json:"-"` // its number in the forest, in the order of the configuration
	BadCount   int             `json:"badPwdCount,omitempty"`
	BadTime    domain.FileTime `json:"badPasswordTime,omitempty"`
	Last       domain.FileTime `json:"lastLogon,omitempty"`
	LastOff    domain.FileTime `json:"lastLogoff,omitempty"`
	Count      int             `json:"logonCount,omitempty"`
	Locked     domain.FileTime `json:"locked,omitempty"` // when this domain controller itself locked the account
}

func (dc *DC) logonOf(n *node) Logon {
	s := dc.logons.get(n.slot)
	return Logon{
		Account: n.obj.Load().guid, Controller: dc.number, BadCount: s.badCount, BadTime: s.badTime,
		Last: s.lastLogon, LastOff: s.lastLogoff, Count: s.count, Locked: s.locked,
	}
}

// unsavedLogons is what has changed since it was last offered to keep.
type unsavedLogons struct {
	keep func([]Logon) // nil: nobody keeps any
	mu   sync.Mutex
	list map[changedLogon]struct{}
}

type changedLogon struct {
	dc *DC
	n  *node
}

// changeLogon changes what a domain controller remembers of an account.
func (dc *DC) changeLogon(n *node, change func(logonState) logonState) {
	dc.logons.update(n.slot, change)
	u := &dc.forest.unsaved
	if u.keep == nil {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.list == nil {
		u.list = map[changedLogon]struct{}{}
	}
	u.list[changedLogon{dc, n}] = struct{}{}
}

// SaveLogons offers what domain controllers newly remember of logons to
// KeepLogons.
func (f *Forest) SaveLogons() {
	u := &f.unsaved
	if u.keep == nil {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.list) == 0 {
		return
	}
	list := make([]Logon, 0, len(u.list))
	for c := range u.list {
		list = append(list, c.dc.logonOf(c.n))
	}
	clear(u.list)
	u.keep(list)
}

// Logons is all that domain controllers remember of logons.
func (f *Forest) Logons() (list []Logon) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	for _, dc := range f.dsas {
		for _, n := range f.nodes {
			if dc.logons.get(n.slot) != (logonState{}) && !n.obj.Load().ended {
				list = append(list, dc.logonOf(n))
			}
		}
	}
	return list
}

// ApplyLogons takes over what the domain controllers of an equal forest
// remembered. Accounts that are gone are left out. As with [Forest.Apply], the
// forest is one that nobody uses yet.
func (f *Forest) ApplyLogons(list []Logon) {
	for _, l := range list {
		n := f.byGUID[l.Account]
		if n == nil || int(l.Controller) >= len(f.dsas) {
			continue
		}
		f.dsas[l.Controller].logons.update(n.slot, func(logonState) logonState {
			return logonState{badCount: l.BadCount, badTime: l.BadTime, lastLogon: l.Last, lastLogoff: l.LastOff, count: l.Count, locked: l.Locked}
		})
	}
}

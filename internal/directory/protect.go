package directory

import (
	"time"

	"github.com/ssprlab/ssprlab/internal/directory/security"
)

// Characters of dSHeuristics 16 that leave operators unprotected (MS-ADTS
// 6.1.1.2.4.1.2, dwAdminSDExMask).
var excludable = map[uint32]int{548: 1, 549: 2, 550: 4, 551: 8}

// ProtectAdminGroups gives every protected account and group the descriptor of
// AdminSDHolder and adminCount 1 (MS-ADTS 3.1.1.6.1). A domain does it every
// hour when somebody comes by. Nothing is undone for those who left.
func (d *Domain) ProtectAdminGroups(now time.Time) {
	f := d.forest
	if f.flavour.samba() {
		return
	}
	f.mu.Lock()
	dc := d.PDC() // its task alone
	s := dc.itself(now)
	t := s.begin()
	sd := d.holder.obj.Load().sd
	var touched []*object
	for n := range d.protected() {
		o := n.obj.Load()
		if o.sd == sd && o.text(f.k.adminCount) == "1" {
			continue
		}
		if o.sd != sd {
			e := t.edit(n, true)
			e.sd, e.usnSD = sd, t.usn()
			touched = append(touched, o)
		}
		t.set(n, f.k.adminCount, oneValue("1"))
	}
	t.commit()
	f.mu.Unlock()
	d.swept.Store(now.Unix())
	for _, o := range touched {
		fields := append(dc.target(make([]Field, 0, 8), o), dc.self()...)
		dc.emit(now, 4780, taskAccount, true, append(fields, Field{"PrivilegeList", "-"})...)
	}
}

// protected is the protected groups, everybody in them however nested, and the
// accounts that are protected by themselves. The caller holds the lock.
func (d *Domain) protected() map[*node]bool {
	f := d.forest
	exclude := hexDigit(f.heuristic(16))
	out := map[*node]bool{}
	add := func(n *node) {
		if n != nil {
			out[n] = true
		}
	}
	for _, rid := range []uint32{544, 548, 549, 550, 551, 552} {
		if bit := excludable[rid]; bit&exclude != 0 {
			continue
		}
		f.addWithMembers(out, d.builtinNode(rid), d)
	}
	for _, rid := range []uint32{512, 518, 519} {
		f.addWithMembers(out, f.bySID[d.sid.WithRID(rid)], d)
	}
	for _, rid := range []uint32{500, 502, 516, 521, 526, 527} {
		add(f.bySID[d.sid.WithRID(rid)])
	}
	return out
}

func (f *Forest) addWithMembers(out map[*node]bool, n *node, d *Domain) {
	if n == nil || out[n] {
		return
	}
	o := n.obj.Load()
	if o.part != d.part || o.deleted || !o.class.is("group") && !o.class.is("user") || o.class.is("computer") {
		return
	}
	out[n] = true
	for _, m := range o.linked(f.k.member) {
		f.addWithMembers(out, m, d)
	}
	if o.class.is("group") && o.sid.Domain() == d.sid {
		for _, m := range f.indexFor(f.k.primaryGroupID).get(f.normal(f.k.primaryGroupID, o.ridText()), nil) {
			if m.obj.Load().part == d.part && o.sid.RID() != security.RIDDomainUsers {
				f.addWithMembers(out, m, d)
			}
		}
	}
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return 0
}

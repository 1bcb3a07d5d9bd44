package directory

import (
	"strconv"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

// account is an object as the account rules see it, with the logon state of one
// domain controller.
func (dc *DC) account(o *object) domain.Account {
	k := dc.forest.k
	state := dc.logons.get(o.node.slot)
	a := domain.Account{
		SAMAccountName: o.text(k.sAMAccountName), DisplayName: o.text(k.displayName), RID: o.sid.RID(),
		Control: domain.UAC(uint32(o.int(k.userAccountControl))), PasswordLastSet: domain.FileTime(o.int(k.pwdLastSet)),
		AccountExpires: domain.FileTime(o.int(k.accountExpires)), Workstations: o.text(k.userWorkstations),
		Lockout: domain.Lockout{BadCount: state.badCount, BadTime: state.badTime, LockoutTime: domain.FileTime(o.int(k.lockoutTime))},
	}
	if dc.cut() && state.locked > a.Lockout.LockoutTime {
		a.Lockout.LockoutTime = state.locked
	}
	if hours := o.text(k.logonHours); hours != "" {
		a.LogonHours = []byte(hours)
	}
	if s := o.secret; s != nil {
		a.HasPassword, a.Current, a.History = s.has, s.current, s.history
	}
	return a
}

// headPolicy is the domain policy read from one version of the domain head.
type headPolicy struct {
	from   *object
	policy domain.Policy
}

// switches is what no attribute of the directory holds.
func (d *Domain) switches() domain.Switches {
	set := d.Settings()
	s := domain.Switches{HintsSkipMinAge: set.HintsSkipMinAge, PreviousPasswordGrace: set.PreviousPasswordGrace}
	if d.forest.flavour.samba() {
		s.Dialect = domain.Samba
	}
	return s
}

// domainPolicy is the policy on the domain head.
func (d *Domain) domainPolicy() domain.Policy {
	head := d.part.head.obj.Load()
	if p := d.policy.Load(); p != nil && p.from == head {
		return p.policy
	}
	k := d.forest.k
	p := domain.Policy{
		Name: "domain policy", MinLength: int(head.int(k.minPwdLength)), HistoryLength: int(head.int(k.pwdHistoryLength)),
		MinAge: domain.Interval(head.int(k.minPwdAge)), MaxAge: domain.Interval(head.int(k.maxPwdAge)), LockoutThreshold: int(head.int(k.lockoutThreshold)),
		LockoutDuration: domain.Interval(head.int(k.lockoutDuration)), LockoutWindow: domain.Interval(head.int(k.lockOutObservationWindow)),
		Properties: domain.Properties(uint32(head.int(k.pwdProperties))), Switches: d.switches(),
	}
	d.policy.Store(&headPolicy{head, p})
	return p
}

// psoTable is every PSO of a domain, by node, at one state of the forest.
type psoTable struct {
	generation uint64
	by         map[*node]domain.PSO
}

// effectivePolicy is the policy in force for an account: domain or resultant
// PSO.
func (d *Domain) effectivePolicy(o *object) domain.Policy {
	head := d.domainPolicy()
	if pso := d.resultantPSO(o); pso != nil {
		return domain.Effective(head, pso)
	}
	return head
}

// resultantPSO finds the fine-grained policy of an account, or nil. The caller
// holds the lock.
func (d *Domain) resultantPSO(o *object) *domain.PSO {
	table := d.psoTable()
	if len(table.by) == 0 || !o.class.is("user") {
		return nil
	}
	k := d.forest.k
	subject := domain.Account{Control: domain.UAC(uint32(o.int(k.userAccountControl))), RID: o.sid.RID()}
	if !domain.SubjectToPSO(subject) {
		return nil
	}
	direct := table.linked(o.linked(k.psoApplied))
	var via []domain.PSO
	if len(direct) == 0 {
		for _, group := range d.forest.groupsOf(o, false, (*node).newest) {
			if domain.GroupType(int32(group.int(k.groupType)))&domain.GlobalGroup != 0 {
				via = append(via, table.linked(group.linked(k.psoApplied))...)
			}
		}
	}
	return domain.ResultantPSO(direct, via)
}

func (t *psoTable) linked(list []*node) (out []domain.PSO) {
	for _, n := range list {
		if p, ok := t.by[n]; ok {
			out = append(out, p)
		}
	}
	return out
}

func (d *Domain) psoTable() *psoTable {
	generation := d.forest.policies.Load()
	if t := d.psos.Load(); t != nil && t.generation == generation {
		return t
	}
	t := &psoTable{generation: generation, by: map[*node]domain.PSO{}}
	if d.psc != nil && d.psc.kids != nil {
		for _, n := range d.psc.kids.list {
			if n == nil {
				continue
			}
			if o := n.obj.Load(); o.class.is("msDS-PasswordSettings") {
				t.by[n] = d.readPSO(o)
			}
		}
	}
	d.psos.Store(t)
	return t
}

func (d *Domain) readPSO(o *object) domain.PSO {
	k := d.forest.k
	p := domain.PSO{DN: o.dn(), GUID: o.guid, Precedence: int(o.int(k.psoPrecedence))}
	p.Policy = domain.Policy{
		Name: o.rdn, MinLength: int(o.int(k.psoMinLength)), HistoryLength: int(o.int(k.psoHistory)), MinAge: domain.Interval(o.int(k.psoMinAge)),
		MaxAge: domain.Interval(o.int(k.psoMaxAge)), LockoutThreshold: int(o.int(k.psoThreshold)), LockoutDuration: domain.Interval(o.int(k.psoDuration)),
		LockoutWindow: domain.Interval(o.int(k.psoWindow)), Switches: d.switches(),
	}
	if o.text(k.psoComplexity) == "TRUE" {
		p.Policy.Properties |= domain.Complex
	}
	if o.text(k.psoReversible) == "TRUE" {
		p.Policy.Properties |= domain.StoreCleartext
	}
	return p
}

// storeLockout writes lockoutTime, which is replicated. It stays absent until
// an account is locked for the first time.
func (t *tx) storeLockout(n *node, at domain.FileTime) {
	k := t.f.k
	if at == 0 && !t.object(n).stored(k.lockoutTime).any {
		return
	}
	t.set(n, k.lockoutTime, oneValue(at.String()))
}

func (t *tx) setInt(n *node, a *schema.Attribute, v int64) {
	t.set(n, a, oneValue(strconv.FormatInt(v, 10)))
}

package rig

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
)

// A protection is the on-premises part of Microsoft Entra Password Protection:
// DC agents on domain controllers, the proxy between them and the cloud, and each
// domain's copy of the policy (SSPR reference 7.5). It is safe for concurrent
// use; it calls no part of the lab but journal and faults, because it is asked
// while directory or tenant are locked.
type protection struct {
	lab     *Lab
	journal *journal.Journal
	faults  *Faults

	mu      sync.Mutex
	cloud   []cloudPolicy // what the tenant said when, oldest first
	domains map[string]*protectedDomain
	seen    []dcOutcome
}

// A cloudPolicy is what the tenant's settings say from a moment on.
type cloudPolicy struct {
	from time.Time
	ban  policy.BanSettings
}

// A protectedDomain is the copy of the policy that the agents of a domain keep
// in its SYSVOL, and the agents.
type protectedDomain struct {
	name    string // DNS
	noProxy bool   // no proxy service is registered
	copied  *dcPolicy
	next    time.Time // when the agents look at the age of the copy again
	agents  []*dcAgent
}

// A dcPolicy is a copy of the policy.
type dcPolicy struct {
	policy.BanSettings

	tenantDate time.Time // of the tenant's own part
	fetched    time.Time
}

// A dcAgent runs on one domain controller.
type dcAgent struct {
	dc      *directory.DC
	inForce *dcPolicy // nil: it never got one
}

// A dcOutcome is what an agent said about a password of an account.
type dcOutcome struct {
	domain, account, dc string
	set                 bool
	verdict             policy.DCVerdict
}

// maxOutcomes bounds what is remembered for decision records: an attempt asks as
// soon as its write is over.
const maxOutcomes = 256

// openProtection starts the DC agents of the seed.
func (l *Lab) openProtection(context.Context) error {
	l.Protection = &protection{lab: l, journal: l.Journal, faults: l.Faults, domains: map[string]*protectedDomain{}}
	if l.Forest == nil {
		return nil
	}
	now := l.Clock.Now()
	l.Protection.cloud = []cloudPolicy{{l.Created, l.Tenant.WatchSettings(l.Protection.settingsChange).Ban}}
	l.Faults.beforeChange(func() { l.Protection.refresh(l.Clock.Now()) })
	l.Clock.OnMove(func(at time.Time) { l.Protection.refresh(at) })
	for i, p := range l.plans {
		d := l.Forest.Domains()[i]
		l.Protection.domains[strings.ToLower(d.DNSName())] = &protectedDomain{name: d.DNSName(), noProxy: p.Protection.NoProxy}
		l.Protection.install(d, p.Protection.Agents, now)
	}
	return nil
}

// settingsChange is told of the tenant's settings, under the tenant's lock.
func (p *protection) settingsChange(now time.Time, next policy.Settings) {
	p.refresh(now) // what was due until now came from what was said until now
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cloud = append(p.cloud, cloudPolicy{now, next.Ban})
}

// install makes the named domain controllers, and no others, run the agent. One
// that starts looks for a policy at once.
func (p *protection) install(d *directory.Domain, names []string, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	domain := p.domains[strings.ToLower(d.DNSName())]
	var agents []*dcAgent
	started := false
	for _, dc := range d.DCs() {
		wanted := slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, dc.Name()) })
		at := slices.IndexFunc(domain.agents, func(a *dcAgent) bool { return a.dc == dc })
		switch {
		case wanted && at >= 0:
			agents = append(agents, domain.agents[at])
		case wanted:
			agents, started = append(agents, &dcAgent{dc: dc}), true
			dc.SetPasswordFilter(p.filter(domain, dc))
		default:
			dc.SetPasswordFilter(nil)
		}
	}
	domain.agents = agents
	if started {
		p.look(domain, now)
		domain.next = now.Add(policy.DCPolicyLifetime)
	}
}

// refresh does what the agents have done by the clock since somebody last came
// by.
func (p *protection) refresh(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range p.domains {
		p.catchUp(d, now)
	}
	p.forget(now)
}

// maxLooks bounds how many missed hours are made up for one by one.
const maxLooks = 1000

// catchUp looks at every hour that has passed. A clock that went back starts the
// hour anew.
func (p *protection) catchUp(d *protectedDomain, now time.Time) {
	if len(d.agents) == 0 {
		return
	}
	if d.next.Sub(now) > policy.DCPolicyLifetime {
		d.next = now.Add(policy.DCPolicyLifetime)
	}
	if missed := now.Sub(d.next); missed > maxLooks*policy.DCPolicyLifetime {
		d.next = d.next.Add((missed/policy.DCPolicyLifetime - maxLooks) * policy.DCPolicyLifetime)
	}
	for ; !d.next.After(now); d.next = d.next.Add(policy.DCPolicyLifetime) {
		p.look(d, d.next)
	}
}

// look asks for the policy when the domain's copy is old, and puts a new one in
// force.
func (p *protection) look(d *protectedDomain, at time.Time) {
	if d.copied == nil || at.Sub(d.copied.fetched) >= policy.DCPolicyLifetime || at.Before(d.copied.fetched) {
		p.fetch(d, at)
	}
	if d.copied == nil {
		return
	}
	for _, a := range d.agents {
		if a.inForce == nil || !policy.SameDCPolicy(a.inForce.BanSettings, d.copied.BanSettings) {
			p.takeOver(a, *d.copied, at)
		}
	}
}

// fetch asks the cloud through the proxy. Without one the old copy stays.
func (p *protection) fetch(d *protectedDomain, at time.Time) {
	away := d.noProxy
	p.faults.hit(FaultProxy, func(Fault) { away = true }, d.name)
	said, known := p.saidAt(at)
	if away || !known {
		return
	}
	d.copied = &dcPolicy{BanSettings: said.ban.InForce(at), tenantDate: said.from, fetched: at}
}

// saidAt is what the cloud said at a moment.
func (p *protection) saidAt(at time.Time) (cloudPolicy, bool) {
	for _, c := range slices.Backward(p.cloud) {
		if !c.from.After(at) {
			return c, true
		}
	}
	if len(p.cloud) == 0 {
		return cloudPolicy{}, false
	}
	return p.cloud[0], true
}

// forget drops what no agent will ask for any more.
func (p *protection) forget(now time.Time) {
	for len(p.cloud) > 1 && !p.cloud[1].from.After(now.Add(-policy.DCPolicyLifetime)) {
		p.cloud = p.cloud[1:]
	}
}

// filter is what a domain controller with an agent shows its passwords to.
func (p *protection) filter(d *protectedDomain, dc *directory.DC) directory.PasswordFilter {
	return func(f directory.FilteredPassword) bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.catchUp(d, f.Now)
		at := slices.IndexFunc(d.agents, func(a *dcAgent) bool { return a.dc == dc })
		if at < 0 {
			return true
		}
		v := p.judge(d, d.agents[at], f)
		p.tell(dc, f, v)
		if p.seen = append(p.seen, dcOutcome{d.name, f.UserName, dc.HostName(), f.Set, v}); len(p.seen) > maxOutcomes {
			p.seen = slices.Clone(p.seen[maxOutcomes/2:])
		}
		return v.Accepted
	}
}

func (p *protection) judge(d *protectedDomain, a *dcAgent, f directory.FilteredPassword) policy.DCVerdict {
	silent := false
	p.faults.hit(FaultDCAgent, func(Fault) { silent = true }, d.name, a.dc.Name(), a.dc.HostName())
	if silent {
		return policy.DCError(f.Set)
	}
	r := policy.DCRequest{Set: f.Set, UserName: f.UserName, FullName: f.FullName, Candidate: f.Password.Reveal()}
	if a.inForce != nil {
		r.Policy = &a.inForce.BanSettings
	}
	return policy.JudgeOnDC(r)
}

// outcomes takes what the agents said about an account: what is taken is not
// told again.
func (p *protection) outcomes(domain, account string) (list []dcOutcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = slices.DeleteFunc(p.seen, func(o dcOutcome) bool {
		mine := strings.EqualFold(o.domain, domain) && strings.EqualFold(o.account, account)
		if mine {
			list = append(list, o)
		}
		return mine
	})
	return list
}

package rig

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/ssprlab/ssprlab/internal/control"
	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// protectionJSON is on-premises Password Protection in a domain. Agents and
// NoProxy are as in a seed file; the rest is read-only.
type protectionJSON struct {
	Agents      []string         `json:"agents"`
	NoProxy     bool             `json:"noProxy"`
	Controllers []dcAgentJSON    `json:"controllers"`
	Copied      *protectionState `json:"copy,omitempty"` // of the policy, as the domain keeps it
}

// dcAgentJSON is a domain controller with an agent.
type dcAgentJSON struct {
	Name    string           `json:"name"`              // fully qualified
	InForce *protectionState `json:"inForce,omitempty"` // left out: it never got a policy
	Summary map[string]int   `json:"summary"`           // as Get-AzureADPasswordProtectionSummaryReport counts
}

// protectionState is what a copy of the policy says.
type protectionState struct {
	State   string    `json:"state"` // disabled, audit or enforced
	Custom  int       `json:"customTerms"`
	Fetched time.Time `json:"fetched"`
}

func (p *dcPolicy) state() *protectionState {
	if p == nil {
		return nil
	}
	s := &protectionState{State: "audit", Fetched: p.fetched}
	switch {
	case !p.OnPremises:
		s.State = "disabled"
	case p.Enforce:
		s.State = "enforced"
	}
	if p.EnforceCustom {
		s.Custom = max(len(p.Custom), p.CustomList.Len())
	}
	return s
}

func (p *protection) show(d *protectedDomain) protectionJSON {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := protectionJSON{Agents: []string{}, NoProxy: d.noProxy, Controllers: []dcAgentJSON{}, Copied: d.copied.state()}
	for _, a := range d.agents {
		out.Agents = append(out.Agents, a.dc.Name())
		out.Controllers = append(out.Controllers, dcAgentJSON{Name: a.dc.HostName(), InForce: a.inForce.state(), Summary: p.summary(a.dc.HostName())})
	}
	return out
}

// summary counts the events of a domain controller's log.
func (p *protection) summary(host string) map[string]int {
	counts := map[int]int{}
	for _, r := range p.journal.Records(journal.Query{Channel: journal.DCAgent}) {
		if r.Event.Computer == host {
			counts[r.Event.ID]++
		}
	}
	out := map[string]int{}
	for _, line := range policy.DCSummary {
		out[line.Property] = counts[line.Event]
	}
	return out
}

func (a directoryAPI) Protection(name string) (json.RawMessage, bool) {
	d := a.domain(name)
	if d == nil {
		return nil, false
	}
	a.l.Protection.refresh(a.l.Clock.Now())
	text, err := json.Marshal(a.l.Protection.show(a.l.Protection.domains[strings.ToLower(d.DNSName())]))
	return text, err == nil
}

func (a directoryAPI) PatchProtection(name string, patch json.RawMessage) (json.RawMessage, error) {
	d := a.domain(name)
	if d == nil {
		return nil, control.BadInput{Field: "domain", Text: fmt.Sprintf("no embedded domain %q", name)}
	}
	var in struct {
		Agents  *[]string `json:"agents"`
		NoProxy *bool     `json:"noProxy"`
	}
	if err := strictJSON(patch, &in); err != nil {
		return nil, control.BadInput{Text: "agents and noProxy can be changed: " + err.Error()}
	}
	now := a.l.Clock.Now()
	a.l.Protection.refresh(now)
	if in.Agents != nil {
		if err := a.l.mayRunAgents(d.DNSName(), *in.Agents); err != nil {
			return nil, err
		}
	}
	if in.NoProxy != nil {
		a.l.Protection.setProxy(d.DNSName(), !*in.NoProxy)
	}
	if in.Agents != nil {
		a.l.Protection.install(d, *in.Agents, now)
	}
	text, _ := a.Protection(name)
	return text, nil
}

// mayRunAgents refuses domain controllers that no DC agent can be installed on.
func (l *Lab) mayRunAgents(domain string, names []string) error {
	plan, err := l.planOf(domain)
	if err != nil {
		return err
	}
	for _, name := range names {
		if why := tenant.NoDCAgent(name, plan.Dialect, plan.Controllers); why != "" {
			return control.BadInput{Field: "agents", Text: why}
		}
	}
	return nil
}

func (p *protection) setProxy(domain string, registered bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.domains[strings.ToLower(domain)].noProxy = !registered
}

// facts shows where DC agents run to the page of a domain, beside its rules.
func (p *protection) facts(d *directory.Domain) (list []policy.Fact) {
	p.refresh(p.lab.Clock.Now())
	shown := p.show(p.domains[strings.ToLower(d.DNSName())])
	for _, a := range shown.Controllers {
		f := policy.Fact{Name: "DC agent on " + a.Name, Value: "no policy"}
		if a.InForce != nil {
			f.Value = a.InForce.State + ", " + a.InForce.Fetched.UTC().Format(time.RFC3339)
		}
		list = append(list, f)
	}
	return list
}

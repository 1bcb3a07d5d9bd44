package rig

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ssprlab/ssprlab/internal/hashsync"
	"github.com/ssprlab/ssprlab/internal/writeback"
	"github.com/ssprlab/ssprlab/internal/writeback/agent"
	"github.com/ssprlab/ssprlab/internal/writeback/envelope"
)

// The parts that can be broken.
const (
	FaultRelay = "relay" // between cloud and agent
	FaultAgent = "agent"
	FaultCloud = "cloud" // the tenant's own directory

	// FaultHashSync is password hash synchronisation on a sync server.
	FaultHashSync = "hash-sync"

	// On-premises Password Protection.
	FaultProxy   = "proxy"    // between the DC agents of a domain and the cloud
	FaultDCAgent = "dc-agent" // the agent's service on a domain controller
)

// The effects that a fault can have.
const (
	EffectUnreachable = "unreachable" // relay: as though nobody listened; hash-sync: the cloud does not answer
	EffectLoseAnswer  = "lose-answer" // relay, agent: written, and never answered
	EffectWrongKey    = "wrong-key"   // agent: its private key does not fit
	EffectDelay       = "delay"       // agent: wait before acting
	EffectFIPS        = "fips"        // hash-sync: the server allows no MD5
	EffectError       = "error"       // dc-agent: the service does not answer its password filter
	// EffectWriteRefused: the cloud takes no new password, for whatever reason:
	// OnPremisesSuccessCloudFailure where the directory has taken it before.
	EffectWriteRefused = "write-refused"
)

// serverFailures are the effects by which an agent fails for reasons of its own
// server: see agent.Failure.
func serverFailures() []string {
	return []string{string(agent.SAMHardening), string(agent.ForestNotEnabled), string(agent.NameTooLong), string(agent.ReservedName), string(agent.ConfigurationDamaged)}
}

// A Fault is a switched-on breakage: what it matches, its effect, and how many
// times.
type Fault struct {
	Part   string `json:"part"`            // relay, agent, cloud, hash-sync, proxy or dc-agent
	Match  string `json:"match,omitempty"` // domain (relay, proxy), agent (agent, hash-sync), user principal name (cloud) or domain controller; "" matches all
	Effect string `json:"effect"`
	Delay  string `json:"delay,omitempty"` // Go duration, with the effect delay
	Count  int    `json:"count,omitempty"` // how many times; 0: until it is switched off
	Hits   int    `json:"hits"`            // how often it took effect
}

func (f Fault) check() error {
	effects := map[string][]string{
		FaultRelay: {EffectUnreachable, EffectLoseAnswer},
		FaultAgent: append([]string{EffectWrongKey, EffectDelay, EffectLoseAnswer}, serverFailures()...),
		FaultCloud: {EffectWriteRefused},

		FaultHashSync: {EffectUnreachable, EffectFIPS},

		FaultProxy: {EffectUnreachable}, FaultDCAgent: {EffectError},
	}[f.Part]
	switch {
	case effects == nil:
		return fmt.Errorf("part: %q cannot be broken: relay, agent, cloud, hash-sync, proxy or dc-agent", f.Part)
	case !slices.Contains(effects, f.Effect):
		return fmt.Errorf("effect: %q is none of a %s: %v", f.Effect, f.Part, effects)
	case f.Count < 0:
		return fmt.Errorf("count: %d: 0 (always) or more", f.Count)
	}
	if d, err := time.ParseDuration(f.Delay); f.Effect == EffectDelay && (err != nil || d <= 0 || d > time.Minute) {
		return fmt.Errorf("delay: %q: a duration up to 1m, as 10s", f.Delay)
	}
	return nil
}

// Faults are the faults of a lab. It is safe for concurrent use.
type Faults struct {
	mu     sync.Mutex
	list   []Fault
	before func() // called before the list changes; nil: nobody
}

// beforeChange has told called before the faults change: what went wrong until
// then, did.
func (f *Faults) beforeChange(told func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before = told
}

func newFaults() *Faults { return &Faults{} }

// List returns the faults that are switched on.
func (f *Faults) List() []Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.list)
}

// Replace switches all faults off and these on.
func (f *Faults) Replace(list []Fault) error {
	for i, one := range list {
		if err := one.check(); err != nil {
			return fmt.Errorf("fault %d: %w", i+1, err)
		}
	}
	f.mu.Lock()
	before := f.before
	f.mu.Unlock()
	if before != nil {
		before()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = slices.Clone(list)
	for i := range f.list {
		f.list[i].Hits = 0
	}
	return nil
}

// hit calls effect for each fault of a part that matches one of the names.
func (f *Faults) hit(part string, effect func(Fault), names ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.list {
		one := &f.list[i]
		if one.Part != part || one.Count > 0 && one.Hits >= one.Count || one.Match != "" && !slices.Contains(names, one.Match) {
			continue
		}
		one.Hits++
		effect(*one)
	}
}

func (f *Faults) cloud(domain string, kind envelope.Kind) (out writeback.Fault) {
	f.hit(FaultRelay, func(one Fault) {
		out.Unreachable = out.Unreachable || one.Effect == EffectUnreachable
		out.AnswerLost = out.AnswerLost || one.Effect == EffectLoseAnswer
	}, domain, string(kind))
	return out
}

// writeRefused reports whether the cloud takes no new password of a person.
func (f *Faults) writeRefused(upn string) (refused bool) {
	f.hit(FaultCloud, func(one Fault) { refused = refused || one.Effect == EffectWriteRefused }, upn)
	return refused
}

// down reports whether the way to an agent is cut, without counting it: looking
// at the status is not what a fault that strikes once is for.
func (f *Faults) down(domain string, kind envelope.Kind) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.list, func(one Fault) bool {
		return one.Part == FaultRelay && one.Effect == EffectUnreachable && (one.Count == 0 || one.Hits < one.Count) &&
			(one.Match == "" || one.Match == domain || one.Match == string(kind))
	})
}

func (f *Faults) agent(name string) func() agent.Fault {
	return func() (out agent.Fault) {
		f.hit(FaultAgent, func(one Fault) {
			out.WrongKey = out.WrongKey || one.Effect == EffectWrongKey
			out.LoseAnswer = out.LoseAnswer || one.Effect == EffectLoseAnswer
			if slices.Contains(serverFailures(), one.Effect) {
				out.Reason = agent.Reason(one.Effect)
			}
			if d, err := time.ParseDuration(one.Delay); err == nil && one.Effect == EffectDelay {
				out.Delay = d
			}
		}, name)
		return out
	}
}

// hashSync is what keeps the hash synchronisation of a sync server from its
// work.
func (f *Faults) hashSync(agent string) (out hashsync.Failure) {
	f.hit(FaultHashSync, func(one Fault) {
		if out = hashsync.Unreachable; one.Effect == EffectFIPS {
			out = hashsync.FIPS
		}
	}, agent)
	return out
}

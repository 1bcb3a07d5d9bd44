package rig

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/control"
	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// maxLabs bounds what one process holds on request of the control API.
const maxLabs = 1000

// A Host holds the labs of a process. The first is the one that the program
// started with; others come and go over the control API, each on loopback ports
// of its own.
type Host struct {
	base LabConfig // what new labs take from the first
	next *chance.Source

	mu   sync.Mutex
	labs []*Lab
	seq  int
}

var _ control.Host = (*Host)(nil)

// NewHost returns a host without labs. New labs use the network, base clock,
// logger, keys and control handler of base.
func NewHost(base LabConfig) *Host {
	return &Host{base: base, next: chance.New(base.RandSeed)}
}

// Adopt adds a lab that was started otherwise.
func (h *Host) Adopt(l *Lab) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.labs = append(h.labs, l)
}

// Labs lists the labs.
func (h *Host) Labs() []control.Lab {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]control.Lab, len(h.labs))
	for i, l := range h.labs {
		list[i] = l.control()
	}
	return list
}

// Create starts a lab.
func (h *Host) Create(ctx context.Context, in api.NewLab) (control.Lab, error) {
	cfg, err := h.config(in)
	if err != nil {
		return control.Lab{}, err
	}
	l, err := NewLab(context.WithoutCancel(ctx), cfg)
	if err != nil {
		return control.Lab{}, fmt.Errorf("starting the lab: %w", err)
	}
	h.Adopt(l)
	return l.control(), nil
}

func (h *Host) config(in api.NewLab) (LabConfig, error) {
	seed, err := tenant.Demo()
	if in.Seed != "" {
		if seed, err = tenant.ParseSeed([]byte(in.Seed)); err != nil {
			return LabConfig{}, control.BadInput{Field: "seed", Text: err.Error()}
		}
	}
	if err != nil {
		return LabConfig{}, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.labs) >= maxLabs {
		return LabConfig{}, control.BadInput{Text: fmt.Sprintf("this process holds %d labs, the most there may be: delete one first", maxLabs)}
	}
	h.seq++
	cfg := LabConfig{
		ID: fmt.Sprintf("lab-%d", h.seq), Seed: seed, Network: h.base.Network, Base: h.base.Base, Logger: h.base.Logger,
		Keys: h.base.Keys, Control: h.base.Control,
	}
	if in.Clock != nil {
		cfg.Clock = *in.Clock
	}
	if in.RandSeed != nil {
		cfg.RandSeed = *in.RandSeed
	} else {
		cfg.RandSeed = uint64(chance.Intn(h.next.Next("lab"), 1<<62))
	}
	return cfg, nil
}

// Delete ends a lab.
func (h *Host) Delete(ctx context.Context, id string) (bool, error) {
	h.mu.Lock()
	i := slices.IndexFunc(h.labs, func(l *Lab) bool { return l.Config.ID == id })
	if i < 0 {
		h.mu.Unlock()
		return false, nil
	}
	l := h.labs[i]
	h.labs = slices.Delete(h.labs, i, i+1)
	h.mu.Unlock()
	return true, l.Close(context.WithoutCancel(ctx))
}

// Close ends all labs, the newest first.
func (h *Host) Close(ctx context.Context) error {
	h.mu.Lock()
	labs := h.labs
	h.labs = nil
	h.mu.Unlock()
	var errs []error
	for _, l := range slices.Backward(labs) {
		errs = append(errs, l.Close(ctx))
	}
	return errors.Join(errs...)
}

// control is the lab as the control API drives it.
func (l *Lab) control() control.Lab {
	out := control.Lab{
		Info: api.Lab{
			ID: l.Config.ID, Tenant: l.tenantName(), Domain: l.domain(), Created: l.Created, Portal: l.PortalURL,
			LDAP: l.LDAPURL, LDAPS: l.LDAPSURL, SMTP: l.SMTPAddr, CA: string(l.CA), RandSeed: l.Config.RandSeed,
		},
		Clock: l.Clock, Journal: l.Journal, Reset: l.Reset, Tenant: l.Tenant, Mailbox: l.Mailbox, Phones: l.Phones,
		Authenticator: l.Authenticator, Workstations: l.Workstations, Robot: l.Robot,
		Faults: faultsAPI{l.Faults}, Memory: memory{l}, Agents: agentsAPI{l},
	}
	if l.Forest != nil {
		out.Directory = directoryAPI{l}
	}
	return out
}

// memory is what the people of the seed know by heart.
type memory struct{ l *Lab }

func (m memory) Answer(user, question string) (string, bool) {
	for _, u := range m.l.Config.Seed.Users {
		if !strings.EqualFold(u.UserPrincipalName, user) {
			continue
		}
		for _, q := range u.Methods.Questions {
			if q.Question == question {
				return q.Answer.Reveal(), true
			}
		}
	}
	return "", false
}

type faultsAPI struct{ *Faults }

func (f faultsAPI) JSON() (json.RawMessage, error) {
	list := f.List()
	if list == nil {
		list = []Fault{}
	}
	return json.Marshal(list)
}

func (f faultsAPI) Set(text json.RawMessage) error {
	var list []Fault
	if err := strictJSON(text, &list); err != nil {
		return fmt.Errorf("a list of faults is expected: %w", err)
	}
	return f.Replace(list)
}

func (f faultsAPI) Clear() { _ = f.Replace(nil) }

func strictJSON(text []byte, into any) error {
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// agentState is an agent as the control API shows and changes it.
type agentState struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Domain  string `json:"domain"`
	Running bool   `json:"running"`
	Enabled bool   `json:"enabled"` // writeback is configured on it
	KeyID   string `json:"keyId,omitempty"`
}

type agentsAPI struct{ l *Lab }

func (a agentsAPI) find(name string) *Agent {
	for _, one := range a.l.Agents {
		if strings.EqualFold(one.Name, name) || strings.EqualFold(one.Domain, name) {
			return one
		}
	}
	return nil
}

func (a agentsAPI) List() []string {
	var names []string
	for _, one := range a.l.Agents {
		names = append(names, one.Name)
	}
	return names
}

func (a agentsAPI) Agent(name string) (json.RawMessage, bool) {
	one := a.find(name)
	if one == nil {
		return nil, false
	}
	text, err := json.Marshal(a.state(one))
	return text, err == nil
}

func (a agentsAPI) state(one *Agent) agentState {
	s := agentState{Name: one.Name, Kind: string(one.Kind), Domain: one.Domain, Running: one.Running(), KeyID: one.KeyID()}
	for _, info := range a.l.Writeback.Agents() {
		if strings.EqualFold(info.Domain, one.Domain) && info.Kind == one.Kind {
			s.Enabled = info.Enabled
		}
	}
	return s
}

// agentTimeout bounds enabling and disabling an agent, in real time.
const agentTimeout = 10 * time.Second

func (a agentsAPI) PatchAgent(ctx context.Context, name string, patch json.RawMessage) (json.RawMessage, error) {
	var in struct {
		Running *bool `json:"running"`
		Enabled *bool `json:"enabled"`
	}
	if err := strictJSON(patch, &in); err != nil {
		return nil, control.BadInput{Text: "running and enabled can be changed: " + err.Error()}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), agentTimeout)
	defer cancel()
	one := a.find(name)
	if err := a.run(ctx, one, in.Running); err != nil {
		return nil, err
	}
	if in.Enabled != nil {
		set := one.Disable
		if *in.Enabled {
			set = one.Enable
		}
		if err := set(ctx); err != nil {
			return nil, fmt.Errorf("switching writeback on agent %s: %w", one.Name, err)
		}
	}
	text, _ := a.Agent(name)
	return text, nil
}

func (a agentsAPI) run(ctx context.Context, one *Agent, want *bool) error {
	switch {
	case want == nil || *want == one.Running():
		return nil
	case *want:
		if err := one.Start(ctx); err != nil {
			return fmt.Errorf("starting agent %s: %w", one.Name, err)
		}
	default:
		one.Stop()
	}
	return nil
}

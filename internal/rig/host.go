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

	mu       sync.Mutex
	labs     []*Lab
	seq      int
	pictures map[string]kept
	taken    int

	restoring sync.WaitGroup
}

// A kept picture and the lab it was taken of.
type kept struct {
	lab     string
	picture *Picture
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
	if h.base.GCListen != "" {
		cfg.GCListen = anyLoopback
	}
	if h.base.GCSListen != "" {
		cfg.GCSListen = anyLoopback
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

// maxPictures bounds what a process keeps on request of the control API.
const maxPictures = 100

func (h *Host) find(id string) *Lab {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, l := range h.labs {
		if l.Config.ID == id {
			return l
		}
	}
	return nil
}

// Fork starts a lab that goes on from where another stands now, on ports of its
// own.
func (h *Host) Fork(ctx context.Context, id string) (control.Lab, error) {
	l := h.find(id)
	if l == nil {
		return control.Lab{}, fmt.Errorf("no lab %q", id)
	}
	p, err := l.picture()
	if err != nil {
		return control.Lab{}, fmt.Errorf("taking a picture of lab %s: %w", id, err)
	}
	seed := p.config.RandSeed
	cfg, err := h.config(api.NewLab{RandSeed: &seed})
	if err != nil {
		return control.Lab{}, err
	}
	h.mu.Lock()
	p.turn, p.authority = h.seq, nil
	h.mu.Unlock()
	cfg.Seed, cfg.From, cfg.NoDirectory, cfg.Names = p.config.Seed, p, p.config.NoDirectory, p.config.Names
	fork, err := NewLab(context.WithoutCancel(ctx), cfg)
	if err != nil {
		return control.Lab{}, fmt.Errorf("forking lab %s: %w", id, err)
	}
	h.Adopt(fork)
	return fork.control(), nil
}

// Snapshot keeps a picture of a lab as long as the process lives, and returns
// its ID.
func (h *Host) Snapshot(_ context.Context, id string) (string, error) {
	l := h.find(id)
	if l == nil {
		return "", fmt.Errorf("no lab %q", id)
	}
	p, err := l.picture()
	if err != nil {
		return "", fmt.Errorf("taking a picture of lab %s: %w", id, err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.pictures) >= maxPictures {
		return "", control.BadInput{Text: fmt.Sprintf("this process keeps %d snapshots, the most there may be", maxPictures)}
	}
	if h.pictures == nil {
		h.pictures = map[string]kept{}
	}
	h.taken++
	name := fmt.Sprintf("snapshot-%d", h.taken)
	h.pictures[name] = kept{id, p}
	return name, nil
}

// Restore brings a lab back to a snapshot of it: the lab ends and starts again
// from there, at the same addresses and with the same CA. It works after the
// answer to the request has gone out, because the request may have come through
// the lab itself; done is closed when the lab serves again.
func (h *Host) Restore(ctx context.Context, id, snapshot string) (done <-chan struct{}, err error) {
	l := h.find(id)
	h.mu.Lock()
	from, ok := h.pictures[snapshot]
	if ok {
		h.taken++ // the next lab of it draws another chance
	}
	turn := h.taken
	h.mu.Unlock()
	switch {
	case l == nil:
		return nil, fmt.Errorf("no lab %q", id)
	case !ok || from.lab != id:
		return nil, control.BadInput{Field: "snapshot", Text: fmt.Sprintf("%q is no snapshot of this lab", snapshot)}
	case l.Config.Data != nil || l.Config.Relay != l.ownRelay:
		return nil, control.BadInput{Text: "a lab that is kept with --data, or shares its relay with other processes, cannot go back: fork it"}
	}
	p := *from.picture
	p.turn = turn
	cfg := l.Config
	cfg.From, cfg.Clock, cfg.LDIF, cfg.Relay = &p, time.Time{}, "", nil
	l.settle(&cfg)
	finished := make(chan struct{})
	h.restoring.Go(func() {
		defer close(finished)
		h.replace(context.WithoutCancel(ctx), l, cfg)
	})
	return finished, nil
}

// replaceTimeout bounds the end of a lab that is restored: long polls and
// streams are cut then.
const replaceTimeout = 5 * time.Second

// replace ends a lab and puts another at its place.
func (h *Host) replace(ctx context.Context, l *Lab, cfg LabConfig) {
	closing, cancel := context.WithTimeout(ctx, replaceTimeout)
	err := l.Close(closing)
	cancel()
	next, starting := NewLab(ctx, cfg)
	h.mu.Lock()
	defer h.mu.Unlock()
	i := slices.Index(h.labs, l)
	switch {
	case i < 0 && starting == nil: // deleted meanwhile
		err = errors.Join(err, next.Close(ctx))
	case i >= 0 && starting != nil:
		h.labs = slices.Delete(h.labs, i, i+1)
	case i >= 0:
		h.labs[i] = next
	}
	if err := errors.Join(err, starting); err != nil {
		l.Config.Logger.Error("restoring a lab", "lab", l.Config.ID, "error", err)
	}
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
	h.restoring.Wait()
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
			LDAP: l.LDAPURL, LDAPS: l.LDAPSURL, GC: l.GCURL, GCS: l.GCSURL, SMTP: l.SMTPAddr, CA: string(l.CA), RandSeed: l.Config.RandSeed, Controllers: l.controllers(),
		},
		Clock: l.Clock, Journal: l.Journal, Reset: l.Reset, Tenant: l.Tenant, Mailbox: l.Mailbox, Phones: l.Phones,
		Authenticator: l.Authenticator, Tokens: l.Tokens, TokenDesk: l.TokenDesk, Passes: passes{l}, Workstations: l.Workstations, Robot: l.Robot,
		Faults: faultsAPI{l.Faults}, Memory: memory{l}, Agents: agentsAPI{l}, Tend: l.tend,
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

	PasswordHashSync bool `json:"passwordHashSync"`
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
	if w := a.l.hashSwitches[one.Name]; w != nil {
		s.PasswordHashSync = w.on.Load()
	}
	return s
}

// agentTimeout bounds enabling and disabling an agent, in real time.
const agentTimeout = 10 * time.Second

func (a agentsAPI) PatchAgent(ctx context.Context, name string, patch json.RawMessage) (json.RawMessage, error) {
	var in struct {
		Running *bool `json:"running"`
		Enabled *bool `json:"enabled"`

		PasswordHashSync *bool `json:"passwordHashSync"`
	}
	if err := strictJSON(patch, &in); err != nil {
		return nil, control.BadInput{Text: "running, enabled and passwordHashSync can be changed: " + err.Error()}
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
	if w := a.l.hashSwitches[one.Name]; w != nil && in.PasswordHashSync != nil {
		w.on.Store(*in.PasswordHashSync)
	}
	text, _ := a.Agent(name)
	return text, nil
}

func (a agentsAPI) run(ctx context.Context, one *Agent, want *bool) error {
	if w := a.l.hashSwitches[one.Name]; w != nil && want != nil {
		w.down.Store(!*want)
	}
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

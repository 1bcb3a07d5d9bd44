package writeback

import (
	"cmp"
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/writeback/envelope"
	"github.com/ssprlab/ssprlab/internal/writeback/relay"
)

// An agentState is what the cloud knows of one agent.
type agentState struct {
	envelope.Announcement
	key      *rsa.PublicKey
	keySince time.Time // lab time at which this key ID was first heard of
	heard    time.Time
}

// An AgentInfo is what the on-premises integration page shows of an agent.
type AgentInfo struct {
	ID       string        `json:"id"`
	Kind     envelope.Kind `json:"kind"`
	Domain   string        `json:"domain"`
	Version  string        `json:"version"`
	Enabled  bool          `json:"enabled"`
	KeyID    string        `json:"keyId"`
	KeySince time.Time     `json:"keySince"`
	Heard    time.Time     `json:"heard"` // last announcement
}

// Agents lists the agents that have announced themselves, by domain and ID.
func (s *Service) Agents() []AgentInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]AgentInfo, 0, len(s.agents))
	for _, a := range s.agents {
		out = append(out, AgentInfo{a.AgentID, a.Kind, a.Domain, a.Version, a.Enabled, a.KeyID, a.keySince, a.heard})
	}
	slices.SortFunc(out, func(a, b AgentInfo) int {
		return cmp.Or(strings.Compare(a.Domain, b.Domain), strings.Compare(a.ID, b.ID))
	})
	return out
}

// announced hears an agent.
func (s *Service) announced(_ context.Context, frame []byte) []byte {
	n, err := envelope.ReadAnnouncement(frame, s.cfg.Secret)
	if err == nil {
		err = s.note(n)
	}
	if err != nil {
		s.cfg.Logger.Warn("ignoring an announcement", "err", err)
	}
	return nil
}

// note keeps what an agent said of itself and the events it shipped.
func (s *Service) note(n envelope.Announcement) error {
	key, err := n.Key()
	if err != nil {
		return err
	}
	now := s.cfg.Now()
	s.mu.Lock()
	old := s.agents[n.AgentID]
	state := &agentState{Announcement: n, key: key, keySince: now, heard: now}
	if old != nil && old.KeyID == n.KeyID {
		state.keySince = old.keySince
		if key == nil {
			state.key = old.key
		}
	}
	state.Events = nil
	s.agents[n.AgentID] = state
	s.mu.Unlock()
	s.logShipped(n.Events)
	return nil
}

func (s *Service) logShipped(events []envelope.Logged) {
	for _, e := range events {
		s.cfg.Log(e.Event, e.CorrelationID)
	}
}

// An obstacle is what stands between a person and a write, told before anything is
// sent.
type obstacle struct {
	status policy.WritebackStatus
	detail string
	remedy string
}

// route finds the kind of agent that serves a domain, or why there is none.
func (s *Service) route(ctx context.Context, p policy.Person) (envelope.Kind, *obstacle, error) {
	settings, err := s.cfg.Settings(ctx)
	if err != nil {
		return "", nil, fmt.Errorf("reading the settings of writeback: %w", err)
	}
	domain := strings.ToLower(p.OnPremisesDomain)
	notConfigured := func(detail, remedy string) (envelope.Kind, *obstacle, error) {
		return "", &obstacle{policy.WritebackNotConfigured, detail, remedy}, nil
	}
	if !settings.Reset.Writeback {
		return notConfigured("writeback is switched off in the tenant", `switch on "Write back passwords to your on-premises directory" under On-premises integration`)
	}
	if domain == "" {
		return notConfigured("the person comes from no on-premises domain", "synchronise the person from Active Directory")
	}
	enabled := map[envelope.Kind]bool{}
	var others []string
	s.mu.Lock()
	for _, a := range s.agents {
		if !strings.EqualFold(a.Domain, domain) {
			continue
		}
		if a.Enabled {
			enabled[a.Kind] = true
		}
		others = append(others, fmt.Sprintf("%s (%s, enabled: %t)", a.AgentID, a.Kind, a.Enabled))
	}
	s.mu.Unlock()
	slices.Sort(others)
	kind, fixed := s.cfg.Serves[domain]
	if !fixed {
		kind = envelope.ConnectSync
		if !enabled[kind] && enabled[envelope.CloudSync] {
			kind = envelope.CloudSync
		}
	}
	switch {
	case kind == envelope.CloudSync && !settings.Reset.CloudSync:
		return notConfigured("domain "+domain+" is served by cloud sync, and writeback with cloud sync is switched off", `switch on "Write back passwords with Microsoft Entra Connect cloud sync"`)
	case !enabled[kind] && len(others) > 0:
		return notConfigured(fmt.Sprintf("domain %s is served by %s, and no such agent has writeback enabled; announced: %s", domain, kind.AuditName(), strings.Join(others, ", ")),
			"enable password writeback on the agent that synchronises "+domain)
	case !enabled[kind]:
		return notConfigured("no agent has ever announced itself for domain "+domain, "install an agent for "+domain+" and enable password writeback on it")
	}
	return kind, nil, nil
}

// pingTimeout bounds the question whether anybody listens, in real time.
const pingTimeout = 2 * time.Second

// Status implements reset.OnPremises: it looks at the switches, at the agents
// that announced themselves for the person's domain, and whether one listens
// right now.
func (s *Service) Status(ctx context.Context, p policy.Person) policy.WritebackStatus {
	kind, no, err := s.route(ctx, p)
	if err != nil {
		s.cfg.Logger.Error("asking the status of writeback", "err", err)
		return policy.WritebackUnreachable
	}
	if no != nil {
		return no.status
	}
	if s.cfg.Delivery().QueueWhileDown {
		return policy.WritebackRunning // whoever is asked does not notice
	}
	if s.cfg.Down(p.OnPremisesDomain, kind) {
		return policy.WritebackUnreachable
	}
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	if _, err := s.cfg.Relay.Request(ctx, relay.Queue(p.OnPremisesDomain, string(kind)), envelope.Ping()); err != nil {
		return policy.WritebackUnreachable
	}
	return policy.WritebackRunning
}

// recipients returns the public keys of the agents that may take a message for
// a domain. It asks an agent that has not told its key, or whose key is as old
// as keys may get, and leaves out those that are gone.
func (s *Service) recipients(ctx context.Context, domain string, kind envelope.Kind) ([]envelope.PublicKey, error) {
	s.mu.Lock()
	var known []agentState
	for _, a := range s.agents {
		if a.Enabled && a.Kind == kind && strings.EqualFold(a.Domain, domain) {
			known = append(known, *a)
		}
	}
	s.mu.Unlock()
	slices.SortFunc(known, func(a, b agentState) int { return strings.Compare(a.AgentID, b.AgentID) })
	var keys []envelope.PublicKey
	for _, a := range known {
		old := s.cfg.Now().Sub(a.keySince) >= s.cfg.KeyLife
		if a.key == nil || old {
			fresh, err := s.askKey(ctx, a.AgentID, old)
			if errors.Is(err, relay.ErrNobody) {
				continue
			}
			if err != nil {
				return nil, err
			}
			a = *fresh
		}
		if a.Enabled && a.key != nil {
			keys = append(keys, envelope.PublicKey{ID: a.KeyID, Key: a.key})
		}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("finding an agent for %s: %w", domain, relay.ErrNobody)
	}
	return keys, nil
}

// askKey asks one agent for its public key, after a rollover if asked for.
func (s *Service) askKey(ctx context.Context, agentID string, rollover bool) (*agentState, error) {
	frame, err := s.cfg.Relay.Request(ctx, relay.Direct(agentID), envelope.Hello{Rollover: rollover}.Encode(s.cfg.Secret))
	if err != nil {
		return nil, fmt.Errorf("asking agent %s for its key: %w", agentID, err)
	}
	n, err := envelope.ReadAnnouncement(frame, s.cfg.Secret)
	if err != nil {
		return nil, fmt.Errorf("asking agent %s for its key: %w", agentID, err)
	}
	if err := s.note(n); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	state := *s.agents[n.AgentID]
	return &state, nil
}

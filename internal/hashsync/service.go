package hashsync

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ssprlab/ssprlab/internal/journal"
)

// A Service carries the hashes of a lab. Its fields are set before the first
// call; it is safe for concurrent use.
type Service struct {
	Agents    []Agent
	Directory Directory
	Cloud     Cloud
	Now       func() time.Time
	NewID     func(kind string) string
	Append    func(journal.Record)
	SyncUser  func(agent string) journal.Actor // whom the tenant's audit log names

	mu    sync.Mutex
	state State
	from  atomic.Int64 // until and from: the state is up to date in between
	until atomic.Int64
}

// State is what a service remembers between two cycles.
type State struct {
	Last time.Time         `json:"last"` // the last cycle
	Seen map[string]uint32 `json:"seen"` // the last change that was brought, by domain
}

// State returns a copy of what the service remembers.
func (s *Service) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return State{s.state.Last, maps.Clone(s.state.Seen)}
}

// Resume sets what an earlier service remembered.
func (s *Service) Resume(was State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = State{was.Last, maps.Clone(was.Seen)}
	s.settle(was.Last)
}

func (s *Service) settle(cycle time.Time) {
	s.state.Last = cycle
	s.from.Store(cycle.UnixNano())
	s.until.Store(cycle.Add(Interval).UnixNano())
}

// Tend runs the cycle that came due since the last call. Of several that did,
// the last one is run: nothing changed in between, because changes come after
// a call. It costs two comparisons while none is due.
func (s *Service) Tend(ctx context.Context) {
	now := s.Now()
	if at := now.UnixNano(); s.from.Load() <= at && at < s.until.Load() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	cycle := Cycle(now)
	if cycle.Equal(s.state.Last) {
		return // somebody else was faster
	}
	s.settle(cycle)
	for _, a := range s.Agents {
		if a.Active() {
			s.run(context.WithoutCancel(ctx), a, cycle)
		}
	}
}

// run is one cycle of one agent. A failed one leaves the changes to the next.
func (s *Service) run(ctx context.Context, a Agent, cycle time.Time) {
	changed, next := s.Directory.Changed(a.Domain, s.state.Seen[a.Domain])
	due, people, err := s.due(ctx, changed)
	log := eventLog{s, a, cycle, ""}
	if len(due) > 0 || err != nil {
		log.correlation = s.NewID("hash-sync")
		if failure := s.failure(a); failure != None {
			log.failed(failure)
			return
		}
		if err != nil {
			log.unexpected(err)
			return
		}
		if !s.batch(ctx, log, due, people) {
			return
		}
	}
	if s.state.Seen == nil {
		s.state.Seen = map[string]uint32{}
	}
	s.state.Seen[a.Domain] = next
}

// due picks the accounts that people of the tenant come from.
func (s *Service) due(ctx context.Context, changed []Account) ([]Account, map[string]journal.Actor, error) {
	if len(changed) == 0 {
		return nil, nil, nil
	}
	anchors := make([]string, len(changed))
	for i, c := range changed {
		anchors[i] = c.Anchor
	}
	people, err := s.Cloud.People(ctx, anchors)
	var due []Account
	for _, c := range changed {
		if _, ok := people[c.Anchor]; ok {
			due = append(due, c)
		}
	}
	return due, people, err
}

func (s *Service) failure(a Agent) Failure {
	if a.Fault != nil {
		if f := a.Fault(); f != None {
			return f
		}
	}
	if !s.Directory.MayRead(a.Domain, a.Connector) {
		return NoRight
	}
	return None
}

// batch brings the accounts one by one. One that the tenant refused leaves all
// to the next cycle, which is the same to those that have arrived.
func (s *Service) batch(ctx context.Context, log eventLog, due []Account, people map[string]journal.Actor) (done bool) {
	force, err := s.Cloud.ForceChange(ctx)
	if err != nil {
		log.unexpected(err)
		return false
	}
	done = true
	log.batchStart(len(due))
	for _, a := range due {
		log.request(a)
		status, mustChange := Judge(a, force)
		if status == Success {
			if _, err := s.Cloud.SyncPasswordHash(ctx, people[a.Anchor].ID, a.Hash.Reveal(), mustChange, a.Set); err != nil {
				status, done = Failed, false
			}
		}
		log.result(a, status)
		if status == Success {
			log.audit(people[a.Anchor])
		}
	}
	log.batchEnd(len(due))
	return done
}

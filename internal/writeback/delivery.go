package writeback

import (
	"context"
	"fmt"
	"time"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/writeback/envelope"
)

// A Delivery is when messages are sent. The zero value is what is documented:
// at once, and not at all while no agent listens. The rest is what some guides
// tell of writeback, for labs that want to show it: the person is told that all
// went well, and a later failure is seen in the agent's events only.
type Delivery struct {
	Delay          time.Duration // writeback.delay: lab time between the portal's "done" and the write
	QueueWhileDown bool          // writeback.queueWhileDown: keep messages until an agent listens again
}

// A waiting is a message that will be sent later.
type waiting struct {
	message envelope.Message
	person  policy.Person
	due     time.Time
}

// postpone queues a message and says so. The verdict is Written: it is what the
// person is told.
func (s *Service) postpone(m envelope.Message, p policy.Person, kind envelope.Kind, due time.Time, why string) reset.WriteReport {
	s.mu.Lock()
	s.queue = append(s.queue, waiting{m, p, due})
	s.mu.Unlock()
	return reset.WriteReport{Verdict: reset.Written, Agent: kind.AuditName(), Detail: "queued, not written yet: " + why}
}

// Waiting reports how many messages have not been sent yet.
func (s *Service) Waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue)
}

// Deliver sends what is due and returns the reports, in order. Nothing does so
// by itself: whoever moves the lab's clock, or sees an agent come back, calls
// it. A message for which still nobody listens stays in the queue.
func (s *Service) Deliver(ctx context.Context) []reset.WriteReport {
	now := s.cfg.Now()
	s.mu.Lock()
	var due, later []waiting
	for _, w := range s.queue {
		if w.due.After(now) {
			later = append(later, w)
		} else {
			due = append(due, w)
		}
	}
	s.queue = later
	s.mu.Unlock()
	var out []reset.WriteReport
	for _, w := range due {
		r := s.sendNow(ctx, w.message, w.person)
		if s.cfg.Delivery().QueueWhileDown && nobodyListened(r) {
			s.mu.Lock()
			s.queue = append(s.queue, w)
			s.mu.Unlock()
			continue
		}
		s.cfg.Logger.Info("delivered a queued message", "correlation", w.message.TrackingID, "verdict", r.Verdict)
		out = append(out, r)
	}
	return out
}

// deliverOrPostpone sends a message when it is to be sent.
func (s *Service) deliverOrPostpone(ctx context.Context, m envelope.Message, p policy.Person, kind envelope.Kind) reset.WriteReport {
	d := s.cfg.Delivery()
	if d.Delay > 0 {
		due := s.cfg.Now().Add(d.Delay)
		return s.postpone(m, p, kind, due, fmt.Sprintf("writeback is delayed by %v", d.Delay))
	}
	r := s.sendNow(ctx, m, p)
	if d.QueueWhileDown && nobodyListened(r) {
		return s.postpone(m, p, kind, s.cfg.Now(), "no agent listens")
	}
	return r
}

// nobodyListened reports whether a message reached no agent; an agent that found
// no domain controller has answered.
func nobodyListened(r reset.WriteReport) bool {
	return r.Verdict == reset.Unreachable && (r.Envelope == nil || r.Envelope.Answered.IsZero())
}

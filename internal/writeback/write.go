package writeback

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/writeback/envelope"
	"github.com/ssprlab/ssprlab/internal/writeback/relay"
)

// Write implements reset.OnPremises. It goes on when ctx is cancelled: a write
// that has begun is settled even if the browser has gone away.
func (s *Service) Write(ctx context.Context, w reset.OnPremisesWrite) reset.WriteReport {
	operation := map[policy.Operation]envelope.Operation{policy.Reset: envelope.Reset, policy.Unlock: envelope.Unlock, policy.Change: envelope.Change}[w.Operation]
	return s.write(ctx, envelope.Message{Operation: operation, TrackingID: w.CorrelationID, New: w.New, Current: w.Current}, w.Person)
}

// An AdminReset is a reset by an administrator or through Graph.
type AdminReset struct {
	CorrelationID string
	Person        policy.Person
	New           secret.Text
	ForceChange   bool // must change at next sign-in
}

// WriteAdminReset writes a password that an administrator chose: events 31009
// to 31011.
func (s *Service) WriteAdminReset(ctx context.Context, r AdminReset) reset.WriteReport {
	return s.write(ctx, envelope.Message{Operation: envelope.AdminReset, TrackingID: r.CorrelationID, New: r.New, ForceChange: r.ForceChange}, r.Person)
}

func (s *Service) write(ctx context.Context, m envelope.Message, p policy.Person) reset.WriteReport {
	kind, no, err := s.route(ctx, p)
	if err != nil {
		return fault(err)
	}
	if no != nil {
		return reset.WriteReport{Verdict: reset.Unreachable, Agent: noAgent, Detail: no.detail, Remedy: no.remedy}
	}
	return s.deliverOrPostpone(ctx, m, p, kind)
}

// sendNow seals a message, sends it and waits for its answer.
func (s *Service) sendNow(ctx context.Context, m envelope.Message, p policy.Person) reset.WriteReport {
	kind, no, err := s.route(ctx, p)
	if err != nil {
		return fault(err)
	}
	if no != nil {
		return reset.WriteReport{Verdict: reset.Unreachable, Agent: noAgent, Detail: no.detail, Remedy: no.remedy}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.Timeout)
	defer cancel()
	ft := s.cfg.Faults(p.OnPremisesDomain, kind)
	if ft.Unreachable {
		return unreachable(kind, p.OnPremisesDomain, relay.ErrNobody)
	}
	u, failed := s.seal(ctx, m, p, kind)
	if failed != nil {
		return *failed
	}
	report := s.send(ctx, u, ft)
	if report.Verdict != reset.AnswerLost {
		return report
	}
	s.keep(m.TrackingID, u)
	asking, cancelAsking := context.WithTimeout(context.WithoutCancel(ctx), askTimeout)
	defer cancelAsking()
	if settled, ok := s.AskAgain(asking, m.TrackingID); ok && settled.Verdict != reset.AnswerLost {
		settled.Detail += "; the answer was lost at first, and the agent was asked again"
		return settled
	}
	return report
}

// seal completes a message and closes it for the agents that may take it.
func (s *Service) seal(ctx context.Context, m envelope.Message, p policy.Person, kind envelope.Kind) (unanswered, *reset.WriteReport) {
	fail := func(r reset.WriteReport) (unanswered, *reset.WriteReport) { return unanswered{}, &r }
	anchor, err := s.cfg.SourceAnchor(ctx, p.ID)
	if err != nil {
		return fail(fault(fmt.Errorf("finding the source anchor: %w", err)))
	}
	now := s.cfg.Now()
	m.ID, m.Domain, m.ObjectID, m.UserPrincipalName = s.cfg.NewID("message"), strings.ToLower(p.OnPremisesDomain), p.ID, p.UserPrincipalName
	m.SourceAnchor, m.Sealed, m.Expires = anchor, now, now.Add(s.cfg.MessageTTL)
	keys, err := s.recipients(ctx, m.Domain, kind)
	if err != nil {
		return fail(unreachable(kind, m.Domain, err))
	}
	sealed, err := envelope.Seal(m, keys, s.cfg.Secret)
	if err != nil {
		return fail(fault(err))
	}
	return unanswered{kind: kind, domain: m.Domain, sealed: sealed, record: journal.Envelope{
		MessageID: m.ID, Domain: m.Domain, KeyID: strings.Join(sealed.KeyIDs, ","), Algorithms: envelope.Algorithms,
		Size: len(sealed.Frame), Sealed: m.Sealed, Expires: m.Expires,
	}}, nil
}

// askTimeout bounds the question what became of a message, in real time.
const askTimeout = 5 * time.Second

// An unanswered is a message that was sent and whose answer is awaited.
type unanswered struct {
	kind   envelope.Kind
	domain string
	sealed envelope.Sealed
	record journal.Envelope
}

// send delivers a sealed message and waits for its answer.
func (s *Service) send(ctx context.Context, u unanswered, ft Fault) reset.WriteReport {
	frame, err := s.cfg.Relay.Request(ctx, relay.Queue(u.domain, string(u.kind)), u.sealed.Frame)
	switch {
	case errors.Is(err, relay.ErrNobody), errors.Is(err, relay.ErrDown):
		r := unreachable(u.kind, u.domain, err)
		r.Envelope = &u.record
		return r
	case err != nil:
		return lost(u, fmt.Sprintf("no answer within %v: %v", s.cfg.Timeout, err))
	case ft.AnswerLost:
		return lost(u, "the answer was lost on its way")
	}
	return s.read(u, frame)
}

// read opens an answer and says what it means.
func (s *Service) read(u unanswered, frame []byte) reset.WriteReport {
	a, err := u.sealed.OpenAnswer(frame)
	if err != nil {
		return lost(u, "an answer came that the agent did not write: "+err.Error())
	}
	s.logShipped(a.Events)
	u.record.Agent, u.record.Answered = a.AgentID, s.cfg.Now()
	r := reset.WriteReport{Verdict: verdicts[a.Verdict], Agent: u.kind.AuditName(), Detail: a.Detail, Remedy: a.Remedy, LDAP: a.LDAP, Envelope: &u.record}
	switch {
	case a.Verdict == envelope.Undecipherable:
		r.Detail = "the agent holds no private key for key " + u.record.KeyID
		r.Remedy = "disable and enable password writeback on the agent: it makes a new key pair"
	case r.Verdict == "":
		r.Verdict, r.Detail = reset.UnknownError, fmt.Sprintf("the agent answered %q, which is no verdict", a.Verdict)
		r.Remedy = "use portal and agent of one version"
	}
	return r
}

// verdicts translates the agent's words into those of the reset.
var verdicts = map[envelope.Verdict]reset.WriteVerdict{
	envelope.Written:        reset.Written,
	envelope.Policy:         reset.RefusedByPolicy,
	envelope.Permission:     reset.NoPermission,
	envelope.NotFound:       reset.NotFound,
	envelope.Ambiguous:      reset.Ambiguous,
	envelope.Disabled:       reset.AccountDisabled,
	envelope.Locked:         reset.AccountLocked,
	envelope.WrongCurrent:   reset.WrongCurrent,
	envelope.Configuration:  reset.Misconfigured,
	envelope.Fault:          reset.UnknownError,
	envelope.Undecipherable: reset.CannotDecrypt,
	envelope.Unreachable:    reset.Unreachable,
	envelope.Unknown:        reset.AnswerLost,
}

// noAgent is what the audit log shows when no agent was asked.
const noAgent = "None"

func fault(err error) reset.WriteReport {
	return reset.WriteReport{Verdict: reset.UnknownError, Agent: noAgent, Detail: err.Error(), Remedy: "see the log of the portal"}
}

func unreachable(kind envelope.Kind, domain string, err error) reset.WriteReport {
	r := reset.WriteReport{
		Verdict: reset.Unreachable, Agent: kind.AuditName(), Detail: "no " + kind.AuditName() + " agent of " + domain + " listens at the relay: " + err.Error(),
		Remedy: "start the agent (service Microsoft Azure AD Sync) and see that it reaches the relay",
	}
	if errors.Is(err, relay.ErrDown) {
		r.Detail, r.Remedy = "the relay cannot be reached", "see that the relay runs and its address and port are open"
	}
	return r
}

func lost(u unanswered, detail string) reset.WriteReport {
	return reset.WriteReport{
		Verdict: reset.AnswerLost, Agent: u.kind.AuditName(), Detail: detail, Envelope: &u.record,
		Remedy: "look at the account in the directory (pwdLastSet) or in the agent's events; the message may have been applied",
	}
}

// keptUnanswered bounds the messages that can be asked about again.
const keptUnanswered = 1024

// keep remembers a message whose answer was lost.
func (s *Service) keep(correlationID string, u unanswered) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, again := s.open[correlationID]; !again {
		s.order = append(s.order, correlationID)
	}
	s.open[correlationID] = u
	if len(s.order) > keptUnanswered {
		delete(s.open, s.order[0])
		s.order = s.order[1:]
	}
}

// AskAgain asks the agents of the domain what became of a message whose answer
// was lost. Nothing is sent twice: an agent that applied it repeats its answer,
// and the others say that it never came. The verdict is Unreachable when no
// agent applied it, and AnswerLost while one of them cannot be asked. It reports
// false when there is no such message.
func (s *Service) AskAgain(ctx context.Context, correlationID string) (reset.WriteReport, bool) {
	s.mu.Lock()
	u, ok := s.open[correlationID]
	s.mu.Unlock()
	if !ok {
		return reset.WriteReport{}, false
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	if ft := s.cfg.Faults(u.domain, u.kind); ft.Unreachable || ft.AnswerLost {
		return lost(u, "an agent that may have applied the message cannot be asked"), true
	}
	missing := 0
	for _, a := range s.Agents() {
		if a.Kind != u.kind || !strings.EqualFold(a.Domain, u.domain) {
			continue
		}
		frame, err := s.cfg.Relay.Request(ctx, relay.Direct(a.ID), envelope.Hello{Outcome: u.record.MessageID}.Encode(s.cfg.Secret))
		switch {
		case err != nil:
			missing++
		case envelope.Peek(frame) == envelope.AnswerFrame:
			report := s.read(u, frame)
			if report.Verdict != reset.AnswerLost {
				s.forget(correlationID)
			}
			return report, true
		}
	}
	if missing > 0 {
		return lost(u, "an agent that may have applied the message cannot be asked"), true
	}
	s.forget(correlationID)
	r := unreachable(u.kind, u.domain, relay.ErrNobody)
	r.Detail, r.Remedy, r.Envelope = "no agent applied the message", "try again", &u.record
	return r, true
}

func (s *Service) forget(correlationID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, correlationID)
}

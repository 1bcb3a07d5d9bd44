package agent

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ssprlab/ssprlab/internal/writeback/envelope"
)

// handle takes one frame from the relay.
func (a *Agent) handle(ctx context.Context, frame []byte) []byte {
	switch envelope.Peek(frame) {
	case envelope.PingFrame:
		return envelope.Pong()
	case envelope.HelloFrame:
		return a.hello(ctx, frame)
	case envelope.MessageFrame:
		return a.message(ctx, frame)
	}
	a.cfg.Logger.Warn("ignoring a frame of unknown form", "agent", a.cfg.ID, "octets", len(frame))
	return nil
}

// hello announces the agent, to the one who asked and to whoever listens.
func (a *Agent) hello(ctx context.Context, frame []byte) []byte {
	h, err := envelope.ReadHello(frame, a.cfg.Secret)
	if err != nil {
		a.record(inputError, "", "A request was not understood: "+err.Error())
		return nil
	}
	if h.Outcome != "" {
		if a.cfg.Faults().LoseAnswer {
			return nil
		}
		if answer, ok := a.applied.lookup(h.Outcome); ok {
			return answer
		}
		return envelope.Pong()
	}
	if h.Rollover {
		a.newKey()
	}
	if h.Present {
		if err := a.announce(ctx); err != nil {
			a.recordListenerError(err)
		}
		return nil
	}
	n, err := a.announcement(true)
	if err != nil {
		return nil
	}
	n.Events = a.ship()
	return n.Encode(a.cfg.Secret)
}

// message opens, applies and answers one message.
func (a *Agent) message(ctx context.Context, frame []byte) []byte {
	fault := a.cfg.Faults()
	holder := a.privateKey
	if fault.WrongKey {
		holder = noKeys
	}
	m, err := envelope.Open(frame, holder, a.cfg.Secret)
	switch {
	case errors.Is(err, envelope.ErrNoKey):
		a.record(decryptionError, m.TrackingID, fmt.Sprintf("TrackingId: %s, message %s cannot be decrypted: the key pair does not match. Disable and enable password writeback.", m.TrackingID, m.ID))
		return envelope.Refuse(m.ID)
	case err != nil:
		a.record(inputError, m.TrackingID, "A request was not understood: "+err.Error())
		return envelope.Refuse(m.ID)
	}
	answer := a.applied.once(m.ID, func() []byte {
		if !wait(ctx, fault.Delay) {
			return nil
		}
		return a.answer(m, a.act(ctx, m.Message, fault))
	})
	if fault.LoseAnswer {
		return nil
	}
	return answer
}

// act performs a message unless it comes too late or to the wrong domain.
func (a *Agent) act(ctx context.Context, m envelope.Message, fault Fault) Result {
	switch {
	case !strings.EqualFold(m.Domain, a.cfg.Domain):
		return Result{
			Verdict: envelope.Unreachable, Detail: fmt.Sprintf("the message is for domain %s, and this agent serves %s", m.Domain, a.cfg.Domain),
			Remedy: "enable writeback on the agent that serves the person's domain",
		}
	case a.cfg.LabClock != nil && !a.cfg.LabClock().Before(m.Expires):
		return Result{Verdict: envelope.Unreachable, Detail: "the message expired before the agent took it", Remedy: "try again"}
	}
	if _, known := operationEvents[m.Operation]; !known {
		a.record(inputError, m.TrackingID, fmt.Sprintf("The operation %q is unknown.", m.Operation))
		return Result{Verdict: envelope.Fault, Detail: fmt.Sprintf("the agent does not know operation %q", m.Operation), Remedy: "use portal and agent of one version"}
	}
	a.recordStart(m)
	ctx, cancel := context.WithTimeout(ctx, a.cfg.Timeout)
	defer cancel()
	r, failed := Failure(fault.Reason)
	if !failed {
		r = a.write(ctx, m)
	}
	if r.Verdict == envelope.Written {
		a.recordSuccess(m, r)
	} else {
		a.recordFailure(m, r)
	}
	return r
}

func (a *Agent) write(ctx context.Context, m envelope.Message) Result {
	t := Target{SourceAnchor: m.SourceAnchor, UserPrincipalName: m.UserPrincipalName}
	switch m.Operation {
	case envelope.Unlock:
		return a.cfg.Writer.Unlock(ctx, t)
	case envelope.Change:
		return a.cfg.Writer.Change(ctx, t, m.Current, m.New)
	}
	return a.cfg.Writer.Reset(ctx, t, m.New, m.ForceChange)
}

// answer seals a result.
func (a *Agent) answer(m envelope.Opened, r Result) []byte {
	frame, err := m.Answer(envelope.Answer{AgentID: a.cfg.ID, Kind: a.cfg.Kind, Verdict: r.Verdict, Detail: r.Detail, Remedy: r.Remedy, LDAP: r.LDAP, Events: a.ship()})
	if err != nil {
		a.cfg.Logger.Error("answering", "agent", a.cfg.ID, "message", m.ID, "err", err)
		return nil
	}
	return frame
}

// wait waits for d of real time; false when ctx ends first.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

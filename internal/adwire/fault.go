package adwire

import (
	"time"

	"github.com/ssprlab/ssprlab/internal/directory"
)

// A Fault is what goes wrong with one operation on purpose, so that a client's way
// of taking it can be seen. The zero value is no fault.
type Fault struct {
	// Delay passes before anything else, in the connection's time; other operations
	// go on meanwhile.
	Delay time.Duration
	// Cut ends the connection instead of performing the operation.
	Cut bool
	// Answer is given instead of performing the operation.
	Answer *directory.Result
	// Lose performs the operation and ends the connection instead of answering: the
	// client cannot know that it was done.
	Lose bool
	// MessageID, when not 0, is what the answers carry in place of the request's.
	MessageID int
}

// operationName is what an operation is called in [Config].Fault.
func operationName(tag byte) string {
	switch tag {
	case tagBindResponse:
		return "bind"
	case tagSearchDone:
		return "search"
	case tagModifyDone:
		return "modify"
	case tagAddDone:
		return "add"
	case tagDeleteDone:
		return "delete"
	case tagModifyDNDone:
		return "modifyDN"
	case tagCompareDone:
		return "compare"
	default:
		return "extended"
	}
}

// suffer performs op with f.
func (c *conn) suffer(op *operation, f Fault) (r reply) {
	if f.Delay > 0 {
		select {
		case <-time.After(f.Delay):
		case <-op.ctx.Done():
		}
	}
	if f.MessageID != 0 {
		c.mu.Lock()
		op.id = f.MessageID
		c.mu.Unlock()
	}
	switch {
	case f.Cut:
	case f.Answer != nil:
		r.result = *f.Answer
	default:
		r = op.perform(op)
	}
	if f.Cut || f.Lose {
		c.mu.Lock()
		op.abandoned = true
		c.mu.Unlock()
		_ = c.raw.Close()
	}
	return r
}

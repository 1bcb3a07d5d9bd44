package adwire

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ssprlab/ssprlab/internal/adwire/ber"
	"github.com/ssprlab/ssprlab/internal/directory"
)

// An operation is a request that is being performed.
type operation struct {
	conn    *conn
	id      int
	tag     byte // of the result
	request directory.Request
	// dirSyncOID is the number under which DirSync was asked for.
	dirSyncOID string
	perform    func(*operation) reply
	limit      time.Duration // longest duration of a search; 0 means none

	ctx    context.Context // ends on abandon, at limit and with the connection
	cancel context.CancelCauseFunc

	// Guarded by conn.mu.
	detached  bool // another reader has taken over
	abandoned bool // no answer is wanted
	timer     *time.Timer
}

// Why the context of an operation ends before its connection does.
var (
	errAbandoned = errors.New("abandoned by the client")
	errTimeLimit = errors.New("time limit exceeded")
)

// do performs op on the reader's goroutine. handedOver means that another reader
// has taken over meanwhile and this goroutine has to leave.
func (c *conn) do(op *operation) (handedOver bool) {
	op.ctx, op.cancel = context.WithCancelCause(c.ctx)
	c.mu.Lock()
	c.ops = append(c.ops, op)
	c.current = op
	c.mu.Unlock()
	c.slow.Reset(grace)

	r := c.guard(op)

	c.slow.Stop()
	op.answer(&r)
	handedOver = c.finish(op)
	op.cancel(nil)
	if handedOver {
		_ = c.out.flush()
	}
	return handedOver
}

// guard performs op and turns a panic into an answer.
func (c *conn) guard(op *operation) (r reply) {
	defer func() {
		if v := recover(); v != nil {
			c.panicked(v)
			r = reply{result: failed()}
		}
	}()
	c.server.operations.Add(1)
	if fault := c.server.cfg.Fault; fault != nil {
		return c.suffer(op, fault(operationName(op.tag), op.request))
	}
	return op.perform(op)
}

// overtake runs when the current operation has had its grace: this goroutine
// becomes the reader and the operation goes on beside it.
func (c *conn) overtake() {
	c.mu.Lock()
	op := c.current
	if op == nil { // it ended in this very moment
		c.mu.Unlock()
		return
	}
	c.current = nil
	op.detached = true
	if op.limit > 0 {
		op.timer = time.AfterFunc(op.limit-grace, func() { op.cancel(errTimeLimit) })
	}
	c.mu.Unlock()
	_ = c.out.flush() // answers of quick operations that came before it
	c.read()
}

// finish takes op off the list of what is outstanding.
func (c *conn) finish(op *operation) (handedOver bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if op.timer != nil {
		op.timer.Stop()
	}
	if !op.detached {
		c.current = nil
	}
	if i := slices.Index(c.ops, op); i >= 0 {
		c.ops = slices.Delete(c.ops, i, i+1)
	}
	c.idle.Broadcast()
	return op.detached
}

// answer sends the result of op, unless it was abandoned.
func (op *operation) answer(r *reply) {
	c := op.conn
	c.mu.Lock()
	silent, now := op.abandoned, op.detached
	c.mu.Unlock()
	if silent {
		return
	}
	r.tag, r.dirSyncOID = op.tag, op.dirSyncOID
	_ = c.out.put(now, func(b []byte) []byte { return appendReply(b, op.id, r) })
}

// busy reports whether anything is outstanding.
func (c *conn) busy() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.ops) > 0
}

// wait returns when at most n operations are outstanding.
func (c *conn) wait(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.ops) <= n {
		return
	}
	c.mu.Unlock()
	_ = c.out.flush()
	c.mu.Lock()
	for len(c.ops) > n {
		c.idle.Wait()
	}
}

// abandon cancels the operation that the request names. An abandon is never
// answered, whatever it names (RFC 4511 4.11).
func (c *conn) abandon(body ber.Reader) error {
	id, err := body.Integer()
	if err != nil {
		return &malformed{invalid("the ID to abandon", err)}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, op := range c.ops {
		if op.id == id {
			op.abandoned = true
			op.cancel(errAbandoned)
		}
	}
	return nil
}

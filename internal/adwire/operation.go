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
	size       int           // octets of the request

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

// maxQueued is how many requests may wait on a connection for one of those
// outstanding to end. Together they are no larger than one request may be.
const maxQueued = 1000

// admit counts op among what is outstanding, as what the reader performs now.
// waits means that there are too many: op is performed when one of them has
// ended. A refused operation is over.
func (c *conn) admit(op *operation) (waits bool, refused *directory.Result) {
	dir := c.server.cfg.Directory
	limits := dir.Limits()
	op.ctx, op.cancel = context.WithCancelCause(c.ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	if op.notifies() && c.notifications() >= limits.MaxNotificationPerConn {
		r := ldapErr(dir.Flavour(), directory.AdminLimitExceeded, errorAdminLimitExceeded, dsidNotices, "Too many notifications on the connection")
		return false, &r
	}
	if limits.MaxRequestsPerConn <= 0 || len(c.ops) < limits.MaxRequestsPerConn {
		c.ops = append(c.ops, op)
		c.current = op
		return false, nil
	}
	if len(c.queue) >= maxQueued || c.queuedOctets()+op.size > limits.MaxReceiveBuffer {
		r := ldapErr(dir.Flavour(), directory.Busy, errorBusy, dsidBusy, "Too many requests are outstanding on the connection")
		return false, &r
	}
	c.queue = append(c.queue, op)
	return true, nil
}

func (op *operation) notifies() bool { return op.request.Controls.Notification }

// notifications counts the searches that wait for changes. The caller holds mu.
func (c *conn) notifications() (n int) {
	for _, list := range [][]*operation{c.ops, c.queue} {
		for _, op := range list {
			if op.notifies() && !op.abandoned {
				n++
			}
		}
	}
	return n
}

func (c *conn) queuedOctets() (n int) {
	for _, op := range c.queue {
		n += op.size
	}
	return n
}

// do performs op on the reader's goroutine. handedOver means that another reader
// has taken over meanwhile and this goroutine has to leave.
func (c *conn) do(op *operation) (handedOver bool) {
	c.slow.Reset(op.grace())
	r := c.guard(op)
	c.slow.Stop()
	op.answer(&r)
	handedOver, next := c.finish(op)
	op.cancel(nil)
	if handedOver {
		_ = c.out.flush()
		c.carryOn(next)
	}
	return handedOver
}

// grace is how long op may keep the reader. A search for notifications lets it go
// itself, once it watches.
func (op *operation) grace() time.Duration {
	if op.notifies() {
		return time.Second
	}
	return grace
}

// letOvertake ends op's grace, if it still has the reader.
func (c *conn) letOvertake(op *operation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current == op {
		c.slow.Reset(0)
	}
}

// carryOn performs, on a goroutine that is no reader's any more, what has waited
// for a place.
func (c *conn) carryOn(op *operation) {
	for op != nil {
		r := c.guard(op)
		op.answer(&r)
		_, next := c.finish(op)
		op.cancel(nil)
		op = next
	}
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
	op.detach(op.limit - grace)
	c.mu.Unlock()
	_ = c.out.flush() // answers of quick operations that came before it
	c.read()
}

// detach leaves op to a goroutine of its own, which may still take so long. The
// caller holds conn.mu.
func (op *operation) detach(left time.Duration) {
	op.detached = true
	if op.limit > 0 {
		op.timer = time.AfterFunc(left, func() { op.cancel(errTimeLimit) })
	}
}

// finish takes op off the list of what is outstanding. The place that a detached
// operation leaves goes to the next that has waited.
func (c *conn) finish(op *operation) (handedOver bool, next *operation) {
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
	if op.detached && len(c.queue) > 0 {
		next = c.queue[0]
		c.queue = slices.Delete(c.queue, 0, 1)
		c.ops = append(c.ops, next)
		next.detach(next.limit)
	}
	c.idle.Broadcast()
	return op.detached, next
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

// abandon cancels the operation that the request names. An abandon is never
// answered, whatever it names (RFC 4511 4.11).
func (c *conn) abandon(body ber.Reader) error {
	id, err := body.Integer()
	if err != nil {
		return &malformed{invalid("the ID to abandon", err)}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(func(op *operation) bool { return op.id == id })
	return nil
}

// drop abandons operations: they are cancelled, and not answered. The caller
// holds mu.
func (c *conn) drop(which func(*operation) bool) {
	for _, op := range c.ops {
		if which(op) {
			op.abandoned = true
			op.cancel(errAbandoned)
		}
	}
	c.queue = slices.DeleteFunc(c.queue, func(op *operation) bool {
		if which(op) {
			op.cancel(errAbandoned)
			return true
		}
		return false
	})
}

// alone makes the connection a request's own: it waits for what is outstanding,
// and abandons what would never end by itself (RFC 4511 4.2.1).
func (c *conn) alone() {
	c.mu.Lock()
	c.drop((*operation).notifies)
	outstanding := len(c.ops)
	c.mu.Unlock()
	if outstanding == 0 {
		return
	}
	_ = c.out.flush()
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.ops) > 0 {
		c.idle.Wait()
	}
}

package adwire

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/ssprlab/ssprlab/internal/directory"
)

// dispatch carries out one request. handedOver as in [conn.do]; an error ends the
// connection.
func (c *conn) dispatch(m message) (handedOver bool, err error) {
	switch m.tag {
	case tagUnbind:
		return false, io.EOF
	case tagAbandon:
		return false, c.abandon(m.body)
	}

	flavour := c.server.cfg.Directory.Flavour()
	ctl, err := decodeControls(m.controls, flavour.Dialect)
	var refused *controlError
	if err != nil && !errors.As(err, &refused) {
		return false, &malformed{err}
	}
	op := &operation{conn: c, ctx: c.ctx, size: len(m.body), id: m.id, tag: responseTag(m.tag), dirSyncOID: ctl.dirSyncOID}
	if refused != nil {
		op.perform = func(*operation) reply { return reply{result: refuseControl(flavour, refused)} }
		return c.schedule(op), nil
	}
	op.request = directory.Request{Now: c.server.cfg.Now(), Channel: c.channel, Caller: c.caller, Controls: ctl.Controls}

	if m.tag == tagBindRequest {
		return false, c.bind(op, m.body)
	}
	if m.tag == tagExtended {
		return c.extended(op, m.body)
	}
	op.perform, err = c.prepare(op, m)
	if errors.Is(err, errFilterDepth) {
		op.perform, err = func(*operation) reply {
			return reply{result: ldapErr(flavour, directory.AdminLimitExceeded, errorInvalidParameter, dsidDepth, "The search filter is nested too deep")}
		}, nil
	}
	if err != nil {
		return false, &malformed{err}
	}
	return c.schedule(op), nil
}

// schedule performs op, or lets it wait until the connection may have one more
// outstanding. The reader never waits for that: an Abandon, an Unbind and the end
// of the connection must come through.
func (c *conn) schedule(op *operation) (handedOver bool) {
	waits, refused := c.admit(op)
	switch {
	case refused != nil:
		op.answer(&reply{result: *refused})
		return false
	case waits:
		return false
	}
	return c.do(op)
}

// prepare decodes the operations that may run beside each other.
func (c *conn) prepare(op *operation, m message) (func(*operation) reply, error) {
	dir := c.server.cfg.Directory
	switch m.tag {
	case tagSearchRequest:
		s, err := decodeSearch(m.body)
		op.limit = searchLimit(dir.Limits().MaxQueryDuration, s.TimeLimit, op.request.Controls.Notification)
		return func(op *operation) reply { return c.search(op, s) }, err
	case tagModify:
		r, err := decodeModify(m.body)
		return func(op *operation) reply { return reply{result: dir.Modify(op.ctx, op.request, r)} }, err
	case tagAdd:
		r, err := decodeAdd(m.body)
		return func(op *operation) reply { return reply{result: dir.Add(op.ctx, op.request, r)} }, err
	case tagDelete:
		dn := string(m.body)
		return func(op *operation) reply { return reply{result: dir.Delete(op.ctx, op.request, dn)} }, nil
	case tagModifyDN:
		r, err := decodeModifyDN(m.body)
		return func(op *operation) reply { return reply{result: dir.ModifyDN(op.ctx, op.request, r)} }, err
	case tagCompare:
		r, err := decodeCompare(m.body)
		return func(op *operation) reply { return reply{result: dir.Compare(op.ctx, op.request, r)} }, err
	default:
		return nil, errOperation
	}
}

// searchLimit is how long a search may take: MaxQueryDuration or the client's own
// limit in seconds. A notification never ends by itself.
func searchLimit(policy time.Duration, client int, notification bool) time.Duration {
	if notification {
		return 0
	}
	own := time.Duration(client) * time.Second
	if own > 0 && (policy <= 0 || own < policy) {
		return own
	}
	return max(policy, 0)
}

// search performs a search. One that ran into its time limit says so, unless the
// directory has said it itself.
func (c *conn) search(op *operation, s directory.SearchRequest) reply {
	dir := c.server.cfg.Directory
	res := dir.Search(op.ctx, op.request, s, &c.cursors, &sink{op})
	if errors.Is(context.Cause(op.ctx), errTimeLimit) && res.Code != directory.TimeLimitExceeded {
		res = ldapErr(dir.Flavour(), directory.TimeLimitExceeded, errorInvalidParameter, dsidTimeLimit, "Error processing search")
	}
	return reply{result: res}
}

// A sink sends the answers of a search.
type sink struct{ op *operation }

var _ directory.WatchingSink = (*sink)(nil)

// Entry sends e with the next batch; at once for a notification, whose next entry
// may be hours away. The error is the reason why nobody wants more entries.
func (s *sink) Entry(e directory.Entry) error {
	op := s.op
	if op.ctx.Err() != nil {
		return context.Cause(op.ctx)
	}
	return op.conn.out.put(op.request.Controls.Notification, func(b []byte) []byte { return appendEntry(b, op.id, &e) })
}

// Watching lets the requests after a search for notifications be read: none of
// them makes a change that it misses.
func (s *sink) Watching() { s.op.conn.letOvertake(s.op) }

// Reference sends a continuation reference.
func (s *sink) Reference(urls ...string) error {
	op := s.op
	if op.ctx.Err() != nil {
		return context.Cause(op.ctx)
	}
	return op.conn.out.put(false, func(b []byte) []byte { return appendReference(b, op.id, urls) })
}

package conformance

import (
	"context"
	"fmt"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// A watch is a search that has no end: notifications of changes come on it until
// its connection is closed (MS-ADTS 3.1.1.3.4.1.9).
type watch struct {
	wire *wire
	id   int64
}

// open sends a request on a connection of its own and does not wait for its end.
func (p *play) open(ctx context.Context, r *Request) error {
	op, err := p.operation(r)
	if err != nil {
		return err
	}
	w, _, err := p.wire(ctx, r)
	if err != nil {
		return err
	}
	id, err := w.write(op, r.Controls)
	if err != nil {
		return err
	}
	// When the next request on the connection is answered, this one has begun.
	ping, err := p.operation(&Request{Verb: "search", Args: []string{"", "base", "(objectClass=*)", "1.1"}})
	if err == nil {
		_, err = w.do(ping, nil)
	}
	p.watch = &watch{w, id}
	return err
}

// told compares the entries that came on an open search with names.
func (p *play) told(words []string) []string {
	if p.watch == nil {
		return []string{"told needs an open search"}
	}
	if err := p.watch.wire.conn.SetDeadline(time.Now().Add(patience)); err != nil { //nolint:forbidigo // deadlines of a socket run on the machine's clock
		return []string{err.Error()}
	}
	var r reply
	for len(r.entries) < len(words) {
		m, err := p.watch.wire.read(p.watch.id)
		if err != nil {
			return []string{fmt.Sprintf("told of %d changes, want %d: %v", len(r.entries), len(words), err)}
		}
		if r.take(m) {
			return []string{fmt.Sprintf("the search ended with %d (%s), want it to go on", r.code, ldap.LDAPResultCodeMap[uint16(r.code)])}
		}
	}
	return p.sameEntries(true, r, words)
}

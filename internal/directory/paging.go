package directory

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
)

// Cursors holds the paged searches of one connection. The zero value is ready.
type Cursors struct {
	mu   sync.Mutex
	next uint64
	open map[uint64]*cursor
	ring []uint64
}

type cursor struct {
	rest        []*node
	fingerprint string
	sent        int // entries of earlier pages, for the size limit of the whole search
}

// A pageState is the page that a search is answering.
type pageState struct {
	size    int
	sent    int // by earlier pages
	resumed bool
	done    bool
}

func (p *pageState) first() bool { return p == nil || !p.resumed }

// open lists what a search has to look at: all candidates, or what an earlier
// page left.
func (s *session) open(q *query, cursors *Cursors) ([]*node, *pageState, *refusal) {
	p := s.req.Controls.Paged
	if p == nil {
		return s.listed(q), nil, nil
	}
	samba := s.f.flavour.samba()
	page := &pageState{size: p.Size}
	if !samba {
		page.size = min(page.size, s.f.ldapPolicy().pageSize)
	}
	if len(p.Cookie) == 0 {
		if p.Size <= 0 {
			return nil, nil, s.badCookie(UnavailableCriticalExtension)
		}
		return s.listed(q), page, nil
	}
	c := cursors.take(p.Cookie)
	switch {
	case c == nil && samba:
		return nil, nil, sambaf(UnwillingToPerform, "error in module dsdb_paged_results: Unwilling to perform during LDB_SEARCH (53)")
	case c == nil:
		return nil, nil, s.badCookie(UnavailableCriticalExtension)
	case p.Size <= 0:
		page.done = true
		return nil, page, nil
	case c.fingerprint != q.fingerprint() && samba:
		return nil, nil, sambaf(UnavailableCriticalExtension, "error in module dsdb_paged_results: Unsupported critical extension during LDB_SEARCH (12)")
	case c.fingerprint != q.fingerprint():
		return nil, nil, s.badCookie(UnavailableCriticalExtension)
	}
	page.resumed, page.sent = true, c.sent
	return c.rest, page, nil
}

// listed is what a search has to look at.
func (s *session) listed(q *query) []*node {
	if q.scoped {
		return q.named
	}
	return s.candidates(q.base, q.req.Scope, q.matcher)
}

func (s *session) badCookie(code Code) *refusal {
	return s.f.flavour.ldap(code, errorInvalidParameter, "0C090850", "Error processing control").said(s.f.flavour, code, "")
}

// pageEnds keeps the rest for the next request.
func (s *session) pageEnds(cursors *Cursors, page *pageState, sent int, q *query, rest []*node, sorted *SortResult) Result {
	if cursors == nil {
		return s.tooMany()
	}
	cookie := cursors.keep(&cursor{rest: rest, fingerprint: q.fingerprint(), sent: page.sent + sent}, s.f.ldapPolicy().resultSets)
	estimate := 0
	if s.f.flavour.samba() {
		estimate = page.size + len(rest)
	}
	return Result{Controls: ResponseControls{Paged: &Paged{Size: estimate, Cookie: cookie}, SortResult: sorted}}
}

// fingerprint is what may not change between the pages of a search.
func (q *query) fingerprint() string {
	return fmt.Sprintf("%s|%d|%#v|%q", q.req.Base, q.req.Scope, q.req.Filter, q.req.Attributes)
}

// keep stores the rest of a paged search; a connection may have most of them
// open (MaxResultSetsPerConn), the oldest goes.
func (c *Cursors) keep(cur *cursor, most int) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == nil {
		c.open = map[uint64]*cursor{}
	}
	c.next++
	c.open[c.next] = cur
	c.ring = append(c.ring, c.next)
	for len(c.ring) > most {
		delete(c.open, c.ring[0])
		c.ring = c.ring[1:]
	}
	cookie := make([]byte, 16)
	binary.BigEndian.PutUint64(cookie[4:], c.next)
	copy(cookie, "CUR1")
	return cookie
}

// take hands out a cursor once.
func (c *Cursors) take(cookie []byte) *cursor {
	if c == nil || len(cookie) != 16 || string(cookie[:4]) != "CUR1" {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	id := binary.BigEndian.Uint64(cookie[4:])
	cur := c.open[id]
	delete(c.open, id)
	c.ring = slices.DeleteFunc(c.ring, func(open uint64) bool { return open == id })
	return cur
}

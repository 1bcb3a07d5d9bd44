package directory

import (
	"strconv"

	"github.com/ssprlab/ssprlab/internal/directory/security"
)

// Flags of GET_STATS (MS-ADTS 3.1.1.3.4.1.6).
const (
	StatsWanted = 1 // SO_STATS: figures beside the answer
	statsOnly   = 2 // figures without the answer
)

// figures adds what UPDATE_STATS asks for to the result of an operation
// (MS-ADTS 3.1.1.3.4.1.30).
func (dc *DC) figures(r *Request, res *Result) {
	if !r.Controls.UpdateStats {
		return
	}
	dc.forest.mu.RLock()
	defer dc.forest.mu.RUnlock()
	res.Controls.Update = &UpdateStats{HighestUSN: uint64(dc.knownUSN(nil)), InvocationID: dc.guid}
}

// force stamps what a modify wrote as new although the values are what they
// were (MS-ADTS 3.1.1.3.4.1.25, LDAP_SERVER_FORCE_UPDATE_OID).
func (m *modification) force() {
	if !m.s.req.Controls.ForceUpdate {
		return
	}
	for _, c := range m.kept {
		o := m.edit(m.n, true)
		if c.attr.Linked() {
			o.setLinks(c.attr, m.usn(), o.linked(c.attr))
		} else {
			o.set(c.attr, m.usn(), o.stored(c.attr))
		}
	}
}

// A countingSink counts entries for GET_STATS.
type countingSink struct {
	Sink
	sent   int
	silent bool
}

// Entry hands an entry on, unless only figures are wanted.
func (c *countingSink) Entry(e Entry) error {
	c.sent++
	if c.silent {
		return nil
	}
	return c.Sink.Entry(e)
}

// Watching implements [WatchingSink].
func (c *countingSink) Watching() {
	if w, ok := c.Sink.(WatchingSink); ok {
		w.Watching()
	}
}

// searchStats is the figures of a search for who may see them: SeDebugPrivilege,
// which administrators have. There is no time in them: operations take none of
// the lab's clock.
func (s *session) searchStats(req SearchRequest, sent int) *SearchStats {
	if !s.who.system && s.who.Privileges&security.DebugPrivilege == 0 {
		return &SearchStats{}
	}
	index := "DNT_index"
	switch req.Scope {
	case WholeSubtree:
		index = "Ancestors_index"
	case SingleLevel:
		index = "PDNT_index"
	}
	return &SearchStats{Threads: 1, Returned: sent, Visited: max(s.visited, sent), Filter: filterText(req.Filter), Index: index + ":" + strconv.Itoa(s.visited) + ":N;"}
}

// A heldSink keeps the answers of a search back until their number is known.
type heldSink struct {
	entries    []Entry
	references [][]string
}

// Entry implements [Sink].
func (h *heldSink) Entry(e Entry) error {
	h.entries = append(h.entries, e.Clone())
	return nil
}

// Reference implements [Sink].
func (h *heldSink) Reference(urls ...string) error {
	h.references = append(h.references, urls)
	return nil
}

// release hands on what was kept if the number is the one expected; otherwise
// the search ends with constraintViolation and no entry (MS-ADTS
// 3.1.1.3.4.1.33, LDAP_SERVER_EXPECTED_ENTRY_COUNT_OID).
func (h *heldSink) release(want EntryRange, to Sink, res Result) Result {
	if n := len(h.entries); res.Code == Success && (n < want.Min || n > want.Max) {
		return svcErr(ConstraintViolation, dsConstraintViolation, "031A1253").result()
	}
	for _, e := range h.entries {
		if to.Entry(e) != nil {
			return Result{Code: Unavailable}
		}
	}
	for _, urls := range h.references {
		if to.Reference(urls...) != nil {
			return Result{Code: Unavailable}
		}
	}
	return res
}

// wantedOwner is the owner that SET_OWNER names for a new object; "" when it was
// not sent. The rule is that of an owner in a descriptor.
func (s *session) wantedOwner() (security.SID, *refusal) {
	value := s.req.Controls.Owner
	if len(value) == 0 {
		return "", nil
	}
	sid, err := security.ParseSID(string(value))
	if err != nil {
		if sid, err = security.SIDFromBytes(value); err != nil {
			return "", s.badCookie(UnavailableCriticalExtension)
		}
	}
	return sid, s.ownerAllowed(&security.Descriptor{Owner: sid})
}

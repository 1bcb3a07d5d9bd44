package directory

import (
	"context"
	"errors"
	"math"
	"strings"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

const (
	searchDomainScope  = 1
	searchPhantomRoot  = 2
	checkContextPeriod = 256
)

// notBound is the answer to somebody who has not bound (MS-ADTS 5.1.3.1).
func (s *session) notBound() *refusal {
	f := s.f.flavour
	if !s.req.Caller.Anonymous() || s.f.heuristic(7) == '2' {
		return nil
	}
	if f.samba() {
		return sambaf(OperationsError, "00002020: Operation unavailable without authentication")
	}
	return f.ldap(OperationsError, errorNotAuthenticated, "0C090A5C", "In order to perform this operation a successful bind must be completed on the connection.")
}

// Search implements [Server] (MS-ADTS 3.1.1.3.1.3).
func (dc *DC) Search(ctx context.Context, r Request, req SearchRequest, cursors *Cursors, to Sink) (res Result) {
	defer dc.figures(&r, &res)
	dc.housekeeping(r.Now)
	s := dc.session(&r)
	if r.Controls.Stats != nil && *r.Controls.Stats != 0 && !dc.forest.flavour.samba() {
		counted := &countingSink{Sink: to, silent: *r.Controls.Stats&statsOnly != 0}
		to = counted
		defer func() { res.Controls.Stats = s.searchStats(req, counted.sent) }()
	}
	if want := r.Controls.ExpectedEntries; want != nil {
		held := &heldSink{}
		defer func(to Sink) { res = held.release(*want, to, res) }(to)
		to = held
	}
	if req.Base == "" && req.Scope == BaseObject {
		return s.rootDSE(req, to)
	}
	if refused := s.notBound(); refused != nil {
		return refused.result()
	}
	q, refused := s.query(req)
	if refused != nil {
		return refused.result()
	}
	switch {
	case r.Controls.Notification:
		return s.notify(ctx, q, to)
	case r.Controls.DirSync != nil:
		return s.dirSync(q, to)
	case r.Controls.ASQ != nil:
		return s.scopedByAttribute(ctx, q, cursors, to)
	case r.Controls.VLV != nil && r.Controls.CriticalVLV && !dc.forest.views():
		return s.badCookie(UnavailableCriticalExtension).result()
	case r.Controls.VLV != nil && dc.forest.views():
		return s.listView(ctx, q, to)
	}
	return s.run(ctx, q, cursors, to)
}

// A query is a search made ready.
type query struct {
	req     SearchRequest
	base    *node // nil: above every partition
	matcher matcher
	sel     *selection
	scoped  bool    // to the objects that an attribute of the base names
	named   []*node // those
}

// query resolves the base and reads filter and attribute list.
func (s *session) query(req SearchRequest) (*query, *refusal) {
	q := &query{req: req}
	if s.spans() && req.Scope != BaseObject {
		s.f.mu.Lock()
		s.f.buildAll()
		s.f.mu.Unlock()
	}
	switch {
	case req.Base != "":
		n, refused := s.resolve(req.Base, req.Scope != BaseObject)
		if refused != nil {
			return nil, s.sambaBase(refused, req.Base)
		}
		q.base = n
	case !s.spans():
		if s.f.flavour.samba() {
			return nil, sambaf(NoSuchObject, "empty base DN")
		}
		return nil, nameErr(NoSuchObject, dsObjNotFound, "0310028C", noObject, 0, "")
	}
	s.f.mu.RLock()
	m, refused := s.compile(req.Filter)
	s.f.mu.RUnlock()
	if refused != nil {
		return nil, refused
	}
	q.matcher = m
	if q.sel, refused = s.selection(req.Attributes, req.Scope); refused == nil {
		q.sel.types = req.TypesOnly
	}
	return q, refused
}

// sambaBase is Samba's wording for a search base that is not there.
func (s *session) sambaBase(r *refusal, base string) *refusal {
	switch {
	case !s.f.flavour.samba() || r.code != NoSuchObject:
		return r
	case strings.HasPrefix(base, "<"):
		return sambaf(NoSuchObject, "Base-DN '%s' not found", base)
	}
	if parent := s.hiddenBelow(base); parent != "" {
		return sambaf(NoSuchObject, "dsdb_access: Access check failed on %s", parent)
	}
	return sambaf(NoSuchObject, "acl_read: Error retrieving instanceType for base.")
}

// hiddenBelow returns the parent of an object that is there and that the caller
// does not see; "" when there is none.
func (s *session) hiddenBelow(dn string) string {
	form, err := s.f.names.parseForm(dn)
	if err != nil {
		return ""
	}
	s.f.mu.RLock()
	defer s.f.mu.RUnlock()
	n := s.findForm(form)
	if n == nil {
		return ""
	}
	o := s.dc.see(n)
	if o == nil || o.deleted || o.parent == nil || s.sees(o) {
		return ""
	}
	return s.dn(s.above(o))
}

// accepts reports whether an object is an answer.
func (s *session) accepts(o *object, q *query) bool {
	if o == nil || o.ended || !s.showsDeleted(o) || !s.serves(o.part) {
		return false
	}
	return q.matcher.match(s, o) == yes && s.sees(o)
}

// serves reports whether this search answers for a partition. The global
// catalogue knows every domain, and no application partition.
func (s *session) serves(p *partition) bool {
	if !s.req.Channel.GlobalCatalog || s.f.flavour.samba() {
		return s.dc.holdsPartition(p) || s.req.Channel.GlobalCatalog
	}
	return p.domain != nil || p == s.f.config || p == s.f.schemaNC
}

// catalogued reports whether the port that was asked shows an attribute: the
// global catalogue has the partial attribute set, and of other domains' groups
// the members of universal ones (AD reference 9.8). Samba's shows all it has.
func (s *session) catalogued(o *object, a *schema.Attribute) bool {
	if !s.req.Channel.GlobalCatalog || s.f.flavour.samba() {
		return true
	}
	if a == s.k.member && o.part.domain != s.dc.domain {
		return domain.GroupType(int32(o.int(s.k.groupType)))&domain.UniversalGroup != 0
	}
	return a.Global || a.Constructed() || a == s.k.distinguishedName || a == s.k.objectGUID
}

// spans reports whether a subtree goes on into the partitions below it: on the
// global catalogue, and below a phantom root (MS-ADTS 3.1.1.3.4.1.12).
func (s *session) spans() bool {
	return s.req.Channel.GlobalCatalog || s.req.Controls.SearchOptions&searchPhantomRoot != 0
}

// partitionFits keeps a search of one partition out of the others, unless it
// asked for all.
func (s *session) partitionFits(o *object, q *query) bool {
	return q.base == nil || q.scoped || s.spans() || o.part == q.base.obj.Load().part
}

// run answers an ordinary search, page by page if asked.
func (s *session) run(ctx context.Context, q *query, cursors *Cursors, to Sink) Result {
	list, page, refused := s.open(q, cursors)
	if refused != nil {
		return refused.result()
	}
	if page != nil && page.done {
		return Result{Controls: ResponseControls{Paged: &Paged{}}}
	}
	var sorted *SortResult
	if s.req.Controls.Sort != nil && page.first() {
		if list, sorted, refused = s.sort(list, q); refused != nil {
			return s.sortRefused(refused, sorted)
		}
	}
	limit, limited := s.limit(q, page)
	sent := 0
	for i, n := range list {
		s.visited = i + 1
		if i%checkContextPeriod == 0 && ctx.Err() != nil {
			return s.overtime(ctx)
		}
		o := s.dc.see(n)
		if !s.accepts(o, q) || !s.partitionFits(o, q) {
			continue
		}
		if sent == limit {
			if page != nil && (page.sent+sent < q.req.SizeLimit || !s.bounded(q)) {
				return s.pageEnds(cursors, page, sent, q, list[i:], sorted)
			}
			if limited {
				res := s.tooMany()
				res.Controls.SortResult = sorted
				return res
			}
		}
		e := s.entry(o, q.sel)
		if s.unanswered {
			return svcErr(OperationsError, dsCantRetrieveAtts, "0315235C").result()
		}
		if s.badRange {
			return svcErr(OperationsError, errorInvalidParameter, "031A1252").result()
		}
		if err := to.Entry(e); err != nil {
			return Result{Code: Unavailable}
		}
		sent++
	}
	if err := s.references(q, to); err != nil {
		return Result{Code: Unavailable}
	}
	res := Result{Controls: ResponseControls{SortResult: sorted}}
	if page != nil {
		res.Controls.Paged = &Paged{}
	}
	return res
}

// limit is how many entries may be sent in this answer.
func (s *session) limit(q *query, page *pageState) (n int, limited bool) {
	n = math.MaxInt
	if page != nil {
		n = page.size
	}
	if s.f.flavour.samba() || s.who.system {
		return n, false
	}
	n = min(n, s.f.ldapPolicy().pageSize)
	l := q.req.SizeLimit
	if page != nil {
		l -= page.sent
	}
	if s.bounded(q) && l < n {
		return l, true
	}
	return n, true
}

// bounded reports whether the client limits how many entries the whole search
// may return, over all of its pages (RFC 2696 3).
func (s *session) bounded(q *query) bool { return q.req.SizeLimit > 0 && !s.f.flavour.samba() }

func (s *session) tooMany() Result {
	return svcErr(SizeLimitExceeded, dsSizeLimit, "031A11A5").result()
}

func (s *session) overtime(ctx context.Context) Result {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return svcErr(TimeLimitExceeded, errorInvalidParameter, "031A0E52").result()
	}
	return Result{Code: Unavailable}
}

// references sends the continuation references to partitions below the base.
func (s *session) references(q *query, to Sink) error {
	if q.base == nil || q.req.Scope == BaseObject || s.spans() || s.req.Controls.DomainScope || s.req.Controls.SearchOptions&searchDomainScope != 0 {
		return nil
	}
	base := q.base.obj.Load()
	if base.parent != nil {
		return nil
	}
	scheme, suffix := "ldap", ""
	if s.f.flavour.samba() && s.req.Channel.URLScheme != "" {
		scheme = s.req.Channel.URLScheme
	}
	if q.req.Scope == SingleLevel {
		suffix = "??base"
	}
	for _, sub := range s.f.subordinates(base.part) {
		if err := to.Reference(scheme + "://" + sub.host + "/" + urlEscape(sub.dn) + suffix); err != nil {
			return err
		}
	}
	return nil
}

type subordinate struct{ host, dn string }

// subordinates lists the partitions immediately below one; it never changes
// after the forest has been made.
func (f *Forest) subordinates(p *partition) []subordinate {
	p.once.Do(func() { p.below = f.findSubordinates(p) })
	return p.below
}

func (f *Forest) findSubordinates(p *partition) (out []subordinate) {
	for _, sub := range f.parts {
		if len(sub.name) == len(p.name)+1 && f.partitionOf(sub.name[1:]) == p {
			host := firstOf(sub.host, f.root.dns)
			if sub.domain != nil {
				host = sub.domain.dns
			}
			out = append(out, subordinate{host, sub.dn})
		}
	}
	return out
}

package directory

import (
	"context"
	"slices"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
)

// listView answers a virtual list view (MS-ADTS 3.1.1.3.4.1.17).
func (s *session) listView(ctx context.Context, q *query, to Sink) Result {
	v := s.req.Controls.VLV
	samba := s.f.flavour.samba()
	if s.req.Controls.Sort == nil || len(s.req.Controls.Sort.Keys) != 1 {
		if samba {
			return Result{Code: OperationsError, Diagnostic: "error in module vlv: Operations error during LDB_SEARCH (1)"}
		}
		return Result{Code: SortControlMissing, Controls: ResponseControls{VLV: &VLVResult{Code: SortControlMissing}}}
	}
	if s.req.Controls.Paged != nil {
		return s.badCookie(UnavailableCriticalExtension).result()
	}
	list, sorted, refused := s.sort(s.candidates(q.base, q.req.Scope, q.matcher), q)
	if refused != nil {
		return s.sortRefused(refused, sorted)
	}
	a := s.f.schema.Attribute(s.req.Controls.Sort.Keys[0].Attribute)
	at, ok := s.viewTarget(v, list, a)
	if !ok {
		return Result{Code: OffsetRangeError, Controls: ResponseControls{SortResult: sorted, VLV: &VLVResult{Count: len(list), Code: OffsetRangeError}}}
	}
	from, end := max(at-1-max(v.Before, 0), 0), min(at+max(v.After, 0), len(list))
	if !samba {
		end = min(end, from+s.f.ldapPolicy().pageSize)
	}
	for i := from; i < end; i++ {
		if ctx.Err() != nil {
			return s.overtime(ctx)
		}
		if err := to.Entry(s.entry(s.dc.see(list[i]), q.sel)); err != nil {
			return Result{Code: Unavailable}
		}
	}
	return Result{Controls: ResponseControls{SortResult: sorted, VLV: &VLVResult{Position: at, Count: len(list), ContextID: []byte("VLV1")}}}
}

// viewTarget is the position, from 1, that a view is centred on.
func (s *session) viewTarget(v *VLV, list []*node, a *schema.Attribute) (int, bool) {
	n := len(list)
	if v.Target != nil {
		if a == nil {
			return n + 1, true
		}
		key := s.keyOf(a, string(v.Target))
		for i, node := range list {
			it := s.sortKey(s.dc.see(node), a)
			if c := it.compare(key); it.has && (c >= 0 != s.req.Controls.Sort.Keys[0].Reverse || c == 0) {
				return i + 1, true
			}
		}
		return n + 1, true
	}
	switch {
	case v.Offset == 0 && v.Count != 0, v.Offset < 0:
		return 0, false
	case v.Count == 0 || v.Count == n:
		if v.Offset == 0 {
			return 1, true
		}
		if v.Count != 0 && v.Offset > n {
			return 0, false
		}
		return min(v.Offset, n+1), true
	case v.Offset > v.Count:
		return 0, false
	case v.Offset == 1:
		return 1, true
	case v.Offset == v.Count:
		return n, true
	}
	return max(1, n*v.Offset/v.Count), true
}

// scopedByAttribute answers attribute scoped queries (MS-ADTS 3.1.1.3.4.1.18):
// the objects that an attribute of the base names, in pages and sorted if asked.
func (s *session) scopedByAttribute(ctx context.Context, q *query, cursors *Cursors, to Sink) Result {
	a := s.f.schema.Attribute(*s.req.Controls.ASQ)
	bad := InvalidAttributeSyntax
	if q.req.Scope != BaseObject || a == nil || a.Syntax != schema.DN || q.base == nil {
		code := UnwillingToPerform
		if q.req.Scope == BaseObject {
			code = InvalidAttributeSyntax
		}
		return Result{Code: code, Diagnostic: s.f.flavour.LDAPErr(errorInvalidParameter, "0C090850", "Error processing control"), Controls: ResponseControls{ASQResult: &bad}}
	}
	base := s.dc.see(q.base)
	if s.reads(base, a) {
		q.named = s.namedBy(base, a)
	}
	q.scoped = true
	res := s.run(ctx, q, cursors, to)
	code := res.Code
	res.Controls.ASQResult = &code
	return res
}

// namedBy lists the objects that an attribute of an object names.
func (s *session) namedBy(base *object, a *schema.Attribute) []*node {
	nodes := slices.Clone(base.linked(a))
	if !a.Linked() {
		v := s.valuesOf(base, a)
		s.f.mu.RLock()
		for i := range v.len() {
			if d, err := s.f.names.parse(v.at(i)); err == nil {
				if n, _ := s.lookup(d); n != nil {
					nodes = append(nodes, n)
				}
			}
		}
		s.f.mu.RUnlock()
	}
	return nodes
}

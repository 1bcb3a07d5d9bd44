package directory

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
)

// sort orders the answers (RFC 2891, MS-ADTS 3.1.1.3.4.1.13): one key, objects
// without a value last.
func (s *session) sort(list []*node, q *query) ([]*node, *SortResult, *refusal) {
	keys := s.req.Controls.Sort.Keys
	samba := s.f.flavour.samba()
	if len(keys) != 1 {
		res := &SortResult{Code: UnwillingToPerform}
		if samba || s.req.Controls.CriticalSort {
			return nil, res, s.f.flavour.ldap(UnavailableCriticalExtension, errorInvalidParameter, "0C090850", "Error processing control")
		}
		return list, res, nil
	}
	a := s.f.schema.Attribute(keys[0].Attribute)
	if a == nil {
		if samba {
			return list, nil, nil
		}
		res := &SortResult{Code: NoSuchAttribute, Attribute: keys[0].Attribute}
		if s.req.Controls.CriticalSort {
			return nil, res, s.f.flavour.ldap(UnavailableCriticalExtension, errorInvalidParameter, "0C090850", "Error processing control")
		}
		return list, res, nil
	}
	out := s.ordered(list, q, a, keys[0].Reverse)
	if samba {
		return out, nil, nil
	}
	return out, &SortResult{Code: Success}, nil
}

func (s *session) sortRefused(r *refusal, sorted *SortResult) Result {
	res := r.result()
	if s.f.flavour.samba() {
		res = Result{}
	}
	res.Controls.SortResult = sorted
	return res
}

type sortItem struct {
	node *node
	has  bool
	text string
	num  int64
}

// compare orders two keys of one attribute, which both have.
func (i sortItem) compare(than sortItem) int {
	return cmp.Or(cmp.Compare(i.num, than.num), cmp.Compare(i.text, than.text))
}

// ordered keeps the objects that are answers and sorts them.
func (s *session) ordered(list []*node, q *query, a *schema.Attribute, reverse bool) []*node {
	items := make([]sortItem, 0, len(list))
	for _, n := range list {
		o := s.dc.see(n)
		if !s.accepts(o, q) || !s.partitionFits(o, q) {
			continue
		}
		items = append(items, s.sortKey(o, a))
	}
	slices.SortStableFunc(items, func(x, y sortItem) int {
		switch {
		case x.has != y.has:
			if x.has {
				return -1
			}
			return 1
		case !x.has:
			return 0
		}
		c := x.compare(y)
		if reverse {
			return -c
		}
		return c
	})
	out := make([]*node, len(items))
	for i := range items {
		out[i] = items[i].node
	}
	return out
}

func (s *session) sortKey(o *object, a *schema.Attribute) sortItem {
	it := sortItem{node: o.node}
	if !s.reads(o, a) {
		return it
	}
	v := s.valuesOf(o, a)
	if a.Linked() {
		v = s.linkText(o, a)
	}
	if !v.any {
		return it
	}
	key := s.keyOf(a, v.one)
	key.node = o.node
	return key
}

// keyOf is the key that a value of an attribute is sorted by.
func (s *session) keyOf(a *schema.Attribute, value string) sortItem {
	it := sortItem{has: true}
	if a.Syntax.Number() {
		it.num, _ = strconv.ParseInt(value, 10, 64)
		return it
	}
	it.text = s.f.normal(a, value)
	return it
}

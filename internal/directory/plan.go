package directory

import (
	"slices"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
)

// cost is how many objects an index leaves to look at. ok is false when none
// helps; needs tells that one is worth building. The caller holds the lock.
func (s *session) cost(m matcher) (n int, ok, needs bool) {
	switch m := m.(type) {
	case constant:
		return 0, truth(m) != yes, false
	case equalOne:
		return s.costEqual(m)
	case substringOne:
		return s.costPrefix(m)
	case chainOne:
		return len(m.within), true, false
	case allOf:
		for _, part := range m {
			cost, can, want := s.cost(part)
			needs = needs || want
			if can && (!ok || cost < n) {
				n, ok = cost, true
			}
		}
		return n, ok, needs && (!ok || n > 64)
	case anyOf:
		for _, part := range m {
			cost, can, want := s.cost(part)
			needs = needs || want
			if !can && !want {
				return 0, false, false
			}
			n += cost
		}
		return n, !needs, needs
	}
	return 0, false, false
}

func (s *session) costEqual(m equalOne) (n int, ok, needs bool) {
	f, k := s.f, s.k
	switch {
	case m.attr.Linked():
		if m.attr.Other() == nil {
			return 0, false, false
		}
		if m.node == nil {
			return 0, true, false
		}
		return len(m.node.obj.Load().linked(m.attr.Other())), true, false
	case m.attr == k.distinguishedName:
		return 1, true, false
	case m.attr == k.objectGUID:
		return 1, f.pending == 0 || f.guidNode(m.key) != nil, false
	case !f.indexable(m.attr):
		return 0, false, false
	}
	x := f.indexes[m.attr.ID]
	if x == nil {
		return 0, false, true
	}
	return x.count(m.key), true, false
}

// costPrefix answers (attribute=initial*…) from the index of the attribute, whose
// keys are what the pattern is held against.
func (s *session) costPrefix(m substringOne) (n int, ok, needs bool) {
	if m.initial == "" || m.attr.Syntax == schema.DN || m.attr == s.k.objectGUID || !s.f.indexable(m.attr) {
		return 0, false, false
	}
	x := s.f.indexes[m.attr.ID]
	if x == nil || x.keys == nil {
		return 0, false, true
	}
	return x.countPrefix(m.initial), true, false
}

func (f *Forest) guidNode(key string) *node {
	if len(key) != 16 {
		return nil
	}
	return f.byGUID[[16]byte([]byte(key))]
}

// buildIndexes makes the indexes that a filter could use. The caller holds the
// write lock.
func (s *session) buildIndexes(m matcher) {
	switch m := m.(type) {
	case equalOne:
		if !m.attr.Linked() && s.f.indexable(m.attr) && m.attr != s.k.objectGUID {
			s.f.indexFor(m.attr)
		}
	case substringOne:
		if _, _, needs := s.costPrefix(m); needs {
			s.f.indexFor(m.attr).order()
		}
	case allOf:
		for _, part := range m {
			s.buildIndexes(part)
		}
	case anyOf:
		for _, part := range m {
			s.buildIndexes(part)
		}
	}
}

// collect appends the objects that the cheapest index names.
func (s *session) collect(m matcher, to []*node) []*node {
	switch m := m.(type) {
	case equalOne:
		return s.collectEqual(m, to)
	case substringOne:
		return s.f.indexes[m.attr.ID].getPrefix(m.initial, to)
	case chainOne:
		for n := range m.within {
			to = append(to, n)
		}
	case anyOf:
		for _, part := range m {
			to = s.collect(part, to)
		}
	case allOf:
		var best matcher
		least := 0
		for _, part := range m {
			if n, ok, _ := s.cost(part); ok && (best == nil || n < least) {
				best, least = part, n
			}
		}
		return s.collect(best, to)
	}
	return to
}

func (s *session) collectEqual(m equalOne, to []*node) []*node {
	switch {
	case m.attr.Linked():
		if m.node == nil {
			return to
		}
		return append(to, m.node.obj.Load().linked(m.attr.Other())...)
	case m.attr == s.k.distinguishedName:
		if m.node == nil {
			return to
		}
		return append(to, m.node)
	case m.attr == s.k.objectGUID:
		if n := s.f.guidNode(m.key); n != nil {
			return append(to, n)
		}
		return to
	}
	return s.f.indexes[m.attr.ID].get(m.key, to)
}

// candidates lists the objects of a search's scope that may match, in the
// order in which they were made.
func (s *session) candidates(base *node, scope Scope, m matcher) []*node {
	if scope == BaseObject {
		return []*node{base}
	}
	f := s.f
	f.mu.RLock()
	n, ok, needs := s.cost(m)
	if needs {
		f.mu.RUnlock()
		f.mu.Lock()
		s.buildIndexes(m)
		f.mu.Unlock()
		f.mu.RLock()
		n, ok, _ = s.cost(m)
	}
	defer f.mu.RUnlock()
	if !ok {
		return s.walk(base, scope)
	}
	return s.scoped(base, scope, s.otherwise(s.collect(m, make([]*node, 0, n))))
}

// otherwise appends the objects that this domain controller knows with other
// values than the indexes have.
func (s *session) otherwise(list []*node) []*node {
	if v := s.state(); v != nil {
		list = append(list, v.nodes()...)
	}
	return list
}

func (s *session) scoped(base *node, scope Scope, found []*node) []*node {
	out := make([]*node, 0, len(found))
	for _, n := range found {
		if o := s.dc.see(n); o != nil && s.inScope(o, base, scope) {
			out = append(out, n)
		}
	}
	slices.SortFunc(out, func(a, b *node) int { return int(a.slot) - int(b.slot) })
	return slices.Compact(out)
}

func (s *session) inScope(o *object, base *node, scope Scope) bool {
	if base == nil { // every partition
		return true
	}
	switch scope {
	case BaseObject:
		return o.node == base
	case SingleLevel:
		return o.parent == base || o.parent == nil && s.spans() && s.partitionBelow(o.part, base, SingleLevel)
	}
	return s.below(o, base) || s.spans() && s.partitionBelow(o.part, base, scope)
}

// partitionBelow reports whether a partition lies below the head of another; one
// level below it, its head counts.
func (s *session) partitionBelow(p *partition, base *node, scope Scope) bool {
	o := base.obj.Load()
	if o.parent != nil || o.part == p || !s.f.within(o.part, p.name) {
		return false
	}
	return scope == WholeSubtree || len(p.name) == len(o.part.name)+1
}

// walk lists a subtree or the children of a node. nil is the root above every
// domain.
func (s *session) walk(base *node, scope Scope) []*node {
	list := s.walkNewest(base, scope)
	if s.state() == nil {
		return list
	}
	return s.scoped(base, scope, s.otherwise(list))
}

// walkNewest is walk in the newest state.
func (s *session) walkNewest(base *node, scope Scope) []*node {
	var out []*node
	if base == nil {
		for _, p := range s.f.parts {
			out = appendTree(out, p.head)
		}
		return out
	}
	if scope == SingleLevel {
		if base.kids != nil {
			for _, n := range base.kids.list {
				if n != nil {
					out = append(out, n)
				}
			}
		}
	} else {
		out = appendTree(out, base)
	}
	if !s.spans() {
		return out
	}
	for _, p := range s.f.parts {
		switch {
		case !s.partitionBelow(p, base, scope):
		case scope == SingleLevel:
			out = append(out, p.head)
		default:
			out = appendTree(out, p.head)
		}
	}
	return out
}

func appendTree(out []*node, n *node) []*node {
	out = append(out, n)
	if n.kids == nil {
		return out
	}
	out = slices.Grow(out, len(n.kids.byRDN))
	for _, c := range n.kids.list {
		if c != nil {
			out = appendTree(out, c)
		}
	}
	return out
}

package directory

import "slices"

// plan finds the objects that can match without looking at every one. ok is
// false when no index helps. The caller holds the write lock when build is set,
// else the read lock; needs reports an index that is worth building.
func (s *session) plan(m matcher, build bool) (found []*node, ok, needs bool) {
	switch m := m.(type) {
	case constant:
		return nil, truth(m) != yes, false
	case equalOne:
		return s.planEqual(m, build)
	case chainOne:
		for n := range m.within {
			found = append(found, n)
		}
		return found, true, false
	case allOf:
		return s.planAll(m, build)
	case anyOf:
		for _, part := range m {
			list, can, want := s.plan(part, build)
			needs = needs || want
			if !can {
				return nil, false, needs
			}
			found = append(found, list...)
		}
		return found, true, needs
	}
	return nil, false, false
}

func (s *session) planAll(m allOf, build bool) (found []*node, ok, needs bool) {
	for _, part := range m {
		list, can, want := s.plan(part, build)
		needs = needs || want
		if can && (!ok || len(list) < len(found)) {
			found, ok = list, true
		}
		if ok && len(found) <= 1 {
			return found, true, false
		}
	}
	return found, ok, needs
}

func (s *session) planEqual(m equalOne, build bool) (found []*node, ok, needs bool) {
	f, k := s.f, s.k
	switch {
	case m.attr.Linked():
		other := m.attr.Other()
		if other == nil {
			return nil, false, false
		}
		if m.node == nil {
			return nil, true, false
		}
		return m.node.obj.Load().linked(other), true, false
	case m.attr == k.distinguishedName:
		if m.node == nil {
			return nil, true, false
		}
		return []*node{m.node}, true, false
	case m.attr == k.objectGUID:
		if len(m.key) == 16 {
			if n := f.byGUID[[16]byte([]byte(m.key))]; n != nil {
				return []*node{n}, true, false
			}
		}
		return nil, f.pending == 0, false
	case !f.indexable(m.attr):
		return nil, false, false
	}
	x := f.indexes[m.attr.ID]
	if x == nil {
		if !build {
			return nil, false, true
		}
		x = f.indexFor(m.attr)
	}
	return x.get(m.key, make([]*node, 0, x.count(m.key))), true, false
}

// candidates lists the objects of a search's scope that may match, in the
// order in which they were made.
func (s *session) candidates(base *node, scope Scope, m matcher) []*node {
	f := s.f
	f.mu.RLock()
	if scope == BaseObject {
		f.mu.RUnlock()
		return []*node{base}
	}
	found, ok, needs := s.plan(m, false)
	if !ok && !needs || ok && len(found) < 64 {
		defer f.mu.RUnlock()
		return s.scoped(base, scope, found, ok)
	}
	f.mu.RUnlock()
	if needs {
		f.mu.Lock()
		found, ok, _ = s.plan(m, true)
		f.mu.Unlock()
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	return s.scoped(base, scope, found, ok)
}

func (s *session) scoped(base *node, scope Scope, found []*node, planned bool) []*node {
	if !planned {
		return s.walk(base, scope)
	}
	out := make([]*node, 0, len(found))
	for _, n := range found {
		if o := n.obj.Load(); o != nil && s.inScope(o, base, scope) {
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
		return o.parent == base
	}
	return o.below(base)
}

// walk lists a subtree or the children of a node. nil is the root above every
// domain.
func (s *session) walk(base *node, scope Scope) []*node {
	var out []*node
	if base == nil {
		for _, p := range s.f.parts {
			out = appendTree(out, p.head)
		}
		return out
	}
	if scope == SingleLevel {
		if base.kids == nil {
			return nil
		}
		for _, n := range base.kids.list {
			if n != nil {
				out = append(out, n)
			}
		}
		return out
	}
	return appendTree(out, base)
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

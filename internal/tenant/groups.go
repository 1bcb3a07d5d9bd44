package tenant

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ssprlab/ssprlab/internal/tenant/strict"
)

// Group returns a group by ID or name. Error ErrNoSuchGroup.
func (s *Store) Group(_ context.Context, idOrName string) (Group, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	g, err := s.findGroup(idOrName)
	if err != nil {
		return Group{}, err
	}
	return clone(*g), nil
}

// Groups lists all groups by name.
func (s *Store) Groups(context.Context) ([]Group, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := make([]Group, 0, len(s.groups))
	for _, g := range s.groups {
		all = append(all, clone(*g))
	}
	slices.SortFunc(all, func(a, b Group) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return all, nil
}

// GroupsOf lists the IDs of the groups of a user or group, nested ones included.
func (s *Store) GroupsOf(_ context.Context, memberID string) ([]string, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return transitive(s.up, strings.ToLower(memberID)), nil
}

// AddGroup adds a group and returns it with its ID, drawn from the lab's seed
// and the name when g has none.
func (s *Store) AddGroup(_ context.Context, g Group) (Group, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g = clone(g)
	if g.ID == "" {
		g.ID = s.freshID("group", g.Name)
	}
	g.ID = strings.ToLower(g.ID)
	if s.groups[g.ID] != nil {
		return Group{}, fmt.Errorf("adding group %s: the ID %s is taken: leave it out to draw another", g.Name, g.ID)
	}
	if g.Created.IsZero() {
		g.Created = s.now()
	}
	return g, s.putGroup(g)
}

// UpdateGroup changes one group atomically and returns the result.
func (s *Store) UpdateGroup(_ context.Context, id string, change func(*Group) error) (Group, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, err := s.findGroup(id)
	if err != nil {
		return Group{}, err
	}
	next := clone(*old)
	if err := change(&next); err != nil {
		return Group{}, err
	}
	next.ID = old.ID
	return next, s.putGroup(next)
}

// DeleteGroup removes a group and its memberships. A tenant whose scope it was has
// no group chosen from then on.
func (s *Store) DeleteGroup(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.findGroup(id)
	if err != nil {
		return err
	}
	delete(s.groups, g.ID)
	s.forget(g.ID)
	if s.settings.Reset.GroupID != g.ID {
		return nil
	}
	next := clone(s.settings)
	next.Reset.GroupID = ""
	return s.keepSettings(next)
}

func (s *Store) findGroup(idOrName string) (*Group, error) {
	if g := s.groups[strings.ToLower(idOrName)]; g != nil {
		return g, nil
	}
	for _, g := range s.groups {
		if strings.EqualFold(g.Name, idOrName) {
			return g, nil
		}
	}
	return nil, ErrNoSuchGroup
}

// putGroup stores a copy of g if its name and members are right.
func (s *Store) putGroup(g Group) error {
	var wrong strict.Problems
	if g.Name == "" {
		wrong = append(wrong, strict.Problem{Path: "name", Text: "is empty: give the group a name"})
	}
	for i, m := range g.Members {
		if s.users[m] == nil && s.groups[m] == nil {
			wrong = append(wrong, strict.Problem{Path: fmt.Sprintf("members[%d]", i), Text: fmt.Sprintf("%q is neither a user nor a group: add it first, and name it by its ID", m)})
		}
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	kept := clone(g)
	s.groups[g.ID] = &kept
	s.up = parents(s.groups)
	return nil
}

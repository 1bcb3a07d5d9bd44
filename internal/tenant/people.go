package tenant

import (
	"context"
	"slices"
	"strings"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
)

// Settings returns the tenant's settings in force.
func (s *Store) Settings(context.Context) (policy.Settings, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return clone(s.settings), nil
}

// FindPerson resolves what a person types as user ID: a UPN, in any case; an
// e-mail address when alternate login ID is on, or when it is a guest's, who
// knows no UPN of this tenant. The address in the initial domain is an e-mail
// address like any other. Two users with one address are nobody. Error
// reset.ErrNoSuchPerson.
func (s *Store) FindPerson(_ context.Context, userID string) (policy.Person, error) {
	typed := strings.ToLower(strings.TrimSpace(userID))
	s.mu.RLock()
	defer s.mu.RUnlock()
	if id, ok := s.byUPN[typed]; ok {
		return s.person(s.users[id]), nil
	}
	var match *User
	for _, u := range s.users {
		if !s.settings.AlternateLogin && u.Guest == policy.Member {
			continue
		}
		if !slices.Contains(s.mailOf(u), typed) {
			continue
		}
		if match != nil {
			return policy.Person{}, reset.ErrNoSuchPerson
		}
		match = u
	}
	if match == nil {
		return policy.Person{}, reset.ErrNoSuchPerson
	}
	return s.person(match), nil
}

// mailOf lists the addresses of a user, with the one that everybody has in the
// initial domain.
func (s *Store) mailOf(u *User) []string {
	all := u.addresses()
	if name, _, ok := strings.Cut(strings.ToLower(u.UserPrincipalName), "@"); ok && s.settings.InitialDomain != "" {
		all = append(all, name+"@"+strings.ToLower(s.settings.InitialDomain))
	}
	return all
}

// Person returns a person by object ID. Error reset.ErrNoSuchPerson.
func (s *Store) Person(_ context.Context, id string) (policy.Person, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	u, ok := s.users[strings.ToLower(id)]
	if !ok {
		return policy.Person{}, reset.ErrNoSuchPerson
	}
	return s.person(u), nil
}

// UserByImmutableID returns the synchronised user whose source anchor this is:
// base64 of mS-DS-ConsistencyGuid. Error reset.ErrNoSuchPerson.
func (s *Store) UserByImmutableID(_ context.Context, immutableID string) (User, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, u := range s.users {
		if immutableID != "" && u.OnPremises.ImmutableID == immutableID {
			return clone(*u), nil
		}
	}
	return User{}, reset.ErrNoSuchPerson
}

// People returns every person, by UPN: for reports and notifications.
func (s *Store) People(ctx context.Context) ([]policy.Person, error) {
	users, err := s.Users(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := make([]policy.Person, len(users))
	for i, u := range users {
		all[i] = u.person(transitive(s.up, u.ID))
	}
	return all, nil
}

func (s *Store) person(u *User) policy.Person {
	return clone(*u).person(transitive(s.up, u.ID))
}

// Counters returns what throttling remembers of a person.
func (s *Store) Counters(_ context.Context, id string) (policy.Counters, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	u, ok := s.users[id]
	if !ok {
		return policy.Counters{}, reset.ErrNoSuchPerson
	}
	return clone(u.Throttle), nil
}

// UpdateCounters changes what throttling remembers of a person, atomically.
func (s *Store) UpdateCounters(_ context.Context, id string, change func(policy.Counters) policy.Counters) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ok := s.users[id]
	if !ok {
		return reset.ErrNoSuchPerson
	}
	u.Throttle = clone(change(clone(u.Throttle)))
	return nil
}

package tenant

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
)

// A Store is the cloud directory of one lab. It is safe for concurrent use.
// What it returns is a copy; changes go through the Update methods, whose
// function sees the present value and must not call the store.
type Store struct {
	chance *chance.Source
	now    func() time.Time

	mu       sync.RWMutex
	id       string
	settings policy.Settings
	users    map[string]*User  // by ID
	byUPN    map[string]string // lower-case UPN to ID
	groups   map[string]*Group // by ID
	up       map[string][]string
	watcher  func(now time.Time, next policy.Settings) // of settings; nil: nobody
	tokens   map[string]*App                           // hardware tokens that nobody has, by lower-case serial number
	tries    []time.Time                               // activations of tokens, as policy.ActivationBlocked counts them
}

var (
	_ reset.People          = (*Store)(nil)
	_ reset.CloudPasswords  = (*Store)(nil)
	_ challenge.Credentials = (*Store)(nil)
)

type refusal string

func (r refusal) Error() string { return string(r) }

// ErrNoSuchGroup means that no group has this ID.
const ErrNoSuchGroup = refusal("no such group")

// newStore returns an empty tenant.
func newStore(chance *chance.Source, now func() time.Time) *Store {
	return &Store{
		chance: chance, now: now,
		users: map[string]*User{}, byUPN: map[string]string{},
		groups: map[string]*Group{}, up: map[string][]string{}, tokens: map[string]*App{},
	}
}

// ID is the tenant's GUID.
func (s *Store) ID() string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.id
}

// User returns a user by object ID or UPN. Error reset.ErrNoSuchPerson.
func (s *Store) User(_ context.Context, idOrUPN string) (User, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	u, err := s.find(idOrUPN)
	if err != nil {
		return User{}, err
	}
	return clone(*u), nil
}

// Users lists all users by UPN.
func (s *Store) Users(context.Context) ([]User, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := make([]User, 0, len(s.users))
	for _, u := range s.users {
		all = append(all, clone(*u))
	}
	slices.SortFunc(all, func(a, b User) int {
		return cmp.Compare(strings.ToLower(a.UserPrincipalName), strings.ToLower(b.UserPrincipalName))
	})
	return all, nil
}

// AddUser adds a user and returns it with its ID, which is drawn from the
// lab's seed and the UPN when u has none. Error Problems for wrong fields.
func (s *Store) AddUser(_ context.Context, u User) (User, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u = clone(u)
	if u.ID == "" {
		u.ID = s.freshID("user", u.UserPrincipalName)
	}
	u.ID = strings.ToLower(u.ID)
	if u.Created.IsZero() {
		u.Created = s.now()
	}
	if err := s.checkUser(u).Err(); err != nil {
		return User{}, err
	}
	s.put(&u)
	return clone(u), nil
}

// freshID draws the ID that a name always gets in this lab, unless it is taken.
func (s *Store) freshID(kind, name string) string {
	id := chance.GUID(s.chance.Stream("tenant", kind, strings.ToLower(name)))
	for s.users[id] != nil || s.groups[id] != nil {
		id = chance.GUID(s.chance.Next("tenant-" + kind))
	}
	return id
}

// UpdateUser changes one user atomically and returns the result. An error of
// change, or a field that breaks a rule (Problems), leaves it as it was.
func (s *Store) UpdateUser(_ context.Context, id string, change func(*User) error) (User, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.updateUser(id, change)
}

// updateUser is called with the lock held.
func (s *Store) updateUser(id string, change func(*User) error) (User, error) {
	old, err := s.find(id)
	if err != nil {
		return User{}, err
	}
	next := clone(*old)
	if err := change(&next); err != nil {
		return User{}, err
	}
	next.ID = old.ID
	if err := s.checkUser(next).Err(); err != nil {
		return User{}, err
	}
	delete(s.byUPN, strings.ToLower(old.UserPrincipalName))
	next.noteContacts(*old, s.now())
	kept := clone(next) // change may have kept the pointer
	s.put(&kept)
	return next, nil
}

// DeleteUser removes a user and its memberships. Its hardware tokens are
// available again.
func (s *Store) DeleteUser(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.find(id)
	if err != nil {
		return err
	}
	delete(s.byUPN, strings.ToLower(u.UserPrincipalName))
	delete(s.users, u.ID)
	for _, a := range u.Methods.Apps {
		s.shelve(a)
	}
	s.forget(u.ID)
	return nil
}

// find is called with the lock held.
func (s *Store) find(idOrUPN string) (*User, error) {
	key := strings.ToLower(strings.TrimSpace(idOrUPN))
	if u := s.users[key]; u != nil {
		return u, nil
	}
	if u := s.users[s.byUPN[key]]; u != nil {
		return u, nil
	}
	return nil, reset.ErrNoSuchPerson
}

func (s *Store) put(u *User) {
	s.users[u.ID] = u
	s.byUPN[strings.ToLower(u.UserPrincipalName)] = u.ID
}

// forget takes a member out of every group.
func (s *Store) forget(member string) {
	for _, g := range s.groups {
		g.Members = slices.DeleteFunc(g.Members, func(m string) bool { return m == member })
	}
	s.up = parents(s.groups)
}

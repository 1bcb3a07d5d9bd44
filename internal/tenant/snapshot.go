package tenant

import (
	"fmt"
	"time"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/tenant/strict"
)

// state is everything a [Store] holds, for snapshots, forks and restarts.
type state struct {
	ID       string
	Settings policy.Settings
	Users    []User
	Groups   []Group
	Tokens   []App       // of the inventory
	Tries    []time.Time // activations of tokens
}

// Snapshot writes the whole tenant as JSON, secrets of authenticator apps and
// hashes of passwords included: treat it as a secret.
func (s *Store) Snapshot() ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	st := state{ID: s.id, Settings: s.settings, Tries: s.tries}
	for _, id := range sortedKeys(s.users) {
		st.Users = append(st.Users, *s.users[id])
	}
	for _, id := range sortedKeys(s.groups) {
		st.Groups = append(st.Groups, *s.groups[id])
	}
	for _, serial := range sortedKeys(s.tokens) {
		st.Tokens = append(st.Tokens, *s.tokens[serial])
	}
	reveal := codec()
	reveal.Reveal = true
	return reveal.JSON(st)
}

// Restore returns the tenant of a snapshot.
func Restore(snapshot []byte, source *chance.Source, now func() time.Time) (*Store, error) {
	doc, err := strict.ParseJSON(snapshot)
	if err != nil {
		return nil, fmt.Errorf("restoring a tenant: %w", err)
	}
	var st state
	if err := codec().Decode(doc, &st).Err(); err != nil {
		return nil, fmt.Errorf("restoring a tenant: %w", err)
	}
	s := newStore(source, now)
	s.id, s.settings = st.ID, st.Settings
	for i := range st.Users {
		s.put(&st.Users[i])
	}
	for i := range st.Groups {
		s.groups[st.Groups[i].ID] = &st.Groups[i]
	}
	for _, token := range st.Tokens {
		s.shelve(token)
	}
	s.tries = st.Tries
	s.up = parents(s.groups)
	return s, nil
}

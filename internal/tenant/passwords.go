package tenant

import (
	"context"
	"time"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// Matches reports whether candidate is the person's present cloud password.
// Somebody without one (a federated user whose hash was never synchronised)
// matches nothing. Error reset.ErrNoSuchPerson.
func (s *Store) Matches(ctx context.Context, id string, candidate secret.Text) (bool, error) {
	u, err := s.User(ctx, id)
	if err != nil {
		return false, err
	}
	return u.Credential.Matches(candidate), nil
}

// SetPassword stores a new password, revokes refresh tokens and ends smart
// lockout. mustChange marks it temporary: it must be changed at the next
// sign-in. Error reset.ErrNoSuchPerson.
func (s *Store) SetPassword(ctx context.Context, id string, password secret.Text, mustChange bool, now time.Time) error {
	return s.setCredential(ctx, id, NTHash(password), now, func(u *User) {
		u.MustChangePassword = mustChange
		u.Lockout = policy.LockoutState{}
		u.SignInSessionsValidFrom = now
	})
}

// SyncPasswordHash stores the NT hash of an on-premises password, set there at
// changed. Nothing happens when the cloud has this password already, so the run
// that follows a writeback revokes no token again. It reports whether it wrote.
func (s *Store) SyncPasswordHash(ctx context.Context, id string, ntHash [16]byte, mustChange bool, changed time.Time) (bool, error) {
	u, err := s.User(ctx, id)
	if err != nil {
		return false, err
	}
	if u.Credential.MatchesHash(ntHash) && u.MustChangePassword == mustChange {
		return false, s.stampPolicies(ctx, id)
	}
	return true, s.setCredential(ctx, id, ntHash, changed, func(u *User) {
		u.MustChangePassword = mustChange
		u.SignInSessionsValidFrom = changed
	})
}

// stampPolicies does for the password policies what every run of hash
// synchronisation does.
func (s *Store) stampPolicies(ctx context.Context, id string) error {
	settings, err := s.Settings(ctx)
	if err != nil {
		return err
	}
	_, err = s.UpdateUser(ctx, id, func(u *User) error {
		u.PasswordPolicies = policy.PoliciesAfterSync(settings.Expiry, u.PasswordPolicies, true)
		return nil
	})
	return err
}

func (s *Store) setCredential(ctx context.Context, id string, ntHash [16]byte, now time.Time, and func(*User)) error {
	credential, err := CredentialOfHash(ntHash, s.chance.Next("credential-salt"))
	if err != nil {
		return err
	}
	settings, err := s.Settings(ctx)
	if err != nil {
		return err
	}
	_, err = s.UpdateUser(ctx, id, func(u *User) error {
		u.Credential, u.LastPasswordChange = credential, now
		if u.Synced() {
			u.PasswordPolicies = policy.PoliciesAfterSync(settings.Expiry, u.PasswordPolicies, true)
		}
		and(u)
		return nil
	})
	return err
}

// RevokeSessions makes every token that was issued before now worthless
// (revokeSignInSessions).
func (s *Store) RevokeSessions(ctx context.Context, id string, now time.Time) error {
	_, err := s.UpdateUser(ctx, id, func(u *User) error {
		u.SignInSessionsValidFrom = now
		return nil
	})
	return err
}

// stableSalt is the salt of a seeded secret: the same in every lab of one seed.
func (s *Store) stableSalt(n int, purpose ...string) []byte {
	return chance.Bytes(s.chance.Stream(append([]string{"salt"}, purpose...)...), n)
}

// UsersFrom finds the users that come from accounts of a domain, by source
// anchor ([OnPremises.ImmutableID]). An anchor that is nobody's is left out.
func (s *Store) UsersFrom(_ context.Context, anchors []string) (map[string]User, error) {
	wanted := make(map[string]bool, len(anchors))
	for _, a := range anchors {
		wanted[a] = a != ""
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	found := map[string]User{}
	for _, u := range s.users {
		if wanted[u.OnPremises.ImmutableID] && u.Synced() {
			found[u.OnPremises.ImmutableID] = clone(*u)
		}
	}
	return found, nil
}

// UpdateHabits changes what is remembered of a person, atomically. Error
// reset.ErrNoSuchPerson.
func (s *Store) UpdateHabits(ctx context.Context, id string, change func(policy.Habits) policy.Habits) error {
	_, err := s.UpdateUser(ctx, id, func(u *User) error {
		u.Habits = change(u.Habits)
		return nil
	})
	return err
}

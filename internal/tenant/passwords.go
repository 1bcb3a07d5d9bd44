package tenant

import (
	"context"
	"strings"
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
		return false, nil
	}
	return true, s.setCredential(ctx, id, ntHash, changed, func(u *User) {
		u.MustChangePassword = mustChange
		u.SignInSessionsValidFrom = changed
	})
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
			u.PasswordPolicies = stamp(u.PasswordPolicies, !settings.Expiry.EnforceForSynced)
		}
		and(u)
		return nil
	})
	return err
}

const neverExpires = "DisablePasswordExpiration"

// stamp puts DisablePasswordExpiration into a user's password policies, or takes
// it away. Synchronised users carry it, so that only AD's expiry counts, unless
// the cloud's is enforced for them; then it goes at the next password change
// (cloudPasswordPolicyForPasswordSyncedUsersEnabled).
func stamp(policies string, on bool) string {
	var kept []string
	for _, p := range strings.Split(policies, ",") {
		if p = strings.TrimSpace(p); p != "" && p != neverExpires && p != "None" {
			kept = append(kept, p)
		}
	}
	if on {
		kept = append(kept, neverExpires)
	}
	return strings.Join(kept, ", ")
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

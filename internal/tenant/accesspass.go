package tenant

import (
	"context"
	"time"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// An AccessPass is a Temporary Access Pass as it is kept. The pass itself is
// shown once, when it is made; here is its hash.
type AccessPass struct {
	ID string
	policy.TAP
	Hash    Credential
	Created time.Time
}

// CreatePass makes a Temporary Access Pass, in place of one there was, and
// returns the pass for the only time it can be seen. An empty text draws one;
// fixtures give their own. Errors: reset.ErrNoSuchPerson; what the policy says
// against the request.
func (s *Store) CreatePass(ctx context.Context, id string, in policy.TAPRequest, text secret.Text, now time.Time) (secret.Text, AccessPass, error) {
	settings, err := s.Settings(ctx)
	if err != nil {
		return secret.Text{}, AccessPass{}, err
	}
	issued, err := settings.TAP.Issue(in, now)
	if err != nil {
		return secret.Text{}, AccessPass{}, err
	}
	stream := s.chance.Next("access-pass")
	if text.Empty() {
		text = drawPass(chance.Bytes(stream, max(settings.TAP.Length, policy.MinTAPLength)))
	}
	hash, err := NewCredential(text, stream)
	if err != nil {
		return secret.Text{}, AccessPass{}, err
	}
	made := AccessPass{ID: chance.GUID(stream), TAP: issued, Hash: hash, Created: now}
	_, err = s.UpdateUser(ctx, id, func(u *User) error {
		u.Methods.Pass = &made
		return nil
	})
	return text, made, err
}

// drawPass spells random octets in 64 characters that are not mistaken for each
// other.
func drawPass(random []byte) secret.Text {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789*+%&$#!?"
	text := make([]byte, len(random))
	for i, b := range random {
		text[i] = letters[int(b)%len(letters)]
	}
	return secret.New(string(text))
}

// UsePass checks a pass and, when it is for one use, consumes it. right is false
// for a wrong pass and for none; why is the state of a right one.
func (s *Store) UsePass(ctx context.Context, id string, text secret.Text, now time.Time) (right bool, why policy.TAPUsability, err error) {
	settings, err := s.Settings(ctx)
	if err != nil {
		return false, "", err
	}
	u, err := s.User(ctx, id)
	if err != nil {
		return false, "", err
	}
	p, err := s.Person(ctx, u.ID)
	if err != nil {
		return false, "", err
	}
	_, err = s.UpdateUser(ctx, id, func(u *User) error {
		pass := u.Methods.Pass
		if pass == nil || !pass.Hash.Matches(text) {
			return nil
		}
		right, why = true, pass.Usability(settings, p, now)
		if why == policy.TAPEnabled {
			pass.Used = true
		}
		return nil
	})
	return right, why, err
}

// DeletePass removes the pass; nothing happens when there is none.
func (s *Store) DeletePass(ctx context.Context, id string) error {
	_, err := s.UpdateUser(ctx, id, func(u *User) error {
		u.Methods.Pass = nil
		return nil
	})
	return err
}

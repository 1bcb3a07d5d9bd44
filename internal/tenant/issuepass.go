package tenant

import (
	"context"
	"time"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// A PassRefusal says why somebody may not issue or read a Temporary Access Pass.
type PassRefusal string

func (r PassRefusal) Error() string { return "Temporary Access Pass: " + string(r) }

// IssuePass makes a Temporary Access Pass for somebody on behalf of by, both
// named by ID or UPN; "" for by is an application with the permission
// UserAuthenticationMethod.ReadWrite.All, which may do it for everybody but
// guests. The pass is seen here and never again. Errors: reset.ErrNoSuchPerson;
// a [PassRefusal]; what the policy says against the request.
func (s *Store) IssuePass(ctx context.Context, by, user string, in policy.TAPRequest, now time.Time) (secret.Text, AccessPass, error) {
	settings, target, err := s.passHolder(ctx, user)
	if err != nil {
		return secret.Text{}, AccessPass{}, err
	}
	if err := s.mayIssue(ctx, settings, by, target); err != nil {
		return secret.Text{}, AccessPass{}, err
	}
	return s.CreatePass(ctx, target.ID, in, secret.Text{}, now)
}

// RevokePass deletes somebody's pass on behalf of by: who may create one may
// delete it, too. ok is false when there was none. Errors: as [Store.IssuePass].
func (s *Store) RevokePass(ctx context.Context, by, user string) (ok bool, err error) {
	settings, target, err := s.passHolder(ctx, user)
	if err != nil {
		return false, err
	}
	if err := s.mayIssue(ctx, settings, by, target); err != nil {
		return false, err
	}
	_, err = s.UpdateUser(ctx, target.ID, func(u *User) error {
		ok = u.Methods.Pass != nil
		u.Methods.Pass = nil
		return nil
	})
	return ok, err
}

func (s *Store) mayIssue(ctx context.Context, settings policy.Settings, by string, target policy.Person) error {
	if by == "" {
		if target.Guest != policy.Member {
			return PassRefusal("it does not work for guests")
		}
		return nil
	}
	actor, err := s.FindPerson(ctx, by)
	if err != nil {
		return err
	}
	if ok, why := policy.MayIssueTAP(settings, actor, target); !ok {
		return PassRefusal(why)
	}
	return nil
}

// ReadPass returns what is known of somebody's pass, without the pass, and its
// state at now, as by may see it. ok is false when there is none. Errors: as
// [Store.IssuePass].
func (s *Store) ReadPass(ctx context.Context, by, user string, now time.Time) (pass AccessPass, why policy.TAPUsability, ok bool, err error) {
	settings, target, err := s.passHolder(ctx, user)
	if err != nil {
		return AccessPass{}, "", false, err
	}
	if by != "" {
		actor, err := s.FindPerson(ctx, by)
		if err != nil {
			return AccessPass{}, "", false, err
		}
		if actor.ID != target.ID && !policy.MaySeeTAP(settings, actor, target) {
			return AccessPass{}, "", false, PassRefusal("its details are for the person and the administrators who may issue or read it")
		}
	}
	u, err := s.User(ctx, target.ID)
	if err != nil || u.Methods.Pass == nil {
		return AccessPass{}, "", false, err
	}
	return *u.Methods.Pass, u.Methods.Pass.Usability(settings, target, now), true, nil
}

// passHolder is the tenant's settings and whom a pass is for.
func (s *Store) passHolder(ctx context.Context, user string) (policy.Settings, policy.Person, error) {
	settings, err := s.Settings(ctx)
	if err != nil {
		return policy.Settings{}, policy.Person{}, err
	}
	u, err := s.User(ctx, user)
	if err != nil {
		return policy.Settings{}, policy.Person{}, err
	}
	p, err := s.Person(ctx, u.ID)
	return settings, p, err
}

package tokens

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// A Desk performs what administrators do with tokens. All fields are required.
type Desk struct {
	Tenant  *tenant.Store
	Journal *journal.Journal
	Now     func() time.Time
	NewID   func(kind string) string // GUID of "correlation", from the lab's chance
	// Deliver makes the device of a token that the tenant has learned of.
	Deliver func(tenant.App) error
}

// A Refusal says why an administrator may not do something.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// item is the name of the method in the audit log.
const item = "Hardware token"

// Upload puts the tokens of a CSV file into the tenant. by is the UPN of the
// administrator, "" for the tenant's first Global Administrator. Errors: Refusal;
// tenant.Problems when the file as a whole is refused.
func (d *Desk) Upload(ctx context.Context, by string, file []byte) (tenant.TokenUpload, error) {
	admin, err := d.admin(ctx, by, policy.UploadTokens)
	if err != nil {
		return tenant.TokenUpload{}, err
	}
	up, err := d.Tenant.UploadTokens(ctx, file, d.Now())
	if err != nil {
		return up, err
	}
	correlation := d.NewID("correlation")
	for _, t := range up.Tokens {
		if t.AssignedTo != "" {
			d.record(ctx, correlation, journal.ActivityAdminUpdated, admin, t, true, "Admin assigned "+item+" to user.")
		}
	}
	return up, d.deliver(ctx, up.Tokens...)
}

// Add puts one token into the tenant. Errors: Refusal; tenant.Problems.
func (d *Desk) Add(ctx context.Context, by string, in tenant.NewToken) (tenant.Token, error) {
	admin, err := d.admin(ctx, by, policy.StockTokens)
	if err != nil {
		return tenant.Token{}, err
	}
	t, err := d.Tenant.AddToken(ctx, in, d.Now())
	if err != nil {
		return t, err
	}
	if t.AssignedTo != "" {
		d.record(ctx, d.NewID("correlation"), journal.ActivityAdminUpdated, admin, t, true, "Admin assigned "+item+" to user.")
	}
	return t, d.deliver(ctx, t)
}

// Assign gives an available token to a person. Errors: Refusal,
// tenant.ErrNoSuchToken, tenant.Problems.
func (d *Desk) Assign(ctx context.Context, by, token, user string) (tenant.Token, error) {
	admin, err := d.admin(ctx, by, policy.AssignTokens)
	if err != nil {
		return tenant.Token{}, err
	}
	t, err := d.Tenant.AssignToken(ctx, token, user)
	if err == nil {
		d.record(ctx, d.NewID("correlation"), journal.ActivityAdminUpdated, admin, t, true, "Admin assigned "+item+" to user.")
	}
	return t, err
}

// Unassign takes a token from its person; it is available again. Errors:
// Refusal, tenant.ErrNoSuchToken.
func (d *Desk) Unassign(ctx context.Context, by, token string) (tenant.Token, error) {
	admin, err := d.admin(ctx, by, policy.AssignTokens)
	if err != nil {
		return tenant.Token{}, err
	}
	before, err := d.Tenant.Token(ctx, token)
	if err != nil {
		return tenant.Token{}, err
	}
	t, err := d.Tenant.UnassignToken(ctx, token)
	if err == nil && before.AssignedTo != "" {
		d.record(ctx, d.NewID("correlation"), journal.ActivityAdminDeleted, admin, before, true, "Admin deleted "+item+" for user.")
	}
	return t, err
}

// Activate activates an assigned token with the code that it shows. Errors:
// Refusal, tenant.ErrNoSuchToken, tenant.ErrTooManyTries, tenant.Problems.
func (d *Desk) Activate(ctx context.Context, by, token string, code secret.Text) (tenant.Token, challenge.Verdict, error) {
	admin, err := d.admin(ctx, by, policy.AssignTokens)
	if err != nil {
		return tenant.Token{}, challenge.Wrong, err
	}
	t, verdict, err := d.Tenant.ActivateToken(ctx, token, code, d.Now())
	if err != nil {
		return t, verdict, err
	}
	reason := "Admin registered " + item + " for user."
	if verdict != challenge.Right {
		reason = "Admin failed to register " + item + " for user."
	}
	d.record(ctx, d.NewID("correlation"), journal.ActivityAdminRegistered, admin, t, verdict == challenge.Right, reason)
	return t, verdict, nil
}

// Delete removes a token from the inventory; the device itself remains. Errors:
// Refusal, tenant.ErrNoSuchToken, tenant.Problems.
func (d *Desk) Delete(ctx context.Context, by, token string) error {
	if _, err := d.admin(ctx, by, policy.StockTokens); err != nil {
		return err
	}
	return d.Tenant.DeleteToken(ctx, token)
}

// admin finds the administrator who acts.
func (d *Desk) admin(ctx context.Context, by string, task policy.TokenTask) (journal.Actor, error) {
	if by == "" {
		return d.firstAdmin(ctx)
	}
	p, err := d.Tenant.FindPerson(ctx, by)
	if errors.Is(err, reset.ErrNoSuchPerson) {
		return journal.Actor{}, Refusal(fmt.Sprintf("%q is nobody of this tenant: name an administrator, or leave it out", by))
	}
	if err != nil {
		return journal.Actor{}, fmt.Errorf("finding the administrator: %w", err)
	}
	if ok, why := policy.MayManageTokens(p, task); !ok {
		return journal.Actor{}, Refusal(p.UserPrincipalName + " " + why)
	}
	return actor(p), nil
}

// firstAdmin is the tenant's first Global Administrator by UPN; a tenant without
// one has an administrator without an account.
func (d *Desk) firstAdmin(ctx context.Context) (journal.Actor, error) {
	people, err := d.Tenant.People(ctx)
	if err != nil {
		return journal.Actor{}, fmt.Errorf("finding an administrator: %w", err)
	}
	i := slices.IndexFunc(people, func(p policy.Person) bool { return p.HoldsRole(policy.RoleGlobalAdministrator) })
	if i < 0 {
		return journal.Actor{DisplayName: "Administrator"}, nil
	}
	return actor(people[i]), nil
}

func actor(p policy.Person) journal.Actor {
	return journal.Actor{ID: p.ID, DisplayName: p.DisplayName, UserPrincipalName: p.UserPrincipalName}
}

// record writes to the audit log what was done to the token of a person.
func (d *Desk) record(ctx context.Context, correlation, activity string, admin journal.Actor, t tenant.Token, ok bool, reason string) {
	whose := journal.Actor{ID: t.AssignedTo, UserPrincipalName: t.User}
	if p, err := d.Tenant.Person(ctx, t.AssignedTo); err == nil {
		whose = actor(p)
	}
	d.Journal.Append(journal.InfoByAdmin(correlation, activity, admin, whose, ok, reason))
}

// deliver makes the devices of new tokens.
func (d *Desk) deliver(ctx context.Context, list ...tenant.Token) error {
	all, err := d.Tenant.TokenDevices(ctx)
	if err != nil {
		return fmt.Errorf("delivering tokens: %w", err)
	}
	for _, t := range list {
		i := slices.IndexFunc(all, func(a tenant.App) bool { return a.ID == t.ID })
		if i < 0 {
			continue // deleted meanwhile
		}
		if err := d.Deliver(all[i]); err != nil {
			return fmt.Errorf("delivering token %s: %w", t.SerialNumber, err)
		}
	}
	return nil
}

package rig

import (
	"context"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// passes issues Temporary Access Passes and takes them away, with the records of
// the audit log: activity and reason as "Security operations for privileged
// accounts" (Microsoft Learn) gives them for a new pass, and as seen in logs for
// one that is deleted. The pass is in neither.
type passes struct{ l *Lab }

const (
	passRegistered = "Admin registered temporary access pass method for user"
	passDeleted    = "Admin deleted temporary access pass method for user"
)

func (p passes) Issue(ctx context.Context, by, user string, in policy.TAPRequest) (secret.Text, tenant.AccessPass, error) {
	text, made, err := p.l.Tenant.IssuePass(ctx, by, user, in, p.l.Clock.Now())
	if err == nil {
		p.record(ctx, journal.ActivityAdminRegistered, by, user, passRegistered)
	}
	return text, made, err
}

func (p passes) Revoke(ctx context.Context, by, user string) (bool, error) {
	ok, err := p.l.Tenant.RevokePass(ctx, by, user)
	if ok && err == nil {
		p.record(ctx, journal.ActivityAdminDeleted, by, user, passDeleted)
	}
	return ok, err
}

func (p passes) record(ctx context.Context, activity, by, user, reason string) {
	admin := journal.Actor{DisplayName: "Application"}
	if by != "" {
		admin = p.actor(ctx, by)
	}
	p.l.Journal.Append(journal.InfoByAdmin(p.l.newID("correlation"), activity, admin, p.actor(ctx, user), true, reason))
}

func (p passes) actor(ctx context.Context, name string) journal.Actor {
	u, err := p.l.Tenant.User(ctx, name)
	if err != nil {
		return journal.Actor{UserPrincipalName: name} // deleted meanwhile
	}
	return journal.Actor{ID: u.ID, DisplayName: u.DisplayName, UserPrincipalName: u.UserPrincipalName}
}

package tokens_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant"
	"github.com/ssprlab/ssprlab/internal/tokens"
)

const (
	head  = "upn,serial number,secret key,time interval,manufacturer,model\n"
	key   = "2234567abcdef2234567abcdef"
	alice = "alice@northlight.example"
	bob   = "bob@northlight.example"
	carol = "carol@northlight.example" // Helpdesk Administrator and more
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// A desk, and what came of it.
type desk struct {
	tokens.Desk
	delivered []tenant.App
}

func open(t *testing.T, roles map[string]string) *desk {
	t.Helper()
	seed, err := tenant.Demo()
	require.NoError(t, err)
	now := func() time.Time { return noon }
	store, err := tenant.New(seed, chance.New(1), now)
	require.NoError(t, err)
	for who, role := range roles {
		_, err := store.UpdateUser(t.Context(), who, func(u *tenant.User) error { u.Roles = []string{role}; return nil })
		require.NoError(t, err)
	}
	d := &desk{}
	d.Desk = tokens.Desk{
		Tenant: store, Journal: journal.New(now), Now: now, NewID: func(kind string) string { return kind },
		Deliver: func(a tenant.App) error { d.delivered = append(d.delivered, a); return nil },
	}
	return d
}

// audit is who did what to whom, oldest first.
func (d *desk) audit() (lines []string) {
	for _, r := range d.Journal.Records(journal.Query{Channel: journal.Audit}) {
		lines = append(lines, r.Audit.InitiatedBy.UserPrincipalName+": "+r.Audit.ResultReason+" "+r.Audit.Target.UserPrincipalName+" "+r.Audit.Result)
	}
	return lines
}

func TestEverythingThatIsDoneToAPersonIsRecorded(t *testing.T) {
	d, ctx := open(t, map[string]string{alice: policy.RoleGlobalAdministrator}), t.Context()
	up, err := d.Upload(ctx, alice, []byte(head+bob+",1,"+key+",30,Contoso,Key\n,2,"+key+",30,Contoso,Key\n"))
	require.NoError(t, err)
	require.Len(t, up.Tokens, 2)
	require.Len(t, d.delivered, 2, "both are sent to the people")
	_, verdict, err := d.Activate(ctx, alice, "1", secret.New("000000"))
	require.NoError(t, err)
	require.Equal(t, challenge.Wrong, verdict)
	_, verdict, err = d.Activate(ctx, alice, "1", d.delivered[0].OATH.Code(noon))
	require.NoError(t, err)
	require.Equal(t, challenge.Right, verdict)
	_, err = d.Unassign(ctx, alice, "1")
	require.NoError(t, err)
	_, err = d.Unassign(ctx, alice, "1")
	require.NoError(t, err, "nobody had it any more")
	_, err = d.Assign(ctx, alice, "1", bob)
	require.NoError(t, err)
	require.NoError(t, d.Delete(ctx, alice, "2"))
	assert.Equal(t, []string{
		alice + ": Admin assigned Hardware token to user. " + bob + " success",
		alice + ": Admin failed to register Hardware token for user. " + bob + " failure",
		alice + ": Admin registered Hardware token for user. " + bob + " success",
		alice + ": Admin deleted Hardware token for user. " + bob + " success",
		alice + ": Admin assigned Hardware token to user. " + bob + " success",
	}, d.audit())
}

// how-to-mfa-upload-oath-tokens, concept-authentication-oath-tokens.
func TestTheRoleDecides(t *testing.T) {
	do := map[string]func(d *desk) error{
		"upload": func(d *desk) error { _, err := d.Upload(t.Context(), carol, []byte(head)); return err },
		"add": func(d *desk) error {
			_, err := d.Add(t.Context(), carol, tenant.NewToken{SerialNumber: "2", Manufacturer: "A", Model: "B", OATH: tenant.OATH{Secret: secret.New(key)}, User: bob})
			return err
		},
		"assign": func(d *desk) error { _, err := d.Assign(t.Context(), carol, "1", bob); return err },
		"activate": func(d *desk) error {
			_, _, err := d.Activate(t.Context(), carol, "1", secret.New("000000"))
			return err
		},
		"unassign": func(d *desk) error { _, err := d.Unassign(t.Context(), carol, "1"); return err },
		"delete":   func(d *desk) error { return d.Delete(t.Context(), carol, "1") },
	}
	hands := map[string]bool{"assign": true, "activate": true, "unassign": true}
	stock := map[string]bool{"add": true, "delete": true}
	for role, may := range map[string]func(what string) bool{
		policy.RoleGlobalAdministrator:         func(string) bool { return true },
		policy.RoleAuthenticationPolicyAdmin:   func(what string) bool { return stock[what] },
		policy.RoleAuthenticationAdministrator: func(what string) bool { return hands[what] },
		policy.RolePrivilegedAuthentication:    func(what string) bool { return hands[what] },
		policy.RoleHelpdeskAdministrator:       func(string) bool { return false },
	} {
		for what, act := range do {
			d := open(t, map[string]string{carol: role})
			_, err := d.Upload(t.Context(), "", []byte(head+",1,"+key+",30,Contoso,Key\n"))
			require.NoError(t, err)
			_, barred := errors.AsType[tokens.Refusal](act(d))
			assert.Equal(t, may(what), !barred, "%s by %s", what, role)
		}
	}
	_, err := open(t, nil).Upload(t.Context(), "zoe@northlight.example", []byte(head))
	assert.ErrorContains(t, err, "nobody of this tenant")
}

func TestSomebodyActsWhereNobodyIsNamed(t *testing.T) {
	line := []byte(head + bob + ",1," + key + ",30,Contoso,Key\n")
	d := open(t, map[string]string{alice: policy.RoleGlobalAdministrator})
	_, err := d.Upload(t.Context(), "", line)
	require.NoError(t, err)
	assert.Contains(t, d.audit()[0], alice+": ", "the first Global Administrator")
}

func TestADeviceThatCannotBeMadeIsAFault(t *testing.T) {
	d := open(t, nil)
	d.Deliver = func(tenant.App) error { return errors.New("the post is on strike") }
	_, err := d.Upload(t.Context(), "", []byte(head+",1,"+key+",30,Contoso,Key\n"))
	assert.ErrorContains(t, err, "delivering token 1: the post is on strike")
}

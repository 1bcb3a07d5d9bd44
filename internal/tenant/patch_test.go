package tenant_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

func object(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var v map[string]any
	require.NoError(t, json.Unmarshal(text, &v))
	return v
}

func TestSettingsArePatchedInPart(t *testing.T) {
	s, ctx := demo(t), t.Context()
	before := settingsOf(t, s)
	text, err := s.PatchTenant(ctx, []byte(`{"reset": {"gates": 2, "codeLife": "10m", "groupId": "Staff"}, "methods": {"configs": {"Email": {"enabled": false}}}, "tap": {"oneTime": true}}`))
	require.NoError(t, err)
	assert.EqualValues(t, 2, object(t, text)["reset"].(map[string]any)["gates"])

	after := settingsOf(t, s)
	staff, err := s.Group(ctx, "Staff")
	require.NoError(t, err)
	assert.Equal(t, staff.ID, after.Reset.GroupID)
	assert.Equal(t, 10*time.Minute, after.Reset.CodeLife)
	assert.False(t, after.Methods.Configs["Email"].Enabled)
	assert.Equal(t, before.Methods.Configs["Email"].Include, after.Methods.Configs["Email"].Include, "untouched")
	assert.Equal(t, before.Reset.Questions, after.Reset.Questions, "untouched")
	assert.True(t, after.TAP.OneTime)
}

func TestABadPatchChangesNothing(t *testing.T) {
	s, ctx := demo(t), t.Context()
	before, err := s.Snapshot()
	require.NoError(t, err)
	for name, c := range map[string]struct{ patch, want string }{
		"unknown key":     {`{"reset": {"gate": 2}}`, `line 1: reset.gate: unknown key "gate"`},
		"unknown scope":   {"{\n\"reset\": {\"scope\": \"some\"}}", `line 2: reset.scope: "some" is not known: use one of "none", "selected", "all"`},
		"no such group":   {`{"reset": {"groupId": "Nobody"}}`, `reset.groupId: "Nobody" is no group`},
		"number as text":  {`{"reset": {"gates": "2"}}`, "reset.gates: must be a number, not text"},
		"another tenant":  {`{"id": "x"}`, "id: is read-only"},
		"pass policy":     {"{\n\"tap\": {\"length\": 4}}", "line 2: tap.length: 4 is outside 8 to 48"},
		"custom question": {"{\"reset\":\n{\"questions\": {\"custom\": [\"?\"]}}}", "line 2: reset.questions.custom[0]: characters: 1 is outside 3 to 200"},
		"two lines":       {`{"tenantName": "North\nlight"}`, "line 1: tenantName: holds U+000A, a line break, control character or switch of the writing direction: remove it"},
		"blank term":      {`{"ban": {"custom": ["harbour", "      "]}}`, "ban.custom[1]: characters: 0 is outside 4 to 16"},
		"no object":       {`[]`, "must be an object, not a list"},
		"no JSON":         {`{`, "line 1"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.PatchTenant(ctx, []byte(c.patch))
			assert.ErrorContains(t, err, c.want)
		})
	}
	after, err := s.Snapshot()
	require.NoError(t, err)
	assert.Equal(t, string(before), string(after))
}

func TestSwitchingAdministratorsOffStartsItsDelay(t *testing.T) {
	s, ctx := demo(t), t.Context()
	_, err := s.PatchTenant(ctx, []byte(`{"admins": {"allowedToUseSspr": false, "propagation": "1h"}}`))
	require.NoError(t, err)
	assert.Equal(t, noon, settingsOf(t, s).Admins.ChangedAt)
}

func TestABannedListArrivesLate(t *testing.T) {
	s, ctx := demo(t), t.Context()
	_, err := s.PatchTenant(ctx, []byte(`{"ban": {"enforceCustom": true, "custom": ["northlight"], "propagation": "2h"}}`))
	require.NoError(t, err)
	ban := settingsOf(t, s).Ban
	assert.Empty(t, ban.InForce(noon.Add(time.Hour)).Custom)
	assert.Equal(t, []string{"northlight"}, ban.InForce(noon.Add(2*time.Hour)).Custom)
}

func TestUsersArePatchedInPart(t *testing.T) {
	s, ctx := demo(t), t.Context()
	text, err := s.PatchUser(ctx, "ivan@northlight.example", []byte(`{"groups": ["Staff"], "roles": ["Password Administrator"], "licences": null,
		"authenticationPhone": "+1 4255550177", "accountEnabled": false, "password": "Copper-Kettle-19", "hosting": "federated", "onPremises": {"immutableId": null}}`))
	require.NoError(t, err)
	v := object(t, text)
	assert.Equal(t, []any{"Staff"}, v["groups"])
	assert.Equal(t, []any{"Password reset users", "Staff"}, v["allGroups"])
	assert.Equal(t, []any{}, v["licences"])
	p, err := s.FindPerson(ctx, "ivan@northlight.example")
	require.NoError(t, err)
	assert.Equal(t, []string{policy.RolePasswordAdministrator}, p.Roles)
	assert.Equal(t, "+1 4255550177", p.Contacts.AuthenticationPhone)
	assert.Equal(t, "ivan@home.example", p.Contacts.AuthenticationEmail, "untouched")
	assert.False(t, p.AccountEnabled)
	assert.Equal(t, policy.Federated, p.Hosting)
	ok, err := s.Matches(ctx, p.ID, secret.New("Copper-Kettle-19"))
	require.NoError(t, err)
	assert.True(t, ok)
	u, err := s.User(ctx, p.ID)
	require.NoError(t, err)
	assert.Empty(t, u.OnPremises.ImmutableID)
	assert.Equal(t, "ivan", u.OnPremises.SAMAccountName, "untouched")
	assert.Equal(t, noon, u.LastPasswordChange)

	_, err = s.PatchUser(ctx, "ivan@northlight.example", []byte(`{"password": "Copper-Kettle-20", "lastPasswordChange": "2025-12-01T00:00:00Z"}`))
	require.NoError(t, err)
	u, err = s.User(ctx, p.ID)
	require.NoError(t, err)
	assert.Equal(t, time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC), u.LastPasswordChange, "as the patch says")
}

func TestABadUserPatchChangesNothing(t *testing.T) {
	s, ctx := demo(t), t.Context()
	before, err := s.Snapshot()
	require.NoError(t, err)
	for name, c := range map[string]struct{ patch, want string }{
		"unknown key":   {`{"phone": "x"}`, `line 1: phone: unknown key "phone"`},
		"read-only":     {"{\n\"id\": \"x\"}", "line 2: id: is read-only: leave it out"},
		"questions":     {`{"questions": []}`, "questions: is read-only"},
		"unknown role":  {`{"roles": ["Wizard"]}`, `roles[0]: "Wizard" is no role`},
		"unknown group": {`{"groups": ["Wizards"]}`, `groups[0]: "Wizards" is no group`},
		"bad phone":     {"{\"displayName\": \"half\",\n\"mobilePhone\": \"1\"}", `line 2: mobilePhone: "1" is no phone number`},
		"turned name":   {"{\"displayName\": \"Alice \u202Eecila\"}", `line 1: displayName: holds U+202E, a line break`},
		"isolated name": {"{\"surname\": \"\u2066Ng\"}", `surname: holds U+2066`},
		"name taken":    {`{"userPrincipalName": "bob@northlight.example"}`, "is taken by"},
		"no name":       {`{"userPrincipalName": null}`, "userPrincipalName: is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.PatchUser(ctx, "alice@northlight.example", []byte(c.patch))
			assert.ErrorContains(t, err, c.want)
		})
	}
	_, err = s.PatchUser(ctx, "zoe@northlight.example", []byte(`{}`))
	assert.Equal(t, reset.ErrNoSuchPerson, err)
	after, err := s.Snapshot()
	require.NoError(t, err)
	assert.Equal(t, string(before), string(after))
}

func TestAnEmptyPatchOfAViewChangesNothing(t *testing.T) {
	s, ctx := demo(t), t.Context()
	before, err := s.Snapshot()
	require.NoError(t, err)
	tenantView, err := s.TenantJSON(ctx)
	require.NoError(t, err)
	_, err = s.PatchTenant(ctx, tenantView)
	require.NoError(t, err, "what was read can be sent back")
	users, err := s.Users(ctx)
	require.NoError(t, err)
	for i := range users {
		_, err := s.PatchUser(ctx, users[len(users)-1-i].ID, []byte(`{}`))
		require.NoError(t, err)
	}
	after, err := s.Snapshot()
	require.NoError(t, err)
	assert.Equal(t, string(before), string(after))
}

func TestViewsHoldNoSecret(t *testing.T) {
	s, ctx := demo(t), t.Context()
	users, err := s.UsersJSON(ctx)
	require.NoError(t, err)
	alice, err := s.User(ctx, "alice@northlight.example")
	require.NoError(t, err)
	one, err := s.UserJSON(ctx, alice.ID)
	require.NoError(t, err)
	logged, err := json.Marshal(alice)
	require.NoError(t, err)
	for _, secret := range []string{"Lantern", "Harbour+7", "iscuit", "PPH1", alice.Methods.Apps[0].OATH.Secret.Reveal()} {
		assert.NotContains(t, string(users)+string(one)+string(logged), secret)
	}
	assert.Contains(t, string(one), "first_pet")
	assert.Contains(t, string(users), "alice@northlight.example")
}

func TestASnapshotRestoresEverything(t *testing.T) {
	s, ctx := demo(t), t.Context()
	id, o := oathOfAlice(t, s)
	_, err := useCode(t, s, id, o.Code(noon), noon)
	require.NoError(t, err)
	require.NoError(t, s.SetPassword(ctx, id, secret.New("Copper-Kettle-19"), false, noon))
	first, err := s.Snapshot()
	require.NoError(t, err)

	back, err := tenant.Restore(first, chance.New(2), at(noon))
	require.NoError(t, err)
	second, err := back.Snapshot()
	require.NoError(t, err)
	assert.Equal(t, string(first), string(second))

	v, err := useCode(t, back, id, o.Code(noon), noon)
	require.NoError(t, err)
	assert.EqualValues(t, "replayed", v)
	ok, err := back.Matches(ctx, id, secret.New("Copper-Kettle-19"))
	require.NoError(t, err)
	assert.True(t, ok)
	ok, err = back.CheckAnswers(ctx, id, []string{"first_pet"}, []secret.Text{secret.New("biscuit")})
	require.NoError(t, err)
	assert.True(t, ok)
	p, err := back.FindPerson(ctx, "bob@northlight.example")
	require.NoError(t, err)
	ok, err = back.Matches(ctx, p.ID, secret.New("Lantern-Harbour-62"))
	require.NoError(t, err)
	assert.True(t, ok, "a password that was not hashed yet")
	assert.Len(t, p.Groups, 2)

	_, err = tenant.Restore([]byte(`{"users": [{"nickname": "x"}]}`), chance.New(2), at(noon))
	assert.ErrorContains(t, err, "unknown key")
}

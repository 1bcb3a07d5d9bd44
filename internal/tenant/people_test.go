package tenant_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

func TestWhatPeopleMayTypeAsUserID(t *testing.T) {
	for name, c := range map[string]struct {
		typed     string
		alternate bool
		want      string // UPN, "" for nobody
	}{
		"UPN":                                 {"alice@northlight.example", false, "alice@northlight.example"},
		"UPN in other case, with blanks":      {" Alice@NORTHLIGHT.example ", false, "alice@northlight.example"},
		"name only":                           {"alice", false, ""},
		"down-level name":                     {`NORTHLIGHT\alice`, false, ""},
		"nobody":                              {"zoe@northlight.example", false, ""},
		"nothing":                             {"", false, ""},
		"e-mail without alternate login":      {"a.marlowe@northlight.example", false, ""},
		"e-mail with alternate login":         {"A.Marlowe@northlight.example", true, "alice@northlight.example"},
		"initial domain":                      {"alice@northlight.onmicrosoft.example", false, ""},
		"initial domain, alternate login":     {"alice@northlight.onmicrosoft.example", true, "alice@northlight.example"},
		"guest by e-mail":                     {"mike@fabrikam.example", false, "mike_fabrikam.example#EXT#@northlight.onmicrosoft.example"},
		"guest by UPN":                        {"mike_fabrikam.example#ext#@northlight.onmicrosoft.example", false, "mike_fabrikam.example#EXT#@northlight.onmicrosoft.example"},
		"an address that two people share":    {"team@northlight.example", true, ""},
		"an authentication e-mail is no name": {"alice@home.example", true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, ctx := demo(t), t.Context()
			_, err := s.UpdateSettings(ctx, func(p *policy.Settings) error { p.AlternateLogin = c.alternate; return nil })
			require.NoError(t, err)
			for upn, proxies := range map[string][]string{
				"alice@northlight.example": {"SMTP:a.marlowe@northlight.example", "smtp:team@northlight.example"},
				"bob@northlight.example":   {"smtp:team@northlight.example"},
			} {
				_, err := s.UpdateUser(ctx, upn, func(u *tenant.User) error { u.ProxyAddresses = proxies; return nil })
				require.NoError(t, err)
			}
			p, err := s.FindPerson(ctx, c.typed)
			if c.want == "" {
				assert.Equal(t, reset.ErrNoSuchPerson, err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, p.UserPrincipalName)
		})
	}
}

func TestThePersonOfTheRulesIsComplete(t *testing.T) {
	s, ctx := demo(t), t.Context()
	alice, err := s.FindPerson(ctx, "alice@northlight.example")
	require.NoError(t, err)
	scope, err := s.Group(ctx, "Password reset users")
	require.NoError(t, err)
	assert.Contains(t, alice.Groups, scope.ID, "nested through Staff")
	assert.Len(t, alice.Groups, 2)
	assert.Equal(t, policy.PasswordSync, alice.Hosting)
	assert.Equal(t, "corp.northlight.example", alice.OnPremisesDomain)
	assert.Equal(t, []string{policy.PlanP1}, alice.ServicePlans)
	assert.Equal(t, 3, alice.QuestionCount)
	assert.Equal(t, "alice@home.example", alice.Contacts.AuthenticationEmail)
	assert.Equal(t, "+1 4255550199x77", alice.Contacts.OfficePhone)
	assert.Equal(t, noon.Add(-30*24*time.Hour), alice.RegisteredAt)

	oscar, err := s.FindPerson(ctx, "oscar@northlight.example")
	require.NoError(t, err)
	assert.Subset(t, oscar.ServicePlans, []string{policy.SKUE5, policy.PlanP1, policy.PlanP2}, "a product brings its plans")
	carol, err := s.FindPerson(ctx, "carol@northlight.example")
	require.NoError(t, err)
	assert.Equal(t, []string{policy.RoleGlobalAdministrator}, carol.Roles)
}

func TestSameSeedSameTenant(t *testing.T) {
	seed, err := tenant.Demo()
	require.NoError(t, err)
	snapshot := func(n uint64) string {
		s, err := tenant.New(seed, chance.New(n), at(noon))
		require.NoError(t, err)
		text, err := s.Snapshot()
		require.NoError(t, err)
		return string(text)
	}
	again := snapshot(7)
	assert.Equal(t, snapshot(7), again)
	assert.NotEqual(t, snapshot(7), snapshot(8))
}

func TestWhatTheStoreHandsOutIsACopy(t *testing.T) {
	s, ctx := demo(t), t.Context()
	before, err := s.Snapshot()
	require.NoError(t, err)

	u, err := s.UpdateUser(ctx, "alice@northlight.example", func(*tenant.User) error { return nil })
	require.NoError(t, err)
	u.Methods.Apps[0].Name, u.Licences[0] = "stolen", "stolen"
	p, err := s.FindPerson(ctx, "alice@northlight.example")
	require.NoError(t, err)
	p.Groups[0], p.Apps[0].ID = "stolen", "stolen"
	settings, err := s.Settings(ctx)
	require.NoError(t, err)
	settings.CustomDomains[0] = "stolen"
	settings.Methods.Configs["Email"] = policy.MethodConfig{}
	g, err := s.Group(ctx, "Staff")
	require.NoError(t, err)
	g.Members[0] = "stolen"
	var kept *tenant.User
	_, err = s.UpdateUser(ctx, "bob@northlight.example", func(u *tenant.User) error { kept = u; return nil })
	require.NoError(t, err)
	kept.DisplayName = "stolen"

	after, err := s.Snapshot()
	require.NoError(t, err)
	assert.Equal(t, string(before), string(after))
}

func TestAChangeIsWholeOrDoesNotHappen(t *testing.T) {
	s, ctx := demo(t), t.Context()
	before, err := s.Snapshot()
	require.NoError(t, err)
	broken := errors.New("broken")
	_, err = s.UpdateUser(ctx, "alice@northlight.example", func(u *tenant.User) error {
		u.Methods.Apps[0].UsedSteps = append(u.Methods.Apps[0].UsedSteps, 1)
		u.DisplayName = "half"
		return broken
	})
	assert.Equal(t, broken, err)
	_, err = s.UpdateUser(ctx, "alice@northlight.example", func(u *tenant.User) error { u.MobilePhone = "0425"; u.DisplayName = "half"; return nil })
	assert.ErrorContains(t, err, `mobilePhone: "0425" is no phone number`)
	_, err = s.UpdateUser(ctx, "alice@northlight.example", func(u *tenant.User) error { u.UserPrincipalName = "BOB@northlight.example"; return nil })
	assert.ErrorContains(t, err, "is taken by")
	_, err = s.UpdateSettings(ctx, func(p *policy.Settings) error { p.TenantName = "half"; return broken })
	assert.Equal(t, broken, err)
	after, err := s.Snapshot()
	require.NoError(t, err)
	assert.Equal(t, string(before), string(after))
}

func TestManyChangesAtOnceAreAllCounted(t *testing.T) {
	s, ctx := demo(t), t.Context()
	alice, err := s.FindPerson(ctx, "alice@northlight.example")
	require.NoError(t, err)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			_ = s.UpdateCounters(ctx, alice.ID, func(c policy.Counters) policy.Counters {
				if c.Events == nil {
					c.Events = map[policy.ThrottleEvent][]time.Time{}
				}
				c.Events[policy.EmailSend] = append(c.Events[policy.EmailSend], noon)
				return c
			})
			_, _ = s.UpdateUser(ctx, alice.ID, func(u *tenant.User) error { u.Lockout.Familiar.Failures++; return nil })
			_, _ = s.FindPerson(ctx, "alice@northlight.example")
			_, _ = s.AddUser(ctx, tenant.User{UserPrincipalName: fmt.Sprintf("new%d@northlight.example", i)})
			_, _ = s.UserJSON(ctx, alice.ID)
		})
	}
	all.Wait()
	c, err := s.Counters(ctx, alice.ID)
	require.NoError(t, err)
	assert.Len(t, c.Events[policy.EmailSend], 20)
	u, err := s.User(ctx, alice.ID)
	require.NoError(t, err)
	assert.Equal(t, 20, u.Lockout.Familiar.Failures)
	users, err := s.Users(ctx)
	require.NoError(t, err)
	assert.Len(t, users, 36)
}

func TestRenamingMovesTheUserID(t *testing.T) {
	s, ctx := demo(t), t.Context()
	_, err := s.UpdateUser(ctx, "alice@northlight.example", func(u *tenant.User) error { u.UserPrincipalName = "alice.new@northlight.example"; return nil })
	require.NoError(t, err)
	_, err = s.FindPerson(ctx, "alice@northlight.example")
	assert.Equal(t, reset.ErrNoSuchPerson, err)
	_, err = s.FindPerson(ctx, "alice.new@northlight.example")
	assert.NoError(t, err)
	require.NoError(t, s.DeleteUser(ctx, "alice.new@northlight.example"))
	_, err = s.FindPerson(ctx, "alice.new@northlight.example")
	assert.Equal(t, reset.ErrNoSuchPerson, err)
	staff, err := s.Group(ctx, "Staff")
	require.NoError(t, err)
	assert.Len(t, staff.Members, 13)
}

// A person is in every group that some chain of memberships leads to, loops or
// not, and in no other. The model asks for a chain group by group.
func TestNestedMembershipIsReachability(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := tenant.Seed{}
		n := rapid.IntRange(1, 8).Draw(t, "groups")
		edges := map[[2]int]bool{}
		name := func(i int) string { return fmt.Sprintf("g%d", i) }
		for i := range n {
			g := tenant.GroupSeed{Name: name(i)}
			for j := range n {
				if rapid.Bool().Draw(t, "contains") {
					g.Members = append(g.Members, name(j))
					edges[[2]int{i, j}] = true
				}
			}
			seed.Groups = append(seed.Groups, g)
		}
		seed.Users = []tenant.UserSeed{{UserPrincipalName: "a@x.example", Groups: []string{name(0)}}}
		s, err := tenant.New(seed, chance.New(1), at(noon))
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.FindPerson(t.Context(), "a@x.example")
		if err != nil {
			t.Fatal(err)
		}
		in := map[int]bool{0: true}
		for range n {
			for e := range edges {
				if in[e[1]] {
					in[e[0]] = true
				}
			}
		}
		for i := range n {
			g, err := s.Group(t.Context(), name(i))
			if err != nil {
				t.Fatal(err)
			}
			if slices.Contains(p.Groups, g.ID) != in[i] {
				t.Fatalf("%s: member %v, reachable %v", g.Name, !in[i], in[i])
			}
		}
	})
}

func TestGroupsKeepTheirMembersTrue(t *testing.T) {
	s, ctx := demo(t), t.Context()
	_, err := s.AddGroup(ctx, tenant.Group{Name: "X", Members: []string{"nobody"}})
	assert.ErrorContains(t, err, "neither a user nor a group")
	ivan, err := s.FindPerson(ctx, "ivan@northlight.example")
	require.NoError(t, err)
	scope, err := s.UpdateGroup(ctx, "Password reset users", func(g *tenant.Group) error { g.Members = append(g.Members, ivan.ID); return nil })
	require.NoError(t, err)
	ivan, err = s.Person(ctx, ivan.ID)
	require.NoError(t, err)
	assert.Contains(t, ivan.Groups, scope.ID)
	require.NoError(t, s.DeleteGroup(ctx, scope.ID))
	ivan, err = s.Person(ctx, ivan.ID)
	require.NoError(t, err)
	assert.NotContains(t, ivan.Groups, scope.ID)
	_, err = s.Group(ctx, scope.ID)
	assert.Equal(t, tenant.ErrNoSuchGroup, err)

	settings, err := s.Settings(ctx)
	require.NoError(t, err)
	assert.Equal(t, policy.ScopeSelected, settings.Reset.Scope)
	assert.Empty(t, settings.Reset.GroupID, "the scope's group is gone")
	_, err = s.PatchTenant(ctx, []byte(`{"reset": {"gates": 2}}`))
	require.NoError(t, err, "other settings can still be changed")
}

package reset_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// manage does one thing that an administrator, or a broken part, does between
// two presses.
func (m *machine) manage(rt *rapid.T) {
	all := slices.Sorted(maps.Keys(management))
	management[rapid.SampledFrom(all).Draw(rt, "what")](m, rt)
}

func drawOne[T any](rt *rapid.T, label string, values ...T) T {
	return rapid.SampledFrom(values).Draw(rt, label)
}

// somebody draws a person by ID.
func (m *machine) somebody(rt *rapid.T) string {
	if v := m.pick(rt); v != nil && rapid.Bool().Draw(rt, "who is here") {
		return v.person
	}
	upn := rapid.SampledFrom([]string{"alice", "carol", "frank", "heidi", "ivan"}).Draw(rt, "whose") + "@northlight.example"
	u, err := m.store.User(context.Background(), upn)
	require.NoError(rt, err)
	return u.ID
}

// management is everything that changes from outside, by name.
var management = map[string]func(*machine, *rapid.T){
	"gates": func(m *machine, rt *rapid.T) {
		n := drawOne(rt, "gates", 1, 2)
		m.set(func(s *policy.Settings) { s.Reset.Gates = n })
	},
	"password reset blade": func(m *machine, rt *rapid.T) {
		list := rapid.SliceOfNDistinct(rapid.SampledFrom(policy.Methods), 0, len(policy.Methods), rapid.ID).Draw(rt, "methods")
		m.set(func(s *policy.Settings) { s.Reset.Methods = list })
	},
	"authentication methods": func(m *machine, rt *rapid.T) {
		id := drawOne(rt, "config", policy.ConfigEmail, policy.ConfigSMS, policy.ConfigVoice, policy.ConfigAuthenticator, policy.ConfigSoftwareOATH, policy.ConfigHardwareOATH)
		group := m.group("Staff").ID
		c := policy.MethodConfig{
			Enabled: rapid.Bool().Draw(rt, "enabled"), Include: drawOne(rt, "include", []string{policy.AllUsers}, []string{group}),
			Exclude: drawOne(rt, "exclude", nil, nil, []string{group}), Mode: drawOne(rt, "mode", "any", "push", "deviceBasedPush"),
			SoftwareOATH: rapid.Bool().Draw(rt, "codes"), OfficeAllowed: rapid.Bool().Draw(rt, "office"),
		}
		if id != policy.ConfigAuthenticator {
			c.Mode, c.SoftwareOATH = "", false
		}
		m.set(func(s *policy.Settings) { s.Methods.Configs[id] = c })
	},
	"migration": func(m *machine, rt *rapid.T) {
		to := drawOne(rt, "migration", policy.PreMigration, policy.MigrationInProgress, policy.MigrationComplete)
		m.set(func(s *policy.Settings) {
			if ok, _ := policy.MayMigrate(s.Methods.Migration, to, "the test"); ok {
				s.Methods.Migration, s.Methods.RollbackReason = to, "the test"
			}
		})
	},
	"scope": func(m *machine, rt *rapid.T) {
		to := drawOne(rt, "scope", policy.ScopeNone, policy.ScopeSelected, policy.ScopeSelected, policy.ScopeAll)
		m.set(func(s *policy.Settings) { s.Reset.Scope = to })
	},
	"group": func(m *machine, rt *rapid.T) {
		id, group := m.somebody(rt), m.group("Staff")
		if slices.Contains(group.Members, id) {
			m.leave(id, group.ID)
			return
		}
		m.join(id, group.ID)
	},
	"licence": func(m *machine, rt *rapid.T) {
		list := drawOne(rt, "licences", nil, []string{policy.PlanP1}, []string{policy.SKUBusinessStandard}, []string{policy.SKUE3, policy.PlanP1}, []string{policy.SKUBusinessBasic})
		m.user(m.somebody(rt), func(u *tenant.User) { u.Licences = list })
	},
	"lenient": func(m *machine, rt *rapid.T) {
		to := drawOne(rt, "licences", policy.LicencesStrict, policy.LicencesLenient)
		m.set(func(s *policy.Settings) { s.Licences = to })
	},
	"role": func(m *machine, rt *rapid.T) {
		list := drawOne(rt, "roles", nil, []string{globalAdministrator}, []string{globalAdministrator}, []string{yammerAdministrator}, []string{globalReader})
		m.user(m.somebody(rt), func(u *tenant.User) { u.Roles = list })
	},
	"role list": func(m *machine, rt *rapid.T) {
		short := rapid.Bool().Draw(rt, "short")
		m.set(func(s *policy.Settings) { s.Admins.ShortRoleList = short })
	},
	"allowedToUseSSPR": func(m *machine, rt *rapid.T) {
		on, delay := rapid.Bool().Draw(rt, "on"), drawOne(rt, "propagation", 0, time.Hour)
		m.set(func(s *policy.Settings) { s.Admins.AllowedToUseSSPR, s.Admins.Propagation = on, delay })
	},
	"tenant's age": func(m *machine, rt *rapid.T) {
		age := drawOne(rt, "trial", 0, 5*24*time.Hour, 30*24*time.Hour-time.Minute, 90*24*time.Hour)
		loses := rapid.Bool().Draw(rt, "trial loses")
		m.set(func(s *policy.Settings) {
			s.TrialStarted, s.Admins.TrialLoses = time.Time{}, loses
			if age > 0 {
				s.TrialStarted = m.now.Add(-age)
			}
		})
	},
	"tenant's kind": func(m *machine, rt *rapid.T) {
		own, sync, paid := rapid.Bool().Draw(rt, "custom domain"), rapid.Bool().Draw(rt, "sync"), rapid.Bool().Draw(rt, "paid")
		m.set(func(s *policy.Settings) {
			s.SyncEnabled, s.Paid, s.CustomDomains = sync, paid, nil
			if own {
				s.CustomDomains = []string{"northlight.example"}
			}
		})
	},
	"guests": func(m *machine, rt *rapid.T) {
		on := rapid.Bool().Draw(rt, "allowed")
		m.set(func(s *policy.Settings) { s.Reset.AllowGuests = on })
	},
	"unlock": func(m *machine, rt *rapid.T) {
		on := rapid.Bool().Draw(rt, "allowed")
		m.set(func(s *policy.Settings) { s.Reset.AllowUnlock = on })
	},
	"throttle": func(m *machine, rt *rapid.T) {
		one, two := rapid.Bool().Draw(rt, "troubleshoot"), rapid.Bool().Draw(rt, "faq")
		m.set(func(s *policy.Settings) { s.Throttle.TroubleshootRules, s.Throttle.FAQRules = one || !two, two })
	},
	"writeback": func(m *machine, rt *rapid.T) {
		on := rapid.Bool().Draw(rt, "toggle")
		m.set(func(s *policy.Settings) { s.Reset.Writeback = on })
	},
	"agent": func(m *machine, rt *rapid.T) {
		m.status = drawOne(rt, "status", policy.WritebackRunning, policy.WritebackRunning, policy.WritebackUnreachable, policy.WritebackNotConfigured)
		m.verdict = drawOne(rt, "verdict", reset.Written, reset.Written, reset.RefusedByPolicy, reset.NoPermission, reset.NotFound,
			reset.CannotDecrypt, reset.Unreachable, reset.AnswerLost)
	},
	"cloud": func(m *machine, rt *rapid.T) {
		m.cloud = drawOne(rt, "cloud", nil, nil, errors.New("throttled"))
	},
	"contacts": func(m *machine, rt *rapid.T) {
		m.register(m.somebody(rt), drawOne(rt, "registers", policy.Email, policy.MobileSMS, policy.OfficeCall, policy.AppCode))
	},
	"contacts gone": func(m *machine, rt *rapid.T) {
		id := m.somebody(rt)
		switch drawOne(rt, "deletes", policy.Email, policy.MobileSMS, policy.AppCode) {
		case policy.Email:
			m.user(id, func(u *tenant.User) { u.Methods.AuthenticationEmail, u.OtherMails = "", nil })
		case policy.MobileSMS:
			m.user(id, func(u *tenant.User) { u.Methods.AuthenticationPhone, u.MobilePhone = "", "" })
		default:
			m.user(id, func(u *tenant.User) { u.Methods.Apps = nil })
		}
	},
}

func (m *machine) group(name string) tenant.Group {
	g, err := m.store.Group(context.Background(), name)
	require.NoError(m.rt, err)
	return g
}

func (m *machine) leave(id, group string) {
	_, err := m.store.UpdateGroup(context.Background(), group, func(g *tenant.Group) error {
		g.Members = slices.DeleteFunc(g.Members, func(member string) bool { return member == id })
		return nil
	})
	require.NoError(m.rt, err)
}

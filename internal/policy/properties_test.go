package policy_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ssprlab/ssprlab/internal/policy"
)

// drawMethods draws a set of methods.
func drawMethods(t *rapid.T, label string) []policy.Method {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(policy.Methods), 0, len(policy.Methods), rapid.ID).Draw(t, label)
}

func drawConfig(t *rapid.T, id string) policy.MethodConfig {
	return policy.MethodConfig{
		Enabled:      rapid.Bool().Draw(t, id+" enabled"),
		Include:      rapid.SampledFrom([][]string{{policy.AllUsers}, {scopeGroup}, nil}).Draw(t, id+" include"),
		Exclude:      rapid.SampledFrom([][]string{nil, nil, {scopeGroup}}).Draw(t, id+" exclude"),
		Mode:         rapid.SampledFrom([]string{"", "any", "push", "deviceBasedPush"}).Draw(t, id+" mode"),
		SoftwareOATH: rapid.Bool().Draw(t, id+" codes"), OfficeAllowed: rapid.Bool().Draw(t, id+" office"),
	}
}

// drawSettings draws a tenant, sensible or not.
func drawSettings(t *rapid.T) policy.Settings {
	s := policy.DefaultSettings()
	s.Reset.Scope = rapid.SampledFrom([]policy.Scope{policy.ScopeAll, policy.ScopeAll, policy.ScopeSelected, policy.ScopeNone}).Draw(t, "scope")
	s.Reset.GroupID = rapid.SampledFrom([]string{"", scopeGroup}).Draw(t, "group")
	s.Reset.Gates = rapid.IntRange(0, 2).Draw(t, "gates")
	s.Reset.Methods = drawMethods(t, "legacy")
	s.Reset.Writeback = rapid.Bool().Draw(t, "toggle")
	s.Reset.AllowUnlock = rapid.Bool().Draw(t, "unlock")
	s.Reset.AllowGuests = rapid.Bool().Draw(t, "guests")
	s.Methods.Migration = rapid.SampledFrom([]policy.Migration{policy.PreMigration, policy.MigrationInProgress, policy.MigrationComplete}).Draw(t, "migration")
	for id := range s.Methods.Configs {
		delete(s.Methods.Configs, id)
	}
	for _, id := range []string{policy.ConfigAuthenticator, policy.ConfigEmail, policy.ConfigHardwareOATH, policy.ConfigSMS, policy.ConfigSoftwareOATH, policy.ConfigVoice} {
		s.Methods.Configs[id] = drawConfig(t, id)
	}
	s.Paid = rapid.Bool().Draw(t, "paid")
	s.SyncEnabled = rapid.Bool().Draw(t, "sync")
	s.TrialStarted = rapid.SampledFrom([]time.Time{{}, now.AddDate(0, 0, -5), now.AddDate(0, 0, -90)}).Draw(t, "trial")
	s.Admins.AllowedToUseSSPR = rapid.Bool().Draw(t, "admins allowed")
	if rapid.Bool().Draw(t, "changed lately") {
		s.Admins.ChangedAt, s.Admins.Propagation = now.Add(-time.Minute), time.Hour
	}
	s.Licences = rapid.SampledFrom([]policy.LicenceEnforcement{policy.LicencesStrict, policy.LicencesLenient}).Draw(t, "licences")
	return s
}

// drawPerson draws somebody with any mix of roles, licences and proofs.
func drawPerson(t *rapid.T) policy.Person {
	pick := func(label string, values ...string) string { return rapid.SampledFrom(values).Draw(t, label) }
	some := func(label string, value string) []string {
		if rapid.Bool().Draw(t, label) {
			return []string{value}
		}
		return nil
	}
	p := alice()
	p.Hosting = rapid.SampledFrom([]policy.Hosting{policy.CloudOnly, policy.PasswordSync, policy.PassThrough, policy.Federated}).Draw(t, "hosting")
	p.Guest = rapid.SampledFrom([]policy.GuestKind{policy.Member, policy.Member, policy.Member, policy.InvitedGuest, policy.SelfServiceUser}).Draw(t, "guest")
	p.Roles = some("role", globalAdmin)
	p.Groups = some("in group", scopeGroup)
	p.ServicePlans = some("licensed", pick("plan", policy.PlanP1, policy.SKUBusinessStandard, policy.SKUBusinessBasic))
	p.Contacts = policy.Contacts{
		AuthenticationPhone: pick("phone", "", "+1 4255550100"), MobilePhone: pick("mobile", "", "+1 4255550101"),
		OfficePhone: pick("office", "", "+1 4255550102x7"), AuthenticationEmail: pick("mail", "", "a@mail.example"),
		AlternateEmails: some("alternate", "b@mail.example"),
	}
	p.QuestionCount = rapid.IntRange(0, 5).Draw(t, "questions")
	for i := range rapid.IntRange(0, 2).Draw(t, "apps") {
		p.Apps = append(p.Apps, policy.App{
			Kind: rapid.SampledFrom([]policy.AppKind{policy.MicrosoftAuthenticator, policy.SoftwareOATH, policy.HardwareOATH}).Draw(t, "kind"),
			Push: i == 0,
		})
	}
	return p
}

// drawCase draws everything that Admit asks about.
func drawCase(t *rapid.T) world {
	w := world{s: drawSettings(t), p: drawPerson(t), now: now}
	w.op = rapid.SampledFrom([]policy.Operation{policy.Reset, policy.Reset, policy.Unlock, policy.Change}).Draw(t, "operation")
	w.writeback = rapid.SampledFrom([]policy.WritebackStatus{
		policy.WritebackRunning, policy.WritebackRunning, policy.WritebackUnreachable, policy.WritebackNotConfigured,
	}).Draw(t, "writeback")
	if rapid.IntRange(0, 4).Draw(t, "blocked") == 0 {
		w.counters = policy.Counters{BlockedUntil: now.Add(time.Hour), Rule: policy.ResetAttempt}
	}
	return w
}

// A world is what Admit asks about, and what a fix changes.
type world struct {
	op        policy.Operation
	s         policy.Settings
	p         policy.Person
	counters  policy.Counters
	writeback policy.WritebackStatus
	now       time.Time
}

func (w world) admit() policy.Admission {
	return policy.Admit(w.op, w.s, w.p, w.counters, w.writeback, w.now)
}

// apply carries a fix out, as an administrator or the person would.
func (w *world) apply(t require.TestingT, f policy.Fix) {
	switch f.Kind {
	case policy.FixWait:
		until, err := time.Parse(time.RFC3339, f.Value)
		require.NoError(t, err)
		w.now = until
	case policy.FixAllowAdmins:
		w.s.Admins.AllowedToUseSSPR = true
		w.s.Admins.ChangedAt, w.s.Admins.Propagation = w.now, 0
	case policy.FixScope:
		w.s.Reset.Scope = policy.Scope(f.Value)
	case policy.FixAddToGroup:
		w.p.Groups = append(slices.Clone(w.p.Groups), f.Value)
	case policy.FixAssignLicence:
		w.p.ServicePlans = append(slices.Clone(w.p.ServicePlans), f.Value)
	case policy.FixRegister:
		w.register(policy.Method(f.Value))
	case policy.FixAllowMethod:
		w.allow(policy.Method(f.Value))
	case policy.FixAllowGuests:
		w.s.Reset.AllowGuests = true
	case policy.FixWritebackToggle:
		w.s.Reset.Writeback = true
	case policy.FixWritebackAgent, policy.FixWritebackReach:
		w.writeback = policy.WritebackRunning
	case policy.FixAllowUnlock:
		w.s.Reset.AllowUnlock = true
	default:
		require.Fail(t, "a fix that nobody can carry out", "%v", f)
	}
}

func (w *world) register(m policy.Method) {
	switch m {
	case policy.Email:
		w.p.Contacts.AuthenticationEmail = "new@mail.example"
	case policy.MobileSMS, policy.MobileCall:
		w.p.Contacts.AuthenticationPhone = "+1 4255550199"
	case policy.OfficeCall:
		w.p.Contacts.OfficePhone = "+1 4255550198"
	case policy.Questions:
		w.p.QuestionCount = 5
	case policy.AppPush, policy.AppCode:
		for _, kind := range []policy.AppKind{policy.MicrosoftAuthenticator, policy.SoftwareOATH, policy.HardwareOATH} {
			w.p.Apps = append(slices.Clone(w.p.Apps), policy.App{Kind: kind, Push: kind == policy.MicrosoftAuthenticator})
		}
	}
}

func (w *world) allow(m policy.Method) {
	if w.s.Methods.Migration != policy.MigrationComplete || m == policy.Questions {
		w.s.Reset.Methods = append(slices.Clone(w.s.Reset.Methods), m)
		return
	}
	for id := range w.s.Methods.Configs {
		c := policy.MethodConfig{Enabled: true, Include: []string{policy.AllUsers}, SoftwareOATH: true}
		wanted := map[policy.Method][]string{
			policy.Email: {policy.ConfigEmail}, policy.MobileSMS: {policy.ConfigSMS}, policy.MobileCall: {policy.ConfigVoice},
			policy.AppCode: {policy.ConfigAuthenticator, policy.ConfigSoftwareOATH, policy.ConfigHardwareOATH},
		}[m]
		if slices.Contains(wanted, id) {
			w.s.Methods.Configs[id] = c
		}
	}
}

// codeOf is the pairing of checks and codes of reference 1.4.
var codeOf = map[string][]policy.Code{
	policy.CheckAccountKind: {""}, policy.CheckGuestsAllowed: {""}, policy.CheckThrottle: {""},
	policy.CheckAdministratorReset: {policy.CodeTenantDisabled}, policy.CheckTenantSwitch: {policy.CodeTenantDisabled},
	policy.CheckResetPolicy: {policy.CodeNoPolicy}, policy.CheckScopeGroup: {policy.CodeNotInGroup},
	policy.CheckLicence: {policy.CodeNotLicensed}, policy.CheckMethods: {policy.CodeNotConfigured},
	policy.CheckWritebackEnabled: {policy.CodeWritebackNotEnabled}, policy.CheckWritebackReachable: {policy.CodeOnPremisesConnection},
	policy.CheckUnlockAllowed: {""},
}

func TestEachRefusalHasExactlyOneCodeAndOneCause(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := drawCase(t).admit()
		failures := 0
		for i, c := range a.Checks {
			assert.Equal(t, policy.AdmissionChecks[i], c.Name, "the documented order")
			assert.NotEmpty(t, c.Detail)
			if c.Verdict == policy.Failed {
				failures++
				assert.Equal(t, len(a.Checks)-1, i, "nothing is asked after a refusal")
				assert.NotEmpty(t, c.Remedy)
			}
		}
		if a.Refusal == nil {
			assert.Zero(t, failures)
			assert.Len(t, a.Checks, len(policy.AdmissionChecks))
			return
		}
		assert.Equal(t, 1, failures)
		assert.Equal(t, a.Checks[len(a.Checks)-1].Name, a.Refusal.Cause)
		assert.Contains(t, codeOf[a.Refusal.Cause], a.Refusal.Code)
	})
}

// Carrying out what each refusal names leads, refusal by refusal, to an
// admission: no remedy is idle and none runs in circles.
func TestTheRemedyMakesTheCheckPass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawCase(t)
		for range policy.AdmissionChecks {
			a := w.admit()
			if a.Refusal == nil {
				return
			}
			failed := a.Checks[len(a.Checks)-1]
			if failed.Name == policy.CheckUnlockAllowed && !w.p.Hosting.OnPremises() {
				return // nothing to change: a cloud account has no lock of that kind
			}
			require.NotEmpty(t, failed.Fixes, "%s: %s", failed.Name, failed.Remedy)
			for _, f := range failed.Fixes {
				w.apply(t, f)
			}
			after := w.admit()
			require.Equal(t, policy.Passed, verdictOf(after, failed.Name), "%s: %s", failed.Name, failed.Remedy)
		}
		require.Nil(t, w.admit().Refusal)
	})
}

func TestAnAdministratorNeverPassesWithQuestionsNorFewerGatesThanTheirs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawCase(t)
		w.p.Roles, w.p.QuestionCount = []string{globalAdmin}, 5
		a := w.admit()
		for _, o := range a.Offers {
			assert.False(t, o.Offered && o.Method == policy.Questions)
		}
		young := !w.s.TrialStarted.IsZero() && now.Sub(w.s.TrialStarted) < 30*24*time.Hour
		if w.op != policy.Change && w.s.SyncEnabled && !young {
			assert.Equal(t, 2, a.Gates, "outside the exceptions no setting loosens two gates")
		}
		var families []string
		for _, m := range offered(a.Offers) {
			if !slices.Contains(families, m.Family()) {
				families = append(families, m.Family())
			}
		}
		if a.Refusal == nil {
			assert.GreaterOrEqual(t, len(families), a.Gates)
		}
	})
}

// Asking for more proofs never lets somebody in, and, but for the notification
// that wants two gates, offers the same methods.
func TestMoreGatesNeverAdmitMorePeople(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one := drawCase(t)
		one.s.Reset.Gates = 1
		two := one
		two.s.Reset.Gates = 2
		a, b := one.admit(), two.admit()
		if b.Refusal == nil {
			assert.True(t, a.Refusal == nil || onlyByNotification(b), "two gates passed where one did not")
		}
		for i, o := range a.Offers {
			if o.Offered {
				assert.True(t, b.Offers[i].Offered, "%s is offered with one gate and not with two", o.Method)
			}
		}
	})
}

// onlyByNotification reports whether a notification is among what is offered.
func onlyByNotification(a policy.Admission) bool {
	return slices.Contains(offered(a.Offers), policy.AppPush)
}

// Somebody who is admitted can be offered something at every gate.
func TestWhoeverIsAdmittedFindsAMethodAtEachGate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawCase(t)
		a := w.admit()
		if a.Refusal != nil {
			return
		}
		var used []policy.Method
		for gate := 1; gate <= a.Gates; gate++ {
			choice := offered(policy.OffersFor(w.s, w.p, gate, used, w.now))
			require.NotEmpty(t, choice, "gate %d", gate)
			m := rapid.SampledFrom(choice).Draw(t, "choice")
			for _, u := range used {
				require.NotEqual(t, u.Family(), m.Family(), "a family counts once")
			}
			used = append(used, m)
		}
	})
}

package reset_test

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// mostRounds bounds how often rapid runs a property again because it has not been
// everywhere yet. One round is enough nearly always.
const mostRounds = 20

// random runs the machine under a property until it came by the places that the
// property is about.
func random(t *testing.T, watch func(*machine), places ...string) {
	t.Helper()
	seen := map[string]int{}
	untilSeen(t, seen, places, func(rt *rapid.T) {
		m := newMachine(rt)
		watch(m)
		m.run()
		for what, n := range m.seen {
			seen[what] += n
		}
	})
}

func untilSeen(t *testing.T, seen map[string]int, places []string, property func(*rapid.T)) {
	t.Helper()
	missing := func() []string {
		return slices.DeleteFunc(slices.Clone(places), func(p string) bool { return seen[p] > 0 })
	}
	for round := 0; round == 0 || round < mostRounds && len(missing()) > 0 && !t.Failed(); round++ {
		rapid.Check(t, property)
	}
	assert.Empty(t, missing(), "never came there; seen: %v", seen)
}

func TestNoPasswordIsSetWithFewerGatesThanThePolicyInForceDemands(t *testing.T) {
	random(t, func(m *machine) {
		m.writes = func(v *visit) {
			if f := m.known(v); m.worth(v) < f.demanded() {
				m.rt.Fatalf("%s of %s after %v, and the policy demands %d", v.Operation, f.p.UserPrincipalName, v.proved, f.demanded())
			}
		}
	}, "write", "spent proof", string(reset.StepDone), string(reset.StepUnlocked))
}

func TestNoAdministratorPassesWithQuestionsNorWithOneGateOutsideTheExceptions(t *testing.T) {
	random(t, func(m *machine) {
		m.who = future
		m.writes = func(v *visit) {
			f := m.known(v)
			if !f.admin() {
				return
			}
			m.seen["administrator"]++
			proofs := slices.DeleteFunc(slices.Clone(v.proved), func(p policy.Method) bool { return p == policy.Questions })
			if familiesOf(proofs) < 2 && !f.excepted() || len(proofs) == 0 {
				m.rt.Fatalf("administrator %s passed with %v", f.p.UserPrincipalName, v.proved)
			}
		}
	}, "administrator", "questions of an administrator")
}

var ssprCode = regexp.MustCompile(`SSPR_[0-9]+`)

func TestEachRefusalHasExactlyOneCodeAndOneTrueCause(t *testing.T) {
	random(t, func(m *machine) {
		m.sees = func(v *visit) {
			if v.want.step == "" {
				return
			}
			require.Equal(m.rt, v.want.step, v.Step, "%v; %+v", v.want, v.View)
			if len(v.want.cause) == 0 {
				return
			}
			rec := m.record(v)
			m.seen[rec.Cause]++
			require.Contains(m.rt, v.want.cause, rec.Cause)
			require.Equal(m.rt, v.want.code, rec.Code)
			require.NotEmpty(m.rt, rec.Remedy)
			if v.Step == reset.StepError {
				require.Equal(m.rt, rec.Code, v.Code, "page and record")
			}
			said, err := json.Marshal([]any{rec, v.View})
			require.NoError(m.rt, err)
			codes := ssprCode.FindAllString(string(said), -1)
			slices.Sort(codes)
			want := []string(nil)
			if v.want.code != "" {
				want = []string{string(v.want.code)}
			}
			require.Equal(m.rt, want, slices.Compact(codes), "codes in the record and on the page")
			if failed := lastFailed(rec.Checks); slices.Contains(policy.AdmissionChecks, rec.Cause) {
				require.Equal(m.rt, rec.Cause, failed, "the check that failed last")
			}
		}
	}, "tenant-switch", "scope-group", "licence", "methods", "writeback-enabled", "writeback-reachable", "throttle", "administrator-switch")
}

func lastFailed(checks []policy.Check) string {
	for _, c := range slices.Backward(checks) {
		if c.Verdict == policy.Failed {
			return c.Name
		}
	}
	return ""
}

func TestAThrottledPersonStaysThrottledWhateverTheyDo(t *testing.T) {
	random(t, func(m *machine) {
		m.sees = func(v *visit) {
			y := m.tally(v.person)
			if v.want.step == reset.StepBlocked || v.Step == reset.StepBlocked && v.BlockedUntil.After(m.now) {
				m.seen["held"]++
				require.Equal(m.rt, reset.StepBlocked, v.Step, "%+v", v.View)
				require.True(m.rt, y.blocked.Equal(v.BlockedUntil), "until %s, not %s", y.blocked, v.BlockedUntil)
			}
			c, err := m.store.Counters(context.Background(), v.person)
			require.NoError(m.rt, err)
			require.Equal(m.rt, m.blocked(v.person), c.Blocked(m.now) != nil, "blocked as the model says, neither longer nor shorter")
			if m.blocked(v.person) {
				m.seen["by "+string(c.Rule)]++
				require.True(m.rt, y.blocked.Equal(c.BlockedUntil))
			}
		}
		m.writes = func(v *visit) {
			if v.held {
				m.rt.Fatalf("a write for somebody who is throttled until %s", m.tally(v.person).blocked)
			}
		}
	}, "held", "held in another session", "by "+string(policy.ProofFailure), "by "+string(policy.PhoneValidation), "by "+string(policy.ResetAttempt))
}

// The record of a refusal names what would have let the attempt pass. Here an
// administrator does all of it, in the tenant and with the agent, and the person
// tries once more: that attempt passes.
func TestTheChangeThatTheRecordNamesMakesTheAttemptPass(t *testing.T) {
	kinds := map[string]int{}
	untilSeen(t, kinds, []string{
		string(policy.FixWait), string(policy.FixAllowAdmins), string(policy.FixScope), string(policy.FixAddToGroup),
		string(policy.FixAssignLicence), string(policy.FixRegister), string(policy.FixAllowMethod), string(policy.FixAllowGuests),
		string(policy.FixWritebackToggle), string(policy.FixWritebackAgent), string(policy.FixWritebackReach),
	}, func(rt *rapid.T) {
		m := newMachine(rt)
		for range rapid.IntRange(0, 20).Draw(rt, "changes") {
			m.manage(rt)
		}
		m.verdict, m.cloud = reset.Written, nil
		who := rapid.SampledFrom(everybody).Draw(rt, "who")
		v := m.begin(who)
		if rapid.Bool().Draw(rt, "tries too often") {
			m.exhaust(v)
			v = m.begin(who)
		}
		rec := m.record(v)
		if v.Step == reset.StepTrouble || v.Step == reset.StepVerify {
			m.finish(who)
			return
		}
		require.NotEmpty(rt, rec.Fixes, "%s: %s", rec.Cause, rec.Remedy)
		for _, f := range rec.Fixes {
			kinds[string(f.Kind)]++
			m.carryOut(v, f)
		}
		m.finish(who)
	})
}

// exhaust tries until the person is throttled.
func (m *machine) exhaust(v *visit) {
	for range 12 {
		if m.look(v); v.Step == reset.StepTrouble {
			m.trouble(v, policy.Reset)
		}
		if v.Step != reset.StepVerify || len(v.Offers) == 0 {
			return
		}
		if v.Challenge == nil {
			m.startProof(v, v.Offers[0].Method, false)
		}
		if v.Step == reset.StepVerify {
			m.rings[v.pushID] = "denied"
			m.answer(v, "wrong")
		}
	}
}

// finish tries once more, with everything right: the password is set.
func (m *machine) finish(who string) {
	v := m.begin(who)
	for range 8 {
		switch v.Step {
		case reset.StepTrouble:
			m.trouble(v, policy.Reset)
		case reset.StepVerify:
			require.NotEmpty(m.rt, v.Offers)
			m.startProof(v, v.Offers[0].Method, false)
			require.NotNil(m.rt, v.Challenge, "%s: %s", v.Offers[0].Method, v.Message)
			m.rings[v.pushID] = "right"
			m.answer(v, "right")
		case reset.StepPassword:
			m.submit(v, "good")
		}
	}
	require.Equal(m.rt, reset.StepDone, v.Step, m.record(v).Explain())
}

// carryOut does what a fix says, where it is done.
func (m *machine) carryOut(v *visit, f policy.Fix) {
	switch f.Kind {
	case policy.FixWait:
		until, err := time.Parse(time.RFC3339, f.Value)
		require.NoError(m.rt, err)
		if until.After(m.now) {
			m.now = until
		}
	case policy.FixAllowAdmins:
		m.set(func(s *policy.Settings) { s.Admins.AllowedToUseSSPR = true })
	case policy.FixScope:
		m.set(func(s *policy.Settings) { s.Reset.Scope = policy.Scope(f.Value) })
	case policy.FixAddToGroup:
		m.join(v.person, f.Value)
	case policy.FixAssignLicence:
		m.user(v.person, func(u *tenant.User) { u.Licences = append(u.Licences, f.Value) })
	case policy.FixRegister:
		m.register(v.person, policy.Method(f.Value))
	case policy.FixAllowMethod:
		m.allow(policy.Method(f.Value))
	case policy.FixAllowGuests:
		m.set(func(s *policy.Settings) { s.Reset.AllowGuests = true })
	case policy.FixWritebackToggle:
		m.set(func(s *policy.Settings) { s.Reset.Writeback = true })
	case policy.FixWritebackAgent, policy.FixWritebackReach:
		m.status = policy.WritebackRunning
	case policy.FixAllowUnlock:
		m.set(func(s *policy.Settings) { s.Reset.AllowUnlock = true })
	default:
		m.rt.Fatalf("a fix that nobody can carry out: %v", f)
	}
}

// allow switches a method on for everybody in the policy in force.
func (m *machine) allow(method policy.Method) {
	m.set(func(s *policy.Settings) {
		if s.Methods.Migration != policy.MigrationComplete || method == policy.Questions {
			s.Reset.Methods = append(s.Reset.Methods, method)
			return
		}
		for _, id := range map[policy.Method][]string{
			policy.Email: {policy.ConfigEmail}, policy.MobileSMS: {policy.ConfigSMS},
			policy.AppCode: {policy.ConfigAuthenticator, policy.ConfigSoftwareOATH, policy.ConfigHardwareOATH},
		}[method] {
			s.Methods.Configs[id] = policy.MethodConfig{Enabled: true, Include: []string{policy.AllUsers}, SoftwareOATH: id == policy.ConfigAuthenticator}
		}
	})
}

package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/ssprlab/ssprlab/internal/policy"
)

func TestACompiledListGoesOnCountingToo(t *testing.T) {
	b := policy.BanSettings{EnforceCustom: true, CustomList: policy.NewBanList([]string{"contoso"}), Propagation: time.Hour}
	b = b.WithCustom(false, nil, now)
	assert.Equal(t, 1, b.InForce(now).CustomList.Len())
	assert.Nil(t, b.InForce(now.Add(time.Hour)).CustomList)
}

// A custom list that was just changed: old behaviour for hours (reference 7.1).
func TestANewCustomListTakesHours(t *testing.T) {
	s := tenant(func(s *policy.Settings) {
		s.Ban.Propagation = 3 * time.Hour
		s.Ban = s.Ban.WithCustom(true, []string{"contoso"}, now.AddDate(0, 0, -7))
		s.Ban = s.Ban.WithCustom(true, []string{"fabrikam"}, now)
	})
	judge := func(at time.Time, password string) policy.PasswordReason {
		return policy.JudgePassword(policy.Reset, s.InForce(at), alice(), password, false).Reason
	}
	assert.Equal(t, policy.PasswordBannedCustom, judge(now, "Contoso!1"))
	assert.Equal(t, policy.PasswordAccepted, judge(now, "Fabrikam!1"), "8 points without the term")
	later := now.Add(3 * time.Hour)
	assert.Equal(t, policy.PasswordAccepted, judge(later, "Contoso!1"))
	assert.Equal(t, policy.PasswordBannedCustom, judge(later, "Fabrikam!1"))
}

func TestWithoutDelayAChangeCountsAtOnce(t *testing.T) {
	b := policy.BanSettings{}.WithCustom(true, []string{"contoso"}, now)
	assert.True(t, b.InForce(now).EnforceCustom)
	assert.Equal(t, []string{"contoso"}, b.InForce(now).Custom)
}

func TestSettingTheSameValueAgainStartsNoDelay(t *testing.T) {
	a := policy.AdminSettings{AllowedToUseSSPR: true, Propagation: time.Hour}
	assert.Equal(t, a, a.WithAllowed(true, now))
	off := a.WithAllowed(false, now)
	assert.Equal(t, now, off.ChangedAt)
	assert.Equal(t, off, off.WithAllowed(false, now.Add(time.Minute)))
}

// Whoever switches administrators off by mistake and on again has not switched
// them off for an hour: nobody had heard of it yet.
func TestAChangeThatIsTakenBackLeavesNothingOnItsWay(t *testing.T) {
	s := tenant(func(s *policy.Settings) { s.Admins.Propagation = time.Hour })
	s.Admins = s.Admins.WithAllowed(false, now.Add(-10*time.Minute))
	assert.Nil(t, admit(s, carol()).Refusal, "not arrived yet")
	s.Admins = s.Admins.WithAllowed(true, now)
	assert.Nil(t, admit(s, carol()).Refusal)

	s.Admins = s.Admins.WithAllowed(false, now.Add(-2*time.Hour))
	assert.NotNil(t, admit(s, carol()).Refusal)
	s.Admins = s.Admins.WithAllowed(true, now)
	assert.NotNil(t, admit(s, carol()).Refusal, "arrived, and the next change takes its time")
}

// Of two changes shortly after each other, registration goes by what it knew
// before the first.
func TestASecondChangeOfMethodsKeepsWhatRegistrationKnew(t *testing.T) {
	s := tenant(func(s *policy.Settings) { s.Methods.Propagation = 2 * time.Hour })
	change := func(at time.Time, methods ...policy.Method) {
		s.Methods = s.MethodsChanged(s.Methods, methods, at)
		s.Reset.Methods = methods
	}
	may := func(m policy.Method, at time.Time) bool {
		ok, _ := policy.MayRegister(s, alice(), m, at)
		return ok
	}
	s.Reset.Methods = []policy.Method{policy.Email}
	change(now, policy.Email, policy.Questions)
	change(now.Add(time.Hour), policy.Questions)
	assert.True(t, may(policy.Email, now.Add(2*time.Hour+time.Minute)), "known since the beginning")
	assert.True(t, may(policy.Questions, now.Add(3*time.Hour)))
	assert.False(t, may(policy.Email, now.Add(3*time.Hour)))
	assert.False(t, may(policy.Questions, now.Add(2*time.Hour)), "the first change never arrived by itself")
	assert.Equal(t, s.Methods, s.MethodsChanged(s.Methods, s.Reset.Methods, now.Add(9*time.Hour)), "nothing changed")
}

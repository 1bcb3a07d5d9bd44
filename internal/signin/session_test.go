package signin_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/signin"
)

func TestSecondFactor(t *testing.T) {
	t.Run("an app code is asked for, proved, and renews the session", func(t *testing.T) {
		l := newLab(t, mfa)
		v := l.begin(t, right, home)
		require.Equal(t, signin.StepFactor, v.Step)
		require.Equal(t, policy.AppPush, v.Factors[0].Method, "the most secure first")
		_, err := l.SignedIn(t.Context(), v.SessionID)
		require.ErrorIs(t, err, signin.ErrNotSignedIn)

		v, err = l.StartFactor(t.Context(), v.SessionID, policy.AppCode)
		require.NoError(t, err)
		before := v.SessionID
		v, err = l.AnswerFactor(t.Context(), v.SessionID, secret.New(code))
		require.NoError(t, err)
		assert.Equal(t, signin.StepSignedIn, v.Step)
		assert.Equal(t, policy.SignedInWithMFA, v.Kind)
		assert.NotEqual(t, before, v.SessionID)
		old, err := l.View(t.Context(), before)
		require.NoError(t, err)
		assert.Equal(t, signin.StepEnter, old.Step, "the ID seen before the factor is worth nothing")
		assert.Equal(t, []int{50074, 0}, l.codes())
	})
	t.Run("a text message", func(t *testing.T) {
		l := newLab(t, mfa)
		v, err := l.StartFactor(t.Context(), l.begin(t, right, home).SessionID, policy.MobileSMS)
		require.NoError(t, err)
		assert.Equal(t, signin.MsgCodeSent, v.Message)
		assert.NotContains(t, v.Challenge.Target, "425555", "the number is masked")
		v, err = l.AnswerFactor(t.Context(), v.SessionID, secret.New(l.courier.text))
		require.NoError(t, err)
		assert.Equal(t, signin.StepSignedIn, v.Step)
	})
	t.Run("a notification is waited for, and denied", func(t *testing.T) {
		l := newLab(t, mfa)
		v, err := l.StartFactor(t.Context(), l.begin(t, right, home).SessionID, policy.AppPush)
		require.NoError(t, err)
		v, err = l.AnswerFactor(t.Context(), v.SessionID, secret.Text{})
		require.NoError(t, err)
		assert.Equal(t, signin.MsgWaiting, v.Message)
		l.courier.answer = challenge.Denied
		v, err = l.AnswerFactor(t.Context(), v.SessionID, secret.Text{})
		require.NoError(t, err)
		assert.Equal(t, signin.MsgDenied, v.Message)
		assert.Nil(t, v.Challenge)
		assert.Equal(t, []int{50074, 500121}, l.codes())
	})
	t.Run("guessing comes to an end, over all sessions", func(t *testing.T) {
		l := newLab(t, mfa)
		for range 10 {
			v, err := l.StartFactor(t.Context(), l.begin(t, right, home).SessionID, policy.AppCode)
			require.NoError(t, err)
			_, err = l.AnswerFactor(t.Context(), v.SessionID, secret.New("000000"))
			require.NoError(t, err)
		}
		v := l.begin(t, right, home)
		v, err := l.StartFactor(t.Context(), v.SessionID, policy.AppCode)
		require.NoError(t, err)
		assert.Equal(t, signin.MsgTooMany, v.Message)
		l.now = l.now.Add(61 * time.Minute)
		v, err = l.StartFactor(t.Context(), l.begin(t, right, home).SessionID, policy.AppCode)
		require.NoError(t, err)
		v, err = l.AnswerFactor(t.Context(), v.SessionID, secret.New(code))
		require.NoError(t, err)
		assert.Equal(t, signin.StepSignedIn, v.Step)
	})
	t.Run("guesses at once have no more than guesses in turn", func(t *testing.T) {
		l := newLab(t, mfa)
		v, err := l.StartFactor(t.Context(), l.begin(t, right, home).SessionID, policy.AppCode)
		require.NoError(t, err)
		l.people.looking = func() { // ten others fail while this one is looked at
			for range 10 {
				l.people.habits = l.people.habits.FactorFailed(l.now)
			}
		}
		v, err = l.AnswerFactor(t.Context(), v.SessionID, secret.New(code))
		require.NoError(t, err)
		assert.Equal(t, signin.StepFactor, v.Step)
		assert.Equal(t, signin.MsgTooMany, v.Message)
	})
	t.Run("a method that is not offered is not begun", func(t *testing.T) {
		l := newLab(t, mfa)
		v, err := l.StartFactor(t.Context(), l.begin(t, right, home).SessionID, policy.Email)
		require.NoError(t, err)
		assert.Equal(t, signin.MsgNotOffered, v.Message)
	})
	t.Run("a page may demand one", func(t *testing.T) {
		l := newLab(t, nil)
		v := l.begin(t, right, home)
		require.Equal(t, signin.StepSignedIn, v.Step)
		v, err := l.Demand(t.Context(), v.SessionID)
		require.NoError(t, err)
		assert.Equal(t, signin.StepFactor, v.Step)
	})
}

// concept-registration-mfa-sspr-combined; reference 5.1, 5.3, 5.4.
func TestInterrupts(t *testing.T) {
	nothing := func(p *people) {
		p.account.Apps, p.account.Contacts = nil, policy.Contacts{}
		p.settings.Reset = policy.ResetSettings{Scope: policy.ScopeAll, Gates: 1, Methods: []policy.Method{policy.Email, policy.AppCode, policy.MobileSMS}}
	}
	require1 := func(p *people) {
		nothing(p)
		p.settings.Registration.Require = true
	}
	t.Run("what only the reset policy asks can be skipped, and is asked again", func(t *testing.T) {
		l := newLab(t, require1)
		for range 5 {
			v := l.begin(t, right, home)
			require.Equal(t, signin.StepInterrupt, v.Step)
			assert.Equal(t, policy.RegisterForReset, v.Interrupt.Kind)
			v, err := l.Skip(t.Context(), v.SessionID)
			require.NoError(t, err)
			assert.Equal(t, signin.StepSignedIn, v.Step)
		}
		assert.Equal(t, []int{50125, 0}, l.codes()[:2])
	})
	t.Run("registration for multi-factor authentication cannot be skipped", func(t *testing.T) {
		l := newLab(t, func(p *people) { nothing(p); mfa(p) })
		v := l.begin(t, right, home)
		require.Equal(t, signin.StepInterrupt, v.Step)
		v, err := l.Skip(t.Context(), v.SessionID)
		require.NoError(t, err)
		assert.Equal(t, signin.StepInterrupt, v.Step)
		assert.Equal(t, []int{50072}, l.codes())
	})
	t.Run("Conditional Access on registering refuses with 53010", func(t *testing.T) {
		l := newLab(t, func(p *people) {
			nothing(p)
			mfa(p)
			p.settings.Registration.Access = []policy.AccessPolicy{{State: policy.AccessEnabled, IncludeUsers: []string{"All"}, RequireMFA: true, ExceptTrusted: true}}
		})
		v := l.begin(t, right, home)
		assert.Equal(t, signin.StepRefused, v.Step)
		assert.Equal(t, signin.CodeRegisterBlocked, v.Code)

		l.people.settings.SignIn.TrustedLocations = []string{home + "/32"}
		assert.Equal(t, signin.StepInterrupt, l.begin(t, right, home).Step, "a trusted location may register")
	})
	// 0 asks at every multi-factor sign-in, and three times it may be put off
	// (how-to-mfa-registration-campaign; reference 5.4).
	t.Run("the campaign is put off three times, whatever the days between", func(t *testing.T) {
		l := newLab(t, func(p *people) {
			mfa(p)
			p.account.Apps[0] = policy.App{ID: "a", Kind: policy.SoftwareOATH}
			p.settings.Methods.Configs = map[string]policy.MethodConfig{policy.ConfigAuthenticator: {Enabled: true, Include: []string{policy.AllUsers}}}
			p.settings.Registration.Campaign = policy.CampaignSettings{State: policy.CampaignEnabled, Include: []string{policy.AllUsers}}
		})
		arrive := func() signin.View {
			v, err := l.StartFactor(t.Context(), l.begin(t, right, home).SessionID, policy.AppCode)
			require.NoError(t, err)
			v, err = l.AnswerFactor(t.Context(), v.SessionID, secret.New(code))
			require.NoError(t, err)
			require.Equal(t, signin.StepInterrupt, v.Step)
			require.Equal(t, policy.CampaignNudge, v.Interrupt.Kind)
			return v
		}
		var v signin.View
		for n := range 3 {
			var err error
			v, err = l.Skip(t.Context(), arrive().SessionID)
			require.NoError(t, err)
			assert.Equal(t, signin.StepSignedIn, v.Step, "skip %d", n+1)
		}
		assert.False(t, arrive().Interrupt.Skippable)
		v, err := l.View(t.Context(), v.SessionID)
		require.NoError(t, err)
		assert.Equal(t, signin.StepSignedIn, v.Step, "a session that exists is not broken")
	})
	t.Run("reconfirming is one press", func(t *testing.T) {
		l := newLab(t, func(p *people) {
			require1(p)
			p.account.Contacts.AuthenticationEmail = "alice@home.example"
			p.settings.Registration.ReconfirmDays = 180
			p.account.RegisteredAt = time.Date(2025, 3, 2, 0, 0, 0, 0, time.UTC)
		})
		v := l.begin(t, right, home)
		require.Equal(t, signin.StepInterrupt, v.Step)
		require.Equal(t, policy.Reconfirm, v.Interrupt.Kind)
		v, err := l.Confirm(t.Context(), v.SessionID)
		require.NoError(t, err)
		assert.Equal(t, signin.StepSignedIn, v.Step)
		assert.Equal(t, l.now, l.people.account.ReconfirmedAt)
	})
}

func TestAChangedPasswordGoesOn(t *testing.T) {
	l := newLab(t, func(p *people) { p.account.MustChange = true })
	v := l.begin(t, right, home)
	require.Equal(t, signin.StepChange, v.Step)
	l.now = l.now.Add(time.Minute)
	l.people.account.MustChange, l.people.account.ValidFrom = false, l.now // as a change does
	l.now = l.now.Add(time.Minute)
	v, err := l.PasswordChanged(t.Context(), v.SessionID)
	require.NoError(t, err)
	assert.Equal(t, signin.StepSignedIn, v.Step)
}

func TestASessionEnds(t *testing.T) {
	for name, end := range map[string]func(l *lab, id string){
		"by signing out":               func(l *lab, id string) { _ = l.SignOut(t.Context(), id) },
		"after a day":                  func(l *lab, _ string) { l.now = l.now.Add(24 * time.Hour) },
		"when sessions are revoked":    func(l *lab, _ string) { l.people.account.ValidFrom = l.now.Add(time.Second) },
		"when the account is disabled": func(l *lab, _ string) { l.people.account.AccountEnabled = false },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, nil)
			id := l.begin(t, right, home).SessionID
			_, err := l.SignedIn(t.Context(), id)
			require.NoError(t, err)
			end(l, id)
			_, err = l.SignedIn(t.Context(), id)
			assert.ErrorIs(t, err, signin.ErrNotSignedIn)
		})
	}
}

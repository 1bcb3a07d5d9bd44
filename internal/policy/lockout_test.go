package policy_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ssprlab/ssprlab/internal/policy"
)

var lockout = policy.LockoutSettings{Threshold: 10, Duration: time.Minute, Cap: 10 * time.Minute}

// wrong types n different wrong passwords.
func wrong(l policy.LockoutState, familiar bool, n int, at time.Time) (policy.LockoutState, bool) {
	locked := false
	for i := range n {
		l, locked = l.Wrong(lockout, familiar, fmt.Sprint("hash", at.UnixNano(), i), at)
	}
	return l, locked
}

// howto-password-smart-lockout: locked after ten failures, for one minute at first.
func TestTheTenthWrongPasswordLocks(t *testing.T) {
	l, locked := wrong(policy.LockoutState{}, true, 9, now)
	require.False(t, locked)
	l, locked = wrong(l, true, 1, now.Add(time.Second))
	require.True(t, locked)
	until, is := l.Locked(true, now.Add(time.Second))
	assert.True(t, is)
	assert.Equal(t, now.Add(time.Minute+time.Second), until)
	_, is = l.Locked(true, until)
	assert.False(t, is)
}

func TestAfterALockoutTheFirstWrongPasswordLocksAgainAndLonger(t *testing.T) {
	l, _ := wrong(policy.LockoutState{}, true, 10, now)
	at := now
	for _, want := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 10 * time.Minute, 10 * time.Minute} {
		until, locked := l.Locked(true, at)
		require.True(t, locked)
		assert.Equal(t, want, until.Sub(at))
		at = until
		l, locked = wrong(l, true, 1, at)
		require.True(t, locked)
	}
}

func TestTheLastThreeWrongPasswordsDoNotCountAgain(t *testing.T) {
	var l policy.LockoutState
	for range 50 {
		for _, h := range []string{"a", "b", "c"} {
			var locked bool
			l, locked = l.Wrong(lockout, true, h, now)
			require.False(t, locked)
		}
	}
	assert.Equal(t, 3, l.Familiar.Failures)
	l, _ = l.Wrong(lockout, true, "d", now)
	l, _ = l.Wrong(lockout, true, "a", now)
	assert.Equal(t, 5, l.Familiar.Failures, "a fourth password pushes out the oldest")
}

func TestPassThroughRemembersNoWrongPasswords(t *testing.T) {
	var l policy.LockoutState
	locked := false
	for range 10 {
		l, locked = l.Wrong(lockout, true, "", now)
	}
	assert.True(t, locked)
}

func TestAnAttackerFarAwayDoesNotLockOutThePersonAtHome(t *testing.T) {
	l, locked := wrong(policy.LockoutState{}, false, 10, now)
	require.True(t, locked)
	_, far := l.Locked(false, now)
	_, home := l.Locked(true, now)
	assert.True(t, far)
	assert.False(t, home)
	assert.Equal(t, 0, l.Right(true).Familiar.Failures)
	_, far = l.Right(true).Locked(false, now)
	assert.True(t, far, "signing in at home does not help the attacker")
}

func TestDurationsGrowWithoutOverflow(t *testing.T) {
	s := policy.LockoutSettings{Threshold: 1, Duration: time.Minute}
	var l policy.LockoutState
	at, before := now, time.Duration(0)
	for i := range 100 {
		var locked bool
		l, locked = l.Wrong(s, true, fmt.Sprint(i), at)
		require.True(t, locked)
		until, _ := l.Locked(true, at)
		require.GreaterOrEqual(t, until.Sub(at), before)
		before, at = until.Sub(at), until
	}
	assert.Equal(t, 365*24*time.Hour, before)
}

func TestWhatHappensWhileLockedNeverShortensOrProlongsIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, _ := wrong(policy.LockoutState{}, true, 10, now)
		until, _ := l.Locked(true, now)
		for range rapid.IntRange(0, 30).Draw(t, "attempts") {
			at := now.Add(time.Duration(rapid.IntRange(0, 59).Draw(t, "second")) * time.Second)
			var again bool
			l, again = l.Wrong(lockout, true, rapid.String().Draw(t, "hash"), at)
			require.False(t, again)
			got, locked := l.Locked(true, at)
			require.True(t, locked)
			require.Equal(t, until, got)
		}
	})
}

// Reference 6.3 and 10: tuning asks for a licence, as the custom banned list does.
func TestLockoutIsTunedForPeopleWithPremium(t *testing.T) {
	tuned := policy.LockoutSettings{Threshold: 5, Duration: 10 * time.Minute, Cap: 2 * time.Hour}
	standard := policy.LockoutSettings{Threshold: 10, Duration: time.Minute, Cap: 2 * time.Hour}
	free := func(p *policy.Person) { p.ServicePlans = nil }
	plans := func(ids ...string) func(*policy.Person) { return func(p *policy.Person) { p.ServicePlans = ids } }
	for name, c := range map[string]struct {
		person    func(*policy.Person)
		cloud     policy.Cloud
		licences  policy.LicenceEnforcement
		want      policy.LockoutSettings
		threshold int
	}{
		"P1":                    {person: plans(policy.PlanP1), licences: policy.LicencesStrict, want: tuned},
		"P2":                    {person: plans(policy.PlanP2), licences: policy.LicencesStrict, want: tuned},
		"Business Standard":     {person: plans(policy.SKUBusinessStandard), licences: policy.LicencesStrict, want: standard},
		"Free":                  {person: free, licences: policy.LicencesStrict, want: standard},
		"Free, lenient":         {person: free, licences: policy.LicencesLenient, want: tuned},
		"Free, US Government":   {person: free, cloud: policy.USGovernmentCloud, licences: policy.LicencesStrict, want: standard, threshold: 3},
		"P1, US Government":     {person: plans(policy.PlanP1), cloud: policy.USGovernmentCloud, licences: policy.LicencesStrict, want: tuned},
		"P1, 21Vianet":          {person: plans(policy.PlanP1), cloud: policy.ChinaCloud, licences: policy.LicencesStrict, want: standard},
		"Free lenient 21Vianet": {person: free, cloud: policy.ChinaCloud, licences: policy.LicencesLenient, want: standard},
	} {
		s := policy.DefaultSettings()
		s.Lockout, s.Notify.Cloud, s.Licences = tuned, c.cloud, c.licences
		if c.threshold != 0 {
			c.want.Threshold = c.threshold
		}
		assert.Equal(t, c.want, policy.LockoutFor(s, alice(c.person)), name)
	}
}

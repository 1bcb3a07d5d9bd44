package domain

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// after is a moment after noon.
func after(d time.Duration) time.Time { return noon.Add(d) }

// Three tries, eight seconds each for window and duration, as observed.
func TestAnAccountLocksAndUnlocksAsObserved(t *testing.T) {
	p := policyWith(threeTries)
	a := erin()
	wrong := func(at time.Duration) LogonVerdict {
		v := JudgeLogon(p, a, LogonFacts{Match: NoMatch}, after(at))
		a.Lockout = v.Lockout
		return v
	}
	right := func(at time.Duration) LogonVerdict {
		v := JudgeLogon(p, a, LogonFacts{Match: CurrentMatch}, after(at))
		a.Lockout = v.Lockout
		return v
	}
	at := func(d time.Duration) FileTime { return FileTimeOf(after(d)) }

	require.Equal(t, LogonFailure, wrong(1*time.Second).Code)
	require.Equal(t, LogonFailure, wrong(2*time.Second).Code)
	require.Equal(t, Lockout{BadCount: 2, BadTime: at(2 * time.Second)}, a.Lockout)
	require.Equal(t, LogonOK, right(2*time.Second).Code)
	require.Equal(t, Lockout{BadTime: at(2 * time.Second)}, a.Lockout, "A06-004")

	wrong(3 * time.Second)
	wrong(4 * time.Second)
	v := wrong(5 * time.Second)
	require.Equal(t, LogonFailure, v.Code, "A06-007: the attempt that locks does not say so")
	require.True(t, v.Locked)
	locked := Lockout{BadCount: 3, BadTime: at(5 * time.Second), LockoutTime: at(5 * time.Second)}
	require.Equal(t, locked, a.Lockout)
	require.Equal(t, LockoutBit, ComputedControl(p, a, after(5*time.Second)))

	v = right(6 * time.Second)
	require.Equal(t, AccountLockedOut, v.Code, "A06-008")
	require.False(t, v.Counted)
	require.Equal(t, AccountLockedOut, wrong(6*time.Second).Code, "A02-107")
	require.Equal(t, locked, a.Lockout)

	require.Equal(t, AccountLockedOut, right(13*time.Second).Code, "the last moment of the duration")
	require.Zero(t, ComputedControl(p, a, after(14*time.Second)), "A06-009: lapsed, though lockoutTime is kept")
	require.Equal(t, LogonFailure, wrong(15*time.Second).Code)
	require.Equal(t, Lockout{BadCount: 1, BadTime: at(15 * time.Second), LockoutTime: at(5 * time.Second)}, a.Lockout, "A06-010")
	require.Equal(t, LogonOK, right(15*time.Second).Code)
	require.Equal(t, Lockout{BadTime: at(15 * time.Second)}, a.Lockout, "A06-011")
}

func TestTheWindowForgets(t *testing.T) {
	p := policyWith(threeTries)
	a := erin(func(a *Account) { a.Lockout = Lockout{BadCount: 2, BadTime: FileTimeOf(noon)} })
	l, locked := FailedAttempt(p, a, NoMatch, after(8*time.Second))
	assert.True(t, locked, "the last moment of the window still counts")
	assert.Equal(t, 3, l.BadCount)
	l, locked = FailedAttempt(p, a, NoMatch, after(8*time.Second+100))
	assert.False(t, locked, "A06-015")
	assert.Equal(t, 1, l.BadCount)
}

func TestPreviousPasswordsDoNotCount(t *testing.T) {
	p := policyWith(threeTries)
	a := erin(func(a *Account) { a.Lockout.BadCount = 2; a.Lockout.BadTime = FileTimeOf(noon) })
	for m, counts := range map[Match]bool{PreviousMatch: false, TwoBackMatch: false, NoMatch: true} {
		v := JudgeLogon(p, a, LogonFacts{Match: m}, noon)
		assert.Equal(t, LogonFailure, v.Code)
		assert.Equal(t, counts, v.Counted, "A06-016..020")
		assert.Equal(t, counts, v.Locked)
	}
}

func TestKerberosTakesTheCurrentPasswordOnly(t *testing.T) {
	a := erin(func(a *Account) { a.PasswordLastSet = ago(0) })
	facts := LogonFacts{Match: PreviousMatch, Kind: KerberosLogon}
	v := JudgeLogon(policyWith(threeTries, samba), a, facts, noon)
	assert.Equal(t, LogonFailure, v.Code)
	assert.True(t, v.Counted, "A12-025")
	v = JudgeLogon(policyWith(threeTries), a, facts, noon)
	assert.Equal(t, LogonFailure, v.Code)
	assert.False(t, v.Counted, "Windows spares both previous passwords")
	facts.Match = TwoBackMatch
	assert.False(t, JudgeLogon(policyWith(threeTries, samba), a, facts, noon).Counted)
}

func TestThresholdZeroCountsNothing(t *testing.T) {
	l, locked := FailedAttempt(DefaultPolicy(), erin(), NoMatch, noon)
	assert.Equal(t, Lockout{}, l, "A02-064, A06-050")
	assert.False(t, locked)
}

func TestWhoIsLockedStaysSoWhenTheThresholdGoes(t *testing.T) {
	a := erin(func(a *Account) { a.Lockout.LockoutTime = FileTimeOf(noon) })
	assert.Equal(t, AccountLockedOut, JudgeLogon(DefaultPolicy(), a, LogonFacts{Match: CurrentMatch}, noon).Code, "A06-049")
}

func TestADurationOfZeroIsForEver(t *testing.T) {
	a := erin(func(a *Account) { a.Lockout.LockoutTime = FileTimeOf(noon) })
	for _, d := range []Interval{0, Forever} {
		p := policyWith(func(p *Policy) { p.LockoutDuration = d })
		assert.True(t, a.Lockout.Locked(p, after(1000*day)), "A06-045..048")
		assert.Equal(t, LockoutBit, ComputedControl(p, a, after(20*day)))
	}
	p := DefaultPolicy()
	assert.False(t, a.Lockout.Locked(p, after(1000*day)))
	assert.False(t, Lockout{LockoutTime: -1}.Locked(p, noon), "A06-028")
	assert.False(t, Lockout{LockoutTime: 1}.Locked(p, noon), "A06-029")
}

func TestTheBuiltInAdministratorIsSpared(t *testing.T) {
	two := func(more ...func(*Policy)) Policy {
		return policyWith(append(more, threeTries, func(p *Policy) { p.LockoutThreshold = 2 })...)
	}
	for why, c := range map[string]struct {
		policy Policy
		count  int
		locked bool
	}{
		"Windows counts, and does not lock": {two(), 3, false},
		"unless the policy says so":         {two(func(p *Policy) { p.Properties |= LockoutAdmins }), 2, true},
		"Samba does not count (A06-051)":    {two(samba), 0, false},
	} {
		t.Run(why, func(t *testing.T) {
			a := erin(func(a *Account) { a.RID = RIDAdministrator })
			for range 3 {
				a.Lockout = JudgeLogon(c.policy, a, LogonFacts{}, noon).Lockout
			}
			assert.Equal(t, c.count, a.Lockout.BadCount)
			assert.Equal(t, c.locked, a.Lockout.Locked(c.policy, noon))
		})
	}
}

func TestWaysToUnlock(t *testing.T) {
	locked := Lockout{BadCount: 3, BadTime: FileTimeOf(noon), LockoutTime: FileTimeOf(noon)}
	free := Lockout{BadTime: FileTimeOf(noon)}
	assert.Equal(t, free, locked.Unlock(), "A06-026")
	assert.Equal(t, free, locked.AfterControlWrite(NormalAccount), "A06-031")
	assert.Equal(t, locked, locked.AfterControlWrite(NormalAccount|LockoutBit), "A06-032")
	counted := Lockout{BadCount: 2, BadTime: FileTimeOf(noon)}
	assert.Equal(t, counted, counted.AfterControlWrite(NormalAccount|AccountDisable), "who is not locked has nothing to lose")
}

func TestGraceOfThePreviousPassword(t *testing.T) {
	grace := func(d time.Duration) Policy {
		return policyWith(threeTries, func(p *Policy) { p.Switches.PreviousPasswordGrace = d })
	}
	set := func(f FileTime) Account { return erin(func(a *Account) { a.PasswordLastSet = f }) }
	for why, c := range map[string]struct {
		policy  Policy
		account Account
		facts   LogonFacts
		want    SubCode
	}{
		"right after (A06-022)":        {grace(0), set(ago(0)), LogonFacts{Match: PreviousMatch}, LogonOK},
		"an hour after":                {grace(0), set(ago(time.Hour)), LogonFacts{Match: PreviousMatch}, LogonOK},
		"a tick more":                  {grace(0), set(ago(time.Hour) - 1), LogonFacts{Match: PreviousMatch}, LogonFailure},
		"two back (A06-017)":           {grace(0), set(ago(0)), LogonFacts{Match: TwoBackMatch}, LogonFailure},
		"at the keyboard":              {grace(0), set(ago(0)), LogonFacts{Match: PreviousMatch, Kind: InteractiveLogon}, LogonFailure},
		"switched off":                 {grace(-1), set(ago(0)), LogonFacts{Match: PreviousMatch}, LogonFailure},
		"longer":                       {grace(2 * time.Hour), set(ago(90 * time.Minute)), LogonFacts{Match: PreviousMatch}, LogonOK},
		"must change has no reset day": {grace(0), set(0), LogonFacts{Match: PreviousMatch}, LogonFailure},
	} {
		t.Run(why, func(t *testing.T) {
			v := JudgeLogon(c.policy, c.account, c.facts, noon)
			assert.Equal(t, c.want, v.Code)
			assert.False(t, v.Counted)
		})
	}
}

func TestLockoutInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := policyWith(threeTries, func(p *Policy) {
			p.LockoutThreshold = rapid.IntRange(0, 5).Draw(t, "threshold")
			p.LockoutDuration = IntervalOf(time.Duration(rapid.SampledFrom([]int{0, 8, 9, 20}).Draw(t, "duration")) * time.Second)
		})
		a, now := erin(), noon
		for range rapid.IntRange(1, 40).Draw(t, "attempts") {
			now = now.Add(time.Duration(rapid.IntRange(0, 6).Draw(t, "wait")) * time.Second)
			before, wasLocked := a.Lockout, a.Lockout.Locked(p, now)
			v := JudgeLogon(p, a, LogonFacts{Match: Match(rapid.IntRange(0, 3).Draw(t, "match"))}, now)
			if wasLocked {
				assert.Equal(t, AccountLockedOut, v.Code)
				assert.Equal(t, before, v.Lockout, "a locked account does not change")
			}
			assert.Equal(t, v.Locked, !wasLocked && v.Lockout.Locked(p, now), "only an attempt that says so locks")
			assert.LessOrEqual(t, v.Lockout.BadCount, max(p.LockoutThreshold, 0))
			if v.Code == LogonOK {
				assert.Zero(t, v.Lockout.BadCount)
				assert.Zero(t, v.Lockout.LockoutTime)
			}
			a.Lockout = v.Lockout
		}
	})
}

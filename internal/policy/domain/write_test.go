package domain

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

func TestASetPasswordIsInForce(t *testing.T) {
	for kind, want := range map[WriteKind]string{Reset: "reset", HintedReset: "reset with policy hints", Change: "change", Create: "create"} {
		assert.Equal(t, want, kind.String())
		before := erin()
		after := SetPassword(DefaultPolicy(), before, write(kind, "Fr3sh!pass"), true, noon)
		assert.Equal(t, CurrentMatch, MatchPassword(after, ClearText("Fr3sh!pass")))
		assert.Equal(t, PreviousMatch, MatchPassword(after, ClearText("Curr3nt!pass")))
		assert.Equal(t, TwoBackMatch, MatchPassword(after, ClearText("Pr3vious!pass")))
		assert.Equal(t, NoMatch, MatchPassword(after, ClearText("Tw0back!pass")), "three back counts")
		assert.Equal(t, FileTimeOf(noon), after.PasswordLastSet)
		assert.Equal(t, erin(), before, "the account given is not changed")
	}
}

func TestWithoutUnexpirePasswordANewPasswordIsExpired(t *testing.T) {
	w := write(Reset, "Fr3sh!pass")
	assert.Zero(t, SetPassword(DefaultPolicy(), erin(), w, false, noon).PasswordLastSet)
	assert.Equal(t, FileTimeOf(noon), SetPassword(policyWith(samba), erin(), w, false, noon).PasswordLastSet, "D14")
}

func TestHistoryIsCutAtTheNextWrite(t *testing.T) {
	for n, want := range map[int]int{0: 0, 1: 1, 2: 2, 5: 5, 24: 5, -1: 0} {
		p := policyWith(func(p *Policy) { p.HistoryLength = n })
		assert.Len(t, SetPassword(p, erin(), write(Reset, "Fr3sh!pass"), true, noon).History, want, "length %d", n)
	}
	krbtgt := erin(func(a *Account) { a.RID = RIDKrbtgt })
	none := policyWith(func(p *Policy) { p.HistoryLength = 0 })
	assert.Len(t, SetPassword(none, krbtgt, write(Reset, "Fr3sh!pass"), true, noon).History, 3)
}

func TestACurrentPasswordOutsideOfTheHistoryStillCounts(t *testing.T) {
	none, some := policyWith(func(p *Policy) { p.HistoryLength = 0 }), policyWith(func(p *Policy) { p.MinAge = 0 })
	a := SetPassword(none, erin(), write(Reset, "Fr3sh!pass"), true, noon)
	assert.Empty(t, a.History)
	refusal, _ := JudgePassword(some, a, write(HintedReset, "Fr3sh!pass"), noon)
	assert.Equal(t, InHistory, refusal)
	a = SetPassword(some, a, write(Reset, "Fr3sh!pass2"), true, noon)
	assert.Equal(t, PreviousMatch, MatchPassword(a, ClearText("Fr3sh!pass")))
}

func TestOnlyAChangeClearsALapsedLock(t *testing.T) {
	lapsed := erin(func(a *Account) { a.Lockout = Lockout{BadCount: 3, BadTime: ago(day), LockoutTime: ago(day)} })
	assert.Equal(t, lapsed.Lockout, SetPassword(DefaultPolicy(), lapsed, write(Reset, "Fr3sh!pass"), true, noon).Lockout, "A03-100, A06-036")
	assert.Zero(t, SetPassword(DefaultPolicy(), lapsed, write(Change, "Fr3sh!pass"), true, noon).Lockout.LockoutTime)
}

func TestWritesOfPwdLastSet(t *testing.T) {
	old, now := ago(10*day), FileTimeOf(noon)
	for why, c := range map[string]struct {
		current, value, want FileTime
		ok                   bool
	}{
		"0 demands a change (A05-051)":         {old, 0, 0, true},
		"-1 ends the demand (A05-058)":         {0, -1, now, true},
		"-1 otherwise does nothing (A05-059)":  {old, -1, old, true},
		"now":                                  {old, now, old, false},
		"one (A05-053)":                        {old, 1, old, false},
		"-2":                                   {old, -2, old, false},
		"never":                                {0, Never, 0, false},
		"0 over 0 is nothing new, but allowed": {0, 0, 0, true},
	} {
		t.Run(why, func(t *testing.T) {
			stored, ok := WritePasswordLastSet(c.current, c.value, noon)
			assert.Equal(t, c.want, stored)
			assert.Equal(t, c.ok, ok)
		})
	}
}

func TestEnablingNeedsAPassword(t *testing.T) {
	bare := erin(func(a *Account) { a.HasPassword, a.Current, a.History = false, NTHash{}, nil })
	free := policyWith(simple, func(p *Policy) { p.MinLength = 0 })
	for why, c := range map[string]struct {
		policy  Policy
		account Account
		next    UAC
		want    bool
	}{
		"enabled without one":                  {DefaultPolicy(), bare, NormalAccount, true},
		"enabled without one, Samba (A07-037)": {policyWith(samba), bare, NormalAccount, false},
		"enabled with one":                     {DefaultPolicy(), erin(), NormalAccount, false},
		"enabled with an empty one":            {DefaultPolicy(), erin(func(a *Account) { a.Current = ClearText("").NTHash() }), NormalAccount, true},
		"disabled":                             {DefaultPolicy(), bare, NormalAccount | AccountDisable, false},
		"none required":                        {DefaultPolicy(), bare, NormalAccount | PasswordNotRequired, false},
		"computer":                             {DefaultPolicy(), bare, WorkstationTrustAccount, false},
		"policy takes an empty one":            {free, bare, NormalAccount, false},
		"complexity alone does not":            {policyWith(func(p *Policy) { p.MinLength = 0 }), bare, NormalAccount, true},
	} {
		assert.Equal(t, c.want, NeedsPassword(c.policy, c.account, c.next), why)
	}
}

func TestNobodyWithoutAPasswordMatches(t *testing.T) {
	bare := erin(func(a *Account) { a.HasPassword, a.Current, a.History = false, NTHash{}, nil })
	assert.Equal(t, NoMatch, MatchPassword(bare, ClearText("")), "A02-082")
}

func TestAnAcceptedChangeIsNeverRepeatedWithinTheHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 6).Draw(t, "history")
		p := policyWith(simple, func(p *Policy) { p.HistoryLength, p.MinAge, p.MinLength = n, 0, 0 })
		a := erin(func(a *Account) { a.HasPassword, a.History = false, nil })
		var used []string
		for range rapid.IntRange(1, 20).Draw(t, "writes") {
			password := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", "g", "h"}).Draw(t, "password")
			kind := WriteKind(rapid.IntRange(0, 1).Draw(t, "kind"))
			refusal, _ := JudgePassword(p, a, write(kind, password), noon)
			recent := used[max(0, len(used)-n):]
			if kind == HintedReset {
				assert.Equal(t, contains(recent, password), refusal == InHistory)
			}
			if refusal == Accepted {
				a = SetPassword(p, a, write(kind, password), true, noon)
				used = append(used, password)
			}
		}
	})
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

func TestPolicyOfAFreshDomain(t *testing.T) {
	p := DefaultPolicy()
	assert.Empty(t, p.Validate())
	assert.Equal(t, []string{"-864000000000", "-36288000000000", "-18000000000", "-18000000000"},
		[]string{p.MinAge.String(), p.MaxAge.String(), p.LockoutDuration.String(), p.LockoutWindow.String()}, "A05-001")
	assert.True(t, p.Complexity())
	assert.False(t, p.Reversible())
}

func TestLimitsOfThePolicy(t *testing.T) {
	for want, change := range map[string]func(*Policy){
		"minPwdLength is 257: set it to 0 to 256":                func(p *Policy) { p.MinLength = 257 },
		"minPwdLength is -1":                                     func(p *Policy) { p.MinLength = -1 },
		"pwdHistoryLength is 1025: set it to 0 to 1024":          func(p *Policy) { p.HistoryLength = 1025 },
		"lockoutThreshold is 65536: set it to 0 to 65535":        func(p *Policy) { p.LockoutThreshold = 65536 },
		"minPwdAge is 864000000000: durations are stored":        func(p *Policy) { p.MinAge = 864000000000 },
		"maxPwdAge is 1: durations are stored negative, set":     func(p *Policy) { p.MaxAge = 1 },
		"lockoutDuration is 1: durations":                        func(p *Policy) { p.LockoutDuration = 1 },
		"set the minimum age shorter":                            func(p *Policy) { p.MinAge = p.MaxAge },
		"lockOutObservationWindow is 1h, lockoutDuration is 30m": func(p *Policy) { p.LockoutWindow = IntervalOf(time.Hour) },
	} {
		errs := policyWith(change).Validate()
		if assert.Len(t, errs, 1, want) {
			assert.ErrorContains(t, errs[0], want)
		}
	}
	for why, change := range map[string]func(*Policy){
		"256 characters":                      func(p *Policy) { p.MinLength = 256 },
		"1024 passwords":                      func(p *Policy) { p.HistoryLength = 1024 },
		"65535 tries":                         func(p *Policy) { p.LockoutThreshold = 65535 },
		"no maximum, any minimum":             func(p *Policy) { p.MaxAge, p.MinAge = 0, IntervalOf(998*day) },
		"never, any minimum":                  func(p *Policy) { p.MaxAge, p.MinAge = Forever, IntervalOf(998*day) },
		"locked for ever, any window":         func(p *Policy) { p.LockoutDuration, p.LockoutWindow = 0, IntervalOf(day) },
		"locked for ever, the other spelling": func(p *Policy) { p.LockoutDuration, p.LockoutWindow = Forever, IntervalOf(day) },
	} {
		assert.Empty(t, policyWith(change).Validate(), why)
	}
}

func TestIntervalsReadWell(t *testing.T) {
	for want, i := range map[string]Interval{
		"0s": 0, "30m": IntervalOf(30 * time.Minute), "1d": IntervalOf(day), "42d": IntervalOf(42 * day),
		"1d12h": IntervalOf(36 * time.Hour), "1h10m": IntervalOf(70 * time.Minute), "1h0m20s": IntervalOf(time.Hour + 20*time.Second), "for ever": Forever,
	} {
		assert.Equal(t, want, days(i))
	}
}

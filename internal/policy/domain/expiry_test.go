package domain

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

func TestComputedExpiry(t *testing.T) {
	with := func(u UAC, set FileTime) Account {
		return erin(func(a *Account) { a.Control, a.PasswordLastSet = u, set })
	}
	lasting := func(i Interval, more ...func(*Policy)) Policy {
		return policyWith(append(more, func(p *Policy) { p.MaxAge = i })...)
	}
	days := func(n int) FileTime { return FileTimeOf(noon.Add(time.Duration(n) * day)) }
	for why, c := range map[string]struct {
		policy  Policy
		account Account
		expiry  FileTime
		bits    UAC
	}{
		"A05-051 must change":                {DefaultPolicy(), with(NormalAccount, 0), 0, PasswordExpiredBit},
		"A05-062 never expires":              {DefaultPolicy(), with(NormalAccount|DontExpirePassword, ago(0)), Never, 0},
		"A05-063 smart card":                 {DefaultPolicy(), with(NormalAccount|SmartcardRequired, ago(0)), Never, 0},
		"A05-064 no password required":       {DefaultPolicy(), with(NormalAccount|PasswordNotRequired, ago(0)), days(42), 0},
		"A05-065 disabled":                   {DefaultPolicy(), with(NormalAccount|AccountDisable, ago(0)), days(42), 0},
		"A05-066 maximum 0":                  {lasting(0), with(NormalAccount, ago(0)), Never, 0},
		"A05-067 maximum never":              {lasting(Forever), with(NormalAccount, ago(50*day)), Never, 0},
		"A05-068 42 days":                    {DefaultPolicy(), with(NormalAccount, ago(0)), days(42), 0},
		"A05-069 one day on Samba":           {lasting(IntervalOf(day), samba), with(NormalAccount, ago(10*day)), Never, 0},
		"A05-070 one hour on Samba":          {lasting(IntervalOf(time.Hour), samba), with(NormalAccount, ago(10*day)), Never, 0},
		"one day on Windows (D22)":           {lasting(IntervalOf(day)), with(NormalAccount, ago(0)), days(1), 0},
		"just over a day on Samba":           {lasting(IntervalOf(day)-1, samba), with(NormalAccount, ago(10*day)), days(-9) + 1, PasswordExpiredBit},
		"A05-071 fifty days old":             {DefaultPolicy(), with(NormalAccount, ago(50*day)), days(-8), PasswordExpiredBit},
		"A05-072 fifty days, never expires":  {DefaultPolicy(), with(NormalAccount|DontExpirePassword, ago(50*day)), Never, 0},
		"exactly at its age":                 {DefaultPolicy(), with(NormalAccount, ago(42*day)), days(0), 0},
		"a tick older":                       {DefaultPolicy(), with(NormalAccount, ago(42*day)-1), days(0) - 1, PasswordExpiredBit},
		"computer":                           {DefaultPolicy(), with(WorkstationTrustAccount, ago(50*day)), Never, 0},
		"computer that never set a password": {DefaultPolicy(), with(WorkstationTrustAccount, 0), Never, 0},
		"must change, never expires":         {DefaultPolicy(), with(NormalAccount|DontExpirePassword, 0), Never, 0},
	} {
		t.Run(why, func(t *testing.T) {
			assert.Equal(t, c.expiry, PasswordExpiry(c.policy, c.account))
			assert.Equal(t, c.bits, ComputedControl(c.policy, c.account, noon))
		})
	}
}

func TestAMachineNeverShowsItsLock(t *testing.T) {
	a := erin(func(a *Account) { a.Control = WorkstationTrustAccount; a.Lockout.LockoutTime = ago(0) })
	assert.Zero(t, ComputedControl(DefaultPolicy(), a, noon))
}

func TestLockedAndMustChangeShowBoth(t *testing.T) {
	a := erin(func(a *Account) { a.PasswordLastSet = 0; a.Lockout.LockoutTime = ago(0) })
	assert.Equal(t, UAC(8388624), ComputedControl(DefaultPolicy(), a, noon), "A06-037")
}

func TestTheComputedBitAgreesWithTheComputedTimeAndTheLogon(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := erin(func(a *Account) {
			a.PasswordLastSet = ago(time.Duration(rapid.IntRange(0, 100).Draw(t, "age")) * day)
			if rapid.Bool().Draw(t, "must change") {
				a.PasswordLastSet = 0
			}
			a.Control |= UAC(rapid.SampledFrom([]uint32{0, 0x10000, 0x40000}).Draw(t, "control"))
		})
		p := policyWith(func(p *Policy) {
			p.MaxAge = IntervalOf(time.Duration(rapid.IntRange(0, 60).Draw(t, "maximum")) * day)
			p.Switches.Dialect = Dialect(rapid.IntRange(0, 1).Draw(t, "dialect"))
		})
		expired := ComputedControl(p, a, noon)&PasswordExpiredBit != 0
		assert.Equal(t, PasswordExpiry(p, a) < FileTimeOf(noon), expired)
		code := JudgeLogon(p, a, LogonFacts{Match: CurrentMatch}, noon).Code
		assert.Equal(t, expired, code == PasswordExpired || code == PasswordMustChange)
	})
}

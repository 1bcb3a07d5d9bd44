package domain

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSubCodesOfALogon(t *testing.T) {
	never := make([]byte, hoursLength)
	disabled := func(a *Account) { a.Control |= AccountDisable }
	expired := func(a *Account) { a.AccountExpires = ago(time.Hour) }
	must := func(a *Account) { a.PasswordLastSet = 0 }
	old := func(a *Account) { a.PasswordLastSet = ago(50 * day) }
	hours := func(a *Account) { a.LogonHours = never }
	pc := func(a *Account) { a.Workstations = "NOSUCHPC" }
	keep := func(a *Account) { a.Control |= DontExpirePassword }
	locked := func(a *Account) { a.Lockout = Lockout{BadCount: 3, BadTime: ago(0), LockoutTime: ago(0)} }
	card := func(a *Account) { a.Control |= SmartcardRequired }
	for why, c := range map[string]struct {
		change         []func(*Account)
		windows, samba SubCode
	}{
		"nothing":                                   {nil, LogonOK, LogonOK},
		"A02-067 disabled":                          {[]func(*Account){disabled}, AccountDisabled, AccountDisabled},
		"A02-069 account expired":                   {[]func(*Account){expired}, AccountExpired, AccountExpired},
		"A02-071 must change":                       {[]func(*Account){must}, PasswordMustChange, PasswordMustChange},
		"A02-073 hours":                             {[]func(*Account){hours}, InvalidHours, InvalidHours},
		"A02-075 workstation":                       {[]func(*Account){pc}, InvalidWorkstation, InvalidWorkstation},
		"A02-084 password expired":                  {[]func(*Account){old}, PasswordExpired, PasswordExpired},
		"A02-086 password kept":                     {[]func(*Account){old, keep}, LogonOK, LogonOK},
		"A02-088 must change, password kept":        {[]func(*Account){must, keep}, LogonOK, LogonOK},
		"A02-079 smart card, old password":          {[]func(*Account){old, card}, LogonOK, LogonOK},
		"A02-090 password expired, disabled":        {[]func(*Account){old, disabled}, AccountDisabled, AccountDisabled},
		"A02-092 password expired, account expired": {[]func(*Account){old, expired}, AccountExpired, AccountExpired},
		"A02-094 password expired, hours":           {[]func(*Account){old, hours}, InvalidHours, PasswordExpired},
		"A02-110 locked, must change":               {[]func(*Account){locked, must}, AccountLockedOut, AccountLockedOut},
		"A02-112 locked, expired":                   {[]func(*Account){locked, expired}, AccountLockedOut, AccountLockedOut},
		"A02-114 locked, disabled":                  {[]func(*Account){locked, disabled}, AccountLockedOut, AccountLockedOut},
		"A02-118 disabled, expired, must change":    {[]func(*Account){disabled, expired, must}, AccountDisabled, AccountDisabled},
		"A02-120 expired, must change":              {[]func(*Account){expired, must}, AccountExpired, AccountExpired},
		"A02-122 hours, must change":                {[]func(*Account){hours, must}, InvalidHours, PasswordMustChange},
		"A02-124 hours, workstation":                {[]func(*Account){hours, pc}, InvalidHours, InvalidWorkstation},
		"A02-126 hours, expired":                    {[]func(*Account){hours, expired}, AccountExpired, AccountExpired},
		"A02-128 disabled, hours":                   {[]func(*Account){disabled, hours}, AccountDisabled, AccountDisabled},
		"workstation, must change":                  {[]func(*Account){pc, must}, InvalidWorkstation, PasswordMustChange},
		"A07-039 account expires 0":                 {[]func(*Account){func(a *Account) { a.AccountExpires = 0 }}, LogonOK, LogonOK},
		"A07-043 account expires 1":                 {[]func(*Account){func(a *Account) { a.AccountExpires = 1 }}, AccountExpired, AccountExpired},
		"A07-047 account expires -1":                {[]func(*Account){func(a *Account) { a.AccountExpires = -1 }}, LogonOK, LogonOK},
		"A07-058 logonHours of twenty octets":       {[]func(*Account){func(a *Account) { a.LogonHours = make([]byte, 20) }}, LogonOK, LogonOK},
		"A07-054 logonHours all ones":               {[]func(*Account){func(a *Account) { a.LogonHours = []byte(strings.Repeat("\xff", 21)) }}, LogonOK, LogonOK},
		"expires this very moment":                  {[]func(*Account){func(a *Account) { a.AccountExpires = ago(0) }}, LogonOK, LogonOK},
	} {
		t.Run(why, func(t *testing.T) {
			a := erin(c.change...)
			right := LogonFacts{Match: CurrentMatch}
			assert.Equal(t, c.windows.String(), JudgeLogon(DefaultPolicy(), a, right, noon).Code.String())
			assert.Equal(t, c.samba.String(), JudgeLogon(policyWith(samba), a, right, noon).Code.String())

			v := JudgeLogon(DefaultPolicy(), a, LogonFacts{}, noon)
			want := LogonFailure
			if a.Lockout.LockoutTime != 0 {
				want = AccountLockedOut
			}
			assert.Equal(t, want, v.Code, "a wrong password hides everything but the lock")
		})
	}
}

func TestSubCodesReadAsInADiagnostic(t *testing.T) {
	for want, c := range map[string]SubCode{
		"525": NoSuchUser, "52e": LogonFailure, "530": InvalidHours, "531": InvalidWorkstation, "532": PasswordExpired,
		"533": AccountDisabled, "701": AccountExpired, "773": PasswordMustChange, "775": AccountLockedOut,
	} {
		assert.Equal(t, want, c.String())
	}
	assert.Equal(t, LogonFailure, UnknownUser(Switches{}), "A02-056..060")
	assert.Equal(t, NoSuchUser, UnknownUser(Switches{OldestSubCodes: true}))
}

func TestAFailedLogonOfADisabledAccountCounts(t *testing.T) {
	a := erin(func(a *Account) { a.Control |= AccountDisable })
	v := JudgeLogon(policyWith(threeTries), a, LogonFacts{}, noon)
	assert.True(t, v.Counted, "A02-109")
	v = JudgeLogon(policyWith(threeTries), a, LogonFacts{Match: CurrentMatch}, noon)
	assert.False(t, v.Counted, "A02-118")
	assert.Equal(t, a.Lockout, v.Lockout)
}

func TestALogonExplainsItselfUpToTheRefusal(t *testing.T) {
	a := erin(func(a *Account) { a.AccountExpires = ago(time.Hour) })
	v := JudgeLogon(DefaultPolicy(), a, LogonFacts{Match: CurrentMatch, Explain: true}, noon)
	require.Equal(t, AccountExpired, v.Code)
	var names []string
	for _, c := range v.Checks {
		names = append(names, c.Name+" "+string(c.Verdict))
	}
	assert.Equal(t, []string{"lockout passed", "password passed", "enabled passed", "account-expiry failed"}, names)
	last := v.Checks[len(v.Checks)-1]
	assert.Equal(t, []Fact{{"accountExpires", "2026-03-04T11:00:00.0000000Z"}}, last.Input)
	assert.Equal(t, "data 701", last.Detail)
	assert.NotEmpty(t, last.Remedy)

	all := JudgeLogon(DefaultPolicy(), erin(), LogonFacts{Match: CurrentMatch, Explain: true}, noon)
	assert.Len(t, all.Checks, len(windowsOrder))
	assert.Empty(t, JudgeLogon(DefaultPolicy(), erin(), LogonFacts{Match: CurrentMatch}, noon).Checks)
}

func TestLogonHoursAreUTCFromSundayLeastSignificantBitFirst(t *testing.T) {
	office, err := hex.DecodeString(strings.ReplaceAll("00 00 00 00 ff 03 00 ff 03 00 ff 03 00 ff 03 00 ff 03 00 00 00", " ", ""))
	require.NoError(t, err)
	sunday := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for h := range 7 * 24 {
		moment := sunday.Add(time.Duration(h)*time.Hour + 59*time.Minute)
		want := moment.Weekday() >= time.Monday && moment.Weekday() <= time.Friday && moment.Hour() >= 8 && moment.Hour() < 18
		assert.Equal(t, want, HourAllowed(office, moment), moment)
		assert.Equal(t, want, HourAllowed(office, moment.In(time.FixedZone("far away", 13*3600))), "the zone does not matter")
	}
	assert.True(t, HourAllowed(nil, noon))
	assert.False(t, HourAllowed(make([]byte, 21), noon))
	assert.NoError(t, ValidateHours(office))
	assert.Error(t, ValidateHours(office[:20]))
}

func TestWorkstations(t *testing.T) {
	for why, c := range map[string]struct {
		list, from string
		want       bool
	}{
		"no list":                        {"", "", true},
		"no workstation (A07-066)":       {"PC1", "", false},
		"another one":                    {"PC1,PC2", "PC3", false},
		"the second":                     {"PC1,PC2", "pc2", true},
		"space after the comma":          {"PC1, PC2", "PC2", true},
		"DNS name for a NetBIOS name":    {"PC1", "pc1.corp.northlight.example", true},
		"NetBIOS name for a DNS name":    {"pc1.corp.northlight.example", "PC1", true},
		"two DNS names must be the same": {"pc1.corp.northlight.example", "pc1.other.example", false},
		"empty names name nobody":        {",PC1", "", false},
		"a prefix is not enough":         {"PC11", "PC1", false},
	} {
		assert.Equal(t, c.want, WorkstationAllowed(c.list, c.from), why)
	}
	for list, ok := range map[string]bool{
		"": true, "PC1": true, "PC1,PC2": true, ",PC1": false, "PC1,": false, strings.Repeat("A", 30): false,
		strings.Repeat("A", 30) + ".example": true, strings.Repeat("PC1,", 300) + "PC1": false,
	} {
		assert.Equal(t, ok, ValidateWorkstations(list) == nil, list)
	}
}

func BenchmarkJudgeLogon(b *testing.B) {
	p, a := DefaultPolicy(), erin()
	b.ReportAllocs()
	for b.Loop() {
		if v := JudgeLogon(p, a, LogonFacts{Match: CurrentMatch}, noon); v.Code != LogonOK {
			b.Fatal(v.Code)
		}
	}
}

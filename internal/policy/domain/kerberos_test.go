package domain

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// The table of AD reference 12.3; which event tells an error: pages "4768(S, F)"
// and "4771(F)" of Microsoft's security auditing reference.
func TestKerberosErrors(t *testing.T) {
	for code, want := range map[SubCode]struct {
		status    string
		preauth   bool
		otherwise string
	}{
		LogonOK:            {"0x0", false, "a ticket"},
		NoSuchUser:         {"0x6", false, "unknown principal"},
		LogonFailure:       {"0x18", true, "wrong password"},
		InvalidHours:       {"0x12", true, "logon hours"},
		InvalidWorkstation: {"0xc", false, "KDC_ERR_POLICY"},
		AccountDisabled:    {"0x12", true, "disabled"},
		AccountExpired:     {"0x12", true, "account expired"},
		AccountLockedOut:   {"0x12", true, "locked out"},
		PasswordExpired:    {"0x17", true, "password expired"},
		PasswordMustChange: {"0x17", true, "must change"},
	} {
		e := code.Kerberos()
		assert.Equal(t, want.status, e.String(), want.otherwise)
		assert.Equal(t, want.preauth, e.Preauthentication(), want.otherwise)
	}
}

// Windows tells disabled, expired and locked on the first request, before any
// proof (AD reference 12.3); a bind tells them to those who know the password.
func TestAKeyDistributionCentreLooksAtTheAccountFirst(t *testing.T) {
	for why, c := range map[string]struct {
		change         func(*Account)
		bind, kerberos SubCode
	}{
		"disabled":    {func(a *Account) { a.Control |= AccountDisable }, LogonFailure, AccountDisabled},
		"expired":     {func(a *Account) { a.AccountExpires = ago(time.Hour) }, LogonFailure, AccountExpired},
		"must change": {func(a *Account) { a.PasswordLastSet = 0 }, LogonFailure, LogonFailure},
		"nothing":     {func(*Account) {}, LogonFailure, LogonFailure},
	} {
		t.Run(why, func(t *testing.T) {
			p, a := policyWith(threeTries), erin(c.change)
			assert.Equal(t, c.bind, JudgeLogon(p, a, LogonFacts{}, noon).Code)
			v := JudgeLogon(p, a, LogonFacts{Kind: KerberosLogon}, noon)
			assert.Equal(t, c.kerberos, v.Code)
			assert.Equal(t, c.kerberos == LogonFailure, v.Counted, "only a wrong password counts")
		})
	}
}

// What Samba's key distribution centre answered (observations A12-001 to
// A12-023): after the proof, where Windows tells before it. These have no exchange
// of the conformance suite, which speaks LDAP.
func TestSambasKeyDistributionCentreAsksForTheProofFirst(t *testing.T) {
	locked := func(a *Account) {
		a.Lockout = Lockout{BadCount: 3, BadTime: FileTimeOf(noon), LockoutTime: FileTimeOf(noon)}
	}
	for id, c := range map[string]struct {
		change func(*Account)
		match  Match
		want   KerberosError
	}{
		"A12-001": {func(*Account) {}, CurrentMatch, KerberosOK},
		"A12-002": {func(*Account) {}, NoMatch, PreauthFailed},
		"A12-006": {func(a *Account) { a.Control |= AccountDisable }, CurrentMatch, ClientRevoked},
		"A12-007": {func(a *Account) { a.Control |= AccountDisable }, NoMatch, PreauthFailed},
		"A12-008": {func(a *Account) { a.AccountExpires = ago(time.Hour) }, CurrentMatch, ClientRevoked},
		"A12-009": {func(a *Account) { a.AccountExpires = ago(time.Hour) }, NoMatch, PreauthFailed},
		"A12-010": {func(a *Account) { a.PasswordLastSet = 0 }, CurrentMatch, KeyExpired},
		"A12-011": {func(a *Account) { a.PasswordLastSet = 0 }, NoMatch, PreauthFailed},
		"A12-012": {func(a *Account) { a.PasswordLastSet = ago(50 * day) }, CurrentMatch, KeyExpired},
		"A12-013": {func(a *Account) { a.PasswordLastSet = ago(50 * day) }, NoMatch, PreauthFailed},
		"A12-014": {func(a *Account) { a.LogonHours = make([]byte, 21) }, CurrentMatch, ClientRevoked},
		"A12-015": {func(a *Account) { a.LogonHours = make([]byte, 21) }, NoMatch, PreauthFailed},
		"A12-016": {func(a *Account) { a.Workstations = "NOSUCHPC" }, CurrentMatch, KerberosOK},
		"A12-017": {func(a *Account) { a.Workstations = "NOSUCHPC" }, NoMatch, PreauthFailed},
		"A12-022": {locked, NoMatch, ClientRevoked},
		"A12-023": {locked, CurrentMatch, ClientRevoked},
	} {
		v := JudgeLogon(policyWith(threeTries, samba), erin(c.change), LogonFacts{Kind: KerberosLogon, Match: c.match, Workstation: "LAPTOP7"}, noon)
		assert.Equal(t, c.want, v.Code.Kerberos(), id)
	}
	p, a := policyWith(threeTries, samba), erin()
	for i, id := range []string{"A12-019", "A12-020", "A12-021"} {
		v := JudgeLogon(p, a, LogonFacts{Kind: KerberosLogon}, noon)
		a.Lockout = v.Lockout
		assert.Equal(t, PreauthFailed, v.Code.Kerberos(), id)
		assert.Equal(t, i+1, a.Lockout.BadCount, id)
	}
	assert.NotZero(t, a.Lockout.LockoutTime, "A12-021")
	assert.Equal(t, AccountLockedOut, JudgeLogon(p, a, LogonFacts{Match: CurrentMatch}, noon).Code, "A12-024: a bind, too")
}

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

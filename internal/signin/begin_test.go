package signin_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/signin"
)

// "Microsoft Entra authentication and authorization error codes" and
// "Troubleshoot Microsoft Entra pass-through authentication" (Microsoft Learn).
func TestFirstCredential(t *testing.T) {
	pta := func(subCode string, down error) func(p *people) {
		return func(p *people) {
			p.account.Hosting, p.subCode, p.down = policy.PassThrough, subCode, down
		}
	}
	for name, c := range map[string]struct {
		lab      func(p *people)
		password string
		step     signin.Step
		message  signin.Message
		log      []int
	}{
		"the right password signs in":                  {password: right, step: signin.StepSignedIn, log: []int{0}},
		"a wrong password is 50126":                    {password: "no", step: signin.StepEnter, message: signin.MsgWrongPassword, log: []int{50126}},
		"a hash-synchronised password is asked here":   {lab: func(p *people) { p.account.Hosting = policy.PasswordSync }, password: right, step: signin.StepSignedIn, log: []int{0}},
		"a temporary password is 50055 and is changed": {lab: func(p *people) { p.account.MustChange = true }, password: right, step: signin.StepChange, log: []int{50055}},
		"an expired password is 50055 and is changed": {lab: func(p *people) {
			p.settings.Expiry.ValidityDays, p.account.PasswordChanged = 90, time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
		}, password: right, step: signin.StepChange, log: []int{50055}},
		"a disabled account is 50057":                  {lab: func(p *people) { p.account.AccountEnabled = false }, password: right, step: signin.StepEnter, message: signin.MsgDisabled, log: []int{50057}},
		"a disabled account with a wrong one is 50126": {lab: func(p *people) { p.account.AccountEnabled = false }, password: "no", step: signin.StepEnter, message: signin.MsgWrongPassword, log: []int{50126}},
		"federated people go to their provider":        {lab: func(p *people) { p.account.Hosting = policy.Federated }, password: right, step: signin.StepFederated, message: signin.MsgElsewhere},
		"pass-through: the controller accepts":         {lab: pta("", nil), password: "any", step: signin.StepSignedIn, log: []int{0}},
		"pass-through: 52e is 50126":                   {lab: pta("52e", nil), password: "any", step: signin.StepEnter, message: signin.MsgWrongPassword, log: []int{50126}},
		"pass-through: 525 is 80004":                   {lab: pta("525", nil), password: "any", step: signin.StepEnter, message: signin.MsgWrongPassword, log: []int{80004}},
		"pass-through: 532 is 50144 and is changed":    {lab: pta("532", nil), password: "any", step: signin.StepChange, log: []int{50144}},
		"pass-through: 773 is 50144 and is changed":    {lab: pta("773", nil), password: "any", step: signin.StepChange, log: []int{50144}},
		"pass-through: 533 is 50057":                   {lab: pta("533", nil), password: "any", step: signin.StepEnter, message: signin.MsgDisabled, log: []int{50057}},
		"pass-through: 775 is 50053":                   {lab: pta("775", nil), password: "any", step: signin.StepEnter, message: signin.MsgLocked, log: []int{50053}},
		"pass-through: 530 is 80012":                   {lab: pta("530", nil), password: "any", step: signin.StepEnter, message: signin.MsgHours, log: []int{80012}},
		"pass-through: an unknown refusal is 80007":    {lab: pta("5ff", nil), password: "any", step: signin.StepEnter, message: signin.MsgTryLater, log: []int{80007}},
		"pass-through: nobody answers is 80001":        {lab: pta("", errors.New("refused")), password: "any", step: signin.StepEnter, message: signin.MsgTryLater, log: []int{80001}},
		"pass-through: too slow is 80002":              {lab: pta("", fmt.Errorf("dialling: %w", context.DeadlineExceeded)), password: "any", step: signin.StepEnter, message: signin.MsgTryLater, log: []int{80002}},
		"Conditional Access blocks with 53003": {lab: func(p *people) {
			p.settings.SignIn.Access = []policy.AccessPolicy{{State: policy.AccessEnabled, IncludeUsers: []string{"All"}, Block: true}}
		}, password: right, step: signin.StepRefused, log: []int{53003}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, c.lab)
			v := l.begin(t, c.password, home)
			assert.Equal(t, c.step, v.Step)
			assert.Equal(t, c.message, v.Message)
			assert.Equal(t, c.log, l.codes())
		})
	}
}

func TestUnknownPeopleAreToldWhatAWrongPasswordIs(t *testing.T) {
	l := newLab(t, nil)
	v, err := l.Begin(t.Context(), signin.BeginInput{UserID: "nobody@northlight.example", Password: secret.New("x"), IPAddress: home})
	require.NoError(t, err)
	known := l.begin(t, "x", home)
	v.User, v.CorrelationID, known.User, known.CorrelationID = "", "", "", ""
	known.Locale = v.Locale
	assert.Equal(t, known, v)
	assert.Equal(t, []int{50034, 50126}, l.codes(), "the log knows the difference")
	assert.Equal(t, 2, l.people.checks, "as much work was done")
}

// howto-password-smart-lockout; reference 6.3.
func TestSmartLockout(t *testing.T) {
	guess := func(t *testing.T, l *lab, n int, from string) (last signin.View) {
		t.Helper()
		for i := range n {
			last = l.begin(t, fmt.Sprintf("wrong %d %s", i, l.now), from)
		}
		return last
	}
	t.Run("ten wrong passwords lock, and then the right one is refused unseen", func(t *testing.T) {
		l := newLab(t, nil)
		assert.Equal(t, signin.MsgWrongPassword, guess(t, l, 10, away).Message)
		seen := l.people.checks
		v := l.begin(t, right, away)
		assert.Equal(t, signin.MsgLocked, v.Message)
		assert.Equal(t, signin.CodeLocked, v.Code)
		assert.Equal(t, l.now.Add(time.Minute), v.LockedUntil)
		assert.Equal(t, seen, l.people.checks)
	})
	t.Run("the same wrong password does not count again", func(t *testing.T) {
		l := newLab(t, nil)
		for range 30 {
			l.begin(t, "the old one", away)
		}
		assert.Equal(t, signin.StepSignedIn, l.begin(t, right, away).Step)
	})
	t.Run("with pass-through authentication it does", func(t *testing.T) {
		l := newLab(t, func(p *people) { p.account.Hosting, p.subCode = policy.PassThrough, "52e" })
		for range 10 {
			l.begin(t, "the old one", away)
		}
		assert.Equal(t, signin.MsgLocked, l.begin(t, "the old one", away).Message)
	})
	t.Run("an attacker elsewhere does not lock out the person at home", func(t *testing.T) {
		l := newLab(t, nil)
		require.Equal(t, signin.StepSignedIn, l.begin(t, right, home).Step)
		guess(t, l, 10, away)
		assert.Equal(t, signin.MsgLocked, l.begin(t, right, away).Message)
		assert.Equal(t, signin.StepSignedIn, l.begin(t, right, home).Step)
	})
	t.Run("lockouts grow, and the first wrong password after one locks again", func(t *testing.T) {
		l := newLab(t, nil)
		guess(t, l, 10, away)
		l.now = l.now.Add(time.Minute)
		guess(t, l, 1, away)
		assert.Equal(t, l.now.Add(2*time.Minute), l.begin(t, right, away).LockedUntil)
	})
	t.Run("guesses at once have no more than guesses in turn", func(t *testing.T) {
		l := newLab(t, nil)
		var meanwhile policy.LockoutState
		l.people.looking = func() { // ten others fail while this one is looked at
			l.people.looking = nil
			guess(t, l, 10, away)
			meanwhile = l.people.account.Lockout
		}
		assert.Equal(t, signin.MsgLocked, l.begin(t, right, away).Message)
		assert.Equal(t, meanwhile, l.people.account.Lockout, "the right one ends no lockout")
	})
	t.Run("a directory that does not answer counts nothing", func(t *testing.T) {
		l := newLab(t, func(p *people) { p.account.Hosting, p.down = policy.PassThrough, errors.New("down") })
		guess(t, l, 20, away)
		assert.Zero(t, l.people.account.Lockout)
	})
}

// howto-authentication-temporary-access-pass; reference 5.6.
func TestTemporaryAccessPass(t *testing.T) {
	begin := func(t *testing.T, l *lab, pass string) signin.View {
		t.Helper()
		v, err := l.Begin(t.Context(), signin.BeginInput{UserID: "alice@northlight.example", Password: secret.New(pass), Pass: true, IPAddress: home})
		require.NoError(t, err)
		return v
	}
	with := func(why policy.TAPUsability, more ...func(p *people)) func(p *people) {
		return func(p *people) {
			p.pass, p.passWhy, p.account.PassEnds = secret.New("Harbour+7"), why, time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
			for _, m := range more {
				m(p)
			}
		}
	}
	for name, c := range map[string]struct {
		lab     func(p *people)
		pass    string
		step    signin.Step
		message signin.Message
		log     []int
	}{
		"a right pass signs in and is a second factor": {with(policy.TAPEnabled, mfa), "Harbour+7", signin.StepSignedIn, "", []int{0}},
		"federated people may use one":                 {with(policy.TAPEnabled, func(p *people) { p.account.Hosting = policy.Federated }), "Harbour+7", signin.StepSignedIn, "", []int{0}},
		"a wrong pass":                                 {with(policy.TAPEnabled), "no", signin.StepEnter, signin.MsgWrongPass, []int{130503}},
		"nobody issued one":                            {nil, "no", signin.StepEnter, signin.MsgWrongPass, []int{130507}},
		"guests have none":                             {with(policy.TAPEnabled, func(p *people) { p.account.Guest = policy.InvitedGuest }), "Harbour+7", signin.StepEnter, signin.MsgWrongPass, []int{130507}},
		"it has expired":                               {with(policy.TAPExpired), "Harbour+7", signin.StepEnter, signin.MsgPassEnded, []int{130504}},
		"it was used":                                  {with(policy.TAPOneTimeUsed), "Harbour+7", signin.StepEnter, signin.MsgPassEnded, []int{130502}},
		"the policy forbids it":                        {with(policy.TAPDisabled), "Harbour+7", signin.StepEnter, signin.MsgPassEnded, []int{130502}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, c.lab)
			v := begin(t, l, c.pass)
			assert.Equal(t, c.step, v.Step)
			assert.Equal(t, c.message, v.Message)
			assert.Equal(t, c.log, l.codes())
		})
	}
	t.Run("the session ends with the pass", func(t *testing.T) {
		l := newLab(t, with(policy.TAPEnabled))
		assert.Equal(t, l.people.account.PassEnds, begin(t, l, "Harbour+7").ExpiresAt)
	})
	t.Run("guessing a pass comes to an end", func(t *testing.T) {
		l := newLab(t, with(policy.TAPEnabled))
		for range 10 {
			begin(t, l, "no")
		}
		assert.Equal(t, signin.MsgLocked, begin(t, l, "Harbour+7").Message)
	})
}

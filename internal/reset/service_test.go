package reset_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/clock"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/strength"
)

const (
	alice = "alice@northlight.example" // hybrid, e-mail and an app
	carol = "carol@northlight.example" // cloud-only
	// p1 is the service plan AAD_PREMIUM (licensing).
	p1           = "41781fb2-bc02-4b7c-bd55-b576c07bb09d"
	goodPassword = "Rabbit-hole7!"
)

// A world is a reset service with everything around it in memory.
type world struct {
	*reset.Service
	clock    *clock.Clock
	people   *people
	agent    *agent
	outbox   map[string]string // address: last code
	notified []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	source := chance.New(1)
	w := &world{clock: clock.New(func() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) }), outbox: map[string]string{}}
	w.people = newPeople()
	w.agent = &agent{status: policy.WritebackRunning, verdict: reset.Written}
	w.Service = &reset.Service{
		Sessions: reset.NewMemorySessions(), People: w.people, Passwords: w.people, Current: w.people, OnPremises: w.agent,
		Proofs:   &challenge.Service{Courier: courier{w}, Credentials: w.people, Now: w.clock.Now, Stream: source.Stream},
		Notifier: notifier{w}, Journal: journal.New(w.clock.Now), Now: w.clock.Now,
		NewID: func(kind string) string { return chance.GUID(source.Next(kind)) },
	}
	return w
}

// begin opens a session, over the trouble page if there is one.
func (w *world) begin(t *testing.T, user string) reset.View {
	t.Helper()
	v, err := w.Begin(t.Context(), reset.BeginInput{UserID: user, Cookies: true, IPAddress: "203.0.113.7"})
	require.NoError(t, err)
	if v.Step == reset.StepTrouble {
		v, err = w.ChooseTrouble(t.Context(), v.SessionID, policy.Reset)
		require.NoError(t, err)
	}
	return v
}

// proveByEmail passes a gate with the code that was mailed.
func (w *world) proveByEmail(t *testing.T, v reset.View) reset.View {
	t.Helper()
	v, err := w.StartProof(t.Context(), v.SessionID, policy.Email, "")
	require.NoError(t, err)
	require.Equal(t, reset.MsgCodeSent, v.Message)
	return w.answer(t, v, w.outbox["a.long@mail.example"])
}

func (w *world) answer(t *testing.T, v reset.View, code string) reset.View {
	t.Helper()
	v, err := w.AnswerProof(t.Context(), v.SessionID, []secret.Text{secret.New(code)})
	require.NoError(t, err)
	return v
}

func (w *world) choose(t *testing.T, v reset.View, password string) reset.View {
	t.Helper()
	v, err := w.ChoosePassword(t.Context(), v.SessionID, secret.New(password), secret.New(password))
	require.NoError(t, err)
	return v
}

func (w *world) record(t *testing.T, v reset.View) journal.Attempt {
	t.Helper()
	a, ok := w.Journal.Attempt(v.CorrelationID)
	require.True(t, ok)
	return a
}

// The meter stands where the cloud knows the rules, and asking it leaves no
// trace: no record, no count, no change of the session.
func TestWeighingAPasswordLeavesNoTrace(t *testing.T) {
	w := newWorld(t)
	v := w.proveByEmail(t, w.begin(t, carol))
	require.True(t, v.StrengthMeter)
	refused := w.choose(t, v, "aB3")
	require.Equal(t, reset.MsgPasswordRefused, refused.Message)
	before, records := w.record(t, v), len(w.Journal.Records(journal.Query{}))
	for candidate, want := range map[string]strength.Score{
		"": strength.NotMeasured, "carol@northlight.example": strength.VeryWeak, "Violet-Anchor-53": strength.Strong,
	} {
		got, err := w.Weigh(t.Context(), v.SessionID, secret.New(candidate))
		require.NoError(t, err)
		assert.Equal(t, want, got.Strength, candidate)
		assert.Equal(t, reset.StepPassword, got.Step)
		assert.Empty(t, got.Message, "not what was said of the password before")
	}
	assert.Equal(t, before, w.record(t, v))
	assert.Len(t, w.Journal.Records(journal.Query{}), records)
	again, err := w.View(t.Context(), v.SessionID)
	require.NoError(t, err)
	assert.Equal(t, refused, again, "the session is as it was")
}

func TestNothingIsWeighedWhereThereIsNoMeter(t *testing.T) {
	w := newWorld(t)
	synced := w.proveByEmail(t, w.begin(t, alice))
	early := w.begin(t, carol)
	for why, id := range map[string]string{"written back": synced.SessionID, "before the gate": early.SessionID, "no session": "gone"} {
		v, err := w.Weigh(t.Context(), id, secret.New("Violet-Anchor-53"))
		require.NoError(t, err, why)
		assert.Equal(t, strength.NotMeasured, v.Strength, why)
	}
}

func TestHybridPersonResetsAndBothDirectoriesKnow(t *testing.T) {
	w := newWorld(t)
	v := w.begin(t, alice)
	require.Equal(t, reset.StepVerify, v.Step)
	before := v.SessionID
	v = w.proveByEmail(t, v)
	require.Equal(t, reset.StepPassword, v.Step)
	assert.NotEqual(t, before, v.SessionID, "the session is renewed at the gate")
	assert.False(t, v.StrengthMeter, "the cloud does not know the AD policy")

	v = w.choose(t, v, goodPassword)
	require.Equal(t, reset.StepDone, v.Step)
	require.Len(t, w.agent.writes, 1)
	assert.Equal(t, goodPassword, w.agent.writes[0].New.Reveal())
	assert.Equal(t, goodPassword, w.people.passwords[alice])
	assert.Equal(t, []string{alice}, w.notified)

	a := w.record(t, v)
	assert.Equal(t, journal.Done, a.Outcome)
	assert.Empty(t, a.Cause)
	var said []string
	for _, r := range w.Journal.Records(journal.Query{Channel: journal.Audit}) {
		assert.Equal(t, v.CorrelationID, r.CorrelationID)
		said = append(said, r.Audit.ActivityDisplayName+": "+r.Audit.ResultReason)
	}
	flow := journal.ActivityFlow + ": "
	assert.Equal(t, []string{
		flow + "User submitted their user ID",
		flow + "User was presented with verification options",
		flow + "User started the email verification option",
		flow + "User completed the email verification option",
		flow + "User completed all verification steps required",
		flow + "User submitted a new password",
		"Reset user password: ",
		"Update StsRefreshTokenValidFrom Timestamp: ",
		"Reset password (self-service): Successfully completed reset.",
		flow + "User successfully reset password",
	}, said)
}

func TestTheOldSessionIDIsWorthNothingAfterTheGate(t *testing.T) {
	w := newWorld(t)
	v := w.begin(t, carol)
	old := v.SessionID
	w.proveByEmail(t, v)
	got, err := w.View(t.Context(), old)
	require.NoError(t, err)
	assert.Equal(t, reset.StepEnded, got.Step)
}

func TestRefusedPasswordKeepsTheGates(t *testing.T) {
	refusals := map[string]struct {
		user     string
		password string
		verdict  reset.WriteVerdict
		reason   policy.PasswordReason
	}{
		"too short for the cloud":            {carol, "aB3", reset.Written, policy.PasswordTooShort},
		"too simple for the cloud":           {carol, "rabbitholes", reset.Written, policy.PasswordComplexity},
		"banned, although AD would take it":  {alice, "Password1", reset.Written, policy.PasswordBannedGlobal},
		"refused by the policy on-premises":  {alice, goodPassword, reset.RefusedByPolicy, policy.PasswordRefusedByAD},
		"too few points, before AD is asked": {alice, "xK9!", reset.RefusedByPolicy, policy.PasswordBannedGlobal},
	}
	for name, tc := range refusals {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.agent.verdict = tc.verdict
			v := w.choose(t, w.proveByEmail(t, w.begin(t, tc.user)), tc.password)
			require.Equal(t, reset.StepPassword, v.Step)
			assert.Equal(t, reset.MsgPasswordRefused, v.Message)
			assert.Equal(t, tc.reason, v.PasswordReason)
			assert.Equal(t, journal.Refused, w.record(t, v).Outcome)
			assert.NotEmpty(t, w.record(t, v).Cause)
			assert.NotEmpty(t, w.record(t, v).Remedy)

			w.agent.verdict = reset.Written
			v = w.choose(t, v, "Quite-another.9Horse")
			assert.Equal(t, reset.StepDone, v.Step)
			assert.Equal(t, journal.Done, w.record(t, v).Outcome)
			assert.Empty(t, w.record(t, v).Cause, "the record ends well")
		})
	}
}

func TestWhatThePersonSeesWhenTheWriteFails(t *testing.T) {
	failures := map[reset.WriteVerdict]struct {
		code    policy.Code
		outcome journal.Outcome
	}{
		reset.NoPermission:    {policy.CodeOnPremisesAdmin, journal.Failed},
		reset.NotFound:        {policy.CodeOnPremisesAdmin, journal.Failed},
		reset.AccountDisabled: {policy.CodeOnPremisesAdmin, journal.Failed},
		reset.CannotDecrypt:   {policy.CodeOnPremisesAdmin, journal.Failed},
		reset.Unreachable:     {policy.CodeOnPremisesConnection, journal.Failed},
		reset.AnswerLost:      {policy.CodeOnPremisesConnection, journal.Unknown},
	}
	for verdict, want := range failures {
		t.Run(string(verdict), func(t *testing.T) {
			w := newWorld(t)
			w.agent.verdict = verdict
			v := w.choose(t, w.proveByEmail(t, w.begin(t, alice)), goodPassword)
			assert.Equal(t, reset.StepError, v.Step)
			assert.Equal(t, want.code, v.Code)
			assert.Equal(t, want.outcome, w.record(t, v).Outcome)
			assert.Empty(t, w.people.passwords[alice], "the cloud keeps the old password")
			assert.Empty(t, w.notified)
		})
	}
}

// SSPR reference 1.7, 6.2: what the cloud is not given at once.
func TestWhatOnlyTheDirectoryLearns(t *testing.T) {
	for name, c := range map[string]struct {
		hosting  policy.Hosting
		password string
		cloud    bool
	}{
		"hash-synchronised":                   {policy.PasswordSync, goodPassword, true},
		"federated":                           {policy.Federated, goodPassword, false},
		"characters that the cloud takes not": {policy.PasswordSync, "Größe-Kabel.9", false},
	} {
		w := newWorld(t)
		p := w.people.persons[alice]
		p.Hosting = c.hosting
		w.people.persons[alice] = p
		v := w.choose(t, w.proveByEmail(t, w.begin(t, alice)), c.password)
		assert.Equal(t, reset.StepDone, v.Step, name)
		require.Len(t, w.agent.writes, 1, name)
		assert.Equal(t, c.cloud, w.people.passwords[alice] != "", name)
	}
}

// SSPR reference 6.3: during a lockout no password is looked at.
func TestAChangeDuringSmartLockoutIsRefused(t *testing.T) {
	w := newWorld(t)
	w.people.passwords[carol], w.people.lockedUntil = "Old-secret.1", w.clock.Now().Add(time.Minute)
	got, err := w.ChangePassword(t.Context(), reset.ChangeInput{
		PersonID: carol, Current: secret.New("Old-secret.1"), New: secret.New(goodPassword), Confirmation: secret.New(goodPassword),
	})
	require.NoError(t, err)
	assert.False(t, got.Done)
	assert.Equal(t, "smart-lockout", got.Cause)
	assert.Equal(t, "Old-secret.1", w.people.passwords[carol])
}

func TestADKnowsAndTheCloudDoesNot(t *testing.T) {
	w := newWorld(t)
	w.people.setFails = errors.New("throttled")
	v := w.choose(t, w.proveByEmail(t, w.begin(t, alice)), goodPassword)
	assert.Equal(t, reset.StepDone, v.Step)
	assert.Equal(t, reset.MsgWaitMinutes, v.Message)
	assert.Equal(t, journal.Partial, w.record(t, v).Outcome)
}

func TestTwoGatesExcludeTheFirstMethod(t *testing.T) {
	w := newWorld(t)
	w.people.settings.Reset.Gates = 2
	v := w.proveByEmail(t, w.begin(t, alice))
	require.Equal(t, reset.StepVerify, v.Step)
	assert.Equal(t, 2, v.Gate)
	for _, o := range v.Offers {
		assert.NotEqual(t, policy.Email, o.Method)
	}
	v, err := w.StartProof(t.Context(), v.SessionID, policy.Email, "")
	require.NoError(t, err)
	assert.Equal(t, reset.MsgMethodNotOffered, v.Message)

	v, err = w.StartProof(t.Context(), v.SessionID, policy.AppCode, "")
	require.NoError(t, err)
	v = w.answer(t, v, totp)
	assert.Equal(t, reset.StepPassword, v.Step)
}

// SSPR reference 2.1, 2.4: after the migration the Authentication methods policy
// has an entry for each kind of app. Codes are offered for the sake of one app,
// and those of the others pass no gate.
func TestTheCodeOfAnAppThatThePolicyForbidsIsWrong(t *testing.T) {
	for authenticator, want := range map[bool]reset.Step{true: reset.StepPassword, false: reset.StepVerify} {
		w := newWorld(t)
		w.people.settings.Methods = policy.MethodsPolicy{Migration: policy.MigrationComplete, Configs: map[string]policy.MethodConfig{
			policy.ConfigAuthenticator: {Enabled: true, Include: []string{policy.AllUsers}, SoftwareOATH: authenticator},
			policy.ConfigSoftwareOATH:  {Enabled: true, Include: []string{policy.AllUsers}},
		}}
		p := w.people.persons[alice]
		p.Apps = append(p.Apps, policy.App{ID: "other", Kind: policy.SoftwareOATH})
		w.people.persons[alice] = p
		v, err := w.StartProof(t.Context(), w.begin(t, alice).SessionID, policy.AppCode, "")
		require.NoError(t, err)
		require.NotNil(t, v.Challenge, "codes are offered")
		assert.Equal(t, want, w.answer(t, v, totp).Step, "codes of the Authenticator allowed: %v", authenticator)
	}
}

func TestGatesRaisedMeanwhileAreDemanded(t *testing.T) {
	w := newWorld(t)
	v := w.proveByEmail(t, w.begin(t, alice))
	require.Equal(t, reset.StepPassword, v.Step)
	w.people.settings.Reset.Gates = 2

	v = w.choose(t, v, goodPassword)
	assert.Equal(t, reset.StepVerify, v.Step)
	assert.Empty(t, w.agent.writes)
}

func TestAProofThatDoesNotCountAnyMoreIsAskedForAgain(t *testing.T) {
	for name, change := range map[string]func(*people){
		"its method was switched off": func(p *people) { p.settings.Reset.Methods = []policy.Method{policy.AppCode, policy.MobileSMS} },
		"the address is gone": func(p *people) {
			a := p.persons[alice]
			a.Contacts.AuthenticationEmail = ""
			p.persons[alice] = a
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			v := w.proveByEmail(t, w.begin(t, alice))
			require.Equal(t, reset.StepPassword, v.Step)
			change(w.people)
			v = w.choose(t, v, goodPassword)
			assert.Equal(t, reset.StepVerify, v.Step)
			assert.Equal(t, 1, v.Gate, "from the first gate on")
			assert.Empty(t, w.agent.writes)
		})
	}
}

func TestABlockHoldsInEverySession(t *testing.T) {
	w := newWorld(t)
	open := func() reset.View {
		v := w.begin(t, alice)
		v, err := w.StartProof(t.Context(), v.SessionID, policy.AppCode, "")
		require.NoError(t, err)
		return v
	}
	first, second, third := open(), open(), w.begin(t, alice)
	for range 5 {
		first = w.answer(t, first, "000000")
	}
	require.Equal(t, reset.StepBlocked, first.Step)
	second = w.answer(t, second, totp)
	assert.Equal(t, reset.StepBlocked, second.Step, "the right code tells nothing")
	assert.False(t, w.people.used, "it was not even looked at")
	third, err := w.StartProof(t.Context(), third.SessionID, policy.Email, "")
	require.NoError(t, err)
	assert.Equal(t, reset.StepBlocked, third.Step)
	assert.Empty(t, w.outbox, "nothing is sent")
	assert.NotEmpty(t, w.record(t, third).Fixes, "the record names the wait")
}

func TestGuessesAtOnceHaveNoMoreThanGuessesInTurn(t *testing.T) {
	w := newWorld(t)
	v := w.begin(t, alice)
	v, err := w.StartProof(t.Context(), v.SessionID, policy.AppCode, "")
	require.NoError(t, err)
	w.people.looking = func() { // others guess wrongly while this code is looked at
		w.people.counters[alice] = policy.Counters{BlockedUntil: w.clock.Now().Add(24 * time.Hour), Rule: policy.ProofFailure}
	}
	v = w.answer(t, v, totp)
	assert.Equal(t, reset.StepBlocked, v.Step)
}

func TestARefusalShowsItsOwnCauseAlsoToSomebodyThrottled(t *testing.T) {
	w := newWorld(t)
	guest := w.people.persons[carol]
	guest.Guest = policy.InvitedGuest
	w.people.persons[carol], w.people.settings.Reset.AllowGuests = guest, false
	w.people.counters[carol] = policy.Counters{BlockedUntil: w.clock.Now().Add(time.Hour), Rule: policy.ResetAttempt}

	v := w.begin(t, carol)
	assert.Equal(t, reset.StepError, v.Step)
	assert.Equal(t, policy.CheckGuestsAllowed, v.Cause)
	assert.Equal(t, v.Cause, w.record(t, v).Cause, "page and record")
}

func TestWrongLateAndRepeatedCodes(t *testing.T) {
	w := newWorld(t)
	v := w.begin(t, alice)
	v, err := w.StartProof(t.Context(), v.SessionID, policy.Email, "")
	require.NoError(t, err)
	v = w.answer(t, v, "000000x")
	assert.Equal(t, reset.MsgCodeWrong, v.Message)

	w.clock.Advance(5*time.Minute + time.Second)
	v = w.answer(t, v, w.outbox["a.long@mail.example"])
	assert.Equal(t, reset.MsgCodeExpired, v.Message)
	assert.True(t, v.CanResend)
	v = w.proveByEmail(t, v)
	assert.Equal(t, reset.StepPassword, v.Step)
}

func TestTheSessionEndsAfterFifteenMinutes(t *testing.T) {
	w := newWorld(t)
	v := w.proveByEmail(t, w.begin(t, alice))
	w.clock.Advance(15*time.Minute - time.Second)
	v, err := w.View(t.Context(), v.SessionID)
	require.NoError(t, err)
	require.Equal(t, reset.StepPassword, v.Step)

	w.clock.Advance(time.Second)
	v = w.choose(t, v, goodPassword)
	assert.Equal(t, reset.StepEnded, v.Step)
	assert.Empty(t, w.agent.writes)
}

func TestTooManyWrongProofsBlockForADay(t *testing.T) {
	w := newWorld(t)
	v := w.begin(t, alice)
	v, err := w.StartProof(t.Context(), v.SessionID, policy.AppCode, "")
	require.NoError(t, err)
	for i := 0; v.Step == reset.StepVerify; i++ {
		require.Less(t, i, 20, "no end to wrong answers")
		v = w.answer(t, v, "000000")
	}
	require.Equal(t, reset.StepBlocked, v.Step)
	w.clock.Advance(23 * time.Hour)
	again, err := w.Begin(t.Context(), reset.BeginInput{UserID: alice, Cookies: true})
	require.NoError(t, err)
	assert.Equal(t, reset.StepBlocked, again.Step)
	w.clock.Advance(2 * time.Hour)
	again, err = w.Begin(t.Context(), reset.BeginInput{UserID: alice, Cookies: true})
	require.NoError(t, err)
	assert.NotEqual(t, reset.StepBlocked, again.Step)

	blocks := 0
	for _, r := range w.Journal.Records(journal.Query{Channel: journal.Audit}) {
		if r.Audit.ActivityDisplayName == journal.ActivityBlocked {
			blocks++
			assert.Equal(t, journal.Success, r.Audit.Result, "the block was applied")
		}
	}
	assert.Equal(t, 1, blocks, "once for each block")
}

func TestButtonPressedTwiceWritesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		v := w.proveByEmail(t, w.begin(t, alice))
		w.agent.takes = 20 * time.Second
		first := make(chan reset.View, 1)
		go func() {
			view, err := w.ChoosePassword(t.Context(), v.SessionID, secret.New(goodPassword), secret.New(goodPassword))
			assert.NoError(t, err)
			first <- view
		}()
		synctest.Wait() // the first press is now inside the directory

		second := w.choose(t, v, "Another-one.77")
		assert.Equal(t, reset.StepBusy, second.Step)
		assert.Equal(t, reset.StepDone, (<-first).Step)
		assert.Len(t, w.agent.writes, 1)
	})
}

func TestTheOutcomeCountsEvenWhenTheBrowserHasGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		v := w.proveByEmail(t, w.begin(t, alice))
		w.agent.takes = 10 * time.Second
		ctx, leave := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = w.ChoosePassword(ctx, v.SessionID, secret.New(goodPassword), secret.New(goodPassword))
		}()
		synctest.Wait()
		leave()
		<-done
		after, err := w.View(t.Context(), v.SessionID)
		require.NoError(t, err)
		assert.Equal(t, reset.StepDone, after.Step)
		assert.Equal(t, goodPassword, w.people.passwords[alice])
	})
}

func TestUnlockLeavesThePasswordsAlone(t *testing.T) {
	w := newWorld(t)
	w.people.settings.Reset.AllowUnlock = true
	v, err := w.Begin(t.Context(), reset.BeginInput{UserID: alice, Cookies: true})
	require.NoError(t, err)
	require.Equal(t, reset.StepTrouble, v.Step)
	require.True(t, v.AllowUnlock)
	v, err = w.ChooseTrouble(t.Context(), v.SessionID, policy.Unlock)
	require.NoError(t, err)
	v = w.proveByEmail(t, v)
	assert.Equal(t, reset.StepUnlocked, v.Step)
	require.Len(t, w.agent.writes, 1)
	assert.Equal(t, policy.Unlock, w.agent.writes[0].Operation)
	assert.True(t, w.agent.writes[0].New.Empty())
	assert.Empty(t, w.people.passwords)
}

func TestUnlockIsNotToBeHadWhereTheToggleIsOff(t *testing.T) {
	w := newWorld(t)
	v, err := w.Begin(t.Context(), reset.BeginInput{UserID: alice, Cookies: true})
	require.NoError(t, err)
	v, err = w.ChooseTrouble(t.Context(), v.SessionID, policy.Unlock)
	require.NoError(t, err)
	assert.Equal(t, reset.StepTrouble, v.Step)
	assert.Equal(t, reset.MsgNotNow, v.Message)
}

func TestTheFirstPageTellsNothingAboutUnknownNames(t *testing.T) {
	w := newWorld(t)
	v, err := w.Begin(t.Context(), reset.BeginInput{UserID: "nobody@northlight.example", Cookies: true})
	require.ErrorIs(t, err, reset.ErrUnknownUser)
	a := w.record(t, v)
	assert.Equal(t, "account", a.Cause)

	v, err = w.Begin(t.Context(), reset.BeginInput{UserID: alice})
	require.ErrorIs(t, err, reset.ErrNoCookies)
	assert.Equal(t, "cookies", w.record(t, v).Cause)
}

func TestWritebackAwayStopsBeforeTheGates(t *testing.T) {
	for status, code := range map[policy.WritebackStatus]policy.Code{
		policy.WritebackNotConfigured: policy.CodeWritebackNotEnabled,
		policy.WritebackUnreachable:   policy.CodeOnPremisesConnection,
	} {
		w := newWorld(t)
		w.agent.status = status
		v, err := w.Begin(t.Context(), reset.BeginInput{UserID: alice, Cookies: true})
		require.NoError(t, err)
		assert.Equal(t, reset.StepError, v.Step)
		assert.Equal(t, code, v.Code)
		assert.NotEmpty(t, w.record(t, v).Remedy)
	}
}

func TestCancelEndsTheSession(t *testing.T) {
	w := newWorld(t)
	v, err := w.Cancel(t.Context(), w.begin(t, alice).SessionID)
	require.NoError(t, err)
	assert.Equal(t, reset.StepEnded, v.Step)
	assert.Equal(t, journal.Cancelled, w.record(t, v).Outcome)
}

func TestChangeOfAKnownPassword(t *testing.T) {
	cases := map[string]struct {
		user, current, next string
		verdict             reset.WriteVerdict
		done                bool
		reason              policy.PasswordReason
	}{
		"cloud, right":               {carol, "Old-secret.1", goodPassword, "", true, ""},
		"cloud, wrong current":       {carol, "Wrong-one.1", goodPassword, "", false, policy.PasswordWrongCurrent},
		"cloud, the same again":      {carol, "Old-secret.1", "Old-secret.1", "", false, policy.PasswordSame},
		"on-premises, right":         {alice, "Old-secret.1", goodPassword, reset.Written, true, ""},
		"on-premises, wrong current": {alice, "Old-secret.1", goodPassword, reset.WrongCurrent, false, policy.PasswordWrongCurrent},
		"on-premises, policy":        {alice, "Old-secret.1", goodPassword, reset.RefusedByPolicy, false, policy.PasswordRefusedByAD},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.agent.verdict = tc.verdict
			w.people.passwords[carol] = "Old-secret.1"
			got, err := w.ChangePassword(t.Context(), reset.ChangeInput{
				PersonID: tc.user, Current: secret.New(tc.current), New: secret.New(tc.next), Confirmation: secret.New(tc.next),
			})
			require.NoError(t, err)
			assert.Equal(t, tc.done, got.Done)
			assert.Equal(t, tc.reason, got.Reason)
		})
	}
}

// concept-registration-mfa-sspr-combined; SSPR reference 5.7: after password and
// second factor in one session the current password is not asked.
func TestChangeAfterASecondFactorNeedsNoCurrentPassword(t *testing.T) {
	for name, tc := range map[string]struct {
		user, next string
		proved     bool
		done       bool
		reason     policy.PasswordReason
	}{
		"in the cloud":            {carol, goodPassword, true, true, ""},
		"on-premises":             {alice, goodPassword, true, true, ""},
		"the same again":          {carol, "Old-secret.1", true, false, policy.PasswordSame},
		"without a second factor": {carol, goodPassword, false, false, policy.PasswordCurrentMissing},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.agent.verdict = reset.Written
			w.people.passwords[carol] = "Old-secret.1"
			got, err := w.ChangePassword(t.Context(), reset.ChangeInput{
				PersonID: tc.user, New: secret.New(tc.next), Confirmation: secret.New(tc.next), Proved: tc.proved,
			})
			require.NoError(t, err)
			assert.Equal(t, tc.done, got.Done)
			assert.Equal(t, tc.reason, got.Reason)
		})
	}
}

// totp is the one code that the people's app, "app", shows.
const totp = "492039"

// people is a tenant of two.
type people struct {
	settings  policy.Settings
	persons   map[string]policy.Person
	counters  map[string]policy.Counters
	passwords map[string]string
	setFails  error
	// lockedUntil is when smart lockout ends.
	lockedUntil time.Time
	used        bool
	looking     func() // happens while a code is looked at
}

func newPeople() *people {
	s := policy.DefaultSettings()
	s.TenantName, s.Reset.Scope, s.Reset.Gates, s.Reset.Writeback = "Northlight", policy.ScopeAll, 1, true
	s.SyncEnabled, s.Paid, s.CustomDomains = true, true, []string{"northlight.example"}
	s.Reset.Methods = []policy.Method{policy.Email, policy.AppCode, policy.AppPush, policy.MobileSMS}
	person := func(id string, h policy.Hosting) policy.Person {
		return policy.Person{
			ID: id, UserPrincipalName: id, DisplayName: "A. Long", Hosting: h, AccountEnabled: true, ServicePlans: []string{p1},
			Contacts: policy.Contacts{AuthenticationEmail: "a.long@mail.example"},
			Apps:     []policy.App{{ID: "app", Kind: policy.MicrosoftAuthenticator}},
		}
	}
	hybrid := person(alice, policy.PasswordSync)
	hybrid.OnPremisesDomain = "corp.northlight.example"
	return &people{
		settings: s, persons: map[string]policy.Person{alice: hybrid, carol: person(carol, policy.CloudOnly)},
		counters: map[string]policy.Counters{}, passwords: map[string]string{},
	}
}

func (p *people) Settings(context.Context) (policy.Settings, error) { return p.settings, nil }

func (p *people) Person(_ context.Context, id string) (policy.Person, error) {
	found, ok := p.persons[strings.ToLower(id)]
	if !ok {
		return found, reset.ErrNoSuchPerson
	}
	return found, nil
}

func (p *people) FindPerson(ctx context.Context, id string) (policy.Person, error) {
	return p.Person(ctx, id)
}

func (p *people) Counters(_ context.Context, id string) (policy.Counters, error) {
	return p.counters[id], nil
}

func (p *people) UpdateCounters(_ context.Context, id string, change func(policy.Counters) policy.Counters) error {
	p.counters[id] = change(p.counters[id])
	return nil
}

func (p *people) Matches(_ context.Context, id string, candidate secret.Text) (bool, error) {
	return p.passwords[id] == candidate.Reveal(), nil
}

func (p *people) IsCurrent(_ context.Context, id, _ string, candidate secret.Text) (bool, time.Time, error) {
	return p.passwords[id] == candidate.Reveal(), p.lockedUntil, nil
}

func (p *people) SetPassword(_ context.Context, id string, password secret.Text, _ bool, _ time.Time) error {
	if p.setFails == nil {
		p.passwords[id] = password.Reveal()
	}
	return p.setFails
}

func (p *people) UseTOTP(_ context.Context, _ string, apps []string, code secret.Text, _ time.Time) (challenge.Verdict, error) {
	if p.looking != nil {
		p.looking()
	}
	switch {
	case code.Reveal() != totp || !slices.Contains(apps, "app"):
		return challenge.Wrong, nil
	case p.used:
		return challenge.Replayed, nil
	}
	p.used = true
	return challenge.Right, nil
}

func (p *people) QuestionsOf(context.Context, string) ([]string, error) { return nil, nil }

func (p *people) CheckAnswers(context.Context, string, []string, []secret.Text) (bool, error) {
	return false, nil
}

// agent is the on-premises side.
type agent struct {
	status  policy.WritebackStatus
	verdict reset.WriteVerdict
	takes   time.Duration
	writes  []reset.OnPremisesWrite
}

func (a *agent) Status(context.Context, policy.Person) policy.WritebackStatus { return a.status }

func (a *agent) Write(_ context.Context, w reset.OnPremisesWrite) reset.WriteReport {
	a.writes = append(a.writes, w)
	time.Sleep(a.takes)
	r := reset.WriteReport{Verdict: a.verdict, Agent: journal.AgentConnectSync}
	if a.verdict != reset.Written {
		r.Remedy = "as the verdict says"
	}
	return r
}

// courier remembers codes by address.
type courier struct{ w *world }

func (c courier) Email(_ context.Context, m challenge.CodeMail) error {
	c.w.outbox[m.To] = m.Code.Reveal()
	return nil
}
func (courier) Text(context.Context, string, secret.Text, string) error { return nil }
func (courier) Call(context.Context, string, string, string) error      { return nil }
func (courier) CallAnswer(context.Context, string) challenge.Verdict    { return challenge.Waiting }
func (courier) Push(context.Context, string, string, int) error         { return nil }
func (courier) PushAnswer(context.Context, string) challenge.Verdict    { return challenge.Waiting }

type notifier struct{ w *world }

func (n notifier) PasswordReset(_ context.Context, p policy.Person, _ policy.Operation, _ string) error {
	n.w.notified = append(n.w.notified, p.ID)
	return nil
}

func (n notifier) ContactAdministrator(_ context.Context, p policy.Person, correlationID, _ string) error {
	n.w.notified = append(n.w.notified, fmt.Sprint("help for ", p.ID, correlationID))
	return nil
}

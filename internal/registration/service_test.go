package registration_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/registration"
	"github.com/ssprlab/ssprlab/internal/secret"
)

func TestAnAppIsRegisteredByItsFirstCode(t *testing.T) {
	d := newDesk(t, nil)
	r, err := d.StartApp(t.Context(), d.visitor, policy.InfoAuthenticator)
	require.NoError(t, err)
	require.Equal(t, registration.MsgScan, r.Message)
	o, err := d.Overview(t.Context(), d.visitor)
	require.NoError(t, err)
	require.NotNil(t, o.Draft.Offer)
	assert.Empty(t, d.person.p.Apps, "an app that has proved nothing counts for nothing")

	r, err = d.Answer(t.Context(), d.visitor, secret.New("000000"))
	require.NoError(t, err)
	require.Equal(t, registration.MsgCodeWrong, r.Message)
	r, err = d.Answer(t.Context(), d.visitor, secret.New(appCode))
	require.NoError(t, err)
	assert.Equal(t, registration.MsgSaved, r.Message)
	assert.Len(t, d.person.p.Apps, 1)
	assert.Equal(t, []string{
		"User registered security info: success",
		"Security info saved for self-service password reset: success",
		"User registered all required security info: success",
	}, d.audit(), "audit activities of reference 12.2")
	assert.Equal(t, d.now, d.person.p.RegisteredAt)
	assert.NotContains(t, fmt.Sprintf("%+v %v", o, d.Journal.Snapshot()), "ABC", "the secret is not printed")
}

func TestAPhoneOrAddressIsRegisteredByACodeToIt(t *testing.T) {
	for name, c := range map[string]struct {
		start func(d *desk) (registration.Result, error)
		to    string
		call  bool
		has   func(c policy.Contacts) string
	}{
		"a phone by text": {
			start: func(d *desk) (registration.Result, error) {
				return d.StartPhone(t.Context(), d.visitor, policy.InfoPhone, policy.InfoRegister, " +1 4255550102 ", false)
			}, to: "+1 4255550102", has: func(c policy.Contacts) string { return c.AuthenticationPhone },
		},
		"a phone by call": {
			start: func(d *desk) (registration.Result, error) {
				return d.StartPhone(t.Context(), d.visitor, policy.InfoPhone, policy.InfoRegister, "+1 4255550102", true)
			}, to: "+1 4255550102", call: true, has: func(c policy.Contacts) string { return c.AuthenticationPhone },
		},
		"an office phone, whose extension is not dialled": {
			start: func(d *desk) (registration.Result, error) {
				return d.StartPhone(t.Context(), d.visitor, policy.InfoOfficePhone, policy.InfoRegister, "+1 4255550102x12", false)
			}, to: "+1 4255550102", call: true, has: func(c policy.Contacts) string { return c.OfficePhone },
		},
		"an e-mail address": {
			start: func(d *desk) (registration.Result, error) {
				return d.StartEmail(t.Context(), d.visitor, policy.InfoRegister, "bob@home.example")
			}, to: "bob@home.example", has: func(c policy.Contacts) string { return c.AuthenticationEmail },
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, nil)
			r, err := c.start(d)
			require.NoError(t, err)
			require.True(t, r.Message.Good(), r.Message)
			require.Equal(t, c.to, d.courier.to)
			require.Empty(t, c.has(d.person.p.Contacts), "nothing unproved is stored")
			if c.call {
				r, err = d.Answer(t.Context(), d.visitor, secret.Text{})
				require.NoError(t, err)
				require.Equal(t, registration.MsgWaiting, r.Message)
				d.courier.call = challenge.Right
			}
			r, err = d.Answer(t.Context(), d.visitor, secret.New(d.courier.code))
			require.NoError(t, err)
			assert.Equal(t, registration.MsgSaved, r.Message)
			assert.NotEmpty(t, c.has(d.person.p.Contacts))
			r, err = d.Answer(t.Context(), d.visitor, secret.New(d.courier.code))
			require.NoError(t, err)
			assert.NotEqual(t, registration.MsgSaved, r.Message, "a code passes once")
		})
	}
}

func TestACodeIsGuessedFiveTimesAtMost(t *testing.T) {
	d := newDesk(t, nil)
	_, err := d.StartEmail(t.Context(), d.visitor, policy.InfoRegister, "bob@home.example")
	require.NoError(t, err)
	for range 5 {
		r, err := d.Answer(t.Context(), d.visitor, secret.New("nothing"))
		require.NoError(t, err)
		require.Equal(t, registration.MsgCodeWrong, r.Message)
	}
	r, err := d.Answer(t.Context(), d.visitor, secret.New(d.courier.code))
	require.NoError(t, err)
	assert.Equal(t, registration.MsgTooMany, r.Message)
	assert.Empty(t, d.person.p.Contacts.AuthenticationEmail)
}

func TestADraftEndsAfterFifteenMinutes(t *testing.T) {
	d := newDesk(t, nil)
	_, err := d.StartApp(t.Context(), d.visitor, policy.InfoOtherApp)
	require.NoError(t, err)
	d.now = d.now.Add(15 * time.Minute)
	r, err := d.Answer(t.Context(), d.visitor, secret.New(appCode))
	require.NoError(t, err)
	assert.Equal(t, registration.MsgNotNow, r.Message)
}

// concept-registration-mfa-sspr-combined and
// policy-all-users-security-info-registration; reference 5.1, 5.2, 5.5.
func TestWhoMayDoWhat(t *testing.T) {
	email := func(d *desk) (registration.Result, error) {
		return d.StartEmail(t.Context(), d.visitor, policy.InfoRegister, "bob@home.example")
	}
	access := func(a policy.AccessPolicy) func(f *person) {
		a.State, a.IncludeUsers = policy.AccessEnabled, []string{"All"}
		return func(f *person) { f.settings.Registration.Access = []policy.AccessPolicy{a} }
	}
	both := func(a, b func(f *person)) func(f *person) { return func(f *person) { a(f); b(f) } }
	for name, c := range map[string]struct {
		person  func(f *person)
		visitor func(v *registration.Visitor)
		do      func(d *desk) (registration.Result, error)
		want    registration.Message
	}{
		"somebody with nothing begins with a password alone": {do: email, want: registration.MsgSent},
		"somebody with a second factor proves it first":      {person: hasPhone, do: email, want: registration.MsgNeedFactor},
		"and may go on after it": {
			person: hasPhone, visitor: func(v *registration.Visitor) { v.MFADoneAt = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC) }, do: email, want: registration.MsgSent,
		},
		"Conditional Access demands what nobody new can have": {person: access(policy.AccessPolicy{RequireMFA: true}), do: email, want: registration.MsgBlocked},
		"a Temporary Access Pass satisfies it": {
			person: access(policy.AccessPolicy{RequireMFA: true}), visitor: func(v *registration.Visitor) { v.Kind = policy.SignedInWithTAP }, do: email, want: registration.MsgSent,
		},
		"a trusted location is excepted": {
			person:  access(policy.AccessPolicy{RequireMFA: true, ExceptTrusted: true}),
			visitor: func(v *registration.Visitor) { v.TrustedLocation = true }, do: email, want: registration.MsgSent,
		},
		"a block is a block": {person: both(hasPhone, access(policy.AccessPolicy{Block: true})), do: email, want: registration.MsgBlocked},
		"a method that no policy allows": {
			person: func(f *person) { delete(f.settings.Methods.Configs, policy.ConfigEmail) }, do: email, want: registration.MsgNotAllowed,
		},
		"a second address": {person: func(f *person) { f.p.Contacts.AuthenticationEmail = "b@x.example" }, do: email, want: registration.MsgNotAllowed},
		"a sixth app": {
			person: func(f *person) { f.p.Apps = make([]policy.App, 5) }, visitor: func(v *registration.Visitor) { v.MFADoneAt = time.Unix(1, 0) },
			do: func(d *desk) (registration.Result, error) {
				return d.StartApp(t.Context(), d.visitor, policy.InfoAuthenticator)
			}, want: registration.MsgNotAllowed,
		},
		"the account's own address": {
			do: func(d *desk) (registration.Result, error) {
				return d.StartEmail(t.Context(), d.visitor, policy.InfoRegister, "Bob@northlight.example")
			}, want: registration.MsgOwnEmail,
		},
		"no address at all": {
			do: func(d *desk) (registration.Result, error) {
				return d.StartEmail(t.Context(), d.visitor, policy.InfoRegister, "bob at home")
			}, want: registration.MsgBadEmail,
		},
		"a number without country code": {
			do: func(d *desk) (registration.Result, error) {
				return d.StartPhone(t.Context(), d.visitor, policy.InfoPhone, policy.InfoRegister, "4255550102", false)
			}, want: registration.MsgBadPhone,
		},
		"the office phone of a synchronised person": {
			person: func(f *person) { f.p.Hosting = policy.PasswordSync },
			do: func(d *desk) (registration.Result, error) {
				return d.StartPhone(t.Context(), d.visitor, policy.InfoOfficePhone, policy.InfoRegister, "+1 4255550102", true)
			}, want: registration.MsgNotAllowed,
		},
		"changing what is not there": {
			do: func(d *desk) (registration.Result, error) {
				return d.StartEmail(t.Context(), d.visitor, policy.InfoChange, "bob@home.example")
			}, want: registration.MsgNotAllowed,
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, c.person)
			if c.visitor != nil {
				c.visitor(&d.visitor)
			}
			r, err := c.do(d)
			require.NoError(t, err)
			assert.Equal(t, c.want, r.Message, r.Why)
			if !r.Message.Good() {
				assert.Zero(t, d.courier.sent)
				assert.Empty(t, d.audit())
			}
		})
	}
}

func TestQuestions(t *testing.T) {
	answer := func(pairs ...string) (given []registration.Answered) {
		for i := 0; i < len(pairs); i += 2 {
			given = append(given, registration.Answered{Question: pairs[i], Answer: secret.New(pairs[i+1])})
		}
		return given
	}
	for name, c := range map[string]struct {
		given []registration.Answered
		want  registration.Message
	}{
		"as many as the tenant demands": {answer("first_pet", "Biscuit", "dream_job", "Pilot", "first_school", "Elm Street"), registration.MsgSaved},
		"too few":                       {answer("first_pet", "Biscuit", "dream_job", "Pilot"), registration.MsgBadAnswers},
		"one question twice":            {answer("first_pet", "Biscuit", "first_pet", "Pilot", "first_school", "Elm Street"), registration.MsgBadAnswers},
		"one answer twice":              {answer("first_pet", "Biscuit", "dream_job", "biscuit", "first_school", "Elm Street"), registration.MsgBadAnswers},
		"a question of nobody's":        {answer("first_pet", "Biscuit", "dream_job", "Pilot", "wedding", "Elm Street"), registration.MsgBadAnswers},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, nil)
			r, err := d.SetQuestions(t.Context(), d.visitor, c.given)
			require.NoError(t, err)
			assert.Equal(t, c.want, r.Message, r.Why)
		})
	}
}

func TestDeletingAndTheDefault(t *testing.T) {
	d := newDesk(t, func(f *person) {
		hasPhone(f)
		f.p.Contacts.AuthenticationEmail = "bob@home.example"
	})
	d.visitor.MFADoneAt = d.now
	r, err := d.SetDefault(t.Context(), d.visitor, policy.Email)
	require.NoError(t, err)
	assert.Equal(t, registration.MsgNotAllowed, r.Message, "e-mail serves password reset only")
	r, err = d.SetDefault(t.Context(), d.visitor, policy.MobileCall)
	require.NoError(t, err)
	assert.Equal(t, registration.MsgDefaultChanged, r.Message)

	r, err = d.Delete(t.Context(), d.visitor, policy.InfoPhone, "")
	require.NoError(t, err)
	assert.Equal(t, registration.MsgDeleted, r.Message)
	assert.Empty(t, d.person.registered.DefaultFactor, "a default method that is gone is none")
	r, err = d.Delete(t.Context(), d.visitor, policy.InfoPhone, "")
	require.NoError(t, err)
	assert.Equal(t, registration.MsgNotAllowed, r.Message)
	assert.Equal(t, []string{
		"User changed default security info: failure", "User changed default security info: success", "User deleted security info: success",
	}, d.audit())
}

func TestSignOutEverywhereEndsAllSessions(t *testing.T) {
	d := newDesk(t, nil)
	r, err := d.SignOutEverywhere(t.Context(), d.visitor)
	require.NoError(t, err)
	assert.Equal(t, registration.MsgSignedOut, r.Message)
	assert.Equal(t, d.now, d.person.revokedAt)
}

func TestTheOverviewShowsWhatMayBeDone(t *testing.T) {
	d := newDesk(t, func(f *person) {
		f.registered.PassEnds = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	})
	d.visitor.Kind = policy.SignedInWithTAP
	o, err := d.Overview(t.Context(), d.visitor)
	require.NoError(t, err)
	assert.True(t, o.OnlyPass, "a banner says that the pass is the only method")
	require.Len(t, o.Items, 2)
	assert.Equal(t, registration.Item{Method: policy.InfoPassword, Change: true}, o.Items[0])
	assert.True(t, o.Items[1].Delete)
	assert.False(t, o.Items[1].Change)
	assert.Equal(t, []policy.InfoMethod{
		policy.InfoAuthenticator, policy.InfoOtherApp, policy.InfoHardwareToken, policy.InfoPhone, policy.InfoOfficePhone, policy.InfoEmail, policy.InfoQuestions,
	}, o.Add, "the alternate phone needs a phone first")
}

func TestTheWizardProposesTheFewestMethods(t *testing.T) {
	assert.Equal(t, []policy.InfoMethod{policy.InfoAuthenticator, policy.InfoPhone, policy.InfoEmail},
		registration.Rows([]policy.Method{policy.AppPush, policy.MobileSMS, policy.MobileCall, policy.Email}))
	d := newDesk(t, func(f *person) { f.settings.Registration.Require, f.settings.Reset.Gates = true, 2 })
	d.visitor.Interrupt = true
	o, err := d.Overview(t.Context(), d.visitor)
	require.NoError(t, err)
	require.NotNil(t, o.Interrupt)
	assert.Equal(t, 2, o.Interrupt.Missing)
	assert.Len(t, o.Interrupt.Proposed, 2)
	require.NoError(t, d.Abandon(t.Context(), d.visitor))
	assert.Equal(t, []string{"User registered all required security info: failure"}, d.audit())
}

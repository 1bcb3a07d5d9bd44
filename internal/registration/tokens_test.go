package registration_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/registration"
	"github.com/ssprlab/ssprlab/internal/secret"
)

func hasTokens(f *person) { f.free = map[string]bool{"1234567": true} }

// concept-authentication-oath-tokens, self-assignment and activation: serial
// number, name, code.
func TestAHardwareTokenIsTakenByItsNumberAndItsCode(t *testing.T) {
	d := newDesk(t, hasTokens)
	r, err := d.StartToken(t.Context(), d.visitor, " 1234567 ", "Key ring")
	require.NoError(t, err)
	require.Equal(t, registration.MsgTokenCode, r.Message)
	assert.Empty(t, d.person.taken, "nothing is assigned before")
	o, err := d.Overview(t.Context(), d.visitor)
	require.NoError(t, err)
	require.NotNil(t, o.Draft)
	assert.Equal(t, "1234567", o.Draft.Serial)
	assert.Nil(t, o.Draft.Offer)

	r, err = d.Answer(t.Context(), d.visitor, secret.New("000000"))
	require.NoError(t, err)
	require.Equal(t, registration.MsgCodeWrong, r.Message)
	r, err = d.Resend(t.Context(), d.visitor)
	require.NoError(t, err)
	require.Equal(t, registration.MsgTokenCode, r.Message, "there is nothing to send")
	r, err = d.Answer(t.Context(), d.visitor, secret.New(appCode))
	require.NoError(t, err)
	require.Equal(t, registration.MsgSaved, r.Message)
	assert.Equal(t, "Key ring", d.person.taken)
	assert.Equal(t, []string{
		"User registered security info: success", "Security info saved for self-service password reset: success",
		"User registered all required security info: success",
	}, d.audit())
}

func TestWhichTokensCannotBeTaken(t *testing.T) {
	start := func(serial string) func(d *desk) (registration.Result, error) {
		return func(d *desk) (registration.Result, error) { return d.StartToken(t.Context(), d.visitor, serial, "") }
	}
	for claim, c := range map[string]struct {
		person func(f *person)
		serial string
		want   registration.Message
	}{
		"nobody knows the number":    {hasTokens, "7654321", registration.MsgBadToken},
		"no number":                  {hasTokens, "", registration.MsgBadToken},
		"the policy has no tokens":   {func(f *person) { hasTokens(f); delete(f.settings.Methods.Configs, policy.ConfigHardwareOATH) }, "1234567", registration.MsgNotAllowed},
		"administrators assign them": {func(f *person) { hasTokens(f); f.settings.Registration.AdminTokensOnly = true }, "1234567", registration.MsgNotAllowed},
		"five apps already":          {func(f *person) { hasTokens(f); f.p.AssignedTokens, f.p.Apps = 0, make([]policy.App, 5) }, "1234567", registration.MsgNeedFactor},
	} {
		d := newDesk(t, c.person)
		r, err := start(c.serial)(d)
		require.NoError(t, err)
		assert.Equal(t, c.want, r.Message, claim)
	}
}

func TestATokenThatSomebodyElseTookMeanwhileIsGone(t *testing.T) {
	d := newDesk(t, hasTokens)
	_, err := d.StartToken(t.Context(), d.visitor, "1234567", strings.Repeat("x", 100))
	require.NoError(t, err)
	d.person.free = nil
	r, err := d.Answer(t.Context(), d.visitor, secret.New(appCode))
	require.NoError(t, err)
	assert.Equal(t, registration.MsgCodeExpired, r.Message)
	assert.Empty(t, d.person.taken)
}

func TestATokenThatWasLeftMidwayStaysWhereItWas(t *testing.T) {
	d := newDesk(t, hasTokens)
	_, err := d.StartToken(t.Context(), d.visitor, "1234567", "")
	require.NoError(t, err)
	require.NoError(t, d.Cancel(t.Context(), d.visitor))
	assert.True(t, d.person.free["1234567"])
	_, err = d.StartToken(t.Context(), d.visitor, "1234567", "")
	require.NoError(t, err)
	d.now = d.now.Add(15 * time.Minute)
	r, err := d.Answer(t.Context(), d.visitor, secret.New(appCode))
	require.NoError(t, err)
	assert.Equal(t, registration.MsgNotNow, r.Message)
}

func TestAnAssignedTokenWaitsOnThePage(t *testing.T) {
	d := newDesk(t, func(f *person) {
		f.p.AssignedTokens = 1
		f.registered.Apps = []registration.App{{ID: "t", Name: "Hardware token", Kind: policy.HardwareOATH, Waiting: true}}
	})
	o, err := d.Overview(t.Context(), d.visitor)
	require.NoError(t, err)
	assert.Equal(t, []registration.Item{{Method: policy.InfoHardwareToken, ID: "t", Value: "Hardware token", Waiting: true, Activate: true, Delete: true}, {Method: policy.InfoPassword, Change: true}}, o.Items)
	assert.Contains(t, o.Add, policy.InfoHardwareToken)
	assert.Empty(t, o.Factors, "it proves nothing yet")
}

package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/ssprlab/ssprlab/internal/policy"
)

// The table of concept-registration-mfa-sspr-combined (reference 5.2), with
// hardware tokens registered as in the preview refresh.
func TestTableOfSecurityInfoOperations(t *testing.T) {
	want := map[policy.InfoMethod][3]bool{ // register, change, delete
		policy.InfoAuthenticator: {true, false, true}, policy.InfoOtherApp: {true, false, true},
		policy.InfoHardwareToken: {true, false, true}, policy.InfoPhone: {true, true, true},
		policy.InfoAlternatePhone: {true, true, true}, policy.InfoOfficePhone: {true, true, true},
		policy.InfoEmail: {true, true, true}, policy.InfoQuestions: {true, false, true},
		policy.InfoPassword: {false, true, false}, policy.InfoAppPassword: {true, false, true},
		policy.InfoPasskey: {true, false, true}, policy.InfoTemporaryAccess: {false, false, true},
	}
	got := map[policy.InfoMethod][3]bool{}
	for _, r := range policy.InfoRules() {
		got[r.Method] = [3]bool{r.Register, r.Change, r.Delete}
	}
	assert.Equal(t, want, got)
}

func TestSecurityInfoOperations(t *testing.T) {
	voice := configs(map[string]policy.MethodConfig{
		policy.ConfigVoice: on(policy.MethodConfig{}), policy.ConfigAuthenticator: on(policy.MethodConfig{SoftwareOATH: true}),
	})
	full := everything()
	five := everything(func(p *policy.Person) { p.Apps = make([]policy.App, 5) })
	fresh := policy.InfoVisit{MFADoneAt: now.Add(-5 * time.Minute), FIDO2: true}
	cases := map[string]struct {
		p    policy.Person
		m    policy.InfoMethod
		op   policy.InfoOperation
		v    policy.InfoVisit
		want bool
	}{
		"the first app":                               {alice(bare), policy.InfoAuthenticator, policy.InfoRegister, policy.InfoVisit{}, true},
		"the sixth app or token":                      {five, policy.InfoAuthenticator, policy.InfoRegister, policy.InfoVisit{}, false},
		"apps cannot be changed":                      {full, policy.InfoAuthenticator, policy.InfoChange, policy.InfoVisit{}, false},
		"apps can be deleted":                         {full, policy.InfoAuthenticator, policy.InfoDelete, policy.InfoVisit{}, true},
		"an app that is not there":                    {alice(bare), policy.InfoAuthenticator, policy.InfoDelete, policy.InfoVisit{}, false},
		"a third-party app, not enabled by anything":  {alice(bare), policy.InfoOtherApp, policy.InfoRegister, policy.InfoVisit{}, true},
		"a token that no policy gives":                {alice(bare), policy.InfoHardwareToken, policy.InfoRegister, policy.InfoVisit{}, false},
		"a token that was assigned, deleted":          {alice(bare, func(p *policy.Person) { p.AssignedTokens = 1 }), policy.InfoHardwareToken, policy.InfoDelete, policy.InfoVisit{}, true},
		"a sixth beside an assigned token":            {alice(func(p *policy.Person) { p.Apps, p.AssignedTokens = make([]policy.App, 4), 1 }), policy.InfoAuthenticator, policy.InfoRegister, policy.InfoVisit{}, false},
		"the first phone":                             {alice(bare), policy.InfoPhone, policy.InfoRegister, policy.InfoVisit{}, true},
		"a second phone":                              {full, policy.InfoPhone, policy.InfoRegister, policy.InfoVisit{}, false},
		"another number":                              {full, policy.InfoPhone, policy.InfoChange, policy.InfoVisit{}, true},
		"an alternate phone on the page":              {alice(), policy.InfoAlternatePhone, policy.InfoRegister, policy.InfoVisit{}, true},
		"an alternate phone in the wizard":            {alice(), policy.InfoAlternatePhone, policy.InfoRegister, policy.InfoVisit{Interrupt: true}, false},
		"an alternate phone without a first":          {alice(bare), policy.InfoAlternatePhone, policy.InfoRegister, policy.InfoVisit{}, false},
		"office phone of a synchronised user":         {alice(), policy.InfoOfficePhone, policy.InfoRegister, policy.InfoVisit{}, false},
		"office phone of a synchronised user, delete": {everything(), policy.InfoOfficePhone, policy.InfoDelete, policy.InfoVisit{}, false},
		"office phone in the wizard, none on file":    {alice(cloudUser), policy.InfoOfficePhone, policy.InfoRegister, policy.InfoVisit{Interrupt: true}, false},
		"office phone that no policy allows":          {alice(cloudUser), policy.InfoOfficePhone, policy.InfoRegister, policy.InfoVisit{}, false},
		"e-mail, one on file":                         {full, policy.InfoEmail, policy.InfoRegister, policy.InfoVisit{}, false},
		"e-mail, changed":                             {full, policy.InfoEmail, policy.InfoChange, policy.InfoVisit{}, true},
		"questions that no policy allows":             {alice(), policy.InfoQuestions, policy.InfoRegister, policy.InfoVisit{}, false},
		"questions, deleted":                          {full, policy.InfoQuestions, policy.InfoDelete, policy.InfoVisit{}, true},
		"the password, changed":                       {alice(), policy.InfoPassword, policy.InfoChange, policy.InfoVisit{}, true},
		"the password, deleted":                       {alice(), policy.InfoPassword, policy.InfoDelete, policy.InfoVisit{}, false},
		"app password without per-user MFA":           {alice(), policy.InfoAppPassword, policy.InfoRegister, policy.InfoVisit{}, false},
		"app password with it":                        {alice(), policy.InfoAppPassword, policy.InfoRegister, policy.InfoVisit{PerUserMFA: true}, true},
		"a passkey after fresh MFA":                   {alice(), policy.InfoPasskey, policy.InfoRegister, fresh, true},
		"a passkey after MFA six minutes ago":         {alice(), policy.InfoPasskey, policy.InfoRegister, policy.InfoVisit{MFADoneAt: now.Add(-6 * time.Minute), FIDO2: true}, false},
		"the eleventh passkey":                        {alice(func(p *policy.Person) { p.Passkeys = 10 }), policy.InfoPasskey, policy.InfoRegister, fresh, false},
		"passkeys not enabled":                        {alice(), policy.InfoPasskey, policy.InfoRegister, policy.InfoVisit{MFADoneAt: now}, false},
		"a Temporary Access Pass is never registered": {alice(), policy.InfoTemporaryAccess, policy.InfoRegister, policy.InfoVisit{}, false},
		"a Temporary Access Pass can be deleted":      {alice(), policy.InfoTemporaryAccess, policy.InfoDelete, policy.InfoVisit{HasTAP: true}, true},
		"a method that does not exist":                {alice(), "pigeon", policy.InfoRegister, policy.InfoVisit{}, false},
		"an operation that does not exist":            {alice(), policy.InfoPhone, "frame", policy.InfoVisit{}, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			ok, why := policy.InfoAllowed(tenant(voice), c.p, c.m, c.op, c.v, now)
			assert.Equal(t, c.want, ok, why)
			assert.NotEmpty(t, why)
		})
	}
}

// Reference 5.7.
func TestWhenTheCurrentPasswordIsAsked(t *testing.T) {
	assert.False(t, policy.ChangeNeedsCurrent(policy.SignedInWithMFA))
	assert.True(t, policy.ChangeNeedsCurrent(policy.SignedInWithPassword))
	assert.True(t, policy.ChangeNeedsCurrent(policy.SignedInWithTAP))
}

func TestSecurityInfoEndsAfterAQuarterOfAnHour(t *testing.T) {
	opened := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	assert.False(t, policy.InfoSessionOver(time.Time{}, opened), "it was never opened")
	assert.False(t, policy.InfoSessionOver(opened, opened))
	assert.False(t, policy.InfoSessionOver(opened, opened.Add(15*time.Minute-time.Second)))
	assert.True(t, policy.InfoSessionOver(opened, opened.Add(15*time.Minute)))
	assert.True(t, policy.InfoSessionOver(opened, opened.Add(23*time.Hour)))
}

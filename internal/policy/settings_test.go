package policy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/policy"
)

func TestDefaultsAreValidAndClosed(t *testing.T) {
	s := policy.DefaultSettings()
	assert.Empty(t, s.Validate())
	assert.Equal(t, policy.ScopeNone, s.Reset.Scope, "nobody may reset before somebody configured it")
	assert.Equal(t, 15*time.Minute, s.Reset.SessionLife)
	assert.Equal(t, 5*time.Minute, s.Reset.CodeLife)
	assert.True(t, s.Admins.AllowedToUseSSPR, "admin.allowedToUseSSPRDefault")
	assert.Equal(t, 180, s.Registration.ReconfirmDays)

	changed := policy.DefaultSettings()
	changed.Methods.Configs[policy.ConfigEmail] = policy.MethodConfig{Enabled: true}
	assert.NotEqual(t, changed.Methods, policy.DefaultSettings().Methods, "two tenants share nothing")
}

// Each wrong field is named with its limit.
func TestValidateNamesTheFieldAndTheLimit(t *testing.T) {
	cases := map[string]struct {
		change func(*policy.Settings)
		want   string
	}{
		"no such scope":              {func(s *policy.Settings) { s.Reset.Scope = "some" }, `reset.scope: "some" is unknown`},
		"no gates":                   {func(s *policy.Settings) { s.Reset.Gates = 0 }, "reset.gates: 0 is outside 1 to 2"},
		"three gates":                {func(s *policy.Settings) { s.Reset.Gates = 3 }, "reset.gates: 3 is outside 1 to 2"},
		"no such method":             {func(s *policy.Settings) { s.Reset.Methods = []policy.Method{"pigeon"} }, `reset.methods: "pigeon"`},
		"no session":                 {func(s *policy.Settings) { s.Reset.SessionLife = 0 }, "reset.sessionLife"},
		"codes outlive the session":  {func(s *policy.Settings) { s.Reset.CodeLife = time.Hour }, "reset.codeLife"},
		"a negative delay":           {func(s *policy.Settings) { s.Reset.MinimumDelay = -1 }, "reset.minimumDelay"},
		"two questions to register":  {func(s *policy.Settings) { s.Reset.Questions.ToRegister, s.Reset.Questions.ToReset = 2, 3 }, "reset.questions.toRegister: 2 is outside 3 to 5"},
		"six questions to reset":     {func(s *policy.Settings) { s.Reset.Questions.ToReset = 6 }, "reset.questions.toReset: 6 is outside 3 to 5"},
		"more to reset than to have": {func(s *policy.Settings) { s.Reset.Questions.ToRegister, s.Reset.Questions.ToReset = 3, 4 }, "at most as many as are registered"},
		"too few questions defined": {func(s *policy.Settings) {
			s.Reset.Methods = []policy.Method{policy.Questions}
			s.Reset.Questions.Predefined = []string{"first_pet"}
		}, "1 questions are defined and 5 must be registered; add 4"},
		"an unknown key":           {func(s *policy.Settings) { s.Reset.Questions.Predefined[0] = "shoe_size" }, "reset.questions.predefined[0]"},
		"twenty-one custom":        {func(s *policy.Settings) { s.Reset.Questions.Custom = numbered(21) }, "21 questions, at most 20"},
		"a custom question of two": {func(s *policy.Settings) { s.Reset.Questions.Custom = []string{"eh"} }, "2 is outside 3 to 200"},
		"a custom question of 201": {func(s *policy.Settings) { s.Reset.Questions.Custom = []string{strings.Repeat("ä", 201)} }, "201 is outside 3 to 200"},
		"a question listed twice":  {func(s *policy.Settings) { s.Reset.Questions.Custom = []string{"Shoe size?", "Shoe size?"} }, "listed twice"},
		"no such migration state":  {func(s *policy.Settings) { s.Methods.Migration = "halfway" }, "methods.migration"},
		"no such configuration":    {func(s *policy.Settings) { s.Methods.Configs["Pigeon"] = policy.MethodConfig{} }, "methods.configs"},
		"no such mode": {func(s *policy.Settings) {
			s.Methods.Configs[policy.ConfigAuthenticator] = policy.MethodConfig{Mode: "loud"}
		}, "mode"},
		"only the authenticator": {func(s *policy.Settings) { s.Reset.Methods = []policy.Method{policy.AppCode} }, "needs 1 other methods next to it when 1 are required to reset; enable 1 more"},
		"the authenticator and one": {func(s *policy.Settings) {
			s.Reset.Gates, s.Reset.Methods = 2, []policy.Method{policy.AppPush, policy.Email}
		}, "needs 2 other methods"},
		"1001 banned terms":        {func(s *policy.Settings) { s.Ban.Custom = numbered(1001) }, "1001 terms, at most 1000; remove 1"},
		"a banned term of three":   {func(s *policy.Settings) { s.Ban.Custom = []string{"abc"} }, "ban.custom[0], characters: 3 is outside 4 to 16"},
		"a banned term of 17":      {func(s *policy.Settings) { s.Ban.Custom = []string{strings.Repeat("a", 17)} }, "17 is outside 4 to 16"},
		"a banned term of blanks":  {func(s *policy.Settings) { s.Ban.Custom = []string{"     "} }, "ban.custom[0], characters: 0 is outside 4 to 16"},
		"blanks around a term":     {func(s *policy.Settings) { s.Ban.Custom = []string{" abc "} }, "ban.custom[0], characters: 3 is outside 4 to 16"},
		"a tenant in two lines":    {func(s *policy.Settings) { s.TenantName = "North\r\nlight" }, "tenantName: holds U+000D, a line break"},
		"a list from the future":   {func(s *policy.Settings) { s.Ban.Propagation = -time.Hour }, "ban.propagation"},
		"731 days":                 {func(s *policy.Settings) { s.Registration.ReconfirmDays = 731 }, "registration.reconfirmDays: 731 is outside 0 to 730"},
		"no such campaign":         {func(s *policy.Settings) { s.Registration.Campaign.State = "loud" }, "registration.campaign.state"},
		"fifteen days of snoozing": {func(s *policy.Settings) { s.Registration.Campaign.SnoozeDays = 15 }, "15 is outside 0 to 14"},
		"no such policy state":     {func(s *policy.Settings) { s.Registration.Access = []policy.AccessPolicy{{}} }, "registration.access[0].state"},
		"blocks and grants": {func(s *policy.Settings) {
			s.Registration.Access = []policy.AccessPolicy{{State: policy.AccessEnabled, Block: true, RequireMFA: true}}
		}, "choose one"},
		"a pass of nine minutes":     {func(s *policy.Settings) { s.TAP.MinLifetime = 9 * time.Minute }, "tap.minLifetime, minutes: 9 is outside 10 to 43200"},
		"a pass of 31 days":          {func(s *policy.Settings) { s.TAP.MaxLifetime = 31 * 24 * time.Hour }, "44640 is outside 10 to 43200"},
		"shortest above longest":     {func(s *policy.Settings) { s.TAP.MinLifetime = 9 * time.Hour }, "tap.minLifetime: 9h0m0s is more than"},
		"default outside":            {func(s *policy.Settings) { s.TAP.DefaultLifetime = 9 * time.Hour }, "tap.defaultLifetime: 9h0m0s is outside"},
		"a pass of seven characters": {func(s *policy.Settings) { s.TAP.Length = 7 }, "tap.length: 7 is outside 8 to 48"},
		"propagation of two hours":   {func(s *policy.Settings) { s.Admins.Propagation = 2 * time.Hour }, "admins.propagation"},
		"methods after three hours":  {func(s *policy.Settings) { s.Methods.Propagation = 3 * time.Hour }, "methods.propagation: 3h0m0s is outside 0 to 2 hours"},
		"a policy of 20 KB":          {func(s *policy.Settings) { s.Registration.Campaign.Include = numbered(700) }, "methods: the Authentication methods policy has"},
		"a threshold of nothing":     {func(s *policy.Settings) { s.Lockout.Threshold = 0 }, "lockout.threshold"},
		"lockouts of no time":        {func(s *policy.Settings) { s.Lockout.Duration = 0 }, "lockout.duration"},
		"a cap below the first":      {func(s *policy.Settings) { s.Lockout.Cap = time.Second }, "lockout.cap"},
		"blocks of no time":          {func(s *policy.Settings) { s.Throttle.Block = 0 }, "throttle.block"},
		"no such enforcement":        {func(s *policy.Settings) { s.Licences = "sometimes" }, "licences"},
		"no such provider":           {func(s *policy.Settings) { s.Telecom = "pigeon" }, "telecom"},
		"no such cloud":              {func(s *policy.Settings) { s.Notify.Cloud = "moon" }, "notify.cloud"},
		"a helpdesk without a link":  {func(s *policy.Settings) { s.Helpdesk.Customised = true }, "helpdesk.link"},
		"a script as helpdesk link": {func(s *policy.Settings) {
			s.Helpdesk = policy.HelpdeskSettings{Customised: true, Link: "javascript://x/%0aalert(1)"}
		}, "helpdesk.link"},
		"negative validity":         {func(s *policy.Settings) { s.Expiry.ValidityDays = -1 }, "expiry.validityDays"},
		"notified before it is set": {func(s *policy.Settings) { s.Expiry.ValidityDays = 7 }, "expiry.notificationDays: 14 is outside"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := policy.DefaultSettings()
			c.change(&s)
			errs := s.Validate()
			require.Len(t, errs, 1)
			assert.ErrorContains(t, errs[0], c.want)
			assert.True(t, strings.HasPrefix(errs[0].Error(), "settings: "))
		})
	}
}

func TestLimitsThemselvesAreAllowed(t *testing.T) {
	s := policy.DefaultSettings()
	s.Reset.Gates = 2
	s.Reset.Methods = []policy.Method{policy.AppPush, policy.AppCode, policy.Email, policy.MobileSMS, policy.Questions}
	s.Reset.Questions.Custom = numbered(20)
	s.Ban.Custom = numbered(1000)
	s.Registration.ReconfirmDays = 730
	s.Registration.Campaign.SnoozeDays = 14
	s.TAP = policy.TAPSettings{MinLifetime: 10 * time.Minute, MaxLifetime: 43200 * time.Minute, DefaultLifetime: 10 * time.Minute, Length: 48}
	s.Admins.Propagation = time.Hour
	s.Helpdesk = policy.HelpdeskSettings{Customised: true, Link: "mailto:help@northlight.example"}
	assert.Empty(t, s.Validate())

	migrated := policy.DefaultSettings()
	migrated.Methods.Migration = policy.MigrationComplete
	migrated.Reset.Methods = []policy.Method{policy.AppCode}
	assert.Empty(t, migrated.Validate(), "the rule about the authenticator ends with the migration")
}

// numbered makes n different terms of eight characters.
func numbered(n int) []string {
	terms := make([]string, n)
	for i := range terms {
		terms[i] = "term" + string([]rune{'a' + rune(i/676), 'a' + rune(i/26%26), 'a' + rune(i%26), 'x'})
	}
	return terms
}

func TestNamesHaveOneLineAndOneDirection(t *testing.T) {
	for _, bad := range []rune{0, '\t', '\n', 0x7F, 0x85, 0x2028, 0x2029, 0x202A, 0x202E, 0x2066, 0x2069} {
		assert.Contains(t, policy.NameProblem("Ann"+string(bad)), fmt.Sprintf("%U", bad))
	}
	for _, good := range []string{"", "Zoë O’Neill", "نور\u200F (IT)", "山田 太郎", "\u202F\u2065\u206A"} {
		assert.Empty(t, policy.NameProblem(good))
	}
}

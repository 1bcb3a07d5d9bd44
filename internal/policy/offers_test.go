package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/policy"
)

// everything is a person who has registered whatever can be registered.
func everything(changes ...func(*policy.Person)) policy.Person {
	return alice(append([]func(*policy.Person){func(p *policy.Person) {
		p.Contacts.OfficePhone = "+1 4255550111x22"
		p.Contacts.AlternatePhone = "+1 4255550122"
		p.QuestionCount = 5
		p.Apps = []policy.App{{ID: "1", Kind: policy.MicrosoftAuthenticator, Push: true}}
	}}, changes...)...)
}

func configs(entries map[string]policy.MethodConfig) func(*policy.Settings) {
	return func(s *policy.Settings) {
		s.Methods.Configs = entries
	}
}

func on(c policy.MethodConfig) policy.MethodConfig {
	c.Enabled = true
	if c.Include == nil {
		c.Include = []string{policy.AllUsers}
	}
	return c
}

func TestWhichPolicyOffersWhat(t *testing.T) {
	allLegacy := []policy.Method{policy.AppPush, policy.AppCode, policy.Email, policy.MobileSMS, policy.OfficeCall, policy.Questions}
	legacy := func(gates int, methods ...policy.Method) func(*policy.Settings) {
		return func(s *policy.Settings) { s.Reset.Gates, s.Reset.Methods = gates, methods }
	}
	state := func(m policy.Migration) func(*policy.Settings) {
		return func(s *policy.Settings) { s.Methods.Migration = m }
	}
	admin := func(p *policy.Person) { p.Roles = []string{globalAdmin} }
	cases := map[string]struct {
		s    policy.Settings
		p    policy.Person
		want []policy.Method
	}{
		"legacy, all options, two gates (2.1)": {tenant(legacy(2, allLegacy...)), everything(), policy.Methods},
		"legacy, one gate: the code, not the notification (2.3)": {
			tenant(legacy(1, allLegacy...)), everything(),
			[]policy.Method{policy.Email, policy.MobileSMS, policy.MobileCall, policy.OfficeCall, policy.Questions, policy.AppCode},
		},
		"legacy, the option Mobile phone means texts and calls (2.1)": {
			tenant(legacy(1, policy.MobileSMS)), everything(),
			[]policy.Method{policy.MobileSMS, policy.MobileCall},
		},
		"legacy ignores the new policy before the migration (2.4)": {
			tenant(legacy(1, policy.Email), configs(map[string]policy.MethodConfig{policy.ConfigSMS: on(policy.MethodConfig{})})), everything(),
			[]policy.Method{policy.Email},
		},
		"migration in progress: both (2.4)": {
			tenant(legacy(1, policy.Email), state(policy.MigrationInProgress),
				configs(map[string]policy.MethodConfig{policy.ConfigSMS: on(policy.MethodConfig{})})), everything(),
			[]policy.Method{policy.Email, policy.MobileSMS},
		},
		"migration complete: the new policy only, and questions (2.4)": {
			tenant(legacy(1, policy.Email, policy.Questions), state(policy.MigrationComplete),
				configs(map[string]policy.MethodConfig{policy.ConfigVoice: on(policy.MethodConfig{})})), everything(),
			[]policy.Method{policy.MobileCall, policy.Questions},
		},
		"office phones need isOfficePhoneAllowed": {
			tenant(legacy(1), state(policy.MigrationComplete),
				configs(map[string]policy.MethodConfig{policy.ConfigVoice: on(policy.MethodConfig{OfficeAllowed: true})})), everything(),
			[]policy.Method{policy.MobileCall, policy.OfficeCall},
		},
		"office phones need a paid tenant (1.3)": {
			tenant(legacy(2, allLegacy...), func(s *policy.Settings) { s.Paid = false }), everything(),
			[]policy.Method{policy.Email, policy.MobileSMS, policy.MobileCall, policy.Questions, policy.AppPush, policy.AppCode},
		},
		"after the migration a notification serves one gate too (2.3)": {
			tenant(legacy(1), state(policy.MigrationComplete),
				configs(map[string]policy.MethodConfig{policy.ConfigAuthenticator: on(policy.MethodConfig{Mode: "push"})})), everything(),
			[]policy.Method{policy.AppPush},
		},
		"mode deviceBasedPush is for passwordless sign-in": {
			tenant(legacy(1), state(policy.MigrationComplete),
				configs(map[string]policy.MethodConfig{policy.ConfigAuthenticator: on(policy.MethodConfig{Mode: "deviceBasedPush", SoftwareOATH: true})})), everything(),
			[]policy.Method{policy.AppCode},
		},
		"the kind of app decides: third-party app, only Authenticator allowed": {
			tenant(legacy(1), state(policy.MigrationComplete),
				configs(map[string]policy.MethodConfig{policy.ConfigAuthenticator: on(policy.MethodConfig{SoftwareOATH: true})})),
			everything(func(p *policy.Person) { p.Apps = []policy.App{{Kind: policy.SoftwareOATH}} }), nil,
		},
		"the kind of app decides: hardware token allowed": {
			tenant(legacy(1), state(policy.MigrationComplete),
				configs(map[string]policy.MethodConfig{policy.ConfigHardwareOATH: on(policy.MethodConfig{})})),
			everything(func(p *policy.Person) { p.Apps = []policy.App{{Kind: policy.HardwareOATH}} }),
			[]policy.Method{policy.AppCode},
		},
		"excluded by group, although included": {
			tenant(legacy(1), state(policy.MigrationComplete),
				configs(map[string]policy.MethodConfig{policy.ConfigEmail: on(policy.MethodConfig{Exclude: []string{scopeGroup}})})),
			everything(func(p *policy.Person) { p.Groups = []string{scopeGroup} }), nil,
		},
		"included by group": {
			tenant(legacy(1), state(policy.MigrationComplete),
				configs(map[string]policy.MethodConfig{policy.ConfigEmail: on(policy.MethodConfig{Include: []string{scopeGroup}})})),
			everything(func(p *policy.Person) { p.Groups = []string{scopeGroup} }),
			[]policy.Method{policy.Email},
		},
		"administrators: all but questions, whatever is enabled (4.3)": {
			tenant(legacy(1), state(policy.MigrationComplete), configs(nil)), everything(admin),
			[]policy.Method{policy.Email, policy.MobileSMS, policy.MobileCall, policy.OfficeCall, policy.AppPush, policy.AppCode},
		},
		"administrators of a trial: no voice (4.3)": {
			tenant(func(s *policy.Settings) { s.TrialStarted = now }), everything(admin),
			[]policy.Method{policy.Email, policy.MobileSMS, policy.AppPush, policy.AppCode},
		},
		"administrators of a free tenant: no voice (4.3)": {
			tenant(func(s *policy.Settings) { s.Paid = false }), everything(admin),
			[]policy.Method{policy.Email, policy.MobileSMS, policy.AppPush, policy.AppCode},
		},
		"administrators: third-party OATH though disabled (4.3)": {
			tenant(state(policy.MigrationComplete), configs(nil)),
			everything(admin, func(p *policy.Person) {
				p.Contacts, p.Apps = policy.Contacts{}, []policy.App{{Kind: policy.SoftwareOATH}}
			}),
			[]policy.Method{policy.AppCode},
		},
		"an alternate phone is never a gate (2.1)": {
			tenant(legacy(1, allLegacy...)),
			alice(func(p *policy.Person) { p.Contacts = policy.Contacts{AlternatePhone: "+1 4255550122"} }), nil,
		},
		"too few questions registered": {tenant(legacy(1, policy.Questions)), everything(func(p *policy.Person) { p.QuestionCount = 2 }), nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			offers := policy.OffersFor(c.s, c.p, 1, nil, now)
			require.Len(t, offers, len(policy.Methods), "every method is listed")
			assert.Equal(t, c.want, offered(offers))
			for _, o := range offers {
				assert.NotEmpty(t, o.Reason, o.Method)
			}
		})
	}
}

func TestSecondGateLeavesOutTheFamilyOfTheFirst(t *testing.T) {
	s := tenant(func(s *policy.Settings) {
		s.Reset.Gates, s.Reset.Methods = 2, []policy.Method{policy.AppPush, policy.AppCode, policy.Email, policy.MobileSMS}
	})
	after := policy.OffersFor(s, everything(), 2, []policy.Method{policy.AppPush}, now)
	assert.Equal(t, []policy.Method{policy.Email, policy.MobileSMS, policy.MobileCall}, offered(after))
	assert.Equal(t, "already used for step 1", reasonFor(after, policy.AppCode), "notification and code are one method")
}

// "A user with only Authenticator failed a two-gate policy" (reference 2.2).
func TestAnAppAloneIsNotTwoMethods(t *testing.T) {
	s := tenant(func(s *policy.Settings) {
		s.Reset.Gates, s.Reset.Methods = 2, []policy.Method{policy.AppPush, policy.AppCode, policy.Email, policy.MobileSMS}
	})
	p := everything(func(p *policy.Person) { p.Contacts = policy.Contacts{} })
	a := admit(s, p)
	require.NotNil(t, a.Refusal)
	assert.Equal(t, policy.CodeNotConfigured, a.Refusal.Code)
}

// "Mobile phone and office phone: two methods" (reference 2.2).
func TestTwoPhonesAreTwoMethods(t *testing.T) {
	s := tenant(func(s *policy.Settings) {
		s.Reset.Gates, s.Reset.Methods = 2, []policy.Method{policy.MobileSMS, policy.OfficeCall}
	})
	p := everything(func(p *policy.Person) { p.Contacts.AuthenticationEmail, p.Apps = "", nil })
	assert.Nil(t, admit(s, p).Refusal)
}

func TestContactsComeFromTheDirectoryWhenNothingIsRegistered(t *testing.T) {
	p := alice(func(p *policy.Person) {
		p.Contacts = policy.Contacts{MobilePhone: "+49 15112345678x5", AlternateEmails: []string{"alice@home.example", "b@c.example"}}
	})
	assert.Equal(t, []policy.Method{policy.Email, policy.MobileSMS, policy.MobileCall}, offered(policy.OffersFor(tenant(), p, 1, nil, now)))
	assert.Equal(t, "+49 15112345678", p.Contacts.For(policy.MobileCall), "extensions are dropped before dialling")
	assert.Equal(t, "alice@home.example", p.Contacts.For(policy.Email))
}

// concept-sms-voice-retirement (reference 2.6): still offered, never delivered.
func TestTextsAndCallsEndWithMicrosoftsDelivery(t *testing.T) {
	end := time.Date(2027, time.February, 1, 0, 0, 0, 0, time.UTC)
	cases := map[string]struct {
		provider policy.TelecomProvider
		at       time.Time
		want     bool
	}{
		"Microsoft, the day before": {policy.TelecomMicrosoft, end.Add(-time.Second), true},
		"Microsoft, from that day":  {policy.TelecomMicrosoft, end, false},
		"own provider, afterwards":  {policy.TelecomCustomer, end.AddDate(5, 0, 0), true},
		"retired by setting, today": {policy.TelecomRetired, now, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := tenant(func(s *policy.Settings) { s.Telecom = c.provider })
			for _, o := range policy.OffersFor(s, alice(), 1, nil, c.at) {
				voice := o.Method == policy.MobileSMS || o.Method == policy.MobileCall
				if voice {
					assert.True(t, o.Offered)
					assert.Equal(t, c.want, o.Warning == "")
					assert.Equal(t, c.want, policy.Deliverable(s, o.Method, c.at))
				} else {
					assert.Empty(t, o.Warning)
				}
			}
		})
	}
}

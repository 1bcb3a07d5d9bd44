package policy

import "time"

// DefaultSettings returns the settings of a tenant nobody has configured yet,
// with the defaults of reference chapter 15.
func DefaultSettings() Settings {
	return Settings{
		Paid: true,
		Reset: ResetSettings{
			Scope:       ScopeNone,
			Gates:       1,
			Methods:     []Method{Email, MobileSMS},
			Questions:   QuestionSettings{ToRegister: 5, ToReset: 3, Predefined: firstQuestionKeys(5)},
			SessionLife: 15 * time.Minute,
			CodeLife:    5 * time.Minute,
			AllowGuests: true,
		},
		Methods:      MethodsPolicy{Migration: PreMigration, Configs: defaultMethodConfigs()},
		Admins:       AdminSettings{AllowedToUseSSPR: true},
		Lockout:      LockoutSettings{Threshold: 10, Duration: defaultLockout, Cap: time.Hour},
		Throttle:     ThrottleSettings{TroubleshootRules: true, FAQRules: true, Block: 24 * time.Hour},
		Licences:     LicencesStrict,
		Telecom:      TelecomMicrosoft,
		Registration: RegistrationSettings{Require: true, ReconfirmDays: 180, Campaign: CampaignSettings{State: CampaignDefault, SnoozeDays: 1, Include: []string{AllUsers}}},
		Notify:       NotifySettings{Users: true},
		Expiry:       ExpirySettings{NotificationDays: 14},
		TAP: TAPSettings{
			MinLifetime: time.Hour, MaxLifetime: 8 * time.Hour, DefaultLifetime: time.Hour, Length: 8,
		},
	}
}

// defaultMethodConfigs has every configuration for everybody, switched off but
// for the authenticator app.
func defaultMethodConfigs() map[string]MethodConfig {
	all := []string{AllUsers}
	return map[string]MethodConfig{
		ConfigAuthenticator: {Enabled: true, Include: all, Mode: "any", SoftwareOATH: true},
		ConfigEmail:         {Include: all},
		ConfigSMS:           {Include: all},
		ConfigVoice:         {Include: all},
		ConfigSoftwareOATH:  {Include: all},
		ConfigHardwareOATH:  {Include: all},
		ConfigTAP:           {Include: all},
	}
}

package policy

import (
	"slices"
	"time"
)

// IDs of the authentication method configurations that reset asks for.
const (
	ConfigEmail         = "Email"
	ConfigSMS           = "Sms"
	ConfigVoice         = "Voice"
	ConfigAuthenticator = "MicrosoftAuthenticator"
	ConfigSoftwareOATH  = "SoftwareOath"
	ConfigHardwareOATH  = "HardwareOath"
	ConfigTAP           = "TemporaryAccessPass"
)

// AllUsers is the include target that stands for everybody.
const AllUsers = "all_users"

// Targets reports whether the configuration is enabled for p: included by
// group or by all_users, and not excluded. Exclusion wins.
func (c MethodConfig) Targets(p Person) bool {
	holds := func(ids []string) bool {
		return slices.ContainsFunc(ids, func(id string) bool {
			return id == AllUsers || id == p.ID || slices.Contains(p.Groups, id)
		})
	}
	return c.Enabled && holds(c.Include) && !holds(c.Exclude)
}

// A grant says whether a policy allows a method to a person.
type grant struct {
	allowed bool
	why     string
}

// allowed decides by the policy in force (reference 2.4): the administrator
// policy for administrators; for others the legacy policy before the migration,
// either policy during it, and the Authentication methods policy alone
// afterwards. Security questions stay in the password reset blade throughout.
func allowed(s Settings, p Person, m Method) grant {
	if IsAdministrator(s, p) {
		return allowedToAdmin(s, m)
	}
	if m == OfficeCall && trialOrFree(s) {
		return grant{why: "calls to office phones need a paid tenant"}
	}
	if m == Questions {
		return allowedByLegacy(s, m)
	}
	if m == AppPush && s.Methods.Migration != MigrationComplete && userGates(s) < 2 {
		return grant{why: "a notification needs two gates until the tenant has migrated to the Authentication methods policy"}
	}
	switch s.Methods.Migration {
	case MigrationComplete:
		return allowedByMethodsPolicy(s, p, m)
	case MigrationInProgress:
		if g := allowedByLegacy(s, m); g.allowed {
			return g
		}
		if g := allowedByMethodsPolicy(s, p, m); g.allowed {
			return g
		}
		return grant{why: "allowed by neither the password reset policy nor the Authentication methods policy"}
	}
	return allowedByLegacy(s, m)
}

// allowedToAdmin is the administrator policy, which no setting changes
// ("Administrator reset policy differences", concept-sspr-policy).
func allowedToAdmin(s Settings, m Method) grant {
	switch {
	case m == Questions:
		return grant{why: "administrators may never use security questions"}
	case (m == MobileCall || m == OfficeCall) && trialOrFree(s):
		return grant{why: "administrators of trial and free tenants may not use voice calls"}
	}
	return grant{true, "allowed by the administrator policy"}
}

// trialOrFree reports whether the tenant is one in which voice is restricted.
func trialOrFree(s Settings) bool { return !s.Paid || !s.TrialStarted.IsZero() }

// allowedByLegacy asks the password reset blade. Its option "Mobile phone",
// here MobileSMS or MobileCall, enables texts and calls (reference 2.1).
func allowedByLegacy(s Settings, m Method) grant {
	options := []Method{m}
	if m.Family() == MobileSMS.Family() {
		options = []Method{MobileSMS, MobileCall}
	}
	if slices.ContainsFunc(options, func(o Method) bool { return slices.Contains(s.Reset.Methods, o) }) {
		return grant{true, "allowed by the password reset policy"}
	}
	return grant{why: "not enabled in the password reset policy"}
}

// allowedByMethodsPolicy asks the Authentication methods policy.
func allowedByMethodsPolicy(s Settings, p Person, m Method) grant {
	why := ""
	for _, id := range configsFor(m) {
		c := s.Methods.Configs[id]
		switch {
		case !c.Enabled:
			why = either(why, id+" is not enabled in the Authentication methods policy")
		case !c.Targets(p):
			why = either(why, id+" does not include this person in the Authentication methods policy")
		case id == ConfigAuthenticator && m == AppPush && c.Mode == "deviceBasedPush":
			why = either(why, "MicrosoftAuthenticator is limited to passwordless sign-in (mode deviceBasedPush)")
		case id == ConfigAuthenticator && m == AppCode && !c.SoftwareOATH:
			why = either(why, "MicrosoftAuthenticator does not allow codes (isSoftwareOathEnabled)")
		case m == OfficeCall && !c.OfficeAllowed:
			why = either(why, "Voice does not allow office phones (isOfficePhoneAllowed)")
		default:
			return grant{true, "allowed by " + id + " in the Authentication methods policy"}
		}
	}
	return grant{why: why}
}

func either(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

// configsFor names the configurations that can grant m.
func configsFor(m Method) []string {
	switch m {
	case AppPush:
		return []string{ConfigAuthenticator}
	case AppCode:
		return []string{ConfigAuthenticator, ConfigSoftwareOATH, ConfigHardwareOATH}
	case Email:
		return []string{ConfigEmail}
	case MobileSMS:
		return []string{ConfigSMS}
	case MobileCall, OfficeCall, AlternateCall:
		return []string{ConfigVoice}
	}
	return nil
}

// CodeApps lists the apps and tokens of p whose codes count as a proof at a
// reset: a kind that the policy forbids passes no gate, whatever else the person
// has registered (reference 2.1, 2.4).
func CodeApps(s Settings, p Person) []App {
	return slices.DeleteFunc(slices.Clone(p.Apps), func(a App) bool { return !appAllowed(s, p, a) })
}

// appAllowed asks for one registered app or token whether its codes are allowed:
// the legacy option "Mobile app code" covers every kind, the Authentication
// methods policy has an entry for each, and administrators may use all of them,
// third-party OATH even when it is disabled for everybody else.
func appAllowed(s Settings, p Person, a App) bool {
	if IsAdministrator(s, p) {
		return true
	}
	if s.Methods.Migration != MigrationComplete && allowedByLegacy(s, AppCode).allowed {
		return true
	}
	if s.Methods.Migration != MigrationComplete && s.Methods.Migration != MigrationInProgress {
		return false
	}
	return codesAllowed(s, p, a.Kind)
}

// codesAllowed asks the Authentication methods policy for the codes of one kind.
func codesAllowed(s Settings, p Person, k AppKind) bool {
	switch k {
	case MicrosoftAuthenticator:
		c := s.Methods.Configs[ConfigAuthenticator]
		return c.Targets(p) && c.SoftwareOATH
	case HardwareOATH:
		return s.Methods.Configs[ConfigHardwareOATH].Targets(p)
	}
	return s.Methods.Configs[ConfigSoftwareOATH].Targets(p)
}

// anyMethodEnabled reports whether the policy in force enables a method for
// anybody: without one no reset policy exists.
func anyMethodEnabled(s Settings) bool {
	if s.Methods.Migration != MigrationComplete && len(s.Reset.Methods) > 0 {
		return true
	}
	if slices.Contains(s.Reset.Methods, Questions) {
		return true
	}
	if s.Methods.Migration != MigrationComplete && s.Methods.Migration != MigrationInProgress {
		return false
	}
	return slices.ContainsFunc(Methods, func(m Method) bool {
		return slices.ContainsFunc(configsFor(m), func(id string) bool { return s.Methods.Configs[id].Enabled })
	})
}

// smsVoiceRetirement is when Microsoft stops to deliver text messages and calls
// (concept-sms-voice-retirement).
var smsVoiceRetirement = time.Date(2027, time.February, 1, 0, 0, 0, 0, time.UTC)

// Deliverable reports whether a text message or call of method m would arrive.
// Since 2027-02-01 only a tenant with its own telecom provider has them. The
// methods are still offered, which is how the fault shows.
func Deliverable(s Settings, m Method, now time.Time) bool {
	switch m {
	case MobileSMS, MobileCall, OfficeCall, AlternateCall:
	default:
		return true
	}
	switch s.Telecom {
	case TelecomCustomer:
		return true
	case TelecomRetired:
		return false
	}
	return now.Before(smsVoiceRetirement)
}

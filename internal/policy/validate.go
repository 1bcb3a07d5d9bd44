package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Validate checks settings and returns one error for each wrong field, naming
// the field, the limit and the remedy.
func (s Settings) Validate() []error {
	v := &validation{}
	if text := NameProblem(s.TenantName); text != "" {
		v.field("tenantName", "%s", text)
	}
	s.Reset.validate(v)
	s.validateMethods(v)
	s.Ban.validate(v)
	s.validateRegistration(v)
	s.TAP.validate(v)
	s.validateRest(v)
	for _, p := range s.Branding.Validate() {
		v.field("branding."+p.Field, "%s", p.Text)
	}
	return v.errs
}

// A validation collects what is wrong.
type validation struct{ errs []error }

// field reports a wrong value: the field, what is wrong with it, the remedy.
func (v *validation) field(name, format string, args ...any) {
	v.errs = append(v.errs, fmt.Errorf("settings: %s: "+format, append([]any{name}, args...)...))
}

func (v *validation) between(name string, got, low, high int) (ok bool) {
	if got < low || got > high {
		v.field(name, "%d is outside %d to %d", got, low, high)
		return false
	}
	return true
}

func (v *validation) positive(name string, got time.Duration) (ok bool) {
	if got <= 0 {
		v.field(name, "%s is not a duration above zero", got)
		return false
	}
	return true
}

// NameProblem tells what is wrong with a name that mails, pages and logs show: ""
// for nothing. It has one line, and nothing in it makes it read as another: no
// embedding, override or isolate of a writing direction (Unicode Standard Annex 9).
func NameProblem(name string) string {
	for _, r := range name {
		if unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp) || '\u202A' <= r && r <= '\u202E' || '\u2066' <= r && r <= '\u2069' {
			return fmt.Sprintf("holds %U, a line break, control character or switch of the writing direction: remove it", r)
		}
	}
	return ""
}

func oneOf[T ~string](v *validation, name string, got T, allowed ...T) {
	if !slices.Contains(allowed, got) {
		v.field(name, "%q is unknown; use one of %q", string(got), allowed)
	}
}

// maxMinimumDelay keeps the first page from looking broken.
const maxMinimumDelay = 30 * time.Second

func (r ResetSettings) validate(v *validation) {
	oneOf(v, "reset.scope", r.Scope, ScopeNone, ScopeSelected, ScopeAll)
	v.between("reset.gates", r.Gates, 1, 2)
	for _, m := range r.Methods {
		oneOf(v, "reset.methods", m, Methods...)
	}
	session := v.positive("reset.sessionLife", r.SessionLife)
	code := v.positive("reset.codeLife", r.CodeLife)
	if session && code && r.CodeLife > r.SessionLife {
		v.field("reset.codeLife", "%s is longer than reset.sessionLife %s; shorten it", r.CodeLife, r.SessionLife)
	}
	if r.MinimumDelay < 0 || r.MinimumDelay > maxMinimumDelay {
		v.field("reset.minimumDelay", "%s is outside 0s to %s; use 0s for none", r.MinimumDelay, maxMinimumDelay)
	}
	r.Questions.validate(v, slices.Contains(r.Methods, Questions))
}

func (q QuestionSettings) validate(v *validation, enabled bool) {
	if enabled || q.ToRegister != 0 || q.ToReset != 0 {
		register := v.between("reset.questions.toRegister", q.ToRegister, MinQuestions, MaxQuestions)
		reset := v.between("reset.questions.toReset", q.ToReset, MinQuestions, MaxQuestions)
		if register && reset && q.ToReset > q.ToRegister {
			v.field("reset.questions.toReset", "%d is more than reset.questions.toRegister %d; ask for at most as many as are registered", q.ToReset, q.ToRegister)
		}
	}
	if n := len(q.Offered()); enabled && n < q.ToRegister {
		v.field("reset.questions", "%d questions are defined and %d must be registered; add %d", n, q.ToRegister, q.ToRegister-n)
	}
	for i, key := range q.Predefined {
		if !isPredefined(key) {
			v.field(fmt.Sprintf("reset.questions.predefined[%d]", i), "%q is not a predefined question; use a key such as %q", key, predefinedQuestions[0])
		}
	}
	if len(q.Custom) > MaxCustomQuestions {
		v.field("reset.questions.custom", "%d questions, at most %d; remove %d", len(q.Custom), MaxCustomQuestions, len(q.Custom)-MaxCustomQuestions)
	}
	for i, text := range q.Custom {
		v.between(fmt.Sprintf("reset.questions.custom[%d], characters", i), utf8.RuneCountInString(text), MinCustomQuestionLength, MaxCustomQuestionLength)
	}
	seen := map[string]bool{}
	for _, text := range q.Offered() {
		if seen[text] {
			v.field("reset.questions", "%q is listed twice; remove one", text)
		}
		seen[text] = true
	}
}

// maxMethodsPropagation is how long combined registration may go by the methods
// from before a change.
const maxMethodsPropagation = 2 * time.Hour

// validateMethods includes the number of methods that must be enabled next to
// the authenticator app until the tenant has migrated (concept-sspr-howitworks,
// mobile app and SSPR; reference 2.3).
func (s Settings) validateMethods(v *validation) {
	oneOf(v, "methods.migration", s.Methods.Migration, PreMigration, MigrationInProgress, MigrationComplete)
	known := []string{
		ConfigEmail, ConfigSMS, ConfigVoice, ConfigAuthenticator, ConfigSoftwareOATH, ConfigHardwareOATH, ConfigTAP,
		"Fido2", "X509Certificate", "QRCodePin",
	}
	for _, id := range sortedKeys(s.Methods.Configs) {
		oneOf(v, "methods.configs", id, known...)
		if id == ConfigAuthenticator {
			oneOf(v, "methods.configs.MicrosoftAuthenticator.mode", s.Methods.Configs[id].Mode, "", "any", "push", "deviceBasedPush")
		}
	}
	if p := s.Methods.Propagation; p < 0 || p > maxMethodsPropagation {
		v.field("methods.propagation", "%s is outside 0 to 2 hours", p)
	}
	if size := methodsPolicySize(s); size > MaxMethodsPolicy {
		v.field("methods", "the Authentication methods policy has %d bytes and can be saved up to %d (20 KB); consolidate the groups that its methods and the registration campaign target", size, MaxMethodsPolicy)
	}
	if s.Methods.Migration == MigrationComplete {
		return
	}
	var others []string
	app := false
	for _, m := range s.Reset.Methods {
		f := m.Family()
		if f == AppCode.Family() {
			app = true
		} else if !slices.Contains(others, f) {
			others = append(others, f)
		}
	}
	if app && len(others) < s.Reset.Gates {
		v.field("reset.methods", "the authenticator app needs %d other methods next to it when %d are required to reset; enable %d more",
			s.Reset.Gates, s.Reset.Gates, s.Reset.Gates-len(others))
	}
}

// The limits of the custom banned list (tutorial-configure-custom-password-protection).
const (
	MaxBanTerms      = 1000
	MinBanTermLength = 4
	MaxBanTermLength = 16
)

func (b BanSettings) validate(v *validation) {
	if len(b.Custom) > MaxBanTerms {
		v.field("ban.custom", "%d terms, at most %d; remove %d", len(b.Custom), MaxBanTerms, len(b.Custom)-MaxBanTerms)
	}
	for i, term := range b.Custom {
		v.between(fmt.Sprintf("ban.custom[%d], characters", i), utf8.RuneCountInString(normaliseTerm(term)), MinBanTermLength, MaxBanTermLength)
	}
	if b.Propagation < 0 {
		v.field("ban.propagation", "%s is negative; use 0 for changes that count at once", b.Propagation)
	}
	if b.CustomList.Len() > MaxBanTerms {
		v.field("ban.custom", "%d terms, at most %d", b.CustomList.Len(), MaxBanTerms)
	}
}

func (s Settings) validateRegistration(v *validation) {
	v.between("registration.reconfirmDays", s.Registration.ReconfirmDays, 0, 730)
	c := s.Registration.Campaign
	oneOf(v, "registration.campaign.state", c.State, "", CampaignDefault, CampaignEnabled, CampaignDisabled)
	v.between("registration.campaign.snoozeDays", c.SnoozeDays, 0, 14)
	validateAccess(v, "registration.access", s.Registration.Access)
	validateAccess(v, "signIn.access", s.SignIn.Access)
	s.SignIn.validateLocations(v)
}

func validateAccess(v *validation, field string, policies []AccessPolicy) {
	for i, a := range policies {
		name := fmt.Sprintf("%s[%d]", field, i)
		oneOf(v, name+".state", a.State, AccessEnabled, AccessReportOnly, AccessDisabled)
		if a.Block && a.RequireMFA {
			v.field(name, "blocks and requires multi-factor authentication; choose one")
		}
	}
}

func (t TAPSettings) validate(v *validation) {
	if t == (TAPSettings{}) {
		return // never configured
	}
	minutes := func(d time.Duration) int { return int(d / time.Minute) }
	low, high := minutes(MinTAPLifetime), minutes(MaxTAPLifetime)
	v.between("tap.minLifetime, minutes", minutes(t.MinLifetime), low, high)
	v.between("tap.maxLifetime, minutes", minutes(t.MaxLifetime), low, high)
	v.between("tap.defaultLifetime, minutes", minutes(t.DefaultLifetime), low, high)
	if t.MinLifetime > t.MaxLifetime {
		v.field("tap.minLifetime", "%s is more than tap.maxLifetime %s; lower it", t.MinLifetime, t.MaxLifetime)
	} else if t.DefaultLifetime < t.MinLifetime || t.DefaultLifetime > t.MaxLifetime {
		v.field("tap.defaultLifetime", "%s is outside tap.minLifetime %s to tap.maxLifetime %s", t.DefaultLifetime, t.MinLifetime, t.MaxLifetime)
	}
	v.between("tap.length", t.Length, MinTAPLength, MaxTAPLength)
}

// maxPropagation is how long a change of allowedToUseSSPR may take to arrive.
const maxPropagation = time.Hour

func (s Settings) validateRest(v *validation) {
	if s.Admins.Propagation < 0 || s.Admins.Propagation > maxPropagation {
		v.field("admins.propagation", "%s is outside 0 to 60 minutes", s.Admins.Propagation)
	}
	if s.Lockout.Threshold < 1 {
		v.field("lockout.threshold", "%d is below 1", s.Lockout.Threshold)
	}
	v.positive("lockout.duration", s.Lockout.Duration)
	if s.Lockout.Cap != 0 && s.Lockout.Cap < s.Lockout.Duration {
		v.field("lockout.cap", "%s is shorter than lockout.duration %s; raise it, or use 0 for none", s.Lockout.Cap, s.Lockout.Duration)
	}
	v.positive("throttle.block", s.Throttle.Block)
	oneOf(v, "licences", s.Licences, LicencesStrict, LicencesLenient)
	oneOf(v, "telecom", s.Telecom, TelecomMicrosoft, TelecomCustomer, TelecomRetired)
	oneOf(v, "notify.cloud", s.Notify.Cloud, PublicCloud, ChinaCloud, USGovernmentCloud)
	if link := s.Helpdesk.Link; s.Helpdesk.Customised && !webLink(link) && !ValidEmail(strings.TrimPrefix(link, "mailto:")) {
		v.field("helpdesk.link", "%q is neither an e-mail address nor an http or https URL; give one, or switch customised off", link)
	}
	s.validateExpiry(v)
}

func (s Settings) validateExpiry(v *validation) {
	if s.Expiry.ValidityDays < 0 {
		v.field("expiry.validityDays", "%d is negative; use 0 for never", s.Expiry.ValidityDays)
	}
	for _, name := range sortedKeys(s.Expiry.Domains) {
		d := s.Expiry.Domains[name]
		if d.ValidityDays < 0 {
			v.field("expiry.domains."+name+".validityDays", "%d is negative; use 0 for never", d.ValidityDays)
		}
		if d.NotificationDays < 0 || (d.ValidityDays > 0 && d.NotificationDays > d.ValidityDays) {
			v.field("expiry.domains."+name+".notificationDays", "%d is outside 0 to validityDays %d", d.NotificationDays, d.ValidityDays)
		}
		if known := append([]string{s.InitialDomain}, s.CustomDomains...); !slices.ContainsFunc(known, func(d string) bool { return strings.EqualFold(d, name) }) {
			v.field("expiry.domains", "%q is no domain of the tenant; use one of %s", name, strings.Join(known, ", "))
		}
	}
	if s.Expiry.NotificationDays < 0 || (s.Expiry.ValidityDays > 0 && s.Expiry.NotificationDays > s.Expiry.ValidityDays) {
		v.field("expiry.notificationDays", "%d is outside 0 to expiry.validityDays %d", s.Expiry.NotificationDays, s.Expiry.ValidityDays)
	}
}

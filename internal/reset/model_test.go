package reset_test

import (
	"slices"
	"time"

	"github.com/ssprlab/ssprlab/internal/policy"
)

// The rules as the reference tells them (chapters 1.4, 2, 4.2, 6.4, 10), written
// down a second time: the model asks no function of package policy.

// Roles of the model: one on both lists, one on the long list, one on neither.
const (
	globalAdministrator = "62e90394-69f5-4237-9190-012177145e10"
	yammerAdministrator = "810a2642-a034-447f-a5e8-41beaa378541"
	globalReader        = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
	helpdesk            = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
)

// world facts: what the model is told of the moment.
type facts struct {
	s         policy.Settings
	p         policy.Person
	writeback policy.WritebackStatus
	blocked   time.Time // until
	now       time.Time
}

func (f facts) admin() bool {
	for _, r := range f.p.Roles {
		if r == globalAdministrator || r == helpdesk || r == yammerAdministrator && !f.s.Admins.ShortRoleList {
			return true
		}
	}
	return false
}

// excepted reports whether an administrator may do with one gate (4.2).
func (f facts) excepted() bool {
	trial := f.s.TrialStarted
	young := !trial.IsZero() && f.now.Sub(trial) < 30*24*time.Hour
	old := !trial.IsZero() && !young
	grown := len(f.s.CustomDomains) > 0 || f.s.SyncEnabled
	if f.s.Admins.TrialLoses {
		return !grown && !old
	}
	return young || !grown
}

// demanded is how many gates the policy asks for now.
func (f facts) demanded() int {
	if f.admin() {
		if f.excepted() {
			return 1
		}
		return 2
	}
	return f.s.Reset.Gates
}

func family(m policy.Method) string {
	switch m {
	case policy.AppCode, policy.AppPush:
		return "app"
	case policy.MobileSMS, policy.MobileCall:
		return "mobile"
	}
	return string(m)
}

func familiesOf(methods []policy.Method) int {
	seen := map[string]bool{}
	for _, m := range methods {
		seen[family(m)] = true
	}
	return len(seen)
}

// config reports whether the Authentication methods policy has id on for p.
func (f facts) config(id string) bool {
	c := f.s.Methods.Configs[id]
	in := func(list []string) bool {
		return slices.ContainsFunc(list, func(g string) bool { return g == "all_users" || slices.Contains(f.p.Groups, g) })
	}
	return c.Enabled && in(c.Include) && !in(c.Exclude)
}

// blade reports whether the password reset blade, while it counts, has m on.
func (f facts) blade(m policy.Method) bool {
	if f.s.Methods.Migration == policy.MigrationComplete && m != policy.Questions {
		return false
	}
	return slices.ContainsFunc(f.s.Reset.Methods, func(on policy.Method) bool {
		return on == m || family(on) == "mobile" && family(m) == "mobile"
	})
}

// newPolicy reports whether the Authentication methods policy counts yet.
func (f facts) newPolicy() bool { return f.s.Methods.Migration != policy.PreMigration }

// voice reports whether the tenant may call: neither trial nor free.
func (f facts) voice() bool { return f.s.Paid && f.s.TrialStarted.IsZero() }

// usable reports whether p could pass a gate by m now: allowed, and on file.
func (f facts) usable(m policy.Method) bool {
	c, contacts, admin := f.s.Methods.Configs, f.p.Contacts, f.admin()
	either := func(id string) bool { return admin || f.blade(m) || f.newPolicy() && f.config(id) }
	switch m {
	case policy.Email:
		return (contacts.AuthenticationEmail != "" || len(contacts.AlternateEmails) > 0) && either(policy.ConfigEmail)
	case policy.MobileSMS, policy.MobileCall:
		id, calls := policy.ConfigSMS, true
		if m == policy.MobileCall {
			id, calls = policy.ConfigVoice, !admin || f.voice()
		}
		return (contacts.AuthenticationPhone != "" || contacts.MobilePhone != "") && calls && either(id)
	case policy.OfficeCall:
		on := admin || f.blade(m) || f.newPolicy() && f.config(policy.ConfigVoice) && c[policy.ConfigVoice].OfficeAllowed
		return contacts.OfficePhone != "" && f.voice() && on
	case policy.Questions:
		return !admin && f.blade(m) && f.p.QuestionCount >= f.s.Reset.Questions.ToReset
	case policy.AppPush:
		pushes := slices.ContainsFunc(f.p.Apps, func(a policy.App) bool { return a.Kind == policy.MicrosoftAuthenticator && a.Push })
		mode := c[policy.ConfigAuthenticator].Mode != "deviceBasedPush"
		gates := admin || f.s.Methods.Migration == policy.MigrationComplete || f.s.Reset.Gates == 2
		return pushes && gates && (admin || f.blade(m) || f.newPolicy() && f.config(policy.ConfigAuthenticator) && mode)
	}
	return slices.ContainsFunc(f.p.Apps, f.codes)
}

// codes reports whether the codes of an app or token count.
func (f facts) codes(a policy.App) bool {
	switch {
	case f.admin() || f.blade(policy.AppCode):
		return true
	case !f.newPolicy():
		return false
	case a.Kind == policy.MicrosoftAuthenticator:
		return f.config(policy.ConfigAuthenticator) && f.s.Methods.Configs[policy.ConfigAuthenticator].SoftwareOATH
	case a.Kind == policy.HardwareOATH:
		return f.config(policy.ConfigHardwareOATH)
	}
	return f.config(policy.ConfigSoftwareOATH)
}

func (f facts) usables() (list []policy.Method) {
	for _, m := range policy.Methods {
		if f.usable(m) {
			list = append(list, m)
		}
	}
	return list
}

func (f facts) premium() bool {
	return slices.Contains(f.p.ServicePlans, policy.PlanP1) || slices.Contains(f.p.ServicePlans, policy.PlanP2)
}

func (f facts) licensed() bool {
	switch {
	case f.s.Licences == policy.LicencesLenient, f.premium():
		return true
	}
	return f.p.Hosting == policy.CloudOnly && slices.Contains(f.p.ServicePlans, policy.SKUBusinessStandard)
}

// anything reports whether any method at all is switched on for anybody.
func (f facts) anything() bool {
	if f.s.Methods.Migration != policy.MigrationComplete && len(f.s.Reset.Methods) > 0 || slices.Contains(f.s.Reset.Methods, policy.Questions) {
		return true
	}
	for id, c := range f.s.Methods.Configs {
		if f.newPolicy() && c.Enabled && id != policy.ConfigTAP {
			return true
		}
	}
	return false
}

// verdict is what the first page must say, and why: nothing for "go on".
func (f facts) verdict(op policy.Operation) (cause string, code policy.Code) {
	a := f.s.Admins
	allowed := a.AllowedToUseSSPR
	if !a.ChangedAt.IsZero() && f.now.Before(a.ChangedAt.Add(a.Propagation)) {
		allowed = !allowed
	}
	synced := f.p.Hosting != policy.CloudOnly
	switch user := !f.admin(); {
	case f.p.Guest != policy.Member && !f.s.Reset.AllowGuests:
		return "guests-allowed", ""
	case f.now.Before(f.blocked):
		return "throttle", ""
	case !user && !allowed:
		return "administrator-switch", "SSPR_0009"
	case user && f.s.Reset.Scope == policy.ScopeNone:
		return "tenant-switch", "SSPR_0009"
	case user && !f.anything():
		return "reset-policy", "SSPR_0011"
	case user && f.s.Reset.Scope == policy.ScopeSelected && !slices.Contains(f.p.Groups, f.s.Reset.GroupID):
		return "scope-group", "SSPR_0013"
	case user && !f.licensed():
		return "licence", "SSPR_0012"
	case familiesOf(f.usables()) < f.demanded():
		return "methods", "SSPR_0014"
	case synced && (!f.s.Reset.Writeback || f.writeback == policy.WritebackNotConfigured):
		return "writeback-enabled", "SSPR_0010"
	case synced && f.writeback != policy.WritebackRunning:
		return "writeback-reachable", "SSPR_0030"
	case op == policy.Unlock && !f.s.Reset.AllowUnlock:
		return "unlock-allowed", ""
	}
	return "", ""
}

// A tally is what the model remembers of one person's attempts (6.4).
type tally struct {
	events  map[policy.ThrottleEvent][]time.Time
	blocked time.Time // until
}

// note counts an event and reports whether the person is blocked now. What is
// about to be done is refused when the limit has been used up before; what has
// been done ends in a block when it used up the limit.
func (y *tally) note(s policy.ThrottleSettings, e policy.ThrottleEvent, now time.Time) bool {
	if e == policy.ProofFailure {
		y.events[e] = append(y.events[e], now)
		return y.failed(s, e, now)
	}
	if y.failed(s, e, now) {
		return true
	}
	y.events[e] = append(y.events[e], now)
	return false
}

// failed reports whether the person is blocked after a failure of what counts
// as e.
func (y *tally) failed(s policy.ThrottleSettings, e policy.ThrottleEvent, now time.Time) bool {
	if now.Before(y.blocked) {
		return true
	}
	limit, window := 0, time.Hour
	switch e {
	case policy.PhoneValidation, policy.QuestionsGate:
		if s.FAQRules || s.TroubleshootRules {
			limit = 5
		}
	case policy.ResetAttempt:
		if s.TroubleshootRules {
			limit = 5
		}
	case policy.ProofFailure:
		limit = 5
		if s.FAQRules {
			window = 24 * time.Hour
		}
	case policy.EmailSend:
		if window = 10 * time.Minute; s.FAQRules {
			limit = 10
		}
	}
	n := 0
	for _, at := range y.events[e] {
		if now.Sub(at) < window {
			n++
		}
	}
	if limit == 0 || n < limit {
		return false
	}
	*y = tally{events: map[policy.ThrottleEvent][]time.Time{}, blocked: now.Add(24 * time.Hour)}
	return true
}

package policy

import (
	"fmt"
	"slices"
	"time"
)

// mostSecureFirst is the order in which the wizard proposes methods
// (concept-registration-mfa-sspr-combined).
var mostSecureFirst = []Method{AppPush, AppCode, MobileSMS, MobileCall, OfficeCall, Email, Questions}

// ForMFA reports whether a method can be a second factor at sign-in. E-mail and
// security questions serve password reset only.
func (m Method) ForMFA() bool { return m != Email && m != Questions }

// MayRegister reports whether p may register m, and why (reference 2.4): before
// the migration ends, a method that either policy enables can be registered,
// whichever of them reset itself goes by. Administrators may also register what
// the Authentication methods policy gives them, and never questions; when they
// have been switched off they can register nothing for reset.
func MayRegister(s Settings, p Person, m Method, now time.Time) (ok bool, why string) {
	s = s.ForRegistration(now)
	if s.Registration.Legacy && m.Family() == AppCode.Family() {
		return false, legacyOnly
	}
	if IsAdministrator(s, p) {
		if !s.Admins.allowedInForce(now) {
			return false, "administrators have been switched off (allowedToUseSSPR)"
		}
		if g := allowedToAdmin(s, m); g.allowed {
			return true, g.why
		}
	} else if g := allowedByLegacy(s, m); g.allowed && (m == Questions || s.Methods.Migration != MigrationComplete) {
		return true, g.why
	}
	if m == Questions {
		return false, allowed(s, p, m).why
	}
	g := allowedByMethodsPolicy(s, p, m)
	return g.allowed, g.why
}

// legacyOnly is why an old tenant's registration page refuses a method
// (concept-sspr-howitworks, "Mobile app and SSPR": the app can be registered for
// multi-factor authentication or in combined registration only).
const legacyOnly = "the tenant has registration for password reset alone, which does not register this method: switch combined registration on"

// InResetScope reports whether self-service password reset is on for p:
// administrators always are, others by the tenant switch and its group.
func InResetScope(s Settings, p Person) bool { return IsAdministrator(s, p) || inUsersScope(s, p) }

// inUsersScope asks the tenant switch and its group alone.
func inUsersScope(s Settings, p Person) bool {
	switch s.Reset.Scope {
	case ScopeAll:
		return true
	case ScopeSelected:
		return s.Reset.GroupID != "" && slices.Contains(p.Groups, s.Reset.GroupID)
	}
	return false
}

// askedToRegister reports whether the tenant wants p to register for password
// reset at a sign-in, and to confirm it later. Administrators who have been
// switched off are still asked as far as they are in the users' scope: excluding
// them from it avoids that (reference 4.4).
func askedToRegister(s Settings, p Person, now time.Time) bool {
	if IsAdministrator(s, p) && !s.Admins.allowedInForce(now) {
		return s.Registration.Require && inUsersScope(s, p)
	}
	return s.Registration.Require && InResetScope(s, p)
}

// A RegistrationState is what reports show of a person: registered is having
// enough methods whatever the policy, enabled is being allowed by policy,
// capable is both (userRegistrationDetails).
type RegistrationState struct {
	Registered, Enabled, Capable bool
	MFARegistered, MFACapable    bool
}

// RegistrationOf derives the state of p at now.
func RegistrationOf(s Settings, p Person, now time.Time) RegistrationState {
	gates, _ := Gates(s, p, now)
	var have []string
	for _, m := range Methods {
		if registered(s, p, m) && !slices.Contains(have, m.Family()) {
			have = append(have, m.Family())
		}
	}
	mfa, mfaCapable := p.Passkeys > 0, false
	for _, m := range secondFactors {
		on := registeredAsFactor(s, p, m)
		mfa = mfa || on
		mfaCapable = mfaCapable || on && allowedByMethodsPolicy(s, p, m).allowed
	}
	st := RegistrationState{Registered: len(have) >= gates, Enabled: InResetScope(s, p), MFARegistered: mfa, MFACapable: mfaCapable}
	if IsAdministrator(s, p) {
		st.Enabled = s.Admins.allowedInForce(now)
	}
	st.Capable = st.Enabled && len(usableFamilies(OffersFor(s, p, 1, nil, now))) >= gates
	return st
}

// registered is onFile without asking any policy.
func registered(s Settings, p Person, m Method) bool {
	if m == AppCode {
		return len(p.Apps) > 0
	}
	on, _ := onFile(s, p, m)
	return on
}

// A Visit is one sign-in, as far as interrupts ask about it.
type Visit struct {
	MFARequired   bool // by risk policy, per-user setting or Conditional Access
	MFADone       bool // in this session, or still valid
	MobileBrowser bool
}

// An InterruptKind is a closed set.
type InterruptKind string

// The interrupts of a sign-in (reference 5.1, 5.3, 5.4).
const (
	RegisterForMFA   InterruptKind = "mfa-registration"
	RegisterForReset InterruptKind = "sspr-registration"
	Reconfirm        InterruptKind = "sspr-refresh"
	CampaignNudge    InterruptKind = "registration-campaign"
)

// An Interrupt asks a person during sign-in to register or confirm methods.
type Interrupt struct {
	Kind      InterruptKind
	Skippable bool
	Missing   int      // methods to register
	Proposed  []Method // the fewest that satisfy what is asked, most secure first
	Others    []Method // behind "set up a different method"
	Reason    string
	Refused   string // not empty: asked to register, and then told that nothing can be
}

// Interruption decides whether a sign-in is interrupted, and by what; nil lets
// the person through. Registration for multi-factor authentication comes first
// and cannot be skipped; what only the reset policy asks for can be skipped
// without limit and is asked again at each sign-in. A sign-in with a Temporary
// Access Pass is interrupted like any other.
func Interruption(s Settings, p Person, v Visit, now time.Time) *Interrupt {
	if p.Guest == PartnerGuest || p.Guest == PersonalAccount {
		return nil
	}
	s = s.ForRegistration(now)
	st := RegistrationOf(s, p, now)
	missing := missingForReset(s, p, now)
	asked := askedToRegister(s, p, now)
	switch {
	case v.MFARequired && !st.MFARegistered:
		need := 1
		if asked {
			need = max(missing, 1)
		}
		i := propose(s, p, need, true, now)
		i.Kind, i.Reason = RegisterForMFA, "multi-factor authentication is required and nothing is registered for it"
		return &i
	case asked && missing > 0:
		i := propose(s, p, missing, false, now)
		i.Kind, i.Skippable = RegisterForReset, true
		i.Reason = fmt.Sprintf("%d more methods are needed to be able to reset the password", missing)
		return &i
	case reconfirmDue(s, p, now):
		return &Interrupt{
			Kind: Reconfirm, Skippable: true,
			Reason: fmt.Sprintf("registered methods are confirmed every %d days", s.Registration.ReconfirmDays),
		}
	}
	return campaign(s, p, v, now)
}

// missingForReset counts the families that are not registered though needed.
// Data that an administrator or the synchronisation filled in counts.
func missingForReset(s Settings, p Person, now time.Time) int {
	gates, _ := Gates(s, p, now)
	return max(0, gates-len(usableFamilies(OffersFor(s, p, 1, nil, now))))
}

// propose picks methods to register that p may register and has not. When MFA
// is asked for, the first proposed is one for MFA and the rest may serve reset
// alone.
func propose(s Settings, p Person, need int, mfa bool, now time.Time) Interrupt {
	i := Interrupt{Missing: need}
	var families []string
	refused := ""
	for _, m := range mostSecureFirst {
		on := registered(s, p, m)
		if mfa && m.ForMFA() {
			on = registeredAsFactor(s, p, m)
		}
		if on {
			families = append(families, m.Family())
		}
	}
	for _, m := range mostSecureFirst {
		ok, why := MayRegister(s, p, m, now)
		switch {
		case !ok:
			refused = either(refused, string(m)+": "+why)
		case slices.Contains(families, m.Family()):
		case len(i.Proposed) < need && (!mfa || len(i.Proposed) > 0 || m.ForMFA()):
			i.Proposed = append(i.Proposed, m)
			families = append(families, m.Family())
		default:
			i.Others = append(i.Others, m)
		}
	}
	if len(i.Proposed) == 0 {
		i.Refused = refused
	}
	return i
}

// reconfirmDue reports whether the registered methods must be looked at again.
// Deleting a method does not bring the day forward. The days are those "between
// setting and reconfirming authentication information" (concept-sspr-howitworks,
// its older editions), and who has enough prefilled data counts as registered: for
// somebody who never registered they begin when the data was filled in.
func reconfirmDue(s Settings, p Person, now time.Time) bool {
	last := p.RegisteredAt
	if p.ReconfirmedAt.After(last) {
		last = p.ReconfirmedAt
	}
	if last.IsZero() {
		last = p.ContactsSetAt
	}
	days := s.Registration.ReconfirmDays
	if days <= 0 || last.IsZero() || !askedToRegister(s, p, now) {
		return false
	}
	return !now.Before(last.AddDate(0, 0, days))
}

// allowedSnoozes is how often the campaign may be put off before it is forced
// (how-to-mfa-registration-campaign).
const allowedSnoozes = 3

// campaign decides whether the registration campaign asks: after multi-factor
// authentication, not in mobile browsers, only people without an app that
// receives notifications and whom the Authenticator policy would let register one.
func campaign(s Settings, p Person, v Visit, now time.Time) *Interrupt {
	c := s.Registration.Campaign
	authenticator := s.Methods.Configs[ConfigAuthenticator]
	switch {
	case c.State == CampaignDisabled || c.State == "" || s.Registration.Legacy:
		return nil
	case c.State == CampaignDefault && p.Contacts.AuthenticationPhone == "" && p.Contacts.AlternatePhone == "":
		return nil // Microsoft managed: for people who use texts and calls
	case !v.MFADone || v.MobileBrowser:
		return nil
	case slices.ContainsFunc(p.Apps, App.canPush):
		return nil
	case !authenticator.Targets(p) || authenticator.Mode == "deviceBasedPush":
		return nil
	case !(MethodConfig{Enabled: true, Include: c.Include, Exclude: c.Exclude}).Targets(p):
		return nil
	case !p.Campaign.SnoozedAt.IsZero() && now.Before(p.Campaign.SnoozedAt.AddDate(0, 0, c.SnoozeDays)):
		return nil
	}
	forced := p.Campaign.Snoozes >= allowedSnoozes && (!c.NeverForced || trialOrFree(s))
	return &Interrupt{
		Kind: CampaignNudge, Skippable: !forced, Missing: 1, Proposed: []Method{AppPush},
		Reason: fmt.Sprintf("registration campaign, put off %d times", p.Campaign.Snoozes),
	}
}

// Snoozed records that a person put the campaign off.
func (h CampaignHistory) Snoozed(now time.Time) CampaignHistory {
	return CampaignHistory{Snoozes: h.Snoozes + 1, SnoozedAt: now}
}

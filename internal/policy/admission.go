package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The names of the checks of Admit, in their order.
const (
	CheckAccountKind        = "account-kind"         // 1, guests and personal accounts
	CheckThrottle           = "throttle"             // 2
	CheckAdministratorReset = "administrator-switch" // 3a
	CheckTenantSwitch       = "tenant-switch"        // 3b
	CheckResetPolicy        = "reset-policy"         // 4a
	CheckScopeGroup         = "scope-group"          // 4b
	CheckLicence            = "licence"              // 5
	CheckMethods            = "methods"              // 6
	CheckWritebackEnabled   = "writeback-enabled"    // 7a
	CheckWritebackReachable = "writeback-reachable"  // 7b
	CheckUnlockAllowed      = "unlock-allowed"       // unlock only
)

// AdmissionChecks lists the checks of Admit in their order.
var AdmissionChecks = []string{
	CheckAccountKind, CheckThrottle, CheckAdministratorReset, CheckTenantSwitch, CheckResetPolicy,
	CheckScopeGroup, CheckLicence, CheckMethods, CheckWritebackEnabled, CheckWritebackReachable, CheckUnlockAllowed,
}

// Admit runs the checks of reference 1.4, numbers 2 to 7, in their order, and
// stops at the first that fails. Checks that do not apply are recorded as
// skipped, with the reason. Number 1 is left to the caller but for its second
// half: guests and personal accounts whose password is kept elsewhere.
//
// A change of a known password is no visit to the reset portal: only licence and
// writeback are asked, and Gates is 0. Unlock asks, after everything that reset
// asks, that the password is managed on-premises and that unlocking alone is
// allowed.
func Admit(op Operation, s Settings, p Person, counters Counters, writeback WritebackStatus, now time.Time) Admission {
	in := inquiry{op: op, s: s, p: p, counters: counters, writeback: writeback, now: now, admin: IsAdministrator(s, p)}
	a := Admission{Admin: in.admin, Offers: OffersFor(s, p, 1, nil, now)}
	if op != Change {
		a.Gates, _ = Gates(s, p, now)
	}
	in.offers, in.gates = a.Offers, a.Gates
	for _, ask := range []func(inquiry) (Check, Code){
		accountKind, throttle, administratorSwitch, tenantSwitch, resetPolicy,
		scopeGroup, licence, methods, writebackEnabled, writebackReachable, unlockAllowed,
	} {
		c, code := ask(in)
		a.Checks = append(a.Checks, c)
		if c.Verdict == Failed {
			a.Refusal = &Refusal{Code: code, Cause: c.Name, Remedy: c.Remedy}
			return a
		}
	}
	return a
}

// An inquiry is what the checks ask about.
type inquiry struct {
	op        Operation
	s         Settings
	p         Person
	counters  Counters
	writeback WritebackStatus
	now       time.Time
	admin     bool
	gates     int
	offers    []Offer
}

func (c Check) pass(detail string) Check { return c.with(Passed, detail) }
func (c Check) skip(detail string) Check { return c.with(Skipped, detail) }

func (c Check) with(v Verdict, detail string) Check {
	c.Verdict, c.Detail = v, detail
	return c
}

func (c Check) fail(detail, remedy string, fixes ...Fix) Check {
	c.Verdict, c.Detail, c.Remedy, c.Fixes = Failed, detail, remedy, fixes
	return c
}

// skipForChange is why most checks do not ask about a change.
const skipForChange = "a change of a known password is not asked"

// skipForAdmins is why 3b to 5 do not ask about administrators.
const skipForAdmins = "administrators are under the administrator policy, whatever the users' scope and licences"

func accountKind(in inquiry) (Check, Code) {
	c := Check{
		Name:   CheckAccountKind,
		Rule:   "the password of the account is kept in this tenant",
		Source: "concept-sspr-howitworks, guest users; reference 11.4",
		Input:  []Fact{fact("account", guestWord(in.p.Guest)), fact("allow guests", yesNo(in.s.Reset.AllowGuests))},
	}
	switch {
	case in.p.Guest == Member:
		return c.pass("a member of this tenant"), ""
	case in.p.Guest == PersonalAccount:
		return c.fail("a personal Microsoft account never resets here",
			fmt.Sprintf("%s recovers the account with the provider of the personal account", who(in.p))), ""
	case in.p.Guest == PartnerGuest:
		return c.fail("the partner tenant keeps the password and applies its own policy",
			fmt.Sprintf("%s resets in the home tenant", who(in.p))), ""
	case !in.s.Reset.AllowGuests:
		return c.fail("guests may not reset in this tenant", "allow guests to reset in this tenant", Fix{Kind: FixAllowGuests}), ""
	}
	return c.pass("a guest whose password is kept in this tenant"), ""
}

func guestWord(k GuestKind) string {
	if k == Member {
		return "member"
	}
	return string(k)
}

func throttle(in inquiry) (Check, Code) {
	c := Check{
		Name:   CheckThrottle,
		Rule:   "the person is not blocked for trying too often",
		Source: "troubleshoot-sspr, passwords-faq; reference 1.4 #2, 6.4",
	}
	if in.op == Change {
		return c.skip(skipForChange), ""
	}
	b := in.counters.Blocked(in.now)
	if b == nil {
		return c.pass("no block in force"), ""
	}
	until := b.Until.UTC().Format(time.RFC3339)
	c.Input = []Fact{fact("blocked by", b.Rule), fact("blocked until", until)}
	return c.fail("blocked for 24 hours after the last attempt that counted",
		fmt.Sprintf("%s waits until %s", who(in.p), until), Fix{FixWait, until}), ""
}

func administratorSwitch(in inquiry) (Check, Code) {
	c := Check{
		Name:   CheckAdministratorReset,
		Rule:   "allowedToUseSSPR of the authorization policy is true for holders of an administrator role",
		Source: "concept-sspr-policy, authorizationPolicy; reference 1.4 #3a, 4.4",
	}
	switch {
	case in.op == Change:
		return c.skip(skipForChange), ""
	case !in.admin:
		return c.skip("no administrator role held"), ""
	}
	a := in.s.Admins
	c.Input = []Fact{
		fact("roles", orNone(administratorRolesOf(in.s, in.p))),
		fact("allowedToUseSSPR", a.AllowedToUseSSPR),
		fact("in force", a.allowedInForce(in.now)),
	}
	if a.allowedInForce(in.now) {
		return c.pass("administrators may reset their own passwords"), ""
	}
	if a.AllowedToUseSSPR {
		from := a.ChangedAt.Add(a.Propagation).UTC().Format(time.RFC3339)
		return c.fail("allowedToUseSSPR was set to true, and the change has not reached every server yet",
			"wait until "+from, Fix{FixWait, from}), CodeTenantDisabled
	}
	return c.fail("administrators have been switched off", "set allowedToUseSSPR to true", Fix{Kind: FixAllowAdmins}), CodeTenantDisabled
}

// allowedInForce is the value of allowedToUseSSPR that counts at now: a change
// takes up to Propagation to arrive, and until then the previous value counts.
func (a AdminSettings) allowedInForce(now time.Time) bool {
	if !a.ChangedAt.IsZero() && now.Before(a.ChangedAt.Add(a.Propagation)) {
		return !a.AllowedToUseSSPR
	}
	return a.AllowedToUseSSPR
}

func tenantSwitch(in inquiry) (Check, Code) {
	c := Check{
		Name:   CheckTenantSwitch,
		Rule:   "self-service password reset is enabled for selected or all users",
		Source: "concept-sspr-howitworks; reference 1.4 #3b",
		Input:  []Fact{fact("scope", in.s.Reset.Scope)},
	}
	switch {
	case in.op == Change:
		return c.skip(skipForChange), ""
	case in.admin:
		return c.skip(skipForAdmins), ""
	case in.s.Reset.Scope == ScopeNone || in.s.Reset.Scope == "":
		return c.fail("switched off for the whole tenant", `set "Self service password reset enabled" to All`,
			Fix{FixScope, string(ScopeAll)}), CodeTenantDisabled
	}
	return c.pass("switched on"), ""
}

func resetPolicy(in inquiry) (Check, Code) {
	c := Check{
		Name:   CheckResetPolicy,
		Rule:   "a reset policy exists: a group when the scope is Selected, and at least one method",
		Source: "troubleshoot-sspr, SsprNotEnabledInUserPolicy; reference 1.4 #4a",
		Input: []Fact{
			fact("scope", in.s.Reset.Scope), fact("group", in.s.Reset.GroupID),
			fact("migration", in.s.Methods.Migration), fact("any method enabled", yesNo(anyMethodEnabled(in.s))),
		},
	}
	switch {
	case in.op == Change:
		return c.skip(skipForChange), ""
	case in.admin:
		return c.skip(skipForAdmins), ""
	case in.s.Reset.Scope == ScopeSelected && in.s.Reset.GroupID == "":
		return c.fail("the scope is Selected and no group is chosen", fmt.Sprintf("choose a group that holds %s, or set the scope to All", who(in.p)),
			Fix{FixScope, string(ScopeAll)}), CodeNoPolicy
	case !anyMethodEnabled(in.s):
		return c.fail("no method is enabled for anybody", "enable at least one method that people have registered",
			Fix{FixAllowMethod, string(firstOnFile(in))}), CodeNoPolicy
	}
	return c.pass("scope and methods are defined"), ""
}

// firstOnFile is the method that a tenant without any should enable for this
// person: one that is on file, else e-mail.
func firstOnFile(in inquiry) Method {
	for _, m := range Methods {
		if on, _ := onFile(in.s, in.p, m); on && m != AppPush && m != OfficeCall {
			return m
		}
	}
	return Email
}

func scopeGroup(in inquiry) (Check, Code) {
	c := Check{
		Name:   CheckScopeGroup,
		Rule:   "the person is a direct or nested member of the selected group",
		Source: "troubleshoot-sspr, UserNotMemberOfScopedAccessGroup; reference 1.4 #4b",
	}
	switch {
	case in.op == Change:
		return c.skip(skipForChange), ""
	case in.admin:
		return c.skip(skipForAdmins), ""
	case in.s.Reset.Scope != ScopeSelected:
		return c.skip("the scope is All"), ""
	}
	group := in.s.Reset.GroupID
	c.Input = []Fact{fact("group", group), fact("member", yesNo(slices.Contains(in.p.Groups, group)))}
	if slices.Contains(in.p.Groups, group) {
		return c.pass("member of the selected group"), ""
	}
	return c.fail("not a member of the selected group", fmt.Sprintf("add %s to group %s", who(in.p), group),
		Fix{FixAddToGroup, group}), CodeNotInGroup
}

func licence(in inquiry) (Check, Code) {
	c := Check{
		Name:   CheckLicence,
		Rule:   "the person's licences permit the operation",
		Source: "concept-sspr-licensing; reference 1.4 #5, 10",
	}
	if in.admin {
		return c.skip(skipForAdmins), ""
	}
	ok, needed := LicencePermits(in.op, in.s.Licences, in.p)
	names := make([]string, 0, len(in.p.ServicePlans))
	for _, id := range in.p.ServicePlans {
		names = append(names, PlanName(id))
	}
	c.Input = []Fact{
		fact("operation", in.op), fact("password managed", managed(in.p)),
		fact("licences", orNone(names)), fact("needed", needed), fact("enforcement", in.s.Licences),
	}
	if ok {
		return c.pass("licensed"), ""
	}
	return c.fail("needs "+needed, fmt.Sprintf("assign Entra ID P1 (AAD_PREMIUM) to %s", who(in.p)),
		Fix{FixAssignLicence, PlanP1}), CodeNotLicensed
}

func managed(p Person) string {
	if p.Hosting.OnPremises() {
		return "on-premises (" + string(p.Hosting) + ")"
	}
	return "in the cloud"
}

func methods(in inquiry) (Check, Code) {
	c := Check{
		Name:   CheckMethods,
		Rule:   "the person has as many usable methods as there are gates; methods of one family count once",
		Source: "concept-sspr-howitworks; reference 1.4 #6, 2.2",
	}
	if in.op == Change {
		return c.skip("a change asks for the current password instead of proofs"), ""
	}
	families := usableFamilies(in.offers)
	_, why := Gates(in.s, in.p, in.now)
	c.Input = []Fact{fact("gates", in.gates), fact("because", why), fact("usable", orNone(families))}
	if len(families) >= in.gates {
		return c.pass(fmt.Sprintf("%d usable of %d needed", len(families), in.gates)), ""
	}
	remedies, fixes := missingMethods(in, in.gates-len(families), families)
	return c.fail(fmt.Sprintf("%d usable of %d needed: %s", len(families), in.gates, withheld(in.offers)),
		joinRemedies(remedies), fixes...), CodeNotConfigured
}

// withheld says for each method that is not offered why not.
func withheld(offers []Offer) string {
	var parts []string
	for _, o := range offers {
		if !o.Offered {
			parts = append(parts, string(o.Method)+": "+o.Reason)
		}
	}
	return strings.Join(parts, "; ")
}

// missingMethods finds the fewest changes that make n more families usable.
// What the person registered and the policy no longer allows comes first: it
// worked before. Then methods that are allowed and only wait to be registered,
// then data that others filled in, and at last a method from nothing.
func missingMethods(in inquiry, n int, have []string) (remedies []string, fixes []Fix) {
	have = slices.Clone(have)
	take := func(m Method, remedy string, fix ...Fix) {
		if n > 0 && !slices.Contains(have, m.Family()) {
			have, n = append(have, m.Family()), n-1
			remedies, fixes = append(remedies, remedy), append(fixes, fix...)
		}
	}
	allow := func(m Method) {
		take(m, fmt.Sprintf("allow %s in %s", m, policyInForce(in.s, m)), Fix{FixAllowMethod, string(m)})
	}
	register := func(m Method) {
		take(m, fmt.Sprintf("register %s for %s", m, who(in.p)), Fix{FixRegister, string(m)})
	}
	candidates := []Method{Email, MobileSMS, AppCode, Questions}
	if in.admin {
		candidates = nil // the administrator policy cannot be changed
	}
	for _, m := range candidates {
		if selfRegistered(in, m) {
			allow(m)
		}
	}
	for _, m := range Methods {
		if allowed(in.s, in.p, m).allowed && m != AppPush {
			register(m)
		}
	}
	for _, m := range candidates {
		if on, _ := onFile(in.s, in.p, m); on {
			allow(m)
		}
	}
	for _, m := range candidates {
		take(m, fmt.Sprintf("allow %s in %s and register it for %s", m, policyInForce(in.s, m), who(in.p)),
			Fix{FixAllowMethod, string(m)}, Fix{FixRegister, string(m)})
	}
	return remedies, fixes
}

// selfRegistered reports whether p registered m, as opposed to data that an
// administrator or the synchronisation filled in.
func selfRegistered(in inquiry, m Method) bool {
	switch m {
	case Email:
		return in.p.Contacts.AuthenticationEmail != ""
	case MobileSMS:
		return in.p.Contacts.AuthenticationPhone != ""
	case AppCode:
		return len(in.p.Apps) > 0
	}
	on, _ := onFile(in.s, in.p, m)
	return on
}

// policyInForce names where a method is switched on.
func policyInForce(s Settings, m Method) string {
	if s.Methods.Migration == MigrationComplete && m != Questions {
		return "the Authentication methods policy"
	}
	return "the password reset policy"
}

func writebackEnabled(in inquiry) (Check, Code) {
	c := Check{
		Name:   CheckWritebackEnabled,
		Rule:   "writeback is configured and its cloud toggle is on when the password is managed on-premises",
		Source: "concept-sspr-writeback; reference 1.4 #7a",
		Input: []Fact{
			fact("password managed", managed(in.p)), fact("toggle", yesNo(in.s.Reset.Writeback)), fact("status", in.writeback),
		},
	}
	switch {
	case !in.p.Hosting.OnPremises():
		return c.skip("the password is managed in the cloud"), ""
	case !in.s.Reset.Writeback:
		return c.fail("the cloud toggle is off", `turn "Write back passwords to your on-premises directory" on`,
			Fix{Kind: FixWritebackToggle}), CodeWritebackNotEnabled
	case in.writeback == WritebackNotConfigured || in.writeback == "":
		return c.fail("no agent is configured for "+domainOf(in.p), "enable password writeback on the agent of "+domainOf(in.p),
			Fix{FixWritebackAgent, in.p.OnPremisesDomain}), CodeWritebackNotEnabled
	}
	return c.pass("configured and on"), ""
}

func writebackReachable(in inquiry) (Check, Code) {
	c := Check{
		Name:   CheckWritebackReachable,
		Rule:   "the writeback service answers right now",
		Source: "concept-sspr-writeback; reference 1.4 #7b",
		Input:  []Fact{fact("status", in.writeback)},
	}
	switch {
	case !in.p.Hosting.OnPremises():
		return c.skip("the password is managed in the cloud"), ""
	case in.writeback != WritebackRunning:
		return c.fail("the agent of "+domainOf(in.p)+" does not answer", "start the agent of "+domainOf(in.p)+" or restore its connection",
			Fix{FixWritebackReach, in.p.OnPremisesDomain}), CodeOnPremisesConnection
	}
	return c.pass("the agent answers"), ""
}

func domainOf(p Person) string {
	if p.OnPremisesDomain == "" {
		return "the person's domain"
	}
	return p.OnPremisesDomain
}

func unlockAllowed(in inquiry) (Check, Code) {
	c := Check{
		Name:   CheckUnlockAllowed,
		Rule:   "unlocking without a reset is allowed, and the account is an on-premises one",
		Source: "concept-sspr-howitworks, on-premises integration; reference 1.6",
		Input:  []Fact{fact("allow unlock", yesNo(in.s.Reset.AllowUnlock)), fact("password managed", managed(in.p))},
	}
	switch {
	case in.op != Unlock:
		return c.skip("no unlock was asked for"), ""
	case !in.p.Hosting.OnPremises():
		return c.fail("a cloud account has no on-premises lock", fmt.Sprintf("%s resets the password instead", who(in.p))), ""
	case !in.s.Reset.AllowUnlock:
		return c.fail("unlocking is tied to a reset", `set "Allow users to unlock accounts without resetting their password" to Yes`,
			Fix{Kind: FixAllowUnlock}), ""
	}
	return c.pass("allowed"), ""
}

package policy

import (
	"fmt"
	"slices"
	"time"
)

func administratorSwitch(in inquiry) (Check, Code) {
	c := Check{
		Name:   CheckAdministratorReset,
		Rule:   "allowedToUseSSPR of the authorization policy is true for holders of an administrator role",
		Source: "concept-sspr-policy, authorizationPolicy; SSPR reference 1.4 #3a, 4.4",
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
		from := moment(a.ChangedAt.Add(a.Propagation))
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
		Source: "concept-sspr-howitworks; SSPR reference 1.4 #3b",
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
		Source: "troubleshoot-sspr, SsprNotEnabledInUserPolicy; SSPR reference 1.4 #4a",
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
	}
	var f fault
	if in.s.Reset.Scope == ScopeSelected && in.s.Reset.GroupID == "" {
		f.add("the scope is Selected and no group is chosen",
			fmt.Sprintf("choose a group that holds %s, or set the scope to All", who(in.p)), Fix{FixScope, string(ScopeAll)})
	}
	if !anyMethodEnabled(in.s) {
		remedy, fixes := allowing(in.s, firstOnFile(in))
		f.add("no method is enabled for anybody", remedy, fixes...)
	}
	if f.found() {
		return f.fail(c), CodeNoPolicy
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
		Source: "troubleshoot-sspr, UserNotMemberOfScopedAccessGroup; SSPR reference 1.4 #4b",
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
		Source: "concept-sspr-licensing; SSPR reference 1.4 #5, 10",
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

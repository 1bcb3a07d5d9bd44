package policy

import (
	"fmt"
	"slices"
	"strings"
)

func methods(in inquiry) (Check, Code) {
	c := Check{
		Name:   CheckMethods,
		Rule:   "the person has as many usable methods as there are gates; methods of one family count once",
		Source: "concept-sspr-howitworks; SSPR reference 1.4 #6, 2.2",
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
		remedy, fixes := allowing(in.s, m)
		take(m, remedy, fixes...)
	}
	register := func(m Method) {
		take(m, fmt.Sprintf("register %s for %s", m, who(in.p)), Fix{FixRegister, string(m)})
	}
	candidates := []Method{Email, MobileSMS, AppCode, Questions}
	switch {
	case in.admin:
		candidates = nil // the administrator policy cannot be changed
	case len(in.s.Reset.Questions.Offered()) < in.s.Reset.Questions.ToRegister:
		candidates = candidates[:3] // no questions to allow
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
		remedy, fixes := allowing(in.s, m)
		take(m, fmt.Sprintf("%s and register it for %s", remedy, who(in.p)), append(fixes, Fix{FixRegister, string(m)})...)
	}
	return remedies, fixes
}

// allowing is the change that allows m to everybody. The password reset policy
// takes the authenticator app only with enough methods beside it (concept-sspr-
// howitworks; reference 2.3), which are then allowed first.
func allowing(s Settings, m Method) (remedy string, fixes []Fix) {
	remedy = fmt.Sprintf("allow %s in %s", m, policyInForce(s, m))
	if m.Family() == AppCode.Family() && s.Methods.Migration != MigrationComplete {
		var beside []string
		for _, other := range companions(s) {
			beside, fixes = append(beside, string(other)), append(fixes, Fix{FixAllowMethod, string(other)})
		}
		if len(beside) > 0 {
			remedy += ", with " + strings.Join(beside, " and ") + " beside it"
		}
	}
	return remedy, append(fixes, Fix{FixAllowMethod, string(m)})
}

// companions are the methods that the password reset policy lacks beside the
// authenticator app.
func companions(s Settings) (lacking []Method) {
	var have []string
	for _, m := range s.Reset.Methods {
		if f := m.Family(); f != AppCode.Family() && !slices.Contains(have, f) {
			have = append(have, f)
		}
	}
	for _, m := range []Method{Email, MobileSMS, OfficeCall} {
		if len(have)+len(lacking) < s.Reset.Gates && !slices.Contains(have, m.Family()) {
			lacking = append(lacking, m)
		}
	}
	return lacking
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

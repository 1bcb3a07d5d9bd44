package policy

import "time"

// The names of the checks of Admit, in their order.
const (
	CheckAccountKind        = "account-kind"         // 1, guests and personal accounts
	CheckGuestsAllowed      = "guests-allowed"       // 1, guests whose password is kept here
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
	CheckAccountKind, CheckGuestsAllowed, CheckThrottle, CheckAdministratorReset, CheckTenantSwitch, CheckResetPolicy,
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
//
// The remedy of a refusal is whole: where what the failed check asks for would
// only lead to the next refusal, it names what that one asks for, too, so that
// the same attempt passes when all of it has been done. The check itself keeps
// the remedy that makes the check pass.
func Admit(op Operation, s Settings, p Person, counters Counters, writeback WritebackStatus, now time.Time) Admission {
	in := inquiry{op: op, s: s, p: p, counters: counters, writeback: writeback, now: now}
	a := in.admission()
	if a.Refusal != nil {
		a.Refusal.Remedy, a.Refusal.Fixes = in.wayIn(a)
	}
	return a
}

// admission asks the checks in their order, up to the first that fails.
func (in inquiry) admission() Admission {
	in.admin = IsAdministrator(in.s, in.p)
	a := Admission{Admin: in.admin, Offers: OffersFor(in.s, in.p, 1, nil, in.now)}
	if in.op != Change {
		a.Gates, _ = Gates(in.s, in.p, in.now)
	}
	in.offers, in.gates = a.Offers, a.Gates
	for _, ask := range []func(inquiry) (Check, Code){
		accountKind, guestsAllowed, throttle, administratorSwitch, tenantSwitch, resetPolicy,
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

// skipForChange is why most checks do not ask about a change.
const skipForChange = "a change of a known password is not asked"

// skipForAdmins is why 3b to 5 do not ask about administrators.
const skipForAdmins = "administrators are under the administrator policy, whatever the users' scope and licences"

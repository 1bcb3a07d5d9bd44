package policy

import (
	"fmt"
	"time"
)

// A TokenState is where a hardware OATH token stands: a closed set (status of
// hardwareOathTokenAuthenticationMethodDevice; reference 5.8).
type TokenState string

// The states of a token. A token that is taken from its person is available
// again (concept-authentication-oath-tokens).
const (
	TokenAvailable TokenState = "available" // in the tenant's inventory
	TokenAssigned  TokenState = "assigned"  // somebody's, and no proof of anything yet
	TokenActivated TokenState = "activated"
)

// At most so many tokens can be activated in so long
// (how-to-mfa-upload-oath-tokens).
const (
	ActivationLimit  = 200
	ActivationWindow = 5 * time.Minute
)

// ActivationBlocked returns when another token may be activated, after the tries
// that there were: zero when at once. past is in order of time and may be longer
// than the window; wrong codes count, so that nobody finds one by trying.
func ActivationBlocked(past []time.Time, now time.Time) time.Time {
	recent := 0
	var first time.Time
	for _, at := range past {
		if at.After(now) || !now.Before(at.Add(ActivationWindow)) {
			continue
		}
		if recent == 0 {
			first = at
		}
		recent++
	}
	if recent < ActivationLimit {
		return time.Time{}
	}
	return first.Add(ActivationWindow)
}

// MayHoldToken reports whether a hardware token can be assigned to p, who has so
// many apps and tokens already: not to guests, and not as the sixth
// (how-to-mfa-upload-oath-tokens; reference 2.5).
func MayHoldToken(p Person, have int) (ok bool, why string) {
	switch {
	case p.Guest != Member:
		return false, "is a guest: hardware tokens are assigned in the home tenant alone"
	case have >= MaxApps:
		return false, fmt.Sprintf("has %d apps and tokens, the most there may be: delete one first", have)
	}
	return true, "allowed"
}

// mayRegisterToken reports whether p may take a token of the tenant's inventory
// on the Security info page: self-service is on (it came with the preview
// refresh), and HardwareOath of the Authentication methods policy includes p,
// or the legacy option "Mobile app code", which enables tokens together with
// apps (concept-authentication-oath-tokens).
func mayRegisterToken(s Settings, p Person, now time.Time) (bool, string) {
	switch {
	case s.Registration.AdminTokensOnly:
		return false, "hardware tokens are assigned and activated by administrators (registration.adminTokensOnly)"
	case p.Guest != Member:
		return false, "guests cannot have hardware tokens in this tenant"
	case IsAdministrator(s, p) && !s.Admins.allowedInForce(now):
		return false, "administrators have been switched off (allowedToUseSSPR)"
	case s.Methods.Migration != MigrationComplete && allowedByLegacy(s, AppCode).allowed:
		return true, "allowed by the password reset policy"
	case s.Methods.Configs[ConfigHardwareOATH].Targets(p):
		return true, "allowed by HardwareOath in the Authentication methods policy"
	}
	return false, "HardwareOath does not include this person in the Authentication methods policy"
}

// A TokenTask is what an administrator does with hardware tokens.
type TokenTask string

// The tasks, by the roles that they need.
const (
	UploadTokens TokenTask = "upload" // as a CSV file
	StockTokens  TokenTask = "stock"  // create and delete in the inventory
	AssignTokens TokenTask = "assign" // assign, activate and take away
)

// MayManageTokens reports whether p's roles permit a task
// (how-to-mfa-upload-oath-tokens, concept-authentication-oath-tokens): a Global
// Administrator may do everything, and only they upload files.
func MayManageTokens(p Person, task TokenTask) (ok bool, why string) {
	roles := map[TokenTask][]string{
		StockTokens:  {RoleAuthenticationPolicyAdmin},
		AssignTokens: {RoleAuthenticationAdministrator, RolePrivilegedAuthentication},
	}[task]
	for _, role := range append(roles, RoleGlobalAdministrator) {
		if p.HoldsRole(role) {
			return true, "allowed"
		}
	}
	return false, "holds no role that may do this: " + map[TokenTask]string{
		UploadTokens: "Global Administrator",
		StockTokens:  "Authentication Policy Administrator or Global Administrator",
		AssignTokens: "Authentication Administrator, Privileged Authentication Administrator or Global Administrator",
	}[task] + " is needed"
}

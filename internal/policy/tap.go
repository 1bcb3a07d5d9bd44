package policy

import (
	"fmt"
	"time"
)

// The bounds of Temporary Access Passes (howto-authentication-temporary-access-pass).
const (
	MinTAPLifetime = 10 * time.Minute
	MaxTAPLifetime = 43200 * time.Minute
	MinTAPLength   = 8
	MaxTAPLength   = 48
)

// A TAPRequest asks for a pass. Zero values take the policy's defaults.
type TAPRequest struct {
	Lifetime time.Duration
	Once     *bool
	Start    time.Time // zero: at once
}

// A TAP is what the rules know of a pass. The pass itself is kept hashed by the
// tenant. A person has one; a new one replaces it.
type TAP struct {
	Start    time.Time
	Lifetime time.Duration
	Once     bool
	Used     bool
}

// A TAPLimit is a limit of the policy that a request breaks.
type TAPLimit struct {
	Field string // of the request
	Text  string
}

func (l TAPLimit) Error() string { return "issuing a Temporary Access Pass: " + l.Text }

// Issue turns a request into a pass, or says which limit it breaks: a
// [TAPLimit].
func (s TAPSettings) Issue(r TAPRequest, now time.Time) (TAP, error) {
	t := TAP{Start: r.Start, Lifetime: r.Lifetime, Once: s.OneTime}
	if t.Lifetime == 0 {
		t.Lifetime = s.DefaultLifetime
	}
	if t.Start.IsZero() {
		t.Start = now
	}
	switch {
	case t.Lifetime < max(s.MinLifetime, MinTAPLifetime) || t.Lifetime > min(s.MaxLifetime, MaxTAPLifetime):
		return TAP{}, TAPLimit{"lifetimeInMinutes", fmt.Sprintf("lifetimeInMinutes %d is outside %d to %d of the policy",
			int(t.Lifetime.Minutes()), int(max(s.MinLifetime, MinTAPLifetime).Minutes()), int(min(s.MaxLifetime, MaxTAPLifetime).Minutes()))}
	case r.Once != nil && !*r.Once && s.OneTime:
		return TAP{}, TAPLimit{"isUsableOnce", "isUsableOnce is false, and the policy requires one-time passes; leave it out or set it to true"}
	}
	if r.Once != nil {
		t.Once = *r.Once
	}
	return t, nil
}

// A TAPUsability is methodUsabilityReason.
type TAPUsability string

// The states of a pass.
const (
	TAPEnabled     TAPUsability = "EnabledByPolicy"
	TAPDisabled    TAPUsability = "DisabledByPolicy"
	TAPExpired     TAPUsability = "Expired"
	TAPNotYetValid TAPUsability = "NotYetValid"
	TAPOneTimeUsed TAPUsability = "OneTimeUsed"
)

// Ends returns when the pass, and every token it brought, expires.
func (t TAP) Ends() time.Time { return t.Start.Add(t.Lifetime) }

// Usability tells whether a pass of p works at now. A pass for several uses does
// not, once the policy requires one-time passes.
func (t TAP) Usability(s Settings, p Person, now time.Time) TAPUsability {
	switch {
	case !s.Methods.Configs[ConfigTAP].Targets(p), s.TAP.OneTime && !t.Once:
		return TAPDisabled
	case t.Once && t.Used:
		return TAPOneTimeUsed
	case now.Before(t.Start):
		return TAPNotYetValid
	case !now.Before(t.Ends()):
		return TAPExpired
	}
	return TAPEnabled
}

// MayIssueTAP reports whether actor may create a pass for target, and why not.
// Nobody may create one for themselves; guests of other tenants cannot use one.
func MayIssueTAP(s Settings, actor, target Person) (ok bool, why string) {
	switch {
	case actor.ID == target.ID:
		return false, "nobody creates a Temporary Access Pass for themselves"
	case target.Guest != Member:
		return false, "a Temporary Access Pass does not work for guests"
	case actor.HoldsRole(RoleGlobalAdministrator), actor.HoldsRole(RolePrivilegedAuthentication):
		return true, "may create passes for administrators and members"
	case actor.HoldsRole(RoleAuthenticationAdministrator) && !IsAdministrator(s, target):
		return true, "may create passes for members"
	case actor.HoldsRole(RoleAuthenticationAdministrator):
		return false, "an Authentication Administrator creates passes for members only"
	}
	return false, "needs Global, Privileged Authentication or Authentication Administrator"
}

// MaySeeTAP reports whether actor may read the details of a pass, never the
// pass itself, which is shown once at its creation.
func MaySeeTAP(s Settings, actor, target Person) bool {
	ok, _ := MayIssueTAP(s, actor, target)
	return ok || actor.HoldsRole(RoleGlobalReader)
}

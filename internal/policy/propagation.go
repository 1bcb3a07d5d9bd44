package policy

import (
	"maps"
	"slices"
	"time"
)

// InForce returns the settings as they count at now: a change of the custom
// banned list takes hours to reach every server (concept-password-ban-bad;
// reference 7.1), and until then the list before it counts. Callers of
// [JudgePassword] pass what InForce returns. The delay of allowedToUseSSPR needs
// no help: [Admit] knows the time.
func (s Settings) InForce(now time.Time) Settings {
	s.Ban = s.Ban.InForce(now)
	return s
}

// InForce is [Settings.InForce] for the banned lists alone.
func (b BanSettings) InForce(now time.Time) BanSettings {
	if !b.ChangedAt.IsZero() && now.Before(b.ChangedAt.Add(b.Propagation)) {
		b.EnforceCustom, b.Custom, b.CustomList = b.Before.Enforce, b.Before.Terms, b.Before.List
	}
	return b
}

// WithCustom changes the custom list at now. What counted until now goes on
// counting until the change has arrived.
func (b BanSettings) WithCustom(enforce bool, terms []string, now time.Time) BanSettings {
	inForce := b.InForce(now)
	b.Before = CustomBefore{Enforce: inForce.EnforceCustom, Terms: inForce.Custom, List: inForce.CustomList}
	b.EnforceCustom, b.Custom, b.CustomList, b.ChangedAt = enforce, slices.Clone(terms), nil, now
	return b
}

// ForRegistration returns the settings as combined registration sees them at now:
// there a method that was just enabled can take one to two hours to appear, and
// an interrupt goes by the old policy for a while, too
// (howto-registration-mfa-sspr-combined-troubleshoot; reference 2.4). Resets and
// sign-ins go by the new policy at once. What registers by these settings asks
// for them itself: [MayRegister], [InfoAllowed], [Interruption].
func (s Settings) ForRegistration(now time.Time) Settings {
	m := s.Methods
	if m.ChangedAt.IsZero() || !now.Before(m.ChangedAt.Add(m.Propagation)) {
		return s
	}
	s.Methods.Migration, s.Methods.Configs, s.Reset.Methods = m.Before.Migration, m.Before.Configs, m.Before.Reset
	s.Methods.ChangedAt = time.Time{}
	return s
}

// MethodsChanged notes at now that next replaces s. When it allows other methods,
// combined registration goes on with what it knew until now.
func (s Settings) MethodsChanged(next MethodsPolicy, reset []Method, now time.Time) MethodsPolicy {
	same := s.Methods.Migration == next.Migration && slices.Equal(s.Reset.Methods, reset) &&
		maps.EqualFunc(s.Methods.Configs, next.Configs, MethodConfig.equal)
	if same {
		return next
	}
	known := s.ForRegistration(now)
	next.ChangedAt = now
	next.Before = MethodsBefore{Migration: known.Methods.Migration, Configs: known.Methods.Configs, Reset: known.Reset.Methods}
	return next
}

func (c MethodConfig) equal(d MethodConfig) bool {
	return c.Enabled == d.Enabled && c.Mode == d.Mode && c.SoftwareOATH == d.SoftwareOATH && c.OfficeAllowed == d.OfficeAllowed &&
		slices.Equal(c.Include, d.Include) && slices.Equal(c.Exclude, d.Exclude)
}

// WithAllowed changes allowedToUseSSPR at now; the change counts after
// Propagation. Setting the value it has already changes nothing, and taking back
// a change that has not arrived leaves nothing on its way.
func (a AdminSettings) WithAllowed(allowed bool, now time.Time) AdminSettings {
	switch {
	case a.AllowedToUseSSPR == allowed:
		return a
	case a.allowedInForce(now) == allowed:
		now = time.Time{}
	}
	a.AllowedToUseSSPR, a.ChangedAt = allowed, now
	return a
}

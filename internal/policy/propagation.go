package policy

import (
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

// WithAllowed changes allowedToUseSSPR at now; the change counts after
// Propagation. Setting the value it has already changes nothing.
func (a AdminSettings) WithAllowed(allowed bool, now time.Time) AdminSettings {
	if a.AllowedToUseSSPR != allowed {
		a.AllowedToUseSSPR, a.ChangedAt = allowed, now
	}
	return a
}

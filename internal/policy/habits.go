package policy

import (
	"slices"
	"time"
)

// Habits is what sign-ins remember of a person: where they signed in from, which
// makes locations familiar to smart lockout, and when second factors and passes
// went wrong.
type Habits struct {
	Places        []string    // IP addresses, the newest last
	FailedFactors []time.Time // as many as matter
}

const (
	// rememberedPlaces is how many addresses make up where somebody usually is.
	rememberedPlaces = 10
	// MaxFactorFailures is how many second factors and passes may go wrong before
	// none is looked at. The documentation bounds them without a number; ten is the
	// threshold of smart lockout.
	MaxFactorFailures = 10
)

// Familiar reports whether the person has signed in from the address before.
func (h Habits) Familiar(ipAddress string) bool { return slices.Contains(h.Places, ipAddress) }

// Learned notes a sign-in from the address.
func (h Habits) Learned(ipAddress string) Habits {
	kept := slices.DeleteFunc(slices.Clone(h.Places), func(p string) bool { return p == ipAddress })
	h.Places = lastOf(append(kept, ipAddress), rememberedPlaces)
	return h
}

// FactorFailed notes a wrong second factor or pass.
func (h Habits) FactorFailed(at time.Time) Habits {
	h.FailedFactors = lastOf(append(slices.Clone(h.FailedFactors), at), MaxFactorFailures)
	return h
}

// FactorFailures counts those since a time, up to as many as matter.
func (h Habits) FactorFailures(since time.Time) int {
	n := 0
	for _, at := range h.FailedFactors {
		if !at.Before(since) {
			n++
		}
	}
	return n
}

func lastOf[T any](all []T, n int) []T { return all[max(0, len(all)-n):] }

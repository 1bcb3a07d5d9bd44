package policy

import (
	"maps"
	"slices"
	"time"
)

// Habits is what is remembered of a person: where they signed in from, which
// makes locations familiar to smart lockout, when second factors and passes went
// wrong, and when proofs of methods that they wanted to register did.
type Habits struct {
	Places        []string    // IP addresses, the newest last
	FailedFactors []time.Time // as many as matter
	Guesses       map[InfoMethod][]time.Time
}

const (
	// rememberedPlaces is how many addresses make up where somebody usually is.
	rememberedPlaces = 10
	// MaxFactorFailures is how many second factors and passes may go wrong before
	// none is looked at. The documentation bounds them without a number; ten is the
	// threshold of smart lockout.
	MaxFactorFailures = 10
	// maxGuesses is how many wrong answers to the proofs of a method may be given
	// within guessWindow before none of that method is looked at: a code has a
	// million values. No document bounds them at a registration; the figures are
	// those of troubleshoot-sspr for a reset.
	maxGuesses  = 5
	guessWindow = time.Hour
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

// MayGuess reports whether an answer to the proof of a method is looked at.
func (h Habits) MayGuess(m InfoMethod, now time.Time) bool {
	return countSince(h.Guesses[m], now.Add(-guessWindow)) < maxGuesses
}

// Guessed counts an answer before it is looked at, so that of many at once no
// more than the bound are. Nothing is counted when none is looked at.
func (h Habits) Guessed(m InfoMethod, now time.Time) (next Habits, ok bool) {
	if !h.MayGuess(m, now) {
		return h, false
	}
	return h.withGuesses(m, lastOf(append(slices.Clone(h.Guesses[m]), now), maxGuesses)), true
}

// NoGuess takes back an answer that was counted at a time: it was right.
func (h Habits) NoGuess(m InfoMethod, counted time.Time) Habits {
	i := slices.IndexFunc(h.Guesses[m], counted.Equal)
	if i < 0 {
		return h
	}
	return h.withGuesses(m, slices.Delete(slices.Clone(h.Guesses[m]), i, i+1))
}

func (h Habits) withGuesses(m InfoMethod, times []time.Time) Habits {
	h.Guesses = maps.Clone(h.Guesses)
	if h.Guesses == nil {
		h.Guesses = map[InfoMethod][]time.Time{}
	}
	h.Guesses[m] = times
	return h
}

func lastOf[T any](all []T, n int) []T { return all[max(0, len(all)-n):] }

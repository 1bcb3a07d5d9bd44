package policy

import (
	"maps"
	"slices"
	"time"
)

// A ThrottleEvent is something that counts towards a block (reference 6.4).
type ThrottleEvent string

// The events that count.
const (
	PhoneValidation ThrottleEvent = "phone-validation"
	QuestionsGate   ThrottleEvent = "questions-gate"
	ResetAttempt    ThrottleEvent = "reset-attempt"
	ProofFailure    ThrottleEvent = "proof-failure"
	EmailSend       ThrottleEvent = "email-send"
)

// A ThrottleRule blocks a person who does something too often. Limit is how often
// it may be done within the window: the last one allowed is carried out, and the
// block begins when it fails, or with the next one.
type ThrottleRule struct {
	Event  ThrottleEvent
	Limit  int
	Window time.Duration
	Source string
}

// The two documented rule sets. They share their first two rows.
var (
	troubleshootRules = []ThrottleRule{
		{PhoneValidation, 5, time.Hour, "troubleshoot-sspr"},
		{QuestionsGate, 5, time.Hour, "troubleshoot-sspr"},
		{ResetAttempt, 5, time.Hour, "troubleshoot-sspr"},
	}
	faqRules = []ThrottleRule{
		{PhoneValidation, 5, time.Hour, "passwords-faq"},
		{QuestionsGate, 5, time.Hour, "passwords-faq"},
		{ProofFailure, 5, 24 * time.Hour, "passwords-faq"},
		{EmailSend, 10, 10 * time.Minute, "passwords-faq"},
	}
	// floorRules hold whatever is switched on: no documented rule bounds the
	// guesses of codes where the FAQ's do not count. The figures are those of the
	// troubleshooting page.
	floorRules = []ThrottleRule{{ProofFailure, 5, time.Hour, "ours, by the figures of troubleshoot-sspr"}}
)

// longestWindow is how far back a count can reach; older events are forgotten.
const longestWindow = 24 * time.Hour

// Rules returns the rules in force, one for each event that is limited.
func (s ThrottleSettings) Rules() []ThrottleRule {
	var rules []ThrottleRule
	add := func(set []ThrottleRule) {
		for _, r := range set {
			if !slices.ContainsFunc(rules, func(have ThrottleRule) bool { return have.Event == r.Event }) {
				rules = append(rules, r)
			}
		}
	}
	if s.TroubleshootRules {
		add(troubleshootRules)
	}
	if s.FAQRules {
		add(faqRules)
	}
	add(floorRules)
	return rules
}

// block returns the length of a block: 24 hours unless set otherwise.
func (s ThrottleSettings) block() time.Duration {
	if s.Block <= 0 {
		return 24 * time.Hour
	}
	return s.Block
}

// Counters is what is remembered of one person's attempts. The zero value is
// somebody who never tried. Counters are values: every method returns new ones.
type Counters struct {
	Events       map[ThrottleEvent][]time.Time
	BlockedAt    time.Time // last attempt that counted towards the block
	BlockedUntil time.Time
	Rule         ThrottleEvent // that blocked
}

// A Block says until when a person is blocked, and by which rule.
type Block struct {
	Until time.Time
	Rule  ThrottleEvent
}

// Remedy says what ends a block: nothing but waiting.
func (b Block) Remedy(name string) (remedy string, fix Fix) {
	until := moment(b.Until)
	return name + " waits until " + until, Fix{FixWait, until}
}

// Blocked returns the block in force at now, or nil.
func (c Counters) Blocked(now time.Time) *Block {
	if !now.Before(c.BlockedUntil) {
		return nil
	}
	return &Block{Until: c.BlockedUntil, Rule: c.Rule}
}

// Attempt counts something before it is done. fresh is true when this attempt is
// one too many and starts a block: the audit record "Blocked from self-service
// password reset" is written then, once for each block. Whoever is blocked
// afterwards may not go on with it.
//
// Attempts during a block change nothing: they are refused before they count, so
// the block neither ends earlier nor can a stranger prolong it for ever. When a
// block begins the counts begin anew, so that the first attempt after it is one
// attempt.
func (c Counters) Attempt(s ThrottleSettings, e ThrottleEvent, now time.Time) (next Counters, fresh bool) {
	if c.Blocked(now) != nil {
		return c, false
	}
	if c.exhausted(s, e, now) {
		return blockedBy(s, e, now), true
	}
	next = c
	next.Events = c.recent(now)
	next.Events[e] = append(next.Events[e], now)
	return next, false
}

// Failed says that what an attempt began has failed: after the last one allowed
// the block begins. fresh is as for Attempt.
func (c Counters) Failed(s ThrottleSettings, e ThrottleEvent, now time.Time) (next Counters, fresh bool) {
	if c.Blocked(now) == nil && c.exhausted(s, e, now) {
		return blockedBy(s, e, now), true
	}
	return c, false
}

// Record counts something that has gone wrong already: an attempt and its
// failure in one. fresh is as for Attempt.
func (c Counters) Record(s ThrottleSettings, e ThrottleEvent, now time.Time) (next Counters, fresh bool) {
	if next, fresh = c.Attempt(s, e, now); fresh {
		return next, fresh
	}
	return next.Failed(s, e, now)
}

// exhausted reports whether as much has happened as a rule allows.
func (c Counters) exhausted(s ThrottleSettings, e ThrottleEvent, now time.Time) bool {
	return slices.ContainsFunc(s.Rules(), func(r ThrottleRule) bool {
		return r.Event == e && countSince(c.Events[e], now.Add(-r.Window)) >= r.Limit
	})
}

func blockedBy(s ThrottleSettings, e ThrottleEvent, now time.Time) Counters {
	return Counters{BlockedAt: now, BlockedUntil: now.Add(s.block()), Rule: e}
}

// recent copies the events that a rule may still count.
func (c Counters) recent(now time.Time) map[ThrottleEvent][]time.Time {
	events := maps.Clone(c.Events)
	if events == nil {
		events = map[ThrottleEvent][]time.Time{}
	}
	for e, times := range events {
		kept := slices.DeleteFunc(slices.Clone(times), func(t time.Time) bool { return !t.After(now.Add(-longestWindow)) })
		if len(kept) == 0 {
			delete(events, e)
			continue
		}
		events[e] = kept
	}
	return events
}

func countSince(times []time.Time, start time.Time) int {
	n := 0
	for _, t := range times {
		if t.After(start) {
			n++
		}
	}
	return n
}

// Cleared forgets the counts: a successful reset (passwords-faq). A block that
// another session started meanwhile stays.
func (c Counters) Cleared() Counters {
	return Counters{BlockedAt: c.BlockedAt, BlockedUntil: c.BlockedUntil, Rule: c.Rule}
}

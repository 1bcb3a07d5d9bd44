package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ssprlab/ssprlab/internal/policy"
)

var everyEvent = []policy.ThrottleEvent{
	policy.PhoneValidation, policy.QuestionsGate, policy.ResetAttempt, policy.ProofFailure, policy.EmailSend,
}

// The two columns of reference 6.4 (troubleshoot-sspr, passwords-faq).
func TestThrottleFigures(t *testing.T) {
	troubleshoot := policy.ThrottleSettings{TroubleshootRules: true, Block: 24 * time.Hour}
	faq := policy.ThrottleSettings{FAQRules: true, Block: 24 * time.Hour}
	cases := map[string]struct {
		s      policy.ThrottleSettings
		event  policy.ThrottleEvent
		limit  int // 0: never blocks
		window time.Duration
	}{
		"troubleshoot: phone":     {troubleshoot, policy.PhoneValidation, 5, time.Hour},
		"troubleshoot: questions": {troubleshoot, policy.QuestionsGate, 5, time.Hour},
		"troubleshoot: attempts":  {troubleshoot, policy.ResetAttempt, 5, time.Hour},
		"troubleshoot: failures":  {troubleshoot, policy.ProofFailure, 5, time.Hour}, // ours: not without bound
		"troubleshoot: e-mails":   {troubleshoot, policy.EmailSend, 0, 0},
		"faq: phone":              {faq, policy.PhoneValidation, 5, time.Hour},
		"faq: questions":          {faq, policy.QuestionsGate, 5, time.Hour},
		"faq: attempts":           {faq, policy.ResetAttempt, 0, 0},
		"faq: failures":           {faq, policy.ProofFailure, 5, 24 * time.Hour},
		"faq: e-mails":            {faq, policy.EmailSend, 10, 10 * time.Minute},
		"neither: failures":       {policy.ThrottleSettings{}, policy.ProofFailure, 5, time.Hour},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var counters policy.Counters
			blockedAfter := 0
			for i := range 20 {
				var fresh bool
				if counters, fresh = counters.Record(c.s, c.event, now); fresh {
					blockedAfter = i + 1
				}
			}
			assert.Equal(t, c.limit, blockedAfter, "and the record is written once")
			if c.limit == 0 {
				assert.Nil(t, counters.Blocked(now))
				return
			}
			assert.Equal(t, &policy.Block{Until: now.Add(24 * time.Hour), Rule: c.event}, counters.Blocked(now))
			assert.Nil(t, counters.Blocked(now.Add(24*time.Hour)))

			allowed, one := policy.Counters{}, false
			for range c.limit {
				require.False(t, one)
				allowed, one = allowed.Attempt(c.s, c.event, now)
			}
			require.False(t, one, "the last one allowed is carried out")
			_, fresh := allowed.Attempt(c.s, c.event, now)
			assert.True(t, fresh, "the next one is one too many")
			after, fresh := allowed.Failed(c.s, c.event, now)
			assert.True(t, fresh, "or its failure begins the block")
			assert.NotNil(t, after.Blocked(now))

			var slow policy.Counters
			for i := range 20 {
				var fresh bool
				slow, fresh = slow.Record(c.s, c.event, now.Add(time.Duration(i)*c.window/time.Duration(c.limit-1)))
				assert.False(t, fresh, "the window has moved on")
			}
		})
	}
}

func TestTheLastAttemptThatCountedBeginsTheDay(t *testing.T) {
	s := policy.DefaultSettings().Throttle
	var c policy.Counters
	for i := range 5 {
		c, _ = c.Record(s, policy.ResetAttempt, now.Add(time.Duration(i)*10*time.Minute))
	}
	assert.Equal(t, now.Add(40*time.Minute), c.BlockedAt)
	assert.Equal(t, now.Add(40*time.Minute+24*time.Hour), c.BlockedUntil)
}

func TestASuccessfulResetClearsTheCounts(t *testing.T) {
	s := policy.DefaultSettings().Throttle
	var c policy.Counters
	for range 4 {
		c, _ = c.Record(s, policy.PhoneValidation, now)
	}
	c = c.Cleared()
	assert.Equal(t, policy.Counters{}, c)
	for range 4 {
		var fresh bool
		c, fresh = c.Record(s, policy.PhoneValidation, now)
		require.False(t, fresh)
	}
}

// But for the guesses of codes, which nothing else bounds.
func TestSwitchedOffRulesNeverBlock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c policy.Counters
		for range rapid.IntRange(0, 60).Draw(t, "events") {
			var fresh bool
			e := rapid.SampledFrom(everyEvent).Filter(func(e policy.ThrottleEvent) bool { return e != policy.ProofFailure }).Draw(t, "event")
			c, fresh = c.Record(policy.ThrottleSettings{}, e, now)
			require.False(t, fresh)
		}
		assert.Nil(t, c.Blocked(now))
	})
}

// A throttled person stays throttled until the window ends, whatever they do,
// and not a moment longer.
func TestAThrottledPersonStaysThrottledUntilTheWindowEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := policy.ThrottleSettings{
			TroubleshootRules: rapid.Bool().Draw(t, "troubleshoot"), FAQRules: rapid.Bool().Draw(t, "faq"), Block: 24 * time.Hour,
		}
		var c policy.Counters
		at, until := now, time.Time{}
		starts := 0
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
			at = at.Add(time.Duration(rapid.IntRange(0, 7200).Draw(t, "seconds")) * time.Second)
			if rapid.IntRange(0, 15).Draw(t, "clear") == 0 {
				c = c.Cleared()
			}
			before := c
			var fresh bool
			act := rapid.SampledFrom([]func(policy.Counters, policy.ThrottleSettings, policy.ThrottleEvent, time.Time) (policy.Counters, bool){
				policy.Counters.Attempt, policy.Counters.Failed, policy.Counters.Record,
			}).Draw(t, "act")
			c, fresh = act(c, s, rapid.SampledFrom(everyEvent).Draw(t, "event"), at)
			if fresh {
				require.Nil(t, before.Blocked(at), "a block begins only when none is in force")
				until = c.BlockedUntil
				require.Equal(t, at.Add(24*time.Hour), until)
				starts++
			}
			if at.Before(until) {
				require.NotNil(t, c.Blocked(at))
				require.Equal(t, until, c.Blocked(at).Until)
			} else {
				require.Nil(t, c.Blocked(at))
			}
		}
	})
}

// Counters are values: what somebody holds does not change under them.
func TestRecordLeavesItsReceiverAlone(t *testing.T) {
	s := policy.DefaultSettings().Throttle
	one, _ := policy.Counters{}.Record(s, policy.EmailSend, now)
	two, _ := one.Record(s, policy.EmailSend, now)
	three, _ := one.Attempt(s, policy.EmailSend, now.Add(time.Minute))
	assert.Len(t, one.Events[policy.EmailSend], 1)
	assert.Equal(t, now, two.Events[policy.EmailSend][1])
	assert.Equal(t, now.Add(time.Minute), three.Events[policy.EmailSend][1])
}

// What is remembered stays small.
func TestOldEventsAreForgotten(t *testing.T) {
	s := policy.ThrottleSettings{TroubleshootRules: true}
	var c policy.Counters
	for i := range 1000 {
		c, _ = c.Record(s, policy.EmailSend, now.Add(time.Duration(i)*time.Hour))
	}
	assert.LessOrEqual(t, len(c.Events[policy.EmailSend]), 25)
}

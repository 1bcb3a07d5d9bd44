package portal

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

func TestSpan(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0s": 400 * time.Millisecond, "1s": 600 * time.Millisecond, "30m": 30 * time.Minute, "42d": 42 * 24 * time.Hour,
		"1d 1h": 25 * time.Hour, "-263d 14h 57m 13s": -(6326*time.Hour + 57*time.Minute + 13335*time.Millisecond),
	} {
		assert.Equal(t, want, span(d))
	}
}

// Only what Go wrote as a duration is written anew.
func TestSpelled(t *testing.T) {
	for value, want := range map[string]string{
		"24h0m0s": "1d", "30m0s": "30m", "0s": "0s", "0": "0", "7": "7", "on": "on", "never": "never", "1 day": "1 day", "": "", "s": "s",
	} {
		assert.Equal(t, want, spelled(value), value)
	}
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(-1e5, 1e5).Draw(t, "seconds")) * time.Second
		assert.Equal(t, span(d), spelled(d.String()))
	})
}

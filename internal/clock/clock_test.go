package clock_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/ssprlab/ssprlab/internal/clock"
)

func TestClockMovesFreezesAndRunsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clock.New(time.Now)
		start := c.Now()

		c.Advance(25 * time.Hour)
		assert.Equal(t, start.Add(25*time.Hour), c.Now())

		c.Freeze()
		time.Sleep(time.Hour)
		assert.Equal(t, start.Add(25*time.Hour), c.Now(), "a frozen clock stands")
		c.Advance(time.Minute)
		assert.Equal(t, start.Add(25*time.Hour+time.Minute), c.Now(), "but it can be pushed")

		c.Thaw()
		time.Sleep(time.Second)
		assert.Equal(t, start.Add(25*time.Hour+time.Minute+time.Second), c.Now())

		target := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
		c.Set(target)
		assert.Equal(t, target, c.Now())
		assert.False(t, c.State().Frozen)
	})
}

// A base clock that moves between two looks must not show in the offset.
func TestTheOffsetIsExact(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	c := clock.New(func() time.Time { now = now.Add(time.Nanosecond); return now })
	assert.Zero(t, c.State().Offset)
	c.Advance(25 * time.Hour)
	assert.Equal(t, 25*time.Hour, c.State().Offset)
}

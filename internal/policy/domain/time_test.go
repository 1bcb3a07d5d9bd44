package domain

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestFileTimesAreThePublishedNumbers(t *testing.T) {
	for text, want := range map[string]FileTime{
		"1601-01-01T00:00:00Z": 0,
		"1970-01-01T00:00:00Z": 116444736000000000,
		"2000-01-01T00:00:00Z": 125911584000000000,
		"2026-01-01T00:00:00Z": 134116992000000000,
		"2030-06-15T12:00:00Z": 135522288000000000,
	} {
		moment, err := time.Parse(time.RFC3339, text)
		require.NoError(t, err)
		assert.Equal(t, want, FileTimeOf(moment), text)
		assert.Equal(t, moment, want.Time(), text)
	}
}

func TestTimesThatAFileTimeCannotHoldBecomeItsEnds(t *testing.T) {
	assert.Equal(t, FileTime(0), FileTimeOf(time.Date(1600, 12, 31, 23, 59, 59, 0, time.UTC)))
	assert.Equal(t, Never, FileTimeOf(time.Date(40000, 1, 1, 0, 0, 0, 0, time.UTC)))
}

func TestIntervalsAreThePublishedNumbers(t *testing.T) {
	for d, want := range map[time.Duration]Interval{
		time.Minute: -600000000, 30 * time.Minute: -18000000000, day: -864000000000, 42 * day: -36288000000000, 0: 0, -day: -864000000000,
	} {
		assert.Equal(t, want, IntervalOf(d))
		assert.Equal(t, d.Abs(), want.Duration())
	}
	assert.Equal(t, time.Duration(math.MaxInt64), Forever.Duration())
}

func TestLargeIntegersAreReadAndWritten(t *testing.T) {
	f, err := ParseFileTime("9223372036854775807")
	require.NoError(t, err)
	assert.Equal(t, Never, f)
	assert.Equal(t, "9223372036854775807", Never.String())
	i, err := ParseInterval("-9223372036854775808")
	require.NoError(t, err)
	assert.Equal(t, Forever, i)
	assert.Equal(t, "-9223372036854775808", Forever.String())
	for _, bad := range []string{"", "1.5", "0x10", "9223372036854775808", "one"} {
		_, err := ParseFileTime(bad)
		assert.Error(t, err, bad)
	}
	_, err = ParseInterval("864000000000")
	assert.ErrorContains(t, err, "write -864000000000")
}

func TestEveryTimeSurvivesItsNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := FileTime(rapid.Int64Range(0, math.MaxInt64-2*ticksPerSecond).Draw(t, "time"))
		assert.Equal(t, f, FileTimeOf(f.Time()))
	})
}

func TestLaterNeverWrapsAround(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := FileTime(rapid.Int64Min(0).Draw(t, "time"))
		i := Interval(rapid.Int64Max(0).Draw(t, "interval"))
		assert.GreaterOrEqual(t, i.after(f), f)
	})
}

func FuzzParseInterval(f *testing.F) {
	f.Add("-864000000000")
	f.Add("-9223372036854775808")
	f.Add("0")
	f.Fuzz(func(t *testing.T, text string) {
		i, err := ParseInterval(text)
		if err != nil {
			return
		}
		again, err := ParseInterval(i.String())
		require.NoError(t, err)
		assert.Equal(t, i, again)
		assert.GreaterOrEqual(t, i.Duration(), time.Duration(0))
	})
}

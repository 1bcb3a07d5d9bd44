package domain

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// A FileTime is a moment: 100 ns units since 1601-01-01 UTC (MS-DTYP 2.3.3).
type FileTime int64

// Never is the moment that does not come.
const Never FileTime = math.MaxInt64

const (
	ticksPerSecond = 10_000_000
	epochSeconds   = 11_644_473_600 // from 1601 to 1970
	tick           = 100 * time.Nanosecond
)

// FileTimeOf converts t, rounding down to 100 ns. Times that FileTime cannot
// hold give 0 or Never.
func FileTimeOf(t time.Time) FileTime {
	s := t.Unix() + epochSeconds
	switch {
	case s < 0:
		return 0
	case s > math.MaxInt64/ticksPerSecond-1:
		return Never
	}
	return FileTime(s*ticksPerSecond + int64(t.Nanosecond())/int64(tick))
}

// Time converts f to UTC. Never and 0 have no useful equivalent; ask first.
func (f FileTime) Time() time.Time {
	s, t := int64(f)/ticksPerSecond, int64(f)%ticksPerSecond
	return time.Unix(s-epochSeconds, t*int64(tick)).UTC()
}

// String is the decimal text of a LargeInteger attribute.
func (f FileTime) String() string { return strconv.FormatInt(int64(f), 10) }

// ParseFileTime reads the decimal text of a LargeInteger attribute.
func ParseFileTime(text string) (FileTime, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("parsing time %q: want a decimal count of 100 ns since 1601: %w", text, err)
	}
	return FileTime(n), nil
}

// An Interval is a duration as the directory stores it: a negative count of
// 100 ns. Zero and Forever have meanings of their own in each attribute.
type Interval int64

// Forever is the interval that does not end.
const Forever Interval = math.MinInt64

// IntervalOf converts a duration; its sign does not matter.
func IntervalOf(d time.Duration) Interval {
	if d > 0 {
		d = -d
	}
	return Interval(d / tick)
}

// Duration returns the length as a positive duration, at most the 292 years
// that a time.Duration can hold.
func (i Interval) Duration() time.Duration {
	if i < math.MinInt64/int64Interval(tick) {
		return math.MaxInt64
	}
	if i > 0 {
		i = -i
	}
	return time.Duration(-i) * tick
}

func int64Interval(d time.Duration) Interval { return Interval(d) }

// String is the decimal text of a LargeInteger attribute.
func (i Interval) String() string { return strconv.FormatInt(int64(i), 10) }

// ParseInterval reads the decimal text of a LargeInteger attribute. Positive
// numbers are no intervals.
func ParseInterval(text string) (Interval, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("parsing interval %q: want a negative decimal count of 100 ns: %w", text, err)
	}
	if n > 0 {
		return 0, fmt.Errorf("parsing interval %q: intervals are stored negative, write -%d", text, n)
	}
	return Interval(n), nil
}

// after returns the moment one interval later than f; Never when it does not
// come.
func (i Interval) after(f FileTime) FileTime {
	if i == Forever || f == Never {
		return Never
	}
	if i > 0 {
		i = -i
	}
	if int64(f) > math.MaxInt64+int64(i) {
		return Never
	}
	return f - FileTime(i)
}

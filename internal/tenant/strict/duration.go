package strict

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// durationPattern is what [ParseDuration] takes, for the schema.
const durationPattern = `^-?([0-9]+d)?([0-9]+(\.[0-9]+)?(h|m|s|ms|us|µs|ns))*$`

var daysFirst = regexp.MustCompile(`^(-?)([0-9]+)d(.*)$`)

var errDuration = errors.New(`must be a duration such as "90s", "15m", "36h" or "42d"`)

// ParseDuration is time.ParseDuration with days ("42d", "1d12h"). A day has 24
// hours.
func ParseDuration(text string) (time.Duration, error) {
	rest, days, sign := text, time.Duration(0), ""
	if m := daysFirst.FindStringSubmatch(text); m != nil {
		n, err := strconv.ParseInt(m[2], 10, 64)
		if err != nil || n > int64((1<<63-1)/day) {
			return 0, errDuration
		}
		sign, days, rest = m[1], time.Duration(n)*day, m[3]
		if strings.HasPrefix(rest, "-") || strings.HasPrefix(rest, "+") {
			return 0, errDuration
		}
		if rest == "" {
			rest = "0s"
		}
	}
	d, err := time.ParseDuration(rest)
	if err != nil || days+d < days && sign == "" && d > 0 {
		return 0, errDuration
	}
	if sign == "-" {
		return -(days + d), nil
	}
	return days + d, nil
}

// FormatDuration writes d as [ParseDuration] reads it, whole days as days.
func FormatDuration(d time.Duration) string {
	if d != 0 && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	s := d.String()
	s = strings.TrimSuffix(s, "0s")
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	if s == "" || !strings.ContainsAny(s[len(s)-1:], "hms") {
		return d.String()
	}
	return s
}

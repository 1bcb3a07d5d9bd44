package portal

import (
	"strconv"
	"strings"
	"time"
)

// span writes a duration in days, hours, minutes and seconds, to the second and
// without the units that are nothing: "42d", "1d 1h", "-30m".
func span(d time.Duration) string {
	d = d.Round(time.Second)
	if d == 0 {
		return "0s"
	}
	var parts []string
	rest := d.Abs()
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if n := int64(rest / unit.size); n > 0 {
			parts = append(parts, strconv.FormatInt(n, 10)+unit.name)
			rest %= unit.size
		}
	}
	text := strings.Join(parts, " ")
	if d < 0 {
		return "-" + text
	}
	return text
}

// spelled is a fact's value, with [span] for one that is a Go duration.
func spelled(value string) string {
	if d, err := time.ParseDuration(value); err == nil && strings.HasSuffix(value, "s") {
		return span(d)
	}
	return value
}

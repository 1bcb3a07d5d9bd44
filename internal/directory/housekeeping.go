package directory

import (
	"sync/atomic"
	"time"
)

// housekeeping does what a domain controller does by the clock, when somebody
// comes by after it was due.
func (dc *DC) housekeeping(now time.Time) {
	d, f := dc.domain, dc.forest
	f.comes(now)
	if f.onRequest != nil {
		f.onRequest()
	}
	if due(&f.collected, now, f.lifetimes().period) {
		f.collectGarbage(now)
	}
	if !f.flavour.samba() && due(&d.swept, now, d.sweepInterval()) {
		d.ProtectAdminGroups(now)
	}
}

// due reports whether an interval has gone by since something was done last,
// and then takes it as done now. Of several who ask one is told so.
func due(last *atomic.Int64, now time.Time, interval time.Duration) bool {
	was := last.Load()
	return now.Unix()-was >= int64(interval.Seconds()) && last.CompareAndSwap(was, now.Unix())
}

func (d *Domain) sweepInterval() time.Duration {
	if f := d.Settings().AdminSDProtectFrequency; f > 0 {
		return min(max(f, time.Minute), 2*time.Hour)
	}
	return time.Hour
}

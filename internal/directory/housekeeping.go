package directory

import "time"

// housekeeping does what a domain controller does by the clock, when somebody
// comes by after it was due.
func (dc *DC) housekeeping(now time.Time) {
	d := dc.domain
	last := d.swept.Load()
	if dc.forest.flavour.samba() || now.Unix()-last < int64(d.sweepInterval().Seconds()) {
		return
	}
	if d.swept.CompareAndSwap(last, now.Unix()) {
		d.ProtectAdminGroups(now)
	}
}

func (d *Domain) sweepInterval() time.Duration {
	if f := d.Settings().AdminSDProtectFrequency; f > 0 {
		return min(max(f, time.Minute), 2*time.Hour)
	}
	return time.Hour
}

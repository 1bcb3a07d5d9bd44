package tenant

import (
	"fmt"
	"net"
	"strings"
	"time"
)

// DomainSettingsSeed is what the domain controllers of a domain keep outside the
// directory, in their registries. Left-out fields keep the published defaults.
type DomainSettingsSeed struct {
	HintsSkipMinAge         bool            `doc:"a reset with policy hints does not ask for the minimum age"`
	PreviousPasswordGrace   time.Duration   `doc:"how long a bind still takes the previous password (OldPasswordAllowedPeriod); 1h when left out, 0s: not at all"`
	AdminSDProtectFrequency time.Duration   `json:"adminSDProtectFrequency" doc:"interval of the sweep over protected accounts, 1m to 2h; 1h when left out"`
	AuditDirectoryChanges   bool            `doc:"the audit subcategory Directory Service Changes is on: events 5136 to 5141 for what system ACLs ask for"`
	SecurityLogMaximumKB    int             `json:"securityLogMaximumKB" doc:"maximum size of each domain controller's Security log in KB, a multiple of 64 up to 4194240; 20480 when left out. The oldest events are overwritten as needed"`
	Replication             ReplicationSeed `doc:"how changes travel between the domain controllers"`
}

// ReplicationSeed is how long changes take from the domain controllers of a
// domain to each other, and to those of the other domains of the forest.
type ReplicationSeed struct {
	First    time.Duration `doc:"to the first partner in the site; 15s when left out"`
	Next     time.Duration `doc:"more for each further partner; 3s when left out"`
	Urgent   time.Duration `doc:"lockouts, must-change and policy, in the site; 0s when left out"`
	Sites    time.Duration `doc:"between sites; 3h when left out"`
	CutToPDC bool          `json:"cutToPDC" doc:"nobody reaches the PDC emulator: wrong passwords are not asked about there, and passwords set elsewhere arrive by replication"`
	CutToHub bool          `json:"cutToHub" doc:"read-only domain controllers reach no writable one, and no change reaches them: they sign in those whose passwords they have"`
}

// FreshReplication is the published defaults: 15 s to the first partner, 3 s to
// each further one, urgent changes at once (MS-ADTS 3.1.1.5.1.8), three hours
// between sites (default schedule of a site link).
func FreshReplication() ReplicationSeed {
	return ReplicationSeed{First: 15 * time.Second, Next: 3 * time.Second, Sites: 3 * time.Hour}
}

// FreshSettings is those of a fresh domain.
func FreshSettings() DomainSettingsSeed {
	return DomainSettingsSeed{PreviousPasswordGrace: time.Hour, AdminSDProtectFrequency: time.Hour, SecurityLogMaximumKB: freshLog, Replication: FreshReplication()}
}

// SetDefaults makes settings those of a fresh domain.
func (s *DomainSettingsSeed) SetDefaults() { *s = FreshSettings() }

// SetDefaults makes replication take the published times.
func (r *ReplicationSeed) SetDefaults() { *r = FreshReplication() }

// Limits of AdminSDProtectFrequency (product documentation: 60 to 7200 s).
const (
	leastSweep = time.Minute
	mostSweep  = 2 * time.Hour
)

// Sizes of a Security log (policy "Specify the maximum log file size (KB)";
// EventLog.MaximumKilobytes).
const (
	freshLog = 20480
	logStep  = 64
	mostLog  = 4194240
)

// Check names the fields that have no possible value, as field and remedy, in
// the order of the type.
func (s DomainSettingsSeed) Check() (problems [][2]string) {
	for _, one := range []struct {
		field string
		d     time.Duration
	}{
		{"previousPasswordGrace", s.PreviousPasswordGrace},
		{"replication.first", s.Replication.First},
		{"replication.next", s.Replication.Next},
		{"replication.urgent", s.Replication.Urgent},
		{"replication.sites", s.Replication.Sites},
	} {
		if one.d < 0 {
			problems = append(problems, [2]string{one.field, fmt.Sprintf("is %s: write a duration from 0s", one.d)})
		}
	}
	if f := s.AdminSDProtectFrequency; f < leastSweep || f > mostSweep {
		problems = append(problems, [2]string{"adminSDProtectFrequency", fmt.Sprintf("is %s: write a duration from 1m to 2h", f)})
	}
	if kb := s.SecurityLogMaximumKB; kb < logStep || kb > mostLog || kb%logStep != 0 {
		problems = append(problems, [2]string{"securityLogMaximumKB", fmt.Sprintf("is %d: write a multiple of %d, up to %d", kb, logStep, mostLog)})
	}
	return problems
}

func (c *checker) settings(at string, s DomainSettingsSeed) {
	for _, p := range s.Check() {
		c.add(at+"."+p[0], p[1])
	}
}

func (c *checker) controllers(at string, d *DomainSeed, first bool) {
	seen := map[string]int{}
	for i, dc := range d.Controllers {
		path := fmt.Sprintf("%s.controllers[%d]", at, i)
		c.add(path+".name", badComputer(dc.Name))
		c.once(seen, path+".name", dc.Name, i)
		if i == 0 && dc.ReadOnly {
			c.addf(path+".readOnly", "%s is the first of %s, its PDC emulator, and cannot be read-only: list a writable one before it", dc.Name, d.DNSName)
		}
		for field, address := range dc.Listeners() {
			c.listener(path+"."+field, address, first && i == 0)
		}
	}
}

func (c *checker) listener(path, address string, byFlag bool) {
	switch _, _, err := net.SplitHostPort(address); {
	case address == "":
	case byFlag:
		c.add(path, "the first domain controller of the first domain is served where --ldap-listen and --ldaps-listen say, and its global catalogue where --gc-listen and --gcs-listen say: leave it out here")
	case err != nil:
		c.addf(path, "%q is no HOST:PORT: write an address as 127.0.0.1:10390, port 0 for any", address)
	}
}

// controller notes a name that is no domain controller of d.
func (c *checker) controller(path string, d *DomainSeed, name string) {
	if name == "" || strings.EqualFold(name, "DC1") && len(d.Controllers) == 0 {
		return
	}
	for _, dc := range d.Controllers {
		if strings.EqualFold(dc.Name, name) {
			return
		}
	}
	c.addf(path, "%q is no domain controller of %s: list it under the domain's controllers", name, d.DNSName)
}

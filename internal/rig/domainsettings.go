package rig

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/ssprlab/ssprlab/internal/control"
	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// none is a duration of nothing where zero means the default.
const none = -1

// directorySettings is a seed's settings as the directory takes them.
func directorySettings(s tenant.DomainSettingsSeed) directory.Settings {
	given := func(d time.Duration) time.Duration {
		if d == 0 {
			return none
		}
		return d
	}
	r := s.Replication
	return directory.Settings{
		HintsSkipMinAge: s.HintsSkipMinAge, PreviousPasswordGrace: given(s.PreviousPasswordGrace), AdminSDProtectFrequency: s.AdminSDProtectFrequency,
		AuditDirectoryChanges: s.AuditDirectoryChanges, SecurityLogMaxSize: int64(s.SecurityLogMaximumKB) << 10,
		Replication: directory.Replication{First: given(r.First), Next: given(r.Next), Urgent: r.Urgent, Sites: given(r.Sites), CutToPDC: r.CutToPDC, CutToHub: r.CutToHub},
	}
}

// seedSettings is the directory's settings in the words of a seed.
func seedSettings(s directory.Settings) tenant.DomainSettingsSeed {
	told := func(d, otherwise time.Duration) time.Duration {
		switch {
		case d == 0:
			return otherwise
		case d < 0:
			return 0
		}
		return d
	}
	r, fresh := s.Replication, tenant.FreshSettings()
	log := fresh.SecurityLogMaximumKB
	if s.SecurityLogMaxSize > 0 {
		log = int(s.SecurityLogMaxSize >> 10)
	}
	return tenant.DomainSettingsSeed{
		HintsSkipMinAge:         s.HintsSkipMinAge,
		PreviousPasswordGrace:   told(s.PreviousPasswordGrace, fresh.PreviousPasswordGrace),
		AdminSDProtectFrequency: told(s.AdminSDProtectFrequency, fresh.AdminSDProtectFrequency),
		AuditDirectoryChanges:   s.AuditDirectoryChanges,
		SecurityLogMaximumKB:    log,
		Replication: tenant.ReplicationSeed{
			First: told(r.First, fresh.Replication.First), Next: told(r.Next, fresh.Replication.Next), Urgent: r.Urgent,
			Sites: told(r.Sites, fresh.Replication.Sites), CutToPDC: r.CutToPDC, CutToHub: r.CutToHub,
		},
	}
}

// domainSettings is a domain's settings over the control API. Durations are Go's.
type domainSettings struct {
	HintsSkipMinAge         bool                `json:"hintsSkipMinAge"`
	PreviousPasswordGrace   string              `json:"previousPasswordGrace"`
	AdminSDProtectFrequency string              `json:"adminSDProtectFrequency"`
	AuditDirectoryChanges   bool                `json:"auditDirectoryChanges"`
	SecurityLogMaximumKB    int                 `json:"securityLogMaximumKB"`
	Replication             replicationSettings `json:"replication"`
}

type replicationSettings struct {
	First    string `json:"first"`
	Next     string `json:"next"`
	Urgent   string `json:"urgent"`
	Sites    string `json:"sites"`
	CutToPDC bool   `json:"cutToPDC"`
	CutToHub bool   `json:"cutToHub"`
}

func shownSettings(s tenant.DomainSettingsSeed) domainSettings {
	r := s.Replication
	return domainSettings{
		HintsSkipMinAge: s.HintsSkipMinAge, PreviousPasswordGrace: s.PreviousPasswordGrace.String(), AdminSDProtectFrequency: s.AdminSDProtectFrequency.String(),
		AuditDirectoryChanges: s.AuditDirectoryChanges, SecurityLogMaximumKB: s.SecurityLogMaximumKB,
		Replication: replicationSettings{First: r.First.String(), Next: r.Next.String(), Urgent: r.Urgent.String(), Sites: r.Sites.String(), CutToPDC: r.CutToPDC, CutToHub: r.CutToHub},
	}
}

// seed reads the durations and holds the settings to a seed's limits.
func (s domainSettings) seed() (tenant.DomainSettingsSeed, error) {
	out := tenant.DomainSettingsSeed{HintsSkipMinAge: s.HintsSkipMinAge, AuditDirectoryChanges: s.AuditDirectoryChanges, SecurityLogMaximumKB: s.SecurityLogMaximumKB, Replication: tenant.ReplicationSeed{CutToPDC: s.Replication.CutToPDC, CutToHub: s.Replication.CutToHub}}
	for _, one := range []struct {
		field, text string
		into        *time.Duration
	}{
		{"previousPasswordGrace", s.PreviousPasswordGrace, &out.PreviousPasswordGrace},
		{"adminSDProtectFrequency", s.AdminSDProtectFrequency, &out.AdminSDProtectFrequency},
		{"replication.first", s.Replication.First, &out.Replication.First},
		{"replication.next", s.Replication.Next, &out.Replication.Next},
		{"replication.urgent", s.Replication.Urgent, &out.Replication.Urgent},
		{"replication.sites", s.Replication.Sites, &out.Replication.Sites},
	} {
		var err error
		if *one.into, err = time.ParseDuration(one.text); err != nil {
			return out, control.BadInput{Field: one.field, Text: fmt.Sprintf("%s: %q is no duration, as 90s or 24h", one.field, one.text)}
		}
	}
	for _, p := range out.Check() {
		return out, control.BadInput{Field: p[0], Text: p[0] + " " + p[1]}
	}
	return out, nil
}

// Domain describes a domain.
func (a directoryAPI) Domain(name string) (api.Domain, bool) {
	d := a.domain(name)
	if d == nil {
		return api.Domain{}, false
	}
	out := api.Domain{DNSName: d.DNSName(), NetBIOS: d.NetBIOS(), BaseDN: d.DN()}
	for _, c := range a.l.Controllers {
		if c.DC.Domain() == d {
			out.Controllers = append(out.Controllers, c.api(a.l.Clock.Now()))
		}
	}
	return out, true
}

func (a directoryAPI) Settings(name string) (json.RawMessage, bool) {
	d := a.domain(name)
	if d == nil {
		return nil, false
	}
	text, err := json.Marshal(shownSettings(seedSettings(d.Settings())))
	return text, err == nil
}

func (a directoryAPI) PatchSettings(name string, patch json.RawMessage) (json.RawMessage, error) {
	d := a.domain(name)
	if d == nil {
		return nil, control.BadInput{Field: "domain", Text: fmt.Sprintf("no embedded domain %q", name)}
	}
	a.l.changing.Lock()
	defer a.l.changing.Unlock()
	shown := shownSettings(seedSettings(d.Settings()))
	if err := strictJSON(patch, &shown); err != nil {
		return nil, control.BadInput{Text: err.Error()}
	}
	next, err := shown.seed()
	if err != nil {
		return nil, err
	}
	d.SetSettings(directorySettings(next))
	text, _ := a.Settings(name)
	return text, nil
}

func (a directoryAPI) Controller(domain, name string) (api.Controller, bool) {
	c := a.l.controller(domain, name)
	if c == nil {
		return api.Controller{}, false
	}
	return c.api(a.l.Clock.Now()), true
}

func (a directoryAPI) PatchController(domain, name string, patch json.RawMessage) (api.Controller, error) {
	c := a.l.controller(domain, name)
	if c == nil {
		return api.Controller{}, control.BadInput{Field: "controller", Text: fmt.Sprintf("no domain controller %q of %q", name, domain)}
	}
	var in struct {
		RequireSigning *bool `json:"requireSigning"`
	}
	if err := strictJSON(patch, &in); err != nil {
		return api.Controller{}, control.BadInput{Text: "requireSigning can be changed: " + err.Error()}
	}
	if in.RequireSigning != nil {
		c.DC.RequireSigning(*in.RequireSigning)
	}
	return c.api(a.l.Clock.Now()), nil
}

// registries is what the domain controllers of a lab keep outside the directory,
// by DNS name of the domain: a lab that is kept or copied takes it along.
type registries map[string]registry

type registry struct {
	Settings       tenant.DomainSettingsSeed `json:"settings"`
	RequireSigning map[string]bool           `json:"requireSigning"` // by name
}

func registriesOf(f *directory.Forest) registries {
	if f == nil {
		return nil
	}
	all := registries{}
	for _, d := range f.Domains() {
		r := registry{Settings: seedSettings(d.Settings()), RequireSigning: map[string]bool{}}
		for _, dc := range d.DCs() {
			r.RequireSigning[dc.Name()] = dc.RequiresSigning()
		}
		all[d.DNSName()] = r
	}
	return all
}

// restore puts what was kept into a forest of the same seed.
func (all registries) restore(f *directory.Forest) {
	for name, r := range all {
		d := f.Domain(name)
		if d == nil {
			continue
		}
		d.SetSettings(directorySettings(r.Settings))
		for dc, on := range r.RequireSigning {
			if c := d.DC(dc); c != nil {
				c.RequireSigning(on)
			}
		}
	}
}

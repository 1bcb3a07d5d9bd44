package rig

import (
	"strconv"
	"time"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/clock"
	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/hashsync"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// A Picture is a lab at one moment: tenant, directory, journal and clock. It
// holds secrets and leaves no process. What is on people's devices, the resets
// under way and the faults are not part of it.
type Picture struct {
	config    LabConfig
	created   time.Time
	clock     clock.State
	tenant    []byte
	directory []directory.Change
	logons    []directory.Logon
	domains   registries
	journal   journal.Snapshot
	hashSync  hashsync.State
	authority *authority // nil: whoever is made of it gets a CA of its own
	turn      int        // of the labs made of it: each draws its own chance
}

// picture takes a picture of a running lab.
func (l *Lab) picture() (*Picture, error) {
	p := &Picture{config: l.Config, created: l.Created, clock: l.Clock.State(), journal: l.Journal.Snapshot(), authority: l.authority}
	var err error
	if p.tenant, err = l.Tenant.Snapshot(); err != nil {
		return nil, err
	}
	if l.Forest != nil {
		p.hashSync = l.HashSync.State() // before the changes: rather bring one twice than never
		p.directory, p.logons, p.domains = l.Forest.Changes(), l.Forest.Logons(), registriesOf(l.Forest)
	}
	return p, nil
}

// A past is what a lab goes on from: an earlier start kept on disk, or a
// picture.
type past interface {
	run(first *chance.Source) *chance.Source
	wind(l *Lab)
	born() time.Time
	hashes() hashsync.State // zero: it had none
	restore(l *Lab) error
	replay(f *directory.Forest) error
	ca() (*authority, error) // nil, nil: make a new one
}

// past is nil for a lab that begins anew.
func (cfg LabConfig) past() past {
	switch {
	case cfg.Data.resumes():
		return cfg.Data
	case cfg.From != nil:
		return cfg.From
	}
	return nil
}

func (p *Picture) born() time.Time { return p.created }

func (p *Picture) hashes() hashsync.State { return p.hashSync }

func (p *Picture) ca() (*authority, error) { return p.authority, nil }

// run is a chance of its own: what the lab in the picture has drawn must not
// come again.
func (p *Picture) run(first *chance.Source) *chance.Source {
	return chance.New(uint64(chance.Intn(first.Stream("picture", strconv.Itoa(p.turn)), 1<<62)))
}

func (p *Picture) wind(l *Lab) {
	if p.clock.Frozen {
		l.Clock.Freeze()
	}
	l.Clock.Set(p.clock.Now)
}

func (p *Picture) restore(l *Lab) (err error) {
	if l.Tenant, err = tenant.Restore(p.tenant, l.Chance, l.Clock.Now); err == nil {
		l.Journal.Restore(p.journal)
	}
	return err
}

func (p *Picture) replay(f *directory.Forest) error {
	if err := f.Apply(p.directory); err != nil {
		return err
	}
	f.ApplyLogons(p.logons)
	p.domains.restore(f)
	return nil
}

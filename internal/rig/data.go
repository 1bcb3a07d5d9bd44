package rig

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/directory/security"
	"github.com/ssprlab/ssprlab/internal/hashsync"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/store"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// names of the facts that a lab keeps.
const (
	factLab     = "lab"
	factSeed    = "seed"
	factCA      = "ca"
	factTenant  = "tenant"
	factJournal = "journal"
	factDomains = "domains"
	factLogon   = "logon/"
)

// saveInterval is how often what has no log of its own is looked at. What is
// acknowledged over HTTP does not wait for it.
const saveInterval = time.Second

// Data is what a lab keeps in --data: every change of its directory before it
// is acknowledged, and the rest as it was last seen.
type Data struct {
	dir   string
	store *store.Store
	facts map[string][]byte // of earlier starts

	kept     keptLab
	resumed  bool        // an earlier start was completed
	complete atomic.Bool // this start is: from here on changes are waited for

	mu    sync.Mutex
	saved map[string][32]byte // what the facts on their way to the disk are
	stop  chan struct{}
	ended sync.WaitGroup
}

// keptLab is what must be the same, or go on, at the next start.
type keptLab struct {
	RandSeed uint64        `json:"randSeed"`
	Created  time.Time     `json:"created"`
	Starts   int           `json:"starts"`
	LDIF     string        `json:"ldif,omitempty"` // SHA-256 of the file of the first start
	Offset   time.Duration `json:"clockOffset"`
	Frozen   bool          `json:"clockFrozen"`
	At       time.Time     `json:"clockAt"`
	Embedded bool          `json:"embeddedDirectory"`
	// HashSync is how far password hash synchronisation has come.
	HashSync hashsync.State `json:"hashSync"`
}

// openData opens --data and settles what an earlier start has settled: seed,
// chance and clock: an earlier start decides, and
// flags that say otherwise are mistakes.
func openData(ctx context.Context, dir, seedFile, randSeed string, cfg *LabConfig) error {
	if dir == "" {
		return nil
	}
	s, err := store.Open(ctx, dir)
	if err != nil {
		return usagef("--data %s: %v", dir, err)
	}
	d := &Data{dir: dir, store: s, saved: map[string][32]byte{}, stop: make(chan struct{})}
	if err := d.settle(ctx, seedFile, randSeed, cfg); err != nil {
		return errors.Join(err, s.Close())
	}
	cfg.Data = d
	return nil
}

func (d *Data) settle(ctx context.Context, seedFile, randSeed string, cfg *LabConfig) error {
	text, _, err := seedText(seedFile)
	if err != nil {
		return err
	}
	if d.facts, err = d.store.Facts(ctx); err != nil {
		return usagef("--data %s: %v", d.dir, err)
	}
	added, err := fileSum(cfg.LDIF)
	if err != nil {
		return usagef("--ldif %s: %v", cfg.LDIF, err)
	}
	known, ok := d.facts[factLab]
	if !ok {
		if err := d.store.Clear(ctx); err != nil { // of a first start that was cut short
			return usagef("--data %s: %v", d.dir, err)
		}
		d.kept.RandSeed, d.kept.LDIF = cfg.RandSeed, added
		return d.store.Put(factSeed, text)
	}
	if err := json.Unmarshal(known, &d.kept); err != nil {
		return usagef("--data %s: is damaged (%v): restore a copy, or name another directory", d.dir, err)
	}
	d.resumed = true
	d.kept.Starts++
	switch {
	case seedFile != "" && !bytes.Equal(text, d.facts[factSeed]):
		return usagef("--seed %s: --data %s holds a lab of another seed: leave --seed away to go on with that lab, or name another directory", seedFile, d.dir)
	case randSeed != "" && cfg.RandSeed != d.kept.RandSeed:
		return usagef("--rand-seed %s: --data %s holds a lab of chance %d: leave --rand-seed away to go on with that lab, or name another directory", randSeed, d.dir, d.kept.RandSeed)
	case added != "" && added != d.kept.LDIF:
		return usagef("--ldif %s: --data %s holds a lab that began without this file: import it with ssprctl ldif import, or name another directory", cfg.LDIF, d.dir)
	}
	cfg.RandSeed, cfg.LDIF = d.kept.RandSeed, ""
	if cfg.Seed, err = tenant.ParseSeed(d.facts[factSeed]); err != nil {
		return usagef("--data %s: its seed is not one of this program's: %v", d.dir, err)
	}
	return nil
}

// fileSum is the digest of a file, "" without one.
func fileSum(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// resumes reports whether an earlier start is gone on with.
func (d *Data) resumes() bool { return d != nil && d.resumed }

// commit and flush are the log of the directory.
func (d *Data) commit(c directory.Change) error { return d.store.Commit(c) }

func (d *Data) flush() error {
	if !d.complete.Load() {
		return nil // the first start is kept as a whole, or not at all
	}
	return d.store.Flush()
}

// keepLogons takes what domain controllers remember of logons. It does not wait.
func (d *Data) keepLogons(list []directory.Logon) {
	for _, l := range list {
		if value, err := json.Marshal(l); err == nil {
			_ = d.store.Put(logonFact(l), value) // a store that takes nothing refuses every change, too
		}
	}
}

// logonFact names what is remembered: the account's GUID, the number of the
// domain controller.
func logonFact(l directory.Logon) string {
	return factLogon + l.Account.String() + "/" + strconv.Itoa(int(l.Controller))
}

// logons is what was remembered of logons when the last start ended.
func (d *Data) logons() (list []directory.Logon, err error) {
	for name, value := range d.facts {
		key, ok := strings.CutPrefix(name, factLogon)
		if !ok {
			continue
		}
		var l directory.Logon
		guid, number, _ := strings.Cut(key, "/")
		controller, err := strconv.ParseUint(number, 10, 16)
		if err == nil {
			l.Account, err = security.ParseGUID(guid)
		}
		if err == nil {
			err = json.Unmarshal(value, &l)
		}
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		l.Controller = uint16(controller)
		list = append(list, l)
	}
	return list, nil
}

// replay brings a new forest to where the last start left it.
func (d *Data) replay(f *directory.Forest) error {
	if !d.kept.Embedded {
		return usagef("--data %s: holds a lab that began without an embedded directory: start it as it was, with --directory or --no-directory, or name another directory", d.dir)
	}
	changes, err := d.store.Changes(context.Background())
	if err != nil {
		return fmt.Errorf("--data %s: %w", d.dir, err)
	}
	if err := f.Apply(changes); err != nil {
		return fmt.Errorf("--data %s: %w: restore a copy, or name another directory", d.dir, err)
	}
	logons, err := d.logons()
	if err != nil {
		return fmt.Errorf("--data %s: %w", d.dir, err)
	}
	f.ApplyLogons(logons)
	if text, ok := d.facts[factDomains]; ok {
		var kept registries
		if err := json.Unmarshal(text, &kept); err != nil {
			return fmt.Errorf("--data %s: reading the settings of the domains: %w", d.dir, err)
		}
		kept.restore(f)
	}
	return nil
}

// run is the chance of this start: what an earlier one has drawn must not come
// again.
func (d *Data) run(first *chance.Source) *chance.Source {
	stream := first.Stream("start", strconv.Itoa(d.kept.Starts))
	return chance.New(uint64(chance.Intn(stream, 1<<62)))
}

// wind sets the clock to go on from where it stood, if the flags do not say
// otherwise.
func (d *Data) wind(l *Lab) {
	if !l.Config.Clock.IsZero() {
		return
	}
	if d.kept.Frozen {
		l.Clock.Set(d.kept.At)
		l.Clock.Freeze()
		l.Clock.Set(d.kept.At)
		return
	}
	l.Clock.Advance(d.kept.Offset)
}

func (d *Data) born() time.Time { return d.kept.Created }

func (d *Data) hashes() hashsync.State { return d.kept.HashSync }

// ca is the CA of the first start.
func (d *Data) ca() (*authority, error) {
	a, err := parseAuthority(d.facts[factCA])
	if err != nil {
		return nil, fmt.Errorf("--data %s: reading the CA: %w", d.dir, err)
	}
	return a, nil
}

// restore takes over tenant and journal of the last start.
func (d *Data) restore(l *Lab) (err error) {
	if l.Tenant, err = tenant.Restore(d.facts[factTenant], l.Chance, l.Clock.Now); err != nil {
		return fmt.Errorf("--data %s: %w", d.dir, err)
	}
	if text, ok := d.facts[factJournal]; ok {
		var s journal.Snapshot
		if err := json.Unmarshal(text, &s); err != nil {
			return fmt.Errorf("--data %s: reading the journal: %w", d.dir, err)
		}
		l.Journal.Restore(s)
	}
	return nil
}

// keep completes the start: everything is on the disk when it returns, and is
// looked at from now on.
func (l *Lab) keep(context.Context) error {
	d := l.Config.Data
	if d == nil {
		return nil
	}
	if d.kept.Created = l.Created; !d.resumed {
		d.kept.Embedded = l.Forest != nil
	}
	ca, err := l.authority.marshal()
	if err != nil {
		return err
	}
	err = errors.Join(d.store.Put(factCA, ca), d.save(l, true), d.store.Flush())
	if err != nil {
		return fmt.Errorf("--data %s: %w", d.dir, err)
	}
	d.complete.Store(true)
	l.onClose(func(context.Context) error {
		close(d.stop)
		d.ended.Wait()
		return d.save(l, true)
	})
	d.ended.Go(func() { d.watch(l) })
	return nil
}

// watch saves what has changed, again and again until the lab ends. It takes a
// twentieth of the time at most, however much there is.
func (d *Data) watch(l *Lab) {
	timer := time.NewTimer(saveInterval)
	defer timer.Stop()
	seen := int64(0)
	for {
		select {
		case <-d.stop:
			return
		case <-timer.C:
		}
		begun := time.Now()
		last := l.Journal.Last()
		err := d.save(l, last != seen)
		if seen = last; err != nil {
			select {
			case l.errs <- fmt.Errorf("--data %s: %w", d.dir, err):
			default:
			}
			return
		}
		timer.Reset(max(saveInterval, 20*time.Since(begun)))
	}
}

// save hands what has changed to the store.
func (d *Data) save(l *Lab, withJournal bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	kept := d.kept
	if l.HashSync != nil {
		kept.HashSync = l.HashSync.State()
	}
	clock := l.Clock.State()
	kept.Frozen = clock.Frozen
	if clock.Frozen {
		kept.At = clock.Now
	} else {
		kept.Offset = clock.Offset.Round(time.Second) // the base clock ran on between two readings
	}
	lab, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("keeping the lab: %w", err)
	}
	people, err := l.Tenant.Snapshot()
	if err != nil {
		return fmt.Errorf("keeping the tenant: %w", err)
	}
	facts := map[string][]byte{factLab: lab, factTenant: people}
	if l.Forest != nil {
		l.Forest.SaveLogons()
		if facts[factDomains], err = json.Marshal(registriesOf(l.Forest)); err != nil {
			return fmt.Errorf("keeping the settings of the domains: %w", err)
		}
	}
	if withJournal {
		if facts[factJournal], err = json.Marshal(l.Journal.Snapshot()); err != nil {
			return fmt.Errorf("keeping the journal: %w", err)
		}
	}
	for name, value := range facts {
		sum := sha256.Sum256(value)
		if d.saved[name] == sum {
			continue
		}
		if err := d.store.Put(name, value); err != nil {
			return err
		}
		d.saved[name] = sum
	}
	return nil
}

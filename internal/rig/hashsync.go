package rig

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/hashsync"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// A hashSwitch says whether a sync server brings password hashes.
type hashSwitch struct {
	on   atomic.Bool // password hash synchronisation is configured
	down atomic.Bool // the server does not run
}

// openHashSync makes password hash synchronisation between the embedded
// directory and the tenant. Hashes are read by replication, which no foreign
// directory is asked for: there, nothing is synchronised.
func (l *Lab) openHashSync(ctx context.Context) error {
	l.hashSwitches = map[string]*hashSwitch{}
	if l.Forest == nil {
		return nil
	}
	s := &hashsync.Service{
		Directory: hashSource{l}, Cloud: hashTarget{l.Tenant}, Now: l.Clock.Now, NewID: l.newID,
		Append: func(r journal.Record) { l.Journal.Append(r) }, SyncUser: l.syncUser,
	}
	state := hashsync.State{Last: hashsync.Cycle(l.Clock.Now()), Seen: map[string]uint32{}}
	for _, seed := range l.Config.Seed.Agents {
		plan, err := l.planOf(seed.Domain)
		if err != nil {
			continue // openWriteback says what is wrong
		}
		s.Agents = append(s.Agents, l.hashAgent(plan, seed))
		state.Seen[plan.DNSName] = l.Forest.USN() // the seed says what the cloud has
	}
	if earlier := l.Config.past(); earlier != nil && !earlier.hashes().Last.IsZero() {
		state = earlier.hashes()
	}
	s.Resume(state)
	l.HashSync = s
	l.Clock.OnMove(func(time.Time) { l.tend(context.WithoutCancel(ctx)) })
	return nil
}

func (l *Lab) hashAgent(plan tenant.DirectoryPlan, seed tenant.AgentSeed) hashsync.Agent {
	w := &hashSwitch{}
	w.on.Store(seed.PasswordHashSync)
	l.hashSwitches[seed.Name] = w
	return hashsync.Agent{
		Name: seed.Name, Domain: plan.DNSName, Connector: seed.ServiceAccount, Silent: seed.Kind == tenant.CloudSync,
		Active: func() bool { return w.on.Load() && !w.down.Load() },
		Fault:  func() hashsync.Failure { return l.Faults.hashSync(seed.Name) },
	}
}

// syncUser is the account of the tenant that a sync server signs in with.
func (l *Lab) syncUser(agent string) journal.Actor {
	return journal.Actor{
		DisplayName:       "On-Premises Directory Synchronization Service Account",
		UserPrincipalName: "Sync_" + agent + "@" + l.Config.Seed.Tenant.InitialDomain,
	}
}

// tend does what came due by the lab's clock. It is called before anybody looks
// at the lab or changes something in it.
func (l *Lab) tend(ctx context.Context) {
	if l.HashSync != nil {
		l.HashSync.Tend(ctx)
	}
}

// hashSource is the forest as hash synchronisation sees it.
type hashSource struct{ l *Lab }

func (h hashSource) domain(name string) *directory.Domain {
	for _, d := range h.l.Forest.Domains() {
		if strings.EqualFold(d.DNSName(), name) {
			return d
		}
	}
	return nil
}

func (h hashSource) Changed(domain string, since uint32) ([]hashsync.Account, uint32) {
	d := h.domain(domain)
	if d == nil {
		return nil, since
	}
	changes, next := d.PasswordChanges(since)
	list := make([]hashsync.Account, len(changes))
	for i, c := range changes {
		list[i] = hashsync.Account{
			Anchor: base64.StdEncoding.EncodeToString(c.Anchor), DN: c.DN, Hash: hashsync.NewHash(c.Hash), Set: c.Set, MustChange: c.MustChange,
		}
	}
	return list, next
}

func (h hashSource) MayRead(domain, connector string) bool {
	d := h.domain(domain)
	return d != nil && d.MayReadHashes(h.l.Clock.Now(), connector)
}

// hashTarget is the tenant as hash synchronisation sees it.
type hashTarget struct{ *tenant.Store }

func (h hashTarget) People(ctx context.Context, anchors []string) (map[string]journal.Actor, error) {
	users, err := h.UsersFrom(ctx, anchors)
	people := make(map[string]journal.Actor, len(users))
	for anchor, u := range users {
		people[anchor] = journal.Actor{ID: u.ID, DisplayName: u.DisplayName, UserPrincipalName: u.UserPrincipalName}
	}
	return people, err
}

func (h hashTarget) ForceChange(ctx context.Context) (bool, error) {
	settings, err := h.Settings(ctx)
	return settings.HashSync.ForceChange, err
}

// tended lets the lab do what came due by its clock before a page is asked for.
func (l *Lab) tended(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.tend(r.Context())
		next.ServeHTTP(w, r)
	})
}

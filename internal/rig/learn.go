package rig

import (
	"context"
	"strings"
	"sync"

	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// A learner is a domain controller that knows of some accounts only the hash of
// a password, in a form that Active Directory cannot check a bind with. The
// first bind with the right password gives the account that password, as old as
// the seed says, and then goes its usual way. It keeps no state: an account that
// has a password, by a bind or by a reset, is not learned again.
type learner struct {
	*directory.DC
	domain *directory.Domain
	known  map[string]tenant.PlannedAccount // by SID

	mu sync.Mutex // one bind at a time learns
}

// serverOf is what listeners put in front of a domain controller.
func (l *Lab) serverOf(d *directory.Domain, dc *directory.DC) directory.Server {
	known := map[string]tenant.PlannedAccount{}
	for _, p := range l.plans {
		if !strings.EqualFold(p.DNSName, d.DNSName()) {
			continue
		}
		for _, e := range p.Entries {
			if a := e.Account; a != nil && !a.PasswordHash.Empty() {
				known[e.SID] = *a
			}
		}
	}
	if len(known) == 0 {
		return dc
	}
	return &learner{DC: dc, domain: d, known: known}
}

// Bind implements [directory.Server].
func (s *learner) Bind(ctx context.Context, r directory.Request, b directory.BindRequest) (directory.Caller, directory.Result) {
	s.learn(r, b.Name, b.Password)
	return s.DC.Bind(ctx, r, b)
}

// Ticket learns as Bind does.
func (s *learner) Ticket(r directory.Request, q directory.TicketRequest) directory.Ticket {
	s.learn(r, q.Name, q.Password)
	return s.DC.Ticket(r, q)
}

// learn gives an account the password that its hash is of. Whatever goes wrong
// shows in the bind that follows.
func (s *learner) learn(r directory.Request, name string, password secret.Text) {
	state, ok := s.PasswordState(name)
	if !ok || state.Has || password.Empty() {
		return
	}
	a, ok := s.known[state.SID]
	if !ok || !tenant.MatchesHash(a.PasswordHash, password) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if now, _ := s.PasswordState(name); now.Has {
		return // somebody was faster
	}
	_ = s.domain.SetPassword(r.Now, state.DN, password, r.Now.Sub(a.PasswordSet))
	if a.MustChange {
		_ = s.domain.Set(r.Now, state.DN, map[string][]string{"pwdLastSet": {"0"}})
	}
}

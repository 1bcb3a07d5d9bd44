package tenant

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/tenant/strict"
)

// UpdateSettings changes the settings atomically and returns them. Errors: that
// of change; Problems for every field outside its limits. Either leaves
// everything as it was.
func (s *Store) UpdateSettings(_ context.Context, change func(*policy.Settings) error) (policy.Settings, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := clone(s.settings)
	if err := change(&next); err != nil {
		return policy.Settings{}, err
	}
	if err := s.keepSettings(next); err != nil {
		return policy.Settings{}, err
	}
	return clone(s.settings), nil
}

// keepSettings is called with the lock held.
func (s *Store) keepSettings(next policy.Settings) error {
	next = clone(next)
	s.resolveNames(&next)
	s.noteChanges(&next)
	sheet := sheet{found: settingsProblems(next)}
	if ok, why := policy.MayMigrate(s.settings.Methods.Migration, next.Methods.Migration, next.Methods.RollbackReason); !ok {
		sheet.add("methods.migration", why)
	}
	// Selected without a group can be had: it is SSPR_0011 (troubleshoot-sspr).
	if g := next.Reset.GroupID; next.Reset.Scope == policy.ScopeSelected && g != "" && s.groups[g] == nil {
		sheet.add("reset.groupId", fmt.Sprintf("%q is no group: name one, or set reset.scope to all", g))
	}
	if err := sheet.found.Err(); err != nil {
		return err
	}
	s.settings = next
	if s.watcher != nil {
		s.watcher(s.now(), clone(next))
	}
	return nil
}

// WatchSettings returns the settings and has told called with every later state
// of them, in order. It is called while the store is locked: it must not call
// the store.
func (s *Store) WatchSettings(told func(now time.Time, next policy.Settings)) policy.Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watcher = told
	return clone(s.settings)
}

// noteChanges starts the delays of what arrives late, and forgets compiled lists
// whose source changed.
func (s *Store) noteChanges(next *policy.Settings) {
	old, now := s.settings, s.now()
	if next.Methods.Migration == policy.MigrationComplete {
		next.Methods.RollbackReason = ""
	}
	next.Methods = old.MethodsChanged(next.Methods, next.Reset.Methods, now)
	if next.Admins.ChangedAt.Equal(old.Admins.ChangedAt) {
		next.Admins.ChangedAt = old.Admins.WithAllowed(next.Admins.AllowedToUseSSPR, now).ChangedAt
	}
	if next.Ban.EnforceCustom != old.Ban.EnforceCustom || !slices.Equal(next.Ban.Custom, old.Ban.Custom) {
		changed := old.Ban.WithCustom(next.Ban.EnforceCustom, next.Ban.Custom, now)
		next.Ban.Before, next.Ban.ChangedAt, next.Ban.CustomList = changed.Before, changed.ChangedAt, nil
	}
	if !slices.Equal(next.Ban.Global, old.Ban.Global) {
		next.Ban.GlobalList = nil
	}
}

// settingsProblems turns what the rules say against settings into problems with
// paths: "settings: reset.gates: 3 is outside 1 to 2".
func settingsProblems(of policy.Settings) Problems {
	var found Problems
	for _, err := range of.Validate() {
		field, text, ok := strings.Cut(strings.TrimPrefix(err.Error(), "settings: "), ": ")
		if !ok {
			field, text = "", err.Error()
		}
		if path, unit, ok := strings.Cut(field, ", "); ok { // "tap.length, characters"
			field, text = path, unit+": "+text
		}
		found = append(found, strict.Problem{Path: field, Text: text})
	}
	return found
}

// atLines gives problems the lines of the document that caused them.
func atLines(doc strict.Doc, err error) error {
	problems, ok := errors.AsType[Problems](err)
	if !ok {
		return err
	}
	for i, p := range problems {
		problems[i].Line = doc.Line(p.Path)
	}
	return problems.Err()
}

// TenantJSON is the tenant as the control API shows it: ID and settings, under
// the names of a seed file's tenant.
func (s *Store) TenantJSON(context.Context) ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return codec().JSON(s.tenantSeed())
}

func (s *Store) tenantSeed() TenantSeed {
	return TenantSeed{ID: s.id, Settings: clone(s.settings)}
}

// PatchTenant applies a JSON merge patch (RFC 7396) to what [Store.TenantJSON]
// shows and returns the result. Groups may be given by name. Error Problems:
// unknown keys, wrong values, settings outside their limits; then nothing was
// changed.
func (s *Store) PatchTenant(_ context.Context, patch []byte) ([]byte, error) {
	doc, err := strict.ParseJSON(patch)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.tenantSeed()
	c := codec()
	c.Partial = true
	problems := c.Decode(doc, &next)
	from, to := s.settings.Notify.Cloud, next.Notify.Cloud
	if from != to && s.settings.Lockout.Threshold == policy.DefaultLockoutThreshold(from) && len(problems) == 0 {
		next = s.tenantSeed() // again, over the threshold of the other cloud
		next.Lockout.Threshold = policy.DefaultLockoutThreshold(to)
		problems = c.Decode(doc, &next)
	}
	if next.ID != s.id {
		problems = append(problems, strict.Problem{Path: "id", Line: doc.Line("id"), Text: "is read-only: leave it out"})
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	if err := s.keepSettings(next.Settings); err != nil {
		return nil, atLines(doc, err)
	}
	return codec().JSON(s.tenantSeed())
}

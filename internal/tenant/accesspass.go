package tenant

import (
	"context"
	"fmt"
	"time"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant/strict"
)

// An AccessPass is a Temporary Access Pass. The pass itself is shown once, when
// it is made; here is its hash.
type AccessPass struct {
	ID       string
	Pass     Credential
	Start    time.Time
	Lifetime time.Duration
	Once     bool
	Used     bool
	Created  time.Time
}

// PassPolicy is the TemporaryAccessPass configuration of the tenant.
type PassPolicy struct {
	Minimum, Maximum, Default time.Duration
	Once                      bool // every pass is for one use
	Length                    int  // 8 to 48 characters
}

// DefaultPassPolicy returns the defaults of howto-authentication-temporary-
// access-pass (Microsoft Learn).
func DefaultPassPolicy() PassPolicy {
	return PassPolicy{Minimum: time.Hour, Maximum: 8 * time.Hour, Default: time.Hour, Length: 8}
}

// A Usability is methodUsabilityReason of a pass.
type Usability string

// The states of a pass.
const (
	PassUsable      Usability = "EnabledByPolicy"
	PassDisabled    Usability = "DisabledByPolicy"
	PassExpired     Usability = "Expired"
	PassNotYetValid Usability = "NotYetValid"
	PassUsed        Usability = "OneTimeUsed"
)

// Usability tells whether the pass can be used at now.
func (p AccessPass) Usability(s policy.Settings, now time.Time) Usability {
	switch {
	case !s.Methods.Configs["TemporaryAccessPass"].Enabled:
		return PassDisabled
	case p.Once && p.Used:
		return PassUsed
	case now.Before(p.Start):
		return PassNotYetValid
	case !now.Before(p.Start.Add(p.Lifetime)):
		return PassExpired
	}
	return PassUsable
}

// A PassRequest asks for a pass. Zero fields take the policy's values.
type PassRequest struct {
	Start    time.Time // zero: now
	Lifetime time.Duration
	Once     *bool
	Pass     secret.Text // for fixtures; drawn when empty
}

// The limits of any lifetime: 10 minutes and 30 days.
const (
	shortestPass = 10 * time.Minute
	longestPass  = 43200 * time.Minute
)

// CreatePass makes a Temporary Access Pass, in place of one there was, and
// returns the pass for the only time it can be seen. Error Problems.
func (s *Store) CreatePass(ctx context.Context, id string, in PassRequest, now time.Time) (secret.Text, AccessPass, error) {
	rules := s.PassPolicy()
	if in.Start.IsZero() {
		in.Start = now
	}
	if in.Lifetime == 0 {
		in.Lifetime = rules.Default
	}
	sheet := sheet{}
	if low, high := max(rules.Minimum, shortestPass), min(rules.Maximum, longestPass); in.Lifetime < low || in.Lifetime > high {
		sheet.add("lifetimeInMinutes", fmt.Sprintf("is %d: the policy allows %d to %d", in.Lifetime/time.Minute, low/time.Minute, high/time.Minute))
	}
	if rules.Once && in.Once != nil && !*in.Once {
		sheet.add("isUsableOnce", "is false, and the policy allows passes for one use only: leave it out")
	}
	if err := sheet.found.Err(); err != nil {
		return secret.Text{}, AccessPass{}, err
	}
	stream := s.chance.Next("access-pass")
	pass := in.Pass
	if pass.Empty() {
		pass = drawPass(chance.Bytes(stream, rules.Length))
	}
	hash, err := NewCredential(pass, stream)
	if err != nil {
		return secret.Text{}, AccessPass{}, err
	}
	made := AccessPass{
		ID: chance.GUID(stream), Pass: hash, Start: in.Start, Lifetime: in.Lifetime,
		Once: rules.Once || in.Once != nil && *in.Once, Created: now,
	}
	_, err = s.UpdateUser(ctx, id, func(u *User) error {
		u.Methods.Pass = &made
		return nil
	})
	return pass, made, err
}

// drawPass spells random octets in letters and digits that are not mistaken for
// each other.
func drawPass(random []byte) secret.Text {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789*+%&$#!?"
	text := make([]byte, len(random))
	for i, b := range random {
		text[i] = letters[int(b)%len(letters)]
	}
	return secret.New(string(text))
}

// UsePass checks a pass and, when it is for one use, consumes it. right is false
// for a wrong pass and for none; why is the state of a right one.
func (s *Store) UsePass(ctx context.Context, id string, pass secret.Text, now time.Time) (right bool, why Usability, err error) {
	settings, err := s.Settings(ctx)
	if err != nil {
		return false, "", err
	}
	_, err = s.UpdateUser(ctx, id, func(u *User) error {
		p := u.Methods.Pass
		if p == nil || !p.Pass.Matches(pass) {
			return nil
		}
		right, why = true, p.Usability(settings, now)
		if why == PassUsable {
			p.Used = true
		}
		return nil
	})
	return right, why, err
}

// DeletePass removes the pass; nothing happens when there is none.
func (s *Store) DeletePass(ctx context.Context, id string) error {
	_, err := s.UpdateUser(ctx, id, func(u *User) error {
		u.Methods.Pass = nil
		return nil
	})
	return err
}

// PassPolicy returns the tenant's rules for Temporary Access Passes.
func (s *Store) PassPolicy() PassPolicy {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.passes
}

// SetPassPolicy changes them. Error Problems.
func (s *Store) SetPassPolicy(p PassPolicy) error {
	if err := p.wrong("").Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.passes = p
	return nil
}

// wrong finds the fields outside their limits.
func (p PassPolicy) wrong(path string) Problems {
	sheet := sheet{path: path}
	for field, d := range map[string]time.Duration{"minimum": p.Minimum, "maximum": p.Maximum, "default": p.Default} {
		if d < shortestPass || d > longestPass {
			sheet.add(field, fmt.Sprintf("is %s: use 10m to 30d", strict.FormatDuration(d)))
		}
	}
	if p.Default < p.Minimum || p.Default > p.Maximum {
		sheet.add("default", fmt.Sprintf("is %s: keep it between minimum and maximum", strict.FormatDuration(p.Default)))
	}
	if p.Length < 8 || p.Length > 48 {
		sheet.add("length", fmt.Sprintf("is %d: use 8 to 48 characters", p.Length))
	}
	return sheet.found
}

package device

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Token is a hardware OATH token: it shows a code and knows nobody.
type Token struct {
	Serial string        `json:"serial"`
	Maker  string        `json:"maker"`
	Model  string        `json:"model"`
	Drift  time.Duration `json:"drift"` // how much its clock is ahead
}

// A TokenCode is what a token shows.
type TokenCode struct {
	Token
	Code        string
	SecondsLeft int // 1 to Period
	Period      int // seconds
}

// Tokens are the hardware tokens of a lab, told apart by serial number, whatever
// its case. They are safe for concurrent use and must not be copied.
type Tokens struct {
	now  func() time.Time
	bell bell

	mu   sync.RWMutex
	made map[string]madeToken
}

type madeToken struct {
	Token
	account Account
}

// NewTokens returns a drawer without tokens.
func NewTokens(now func() time.Time) *Tokens { return &Tokens{now: now, made: map[string]madeToken{}} }

// Make makes a token that holds the secret of an otpauth:// address, in place of
// the one with the same serial number.
func (t *Tokens) Make(token Token, uri string) error {
	account, err := accountOf(uri, t.now())
	if err != nil {
		return err
	}
	t.mu.Lock()
	t.made[strings.ToLower(token.Serial)] = madeToken{token, account}
	t.mu.Unlock()
	t.bell.ring()
	return nil
}

// Codes returns what the tokens show now, by serial number.
func (t *Tokens) Codes() []TokenCode {
	t.mu.RLock()
	defer t.mu.RUnlock()
	list := []TokenCode{}
	for _, m := range t.made {
		if c, ok := m.shows(t.now()); ok {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b TokenCode) int { return cmp.Compare(strings.ToLower(a.Serial), strings.ToLower(b.Serial)) })
	return list
}

// Code returns what one token shows now; ok is false when there is none.
func (t *Tokens) Code(serial string) (code TokenCode, ok bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	m, ok := t.made[strings.ToLower(strings.TrimSpace(serial))]
	if !ok {
		return TokenCode{}, false
	}
	return m.shows(t.now())
}

// SetDrift sets how much a token's clock is ahead (negative: behind); ok is false
// when there is no such token.
func (t *Tokens) SetDrift(serial string, drift time.Duration) (ok bool) {
	t.mu.Lock()
	key := strings.ToLower(strings.TrimSpace(serial))
	m, ok := t.made[key]
	if ok {
		m.Drift = drift
		t.made[key] = m
	}
	t.mu.Unlock()
	if ok {
		t.bell.ring()
	}
	return ok
}

// AwaitChange waits until the number of changes is another than after, or ctx
// ends, and returns it: 0 before the first one. Codes change by themselves.
func (t *Tokens) AwaitChange(ctx context.Context, after uint64) uint64 {
	return t.bell.await(ctx, after)
}

func (m madeToken) shows(now time.Time) (TokenCode, bool) {
	c, err := m.account.at(now.Add(m.Drift))
	return TokenCode{Token: m.Token, Code: c.Code, SecondsLeft: c.SecondsLeft, Period: m.account.Period}, err == nil
}

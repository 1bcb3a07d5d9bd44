package tenant

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant/strict"
)

// A Token is a hardware OATH token as administrators see it: without its secret
// (hardwareOathTokenAuthenticationMethodDevice). A token that nobody has lies in
// the inventory; that of a person is one of the person's apps.
type Token struct {
	ID           string
	SerialNumber string
	Manufacturer string
	Model        string
	Interval     time.Duration
	Algorithm    OATHAlgorithm
	State        policy.TokenState
	AssignedTo   string    // object ID, "" when available
	User         string    // UPN of the same person
	Name         string    // that the person gave it
	LastUsed     time.Time // of the newest code that was taken; zero: never
}

// A NewToken is a token to be put into the tenant.
type NewToken struct {
	SerialNumber string
	Manufacturer string
	Model        string
	OATH         OATH   // digits are 6
	User         string // ID or UPN of whom it is assigned to, "" for nobody
}

// Errors of tokens.
const (
	ErrNoSuchToken  = refusal("no such hardware token")
	ErrTooManyTries = refusal("too many hardware tokens were activated in the last minutes: wait and try again")
)

// Tokens lists all hardware tokens that have a serial number, by that.
func (s *Store) Tokens(context.Context) ([]Token, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var all []Token
	for _, a := range s.tokens {
		all = append(all, tokenOf(*a, nil))
	}
	for _, u := range s.users {
		for _, a := range u.Methods.Apps {
			if a.IsToken() {
				all = append(all, tokenOf(a, u))
			}
		}
	}
	slices.SortFunc(all, func(a, b Token) int {
		return cmp.Compare(strings.ToLower(a.SerialNumber), strings.ToLower(b.SerialNumber))
	})
	return all, nil
}

// Token returns a token by serial number or ID. Error ErrNoSuchToken.
func (s *Store) Token(ctx context.Context, name string) (Token, error) {
	all, err := s.Tokens(ctx)
	if err != nil {
		return Token{}, err
	}
	for _, t := range all {
		if t.is(name) {
			return t, nil
		}
	}
	return Token{}, ErrNoSuchToken
}

func (t Token) is(name string) bool {
	return strings.EqualFold(t.SerialNumber, strings.TrimSpace(name)) || strings.EqualFold(t.ID, name)
}

// IsToken reports whether an app is a hardware token of the inventory's kind.
func (a App) IsToken() bool { return a.Kind == policy.HardwareOATH && a.Serial != "" }

func tokenOf(a App, u *User) Token {
	t := Token{
		ID: a.ID, SerialNumber: a.Serial, Manufacturer: a.Maker, Model: a.Model, Interval: a.OATH.Period, Algorithm: a.OATH.Algorithm,
		State: policy.TokenAvailable,
	}
	if n := len(a.UsedSteps); n > 0 {
		t.LastUsed = time.Unix(a.UsedSteps[n-1]*int64(a.OATH.Period/time.Second), 0).UTC()
	}
	if u == nil {
		return t
	}
	t.AssignedTo, t.User, t.Name, t.State = u.ID, u.UserPrincipalName, a.Name, policy.TokenActivated
	if a.Inactive {
		t.State = policy.TokenAssigned
	}
	return t
}

// TokenDevices lists the tokens with their secrets, for the lab's devices: a
// token holds the same secret as the tenant.
func (s *Store) TokenDevices(context.Context) ([]App, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var all []App
	for _, serial := range sortedKeys(s.tokens) {
		all = append(all, clone(*s.tokens[serial]))
	}
	for _, id := range sortedKeys(s.users) {
		for _, a := range s.users[id].Methods.Apps {
			if a.IsToken() {
				all = append(all, clone(a))
			}
		}
	}
	return all, nil
}

// AddToken puts a token into the tenant, and assigns it when it names somebody.
// Error Problems.
func (s *Store) AddToken(_ context.Context, in NewToken, now time.Time) (Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addToken(in, now)
}

// addToken is called with the lock held.
func (s *Store) addToken(in NewToken, now time.Time) (Token, error) {
	in = in.tidy()
	problems := in.problems()
	if len(problems) == 0 && s.serialTaken(in.SerialNumber) {
		problems = append(problems, strict.Problem{Path: fieldSerial, Text: "is that of a token that the tenant has already: delete that token first, or leave this one out"})
	}
	var u *User
	if in.User != "" {
		var problem string
		if u, problem = s.mayHold(in.User); problem != "" {
			problems = append(problems, strict.Problem{Path: fieldUPN, Text: problem})
		}
	}
	if err := problems.Err(); err != nil {
		return Token{}, err
	}
	app := App{
		ID: chance.GUID(s.chance.Stream("tenant", "token", strings.ToLower(in.SerialNumber))), Kind: policy.HardwareOATH, Name: usualName(policy.HardwareOATH),
		OATH: in.OATH, Serial: in.SerialNumber, Maker: in.Manufacturer, Model: in.Model, Created: now,
	}
	if u == nil {
		s.shelve(app)
		return tokenOf(app, nil), nil
	}
	return s.give(app, u), nil
}

// mayHold finds the person of a token, and what stands against it.
func (s *Store) mayHold(name string) (*User, string) {
	u, err := s.find(name)
	if err != nil {
		return nil, "names nobody of this tenant: correct it, or leave it empty"
	}
	if ok, why := policy.MayHoldToken(s.person(u), len(u.Methods.Apps)); !ok {
		return nil, why
	}
	return u, ""
}

func (s *Store) serialTaken(serial string) bool {
	_, _, ok := s.findToken(serial)
	return ok
}

// findToken finds a token by serial number or ID, and whose it is: nil for
// nobody's. It is called with the lock held.
func (s *Store) findToken(name string) (App, *User, bool) {
	is := func(a App) bool {
		return strings.EqualFold(a.Serial, strings.TrimSpace(name)) || strings.EqualFold(a.ID, name)
	}
	for _, a := range s.tokens {
		if is(*a) {
			return *a, nil, true
		}
	}
	for _, u := range s.users {
		for _, a := range u.Methods.Apps {
			if a.IsToken() && is(a) {
				return a, u, true
			}
		}
	}
	return App{}, nil, false
}

// shelve puts a token into the inventory, as nobody's. Its used codes stay used.
// It is called with the lock held; apps that are no tokens are left alone.
func (s *Store) shelve(a App) {
	if !a.IsToken() {
		return
	}
	a = clone(a)
	a.Name, a.Inactive = usualName(policy.HardwareOATH), false
	s.tokens[strings.ToLower(a.Serial)] = &a
}

// give assigns a token of the inventory. It is called with the lock held.
func (s *Store) give(a App, u *User) Token {
	delete(s.tokens, strings.ToLower(a.Serial))
	next := clone(*u)
	a.Inactive = true
	next.Methods.Apps = append(next.Methods.Apps, clone(a))
	s.put(&next)
	return tokenOf(a, &next)
}

// AssignToken assigns an available token. Errors: ErrNoSuchToken; Problems when
// it is somebody's, or the person cannot have it.
func (s *Store) AssignToken(_ context.Context, name, user string) (Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, owner, ok := s.findToken(name)
	if !ok {
		return Token{}, ErrNoSuchToken
	}
	if owner != nil {
		return Token{}, Problems{{Path: fieldSerial, Text: "is assigned to " + owner.UserPrincipalName + ": take it from there first"}}
	}
	u, problem := s.mayHold(user)
	if problem != "" {
		return Token{}, Problems{{Path: "assignedTo", Text: problem}}
	}
	return s.give(a, u), nil
}

// UnassignToken takes a token from its person; it is available again. Nothing
// happens to one that is. Error ErrNoSuchToken.
func (s *Store) UnassignToken(_ context.Context, name string) (Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, owner, ok := s.findToken(name)
	if !ok {
		return Token{}, ErrNoSuchToken
	}
	if owner != nil {
		next := clone(*owner)
		next.Methods.Apps = slices.DeleteFunc(next.Methods.Apps, func(b App) bool { return b.ID == a.ID })
		s.put(&next)
		s.shelve(a)
	}
	return tokenOf(*s.tokens[strings.ToLower(a.Serial)], nil), nil
}

// DeleteToken removes a token from the inventory. Errors: ErrNoSuchToken;
// Problems when it is somebody's (authenticationMethodDevice: delete).
func (s *Store) DeleteToken(_ context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, owner, ok := s.findToken(name)
	switch {
	case !ok:
		return ErrNoSuchToken
	case owner != nil:
		return Problems{{Path: fieldSerial, Text: "is assigned to " + owner.UserPrincipalName + ": take it from there first"}}
	}
	delete(s.tokens, strings.ToLower(a.Serial))
	return nil
}

// ActivateToken activates an assigned token when code is the present one, and
// consumes the code. Errors: ErrNoSuchToken, ErrTooManyTries; Problems when the
// token is available or activated already.
func (s *Store) ActivateToken(_ context.Context, name string, code secret.Text, now time.Time) (Token, challenge.Verdict, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, owner, ok := s.findToken(name)
	switch {
	case !ok:
		return Token{}, challenge.Wrong, ErrNoSuchToken
	case owner == nil:
		return tokenOf(a, nil), challenge.Wrong, Problems{{Path: fieldSerial, Text: "is assigned to nobody: assign it first"}}
	case !a.Inactive:
		return tokenOf(a, owner), challenge.Wrong, Problems{{Path: fieldSerial, Text: "is activated already"}}
	}
	tried := clone(a)
	verdict, err := s.try(&tried, code, now)
	if err != nil || verdict != challenge.Right {
		return tokenOf(a, owner), verdict, err
	}
	return s.activate(tried, owner), verdict, nil
}

// try checks a code for an activation and counts it. The lock is held.
func (s *Store) try(a *App, code secret.Text, now time.Time) (challenge.Verdict, error) {
	if !policy.ActivationBlocked(s.tries, now).IsZero() {
		return challenge.Wrong, ErrTooManyTries
	}
	s.tries = slices.DeleteFunc(s.tries, func(at time.Time) bool { return !now.Before(at.Add(policy.ActivationWindow)) })
	s.tries = append(s.tries, now)
	a.Inactive = false // use looks at the code of an active one
	return a.use(code, now), nil
}

// activate stores a token whose code was right with its person. The lock is held.
func (s *Store) activate(a App, u *User) Token {
	delete(s.tokens, strings.ToLower(a.Serial))
	a.Inactive = false
	next := clone(*u)
	next.Methods.Apps = slices.DeleteFunc(next.Methods.Apps, func(b App) bool { return b.ID == a.ID })
	next.Methods.Apps = append(next.Methods.Apps, clone(a))
	s.put(&next)
	return tokenOf(a, &next)
}

// MayClaimToken reports whether a person may take a token themselves: it is
// available, or assigned to them and not activated. A serial number that nobody
// has and one that somebody else has answer alike.
func (s *Store) MayClaimToken(_ context.Context, personID, serial string) (bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, _, ok, err := s.claimable(personID, serial)
	return ok, err
}

func (s *Store) claimable(personID, serial string) (App, *User, bool, error) {
	u, err := s.find(personID)
	if err != nil {
		return App{}, nil, false, err
	}
	a, owner, ok := s.findToken(serial)
	switch {
	case !ok || !strings.EqualFold(a.Serial, strings.TrimSpace(serial)):
		return a, u, false, nil
	case owner == nil:
		may, _ := policy.MayHoldToken(s.person(u), len(u.Methods.Apps))
		return a, u, may, nil
	}
	return a, u, owner.ID == u.ID && a.Inactive, nil
}

// ClaimToken assigns and activates a token for a person who has it in hand, when
// code is its present one, under a name of the person's choice ("" for the usual
// one). Expired means that it cannot be claimed (any more). Errors:
// reset.ErrNoSuchPerson, ErrTooManyTries.
func (s *Store) ClaimToken(_ context.Context, personID, serial, name string, code secret.Text, now time.Time) (challenge.Verdict, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, u, ok, err := s.claimable(personID, serial)
	if err != nil || !ok {
		return challenge.Expired, err
	}
	a = clone(a)
	verdict, err := s.try(&a, code, now)
	if err != nil || verdict != challenge.Right {
		return verdict, err
	}
	if name = strings.TrimSpace(name); name != "" {
		a.Name = name
	}
	s.activate(a, u)
	return verdict, nil
}

// The fields of a token, as an uploaded file names them.
const (
	fieldUPN      = "upn"
	fieldSerial   = "serial number"
	fieldSecret   = "secret key"
	fieldInterval = "time interval"
	fieldMaker    = "manufacturer"
	fieldModel    = "model"
	fieldHash     = "hash function" // of no file: see AddToken
)

// Limits of a token's fields. The secret's is documented
// (how-to-mfa-upload-oath-tokens), the others are ours.
const (
	maxTokenSecret = 128
	maxTokenText   = 64
)

func (n NewToken) tidy() NewToken {
	n.SerialNumber, n.Manufacturer, n.Model, n.User = strings.TrimSpace(n.SerialNumber), strings.TrimSpace(n.Manufacturer), strings.TrimSpace(n.Model), strings.TrimSpace(n.User)
	n.OATH = n.OATH.withDefaults()
	return n
}

// problems says what is wrong with a token in itself. No text repeats a value: in
// a file whose columns are mixed up any of them may be the secret.
func (n NewToken) problems() Problems {
	var sheet sheet
	sheet.add(fieldSerial, badTokenText(n.SerialNumber))
	if text := n.OATH.Secret.Reveal(); len(text) > maxTokenSecret {
		sheet.add(fieldSecret, fmt.Sprintf("has %d characters: use at most %d", len(text), maxTokenSecret))
	} else if key, err := base32Plain.DecodeString(text); text == "" || err != nil || len(key) < 10 {
		sheet.add(fieldSecret, "is no secret key: write at least 16 of the letters A to Z and the digits 2 to 7 (base32)")
	}
	if n.OATH.Period != 30*time.Second && n.OATH.Period != time.Minute {
		sheet.add(fieldInterval, "is neither 30 nor 60: write the seconds after which the token shows another code")
	}
	if n.OATH.Algorithm != SHA1 && n.OATH.Algorithm != SHA256 {
		sheet.add(fieldHash, "is neither hmacsha1 nor hmacsha256")
	}
	sheet.add(fieldMaker, badTokenText(n.Manufacturer))
	sheet.add(fieldModel, badTokenText(n.Model))
	return sheet.found
}

func badTokenText(text string) string {
	switch n := len([]rune(text)); {
	case n == 0:
		return "is empty: fill it in"
	case n > maxTokenText:
		return fmt.Sprintf("has %d characters: use at most %d", n, maxTokenText)
	case strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "has control characters: leave them out"
	}
	return ""
}

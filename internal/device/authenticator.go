package device

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

// An Account is one entry of a person's authenticator app.
type Account struct {
	ID       string `json:"id"`
	Issuer   string `json:"issuer"`
	Name     string `json:"name"`
	Digits   int    `json:"digits"`
	Period   int    `json:"period"` // seconds
	enrolled *otp.Key
}

// A Code is what the app shows of an account.
type Code struct {
	Account
	Code        string    `json:"code"`
	SecondsLeft int       `json:"secondsLeft"` // 1 to Period
	ValidUntil  time.Time `json:"validUntil"`
}

// ErrNoAccount means that the person's app has no such account.
var ErrNoAccount = errors.New("no such account in the authenticator app")

// An Authenticator is the authenticator app of every person of a lab, told
// apart by user name, whatever its case. It is safe for concurrent use and must
// not be copied.
type Authenticator struct {
	now  func() time.Time
	bell bell

	mu       sync.RWMutex
	seq      int64
	accounts map[string][]Account // by lower-case user name
	pushes   map[string][]*Push
	byID     map[string]*Push
}

// NewAuthenticator returns apps without accounts.
func NewAuthenticator(now func() time.Time) *Authenticator {
	return &Authenticator{now: now, accounts: map[string][]Account{}, pushes: map[string][]*Push{}, byID: map[string]*Push{}}
}

// Enrol adds an account from an otpauth:// URI, as typed or scanned. Only
// time-based codes are supported, as in the real service (reference 2.1).
func (a *Authenticator) Enrol(user, uri string) (Account, error) {
	acc, err := accountOf(uri, a.now())
	if err != nil {
		return Account{}, err
	}
	a.mu.Lock()
	a.seq++
	acc.ID = "app-" + strconv.FormatInt(a.seq, 10)
	key := strings.ToLower(user)
	a.accounts[key] = append(a.accounts[key], acc)
	a.mu.Unlock()
	a.bell.ring()
	return acc, nil
}

// Scan adds an account from the picture of a QR code (PNG, JPEG or GIF).
func (a *Authenticator) Scan(user string, picture []byte) (Account, error) {
	uri, err := ReadQR(picture)
	if err != nil {
		return Account{}, err
	}
	return a.Enrol(user, uri)
}

// Remove deletes an account from the app. The service does not learn of it.
func (a *Authenticator) Remove(user, accountID string) error {
	a.mu.Lock()
	key := strings.ToLower(user)
	before := len(a.accounts[key])
	a.accounts[key] = slices.DeleteFunc(a.accounts[key], func(acc Account) bool { return acc.ID == accountID })
	gone := len(a.accounts[key]) < before
	a.mu.Unlock()
	if !gone {
		return ErrNoAccount
	}
	a.bell.ring()
	return nil
}

// Codes returns what the person's app shows now, oldest account first.
func (a *Authenticator) Codes(user string) []Code {
	now := a.now()
	a.mu.RLock()
	defer a.mu.RUnlock()
	list := []Code{}
	for _, acc := range a.accounts[strings.ToLower(user)] {
		if c, err := acc.at(now); err == nil {
			list = append(list, c)
		}
	}
	return list
}

// Users lists the people whose app has an account or got a push, sorted.
func (a *Authenticator) Users() []string {
	a.mu.RLock()
	defer a.mu.RUnlock()
	var list []string
	for u := range a.accounts {
		list = append(list, u)
	}
	for u := range a.pushes {
		list = append(list, u)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Changed is closed at the next enrolment, push or answer.
func (a *Authenticator) Changed() <-chan struct{} { return a.bell.listen() }

// AwaitChange waits until the number of changes is another than after, or ctx
// ends, and returns it: 0 before the first one.
func (a *Authenticator) AwaitChange(ctx context.Context, after uint64) uint64 {
	return a.bell.await(ctx, after)
}

// accountOf reads an otpauth:// address. What is in it makes a code at now.
func accountOf(uri string, now time.Time) (Account, error) {
	key, err := otp.NewKeyFromURL(strings.TrimSpace(uri))
	if err != nil || !strings.HasPrefix(strings.TrimSpace(uri), "otpauth://") {
		return Account{}, errors.New("adding an account: this is not an otpauth:// address")
	}
	if key.Type() != "totp" {
		return Account{}, fmt.Errorf("adding an account: codes of type %q are not supported, only totp", key.Type())
	}
	if key.Period() == 0 || key.Period() > 300 {
		return Account{}, fmt.Errorf("adding an account: period %d is not within 1 to 300 seconds", key.Period())
	}
	acc := Account{
		Issuer: key.Issuer(), Name: key.AccountName(), Digits: key.Digits().Length(),
		Period: int(key.Period()), enrolled: key,
	}
	if _, err := acc.at(now); err != nil || key.Secret() == "" {
		return Account{}, errors.New("adding an account: its secret is missing or not base32")
	}
	return acc, nil
}

// at is the code of an instant (RFC 6238).
func (acc Account) at(now time.Time) (Code, error) {
	code, err := totp.GenerateCodeCustom(acc.enrolled.Secret(), now, totp.ValidateOpts{
		Period: uint(acc.Period), Digits: acc.enrolled.Digits(), Algorithm: acc.enrolled.Algorithm(),
	})
	if err != nil {
		return Code{}, err
	}
	period := int64(acc.Period)
	end := (now.Unix()/period + 1) * period
	return Code{Account: acc, Code: code, SecondsLeft: int(end - now.Unix()), ValidUntil: time.Unix(end, 0).UTC()}, nil
}

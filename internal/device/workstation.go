package device

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/ssprlab/ssprlab/internal/secret"
)

// A Domain is what a workstation needs of the domain it has joined. Binder and
// NetBIOS are required.
type Domain struct {
	NetBIOS string // put before names typed without a domain
	Binder  Binder
	// CurrentOnly reports whether a password is the present one. A simple bind
	// accepts the previous password for an hour (OldPasswordAllowedPeriod,
	// Microsoft support article 906305), an interactive Windows sign-in never
	// does, and over LDAP the two cannot be told apart: only somebody who can
	// look into the directory can. When nil, as with a foreign directory, the
	// bind decides and the result says so. A Binder that asks for a Kerberos
	// ticket gets no other answer than this one.
	CurrentOnly func(ctx context.Context, who Identity, password secret.Text) (bool, error)
	// Change replaces a password as the change dialogue of the sign-in screen
	// does, which works with an expired password too. ErrNewPasswordRefused,
	// *BindRefusal for a wrong old password, or a fault. When nil, the dialogue
	// cannot be used.
	Change func(ctx context.Context, user string, old, replacement secret.Text) error
	// Logged is told of every sign-in, for the computer's own Security log. May
	// be nil.
	Logged func(SignInResult)
}

// ErrNewPasswordRefused means that a new password breaks a rule of the domain;
// which one the sign-in screen does not tell.
var ErrNewPasswordRefused = errors.New("the domain refused the new password")

// noteGrace is the truth about foreign directories.
const noteGrace = "decided by an LDAP bind, which accepts the previous password for up to an hour; Windows itself would accept the current one only"

// A Workstation is a Windows computer joined to a domain. It is safe for
// concurrent use and must not be copied.
type Workstation struct {
	name   string
	domain Domain

	mu    sync.Mutex
	cache logonCache
}

// NewWorkstation returns a computer nobody has signed in to yet, which
// remembers the last DefaultCachedLogons accounts.
func NewWorkstation(name string, domain Domain) *Workstation {
	return &Workstation{name: name, domain: domain, cache: logonCache{limit: DefaultCachedLogons}}
}

// Name returns the computer's name.
func (w *Workstation) Name() string { return w.name }

// DomainName returns the NetBIOS name of the domain it has joined.
func (w *Workstation) DomainName() string { return w.domain.NetBIOS }

// SetCachedLogons sets CachedLogonsCount, 0 to MaxCachedLogons; 0 forbids
// sign-ins without a domain controller.
func (w *Workstation) SetCachedLogons(n int) error {
	if err := checkCachedLogons(n); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cache.limit = n
	w.cache.trim()
	return nil
}

// Cached lists the accounts that can sign in without a domain controller, the
// latest first.
func (w *Workstation) Cached() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := []string{}
	for i := len(w.cache.entries) - 1; i >= 0; i-- {
		list = append(list, w.cache.entries[i].who.SAMAccountName)
	}
	return list
}

// Remember puts an account in the cache as its last sign-in on the network would
// have done: the past of a computer that a lab begins with.
func (w *Workstation) Remember(who Identity, password secret.Text) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cache.remember(who, password)
}

// SignIn signs in interactively. offline means that the computer is off the
// company's network; otherwise the domain controller is asked, and the cache
// only when none answers.
func (w *Workstation) SignIn(ctx context.Context, user string, password secret.Text, offline bool) SignInResult {
	r := w.signIn(ctx, strings.TrimSpace(user), password, offline)
	if w.domain.Logged != nil {
		w.domain.Logged(r)
	}
	return r
}

func (w *Workstation) signIn(ctx context.Context, user string, password secret.Text, offline bool) SignInResult {
	if offline {
		return w.fromCache(user, password)
	}
	if password.Empty() {
		return refused(user, "52e")
	}
	who, err := w.domain.Binder.Bind(ctx, w.qualified(user), password)
	if err != nil {
		if r := asRefusal(err); r != nil {
			return refused(user, r.SubCode)
		}
		return w.fromCache(user, password)
	}
	note := noteGrace
	if w.domain.CurrentOnly != nil {
		current, err := w.domain.CurrentOnly(ctx, who, password)
		if err != nil {
			return w.fromCache(user, password)
		}
		if !current {
			return refused(user, "52e")
		}
		note = ""
	}
	w.Remember(who, password)
	return SignInResult{
		User: user, SignedIn: true, Source: FromDomainController, LogonType: 2,
		Message: saysWelcome, NTStatus: "00000000", Note: note,
	}
}

// fromCache lets in who signed in here before with this password, whatever has
// happened to the account since ("Cached domain logon information", Microsoft
// support article 172931).
func (w *Workstation) fromCache(user string, password secret.Text) SignInResult {
	w.mu.Lock()
	entry, known := w.cache.find(user)
	w.mu.Unlock()
	if !known || password.Empty() || !entry.verifier().matches(entry.who.SAMAccountName, password) {
		return SignInResult{User: user, LogonType: 2, Message: saysNoDomain, NTStatus: "C000005E"}
	}
	return SignInResult{
		User: user, SignedIn: true, Source: FromCache, LogonType: 11, Message: saysCached, NTStatus: "00000000",
	}
}

// ChangePassword is the dialogue that a sign-in with MustChange leads to. After
// a change it signs in with the new password.
func (w *Workstation) ChangePassword(ctx context.Context, user string, old, replacement secret.Text) SignInResult {
	user = strings.TrimSpace(user)
	if w.domain.Change == nil {
		return SignInResult{
			User: user, LogonType: 2, Message: saysNoDomain, NTStatus: "C000005E",
			Note: "this lab has no way to change an expired password in this directory",
		}
	}
	err := w.domain.Change(ctx, w.qualified(user), old, replacement)
	switch r := asRefusal(err); {
	case err == nil:
		return w.SignIn(ctx, user, replacement, false)
	case errors.Is(err, ErrNewPasswordRefused):
		return SignInResult{
			User: user, Source: FromDomainController, LogonType: 2, Message: saysUnable,
			NTStatus: "C000006C", SubCode: "52d", MustChange: true,
		}
	case r != nil:
		return refused(user, r.SubCode)
	}
	return SignInResult{User: user, LogonType: 2, Message: saysNoDomain, NTStatus: "C000005E", Note: err.Error()}
}

// qualified is the name that a domain controller understands.
func (w *Workstation) qualified(user string) string {
	if strings.ContainsAny(user, `@\`) {
		return user
	}
	return w.domain.NetBIOS + `\` + user
}

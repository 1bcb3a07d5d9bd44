package directory

import (
	"github.com/ssprlab/ssprlab/internal/policy/domain"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// PresentPassword reports whether a password is an account's present one. A
// bind accepts the previous one for an hour after a change; an interactive
// Windows sign-in does not, and this is how a workstation of the lab can tell
// the two apart. name is any form that a simple bind takes. Nothing is counted.
func (dc *DC) PresentPassword(name string, password secret.Text) bool {
	n := dc.findAccount(name)
	if n == nil {
		return false
	}
	o := dc.see(n)
	if o == nil || !o.class.is("user") {
		return false
	}
	return domain.MatchHash(dc.account(o), domain.ClearText(password.Reveal()).NTHash()) == domain.CurrentMatch
}

// A PasswordState is what [DC.PasswordState] tells.
type PasswordState struct {
	DN, SID string
	Has     bool // the account has a password that a bind can be checked with
}

// PasswordState tells whether an account has a password at all; ok is false for
// a name that is no account's. name is any form that a simple bind takes.
func (dc *DC) PasswordState(name string) (state PasswordState, ok bool) {
	n := dc.findAccount(name)
	if n == nil {
		return state, false
	}
	o := dc.see(n)
	if o == nil || o.sid == "" || !o.class.is("user") {
		return state, false
	}
	return PasswordState{DN: o.dn(), SID: o.sid.String(), Has: o.secret != nil && o.secret.has}, true
}

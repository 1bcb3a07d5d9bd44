package directory

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

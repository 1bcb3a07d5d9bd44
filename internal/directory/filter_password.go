package directory

import (
	"time"

	"github.com/ssprlab/ssprlab/internal/policy/domain"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// A PasswordFilter is a third party's say in passwords on a domain controller,
// as a password filter DLL of Windows has it (PasswordFilter, ntsecapi.h; AD
// reference 13.6): every new password that the rules of the domain take is shown
// to it, and what it refuses is refused like any other policy failure. It is
// called while the directory is locked: it must not call the directory, nor
// wait.
type PasswordFilter func(FilteredPassword) (accepted bool)

// A FilteredPassword is what a filter is shown.
type FilteredPassword struct {
	Now      time.Time
	Set      bool   // a reset or a new account; else a change
	UserName string // sAMAccountName
	FullName string // displayName
	Password secret.Text
}

// SetPasswordFilter gives the domain controller a password filter, or takes it
// away with nil. Provisioning is not filtered, and other domain controllers do
// not ask this one's.
func (dc *DC) SetPasswordFilter(f PasswordFilter) {
	if f == nil {
		dc.filter.Store(nil)
		return
	}
	dc.filter.Store(&f)
}

// filtered reports whether the domain controller's filter refuses a password.
func (m *modification) filtered(w domain.PasswordWrite, acc domain.Account) bool {
	filter := m.s.dc.filter.Load()
	if filter == nil || m.f.flavour.samba() {
		return false
	}
	return !(*filter)(FilteredPassword{
		Now: m.s.now, Set: w.Kind != domain.Change, UserName: acc.SAMAccountName, FullName: acc.DisplayName, Password: secret.New(w.New.Text()),
	})
}

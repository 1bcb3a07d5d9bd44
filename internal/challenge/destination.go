package challenge

import (
	"slices"

	"github.com/ssprlab/ssprlab/internal/policy"
)

// destination is where a proof by m goes: an address, a number ready to dial,
// or "" for proofs that go nowhere. typed is the number the person entered,
// which must be the one on file; blanks, punctuation and extensions do not
// count, because extensions are dropped before dialling (reference 2.5).
func destination(p policy.Person, m policy.Method, typed string) (string, error) {
	target := p.Contacts.For(m)
	switch m {
	case policy.Email:
		return target, missing(target == "")
	case policy.MobileSMS, policy.MobileCall, policy.OfficeCall, policy.AlternateCall:
		if target == "" {
			return "", ErrNoContact
		}
		if !policy.SamePhone(typed, target) {
			return "", ErrContactMismatch
		}
		return target, nil
	case policy.AppPush:
		return "", missing(!slices.ContainsFunc(p.Apps, func(a policy.App) bool { return a.Push }))
	case policy.AppCode:
		return "", missing(len(p.Apps) == 0)
	}
	return "", nil // questions: counted when they are drawn
}

func missing(isMissing bool) error {
	if isMissing {
		return ErrNoContact
	}
	return nil
}

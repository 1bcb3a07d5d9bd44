package domain

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
)

// A PSO is a fine-grained policy: an msDS-PasswordSettings object.
type PSO struct {
	DN         string
	GUID       [16]byte // objectGUID in the order of the wire
	Precedence int      // lower wins
	// Policy holds the values. Of its Properties only Complex and
	// StoreCleartext count, of its Switches none.
	Policy Policy
}

// Validate returns one error for each value that Windows refuses, naming the
// attribute, the limit and the remedy.
func (p PSO) Validate() []error {
	errs := p.Policy.validate(psoFields)
	if p.Precedence < 1 {
		errs = append(errs, fmt.Errorf("checking policy: msDS-PasswordSettingsPrecedence is %d: set it to 1 or more", p.Precedence))
	}
	return errs
}

// RIDKrbtgt is the account that no password policy is for.
const RIDKrbtgt = 502

// SubjectToPSO reports whether an account can have a resultant PSO at all. Its
// class, and the krbtgt accounts of read-only domain controllers, are the
// caller's to look at.
func SubjectToPSO(a Account) bool { return a.Control&NormalAccount != 0 && a.RID != RIDKrbtgt }

// ResultantPSO is msDS-ResultantPSO (MS-ADTS 3.1.1.4.5.36): the best of those
// linked to the account itself, and only when there is none, the best of those
// linked to its global security groups. The smallest precedence wins, then the
// smallest GUID.
func ResultantPSO(direct, viaGroups []PSO) *PSO {
	candidates := direct
	if len(candidates) == 0 {
		candidates = viaGroups
	}
	if len(candidates) == 0 {
		return nil
	}
	best := slices.MinFunc(candidates, func(a, b PSO) int {
		return cmp.Or(cmp.Compare(a.Precedence, b.Precedence), bytes.Compare(a.GUID[:], b.GUID[:]))
	})
	return &best
}

// Effective is the policy in force: the domain's, or all values of pso.
// Reversible encryption is on when either says so; the bits of pwdProperties
// that a PSO does not have, and the switches, stay the domain's.
func Effective(head Policy, pso *PSO) Policy {
	if pso == nil {
		return head
	}
	p := pso.Policy
	p.Properties = head.Properties&^Complex | pso.Policy.Properties&(Complex|StoreCleartext)
	p.Switches = head.Switches
	if p.Name == "" {
		p.Name = pso.DN
	}
	return p
}

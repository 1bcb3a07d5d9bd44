package security

import (
	"fmt"
	"strings"
)

// A Decision tells how an access check came out: what a decision record quotes.
type Decision struct {
	Allowed bool
	Missing Mask   // what nobody granted, or what was denied
	Steps   []Step // what spoke about the wanted rights, in order
}

// A Step is one thing that spoke about a wanted right.
type Step struct {
	Source SourceKind
	Index  int  // of the entry in the DACL, for FromEntry
	ACE    ACE  // the entry, for FromEntry
	Deny   bool // the entry refused, and ended the check
	Rights Mask // which wanted rights it decided
}

// A SourceKind says where a right came from.
type SourceKind string

// The sources.
const (
	FromEntry     SourceKind = "entry"
	FromOwnership SourceKind = "owner"     // RC and WD of the owner
	FromPrivilege SourceKind = "privilege" // SACL, ownership
	FromNoDACL    SourceKind = "no-dacl"
)

// Explain carries out the same check as [Allowed] and remembers each step.
func Explain(t *Token, d *Descriptor, self SID, q Query, rules Rules) Decision {
	c := checker{token: t, self: self, rules: rules}
	want := q.Want.Mapped()
	need := c.before(d, want)
	e := Decision{Missing: need}
	e.given(&c, want&^need)
	if d.DACL == nil {
		e.step(Step{Source: FromNoDACL, Rights: need & FullControl})
		e.Allowed = e.Missing == 0
		return e
	}
	for i, a := range d.DACL.ACEs {
		bits := a.Mask.Mapped()
		if rules.SambaObjectACE {
			bits = sambaBits(&a, bits)
		}
		if bits &= e.Missing; bits == 0 || !a.Effective() || !a.covers(q) || !c.matches(a.SID) {
			continue
		}
		switch {
		case a.Type.Denies():
			e.Steps = append(e.Steps, Step{Source: FromEntry, Index: i, ACE: a, Deny: true, Rights: bits})
			return e
		case a.Type.Allows():
			e.step(Step{Source: FromEntry, Index: i, ACE: a, Rights: bits})
		}
	}
	e.Allowed = e.Missing == 0
	return e
}

// given notes what came without any entry.
func (e *Decision) given(c *checker, free Mask) {
	byPrivilege := Mask(0)
	if c.token.Privileges&SecurityPrivilege != 0 {
		byPrivilege |= AccessSystemSecurity
	}
	if c.token.Privileges&TakeOwnershipPrivilege != 0 {
		byPrivilege |= WriteOwner
	}
	e.step(Step{Source: FromPrivilege, Rights: free & byPrivilege})
	e.step(Step{Source: FromOwnership, Rights: free &^ byPrivilege})
}

// step notes a grant, if it granted anything.
func (e *Decision) step(s Step) {
	if s.Rights == 0 {
		return
	}
	e.Missing &^= s.Rights
	e.Steps = append(e.Steps, s)
}

// Reason is one sentence about the outcome, with accounts named as in SDDL.
func (e Decision) Reason(base Base) string {
	if len(e.Steps) > 0 {
		if last := e.Steps[len(e.Steps)-1]; last.Deny {
			return fmt.Sprintf("%s is denied by entry %d, %s", last.Rights, last.Index+1, last.ACE.SDDL(base))
		}
	}
	if !e.Allowed {
		return fmt.Sprintf("no entry grants %s", e.Missing)
	}
	parts := make([]string, 0, len(e.Steps))
	for _, s := range e.Steps {
		parts = append(parts, s.describe(base))
	}
	if len(parts) == 0 {
		return "nothing was asked for"
	}
	return strings.Join(parts, "; ")
}

func (s Step) describe(base Base) string {
	switch s.Source {
	case FromEntry:
		return fmt.Sprintf("%s is granted by entry %d, %s", s.Rights, s.Index+1, s.ACE.SDDL(base))
	case FromOwnership:
		return fmt.Sprintf("%s belongs to the owner", s.Rights)
	case FromPrivilege:
		return fmt.Sprintf("%s comes with a privilege", s.Rights)
	}
	return fmt.Sprintf("%s is everybody's, there is no DACL", s.Rights)
}

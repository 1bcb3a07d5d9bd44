package directory

import (
	"slices"

	"github.com/ssprlab/ssprlab/internal/directory/security"
)

// mayWriteDACL asks for the right to change who may do what. An owner has it
// unasked, unless that is blocked (MS-ADTS 6.1.3, 6.1.3.4).
func (s *session) mayWriteDACL(o *object) bool {
	none := security.GUID{}
	if !s.ownerBlocked(o.part, o.class) {
		return s.may(o, security.WriteDAC, none, none)
	}
	return s.explicitly(o.sd, security.WriteDAC, s.selfOf(o))
}

// explicitly reports whether entries of a descriptor grant a right.
func (s *session) explicitly(sd *security.Descriptor, want security.Mask, self security.SID) bool {
	return security.Explicitly(s.who.Token, sd, self, security.Query{Want: want}, s.f.rules)
}

// ownerBlocked reports whether owners of computers have no implicit rights:
// BlockOwnerImplicitRights, character 29 of dSHeuristics (MS-ADTS
// 6.1.1.2.4.1.2). Values that are not defined count as 1.
func (s *session) ownerBlocked(p *partition, class *classList) bool {
	h := s.f.heuristic(29)
	return (h == '1' || h < '0' || h > '3') && s.checksCreators(p, class)
}

// checksCreators reports whether the two checks on whoever made a computer
// concern the caller: not administrators of the domain or the forest. Samba 4.17
// does not know them (observed).
func (s *session) checksCreators(p *partition, class *classList) bool {
	if s.who.system || s.f.flavour.samba() || !class.is("computer") {
		return false
	}
	d := p.domainOr(s.f)
	return !s.who.Has(d.sid.WithRID(security.RIDDomainAdmins)) && !s.who.Has(s.f.root.sid.WithRID(security.RIDEnterpriseAdmins))
}

// authorized asks for a right on each attribute of a new computer, as if it were
// written afterwards: AttributeAuthorizationOnLDAPAdd, character 28 of
// dSHeuristics (MS-ADTS 3.1.1.5.2.1.1). What counts is the descriptor that the
// object would have had without one in the request.
func (a *addition) authorized(o *object) *refusal {
	s := a.s
	if s.f.heuristic(28) != '1' || !s.checksCreators(o.part, o.class) {
		return nil
	}
	owner, group := a.creator(o, o.part.domainOr(a.f))
	probe := *o
	probe.sd = a.f.inherit(o.part.domainOr(a.f), s.view(a.parent), nil, a.class.structural, owner, group)
	if s.explicitly(probe.sd, security.WriteDAC, s.selfOf(o)) {
		return nil
	}
	refused := secErr(dsInsuffAccessRights, "03153BAC")
	if a.sd != nil && s.ownerBlocked(o.part, o.class) {
		return refused
	}
	if len(a.passwords) > 0 && !s.holds(&probe, rightResetPassword) {
		return refused
	}
	later := &modification{tx: a.tx, before: &probe, kept: a.kept}
	for _, c := range a.kept {
		must := c.attr == o.rdnAttr || c.attr == a.f.k.name || slices.Contains(a.class.structural.Must, c.attr)
		if !must && (!later.mayWrite(c) || later.validate(c) != nil) {
			return refused
		}
	}
	return nil
}

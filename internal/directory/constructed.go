package directory

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/directory/security"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

func tokenAttribute(k *known, a *schema.Attribute) bool {
	return a == k.tokenGroups || a == k.tokenGroupsGlobalAndUniversal || a == k.tokenGroupsNoGCAcceptable
}

// computed reports attributes that are computed although the schema does not
// say so.
func (f *Forest) computed(a *schema.Attribute) bool {
	return a == f.k.approxImmed || a == f.k.isRODC || a == f.k.possibleInferiors || a == f.k.replPropertyMetaData
}

// constructed computes an attribute when it is read (MS-ADTS 3.1.1.4.5).
func (s *session) constructed(o *object, a *schema.Attribute) values {
	k := s.k
	if s.f.flavour.samba() && s.sambaLacks(o, a) {
		return values{}
	}
	switch a {
	case k.canonicalName:
		return oneValue(s.canonicalName(o))
	case k.createTimeStamp:
		return oneValue(zulu(o.created))
	case k.modifyTimeStamp:
		return oneValue(zulu(o.changed))
	case k.structuralObjectClass:
		return listOf(chainNames(o.class.structural))
	case k.subSchemaSubEntry:
		return oneValue("CN=Aggregate," + s.f.schemaNC.dn)
	case k.attributeTypes, k.objectClasses, k.dITContentRules, k.extendedAttributeInfo, k.extendedClassInfo:
		return s.subschema(o, a)
	case k.parentGUID:
		if o.parent != nil {
			g := s.above(o).guid
			return oneValue(string(g[:]))
		}
	case k.allowedAttributes, k.allowedAttributesEffective:
		return s.allowedAttributes(o, a == k.allowedAttributesEffective)
	case k.allowedChildClasses, k.allowedChildClassesEffective:
		return s.allowedChildren(o, a == k.allowedChildClassesEffective)
	case k.sDRightsEffective:
		if s.who.system {
			return oneValue("15")
		}
		parts := security.EffectiveParts(s.who.Token, o.sd, s.selfOf(o), s.f.rules)
		if !s.mayWriteDACL(o) {
			parts &^= security.DACLPart
		}
		return oneValue(strconv.Itoa(int(parts)))
	case k.primaryGroupToken:
		if o.class.is("group") {
			return oneValue(strconv.FormatUint(uint64(o.sid.RID()), 10))
		}
	case k.possibleInferiors:
		return s.possibleInferiors(o)
	case k.approxImmed:
		return oneValue(strconv.Itoa(s.f.childCount(o.node)))
	case k.principalName:
		return s.principalName(o)
	case k.isRODC:
		if account := s.computerOf(o); account != nil {
			return oneValue(booleanText(account.int(k.primaryGroupID) == 521))
		}
	case k.isGC:
		return s.isGC(o)
	case k.revealedList:
		return s.revealed(o, true)
	case k.replPropertyMetaData, k.replAttributeMetaData, k.replValueMetaData:
		return s.replication(o, a)
	case k.userCachable:
		return s.cachable(o)
	case k.memberOfTransitive, k.memberTransitive:
		return s.transitive(o, a == k.memberOfTransitive)
	}
	if o.sid == "" || o.part.domain == nil {
		return values{}
	}
	return s.constructedOfAccount(o, a)
}

// sambaLacks reports whether Samba computes no such attribute of an object.
func (s *session) sambaLacks(o *object, a *schema.Attribute) bool {
	k := s.k
	switch a {
	case k.principalName, k.approxImmed, k.memberOfTransitive, k.memberTransitive:
		return true
	}
	return tokenNames[a.Name] != "" || tokenAttribute(k, a) && o.class.is("group")
}

// constructedOfAccount computes what only security principals have.
func (s *session) constructedOfAccount(o *object, a *schema.Attribute) values {
	k := s.k
	if tokenAttribute(k, a) {
		return s.tokenGroups(o, a)
	}
	if of := tokenNames[a.Name]; of != "" {
		return s.groupNames(s.tokenGroups(o, s.f.schema.MustAttribute(of)))
	}
	if !o.class.is("user") {
		return values{}
	}
	switch a {
	case k.uacComputed:
		p, acc := s.policyOf(o)
		return oneValue(strconv.FormatInt(int64(int32(domain.ComputedControl(p, acc, s.now))), 10))
	case k.expiryComputed:
		p, acc := s.policyOf(o)
		return oneValue(domain.PasswordExpiry(p, acc).String())
	case k.resultantPSO:
		s.f.mu.RLock()
		defer s.f.mu.RUnlock()
		if pso := o.part.domain.resultantPSO(o); pso != nil {
			return oneValue(pso.DN)
		}
	case k.keyVersionNumber:
		if s.f.heuristic(17) == '1' {
			return oneValue("1")
		}
		version := 1
		if o.secret != nil {
			version = o.secret.version
		}
		return oneValue(strconv.Itoa(version))
	}
	return values{}
}

func (s *session) policyOf(o *object) (domain.Policy, domain.Account) {
	s.f.mu.RLock()
	p := o.part.domain.effectivePolicy(o)
	s.f.mu.RUnlock()
	return p, s.dc.account(o)
}

func chainNames(c *schema.Class) []string {
	var out []string
	for _, k := range c.Chain {
		out = append(out, k.Name)
	}
	return out
}

func (s *session) selfOf(o *object) security.SID {
	if o.sid != "" && s.who.Has(o.sid) {
		return o.sid
	}
	return ""
}

// canonicalName is corp.example/OU/Name, the head with a final slash.
func (s *session) canonicalName(o *object) string {
	var parts []string
	for ; o.parent != nil; o = s.above(o) {
		parts = append(parts, strings.NewReplacer(`\`, `\\`, "/", `\/`).Replace(o.rdn))
	}
	slices.Reverse(parts)
	dns := o.part.name.dnsName()
	for i := len(o.part.name) - 1; i >= 0; i-- {
		if r := o.part.name[i]; r.attr != s.k.dc {
			parts = append([]string{r.value}, parts...)
		}
	}
	if o.part.domain == nil && len(parts) > 1 { // configuration, then schema
		slices.SortStableFunc(parts[:0], strings.Compare)
	}
	return dns + "/" + strings.Join(parts, "/")
}

func (s *session) principalName(o *object) values {
	if o.sid == "" {
		return values{}
	}
	if sam := o.text(s.k.sAMAccountName); sam != "" && o.part.domain != nil {
		if o.sid.Domain() == security.Builtin {
			return oneValue(`BUILTIN\` + sam)
		}
		return oneValue(o.part.domain.netbios + `\` + sam)
	}
	return oneValue(o.sid.String())
}

// tokenGroups is what a token of the account would hold, without the account
// itself and what everybody has.
func (s *session) tokenGroups(o *object, a *schema.Attribute) values {
	s.f.mu.RLock()
	defer s.f.mu.RUnlock()
	var out []string
	for _, group := range s.f.groupsOf(o, false, s.dc.see) {
		local := domain.GroupType(int32(group.int(s.k.groupType)))&(domain.DomainLocalGroup|domain.BuiltinGroup) != 0
		if local && a == s.k.tokenGroupsGlobalAndUniversal {
			continue
		}
		out = append(out, string(group.sid))
	}
	return listOf(out)
}

// tokenNames is whose groups the attributes with their names are of (MS-ADTS
// 3.1.1.4.5.45 to .47).
var tokenNames = map[string]string{
	"msds-tokenGroupNames":                   "tokenGroups",
	"msds-tokenGroupNamesGlobalAndUniversal": "tokenGroupsGlobalAndUniversal",
	"msds-tokenGroupNamesNoGCAcceptable":     "tokenGroupsNoGCAcceptable",
}

// groupNames is the distinguished names of groups given by SID.
func (s *session) groupNames(sids values) values {
	s.f.mu.RLock()
	defer s.f.mu.RUnlock()
	var out []string
	for i := range sids.len() {
		if n := s.f.bySID[security.SID(sids.at(i))]; n != nil {
			out = append(out, s.dn(s.orNewest(n)))
		}
	}
	return listOf(out)
}

// possibleInferiors is the classes that an object of a class may contain,
// computed for the classSchema object of that class (MS-ADTS 3.1.1.4.5.21).
func (s *session) possibleInferiors(o *object) values {
	parent := s.f.schema.Class(o.text(s.f.schema.MustAttribute("lDAPDisplayName")))
	if !o.class.is("classSchema") || parent == nil {
		return values{}
	}
	var out []string
	for _, c := range s.f.schema.Classes {
		if c.Kind != schema.Abstract && c.Kind != schema.Auxiliary && !c.SystemOnly && mayStandBelow(c, parent) {
			out = append(out, c.Name)
		}
	}
	return listOf(out)
}

func (s *session) transitive(o *object, up bool) values {
	link := s.k.memberOf
	if !up {
		link = s.k.member
	}
	var out []string
	for n := range s.closure(o.node, link) {
		out = append(out, s.dn(s.orNewest(n)))
	}
	slices.Sort(out)
	return listOf(out)
}

// allowedAttributes lists what the object's classes allow, or of that what the
// caller may write.
func (s *session) allowedAttributes(o *object, effective bool) values {
	var out []string
	for _, a := range s.f.schema.Attributes {
		if !o.class.may(a) {
			continue
		}
		if effective && (a.SystemOnly || a.Constructed() || a.BackLink() || !s.writes(o, a)) {
			continue
		}
		out = append(out, a.Name)
	}
	return listOf(out)
}

func (s *session) allowedChildren(o *object, effective bool) values {
	var out []string
	for _, c := range s.f.schema.Classes {
		if c.Kind == schema.Abstract || c.Kind == schema.Auxiliary || !mayStandBelow(c, o.class.structural) {
			continue
		}
		if effective && (c.SystemOnly || !s.may(o, security.CreateChild, c.GUID, security.GUID{})) {
			continue
		}
		out = append(out, c.Name)
	}
	return listOf(out)
}

// mayStandBelow reports whether a class names another as possible superior.
func mayStandBelow(c, parent *schema.Class) bool {
	return slices.Contains(c.Superiors, parent)
}

func (f *Forest) childCount(n *node) int {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if n.kids == nil {
		return 0
	}
	return len(n.kids.byRDN)
}

package directory

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/directory/security"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

// validatedBy is the validated write that lets somebody without write property
// write names of a computer, as long as they are its own (MS-ADTS
// 3.1.1.5.3.1.1).
func (m *modification) validatedBy(a *schema.Attribute) (right security.GUID, ok bool) {
	switch {
	case !m.before.class.is("computer") || m.before.part.domain == nil:
		return right, false
	case a == m.f.k.servicePrincipalName:
		return rightValidatedSPN, true
	case a == m.f.k.dNSHostName:
		return rightValidatedDNSName, true
	}
	return right, false
}

// validate refuses names of others from a caller who has the validated write
// only.
func (m *modification) validate(c change) *refusal {
	if _, ok := m.validatedBy(c.attr); !ok || c.kind == DeleteValues || m.s.writes(m.before, c.attr) {
		return nil
	}
	for _, v := range c.values {
		fits, text := m.ownHostName(string(v)), "hostname validation failed for hostname[%s] account[%s]\n"
		if c.attr == m.f.k.servicePrincipalName {
			fits, text = m.ownSPN(string(v)), "spn validation failed for spn[%s] account[%s]\n"
		}
		if !fits {
			return atrErr(ConstraintViolation, dsInvalidAttributeSyntax, "0315251B", constraintAttType, c.attr, -1).
				said(m.f.flavour, ConstraintViolation, "acl: "+fmt.Sprintf(text, v, m.written(m.f.k.sAMAccountName)))
		}
	}
	return nil
}

// written is the value that an attribute will have.
func (m *modification) written(a *schema.Attribute) string {
	for _, c := range m.kept {
		if c.attr == a && c.kind != DeleteValues && len(c.values) == 1 {
			return string(c.values[0])
		}
	}
	return m.before.text(a)
}

func (m *modification) accountName() string {
	return strings.TrimSuffix(m.written(m.f.k.sAMAccountName), "$")
}

// ownHostName reports whether a DNS name is that of the account in the domain,
// or in one of its allowed suffixes (MS-ADTS 3.1.1.5.3.1.1.2).
func (m *modification) ownHostName(v string) bool {
	host, suffix, _ := strings.Cut(v, ".")
	allowed := append(m.before.head().stored(m.f.k.allowedDNSSuffixes).slice(), m.before.part.domain.dns)
	return equalFold(host, m.accountName()) && slices.ContainsFunc(allowed, func(name string) bool { return equalFold(name, suffix) })
}

// ownSPN reports whether a service principal name has two parts, the second the
// computer's name. Domain controllers may have a third, which names the domain
// (MS-ADTS 3.1.1.5.3.1.1.4).
func (m *modification) ownSPN(v string) bool {
	parts := strings.Split(v, "/")
	if len(parts) < 2 || len(parts) > 3 || slices.Contains(parts, "") {
		return false
	}
	d := m.before.part.domain
	controller := domain.UAC(uint32(m.before.int(m.f.k.userAccountControl)))&(domain.ServerTrustAccount|domain.PartialSecretsAccount) != 0
	if len(parts) == 3 && !(controller && slices.ContainsFunc([]string{d.dns, d.netbios, m.f.root.dns}, func(name string) bool { return equalFold(name, parts[2]) })) {
		return false
	}
	host, port, more := strings.Cut(parts[1], ":")
	if more && (m.f.flavour.samba() || port == "" || strings.Trim(port, "0123456789") != "") {
		return false // it names an instance; Samba 4.17 takes no port either (observed)
	}
	names := append(m.before.stored(m.f.k.additionalDNSHostName).slice(), m.written(m.f.k.dNSHostName), m.accountName())
	for _, other := range m.before.stored(m.f.k.additionalSAMAccountName).slice() {
		names = append(names, strings.TrimSuffix(other, "$"))
	}
	if slices.ContainsFunc(names, func(name string) bool { return name != "" && equalFold(name, host) }) {
		return true
	}
	return controller && strings.HasSuffix(strings.ToLower(host), "._msdcs."+strings.ToLower(m.f.root.dns))
}

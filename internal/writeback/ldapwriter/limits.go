package ldapwriter

import (
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// reservedUnit reports whether a DN has an organisational unit whose name
// Microsoft Entra Connect cannot handle: event 33001.
func reservedUnit(dn string) bool {
	parsed, err := ldap.ParseDN(dn)
	if err != nil {
		return true
	}
	for _, rdn := range parsed.RDNs {
		for _, a := range rdn.Attributes {
			if strings.EqualFold(a.Type, "OU") && reservedName(a.Value) {
				return true
			}
		}
	}
	return false
}

func reservedName(name string) bool {
	return strings.HasPrefix(name, " ") || strings.HasPrefix(name, "#") || strings.HasSuffix(name, " ") || strings.ContainsAny(name, ",+\"\\<>;=/\n\r")
}

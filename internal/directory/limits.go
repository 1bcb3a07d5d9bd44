package directory

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// A ldapPolicy is what the settings of the LDAP server are (MS-ADTS 3.1.1.3.4.6
// and .7), read when the objects that hold them are written.
type ldapPolicy struct {
	values map[string]int // by name as supportedLDAPPolicies spells it
	wire   Limits         // what the connection layer enforces
	// Those that every search asks for.
	pageSize, valueRange, tokenRange, resultSets int
}

// hardLimits are what Windows Server 2008 R2 and later take a policy for at
// most, whatever is written (documented in "LDAP policies", hard-coded maximum
// values).
var hardLimits = map[string]int{
	"MaxPageSize": 20000, "MaxValRange": 5000, "MaxQueryDuration": 1200, "MaxReceiveBuffer": 20971520, "MaxTempTableSize": 100000,
}

var defaultPolicy = readPolicy(nil)

// readPolicy reads lDAPAdminLimits: strings of the form name=value, in any order.
// A policy that is missing, unknown or no positive number has its default.
func readPolicy(list []string) *ldapPolicy {
	p := &ldapPolicy{values: map[string]int{}}
	for _, line := range append(adminLimits(), list...) {
		name, text, _ := strings.Cut(line, "=")
		v, err := strconv.Atoi(strings.TrimSpace(text))
		i := slices.IndexFunc(supportedPolicies, func(s string) bool { return strings.EqualFold(s, strings.TrimSpace(name)) })
		if err != nil || v <= 0 || i < 0 {
			continue
		}
		name = supportedPolicies[i]
		if most, ok := hardLimits[name]; ok {
			v = min(v, most)
		}
		p.values[name] = v
	}
	p.wire = p.limits()
	p.pageSize, p.valueRange, p.tokenRange, p.resultSets = p.values["MaxPageSize"], p.values["MaxValRange"], p.values["MaxValRangeTransitive"], p.values["MaxResultSetsPerConn"]
	return p
}

// limits is the part of the policies that the connection layer enforces.
func (p *ldapPolicy) limits() Limits {
	l := DefaultLimits()
	seconds := func(name string) time.Duration { return time.Duration(p.values[name]) * time.Second }
	l.MaxConnections, l.MaxReceiveBuffer, l.MaxPreAuthReceiveBuffer = p.values["MaxConnections"], p.values["MaxReceiveBuffer"], p.values["MaxPreAuthReceiveBuffer"]
	l.InitRecvTimeout, l.MaxConnIdleTime, l.MaxQueryDuration = seconds("InitRecvTimeout"), seconds("MaxConnIdleTime"), seconds("MaxQueryDuration")
	l.MaxNotificationPerConn = p.values["MaxNotificationPerConn"]
	return l
}

// effective lists the policies in force as lDAPPoliciesEffective does.
func (p *ldapPolicy) effective() []string {
	out := make([]string, 0, len(supportedPolicies))
	for _, name := range supportedPolicies {
		out = append(out, name+":"+strconv.Itoa(p.values[name]))
	}
	return out
}

// ldapPolicy is the policy in force: that of CN=Default Query Policy. Policies
// that a site or a domain controller names for itself are not read.
func (f *Forest) ldapPolicy() *ldapPolicy {
	if p := f.ldap.Load(); p != nil {
		return p
	}
	return defaultPolicy
}

// configurable is the settings of msDS-Other-Settings that are supported, with
// their defaults (MS-ADTS 3.1.1.3.4.7).
var configurable = []struct{ name, value string }{
	{"DynamicObjectDefaultTTL", "86400"}, {"DynamicObjectMinTTL", "900"}, {"DisableVLVSupport", "0"}, {"DenyUnauthenticatedBind", "0"},
}

// setting is one of the configurable settings in force.
func (f *Forest) setting(name string) string {
	if m := f.settings.Load(); m != nil {
		if v, ok := (*m)[name]; ok {
			return v
		}
	}
	for _, c := range configurable {
		if c.name == name {
			return c.value
		}
	}
	return ""
}

// views reports whether virtual list views are on (DisableVLVSupport).
func (f *Forest) views() bool { return f.setting("DisableVLVSupport") != "1" }

// noticeSettings reads msDS-Other-Settings of CN=Directory Service. What is no
// number counts as not written.
func (f *Forest) noticeSettings(o *object) {
	read := map[string]string{}
	v := o.stored(f.k.otherSettings)
	for i := range v.len() {
		name, value, _ := strings.Cut(v.at(i), "=")
		for _, c := range configurable {
			if n, err := strconv.Atoi(value); err == nil && n >= 0 && strings.EqualFold(c.name, name) {
				read[c.name] = strconv.Itoa(n)
			}
		}
	}
	f.settings.Store(&read)
}

// noticeLimits reads lDAPAdminLimits of the default query policy.
func (f *Forest) noticeLimits(o *object) {
	if equalFold(o.rdn, "Default Query Policy") {
		f.ldap.Store(readPolicy(o.stored(f.k.lDAPAdminLimits).slice()))
	}
}

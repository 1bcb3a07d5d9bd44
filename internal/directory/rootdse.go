package directory

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/directory/security"
)

// Control OIDs in the order a domain controller lists them (MS-ADTS
// 3.1.1.3.4.1).
var (
	windowsControls = strings.Fields(`1.2.840.113556.1.4.319 1.2.840.113556.1.4.801 1.2.840.113556.1.4.473 1.2.840.113556.1.4.528 1.2.840.113556.1.4.417
		1.2.840.113556.1.4.619 1.2.840.113556.1.4.841 1.2.840.113556.1.4.529 1.2.840.113556.1.4.805 1.2.840.113556.1.4.521 1.2.840.113556.1.4.970
		1.2.840.113556.1.4.1338 1.2.840.113556.1.4.474 1.2.840.113556.1.4.1339 1.2.840.113556.1.4.1340 1.2.840.113556.1.4.1413 2.16.840.1.113730.3.4.9
		2.16.840.1.113730.3.4.10 1.2.840.113556.1.4.1504 1.2.840.113556.1.4.1852 1.2.840.113556.1.4.802 1.2.840.113556.1.4.1907 1.2.840.113556.1.4.1948
		1.2.840.113556.1.4.1974 1.2.840.113556.1.4.1341 1.2.840.113556.1.4.2026 1.2.840.113556.1.4.2064 1.2.840.113556.1.4.2065 1.2.840.113556.1.4.2066
		1.2.840.113556.1.4.2090 1.2.840.113556.1.4.2205 1.2.840.113556.1.4.2204 1.2.840.113556.1.4.2206 1.2.840.113556.1.4.2211 1.2.840.113556.1.4.2239
		1.2.840.113556.1.4.2255 1.2.840.113556.1.4.2256 1.2.840.113556.1.4.2309`)
	sambaControls = strings.Fields(`1.2.840.113556.1.4.1413 1.2.840.113556.1.4.1413 1.2.840.113556.1.4.1413 1.2.840.113556.1.4.528 1.2.840.113556.1.4.841
		1.2.840.113556.1.4.319 2.16.840.1.113730.3.4.9 1.2.840.113556.1.4.473 1.2.840.113556.1.4.1504 1.2.840.113556.1.4.801 1.2.840.113556.1.4.801
		1.2.840.113556.1.4.801 1.2.840.113556.1.4.805 1.2.840.113556.1.4.1338 1.2.840.113556.1.4.529 1.2.840.113556.1.4.417 1.2.840.113556.1.4.2064
		1.2.840.113556.1.4.1339 1.2.840.113556.1.4.1340 1.2.840.113556.1.4.1413 1.2.840.113556.1.4.1341`)
	supportedPolicies = []string{
		"MaxPoolThreads", "MaxPercentDirSyncRequests", "MaxDatagramRecv", "MaxReceiveBuffer", "MaxPreAuthReceiveBuffer", "InitRecvTimeout",
		"MaxConnections", "MaxConnIdleTime", "MaxPageSize", "MaxBatchReturnMessages", "MaxQueryDuration", "MaxDirSyncDuration", "MaxTempTableSize", "MaxResultSetSize",
		"MinResultSets", "MaxResultSetsPerConn", "MaxNotificationPerConn", "MaxValRange", "MaxValRangeTransitive",
	}
)

// A rootAttribute is one attribute of the rootDSE.
type rootAttribute struct {
	name  string
	asked bool // only when named
	value func(*session) []string
}

func one(v string) []string { return []string{v} }

// rootAttributes is MS-ADTS 3.1.1.3.2 in the order of ldp.exe.
func rootAttributes() []rootAttribute {
	always := func(name string, value func(*session) []string) rootAttribute {
		return rootAttribute{name, false, value}
	}
	asked := func(name string, value func(*session) []string) rootAttribute {
		return rootAttribute{name, true, value}
	}
	return []rootAttribute{
		always("configurationNamingContext", func(s *session) []string { return one(s.f.config.dn) }),
		always("currentTime", func(s *session) []string { return one(schema.FormatTime(s.now)) }),
		always("defaultNamingContext", func(s *session) []string { return one(s.dc.domain.part.dn) }),
		always("dnsHostName", func(s *session) []string { return one(s.dc.HostName()) }),
		always("domainControllerFunctionality", func(s *session) []string { return one(strconv.Itoa(s.dc.functionality())) }),
		always("domainFunctionality", func(s *session) []string { return one(strconv.Itoa(s.dc.domain.level)) }),
		always("dsServiceName", func(s *session) []string { return one(s.dc.dsa) }),
		always("forestFunctionality", func(s *session) []string { return one(strconv.Itoa(s.f.root.level)) }),
		always("highestCommittedUSN", func(s *session) []string { return one(strconv.FormatUint(uint64(s.dc.knownUSN(nil)), 10)) }),
		always("isGlobalCatalogReady", func(s *session) []string { return one(booleanText(s.dc.knowsCatalogue(s.dc))) }),
		always("isSynchronized", func(*session) []string { return one("TRUE") }),
		always("ldapServiceName", func(s *session) []string {
			return one(s.f.root.dns + ":" + strings.ToLower(s.dc.name) + "$@" + strings.ToUpper(s.dc.domain.dns))
		}),
		always("namingContexts", func(s *session) []string { return s.namingContexts() }),
		always("rootDomainNamingContext", func(s *session) []string { return one(s.f.root.part.dn) }),
		always("schemaNamingContext", func(s *session) []string { return one(s.f.schemaNC.dn) }),
		always("serverName", func(s *session) []string { return one(s.dc.server) }),
		always("subschemaSubentry", func(s *session) []string { return one("CN=Aggregate," + s.f.schemaNC.dn) }),
		always("supportedCapabilities", func(s *session) []string { return s.capabilities() }),
		always("supportedControl", func(s *session) []string {
			if s.f.flavour.samba() {
				return sambaControls
			}
			if s.f.flavour.Dialect == Windows2016 {
				return windowsControls
			}
			return append(slices.Clone(windowsControls), "1.2.840.113556.1.4.2330", "1.2.840.113556.1.4.2354") // 2019 and later
		}),
		always("supportedLDAPPolicies", windowsOnly(func(*session) []string { return supportedPolicies })),
		always("supportedLDAPVersion", func(s *session) []string {
			if s.f.flavour.samba() {
				return []string{"2", "3"}
			}
			return []string{"3", "2"}
		}),
		always("supportedSASLMechanisms", windowsOnly(func(*session) []string { return one("EXTERNAL") })),
		always("vendorName", func(s *session) []string {
			if s.f.flavour.samba() {
				return one("Samba Team (https://www.samba.org)")
			}
			return nil
		}),
		asked("supportedExtension", windowsOnly(func(*session) []string {
			return []string{"1.3.6.1.4.1.1466.20037", "1.3.6.1.4.1.1466.101.119.1", "1.2.840.113556.1.4.1781", "1.3.6.1.4.1.4203.1.11.3"}
		})),
		asked("supportedConfigurableSettings", windowsOnly(func(*session) []string {
			var out []string
			for _, c := range configurable {
				out = append(out, c.name)
			}
			return out
		})),
		asked("configurableSettingsEffective", windowsOnly(func(s *session) []string {
			var out []string
			for _, c := range configurable {
				out = append(out, c.name+":"+s.f.setting(c.name))
			}
			return out
		})),
		asked("lDAPPoliciesEffective", windowsOnly(func(s *session) []string {
			return s.f.ldapPolicy().effective()
		})),
		asked("msDS-PrincipalName", windowsOnly(func(s *session) []string { return one(s.who.domain + `\` + s.who.name) })),
		asked("tokenGroups", func(s *session) []string { return s.ownToken() }),
		asked("validFSMOs", windowsOnly(func(s *session) []string { return s.validFSMOs() })),
		asked("msDS-PortLDAP", windowsOnly(func(*session) []string { return one("389") })),
		asked("msDS-PortSSL", windowsOnly(func(*session) []string { return one("636") })),
		asked("dsSchemaAttrCount", func(s *session) []string { return one(strconv.Itoa(len(s.f.schema.Attributes))) }),
		asked("dsSchemaClassCount", func(s *session) []string { return one(strconv.Itoa(len(s.f.schema.Classes))) }),
		asked("dsSchemaPrefixCount", func(*session) []string { return one(strconv.Itoa(schema.PrefixCount())) }),
		asked("spnRegistrationResult", windowsOnly(func(*session) []string { return one("0") })),
		asked("dsaVersionString", windowsOnly(func(s *session) []string {
			if !s.who.Has(security.BuiltinAdministrators) {
				return nil
			}
			return one("10.0." + strconv.FormatInt(buildNumber(s.f.flavour.build()), 10))
		})),
		asked("pendingPropagations", func(*session) []string { return nil }),
		asked("msDS-SupportedRootDSEModifications", windowsOnly(func(*session) []string { return rootModifications() })),
		asked("msDS-SupportedRootDSEAttributes", windowsOnly(func(*session) []string {
			var out []string
			for _, a := range rootAttributes() {
				out = append(out, a.name)
			}
			return out
		})),
	}
}

func windowsOnly(value func(*session) []string) func(*session) []string {
	return func(s *session) []string {
		if s.f.flavour.samba() {
			return nil
		}
		return value(s)
	}
}

func buildNumber(hex string) int64 {
	n, _ := strconv.ParseInt(hex, 16, 64)
	return n
}

func (s *session) capabilities() []string {
	out := []string{"1.2.840.113556.1.4.800", "1.2.840.113556.1.4.1670", "1.2.840.113556.1.4.1791", "1.2.840.113556.1.4.1935", "1.2.840.113556.1.4.2080"}
	if !s.f.flavour.samba() {
		out = append(out, "1.2.840.113556.1.4.2237")
	}
	if s.dc.cfg.ReadOnly {
		out = append(out, "1.2.840.113556.1.4.1920")
	}
	return out
}

func (s *session) namingContexts() []string {
	out := []string{s.dc.domain.part.dn, s.f.config.dn, s.f.schemaNC.dn}
	for _, z := range s.dc.zones() {
		out = append(out, z.dn)
	}
	return out
}

func (s *session) ownToken() []string {
	var out []string
	if s.req.Caller.Anonymous() {
		return one(string(security.Anonymous))
	}
	for _, sid := range s.who.SIDs() {
		out = append(out, string(sid))
	}
	return out
}

// rootDSE answers a base search of the empty name. The filter does not matter;
// anybody may ask.
func (s *session) rootDSE(req SearchRequest, to Sink) Result {
	all := len(req.Attributes) == 0
	for _, name := range req.Attributes {
		if name == "*" || name == "+" {
			all = true
		}
	}
	if s.f.flavour.samba() && slices.ContainsFunc(req.Attributes, func(n string) bool { return strings.EqualFold(n, "validFSMOs") }) {
		return sambaf(OperationsError, "00002020: operations error").result()
	}
	e := Entry{}
	s.f.mu.RLock()
	for _, a := range rootAttributes() {
		name, named := asSpelled(req.Attributes, a.name)
		if !named && (!all || a.asked) {
			continue
		}
		if !named {
			name = a.name
		}
		if list := a.value(s); len(list) > 0 {
			at := Attribute{Name: name}
			if !req.TypesOnly {
				for _, v := range list {
					at.Values = append(at.Values, octets(v))
				}
			}
			e.Attributes = append(e.Attributes, at)
		}
	}
	s.f.mu.RUnlock()
	if slices.ContainsFunc(req.Attributes, func(n string) bool { return strings.EqualFold(n, "netlogon") }) {
		switch v := s.netlogon(req.Filter); {
		case v != nil:
			e.Attributes = append(e.Attributes, Attribute{Name: "netlogon", Values: [][]byte{v}})
		case s.f.flavour.samba():
			return Result{}
		}
	}
	if err := to.Entry(e); err != nil {
		return Result{Code: Unavailable}
	}
	return Result{}
}

func asSpelled(list []string, name string) (string, bool) {
	for _, have := range list {
		if strings.EqualFold(have, name) {
			return have, true
		}
	}
	return "", false
}

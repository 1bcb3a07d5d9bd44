package directory

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ssprlab/ssprlab/internal/directory/security"
)

// provisionConfig makes the heads of configuration and schema. What is below is
// built when somebody looks.
func (f *Forest) provisionConfig() {
	rootDN := f.root.part.dn
	f.config = &partition{dn: "CN=Configuration," + rootDN}
	f.config.name = f.parseOwn(f.config.dn)
	f.schemaNC = &partition{dn: "CN=Schema," + f.config.dn}
	f.schemaNC.name = f.parseOwn(f.schemaNC.dn)
	f.addPartition(f.config)
	f.addPartition(f.schemaNC)
	f.categories = make([]string, len(f.schema.Classes))
	for _, c := range f.schema.Classes {
		f.categories[c.ID] = "CN=" + c.Category + "," + f.schemaNC.dn
	}
	sd := security.MustSDDL("O:EAG:EAD:AI(A;;RPLCLORC;;;AU)(A;CI;RPWPCRLCLOCCRCWDWOSDSW;;;DA)(A;CI;RPWPCRLCLOCCDCRCWDWOSDDTSW;;;EA)(A;;RPWPCRLCLOCCDCRCWDWOSDDTSW;;;SY)"+
		"(A;;RPLCLORC;;;ED)(OA;;CR;1131f6aa-9c07-11d1-f79f-00c04fc2dcd2;;BA)(OA;;CR;1131f6ad-9c07-11d1-f79f-00c04fc2dcd2;;BA)", f.root.base)
	f.config.head = f.plant(f.root, f.config, seedling{class: "configuration", sd: sd, attrs: []pair{is("systemFlags", cannotTouch), is("isCriticalSystemObject", "TRUE")}})
	f.later(f.config.head, f.plantConfig)
	schemaSD := security.MustSDDL("O:SAG:SAD:AI(A;CI;RPLCLORC;;;AU)(A;CI;RPWPCRLCLOCCRCWDWOSW;;;SA)(A;;RPWPCRLCLOCCDCRCWDWOSDDTSW;;;SY)(A;;RPLCLORC;;;ED)"+
		"(OA;;CR;1131f6aa-9c07-11d1-f79f-00c04fc2dcd2;;BA)(OA;;CR;be2bb760-7f46-11d2-b9ad-00c04f79f805;;SA)(OA;;CR;e12b56b6-0a95-11d1-adbb-00c04fd8d5cd;;SA)", f.root.base)
	f.schemaNC.head = f.plant(f.root, f.schemaNC, seedling{class: "dMD", sd: schemaSD, attrs: []pair{
		is("systemFlags", cannotTouch), is("isCriticalSystemObject", "TRUE"), is("objectVersion", strconv.Itoa(f.objectVersion())), is("fSMORoleOwner", f.root.dcs[0].dsa),
	}})
	f.later(f.schemaNC.head, f.plantSchema)
}

func (f *Forest) objectVersion() int {
	switch f.flavour.Dialect {
	case Samba:
		return 69
	case Windows2016:
		return 87
	}
	return 88
}

// plantConfig makes the configuration naming context.
func (f *Forest) plantConfig() {
	d, p := f.root, f.config
	under := func(parent *node, class, rdn string, attrs ...pair) *node {
		return f.plant(d, p, seedling{parent: parent, class: class, rdn: rdn, attrs: attrs})
	}
	f.plantSites(under)
	f.plantServices(under)
	f.plantCrossRefs(under)
	rights := under(p.head, "container", "Extended-Rights")
	f.later(rights, func() { f.plantRights(rights) })
	specifiers := under(p.head, "container", "DisplaySpecifiers")
	f.later(specifiers, func() { f.plantSpecifiers(specifiers) })
	under(p.head, "container", "ForestUpdates")
	under(p.head, "lostAndFound", "LostAndFoundConfig")
	under(p.head, "msDS-QuotaContainer", "NTDS Quotas")
	under(p.head, "physicalLocation", "Physical Locations")
	known := under(p.head, "container", "WellKnown Security Principals")
	for name, sid := range map[string]security.SID{
		"Everyone": security.Everyone, "Authenticated Users": security.AuthenticatedUsers, "Self": security.Self,
		"Anonymous Logon": security.Anonymous, "Creator Owner": security.CreatorOwner, "Network": security.Network, "Interactive": security.Interactive, "System": security.System,
		"Enterprise Domain Controllers": security.EnterpriseDomainControllers, "Owner Rights": security.OwnerRights, "This Organization": security.ThisOrganization,
	} {
		f.plant(d, p, seedling{parent: known, class: "foreignSecurityPrincipal", rdn: name, sid: sid})
	}
}

type planter func(parent *node, class, rdn string, attrs ...pair) *node

func (f *Forest) plantSites(under planter) {
	sites := under(f.config.head, "sitesContainer", "Sites", is("systemFlags", "-2113929216"))
	made := map[string]*node{}
	for _, d := range f.domains {
		for _, dc := range d.dcs {
			servers := made[dc.cfg.Site]
			if servers == nil {
				site := under(sites, "site", dc.cfg.Site, is("systemFlags", "1107296256"))
				under(site, "nTDSSiteSettings", "NTDS Site Settings")
				servers = under(site, "serversContainer", "Servers", is("systemFlags", "33554432"))
				made[dc.cfg.Site] = servers
			}
			f.plantServer(under, servers, d, dc)
		}
	}
	under(sites, "subnetContainer", "Subnets")
	transports := under(sites, "interSiteTransportContainer", "Inter-Site Transports")
	under(transports, "interSiteTransport", "IP", is("transportAddressAttribute", "dNSHostName"), is("transportDLLName", "ismip.dll"))
}

func (f *Forest) plantServer(under planter, servers *node, d *Domain, dc *DC) {
	server := under(servers, "server", dc.name, is("dNSHostName", dc.HostName()), is("systemFlags", "1375731712"))
	class := "nTDSDSA"
	if dc.cfg.ReadOnly {
		class = "nTDSDSARO"
	}
	options := 0
	if !dc.cfg.NoGlobalCatalog {
		options = optionIsGC
	}
	settings := under(server, class, "NTDS Settings", is("options", strconv.Itoa(options)), is("systemFlags", "33554432"), is("msDS-Behavior-Version", strconv.Itoa(dc.functionality())),
		is("invocationId", string(dc.guid[:])), is("dMDLocation", f.schemaNC.dn))
	f.plantReplicas(settings, dc)
	if account, _ := f.lookup(f.parseOwn("CN=" + dc.name + ",OU=Domain Controllers," + d.part.dn)); account != nil {
		f.join(server, "serverReference", account)
	}
}

// plantReplicas links the settings of a domain controller to the naming contexts
// that it holds (MS-ADTS 6.1.1.2.2.1.2.1.1): hasMasterNCs knows the three of
// Windows 2000 alone, msDS-hasMasterNCs the application partitions too, and a
// global catalogue has a part of every other domain. A read-only domain
// controller masters nothing: what it has whole stands in msDS-hasFullReplicaNCs.
func (f *Forest) plantReplicas(settings *node, dc *DC) {
	whole, old := "msDS-hasMasterNCs", "hasMasterNCs"
	if dc.cfg.ReadOnly {
		whole, old = "msDS-hasFullReplicaNCs", ""
	}
	first := []*partition{dc.domain.part, f.config, f.schemaNC}
	for _, p := range first {
		if old != "" {
			f.join(settings, old, p.head)
		}
	}
	for _, p := range append(first, dc.zones()...) {
		f.join(settings, whole, p.head)
	}
	for _, d := range f.domains {
		if d != dc.domain && !dc.cfg.NoGlobalCatalog {
			f.join(settings, "hasPartialReplicaNCs", d.part.head)
		}
	}
}

// zones is the application partitions that a domain controller holds: those of
// its domain, and the forest's.
func (dc *DC) zones() []*partition {
	list := slices.Clone(dc.domain.zones)
	for _, z := range dc.forest.root.zones {
		if dc.domain != dc.forest.root && strings.HasPrefix(z.dn, "DC=ForestDnsZones,") {
			list = append(list, z)
		}
	}
	return list
}

func (dc *DC) functionality() int {
	if dc.forest.flavour.samba() {
		return 4
	}
	return 7
}

func (f *Forest) plantServices(under planter) {
	services := under(f.config.head, "container", "Services", is("systemFlags", "-2147483648"))
	nt := under(services, "container", "Windows NT")
	ds := under(nt, "nTDSService", "Directory Service", is("tombstoneLifetime", "180"), is("sPNMappings", spnMappings),
		is("msDS-Other-Settings", "DisableVLVSupport=0", "DynamicObjectMinTTL=900", "DynamicObjectDefaultTTL=86400", "DenyUnauthenticatedBind=0"))
	queries := under(ds, "container", "Query-Policies")
	under(queries, "queryPolicy", "Default Query Policy", is("lDAPAdminLimits", adminLimits()...))
	features := under(ds, "container", "Optional Features")
	under(features, "msDS-OptionalFeature", "Recycle Bin Feature", is("msDS-OptionalFeatureGUID", string(recycleBinFeature[:])), is("msDS-OptionalFeatureFlags", "1"),
		is("msDS-RequiredForestBehaviorVersion", "4"), is("systemFlags", cannotTouch))
	for _, name := range []string{"Public Key Services", "NetServices", "RRAS", "MsmqServices", "Claims Configuration", "Group Key Distribution Service"} {
		under(services, "container", name)
	}
}

var recycleBinFeature = security.MustGUID("766ddcd8-acd0-445e-f3b9-a7f9b6744f2a")

const spnMappings = "host=alerter,appmgmt,cisvc,clipsrv,browser,dhcp,dnscache,replicator,eventlog,eventsystem,policyagent,oakley,dmserver,dns,mcsvc,fax,msiserver,ias," +
	"messenger,netlogon,netman,netdde,netddedsm,nmagent,plugplay,protectedstorage,rasman,rpclocator,rpc,rpcss,remoteaccess,rsvp,samss,scardsvr,scesrv,seclogon,scm,dcom,cifs," +
	"spooler,snmp,schedule,tapisrv,trksvr,trkwks,ups,time,wins,www,http,w3svc,iisadmin,msdtc"

func adminLimits() []string {
	return []string{
		"MaxValRange=1500", "MaxReceiveBuffer=10485760", "MaxDatagramRecv=4096", "MaxPoolThreads=4", "MaxResultSetSize=262144", "MaxTempTableSize=10000",
		"MaxQueryDuration=120", "MaxPageSize=1000", "MaxNotificationPerConn=5", "MaxActiveQueries=20", "MaxConnIdleTime=900", "InitRecvTimeout=120", "MaxConnections=5000",
		"MaxPercentDirSyncRequests=100", "MaxDirSyncDuration=60", "MaxBatchReturnMessages=1100", "MaxResultSetsPerConn=10", "MinResultSets=3", "MaxValRangeTransitive=4500",
		"MaxPreAuthReceiveBuffer=262144",
	}
}

func (f *Forest) plantCrossRefs(under planter) {
	parts := under(f.config.head, "crossRefContainer", "Partitions", is("fSMORoleOwner", f.root.dcs[0].dsa), is("systemFlags", "-2147483648"), is("msDS-Behavior-Version", strconv.Itoa(f.root.level)))
	under(parts, "crossRef", "Enterprise Configuration", is("nCName", f.config.dn), is("dnsRoot", f.root.dns), is("systemFlags", "1"))
	under(parts, "crossRef", "Enterprise Schema", is("nCName", f.schemaNC.dn), is("dnsRoot", f.root.dns), is("systemFlags", "1"))
	for _, d := range f.domains {
		attrs := []pair{is("nCName", d.part.dn), is("dnsRoot", d.dns), is("nETBIOSName", d.netbios), is("systemFlags", "3"), is("msDS-Behavior-Version", strconv.Itoa(d.level)), is("nTMixedDomain", "0")}
		if d != f.root && strings.HasSuffix(d.dns, "."+f.root.dns) {
			attrs = append(attrs, is("trustParent", "CN="+f.root.netbios+",CN=Partitions,"+f.config.dn))
		}
		under(parts, "crossRef", d.netbios, attrs...)
		under(parts, "crossRef", f.derive("DomainDnsZones "+d.dns).String(), is("nCName", "DC=DomainDnsZones,"+d.part.dn), is("dnsRoot", "DomainDnsZones."+d.dns), is("systemFlags", "5"))
	}
	under(parts, "crossRef", f.derive("ForestDnsZones").String(), is("nCName", "DC=ForestDnsZones,"+f.root.part.dn), is("dnsRoot", "ForestDnsZones."+f.root.dns), is("systemFlags", "5"))
}

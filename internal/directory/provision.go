package directory

import (
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/ssprlab/ssprlab/internal/directory/security"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// cannotTouch is the systemFlags of objects that may not be deleted, renamed or
// moved.
const cannotTouch = "-1946157056"

// provision makes the naming contexts and what is in them from the start.
func (f *Forest) provision(cfg ForestConfig) error {
	f.usn = 8192
	for i, dc := range cfg.Domains {
		if err := f.openDomain(dc, i == 0); err != nil {
			return err
		}
	}
	f.provisionConfig()
	for _, d := range f.domains {
		f.plantDomain(d)
	}
	for i, d := range f.domains {
		d.plantAccounts()
		if p := cfg.Domains[i].Password; p != "" {
			d.givePassword(f.bySID[d.sid.WithRID(security.RIDAdministrator)], secret.New(p))
		}
	}
	f.fill(f.config.head) // servers link to the accounts made just now
	return nil
}

func (f *Forest) openDomain(cfg DomainConfig, root bool) error {
	d := &Domain{forest: f, dns: strings.ToLower(cfg.DNSName), netbios: strings.ToUpper(cfg.NetBIOS), level: cfg.Level, sid: cfg.SID, nextRID: 1000}
	if d.level == 0 {
		d.level = 7
		if f.flavour.samba() {
			d.level = 4
		}
	}
	if d.sid == "" {
		var b [12]byte
		if _, err := io.ReadFull(f.rand, b[:]); err != nil {
			return fmt.Errorf("making domain %s: reading randomness: %w", d.dns, err)
		}
		d.sid = security.NewSID(5, 21, binary.LittleEndian.Uint32(b[0:]), binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint32(b[8:]))
	}
	if root {
		f.root = d
	}
	d.base = security.Base{Domain: d.sid, Root: f.root.sid}
	d.defaults = map[*schemaClass]*security.Descriptor{}
	dn := dnOfDNS(cfg.DNSName)
	d.part = &partition{dn: dn, name: f.parseOwn(dn), domain: d}
	f.addPartition(d.part)
	f.domains = append(f.domains, d)
	if !f.flavour.samba() {
		d.openZone("DomainDnsZones")
		if root {
			d.openZone("ForestDnsZones")
		}
	}
	dcs := cfg.DCs
	if len(dcs) == 0 {
		dcs = []DCConfig{{Name: "DC1"}}
	}
	for _, c := range dcs {
		d.openDC(c)
	}
	d.primary.Store(d.dcs[0])
	d.swept.Store(f.created.Unix())
	return nil
}

// openZone makes an application partition for DNS known. It has nothing but its
// head: zones are kept elsewhere.
func (d *Domain) openZone(name string) {
	dn := "DC=" + name + "," + d.part.dn
	p := &partition{dn: dn, name: d.forest.parseOwn(dn), host: name + "." + d.dns}
	d.forest.addPartition(p)
	d.zones = append(d.zones, p)
}

func (d *Domain) openDC(c DCConfig) {
	if c.Site == "" {
		c.Site = "Default-First-Site-Name"
	}
	dc := &DC{forest: d.forest, domain: d, name: strings.ToUpper(c.Name), host: strings.ToLower(c.Name) + "." + d.dns, cfg: c}
	dc.subject = subjectFields(security.System.String(), dc.name+"$", d.netbios, systemLogonText)
	dc.signed.Store(c.RequireSigning)
	dc.server = "CN=" + dc.name + ",CN=Servers,CN=" + c.Site + ",CN=Sites,CN=Configuration," + d.forest.root.part.dn
	dc.dsa = "CN=NTDS Settings," + dc.server
	dc.guid = d.forest.derive(dc.dsa)
	dc.number = uint16(len(d.forest.dsas))
	d.dcs, d.forest.dsas = append(d.dcs, dc), append(d.forest.dsas, dc)
}

// plantDomain makes the head and the well-known containers.
func (f *Forest) plantDomain(d *Domain) {
	p := d.part
	head := f.plant(d, p, seedling{class: "domainDNS", rdn: p.name[0].value, sid: d.sid, sd: security.MustSDDL(security.DomainHeadSDDL, d.base), attrs: []pair{
		is("systemFlags", "-1946157056"), is("isCriticalSystemObject", "TRUE"),
		is("minPwdLength", "7"), is("pwdHistoryLength", "24"), is("minPwdAge", "-864000000000"), is("maxPwdAge", "-36288000000000"),
		is("pwdProperties", "1"), is("lockoutThreshold", "0"), is("lockoutDuration", "-18000000000"), is("lockOutObservationWindow", "-18000000000"),
		is("uASCompat", "1"), is("ms-DS-MachineAccountQuota", "10"), is("msDS-Behavior-Version", strconv.Itoa(d.level)),
		is("forceLogoff", "-9223372036854775808"), is("modifiedCountAtLastProm", "0"), is("modifiedCount", "1"), is("nextRid", "1000"),
		is("serverState", "1"), is("uASCompat", "1"), is("creationTime", domain.FileTimeOf(f.created).String()),
		is("msDS-AllUsersTrustQuota", "1000"), is("msDS-PerUserTrustQuota", "1"), is("msDS-PerUserTrustTombstonesQuota", "10"), is("nTMixedDomain", "0"),
		is("fSMORoleOwner", d.dcs[0].dsa), is("rIDManagerReference", "CN=RID Manager$,CN=System,"+p.dn),
		is("gPLink", "[LDAP://CN={31B2F340-016D-11D2-945F-00C04FB984F9},CN=Policies,CN=System,"+p.dn+";0]"),
		is("wellKnownObjects", wellKnown(p.dn)...), is("otherWellKnownObjects", otherWellKnown(p.dn)...),
	}})
	p.head = head
	under := func(parent *node, class, rdn string, attrs ...pair) *node {
		return f.plant(d, p, seedling{parent: parent, class: class, rdn: rdn, attrs: attrs})
	}
	fixed := []pair{is("systemFlags", cannotTouch), is("isCriticalSystemObject", "TRUE")}
	note := func(text string) []pair { return append([]pair{is("description", text)}, fixed...) }
	d.users = under(head, "container", "Users", append(note("Default container for upgraded user accounts"), is("showInAdvancedViewOnly", "FALSE"))...)
	d.computer = under(head, "container", "Computers", append(note("Default container for upgraded computer accounts"), is("showInAdvancedViewOnly", "FALSE"))...)
	under(head, "organizationalUnit", "Domain Controllers", append(note("Default container for domain controllers"), is("showInAdvancedViewOnly", "FALSE"),
		is("gPLink", "[LDAP://CN={6AC1786C-016F-11D2-945F-00C04fB984F9},CN=Policies,CN=System,"+p.dn+";0]"))...)
	d.system = under(head, "container", "System", note("Builtin system settings")...)
	under(head, "lostAndFound", "LostAndFound", note("Default container for orphaned objects")...)
	under(head, "infrastructureUpdate", "Infrastructure", append([]pair{is("fSMORoleOwner", d.dcs[0].dsa)}, fixed...)...)
	d.foreign = under(head, "container", "ForeignSecurityPrincipals", append(note("Default container for security identifiers (SIDs) associated with objects from external, trusted domains"), is("showInAdvancedViewOnly", "FALSE"))...)
	data := under(head, "container", "Program Data", is("description", "Default location for storage of application data."))
	under(data, "container", "Microsoft", is("description", "Default location for storage of Microsoft application data."))
	under(head, "msDS-QuotaContainer", "NTDS Quotas", note("Quota specifications container")...)
	under(head, "container", "Managed Service Accounts", is("description", "Default container for managed service accounts"))
	if !f.flavour.samba() {
		under(head, "container", "Keys", is("description", "Default container for key credential objects"))
		under(head, "msTPM-InformationObjectsContainer", "TPM Devices")
	}
	d.builtin = f.plant(d, p, seedling{parent: head, class: "builtinDomain", rdn: "Builtin", sid: security.Builtin, attrs: append([]pair{
		is("showInAdvancedViewOnly", "FALSE"), is("creationTime", domain.FileTimeOf(f.created).String()), is("forceLogoff", "-9223372036854775808"),
		is("lockoutDuration", "-18000000000"), is("lockOutObservationWindow", "-18000000000"), is("lockoutThreshold", "0"),
		is("maxPwdAge", "-37108517437440"), is("minPwdAge", "0"), is("minPwdLength", "0"), is("pwdHistoryLength", "0"), is("pwdProperties", "0"),
		is("nextRid", "1000"), is("modifiedCount", "1"), is("modifiedCountAtLastProm", "0"), is("serverState", "1"), is("uASCompat", "1"),
	}, fixed...)})
	d.deleted = f.plant(d, p, seedling{
		parent: head, class: "container", rdn: "Deleted Objects",
		sd:    security.MustSDDL("O:SYG:SYD:PAI(A;;LCRP;;;BA)(A;;RPWPCCDCLCRCWOWDSDSW;;;SY)", d.base),
		attrs: note("Default container for deleted objects"),
	})
	d.plantSystem(under)
	for _, z := range d.zones {
		z.head = f.plant(d, z, seedling{
			class: "domainDNS", sd: security.MustSDDL("O:SYG:SYD:(A;;RPLCLORC;;;AU)(A;CI;RPWPCRCCDCLCLORCWOWDSDDTSW;;;BA)(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;SY)", d.base),
			attrs: []pair{is("systemFlags", cannotTouch), is("isCriticalSystemObject", "TRUE")},
		})
	}
}

// plantSystem makes what stands below CN=System.
func (d *Domain) plantSystem(under func(*node, string, string, ...pair) *node) {
	f, sys := d.forest, d.system
	sddl := security.AdminSDHolderSDDL
	if f.flavour.samba() {
		sddl = security.SambaAdminSDHolderSDDL
	}
	d.holder = f.plant(d, d.part, seedling{
		parent: sys, class: "container", rdn: "AdminSDHolder", sd: security.MustSDDL(sddl, d.base),
		attrs: []pair{is("systemFlags", cannotTouch), is("isCriticalSystemObject", "TRUE")},
	})
	d.psc = under(sys, "msDS-PasswordSettingsContainer", "Password Settings Container", is("isCriticalSystemObject", "TRUE"))
	under(sys, "rIDManager", "RID Manager$", is("fSMORoleOwner", d.dcs[0].dsa), is("rIDAvailablePool", "4611686014132422708"), is("isCriticalSystemObject", "TRUE"), is("systemFlags", cannotTouch))
	under(sys, "samServer", "Server", is("systemFlags", cannotTouch), is("isCriticalSystemObject", "TRUE"), is("revision", "65543"))
	policies := under(sys, "container", "Policies")
	for id, name := range map[string]string{"{31B2F340-016D-11D2-945F-00C04FB984F9}": "Default Domain Policy", "{6AC1786C-016F-11D2-945F-00C04fB984F9}": "Default Domain Controllers Policy"} {
		under(policies, "groupPolicyContainer", id, is("displayName", name), is("gPCFunctionalityVersion", "2"), is("flags", "0"), is("versionNumber", "1"),
			is("gPCFileSysPath", `\\`+d.dns+`\sysvol\`+d.dns+`\Policies\`+id), is("isCriticalSystemObject", "TRUE"), is("systemFlags", cannotTouch))
	}
	under(sys, "domainPolicy", "Default Domain Policy", is("isCriticalSystemObject", "TRUE"))
	for _, name := range []string{"IP Security", "WMIPolicy", "ComPartitions", "ComPartitionSets", "PSPs", "DomainUpdates", "MicrosoftDNS", "RAS and IAS Servers Access Check", "Meetings"} {
		under(sys, "container", name)
	}
}

func wellKnown(dn string) []string {
	var out []string
	for _, w := range [][2]string{
		{"A9D1CA15768811D1ADED00C04FD8D5CD", "CN=Users"},
		{"AA312825768811D1ADED00C04FD8D5CD", "CN=Computers"},
		{"A361B2FFFFD211D1AA4B00C04FD7D83A", "OU=Domain Controllers"},
		{"AB1D30F3768811D1ADED00C04FD8D5CD", "CN=System"},
		{"AB8153B7768811D1ADED00C04FD8D5CD", "CN=LostAndFound"},
		{"2FBAC1870ADE11D297C400C04FD8D5CD", "CN=Infrastructure"},
		{"18E2EA80684F11D2B9AA00C04F79F805", "CN=Deleted Objects"},
		{"22B70C67D56E4EFB91E9300FCA3DC1AA", "CN=ForeignSecurityPrincipals"},
		{"09460C08AE1E4A4EA0F64AEE7DAA1E5A", "CN=Program Data"},
		{"F4BE92A4C777485E878E9421D53087DB", "CN=Microsoft,CN=Program Data"},
		{"6227F0AF1FC2410D8E3BB10615BB5B0F", "CN=NTDS Quotas"},
	} {
		out = append(out, "B:32:"+w[0]+":"+w[1]+","+dn)
	}
	return out
}

func otherWellKnown(dn string) []string {
	return []string{"B:32:1EB93889E40C45DF9F0C64D23BBB6237:CN=Managed Service Accounts," + dn, "B:32:683A24E2E8164BD3AF86AC3C2CF3F981:CN=Keys," + dn}
}

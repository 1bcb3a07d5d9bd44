package directory

import (
	"strconv"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/directory/security"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
	"github.com/ssprlab/ssprlab/internal/secret"
)

type schemaClass = schema.Class

const (
	globalGroup    = "-2147483646"
	localGroup     = "-2147483644"
	universalGroup = "-2147483640"
	builtinGroup   = "-2147483643"
)

// A defaultGroup is one line of the groups a domain is born with.
type defaultGroup struct {
	rid       uint32
	name      string
	kind      string
	protected bool
	rootOnly  bool
	note      string
}

var defaultGroups = []defaultGroup{
	{512, "Domain Admins", globalGroup, true, false, "Designated administrators of the domain"},
	{513, "Domain Users", globalGroup, false, false, "All domain users"},
	{514, "Domain Guests", globalGroup, false, false, "All domain guests"},
	{515, "Domain Computers", globalGroup, false, false, "All workstations and servers joined to the domain"},
	{516, "Domain Controllers", globalGroup, true, false, "All domain controllers in the domain"},
	{517, "Cert Publishers", localGroup, false, false, "Members of this group are permitted to publish certificates to the directory"},
	{518, "Schema Admins", universalGroup, true, true, "Designated administrators of the schema"},
	{519, "Enterprise Admins", universalGroup, true, true, "Designated administrators of the enterprise"},
	{520, "Group Policy Creator Owners", globalGroup, false, false, "Members in this group can modify group policy for the domain"},
	{521, "Read-only Domain Controllers", globalGroup, true, false, "Members of this group are Read-Only Domain Controllers in the domain"},
	{522, "Cloneable Domain Controllers", globalGroup, false, false, "Members of this group that are domain controllers may be cloned."},
	{498, "Enterprise Read-only Domain Controllers", universalGroup, false, true, "Members of this group are Read-Only Domain Controllers in the enterprise"},
	{525, "Protected Users", globalGroup, false, false, "Members of this group are afforded additional protections against authentication security threats."},
	{526, "Key Admins", globalGroup, true, false, "Members of this group can perform administrative actions on key objects within the domain."},
	{527, "Enterprise Key Admins", universalGroup, true, true, "Members of this group can perform administrative actions on key objects within the forest."},
	{553, "RAS and IAS Servers", localGroup, false, false, "Servers in this group can access remote access properties of users"},
	{571, "Allowed RODC Password Replication Group", localGroup, false, false, "Members in this group can have their passwords replicated to all read-only domain controllers in the domain"},
	{572, "Denied RODC Password Replication Group", localGroup, false, false, "Members in this group cannot have their passwords replicated to any read-only domain controllers in the domain"},
}

var builtinGroups = []defaultGroup{
	{544, "Administrators", builtinGroup, true, false, "Administrators have complete and unrestricted access to the computer/domain"},
	{545, "Users", builtinGroup, false, false, "Users are prevented from making accidental or intentional system-wide changes and can run most applications"},
	{546, "Guests", builtinGroup, false, false, "Guests have the same access as members of the Users group by default, except for the Guest account which is further restricted"},
	{548, "Account Operators", builtinGroup, true, false, "Members can administer domain user and group accounts"},
	{549, "Server Operators", builtinGroup, true, false, "Members can administer domain servers"},
	{550, "Print Operators", builtinGroup, true, false, "Members can administer printers installed on domain controllers"},
	{551, "Backup Operators", builtinGroup, true, false, "Backup Operators can override security restrictions for the sole purpose of backing up or restoring files"},
	{552, "Replicator", builtinGroup, true, false, "Supports file replication in a domain"},
	{554, "Pre-Windows 2000 Compatible Access", builtinGroup, false, false, "A backward compatibility group which allows read access on all users and groups in the domain"},
	{555, "Remote Desktop Users", builtinGroup, false, false, "Members in this group are granted the right to logon remotely"},
	{556, "Network Configuration Operators", builtinGroup, false, false, "Members in this group can have some administrative privileges to manage configuration of networking features"},
	{557, "Incoming Forest Trust Builders", builtinGroup, false, true, "Members of this group can create incoming, one-way trusts to this forest"},
	{558, "Performance Monitor Users", builtinGroup, false, false, "Members of this group can access performance counter data locally and remotely"},
	{559, "Performance Log Users", builtinGroup, false, false, "Members of this group may schedule logging of performance counters"},
	{560, "Windows Authorization Access Group", builtinGroup, false, false, "Members of this group have access to the computed tokenGroupsGlobalAndUniversal attribute on User objects"},
	{561, "Terminal Server License Servers", builtinGroup, false, false, "Members of this group can update user accounts in Active Directory with information about license issuance"},
	{562, "Distributed COM Users", builtinGroup, false, false, "Members are allowed to launch, activate and use Distributed COM objects on this machine."},
	{568, "IIS_IUSRS", builtinGroup, false, false, "Built-in group used by Internet Information Services."},
	{569, "Cryptographic Operators", builtinGroup, false, false, "Members are authorized to perform cryptographic operations."},
	{573, "Event Log Readers", builtinGroup, false, false, "Members of this group can read event logs from local machine"},
	{574, "Certificate Service DCOM Access", builtinGroup, false, false, "Members of this group are allowed to connect to Certification Authorities in the enterprise"},
}

// plantAccounts makes the accounts and groups of a fresh domain and their
// memberships.
func (d *Domain) plantAccounts() {
	f := d.forest
	samba := f.flavour.samba()
	group := func(parent *node, base security.SID, g defaultGroup) {
		t, _ := strconv.Atoi(g.kind)
		flags := "-1946157056"
		attrs := []pair{
			is("sAMAccountName", g.name), is("groupType", g.kind), is("description", g.note), is("isCriticalSystemObject", "TRUE"),
			is("sAMAccountType", strconv.FormatUint(uint64(domain.GroupType(t).SAMAccountType()), 10)),
		}
		if g.kind == builtinGroup {
			attrs = append(attrs, is("systemFlags", flags))
		}
		s := seedling{parent: parent, class: "group", rdn: g.name, sid: base.WithRID(g.rid), attrs: attrs}
		if g.protected && (!samba || g.rid < 526) {
			s.attrs = append(s.attrs, is("adminCount", "1"))
			if !samba {
				s.sd = d.holder.obj.Load().sd
			}
		}
		f.plant(d, d.part, s)
	}
	for _, g := range builtinGroups {
		group(d.builtin, security.Builtin, g)
	}
	for _, g := range defaultGroups {
		if g.rootOnly && d != f.root || samba && (g.rid == 526 || g.rid == 527) {
			continue
		}
		group(d.users, d.sid, g)
	}
	admin := d.plantUser(500, "Administrator", "Built-in account for administering the computer/domain", 512, true)
	guest := d.plantUser(501, "Guest", "Built-in account for guest access to the computer/domain", 66082, false)
	krbtgt := d.plantUser(502, "krbtgt", "Key Distribution Center Service Account", 514, true)
	d.plantComputers()
	d.plantMemberships(admin, guest, krbtgt)
}

func (d *Domain) plantUser(rid uint32, name, note string, control int, protected bool) *node {
	f := d.forest
	primary := "513"
	if rid == 501 {
		primary = "514"
	}
	s := seedling{parent: d.users, class: "user", rdn: name, sid: d.sid.WithRID(rid), attrs: []pair{
		is("sAMAccountName", name), is("sAMAccountType", "805306368"), is("userAccountControl", strconv.Itoa(control)), is("primaryGroupID", primary),
		is("description", note), is("accountExpires", "9223372036854775807"), is("pwdLastSet", "0"), is("codePage", "0"), is("countryCode", "0"),
		is("isCriticalSystemObject", "TRUE"),
	}}
	if rid == 502 {
		s.attrs = append(s.attrs, is("showInAdvancedViewOnly", "TRUE"), is("servicePrincipalName", "kadmin/changepw"))
	}
	if protected {
		s.attrs = append(s.attrs, is("adminCount", "1"))
		if !f.flavour.samba() {
			s.sd = d.holder.obj.Load().sd
		}
	}
	return f.plant(d, d.part, s)
}

// plantComputers makes the accounts of the domain controllers.
func (d *Domain) plantComputers() {
	f := d.forest
	unit, _ := f.lookup(f.parseOwn("OU=Domain Controllers," + d.part.dn))
	for _, dc := range d.dcs {
		control, primary := "532480", "516"
		if dc.cfg.ReadOnly {
			control, primary = "83890176", "521"
		}
		host := dc.HostName()
		dc.sid = d.sid.WithRID(d.nextRID)
		f.plant(d, d.part, seedling{parent: unit, class: "computer", rdn: dc.name, sid: d.sid.WithRID(d.nextRID), attrs: []pair{
			is("sAMAccountName", dc.name+"$"), is("sAMAccountType", "805306369"), is("userAccountControl", control), is("primaryGroupID", primary),
			is("accountExpires", "9223372036854775807"), is("pwdLastSet", domain.FileTimeOf(f.created).String()), is("codePage", "0"), is("countryCode", "0"),
			is("dNSHostName", host), is("operatingSystem", "Windows Server 2022 Standard"), is("isCriticalSystemObject", "TRUE"), is("localPolicyFlags", "0"),
			is("servicePrincipalName", "ldap/"+host, "ldap/"+dc.name, "HOST/"+host, "HOST/"+dc.name, "GC/"+host+"/"+f.root.dns),
			is("msDS-SupportedEncryptionTypes", "28"),
		}})
		d.nextRID++
	}
}

// plantMemberships fills the default groups.
func (d *Domain) plantMemberships(admin, guest, krbtgt *node) {
	f := d.forest
	domainGroup := func(rid uint32) *node { return f.bySID[d.sid.WithRID(rid)] }
	builtin := func(rid uint32) *node { return d.builtinNode(rid) }
	add := func(group *node, members ...*node) {
		for _, m := range members {
			if group != nil && m != nil {
				f.join(group, "member", m)
			}
		}
	}
	foreign := func(sid security.SID) *node {
		return f.plant(d, d.part, seedling{parent: d.foreign, class: "foreignSecurityPrincipal", rdn: sid.String(), sid: sid})
	}
	authenticated, interactive, enterprise := foreign(security.AuthenticatedUsers), foreign(security.Interactive), foreign(security.EnterpriseDomainControllers)
	enterpriseAdmins := f.bySID[f.root.sid.WithRID(519)]
	add(builtin(544), admin, enterpriseAdmins, domainGroup(512))
	add(builtin(545), authenticated, interactive, domainGroup(513))
	add(builtin(546), guest, domainGroup(514))
	add(builtin(554), authenticated)
	add(builtin(560), enterprise)
	add(builtin(568), foreign(security.MustSID("S-1-5-17")))
	add(domainGroup(512), admin)
	add(domainGroup(518), admin)
	add(domainGroup(519), admin)
	add(domainGroup(520), admin)
	for _, dc := range d.dcs {
		if own := f.bySID[dc.sid]; own != nil && dc.cfg.ReadOnly {
			f.join(own, "msDS-RevealOnDemandGroup", domainGroup(571))
			for _, g := range []*node{domainGroup(572), builtin(544), builtin(548), builtin(549), builtin(551)} {
				f.join(own, "msDS-NeverRevealGroup", g)
			}
		}
	}
	add(domainGroup(572), krbtgt, domainGroup(516), domainGroup(518), domainGroup(519), domainGroup(517), domainGroup(512), domainGroup(520), domainGroup(521))
}

// builtinNode finds a group of the Builtin domain; every domain has its own.
func (d *Domain) builtinNode(rid uint32) *node {
	sid := security.Builtin.WithRID(rid)
	if d.builtin.kids == nil {
		return nil
	}
	for _, n := range d.builtin.kids.list {
		if n != nil && n.obj.Load().sid == sid {
			return n
		}
	}
	return nil
}

// givePassword sets a password at provisioning, whatever the policy says.
func (d *Domain) givePassword(n *node, password secret.Text) {
	f := d.forest
	o := n.obj.Load().clone()
	hash := domain.ClearText(password.Reveal()).NTHash()
	o.secret = &secrets{has: true, current: hash, history: []domain.NTHash{hash}, changed: domain.FileTimeOf(f.created), version: 1}
	o.set(f.k.pwdLastSet, 1, oneValue(domain.FileTimeOf(f.created).String()))
	n.obj.Store(o)
}

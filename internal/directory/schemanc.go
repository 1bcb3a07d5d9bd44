package directory

import (
	"strconv"
	"strings"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
)

// plantSchema makes the entries of the schema naming context and the subschema
// entry.
func (f *Forest) plantSchema() {
	p := f.schemaNC
	for _, a := range f.schema.Attributes {
		f.plant(f.root, p, seedling{parent: p.head, class: "attributeSchema", rdn: a.CN, attrs: attributeEntry(a)})
	}
	for _, c := range f.schema.Classes {
		f.plant(f.root, p, seedling{parent: p.head, class: "classSchema", rdn: c.CN, attrs: f.classEntry(c)})
	}
	f.plant(f.root, p, seedling{parent: p.head, class: "subSchema", rdn: "Aggregate", attrs: []pair{is("systemFlags", "134217728")}})
}

func truth01(b bool) string { return strings.ToUpper(strconv.FormatBool(b)) }

func attributeEntry(a *schema.Attribute) []pair {
	g := a.GUID
	out := []pair{
		is("lDAPDisplayName", a.Name), is("attributeID", a.OID), is("attributeSyntax", a.Syntax.OID()), is("oMSyntax", strconv.Itoa(a.OMSyntax)),
		is("isSingleValued", truth01(a.Single)), is("searchFlags", strconv.Itoa(a.SearchFlags)), is("systemFlags", strconv.Itoa(a.SystemFlags)),
		is("systemOnly", truth01(a.SystemOnly)), is("schemaIDGUID", string(g[:])), is("adminDisplayName", a.CN), is("adminDescription", a.CN),
		is("showInAdvancedViewOnly", "TRUE"),
	}
	if a.HasLower {
		out = append(out, is("rangeLower", strconv.FormatInt(a.Lower, 10)))
	}
	if a.HasUpper {
		out = append(out, is("rangeUpper", strconv.FormatInt(a.Upper, 10)))
	}
	if a.Link != 0 {
		out = append(out, is("linkID", strconv.Itoa(a.Link)))
	}
	if a.Global {
		out = append(out, is("isMemberOfPartialAttributeSet", "TRUE"))
	}
	if !a.Set.IsZero() {
		set := a.Set
		out = append(out, is("attributeSecurityGUID", string(set[:])))
	}
	return out
}

func (f *Forest) classEntry(c *schema.Class) []pair {
	g := c.GUID
	parent := "top"
	if c.Parent != nil {
		parent = c.Parent.Name
	}
	out := []pair{
		is("lDAPDisplayName", c.Name), is("governsID", c.OID), is("subClassOf", parent), is("objectClassCategory", strconv.Itoa(int(c.Kind))),
		is("schemaIDGUID", string(g[:])), is("rDNAttID", c.RDN.Name), is("defaultObjectCategory", f.categories[c.ID]), is("systemOnly", truth01(c.SystemOnly)),
		is("defaultHidingValue", truth01(c.Hidden)), is("adminDisplayName", c.CN), is("adminDescription", c.CN), is("showInAdvancedViewOnly", "TRUE"),
	}
	if c.SDDL != "" {
		out = append(out, is("defaultSecurityDescriptor", c.SDDL))
	}
	for name, list := range map[string][]string{"systemMustContain": c.OwnMust, "systemMayContain": c.OwnMay, "systemPossSuperiors": c.OwnPoss, "systemAuxiliaryClass": c.OwnAux} {
		if len(list) > 0 {
			out = append(out, is(name, append([]string{}, list...)...))
		}
	}
	return out
}

// An extendedRight is one controlAccessRight object: a right, a validated write
// or a property set.
type extendedRight struct {
	name, display, guid string
	access              int // 256 right, 48 property set, 8 validated write
	applies             string
}

const (
	rightAccess = 256
	setAccess   = 48
	selfAccess  = 8
)

var extendedRights = []extendedRight{
	{"User-Force-Change-Password", "Reset Password", "00299570-246d-11d0-a768-00aa006e0529", rightAccess, "user inetOrgPerson computer msDS-ManagedServiceAccount"},
	{"User-Change-Password", "Change Password", "ab721a53-1e2f-11d0-9819-00aa0040529b", rightAccess, "user inetOrgPerson computer msDS-ManagedServiceAccount"},
	{"Unexpire-Password", "Unexpire Password", "ccc2dc7d-a6ad-4a7a-8846-c04e3cc53501", rightAccess, "domainDNS"},
	{"Update-Password-Not-Required-Bit", "Update Password Not Required Bit", "280f369c-67c7-438e-ae98-1d46f3c6f541", rightAccess, "domainDNS"},
	{"Enable-Per-User-Reversibly-Encrypted-Password", "Enable Per User Reversibly Encrypted Password", "05c74c5e-4deb-43b4-bd9f-86664c2a7fd5", rightAccess, "domainDNS"},
	{"Send-As", "Send As", "ab721a54-1e2f-11d0-9819-00aa0040529b", rightAccess, "user inetOrgPerson computer group msDS-ManagedServiceAccount"},
	{"Receive-As", "Receive As", "ab721a56-1e2f-11d0-9819-00aa0040529b", rightAccess, "user inetOrgPerson computer msDS-ManagedServiceAccount"},
	{"Send-To", "Send To", "ab721a55-1e2f-11d0-9819-00aa0040529b", rightAccess, "group"},
	{"Reanimate-Tombstones", "Reanimate Tombstones", "45ec5156-db7e-47bb-b53f-dbeb2d03c40f", rightAccess, "domainDNS configuration dMD"},
	{"Run-Protect-Admin-Groups-Task", "Run Protect Admin Groups Task", "7726b9d5-a4b4-4288-a6b2-dce952e80a7f", rightAccess, "domainDNS"},
	{"DS-Replication-Get-Changes", "Replicating Directory Changes", "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2", rightAccess, "domainDNS configuration dMD"},
	{"DS-Replication-Get-Changes-All", "Replicating Directory Changes All", "1131f6ad-9c07-11d1-f79f-00c04fc2dcd2", rightAccess, "domainDNS configuration dMD"},
	{"DS-Replication-Get-Changes-In-Filtered-Set", "Replicating Directory Changes In Filtered Set", "89e95b76-444d-4c62-991a-0facbeda640c", rightAccess, "domainDNS configuration dMD"},
	{"DS-Replication-Synchronize", "Replication Synchronization", "1131f6ab-9c07-11d1-f79f-00c04fc2dcd2", rightAccess, "domainDNS configuration dMD"},
	{"DS-Replication-Manage-Topology", "Manage Replication Topology", "1131f6ac-9c07-11d1-f79f-00c04fc2dcd2", rightAccess, "domainDNS configuration dMD"},
	{"DS-Replication-Monitor-Topology", "Monitor Active Directory Replication", "f98340fb-7c5b-4cdb-a00b-2ebdfa115a96", rightAccess, "domainDNS configuration dMD"},
	{"DS-Replication-Secrets-Synchronize", "Read Only Replication Secret Synchronization", "1131f6ae-9c07-11d1-f79f-00c04fc2dcd2", rightAccess, "domainDNS configuration dMD"},
	{"Create-Inbound-Forest-Trust", "Create Inbound Forest Trust", "e2a36dc9-ae17-47c3-b58b-be34c55ba633", rightAccess, "domainDNS"},
	{"Migrate-SID-History", "Migrate SID History", "ba33815a-4f93-4c76-87f3-57574bff8109", rightAccess, "domainDNS"},
	{"Change-PDC", "Change PDC", "bae50096-4752-11d1-9052-00c04fc2d4cf", rightAccess, "domainDNS"},
	{"Change-Rid-Master", "Change Rid Master", "d58d5f36-0a98-11d1-adbb-00c04fd8d5cd", rightAccess, "rIDManager"},
	{"Change-Schema-Master", "Change Schema Master", "e12b56b6-0a95-11d1-adbb-00c04fd8d5cd", rightAccess, "dMD"},
	{"Change-Domain-Master", "Change Domain Master", "014bc69c-7b3b-11d1-85f6-08002be74fab", rightAccess, "crossRefContainer"},
	{"Change-Infrastructure-Master", "Change Infrastructure Master", "cc17b1fb-33d9-11d2-97d4-00c04fd8d5cd", rightAccess, "infrastructureUpdate"},
	{"Update-Schema-Cache", "Update Schema Cache", "be2bb760-7f46-11d2-b9ad-00c04f79f805", rightAccess, "dMD"},
	{"Recalculate-Security-Inheritance", "Recalculate Security Inheritance", "0bc1554e-0a99-11d1-adbb-00c04fd8d5cd", rightAccess, "nTDSDSA"},
	{"Apply-Group-Policy", "Apply Group Policy", "edacfd8f-ffb3-11d1-b41d-00a0c968f939", rightAccess, "groupPolicyContainer"},
	{"Add-GUID", "Add GUID", "440820ad-65b4-11d1-a3da-0000f875ae0d", rightAccess, "domainDNS configuration dMD"},
	{"Manage-Optional-Features", "Manage Optional Features", "7c0e2a7c-a419-48e4-a995-10180aad54dd", rightAccess, "crossRefContainer"},
	{"Allowed-To-Authenticate", "Allowed to Authenticate", "68b1d179-0d15-4d4f-ab71-46152e79a7bc", rightAccess, "user inetOrgPerson computer msDS-ManagedServiceAccount"},
	{"Self-Membership", "Add/Remove self as member", "bf9679c0-0de6-11d0-a285-00aa003049e2", selfAccess, "group"},
	{"Validated-SPN", "Validated write to service principal name", "f3a64788-5306-11d1-a9c5-0000f80367c1", selfAccess, "computer"},
	{"Validated-DNS-Host-Name", "Validated write to DNS host name", "72e39547-7b18-11d1-adef-00c04fd8d5cd", selfAccess, "computer"},
	{"User-Account-Restrictions", "Account Restrictions", "4c164200-20c0-11d0-a768-00aa006e0529", setAccess, "user inetOrgPerson computer"},
	{"User-Logon", "Logon Information", "5f202010-79a5-11d0-9020-00c04fc2d4cf", setAccess, "user inetOrgPerson"},
	{"Domain-Password", "Domain Password & Lockout Policies", "c7407360-20bf-11d0-a768-00aa006e0529", setAccess, "domainDNS"},
	{"Domain-Other-Parameters", "Other Domain Parameters (for use by SAM)", "b8119fd0-04f6-4762-ab7a-4986c76b3f9a", setAccess, "domainDNS"},
	{"General-Information", "General Information", "59ba2f42-79a2-11d0-9020-00c04fc2d3cf", setAccess, "user inetOrgPerson"},
	{"Public-Information", "Public Information", "e48d0154-bcf8-11d1-8702-00c04fb96050", setAccess, "user inetOrgPerson computer"},
	{"Personal-Information", "Personal Information", "77b5b886-944a-11d1-aebd-0000f80367c1", setAccess, "user inetOrgPerson computer contact"},
	{"Private-Information", "Private Information", "91e647de-d96f-4b70-9557-d63ff4f3ccd8", setAccess, "user inetOrgPerson"},
	{"Web-Information", "Web Information", "e45795b3-9455-11d1-aebd-0000f80367c1", setAccess, "user inetOrgPerson contact"},
	{"Email-Information", "Phone and Mail Options", "e45795b2-9455-11d1-aebd-0000f80367c1", setAccess, "user inetOrgPerson group"},
	{"Membership", "Group Membership", "bc0ac240-79a9-11d0-9020-00c04fc2d4cf", setAccess, "user inetOrgPerson"},
	{"RAS-Information", "Remote Access Information", "037088f8-0ae1-11d2-b422-00a0c968f939", setAccess, "user inetOrgPerson"},
}

// plantRights makes the container of extended rights.
func (f *Forest) plantRights(parent *node) {
	for _, r := range extendedRights {
		var applies []string
		for class := range strings.FieldsSeq(r.applies) {
			applies = append(applies, f.schema.MustClass(class).GUID.String())
		}
		f.plant(f.root, f.config, seedling{parent: parent, class: "controlAccessRight", rdn: r.name, attrs: []pair{
			is("displayName", r.display), is("rightsGuid", r.guid), is("validAccesses", strconv.Itoa(r.access)), is("appliesTo", applies...), is("showInAdvancedViewOnly", "TRUE"),
		}})
	}
}

// plantSpecifiers makes the display specifiers of English that tools look for.
func (f *Forest) plantSpecifiers(parent *node) {
	english := f.plant(f.root, f.config, seedling{parent: parent, class: "container", rdn: "409"})
	for class, name := range map[string]string{
		"user": "User", "group": "Group", "computer": "Computer", "organizationalUnit": "Organizational Unit", "contact": "Contact",
		"inetOrgPerson": "InetOrgPerson", "domainDNS": "Domain", "container": "Container", "msDS-PasswordSettings": "Password Settings",
	} {
		f.plant(f.root, f.config, seedling{parent: english, class: "displaySpecifier", rdn: class + "-Display", attrs: []pair{is("classDisplayName", name), is("showInAdvancedViewOnly", "TRUE")}})
	}
}

package directory

import (
	"strings"

	"github.com/ssprlab/ssprlab/internal/directory/security"
)

// rootModifications lists the writable attributes of the rootDSE that are
// carried out (MS-ADTS 3.1.1.3.3).
func rootModifications() []string {
	return []string{"becomePdc", "becomeRidMaster", "becomeInfrastructureMaster", "becomeSchemaMaster", "becomeDomainMaster", "enableOptionalFeature", "fixupInheritance", "runProtectAdminGroupsTask", "schemaUpdateNow", "doGarbageCollection", "dumpDatabase", "replicateSingleObject", "rODCPurgeAccount"}
}

// modifyRoot carries out an operation that is written as a modify of the
// rootDSE.
func (s *session) modifyRoot(m ModifyRequest) *refusal {
	if r := s.notBound(); r != nil {
		return r
	}
	if s.req.Channel.GlobalCatalog || !forReplica(m) {
		if r := s.writable(""); r != nil {
			return r
		}
	}
	if len(m.Changes) != 1 || len(m.Changes[0].Values) != 1 {
		return svcErr(UnwillingToPerform, dsUnwilling, "031A124C").said(s.f.flavour, UnwillingToPerform, "00002035: rootDSE: one change with one value, please")
	}
	c := m.Changes[0]
	value := string(c.Values[0])
	d := s.dc.domain
	head := d.part.head.obj.Load()
	samba := s.f.flavour.samba()
	switch strings.ToLower(c.Name) {
	case "schemaupdatenow":
		if !s.holds(s.f.schemaNC.head.obj.Load(), rightUpdateSchemaCache) && !s.who.Has(security.BuiltinAdministrators) {
			return secErr(errorAccessDenied, "031A124D").said(s.f.flavour, InsufficientAccessRights, "00002098: rootDSE: access denied")
		}
		return nil
	case "runprotectadmingroupstask":
		if samba {
			break
		}
		if !s.holds(head, rightProtectTask) && !s.who.Has(security.BuiltinAdministrators) {
			return secErr(errorAccessDenied, "031A124D")
		}
		if d.PDC() != s.dc {
			return svcErr(UnwillingToPerform, dsInvalidRoleOwner, "031A1253")
		}
		d.ProtectAdminGroups(s.now)
		return nil
	case "fixupinheritance":
		if samba {
			break
		}
		if !s.holds(head, rightRecalcInheritance) && !s.who.Has(security.BuiltinAdministrators) {
			return secErr(errorAccessDenied, "031A124D")
		}
		return s.fixup(d)
	case "dogarbagecollection", "doonlinedefrag":
		if samba {
			break
		}
		if !s.who.Has(security.BuiltinAdministrators) && !s.holds(s.settings(), rightCollectGarbage) {
			return secErr(errorAccessDenied, "031A124D")
		}
		if strings.EqualFold(c.Name, "doGarbageCollection") {
			s.f.collectGarbage(s.now)
		}
		return nil
	case "dumpdatabase":
		// The dump is a file on the domain controller's disk, which nobody
		// reads over LDAP (MS-ADTS 3.1.1.3.3.9).
		if samba {
			break
		}
		if !s.who.Has(security.BuiltinAdministrators) {
			return secErr(errorAccessDenied, "031A124D")
		}
		return nil
	case "rodcpurgeaccount":
		if samba {
			break
		}
		return s.purge(value)
	case "replicatesingleobject":
		if samba {
			break
		}
		return s.replicateOne(value)
	case "enableoptionalfeature":
		return s.enableFeature(value)
	}
	for _, r := range s.f.roles() {
		if strings.EqualFold(r.become, c.Name) {
			return s.become(r, value)
		}
	}
	return svcErr(UnwillingToPerform, dsUnwilling, "031A124C").said(s.f.flavour, UnwillingToPerform, "00002035: rootDSE: unknown attribute to change!")
}

// settings is the NTDS Settings object of this domain controller.
func (s *session) settings() *object {
	s.f.mu.RLock()
	defer s.f.mu.RUnlock()
	if n := s.f.byGUID[s.dc.guid]; n != nil {
		return n.obj.Load()
	}
	return s.f.config.head.obj.Load()
}

// forReplica reports the operations that a read-only domain controller carries
// out, too: they change what it has, not what the domain is.
func forReplica(m ModifyRequest) bool {
	return len(m.Changes) == 1 && (strings.EqualFold(m.Changes[0].Name, "rODCPurgeAccount") || strings.EqualFold(m.Changes[0].Name, "replicateSingleObject"))
}

// fixup computes the inherited entries of a whole domain again.
func (s *session) fixup(d *Domain) *refusal {
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	t := s.begin()
	t.propagate(d.part.head)
	return t.commit()
}

// enableFeature switches the recycle bin on, for ever (MS-ADTS 3.1.1.3.3.28,
// 3.1.1.9). value is the scope's DN, a colon and the GUID of the feature.
func (s *session) enableFeature(value string) *refusal {
	f := s.f
	if f.flavour.samba() && !s.who.system {
		return sambaf(UnwillingToPerform, "00002035: rootdse: Insufficient rights for enableoptionalfeature")
	}
	invalid := svcErr(OperationsError, errorInvalidParameter, "031A124E")
	unsupported := svcErr(UnwillingToPerform, errorNotSupported, "031A124F")
	cut := strings.LastIndexByte(value, ':')
	if cut < 0 {
		return invalid
	}
	g, err := security.ParseGUID(value[cut+1:])
	form, malformed := f.names.parseForm(value[:cut])
	if err != nil || g != recycleBinFeature || malformed != nil {
		return invalid
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fillAll(f.config.head)
	scope := f.findForm(nil, form, s.dc.domain)
	partitions, _ := f.lookup(f.partitionsName())
	naming := f.dcNamed(partitions.obj.Load().text(f.k.fSMORoleOwner))
	switch {
	case scope == nil:
		return invalid
	case !s.who.system && !s.holds(scope.obj.Load(), rightManageFeatures):
		return secErr(errorAccessDenied, "031A124D")
	case scope != partitions, f.root.level < featureLevel, naming != s.dc:
		return unsupported
	case f.recycleBin.Load():
		return atrErr(AttributeOrValueExists, dsAttValAlreadyExists, "031A1250", attOrValueExists, f.k.enabledFeature, -1)
	}
	feature, _ := f.lookup(append(dname{{f.k.cn, "Recycle Bin Feature"}, {f.k.cn, "Optional Features"}}, f.serviceName()...))
	t := s.dc.itself(s.now).begin()
	for _, n := range f.nodes {
		// A tombstone has lost what the bin would keep: it is a recycled object.
		if o := n.obj.Load(); o != nil && o.deleted && !o.recycled && !o.ended {
			t.edit(n, true).recycled = true
		}
	}
	t.link(partitions, f.k.enabledFeature, feature)
	for _, d := range f.domains {
		for _, dc := range d.dcs {
			if settings := f.byGUID[dc.guid]; settings != nil {
				t.link(settings, f.k.enabledFeature, feature)
			}
		}
	}
	return t.commit()
}

// featureLevel is the forest functional level that the recycle bin needs:
// Windows Server 2008 R2.
const featureLevel = 4

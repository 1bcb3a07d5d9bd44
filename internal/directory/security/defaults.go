package security

// The descriptors of a fresh domain, in SDDL. They are parsed once a domain,
// with its own [Base].
const (
	// DomainHeadSDDL is the defaultSecurityDescriptor of class domainDNS (MS-ADSC
	// 2.44): what the domain head carries and everything below it inherits.
	DomainHeadSDDL = "O:BAG:BAD:AI" +
		"(A;;RP;;;WD)" +
		"(OA;;CR;1131f6aa-9c07-11d1-f79f-00c04fc2dcd2;;ED)" +
		"(OA;;CR;1131f6ab-9c07-11d1-f79f-00c04fc2dcd2;;ED)" +
		"(OA;;CR;1131f6ac-9c07-11d1-f79f-00c04fc2dcd2;;ED)" +
		"(OA;;CR;1131f6aa-9c07-11d1-f79f-00c04fc2dcd2;;BA)" +
		"(OA;;CR;1131f6ab-9c07-11d1-f79f-00c04fc2dcd2;;BA)" +
		"(OA;;CR;1131f6ac-9c07-11d1-f79f-00c04fc2dcd2;;BA)" +
		"(A;;RPLCLORC;;;AU)" +
		"(A;;RPWPCRLCLOCCRCWDWOSW;;;DA)" +
		"(A;CI;RPWPCRLCLOCCRCWDWOSDSW;;;BA)" +
		"(A;;RPWPCRLCLOCCDCRCWDWOSDDTSW;;;SY)" +
		"(A;CI;RPWPCRLCLOCCDCRCWDWOSDDTSW;;;EA)" +
		"(A;CI;LC;;;RU)" +
		"(OA;CIIO;RP;037088f8-0ae1-11d2-b422-00a0c968f939;bf967aba-0de6-11d0-a285-00aa003049e2;RU)" +
		"(OA;CIIO;RP;59ba2f42-79a2-11d0-9020-00c04fc2d3cf;bf967aba-0de6-11d0-a285-00aa003049e2;RU)" +
		"(OA;CIIO;RP;bc0ac240-79a9-11d0-9020-00c04fc2d4cf;bf967aba-0de6-11d0-a285-00aa003049e2;RU)" +
		"(OA;CIIO;RP;4c164200-20c0-11d0-a768-00aa006e0529;bf967aba-0de6-11d0-a285-00aa003049e2;RU)" +
		"(OA;CIIO;RP;5f202010-79a5-11d0-9020-00c04fc2d4cf;bf967aba-0de6-11d0-a285-00aa003049e2;RU)" +
		"(OA;;RP;c7407360-20bf-11d0-a768-00aa006e0529;;RU)" +
		"(OA;CIIO;RPLCLORC;;bf967a9c-0de6-11d0-a285-00aa003049e2;RU)" +
		"(A;;RPRC;;;RU)" +
		"(OA;CIIO;RPLCLORC;;bf967aba-0de6-11d0-a285-00aa003049e2;RU)" +
		"(A;;LCRPLORC;;;ED)" +
		"(OA;CIIO;RP;037088f8-0ae1-11d2-b422-00a0c968f939;4828cc14-1437-45bc-9b07-ad6f015e5f28;RU)" +
		"(OA;CIIO;RP;59ba2f42-79a2-11d0-9020-00c04fc2d3cf;4828cc14-1437-45bc-9b07-ad6f015e5f28;RU)" +
		"(OA;CIIO;RP;bc0ac240-79a9-11d0-9020-00c04fc2d4cf;4828cc14-1437-45bc-9b07-ad6f015e5f28;RU)" +
		"(OA;CIIO;RP;4c164200-20c0-11d0-a768-00aa006e0529;4828cc14-1437-45bc-9b07-ad6f015e5f28;RU)" +
		"(OA;CIIO;RP;5f202010-79a5-11d0-9020-00c04fc2d4cf;4828cc14-1437-45bc-9b07-ad6f015e5f28;RU)" +
		"(OA;CIIO;RPLCLORC;;4828cc14-1437-45bc-9b07-ad6f015e5f28;RU)" +
		"(OA;;RP;b8119fd0-04f6-4762-ab7a-4986c76b3f9a;;RU)" +
		"(OA;;RP;b8119fd0-04f6-4762-ab7a-4986c76b3f9a;;AU)" +
		"(OA;CIIO;RP;b7c69e6d-2cc7-11d2-854e-00a0c983f608;bf967aba-0de6-11d0-a285-00aa003049e2;ED)" +
		"(OA;CIIO;RP;b7c69e6d-2cc7-11d2-854e-00a0c983f608;bf967a9c-0de6-11d0-a285-00aa003049e2;ED)" +
		"(OA;CIIO;RP;b7c69e6d-2cc7-11d2-854e-00a0c983f608;bf967a86-0de6-11d0-a285-00aa003049e2;ED)" +
		"(OA;CIIO;WP;ea1b7b93-5e48-46d5-bc6c-4df4fda78a35;bf967a86-0de6-11d0-a285-00aa003049e2;PS)" +
		"(OA;;CR;1131f6ad-9c07-11d1-f79f-00c04fc2dcd2;;DD)" +
		"(OA;;CR;89e95b76-444d-4c62-991a-0facbeda640c;;ED)" +
		"(OA;;CR;1131f6ad-9c07-11d1-f79f-00c04fc2dcd2;;BA)" +
		"(OA;;CR;89e95b76-444d-4c62-991a-0facbeda640c;;BA)" +
		"(OA;;CR;e2a36dc9-ae17-47c3-b58b-be34c55ba633;;S-1-5-32-557)" +
		"(OA;;CR;280f369c-67c7-438e-ae98-1d46f3c6f541;;AU)" +
		"(OA;;CR;ccc2dc7d-a6ad-4a7a-8846-c04e3cc53501;;AU)" +
		"(OA;;CR;05c74c5e-4deb-43b4-bd9f-86664c2a7fd5;;AU)" +
		"(OA;;CR;1131f6ae-9c07-11d1-f79f-00c04fc2dcd2;;ED)" +
		"(OA;;CR;1131f6ae-9c07-11d1-f79f-00c04fc2dcd2;;BA)" +
		"(OA;CIIO;RPWPCR;91e647de-d96f-4b70-9557-d63ff4f3ccd8;;PS)" +
		"(OA;CIOI;RPWP;3f78c3e5-f79a-46bd-a0b8-9d18116ddc79;;PS)" +
		"S:" +
		"(AU;SA;WDWOWP;;;WD)" +
		"(AU;SA;CR;;;BA)" +
		"(AU;SA;CR;;;DU)" +
		"(OU;CISA;WP;f30e3bbe-9ff0-11d1-b603-0000f80367c1;bf967aa5-0de6-11d0-a285-00aa003049e2;WD)" +
		"(OU;CISA;WP;f30e3bbf-9ff0-11d1-b603-0000f80367c1;bf967aa5-0de6-11d0-a285-00aa003049e2;WD)"

	// AdminSDHolderSDDL is CN=AdminSDHolder,CN=System on Windows (MS-ADTS 6.1.1.6.1.2).
	// RU read entries name a class as inherited object type without being
	// inheritable: they count on every protected object.
	AdminSDHolderSDDL = "O:DAG:DAD:PAI" +
		"(OA;;RP;4c164200-20c0-11d0-a768-00aa006e0529;4828cc14-1437-45bc-9b07-ad6f015e5f28;RU)" +
		"(OA;;RP;4c164200-20c0-11d0-a768-00aa006e0529;bf967aba-0de6-11d0-a285-00aa003049e2;RU)" +
		"(OA;;RP;5f202010-79a5-11d0-9020-00c04fc2d4cf;4828cc14-1437-45bc-9b07-ad6f015e5f28;RU)" +
		"(OA;;RP;5f202010-79a5-11d0-9020-00c04fc2d4cf;bf967aba-0de6-11d0-a285-00aa003049e2;RU)" +
		"(OA;;RP;bc0ac240-79a9-11d0-9020-00c04fc2d4cf;4828cc14-1437-45bc-9b07-ad6f015e5f28;RU)" +
		"(OA;;RP;bc0ac240-79a9-11d0-9020-00c04fc2d4cf;bf967aba-0de6-11d0-a285-00aa003049e2;RU)" +
		"(OA;;RP;59ba2f42-79a2-11d0-9020-00c04fc2d3cf;4828cc14-1437-45bc-9b07-ad6f015e5f28;RU)" +
		"(OA;;RP;59ba2f42-79a2-11d0-9020-00c04fc2d3cf;bf967aba-0de6-11d0-a285-00aa003049e2;RU)" +
		"(OA;;RP;037088f8-0ae1-11d2-b422-00a0c968f939;4828cc14-1437-45bc-9b07-ad6f015e5f28;RU)" +
		"(OA;;RP;037088f8-0ae1-11d2-b422-00a0c968f939;bf967aba-0de6-11d0-a285-00aa003049e2;RU)" +
		"(OA;;RPWP;bf967a7f-0de6-11d0-a285-00aa003049e2;;CA)" +
		"(OA;;RP;46a9b11d-60ae-405a-b7e8-ff8a58d456d2;;S-1-5-32-560)" +
		"(OA;;RPWP;6db69a1c-9422-11d1-aebd-0000f80367c1;;S-1-5-32-561)" +
		"(OA;;RPWP;5805bc62-bdc9-4428-a5e2-856a0f4c185e;;S-1-5-32-561)" +
		"(OA;;LCRPLORC;;4828cc14-1437-45bc-9b07-ad6f015e5f28;RU)" +
		"(OA;;LCRPLORC;;bf967aba-0de6-11d0-a285-00aa003049e2;RU)" +
		"(OA;;CR;ab721a53-1e2f-11d0-9819-00aa0040529b;;WD)" +
		"(OA;;CR;ab721a53-1e2f-11d0-9819-00aa0040529b;;PS)" +
		"(OA;CI;RPWPCR;91e647de-d96f-4b70-9557-d63ff4f3ccd8;;PS)" +
		"(A;;CCDCLCSWRPWPLOCRRCWDWO;;;DA)" +
		"(A;;CCDCLCSWRPWPLOCRRCWDWO;;;EA)" +
		"(A;;CCDCLCSWRPWPLOCRSDRCWDWO;;;BA)" +
		"(A;;LCRPLORC;;;AU)" +
		"(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;SY)"

	// SambaAdminSDHolderSDDL is what Samba 4.17 gives the same object before
	// inheritance; it is not protected and no task copies it.
	SambaAdminSDHolderSDDL = "O:DAG:DAD:AI" +
		"(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;DA)" +
		"(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;SY)" +
		"(A;;RPLCLORC;;;AU)"
)

// The defaultSecurityDescriptor of each class (MS-ADSC).
const (
	userSDDL = "D:" +
		"(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;DA)" +
		"(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;SY)" +
		"(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;AO)" +
		"(A;;RPLCLORC;;;PS)" +
		"(OA;;CR;ab721a53-1e2f-11d0-9819-00aa0040529b;;PS)" +
		"(OA;;CR;ab721a54-1e2f-11d0-9819-00aa0040529b;;PS)" +
		"(OA;;CR;ab721a56-1e2f-11d0-9819-00aa0040529b;;PS)" +
		"(OA;;RPWP;77b5b886-944a-11d1-aebd-0000f80367c1;;PS)" +
		"(OA;;RPWP;e45795b2-9455-11d1-aebd-0000f80367c1;;PS)" +
		"(OA;;RPWP;e45795b3-9455-11d1-aebd-0000f80367c1;;PS)" +
		"(OA;;RP;037088f8-0ae1-11d2-b422-00a0c968f939;;RS)" +
		"(OA;;RP;4c164200-20c0-11d0-a768-00aa006e0529;;RS)" +
		"(OA;;RP;bc0ac240-79a9-11d0-9020-00c04fc2d4cf;;RS)" +
		"(A;;RC;;;AU)" +
		"(OA;;RP;59ba2f42-79a2-11d0-9020-00c04fc2d3cf;;AU)" +
		"(OA;;RP;77b5b886-944a-11d1-aebd-0000f80367c1;;AU)" +
		"(OA;;RP;e45795b3-9455-11d1-aebd-0000f80367c1;;AU)" +
		"(OA;;RP;e48d0154-bcf8-11d1-8702-00c04fb96050;;AU)" +
		"(OA;;CR;ab721a53-1e2f-11d0-9819-00aa0040529b;;WD)" +
		"(OA;;RP;5f202010-79a5-11d0-9020-00c04fc2d4cf;;RS)" +
		"(OA;;RPWP;bf967a7f-0de6-11d0-a285-00aa003049e2;;CA)" +
		"(OA;;RP;46a9b11d-60ae-405a-b7e8-ff8a58d456d2;;S-1-5-32-560)" +
		"(OA;;RPWP;6db69a1c-9422-11d1-aebd-0000f80367c1;;S-1-5-32-561)" +
		"(OA;;RPWP;5805bc62-bdc9-4428-a5e2-856a0f4c185e;;S-1-5-32-561)"

	groupSDDL = "D:" +
		"(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;DA)" +
		"(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;SY)" +
		"(A;;RPLCLORC;;;AU)" +
		"(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;AO)" +
		"(A;;RPLCLORC;;;PS)" +
		"(OA;;CR;ab721a55-1e2f-11d0-9819-00aa0040529b;;AU)" +
		"(OA;;RP;46a9b11d-60ae-405a-b7e8-ff8a58d456d2;;S-1-5-32-560)"

	organizationalUnitSDDL = "D:" +
		"(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;SY)" +
		"(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;DA)" +
		"(OA;;CCDC;bf967a86-0de6-11d0-a285-00aa003049e2;;AO)" +
		"(OA;;CCDC;bf967aba-0de6-11d0-a285-00aa003049e2;;AO)" +
		"(OA;;CCDC;bf967a9c-0de6-11d0-a285-00aa003049e2;;AO)" +
		"(OA;;CCDC;bf967aa8-0de6-11d0-a285-00aa003049e2;;PO)" +
		"(A;;RPLCLORC;;;AU)" +
		"(A;;LCRPLORC;;;ED)" +
		"(OA;;CCDC;4828cc14-1437-45bc-9b07-ad6f015e5f28;;AO)"

	containerSDDL = "D:" +
		"(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;DA)" +
		"(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;SY)" +
		"(A;;RPLCLORC;;;AU)"

	passwordSettingsSDDL = "D:" +
		"(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;DA)" +
		"(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;SY)"

	foreignSDDL = "D:" +
		"(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;DA)" +
		"(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;SY)" +
		"(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;AO)" +
		"(A;;RPLCLORC;;;PS)" +
		"(OA;;CR;ab721a53-1e2f-11d0-9819-00aa0040529b;;PS)" +
		"(OA;;CR;ab721a54-1e2f-11d0-9819-00aa0040529b;;PS)" +
		"(OA;;CR;ab721a56-1e2f-11d0-9819-00aa0040529b;;PS)" +
		"(OA;;RPWP;77b5b886-944a-11d1-aebd-0000f80367c1;;PS)" +
		"(OA;;RPWP;e45795b2-9455-11d1-aebd-0000f80367c1;;PS)" +
		"(OA;;RPWP;e45795b3-9455-11d1-aebd-0000f80367c1;;PS)" +
		"(A;;RC;;;AU)" +
		"(OA;;RP;59ba2f42-79a2-11d0-9020-00c04fc2d3cf;;AU)" +
		"(OA;;RP;77b5b886-944a-11d1-aebd-0000f80367c1;;AU)" +
		"(OA;;RP;e45795b3-9455-11d1-aebd-0000f80367c1;;AU)" +
		"(OA;;RP;e48d0154-bcf8-11d1-8702-00c04fb96050;;AU)" +
		"(OA;;CR;ab721a53-1e2f-11d0-9819-00aa0040529b;;WD)"

	computerSDDL = "D:" + computerRights

	// groupManagedSDDL keeps everybody from resetting a password that the domain
	// controllers manage.
	groupManagedSDDL = "D:(OD;;CR;00299570-246d-11d0-a768-00aa006e0529;;WD)" + computerRights

	computerRights = "(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;DA)" +
		"(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;AO)" +
		"(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;SY)" +
		"(A;;RPCRLCLORCSDDT;;;CO)" +
		"(OA;;WP;4c164200-20c0-11d0-a768-00aa006e0529;;CO)" +
		"(A;;RPLCLORC;;;AU)" +
		"(OA;;CR;ab721a53-1e2f-11d0-9819-00aa0040529b;;WD)" +
		"(A;;CCDC;;;PS)" +
		"(OA;;CCDC;bf967aa8-0de6-11d0-a285-00aa003049e2;;PO)" +
		"(OA;;RPWP;bf967a7f-0de6-11d0-a285-00aa003049e2;;CA)" +
		"(OA;;SW;f3a64788-5306-11d1-a9c5-0000f80367c1;;PS)" +
		"(OA;;RPWP;77b5b886-944a-11d1-aebd-0000f80367c1;;PS)" +
		"(OA;;SW;72e39547-7b18-11d1-adef-00c04fd8d5cd;;PS)" +
		"(OA;;SW;72e39547-7b18-11d1-adef-00c04fd8d5cd;;CO)" +
		"(OA;;SW;f3a64788-5306-11d1-a9c5-0000f80367c1;;CO)" +
		"(OA;;WP;3e0abfd0-126a-11d0-a060-00aa006c33ed;bf967a86-0de6-11d0-a285-00aa003049e2;CO)" +
		"(OA;;WP;5f202010-79a5-11d0-9020-00c04fc2d4cf;bf967a86-0de6-11d0-a285-00aa003049e2;CO)" +
		"(OA;;WP;bf967950-0de6-11d0-a285-00aa003049e2;bf967a86-0de6-11d0-a285-00aa003049e2;CO)" +
		"(OA;;WP;bf967953-0de6-11d0-a285-00aa003049e2;bf967a86-0de6-11d0-a285-00aa003049e2;CO)" +
		"(OA;;RP;46a9b11d-60ae-405a-b7e8-ff8a58d456d2;;S-1-5-32-560)"
)

// DefaultSDDL returns the defaultSecurityDescriptor of a structural class, by
// its schemaIDGUID. Classes that are not listed have the one most classes
// have: Domain Admins and SYSTEM everything, Authenticated Users read.
func DefaultSDDL(class GUID) string {
	switch class {
	case ClassUser, ClassInetOrgPerson:
		return userSDDL
	case ClassComputer, ClassManagedServiceAccount:
		return computerSDDL
	case ClassGroupManagedServiceAccount:
		return groupManagedSDDL
	case ClassGroup:
		return groupSDDL
	case ClassOrganizationalUnit:
		return organizationalUnitSDDL
	case ClassPasswordSettings, ClassPasswordSettingsContainer:
		return passwordSettingsSDDL
	case ClassForeignSecurityPrincipal:
		return foreignSDDL
	case ClassDomainDNS:
		return DomainHeadSDDL
	}
	return containerSDDL
}

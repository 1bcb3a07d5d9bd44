package security

// SIDs that are the same everywhere (MS-DTYP 2.4.2.4). They are constants in
// binary form so that they cost nothing.
const (
	Everyone                    SID = "\x01\x01\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00" // S-1-1-0
	CreatorOwner                SID = "\x01\x01\x00\x00\x00\x00\x00\x03\x00\x00\x00\x00" // S-1-3-0
	CreatorGroup                SID = "\x01\x01\x00\x00\x00\x00\x00\x03\x01\x00\x00\x00" // S-1-3-1
	OwnerRights                 SID = "\x01\x01\x00\x00\x00\x00\x00\x03\x04\x00\x00\x00" // S-1-3-4
	Network                     SID = "\x01\x01\x00\x00\x00\x00\x00\x05\x02\x00\x00\x00" // S-1-5-2
	Interactive                 SID = "\x01\x01\x00\x00\x00\x00\x00\x05\x04\x00\x00\x00" // S-1-5-4
	Service                     SID = "\x01\x01\x00\x00\x00\x00\x00\x05\x06\x00\x00\x00" // S-1-5-6
	Anonymous                   SID = "\x01\x01\x00\x00\x00\x00\x00\x05\x07\x00\x00\x00" // S-1-5-7
	EnterpriseDomainControllers SID = "\x01\x01\x00\x00\x00\x00\x00\x05\x09\x00\x00\x00" // S-1-5-9
	Self                        SID = "\x01\x01\x00\x00\x00\x00\x00\x05\x0a\x00\x00\x00" // S-1-5-10 PRINCIPAL_SELF
	AuthenticatedUsers          SID = "\x01\x01\x00\x00\x00\x00\x00\x05\x0b\x00\x00\x00" // S-1-5-11
	ThisOrganization            SID = "\x01\x01\x00\x00\x00\x00\x00\x05\x0f\x00\x00\x00" // S-1-5-15
	System                      SID = "\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00" // S-1-5-18
	LocalService                SID = "\x01\x01\x00\x00\x00\x00\x00\x05\x13\x00\x00\x00" // S-1-5-19
	NetworkService              SID = "\x01\x01\x00\x00\x00\x00\x00\x05\x14\x00\x00\x00" // S-1-5-20
	Builtin                     SID = "\x01\x01\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00" // S-1-5-32, the Builtin domain
)

// Aliases of the Builtin domain, S-1-5-32-….
const (
	BuiltinAdministrators              = builtin + "\x20\x02\x00\x00" // 544
	BuiltinUsers                       = builtin + "\x21\x02\x00\x00" // 545
	BuiltinGuests                      = builtin + "\x22\x02\x00\x00" // 546
	BuiltinAccountOperators            = builtin + "\x24\x02\x00\x00" // 548
	BuiltinServerOperators             = builtin + "\x25\x02\x00\x00" // 549
	BuiltinPrintOperators              = builtin + "\x26\x02\x00\x00" // 550
	BuiltinBackupOperators             = builtin + "\x27\x02\x00\x00" // 551
	BuiltinReplicator                  = builtin + "\x28\x02\x00\x00" // 552
	BuiltinPreWindows2000              = builtin + "\x2a\x02\x00\x00" // 554 Pre-Windows 2000 Compatible Access
	BuiltinRemoteDesktopUsers          = builtin + "\x2b\x02\x00\x00" // 555
	BuiltinIncomingForestTrustBuilders = builtin + "\x2d\x02\x00\x00" // 557
	BuiltinWindowsAuthorizationAccess  = builtin + "\x30\x02\x00\x00" // 560
	BuiltinTerminalServerLicense       = builtin + "\x31\x02\x00\x00" // 561

	builtin SID = "\x01\x02\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00"
)

// Relative identifiers of accounts and groups that every domain has.
const (
	RIDEnterpriseReadOnlyDCs uint32 = 498
	RIDAdministrator         uint32 = 500
	RIDGuest                 uint32 = 501
	RIDKrbtgt                uint32 = 502
	RIDDomainAdmins          uint32 = 512
	RIDDomainUsers           uint32 = 513
	RIDDomainGuests          uint32 = 514
	RIDDomainComputers       uint32 = 515
	RIDDomainControllers     uint32 = 516
	RIDCertPublishers        uint32 = 517
	RIDSchemaAdmins          uint32 = 518 // forest root only
	RIDEnterpriseAdmins      uint32 = 519 // forest root only
	RIDPolicyCreatorOwners   uint32 = 520
	RIDReadOnlyDCs           uint32 = 521
	RIDCloneableDCs          uint32 = 522
	RIDProtectedUsers        uint32 = 525
	RIDKeyAdmins             uint32 = 526
	RIDEnterpriseKeyAdmins   uint32 = 527 // forest root only
	RIDRASServers            uint32 = 553
	RIDAllowedRODCPassword   uint32 = 571
	RIDDeniedRODCPassword    uint32 = 572
)

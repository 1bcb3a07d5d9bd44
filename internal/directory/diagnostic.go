package directory

import (
	"fmt"
	"strings"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
)

// Win32 codes at the head of diagnostics (MS-ERREF 2.2).
const (
	errorAccessDenied         = 0x5
	errorGenFailure           = 0x1f
	errorNotSupported         = 0x32
	errorInvalidParameter     = 0x57
	errorNotAuthenticated     = 0x4dc
	errorInvalidOwner         = 0x51b
	errorInvalidAccountName   = 0x523
	errorUserExists           = 0x524
	errorNoSuchUser           = 0x525
	errorPasswordRestriction  = 0x52d
	errorMemberNotInAlias     = 0x561
	errorMemberInAlias        = 0x562
	errorInvalidMember        = 0x56c
	dsObjClassViolation       = 0x2014
	dsOperationsError         = 0x2020
	dsProtocolError           = 0x2021
	dsSizeLimit               = 0x2023
	dsStrongAuth              = 0x2028
	dsReferral                = 0x202b
	dsConstraintViolation     = 0x202f
	dsUnwilling               = 0x2035
	dsNamingViolation         = 0x2037
	dsStringNameExists        = 0x2071
	dsRDNDoesntMatchSchema    = 0x2073
	dsAttIsNotOnObj           = 0x2076
	dsIllegalMod              = 0x2077
	dsObjectClassRequired     = 0x207b
	dsMissingRequiredAtt      = 0x207c
	dsAttNotDefForClass       = 0x207d
	dsSingleValueConstraint   = 0x2081
	dsRangeConstraint         = 0x2082
	dsAttValAlreadyExists     = 0x2083
	dsUnavailable             = 0x200f
	dsCantRemMissingAttVal    = 0x2085
	dsNoParentObject          = 0x2089
	dsChildrenExist           = 0x208c
	dsObjNotFound             = 0x208d
	dsBadNameSyntax           = 0x208f
	dsInsuffAccessRights      = 0x2098
	dsIllegalSuperior         = 0x2099
	dsAttributeOwnedBySAM     = 0x209a
	dsInvalidAttributeSyntax  = 0x200b
	dsCantModSystemOnly       = 0x20b1
	dsCantRetrieveAtts        = 0x2121
	dsNameReferenceInvalid    = 0x20b5
	dsNotifyFilterTooComplex  = 0x20b9
	dsTreeDeleteNotFinished   = 0x20cd
	dsCantDelete              = 0x20ce
	dsCantDeleteDSA           = 0x2094
	dsCantDeleteCrossRef      = 0x20b7
	dsInvalidRoleOwner        = 0x20ae
	dsBadInstanceType         = 0x2079
	dsSecurityIllegalModify   = 0x20e7
	dsConstructedAttMod       = 0x211b
	dsFilterUsesConstructed   = 0x216b
	dsModDNByInstanceType     = 0x2183
	dsModDNByFlag             = 0x2185
	dsDisallowedInSystem      = 0x21a7
	dsUPNNotUnique            = 0x21c8
	dsSPNNotUnique            = 0x21c7
	dsObjClassViolationMaster = 0x217c
	secLogonDenied            = 0x8009030c
	secInvalidToken           = 0x80090308
)

// A Problem is the number and name that a diagnostic gives after "problem".
type problem struct {
	number int
	name   string
}

var (
	noAttributeOrVal  = problem{1001, "NO_ATTRIBUTE_OR_VAL"}
	constraintAttType = problem{1005, "CONSTRAINT_ATT_TYPE"}
	attOrValueExists  = problem{1006, "ATT_OR_VALUE_EXISTS"}
	noObject          = problem{2001, "NO_OBJECT"}
	badName           = problem{2006, "BAD_NAME"}
	insuffAccess      = problem{4003, "INSUFF_ACCESS_RIGHTS"}
	willNotPerform    = problem{5003, "WILL_NOT_PERFORM"}
	adminLimit        = problem{5008, "ADMIN_LIMIT_EXCEEDED"}
	dirError          = problem{5012, "DIR_ERROR"}
	namingProblem     = problem{6001, "NAMING_VIOLATION"}
	objClassProblem   = problem{6002, "OBJ_CLASS_VIOLATION"}
	nonLeafProblem    = problem{6003, "CANT_ON_NON_LEAF"}
	onRDNProblem      = problem{6004, "CANT_ON_RDN"}
	entryExists       = problem{6005, "ENTRY_EXISTS"}
)

// LDAPErr is the diagnostic of the LDAP layer (AD reference 0.5), complete with
// its NUL: "000004DC: LdapErr: DSID-0C090A5C, comment: …, data 0, v4f7c\x00".
func (f Flavour) LDAPErr(win32 uint32, dsid, comment string) string {
	return f.ldapErr(win32, dsid, comment, "0")
}

func (f Flavour) ldapErr(win32 uint32, dsid, comment, data string) string {
	text := fmt.Sprintf("%08X: LdapErr: DSID-%s, comment: %s, data %s, v%s", win32, dsid, comment, data, f.build())
	if f.Dialect == Samba {
		return text
	}
	return text + "\x00"
}

func (f Flavour) build() string {
	switch {
	case f.Dialect == Samba:
		return "1db1"
	case f.Build != "":
		return f.Build
	case f.Dialect == Windows2016:
		return "3839"
	}
	return "4f7c"
}

func (f Flavour) samba() bool { return f.Dialect == Samba }

// A refusal ends an operation. It is a value, not a fault.
type refusal struct {
	code      Code
	text      string
	matched   string
	referrals []string
}

func (r *refusal) result() Result {
	if r == nil {
		return Result{}
	}
	return Result{Code: r.code, Diagnostic: r.text, MatchedDN: r.matched, Referrals: r.referrals}
}

// said replaces the diagnostic by Samba's wording in that dialect.
func (r *refusal) said(f Flavour, code Code, text string) *refusal {
	if f.samba() {
		return &refusal{code: code, text: text}
	}
	return r
}

func coded(family string, win32 uint32, dsid string, p problem, data int) string {
	return fmt.Sprintf("%08X: %s: DSID-%s, problem %d (%s), data %d\n\x00", win32, family, dsid, p.number, p.name, data)
}

func svcErr(code Code, win32 uint32, dsid string) *refusal {
	p := willNotPerform
	switch code {
	case OperationsError, Other:
		p = dirError
	case AdminLimitExceeded:
		p = adminLimit
	}
	return &refusal{code: code, text: coded("SvcErr", win32, dsid, p, 0)}
}

func secErr(win32 uint32, dsid string) *refusal {
	return &refusal{code: InsufficientAccessRights, text: coded("SecErr", win32, dsid, insuffAccess, 0)}
}

func updErr(code Code, win32 uint32, dsid string, p problem) *refusal {
	return &refusal{code: code, text: coded("UpdErr", win32, dsid, p, 0)}
}

// atrErr refuses one attribute. length below 0 leaves the length out.
func atrErr(code Code, win32 uint32, dsid string, p problem, a *schema.Attribute, length int) *refusal {
	tail := ""
	if length >= 0 {
		tail = fmt.Sprintf(":len %d", length)
	}
	text := fmt.Sprintf("%08X: AtrErr: DSID-%s, #1:\n\t0: %08X: DSID-%s, problem %d (%s), data 0, Att %x (%s)%s\n\x00",
		win32, dsid, win32, dsid, p.number, p.name, a.ATTRTYP, a.Name, tail)
	return &refusal{code: code, text: text}
}

func nameErr(code Code, win32 uint32, dsid string, p problem, data int, match string) *refusal {
	text := fmt.Sprintf("%08X: NameErr: DSID-%s, problem %d (%s), data %d, best match of:\n\t'%s'\n\x00", win32, dsid, p.number, p.name, data, match)
	return &refusal{code: code, text: text, matched: match}
}

func referral(dsid, host, url string) *refusal {
	text := fmt.Sprintf("%08X: RefErr: DSID-%s, data 0, 1 access points\n\tref 1: '%s'\n\x00", dsReferral, dsid, host)
	return &refusal{code: Referral, text: text, referrals: []string{url}}
}

func (f Flavour) ldap(code Code, win32 uint32, dsid, comment string) *refusal {
	return &refusal{code: code, text: f.LDAPErr(win32, dsid, comment)}
}

// conversion is the refusal of names and values that the LDAP layer cannot
// convert.
func (f Flavour) conversion(code Code) *refusal {
	return f.ldap(code, errorInvalidParameter, "0C090D8A", "Error in attribute conversion operation")
}

func sambaf(code Code, format string, args ...any) *refusal {
	return &refusal{code: code, text: fmt.Sprintf(format, args...)}
}

// sambaNoSuch is Samba's text for a missing object.
func sambaNoSuch(dn string) *refusal {
	return sambaf(NoSuchObject, "%08X: No such Base DN: %s", 0x2030, strings.TrimSpace(dn))
}

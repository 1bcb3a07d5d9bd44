package security

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A Base gives the SDDL names of a domain's accounts their numbers: Domain for
// DA, DU and the like, Root (the forest root domain) for EA and SA. The zero
// Base knows only the names that are the same everywhere.
type Base struct{ Domain, Root SID }

// A named pairs an SDDL token with its bits.
type named[T any] struct {
	name string
	bits T
}

// rights are in the order in which Windows writes them for directory objects.
var rights = [...]named[Mask]{
	{"CC", CreateChild},
	{"DC", DeleteChild},
	{"LC", ListContents},
	{"SW", ValidatedWrite},
	{"RP", ReadProperty},
	{"WP", WriteProperty},
	{"DT", DeleteTree},
	{"LO", ListObject},
	{"CR", ControlAccess},
	{"SD", Delete},
	{"RC", ReadControl},
	{"WD", WriteDAC},
	{"WO", WriteOwner},
	{"GA", GenericAll},
	{"GX", GenericExecute},
	{"GW", GenericWrite},
	{"GR", GenericRead},
}

var aceTypes = [...]named[ACEType]{
	{"A", Allow}, {"D", Deny}, {"AU", Audit}, {"OA", AllowObject}, {"OD", DenyObject}, {"OU", AuditObject},
}

var aceFlags = [...]named[ACEFlags]{
	{"OI", ObjectInherit},
	{"CI", ContainerInherit},
	{"NP", NoPropagate},
	{"IO", InheritOnly},
	{"ID", Inherited},
	{"SA", AuditSuccess},
	{"FA", AuditFailure},
}

// The flags of a whole list, for DACL and SACL.
var (
	daclFlags = [...]named[Control]{{"P", DACLProtected}, {"AR", DACLAutoInheritReq}, {"AI", DACLAutoInherited}}
	saclFlags = [...]named[Control]{{"P", SACLProtected}, {"AR", SACLAutoInheritReq}, {"AI", SACLAutoInherited}}
)

var fixedAliases = [...]named[SID]{
	{"WD", Everyone},
	{"CO", CreatorOwner},
	{"CG", CreatorGroup},
	{"OW", OwnerRights},
	{"NU", Network},
	{"IU", Interactive},
	{"SU", Service},
	{"AN", Anonymous},
	{"ED", EnterpriseDomainControllers},
	{"PS", Self},
	{"AU", AuthenticatedUsers},
	{"SY", System},
	{"LS", LocalService},
	{"NS", NetworkService},
	{"BA", BuiltinAdministrators},
	{"BU", BuiltinUsers},
	{"BG", BuiltinGuests},
	{"AO", BuiltinAccountOperators},
	{"SO", BuiltinServerOperators},
	{"PO", BuiltinPrintOperators},
	{"BO", BuiltinBackupOperators},
	{"RE", BuiltinReplicator},
	{"RU", BuiltinPreWindows2000},
	{"RD", BuiltinRemoteDesktopUsers},
	{"NO", builtin + "\x2c\x02\x00\x00"},
	{"MU", builtin + "\x2e\x02\x00\x00"},
	{"LU", builtin + "\x2f\x02\x00\x00"},
	{"IS", builtin + "\x38\x02\x00\x00"},
	{"CY", builtin + "\x39\x02\x00\x00"},
	{"ER", builtin + "\x3d\x02\x00\x00"},
	{"CD", builtin + "\x3e\x02\x00\x00"},
	{"RA", builtin + "\x3f\x02\x00\x00"},
	{"ES", builtin + "\x40\x02\x00\x00"},
	{"MS", builtin + "\x41\x02\x00\x00"},
	{"HA", builtin + "\x42\x02\x00\x00"},
	{"AA", builtin + "\x43\x02\x00\x00"},
	{"RM", builtin + "\x44\x02\x00\x00"},
}

var domainAliases = [...]named[uint32]{
	{"DA", RIDDomainAdmins},
	{"DU", RIDDomainUsers},
	{"DG", RIDDomainGuests},
	{"DC", RIDDomainComputers},
	{"DD", RIDDomainControllers},
	{"CA", RIDCertPublishers},
	{"PA", RIDPolicyCreatorOwners},
	{"LA", RIDAdministrator},
	{"LG", RIDGuest},
	{"RS", RIDRASServers},
	{"CN", RIDCloneableDCs},
	{"AP", RIDProtectedUsers},
	{"KA", RIDKeyAdmins},
}

var rootAliases = [...]named[uint32]{
	{"EA", RIDEnterpriseAdmins}, {"SA", RIDSchemaAdmins}, {"RO", RIDEnterpriseReadOnlyDCs}, {"EK", RIDEnterpriseKeyAdmins},
}

// resolve reads a SID or its two-letter name.
func (b Base) resolve(text string) (SID, error) {
	if len(text) != 2 {
		return ParseSID(text)
	}
	name := strings.ToUpper(text)
	for _, a := range fixedAliases {
		if a.name == name {
			return a.bits, nil
		}
	}
	for _, in := range []struct {
		aliases []named[uint32]
		domain  SID
		kind    string
	}{{domainAliases[:], b.Domain, "domain"}, {rootAliases[:], b.Root, "forest root domain"}} {
		for _, a := range in.aliases {
			if a.name != name {
				continue
			}
			if in.domain == "" {
				return "", fmt.Errorf("parsing SDDL: name %s needs the SID of a %s", name, in.kind)
			}
			return in.domain.WithRID(a.bits), nil
		}
	}
	return "", fmt.Errorf("parsing SDDL: unknown account name %q", text)
}

// name writes a SID, by its two-letter name where it has one.
func (b Base) name(s SID) string {
	for _, a := range fixedAliases {
		if a.bits == s {
			return a.name
		}
	}
	domain := s.Domain()
	if domain != "" && domain == b.Root {
		for _, a := range rootAliases {
			if a.bits == s.RID() {
				return a.name
			}
		}
	}
	if domain != "" && domain == b.Domain {
		for _, a := range domainAliases {
			if a.bits == s.RID() {
				return a.name
			}
		}
	}
	return s.String()
}

// ParseSDDL reads the text form of a descriptor (MS-DTYP 2.5.1): O:, G:, D: and
// S: in any order, each at most once. "D:NO_ACCESS_CONTROL" is no DACL.
func ParseSDDL(text string, base Base) (*Descriptor, error) {
	d := &Descriptor{Control: SelfRelative}
	seen := map[byte]bool{}
	for rest := text; rest != ""; {
		if len(rest) < 2 || rest[1] != ':' {
			return nil, fmt.Errorf("parsing SDDL: %q where one of O:, G:, D: and S: begins", excerpt(rest))
		}
		part := rest[0] &^ 0x20
		if seen[part] {
			return nil, fmt.Errorf("parsing SDDL: part %c: occurs twice", part)
		}
		seen[part] = true
		var err error
		if rest, err = d.cutPart(part, rest[2:], base); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *Descriptor) cutPart(part byte, text string, base Base) (rest string, err error) {
	switch part {
	case 'O':
		d.Owner, rest, err = cutOwner(text, base)
	case 'G':
		d.Group, rest, err = cutOwner(text, base)
	case 'D':
		var flags Control
		d.DACL, flags, rest, err = cutACL(text, daclFlags[:], base)
		d.Control |= DACLPresent | flags
	case 'S':
		var flags Control
		d.SACL, flags, rest, err = cutACL(text, saclFlags[:], base)
		if d.Control |= flags; d.SACL != nil {
			d.Control |= SACLPresent
		}
	default:
		err = fmt.Errorf("parsing SDDL: unknown part %q, want O, G, D or S", string(part))
	}
	return rest, err
}

// cutOwner reads a SID up to the next part. Two letters are a name unless a
// colon follows the second; "S-" begins a SID, "S:" a part.
func cutOwner(text string, base Base) (SID, string, error) {
	end := len(text)
	if i := strings.IndexByte(text, ':'); i >= 0 {
		end = i - 1
	}
	if end <= 0 {
		return "", text[max(end, 0):], nil
	}
	s, err := base.resolve(text[:end])
	return s, text[end:], err
}

const noAccessControl = "NO_ACCESS_CONTROL"

func cutACL(text string, flagNames []named[Control], base Base) (acl *ACL, flags Control, rest string, err error) {
	rest = text
	absent := false
	for rest != "" && rest[0] != '(' && (len(rest) < 2 || rest[1] != ':') {
		if len(rest) >= len(noAccessControl) && strings.EqualFold(rest[:len(noAccessControl)], noAccessControl) {
			rest, absent = rest[len(noAccessControl):], true
			continue
		}
		f, n := cutName(rest, flagNames)
		if n == 0 {
			return nil, 0, "", fmt.Errorf("parsing SDDL: unknown list flag at %q, want P, AR or AI", excerpt(rest))
		}
		flags, rest = flags|f, rest[n:]
	}
	acl = &ACL{ACEs: []ACE{}}
	for strings.HasPrefix(rest, "(") {
		end := strings.IndexByte(rest, ')')
		if end < 0 {
			return nil, 0, "", fmt.Errorf("parsing SDDL: entry %q has no closing parenthesis", excerpt(rest))
		}
		ace, err := ParseACE(rest[:end+1], base)
		if err != nil {
			return nil, 0, "", err
		}
		acl.ACEs, rest = append(acl.ACEs, ace), rest[end+1:]
	}
	if absent {
		if len(acl.ACEs) > 0 {
			return nil, 0, "", errors.New("parsing SDDL: NO_ACCESS_CONTROL with entries")
		}
		acl = nil
	}
	return acl, flags, rest, nil
}

// cutName finds the table's name that text begins with, and its length.
func cutName[T any](text string, table []named[T]) (bits T, n int) {
	for _, t := range table {
		if len(text) >= len(t.name) && strings.EqualFold(text[:len(t.name)], t.name) {
			return t.bits, len(t.name)
		}
	}
	return bits, 0
}

// ParseACE reads one entry such as "(OA;CI;RP;<guid>;<guid>;AU)". Rights stand
// in any order, or as one number.
func ParseACE(text string, base Base) (ACE, error) {
	a, err := parseACE(text, base)
	if err != nil {
		return ACE{}, fmt.Errorf("parsing SDDL: entry %q: %w", excerpt(text), err)
	}
	return a, nil
}

func parseACE(text string, base Base) (a ACE, err error) {
	if len(text) < 2 || text[0] != '(' || text[len(text)-1] != ')' {
		return a, errors.New("want parentheses around it")
	}
	var field [6]string
	inner := text[1 : len(text)-1]
	if strings.Count(inner, ";") != len(field)-1 {
		return a, fmt.Errorf("%d fields, want 6 (type;flags;rights;object;inherited object;account)", strings.Count(inner, ";")+1)
	}
	for i := range field {
		field[i], inner, _ = strings.Cut(inner, ";")
		field[i] = strings.TrimSpace(field[i])
	}
	if a.Type, err = parseACEType(field[0]); err != nil {
		return a, err
	}
	if a.Flags, err = parseNames(field[1], aceFlags[:], "flag"); err != nil {
		return a, err
	}
	if a.Mask, err = parseMask(field[2]); err != nil {
		return a, err
	}
	if a.ObjectType, a.HasObjectType, err = parseOptionalGUID(field[3]); err != nil {
		return a, err
	}
	if a.InheritedObjectType, a.HasInheritedObjectType, err = parseOptionalGUID(field[4]); err != nil {
		return a, err
	}
	if !a.Type.Object() && (a.HasObjectType || a.HasInheritedObjectType) {
		return a, errors.New("only OA, OD and OU take GUIDs")
	}
	a.SID, err = base.resolve(field[5])
	return a, err
}

func parseACEType(text string) (ACEType, error) {
	for _, t := range aceTypes {
		if strings.EqualFold(t.name, text) {
			return t.bits, nil
		}
	}
	return 0, fmt.Errorf("unknown type %q, want A, D, AU, OA, OD or OU", text)
}

func parseNames[T ~uint8 | ~uint32](text string, table []named[T], what string) (bits T, err error) {
	for rest := text; rest != ""; {
		b, n := cutName(rest, table)
		if n == 0 {
			return 0, fmt.Errorf("unknown %s at %q", what, excerpt(rest))
		}
		bits, rest = bits|b, rest[n:]
	}
	return bits, nil
}

func parseMask(text string) (Mask, error) {
	if text != "" && text[0] >= '0' && text[0] <= '9' {
		n, err := strconv.ParseUint(text, 0, 32)
		if err != nil {
			return 0, fmt.Errorf("rights: %w", err)
		}
		return Mask(n), nil
	}
	return parseNames(text, rights[:], "right")
}

func parseOptionalGUID(text string) (GUID, bool, error) {
	if text == "" {
		return GUID{}, false, nil
	}
	g, err := ParseGUID(text)
	return g, err == nil, err
}

// excerpt keeps messages about hostile text short.
func excerpt(text string) string {
	if len(text) > 80 {
		return text[:80] + "…"
	}
	return text
}

// MustSDDL is ParseSDDL for constants of a program; it panics on bad text.
func MustSDDL(text string, base Base) *Descriptor {
	d, err := ParseSDDL(text, base)
	if err != nil {
		panic(err)
	}
	return d
}

// SDDL returns the text form; SIDs that have a name in base are written by it.
func (d *Descriptor) SDDL(base Base) string {
	var b strings.Builder
	if d.Owner != "" {
		b.WriteString("O:" + base.name(d.Owner))
	}
	if d.Group != "" {
		b.WriteString("G:" + base.name(d.Group))
	}
	if d.DACL != nil || d.Control&DACLPresent != 0 {
		writeACL(&b, "D:", d.DACL, d.Control, daclFlags[:], base)
	}
	if d.SACL != nil {
		writeACL(&b, "S:", d.SACL, d.Control, saclFlags[:], base)
	}
	return b.String()
}

func writeACL(b *strings.Builder, part string, acl *ACL, control Control, flags []named[Control], base Base) {
	b.WriteString(part)
	for _, f := range flags {
		if control&f.bits != 0 {
			b.WriteString(f.name)
		}
	}
	if acl == nil {
		b.WriteString(noAccessControl)
		return
	}
	for i := range acl.ACEs {
		acl.ACEs[i].write(b, base)
	}
}

// SDDL returns the entry in parentheses.
func (a ACE) SDDL(base Base) string {
	var b strings.Builder
	a.write(&b, base)
	return b.String()
}

func (a *ACE) write(b *strings.Builder, base Base) {
	b.WriteByte('(')
	for _, t := range aceTypes {
		if t.bits == a.Type {
			b.WriteString(t.name)
		}
	}
	b.WriteByte(';')
	for _, f := range aceFlags {
		if a.Flags&f.bits != 0 {
			b.WriteString(f.name)
		}
	}
	b.WriteByte(';')
	a.Mask.appendSDDL(b)
	b.WriteByte(';')
	if a.HasObjectType {
		b.WriteString(a.ObjectType.String())
	}
	b.WriteByte(';')
	if a.HasInheritedObjectType {
		b.WriteString(a.InheritedObjectType.String())
	}
	b.WriteByte(';')
	b.WriteString(base.name(a.SID))
	b.WriteByte(')')
}

// appendSDDL writes letters, or one number when a bit has no letters.
func (m Mask) appendSDDL(b *strings.Builder) {
	var known Mask
	for _, r := range rights {
		known |= r.bits
	}
	if m&^known != 0 {
		fmt.Fprintf(b, "0x%x", uint32(m))
		return
	}
	for _, r := range rights {
		if m&r.bits != 0 {
			b.WriteString(r.name)
		}
	}
}

package security

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var corp = Base{Domain: MustSID("S-1-5-21-1000-2000-3000"), Root: MustSID("S-1-5-21-1000-2000-3000")}

const (
	vectorDescriptor = "01 00 04 80 14 00 00 00 20 00 00 00 00 00 00 00 2c 00 00 00 01 01 00 00 00 00 00 05 12 00 00 00 " +
		"01 01 00 00 00 00 00 05 12 00 00 00 04 00 1c 00 01 00 00 00 00 00 14 00 10 00 00 00 01 01 00 00 00 00 00 05 0b 00 00 00"
	vectorObjectACE = "05 0a 48 00 00 01 00 00 03 00 00 00 70 95 29 00 6d 24 d0 11 a7 68 00 aa 00 6e 05 29 " +
		"ba 7a 96 bf e6 0d d0 11 a2 85 00 aa 00 30 49 e2 01 05 00 00 00 00 00 05 15 00 00 00 e8 03 00 00 d0 07 00 00 b8 0b 00 00 50 04 00 00"
)

func TestDescriptorHasTheOctetsOfThePublishedVector(t *testing.T) {
	d, err := ParseDescriptor(octets(t, vectorDescriptor))
	require.NoError(t, err)
	assert.Equal(t, "O:SYG:SYD:(A;;RP;;;AU)", d.SDDL(corp))
	assert.Equal(t, octets(t, vectorDescriptor), d.Bytes())
}

func TestDescriptorFromTextHasRevisionTwoUntilAnObjectEntryIsInside(t *testing.T) {
	const dacl = 0x14 + 12 + 12
	assert.Equal(t, byte(2), MustSDDL("O:SYG:SYD:(A;;RP;;;AU)", corp).Bytes()[dacl])
	assert.Equal(t, byte(4), MustSDDL("O:SYG:SYD:(OA;;RP;;;AU)", corp).Bytes()[dacl])
}

func TestObjectEntryHasTheOctetsOfThePublishedVector(t *testing.T) {
	text := "(OA;CIIO;CR;00299570-246d-11d0-a768-00aa006e0529;bf967aba-0de6-11d0-a285-00aa003049e2;S-1-5-21-1000-2000-3000-1104)"
	a, err := ParseACE(text, corp)
	require.NoError(t, err)
	assert.Equal(t, octets(t, vectorObjectACE), a.Bytes())
	assert.Equal(t, text, a.SDDL(corp))
	assert.Equal(t, a, WritebackGrant(corp.Domain.WithRID(1104))[0])
}

func TestNoDACLAndAnEmptyOneStayApart(t *testing.T) {
	for text, want := range map[string]*ACL{
		"D:":                  {ACEs: []ACE{}},
		"D:NO_ACCESS_CONTROL": nil,
	} {
		d := MustSDDL(text, corp)
		assert.Equal(t, want, d.DACL, text)
		again, err := ParseDescriptor(d.Bytes())
		require.NoError(t, err)
		assert.Equal(t, want == nil, again.DACL == nil, text)
		assert.Equal(t, text, again.SDDL(corp))
	}
	assert.Empty(t, MustSDDL("", corp).SDDL(corp))
}

func TestDescriptorRefusesWhatReachesOverItsEnd(t *testing.T) {
	good := octets(t, vectorDescriptor)
	for n := range good {
		_, err := ParseDescriptor(good[:n])
		assert.Errorf(t, err, "the first %d octets", n)
	}
	for why, change := range map[string]func([]byte){
		"revision":               func(b []byte) { b[0] = 2 },
		"not self-relative":      func(b []byte) { b[3] = 0 },
		"owner inside header":    func(b []byte) { b[4] = 4 },
		"owner far away":         func(b []byte) { b[7] = 0xff },
		"DACL at the end":        func(b []byte) { b[16] = byte(len(b)) },
		"ACL revision":           func(b []byte) { b[0x2c] = 3 },
		"ACL larger than all":    func(b []byte) { b[0x2e] = 0xff },
		"ACL smaller than head":  func(b []byte) { b[0x2e] = 4 },
		"more entries than fit":  func(b []byte) { b[0x30] = 2 },
		"65535 entries":          func(b []byte) { b[0x30], b[0x31] = 0xff, 0xff },
		"entry of unknown type":  func(b []byte) { b[0x34] = 9 },
		"entry larger than ACL":  func(b []byte) { b[0x36] = 0x18 },
		"entry without account":  func(b []byte) { b[0x36] = 8 },
		"object entry too short": func(b []byte) { b[0x34] = 5 },
	} {
		t.Run(why, func(t *testing.T) {
			b := octets(t, vectorDescriptor)
			change(b)
			_, err := ParseDescriptor(b)
			assert.Error(t, err)
		})
	}
}

func TestOnlyTheSelectedPartsAreHandedOut(t *testing.T) {
	d := MustSDDL("O:SYG:BAD:PAI(A;;RP;;;AU)S:AI(AU;SA;WP;;;WD)", corp)
	for parts, want := range map[Parts]string{
		0:                                "O:SYG:BAD:PAI(A;;RP;;;AU)S:AI(AU;SA;WP;;;WD)",
		AllParts:                         "O:SYG:BAD:PAI(A;;RP;;;AU)S:AI(AU;SA;WP;;;WD)",
		OwnerPart:                        "O:SY",
		GroupPart:                        "G:BA",
		DACLPart:                         "D:PAI(A;;RP;;;AU)",
		SACLPart:                         "S:AI(AU;SA;WP;;;WD)",
		OwnerPart | GroupPart | DACLPart: "O:SYG:BAD:PAI(A;;RP;;;AU)",
	} {
		part := d.Only(parts)
		assert.Equal(t, want, part.SDDL(corp))
		again, err := ParseDescriptor(part.Bytes())
		require.NoError(t, err)
		assert.Equal(t, want, again.SDDL(corp))
	}
}

func TestSDDLReads(t *testing.T) {
	for how, c := range map[string]struct{ text, want string }{
		"letters of rights in any order": {"D:(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;DA)", "D:(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;DA)"},
		"lower case":                     {"d:pai(oa;ciio;rpcr;;;ba)", "D:PAI(OA;CIIO;RPCR;;;BA)"},
		"hexadecimal rights":             {"D:(A;;0xf01ff;;;SY)", "D:(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;SY)"},
		"rights without a letter":        {"D:(A;;0x100010;;;SY)", "D:(A;;0x100010;;;SY)"},
		"decimal rights":                 {"D:(A;;16;;;SY)", "D:(A;;RP;;;SY)"},
		"parts in any order":             {"D:(A;;RP;;;AU)G:BAO:SY", "O:SYG:BAD:(A;;RP;;;AU)"},
		"owner as a number":              {"O:S-1-5-18D:", "O:SYD:"},
		"owner of the domain":            {"O:DAG:DAD:AI", "O:DAG:DAD:AI"},
		"braces around GUIDs":            {"D:(OA;;CR;{00299570-246D-11D0-A768-00AA006E0529};;WD)", "D:(OA;;CR;00299570-246d-11d0-a768-00aa006e0529;;WD)"},
		"no rights":                      {"D:(A;;;;;WD)", "D:(A;;;;;WD)"},
		"all list flags":                 {"D:ARAIPS:PAIAR", "D:PARAIS:PARAI"},
		"account number of the domain":   {"D:(A;;RP;;;S-1-5-21-1000-2000-3000-512)", "D:(A;;RP;;;DA)"},
		"account number elsewhere":       {"D:(A;;RP;;;S-1-5-21-1-2-3-512)", "D:(A;;RP;;;S-1-5-21-1-2-3-512)"},
	} {
		t.Run(how, func(t *testing.T) {
			d, err := ParseSDDL(c.text, corp)
			require.NoError(t, err)
			assert.Equal(t, c.want, d.SDDL(corp))
		})
	}
}

func TestSDDLRefuses(t *testing.T) {
	for why, text := range map[string]string{
		"unknown part":             "X:SY",
		"part twice":               "D:D:",
		"no colon":                 "DAI",
		"unknown list flag":        "D:Q",
		"open entry":               "D:(A;;RP;;;AU",
		"five fields":              "D:(A;;RP;;AU)",
		"seven fields":             "D:(A;;RP;;;AU;x)",
		"unknown type":             "D:(Z;;RP;;;AU)",
		"unknown flag":             "D:(A;XX;RP;;;AU)",
		"unknown right":            "D:(A;;QQ;;;AU)",
		"rights too large":         "D:(A;;0x100000000;;;AU)",
		"unknown account":          "D:(A;;RP;;;QQ)",
		"no account":               "D:(A;;RP;;;)",
		"bad GUID":                 "D:(OA;;RP;xyz;;AU)",
		"GUID on a plain entry":    "D:(A;;RP;00299570-246d-11d0-a768-00aa006e0529;;AU)",
		"bad owner":                "O:QQ",
		"text behind the last one": "D:(A;;RP;;;AU)x",
	} {
		t.Run(why, func(t *testing.T) {
			_, err := ParseSDDL(text, corp)
			assert.Error(t, err)
		})
	}
	_, err := ParseSDDL("O:DA", Base{})
	assert.ErrorContains(t, err, "needs the SID of a domain")
}

func TestEveryNameStandsForItsAccountAndBack(t *testing.T) {
	names := strings.Fields("WD CO CG OW AN ED PS AU SY BA BU BG AO SO PO BO RE RU RD NO RS DA DU DG DC DD CA EA SA PA LA LG NU IU SU LS NS RO CN AP KA EK MU LU IS CY ER CD RA ES MS HA AA RM")
	forest := Base{Domain: corp.Domain, Root: MustSID("S-1-5-21-7-7-7")}
	seen := map[SID]string{}
	for _, name := range names {
		s, err := forest.resolve(name)
		require.NoError(t, err, name)
		assert.Equal(t, name, forest.name(s))
		assert.Empty(t, seen[s], "%s and %s are one account", name, seen[s])
		seen[s] = name
	}
	assert.Equal(t, "IS", corp.name(MustSID("S-1-5-32-568")))
	assert.Equal(t, "RM", corp.name(MustSID("S-1-5-32-580")))
	assert.Equal(t, "NO", corp.name(MustSID("S-1-5-32-556")))
}

func TestGenericRightsStandForThePublishedMasks(t *testing.T) {
	for m, want := range map[Mask]Mask{GenericAll: 0xF01FF, GenericRead: 0x20094, GenericWrite: 0x20028, GenericExecute: 0x20004, ReadProperty: 0x10} {
		assert.Equal(t, want, m.Mapped(), m.String())
	}
}

func genACE() *rapid.Generator[ACE] {
	return rapid.Custom(func(t *rapid.T) ACE {
		a := ACE{
			Type:  rapid.SampledFrom([]ACEType{Allow, Deny, Audit, AllowObject, DenyObject, AuditObject}).Draw(t, "type"),
			Flags: ACEFlags(rapid.Uint8().Draw(t, "flags")) &^ 0x20,
			Mask:  Mask(rapid.Uint32().Draw(t, "mask")),
			SID:   genSID().Draw(t, "sid"),
		}
		if a.Type.Object() {
			if a.HasObjectType = rapid.Bool().Draw(t, "has object"); a.HasObjectType {
				a.ObjectType = genGUID().Draw(t, "object")
			}
			if a.HasInheritedObjectType = rapid.Bool().Draw(t, "has class"); a.HasInheritedObjectType {
				a.InheritedObjectType = genGUID().Draw(t, "class")
			}
		}
		return a
	})
}

func genGUID() *rapid.Generator[GUID] {
	return rapid.Custom(func(t *rapid.T) (g GUID) {
		copy(g[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "guid"))
		return g
	})
}

func genACL() *rapid.Generator[*ACL] {
	return rapid.Custom(func(t *rapid.T) *ACL {
		if rapid.Bool().Draw(t, "absent") {
			return nil
		}
		return &ACL{ACEs: rapid.SliceOfN(genACE(), 0, 5).Draw(t, "entries")}
	})
}

func genDescriptor() *rapid.Generator[*Descriptor] {
	return rapid.Custom(func(t *rapid.T) *Descriptor {
		d := &Descriptor{DACL: genACL().Draw(t, "DACL"), SACL: genACL().Draw(t, "SACL")}
		if rapid.Bool().Draw(t, "owned") {
			d.Owner, d.Group = genSID().Draw(t, "owner"), genSID().Draw(t, "group")
		}
		d.Control = SelfRelative
		if d.DACL != nil {
			d.Control |= DACLPresent | DACLAutoInherited | Control(rapid.SampledFrom([]uint16{0, 0x1000}).Draw(t, "protected"))
		}
		if d.SACL != nil {
			d.Control |= SACLPresent
		}
		return d
	})
}

func TestEveryDescriptorSurvivesOctetsAndText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := genDescriptor().Draw(t, "descriptor")
		wire := d.Bytes()
		again, err := ParseDescriptor(wire)
		require.NoError(t, err)
		assert.Equal(t, wire, again.Bytes())
		text := d.SDDL(corp)
		assert.Equal(t, text, again.SDDL(corp))
		read, err := ParseSDDL(text, corp)
		require.NoError(t, err, text)
		assert.Equal(t, text, read.SDDL(corp))
		assert.Equal(t, wire, read.Bytes())
	})
}

func FuzzParseDescriptor(f *testing.F) {
	f.Add(octets(f, vectorDescriptor))
	for _, text := range []string{DomainHeadSDDL, AdminSDHolderSDDL, userSDDL, "D:", "O:SYG:SYS:(OU;SAFA;WP;;;WD)"} {
		f.Add(MustSDDL(text, corp).Bytes())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := ParseDescriptor(b)
		if err != nil {
			return
		}
		again, err := ParseDescriptor(d.Bytes())
		require.NoError(t, err)
		assert.Equal(t, d.SDDL(corp), again.SDDL(corp))
	})
}

func FuzzParseSDDL(f *testing.F) {
	for _, text := range []string{DomainHeadSDDL, AdminSDHolderSDDL, userSDDL, "D:NO_ACCESS_CONTROL", "O:SYG:SYD:P(A;;0x1;;;S-1-5-18)S:AR"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseSDDL(text, corp)
		if err != nil {
			return
		}
		again, err := ParseSDDL(d.SDDL(corp), corp)
		require.NoError(t, err, d.SDDL(corp))
		assert.Equal(t, d.SDDL(corp), again.SDDL(corp))
	})
}

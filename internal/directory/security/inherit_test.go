package security

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestWhatAChildReceives(t *testing.T) {
	const (
		user  = "bf967aba-0de6-11d0-a285-00aa003049e2"
		group = "bf967a9c-0de6-11d0-a285-00aa003049e2"
	)
	for why, c := range map[string]struct{ parent, child string }{
		"not inheritable":                        {"(A;;RP;;;AU)", ""},
		"container inherit":                      {"(A;CI;RP;;;AU)", "(A;CIID;RP;;;AU)"},
		"inherit only becomes effective":         {"(A;CIIO;RP;;;AU)", "(A;CIID;RP;;;AU)"},
		"one level only":                         {"(A;CINP;RP;;;AU)", "(A;ID;RP;;;AU)"},
		"object inherit is handed on":            {"(A;OI;RP;;;AU)", "(A;OIIOID;RP;;;AU)"},
		"object inherit, one level":              {"(A;OINP;RP;;;AU)", ""},
		"both":                                   {"(A;OICI;RP;;;AU)", "(A;OICIID;RP;;;AU)"},
		"for the class":                          {"(OA;CIIO;RP;;" + user + ";AU)", "(OA;CIID;RP;;" + user + ";AU)"},
		"for another class":                      {"(OA;CIIO;RP;;" + group + ";AU)", "(OA;CIIOID;RP;;" + group + ";AU)"},
		"for another class, one level":           {"(OA;CIIONP;RP;;" + group + ";AU)", ""},
		"generic rights are stored twice":        {"(A;CI;GR;;;AU)", "(A;ID;LCRPLORC;;;AU)(A;CIIOID;GR;;;AU)"},
		"generic rights, one level":              {"(A;CINP;GA;;;AU)", "(A;ID;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;AU)"},
		"generic rights for another class":       {"(OA;CIIO;GA;;" + group + ";AU)", "(OA;CIIOID;GA;;" + group + ";AU)"},
		"creator owner becomes the owner":        {"(A;CIIO;WD;;;CO)", "(A;ID;WD;;;LA)(A;CIIOID;WD;;;CO)"},
		"creator group becomes the group":        {"(A;CIIO;WD;;;CG)", "(A;ID;WD;;;DU)(A;CIIOID;WD;;;CG)"},
		"self stays self":                        {"(A;CI;WP;;;PS)", "(A;CIID;WP;;;PS)"},
		"deny stays deny":                        {"(D;CI;WP;;;AU)", "(D;CIID;WP;;;AU)"},
		"what was inherited is inherited on":     {"(A;CIID;RP;;;AU)", "(A;CIID;RP;;;AU)"},
		"another class's entry travels through":  {"(OA;CIIOID;RP;;" + user + ";AU)", "(OA;CIID;RP;;" + user + ";AU)"},
		"order is kept":                          {"(D;CI;RP;;;AU)(A;CI;RP;;;BA)", "(D;CIID;RP;;;AU)(A;CIID;RP;;;BA)"},
		"an attribute's entry keeps its type":    {"(OA;CIIO;WP;28630ebf-41d5-11d1-a9c1-0000f80367c1;" + user + ";AU)", "(OA;CIID;WP;28630ebf-41d5-11d1-a9c1-0000f80367c1;" + user + ";AU)"},
		"effective and inherit-only, each alone": {"(A;ID;LCRPLORC;;;AU)(A;CIIOID;GR;;;AU)", "(A;ID;LCRPLORC;;;AU)(A;CIIOID;GR;;;AU)"},
	} {
		t.Run(why, func(t *testing.T) {
			d := Create(Creation{
				Parent: MustSDDL("D:"+c.parent, corp), Given: MustSDDL("D:", corp), Classes: users,
				Owner: admin, Group: corp.Domain.WithRID(RIDDomainUsers),
			}, Rules{})
			assert.Equal(t, "O:LAG:DUD:AI"+c.child, d.SDDL(corp))
		})
	}
}

func TestSACLsAreInheritedToo(t *testing.T) {
	parent := MustSDDL("S:(AU;CISA;WP;;;WD)(AU;SA;CR;;;BA)", corp)
	d := Create(Creation{Parent: parent, Classes: users, Owner: admin, Group: admin}, Rules{})
	assert.Equal(t, "O:LAG:LAD:AIS:AI(AU;CIIDSA;WP;;;WD)", d.SDDL(corp))
	none := Create(Creation{Parent: MustSDDL("D:", corp), Classes: users, Owner: admin, Group: admin}, Rules{})
	assert.Nil(t, none.SACL)
}

func TestWhereANewObjectsEntriesComeFrom(t *testing.T) {
	parent := MustSDDL("D:(A;CI;RP;;;BA)", corp)
	class := MustSDDL("D:(A;;WP;;;SY)", corp)
	for why, c := range map[string]struct {
		given *Descriptor
		want  string
	}{
		"the class":                         {nil, "O:LAG:DAD:AI(A;;WP;;;SY)(A;CIID;RP;;;BA)"},
		"the client":                        {MustSDDL("D:(A;;CR;;;AU)", corp), "O:LAG:DAD:AI(A;;CR;;;AU)(A;CIID;RP;;;BA)"},
		"the client names only the owner":   {MustSDDL("O:SY", corp), "O:SYG:DAD:AI(A;;WP;;;SY)(A;CIID;RP;;;BA)"},
		"the client protects":               {MustSDDL("D:P(A;;CR;;;AU)", corp), "O:LAG:DAD:PAI(A;;CR;;;AU)"},
		"the client gives everybody all":    {MustSDDL("D:NO_ACCESS_CONTROL", corp), "O:LAG:DAD:AINO_ACCESS_CONTROL"},
		"inherited entries of the client":   {MustSDDL("D:(A;ID;CR;;;AU)", corp), "O:LAG:DAD:AI(A;CIID;RP;;;BA)"},
		"… become explicit when protected":  {MustSDDL("D:P(A;CIID;CR;;;AU)", corp), "O:LAG:DAD:PAI(A;CI;CR;;;AU)"},
		"generic rights are mapped":         {MustSDDL("D:(A;;GW;;;AU)", corp), "O:LAG:DAD:AI(A;;SWWPRC;;;AU)(A;CIID;RP;;;BA)"},
		"generic inheritable stored twice":  {MustSDDL("D:(A;CI;GW;;;AU)", corp), "O:LAG:DAD:AI(A;;SWWPRC;;;AU)(A;CIIO;GW;;;AU)(A;CIID;RP;;;BA)"},
		"creator owner is replaced":         {MustSDDL("D:(A;;RP;;;CO)", corp), "O:LAG:DAD:AI(A;;RP;;;LA)(A;CIID;RP;;;BA)"},
		"an inherit-only entry stays as is": {MustSDDL("D:(A;CIIO;GA;;;CO)", corp), "O:LAG:DAD:AI(A;CIIO;GA;;;CO)(A;CIID;RP;;;BA)"},
		"the request bit is not stored":     {MustSDDL("D:AR(A;;RP;;;AU)", corp), "O:LAG:DAD:AI(A;;RP;;;AU)(A;CIID;RP;;;BA)"},
	} {
		t.Run(why, func(t *testing.T) {
			d := Create(Creation{Parent: parent, Given: c.given, Default: class, Classes: users, Owner: admin, Group: corp.Domain.WithRID(RIDDomainAdmins)}, Rules{})
			assert.Equal(t, c.want, d.SDDL(corp))
		})
	}
}

func TestANewUserLooksAsObserved(t *testing.T) {
	_, _, d := tree(t, SambaRules(), "")
	assert.Equal(t, "DA", corp.name(d.Owner), "A08-170")
	assert.Equal(t, "DA", corp.name(d.Group))
	text := d.SDDL(corp)
	require.True(t, strings.HasPrefix(text, "O:DAG:DAD:AI(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;DA)(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;SY)(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;AO)(A;;LCRPLORC;;;PS)(OA;;CR;ab721a53-"), text)
	for _, inherited := range []string{
		"(OA;CIID;RP;4c164200-20c0-11d0-a768-00aa006e0529;bf967aba-0de6-11d0-a285-00aa003049e2;RU)",
		"(OA;CIIOID;RP;4c164200-20c0-11d0-a768-00aa006e0529;4828cc14-1437-45bc-9b07-ad6f015e5f28;RU)",
		"(OA;CIID;RPWPCR;91e647de-d96f-4b70-9557-d63ff4f3ccd8;;PS)",
		"(A;CIID;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;EA)", "(A;CIID;LC;;;RU)", "(A;CIID;CCLCSWRPWPLOCRSDRCWDWO;;;BA)",
	} {
		assert.Contains(t, text, inherited)
	}
}

func TestWritingPartsOfADescriptor(t *testing.T) {
	parent := MustSDDL("D:(A;CI;RP;;;BA)S:(AU;CISA;CR;;;WD)", corp)
	old := Create(Creation{Parent: parent, Given: MustSDDL("D:(A;;WP;;;SY)S:(AU;SA;WP;;;WD)", corp), Classes: users, Owner: admin, Group: admin}, Rules{})
	const owner, dacl, sacl = "O:LAG:LA", "D:AI(A;;WP;;;SY)(A;CIID;RP;;;BA)", "S:AI(AU;SA;WP;;;WD)(AU;CIIDSA;CR;;;WD)"
	require.Equal(t, owner+dacl+sacl, old.SDDL(corp))
	given := MustSDDL("O:SYG:SYD:(A;;CR;;;AU)S:(AU;SA;SD;;;WD)", corp)
	const newDACL, newSACL = "D:AI(A;;CR;;;AU)(A;CIID;RP;;;BA)", "S:AI(AU;SA;SD;;;WD)(AU;CIIDSA;CR;;;WD)"
	for parts, want := range map[Parts]string{
		0:         "O:SYG:SY" + newDACL + newSACL,
		OwnerPart: "O:SYG:LA" + dacl + sacl,
		GroupPart: "O:LAG:SY" + dacl + sacl,
		DACLPart:  owner + newDACL + sacl,
		SACLPart:  owner + dacl + newSACL,
		7:         "O:SYG:SY" + newDACL + sacl,
	} {
		assert.Equal(t, want, Replace(old, given, parts, parent, users, Rules{}).SDDL(corp), "parts %d", parts)
	}
	assert.Equal(t, owner+dacl+sacl, Replace(old, MustSDDL("", corp), AllParts, parent, users, Rules{}).SDDL(corp), "what is not given stays")
	assert.Equal(t, owner+dacl+sacl, old.SDDL(corp), "the old descriptor is not changed")
}

func TestAChangedParentReachesItsChildren(t *testing.T) {
	before := MustSDDL("D:(A;CI;RP;;;BA)", corp)
	d := Create(Creation{Parent: before, Given: MustSDDL("D:(A;;WP;;;SY)", corp), Classes: users, Owner: admin, Group: admin}, Rules{})
	assert.Same(t, d, Reinherit(d, before, users, Rules{}), "nothing changed")

	after := MustSDDL("D:(A;CI;CR;;;AU)", corp)
	next := Reinherit(d, after, users, Rules{})
	assert.Equal(t, "O:LAG:LAD:AI(A;;WP;;;SY)(A;CIID;CR;;;AU)", next.SDDL(corp))
	assert.Equal(t, "O:LAG:LAD:AI(A;;WP;;;SY)(A;CIID;RP;;;BA)", d.SDDL(corp), "the old one is not changed")

	protected := Create(Creation{Parent: before, Given: MustSDDL("D:P(A;;WP;;;SY)", corp), Classes: users, Owner: admin, Group: admin}, Rules{})
	assert.Same(t, protected, Reinherit(protected, after, users, Rules{}))

	open := Create(Creation{Given: MustSDDL("D:NO_ACCESS_CONTROL", corp), Classes: users, Owner: admin, Group: admin}, Rules{})
	assert.Same(t, open, Reinherit(open, after, users, Rules{}))
}

func TestCanonicalOrder(t *testing.T) {
	mixed := MustSDDL("D:(A;ID;RP;;;AU)(OA;;RP;;;AU)(D;ID;RP;;;AU)(A;;RP;;;AU)(OD;;RP;;;AU)(D;;RP;;;AU)(A;;WP;;;AU)", corp)
	require.False(t, IsCanonical(mixed.DACL.ACEs))
	sorted := &Descriptor{Control: DACLPresent, DACL: &ACL{ACEs: Canonical(mixed.DACL.ACEs)}}
	assert.Equal(t, "D:(D;;RP;;;AU)(OD;;RP;;;AU)(A;;RP;;;AU)(A;;WP;;;AU)(OA;;RP;;;AU)(A;ID;RP;;;AU)(D;ID;RP;;;AU)", sorted.SDDL(corp))
	given := Replace(&Descriptor{}, mixed, DACLPart, nil, users, Rules{KeepOrder: true})
	assert.Equal(t, "D:AI(OA;;RP;;;AU)(A;;RP;;;AU)(OD;;RP;;;AU)(D;;RP;;;AU)(A;;WP;;;AU)", given.SDDL(corp))
}

func TestTheNearestParentStandsFirst(t *testing.T) {
	head := Create(Creation{Given: MustSDDL("D:(A;CI;RP;;;BA)(D;CI;WP;;;BA)", corp), Classes: users, Owner: admin, Group: admin}, Rules{})
	unit := Create(Creation{Parent: head, Given: MustSDDL("D:(A;CI;RP;;;AU)(D;CI;WP;;;AU)", corp), Classes: users, Owner: admin, Group: admin}, Rules{})
	user := Create(Creation{Parent: unit, Given: MustSDDL("D:(A;;RP;;;SY)", corp), Classes: users, Owner: admin, Group: admin}, Rules{})
	assert.Equal(t, "O:LAG:LAD:AI(A;;RP;;;SY)(D;CIID;WP;;;AU)(A;CIID;RP;;;AU)(D;CIID;WP;;;BA)(A;CIID;RP;;;BA)", user.SDDL(corp))
}

func TestInheritanceInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parent := genDescriptor().Draw(t, "parent")
		given := genDescriptor().Draw(t, "given")
		rules := Rules{KeepOrder: rapid.Bool().Draw(t, "keep order"), KeepControl: rapid.Bool().Draw(t, "keep control")}
		d := Create(Creation{Parent: parent, Given: given, Classes: users, Owner: admin, Group: admin}, rules)

		assert.Same(t, d, Reinherit(d, parent, users, rules), "inheriting again changes nothing")
		again := Replace(d, d, AllParts, parent, users, rules)
		assert.Equal(t, d.SDDL(corp), again.SDDL(corp), "writing back what was read changes nothing")
		if d.DACL == nil {
			return
		}
		if !rules.KeepOrder {
			assert.True(t, IsCanonical(d.DACL.ACEs))
		}
		if d.Protected() {
			assert.False(t, slices.ContainsFunc(d.DACL.ACEs, func(a ACE) bool { return a.Flags&Inherited != 0 }))
		}
		for _, a := range d.DACL.ACEs {
			if a.Effective() {
				assert.NotEqual(t, CreatorOwner, a.SID, "nobody is CREATOR OWNER")
				assert.False(t, a.Mask.HasGeneric(), "effective rights are mapped")
			}
		}
	})
}

func TestEveryDefaultDescriptorIsWellFormed(t *testing.T) {
	for _, class := range []GUID{
		ClassUser, ClassInetOrgPerson, ClassComputer, ClassGroup, ClassOrganizationalUnit, ClassContainer, ClassContact,
		ClassPasswordSettings, ClassPasswordSettingsContainer, ClassForeignSecurityPrincipal, ClassDomainDNS,
		ClassManagedServiceAccount, ClassGroupManagedServiceAccount, ClassBuiltinDomain,
	} {
		d, err := ParseSDDL(DefaultSDDL(class), corp)
		require.NoError(t, err, class)
		assert.NotEmpty(t, d.DACL.ACEs, class)
		assert.NoError(t, d.Fits())
	}
	for _, text := range []string{DomainHeadSDDL, AdminSDHolderSDDL, SambaAdminSDHolderSDDL} {
		_, err := ParseSDDL(text, corp)
		require.NoError(t, err)
	}
	assert.True(t, MustSDDL(AdminSDHolderSDDL, corp).Protected())
	assert.False(t, MustSDDL(SambaAdminSDHolderSDDL, corp).Protected(), "A08-134")
}

func TestEverybodyIsDeniedAResetOfAGroupManagedAccount(t *testing.T) {
	d := below(MustSDDL("D:", corp), ClassGroupManagedServiceAccount, Rules{})
	assert.False(t, Allowed(tokenOf(admin, corp.Domain.WithRID(RIDDomainAdmins)), d, "", askReset, Rules{}))
}

func TestADACLOf64KBIsTooLarge(t *testing.T) {
	d := MustSDDL("D:(A;;RP;;;AU)", corp)
	for range 3276 {
		d.DACL.ACEs = append(d.DACL.ACEs, d.DACL.ACEs[0])
	}
	assert.ErrorContains(t, d.Fits(), "DACL of 65548 octets")
}

func BenchmarkCreate(b *testing.B) {
	head, _, _ := tree(b, Rules{}, "")
	class := MustSDDL(userSDDL, corp)
	b.ReportAllocs()
	for b.Loop() {
		Create(Creation{Parent: head, Default: class, Classes: users, Owner: admin, Group: admin}, Rules{})
	}
}

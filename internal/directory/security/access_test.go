package security

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var (
	svc   = corp.Domain.WithRID(1464)
	alice = corp.Domain.WithRID(1104)
	admin = corp.Domain.WithRID(RIDAdministrator)
	users = []GUID{ClassUser}
)

// tokenOf is what a bind gives an ordinary account, and more groups.
func tokenOf(user SID, more ...SID) *Token {
	groups := []SID{corp.Domain.WithRID(RIDDomainUsers), Everyone, AuthenticatedUsers, Network, BuiltinUsers, BuiltinPreWindows2000}
	return NewToken(user, 0, append(groups, more...)...)
}

// tree is a domain head, a unit with more entries, and a user inside.
func tree(t testing.TB, rules Rules, grant string) (head, unit, user *Descriptor) {
	t.Helper()
	head = Create(Creation{Given: MustSDDL(DomainHeadSDDL, corp), Classes: []GUID{ClassDomainDNS}}, rules)
	unit = below(head, ClassOrganizationalUnit, rules)
	var aces []ACE
	if grant != "" {
		aces = MustSDDL("D:"+grant, corp).DACL.ACEs
	}
	unit = Grant(unit, rules, aces...)
	return head, unit, below(unit, ClassUser, rules)
}

// below is a new object of Domain Admins.
func below(parent *Descriptor, class GUID, rules Rules) *Descriptor {
	das := corp.Domain.WithRID(RIDDomainAdmins)
	return Create(Creation{
		Parent: parent, Default: MustSDDL(DefaultSDDL(class), corp), Classes: []GUID{class}, Owner: das, Group: das,
	}, rules)
}

// The questions that password writeback comes down to.
var (
	askReset   = Query{Want: ControlAccess, Type: RightUserForceChangePassword}
	askChange  = Query{Want: ControlAccess, Type: RightUserChangePassword}
	askLockout = Query{Want: WriteProperty, Type: AttrLockoutTime}
	askPwdLast = Query{Want: WriteProperty, Type: AttrPwdLastSet, Set: SetUserAccountRestrictions}
	askControl = Query{Want: WriteProperty, Type: AttrUserAccountControl, Set: SetUserAccountRestrictions}
)

// answers lets Allowed and a View answer, which must agree.
func answers(t testing.TB, tok *Token, d *Descriptor, self SID, rules Rules, qs ...Query) (got []bool) {
	t.Helper()
	v := NewView(tok, d, self, rules)
	for _, q := range qs {
		ok := Allowed(tok, d, self, q, rules)
		require.Equal(t, ok, v.Allows(q), "view and check agree")
		got = append(got, ok)
	}
	return got
}

func TestWhatEachGrantGives(t *testing.T) {
	const (
		user   = "bf967aba-0de6-11d0-a285-00aa003049e2"
		person = "4828cc14-1437-45bc-9b07-ad6f015e5f28"
		reset  = "(OA;CIIO;CR;00299570-246d-11d0-a768-00aa006e0529;" + user + ";S-1-5-21-1000-2000-3000-1464)"
		lock   = "(OA;CIIO;WP;28630ebf-41d5-11d1-a9c1-0000f80367c1;" + user + ";S-1-5-21-1000-2000-3000-1464)"
		last   = "(OA;CIIO;WP;bf967a0a-0de6-11d0-a285-00aa003049e2;" + user + ";S-1-5-21-1000-2000-3000-1464)"
	)
	const yes, no = true, false
	for why, c := range map[string]struct {
		grant string
		want  []bool // reset, change, lockoutTime, pwdLastSet, userAccountControl
	}{
		"A08-001 nothing":                        {"", []bool{no, yes, no, no, no}},
		"A08-010 Reset Password":                 {reset, []bool{yes, yes, no, no, no}},
		"A08-020 write lockoutTime":              {lock, []bool{no, yes, yes, no, no}},
		"A08-030 write pwdLastSet":               {last, []bool{no, yes, no, yes, no}},
		"A08-040 Reset and lockoutTime":          {reset + lock, []bool{yes, yes, yes, no, no}},
		"A08-050 Reset and pwdLastSet":           {reset + last, []bool{yes, yes, no, yes, no}},
		"A08-060 the writeback set":              {reset + lock + last, []bool{yes, yes, yes, yes, no}},
		"A08-070 User-Account-Restrictions":      {"(OA;CIIO;WP;4c164200-20c0-11d0-a768-00aa006e0529;" + user + ";S-1-5-21-1000-2000-3000-1464)", []bool{no, yes, no, yes, yes}},
		"A08-080 Generic All":                    {"(OA;CIIO;GA;;" + user + ";S-1-5-21-1000-2000-3000-1464)", []bool{yes, yes, yes, yes, yes}},
		"A08-090 Generic Write":                  {"(OA;CIIO;GW;;" + user + ";S-1-5-21-1000-2000-3000-1464)", []bool{no, yes, yes, yes, yes}},
		"A08-110 Change Password":                {"(OA;CIIO;CR;ab721a53-1e2f-11d0-9819-00aa0040529b;" + user + ";S-1-5-21-1000-2000-3000-1464)", []bool{no, yes, no, no, no}},
		"A08-183 all extended rights":            {"(A;CIIO;CR;;;S-1-5-21-1000-2000-3000-1464)", []bool{yes, yes, no, no, no}},
		"A08-191 write all properties":           {"(OA;CIIO;WP;;" + user + ";S-1-5-21-1000-2000-3000-1464)", []bool{no, yes, yes, yes, yes}},
		"A08-187 write unicodePwd":               {"(OA;CIIO;WP;bf9679e1-0de6-11d0-a285-00aa003049e2;" + user + ";S-1-5-21-1000-2000-3000-1464)", []bool{no, yes, no, no, no}},
		"A08-196 Reset for inetOrgPerson":        {"(OA;CIIO;CR;00299570-246d-11d0-a768-00aa006e0529;" + person + ";S-1-5-21-1000-2000-3000-1464)", []bool{no, yes, no, no, no}},
		"A08-197 Reset on the unit itself":       {"(OA;;CR;00299570-246d-11d0-a768-00aa006e0529;;S-1-5-21-1000-2000-3000-1464)", []bool{no, yes, no, no, no}},
		"A08-198 one level only":                 {"(OA;CINPIO;CR;00299570-246d-11d0-a768-00aa006e0529;" + user + ";S-1-5-21-1000-2000-3000-1464)", []bool{yes, yes, no, no, no}},
		"A08-100 all extended rights for a user": {"(OA;CIIO;CR;;" + user + ";S-1-5-21-1000-2000-3000-1464)", []bool{yes, yes, no, no, no}},
	} {
		t.Run(why, func(t *testing.T) {
			_, _, d := tree(t, Rules{}, c.grant)
			got := answers(t, tokenOf(svc), d, alice, Rules{}, askReset, askChange, askLockout, askPwdLast, askControl)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestSambaGrantsEverythingForAllExtendedRightsOfAClass(t *testing.T) {
	rules := SambaRules()
	_, _, d := tree(t, rules, "(OA;CIIO;CR;;bf967aba-0de6-11d0-a285-00aa003049e2;S-1-5-21-1000-2000-3000-1464)")
	got := answers(t, tokenOf(svc), d, alice, rules, askReset, askChange, askLockout, askPwdLast, askControl, Query{Want: WriteDAC})
	assert.Equal(t, []bool{true, true, true, true, true, true}, got, "A08-100..109")
	assert.Equal(t, FullControl, Granted(tokenOf(svc), d, alice, rules))

	_, _, d = tree(t, rules, "(OA;CIIO;CR;00299570-246d-11d0-a768-00aa006e0529;bf967aba-0de6-11d0-a285-00aa003049e2;S-1-5-21-1000-2000-3000-1464)")
	got = answers(t, tokenOf(svc), d, alice, rules, askReset, askChange, askLockout, askPwdLast, askControl)
	assert.Equal(t, []bool{true, true, false, false, false}, got, "A08-010: one right stays one right")
}

func TestOneLevelOnlyStopsAtTheSecond(t *testing.T) {
	grant := "(OA;CINPIO;CR;00299570-246d-11d0-a768-00aa006e0529;bf967aba-0de6-11d0-a285-00aa003049e2;S-1-5-21-1000-2000-3000-1464)"
	_, unit, _ := tree(t, Rules{}, grant)
	deeper := below(below(unit, ClassOrganizationalUnit, Rules{}), ClassUser, Rules{})
	assert.False(t, Allowed(tokenOf(svc), deeper, alice, askReset, Rules{}), "A08-199")
}

func TestGrantToAGroupIsForTheTokenThatHasIt(t *testing.T) {
	_, _, d := tree(t, Rules{}, "(OA;CIIO;CR;00299570-246d-11d0-a768-00aa006e0529;bf967aba-0de6-11d0-a285-00aa003049e2;S-1-5-21-1000-2000-3000-2000)")
	assert.False(t, Allowed(tokenOf(svc), d, alice, askReset, Rules{}), "A08-200")
	assert.True(t, Allowed(tokenOf(svc, corp.Domain.WithRID(2000)), d, alice, askReset, Rules{}), "A08-203")
}

func TestDenyAndAllow(t *testing.T) {
	const (
		class   = "00299570-246d-11d0-a768-00aa006e0529;bf967aba-0de6-11d0-a285-00aa003049e2;S-1-5-21-1000-2000-3000-1464)"
		inherit = "(OA;CIIO;CR;" + class
		deny    = "(OD;CIIO;CR;" + class
		here    = "00299570-246d-11d0-a768-00aa006e0529;;S-1-5-21-1000-2000-3000-1464)"
	)
	explicit := func(d *Descriptor, rules Rules, ace string) *Descriptor {
		return Grant(d, rules, MustSDDL("D:"+ace, corp).DACL.ACEs...)
	}
	_, _, allowedAbove := tree(t, Rules{}, inherit)
	d := explicit(allowedAbove, Rules{}, "(OD;;CR;"+here)
	assert.False(t, Allowed(tokenOf(svc), d, alice, askReset, Rules{}), "A08-120 explicit deny, inherited allow")

	_, _, deniedAbove := tree(t, Rules{}, deny)
	d = explicit(deniedAbove, Rules{}, "(OA;;CR;"+here)
	assert.True(t, Allowed(tokenOf(svc), d, alice, askReset, Rules{}), "A08-127 explicit allow, inherited deny")

	_, _, both := tree(t, Rules{}, inherit+deny)
	assert.False(t, Allowed(tokenOf(svc), both, alice, askReset, Rules{}), "Windows sorts the parent, so the deny comes first")
	_, _, both = tree(t, SambaRules(), inherit+deny)
	assert.True(t, Allowed(tokenOf(svc), both, alice, askReset, SambaRules()), "A08-124 Samba keeps the order (D24)")
}

func TestUserCannotChangePassword(t *testing.T) {
	_, _, d := tree(t, Rules{}, "")
	require.True(t, Allowed(tokenOf(alice), d, alice, askChange, Rules{}))
	d = Grant(d, Rules{}, MustSDDL("D:(OD;;CR;ab721a53-1e2f-11d0-9819-00aa0040529b;;WD)(OD;;CR;ab721a53-1e2f-11d0-9819-00aa0040529b;;PS)", corp).DACL.ACEs...)
	assert.False(t, Allowed(tokenOf(alice), d, alice, askChange, Rules{}), "A08-139")
	assert.False(t, Allowed(tokenOf(svc), d, alice, askChange, Rules{}))
}

func TestAProtectedObjectIsOutOfReach(t *testing.T) {
	writeback := WritebackGrant(svc)
	head, _, d := tree(t, Rules{}, "")
	head = Grant(head, Rules{}, writeback...)
	unit := below(head, ClassOrganizationalUnit, Rules{})
	d = Reinherit(d, unit, users, Rules{})
	require.True(t, Allowed(tokenOf(svc), d, alice, askReset, Rules{}))

	stamped := Replace(d, MustSDDL(AdminSDHolderSDDL, corp), AllParts, unit, users, Rules{})
	got := answers(t, tokenOf(svc), stamped, alice, Rules{}, askReset, askChange, askLockout, askPwdLast)
	assert.Equal(t, []bool{false, true, false, false}, got, "the user himself can still change his password")
	assert.True(t, stamped.Protected())

	plain := Replace(d, MustSDDL("D:P(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;DA)(A;;RPLCLORC;;;AU)", corp), DACLPart, unit, users, SambaRules())
	got = answers(t, tokenOf(svc), plain, alice, SambaRules(), askReset, askChange, askLockout, askPwdLast)
	assert.Equal(t, []bool{false, false, false, false}, got, "A08-130..132")
	assert.Contains(t, plain.SDDL(corp), "D:P(", "A08-129")
}

func TestUnexpirePasswordIsARightOnTheDomainHead(t *testing.T) {
	head, _, _ := tree(t, Rules{}, "")
	ask := func(d *Descriptor, right GUID) bool {
		return Allowed(tokenOf(alice), d, "", Query{Want: ControlAccess, Type: right}, Rules{})
	}
	for _, right := range []GUID{RightUnexpirePassword, RightUpdatePasswordNotRequired, RightEnableReversiblyEncrypted} {
		assert.True(t, ask(head, right), "A08-142")
	}
	assert.False(t, ask(head, RightReplicationGetChanges))
	denied := Grant(head, Rules{}, MustSDDL("D:(OD;;CR;ccc2dc7d-a6ad-4a7a-8846-c04e3cc53501;;AU)", corp).DACL.ACEs...)
	assert.False(t, ask(denied, RightUnexpirePassword), "A08-143")
}

func TestWhoDoesWhatToAUserByDefault(t *testing.T) {
	_, _, d := tree(t, Rules{}, "")
	write := func(attribute, set GUID) Query { return Query{Want: WriteProperty, Type: attribute, Set: set} }
	mobile, displayName := MustGUID("f0f8ffa3-1191-11d0-a060-00aa006c33ed"), MustGUID("bf967953-0de6-11d0-a285-00aa003049e2")
	for who, c := range map[string]struct {
		token *Token
		q     Query
		want  bool
	}{
		"Domain Admins reset":                {tokenOf(admin, corp.Domain.WithRID(RIDDomainAdmins)), askReset, true},
		"Account Operators reset":            {tokenOf(svc, BuiltinAccountOperators), askReset, true},
		"Enterprise Admins inherit":          {tokenOf(admin, corp.Root.WithRID(RIDEnterpriseAdmins)), Query{Want: FullControl}, true},
		"Administrators do not delete trees": {tokenOf(admin, BuiltinAdministrators), Query{Want: DeleteTree}, false},
		"Administrators reset":               {tokenOf(admin, BuiltinAdministrators), askReset, true},
		"A08-151 self writes mobile":         {tokenOf(alice), write(mobile, SetPersonalInformation), true},
		"A08-148 self not displayName":       {tokenOf(alice), write(displayName, SetGeneralInformation), false},
		"self not lockoutTime":               {tokenOf(alice), askLockout, false},
		"another not mobile":                 {tokenOf(svc), write(mobile, SetPersonalInformation), false},
		"everybody sees lockoutTime":         {tokenOf(svc), Query{Want: ReadProperty, Type: AttrLockoutTime}, true},
		"anonymous sees nothing":             {NewToken("", 0, Everyone, Anonymous), Query{Want: ReadProperty, Type: AttrLockoutTime}, false},
		"anonymous changes with the old one": {NewToken("", 0, Everyone, Anonymous), askChange, true},
		"nobody resets himself":              {tokenOf(alice), askReset, false},
	} {
		t.Run(who, func(t *testing.T) {
			assert.Equal(t, []bool{c.want}, answers(t, c.token, d, alice, Rules{}, c.q))
		})
	}
	hardened := NewToken(svc, 0, Everyone, AuthenticatedUsers, Network)
	assert.False(t, Allowed(hardened, d, alice, Query{Want: ReadProperty, Type: AttrLockoutTime}, Rules{}), "A08-204: without Pre-Windows 2000 access")
	assert.True(t, Allowed(hardened, d, alice, Query{Want: ReadProperty, Type: displayName, Set: SetGeneralInformation}, Rules{}))
}

func TestAccessCheck(t *testing.T) {
	other := MustGUID("11111111-2222-3333-4444-555555555555")
	attr := Query{Want: ReadProperty, Type: AttrPwdLastSet, Set: SetUserAccountRestrictions}
	const none, sd = 0, SecurityPrivilege
	for why, c := range map[string]struct {
		sddl       string
		privileges Privileges
		q          Query
		want       bool
	}{
		"no DACL":                               {"O:SY", none, Query{Want: FullControl}, true},
		"no DACL in as many words":              {"O:SYD:NO_ACCESS_CONTROL", none, Query{Want: FullControl}, true},
		"no DACL is no SACL":                    {"O:SY", none, Query{Want: AccessSystemSecurity}, false},
		"SACL is a privilege":                   {"O:SYD:", sd, Query{Want: AccessSystemSecurity}, true},
		"an entry gives no SACL":                {"O:SYD:(A;;GA;;;WD)", none, Query{Want: AccessSystemSecurity}, false},
		"empty DACL":                            {"O:SYD:", none, Query{Want: ReadControl}, false},
		"owner reads and writes it":             {"O:S-1-5-21-1000-2000-3000-1464D:", none, Query{Want: ReadControl | WriteDAC}, true},
		"owner does no more":                    {"O:S-1-5-21-1000-2000-3000-1464D:", none, Query{Want: WriteOwner}, false},
		"owner through a group":                 {"O:DUD:", none, Query{Want: WriteDAC}, true},
		"owner rights replace that":             {"O:DUD:(A;;RP;;;OW)", none, Query{Want: WriteDAC}, false},
		"owner rights are the owner's":          {"O:DUD:(A;;RP;;;OW)", none, Query{Want: ReadProperty}, true},
		"owner rights are nobody else's":        {"O:SYD:(A;;RP;;;OW)", none, Query{Want: ReadProperty}, false},
		"inherit-only owner rights do not":      {"O:DUD:(A;CIIO;RP;;;OW)", none, Query{Want: WriteDAC}, true},
		"deny cannot take what the owner has":   {"O:DUD:(D;;WD;;;WD)", none, Query{Want: WriteDAC}, true},
		"take ownership":                        {"O:SYD:", TakeOwnershipPrivilege, Query{Want: WriteOwner}, true},
		"bits from several entries":             {"D:(A;;RP;;;WD)(A;;WP;;;AU)", none, Query{Want: ReadProperty | WriteProperty}, true},
		"one bit missing":                       {"D:(A;;RP;;;WD)", none, Query{Want: ReadProperty | WriteProperty}, false},
		"deny before":                           {"D:(D;;RP;;;WD)(A;;RP;;;WD)", none, Query{Want: ReadProperty}, false},
		"deny behind":                           {"D:(A;;RP;;;WD)(D;;RP;;;WD)", none, Query{Want: ReadProperty}, true},
		"deny of another bit":                   {"D:(D;;WP;;;WD)(A;;RP;;;WD)", none, Query{Want: ReadProperty}, true},
		"deny of one of two":                    {"D:(A;;RP;;;WD)(D;;WP;;;WD)(A;;WP;;;WD)", none, Query{Want: ReadProperty | WriteProperty}, false},
		"inherit-only":                          {"D:(A;CIIO;RP;;;WD)", none, Query{Want: ReadProperty}, false},
		"somebody else's":                       {"D:(A;;RP;;;SY)", none, Query{Want: ReadProperty}, false},
		"attribute":                             {"D:(OA;;RP;bf967a0a-0de6-11d0-a285-00aa003049e2;;WD)", none, attr, true},
		"its property set":                      {"D:(OA;;RP;4c164200-20c0-11d0-a768-00aa006e0529;;WD)", none, attr, true},
		"another set":                           {"D:(OA;;RP;5f202010-79a5-11d0-9020-00c04fc2d4cf;;WD)", none, attr, false},
		"object entry without type":             {"D:(OA;;RP;;;WD)", none, attr, true},
		"deny of the set":                       {"D:(OD;;RP;4c164200-20c0-11d0-a768-00aa006e0529;;WD)(A;;RP;;;WD)", none, attr, false},
		"deny of another attribute":             {"D:(OD;;RP;bf967a68-0de6-11d0-a285-00aa003049e2;;WD)(A;;RP;;;WD)", none, attr, true},
		"an attribute's entry is not for all":   {"D:(OA;;RP;bf967a0a-0de6-11d0-a285-00aa003049e2;;WD)", none, Query{Want: ReadProperty}, false},
		"an entry for GUID zero is not for all": {"D:(OA;;RP;00000000-0000-0000-0000-000000000000;;WD)", none, Query{Want: ReadProperty}, false},
		"attribute without a set":               {"D:(OA;;RP;00000000-0000-0000-0000-000000000000;;WD)", none, Query{Want: ReadProperty, Type: other}, false},
		"plain CR is every right":               {"D:(A;;CR;;;WD)", none, Query{Want: ControlAccess, Type: other}, true},
		"one right is not every right":          {"D:(OA;;CR;00299570-246d-11d0-a768-00aa006e0529;;WD)", none, Query{Want: ControlAccess, Type: other}, false},
		"one right is not all rights":           {"D:(OA;;CR;00299570-246d-11d0-a768-00aa006e0529;;WD)", none, Query{Want: ControlAccess}, false},
		"create one class":                      {"D:(OA;;CC;bf967aba-0de6-11d0-a285-00aa003049e2;;WD)", none, Query{Want: CreateChild, Type: ClassUser}, true},
		"not another class":                     {"D:(OA;;CC;bf967aba-0de6-11d0-a285-00aa003049e2;;WD)", none, Query{Want: CreateChild, Type: ClassGroup}, false},
		"validated write of self membership":    {"D:(OA;;SW;bf9679c0-0de6-11d0-a285-00aa003049e2;;WD)", none, Query{Want: ValidatedWrite, Type: WriteSelfMembership}, true},
		"validated write is no write":           {"D:(OA;;SW;bf9679c0-0de6-11d0-a285-00aa003049e2;;WD)", none, Query{Want: WriteProperty, Type: AttrMember}, false},
		"self":                                  {"D:(A;;RP;;;PS)", none, Query{Want: ReadProperty}, true},
		"generic rights asked for":              {"D:(A;;RPLCLORC;;;WD)", none, Query{Want: GenericRead}, true},
		"generic rights in an entry":            {"D:(A;;GR;;;WD)", none, Query{Want: ReadProperty}, true},
		"asking for nothing":                    {"D:", none, Query{}, true},
		"audit entries say nothing":             {"D:(AU;SA;RP;;;WD)", none, Query{Want: ReadProperty}, false},
	} {
		t.Run(why, func(t *testing.T) {
			tok := NewToken(svc, c.privileges, corp.Domain.WithRID(RIDDomainUsers), Everyone, AuthenticatedUsers)
			d := MustSDDL(c.sddl, corp)
			assert.Equal(t, []bool{c.want}, answers(t, tok, d, svc, Rules{}, c.q))
			assert.Equal(t, c.want, c.q.Want.Mapped()&^GrantedFor(tok, d, svc, c.q, Rules{}) == 0, "maximum allowed agrees")
		})
	}
}

func TestSelfIsTheObjectsOwnSID(t *testing.T) {
	d := MustSDDL("D:(A;;RP;;;PS)", corp)
	assert.False(t, Allowed(tokenOf(svc), d, alice, Query{Want: ReadProperty}, Rules{}))
	assert.False(t, Allowed(tokenOf(svc), d, "", Query{Want: ReadProperty}, Rules{}), "an object without a SID is nobody's self")
	group := corp.Domain.WithRID(2000)
	assert.True(t, Allowed(tokenOf(svc, group), d, group, Query{Want: ReadProperty}, Rules{}), "a member is its group's self")
}

func TestPartsOfTheDescriptorSomebodyMayWrite(t *testing.T) {
	for why, c := range map[string]struct {
		grant string
		more  Privileges
		want  Parts
	}{
		"A08-069 the writeback set": {"(OA;CIIO;CR;00299570-246d-11d0-a768-00aa006e0529;bf967aba-0de6-11d0-a285-00aa003049e2;S-1-5-21-1000-2000-3000-1464)", 0, 0},
		"A08-089 Generic All":       {"(A;CIIO;GA;;;S-1-5-21-1000-2000-3000-1464)", 0, 7},
		"and the privilege":         {"(A;CIIO;GA;;;S-1-5-21-1000-2000-3000-1464)", SecurityPrivilege, 15},
		"write DAC":                 {"(A;CIIO;WD;;;S-1-5-21-1000-2000-3000-1464)", 0, 4},
		"write owner":               {"(A;CIIO;WO;;;S-1-5-21-1000-2000-3000-1464)", 0, 3},
	} {
		_, _, d := tree(t, Rules{}, c.grant)
		tok := NewToken(svc, c.more, Everyone, AuthenticatedUsers)
		assert.Equal(t, c.want, EffectiveParts(tok, d, alice, Rules{}), why)
	}
}

func TestTokenKnowsItsMembers(t *testing.T) {
	tok := NewToken(alice, 0, Everyone, AuthenticatedUsers, Everyone)
	assert.True(t, tok.Has(alice))
	assert.True(t, tok.Has(Everyone))
	assert.False(t, tok.Has(svc))
	assert.Len(t, tok.SIDs(), 3)
	assert.IsIncreasing(t, tok.SIDs())
	assert.False(t, NewToken("", 0, Everyone, "").Has(""))
}

func TestViewAndCheckAlwaysAgree(t *testing.T) {
	guids := []GUID{AttrPwdLastSet, SetUserAccountRestrictions, RightUserForceChangePassword, ClassUser}
	sids := []SID{Everyone, AuthenticatedUsers, Self, OwnerRights, svc, alice, System}
	bits := []Mask{ReadProperty, WriteProperty, ControlAccess, ReadControl, WriteDAC, WriteOwner, GenericRead, GenericAll}
	mask := rapid.Custom(func(t *rapid.T) (m Mask) {
		for _, b := range rapid.SliceOfN(rapid.SampledFrom(bits), 1, 3).Draw(t, "bits") {
			m |= b
		}
		return m
	})
	ace := rapid.Custom(func(t *rapid.T) ACE {
		a := ACE{
			Type:  rapid.SampledFrom([]ACEType{Allow, Deny, AllowObject, DenyObject, Audit}).Draw(t, "type"),
			Flags: rapid.SampledFrom([]ACEFlags{0, 0, ContainerInherit, InheritOnly | ContainerInherit}).Draw(t, "flags"),
			Mask:  mask.Draw(t, "mask"), SID: rapid.SampledFrom(sids).Draw(t, "sid"),
		}
		if a.HasObjectType = a.Type.Object() && rapid.Bool().Draw(t, "typed"); a.HasObjectType {
			a.ObjectType = rapid.SampledFrom(guids).Draw(t, "object")
		}
		return a
	})
	rapid.Check(t, func(t *rapid.T) {
		d := &Descriptor{Owner: rapid.SampledFrom(sids).Draw(t, "owner"), DACL: &ACL{ACEs: rapid.SliceOfN(ace, 0, 6).Draw(t, "entries")}}
		tok := NewToken(svc, Privileges(rapid.IntRange(0, 3).Draw(t, "privileges")), Everyone, AuthenticatedUsers)
		rules := Rules{SambaObjectACE: rapid.Bool().Draw(t, "samba")}
		self := rapid.SampledFrom([]SID{svc, alice, ""}).Draw(t, "self")
		q := Query{Want: mask.Draw(t, "want")}
		if rapid.Bool().Draw(t, "typed") {
			q.Type, q.Set = AttrPwdLastSet, SetUserAccountRestrictions
		}
		v := NewView(tok, d, self, rules)
		ok := Allowed(tok, d, self, q, rules)
		assert.Equal(t, ok, v.Allows(q))
		assert.Equal(t, ok, q.Want.Mapped()&^GrantedFor(tok, d, self, q, rules) == 0)
		assert.Equal(t, ok, Explain(tok, d, self, q, rules).Allowed)

		all := v
		for _, one := range bits {
			if q.Want&one != 0 && ok {
				assert.True(t, all.Allows(Query{Want: one, Type: q.Type, Set: q.Set}), "who may do all may do each")
			}
		}
	})
}

func TestChecksAllocateNothing(t *testing.T) {
	_, _, d := tree(t, Rules{}, "")
	tok := tokenOf(svc)
	v := NewView(tok, d, alice, Rules{})
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		Allowed(tok, d, alice, askReset, Rules{})
		Allowed(tok, d, alice, Query{Want: ReadProperty, Type: AttrPwdLastSet, Set: SetUserAccountRestrictions}, Rules{})
		Granted(tok, d, alice, Rules{})
		v.Allows(askLockout)
	}))
}

func BenchmarkAllowed(b *testing.B) {
	_, _, d := tree(b, Rules{}, "")
	b.Run("administrator", func(b *testing.B) {
		tok := tokenOf(admin, corp.Domain.WithRID(RIDDomainAdmins))
		for b.Loop() {
			Allowed(tok, d, alice, askReset, Rules{})
		}
	})
	b.Run("refused", func(b *testing.B) {
		tok := tokenOf(svc)
		for b.Loop() {
			Allowed(tok, d, alice, askReset, Rules{})
		}
	})
	b.Run("read attribute", func(b *testing.B) {
		tok := tokenOf(svc)
		q := Query{Want: ReadProperty, Type: AttrLockoutTime}
		for b.Loop() {
			Allowed(tok, d, alice, q, Rules{})
		}
	})
}

func BenchmarkView(b *testing.B) {
	_, _, d := tree(b, Rules{}, "")
	tok := tokenOf(svc)
	b.Run("prepare", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			NewView(tok, d, alice, Rules{})
		}
	})
	b.Run("ask", func(b *testing.B) {
		v := NewView(tok, d, alice, Rules{})
		for b.Loop() {
			v.Allows(askLockout)
		}
	})
}

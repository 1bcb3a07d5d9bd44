package directory_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

func (l *lab) add(c directory.Caller, dn string, attrs ...[]string) directory.Result {
	a := directory.AddRequest{DN: dn}
	for _, kv := range attrs {
		at := directory.Attribute{Name: kv[0]}
		for _, v := range kv[1:] {
			at.Values = append(at.Values, []byte(v))
		}
		a.Attributes = append(a.Attributes, at)
	}
	return l.dc.Add(context.Background(), l.request(c), a)
}

func at(name string, values ...string) []string { return append([]string{name}, values...) }

// Chapter 10.1.
func TestAddFillsIn(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	admin := l.admin()
	dn := "CN=New User," + staff
	require.Equal(t, directory.Success, l.add(admin, dn, at("objectClass", "user")).Code)
	for name, want := range map[string]string{
		"userAccountControl": "546", "sAMAccountType": "805306368", "primaryGroupID": "513", "accountExpires": "9223372036854775807",
		"pwdLastSet": "0", "badPwdCount": "0", "codePage": "0", "countryCode": "0", "instanceType": "4", "cn": "New User", "name": "New User", "logonCount": "0",
	} {
		assert.Equal(t, want, l.value(dn, name), name)
	}
	assert.Regexp(t, `^\$[0-9A-F]{6}-[0-9A-F]{12}$`, l.value(dn, "sAMAccountName"), "A10-003")
	group := "CN=New Group," + staff
	require.Equal(t, directory.Success, l.add(admin, group, at("objectClass", "top", "group"), at("sAMAccountName", "newgroup")).Code)
	assert.Equal(t, "-2147483646", l.value(group, "groupType"))
	assert.Equal(t, "268435456", l.value(group, "sAMAccountType"))
	pc := "CN=PC1," + staff
	require.Equal(t, directory.Success, l.add(admin, pc, at("objectClass", "computer"), at("sAMAccountName", "PC1$")).Code)
	assert.Equal(t, "4096", l.value(pc, "userAccountControl"), "A10-070")
	assert.Equal(t, "515", l.value(pc, "primaryGroupID"))
	require.Equal(t, directory.Success, l.add(admin, "CN=Ready,"+staff, at("objectClass", "user"), at("sAMAccountName", "ready"), at("userAccountControl", "512"), at("unicodePwd", q("Steady-Secret1"))).Code)
	l.as("ready@corp.example", "Steady-Secret1")
}

func TestAddRefusals(t *testing.T) {
	type answer struct {
		code   directory.Code
		prefix string
	}
	user := at("objectClass", "user")
	for name, c := range map[string]struct {
		dn             string
		attrs          [][]string
		windows, samba answer
	}{
		"A10-002 exists":                     {"CN=Anna Long," + staff, [][]string{user}, answer{68, "00002071"}, answer{68, ""}},
		"A10-005 no parent":                  {"CN=x,OU=Nowhere," + base, [][]string{user}, answer{32, "0000208D"}, answer{32, "00002030"}},
		"A10-006 outside the forest":         {"CN=x,DC=other,DC=example", [][]string{user}, answer{10, "0000202B"}, answer{32, "00002030"}},
		"A10-007 no objectClass":             {"CN=x," + staff, [][]string{at("description", "x")}, answer{65, "0000207B"}, answer{65, "00002014"}},
		"A10-009 unknown attribute":          {"CN=x," + staff, [][]string{user, at("nosuch", "x")}, answer{16, "00000057"}, answer{16, "0000200A"}},
		"A10-010 not of the class":           {"CN=x," + staff, [][]string{user, at("groupType", "2")}, answer{65, "0000207D"}, answer{65, "00002014"}},
		"A05-076 PSO without its values":     {"CN=x,CN=Password Settings Container,CN=System," + base, [][]string{at("objectClass", "msDS-PasswordSettings")}, answer{65, "0000207C"}, answer{65, "00002014"}},
		"A05-083 PSO elsewhere":              {"CN=x," + staff, [][]string{at("objectClass", "msDS-PasswordSettings")}, answer{64, "00002099"}, answer{64, "00002037"}},
		"A10-011 taken account name":         {"CN=x," + staff, [][]string{user, at("sAMAccountName", "ANNALONG")}, answer{68, "00000524"}, answer{68, "00002071"}},
		"A10-013 taken UPN":                  {"CN=x," + staff, [][]string{user, at("userPrincipalName", "annalong@CORP.example")}, answer{19, "000021C8"}, answer{19, "0000202F"}},
		"A10-015 wrong RDN type":             {"OU=x," + staff, [][]string{user}, answer{64, "00002073"}, answer{64, "00002037"}},
		"A10-027 user below a user":          {"CN=x,CN=Anna Long," + staff, [][]string{user}, answer{64, "00002099"}, answer{64, "00002037"}},
		"A10-016 two values in the RDN":      {"CN=x+CN=y," + staff, [][]string{user}, answer{34, "0000208F"}, answer{34, "00002032"}},
		"A10-017 long name":                  {"CN=" + strings.Repeat("x", 65) + "," + staff, [][]string{user}, answer{19, "00002082"}, answer{0, ""}},
		"A10-019 objectSid":                  {"CN=x," + staff, [][]string{user, at("objectSid", "\x01\x01\x00\x00\x00\x00\x00\x05\x0b\x00\x00\x00")}, answer{53, "000020E7"}, answer{53, "00002035"}},
		"A10-033 memberOf":                   {"CN=x," + staff, [][]string{user, at("memberOf", "CN=Domain Admins,CN=Users,"+base)}, answer{53, "0000209A"}, answer{53, "00002035"}},
		"A10-034 primaryGroupID":             {"CN=x," + staff, [][]string{user, at("primaryGroupID", "512")}, answer{53, "00002035"}, answer{53, "00002035"}},
		"A10-022 pwdLastSet 5":               {"CN=x," + staff, [][]string{user, at("pwdLastSet", "5")}, answer{53, "00000057"}, answer{80, "00000057"}},
		"A10-024 single-valued twice":        {"CN=x," + staff, [][]string{user, at("displayName", "a", "b")}, answer{19, "00002081"}, answer{19, "0000200D"}},
		"A10-025 empty value":                {"CN=x," + staff, [][]string{user, at("displayName", "")}, answer{21, "00000057"}, answer{21, ""}},
		"A10-030 long account name":          {"CN=x," + staff, [][]string{user, at("sAMAccountName", strings.Repeat("x", 21))}, answer{53, "00000523"}, answer{0, ""}},
		"A03-129 enabled without a password": {"CN=x," + staff, [][]string{user, at("userAccountControl", "512")}, answer{53, "0000052D"}, answer{0, ""}},
		"A10-014 D39 RDN value of a sibling": {"OU=Anna Long," + staff, [][]string{at("objectClass", "organizationalUnit")}, answer{68, "00002071"}, answer{0, ""}},
		"A10-008 unknown class":              {"CN=x," + staff, [][]string{at("objectClass", "nosuch")}, answer{65, "00002014"}, answer{16, "0000200A"}},
		"A10-028 abstract class":             {"CN=x," + staff, [][]string{at("objectClass", "top")}, answer{65, "00002014"}, answer{53, ""}},
	} {
		for dialect, want := range map[directory.Dialect]answer{directory.Windows2022: c.windows, directory.Samba: c.samba} {
			l := newLab(t, dialect)
			l.user("Anna Long")
			res := l.add(l.admin(), c.dn, c.attrs...)
			assert.Equal(t, want, answer{res.Code, prefix(res)}, "%s %s: %s", dialect, name, res.Diagnostic)
		}
	}
}

// Chapters 7 and 10.2.
func TestModifyRefusals(t *testing.T) {
	type answer struct {
		code   directory.Code
		prefix string
	}
	for name, c := range map[string]struct {
		change         directory.ModifyChange
		windows, samba answer
	}{
		"A07-078 badPwdCount":                       {change(set, "badPwdCount", "0"), answer{53, "0000209A"}, answer{0, ""}},
		"A07-104 dBCSPwd":                           {change(set, "dBCSPwd", "x"), answer{53, "0000209A"}, answer{53, "00002035"}},
		"A07-084 memberOf":                          {change(set, "memberOf", "CN=Domain Admins,CN=Users,"+base), answer{53, "0000209A"}, answer{53, "00002035"}},
		"A06-035 computed control":                  {change(set, "msDS-User-Account-Control-Computed", "0"), answer{53, "0000209A"}, answer{19, "0000202F"}},
		"A07-083 objectGUID":                        {change(set, "objectGUID", strings.Repeat("x", 16)), answer{19, "000020B1"}, answer{19, "0000202F"}},
		"A07-088 whenCreated":                       {change(set, "whenCreated", "20200101000000.0Z"), answer{19, "000020B1"}, answer{19, "0000202F"}},
		"A07-107 tokenGroups":                       {change(set, "tokenGroups", "x"), answer{19, "0000211B"}, answer{19, "0000202F"}},
		"A07-091 cn":                                {change(set, "cn", "x"), answer{67, "000020B1"}, answer{67, "00002016"}},
		"A07-092 name":                              {change(set, "name", "x"), answer{67, "000020B1"}, answer{67, "00002016"}},
		"A07-094 another class":                     {change(set, "objectClass", "top", "group"), answer{65, "00002077"}, answer{65, "00002014"}},
		"A07-111 unknown attribute":                 {change(set, "nosuch", "x"), answer{16, "00000057"}, answer{16, ""}},
		"A07-113 manager who is not there":          {change(set, "manager", "CN=x,"+staff), answer{19, "000020B5"}, answer{19, "000020B5"}},
		"A07-114 manager that is no name":           {change(set, "manager", "x"), answer{21, "00000057"}, answer{34, ""}},
		"A07-115 initials too long":                 {change(set, "initials", "1234567"), answer{19, "00002082"}, answer{21, "0000200B"}},
		"A07-048 a number that is none":             {change(set, "accountExpires", "soon"), answer{21, "00000057"}, answer{21, "0000200B"}},
		"A05-057 pwdLastSet text":                   {change(set, "pwdLastSet", "abc"), answer{21, "00000057"}, answer{80, "00000057"}},
		"A07-026 userAccountControl text":           {change(set, "userAccountControl", "abc"), answer{21, "00000057"}, answer{0, ""}},
		"A07-030 userAccountControl deleted":        {change(remove, "userAccountControl"), answer{53, "00002077"}, answer{53, "00002077"}},
		"A07-011 two account types":                 {change(set, "userAccountControl", "4608"), answer{53, "00000057"}, answer{80, ""}},
		"A07-013 server trust on a user":            {change(set, "userAccountControl", "8192"), answer{65, "0000217C"}, answer{65, "0000217C"}},
		"A07-014 interdomain trust":                 {change(set, "userAccountControl", "2048"), answer{53, "00000057"}, answer{50, ""}},
		"A06-028 lockoutTime of now":                {change(set, "lockoutTime", "1"), answer{53, "00000057"}, answer{0, ""}},
		"A06-027 lockoutTime deleted":               {change(remove, "lockoutTime"), answer{53, "00002077"}, answer{53, "00002077"}},
		"A07-085 primary group of a stranger":       {change(set, "primaryGroupID", "512"), answer{53, "00000561"}, answer{53, ""}},
		"A07-057 short logonHours":                  {change(set, "logonHours", "x"), answer{53, "00000057"}, answer{0, ""}},
		"A07-119 second description":                {change(add, "description", "a", "b"), answer{20, "00002081"}, answer{20, "0000200D"}},
		"A10-053 delete of an absent attribute":     {change(remove, "title"), answer{16, "00002076"}, answer{16, ""}},
		"A10-054 delete of an absent value":         {change(remove, "displayName", "x"), answer{16, "00002085"}, answer{16, ""}},
		"add of an existing value":                  {change(add, "displayName", "ANNA LONG"), answer{20, "00002083"}, answer{20, "0000200D"}},
		"A10-055 replace of nothing by nothing":     {change(set, "title"), answer{0, ""}, answer{0, ""}},
		"A10-056 add of no values":                  {change(add, "title"), answer{2, "00000057"}, answer{19, ""}},
		"A07-099 forbidden character":               {change(set, "sAMAccountName", "a/b"), answer{53, "00000523"}, answer{19, "0000202F"}},
		"A07-096 taken account name":                {change(set, "sAMAccountName", "administrator"), answer{68, "00000524"}, answer{68, "00002071"}},
		"A10-058 D52 addresses that differ in case": {change(set, "proxyAddresses", "smtp:a@b", "SMTP:a@b"), answer{20, "00002083"}, answer{0, ""}},
		"A03-155 clearTextPassword":                 {change(set, "clearTextPassword", "N\x003\x00w\x00!\x00P\x00a\x00s\x00s\x00"), answer{16, "00000057"}, answer{0, ""}},
	} {
		for dialect, want := range map[directory.Dialect]answer{directory.Windows2022: c.windows, directory.Samba: c.samba} {
			l := newLab(t, dialect)
			anna := l.user("Anna Long")
			res := l.modify(l.admin(), anna, c.change)
			if res.Code == 0 {
				res.Diagnostic = ""
			}
			assert.Equal(t, want, answer{res.Code, prefix(res)}, "%s %s: %s", dialect, name, res.Diagnostic)
		}
	}
}

func TestAllChangesOrNone(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna := l.user("Anna Long")
	admin := l.admin()
	usn := l.value(anna, "uSNChanged")
	res := l.modify(admin, anna, change(set, "title", "Dr"), change(set, "unicodePwd", q("N3w!Passw0rd")), change(set, "pwdLastSet", "5"))
	assert.Equal(t, directory.UnwillingToPerform, res.Code)
	assert.Empty(t, l.value(anna, "title"))
	l.as(anna, firstPass)
	_ = usn
	r := l.request(admin)
	r.Controls.PermissiveModify = true
	res = l.dc.Modify(t.Context(), r, directory.ModifyRequest{DN: anna, Changes: []directory.ModifyChange{change(remove, "title"), change(add, "displayName", "Anna Long"), change(remove, "displayName", "x")}})
	assert.Equal(t, directory.Success, res.Code, res.Diagnostic)
}

// Chapter 7.1.
func TestUserAccountControl(t *testing.T) {
	for name, c := range map[string]struct{ written, stored string }{
		"A07-002 zero": {"0", "512"}, "A07-003 disabled without a type": {"2", "514"}, "A07-007 cannot change": {"576", "512"}, "A07-009 expired": {"8389120", "512"},
		"never expires": {"66048", "66048"}, "script": {"513", "512"},
	} {
		l := newLab(t, directory.Windows2022)
		anna := l.user("Anna Long")
		require.Equal(t, directory.Success, l.modify(l.admin(), anna, change(set, "userAccountControl", c.written)).Code, name)
		assert.Equal(t, c.stored, l.value(anna, "userAccountControl"), name)
	}
	l := newLab(t, directory.Windows2022)
	anna := l.user("Anna Long")
	admin := l.admin()
	res := l.modify(admin, anna, change(remove, "userAccountControl", "512"), change(add, "userAccountControl", "514"))
	assert.Equal(t, directory.Success, res.Code, "a guarded write")
	res = l.modify(admin, anna, change(remove, "userAccountControl", "512"), change(add, "userAccountControl", "512"))
	assert.Equal(t, directory.NoSuchAttribute, res.Code, "that does not match")
	require.Equal(t, directory.Success, l.modify(admin, anna, change(set, "userAccountControl", "262656")).Code)
	_, res = l.bind(anna, firstPass)
	assert.Equal(t, directory.InvalidCredentials, res.Code, "A07-034: smartcard required makes the password random")
}

// Chapter 10.3.
func TestGroups(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	l.people(t)
	admin := l.admin()
	inner, anna := "CN=Inner,"+staff, "CN=Anna Long,"+staff
	assert.Equal(t, "00000562", prefix(l.modify(admin, inner, change(add, "member", anna))))
	assert.Equal(t, "00000561", prefix(l.modify(admin, inner, change(remove, "member", "CN=Bob Short,"+staff))))
	assert.Equal(t, "00000525", prefix(l.modify(admin, inner, change(add, "member", "CN=x,"+staff))))
	require.Equal(t, directory.Success, l.modify(admin, inner, change(remove, "member", anna)).Code)
	assert.Empty(t, l.value(anna, "memberOf"))
	require.Equal(t, directory.Success, l.modify(admin, inner, change(add, "member", anna)).Code)
	assert.Equal(t, inner, l.value(anna, "memberOf"))
	res := l.modify(admin, inner, change(set, "groupType", "-2147483644"))
	assert.Equal(t, directory.UnwillingToPerform, res.Code, "global does not become domain local at once")
	require.Equal(t, directory.Success, l.modify(admin, inner, change(set, "groupType", "-2147483640")).Code)

	require.Equal(t, directory.Success, l.dc.Delete(t.Context(), l.request(admin), anna).Code)
	assert.Empty(t, l.value(inner, "member"), "A10-097")
}

// Chapter 10.4 and 10.5.
func TestRenameMoveDelete(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	l.people(t)
	admin := l.admin()
	anna, other := "CN=Anna Long,"+staff, "OU=Other,"+base
	require.NoError(t, l.domain.AddOU(l.now, other))
	rename := func(dn, rdn string, to *string, keep bool) directory.Result {
		return l.dc.ModifyDN(t.Context(), l.request(admin), directory.ModifyDNRequest{DN: dn, NewRDN: rdn, DeleteOldRDN: !keep, NewSuperior: to})
	}
	nowhere, users, itself := "OU=Nowhere,"+base, "CN=Users,"+base, staff
	assert.Equal(t, "00000057", prefix(rename(anna, "CN=x", nil, true)))
	assert.Equal(t, "00002089", prefix(rename(anna, "CN=x", &nowhere, false)))
	assert.Equal(t, "00002073", prefix(rename(anna, "OU=x", nil, false)))
	assert.Equal(t, "00002071", prefix(rename(anna, "CN=Bob Short", nil, false)))
	assert.Equal(t, "00002183", prefix(rename(base, "DC=x", nil, false)))
	assert.Equal(t, "00002185", prefix(rename(users, "CN=x", nil, false)))
	assert.Equal(t, directory.ProtocolError, rename(anna, "", nil, false).Code)
	assert.Equal(t, "00002077", prefix(rename(staff, "OU=Staff", &itself, false)))
	guid := l.value(anna, "objectGUID")
	require.Equal(t, directory.Success, rename(anna, "CN=Anna Lang", &other, false).Code)
	moved := "CN=Anna Lang," + other
	assert.Equal(t, guid, l.value(moved, "objectGUID"))
	assert.Equal(t, moved, l.value("CN=Inner,"+staff, "member"), "links follow")
	l.as("along@corp.example", firstPass)

	assert.Equal(t, "0000208C", prefix(l.dc.Delete(t.Context(), l.request(admin), other)))
	assert.Equal(t, "000020CE", prefix(l.dc.Delete(t.Context(), l.request(admin), base)))
	require.Equal(t, directory.Success, l.dc.Delete(t.Context(), l.request(admin), moved).Code)
	assert.Equal(t, directory.NoSuchObject, l.dc.Delete(t.Context(), l.request(admin), moved).Code)
	r := l.request(admin)
	s, _ := l.search(r, base, directory.WholeSubtree, "(sAMAccountName=along)")
	assert.Empty(t, s.entries)
	r.Controls.ShowDeleted = true
	s, _ = l.search(r, base, directory.WholeSubtree, "(sAMAccountName=along)")
	require.Len(t, s.entries, 1)
	assert.Regexp(t, `^CN=Anna Lang\\0ADEL:[0-9a-f-]{36},CN=Deleted Objects,DC=corp,DC=example$`, s.entries[0].DN)

	res := l.dc.Modify(t.Context(), r, directory.ModifyRequest{DN: s.entries[0].DN, Changes: []directory.ModifyChange{change(remove, "isDeleted"), change(set, "distinguishedName", anna)}})
	require.Equal(t, directory.Success, res.Code, res.Diagnostic)
	assert.Equal(t, "along", l.value(anna, "sAMAccountName"))
	r.Controls.TreeDelete = true
	require.Equal(t, directory.Success, l.dc.Delete(t.Context(), r, staff).Code)
}

func TestPolicyLimits(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	admin := l.admin()
	assert.Equal(t, directory.UnwillingToPerform, l.modify(admin, base, change(set, "minPwdLength", "300")).Code, "D21")
	assert.Equal(t, directory.Success, l.modify(admin, base, change(set, "minPwdLength", "8")).Code)
	assert.Equal(t, 8, l.domain.Policy().MinLength)
}

func TestFineGrainedPolicy(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	l.people(t)
	strict := domain.PSO{Precedence: 10, Policy: domain.Policy{MinLength: 20, MaxAge: domain.IntervalOf(42 * 24 * time.Hour), LockoutDuration: domain.IntervalOf(30 * time.Minute), LockoutWindow: domain.IntervalOf(30 * time.Minute)}}
	require.NoError(t, l.domain.AddPSO(l.now, "Strict", strict, "Outer"))
	anna := "CN=Anna Long," + staff
	assert.Equal(t, "CN=Strict,CN=Password Settings Container,CN=System,"+base, l.value(anna, "msDS-ResultantPSO"), "A05-086: through nested groups")
	assert.Equal(t, "0000052D", prefix(l.reset(l.admin(), anna, "N3w!Passw0rd")))
	assert.Equal(t, directory.Success, l.reset(l.admin(), "CN=Bob Short,"+staff, "N3w!Passw0rd").Code)
	lax := strict
	lax.Precedence, lax.Policy.MinLength = 99, 3
	require.NoError(t, l.domain.AddPSO(l.now, "Lax", lax, "along"))
	assert.Equal(t, directory.Success, l.reset(l.admin(), anna, "abc").Code, "A05-087: a direct link beats any group")
}

func TestSecurityEvents(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna := l.user("Anna Long")
	svc := l.delegate(t)
	l.events = nil
	l.reset(svc, anna, "x")
	l.reset(svc, anna, "N3w!Passw0rd")
	l.modify(l.admin(), anna, change(set, "userAccountControl", "514"))
	var got []int
	for _, e := range l.events {
		if e.ID != 4776 && e.ID != 4624 {
			got = append(got, e.ID)
		}
	}
	assert.Equal(t, []int{4724, 4724, 4738, 4725, 4738}, got)
	assert.False(t, l.events[0].Success)
	assert.Equal(t, "svc", l.events[1].Field("SubjectUserName"))
	last := l.events[len(l.events)-1]
	assert.Equal(t, "0x10", last.Field("OldUacValue"))
	assert.Equal(t, "0x11", last.Field("NewUacValue"))
	assert.Contains(t, last.Field("UserAccountControl"), "%%2080")
}

func TestCompare(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna := l.user("Anna Long")
	compare := func(c directory.Caller, name, value string) directory.Code {
		return l.dc.Compare(t.Context(), l.request(c), directory.CompareRequest{DN: anna, Attribute: name, Value: []byte(value)}).Code
	}
	admin := l.admin()
	assert.Equal(t, directory.CompareTrue, compare(admin, "sAMAccountName", "ANNALONG"))
	assert.Equal(t, directory.CompareTrue, compare(admin, "objectClass", "person"))
	assert.Equal(t, directory.CompareFalse, compare(admin, "sAMAccountName", "x"))
	assert.Equal(t, directory.NoSuchAttribute, compare(admin, "nosuch", "x"))
	assert.Equal(t, directory.OperationsError, compare(directory.Caller{}, "cn", "x"))
}

// A domain controller does not delete what it is itself, alone or with what is
// above (MS-ADTS 3.1.1.5.5.3).
func TestADomainControllerKeepsItsSettings(t *testing.T) {
	for dialect, want := range map[directory.Dialect]string{directory.Windows2022: "00002094", directory.Samba: "00002035"} {
		l := newLab(t, dialect)
		admin := l.admin()
		s, _ := l.search(l.request(admin), "", directory.BaseObject, "(objectClass=*)", "dsServiceName", "serverName")
		settings, server := string(s.entries[0].Attributes[0].Values[0]), string(s.entries[0].Attributes[1].Values[0])
		res := l.dc.Delete(t.Context(), l.request(admin), settings)
		assert.Equal(t, directory.UnwillingToPerform, res.Code, dialect)
		assert.Equal(t, want, prefix(res))
		r := l.request(admin)
		r.Controls.TreeDelete = true
		assert.Equal(t, directory.UnwillingToPerform, l.dc.Delete(t.Context(), r, server).Code, dialect)
		_, res = l.search(l.request(admin), settings, directory.BaseObject, "(objectClass=nTDSDSA)")
		assert.Equal(t, directory.Success, res.Code)
	}
}

func TestSambaKeepsItsOwnAccountsInItsOwnWords(t *testing.T) {
	for dialect, want := range map[directory.Dialect]directory.Code{directory.Windows2022: directory.UnwillingToPerform, directory.Samba: directory.Other} {
		l := newLab(t, dialect)
		for _, name := range []string{"krbtgt", "Domain Admins"} {
			assert.Equal(t, want, l.dc.Delete(t.Context(), l.request(l.admin()), "CN="+name+",CN=Users,"+base).Code, "%s, %s", dialect, name)
		}
	}
}

// While a naming context is there, so is its cross-reference (observed of Samba
// 4.17; ERROR_DS_CANT_DEL_MASTER_CROSSREF). Another one may be deleted.
func TestTheCrossReferencesOfTheForestStay(t *testing.T) {
	type answer struct {
		code   directory.Code
		prefix string
	}
	for dialect, want := range map[directory.Dialect][2]answer{
		directory.Windows2022: {{53, "000020B7"}, {53, "000020B7"}},
		directory.Samba:       {{66, "00002015"}, {53, "00002035"}},
	} {
		l := newLab(t, dialect)
		admin := l.admin()
		const partitions = "CN=Partitions,CN=Configuration," + base
		for name, want := range map[string]answer{"CORP": want[0], "Enterprise Configuration": want[0], "Enterprise Schema": want[1]} {
			res := l.dc.Delete(t.Context(), l.request(admin), "CN="+name+","+partitions)
			assert.Equal(t, want, answer{res.Code, prefix(res)}, "%s %s: %s", dialect, name, res.Diagnostic)
		}
		if dialect != directory.Samba {
			continue
		}
		// It has no DNS zones.
		s, _ := l.search(l.request(admin), partitions, directory.SingleLevel, "(dnsRoot=DomainDnsZones.corp.example)", "1.1")
		require.Len(t, s.entries, 1)
		assert.Equal(t, directory.Success, l.dc.Delete(t.Context(), l.request(admin), s.entries[0].DN).Code)
	}
}

// MS-ADTS 3.1.1.3.3.9: administrators may ask for a dump.
func TestADumpIsAskedForByAdministrators(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	bob := l.user("Bob")
	assert.Equal(t, directory.Success, l.modify(l.admin(), "", change(add, "dumpDatabase", "description sn")).Code)
	assert.Equal(t, directory.InsufficientAccessRights, l.modify(l.as(bob, firstPass), "", change(add, "dumpDatabase", "sn")).Code)
	assert.Contains(t, l.values(l.admin(), "", "msDS-SupportedRootDSEModifications"), "dumpDatabase")
	l = newLab(t, directory.Samba)
	assert.Equal(t, directory.UnwillingToPerform, l.modify(l.admin(), "", change(add, "dumpDatabase", "sn")).Code)
}

// A SID names the well-known principals of the configuration, too. Samba finds
// none where the domain has a foreign security principal of the same SID
// (observed of Samba 4.17).
func TestWellKnownPrincipalsHaveTheirSIDs(t *testing.T) {
	for dialect, authenticated := range map[directory.Dialect]directory.Code{directory.Windows2022: directory.Success, directory.Samba: directory.NoSuchObject} {
		l := newLab(t, dialect)
		s, res := l.search(l.request(l.admin()), "<SID=S-1-1-0>", directory.BaseObject, "(objectClass=*)", "1.1")
		require.Equal(t, directory.Success, res.Code, "%s: %s", dialect, res.Diagnostic)
		assert.Equal(t, []string{"CN=Everyone,CN=WellKnown Security Principals,CN=Configuration," + base}, s.dns())
		_, res = l.search(l.request(l.admin()), "<SID=S-1-5-11>", directory.BaseObject, "(objectClass=*)", "1.1")
		assert.Equal(t, authenticated, res.Code, dialect)
		_, res = l.search(l.request(l.admin()), "<SID=S-1-5-99>", directory.BaseObject, "(objectClass=*)", "1.1")
		assert.Equal(t, directory.NoSuchObject, res.Code, dialect)
	}
}

// A computer without an account name is called as its object, where that can be
// an account's name and nobody has it.
func TestAComputerIsNamedAfterItsObject(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	name := func(dn string) string {
		require.Equal(t, directory.Success, l.add(l.admin(), dn, at("objectClass", "computer")).Code)
		return l.value(dn, "sAMAccountName")
	}
	assert.Equal(t, "PC$", name("CN=pc,"+staff))
	assert.Regexp(t, `^\$[0-9A-F]{6}-[0-9A-F]{12}$`, name("CN=pc,CN=Users,"+base), "taken")
	assert.Regexp(t, `^\$[0-9A-F]{6}-[0-9A-F]{12}$`, name("CN=a/b,"+staff), "no name of an account")
}

// MS-ADTS 3.1.1.5.2.4, observed of Samba 4.17.
func TestNewSitesHaveTheFlagsOfTheirClass(t *testing.T) {
	for _, dialect := range []directory.Dialect{directory.Windows2022, directory.Samba} {
		l := newLab(t, dialect)
		const sites = "CN=Sites,CN=Configuration," + base
		for _, c := range [][3]string{
			{"CN=New," + sites, "site", "1107296256"},
			{"CN=Servers,CN=New," + sites, "serversContainer", "33554432"},
			{"CN=S,CN=Servers,CN=New," + sites, "server", "1375731712"},
			{"CN=10.0.0.0/8,CN=Subnets," + sites, "subnet", "1073741824"},
		} {
			require.Equal(t, directory.Success, l.add(l.admin(), c[0], at("objectClass", c[1])).Code, c[0])
			assert.Equal(t, c[2], l.value(c[0], "systemFlags"), c[0])
		}
		for asked, got := range map[string]string{"1": "0", "-2147483648": "0", "1610612736": "1610612736"} {
			dn := "CN=" + asked + "," + staff
			require.Equal(t, directory.Success, l.add(l.admin(), dn, at("objectClass", "contact"), at("systemFlags", asked)).Code)
			assert.Equal(t, got, l.value(dn, "systemFlags"))
		}
		require.Equal(t, directory.Success, l.add(l.admin(), "CN=Fixed,"+sites, at("objectClass", "site"), at("systemFlags", "536870912")).Code)
		assert.Equal(t, "1644167168", l.value("CN=Fixed,"+sites, "systemFlags"))
	}
}

// No text says what Windows answers; Samba 4.17 was seen to answer 0.
func TestSortingLooksAtNoRule(t *testing.T) {
	for _, dialect := range []directory.Dialect{directory.Windows2022, directory.Samba} {
		l := newLab(t, dialect)
		anna := l.user("Anna")
		for _, key := range []directory.SortKey{{Attribute: "cn", OrderingRule: "1.2.3.4"}, {Attribute: "canonicalName"}} {
			r := l.request(l.admin())
			r.Controls.Sort, r.Controls.CriticalSort = &directory.Sort{Keys: []directory.SortKey{key}}, true
			s, res := l.search(r, base, directory.WholeSubtree, "(cn=Anna)", "1.1")
			assert.Equal(t, directory.Success, res.Code, key.Attribute)
			assert.Equal(t, []string{anna}, s.dns())
		}
	}
}

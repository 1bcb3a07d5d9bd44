package directory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// people makes a handful of objects to search for.
func (l *lab) people(t *testing.T) {
	t.Helper()
	for _, u := range []directory.UserSpec{
		{SAMAccountName: "jgarcia", DisplayName: "José García", GivenName: "José", Surname: "García", Mail: "jose@corp.example"},
		{SAMAccountName: "along", DisplayName: "Anna Long", GivenName: "Anna", Surname: "Long", Mail: "anna@corp.example"},
		{SAMAccountName: "bshort", DisplayName: "Bob Short", GivenName: "Bob", Surname: "Short"},
	} {
		u.Parent, u.Password = staff, secret.New(firstPass)
		_, err := l.domain.AddUser(l.now, u)
		require.NoError(t, err)
	}
	for _, g := range []directory.GroupSpec{{Name: "Inner", Parent: staff, Members: []string{"along"}}, {Name: "Outer", Parent: staff, Members: []string{"Inner"}}} {
		_, err := l.domain.AddGroup(l.now, g)
		require.NoError(t, err)
	}
}

// Chapter 9.1 and 9.2.
func TestFilters(t *testing.T) {
	group := "CN=Outer," + staff
	all := "jgarcia along bshort"
	for filter, c := range map[string]struct{ windows, samba string }{
		"(sAMAccountName=ALONG)":                             {"along", "along"},
		"(displayName=jose garcia)":                          {"jgarcia", ""},
		"(displayName=JOSÉ GARCÍA)":                          {"jgarcia", "jgarcia"},
		"(displayName= anna  long )":                         {"along", "along"},
		"(displayName=anna*)":                                {"along", "along"},
		"(displayName=*n*g)":                                 {"along", "along"},
		"(mail=*)":                                           {"jgarcia along", "jgarcia along"},
		"(!(mail=*))":                                        {"bshort", "bshort"},
		"(!(mail=anna@corp.example))":                        {"jgarcia bshort", "jgarcia bshort"},
		"(unknown=x)":                                        {"", ""},
		"(!(unknown=x))":                                     {"", all},
		"(!(telephoneNumber=1))":                             {all, all},
		"(userAccountControl:1.2.840.113556.1.4.803:=512)":   {all, all},
		"(userAccountControl:1.2.840.113556.1.4.803:=2)":     {"", ""},
		"(userAccountControl:1.2.840.113556.1.4.804:=514)":   {all, all},
		"(!(userAccountControl:1.2.840.113556.1.4.803:=2))":  {all, all},
		"(userAccountControl:1.2.3.4:=2)":                    {"", ""},
		"(userAccountControl=abc)":                           {"", ""},
		"(memberOf=" + group + ")":                           {"", ""},
		"(memberOf=CN=Inner," + staff + ")":                  {"along", "along"},
		"(memberOf=cn=inner, ou=staff, dc=corp, dc=example)": {"along", "along"},
		"(memberOf:1.2.840.113556.1.4.1941:=" + group + ")":  {"along", "along"},
		"(memberOf=CN=In*)":                                  {"", "along"},
		"(2.5.4.4=Long)":                                     {"along", ""},
		"(objectCategory=user)":                              {all, all},
		"(objectCategory=CN=Person,CN=Schema,CN=Configuration,DC=corp,DC=example)": {all, all},
		"(anr=anna)":       {"along", "along"},
		"(anr=long anna)":  {"along", "along"},
		"(anr=anna lo)":    {"along", "along"},
		"(anr==ann)":       {"", ""},
		"(anr=*na)":        {"", ""},
		"(&)":              {all, all},
		"(|)":              {"", ""},
		"(lockoutTime>=1)": {"", ""},
		"(uSNCreated>=1)":  {all, all},
		"(sn>=s)":          {"bshort", "bshort"},
		"(sn<=l)":          {"jgarcia", "jgarcia"},
		"(|(sAMAccountName=along)(mail=jose@corp.example))": {"jgarcia along", "jgarcia along"},
		"(&(sn=Long)(givenName=Bob))":                       {"", ""},
		"(distinguishedName=CN=Anna Long," + staff + ")":    {"along", "along"},
	} {
		for dialect, want := range map[directory.Dialect]string{directory.Windows2022: c.windows, directory.Samba: c.samba} {
			l := newLab(t, dialect)
			l.people(t)
			s, res := l.search(l.request(l.admin()), base, directory.WholeSubtree, "(&(objectClass=user)(userPrincipalName=*)"+filter+")", "sAMAccountName")
			require.Equal(t, directory.Success, res.Code, "%s %s", filter, res.Diagnostic)
			var got []string
			for _, e := range s.entries {
				got = append(got, string(e.Attributes[0].Values[0]))
			}
			assert.Equal(t, want, strings.Join(got, " "), "%s: %s", dialect, filter)
			alone, res := l.search(l.request(l.admin()), staff, directory.SingleLevel, filter, "sAMAccountName")
			require.Equal(t, directory.Success, res.Code)
			assert.Subset(t, alone.dns(), s.dns(), "%s alone, answered from an index: %s", dialect, filter)
		}
	}
}

func TestConstructedAttributesDoNotFilter(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	_, res := l.search(l.request(l.admin()), base, directory.WholeSubtree, "(canonicalName=*)")
	assert.Equal(t, directory.InappropriateMatching, res.Code)
	assert.Equal(t, "0000216B", prefix(res))
	l = newLab(t, directory.Samba)
	_, res = l.search(l.request(l.admin()), base, directory.WholeSubtree, "(canonicalName=*)")
	assert.Equal(t, directory.Success, res.Code, "D28")
	_, res = l.search(l.request(l.admin()), base, directory.WholeSubtree, "(cn~=x)")
	assert.Equal(t, directory.OperationsError, res.Code, "D29")
}

// Chapter 9.3.
func TestNamesOfTheBase(t *testing.T) {
	for name, c := range map[string]struct{ windows, samba directory.Code }{
		"CN=Anna Long,OU=Staff,DC=corp,DC=example":                                    {0, 0},
		"cn=ANNA LONG, ou=staff, dc=corp, dc=example":                                 {0, 0},
		`CN="Anna Long",OU=Staff,DC=corp,DC=example`:                                  {0, 0},
		`CN=Anna\20Long,OU=Staff,DC=corp,DC=example`:                                  {0, 0},
		"CN=Anna Long;OU=Staff;DC=corp;DC=example":                                    {0, 34},
		"2.5.4.3=Anna Long,OU=Staff,DC=corp,DC=example":                               {0, 34},
		"<WKGUID=A9D1CA15768811D1ADED00C04FD8D5CD,DC=corp,DC=example>":                {0, 0},
		"<WKGUID=00000000000000000000000000000000,DC=corp,DC=example>":                {32, 32},
		"<GUID=00000000-0000-0000-0000-000000000000>":                                 {32, 32},
		"<SID=S-1-5-32-544>":                                                          {0, 0},
		"<GUID={00000000-0000-0000-0000-000000000000}>":                               {34, 34},
		"CN=Nobody,OU=Staff,DC=corp,DC=example":                                       {32, 32},
		"DC=other,DC=example":                                                         {10, 32},
		"CN=a+CN=b,DC=corp,DC=example":                                                {34, 34},
		"nonsense":                                                                    {34, 34},
		"CN=Schema,CN=Configuration,DC=corp,DC=example":                               {0, 0},
		"CN=User,CN=Schema,CN=Configuration,DC=corp,DC=example":                       {0, 0},
		"CN=Unexpire-Password,CN=Extended-Rights,CN=Configuration,DC=corp,DC=example": {0, 0},
	} {
		for dialect, want := range map[directory.Dialect]directory.Code{directory.Windows2022: c.windows, directory.Samba: c.samba} {
			l := newLab(t, dialect)
			l.people(t)
			_, res := l.search(l.request(l.admin()), name, directory.BaseObject, "(objectClass=*)", "1.1")
			assert.Equal(t, want, res.Code, "%s %s: %s", dialect, name, res.Diagnostic)
		}
	}
}

// Chapter 9.4.
func TestWhichAttributesComeBack(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	l.people(t)
	admin := l.admin()
	anna := "CN=Anna Long," + staff
	names := func(r directory.Request, attrs ...string) map[string]int {
		s, res := l.search(r, anna, directory.BaseObject, "(objectClass=*)", attrs...)
		require.Equal(t, directory.Success, res.Code)
		out := map[string]int{}
		for _, a := range s.entries[0].Attributes {
			out[a.Name] = len(a.Values)
		}
		return out
	}
	r := l.request(admin)
	all := names(r)
	for _, want := range []string{"objectClass", "cn", "sn", "memberOf", "objectSid", "objectGUID", "badPwdCount", "lastLogon", "whenCreated", "uSNChanged", "distinguishedName", "primaryGroupID", "sAMAccountType"} {
		assert.NotZero(t, all[want], want)
	}
	for _, not := range []string{"nTSecurityDescriptor", "canonicalName", "tokenGroups", "unicodePwd"} {
		assert.NotContains(t, all, not)
	}
	assert.Equal(t, all, names(r, "*"))
	assert.Empty(t, names(r, "1.1"))
	assert.Equal(t, map[string]int{"SAMACCOUNTNAME": 1, "2.5.4.4": 1}, names(r, "SAMACCOUNTNAME", "2.5.4.4", "nosuch"))
	assert.Equal(t, map[string]int{"canonicalName": 1, "tokenGroups": 4}, names(r, "canonicalName", "tokenGroups"))
	assert.Equal(t, []string{"corp.example/Staff/Anna Long"}, l.values(admin, anna, "canonicalName"))
	assert.Equal(t, []string{"corp.example/"}, l.values(admin, base, "canonicalName"))
	assert.Equal(t, []string{"top", "person", "organizationalPerson", "user"}, l.values(admin, anna, "objectClass"))
	assert.Equal(t, []string{"CN=Person,CN=Schema,CN=Configuration," + base}, l.values(admin, anna, "objectCategory"))
	assert.Equal(t, []string{`CORP\along`}, l.values(admin, anna, "msDS-PrincipalName"))

	r.Channel.GlobalCatalog = true
	gc := names(r)
	assert.NotContains(t, gc, "pwdLastSet")
	assert.Contains(t, gc, "userPrincipalName")
	f := directory.MustFilter("(objectClass=*)")
	s := &sink{}
	l.dc.Search(t.Context(), l.request(admin), directory.SearchRequest{Base: anna, Filter: f, TypesOnly: true, Attributes: []string{"cn"}}, nil, s)
	assert.Equal(t, []directory.Attribute{{Name: "cn"}}, s.entries[0].Attributes)
}

// Chapter 9.5 and 9.6.
func TestLimitsAndPages(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	for i := range 1100 {
		_, err := l.domain.AddUser(l.now, directory.UserSpec{SAMAccountName: fmt.Sprintf("u%04d", i), Parent: staff})
		require.NoError(t, err)
	}
	admin := l.admin()
	s, res := l.search(l.request(admin), staff, directory.SingleLevel, "(objectClass=user)", "cn")
	assert.Equal(t, directory.SizeLimitExceeded, res.Code)
	assert.Len(t, s.entries, 1000)
	assert.Equal(t, "00002023", prefix(res))

	cursors := &directory.Cursors{}
	var cookie []byte
	seen := map[string]bool{}
	pages := 0
	for {
		r := l.request(admin)
		r.Controls.Paged = &directory.Paged{Size: 300, Cookie: cookie}
		s := &sink{}
		res := l.dc.Search(t.Context(), r, directory.SearchRequest{Base: staff, Scope: directory.SingleLevel, Filter: directory.MustFilter("(objectClass=user)")}, cursors, s)
		require.Equal(t, directory.Success, res.Code, res.Diagnostic)
		pages++
		for _, dn := range s.dns() {
			assert.False(t, seen[dn])
			seen[dn] = true
		}
		require.NotNil(t, res.Controls.Paged)
		used := cookie
		if cookie = res.Controls.Paged.Cookie; len(cookie) == 0 {
			break
		}
		if used != nil {
			r.Controls.Paged.Cookie = used
			res = l.dc.Search(t.Context(), r, directory.SearchRequest{Base: staff, Scope: directory.SingleLevel, Filter: directory.MustFilter("(objectClass=user)")}, cursors, &sink{})
			assert.Equal(t, directory.UnavailableCriticalExtension, res.Code, "a cookie is good once")
		}
	}
	assert.Equal(t, 4, pages)
	assert.Len(t, seen, 1100)
}

// paged searches below staff, a page at a time.
func paged(t *testing.T, l *lab, r directory.Request, cursors *directory.Cursors, cookie []byte, size, limit int) (entries int, next []byte, code directory.Code) {
	t.Helper()
	r.Controls.Paged = &directory.Paged{Size: size, Cookie: cookie}
	s := &sink{}
	res := l.dc.Search(t.Context(), r, directory.SearchRequest{
		Base: staff, Scope: directory.SingleLevel, Filter: directory.MustFilter("(objectClass=user)"), SizeLimit: limit,
	}, cursors, s)
	if res.Controls.Paged != nil {
		next = res.Controls.Paged.Cookie
	}
	return len(s.entries), next, res.Code
}

// The limit of a client is for the whole search, whatever its pages (RFC 2696 3).
func TestSizeLimitHoldsOverPages(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	for i := range 12 {
		_, err := l.domain.AddUser(l.now, directory.UserSpec{SAMAccountName: fmt.Sprintf("u%02d", i), Parent: staff})
		require.NoError(t, err)
	}
	r, cursors := l.request(l.admin()), &directory.Cursors{}
	var cookie []byte
	for _, want := range []struct {
		entries int
		code    directory.Code
	}{{2, directory.Success}, {2, directory.Success}, {1, directory.SizeLimitExceeded}} {
		n, next, code := paged(t, l, r, cursors, cookie, 2, 5)
		assert.Equal(t, want.code, code)
		assert.Equal(t, want.entries, n)
		cookie = next
	}
	n, _, code := paged(t, l, r, cursors, nil, 10, 5)
	assert.Equal(t, directory.SizeLimitExceeded, code)
	assert.Equal(t, 5, n)
}

// Whoever goes on with one search closes no other, however many pages it has.
func TestPagesOfOneSearchLeaveOthersOpen(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	for i := range 30 {
		_, err := l.domain.AddUser(l.now, directory.UserSpec{SAMAccountName: fmt.Sprintf("u%02d", i), Parent: staff})
		require.NoError(t, err)
	}
	r, cursors := l.request(l.admin()), &directory.Cursors{}
	_, waiting, code := paged(t, l, r, cursors, nil, 3, 0)
	require.Equal(t, directory.Success, code)
	var cookie []byte
	for range 15 {
		_, cookie, code = paged(t, l, r, cursors, cookie, 2, 0)
		require.Equal(t, directory.Success, code)
	}
	_, _, code = paged(t, l, r, cursors, waiting, 3, 0)
	assert.Equal(t, directory.Success, code)
}

// A view is centred on a value, of numbers too.
func TestViewsByNumber(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	for _, n := range []string{"100", "20", "3"} {
		_, err := l.domain.AddUser(l.now, directory.UserSpec{SAMAccountName: "n" + n, Parent: staff, Attributes: map[string][]string{"uidNumber": {n}}})
		require.NoError(t, err)
	}
	r := l.request(l.admin())
	r.Controls.Sort = &directory.Sort{Keys: []directory.SortKey{{Attribute: "uidNumber"}}}
	r.Controls.VLV = &directory.VLV{Target: []byte("20")}
	s, res := l.search(r, staff, directory.SingleLevel, "(uidNumber=*)", "uidNumber")
	require.Equal(t, directory.Success, res.Code)
	assert.Equal(t, 2, res.Controls.VLV.Position)
	assert.Equal(t, []string{"CN=n20," + staff}, s.dns())
}

func TestReferencesFollowTheDomain(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	admin := l.admin()
	s, _ := l.search(l.request(admin), base, directory.WholeSubtree, "(cn=nobody)")
	assert.Equal(t, []string{
		"ldap://DomainDnsZones.corp.example/DC=DomainDnsZones,DC=corp,DC=example", "ldap://ForestDnsZones.corp.example/DC=ForestDnsZones,DC=corp,DC=example",
		"ldap://corp.example/CN=Configuration,DC=corp,DC=example",
	}, s.refs)
	r := l.request(admin)
	r.Controls.DomainScope = true
	s, _ = l.search(r, base, directory.WholeSubtree, "(cn=nobody)")
	assert.Empty(t, s.refs)
	s, _ = l.search(l.request(admin), base, directory.SingleLevel, "(cn=nobody)")
	assert.Equal(t, "ldap://corp.example/CN=Configuration,DC=corp,DC=example??base", s.refs[2])
}

// Chapter 9.7.
func TestRangesOfLargeGroups(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	var members []string
	for i := range 1600 {
		name := fmt.Sprintf("u%04d", i)
		_, err := l.domain.AddUser(l.now, directory.UserSpec{SAMAccountName: name, Parent: staff})
		require.NoError(t, err)
		members = append(members, name)
	}
	group, err := l.domain.AddGroup(l.now, directory.GroupSpec{Name: "Large", Parent: staff, Members: members})
	require.NoError(t, err)
	for asked, want := range map[string]string{
		"member": "member:0 member;range=0-1499:1500", "member;range=0-*": "member;range=0-1499:1500", "member;range=1500-*": "member;range=1500-*:100",
		"member;range=0-9": "member;range=0-9:10", "member;range=1590-9999": "member;range=1590-*:10",
	} {
		s, res := l.search(l.request(l.admin()), group, directory.BaseObject, "(objectClass=*)", asked)
		require.Equal(t, directory.Success, res.Code)
		var got []string
		for _, a := range s.entries[0].Attributes {
			got = append(got, fmt.Sprintf("%s:%d", a.Name, len(a.Values)))
		}
		assert.Equal(t, want, strings.Join(got, " "), asked)
	}
	_, res := l.search(l.request(l.admin()), group, directory.BaseObject, "(objectClass=*)", "member;range=5000-*")
	assert.Equal(t, directory.OperationsError, res.Code)
}

func TestSortAndView(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	l.people(t)
	r := l.request(l.admin())
	r.Controls.Sort = &directory.Sort{Keys: []directory.SortKey{{Attribute: "sn", Reverse: true}}}
	s, res := l.search(r, staff, directory.SingleLevel, "(objectClass=user)", "cn")
	require.Equal(t, directory.Success, res.Code)
	assert.Equal(t, &directory.SortResult{Code: 0}, res.Controls.SortResult)
	assert.Equal(t, []string{"CN=Bob Short," + staff, "CN=Anna Long," + staff, "CN=José García," + staff}, s.dns())
	r.Controls.VLV = &directory.VLV{After: 1, Offset: 2, Count: 0}
	s, res = l.search(r, staff, directory.SingleLevel, "(objectClass=user)", "cn")
	require.Equal(t, directory.Success, res.Code)
	assert.Equal(t, []string{"CN=Anna Long," + staff, "CN=José García," + staff}, s.dns())
	assert.Equal(t, 3, res.Controls.VLV.Count)
	assert.Equal(t, 2, res.Controls.VLV.Position)
	r.Controls.VLV, r.Controls.Sort = nil, &directory.Sort{Keys: []directory.SortKey{{Attribute: "nosuch"}}}
	_, res = l.search(r, staff, directory.SingleLevel, "(objectClass=user)", "cn")
	assert.Equal(t, directory.Code(16), res.Controls.SortResult.Code)
}

func TestRootDSE(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	s, res := l.search(l.request(directory.Caller{}), "", directory.BaseObject, "(cn=whatever)")
	require.Equal(t, directory.Success, res.Code)
	got := map[string][]string{}
	for _, a := range s.entries[0].Attributes {
		for _, v := range a.Values {
			got[a.Name] = append(got[a.Name], string(v))
		}
	}
	assert.Equal(t, []string{base}, got["defaultNamingContext"])
	assert.Equal(t, []string{"corp.example:dc1$@CORP.EXAMPLE"}, got["ldapServiceName"])
	assert.Contains(t, got["supportedControl"], "1.2.840.113556.1.4.2239")
	assert.Contains(t, got["supportedControl"], "1.2.840.113556.1.4.2066")
	assert.Equal(t, []string{"20260302090000.0Z"}, got["currentTime"])
	assert.NotContains(t, got, "supportedExtension", "only when asked for")
	assert.NotContains(t, got, "vendorName")
	_, res = l.search(l.request(l.admin()), "", directory.WholeSubtree, "(cn=*)")
	assert.Equal(t, directory.NoSuchObject, res.Code)
	_, res = l.search(l.request(directory.Caller{}), base, directory.BaseObject, "(cn=*)")
	assert.Equal(t, "000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be completed on the connection., data 0, v4f7c\x00", res.Diagnostic)
}

// The subschema entry describes the schema to clients that ask by name.
func TestSubschema(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	read := func(attributes ...string) map[string][]string {
		s, res := l.search(l.request(l.admin()), "CN=Aggregate,CN=Schema,CN=Configuration,"+base, directory.BaseObject, "(objectClass=subSchema)", attributes...)
		require.Equal(t, directory.Success, res.Code)
		require.Len(t, s.entries, 1)
		got := map[string][]string{}
		for _, a := range s.entries[0].Attributes {
			for _, v := range a.Values {
				got[a.Name] = append(got[a.Name], string(v))
			}
		}
		return got
	}
	got := read("attributeTypes", "objectClasses", "dITContentRules", "extendedAttributeInfo", "extendedClassInfo")
	assert.Contains(t, got["attributeTypes"], "( 1.2.840.113556.1.4.90 NAME 'unicodePwd' SYNTAX '1.3.6.1.4.1.1466.115.121.1.40' SINGLE-VALUE )")
	assert.Contains(t, got["attributeTypes"], "( 1.2.840.113556.1.4.96 NAME 'pwdLastSet' SYNTAX '1.2.840.113556.1.4.906' SINGLE-VALUE )")
	assert.Contains(t, got["objectClasses"], "( 2.5.20.1 NAME 'subSchema' SUP top STRUCTURAL MAY (attributeTypes $ dITContentRules $ extendedAttributeInfo $ extendedClassInfo $ modifyTimeStamp $ objectClasses ) )")
	assert.Contains(t, got["extendedAttributeInfo"], "( 1.2.840.113556.1.4.90 NAME 'unicodePwd' PROPERTY-GUID 'E17996BFE60DD011A28500AA003049E2' )")
	assert.Contains(t, got["extendedClassInfo"], "( 1.2.840.113556.1.5.9 NAME 'user' CLASS-GUID 'BA7A96BFE60DD011A28500AA003049E2' )")
	assert.Len(t, got["dITContentRules"], 9, "one for each class with auxiliary classes")
	assert.NotContains(t, read("*"), "attributeTypes", "only when asked for")
}

func TestExtendedDN(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	l.people(t)
	r := l.request(l.admin())
	flag := 1
	r.Controls.ExtendedDN = &flag
	s, res := l.search(r, "CN=Inner,"+staff, directory.BaseObject, "(objectClass=*)", "member")
	require.Equal(t, directory.Success, res.Code)
	assert.Regexp(t, `^<GUID=[0-9a-f-]{36}>;<SID=S-1-5-21-[0-9-]+>;CN=Inner,OU=Staff,DC=corp,DC=example$`, s.entries[0].DN)
	assert.Regexp(t, `^<GUID=[0-9a-f-]{36}>;<SID=S-1-5-21-[0-9-]+>;CN=Anna Long,`, string(s.entries[0].Attributes[0].Values[0]))
	s, _ = l.search(r, base, directory.BaseObject, "(objectClass=*)", "wellKnownObjects")
	for _, v := range s.entries[0].Attributes[0].Values {
		assert.Regexp(t, `^B:32:[0-9A-F]{32}:<GUID=[0-9a-f-]{36}>;(CN|OU)=`, string(v), "names that come with octets, too")
	}
}

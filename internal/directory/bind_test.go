package directory_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// Chapter 2.1: the forms of a name, in both dialects.
func TestBindNames(t *testing.T) {
	const sam = "along"
	for name, c := range map[string]struct{ windows, samba bool }{
		"CN=Anna Long,OU=Staff,DC=corp,DC=example":      {true, true},
		"cn=anna long, ou=STAFF, dc=corp, dc=example":   {true, true},
		"2.5.4.3=Anna Long,OU=Staff,DC=corp,DC=example": {true, false},
		"anna@brand.example":                            {true, true},
		"ANNA@BRAND.example":                            {true, true},
		sam + "@corp.example":                           {true, true},
		sam + "@CORP":                                   {true, true},
		`CORP\` + sam:                                   {true, true},
		`corp\ALONG`:                                    {true, true},
		`corp.example\` + sam:                           {true, false},
		"corp.example/Staff/Anna Long":                  {true, true},
		"corp.example/Staff\nAnna Long":                 {true, true},
		"Anna Long":                                     {true, false},
		"http/web1":                                     {true, false},
		"{GUID}":                                        {true, false},
		"<GUID=GUID>":                                   {true, true},
		"<SID=SID>":                                     {true, true},
		"SID":                                           {true, true},
		sam:                                             {false, false},
		`.\` + sam:                                      {false, false},
		"anna.long@mail.example":                        {false, false},
		"GUID":                                          {false, false},
		"OU=Staff,DC=corp,DC=example":                   {false, false},
		"CN=Domain Users,CN=Users,DC=corp,DC=example": {false, false},
		"CN=Nobody,OU=Staff,DC=corp,DC=example":       {false, false},
		"CN=,CN=x":                                    {false, false},
	} {
		for dialect, want := range map[directory.Dialect]bool{directory.Windows2022: c.windows, directory.Samba: c.samba} {
			l := newLab(t, dialect)
			_, err := l.domain.AddUser(l.now, directory.UserSpec{
				Name: "Anna Long", DisplayName: "Anna Long", SAMAccountName: sam, UPN: "anna@brand.example", Mail: "anna.long@mail.example",
				Parent: staff, Password: secret.New(firstPass), Attributes: map[string][]string{"servicePrincipalName": {"http/web1"}},
			})
			require.NoError(t, err)
			o, _ := l.dc.Lookup(l.now, sam)
			form := strings.NewReplacer("GUID=GUID", "GUID="+o.GUID.String(), "SID=SID", "SID="+o.SID.String()).Replace(name)
			if form == name {
				form = strings.NewReplacer("GUID", o.GUID.String(), "SID", o.SID.String()).Replace(name)
			}
			caller, res := l.bind(form, firstPass)
			if !want {
				assert.Equal(t, directory.InvalidCredentials, res.Code, "%s %q", dialect, form)
				continue
			}
			assert.Equal(t, directory.Success, res.Code, "%s %q: %s", dialect, form, res.Diagnostic)
			assert.Equal(t, "CN=Anna Long,"+staff, caller.DN())
		}
	}
}

// Chapter 2.2.
func TestEmptyNamesAndPasswords(t *testing.T) {
	for name, c := range map[string]struct {
		name, password string
		windows, samba directory.Code
	}{
		"A02-033 anonymous":                 {"", "", 0, 0},
		"A02-034 D09 a name alone":          {"along@corp.example", "", 0, 49},
		"A02-037 an unknown name alone":     {"nobody@corp.example", "", 0, 49},
		"A02-036 a password without a name": {"", "x", 49, 49},
	} {
		for dialect, want := range map[directory.Dialect]directory.Code{directory.Windows2022: c.windows, directory.Samba: c.samba} {
			l := newLab(t, dialect)
			l.user("A Long")
			caller, res := l.bind(c.name, c.password)
			assert.Equal(t, want, res.Code, name)
			assert.True(t, caller.Anonymous(), "whatever the answer, nobody is bound")
		}
	}
}

// Chapter 2.3 and 2.4: sub-codes and which comes first.
func TestSubCodes(t *testing.T) {
	never := "9223372036854775807"
	for name, c := range map[string]struct {
		set      map[string][]string
		password string
		data     string
	}{
		"wrong password":                          {nil, "x", "52e"},
		"disabled":                                {map[string][]string{"userAccountControl": {"514"}}, firstPass, "533"},
		"A02-068 disabled, wrong password":        {map[string][]string{"userAccountControl": {"514"}}, "x", "52e"},
		"expired account":                         {map[string][]string{"accountExpires": {"134116992000000000"}}, firstPass, "701"},
		"A02-070 expired account, wrong password": {map[string][]string{"accountExpires": {"134116992000000000"}}, "x", "52e"},
		"must change":                             {map[string][]string{"pwdLastSet": {"0"}}, firstPass, "773"},
		"password expired":                        {map[string][]string{"pwdLastSet": {"133000000000000000"}}, firstPass, "532"},
		"password never expires":                  {map[string][]string{"pwdLastSet": {"133000000000000000"}, "userAccountControl": {"66048"}}, firstPass, ""},
		"account never expires":                   {map[string][]string{"accountExpires": {never}}, firstPass, ""},
		"hours":                                   {map[string][]string{"logonHours": {strings.Repeat("\x00", 21)}}, firstPass, "530"},
		"workstation":                             {map[string][]string{"userWorkstations": {"PC1,PC2"}}, firstPass, "531"},
		"workstation list with the DC":            {map[string][]string{"userWorkstations": {"PC1,DC1"}}, firstPass, ""},
		"disabled before expired":                 {map[string][]string{"userAccountControl": {"514"}, "accountExpires": {"134116992000000000"}}, firstPass, "533"},
		"locked":                                  {map[string][]string{"lockoutTime": {domain.FileTimeOf(start).String()}}, firstPass, "775"},
		"locked, wrong password":                  {map[string][]string{"lockoutTime": {domain.FileTimeOf(start).String()}}, "x", "775"},
		"a lock that has lapsed":                  {map[string][]string{"lockoutTime": {domain.FileTimeOf(start.Add(-time.Hour)).String()}}, firstPass, ""},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, directory.Windows2022)
			anna := l.user("Anna Long")
			if c.set != nil {
				require.NoError(t, l.domain.Set(l.now, anna, c.set))
			}
			_, res := l.bind(anna, c.password)
			if c.data == "" {
				assert.Equal(t, directory.Success, res.Code, res.Diagnostic)
				return
			}
			assert.Equal(t, "80090308: LdapErr: DSID-0C090434, comment: AcceptSecurityContext error, data "+c.data+", v4f7c\x00", res.Diagnostic)
		})
	}
}

// Chapter 6.2 to 6.4.
func TestLockout(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna := l.user("Anna Long")
	p := l.domain.Policy()
	p.LockoutThreshold = 3
	require.NoError(t, l.domain.SetPolicy(l.now, p))
	for range 3 {
		_, res := l.bind(anna, "x")
		require.Contains(t, res.Diagnostic, "data 52e", "A06-007: the attempt that locks says 52e too")
	}
	_, res := l.bind(anna, firstPass)
	require.Contains(t, res.Diagnostic, "data 775")
	assert.Equal(t, "3", l.value(anna, "badPwdCount"))
	var ids []int
	for _, e := range l.events {
		if e.ID == 4740 {
			ids = append(ids, e.ID)
			assert.Equal(t, "192.0.2.7", e.Field("TargetDomainName"), "4740 carries the calling computer there")
			assert.Equal(t, "DC1$", e.Field("SubjectUserName"))
		}
	}
	assert.Equal(t, []int{4740}, ids)

	l.now = l.now.Add(31 * time.Minute)
	assert.NotEqual(t, "0", l.value(anna, "lockoutTime"), "A06-009: the value stays when the lock has lapsed")
	assert.Equal(t, "0", l.value(anna, "msDS-User-Account-Control-Computed"))
	l.as(anna, firstPass)
	assert.Equal(t, "0", l.value(anna, "lockoutTime"))
	assert.Equal(t, "0", l.value(anna, "badPwdCount"))

	for range 3 {
		l.bind(anna, "x")
	}
	require.Equal(t, directory.Success, l.modify(l.admin(), anna, change(set, "userAccountControl", "512")).Code)
	l.as(anna, firstPass) // A06-031: writing userAccountControl unlocks
}

func TestFailedBindLeavesAnonymousOnWindows(t *testing.T) {
	for dialect, anonymous := range map[directory.Dialect]bool{directory.Windows2022: true, directory.Samba: false} {
		l := newLab(t, dialect)
		anna := l.user("Anna Long")
		r := l.request(l.as(anna, firstPass))
		c, res := l.dc.Bind(t.Context(), r, directory.BindRequest{Version: 3, Name: anna, Password: secret.New("x")})
		assert.Equal(t, directory.InvalidCredentials, res.Code)
		assert.Equal(t, anonymous, c.Anonymous(), "D11 A02-039 %s", dialect)
	}
}

func TestBindStampsLogons(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna := l.user("Anna Long")
	assert.Equal(t, "0", l.value(anna, "lastLogon"))
	l.as(anna, firstPass)
	now := domain.FileTimeOf(l.now).String()
	assert.Equal(t, now, l.value(anna, "lastLogon"))
	assert.Equal(t, now, l.value(anna, "lastLogonTimestamp"), "A07-120")
	l.now = l.now.Add(24 * time.Hour)
	l.as(anna, firstPass)
	assert.Equal(t, now, l.value(anna, "lastLogonTimestamp"), "it is written seldom")
}

func TestWhoAmI(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	name, res := l.dc.WhoAmI(t.Context(), l.request(l.admin()))
	assert.Equal(t, directory.Success, res.Code)
	assert.Equal(t, `u:CORP\Administrator`, name)
	name, _ = l.dc.WhoAmI(t.Context(), l.request(directory.Caller{}))
	assert.Empty(t, name)
	_, res = l.dc.Extended(t.Context(), l.request(l.admin()), "1.3.6.1.4.1.4203.1.11.1", nil)
	assert.Equal(t, directory.ProtocolError, res.Code, "RFC 3062 does not exist")
}

func TestSigningRequirement(t *testing.T) {
	f, err := directory.NewForest(directory.ForestConfig{Now: start, Rand: strings.NewReader(strings.Repeat("x", 100)), Domains: []directory.DomainConfig{
		{DNSName: "corp.example", NetBIOS: "CORP", Password: adminPass, DCs: []directory.DCConfig{{Name: "DC1", RequireSigning: true}}},
	}})
	require.NoError(t, err)
	dc := f.Domains()[0].DCs()[0]
	_, res := dc.Bind(t.Context(), directory.Request{Now: start}, directory.BindRequest{Version: 3, Name: `CORP\Administrator`, Password: secret.New("wrong")})
	assert.Equal(t, directory.StrongerAuthRequired, res.Code)
	assert.Equal(t, "00002028", prefix(res))
	_, res = dc.Bind(t.Context(), directory.Request{Now: start, Channel: directory.Channel{Encrypted: true}}, directory.BindRequest{Version: 3, Name: `CORP\Administrator`, Password: secret.New(adminPass)})
	assert.Equal(t, directory.Success, res.Code)
}

// Chapter 2.3: data 568.
func TestATokenHasRoomForSoManyGroups(t *testing.T) {
	for dialect, refused := range map[directory.Dialect]bool{directory.Windows2022: true, directory.Samba: false} {
		l := newLab(t, dialect)
		anna := l.user("Anna Long")
		join := func(n int) {
			_, err := l.domain.AddGroup(l.now, directory.GroupSpec{Name: fmt.Sprintf("g%d", n), Type: domain.GlobalGroup | domain.SecurityEnabled, Members: []string{anna}})
			require.NoError(t, err)
		}
		have := len(l.values(l.as(anna, firstPass), "", "tokenGroups")) - 5 // herself, Everyone, Authenticated Users, Network, This Organization
		for n := have; n < 1015; n++ {
			join(n)
		}
		l.as(anna, firstPass)
		join(1015)
		_, res := l.bind(anna, firstPass)
		if !refused {
			assert.Equal(t, directory.Success, res.Code)
			continue
		}
		assert.Equal(t, directory.InvalidCredentials, res.Code)
		assert.Contains(t, res.Diagnostic, "data 568, v4f7c")
	}
}

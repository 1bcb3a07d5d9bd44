package directory_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/directory/security"
	"github.com/ssprlab/ssprlab/internal/secret"
)

const svcPass = "Svc-Secret-1"

// service makes the service account.
func (l *lab) service(t *testing.T) (dn string, sid security.SID) {
	t.Helper()
	dn, err := l.domain.AddUser(l.now, directory.UserSpec{SAMAccountName: "svc", Password: secret.New(svcPass)})
	require.NoError(t, err)
	o, ok := l.dc.Lookup(l.now, "svc")
	require.True(t, ok)
	return dn, o.SID
}

// delegate makes a service account with the writeback rights on the domain
// head and binds it.
func (l *lab) delegate(t *testing.T) directory.Caller {
	t.Helper()
	dn, sid := l.service(t)
	require.NoError(t, l.domain.Grant(l.now, base, security.WritebackGrant(sid)...))
	return l.as(dn, svcPass)
}

// denyUnexpire takes Unexpire Password from everybody on the domain head.
func (l *lab) denyUnexpire(t *testing.T) {
	t.Helper()
	ace, err := security.ParseACE("(OD;;CR;ccc2dc7d-a6ad-4a7a-8846-c04e3cc53501;;WD)", l.domain.Base())
	require.NoError(t, err)
	require.NoError(t, l.domain.Grant(l.now, base, ace))
}

// Chapter 8.2: which grant gives what.
func TestGrants(t *testing.T) {
	const user = "bf967aba-0de6-11d0-a285-00aa003049e2"
	reset := "(OA;CI;CR;00299570-246d-11d0-a768-00aa006e0529;" + user + ";%s)"
	lockout := "(OA;CI;WP;28630ebf-41d5-11d1-a9c1-0000f80367c1;" + user + ";%s)"
	pwdLast := "(OA;CI;WP;bf967a0a-0de6-11d0-a285-00aa003049e2;" + user + ";%s)"
	type row [7]directory.Code // reset, change, lockoutTime, pwdLastSet, reset+lockoutTime, reset+pwdLastSet, userAccountControl
	for name, c := range map[string]struct {
		aces []string
		want row
	}{
		"nothing":                   {nil, row{50, 0, 50, 50, 50, 50, 50}},
		"reset":                     {[]string{reset}, row{0, 0, 50, 50, 50, 50, 50}},
		"lockoutTime":               {[]string{lockout}, row{50, 0, 0, 50, 50, 50, 50}},
		"pwdLastSet":                {[]string{pwdLast}, row{50, 0, 50, 0, 50, 50, 50}},
		"reset and lockoutTime":     {[]string{reset, lockout}, row{0, 0, 0, 50, 0, 50, 50}},
		"reset and pwdLastSet":      {[]string{reset, pwdLast}, row{0, 0, 50, 0, 50, 0, 50}},
		"writeback set":             {[]string{reset, lockout, pwdLast}, row{0, 0, 0, 0, 0, 0, 50}},
		"account restrictions":      {[]string{"(OA;CI;WP;4c164200-20c0-11d0-a768-00aa006e0529;" + user + ";%s)"}, row{50, 0, 50, 0, 50, 50, 0}},
		"generic write":             {[]string{"(A;CI;GW;;;%s)"}, row{50, 0, 0, 0, 50, 50, 0}},
		"generic all":               {[]string{"(A;CI;GA;;;%s)"}, row{0, 0, 0, 0, 0, 0, 0}},
		"all extended rights":       {[]string{"(A;CI;CR;;;%s)"}, row{0, 0, 50, 50, 50, 50, 50}},
		"write unicodePwd":          {[]string{"(OA;CI;WP;bf9679e1-0de6-11d0-a285-00aa003049e2;" + user + ";%s)"}, row{50, 0, 50, 50, 50, 50, 50}},
		"reset for inetOrgPerson":   {[]string{"(OA;CI;CR;00299570-246d-11d0-a768-00aa006e0529;4828cc14-1437-45bc-9b07-ad6f015e5f28;%s)"}, row{50, 0, 50, 50, 50, 50, 50}},
		"reset on the unit only":    {[]string{"(OA;;CR;00299570-246d-11d0-a768-00aa006e0529;;%s)"}, row{50, 0, 50, 50, 50, 50, 50}},
		"reset, explicitly refused": {[]string{reset, "(OD;CI;CR;00299570-246d-11d0-a768-00aa006e0529;" + user + ";%s)"}, row{50, 0, 50, 50, 50, 50, 50}},
	} {
		for _, dialect := range []directory.Dialect{directory.Windows2022, directory.Samba} {
			if dialect == directory.Samba && name == "reset, explicitly refused" {
				continue // D24: the order is the client's there
			}
			t.Run(name+" "+string(dialect), func(t *testing.T) {
				l := newLab(t, dialect)
				dn, sid := l.service(t)
				var aces []security.ACE
				for _, text := range c.aces {
					ace, err := security.ParseACE(replaceSID(text, sid), l.domain.Base())
					require.NoError(t, err)
					aces = append(aces, ace)
				}
				require.NoError(t, l.domain.Grant(l.now, staff, aces...))
				svc := l.as(dn, svcPass)
				p := l.domain.Policy()
				p.MinAge = 0
				require.NoError(t, l.domain.SetPolicy(l.now, p))
				pass := change(set, "unicodePwd", q("N3w!Passw0rd"))
				steps := [][]directory.ModifyChange{
					{pass},
					{change(remove, "unicodePwd", q(firstPass)), change(add, "unicodePwd", q("N3w!Passw0rd"))},
					{change(set, "lockoutTime", "0")},
					{change(set, "pwdLastSet", "0")},
					{pass, change(set, "lockoutTime", "0")},
					{pass, change(set, "pwdLastSet", "0")},
					{change(set, "userAccountControl", "512")},
				}
				var got row
				for i, step := range steps {
					got[i] = l.modify(svc, l.user("Anna Long"), step...).Code
					require.NoError(t, l.domain.Delete(l.now, "CN=Anna Long,"+staff))
				}
				assert.Equal(t, c.want, got)
			})
		}
	}
}

func replaceSID(text string, sid security.SID) string {
	return text[:len(text)-3] + sid.String() + ")"
}

func TestEffectiveAttributesTellWriteRightsButNotReset(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna := l.user("Anna Long")
	svc := l.delegate(t)
	assert.Equal(t, []string{"lockoutTime", "pwdLastSet"}, l.values(svc, anna, "allowedAttributesEffective"), "A08-069")
	assert.Equal(t, []string{"0"}, l.values(svc, anna, "sDRightsEffective"))
}

// Chapter 8.9.
func TestProtectedAccountsAreOutOfReachAfterTheHour(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna := l.user("Anna Long")
	svc := l.delegate(t)
	require.NoError(t, l.domain.AddMembers(l.now, "Domain Admins", anna))
	require.Equal(t, directory.Success, l.reset(svc, anna, "N3w!Passw0rd").Code, "until the task has run")
	assert.Empty(t, l.value(anna, "adminCount"))
	l.now = l.now.Add(61 * time.Minute)
	res := l.reset(svc, anna, "N3w!Passw0rd2")
	assert.Equal(t, "00000005: SecErr: DSID-031A1190, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0\n\x00", res.Diagnostic)
	assert.Equal(t, "1", l.value(anna, "adminCount"))
	l.now = l.now.Add(24 * time.Hour)
	c := l.as(anna, "N3w!Passw0rd")
	assert.Equal(t, directory.Success, l.changePassword(c, anna, "N3w!Passw0rd", "0wn!Choice99").Code, "the user may still change it himself")
}

func TestHiddenObjectsAreMissing(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna := l.user("Anna Long")
	svc := l.delegate(t)
	require.NoError(t, l.domain.SetSDDL(l.now, staff, "D:P(A;;GA;;;DA)(A;;GA;;;SY)"))
	res := l.reset(svc, anna, "N3w!Passw0rd")
	assert.Equal(t, directory.NoSuchObject, res.Code)
	assert.Equal(t, "0000208D", prefix(res))
}

func TestDescriptorParts(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna := l.user("Anna Long")
	svc := l.delegate(t)
	assert.Empty(t, l.values(svc, anna, "nTSecurityDescriptor"), "A08-161: the SACL is asked for too")
	r := l.request(svc)
	seven := 7
	r.Controls.SDFlags = &seven
	s, res := l.search(r, anna, directory.BaseObject, "(objectClass=*)", "nTSecurityDescriptor")
	require.Equal(t, directory.Success, res.Code)
	require.Len(t, s.entries[0].Attributes, 1)
	sd, err := security.ParseDescriptor(s.entries[0].Attributes[0].Values[0])
	require.NoError(t, err)
	assert.NotNil(t, sd.DACL)
	s, _ = l.search(r, anna, directory.BaseObject, "(objectClass=*)", "*")
	names := map[string]bool{}
	for _, a := range s.entries[0].Attributes {
		names[a.Name] = true
	}
	assert.True(t, names["nTSecurityDescriptor"], "A08-164")
}

func TestTokensAreFrozenAtTheBind(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna := l.user("Anna Long")
	dn, _ := l.service(t)
	c := l.as(dn, svcPass)
	require.NoError(t, l.domain.AddMembers(l.now, "Domain Admins", "svc"))
	assert.Equal(t, directory.InsufficientAccessRights, l.reset(c, anna, "N3w!Passw0rd").Code, "A08-201")
	assert.Equal(t, directory.Success, l.reset(l.as(dn, svcPass), anna, "N3w!Passw0rd").Code)
}

package directory_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

const (
	set    = directory.ReplaceValues
	add    = directory.AddValues
	remove = directory.DeleteValues
)

// prefix is the part of a diagnostic that clients may rely on.
func prefix(res directory.Result) string {
	head, _, ok := strings.Cut(res.Diagnostic, ":")
	if !ok || len(head) != 8 || res.Code == directory.Success {
		return ""
	}
	return head
}

func q(password string) string { return string(quoted(password)) }

// Chapter 3.2: what a combination of changes of unicodePwd means.
func TestPasswordCombinations(t *testing.T) {
	old, next, other := q(firstPass), q("N3w!Passw0rd"), q("0ther!Passw0rd")
	type answer struct {
		code   directory.Code
		prefix string
	}
	for name, c := range map[string]struct {
		changes        []directory.ModifyChange
		windows, samba answer
	}{
		"replace is a reset":                       {[]directory.ModifyChange{change(set, "unicodePwd", next)}, answer{0, ""}, answer{0, ""}},
		"delete and add is a change":               {[]directory.ModifyChange{change(remove, "unicodePwd", old), change(add, "unicodePwd", next)}, answer{0, ""}, answer{0, ""}},
		"add before delete is a change":            {[]directory.ModifyChange{change(add, "unicodePwd", next), change(remove, "unicodePwd", old)}, answer{0, ""}, answer{0, ""}},
		"A03-036 delete only":                      {[]directory.ModifyChange{change(remove, "unicodePwd", old)}, answer{53, "00000057"}, answer{53, "00002035"}},
		"A03-035 delete of everything":             {[]directory.ModifyChange{change(remove, "unicodePwd")}, answer{53, "00000057"}, answer{53, "00002035"}},
		"A03-038 add only":                         {[]directory.ModifyChange{change(add, "unicodePwd", next)}, answer{53, "00000057"}, answer{53, "00002035"}},
		"A03-034 replace with nothing":             {[]directory.ModifyChange{change(set, "unicodePwd")}, answer{53, "00000057"}, answer{53, "00002035"}},
		"A03-033 replace with two values":          {[]directory.ModifyChange{change(set, "unicodePwd", other, next)}, answer{0, ""}, answer{0, ""}},
		"A03-040 two replaces":                     {[]directory.ModifyChange{change(set, "unicodePwd", other), change(set, "unicodePwd", next)}, answer{0, ""}, answer{0, ""}},
		"A03-042 delete one, add two values":       {[]directory.ModifyChange{change(remove, "unicodePwd", old), change(add, "unicodePwd", next, other)}, answer{19, "0000202F"}, answer{19, "0000202F"}},
		"A03-041 delete, add, add":                 {[]directory.ModifyChange{change(remove, "unicodePwd", old), change(add, "unicodePwd", next), change(add, "unicodePwd", other)}, answer{53, "00000057"}, answer{53, "00002035"}},
		"A03-043 delete, add, replace":             {[]directory.ModifyChange{change(remove, "unicodePwd", old), change(add, "unicodePwd", next), change(set, "unicodePwd", other)}, answer{53, "00000057"}, answer{53, "00002035"}},
		"A03-044, D51 delete without value, add":   {[]directory.ModifyChange{change(remove, "unicodePwd"), change(add, "unicodePwd", next)}, answer{19, "0000202F"}, answer{0, ""}},
		"A03-050 increment":                        {[]directory.ModifyChange{change(directory.IncrementValue, "unicodePwd", "1")}, answer{2, "0000203D"}, answer{2, "00002021"}},
		"A03-006 new value without quotes":         {[]directory.ModifyChange{change(set, "unicodePwd", "N\x003\x00w\x00!\x00")}, answer{53, "0000001F"}, answer{53, "00002035"}},
		"A03-016 empty value":                      {[]directory.ModifyChange{change(set, "unicodePwd", "")}, answer{53, "0000001F"}, answer{21, ""}},
		"A03-017 empty password":                   {[]directory.ModifyChange{change(set, "unicodePwd", q(""))}, answer{53, "0000052D"}, answer{19, "0000052D"}},
		"A03-046 change, new value without quotes": {[]directory.ModifyChange{change(remove, "unicodePwd", old), change(add, "unicodePwd", "ab")}, answer{19, "0000001F"}, answer{19, "0000202F"}},
		"A03-045 change, old value without quotes": {[]directory.ModifyChange{change(remove, "unicodePwd", "ab"), change(add, "unicodePwd", next)}, answer{53, "0000001F"}, answer{53, "00002035"}},
	} {
		for dialect, want := range map[directory.Dialect]answer{directory.Windows2022: c.windows, directory.Samba: c.samba} {
			t.Run(name+" "+string(dialect), func(t *testing.T) {
				l := newLab(t, dialect)
				anna := l.user("Anna Long")
				res := l.modify(l.admin(), anna, c.changes...)
				assert.Equal(t, want, answer{res.Code, prefix(res)}, res.Diagnostic)
				if want.code == 0 {
					l.as(anna, "N3w!Passw0rd")
				} else {
					l.as(anna, firstPass)
				}
			})
		}
	}
}

// Chapter 3.4: one text for every rule, another code for reset and change.
func TestPasswordRefusalsOfWindows(t *testing.T) {
	reset := "0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0\n\x00"
	changed := "0000052D: AtrErr: DSID-03191083, #1:\n\t0: 0000052D: DSID-03191083, problem 1005 (CONSTRAINT_ATT_TYPE), data 0, Att 9005a (unicodePwd)\n\x00"
	for name, password := range map[string]string{"too short": "Ab1!", "not complex": "abcdefgh12", "contains a name": "Annalong1!"} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, directory.Windows2022)
			anna := l.user("Anna Long")
			res := l.reset(l.admin(), anna, password)
			assert.Equal(t, directory.Result{Code: 53, Diagnostic: reset}, res)
			res = l.changePassword(l.as(anna, firstPass), anna, firstPass, password)
			assert.Equal(t, directory.Result{Code: 19, Diagnostic: changed}, res)
		})
	}
}

func TestWrongOldPasswordCountsTowardsTheLockout(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna := l.user("Anna Long")
	p := l.domain.Policy()
	p.LockoutThreshold = 3
	require.NoError(t, l.domain.SetPolicy(l.now, p))
	c := l.as(anna, firstPass)
	for range 3 {
		res := l.changePassword(c, anna, "wrong", "N3w!Passw0rd")
		require.Equal(t, "00000056: AtrErr: DSID-03191083, #1:\n\t0: 00000056: DSID-03191083, problem 1005 (CONSTRAINT_ATT_TYPE), data 0, Att 9005a (unicodePwd)\n\x00", res.Diagnostic)
	}
	res := l.changePassword(c, anna, firstPass, "N3w!Passw0rd")
	assert.Equal(t, "00000775", prefix(res), "A03-105: a locked account changes nothing")
	_, res = l.bind(anna, firstPass)
	assert.Contains(t, res.Diagnostic, "data 775")
	assert.Equal(t, "16", l.value(anna, "msDS-User-Account-Control-Computed"))

	require.Equal(t, directory.Success, l.reset(l.admin(), anna, "N3w!Passw0rd").Code, "a reset is allowed")
	_, res = l.bind(anna, "N3w!Passw0rd")
	assert.Contains(t, res.Diagnostic, "data 775", "A06-036: but does not unlock")
	require.Equal(t, directory.Success, l.modify(l.admin(), anna, change(set, "lockoutTime", "0")).Code)
	l.as(anna, "N3w!Passw0rd")
}

// Chapters 4 and 5.4: history and age, with and without policy hints.
func TestPolicyHintsMakeAResetObeyHistoryAndAge(t *testing.T) {
	one, zero := 1, 0
	for name, c := range map[string]struct {
		hints    *int
		age      time.Duration
		password string
		code     directory.Code
	}{
		"plain reset to the current password": {nil, 0, firstPass, 0},
		"hinted reset to the current one":     {&one, 48 * time.Hour, firstPass, 53},
		"flags 0 has no effect":               {&zero, 48 * time.Hour, firstPass, 0},
		"hinted reset of a young password":    {&one, time.Hour, "N3w!Passw0rd", 53},
		"hinted reset of an old enough one":   {&one, 25 * time.Hour, "N3w!Passw0rd", 0},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, directory.Windows2022)
			anna := l.user("Anna Long")
			admin := l.admin()
			require.Equal(t, directory.Success, l.reset(admin, anna, firstPass).Code)
			l.now = l.now.Add(c.age)
			r := l.request(admin)
			r.Controls.PolicyHints = c.hints
			res := l.dc.Modify(t.Context(), r, directory.ModifyRequest{DN: anna, Changes: []directory.ModifyChange{change(set, "unicodePwd", q(c.password))}})
			assert.Equal(t, c.code, res.Code, res.Diagnostic)
			if c.code != 0 {
				assert.Equal(t, "0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0\n\x00", res.Diagnostic)
			}
		})
	}
}

func TestPasswordsNeedEncryption(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	r := l.request(l.admin())
	r.Channel.Encrypted = false
	res := l.dc.Modify(t.Context(), r, directory.ModifyRequest{DN: "CN=nobody," + base, Changes: []directory.ModifyChange{change(set, "unicodePwd", q("x"))}})
	assert.Equal(t, directory.Result{Code: 53, Diagnostic: "0000001F: SvcErr: DSID-031A126C, problem 5003 (WILL_NOT_PERFORM), data 0\n\x00"}, res, "before the name is looked at")
	s := newLab(t, directory.Samba)
	anna := s.user("Anna Long")
	r = s.request(s.admin())
	r.Channel.Encrypted = false
	res = s.dc.Modify(t.Context(), r, directory.ModifyRequest{DN: anna, Changes: []directory.ModifyChange{change(set, "unicodePwd", q("N3w!Passw0rd"))}})
	assert.Equal(t, directory.Success, res.Code, "D02, A03-001")
}

// Chapter 6.5: the previous password binds for an hour.
func TestPreviousPasswordGrace(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna := l.user("Anna Long")
	admin := l.admin()
	require.Equal(t, directory.Success, l.reset(admin, anna, "N3w!Passw0rd").Code)
	l.now = l.now.Add(59 * time.Minute)
	l.as(anna, firstPass)
	l.now = l.now.Add(2 * time.Minute)
	_, res := l.bind(anna, firstPass)
	assert.Contains(t, res.Diagnostic, "data 52e")
	assert.Equal(t, "0", l.value(anna, "badPwdCount"), "and is not counted")
}

func TestPwdLastSetWrites(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna := l.user("Anna Long")
	admin := l.admin()
	was := l.value(anna, "pwdLastSet")
	require.Equal(t, directory.Success, l.modify(admin, anna, change(set, "pwdLastSet", "-1")).Code)
	assert.Equal(t, was, l.value(anna, "pwdLastSet"), "A05-058: -1 acts only on 0")
	require.Equal(t, directory.Success, l.modify(admin, anna, change(set, "pwdLastSet", "0")).Code)
	_, res := l.bind(anna, firstPass)
	assert.Contains(t, res.Diagnostic, "data 773")
	assert.Equal(t, "8388608", l.value(anna, "msDS-User-Account-Control-Computed"))
	assert.Equal(t, "0", l.value(anna, "msDS-UserPasswordExpiryTimeComputed"))
	require.Equal(t, directory.Success, l.modify(admin, anna, change(set, "pwdLastSet", "-1")).Code)
	assert.Equal(t, domain.FileTimeOf(l.now).String(), l.value(anna, "pwdLastSet"))
	assert.Equal(t, "00000057", prefix(l.modify(admin, anna, change(set, "pwdLastSet", "5"))))
	assert.Equal(t, "00002077", prefix(l.modify(admin, anna, change(remove, "pwdLastSet"))))
	res = l.modify(admin, anna, change(set, "pwdLastSet", "0"), change(set, "unicodePwd", q("N3w!Passw0rd")))
	require.Equal(t, directory.Success, res.Code)
	assert.Equal(t, "0", l.value(anna, "pwdLastSet"), "A03-111: in any order")
}

func TestSecretsAreNeverShown(t *testing.T) {
	for _, dialect := range []directory.Dialect{directory.Windows2022, directory.Samba} {
		l := newLab(t, dialect)
		anna := l.user("Anna Long")
		admin := l.admin()
		for _, name := range []string{"unicodePwd", "dBCSPwd", "ntPwdHistory", "lmPwdHistory", "supplementalCredentials"} {
			assert.Empty(t, l.values(admin, anna, name), name)
			s, res := l.search(l.request(admin), base, directory.WholeSubtree, "("+name+"=*)")
			assert.Equal(t, directory.Success, res.Code)
			assert.Empty(t, s.entries, "A03-125")
		}
	}
}

func TestUserPasswordIsOrdinaryUnlessHeuristicsSayOtherwise(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna := l.user("Anna Long")
	admin := l.admin()
	require.Equal(t, directory.Success, l.modify(admin, anna, change(set, "userPassword", "plain")).Code)
	assert.Equal(t, []string{"plain"}, l.values(admin, anna, "userPassword"), "A03-138")
	l.as(anna, firstPass)

	service := "CN=Directory Service,CN=Windows NT,CN=Services,CN=Configuration," + base
	res := l.modify(admin, service, change(set, "dSHeuristics", "000000001"))
	require.Equal(t, directory.Success, res.Code, res.Diagnostic)
	assert.Empty(t, l.values(admin, anna, "userPassword"))
	require.Equal(t, directory.Success, l.modify(admin, anna, change(set, "userPassword", "N3w!Passw0rd")).Code)
	l.as(anna, "N3w!Passw0rd")
	assert.Equal(t, directory.Code(19), l.modify(admin, anna, change(remove, "userPassword", "N3w!Passw0rd")).Code)
	assert.Equal(t, "0000202F", prefix(l.modify(admin, service, change(set, "dSHeuristics", "0000000010"))), "A03-152")
}

func TestWithoutUnexpireAResetExpiresAtOnce(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna := l.user("Anna Long")
	sd := l.value(base, "nTSecurityDescriptor")
	require.NotEmpty(t, sd)
	svc := l.delegate(t)
	l.denyUnexpire(t)
	require.Equal(t, directory.Success, l.reset(svc, anna, "N3w!Passw0rd").Code)
	assert.Equal(t, "0", l.value(anna, "pwdLastSet"), "D14")
}

func TestKeyVersionGrows(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna := l.user("Anna Long")
	assert.Equal(t, "1", l.value(anna, "msDS-KeyVersionNumber"))
	require.Equal(t, directory.Success, l.reset(l.admin(), anna, "N3w!Passw0rd").Code)
	assert.Equal(t, "2", l.value(anna, "msDS-KeyVersionNumber"), "A03-158")
}

func TestTargetsWithoutPassword(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	admin := l.admin()
	group, err := l.domain.AddGroup(l.now, directory.GroupSpec{Name: "Readers", Parent: staff})
	require.NoError(t, err)
	for dn, want := range map[string]string{staff: "00002077", group: "0000207D", "CN=nobody," + staff: "0000208D"} {
		assert.Equal(t, want, prefix(l.reset(admin, dn, "N3w!Passw0rd")), dn)
	}
	res := l.reset(admin, "CN=nobody,OU=Nowhere,"+staff, "N3w!Passw0rd")
	assert.Equal(t, staff, res.MatchedDN)
	assert.Equal(t, "0000208D: NameErr: DSID-03100241, problem 2001 (NO_OBJECT), data 0, best match of:\n\t'"+staff+"'\n\x00", res.Diagnostic)
	res = l.reset(admin, "CN=x,DC=other,DC=example", "N3w!Passw0rd")
	assert.Equal(t, directory.Referral, res.Code)
	assert.Equal(t, []string{"ldap://other.example/CN=x,DC=other,DC=example"}, res.Referrals)
	assert.Equal(t, "0000202B: RefErr: DSID-0310084B, data 0, 1 access points\n\tref 1: 'other.example'\n\x00", res.Diagnostic)
	assert.Equal(t, directory.InvalidDNSyntax, l.reset(admin, "nonsense", "x").Code)
	assert.Equal(t, directory.OperationsError, l.reset(directory.Caller{}, staff, "x").Code)
}

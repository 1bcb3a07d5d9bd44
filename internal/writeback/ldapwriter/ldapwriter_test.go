package ldapwriter_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/memnet"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/writeback/agent"
	"github.com/ssprlab/ssprlab/internal/writeback/envelope"
	"github.com/ssprlab/ssprlab/internal/writeback/ldapwriter"
)

var (
	target      = agent.Target{SourceAnchor: "MyIRAFVEd2aImaq7zN3u/w==", UserPrincipalName: "alice@corp.example"}
	newPassword = secret.New("N3w!Passw0rd")
	oldPassword = secret.New("0ld!Passw0rd")
	servicePass = secret.New("Service-Secret-9")
)

// newWorld starts a stand-in with one account and a writer that trusts it.
func newWorld(t *testing.T, change func(*ldapwriter.Config)) (*standIn, *ldapwriter.Writer, *dialer) {
	t.Helper()
	d := &standIn{entries: []entry{alice(nil)}}
	net := &dialer{Memory: memnet.New()}
	cfg := ldapwriter.Config{
		URLs: []string{"ldaps://" + directoryHost}, BindName: "CN=svc-writeback,CN=Users,DC=corp,DC=example", BindPassword: servicePass,
		RootCAs: d.certify(t, directoryHost), Dial: net.DialContext,
	}
	if change != nil {
		change(&cfg)
	}
	d.serve(t, net.Memory, directoryHost+":636")
	w, err := ldapwriter.New(cfg)
	require.NoError(t, err)
	t.Cleanup(w.Close)
	return d, w, net
}

// noSecrets fails when a result tells a password in any form.
func noSecrets(t *testing.T, r agent.Result) {
	t.Helper()
	text, err := json.Marshal(r)
	require.NoError(t, err)
	for _, s := range []secret.Text{newPassword, oldPassword, servicePass} {
		assert.NotContains(t, string(text), s.Reveal())
	}
}

func utf16(s string) string {
	var b strings.Builder
	for _, c := range `"` + s + `"` {
		b.WriteByte(byte(c))
		b.WriteByte(0)
	}
	return b.String()
}

func TestAnswersAreReadIntoVerdicts(t *testing.T) {
	const atr = ": AtrErr: DSID-03191083, #1:\n\t0: 0000052D: DSID-03191083, problem 1005 (CONSTRAINT_ATT_TYPE), data 0, Att 9005a (unicodePwd)\n\x00"
	reset := func(w *ldapwriter.Writer) agent.Result {
		return w.Reset(context.Background(), target, newPassword, false)
	}
	change := func(w *ldapwriter.Writer) agent.Result {
		return w.Change(context.Background(), target, oldPassword, newPassword)
	}
	unlock := func(w *ldapwriter.Writer) agent.Result { return w.Unlock(context.Background(), target) }
	for name, c := range map[string]struct {
		do      func(*ldapwriter.Writer) agent.Result
		answer  result
		verdict envelope.Verdict
		reason  agent.Reason
	}{
		"Windows accepts a reset":                        {reset, result{}, envelope.Written, ""},
		"Windows accepts a change":                       {change, result{}, envelope.Written, ""},
		"Windows accepts an unlock":                      {unlock, result{}, envelope.Written, ""},
		"Windows refuses a reset by policy":              {reset, result{53, "0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0\n\x00"}, envelope.Policy, agent.PolicyRestriction},
		"Windows refuses a change by policy":             {change, result{19, "0000052D" + atr}, envelope.Policy, agent.PolicyRestriction},
		"Samba refuses a reset by policy":                {reset, result{19, "0000052D: Constraint violation - check_password_restrictions: the password is too short. It should be equal or longer than 7 characters!"}, envelope.Policy, agent.PolicyRestriction},
		"Windows says the current password is wrong":     {change, result{19, "00000056" + atr}, envelope.WrongCurrent, ""},
		"Samba says the current password is wrong":       {change, result{19, "00000056: Constraint violation - check_password_restrictions: The old password specified doesn't match!"}, envelope.WrongCurrent, ""},
		"a locked account may not change":                {change, result{19, "00000775: Password change not permitted, account locked out! …"}, envelope.Locked, ""},
		"a connection in clear is refused":               {reset, result{53, "0000001F: SvcErr: DSID-031A124C, problem 5003 (WILL_NOT_PERFORM), data 0\n\x00"}, envelope.Configuration, agent.ConnectionInClear},
		"Samba refuses an encoding":                      {reset, result{53, "00002035: setup_io: it's not allowed to set the NT hash password directly'"}, envelope.Fault, ""},
		"Windows misses the right to reset":              {reset, result{50, "00000005: SecErr: DSID-031A1190, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0\n\x00"}, envelope.Permission, agent.RightMissing},
		"Samba misses the right to reset":                {reset, result{50, "error in module acl: insufficient access rights during LDB_MODIFY (50)"}, envelope.Permission, agent.RightMissing},
		"Windows misses the right to write lockoutTime":  {unlock, result{50, "00002098: SecErr: DSID-03150F94, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0\n\x00"}, envelope.Permission, agent.RightMissing},
		"Samba misses the right to change":               {change, result{19, "error in module acl: Constraint violation during LDB_MODIFY (19)"}, envelope.Policy, agent.CannotChange},
		"a missing right to change may be 50":            {change, result{50, "00000005: SecErr: DSID-031A1190, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0\n\x00"}, envelope.Policy, agent.CannotChange},
		"Windows lost the object":                        {reset, result{32, "0000208D: NameErr: DSID-03100241, problem 2001 (NO_OBJECT), data 0, best match of:\n\t'DC=corp'\n\x00"}, envelope.NotFound, ""},
		"Samba lost the object":                          {reset, result{32, "00002030: No such Base DN: CN=x"}, envelope.NotFound, ""},
		"a read-only controller refers elsewhere":        {reset, result{10, "0000202B: RefErr: DSID-0310084B, data 0, 1 access points\n\tref 1: 'corp.example'\n\x00"}, envelope.Configuration, ""},
		"the policy-hints control is not known":          {reset, result{12, "00000057: LdapErr"}, envelope.Configuration, ""},
		"stronger authentication is demanded":            {reset, result{8, "00002028: LdapErr: DSID-0C090202"}, envelope.Configuration, agent.ServiceAccount},
		"the bind did not hold, Windows":                 {reset, result{1, "000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be completed on the connection., data 0, v4f7c\x00"}, envelope.Configuration, agent.ServiceAccount},
		"the bind did not hold, Samba":                   {reset, result{1, "00002020: Operation unavailable without authentication"}, envelope.Configuration, agent.ServiceAccount},
		"the controller is busy":                         {reset, result{51, "00002028: SvcErr: problem 5001 (BUSY)"}, envelope.Fault, ""},
		"the controller is unavailable":                  {reset, result{52, ""}, envelope.Fault, ""},
		"the time limit of the controller":               {reset, result{3, ""}, envelope.Fault, ""},
		"an administrative limit":                        {reset, result{11, ""}, envelope.Fault, ""},
		"something nobody has seen":                      {reset, result{80, "00000001: SvcErr"}, envelope.Fault, ""},
		"a violated constraint of another kind":          {reset, result{19, "00002082: AtrErr"}, envelope.Fault, ""},
		"a refusal of another kind":                      {reset, result{53, "00002077: SvcErr"}, envelope.Fault, ""},
		"a password filter cannot be told from the rest": {reset, result{53, "0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0\n\x00"}, envelope.Policy, agent.PolicyRestriction},
	} {
		t.Run(name, func(t *testing.T) {
			d, w, _ := newWorld(t, nil)
			d.modify = func(int) reply { return reply{result: c.answer} }
			r := c.do(w)
			assert.Equal(t, c.verdict, r.Verdict, r.Detail)
			assert.Equal(t, c.reason, r.Reason)
			assert.NotEmpty(t, r.Detail)
			assert.Equal(t, c.verdict == envelope.Written, r.Remedy == "", "a remedy for every failure and no success: %q", r.Remedy)
			noSecrets(t, r)
		})
	}
}

func TestResetIsOneCriticalModify(t *testing.T) {
	d, w, _ := newWorld(t, nil)
	d.entries = []entry{alice(map[string]string{"lockoutTime": "134116992000000000", "msDS-User-Account-Control-Computed": "16"})}
	r := w.Reset(t.Context(), target, newPassword, true)
	require.Equal(t, envelope.Written, r.Verdict, r.Detail)
	assert.False(t, r.NoHints)

	wire := string(d.lastModify(t))
	assert.Contains(t, wire, utf16("N3w!Passw0rd"), "quoted UTF-16LE")
	assert.Contains(t, wire, "lockoutTime")
	assert.Contains(t, wire, "pwdLastSet")
	assert.Contains(t, wire, "\x04\x171.2.840.113556.1.4.2239\x01\x01\xff\x04\x05\x30\x03\x02\x01\x01", "control: OID, criticality FF, SEQUENCE { INTEGER 1 }")
	assert.Len(t, d.modifies, 1)

	last := r.LDAP[len(r.LDAP)-1]
	assert.Equal(t, "modify", last.Operation)
	assert.Equal(t, []string{"replace unicodePwd: [redacted]", "replace lockoutTime: 0", "replace pwdLastSet: 0"}, last.Detail)
	assert.Equal(t, []string{"1.2.840.113556.1.4.2239 critical 3003020101"}, last.Controls)
	assert.Equal(t, "success", last.CodeName)
	noSecrets(t, r)
}

func TestResetWritesOnlyWhatIsNeeded(t *testing.T) {
	for name, c := range map[string]struct {
		account map[string]string
		force   bool
		always  bool
		want    []string
	}{
		"an account that is not locked":               {nil, false, false, []string{"unicodePwd"}},
		"an account that is locked":                   {map[string]string{"msDS-User-Account-Control-Computed": "16", "lockoutTime": "1"}, false, false, []string{"unicodePwd", "lockoutTime"}},
		"an account whose lockout has lapsed":         {map[string]string{"lockoutTime": "134116992000000000"}, false, false, []string{"unicodePwd", "lockoutTime"}},
		"an account that was never locked":            {map[string]string{"lockoutTime": ""}, false, false, []string{"unicodePwd"}},
		"an account that cannot be read":              {map[string]string{"userAccountControl": "", "lockoutTime": "", "msDS-User-Account-Control-Computed": ""}, false, false, []string{"unicodePwd", "lockoutTime"}},
		"every reset, when asked for":                 {nil, false, true, []string{"unicodePwd", "lockoutTime"}},
		"a temporary password":                        {nil, true, false, []string{"unicodePwd", "pwdLastSet"}},
		"a temporary password that may never expire":  {map[string]string{"userAccountControl": "66048"}, true, false, []string{"unicodePwd"}},
		"a password of somebody whose may not expire": {map[string]string{"userAccountControl": "66048"}, false, false, []string{"unicodePwd"}},
	} {
		t.Run(name, func(t *testing.T) {
			d, w, _ := newWorld(t, func(cfg *ldapwriter.Config) { cfg.AlwaysUnlock = c.always })
			d.entries = []entry{alice(c.account)}
			r := w.Reset(t.Context(), target, newPassword, c.force)
			require.Equal(t, envelope.Written, r.Verdict, r.Detail)
			var wrote []string
			for _, attribute := range []string{"unicodePwd", "lockoutTime", "pwdLastSet"} {
				if strings.Contains(string(d.lastModify(t)), attribute) {
					wrote = append(wrote, attribute)
				}
			}
			assert.Equal(t, c.want, wrote)
		})
	}
}

func TestChangeDeletesTheOldAndAddsTheNew(t *testing.T) {
	d, w, _ := newWorld(t, nil)
	r := w.Change(t.Context(), target, oldPassword, newPassword)
	require.Equal(t, envelope.Written, r.Verdict, r.Detail)
	wire := string(d.lastModify(t))
	before, after, found := strings.Cut(wire, utf16("0ld!Passw0rd"))
	require.True(t, found)
	assert.Contains(t, before, "\x0a\x01\x01", "delete comes first")
	assert.Contains(t, after, utf16("N3w!Passw0rd"))
	assert.NotContains(t, wire, "1.2.840.113556", "a change carries no control")
	assert.Equal(t, []string{"delete unicodePwd: [redacted]", "add unicodePwd: [redacted]"}, r.LDAP[len(r.LDAP)-1].Detail)
	noSecrets(t, r)
}

func TestPolicyHintsFollowTheController(t *testing.T) {
	for name, c := range map[string]struct {
		supported []string
		sent      string
	}{
		"both numbers":   {[]string{"1.2.840.113556.1.4.2066", "1.2.840.113556.1.4.2239"}, "1.2.840.113556.1.4.2239"},
		"the old number": {[]string{"1.2.840.113556.1.4.2066"}, "1.2.840.113556.1.4.2066"},
		"neither":        {[]string{"1.2.840.113556.1.4.319"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d, w, _ := newWorld(t, nil)
			d.root = map[string][]string{"defaultNamingContext": {"DC=corp,DC=example"}, "supportedControl": c.supported}
			r := w.Reset(t.Context(), target, newPassword, false)
			require.Equal(t, envelope.Written, r.Verdict)
			assert.Equal(t, c.sent == "", r.NoHints)
			if c.sent == "" {
				assert.NotContains(t, string(d.lastModify(t)), "1.2.840.113556.1.4")
			} else {
				assert.Contains(t, string(d.lastModify(t)), c.sent)
			}
		})
	}
}

func TestNothingIsWrittenWhen(t *testing.T) {
	two := []entry{alice(nil), {dn: "CN=Other,DC=corp,DC=example", attrs: map[string][]string{}}}
	for name, c := range map[string]struct {
		entries []entry
		anchor  string
		verdict envelope.Verdict
		detail  string
	}{
		"nobody has the anchor":      {nil, target.SourceAnchor, envelope.NotFound, "MyIRAFVEd2aImaq7zN3u/w=="},
		"two accounts have it":       {two, target.SourceAnchor, envelope.Ambiguous, "CN=Other,DC=corp,DC=example"},
		"the account is disabled":    {[]entry{alice(map[string]string{"userAccountControl": "514"})}, target.SourceAnchor, envelope.Disabled, "disabled"},
		"the anchor is not base64":   {[]entry{alice(nil)}, "not an anchor", envelope.NotFound, "not base64"},
		"the person has no anchor":   {[]entry{alice(nil)}, "", envelope.NotFound, "not base64"},
		"the anchor holds a bracket": {[]entry{}, "KSg=", envelope.NotFound, "KSg="},
	} {
		t.Run(name, func(t *testing.T) {
			d, w, _ := newWorld(t, nil)
			d.entries = c.entries
			r := w.Reset(t.Context(), agent.Target{SourceAnchor: c.anchor}, newPassword, false)
			assert.Equal(t, c.verdict, r.Verdict)
			assert.Contains(t, r.Detail, c.detail)
			assert.NotEmpty(t, r.Remedy)
			assert.Empty(t, d.modifies)
		})
	}
}

func TestLimitsOfConnect(t *testing.T) {
	for name, c := range map[string]struct {
		dn      string
		pass    string
		limits  bool
		verdict envelope.Verdict
		reason  agent.Reason
	}{
		"an ordinary unit":          {`CN=Alice,OU=People,DC=corp,DC=example`, "x", true, envelope.Written, ""},
		"a comma in a unit":         {`CN=Alice,OU=People\, old,DC=corp,DC=example`, "x", true, envelope.Fault, agent.ReservedName},
		"a slash in a unit":         {`CN=Alice,OU=A/B,DC=corp,DC=example`, "x", true, envelope.Fault, agent.ReservedName},
		"a hash in front":           {`CN=Alice,OU=\#1,DC=corp,DC=example`, "x", true, envelope.Fault, agent.ReservedName},
		"a blank at the end":        {`CN=Alice,OU=People\ ,DC=corp,DC=example`, "x", true, envelope.Fault, agent.ReservedName},
		"a comma in the person":     {`CN=Archer\, Alice,OU=People,DC=corp,DC=example`, "x", true, envelope.Written, ""},
		"a unit, without limits":    {`CN=Alice,OU=A/B,DC=corp,DC=example`, "x", false, envelope.Written, ""},
		"256 characters":            {`CN=Alice,DC=corp,DC=example`, strings.Repeat("x", 256), true, envelope.Written, ""},
		"257 characters":            {`CN=Alice,DC=corp,DC=example`, strings.Repeat("x", 257), true, envelope.Configuration, agent.NameTooLong},
		"257 characters, no limits": {`CN=Alice,DC=corp,DC=example`, strings.Repeat("x", 257), false, envelope.Written, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d, w, _ := newWorld(t, func(cfg *ldapwriter.Config) {
				cfg.ConnectLimits, cfg.BindPassword = c.limits, secret.New(c.pass)
			})
			d.entries[0].dn = c.dn
			r := w.Reset(t.Context(), target, newPassword, false)
			assert.Equal(t, c.verdict, r.Verdict)
			assert.Equal(t, c.reason, r.Reason)
		})
	}
}

func TestConnectionIsKeptAndReplaced(t *testing.T) {
	d, w, _ := newWorld(t, nil)
	for range 3 {
		require.Equal(t, envelope.Written, w.Reset(t.Context(), target, newPassword, false).Verdict)
	}
	assert.Equal(t, 1, d.conns, "three writes, one connection")
	assert.Equal(t, 1, d.binds)

	d.hangUp()
	r := w.Reset(t.Context(), target, newPassword, false)
	assert.Equal(t, envelope.Written, r.Verdict, "a connection that died while idle is replaced: %s", r.Detail)
	assert.Equal(t, 2, d.conns)
	assert.Len(t, d.modifies, 4, "and nothing is written twice")
}

func TestRefusedRightsAreReadAgainAtTheNextWrite(t *testing.T) {
	d, w, _ := newWorld(t, nil)
	d.modify = func(n int) reply {
		if n == 1 {
			return reply{result: result{50, "00000005: SecErr"}}
		}
		return reply{}
	}
	require.Equal(t, envelope.Permission, w.Reset(t.Context(), target, newPassword, false).Verdict)
	require.Equal(t, envelope.Written, w.Reset(t.Context(), target, newPassword, false).Verdict)
	assert.Equal(t, 2, d.binds, "a group that the account joined counts from the next bind on")
}

func TestMissingRightIsExplained(t *testing.T) {
	for name, c := range map[string]struct {
		account  map[string]string
		security *entry
		reason   agent.Reason
		remedy   string
	}{
		"nothing can be read":     {nil, nil, agent.RightMissing, "grant the connector account Reset Password"},
		"inheriting account":      {nil, &entry{attrs: map[string][]string{"nTSecurityDescriptor": {"\x01\x00\x04\x80" + strings.Repeat("\x00", 16)}}}, agent.RightMissing, "grant the connector account Reset Password"},
		"inheritance is disabled": {nil, &entry{attrs: map[string][]string{"nTSecurityDescriptor": {"\x01\x00\x04\x90" + strings.Repeat("\x00", 16)}}}, agent.RightMissing, "enable inheritance"},
		"protected account":       {map[string]string{"adminCount": "1"}, nil, agent.ProtectedAccount, "clear adminCount"},
	} {
		t.Run(name, func(t *testing.T) {
			d, w, _ := newWorld(t, nil)
			d.entries, d.security = []entry{alice(c.account)}, c.security
			d.modify = func(int) reply { return reply{result: result{50, "00000005: SecErr"}} }
			r := w.Reset(t.Context(), target, newPassword, false)
			assert.Equal(t, envelope.Permission, r.Verdict)
			assert.Equal(t, c.reason, r.Reason)
			assert.Contains(t, r.Remedy, c.remedy)
		})
	}
}

func TestRefusedPasswordIsExplained(t *testing.T) {
	const domain, fine = "DC=corp,DC=example", "CN=Strict,CN=Password Settings Container,CN=System,DC=corp,DC=example"
	person := alice(nil).dn
	day := func(n int) string { return fmt.Sprint(-864000000000 * n) }
	head := entry{domain, map[string][]string{"minPwdLength": {"7"}, "minPwdAge": {day(1)}, "pwdHistoryLength": {"24"}}}
	long := head
	long.attrs = map[string][]string{"minPwdLength": {"20"}, "minPwdAge": {day(1)}, "pwdHistoryLength": {"24"}}
	strict := entry{fine, map[string][]string{"msDS-MinimumPasswordLength": {"30"}, "msDS-MinimumPasswordAge": {"0"}, "msDS-PasswordHistoryLength": {"3"}}}
	// alice chose her password on 2026-01-01 at midnight.
	for name, c := range map[string]struct {
		objects map[string]entry
		now     string
		hints   bool
		detail  string
		remedy  string
	}{
		"too short":               {map[string]entry{domain: long}, "20260301120000.0Z", true, "shorter than the 20 characters that DC=corp,DC=example demands", "at least 20 characters"},
		"too young":               {map[string]entry{domain: head}, "20260101180000.0Z", true, "18h0m0s old and DC=corp,DC=example demands a minimum age of 24h0m0s", "wait 6h0m0s"},
		"something else":          {map[string]entry{domain: head}, "20260301120000.0Z", true, "complexity, the history of 24 passwords or a password filter", "three kinds"},
		"age without hints":       {map[string]entry{domain: head}, "20260101180000.0Z", false, "complexity or a password filter", "three kinds"},
		"a fine-grained policy":   {map[string]entry{domain: head, person: {person, map[string][]string{"msDS-ResultantPSO": {fine}}}, fine: strict}, "20260301120000.0Z", true, "shorter than the 30 characters that CN=Strict", "at least 30"},
		"one that cannot be read": {map[string]entry{domain: head, person: {person, map[string][]string{"msDS-ResultantPSO": {fine}}}}, "20260301120000.0Z", true, "does not tell which", "longer, more varied"},
		"nothing can be read":     {nil, "", true, "does not tell which", "longer, more varied"},
	} {
		t.Run(name, func(t *testing.T) {
			d, w, _ := newWorld(t, nil)
			d.objects = c.objects
			d.root["currentTime"] = []string{c.now}
			if !c.hints {
				delete(d.root, "supportedControl")
			}
			d.modify = func(int) reply { return reply{result: result{53, "0000052D: SvcErr"}} }
			r := w.Reset(t.Context(), target, newPassword, false)
			assert.Equal(t, envelope.Policy, r.Verdict)
			assert.Contains(t, r.Detail, c.detail)
			assert.Contains(t, r.Remedy, c.remedy)
			noSecrets(t, r)
		})
	}
}

func TestPasswordThatExpiresAtOnceIsTold(t *testing.T) {
	expired := alice(map[string]string{"pwdLastSet": "0"})
	for name, c := range map[string]struct {
		after entry
		force bool
		told  bool
	}{
		"an ordinary reset":                       {alice(nil), false, false},
		"a reset without Unexpire Password":       {expired, false, true},
		"a temporary password is meant to expire": {expired, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			d, w, _ := newWorld(t, nil)
			d.after = &c.after
			r := w.Reset(t.Context(), target, newPassword, c.force)
			assert.Equal(t, envelope.Written, r.Verdict)
			assert.Equal(t, c.told, strings.Contains(r.Detail, "Unexpire Password"))
		})
	}
}

func TestPersonIsFoundByAnchor(t *testing.T) {
	_, w, _ := newWorld(t, nil)
	r := w.Unlock(t.Context(), target)
	require.Equal(t, envelope.Written, r.Verdict)
	const octets = `\33\22\11\00\55\44\77\66\88\99\aa\bb\cc\dd\ee\ff`
	search := r.LDAP[len(r.LDAP)-2]
	assert.Equal(t, "filter: (|(mS-DS-ConsistencyGuid="+octets+")(objectGUID="+octets+"))", search.Detail[0])
	assert.Contains(t, search.Detail[1], "attributes: userAccountControl ")
	assert.Equal(t, "DC=corp,DC=example", search.DN)
	assert.Equal(t, 1, search.Entries)
}

func TestLostAnswerIsLookedUp(t *testing.T) {
	applied, untouched := alice(map[string]string{"pwdLastSet": "134117000000000000", "msDS-KeyVersionNumber": "3"}), alice(nil)
	for name, c := range map[string]struct {
		answer  reply
		after   *entry
		silent  string
		verdict envelope.Verdict
		detail  string
	}{
		"the connection closed, and the password is there":     {reply{hangUp: true}, &applied, "", envelope.Written, "shows the new state"},
		"the connection closed, and the password is not there": {reply{hangUp: true}, &untouched, "", envelope.Unknown, "still shows the old state"},
		"no answer in time, and the password is there":         {reply{mute: true}, &applied, "", envelope.Written, "shows the new state"},
		"no answer in time, and the password is not there":     {reply{mute: true}, &untouched, "", envelope.Unknown, "still shows the old state"},
		"the account is not found afterwards":                  {reply{hangUp: true}, nil, "", envelope.Unknown, "could not be looked up"},
		"nobody answers afterwards":                            {reply{mute: true}, &applied, "read", envelope.Unknown, "could not be looked up"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, w, _ := newWorld(t, nil)
				d.after, d.silent = c.after, map[string]bool{c.silent: true}
				d.modify = func(int) reply { return c.answer }
				start := time.Now()
				r := w.Reset(t.Context(), target, newPassword, false)
				assert.Equal(t, c.verdict, r.Verdict, r.Detail)
				assert.Contains(t, r.Detail, c.detail)
				assert.Less(t, time.Since(start), 16*time.Second)
				assert.Len(t, d.modifies, 1, "never written twice")
				noSecrets(t, r)
				w.Close()
			})
		})
	}
}

func TestLostUnlockIsLookedUp(t *testing.T) {
	d, w, _ := newWorld(t, nil)
	locked, free := alice(map[string]string{"lockoutTime": "5", "msDS-User-Account-Control-Computed": "16"}), alice(nil)
	d.entries, d.after = []entry{locked}, &free
	d.modify = func(int) reply { return reply{hangUp: true} }
	assert.Equal(t, envelope.Written, w.Unlock(t.Context(), target).Verdict)
	d.after = &locked
	assert.Equal(t, envelope.Unknown, w.Unlock(t.Context(), target).Verdict)
}

func TestWaitingIsBounded(t *testing.T) {
	for name, silent := range map[string]string{"bind": "bind", "root DSE": "root", "search": "search"} {
		t.Run("a server that never answers the "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, w, _ := newWorld(t, nil)
				d.silent = map[string]bool{silent: true}
				start := time.Now()
				r := w.Reset(t.Context(), target, newPassword, false)
				assert.Equal(t, envelope.Unreachable, r.Verdict, r.Detail)
				assert.Less(t, time.Since(start), 11*time.Second)
				assert.Empty(t, d.modifies)
				w.Close()
			})
		})
	}
	t.Run("a caller that stops waiting", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d, w, _ := newWorld(t, nil)
			d.silent = map[string]bool{"search": true}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			start := time.Now()
			r := w.Reset(ctx, target, newPassword, false)
			assert.Equal(t, envelope.Unreachable, r.Verdict)
			assert.Equal(t, time.Second, time.Since(start))
			w.Close()
		})
	})
}

func TestServersAreTriedInOrderAndRemembered(t *testing.T) {
	const second = "dc2.corp.example"
	network := &dialer{Memory: memnet.New()}
	d := &standIn{entries: []entry{alice(nil)}}
	pool := d.certify(t, second)
	d.serve(t, network.Memory, second+":636")
	w, err := ldapwriter.New(ldapwriter.Config{URLs: []string{"ldaps://" + directoryHost, "ldaps://" + second}, BindName: "svc@corp.example", BindPassword: servicePass, RootCAs: pool, Dial: network.DialContext})
	require.NoError(t, err)
	defer w.Close()
	require.Equal(t, envelope.Written, w.Reset(t.Context(), target, newPassword, false).Verdict)
	d.hangUp()
	require.Equal(t, envelope.Written, w.Reset(t.Context(), target, newPassword, false).Verdict)
	assert.Equal(t, []string{directoryHost + ":636", second + ":636", second + ":636"}, network.dialed, "the one that answered is asked first the next time")
}

func TestControllerThatIsNotReadyIsPassedOver(t *testing.T) {
	d, w, _ := newWorld(t, nil)
	d.root = map[string][]string{"defaultNamingContext": {"DC=corp,DC=example"}, "isSynchronized": {"FALSE"}}
	r := w.Reset(t.Context(), target, newPassword, false)
	assert.Equal(t, envelope.Unreachable, r.Verdict)
	assert.Contains(t, r.Detail, "first synchronisation")
}

func TestTheConnectorAccountsBind(t *testing.T) {
	for name, c := range map[string]struct {
		bind   result
		detail string
		remedy string
	}{
		"wrong password":   {result{49, "80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 52e, v4f7c\x00"}, "wrong name or password", "present name and password"},
		"locked out":       {result{49, "80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 775, v4f7c\x00"}, "locked out", "unlock the connector account"},
		"disabled":         {result{49, "80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 533, v4f7c\x00"}, "disabled", "enable the connector account"},
		"password expired": {result{49, "80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 532, v4f7c\x00"}, "expired", "never expire"},
		"signing demanded": {result{8, "00002028: LdapErr"}, "strongerAuthRequired", "may sign in"},
	} {
		t.Run(name, func(t *testing.T) {
			d, w, network := newWorld(t, func(cfg *ldapwriter.Config) { cfg.URLs = append(cfg.URLs, "ldaps://dc2.corp.example") })
			d.bind = c.bind
			r := w.Reset(t.Context(), target, newPassword, false)
			assert.Equal(t, envelope.Configuration, r.Verdict)
			assert.Equal(t, agent.ServiceAccount, r.Reason)
			assert.Contains(t, r.Detail, c.detail)
			assert.Contains(t, r.Remedy, c.remedy)
			assert.Len(t, network.dialed, 1, "one wrong password is not tried on every controller")
			noSecrets(t, r)
		})
	}
}

func TestConnectionMustBeProtected(t *testing.T) {
	t.Run("a certificate for another host is refused", func(t *testing.T) {
		network := &dialer{Memory: memnet.New()}
		d := &standIn{entries: []entry{alice(nil)}}
		pool := d.certify(t, "evil.example")
		d.serve(t, network.Memory, directoryHost+":636")
		w, err := ldapwriter.New(ldapwriter.Config{URLs: []string{"ldaps://" + directoryHost}, BindName: "svc@corp.example", BindPassword: servicePass, RootCAs: pool, Dial: network.DialContext})
		require.NoError(t, err)
		r := w.Reset(t.Context(), target, newPassword, false)
		assert.Equal(t, envelope.Unreachable, r.Verdict)
		assert.Contains(t, r.Detail, "evil.example")
		assert.Zero(t, d.binds)
	})
	t.Run("an unknown authority is refused", func(t *testing.T) {
		d, w, _ := newWorld(t, nil)
		d.certify(t, directoryHost) // a new key that the writer's pool does not know
		r := w.Reset(t.Context(), target, newPassword, false)
		assert.Equal(t, envelope.Unreachable, r.Verdict)
		assert.Contains(t, r.Detail, "unknown authority")
		assert.Zero(t, d.binds)
	})
	t.Run("ldap means StartTLS", func(t *testing.T) {
		network := &dialer{Memory: memnet.New()}
		d := &standIn{entries: []entry{alice(nil)}, plain: true}
		pool := d.certify(t, directoryHost)
		d.serve(t, network.Memory, directoryHost+":389")
		w, err := ldapwriter.New(ldapwriter.Config{URLs: []string{"ldap://" + directoryHost}, BindName: "svc@corp.example", BindPassword: servicePass, RootCAs: pool, Dial: network.DialContext})
		require.NoError(t, err)
		defer w.Close()
		assert.Equal(t, envelope.Written, w.Reset(t.Context(), target, newPassword, false).Verdict)
	})
}

func TestBadConfigurationIsTold(t *testing.T) {
	good := ldapwriter.Config{URLs: []string{"ldaps://dc1"}, BindName: "svc", BindPassword: servicePass}
	for name, c := range map[string]struct {
		change func(*ldapwriter.Config)
		want   string
	}{
		"no server":         {func(c *ldapwriter.Config) { c.URLs = nil }, "no URL given"},
		"an unknown scheme": {func(c *ldapwriter.Config) { c.URLs = []string{"https://dc1"} }, `scheme "https"`},
		"no host":           {func(c *ldapwriter.Config) { c.URLs = []string{"dc1.corp.example"} }, "ldaps://host"},
		"a path":            {func(c *ldapwriter.Config) { c.URLs = []string{"ldaps://dc1/DC=x"} }, "ldaps://host"},
		"no name":           {func(c *ldapwriter.Config) { c.BindName = "" }, "name of the connector account"},
		"no password":       {func(c *ldapwriter.Config) { c.BindPassword = secret.Text{} }, "anonymous"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := good
			c.change(&cfg)
			_, err := ldapwriter.New(cfg)
			require.Error(t, err)
			assert.Contains(t, err.Error(), c.want)
		})
	}
}

func TestDescriptionOfTheDomain(t *testing.T) {
	d, w, _ := newWorld(t, nil)
	d.objects = map[string]entry{"DC=corp,DC=example": {"DC=corp,DC=example", map[string][]string{"description": {"a lab"}}}}
	for range 2 {
		text, err := w.Description(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "a lab", text)
	}
	assert.Equal(t, 1, d.conns)

	d.bind = result{49, "80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 52e, v4f7c\x00"}
	d.hangUp()
	w.Close()
	_, err := w.Description(t.Context())
	require.ErrorContains(t, err, "wrong name or password")
	assert.NotContains(t, err.Error(), servicePass.Reveal())
}

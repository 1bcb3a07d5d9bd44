package ssprctl

import (
	"bytes"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/ssprtest"
)

const alice = "alice@northlight.example"

// A said is what a call of the program said.
type said struct {
	code        int
	out, errors string
}

// call runs the program against a lab; words after "<" are its standard input.
func call(t *testing.T, lab *ssprtest.Lab, line ...string) said {
	t.Helper()
	input := ""
	if n := len(line) - 2; n >= 0 && line[n] == "<" {
		line, input = line[:n], line[n+1]
	}
	if lab != nil {
		line = append([]string{"--url", lab.URL}, line...)
	}
	var out, errs bytes.Buffer
	code := program(t.Context(), line, strings.NewReader(input), &out, &errs)
	return said{code, out.String(), errs.String()}
}

// Every command of the help is called once, in an order that makes sense.
func TestEveryCommand(t *testing.T) {
	t.Setenv("SSPR_LAB", "")
	lab := ssprtest.Start(t)
	called := map[string]bool{}
	for _, c := range []struct {
		line []string
		says []string
	}{
		{[]string{"labs"}, []string{"demo", "Northlight", lab.URL, lab.LDAPS}},
		{[]string{"labs", "snapshot"}, []string{"snapshot-1"}},
		{[]string{"labs", "fork"}, []string{"lab-1", "Northlight"}},
		{[]string{"--lab", "lab-1", "labs", "delete"}, nil},
		{[]string{"labs", "create"}, []string{"lab-2", "Northlight"}},
		{[]string{"clock", "set", "2027-03-02T09:00:00Z"}, []string{"2027-03-02T09:00:0"}},
		{[]string{"clock", "freeze"}, []string{", frozen"}},
		{[]string{"clock", "advance", "25h"}, []string{"2027-03-03T10:00:0", ", frozen"}},
		{[]string{"clock", "thaw"}, []string{"2027-03-03T10:00:0"}},
		{[]string{"clock"}, []string{"2027-03-03T10:00:0"}},
		{[]string{"reset", alice, "email", "<", "Rabbit-hole7!\n"}, []string{"reset of alice@northlight.example: done"}},
		{[]string{"mailbox", "alice@home.example"}, []string{"to alice@home.example", "verification code"}},
		{[]string{"mailbox"}, []string{"to alice@home.example"}},
		{[]string{"unlock", "dave@northlight.example"}, []string{"unlock of dave@northlight.example: done"}},
		{[]string{"attempts"}, []string{"reset", alice, "unlock", "done"}},
		{[]string{"why", "last"}, []string{"unlock of dave"}},
		{[]string{"journal", "audit"}, []string{"Reset password (self-service)"}},
		{[]string{"journal"}, []string{"PasswordResetService 31002"}},
		{[]string{"set", "domains/NORTHLIGHT/protection", `{"agents":["DC1"]}`}, []string{"DC1"}},
		{[]string{"get", "domains/NORTHLIGHT/protection"}, []string{"disabled", "PasswordSetsRejected"}},
		{[]string{"journal", "dcagent"}, []string{"Microsoft-AzureADPasswordProtection-DCAgent 30019"}},
		{[]string{"signin", alice, "<", "Rabbit-hole7!"}, []string{"Welcome"}},
		{[]string{"signin", alice, "offline", "<", "Rabbit-hole7!\r\n"}, nil},
		{[]string{"code", alice}, nil},
		{[]string{"token", "upload", "testdata/tokens.csv"}, []string{"1234567  assigned", "bob@northlight.example", "60s  hmacsha1  Contoso", "7654321  available"}},
		{[]string{"token", "assign", "7654321", alice}, []string{"7654321  assigned  alice@northlight.example"}},
		{[]string{"token", "unassign", "7654321"}, []string{"7654321  available"}},
		{[]string{"token", "delete", "7654321"}, nil},
		{[]string{"token", "drift", "1234567", "-30s"}, []string{"1234567  assigned"}},
		{[]string{"token", "activate", "1234567"}, []string{"1234567  activated  bob@northlight.example"}},
		{[]string{"token", "code", "1234567"}, nil},
		{[]string{"token"}, []string{"1234567  activated"}},
		{[]string{"pushes", alice}, nil},
		{[]string{"phone", "+1 4255550101"}, nil},
		{[]string{"get", "users/" + alice}, []string{`"givenName": "Alice"`}},
		{[]string{"set", "tenant", `{"reset":{"gates":2}}`}, []string{`"gates": 2`}},
		{[]string{"set", "faults", `[{"part":"agent","effect":"wrong-key"}]`}, []string{"wrong-key"}},
		{[]string{"get", "faults"}, []string{"wrong-key"}},
		{[]string{"get", "domains/NORTHLIGHT"}, []string{`"host": "dc1.corp.northlight.example"`, lab.LDAPS}},
		{[]string{"set", "domains/NORTHLIGHT/settings", `{"replication":{"cutToPDC":true}}`}, []string{`"cutToPDC": true`, `"first": "15s"`}},
		{[]string{"set", "domains/NORTHLIGHT/controllers/DC1", `{"requireSigning":true}`}, []string{`"requireSigning": true`}},
		{[]string{"get", "directory/alice?controller=DC1"}, []string{`"sAMAccountName": [`}},
		{[]string{"certificate", "alice", "--out", t.TempDir()}, []string{"alice@northlight.example is in ", "ldapwhoami -Y EXTERNAL"}},
		{[]string{"pass", alice, "--minutes", "90", "--once"}, nil},
		{[]string{"health", lab.URL}, nil},
		{[]string{"health", lab.LDAPS}, nil},
		{[]string{"scenario", "run", "testdata/short.txtar"}, []string{"TAP version 14\n1..1\nok 1 - short.txtar: Alice forgot her password."}},
		{[]string{"scenario", "run", "--format", "junit", "testdata/short.txtar"}, []string{"<testsuite", `failures="0"`}},
	} {
		called[c.line[0]] = true
		s := call(t, lab, c.line...)
		require.Equal(t, exitDone, s.code, "%v: %s", c.line, s.errors)
		assert.Empty(t, s.errors, "%v", c.line)
		for _, words := range c.says {
			assert.Contains(t, s.out, words, "%v", c.line)
		}
		assert.NotContains(t, s.out, "Rabbit-hole7!", "%v", c.line)
	}
	elsewhere := []string{"ldif", "conformance"} // want a directory rather than a lab
	for _, c := range commands() {
		assert.True(t, called[c.name] || slices.Contains(elsewhere, c.name), "call %s here, too", c.name)
	}
}

// Pictures of the branding are named in a command or a seed: they are too large
// for a command line.
func TestPicturesAreFiles(t *testing.T) {
	t.Setenv("SSPR_LAB", "")
	lab := ssprtest.Start(t)
	t.Chdir("../policy/branding/example")
	s := call(t, lab, "set", "tenant", `{"branding":{"bannerLogo":"banner.png","localizations":{"de":{"favicon":"favicon.png"}}}}`)
	require.Equal(t, exitDone, s.code, s.errors)
	assert.Contains(t, s.out, `"bannerLogo": "data:image/png;base64,`)
	assert.Contains(t, s.out, `"favicon": "data:image/png;base64,`)

	s = call(t, lab, "set", "tenant", `{"branding":{"bannerLogo":"none.png"}}`)
	assert.Equal(t, exitUsage, s.code)
	assert.Contains(t, s.errors, `branding.bannerLogo: "none.png" cannot be read`)
	s = call(t, lab, "set", "tenant", `{"branding":{"bannerLogo":"square.png"}}`)
	assert.Equal(t, exitFailed, s.code)
	assert.Contains(t, s.errors, "branding.bannerLogo: 128 by 128 pixels is more than 245 by 36; scale it down")
	s = call(t, lab, "set", "tenant", `{"branding":{"accentColor":"#ffd100"}}`)
	assert.Equal(t, exitFailed, s.code)
	assert.Contains(t, s.errors, "WCAG 2.2 AA; use #")

	s = call(t, lab, "labs", "create", "seed.yaml")
	require.Equal(t, exitDone, s.code, s.errors)
	assert.Contains(t, s.out, "Northlight")
}

func TestJSON(t *testing.T) {
	t.Setenv("SSPR_LAB", "")
	lab := ssprtest.Start(t)
	require.Equal(t, exitDone, call(t, lab, "reset", alice, "email", "<", "Rabbit-hole7!").code)
	for _, line := range [][]string{
		{"labs"},
		{"clock"},
		{"mailbox"},
		{"code", alice},
		{"pushes", alice},
		{"phone", "14255550101"},
		{"attempts"},
		{"why", "last"},
		{"journal"},
		{"signin", alice, "<", "Rabbit-hole7!"},
		{"unlock", "dave@northlight.example"},
	} {
		s := call(t, lab, append([]string{"--json"}, line...)...)
		require.Equal(t, exitDone, s.code, "%v: %s", line, s.errors)
		assert.True(t, json.Valid([]byte(s.out)), "%v: %s", line, s.out)
		assert.NotContains(t, s.out, "Rabbit-hole7!")
	}
}

func TestWhatTheLabRefusesIsExitCodeOne(t *testing.T) {
	t.Setenv("SSPR_LAB", "")
	lab := ssprtest.Start(t)
	for name, c := range map[string]struct {
		line []string
		says []string
	}{
		"a reset that is refused":        {[]string{"reset", "bob@northlight.example", "<", "Rabbit-hole7!"}, []string{"ended as refused", "ssprctl why "}},
		"a sign-in with another word":    {[]string{"signin", alice, "<", "wrong"}, []string{"not signed in: C000006D"}},
		"a network of its own":           {[]string{"signin", alice, "dial-up", "<", "wrong"}, []string{"neither online nor offline"}},
		"no such attempt":                {[]string{"why", "none"}, []string{`no attempt has the support code "none"`}},
		"no such resource":               {[]string{"get", "users/nobody"}, []string{`no user "nobody"`}},
		"a setting nobody has":           {[]string{"set", "tenant", `{"gates":2}`}, []string{"gates"}},
		"nothing to approve":             {[]string{"pushes", alice, "approve"}, []string{"no notification of alice@northlight.example is pending"}},
		"a file with bad lines":          {[]string{"token", "upload", "-", "<", "upn,serial number,secret key,time interval,manufacturer,model\nzoe@northlight.example,1,2234567abcdef2234567abcdef,45,A,B\n"}, []string{"line 2, upn: names nobody of this tenant", "2 problems in -"}},
		"a code of yesterday":            {[]string{"token", "activate", "1", "123456"}, []string{"no such hardware token"}},
		"an app without account":         {[]string{"code", "bob@northlight.example"}, []string{"no account"}},
		"a duration that is none":        {[]string{"clock", "advance", "soon"}, []string{`"soon" is no duration`}},
		"a domain nobody has":            {[]string{"get", "domains/nowhere.example/settings"}, []string{`no embedded domain "nowhere.example"`}},
		"a controller nobody has":        {[]string{"get", "domains/NORTHLIGHT/controllers/DC9"}, []string{`no domain controller "DC9"`, "[DC1]"}},
		"a controller's view of another": {[]string{"get", "directory/alice?controller=DC9"}, []string{`no domain controller "DC9"`}},
		"a latency that is none":         {[]string{"set", "domains/NORTHLIGHT/settings", `{"replication":{"first":"soon"}}`}, []string{"replication.first", `"soon" is no duration`}},
		"a sweep that never comes":       {[]string{"set", "domains/NORTHLIGHT/settings", `{"adminSDProtectFrequency":"0s"}`}, []string{"adminSDProtectFrequency", "1m to 2h"}},
		"a switch nobody has":            {[]string{"set", "domains/NORTHLIGHT/controllers/DC1", `{"readOnly":true}`}, []string{"requireSigning can be changed"}},
		"a certificate for nobody":       {[]string{"certificate", "nobody"}, []string{`no account "nobody"`}},
		"a channel nobody has":           {[]string{"journal", "gossip"}, []string{`"gossip"`}},
		"another lab":                    {[]string{"--lab", "nowhere", "clock"}, []string{`no lab "nowhere"`}},
		"a portal that is not there":     {[]string{"--url", "http://127.0.0.1:1", "labs"}, []string{"control API", "127.0.0.1:1"}},
		"an unhealthy portal":            {[]string{"health", "http://127.0.0.1:1"}, []string{"127.0.0.1:1"}},
		"an unhealthy directory":         {[]string{"health", "ldap://127.0.0.1:1"}, []string{"127.0.0.1:1"}},
		"a ready file that is not there": {[]string{"health", "file:/nowhere/ready.json"}, []string{"/nowhere/ready.json"}},
		"a story that is not there":      {[]string{"scenario", "run", "testdata/none.txtar"}, []string{"reading the scenario"}},
		"a story that goes otherwise":    {[]string{"scenario", "run", "testdata/other.txtar"}, []string{"other.txtar did not go as written"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := call(t, lab, c.line...)
			assert.Equal(t, exitFailed, s.code, s.errors)
			for _, words := range append(c.says, "ssprctl: ") {
				assert.Contains(t, s.errors, words)
			}
		})
	}
}

func TestMistakesInTheCommandLineAreExitCodeTwo(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "slip.txtar")
	require.NoError(t, os.WriteFile(broken, []byte("rest alice\n"), 0o600))
	for name, c := range map[string]struct {
		line []string
		says string
	}{
		"nothing":              {nil, "no command given"},
		"an unknown command":   {[]string{"restart"}, `unknown command "restart": see --help`},
		"an unknown flag":      {[]string{"--jsno", "labs"}, "see --help"},
		"an argument too many": {[]string{"labs", "all"}, "usage: ssprctl labs"},
		"no seed file":         {[]string{"labs", "create", "/nowhere.yaml"}, "/nowhere.yaml"},
		"an argument too few":  {[]string{"reset"}, "usage: ssprctl reset USER"},
		"a clock word":         {[]string{"clock", "stop"}, "usage: ssprctl clock"},
		"a time":               {[]string{"clock", "set", "noon"}, `"noon" is no time`},
		"no password":          {[]string{"reset", alice}, "read from standard input"},
		"an empty password":    {[]string{"signin", alice, "<", "\n"}, "read from standard input"},
		"no JSON":              {[]string{"set", "tenant", "gates=2"}, `"gates=2" is not JSON`},
		"a ready file":         {[]string{"--ready", "/nowhere/ready.json", "labs"}, "--ready /nowhere/ready.json"},
		"no URL":               {[]string{"health", "localhost"}, "is no URL"},
		"a scenario word":      {[]string{"scenario", "play"}, "usage: ssprctl scenario run"},
		"no scenario":          {[]string{"scenario", "run"}, "usage: ssprctl scenario run"},
		"a token word":         {[]string{"token", "eat", "1"}, "usage: ssprctl token"},
		"no token file":        {[]string{"token", "upload", "/nowhere.csv"}, "/nowhere.csv"},
		"a format":             {[]string{"scenario", "run", "--format", "html", "x"}, "--format html: tap or junit"},
		"a slip in a story":    {[]string{"scenario", "run", broken}, `line 1: unknown word "rest"`},
		"a flag of a scenario": {[]string{"scenario", "run", "--frmt", "x"}, "frmt"},
	} {
		t.Run(name, func(t *testing.T) {
			s := call(t, nil, c.line...)
			assert.Equal(t, exitUsage, s.code, s.errors)
			assert.Contains(t, s.errors, c.says)
			assert.Empty(t, s.out)
		})
	}
}

func TestHelpIsNoMistake(t *testing.T) {
	s := call(t, nil, "--help")
	assert.Equal(t, exitDone, s.code)
	for _, c := range commands() {
		assert.Contains(t, s.errors, c.summary)
	}
}

func TestAReadyFileOrTheEnvironmentTellWhereThePortalIs(t *testing.T) {
	t.Setenv("SSPR_LAB", "")
	lab := ssprtest.Start(t)
	ready := filepath.Join(t.TempDir(), "ready.json")
	require.NoError(t, os.WriteFile(ready, []byte(`{"portal":"`+lab.URL+`"}`), 0o600))
	assert.Equal(t, exitDone, call(t, nil, "--ready", ready, "labs").code)
	assert.Equal(t, exitDone, call(t, nil, "health", "file:"+ready).code)
	t.Setenv("SSPR_READY", ready)
	assert.Equal(t, exitDone, call(t, nil, "labs").code)
	t.Setenv("SSPR_READY", "")
	t.Setenv("SSPR_URL", lab.URL)
	assert.Equal(t, exitDone, call(t, nil, "labs").code)
}

func TestAnsweringNotifications(t *testing.T) {
	t.Setenv("SSPR_LAB", "")
	require.Equal(t, exitUsage, call(t, ssprtest.Start(t), "pushes", alice, "approve", "many").code)
}

func TestUpdateRewritesTheTranscript(t *testing.T) {
	text, err := os.ReadFile("testdata/other.txtar")
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "other.txtar")
	require.NoError(t, os.WriteFile(file, text, 0o600))
	assert.Equal(t, exitFailed, call(t, nil, "scenario", "run", file).code)
	assert.Equal(t, exitDone, call(t, nil, "scenario", "run", "--update", file).code)
	assert.Equal(t, exitDone, call(t, nil, "scenario", "run", file).code)
}

// A pass is seen when it is issued, by nobody later, and it works in its time:
// howto-authentication-temporary-access-pass (Microsoft Learn).
func TestAPassIsShownOnceAndBeginsWhenItIsToldTo(t *testing.T) {
	t.Setenv("SSPR_LAB", "")
	lab := ssprtest.Start(t)
	const bob = "bob@northlight.example"
	s := call(t, lab, "pass", bob, "--start", "2h")
	require.Equal(t, exitDone, s.code, s.errors)
	pass := strings.TrimSpace(s.out)
	require.Len(t, pass, 8, "the policy's length")
	signIn := func() string {
		return signedIn(t, lab, url.Values{"username": {bob}, "password": {pass}, "with": {"pass"}})
	}
	assert.NotContains(t, call(t, lab, "get", "users/"+bob).out+call(t, lab, "get", "users/"+bob+"/pass").out, pass)
	assert.Contains(t, signIn(), "not valid yet")
	require.Equal(t, exitDone, call(t, lab, "clock", "advance", "2h1m").code)
	assert.Contains(t, signIn(), "lose access to your account", "the registration wizard")
}

// The audit log tells of a pass in the words of Entra, and never the pass.
func TestPassesLeaveAuditRecords(t *testing.T) {
	t.Setenv("SSPR_LAB", "")
	lab := ssprtest.Start(t)
	const bob, carol = "bob@northlight.example", "carol@northlight.example"
	s := call(t, lab, "pass", bob, "--by", carol)
	require.Equal(t, exitDone, s.code, s.errors)
	pass := strings.TrimSpace(s.out)
	require.Equal(t, exitDone, call(t, lab, "pass", bob, "--delete").code)
	assert.Equal(t, exitFailed, call(t, lab, "pass", bob, "--delete").code, "there is none any more")
	assert.Equal(t, exitFailed, call(t, lab, "pass", bob, "--by", bob).code, "nobody creates one for themselves")
	assert.Equal(t, exitUsage, call(t, lab, "pass", bob, "--delete", "--once").code)

	s = call(t, lab, "--json", "journal", "audit")
	require.Equal(t, exitDone, s.code, s.errors)
	var records []journal.Record
	require.NoError(t, json.Unmarshal([]byte(s.out), &records), s.out)
	require.Len(t, records, 2, "refusals are not in the log")
	for i, want := range []struct{ activity, by, reason string }{
		{"Admin registered security info", carol, "Admin registered temporary access pass method for user"},
		{"Admin deleted security info", "", "Admin deleted temporary access pass method for user"},
	} {
		r := records[i].Audit
		assert.Equal(t, []string{"UserManagement", "Authentication Methods", "success", want.activity, want.reason, want.by, bob},
			[]string{r.Category, r.LoggedByService, r.Result, r.ActivityDisplayName, r.ResultReason, r.InitiatedBy.UserPrincipalName, r.Target.UserPrincipalName})
	}
	assert.Equal(t, "Application", records[1].Audit.InitiatedBy.DisplayName)
	assert.NotContains(t, s.out, pass)
}

// signedIn is the page that a new browser ends on after signing in.
func signedIn(t *testing.T, lab *ssprtest.Lab, form url.Values) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	resp, err := (&http.Client{Jar: jar}).PostForm(lab.URL+"/signin", form)
	require.NoError(t, err)
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return html.UnescapeString(string(page))
}

// concept-assignment-network (Microsoft Learn): a policy that excepts trusted
// locations asks nobody who comes from one.
func TestConditionalAccessExceptsTrustedLocations(t *testing.T) {
	t.Setenv("SSPR_LAB", "")
	lab := ssprtest.Start(t)
	form := url.Values{"username": {alice}, "password": {"Lantern-Harbour-62"}}
	s := call(t, lab, "set", "tenant", `{"signIn":{"access":[{"name":"MFA outside","state":"enabled","includeUsers":["All"],"exceptTrusted":true,"requireMfa":true}],"trustedLocations":["10.0.0.0/8"]}}`)
	require.Equal(t, exitDone, s.code, s.errors)
	assert.Contains(t, signedIn(t, lab, form), "Verify your identity")
	s = call(t, lab, "set", "tenant", `{"signIn":{"trustedLocations":["127.0.0.0/8","::1/128"]}}`)
	require.Equal(t, exitDone, s.code, s.errors)
	assert.NotContains(t, signedIn(t, lab, form), "Verify your identity")
	s = call(t, lab, "set", "tenant", `{"signIn":{"trustedLocations":["office"]}}`)
	assert.Equal(t, exitFailed, s.code)
	assert.Contains(t, s.errors, `signIn.trustedLocations[0]: "office" is no IP range`)
}

func TestMailIsInThePersonsOwnLanguage(t *testing.T) {
	t.Setenv("SSPR_LAB", "")
	lab := ssprtest.Start(t)
	s := call(t, lab, "set", "users/"+alice, `{"preferredLanguage":"ar-SA"}`)
	require.Equal(t, exitDone, s.code, s.errors)
	s = call(t, lab, "reset", alice, "email", "<", "Rabbit-hole7!")
	require.Equal(t, exitDone, s.code, s.errors+s.out)
	s = call(t, lab, "mailbox", "alice@home.example")
	assert.Contains(t, s.out, "رمز التحقق من البريد الإلكتروني لحساب Northlight")
	assert.Contains(t, s.out, "تمت إعادة تعيين كلمة مرورك")
	s = call(t, lab, "set", "users/"+alice, `{"preferredLanguage":"Arabic, please"}`)
	assert.Equal(t, exitFailed, s.code)
	assert.Contains(t, s.errors, "is no language tag")
}

func TestAMigrationDoesNotGoBackToItsBeginning(t *testing.T) {
	t.Setenv("SSPR_LAB", "")
	lab := ssprtest.Start(t)
	to := func(state, more string) said {
		return call(t, lab, "set", "tenant", `{"methods":{"migration":"`+state+`"`+more+`}}`)
	}
	require.Equal(t, exitDone, to("migrationComplete", "").code)
	assert.Contains(t, to("migrationInProgress", "").errors, "give methods.rollbackReason")
	s := to("migrationInProgress", `,"rollbackReason":"calls were missing"`)
	require.Equal(t, exitDone, s.code, s.errors)
	assert.Contains(t, s.out, `"rollbackReason": "calls were missing"`)
	s = to("preMigration", "")
	assert.Equal(t, exitFailed, s.code)
	assert.Contains(t, s.errors, "does not go back to preMigration")
}

// concept-sspr-licensing (Microsoft Learn): the service plan decides, not the
// product that brings it.
func TestAPlanSwitchedOffInsideAProductIsNoLicence(t *testing.T) {
	t.Setenv("SSPR_LAB", "")
	lab := ssprtest.Start(t)
	s := call(t, lab, "set", "users/"+alice, `{"licences":["SPE_E3"]}`)
	require.Equal(t, exitDone, s.code, s.errors)
	require.Equal(t, exitDone, call(t, lab, "reset", alice, "<", "Rabbit-hole7!").code)
	s = call(t, lab, "set", "users/"+alice, `{"disabledPlans":["AAD_PREMIUM"]}`)
	require.Equal(t, exitDone, s.code, s.errors)
	s = call(t, lab, "reset", alice, "<", "Rabbit-hole8!")
	assert.Equal(t, exitFailed, s.code)
	assert.Contains(t, s.out, "SSPR_0012")
}

func TestAPasswordExpiresByItsDomain(t *testing.T) {
	t.Setenv("SSPR_LAB", "")
	lab := ssprtest.Start(t)
	form := url.Values{"username": {"frank@northlight.example"}, "password": {"Lantern-Harbour-62"}}
	s := call(t, lab, "set", "tenant", `{"expiry":{"domains":{"northlight.example":{"validityDays":1}}}}`)
	require.Equal(t, exitDone, s.code, s.errors)
	assert.Contains(t, signedIn(t, lab, form), "Your password has expired")
	s = call(t, lab, "set", "tenant", `{"expiry":{"validityDays":1,"notificationDays":0,"domains":{"northlight.example":{"validityDays":0}}}}`)
	require.Equal(t, exitDone, s.code, s.errors)
	assert.NotContains(t, signedIn(t, lab, form), "Your password has expired")
	assert.Equal(t, exitFailed, call(t, lab, "set", "tenant", `{"expiry":{"domains":{"elsewhere.example":{}}}}`).code)
}

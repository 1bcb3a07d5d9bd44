package control_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBadRequestsSayWhatIsWrong(t *testing.T) {
	d := openDoor(t, "")
	const lab = "/control/v1/labs/first"
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		field              string
		says               []string
	}{
		"no such lab":                {"GET", "/control/v1/labs/nowhere/clock", "", 404, "", []string{`"nowhere"`, "GET /control/v1/labs"}},
		"no such path":               {"GET", "/control/v1/nonsense", "", 404, "", []string{"Not Found"}},
		"another method":             {"PUT", lab + "/clock", "{}", 405, "", nil},
		"an end of the first lab":    {"DELETE", "/control/v1/labs/demo", "", 409, "", []string{"stop the program"}},
		"an end of no lab":           {"DELETE", "/control/v1/labs/nowhere", "", 404, "", []string{`"nowhere"`}},
		"a seed with a slip":         {"POST", "/control/v1/labs", `{"seed":"tenant: {tenantNam: T}"}`, 400, "seed", []string{"tenantNam"}},
		"an unknown field":           {"POST", lab + "/clock", `{"advnce":"1h"}`, 400, "", []string{"advnce"}},
		"a value of the wrong type":  {"POST", lab + "/clock", `{"advance":3}`, 400, "advance", []string{"advance"}},
		"an empty body":              {"POST", lab + "/clock", "", 400, "", []string{"the body is empty"}},
		"no JSON":                    {"POST", lab + "/clock", "advance=1h", 400, "", []string{"invalid character"}},
		"two values":                 {"POST", lab + "/clock", `{"advance":"1h"}{}`, 400, "", []string{"more than one JSON value"}},
		"nothing to do":              {"POST", lab + "/clock", `{}`, 400, "", []string{"exactly one of set, advance and freeze"}},
		"two things to do":           {"POST", lab + "/clock", `{"advance":"1h","freeze":true}`, 400, "", []string{"exactly one"}},
		"no duration":                {"POST", lab + "/clock", `{"advance":"a day"}`, 400, "advance", []string{`"a day"`, "25h"}},
		"no time":                    {"POST", lab + "/clock", `{"set":"tomorrow"}`, 400, "", []string{"tomorrow"}},
		"faults that are no list":    {"PUT", lab + "/faults", `{}`, 400, "", []string{"a list of faults is expected"}},
		"a part that does not break": {"PUT", lab + "/faults", `[{"part":"moon","effect":"delay"}]`, 400, "", []string{"fault 1", `"moon"`, "relay, agent, cloud, hash-sync, proxy or dc-agent"}},
		"an effect of another part":  {"PUT", lab + "/faults", `[{"part":"relay","effect":"wrong-key"}]`, 400, "", []string{`"wrong-key"`, "unreachable"}},
		"a field no fault has":       {"PUT", lab + "/faults", `[{"part":"agent","effect":"wrong-key","color":1}]`, 400, "", []string{"color"}},
		"a wait that is no duration": {"GET", lab + "/mailbox?wait=soon", "", 400, "wait", []string{`"soon"`, "1m0s", "10s"}},
		"a wait that is too long":    {"GET", lab + "/mailbox?wait=61s", "", 400, "wait", []string{`"61s"`, "1m0s"}},
		"a wait for the past":        {"GET", lab + "/journal?wait=-1s", "", 400, "wait", []string{`"-1s"`}},
		"a phone's wait":             {"GET", lab + "/phone/14255550101?wait=2h", "", 400, "wait", []string{`"2h"`}},
		"a push's wait":              {"GET", lab + "/authenticator/alice/pushes?wait=2h", "", 400, "wait", []string{`"2h"`}},
		"after no number":            {"GET", lab + "/mailbox?after=x", "", 400, "after", []string{`"x"`}},
		"a limit below nothing":      {"GET", lab + "/journal?limit=-1", "", 400, "limit", []string{`"-1"`}},
		"an unknown channel":         {"GET", lab + "/journal?channel=gossip", "", 400, "channel", []string{`"gossip"`, "audit, application, security, dcagent and signin"}},
		"an app nobody has":          {"GET", lab + "/authenticator/bob@northlight.example/code", "", 404, "", []string{"bob@northlight.example"}},
		"a token nobody knows":       {"GET", lab + "/tokens/1", "", 404, "", []string{"no such hardware token"}},
		"a file without a header":    {"POST", lab + "/tokens/upload", `{"csv":"2234567abcdef2234567abcdef"}`, 400, "", []string{"does not begin with the header"}},
		"an upload by a stranger":    {"POST", lab + "/tokens/upload", `{"csv":"x","by":"alice@northlight.example"}`, 403, "", []string{"alice@northlight.example holds no role", "Global Administrator"}},
		"an upload by nobody":        {"POST", lab + "/tokens/upload", `{"csv":"x","by":"zoe@northlight.example"}`, 403, "", []string{"zoe@northlight.example"}},
		"a token with another hash":  {"POST", lab + "/tokens", `{"serialNumber":"1","hashFunction":"md5"}`, 400, "hashFunction", []string{`"md5"`, "hmacsha256"}},
		"a token without a secret":   {"POST", lab + "/tokens", `{"serialNumber":"1","manufacturer":"A","model":"B"}`, 400, "", []string{"secret key", "base32"}},
		"a change of no token":       {"PATCH", lab + "/tokens/1", `{"assignedTo":""}`, 404, "", []string{"no such hardware token"}},
		"an activation of no token":  {"POST", lab + "/tokens/1/activate", `{"verificationCode":"123456"}`, 404, "", nil},
		"the code of no token":       {"GET", lab + "/tokens/1/code", "", 404, "", []string{"in anybody's hands"}},
		"the end of no token":        {"DELETE", lab + "/tokens/1", "", 404, "", nil},
		"another answer to a push":   {"POST", lab + "/authenticator/alice/pushes/p", `{"answer":"maybe"}`, 400, "answer", []string{`"maybe"`, "approve nor deny"}},
		"a push that is not there":   {"POST", lab + "/authenticator/alice/pushes/p", `{"answer":"deny"}`, 409, "", nil},
		"another answer to a call":   {"POST", lab + "/phone/1/calls/c", `{"answer":"maybe"}`, 400, "answer", []string{`"maybe"`, "confirm nor hang-up"}},
		"a call that is not there":   {"POST", lab + "/phone/1/calls/c", `{"answer":"confirm"}`, 409, "", []string{"not ringing"}},
		"an attempt of nobody":       {"POST", lab + "/attempts", `{"kind":"reset"}`, 400, "user", []string{"user ID"}},
		"an attempt at nothing":      {"POST", lab + "/attempts", `{"kind":"forget","user":"alice"}`, 400, "kind", []string{`"forget"`, "reset, unlock and change"}},
		"too few proofs":             {"POST", lab + "/attempts", `{"kind":"reset","user":"carol@northlight.example","proofs":[{"method":"email"}]}`, 400, "proofs", []string{"1 given", "gate 2 of 2"}},
		"a change by nobody known":   {"POST", lab + "/attempts", `{"kind":"change","user":"nobody@northlight.example"}`, 404, "user", []string{"nobody@northlight.example"}},
		"no such attempt":            {"GET", lab + "/attempts/none", "", 404, "", []string{`"none"`}},
		"no such workstation":        {"POST", lab + "/workstations/ENIAC/signin", `{"user":"alice","password":"x"}`, 404, "", []string{`"ENIAC"`}},
		"half a network":             {"POST", lab + "/workstations/first/signin", `{"user":"alice","password":"x","network":"dial-up"}`, 400, "network", []string{`"dial-up"`}},
		"no such robot check":        {"GET", lab + "/robot/none", "", 404, "", nil},
		"a setting nobody has":       {"PATCH", lab + "/tenant", `{"reset":{"gate":2}}`, 400, "", []string{"gate"}},
		"a patch that is no JSON":    {"PATCH", lab + "/tenant", `gates: 2`, 400, "", []string{"merge patch"}},
		"no such user":               {"GET", lab + "/users/nobody@northlight.example", "", 404, "", []string{"nobody@northlight.example"}},
		"a patch of no user":         {"PATCH", lab + "/users/nobody@northlight.example", "{}", 404, "", []string{"nobody@northlight.example"}},
		"a pass for nobody":          {"POST", lab + "/users/nobody@northlight.example/pass", "{}", 404, "", []string{"no such user"}},
		"a pass by nobody":           {"POST", lab + "/users/" + alice + "/pass", `{"by":"nobody@northlight.example"}`, 404, "", []string{"in by"}},
		"a pass by a plain member":   {"POST", lab + "/users/" + alice + "/pass", `{"by":"bob@northlight.example"}`, 403, "by", []string{"Authentication Administrator"}},
		"a pass for oneself":         {"POST", lab + "/users/" + alice + "/pass", `{"by":"alice@northlight.example"}`, 403, "by", []string{"themselves"}},
		"a pass of nine minutes":     {"POST", lab + "/users/" + alice + "/pass", `{"lifetimeInMinutes":9}`, 400, "lifetimeInMinutes", []string{"outside 60 to 480"}},
		"a pass that begins twice":   {"POST", lab + "/users/" + alice + "/pass", `{"start":"1h","startDateTime":"2026-03-02T09:00:00Z"}`, 400, "start", []string{"one of the two"}},
		"a pass for yesterday":       {"POST", lab + "/users/" + alice + "/pass", `{"start":"-1h"}`, 400, "start", []string{`"-1h"`}},
		"no pass":                    {"GET", lab + "/users/" + alice + "/pass", "", 404, "", []string{"no Temporary Access Pass"}},
		"no pass to delete":          {"DELETE", lab + "/users/" + alice + "/pass", "", 404, "", []string{"no Temporary Access Pass"}},
		"deleting another's pass":    {"DELETE", lab + "/users/bob@northlight.example/pass?by=" + alice, "", 403, "by", []string{"Authentication Administrator"}},
		"another's pass":             {"GET", lab + "/users/bob@northlight.example/pass?by=" + alice, "", 403, "by", []string{"administrators"}},
		"no such domain":             {"GET", lab + "/domains/moon.example/policy", "", 404, "", []string{`"moon.example"`}},
		"a patch of no domain":       {"PATCH", lab + "/domains/moon.example/policy", "{}", 404, "", []string{`"moon.example"`}},
		"a policy field too many":    {"PATCH", lab + "/domains/" + domain + "/policy", `{"minLength":7}`, 400, "", []string{"minLength"}},
		"an age that is no duration": {"PATCH", lab + "/domains/" + domain + "/policy", `{"minimumAge":"a day"}`, 400, "minimumAge", []string{"a day"}},
		"a length AD cannot hold":    {"PATCH", lab + "/domains/" + domain + "/policy", `{"minimumLength":-1}`, 400, "minimumLength", []string{"0 to 256"}},
		"no such domain to protect":  {"PATCH", lab + "/domains/moon.example/protection", "{}", 404, "", []string{`"moon.example"`}},
		"an agent on no controller":  {"PATCH", lab + "/domains/" + domain + "/protection", `{"agents":["DC9"]}`, 400, "agents", []string{`"DC9"`, "DC1"}},
		"no such account":            {"GET", lab + "/directory/nobody", "", 404, "", []string{`"nobody"`}},
		"no such agent":              {"GET", lab + "/agents/SYNC9", "", 404, "", []string{`"SYNC9"`, "SYNC1"}},
		"a patch of no agent":        {"PATCH", lab + "/agents/SYNC9", "{}", 404, "", []string{`"SYNC9"`}},
		"a field no agent has":       {"PATCH", lab + "/agents/SYNC1", `{"stopped":true}`, 400, "", []string{"stopped", "running, enabled and passwordHashSync"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := d.call(c.method, c.path, c.body)
			require.Equal(t, c.status, r.status, r.body)
			p := r.problem(t)
			assert.Equal(t, c.field, p.Field, p.Detail)
			for _, words := range c.says {
				assert.Contains(t, p.Detail, words)
			}
		})
	}
}

func TestTheTokenIsDemandedWhereThereIsOne(t *testing.T) {
	d := openDoor(t, "open-sesame")
	for name, c := range map[string]struct {
		header []string
		status int
	}{
		"none":                {nil, 401},
		"another":             {[]string{"Authorization", "Bearer open-simsim"}, 401},
		"the beginning of it": {[]string{"Authorization", "Bearer open"}, 401},
		"the token":           {[]string{"Authorization", "Bearer open-sesame"}, 200},
	} {
		t.Run(name, func(t *testing.T) {
			r := d.call(http.MethodGet, "/control/v1/labs", "", c.header...)
			require.Equal(t, c.status, r.status)
			if c.status == http.StatusUnauthorized {
				assert.Equal(t, "Bearer", r.header.Get("WWW-Authenticate"))
				assert.Contains(t, r.problem(t).Detail, "controlToken")
				assert.NotContains(t, r.body, "sesame")
			}
		})
	}
}

// A page of another origin that the person has open must not drive the lab.
func TestOtherOriginsMayNotChangeAnything(t *testing.T) {
	d := openDoor(t, "")
	d.lab.Clock.Freeze()
	before := d.lab.Clock.Now()
	const path, body = "/control/v1/labs/first/clock", `{"advance":"25h"}`
	for name, header := range map[string][]string{
		"by fetch metadata": {"Sec-Fetch-Site", "cross-site"},
		"by origin":         {"Origin", "https://elsewhere.example"},
	} {
		assert.Equal(t, http.StatusForbidden, d.call(http.MethodPost, path, body, header...).status, name)
	}
	assert.Equal(t, before, d.lab.Clock.Now())
	assert.Equal(t, http.StatusOK, d.call(http.MethodPost, path, body, "Sec-Fetch-Site", "same-origin").status)
	assert.Equal(t, http.StatusOK, d.call(http.MethodPost, path, body).status, "programs send neither")
}

func TestABodyHasALimit(t *testing.T) {
	d := openDoor(t, "")
	large := `{"seed":"` + strings.Repeat("x", 5<<20) + `"}`
	for _, c := range []struct{ method, path string }{
		{http.MethodPost, "/control/v1/labs"},
		{http.MethodPut, "/control/v1/labs/first/faults"},
		{http.MethodPatch, "/control/v1/labs/first/tenant"},
	} {
		r := d.call(c.method, c.path, large)
		require.Equal(t, http.StatusRequestEntityTooLarge, r.status, c.path)
		assert.Contains(t, r.problem(t).Detail, "4194304")
	}
}

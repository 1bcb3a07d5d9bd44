package control_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/control"
	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/memnet"
	"github.com/ssprlab/ssprlab/internal/rig"
	"github.com/ssprlab/ssprlab/internal/robot"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

const (
	alice  = "alice@northlight.example"
	domain = "corp.northlight.example"
	mobile = "+1 4255550101"
)

// A door is the control API in front of a whole lab in memory.
type door struct {
	t       *testing.T
	lab     *rig.Lab
	handler http.Handler
}

func openDoor(t *testing.T, token string) door {
	t.Helper()
	seed, err := tenant.Demo()
	require.NoError(t, err)
	cfg := rig.LabConfig{Seed: seed, RandSeed: 1, Network: memnet.New()}
	host := rig.NewHost(cfg)
	lab, err := rig.NewLab(t.Context(), cfg)
	require.NoError(t, err)
	host.Adopt(lab)
	t.Cleanup(func() { assert.NoError(t, host.Close(context.WithoutCancel(t.Context()))) })
	return door{t, lab, control.New(control.Config{Host: host, Token: secret.New(token)})}
}

// A reply is what the API answered.
type reply struct {
	status int
	header http.Header
	body   string
}

func (d door) call(method, path, body string, headers ...string) reply {
	d.t.Helper()
	req := httptest.NewRequestWithContext(d.t.Context(), method, path, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, req)
	text, err := io.ReadAll(w.Result().Body)
	require.NoError(d.t, err)
	return reply{w.Code, w.Header(), string(text)}
}

// problem is the reply as RFC 9457 problem details; anything else ends the test.
func (r reply) problem(t *testing.T) api.Problem {
	t.Helper()
	require.Equal(t, "application/problem+json", r.header.Get("Content-Type"), r.body)
	var p api.Problem
	require.NoError(t, json.Unmarshal([]byte(r.body), &p), r.body)
	assert.Equal(t, r.status, p.Status, "the body repeats the status")
	assert.Equal(t, http.StatusText(r.status), p.Title)
	assert.Equal(t, "about:blank", p.Type)
	return p
}

// A visit is one request that a route answers well.
type visit struct {
	before func(d door) (of map[string]string) // names put into the path
	path   map[string]string                   // values of the path's variables
	query  string
	body   string
	status int
	says   []string // of the answer
}

func ringing(d door) map[string]string {
	d.lab.Phones.Call(mobile, "call-1", "en")
	return nil
}

func pushed(d door) map[string]string {
	d.lab.Authenticator.Push(alice, "push-1", 42)
	return nil
}

func texted(d door) map[string]string {
	d.lab.Phones.Text(mobile, secret.New("135790"), "en")
	return nil
}

func mailed(d door) map[string]string {
	d.lab.Mailbox.Deliver("msonlineservicesteam@northlight.example", []string{"alice@home.example"}, []byte("Subject: Hello\r\n\r\nA word.\r\n"))
	return nil
}

func attempted(d door) map[string]string {
	var out api.AttemptResult
	r := d.call(http.MethodPost, "/control/v1/labs/first/attempts", `{"kind":"reset","user":"nobody@northlight.example"}`)
	require.NoError(d.t, json.Unmarshal([]byte(r.body), &out), r.body)
	require.NotEmpty(d.t, out.CorrelationID, r.body)
	return map[string]string{"attempt": out.CorrelationID}
}

func reset(d door) map[string]string {
	r := d.call(http.MethodPost, "/control/v1/labs/first/attempts", `{"kind":"reset","user":"alice@northlight.example","newPassword":"Rabbit-hole7!"}`)
	require.Contains(d.t, r.body, `"outcome":"done"`)
	return nil
}

func passed(d door) map[string]string {
	r := d.call(http.MethodPost, "/control/v1/labs/first/users/"+alice+"/pass", `{}`)
	require.Equal(d.t, http.StatusCreated, r.status, r.body)
	return nil
}

func created(d door) map[string]string {
	r := d.call(http.MethodPost, "/control/v1/labs", `{}`)
	require.Equal(d.t, http.StatusCreated, r.status, r.body)
	return map[string]string{"lab": strings.TrimPrefix(r.header.Get("Location"), "/control/v1/labs/")}
}

func challenged(d door) map[string]string {
	return map[string]string{"challenge": d.lab.Robot.Ask(robot.Picture).ID}
}

// visits holds a good request for every route; the test below demands one.
var visits = map[string]visit{
	"GET /openapi.json":                                           {says: []string{`"openapi"`}},
	"GET /labs":                                                   {says: []string{`"id":"demo"`, `"tenant":"Northlight`}},
	"POST /labs":                                                  {body: `{"randSeed":7,"clock":"2026-03-02T09:00:00Z"}`, status: http.StatusCreated, says: []string{`"id":"lab-1"`, `"randSeed":7`, `"created":"2026-03-02T09:00:00`}},
	"GET /labs/{lab}":                                             {says: []string{`"portal":"http://`, `"ldaps":"ldaps://`, `BEGIN CERTIFICATE`}},
	"POST /labs/{lab}/fork":                                       {status: http.StatusCreated, says: []string{`"id":"lab-1"`, `"tenant":"Northlight"`}},
	"POST /labs/{lab}/snapshot":                                   {status: http.StatusCreated, says: []string{`"snapshot":"snapshot-1"`}},
	"POST /labs/{lab}/restore":                                    {before: pictured, body: `{"snapshot":"snapshot-1"}`, status: http.StatusAccepted},
	"DELETE /labs/{lab}":                                          {before: created, status: http.StatusNoContent},
	"GET /labs/{lab}/clock":                                       {says: []string{`"frozen":false`, `"offset":"0s"`}},
	"POST /labs/{lab}/clock":                                      {body: `{"advance":"25h"}`, says: []string{`"offset":"25h0m0s"`}},
	"GET /labs/{lab}/faults":                                      {says: []string{`[]`}},
	"PUT /labs/{lab}/faults":                                      {body: `[{"part":"agent","effect":"wrong-key","count":1}]`, says: []string{`"effect":"wrong-key"`, `"hits":0`}},
	"DELETE /labs/{lab}/faults":                                   {status: http.StatusNoContent},
	"GET /labs/{lab}/mailbox":                                     {before: mailed, query: "to=alice@home.example", says: []string{`"subject":"Hello"`}},
	"GET /labs/{lab}/phone/{number}":                              {before: texted, says: []string{`"code":"135790"`, `"kind":"text"`}},
	"POST /labs/{lab}/phone/{number}/calls/{call}":                {before: ringing, path: map[string]string{"call": "call-1"}, body: `{"answer":"confirm"}`, status: http.StatusNoContent},
	"GET /labs/{lab}/authenticator/{user}/code":                   {says: []string{`"code":"`, `"secondsLeft":`}},
	"GET /labs/{lab}/authenticator/{user}/pushes":                 {before: pushed, says: []string{`"id":"push-1"`, `"number":true`, `"pending":true`}},
	"POST /labs/{lab}/authenticator/{user}/pushes/{push}":         {before: pushed, path: map[string]string{"push": "push-1"}, body: `{"answer":"approve","number":42}`, status: http.StatusNoContent},
	"GET /labs/{lab}/tokens":                                      {before: uploaded, says: []string{`"serialNumber":"1234567"`, `"status":"assigned"`, `"assignedTo":"bob@northlight.example"`, `"status":"available"`}},
	"POST /labs/{lab}/tokens":                                     {body: `{"serialNumber":"GALT1","manufacturer":"Contoso","model":"Key","secretKey":"abcdef2234567abcdef2234567","hashFunction":"hmacsha256","timeIntervalInSeconds":60}`, status: http.StatusCreated, says: []string{`"hashFunction":"hmacsha256"`, `"timeIntervalInSeconds":60`, `"status":"available"`}},
	"POST /labs/{lab}/tokens/upload":                              {body: tokenFile, says: []string{`"serialNumber":"7654321"`, `"line":4,"field":"upn","reason":"names nobody`}},
	"GET /labs/{lab}/tokens/{token}":                              {before: uploaded, path: map[string]string{"token": "1234567"}, says: []string{`"model":"HardwareKey"`, `"hashFunction":"hmacsha1"`}},
	"PATCH /labs/{lab}/tokens/{token}":                            {before: uploaded, path: map[string]string{"token": "7654321"}, body: `{"assignedTo":"alice@northlight.example","drift":"90s"}`, says: []string{`"assignedTo":"alice@northlight.example"`, `"status":"assigned"`}},
	"DELETE /labs/{lab}/tokens/{token}":                           {before: uploaded, path: map[string]string{"token": "7654321"}, status: http.StatusNoContent},
	"POST /labs/{lab}/tokens/{token}/activate":                    {before: uploaded, path: map[string]string{"token": "1234567"}, body: `{}`, says: []string{`"status":"activated"`, `"lastUsedDateTime":"`}},
	"GET /labs/{lab}/tokens/{token}/code":                         {before: uploaded, path: map[string]string{"token": "7654321"}, says: []string{`"code":"`, `"secondsLeft":`}},
	"GET /labs/{lab}/attempts":                                    {says: []string{`"attempts":[]`}},
	"POST /labs/{lab}/attempts":                                   {body: `{"kind":"reset","user":"alice@northlight.example","newPassword":"Rabbit-hole7!"}`, says: []string{`"outcome":"done"`, `"explanation":"`}},
	"GET /labs/{lab}/attempts/{attempt}":                          {before: attempted, says: []string{`"explanation":"`, `nobody@northlight.example`}},
	"GET /labs/{lab}/journal":                                     {before: reset, query: "channel=audit", says: []string{`"channel":"audit"`, "Reset password (self-service)"}},
	"POST /labs/{lab}/workstations/{workstation}/signin":          {body: `{"user":"alice@northlight.example","password":"Lantern-Harbour-62"}`, says: []string{`"signedIn":true`, `"source":"online"`}},
	"GET /labs/{lab}/robot/{challenge}":                           {before: challenged, says: []string{`"answer":"`}},
	"GET /labs/{lab}/tenant":                                      {says: []string{`"reset":{`, `"writeback":true`}},
	"PATCH /labs/{lab}/tenant":                                    {body: `{"reset":{"gates":2}}`, says: []string{`"gates":2`}},
	"GET /labs/{lab}/users/{user}":                                {says: []string{`"givenName":"Alice"`}},
	"PATCH /labs/{lab}/users/{user}":                              {body: `{"givenName":"Alicia"}`, says: []string{`"givenName":"Alicia"`}},
	"GET /labs/{lab}/domains/{domain}":                            {says: []string{`"baseDN":"DC=corp,DC=northlight,DC=example"`, `"controllers":[{"domain":"corp.northlight.example","name":"DC1"`, `"pdcEmulator":true`}},
	"GET /labs/{lab}/domains/{domain}/settings":                   {says: []string{`"previousPasswordGrace":"1h0m0s"`, `"auditDirectoryChanges":false`, `"securityLogMaximumKB":20480`, `"first":"15s"`, `"cutToPDC":false`}},
	"PATCH /labs/{lab}/domains/{domain}/settings":                 {body: `{"auditDirectoryChanges":true,"securityLogMaximumKB":64,"replication":{"cutToPDC":true,"first":"0s"}}`, says: []string{`"securityLogMaximumKB":64`, `"auditDirectoryChanges":true`, `"first":"0s"`, `"next":"3s"`, `"cutToPDC":true`}},
	"GET /labs/{lab}/domains/{domain}/controllers/{controller}":   {says: []string{`"host":"dc1.corp.northlight.example"`, `"ldaps":"ldaps://`, `"requireSigning":false`}},
	"PATCH /labs/{lab}/domains/{domain}/controllers/{controller}": {body: `{"requireSigning":true}`, says: []string{`"requireSigning":true`}},
	"POST /labs/{lab}/directory/{account}/certificate":            {status: http.StatusCreated, says: []string{`"userPrincipalName":"alice@northlight.example"`, `BEGIN PRIVATE KEY`}},
	"POST /labs/{lab}/users/{user}/pass":                          {body: `{"start":"2h","lifetimeInMinutes":90}`, status: http.StatusCreated, says: []string{`"temporaryAccessPass":"`, `"lifetimeInMinutes":90`, `"methodUsabilityReason":"NotYetValid"`}},
	"DELETE /labs/{lab}/users/{user}/pass":                        {before: passed, status: http.StatusNoContent},
	"GET /labs/{lab}/users/{user}/pass":                           {before: passed, says: []string{`"isUsable":true`, `"methodUsabilityReason":"EnabledByPolicy"`}},
	"GET /labs/{lab}/domains/{domain}/policy":                     {says: []string{`"minimumLength":7`, `"history":24`, `"minimumAge":"24h0m0s"`}},
	"PATCH /labs/{lab}/domains/{domain}/policy":                   {body: `{"minimumAge":"0s"}`, says: []string{`"minimumAge":"0s"`, `"history":24`}},
	"GET /labs/{lab}/domains/{domain}/protection":                 {says: []string{`"agents":[]`, `"noProxy":false`}},
	"PATCH /labs/{lab}/domains/{domain}/protection":               {body: `{"agents":["DC1"]}`, says: []string{`"agents":["DC1"]`, `"state":"disabled"`, `"PasswordSetsRejected":0`}},
	"GET /labs/{lab}/directory/{account}":                         {says: []string{`"sAMAccountName":["alice"]`}},
	"GET /labs/{lab}/agents/{agent}":                              {says: []string{`"name":"SYNC1"`, `"running":true`, `"enabled":true`, `"passwordHashSync":true`}},
	"PATCH /labs/{lab}/agents/{agent}":                            {body: `{"running":false,"passwordHashSync":false}`, says: []string{`"running":false`, `"passwordHashSync":false`}},
}

// tokenFile is a file of two tokens as it stands in a JSON body: one for bob, one
// for nobody.
const tokenFile = `{"csv":"upn,serial number,secret key,time interval,manufacturer,model\nbob@northlight.example,1234567,2234567abcdef2234567abcdef,60,Contoso,HardwareKey\n,7654321,2234567abcdef2234567abcdea,30,Contoso,HardwareKey\nzoe@northlight.example,1,2234567abcdef2234567abcdef,30,Contoso,HardwareKey\n"}`

func uploaded(d door) map[string]string {
	r := d.call(http.MethodPost, "/control/v1/labs/first/tokens/upload", tokenFile)
	require.Equal(d.t, http.StatusOK, r.status, r.body)
	return nil
}

// pictured keeps a snapshot of the lab.
func pictured(d door) map[string]string {
	d.t.Helper()
	require.Equal(d.t, http.StatusCreated, d.call(http.MethodPost, api.Base+"/labs/first/snapshot", "").status)
	return nil
}

func TestEveryRouteDoesWhatItIsFor(t *testing.T) {
	for _, route := range control.Routes() {
		method, path, _ := strings.Cut(route, " ")
		t.Run(route, func(t *testing.T) {
			t.Parallel()
			v, ok := visits[method+" "+strings.TrimPrefix(path, api.Base)]
			require.True(t, ok, "give this route a visit")
			d := openDoor(t, "")
			variables := map[string]string{
				"lab": "first", "user": alice, "number": mobile, "account": "alice", "domain": domain, "agent": "SYNC1", "workstation": "first", "controller": "DC1",
			}
			fill := func(of map[string]string) {
				for name, value := range of {
					variables[name] = value
				}
			}
			fill(v.path)
			if v.before != nil {
				fill(v.before(d))
			}
			for name, value := range variables {
				path = strings.ReplaceAll(path, "{"+name+"}", strings.ReplaceAll(value, " ", "%20"))
			}
			require.NotContains(t, path, "{", "a variable without value")
			r := d.call(method, path+"?"+v.query, v.body)
			want := v.status
			if want == 0 {
				want = http.StatusOK
			}
			require.Equal(t, want, r.status, r.body)
			for _, words := range v.says {
				assert.Contains(t, r.body, words)
			}
			assert.Equal(t, "no-store", r.header.Get("Cache-Control"))
			if want == http.StatusNoContent {
				assert.Empty(t, r.body)
			} else {
				assert.True(t, json.Valid([]byte(r.body)), r.body)
				assert.Contains(t, r.header.Get("Content-Type"), "application/json")
			}
		})
	}
}

// What changes something has changed it for the next reader, too.
func TestChangesStay(t *testing.T) {
	d := openDoor(t, "")
	const lab = "/control/v1/labs/demo"
	before := d.lab.Clock.Now()

	d.call(http.MethodPost, lab+"/clock", `{"advance":"25h"}`)
	assert.WithinDuration(t, before.Add(25*time.Hour), d.lab.Clock.Now(), time.Minute)
	d.call(http.MethodPost, lab+"/clock", `{"freeze":true}`)
	assert.Contains(t, d.call(http.MethodGet, lab+"/clock", "").body, `"frozen":true`)
	d.call(http.MethodPost, lab+"/clock", `{"freeze":false}`)
	assert.Contains(t, d.call(http.MethodGet, lab+"/clock", "").body, `"frozen":false`)

	d.call(http.MethodPut, lab+"/faults", `[{"part":"relay","effect":"unreachable"}]`)
	assert.Len(t, d.lab.Faults.List(), 1)
	d.call(http.MethodDelete, lab+"/faults", "")
	assert.Empty(t, d.lab.Faults.List())

	d.call(http.MethodPatch, lab+"/agents/SYNC1", `{"running":false}`)
	assert.Contains(t, d.call(http.MethodGet, lab+"/agents/SYNC1", "").body, `"running":false`)
	d.call(http.MethodPatch, lab+"/agents/SYNC1", `{"running":true}`)
	assert.Contains(t, d.call(http.MethodGet, lab+"/agents/SYNC1", "").body, `"running":true`)

	other := created(d)["lab"]
	assert.Contains(t, d.call(http.MethodGet, "/control/v1/labs", "").body, `"id":"`+other+`"`)
	d.call(http.MethodDelete, "/control/v1/labs/"+other, "")
	assert.NotContains(t, d.call(http.MethodGet, "/control/v1/labs", "").body, `"id":"`+other+`"`)
}

func TestAnsweredOnce(t *testing.T) {
	d := openDoor(t, "")
	ringing(d)
	pushed(d)
	const lab = "/control/v1/labs/demo"
	for _, once := range []struct{ path, body string }{
		{lab + "/phone/14255550101/calls/call-1", `{"answer":"hang-up"}`},
		{lab + "/authenticator/" + alice + "/pushes/push-1", `{"answer":"deny"}`},
	} {
		assert.Equal(t, http.StatusNoContent, d.call(http.MethodPost, once.path, once.body).status, once.path)
		again := d.call(http.MethodPost, once.path, once.body)
		assert.Equal(t, http.StatusConflict, again.status, once.path)
		assert.NotEmpty(t, again.problem(t).Detail)
	}
}

// encodeURIComponent writes "@", "+" and ":" as escapes, which names the same.
func TestNamesInPathsMayBeEscaped(t *testing.T) {
	d := openDoor(t, "")
	d.attempt(t, `{"kind":"reset","user":"`+alice+`","newPassword":"Rabbit-hole7!","proofs":[{"method":"mobileSMS"}]}`)
	for path, want := range map[string]string{
		"users/alice%40northlight.example":                                      `"userPrincipalName":"alice@northlight.example"`,
		"users/%61lice@northlight.example":                                      `"userPrincipalName":"alice@northlight.example"`,
		"authenticator/alice%40northlight.example/code":                         `"code":`,
		"phone/%2B1%204255550101":                                               `"kind":"text"`,
		"users/mike_fabrikam.example%23EXT%23%40northlight.onmicrosoft.example": `"guest":"invited"`,
	} {
		r := d.call(http.MethodGet, "/control/v1/labs/first/"+path, "")
		assert.Equal(t, http.StatusOK, r.status, path)
		assert.Contains(t, strings.ReplaceAll(r.body, `": `, `":`), want, path)
	}
	assert.Equal(t, http.StatusNotFound, d.call(http.MethodGet, "/control/v1/labs/first/users/..%2F..%2Flabs", "").status)
}

package control_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/policy"
)

func (d door) attempt(t *testing.T, body string) api.AttemptResult {
	t.Helper()
	r := d.call(http.MethodPost, "/control/v1/labs/first/attempts", body)
	require.Equal(t, http.StatusOK, r.status, r.body)
	var out api.AttemptResult
	require.NoError(t, json.Unmarshal([]byte(r.body), &out))
	return out
}

// Each method passes a gate, with the person's own devices or with the answer
// that the request brings.
func TestAttemptsUseThePersonsDevices(t *testing.T) {
	const by = `{"kind":"reset","user":"alice@northlight.example","newPassword":"Rabbit-hole7!","proofs":`
	for name, c := range map[string]struct {
		tenant  string // patch
		body    string
		outcome string
		step    string // page seen last
	}{
		"whatever is offered":    {"", `{"kind":"reset","user":"alice@northlight.example","newPassword":"Rabbit-hole7!"}`, "done", "done"},
		"a mailed code":          {"", by + `[{"method":"email"}]}`, "done", "done"},
		"an app's code":          {"", by + `[{"method":"appCode"}]}`, "done", "done"},
		"a text message":         {"", by + `[{"method":"mobileSMS"}]}`, "done", "done"},
		"a call":                 {"", by + `[{"method":"mobileCall"}]}`, "done", "done"},
		"an office call":         {"", by + `[{"method":"officePhone"}]}`, "done", "done"},
		"questions":              {"", by + `[{"method":"securityQuestions"}]}`, "done", "done"},
		"two methods":            {`{"reset":{"gates":2}}`, by + `[{"method":"email"},{"method":"mobileSMS"}]}`, "done", "done"},
		"two, as offered":        {`{"reset":{"gates":2}}`, `{"kind":"reset","user":"alice@northlight.example","newPassword":"Rabbit-hole7!"}`, "done", "done"},
		"a push and a code":      {`{"reset":{"gates":2}}`, by + `[{"method":"appNotification"},{"method":"email"}]}`, "done", "done"},
		"a wrong code":           {"", by + `[{"method":"email","answer":"000000"}]}`, "open", "verify"},
		"another phone's number": {"", by + `[{"method":"mobileSMS","contact":"+1 4255550999"}]}`, "open", "verify"},
		"a wrong answer":         {"", by + `[{"method":"securityQuestions","answers":{"first_pet":"Rex","city_first_job":"Rex","What was printed on your first work mug?":"Rex"}}]}`, "open", "verify"},
		"a banned password":      {"", `{"kind":"reset","user":"alice@northlight.example","newPassword":"Northlight1!"}`, "refused", "password"},
		"an unlock":              {"", `{"kind":"unlock","user":"dave@northlight.example"}`, "done", "unlocked"},
		"an unlock in the cloud": {"", `{"kind":"unlock","user":"frank@northlight.example","newPassword":"Rabbit-hole7!"}`, "open", "verify"},
		"an unlock that is off":  {`{"reset":{"allowUnlock":false}}`, `{"kind":"unlock","user":"dave@northlight.example"}`, "open", "trouble"},
		"a change":               {"", `{"kind":"change","user":"alice@northlight.example","currentPassword":"Lantern-Harbour-62","newPassword":"Rabbit-hole7!"}`, "done", ""},
		"a change without proof": {"", `{"kind":"change","user":"alice@northlight.example","currentPassword":"Lantern-Harbour-63","newPassword":"Rabbit-hole7!"}`, "refused", ""},
		"somebody unknown":       {"", `{"kind":"reset","user":"nobody@northlight.example"}`, "refused", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := openDoor(t, "")
			if c.tenant != "" {
				require.Equal(t, http.StatusOK, d.call(http.MethodPatch, "/control/v1/labs/first/tenant", c.tenant).status)
			}
			out := d.attempt(t, c.body)
			explanation := ""
			if out.Attempt != nil {
				explanation = out.Attempt.Explanation
			}
			assert.Equal(t, c.outcome, string(out.Outcome), explanation)
			assert.Equal(t, c.step, out.Step)
			require.NotNil(t, out.Attempt, "every attempt has its decision record")
			assert.NotContains(t, explanation, "Rabbit-hole7!")
		})
	}
}

// SSPR reference 1.4: Selected with no group is no policy.
func TestSelectedWithoutAGroupIsNoPolicy(t *testing.T) {
	d := openDoor(t, "")
	require.Equal(t, http.StatusOK, d.call(http.MethodPatch, "/control/v1/labs/first/tenant", `{"reset":{"scope":"selected","groupId":""}}`).status)
	out := d.attempt(t, `{"kind":"reset","user":"alice@northlight.example","newPassword":"Rabbit-hole7!"}`)
	assert.Equal(t, policy.CodeNoPolicy, out.Code)
}

func TestAttemptsThatCannotBeMade(t *testing.T) {
	for name, c := range map[string]struct {
		body, says string
		status     int
	}{
		"a question nobody answers": {`{"kind":"reset","user":"alice@northlight.example","proofs":[{"method":"securityQuestions"}]}`, "an answer to the question", 400},
		"no app on the phone":       {`{"kind":"reset","user":"alice@northlight.example","proofs":[{"method":"appCode"}]}`, "app has no account", 409},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := openDoor(t, "")
			d.lab.Config.Seed.Users = nil // nobody knows the answers by heart
			for _, code := range d.lab.Authenticator.Codes(alice) {
				require.NoError(t, d.lab.Authenticator.Remove(alice, code.ID))
			}
			r := d.call(http.MethodPost, "/control/v1/labs/first/attempts", c.body)
			require.Equal(t, c.status, r.status, r.body)
			p := r.problem(t)
			assert.Contains(t, p.Detail, c.says)
			assert.Equal(t, "proofs", p.Field)
		})
	}
}

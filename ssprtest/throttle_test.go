package ssprtest_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/ssprtest"
)

const dave = "dave@northlight.example"

// The rule sets of the throttles, as the control API sets them.
var ruleSets = map[string]string{
	"the troubleshooting page": `{"throttle":{"troubleshootRules":true,"faqRules":false}}`,
	"the FAQ":                  `{"throttle":{"troubleshootRules":false,"faqRules":true}}`,
	"both":                     `{"throttle":{"troubleshootRules":true,"faqRules":true}}`,
	"neither":                  `{"throttle":{"troubleshootRules":false,"faqRules":false}}`,
}

// Proofs that are wrong.
const (
	wrongEmail     = `{"method":"email","answer":"000000"}`
	wrongText      = `{"method":"mobileSMS","answer":"000000"}`
	wrongAppCode   = `{"method":"appCode","answer":"000000"}`
	wrongQuestions = `{"method":"securityQuestions","answers":{"first_pet":"x","city_first_job":"y","What was printed on your first work mug?":"z"}}`
	wrongNumber    = `{"method":"mobileCall","contact":"+1 4255559999"}`
	wrongOffice    = `{"method":"officePhone","contact":"+1 4255559999"}`
)

// guess opens a reset of its own and gives one proof. It returns the page that
// the guesser ended on, and its message.
func guess(t *testing.T, lab *ssprtest.Lab, who, proof string) (step, message string) {
	t.Helper()
	body := `{"kind":"reset","user":"` + who + `","newPassword":"Rabbit-hole7!","proofs":[` + proof + `]}`
	r, err := lab.HTTP().Post(lab.Control+"/attempts", "application/json", strings.NewReader(body))
	require.NoError(t, err)
	defer r.Body.Close()
	var out struct{ Step, Message string }
	var text bytes.Buffer
	_, err = text.ReadFrom(r.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, r.StatusCode, text.String())
	require.NoError(t, json.Unmarshal(text.Bytes(), &out))
	return out.Step, out.Message
}

// No proof can be guessed without bound, in as many sessions as one likes, under
// any of the rule sets.
func TestGuessesOfEachProofAreBounded(t *testing.T) {
	for rules, patch := range ruleSets {
		t.Run(rules, func(t *testing.T) {
			t.Parallel()
			for method, proof := range map[string]string{
				"e-mail": wrongEmail, "text": wrongText, "app code": wrongAppCode, "questions": wrongQuestions,
				"mobile phone": wrongNumber, "office phone": wrongOffice,
			} {
				if rules == "neither" && (proof == wrongNumber || proof == wrongOffice) {
					continue // nobody is let in by a number
				}
				lab := ssprtest.Start(t)
				lab.Set("tenant", patch)
				for n := range 4 {
					step, message := guess(t, lab, alice, proof)
					require.Equal(t, "verify", step, "%s: guess %d", method, n+1)
					require.Contains(t, []string{"code-wrong", "answers-wrong", "phone-mismatch"}, message, method)
				}
				step, _ := guess(t, lab, alice, proof)
				assert.Equal(t, "blocked", step, "%s: the fifth wrong one", method)
				lab.Person(alice).TriesToReset("Rabbit-hole7!").MustBe(ssprtest.Refused, "throttle")
			}
		})
	}
}

// troubleshoot-sspr: five in an hour are allowed; the fifth is looked at.
func TestTheLastProofAllowedIsLookedAt(t *testing.T) {
	for method, wrong := range map[ssprtest.Method]string{
		ssprtest.Questions: wrongQuestions, ssprtest.Text: wrongNumber, ssprtest.Email: wrongEmail, ssprtest.AppCode: wrongAppCode,
	} {
		t.Run(string(method), func(t *testing.T) {
			t.Parallel()
			lab := ssprtest.Start(t)
			for range 4 {
				guess(t, lab, alice, wrong)
			}
			lab.Person(alice).Resets("Rabbit-hole7!", method)
		})
	}
}

func TestTheLastResetAllowedIsCarriedOut(t *testing.T) {
	lab := ssprtest.Start(t)
	alice := lab.Person(alice)
	for range 4 {
		alice.TriesToReset("Password1", ssprtest.Email).MustBe(ssprtest.Refused)
	}
	alice.Resets("Rabbit-hole7!", ssprtest.Email)
}

// Five resets that failed for good are as many as an hour allows. The fifth
// tells its own reason, and from then on the first page refuses.
func TestFailedResetsAreBounded(t *testing.T) {
	lab := ssprtest.Start(t)
	lab.Break(`[{"part":"agent","effect":"wrong-key"}]`)
	alice := lab.Person(alice)
	for range 5 {
		alice.TriesToReset("Rabbit-hole7!", ssprtest.Email).MustBe(ssprtest.Failed, "on-premises-decryption")
	}
	alice.TriesToReset("Rabbit-hole7!", ssprtest.Email).MustBe(ssprtest.Refused, "throttle")
	blocked := 0
	for _, e := range lab.Journal("audit") {
		if strings.Contains(e.Text, "too many times and is blocked") {
			blocked++
		}
	}
	assert.Equal(t, 1, blocked, "audit records of the block")
}

// passwords-faq: a successful reset clears the counters. Of an unlock it says
// nothing.
func TestAResetClearsTheCountersAndAnUnlockDoesNot(t *testing.T) {
	for name, c := range map[string]struct {
		act  func(*ssprtest.Person) ssprtest.Attempt
		then string // after one more wrong code
	}{
		"reset":  {func(p *ssprtest.Person) ssprtest.Attempt { return p.TriesToReset("Rabbit-hole7!", ssprtest.AppCode) }, "verify"},
		"unlock": {func(p *ssprtest.Person) ssprtest.Attempt { return p.TriesToUnlock(ssprtest.AppCode) }, "blocked"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lab := ssprtest.Start(t)
			for range 4 {
				guess(t, lab, dave, wrongEmail)
			}
			c.act(lab.Person(dave)).MustBe(ssprtest.Done)
			step, _ := guess(t, lab, dave, wrongEmail)
			assert.Equal(t, c.then, step)
		})
	}
}

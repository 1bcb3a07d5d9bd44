package ssprtest_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/ssprtest"
)

// numbers are those of the sign-in log.
func numbers(lab *ssprtest.Lab) []int {
	var list []int
	for _, e := range lab.Journal("signin") {
		list = append(list, e.ID)
	}
	return list
}

// "Microsoft Entra authentication and authorization error codes": 50056 is a
// password that does not exist in the directory. What the person sees does not
// tell it from a wrong one.
func TestWhoHasNoPasswordInTheCloudIsLoggedAs50056(t *testing.T) {
	seed := strings.Replace(withoutReplication, "    password: Lantern-Harbour-62\n", "", 1)
	seed = strings.Replace(seed, "{ou: Staff}", "{ou: Staff, password: Lantern-Harbour-62}", 1)
	lab := ssprtest.Start(t, ssprtest.Seed(t, seed))
	lab.Clock.Freeze()
	lab.Clock.Advance(10 * time.Minute) // no hash comes: the agent may not replicate
	page := func(who string) string {
		body := open(t, lab).post("/signin", "username", who, "password", "Lantern-Harbour-62")
		return strings.NewReplacer(who, "somebody", url.QueryEscape(who), "somebody").Replace(body)
	}
	unknown := page("zoe@contoso.example")
	assert.Equal(t, unknown, page("alice@contoso.example"))
	assert.Equal(t, []int{50034, 50056}, numbers(lab))
}

// "Security operations for privileged accounts": 50074 when a second factor is
// asked for, 500121 when it fails.
func TestAFactorThatFailsIsLoggedAs500121(t *testing.T) {
	lab := ssprtest.Start(t)
	lab.Set("tenant", `{"signIn":{"access":[{"name":"MFA","state":"enabled","includeUsers":["All"],"requireMfa":true}]}}`)
	w := open(t, lab)
	w.post("/signin", "username", alice, "password", demoPassword)
	w.post("/signin/method", "method", "appCode")
	w.post("/signin/answer", "code", "000000")
	assert.Equal(t, []int{50074, 500121}, numbers(lab))
	said := lab.Journal("signin")
	assert.Equal(t, "Strong Authentication is required.", said[0].Text)
	assert.Equal(t, "Authentication failed during strong authentication request.", said[1].Text)
}

// howto-password-smart-lockout: three wrong passwords in the US Government cloud,
// ten elsewhere, unless the tenant has set another threshold.
func TestATenantThatMovesToAnotherCloudHasItsLockoutThreshold(t *testing.T) {
	lab := ssprtest.Start(t)
	lab.Clock.Freeze()
	assert.Equal(t, 10, triesToLock(t, lab, carol))
	lab.Set("tenant", `{"notify":{"cloud":"usGovernment"}}`)
	assert.Equal(t, 3, triesToLock(t, lab, carol))
	lab.Set("tenant", `{"notify":{"cloud":""}}`)
	assert.Equal(t, 10, triesToLock(t, lab, carol))
	lab.Set("tenant", `{"notify":{"cloud":"usGovernment"},"lockout":{"threshold":10}}`)
	assert.Equal(t, 10, triesToLock(t, lab, carol), "named with it")
	lab.Set("tenant", `{"notify":{"cloud":""},"lockout":{"threshold":5}}`)
	lab.Set("tenant", `{"notify":{"cloud":"usGovernment"}}`)
	assert.Equal(t, 5, triesToLock(t, lab, carol), "the tenant's own")
}

// triesToLock counts wrong passwords until the lockout is told, and ends it.
func triesToLock(t *testing.T, lab *ssprtest.Lab, user string) (n int) {
	t.Helper()
	for n = 1; n < 20; n++ {
		if strings.Contains(open(t, lab).post("/signin", "username", user, "password", fmt.Sprint("Not-it-", n)), "AADSTS50053") {
			break
		}
	}
	lab.Set("users/"+user, `{"lockout":null}`)
	return n - 1
}

// Tuning smart lockout needs Entra ID P1 (howto-password-smart-lockout): nobody
// else has the tenant's threshold where licences are enforced.
func TestALockoutThresholdCountsForPeopleWithALicence(t *testing.T) {
	const heidi = "heidi@northlight.example" // Entra ID Free
	lab := ssprtest.Start(t)
	lab.Clock.Freeze()
	lab.Set("tenant", `{"lockout":{"threshold":4}}`)
	assert.Equal(t, 4, triesToLock(t, lab, carol))
	assert.Equal(t, 10, triesToLock(t, lab, heidi))
	lab.Set("tenant", `{"licences":"lenient"}`)
	assert.Equal(t, 4, triesToLock(t, lab, heidi))
	lab.Set("tenant", `{"licences":"strict"}`)
	lab.Set("users/"+heidi, `{"licences":["AAD_PREMIUM"]}`)
	assert.Equal(t, 4, triesToLock(t, lab, heidi))
}

// howto-authentication-temporary-access-pass, "Troubleshooting": a one-time pass
// that was used, and one for several uses under a policy of one-time passes, are
// blocked by the user credential policy, 130502.
func TestAPassThatThePolicyBlocksIsLoggedAs130502(t *testing.T) {
	signIn := func(lab *ssprtest.Lab, pass string) {
		open(t, lab).post("/signin", "username", bob, "password", pass, "with", "pass")
	}
	for name, patch := range map[string]string{
		"out of scope": `{"methods":{"configs":{"TemporaryAccessPass":{"enabled":false}}}}`,
		"several uses": `{"tap":{"oneTime":true}}`,
	} {
		t.Run(name, func(t *testing.T) {
			lab := ssprtest.Start(t)
			lab.Set("tenant", patch)
			signIn(lab, pass)
			assert.Equal(t, []int{130502}, numbers(lab))
		})
	}
	t.Run("used", func(t *testing.T) {
		lab := ssprtest.Start(t)
		r, err := lab.HTTP().Post(lab.Control+"/users/"+bob+"/pass", "application/json", strings.NewReader(`{"isUsableOnce":true}`))
		require.NoError(t, err)
		defer r.Body.Close()
		var made struct{ TemporaryAccessPass string }
		require.NoError(t, json.NewDecoder(r.Body).Decode(&made))
		signIn(lab, made.TemporaryAccessPass)
		signIn(lab, made.TemporaryAccessPass)
		assert.Equal(t, []int{50125, 130502}, numbers(lab), "the first one into the registration")
	})
}

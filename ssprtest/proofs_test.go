package ssprtest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ssprlab/ssprlab/ssprtest"
)

// Somebody with two apps; what a person types is what the first of them shows.
const twoApps = `
tenant:
  tenantName: Contoso
  initialDomain: contoso.onmicrosoft.example
  reset: {scope: all, gates: 1}
  methods:
    migration: migrationComplete
    configs:
      MicrosoftAuthenticator: {enabled: true, include: [all_users], mode: any, softwareOath: true}
      SoftwareOath: {enabled: false}
users:
  - userPrincipalName: ann@contoso.onmicrosoft.example
    password: Correct-horse-7
    licences: [AAD_PREMIUM]
    methods:
      apps: [{kind: softwareOath}, {kind: microsoftAuthenticator}]
`

// concept-authentication-methods-manage: after the migration each kind of app
// has its own entry in the Authentication methods policy.
func TestTheCodeOfAnAppThatThePolicyForbidsPassesNoGate(t *testing.T) {
	lab := ssprtest.Start(t, ssprtest.Seed(t, twoApps))
	ann := lab.Person("ann@contoso.onmicrosoft.example")
	refused := ann.TriesToReset("Rabbit-hole7!", ssprtest.AppCode)
	refused.MustBe(ssprtest.Open)
	assert.Contains(t, refused.Explanation, "appCode: wrong")

	lab.Set("tenant", `{"methods":{"configs":{"SoftwareOath":{"enabled":true}}}}`)
	ann.Resets("Rabbit-hole7!", ssprtest.AppCode)
}

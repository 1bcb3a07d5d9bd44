package journal_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
)

func TestExplainTellsTheWholeStory(t *testing.T) {
	ended := noon.Add(2300 * time.Millisecond)
	a := journal.Attempt{
		CorrelationID: "c1", Kind: policy.Reset, UserPrincipalName: "alice@northlight.example", UserID: "a1",
		Started: noon, Ended: &ended, Outcome: journal.Refused, Cause: "on-premises-policy", Gates: 1,
		Remedy: "choose a password of at least 7 characters",
		Checks: []policy.Check{
			{Name: "tenant-switch", Verdict: policy.Passed, Rule: "password reset is on", Detail: "on for everyone"},
			{Name: "licence", Verdict: policy.Skipped, Rule: "a licence for writeback"},
			{
				Name: "length", Verdict: policy.Failed, Rule: "at least 7 characters", Source: "MS-SAMR 3.1.1.7.1",
				Detail: "5 is less than 7", Input: []policy.Fact{{Name: "length", Value: "5"}, {Name: "pso"}},
			},
		},
		Offers: []journal.GateOffers{{Gate: 1, Offers: []policy.Offer{
			{Method: policy.Email, Offered: true, Target: "a***e@home.example", Reason: "registered and allowed"},
			{Method: policy.Questions, Reason: "not registered"},
		}}},
		Steps: []journal.Step{
			{Time: noon, What: "proof started", Detail: "email"},
			{Time: noon.Add(1500 * time.Millisecond), What: "proof passed"},
		},
		Envelope: &journal.Envelope{
			MessageID: "m1", Domain: "corp.northlight.example", Agent: "Microsoft Entra Connect", KeyID: "k1", Algorithms: "RSA-OAEP, A256GCM",
			Size: 812, Sealed: noon, Expires: noon.Add(2 * time.Minute), Answered: noon.Add(9 * time.Millisecond),
		},
		LDAP: []journal.Exchange{{
			Server: "ldaps://dc1", Operation: "modify", DN: "CN=Alice", Detail: []string{"replace unicodePwd ****"},
			Controls: []string{"1.2.840.113556.1.4.2239 critical 3003020101"}, Code: 53, CodeName: "unwillingToPerform",
			Diagnostic: "0000052D: SvcErr\x00",
		}},
		Events: []journal.EventRef{
			{Seq: 3, Channel: journal.Application, ID: 31003, Text: "PasswordResetService: PasswordResetFail"},
			{Seq: 12, Channel: journal.Audit, Text: "Reset password (self-service): refused"},
		},
	}
	assert.Equal(t, `reset of alice@northlight.example: refused, on-premises-policy
  correlation  c1
  started      2026-03-02 12:00:00 UTC, ended after 2.3s
  object       a1
  gates        1

checks
  ok    tenant-switch  on for everyone
  -     licence        a licence for writeback
  FAIL  length         5 is less than 7
                       rule: at least 7 characters
                       source: MS-SAMR 3.1.1.7.1
                       input: length=5, pso=-

methods at gate 1
  offered   email              a***e@home.example  registered and allowed
  withheld  securityQuestions  -                   not registered

steps
  +0s    proof started  email
  +1.5s  proof passed

writeback message
  message  m1, 812 octets, RSA-OAEP, A256GCM
  domain   corp.northlight.example
  key      k1
  life     sealed 12:00:00.000, expires after 2m0s
  answer   after 9ms by Microsoft Entra Connect

directory ldaps://dc1
  modify  CN=Alice  53 unwillingToPerform
                    replace unicodePwd ****
                    control 1.2.840.113556.1.4.2239 critical 3003020101
                    said 0000052D: SvcErr

journal
  #3   application  31003  PasswordResetService: PasswordResetFail
  #12  audit               Reset password (self-service): refused

smallest change that would have let it pass: choose a password of at least 7 characters
`, a.Explain())
}

func TestExplainEndsWithTheSmallestChange(t *testing.T) {
	failed := []policy.Check{{Name: "licence", Verdict: policy.Failed, Remedy: "assign a licence"}}
	for name, c := range map[string]struct {
		attempt journal.Attempt
		want    string
	}{
		"its own remedy comes first":      {journal.Attempt{Outcome: journal.Refused, Remedy: "wait", Checks: failed}, "wait"},
		"else that of the failed check":   {journal.Attempt{Outcome: journal.Refused, Checks: failed}, "assign a licence"},
		"success needs none":              {journal.Attempt{Outcome: journal.Done}, "none needed, it passed"},
		"an open attempt has none yet":    {journal.Attempt{Outcome: journal.Open}, "none yet, it is still open"},
		"a fault nobody can explain":      {journal.Attempt{Outcome: journal.Failed}, "not known"},
		"a person who walked away":        {journal.Attempt{Outcome: journal.Cancelled}, "not to cancel"},
		"passed checks have no word here": {journal.Attempt{Outcome: journal.Failed, Checks: []policy.Check{{Verdict: policy.Passed, Remedy: "no"}}}, "not known"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Regexp(t, "smallest change that would have let it pass: "+c.want+"\n$", c.attempt.Explain())
		})
	}
}

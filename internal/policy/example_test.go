package policy_test

import (
	"fmt"

	"github.com/ssprlab/ssprlab/internal/policy"
)

// A refusal names its code, its cause and the change that would undo it.
func ExampleAdmit() {
	unlicensed := alice(func(p *policy.Person) { p.ServicePlans = nil })
	a := policy.Admit(policy.Reset, tenant(), unlicensed, policy.Counters{}, policy.WritebackRunning, now)
	for _, c := range a.Checks {
		fmt.Printf("%-21s %s\n", c.Name, c.Verdict)
	}
	fmt.Println(a.Refusal.Code, a.Refusal.Cause)
	fmt.Println(a.Refusal.Remedy)
	// Output:
	// account-kind          passed
	// guests-allowed        skipped
	// throttle              passed
	// administrator-switch  skipped
	// tenant-switch         passed
	// reset-policy          passed
	// scope-group           skipped
	// licence               failed
	// SSPR_0012 licence
	// assign Entra ID P1 (AAD_PREMIUM) to alice@northlight.example
}

// The score of a banned password is explained by counts, never by its text.
func ExampleEvaluate() {
	rules := policy.BanRules{Terms: []string{"blank"}, CustomTerms: []string{"contoso"}}
	for _, password := range []string{"C0ntos0Blank12", "ContoS0Bl@nkf9!", "Bl@nK"} {
		v := policy.Evaluate(rules, password)
		fmt.Println(v.Rejected(), v.Fuzzy, v.Score, v.Hit)
	}
	// Output:
	// true false 4 both
	// false false 5 both
	// true true 0 global
}

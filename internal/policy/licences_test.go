package policy_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ssprlab/ssprlab/internal/policy"
)

// The table of concept-sspr-licensing (reference 10).
func TestLicenceMatrix(t *testing.T) {
	type row struct{ cloudChange, cloudReset, syncedChange, syncedReset, unlock bool }
	cases := map[string]struct {
		plans []string
		want  row
	}{
		"Entra ID Free":        {nil, row{cloudChange: true}},
		"Business Basic":       {[]string{policy.SKUBusinessBasic}, row{cloudChange: true}},
		"Business Standard":    {[]string{policy.SKUBusinessStandard}, row{cloudChange: true, cloudReset: true}},
		"Business Premium":     {[]string{policy.SKUBusinessPremium, policy.PlanP1}, row{true, true, true, true, true}},
		"Entra ID P1":          {[]string{policy.PlanP1}, row{true, true, true, true, true}},
		"Entra ID P2":          {[]string{policy.PlanP2}, row{true, true, true, true, true}},
		"Microsoft 365 E3":     {[]string{policy.SKUE3, policy.PlanP1}, row{true, true, true, true, true}},
		"Microsoft 365 E5":     {[]string{policy.SKUE5, policy.PlanP1, policy.PlanP2}, row{true, true, true, true, true}},
		"E3 with its plan off": {[]string{policy.SKUE3}, row{true, false, false, false, false}},
	}
	ask := func(op policy.Operation, h policy.Hosting, e policy.LicenceEnforcement, plans []string) bool {
		ok, needed := policy.LicencePermits(op, e, policy.Person{Hosting: h, ServicePlans: plans})
		assert.NotEmpty(t, needed)
		return ok
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			strict := policy.LicencesStrict
			assert.Equal(t, c.want, row{
				cloudChange:  ask(policy.Change, policy.CloudOnly, strict, c.plans),
				cloudReset:   ask(policy.Reset, policy.CloudOnly, strict, c.plans),
				syncedChange: ask(policy.Change, policy.Federated, strict, c.plans),
				syncedReset:  ask(policy.Reset, policy.PassThrough, strict, c.plans),
				unlock:       ask(policy.Unlock, policy.PasswordSync, strict, c.plans),
			})
			for _, op := range []policy.Operation{policy.Reset, policy.Unlock, policy.Change} {
				assert.True(t, ask(op, policy.PasswordSync, policy.LicencesLenient, c.plans), "lenient never asks: %s", op)
			}
		})
	}
}

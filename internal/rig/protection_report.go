package rig

import (
	"context"
	"fmt"
	"strings"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
)

// protectedWriteback is writeback into domains with DC agents: what they said
// about the password goes into the decision record, which the answer of the
// domain controller alone cannot tell.
type protectedWriteback struct {
	reset.OnPremises
	lab *Lab
}

// Write implements [reset.OnPremises].
func (w protectedWriteback) Write(ctx context.Context, in reset.OnPremisesWrite) reset.WriteReport {
	u, err := w.lab.Tenant.User(ctx, in.Person.ID)
	if err != nil {
		return w.OnPremises.Write(ctx, in)
	}
	on := u.OnPremises
	w.lab.Protection.outcomes(on.Domain, on.SAMAccountName) // what others did before
	r := w.OnPremises.Write(ctx, in)
	for _, o := range w.lab.Protection.outcomes(on.Domain, on.SAMAccountName) {
		r = o.explain(r)
	}
	return r
}

// explain adds an agent's verdict to a report. A refusal by policy is the
// agent's when it rejected the password: the directory asks it last.
func (o dcOutcome) explain(r reset.WriteReport) reset.WriteReport {
	checks := o.verdict.Checks()
	for i := range checks {
		checks[i].Input = append(checks[i].Input, policy.Fact{Name: "domain controller", Value: o.dc})
	}
	r.Checks = append(r.Checks, checks...)
	if o.verdict.Accepted || r.Verdict != reset.RefusedByPolicy {
		return r
	}
	failed := checks[len(checks)-1]
	r.Detail = fmt.Sprintf("the DC agent of Password Protection on %s rejected the password (events %s): %s", o.dc, numbers(o.verdict.Events), failed.Detail)
	r.Remedy = failed.Remedy + ", or set on-premises Password Protection to Audit and let the DC agent fetch the policy, within an hour"
	return r
}

func numbers(list []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(list), " ", ", "), "[]")
}

package policy

import (
	"slices"
	"strings"
)

// Service plans and SKUs that the rules know ("Product names and service plan
// identifiers", Microsoft Learn; reference 10).
const (
	PlanP1              = "41781fb2-bc02-4b7c-bd55-b576c07bb09d" // AAD_PREMIUM
	PlanP2              = "eec0eb4f-6444-4f95-aba0-50c24d67f998" // AAD_PREMIUM_P2
	SKUBusinessStandard = "f245ecc8-75af-4f8e-b61f-27d8114de5f3" // O365_BUSINESS_PREMIUM
	SKUBusinessPremium  = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46" // SPB
	SKUBusinessBasic    = "3b555118-da6a-4418-894f-7df1e2096870" // O365_BUSINESS_ESSENTIALS
	SKUE3               = "05e9a617-0261-4cee-bb44-138d3ef5d965" // SPE_E3
	SKUE5               = "06ebc4ee-1bb5-47dd-8120-11324bc54e06" // SPE_E5
)

// premium lists the service plans that are Entra ID P1 or P2. A product brings
// them, and each of its plans can be switched off: the product alone is nothing
// (reference 10).
var premium = []string{PlanP1, PlanP2}

// HasPremium reports whether p has Entra ID P1 or P2.
func HasPremium(p Person) bool { return hasAny(p, premium) }

// LicencePermits reports whether p's licences permit op, by the table of
// concept-sspr-licensing (reference 10), and what would. Enforcement lenient is
// the portal that some deployment guides describe, which never asks.
func LicencePermits(op Operation, enforcement LicenceEnforcement, p Person) (ok bool, needed string) {
	switch {
	case op == Change && !p.Hosting.OnPremises():
		return true, "none: a cloud user may always change a known password"
	case enforcement == LicencesLenient:
		return true, "none: licences are not enforced"
	case p.Hosting.OnPremises(), op == Unlock:
		return HasPremium(p), "Entra ID P1 or P2"
	}
	return HasPremium(p) || hasAny(p, []string{SKUBusinessStandard}), "Entra ID P1 or P2, or Microsoft 365 Business Standard"
}

func hasAny(p Person, ids []string) bool {
	return slices.ContainsFunc(p.ServicePlans, func(have string) bool {
		return slices.ContainsFunc(ids, func(id string) bool { return strings.EqualFold(id, have) })
	})
}

var planNames = map[string]string{
	PlanP1:              "AAD_PREMIUM",
	PlanP2:              "AAD_PREMIUM_P2",
	SKUBusinessStandard: "Microsoft 365 Business Standard",
	SKUBusinessPremium:  "Microsoft 365 Business Premium",
	SKUBusinessBasic:    "Microsoft 365 Business Basic",
	SKUE3:               "Microsoft 365 E3",
	SKUE5:               "Microsoft 365 E5",
}

// PlanName returns the name of a plan or SKU, or the ID itself.
func PlanName(id string) string {
	if name, ok := planNames[strings.ToLower(id)]; ok {
		return name
	}
	return id
}

package tenant

import (
	"slices"
	"strings"

	"github.com/ssprlab/ssprlab/internal/policy"
)

// A licence is a product or service plan by its string ID ("Product names and
// service plan identifiers for licensing", Microsoft Learn).
type licence struct {
	name  string
	id    string
	plans []string // service plans that a product brings, as far as a rule asks
}

var licences = []licence{
	{"AAD_PREMIUM", policy.PlanP1, nil},
	{"AAD_PREMIUM_P2", policy.PlanP2, nil},
	{"O365_BUSINESS_PREMIUM", policy.SKUBusinessStandard, nil},
	{"O365_BUSINESS_ESSENTIALS", policy.SKUBusinessBasic, nil},
	{"SPB", policy.SKUBusinessPremium, []string{policy.PlanP1}},
	{"SPE_E3", policy.SKUE3, []string{policy.PlanP1}},
	{"SPE_E5", policy.SKUE5, []string{policy.PlanP1, policy.PlanP2}},
}

// licenceID turns a name or an ID into the ID.
func licenceID(nameOrID string) (string, bool) {
	for _, l := range licences {
		if strings.EqualFold(l.name, nameOrID) || strings.EqualFold(l.id, nameOrID) {
			return l.id, true
		}
	}
	id := strings.ToLower(nameOrID)
	return id, isGUID(id)
}

// LicenceName returns the string ID of a product or service plan, or the ID
// itself when it is not one of those that rules ask about.
func LicenceName(id string) string {
	for _, l := range licences {
		if strings.EqualFold(l.id, id) {
			return l.name
		}
	}
	return id
}

// plansOf lists assigned products and plans with the plans that they bring, but
// for those that are switched off inside the products (disabledPlans of Graph's
// assignedLicense).
func plansOf(assigned, disabled []string) []string {
	all := slices.Clone(assigned)
	for _, l := range licences {
		if !slices.Contains(assigned, l.id) {
			continue
		}
		for _, plan := range l.plans {
			if !slices.Contains(disabled, plan) {
				all = append(all, plan)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func licenceNames() string {
	names := make([]string, len(licences))
	for i, l := range licences {
		names[i] = l.name
	}
	return strings.Join(names, ", ")
}

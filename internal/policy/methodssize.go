package policy

import "encoding/json"

// MaxMethodsPolicy is the size of an Authentication methods policy beyond which
// updates of it cannot be saved: 20 KB (concept-authentication-methods-manage,
// "Known issues and limitations").
const MaxMethodsPolicy = 20 << 10

// methodsPolicySize is the size of the policy. The documentation does not say in
// which form it is counted; this is the resource that Graph shows
// (authenticationMethodsPolicy), without blanks: the registration campaign and
// the targets of each method, which are what makes it grow.
func methodsPolicySize(s Settings) int {
	type target struct {
		ID         string `json:"id"`
		TargetType string `json:"targetType"`
	}
	type methodTarget struct {
		target
		IsRegistrationRequired bool `json:"isRegistrationRequired"`
	}
	type config struct {
		ID      string         `json:"id"`
		State   string         `json:"state"`
		Include []methodTarget `json:"includeTargets"`
		Exclude []target       `json:"excludeTargets"`
	}
	groups := func(ids []string) []target {
		list := make([]target, 0, len(ids))
		for _, id := range ids {
			list = append(list, target{id, "group"})
		}
		return list
	}
	var configs []config
	for _, id := range sortedKeys(s.Methods.Configs) {
		c := s.Methods.Configs[id]
		out := config{ID: id, State: "disabled", Exclude: groups(c.Exclude)}
		if c.Enabled {
			out.State = "enabled"
		}
		for _, t := range groups(c.Include) {
			out.Include = append(out.Include, methodTarget{target: t})
		}
		configs = append(configs, out)
	}
	text, _ := json.Marshal(map[string]any{ // nothing in it can fail
		"policyMigrationState": s.Methods.Migration,
		"registrationEnforcement": map[string]any{"authenticationMethodsRegistrationCampaign": map[string]any{
			"state": s.Registration.Campaign.State, "includeTargets": groups(s.Registration.Campaign.Include), "excludeTargets": groups(s.Registration.Campaign.Exclude),
		}},
		"authenticationMethodConfigurations": configs,
	})
	return len(text)
}

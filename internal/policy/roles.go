package policy

import (
	"slices"
	"strings"
	"sync"
)

// A Role is a directory role that puts its holders under the administrator
// policy.
type Role struct {
	Name       string
	TemplateID string // "" for retired roles, which nobody can hold
	Short      bool   // also in the list of 27
}

// Template IDs that rules and notifications ask for by name.
const (
	RoleGlobalAdministrator         = "62e90394-69f5-4237-9190-012177145e10"
	RoleHelpdeskAdministrator       = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
	RolePasswordAdministrator       = "966707d0-3269-4727-9be2-8c3a10f19b9d"
	RoleUserAdministrator           = "fe930be7-5e62-47db-91af-98c3a49a38b1"
	RoleAuthenticationAdministrator = "c4e39bd9-1100-46d3-8c65-fb160da0071f"
	RolePrivilegedAuthentication    = "7be44c8a-adaf-4e2a-84d6-ab2649e08a13"
	RoleAuthenticationPolicyAdmin   = "0526716b-113d-4c15-b2c8-68e3c22b9f80"
	RoleGlobalReader                = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
)

// AdministratorRoles lists the roles of the list in force, sorted by name.
func AdministratorRoles(s AdminSettings) []Role {
	roles := make([]Role, 0, len(adminRoles))
	for _, r := range adminRoles {
		if r.Short || !s.ShortRoleList {
			roles = append(roles, r)
		}
	}
	return roles
}

// IsAdministrator reports whether p holds a role of the list in force
// (concept-sspr-policy; reference 4.1). Roles on neither list, such as Global
// Reader or custom roles, leave their holders under the user policy.
func IsAdministrator(s Settings, p Person) bool {
	return len(administratorRolesOf(s, p)) > 0
}

// administratorRolesOf names the roles that make p an administrator.
func administratorRolesOf(s Settings, p Person) []string {
	var names []string
	for _, id := range p.Roles {
		r, ok := rolesByID()[strings.ToLower(id)]
		if ok && (r.Short || !s.Admins.ShortRoleList) {
			names = append(names, r.Name)
		}
	}
	return names
}

// HoldsRole reports whether p holds the role of a template ID.
func (p Person) HoldsRole(templateID string) bool {
	return slices.ContainsFunc(p.Roles, func(id string) bool { return strings.EqualFold(id, templateID) })
}

// rolesByID indexes the table. Two rows may share an ID: Device Administrators
// is the older name of Microsoft Entra Joined Device Local Administrator. The
// later row, which carries today's name, wins, and the ID counts as short when
// either row does.
var rolesByID = sync.OnceValue(func() map[string]Role {
	byID := make(map[string]Role, len(adminRoles))
	for _, r := range adminRoles {
		if r.TemplateID == "" {
			continue
		}
		r.Short = r.Short || byID[r.TemplateID].Short
		byID[r.TemplateID] = r
	}
	return byID
})

package tenant

import (
	"strings"

	"github.com/ssprlab/ssprlab/internal/policy"
)

// otherRoles are the directory roles whose holders stay under the user policy
// ("Microsoft Entra built-in roles", Microsoft Learn).
var otherRoles = []policy.Role{
	{Name: "Cloud Application Administrator", TemplateID: "158c047a-c907-4556-b7ef-446551a6b5f7"},
	{Name: "Security Operator", TemplateID: "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f"},
	{Name: "Security Reader", TemplateID: "5d6b6bb7-de71-4623-b4af-96380a352509"},
	{Name: "Global Reader", TemplateID: "f2ef992c-3afb-46b9-b7cf-a126ee74c451"},
	{Name: "Reports Reader", TemplateID: "4a5d8f65-41da-4de4-8968-e035b65339cf"},
	{Name: "Application Developer", TemplateID: "cf1c38e5-3621-4004-a7cb-879624dced7c"},
	{Name: "Directory Readers", TemplateID: "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"},
	{Name: "Guest Inviter", TemplateID: "95e79109-95c0-4d8e-aee3-d01accf2d47b"},
}

// Roles lists the directory roles that can be assigned, those of the
// administrator policy first.
func Roles() []policy.Role {
	return append(policy.AdministratorRoles(policy.AdminSettings{}), otherRoles...)
}

// roleID turns a role's name or template ID into the ID. Custom roles are known
// by their ID only.
func roleID(nameOrID string) (string, bool) {
	for _, r := range Roles() {
		if r.TemplateID != "" && strings.EqualFold(r.Name, nameOrID) {
			return r.TemplateID, true
		}
	}
	id := strings.ToLower(nameOrID)
	return id, isGUID(id)
}

// RoleName returns the name of a role by template ID, or the ID itself.
func RoleName(id string) string {
	name := id
	for _, r := range Roles() {
		if strings.EqualFold(r.TemplateID, id) {
			name = r.Name // the later row carries today's name
		}
	}
	return name
}

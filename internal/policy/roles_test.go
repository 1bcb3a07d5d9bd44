package policy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ssprlab/ssprlab/internal/policy"
)

func TestRoleListsHaveTheirDocumentedSize(t *testing.T) {
	assert.Len(t, policy.AdministratorRoles(policy.AdminSettings{}), 78)
	assert.Len(t, policy.AdministratorRoles(policy.AdminSettings{ShortRoleList: true}), 27)
}

func TestWhoIsAnAdministrator(t *testing.T) {
	cases := map[string]struct {
		role        string
		long, short bool
	}{
		"Global Administrator":               {policy.RoleGlobalAdministrator, true, true},
		"Helpdesk Administrator":             {policy.RoleHelpdeskAdministrator, true, true},
		"Power Platform Administrator":       {"11648597-926c-4cf3-9c36-bcebb0ba8dcc", true, true},
		"an ID in upper case":                {strings.ToUpper(policy.RoleUserAdministrator), true, true},
		"Conditional Access Administrator":   {"b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", true, false},
		"Groups Administrator":               {"fdd7a751-b60b-444a-984c-02652fe8fa1c", true, false},
		"Device Administrators, two names":   {"9f06204d-73c1-4d4c-880a-6edb90606fd8", true, true},
		"Global Reader, on neither list":     {policy.RoleGlobalReader, false, false},
		"Security Reader, on neither list":   {"5d6b6bb7-de71-4623-b4af-96380a352509", false, false},
		"Cloud Application Administrator":    {"158c047a-c907-4556-b7ef-446551a6b5f7", false, false},
		"a custom role":                      {"0a0a0a0a-0000-4000-8000-000000000000", false, false},
		"an empty ID is no retired role":     {"", false, false},
		"Directory Readers, on neither list": {"88d8e3e3-8f55-4a1e-953a-9b9898b8876b", false, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p := policy.Person{Roles: []string{c.role}}
			assert.Equal(t, c.long, policy.IsAdministrator(policy.Settings{}, p), "longer table")
			s := policy.Settings{Admins: policy.AdminSettings{ShortRoleList: true}}
			assert.Equal(t, c.short, policy.IsAdministrator(s, p), "list of 27")
		})
	}
}

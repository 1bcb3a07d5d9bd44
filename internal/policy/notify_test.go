package policy_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ssprlab/ssprlab/internal/policy"
)

func holder(id, role string) policy.Person {
	return policy.Person{ID: id, UserPrincipalName: id + "@northlight.example", Roles: []string{role}}
}

func ids(people []policy.Person) []string {
	var out []string
	for _, p := range people {
		out = append(out, p.ID)
	}
	return out
}

// concept-sspr-howitworks, notifications (reference 11.1).
func TestUsersAreToldAtPrimaryAndAlternateAddress(t *testing.T) {
	on := tenant()
	p := alice(func(p *policy.Person) {
		p.Mail = "alice@northlight.example"
		p.Contacts.AlternateEmails = []string{"Alice.Abend@mail.example", "alice@home.example"}
	})
	assert.Equal(t, []string{"alice@northlight.example", "alice.abend@mail.example", "alice@home.example"}, policy.ResetRecipients(on, p))

	bare := alice(func(p *policy.Person) { p.Contacts = policy.Contacts{} })
	assert.Equal(t, []string{"alice@northlight.example"}, policy.ResetRecipients(on, bare), "the user principal name without either")
	assert.Nil(t, policy.ResetRecipients(tenant(func(s *policy.Settings) { s.Notify.Users = false }), p))
}

func TestAdministratorsAreToldOfEachOther(t *testing.T) {
	people := []policy.Person{
		holder("carol", policy.RoleGlobalAdministrator), holder("gina", policy.RoleGlobalAdministrator),
		holder("hugo", policy.RoleHelpdeskAdministrator), alice(),
	}
	notify := tenant(func(s *policy.Settings) { s.Notify.Admins = true })
	all := tenant(func(s *policy.Settings) { s.Notify.Admins, s.Notify.AllAdmins = true, true })
	carol, hugo := people[0], people[2]

	assert.Equal(t, []string{"gina"}, ids(policy.AdminRecipients(notify, carol, people)))
	assert.Equal(t, []string{"carol", "gina"}, ids(policy.AdminRecipients(notify, hugo, people)))
	assert.Equal(t, []string{"gina", "hugo"}, ids(policy.AdminRecipients(all, carol, people)), "the text of 2023")
	assert.Empty(t, policy.AdminRecipients(notify, alice(), people), "a user's reset is no administrator's")
	assert.Empty(t, policy.AdminRecipients(tenant(), carol, people), "switched off")
	assert.Len(t, people, 4)
}

// concept-sspr-howitworks, "contact your administrator" (reference 11.2).
func TestContactRecipientsFollowTheOrderOfRoles(t *testing.T) {
	help := holder("hugo", policy.RoleHelpdeskAdministrator)
	password := holder("petra", policy.RolePasswordAdministrator)
	user := holder("ute", policy.RoleUserAdministrator)
	global := holder("carol", policy.RoleGlobalAdministrator)
	old := tenant(func(s *policy.Settings) { s.Helpdesk.OldOrder = true })

	assert.Equal(t, []string{"hugo", "petra"}, ids(policy.ContactRecipients(tenant(), []policy.Person{global, user, help, password})))
	assert.Equal(t, []string{"petra"}, ids(policy.ContactRecipients(old, []policy.Person{global, user, help, password})))
	assert.Equal(t, []string{"ute"}, ids(policy.ContactRecipients(tenant(), []policy.Person{global, user})))
	assert.Equal(t, []string{"carol"}, ids(policy.ContactRecipients(tenant(), []policy.Person{global, alice()})))
	assert.Empty(t, policy.ContactRecipients(tenant(), []policy.Person{alice()}))

	var crowd []policy.Person
	for i := range 150 {
		crowd = append(crowd, holder(fmt.Sprint(i), policy.RoleUserAdministrator))
	}
	assert.Len(t, policy.ContactRecipients(tenant(), crowd), 100)
}

func TestContactChannel(t *testing.T) {
	cases := map[string]struct {
		h      policy.HelpdeskSettings
		want   policy.ContactChannel
		target string
	}{
		"not customised":         {policy.HelpdeskSettings{Link: "help@northlight.example"}, policy.ContactForm, ""},
		"customised, no link":    {policy.HelpdeskSettings{Customised: true}, policy.ContactForm, ""},
		"an address":             {policy.HelpdeskSettings{Customised: true, Link: "help@northlight.example"}, policy.ContactMailto, "mailto:help@northlight.example"},
		"an address as a link":   {policy.HelpdeskSettings{Customised: true, Link: "mailto:help@northlight.example"}, policy.ContactMailto, "mailto:help@northlight.example"},
		"a URL opens a new page": {policy.HelpdeskSettings{Customised: true, Link: "https://help.northlight.example"}, policy.ContactURL, "https://help.northlight.example"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			channel, target := policy.ContactAdministrator(c.h)
			assert.Equal(t, c.want, channel)
			assert.Equal(t, c.target, target)
		})
	}
}

func TestSenders(t *testing.T) {
	assert.Equal(t, "msonlineservicesteam@microsoft.com", policy.Senders(policy.PublicCloud)[0])
	assert.Equal(t, "msonlineservicesteam@oe.21vianet.com", policy.Senders(policy.ChinaCloud)[0])
	assert.Equal(t, "msonlineservicesteam@azureadnotifications.us", policy.Senders(policy.USGovernmentCloud)[0])
	assert.Equal(t, "Microsoft on behalf of Northlight", policy.FromName(tenant()))
}

func TestAdministratorsAreWrittenToAtTheirPrimaryAddress(t *testing.T) {
	assert.Equal(t, "box@northlight.example", policy.Person{Mail: "box@northlight.example", UserPrincipalName: "a@b.example"}.PrimaryAddress())
	assert.Equal(t, "a@b.example", policy.Person{UserPrincipalName: "a@b.example"}.PrimaryAddress())
}

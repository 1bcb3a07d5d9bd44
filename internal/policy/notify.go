package policy

import (
	"net/url"
	"slices"
	"strings"
)

// ResetRecipients returns the addresses that are told that p's password was
// reset: primary and alternate e-mail, or the user principal name without
// either. Nobody when the tenant does not notify users (reference 11.1).
func ResetRecipients(s Settings, p Person) []string {
	if !s.Notify.Users {
		return nil
	}
	var to []string
	for _, a := range append([]string{p.Mail, p.Contacts.AuthenticationEmail}, p.Contacts.AlternateEmails...) {
		if a != "" && !containsFold(to, a) {
			to = append(to, a)
		}
	}
	if len(to) == 0 {
		to = append(to, p.UserPrincipalName)
	}
	return to
}

// AdminRecipients returns who is told that the administrator actor reset their
// own password: Global Administrators, or all administrators as an older text
// has it, never the actor. Nobody when actor is no administrator or the tenant
// does not notify.
func AdminRecipients(s Settings, actor Person, people []Person) []Person {
	if !s.Notify.Admins || !IsAdministrator(s, actor) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(people), func(p Person) bool {
		audience := p.HoldsRole(RoleGlobalAdministrator)
		if s.Notify.AllAdmins {
			audience = IsAdministrator(s, p)
		}
		return !audience || p.ID == actor.ID
	})
}

// PrimaryAddress returns the address for administrators' mails.
func (p Person) PrimaryAddress() string {
	if p.Mail != "" {
		return p.Mail
	}
	return p.UserPrincipalName
}

// A ContactChannel is what "contact your administrator" does: a closed set.
type ContactChannel string

// The channels (reference 11.2).
const (
	ContactForm   ContactChannel = "form"   // a mail to administrators
	ContactMailto ContactChannel = "mailto" // a mailto: link
	ContactURL    ContactChannel = "url"    // opens in a new tab
)

// ContactAdministrator returns the channel and, but for the form, the target of
// the link.
func ContactAdministrator(h HelpdeskSettings) (ContactChannel, string) {
	switch {
	case !h.Customised || h.Link == "":
		return ContactForm, ""
	case webLink(h.Link):
		return ContactURL, h.Link
	}
	return ContactMailto, "mailto:" + strings.TrimPrefix(h.Link, "mailto:")
}

// webLink reports whether a link opens a web page; no other scheme is taken.
func webLink(link string) bool {
	u, err := url.Parse(link)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

// maxContactRecipients bounds the mail of the form.
const maxContactRecipients = 100

// ContactRecipients returns who receives the form's mail: Helpdesk or Password
// Administrators, else User Administrators, else Global Administrators; the
// first 100. The older order begins with Password Administrators alone.
func ContactRecipients(s Settings, people []Person) []Person {
	first := []string{RoleHelpdeskAdministrator, RolePasswordAdministrator}
	if s.Helpdesk.OldOrder {
		first = []string{RolePasswordAdministrator}
	}
	for _, roles := range [][]string{first, {RoleUserAdministrator}, {RoleGlobalAdministrator}} {
		var to []Person
		for _, p := range people {
			if slices.ContainsFunc(roles, p.HoldsRole) {
				to = append(to, p)
			}
		}
		if len(to) > 0 {
			return to[:min(len(to), maxContactRecipients)]
		}
	}
	return nil
}

// Senders returns the addresses from which the cloud sends, to be allowed in
// spam filters. The first one is used.
func Senders(c Cloud) []string {
	switch c {
	case ChinaCloud:
		return []string{"msonlineservicesteam@oe.21vianet.com", "21Vianetonlineservicesteam@21vianet.com"}
	case USGovernmentCloud:
		return []string{"msonlineservicesteam@azureadnotifications.us", "msonlineservicesteam@microsoftonline.us"}
	}
	return []string{"msonlineservicesteam@microsoft.com", "msonlineservicesteam@microsoftonline.com"}
}

// FromName is the display name of the sender.
func FromName(s Settings) string { return "Microsoft on behalf of " + s.TenantName }

func containsFold(list []string, v string) bool {
	return slices.ContainsFunc(list, func(have string) bool { return strings.EqualFold(have, v) })
}

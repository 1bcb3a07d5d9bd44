package tenant

import "strings"

// AllMailboxes lists the mailboxes of a lab: every address of every user, and
// those that the seed names, each once.
func (s Seed) AllMailboxes() []MailboxSeed {
	var all []MailboxSeed
	seen := map[string]bool{}
	add := func(address, owner string) {
		key := strings.ToLower(address)
		if address != "" && !seen[key] {
			seen[key] = true
			all = append(all, MailboxSeed{Address: address, Owner: owner})
		}
	}
	for _, m := range s.Mailboxes {
		add(m.Address, m.Owner)
	}
	for _, u := range s.Users {
		owner := u.UserPrincipalName
		add(u.Mail, owner)
		add(u.Methods.AuthenticationEmail, owner)
		for _, m := range u.OtherMails {
			add(m, owner)
		}
		for _, p := range u.ProxyAddresses {
			if kind, address, ok := strings.Cut(p, ":"); ok && strings.EqualFold(kind, "smtp") {
				add(address, owner)
			}
		}
	}
	return all
}

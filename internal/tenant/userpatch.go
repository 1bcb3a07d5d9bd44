package tenant

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/ssprlab/ssprlab/internal/tenant/strict"
)

// PatchUser applies a JSON merge patch (RFC 7396) to a user and returns the
// result as [Store.UserJSON] does. Errors: reset.ErrNoSuchPerson; Problems, and
// then nothing was changed.
func (s *Store) PatchUser(_ context.Context, idOrUPN string, patch []byte) ([]byte, error) {
	doc, err := strict.ParseJSON(patch)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old, err := s.find(idOrUPN)
	if err != nil {
		return nil, err
	}
	edit := s.edit(old)
	c := codec()
	c.ReadOnly = readOnlyKeys()
	problems := c.Decode(doc, &edit)
	next := clone(*old)
	problems = append(problems, s.apply(edit, &next)...)
	if len(problems) == 0 {
		problems = s.checkUser(next)
	}
	if err := problems.Err(); err != nil {
		return nil, atLines(doc, err)
	}
	next.noteContacts(*old, s.now())
	delete(s.byUPN, strings.ToLower(old.UserPrincipalName))
	s.put(&next)
	if !slices.Equal(edit.Groups, s.groupNames(s.up[next.ID])) {
		s.joinGroups(next.ID, edit.Groups)
	}
	return codec().JSON(s.view(&next))
}

// readOnlyKeys are the keys of a view that no patch may set.
func readOnlyKeys() []string {
	editable := strict.Keys(reflect.TypeFor[UserEdit]())
	return slices.DeleteFunc(strict.Keys(reflect.TypeFor[UserView]()), func(k string) bool { return slices.Contains(editable, k) })
}

// apply writes an edit into a user, with names turned into IDs.
func (s *Store) apply(e UserEdit, u *User) Problems {
	sheet, changed := sheet{}, u.LastPasswordChange
	u.UserPrincipalName, u.DisplayName, u.GivenName, u.Surname = e.UserPrincipalName, e.DisplayName, e.GivenName, e.Surname
	u.Mail, u.OtherMails, u.ProxyAddresses, u.MobilePhone, u.BusinessPhones = e.Mail, e.OtherMails, e.ProxyAddresses, e.MobilePhone, e.BusinessPhones
	u.PreferredLanguage = e.PreferredLanguage
	u.UsageLocation, u.Note, u.AccountEnabled, u.Guest, u.Hosting, u.OnPremises = e.UsageLocation, e.Note, e.AccountEnabled, e.Guest, e.Hosting, e.OnPremises
	u.PasswordPolicies, u.MustChangePassword, u.LastPasswordChange = e.PasswordPolicies, e.MustChangePassword, e.LastPasswordChange
	u.SignInSessionsValidFrom, u.RegisteredAt, u.ReconfirmedAt, u.ContactsSetAt = e.SignInSessionsValidFrom, e.RegisteredAt, e.ReconfirmedAt, e.ContactsSetAt
	u.Methods.AuthenticationPhone, u.Methods.AlternatePhone, u.Methods.AuthenticationEmail = e.AuthenticationPhone, e.AlternatePhone, e.AuthenticationEmail
	u.Lockout, u.Throttle, u.Campaign, u.Passkeys = e.Lockout, e.Throttle, e.Campaign, e.Passkeys
	u.Roles, u.Licences, u.DisabledPlans = nil, nil, nil
	for i, name := range e.Roles {
		id, ok := roleID(name)
		if !ok {
			sheet.add(fmt.Sprintf("roles[%d]", i), fmt.Sprintf("%q is no role: write its name, such as Global Administrator, or its template ID", name))
		}
		u.Roles = append(u.Roles, id)
	}
	for i, name := range e.Licences {
		id, ok := licenceID(name)
		if !ok {
			sheet.add(fmt.Sprintf("licences[%d]", i), fmt.Sprintf("%q is no licence: write an ID or one of %s", name, licenceNames()))
		}
		u.Licences = append(u.Licences, id)
	}
	for i, name := range e.DisabledPlans {
		id, ok := licenceID(name)
		if !ok {
			sheet.add(fmt.Sprintf("disabledPlans[%d]", i), fmt.Sprintf("%q is no service plan: write an ID or one of %s", name, licenceNames()))
		}
		u.DisabledPlans = append(u.DisabledPlans, id)
	}
	for i, name := range e.Groups {
		if _, err := s.findGroup(name); err != nil {
			sheet.add(fmt.Sprintf("groups[%d]", i), fmt.Sprintf("%q is no group: write its name or ID", name))
		}
	}
	if !e.Password.Empty() {
		u.Credential = seededCredential(e.Password, s.stableSalt(credentialSalt, "credential", u.ID, s.now().String()))
		if e.LastPasswordChange.Equal(changed) { // not named in the patch
			u.LastPasswordChange = s.now()
		}
	}
	return sheet.found
}

// joinGroups makes names the direct memberships of a user.
func (s *Store) joinGroups(id string, names []string) {
	s.forget(id)
	for _, name := range names {
		if g, err := s.findGroup(name); err == nil && !slices.Contains(g.Members, id) {
			g.Members = append(g.Members, id)
		}
	}
	s.up = parents(s.groups)
}

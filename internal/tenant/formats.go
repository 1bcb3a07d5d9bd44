package tenant

import (
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/text/language"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/tenant/strict"
)

// Problems is every wrong field of a value, each with the field, the limit and
// the remedy. It is the error of changes and of seed files.
type Problems = strict.Problems

var guidForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

func isGUID(s string) bool { return guidForm.MatchString(s) }

// badUPN says what is wrong with a user principal name, "" when nothing is.
func badUPN(upn string) string {
	if upn == "" {
		return "is empty: give a name and a domain, such as alice@northlight.example"
	}
	if err := policy.ValidateUserName(upn); err != nil {
		return strings.TrimLeft(strings.TrimPrefix(err.Error(), "user name"), ": ")
	}
	return ""
}

func badPhone(number string) string {
	if number == "" || policy.ValidPhone(number) {
		return ""
	}
	return fmt.Sprintf(`%q is no phone number: write "+CC NUMBER", with a blank after the country code, such as "+1 4255550100", and "x123" behind it for an extension`, number)
}

func badEmail(address string) string {
	if address == "" || policy.ValidEmail(address) {
		return ""
	}
	return fmt.Sprintf("%q is no e-mail address: write it bare, such as alice@home.example, at most 254 characters", address)
}

// badLanguage follows RFC 5646 (BCP 47).
func badLanguage(tag string) string {
	if _, err := language.Parse(tag); tag == "" || err == nil {
		return ""
	}
	return fmt.Sprintf("%q is no language tag: write it as ja or ar-SA", tag)
}

// A sheet collects problems under a path.
type sheet struct {
	path  string
	found strict.Problems
}

// add notes text for a field, unless it is empty.
func (s *sheet) add(field, text string) {
	if text == "" {
		return
	}
	if s.path != "" {
		field = s.path + "." + field
	}
	s.found = append(s.found, strict.Problem{Path: field, Text: text})
}

// badNames looks at what people are called. A display name that was made of the
// other two is not told again.
func badNames(add func(field, text string), display, given, surname string) {
	add("givenName", policy.NameProblem(given))
	add("surname", policy.NameProblem(surname))
	if display != joinedName(given, surname) {
		add("displayName", policy.NameProblem(display))
	}
}

// checkUser is called with the lock held.
func (s *Store) checkUser(u User) strict.Problems {
	var sheet sheet
	sheet.add("userPrincipalName", badUPN(u.UserPrincipalName))
	if id, taken := s.byUPN[strings.ToLower(u.UserPrincipalName)]; taken && id != u.ID {
		sheet.add("userPrincipalName", fmt.Sprintf("%q is taken by %s: choose another", u.UserPrincipalName, id))
	}
	if !isGUID(u.ID) {
		sheet.add("id", fmt.Sprintf("%q is no GUID: leave it out to draw one", u.ID))
	}
	badNames(sheet.add, u.DisplayName, u.GivenName, u.Surname)
	sheet.add("preferredLanguage", badLanguage(u.PreferredLanguage))
	checkContacts(&sheet, u)
	checkApps(&sheet, u.Methods.Apps)
	return sheet.found
}

func checkContacts(sheet *sheet, u User) {
	sheet.add("mail", badEmail(u.Mail))
	for i, m := range u.OtherMails {
		sheet.add(fmt.Sprintf("otherMails[%d]", i), badEmail(m))
	}
	sheet.add("mobilePhone", badPhone(u.MobilePhone))
	if len(u.BusinessPhones) > 1 {
		sheet.add("businessPhones", "holds more than one number: keep one, the office phone")
	}
	sheet.add("businessPhones", badPhone(u.OfficePhone()))
	sheet.add("methods.authenticationPhone", badPhone(u.Methods.AuthenticationPhone))
	sheet.add("methods.alternatePhone", badPhone(u.Methods.AlternatePhone))
	if u.Methods.AlternatePhone != "" && u.Methods.AuthenticationPhone == "" && u.MobilePhone == "" {
		sheet.add("methods.alternatePhone", "needs a mobile phone first: set authenticationPhone")
	}
	sheet.add("methods.authenticationEmail", badEmail(u.Methods.AuthenticationEmail))
}

func checkApps(sheet *sheet, apps []App) {
	if len(apps) > MaxApps {
		sheet.add("methods.apps", fmt.Sprintf("holds %d apps and tokens, at most %d are allowed: delete one first", len(apps), MaxApps))
	}
	for i, a := range apps {
		sheet.add(fmt.Sprintf("methods.apps[%d]", i), a.OATH.wrong(a.Push))
	}
}

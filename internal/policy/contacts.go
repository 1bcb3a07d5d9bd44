package policy

import (
	"net/mail"
	"regexp"
	"strings"
	"unicode/utf8"
)

// MaskEmail gives the form in which a person sees an address that the portal
// knows: first and last character of the name, and the domain. The number of
// stars is fixed, so that it does not tell the length.
func MaskEmail(address string) string {
	name, domain, ok := strings.Cut(address, "@")
	if name == "" {
		return ""
	}
	first, _ := utf8.DecodeRuneInString(name)
	masked := string(first) + "*****"
	if utf8.RuneCountInString(name) > 2 {
		last, _ := utf8.DecodeLastRuneInString(name)
		masked += string(last)
	}
	if !ok {
		return masked
	}
	return masked + "@" + domain
}

// MaskPhone gives the form in which a person sees a number that the portal
// knows: the country code and the last two digits. The person must type the
// rest, so nothing more may show.
func MaskPhone(number string) string {
	number = StripExtension(number)
	digits := onlyDigits(number)
	if digits == "" {
		return ""
	}
	tail := ""
	if len(digits) > 6 {
		tail = digits[len(digits)-2:]
	}
	if country, _, ok := strings.Cut(number, " "); ok && strings.HasPrefix(country, "+") {
		return country + " ********" + tail
	}
	return "********" + tail
}

// phoneFormat is "+CC NUMBER" with an optional extension: "+1 4251234567x12345"
// ("Prepopulate contact information", howto-sspr-authenticationdata).
var phoneFormat = regexp.MustCompile(`^\+[1-9][0-9]{0,3} [0-9]{4,15}(x[0-9]{1,10})?$`)

// ValidPhone reports whether number has the form that calls and texts need:
// "+CC NUMBER", a blank after the country code, optionally "xEXT".
func ValidPhone(number string) bool {
	if !phoneFormat.MatchString(number) {
		return false
	}
	return len(onlyDigits(StripExtension(number))) <= 18
}

// ValidEmail reports whether address is a bare mail address.
func ValidEmail(address string) bool {
	a, err := mail.ParseAddress(address)
	return err == nil && a.Address == address && len(address) <= 254
}

// StripExtension removes the extension that is accepted in the directory and
// dropped before dialling (troubleshoot-sspr; reference 2.5).
func StripExtension(number string) string {
	number, _, _ = strings.Cut(strings.ToLower(number), "x")
	return strings.TrimSpace(number)
}

// SamePhone reports whether the number a person typed is the one on file.
// Blanks, hyphens, dots, brackets and extensions do not count.
func SamePhone(typed, onFile string) bool {
	a, b := onlyDigits(StripExtension(typed)), onlyDigits(StripExtension(onFile))
	return a != "" && a == b
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// Mobile returns the number for texts and mobile calls: the authentication
// phone, else the directory's mobile phone (reference 2.5).
func (c Contacts) Mobile() string {
	if c.AuthenticationPhone != "" {
		return c.AuthenticationPhone
	}
	return c.MobilePhone
}

// Mail returns the address for codes: the authentication e-mail, else the first
// alternate e-mail (reference 2.5).
func (c Contacts) Mail() string {
	if c.AuthenticationEmail != "" || len(c.AlternateEmails) == 0 {
		return c.AuthenticationEmail
	}
	return c.AlternateEmails[0]
}

// For returns the address or number that a proof by m goes to, "" for none.
// Numbers come without extension, ready to dial.
func (c Contacts) For(m Method) string {
	switch m {
	case Email:
		return c.Mail()
	case MobileSMS, MobileCall:
		return StripExtension(c.Mobile())
	case OfficeCall:
		return StripExtension(c.OfficePhone)
	case AlternateCall:
		return StripExtension(c.AlternatePhone)
	}
	return ""
}

// Prefilled is the value of the directory that registering m offers for change:
// what an administrator or synchronisation has put there. It is "" once the
// person has registered one (howto-sspr-authenticationdata; reference 2.5).
func (c Contacts) Prefilled(m InfoMethod) string {
	switch {
	case m == InfoPhone && c.AuthenticationPhone == "":
		return c.Mobile()
	case m == InfoEmail && c.AuthenticationEmail == "":
		return c.Mail()
	case m == InfoOfficePhone:
		return c.OfficePhone
	}
	return ""
}

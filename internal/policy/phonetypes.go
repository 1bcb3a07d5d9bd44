package policy

import "fmt"

// A PhoneType is phoneType of phoneAuthenticationMethod.
type PhoneType string

// The phone types.
const (
	PhoneMobile          PhoneType = "mobile"
	PhoneAlternateMobile PhoneType = "alternateMobile"
	PhoneOffice          PhoneType = "office"
)

// AddPhone checks a phone that is to be added to contacts through Graph: one of
// each type, an alternate mobile only next to a mobile, and the form "+CC
// NUMBER" (phoneAuthenticationMethod; reference 12.8).
func (c Contacts) AddPhone(t PhoneType, number string) (Contacts, error) {
	slot := map[PhoneType]*string{
		PhoneMobile: &c.AuthenticationPhone, PhoneAlternateMobile: &c.AlternatePhone, PhoneOffice: &c.OfficePhone,
	}[t]
	switch {
	case slot == nil:
		return c, fmt.Errorf("adding a phone: phoneType %q: use mobile, alternateMobile or office", t)
	case !ValidPhone(number):
		return c, fmt.Errorf("adding a phone: phoneNumber %q: use the form +CC NUMBER with a blank after the country code, as in +1 4255550100", number)
	case *slot != "":
		return c, fmt.Errorf("adding a phone: a phone of type %s exists already; update or delete it", t)
	case t == PhoneAlternateMobile && c.AuthenticationPhone == "":
		return c, fmt.Errorf("adding a phone: an alternateMobile needs a mobile; add that first")
	}
	*slot = number
	return c, nil
}

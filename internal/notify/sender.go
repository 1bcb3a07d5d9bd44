package notify

import "net/mail"

// A Cloud is where the real service would run; its sender addresses differ.
type Cloud string

// The clouds.
const (
	Public       Cloud = ""
	China        Cloud = "china"
	USGovernment Cloud = "usGovernment"
)

// Senders lists the addresses that notices come from, which receivers are told
// to let through ("Notifications", howto-sspr-deployment; reference 11.1). The
// first is the one in use.
func Senders(c Cloud) []string {
	switch c {
	case China:
		return []string{"msonlineservicesteam@oe.21vianet.com", "21Vianetonlineservicesteam@21vianet.com"}
	case USGovernment:
		return []string{"msonlineservicesteam@azureadnotifications.us", "msonlineservicesteam@microsoftonline.us"}
	}
	return []string{"msonlineservicesteam@microsoftonline.com", "msonlineservicesteam@microsoft.com"}
}

// sender is the From field: the service on behalf of the tenant.
func sender(c Cloud, tenantName string) mail.Address {
	name := "Microsoft on behalf of " + tenantName
	if tenantName == "" {
		name = "Microsoft"
	}
	return mail.Address{Name: name, Address: Senders(c)[0]}
}

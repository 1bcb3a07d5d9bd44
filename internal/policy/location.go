package policy

import (
	"fmt"
	"net/netip"
	"slices"
)

// Limits of the IP ranges of named locations (concept-assignment-network): masks
// greater than /8, here with /8 itself so that a lab can trust 127.0.0.0/8, and
// 2,000 ranges in a location.
const (
	minLocationMask    = 8
	maxLocationsRanges = 2000
)

// Trusts reports whether an address is in a trusted location. What is no address
// is in none.
func (s SignInSettings) Trusts(ipAddress string) bool {
	address, err := netip.ParseAddr(ipAddress)
	if err != nil {
		return false
	}
	address = address.Unmap().WithZone("")
	return slices.ContainsFunc(s.TrustedLocations, func(text string) bool {
		network, err := netip.ParsePrefix(text)
		return err == nil && network.Contains(address)
	})
}

func (s SignInSettings) validateLocations(v *validation) {
	if n := len(s.TrustedLocations); n > maxLocationsRanges {
		v.field("signIn.trustedLocations", "%d ranges, at most %d; join some", n, maxLocationsRanges)
	}
	for i, text := range s.TrustedLocations {
		name := fmt.Sprintf("signIn.trustedLocations[%d]", i)
		switch network, err := netip.ParsePrefix(text); {
		case err != nil:
			v.field(name, "%q is no IP range; write it as 192.0.2.0/24 or 2001:db8::/32", text)
		case network.Bits() < minLocationMask:
			v.field(name, "%q is wider than /%d; name smaller ranges", text, minLocationMask)
		}
	}
}

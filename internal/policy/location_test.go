package policy_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ssprlab/ssprlab/internal/policy"
)

// concept-assignment-network (Microsoft Learn): ranges of IPv4 and IPv6.
func TestTrustedLocations(t *testing.T) {
	s := policy.SignInSettings{TrustedLocations: []string{"192.0.2.0/25", "2001:db8::/32", "198.51.100.7/32"}}
	for address, want := range map[string]bool{
		"192.0.2.127": true, "192.0.2.128": false, "198.51.100.7": true, "198.51.100.8": false,
		"2001:db8:1::9": true, "2001:db9::": false, "::ffff:192.0.2.1": true, "": false, "pipe": false,
	} {
		assert.Equal(t, want, s.Trusts(address), address)
	}
	assert.False(t, policy.SignInSettings{}.Trusts("192.0.2.1"))
}

func TestWrongLocationsAreRefused(t *testing.T) {
	s := policy.DefaultSettings()
	s.SignIn.TrustedLocations = []string{"127.0.0.0/8", "10.0.0.0/7", "office"}
	var said []string
	for _, err := range s.Validate() {
		said = append(said, err.Error())
	}
	assert.Equal(t, []string{
		`settings: signIn.trustedLocations[1]: "10.0.0.0/7" is wider than /8; name smaller ranges`,
		`settings: signIn.trustedLocations[2]: "office" is no IP range; write it as 192.0.2.0/24 or 2001:db8::/32`,
	}, said)
}

package device

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ssprlab/ssprlab/internal/secret"
)

// The bounds of CachedLogonsCount ("Interactive logon: Number of previous logons
// to cache", Microsoft Learn).
const (
	DefaultCachedLogons = 10
	MaxCachedLogons     = 50
)

// A logonCache is the accounts whose last sign-in on the network a workstation
// remembers, oldest sign-in first. It knows nothing of accounts that were
// disabled, locked or reset since: that is what it is like.
type logonCache struct {
	limit   int
	entries []cachedLogon
}

type cachedLogon struct {
	who      Identity
	verifier func() verifier
}

// remember renews the entry of somebody who has just signed in on the network,
// and drops the oldest ones beyond the limit.
func (c *logonCache) remember(who Identity, password secret.Text) {
	c.entries = slices.DeleteFunc(c.entries, func(e cachedLogon) bool {
		return strings.EqualFold(e.who.SAMAccountName, who.SAMAccountName)
	})
	c.entries = append(c.entries, cachedLogon{who, lazyVerifier(who.SAMAccountName, password)})
	c.trim()
}

func (c *logonCache) trim() {
	if extra := len(c.entries) - c.limit; extra > 0 {
		c.entries = slices.Clone(c.entries[extra:])
	}
}

// find returns the entry of a name as typed: UPN, DOMAIN\name or name.
func (c *logonCache) find(typed string) (cachedLogon, bool) {
	id := named(typed)
	for _, e := range c.entries {
		byUPN := id.UserPrincipalName != "" && strings.EqualFold(e.who.UserPrincipalName, id.UserPrincipalName)
		bySAM := id.UserPrincipalName == "" && strings.EqualFold(e.who.SAMAccountName, id.SAMAccountName)
		if byUPN || bySAM {
			return e, true
		}
	}
	return cachedLogon{}, false
}

func checkCachedLogons(n int) error {
	if n < 0 || n > MaxCachedLogons {
		return fmt.Errorf("setting CachedLogonsCount: %d is not within 0 to %d", n, MaxCachedLogons)
	}
	return nil
}

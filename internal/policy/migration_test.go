package policy_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ssprlab/ssprlab/internal/policy"
)

// how-to-authentication-methods-manage (Microsoft Learn).
func TestMigrationGoesOn(t *testing.T) {
	const pre, begun, done = policy.PreMigration, policy.MigrationInProgress, policy.MigrationComplete
	for _, c := range []struct {
		from, to policy.Migration
		reason   string
		ok       bool
	}{
		{pre, pre, "", true},
		{pre, begun, "", true},
		{pre, done, "", true},
		{begun, pre, "no", false},
		{begun, begun, "", true},
		{begun, done, "", true},
		{done, pre, "no", false},
		{done, begun, "", false},
		{done, begun, "calls were missing", true},
		{done, done, "", true},
	} {
		ok, why := policy.MayMigrate(c.from, c.to, c.reason)
		assert.Equal(t, c.ok, ok, "%s to %s", c.from, c.to)
		assert.Equal(t, !c.ok, why != "", "a refusal says why, and nothing else does")
	}
}

package tenant_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// bcryptOfAnn is of "Ann-was-here-5", at the least cost.
const bcryptOfAnn = "bcrypt:$2a$04$OTREYMwurpQLdq6gs3zvxu090CReVWs.7kSIwc4wwAB0lKAbev2Nu"

const sha256OfBen = "sha256:c3bae114517576bc9cc07481822f20a49595f0177b9b2e85a8f0adf7d1c6a58f" // of "Ben-is-here-2"

func TestPasswordsAreHeldAgainstHashes(t *testing.T) {
	for hash, right := range map[string]string{bcryptOfAnn: "Ann-was-here-5", sha256OfBen: "Ben-is-here-2", strings.ToUpper(sha256OfBen[7:]): ""} {
		if right == "" {
			hash, right = "sha256:"+hash, "Ben-is-here-2"
		}
		assert.True(t, tenant.MatchesHash(secret.New(hash), secret.New(right)))
		assert.False(t, tenant.MatchesHash(secret.New(hash), secret.New(right+"!")))
	}
}

func TestHashesOfASeedAreChecked(t *testing.T) {
	const seed = `
tenant: {tenantName: T, initialDomain: t.onmicrosoft.example, customDomains: [t.example]}
domains:
  - dnsName: t.example
    netbios: T
    accounts: [{samAccountName: ann, FIELDS}]
`
	for fields, says := range map[string]string{
		`passwordHash: "md5:00"`:          "has an unknown scheme: write sha256:HEX or bcrypt:",
		`passwordHash: "sha256:00ff"`:     "is no SHA-256 hash: write sha256: and 64 hexadecimal digits",
		`passwordHash: "bcrypt:$2a$04$x"`: "is no bcrypt hash",
		`passwordHash: "bcrypt:$2a$31$OTREYMwurpQLdq6gs3zvxu090CReVWs.7kSIwc4wwAB0lKAbev2Nu"`: "at most 14",
		`password: Some-thing-1, passwordHash: "` + sha256OfBen + `"`:                         "stands beside a password",
		`attributes: {}`: "password: is missing",
		`password: Some-thing-1, attributes: {"a b": [x]}`: "is no LDAP display name",
		`password: Some-thing-1, attributes: {uid: []}`:    "has no value",
		`password: Some-1, attributes: {unicodePwd: [x]}`:  "holds a password",
	} {
		t.Run(says, func(t *testing.T) {
			_, err := tenant.ParseSeed([]byte(strings.Replace(seed, "FIELDS", fields, 1)))
			require.Error(t, err)
			assert.Contains(t, err.Error(), says)
			assert.NotContains(t, err.Error(), "OTREYM", "no hash is told")
		})
	}
	_, err := tenant.ParseSeed([]byte(strings.Replace(seed, "FIELDS", `passwordHash: "`+bcryptOfAnn+`", attributes: {employeeNumber: ["7"]}`, 1)))
	assert.NoError(t, err)
}

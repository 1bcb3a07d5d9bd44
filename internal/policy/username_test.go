package policy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/policy"
)

// concept-sspr-policy, username policies (reference 6.1).
func TestUserNames(t *testing.T) {
	domain48 := strings.Repeat("d", 40) + ".example"
	cases := map[string]struct{ name, err string }{
		"plain":                      {"alice@northlight.example", ""},
		"every allowed character":    {"aZ9'.-_!#^~x@northlight.example", ""},
		"64 before, 48 after: 113":   {strings.Repeat("a", 64) + "@" + domain48, ""},
		"65 before":                  {strings.Repeat("a", 65) + "@b.example", "before @"},
		"49 after":                   {"a@d" + domain48, "after @"},
		"114 characters":             {strings.Repeat("a", 65) + "@" + domain48, "at most 113"},
		"a period before @":          {"alice.@northlight.example", "period"},
		"no @":                       {"alice", "one @"},
		"two @":                      {"a@b@c.example", "one @"},
		"nothing before @":           {"@b.example", "one @"},
		"a blank":                    {"al ice@b.example", "not allowed"},
		"an umlaut":                  {"älice@b.example", "not allowed"},
		"a plus sign":                {"alice+x@b.example", "not allowed"},
		"a period elsewhere is fine": {".al..ice@b.example", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			err := policy.ValidateUserName(c.name)
			if c.err == "" {
				require.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, c.err)
		})
	}
}

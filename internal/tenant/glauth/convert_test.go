package glauth_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/tenant"
	"github.com/ssprlab/ssprlab/internal/tenant/glauth"
)

var update = flag.Bool("update", false, "rewrite testdata/office.yaml and testdata/office.notes")

func office(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "office.cfg"))
	require.NoError(t, err)
	return text
}

func TestConfigurationBecomesTheSeedOfADomain(t *testing.T) {
	seed, notes, err := glauth.Convert(office(t))
	require.NoError(t, err)
	for name, got := range map[string]string{"office.yaml": string(seed), "office.notes": strings.Join(notes, "\n") + "\n"} {
		file := filepath.Join("testdata", name)
		if *update {
			require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
		}
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, string(want), got, "run go test ./internal/tenant/glauth -update and read the difference")
	}
	_, err = tenant.ParseSeed(seed)
	assert.NoError(t, err, "the seed is one that tenant accepts")
}

func TestNotesHoldNoSecret(t *testing.T) {
	_, notes, err := glauth.Convert(office(t))
	require.NoError(t, err)
	for _, secret := range []string{"JBSWY3DPEHPK3PXP", "6c1ae5e9", "24326124"} {
		assert.NotContains(t, strings.ToUpper(strings.Join(notes, "\n")), strings.ToUpper(secret))
	}
}

func TestMistakesAreNamed(t *testing.T) {
	const head = "[backend]\nbaseDN = \"dc=office,dc=example\"\n[[groups]]\nname = \"staff\"\ngidnumber = 1\n"
	for what, c := range map[string]struct{ text, says string }{
		"a key that glauth does not have": {head + "[[users]]\nname = \"ann\"\nfavourite = 1\n", "line 8: users.favourite: glauth knows no such key"},
		"text where a number belongs":     {head + "[[users]]\nname = \"ann\"\nprimarygroup = \"staff\"\n", "line 8: users.primarygroup"},
		"no TOML at all":                  {"users:\n  - ann\n", "line 1"},
		"a base that is no domain":        {"[backend]\nbaseDN = \"o=office\"\n", `backend.baseDN: "o=office" is no base that a domain can have`},
		"a group that does not exist":     {head + "[[users]]\nname = \"ann\"\nprimarygroup = 7\n", "users[0]: ann: no group has the number 7"},
		"an included group without entry": {head + "includegroups = [9]\n", "groups[0].includegroups: no group has the number 9"},
		"a group without a number":        {"[backend]\nbaseDN = \"dc=a\"\n[[groups]]\nname = \"x\"\n", "groups[0].gidnumber: x has no number"},
		"a person without a name":         {head + "[[users]]\nprimarygroup = 1\n", "users[0].name: is missing"},
		"bcrypt that is not hexadecimal":  {head + "[[users]]\nname = \"ann\"\nprimarygroup = 1\npassbcrypt = \"$2a$\"\n", "passbcrypt: is not in hexadecimal digits"},
	} {
		t.Run(what, func(t *testing.T) {
			_, _, err := glauth.Convert([]byte(c.text))
			require.Error(t, err)
			assert.Contains(t, err.Error(), c.says)
		})
	}
}

func TestCapabilitiesCanBeIgnored(t *testing.T) {
	open := strings.Replace(string(office(t)), "[behaviors]", "[behaviors]\nIgnoreCapabilities = true", 1)
	seed, _, err := glauth.Convert([]byte(open))
	require.NoError(t, err)
	assert.NotContains(t, string(seed), "No search")
}

// Whatever stands in a file, it becomes a seed that reads, or an error.
func FuzzConvert(f *testing.F) {
	text, err := os.ReadFile(filepath.Join("testdata", "office.cfg"))
	require.NoError(f, err)
	f.Add(text)
	f.Add([]byte("[backend]\nbaseDN=\"dc=a\"\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		seed, notes, err := glauth.Convert(text)
		if err != nil {
			assert.Empty(t, seed)
			return
		}
		for _, n := range notes {
			assert.NotContains(t, n, "\n")
		}
		if s, err := tenant.ParseSeed(seed); err == nil {
			assert.Len(t, s.Domains, 1)
		}
	})
}

package rig

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// read parses a command line of a program with three flags.
func read(t *testing.T, args []string, environment map[string]string, file string) (smtp string, seed int, public bool, err error) {
	t.Helper()
	o := newOptions("portal", "portal serves.", io.Discard, func(name string) (string, bool) { v, ok := environment[name]; return v, ok })
	o.set.StringVar(&smtp, "smtp-listen", "the default", "")
	o.set.IntVar(&seed, "rand-seed", 0, "")
	o.set.BoolVar(&public, "public", false, "")
	if file != "" {
		name := filepath.Join(t.TempDir(), "portal.yaml")
		require.NoError(t, os.WriteFile(name, []byte(file), 0o600))
		args = append(args, "--config="+name)
	}
	err = o.parse(args)
	return smtp, seed, public, err
}

func TestTheNearerSettingWins(t *testing.T) {
	onLine := []string{"--smtp-listen", "the command line"}
	inEnvironment := map[string]string{"SSPR_SMTP_LISTEN": "the environment"}
	const inFile = "smtp-listen: the file\n"
	for want, c := range map[string]struct {
		args        []string
		environment map[string]string
		file        string
	}{
		"the default":      {nil, nil, ""},
		"the file":         {nil, nil, inFile},
		"the environment":  {nil, inEnvironment, inFile},
		"the command line": {onLine, inEnvironment, inFile},
		"":                 {nil, map[string]string{"SSPR_SMTP_LISTEN": ""}, inFile},
	} {
		got, _, _, err := read(t, c.args, c.environment, c.file)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
}

func TestSettingsOfEveryKind(t *testing.T) {
	for name, c := range map[string]struct {
		args        []string
		environment map[string]string
		file        string
	}{
		"command line": {[]string{"--rand-seed=7", "--public"}, nil, ""},
		"environment":  {nil, map[string]string{"SSPR_RAND_SEED": "7", "SSPR_PUBLIC": "true"}, ""},
		"file":         {nil, nil, "# what we run\nrand-seed: 7\npublic: true\n"},
		"file of one":  {[]string{"--public"}, nil, "rand-seed: 7\n"},
		"quoted":       {nil, nil, "\"rand-seed\": '7'\npublic: \"true\"\n"},
	} {
		t.Run(name, func(t *testing.T) {
			_, seed, public, err := read(t, c.args, c.environment, c.file)
			require.NoError(t, err)
			assert.Equal(t, 7, seed)
			assert.True(t, public)
		})
	}
}

func TestWrongSettingsNameTheirPlaceAndTheRemedy(t *testing.T) {
	for name, c := range map[string]struct {
		args        []string
		environment map[string]string
		file        string
		says        []string
	}{
		"an unknown flag":              {args: []string{"--smpt-listen=x"}, says: []string{"-smpt-listen", "--help"}},
		"a flag without value":         {args: []string{"--rand-seed"}, says: []string{"rand-seed", "--help"}},
		"a word too many":              {args: []string{"serve"}, says: []string{`"serve"`, "all settings are flags"}},
		"a value in the environment":   {environment: map[string]string{"SSPR_RAND_SEED": "x"}, says: []string{"SSPR_RAND_SEED", `"x"`}},
		"another spelling of a key":    {file: "public: true\nsmtpListen: x\n", says: []string{"portal.yaml", "line 2", `"smtpListen"`, `did you mean "smtp-listen"?`}},
		"a slip in a key":              {file: "smtp-lisen: x\n", says: []string{"line 1", `did you mean "smtp-listen"?`}},
		"an unknown key":               {file: "\n\nwarp-factor: 9\n", says: []string{"line 3", `"warp-factor"`, "known keys are", "rand-seed"}},
		"a file that names a file":     {file: "config: other.yaml\n", says: []string{"line 1", `"config"`}},
		"a value of a key":             {file: "public: true\nrand-seed: x\n", says: []string{"line 2", "rand-seed: x:"}},
		"a list for a value":           {file: "smtp-listen: [a, b]\n", says: []string{"line 1", "smtp-listen", "a single value"}},
		"a list of settings":           {file: "- public\n", says: []string{"expected keys and values"}},
		"a key given twice":            {file: "rand-seed: 1\nrand-seed: 2\n", says: []string{"rand-seed"}},
		"no YAML":                      {file: "smtp-listen: 'x\n", says: []string{"portal.yaml"}},
		"a file that cannot be opened": {args: []string{"--config=/nowhere/portal.yaml"}, says: []string{"--config /nowhere/portal.yaml", "no such file"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, _, err := read(t, c.args, c.environment, c.file)
			require.Error(t, err)
			for _, words := range c.says {
				assert.ErrorContains(t, err, words)
			}
			assert.Equal(t, exitUsage, fail(io.Discard, "portal", err))
		})
	}
}

func TestSlips(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"listen", "lisen", 1}, {"smtp", "smpt", 2}, {"abc", "abc", 0}} {
		assert.Equal(t, c.want, slips(c.a, c.b), "%s to %s", c.a, c.b)
		assert.Equal(t, c.want, slips(c.b, c.a), "%s to %s", c.b, c.a)
	}
}

func TestAnEmptyConfigurationChangesNothing(t *testing.T) {
	for _, file := range []string{"\n", "# nothing yet\n", "---\n"} {
		got, _, _, err := read(t, nil, nil, file)
		require.NoError(t, err, "%q", file)
		assert.Equal(t, "the default", got)
	}
}

func TestExitCodes(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		code int
		says string
	}{
		"help":          {flag.ErrHelp, exitDone, ""},
		"a mistake":     {usagef("--seed x: no"), exitUsage, "portal: --seed x: no\n"},
		"a failure":     {errors.New("no room"), exitFailed, "portal: no room\n"},
		"both together": {errors.Join(usagef("a"), usagef("b")), exitUsage, "portal: a\nb\n"},
	} {
		var stderr bytes.Buffer
		assert.Equal(t, c.code, fail(&stderr, "portal", c.err), name)
		assert.Equal(t, c.says, stderr.String(), name)
	}
}

func FuzzConfigurationFile(f *testing.F) {
	f.Add("smtp-listen: x\n")
	f.Add("- a\n")
	f.Add("rand-seed: 1\npublic: yes\n")
	f.Add("a: &a [*a]\n? b\n: c")
	f.Fuzz(func(t *testing.T, text string) {
		smtp, _, _, err := read(t, []string{"--smtp-listen=given"}, nil, text+"\n")
		if err == nil {
			assert.Equal(t, "given", smtp, "a file never wins over the command line")
		} else {
			assert.Equal(t, exitUsage, fail(io.Discard, "portal", err))
		}
	})
}

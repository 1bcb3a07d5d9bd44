package e2e

import (
	"context"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/scenario"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// secretsOf gathers every secret that a seed holds, wherever it stands.
func secretsOf(v reflect.Value) (all []string) {
	if v.Type() == reflect.TypeFor[secret.Text]() {
		if text := v.Interface().(secret.Text); !text.Empty() {
			return []string{text.Reveal()}
		}
		return nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return secretsOf(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				all = append(all, secretsOf(v.Field(i))...)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			all = append(all, secretsOf(v.Index(i))...)
		}
	}
	return all
}

// demoSecrets is every secret of the demo lab, those included that are drawn
// from its seed.
var demoSecrets = sync.OnceValues(func() ([]string, error) {
	seed, err := tenant.Demo()
	if err != nil {
		return nil, err
	}
	all := secretsOf(reflect.ValueOf(seed))
	store, err := tenant.New(seed, chance.New(1), time.Now)
	if err != nil {
		return nil, err
	}
	users, err := store.Users(context.Background())
	for _, u := range users {
		for _, app := range u.Authenticators() {
			if !app.OATH.Secret.Empty() {
				all = append(all, app.OATH.Secret.Reveal())
			}
		}
	}
	return all, err
})

// typed is the passwords of a story: what somebody types into a password field,
// and what the words of the control API take.
func typed(s scenario.Story) (all []string) {
	for _, l := range s.Lines {
		w := l.Words
		switch {
		case w[0] == "enter" && (strings.Contains(w[1], "password") || strings.HasSuffix(w[1], "?")):
			all = append(all, w[2])
		case w[0] == "reset", w[0] == "signin":
			all = append(all, w[2])
		case w[0] == "change":
			all = append(all, w[2], w[3])
		case w[0] == "ldap" && w[1] == "bind":
			all = append(all, w[3])
		}
	}
	return append(all, keys(s.Tokens)...)
}

// keys are the secrets of a file of hardware tokens: its third column.
func keys(file string) (all []string) {
	for i, line := range strings.Split(strings.TrimSpace(file), "\n") {
		if fields := strings.Split(line, ","); i > 0 && len(fields) > 2 {
			all = append(all, fields[2])
		}
	}
	return all
}

// findings looks for secrets in a text. A code counts when it stands alone.
func findings(text string, secrets, codes []string) (found []string) {
	for _, s := range secrets {
		if strings.Contains(text, s) {
			found = append(found, s)
		}
	}
	for _, code := range codes {
		if regexp.MustCompile(`\b` + regexp.QuoteMeta(code) + `\b`).MatchString(text) {
			found = append(found, code)
		}
	}
	return found
}

// No output of a program, no page, no answer of the control API and no
// transcript holds a password, an answer, a code or a key that people use.
func TestNothingTellsASecret(t *testing.T) {
	secrets, err := demoSecrets()
	require.NoError(t, err)
	require.Contains(t, secrets, "Lantern-Harbour-62")
	require.Contains(t, secrets, "Biscuit")
	require.Greater(t, len(secrets), 30)
	for _, s := range stories(t) {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			var n witness
			world, programs := processWorld(t, "--verbose")
			r := scenario.Run(t.Context(), s, n.watch(t, world))
			require.NoError(t, r.Err)
			everything := map[string]string{
				"control API and pages": n.said.String(), "transcript": r.Transcript, "explanation": r.Why,
			}
			for _, p := range *programs {
				everything["standard output of "+p.name] = p.stdout.String()
				everything["standard error of "+p.name] = p.stderr.String()
				require.NotEmpty(t, p.stderr.String(), "--verbose logs something")
			}
			all := append(typed(s), secrets...)
			for where, text := range everything {
				assert.Empty(t, findings(text, all, n.codes), where)
			}
		})
	}
}

// The search finds what it is meant to find: the same secrets do stand in the
// devices' own answers.
func TestTheSearchForSecretsFinds(t *testing.T) {
	assert.Equal(t, []string{"Biscuit", "123456"}, findings("the pet is Biscuit; code=123456.", []string{"Biscuit", "heron"}, []string{"123456", "12345"}))
	s := stories(t)
	i := 0
	for s[i].Name != "reset-by-email-code" {
		i++
	}
	var n witness
	world, _ := processWorld(t)
	r := scenario.Run(t.Context(), s[i], n.watch(t, world))
	require.NoError(t, r.Err)
	require.NotEmpty(t, n.codes)
	assert.NotEmpty(t, findings(n.devices.String(), nil, n.codes))
	assert.Contains(t, typed(s[i]), "Copper-Kettle-71")
}

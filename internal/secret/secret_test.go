package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/secret"
)

func TestNoPrintedFormRevealsTheSecret(t *testing.T) {
	s := secret.New("Rabbit-hole7")
	holder := struct {
		Name     string
		Password secret.Text
		Pointer  *secret.Text
	}{"alice", s, &s}

	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "password", s, "holder", holder)
	asJSON, err := json.Marshal(holder)
	require.NoError(t, err)

	for _, printed := range []string{
		fmt.Sprint(s), fmt.Sprintf("%s %v %+v %#v %q %x %d", s, s, s, s, s, s, s),
		fmt.Sprintf("%v %+v %#v", holder, holder, holder), logged.String(), string(asJSON),
	} {
		assert.NotContains(t, printed, "Rabbit")
		assert.NotContains(t, printed, "52616262", "hexadecimal form")
	}
	assert.Equal(t, "Rabbit-hole7", s.Reveal())
}

func TestEqualComparesContent(t *testing.T) {
	assert.True(t, secret.New("a").Equal(secret.New("a")))
	assert.False(t, secret.New("a").Equal(secret.New("b")))
	assert.False(t, secret.New("a").Equal(secret.New("ab")))
}

func TestUnmarshalTakesTheSecret(t *testing.T) {
	var in struct{ Password secret.Text }
	require.NoError(t, json.Unmarshal([]byte(`{"Password":"N3w!"}`), &in))
	assert.Equal(t, "N3w!", in.Password.Reveal())
}

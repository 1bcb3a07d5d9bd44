package domain

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestUnicodePwdHasTheOctetsOfThePublishedVectors(t *testing.T) {
	value, err := base64.StdEncoding.DecodeString("IgBOADMAdwAhAFAAYQBzAHMAdwAwAHIAZAAiAA==")
	require.NoError(t, err)
	c, err := ParseUnicodePwd(value)
	require.NoError(t, err)
	assert.Equal(t, "N3w!Passw0rd", c.Text())

	value, err = hex.DecodeString("2200c400ac2034d81edd2200")
	require.NoError(t, err)
	c, err = ParseUnicodePwd(value)
	require.NoError(t, err)
	assert.Equal(t, "Ä€\U0001D11E", c.Text())
	assert.Equal(t, 4, c.Len())
	assert.Equal(t, 3, c.Characters())
}

func TestUnicodePwdRefuses(t *testing.T) {
	for why, text := range map[string]string{
		"nothing":              "",
		"no quotes":            "4e003300",
		"one quote":            "2200",
		"quote at start only":  "22004e00",
		"UTF-8":                "224e3322",
		"UTF-16BE":             "0022004e0022",
		"byte order mark":      "fffe22004e002200",
		"odd number of octets": "22004e00220022",
	} {
		b, err := hex.DecodeString(text)
		require.NoError(t, err)
		_, err = ParseUnicodePwd(b)
		assert.Error(t, err, why)
	}
}

func TestNTHashIsMD4OfUTF16(t *testing.T) {
	// The two hashes that everybody knows: the empty password's and, from
	// MS-NLMP 4.2.2.1.2, that of "Password".
	for password, want := range map[string]string{
		"":         "31d6cfe0d16ae931b73c59d7e0c089c0",
		"Password": "a4f49c406510bdcab6824ee7c30fd852",
	} {
		h := ClearText(password).NTHash()
		assert.Equal(t, want, hex.EncodeToString(h[:]))
	}
}

func TestPasswordsAndHashesDoNotPrint(t *testing.T) {
	const text = "S3cret!pass"
	c := ClearText(text)
	h := c.NTHash()
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("attempt", "password", c, "hash", h)
	js, err := json.Marshal(map[string]any{"password": c, "hash": h})
	require.NoError(t, err)
	for _, out := range []string{
		c.String(), h.String(), log.String(), string(js),
		fmt.Sprintf("%v %+v %#v %s %x %q %d", c, c, c, c, c, c, c), fmt.Sprintf("%v %+v %#v %s %x %q %d", h, h, h, h, h, h, h),
		fmt.Sprintf("%v %+v", PasswordWrite{New: c}, erin()),
	} {
		assert.NotContains(t, out, text)
		assert.NotContains(t, out, "83 51")
		assert.NotContains(t, out, hex.EncodeToString(h[:]))
		assert.Contains(t, out, redacted)
	}
}

func TestEveryUnicodePwdIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "password")
		var value []byte
		for _, u := range utf16.Encode([]rune("\"" + text + "\"")) {
			value = append(value, byte(u), byte(u>>8))
		}
		c, err := ParseUnicodePwd(value)
		require.NoError(t, err)
		assert.True(t, ClearText(text).Equal(c))
		assert.Equal(t, ClearText(text).NTHash(), c.NTHash())
	})
}

func FuzzParseUnicodePwd(f *testing.F) {
	f.Add([]byte("\"\x00a\x00\"\x00"))
	f.Add([]byte("\"\x00\x00\xd8\"\x00"))
	f.Add([]byte("\"\x00"))
	f.Fuzz(func(t *testing.T, value []byte) {
		c, err := ParseUnicodePwd(value)
		if err != nil {
			return
		}
		assert.Equal(t, len(value), 2*c.Len()+4)
		assert.LessOrEqual(t, c.Characters(), c.Len())
	})
}

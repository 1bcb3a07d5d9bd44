package device_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/device"
)

// RFC 6238 appendix B: the last six digits at 59 seconds, and of SHA-256.
func TestATokenShowsTheCodesOfItsSecret(t *testing.T) {
	now := time.Unix(59, 0)
	tokens := device.NewTokens(func() time.Time { return now })
	require.NoError(t, tokens.Make(device.Token{Serial: "B-2"}, "otpauth://totp/x:b?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"))
	require.NoError(t, tokens.Make(device.Token{Serial: "a-1", Model: "Key"}, "otpauth://totp/x:a?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA&algorithm=SHA256"))
	codes := tokens.Codes()
	require.Len(t, codes, 2)
	assert.Equal(t, "a-1", codes[0].Serial, "by serial number")
	assert.Equal(t, "119246", codes[0].Code)
	assert.Equal(t, "287082", codes[1].Code)
	assert.Equal(t, 1, codes[1].SecondsLeft)

	code, ok := tokens.Code(" b-2 ")
	require.True(t, ok)
	assert.Equal(t, "287082", code.Code)
	_, ok = tokens.Code("C-3")
	assert.False(t, ok)

	require.True(t, tokens.SetDrift("B-2", -59*time.Second))
	slow, _ := tokens.Code("B-2")
	now = time.Unix(0, 0)
	require.True(t, tokens.SetDrift("B-2", 0))
	then, _ := tokens.Code("B-2")
	assert.Equal(t, then.Code, slow.Code, "its clock is a minute behind")
	assert.False(t, tokens.SetDrift("C-3", time.Second))
}

func TestTokensTellOfChanges(t *testing.T) {
	tokens := device.NewTokens(time.Now)
	before := tokens.AwaitChange(over(t), 1)
	require.NoError(t, tokens.Make(device.Token{Serial: "1"}, "otpauth://totp/x:b?secret=GEZDGNBVGY3TQOJQ"))
	assert.NotEqual(t, before, tokens.AwaitChange(over(t), 1))
	assert.Error(t, tokens.Make(device.Token{Serial: "1"}, "otpauth://hotp/x:b?secret=GEZDGNBVGY3TQOJQ"))
}

// over is a context that has ended: nothing is waited for.
func over(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

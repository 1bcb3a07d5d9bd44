package hashsync_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/hashsync"
	"github.com/ssprlab/ssprlab/internal/secret"
)

var nine = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func TestCyclesBeginWithEvenMinutes(t *testing.T) {
	for now, want := range map[time.Duration]time.Duration{
		0: 0, 1: 0, 2*time.Minute - 1: 0, 2 * time.Minute: 2 * time.Minute, 3 * time.Minute: 2 * time.Minute, -1: -2 * time.Minute,
	} {
		assert.Equal(t, nine.Add(want), hashsync.Cycle(nine.Add(now)), "%s", now)
	}
}

func TestTemporaryPasswordsAreForTenantsThatTakeThem(t *testing.T) {
	for _, c := range []struct {
		temporary, force bool
		want             hashsync.Status
		mustChange       bool
	}{
		{false, false, hashsync.Success, false},
		{false, true, hashsync.Success, false},
		{true, false, hashsync.FilteredByTarget, false},
		{true, true, hashsync.Success, true},
	} {
		status, mustChange := hashsync.Judge(hashsync.Account{MustChange: c.temporary}, c.force)
		assert.Equal(t, c.want, status, "%+v", c)
		assert.Equal(t, c.mustChange, mustChange, "%+v", c)
	}
}

func TestAHashDoesNotPrint(t *testing.T) {
	a := hashsync.Account{DN: "CN=Ann", Hash: hashsync.NewHash([16]byte{0xab, 0xcd})}
	text, err := json.Marshal(a)
	require.NoError(t, err)
	for _, shown := range []string{fmt.Sprintf("%v %+v %#v %x", a, a, a, a.Hash), string(text), a.Hash.LogValue().String()} {
		assert.Contains(t, shown, secret.Redacted)
		assert.NotContains(t, shown, "171")
		assert.NotContains(t, shown, "abcd")
	}
}

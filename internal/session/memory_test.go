package session_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/session"
)

type visit struct {
	ID          string
	Began, Ends time.Time
}

var errNone = errors.New("no visit")

func visits() *session.Memory[visit] {
	return session.NewMemory(
		func(v *visit) *string { return &v.ID },
		func(old, v visit) bool { return old.Ends.Before(v.Began) },
		errNone)
}

// The rest of the contract is proved through the services' own stores.
func TestWhatIsOverIsForgottenWhenAnotherBegins(t *testing.T) {
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	m := visits()
	require.NoError(t, m.Create(t.Context(), visit{ID: "a", Began: start, Ends: start.Add(time.Minute)}))
	require.NoError(t, m.Create(t.Context(), visit{ID: "b", Began: start.Add(time.Minute), Ends: start.Add(time.Hour)}))
	_, err := m.Get(t.Context(), "a")
	require.NoError(t, err, "it ends in this very moment")

	require.NoError(t, m.Create(t.Context(), visit{ID: "c", Began: start.Add(2 * time.Minute), Ends: start.Add(time.Hour)}))
	_, err = m.Get(t.Context(), "a")
	require.ErrorIs(t, err, errNone)
	_, err = m.Get(t.Context(), "b")
	require.NoError(t, err)
}

func TestADeletedSessionIsGone(t *testing.T) {
	m := visits()
	require.NoError(t, m.Create(t.Context(), visit{ID: "a"}))
	require.NoError(t, m.Rename(t.Context(), "a", "b"))
	require.ErrorIs(t, m.Delete(t.Context(), "a"), errNone)
	require.NoError(t, m.Delete(t.Context(), "b"))
	_, err := m.Get(t.Context(), "b")
	assert.ErrorIs(t, err, errNone)
}

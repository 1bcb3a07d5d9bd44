package resettest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
)

// Sessions runs the suite on the store that open returns; every call of open
// gives an empty one.
func Sessions(t *testing.T, open func(t *testing.T) reset.SessionStore) {
	t.Helper()
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	alice := reset.Session{
		ID: "a", CorrelationID: "c", UserID: "alice@northlight.example", PersonID: "p", Operation: policy.Reset,
		Started: start, Expires: start.Add(15 * time.Minute), Step: reset.StepVerify, Gates: 2,
		Passed: []policy.Method{policy.AppCode},
	}

	t.Run("what was stored comes back", func(t *testing.T) {
		store := open(t)
		require.NoError(t, store.Create(t.Context(), alice))
		got, err := store.Get(t.Context(), "a")
		require.NoError(t, err)
		assert.Equal(t, alice, got)
	})
	t.Run("an unknown session is said to be unknown", func(t *testing.T) {
		store := open(t)
		_, err := store.Get(t.Context(), "nobody")
		require.ErrorIs(t, err, reset.ErrNoSession)
		require.ErrorIs(t, store.Update(t.Context(), "nobody", func(s reset.Session) (reset.Session, error) { return s, nil }), reset.ErrNoSession)
		require.ErrorIs(t, store.Rename(t.Context(), "nobody", "b"), reset.ErrNoSession)
	})
	t.Run("a refused update changes nothing and gives its error back", func(t *testing.T) {
		store := open(t)
		require.NoError(t, store.Create(t.Context(), alice))
		no := errors.New("no")
		err := store.Update(t.Context(), "a", func(s reset.Session) (reset.Session, error) {
			s.Step = reset.StepDone
			return s, no
		})
		require.ErrorIs(t, err, no)
		got, err := store.Get(t.Context(), "a")
		require.NoError(t, err)
		assert.Equal(t, reset.StepVerify, got.Step)
	})
	t.Run("a renamed session is found under its new ID only", func(t *testing.T) {
		store := open(t)
		require.NoError(t, store.Create(t.Context(), alice))
		require.NoError(t, store.Rename(t.Context(), "a", "b"))
		_, err := store.Get(t.Context(), "a")
		require.ErrorIs(t, err, reset.ErrNoSession)
		got, err := store.Get(t.Context(), "b")
		require.NoError(t, err)
		assert.Equal(t, "b", got.ID)
		assert.Equal(t, alice.CorrelationID, got.CorrelationID)
	})
	t.Run("of many claims at once one wins", func(t *testing.T) {
		store := open(t)
		require.NoError(t, store.Create(t.Context(), alice))
		var won atomic.Int32
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				err := store.Update(t.Context(), "a", func(s reset.Session) (reset.Session, error) {
					if s.Claim != "" {
						return s, errors.New("taken")
					}
					s.Claim = "password"
					return s, nil
				})
				if err == nil {
					won.Add(1)
				}
			})
		}
		all.Wait()
		assert.EqualValues(t, 1, won.Load())
	})
}

package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/store"
)

func open(t testing.TB, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), dir)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return s
}

func object(n int, rdn string) directory.Change {
	return directory.Change{
		GUID: [16]byte{byte(n), byte(n >> 8)}, USN: 9000, Last: true, RDNType: "CN", RDN: rdn, Descriptor: []byte{1}, Classes: []string{"top"},
		Time: time.Unix(1, 0).UTC(), Created: time.Unix(1, 0).UTC(), Attributes: map[string][]string{"description": {"\xff\x00"}},
	}
}

// crash is what the disk holds at this moment, as a process that is killed
// leaves it.
func crash(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "crashed")
	require.NoError(t, os.Mkdir(to, 0o700))
	require.NoError(t, os.CopyFS(to, os.DirFS(dir)))
	return to
}

func names(t *testing.T, s *store.Store) []string {
	t.Helper()
	changes, err := s.Changes(t.Context())
	require.NoError(t, err)
	var out []string
	for _, c := range changes {
		out = append(out, c.RDN)
	}
	return out
}

func TestWhatWasFlushedSurvivesACrash(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "lab")
	s := open(t, dir)
	require.NoError(t, s.Commit(object(1, "first")))
	require.NoError(t, s.Commit(object(2, "other")))
	require.NoError(t, s.Put("clock", []byte("9")))
	require.NoError(t, s.Flush())
	require.NoError(t, s.Commit(object(1, "second")))
	require.NoError(t, s.Put("clock", []byte("10")))
	require.NoError(t, s.Flush())

	after := open(t, crash(t, dir))
	assert.ElementsMatch(t, []string{"second", "other"}, names(t, after), "the last state of each")
	facts, err := after.Facts(t.Context())
	require.NoError(t, err)
	assert.Equal(t, map[string][]byte{"clock": []byte("10")}, facts)
}

func TestAnOperationIsKeptAsAWhole(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lab")
	s := open(t, dir)
	first, last := object(1, "deleted"), object(2, "group without it")
	first.Last = false
	require.NoError(t, s.Commit(first))
	require.NoError(t, s.Put("clock", nil))
	require.NoError(t, s.Flush())
	assert.Empty(t, names(t, open(t, crash(t, dir))), "half of an operation is none")
	require.NoError(t, s.Commit(last))
	require.NoError(t, s.Flush())
	assert.ElementsMatch(t, []string{"deleted", "group without it"}, names(t, open(t, crash(t, dir))))
}

func TestCloseWritesWhatIsLeft(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o700))
	s, err := store.Open(t.Context(), dir)
	require.NoError(t, err)
	require.NoError(t, s.Commit(object(1, "a")))
	require.NoError(t, s.Close())
	require.NoError(t, s.Close(), "closing twice is no mistake")
	assert.Error(t, s.Commit(object(1, "late")))
	assert.Equal(t, []string{"a"}, names(t, open(t, dir)))
}

func TestManyWaitForTheirOwnChange(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lab")
	s := open(t, dir)
	var all sync.WaitGroup
	for n := range 50 {
		all.Go(func() {
			for round := range 5 {
				assert.NoError(t, s.Commit(object(n, fmt.Sprintf("%d-%d", n, round))))
				assert.NoError(t, s.Flush())
			}
		})
	}
	all.Wait()
	got := names(t, open(t, crash(t, dir)))
	require.Len(t, got, 50)
	for _, name := range got {
		assert.True(t, strings.HasSuffix(name, "-4"), name)
	}
}

func TestClearForgets(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "lab"))
	require.NoError(t, s.Commit(object(1, "a")))
	require.NoError(t, s.Put("x", nil))
	require.NoError(t, s.Flush())
	require.NoError(t, s.Clear(t.Context()))
	assert.Empty(t, names(t, s))
	facts, err := s.Facts(t.Context())
	require.NoError(t, err)
	assert.Empty(t, facts)
}

func TestOpenSaysWhatToDo(t *testing.T) {
	cases := map[string]struct {
		prepare func(t *testing.T, dir string)
		text    string
	}{
		"others may read the directory": {func(t *testing.T, dir string) { require.NoError(t, os.Mkdir(dir, 0o755)) }, "chmod 700"},
		"it is a file":                  {func(t *testing.T, dir string) { require.NoError(t, os.WriteFile(dir, nil, 0o600)) }, "is no directory"},
		"another program uses it":       {func(t *testing.T, dir string) { open(t, dir) }, "another program uses it"},
		"the file is no database": {func(t *testing.T, dir string) {
			require.NoError(t, os.Mkdir(dir, 0o700))
			require.NoError(t, os.WriteFile(filepath.Join(dir, "lab.db"), []byte(strings.Repeat("no database ", 1000)), 0o600))
		}, "damaged"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "lab")
			c.prepare(t, dir)
			_, err := store.Open(t.Context(), dir)
			assert.ErrorContains(t, err, c.text)
		})
	}
}

func BenchmarkCommit(b *testing.B) {
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprintf("%d", writers), func(b *testing.B) {
			s := open(b, filepath.Join(b.TempDir(), "lab"))
			b.SetParallelism(max(writers/2, 1))
			b.RunParallel(func(pb *testing.PB) {
				for n := 0; pb.Next(); n++ {
					if s.Commit(object(n, "a")) != nil || s.Flush() != nil {
						b.Fail()
					}
				}
			})
		})
	}
}

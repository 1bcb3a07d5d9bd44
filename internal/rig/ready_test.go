package rig

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAReadyFileTellsWhereEverythingIs(t *testing.T) {
	name := filepath.Join(t.TempDir(), "ready.json")
	want := Ready{
		Portal: "http://127.0.0.1:8080", LDAP: "ldap://127.0.0.1:10389", LDAPS: "ldaps://127.0.0.1:10636", SMTP: "127.0.0.1:10025",
		GC: "ldap://127.0.0.1:13268", GCS: "ldaps://127.0.0.1:13269",
		CA: "ca.pem", ControlToken: "a token", Lab: "demo", BaseDN: "DC=corp", BindDN: "svc", BindPasswordFile: "p", RelaySecretFile: "s",
	}
	require.NoError(t, want.write(name))
	got, err := ReadReady(name)
	require.NoError(t, err)
	assert.Equal(t, want, got)
	info, err := os.Stat(name)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode(), "it holds the token")
}

// Whoever finds the file may read it at once: it never is there in part.
func TestAReadyFileAppearsWhole(t *testing.T) {
	folder := t.TempDir()
	name := filepath.Join(folder, "ready.json")
	require.NoError(t, Ready{Lab: "0"}.write(name))
	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for range 50 {
				assert.NoError(t, Ready{Lab: "another", Portal: "http://127.0.0.1:8080"}.write(name))
			}
		})
	}
	for range 500 {
		r, err := ReadReady(name)
		require.NoError(t, err)
		require.NotEmpty(t, r.Lab)
	}
	writers.Wait()
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Len(t, left, 1, "nothing is left beside it")
}

func TestReadyFilesThatCannotBe(t *testing.T) {
	folder := t.TempDir()
	broken := filepath.Join(folder, "broken.json")
	require.NoError(t, os.WriteFile(broken, []byte("{"), 0o600))
	_, err := ReadReady(broken)
	require.ErrorContains(t, err, broken)
	_, err = ReadReady(filepath.Join(folder, "none.json"))
	require.ErrorIs(t, err, os.ErrNotExist)

	require.ErrorContains(t, Ready{}.write(filepath.Join(folder, "nowhere", "ready.json")), "nowhere")
	require.Error(t, Ready{}.write(folder), "a folder of that name")
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Len(t, left, 1, "a failure leaves nothing behind")
}

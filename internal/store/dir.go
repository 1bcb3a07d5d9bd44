package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// prepare makes the directory, or checks that nobody else may read it: it holds
// hashes of passwords and the key of a CA.
func prepare(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("making the directory: %w: make it yourself, or name another", err)
		}
	case err != nil:
		return err
	case !info.IsDir():
		return errors.New("is no directory: name one, it is made if it is missing")
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("others may read it (mode %04o), and it holds secrets: chmod 700 %s", info.Mode().Perm(), dir)
	}
	// SQLite would let everybody read its files; those beside this one follow it.
	file, err := os.OpenFile(filepath.Join(dir, fileName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("%w: check the permissions of the directory and its files", err)
	}
	return file.Close()
}

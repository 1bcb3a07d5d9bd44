package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver
)

// fileName is the database inside the directory.
const fileName = "lab.db"

// layout is the version of the tables, in the file's user_version.
const layout = 1

const tables = `
CREATE TABLE objects (guid BLOB PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
PRAGMA user_version = 1;`

// open opens or makes the database. It is this process's alone while it is
// open, and a commit is on the disk when it returns: write-ahead log,
// synchronous FULL (SQLite documentation, "PRAGMA synchronous").
func open(ctx context.Context, dir string) (*sql.DB, error) {
	options := url.Values{"_pragma": {"busy_timeout(100)", "locking_mode(EXCLUSIVE)", "journal_mode(WAL)", "synchronous(FULL)"}}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.Join(dir, fileName)}).EscapedPath(), RawQuery: options.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	db.SetMaxIdleConns(1)
	if err := migrate(ctx, db); err != nil {
		return nil, errors.Join(explain(err), db.Close())
	}
	return db, nil
}

func migrate(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to undo
	var version int
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	switch version {
	case layout:
		// Writing at once takes the lock, rather than at the first change.
		_, err = tx.ExecContext(ctx, "DELETE FROM facts WHERE name = ''")
	case 0:
		_, err = tx.ExecContext(ctx, tables)
	default:
		err = fmt.Errorf("%s has layout %d, this program knows %d: use the program that made it, or name another directory", fileName, version, layout)
	}
	if err != nil {
		return err
	}
	return tx.Commit()
}

// explain adds the remedy to errors of the driver.
func explain(err error) error {
	switch text := err.Error(); {
	case strings.Contains(text, "SQLITE_BUSY"), strings.Contains(text, "database is locked"):
		return fmt.Errorf("another program uses it: end that, or name another directory (%w)", err)
	case strings.Contains(text, "SQLITE_CANTOPEN"), strings.Contains(text, "SQLITE_READONLY"), strings.Contains(text, "unable to open"):
		return fmt.Errorf("%s cannot be written: check the permissions of the directory and its files (%w)", fileName, err)
	case strings.Contains(text, "SQLITE_NOTADB"), strings.Contains(text, "not a database"), strings.Contains(text, "malformed"):
		return fmt.Errorf("%s is damaged, or no database: restore a copy, or name another directory (%w)", fileName, err)
	}
	return err
}

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"sync"

	"github.com/ssprlab/ssprlab/internal/directory"
)

// A Store is an open directory of files. What is given to Commit and Put is
// written by one goroutine, everything that has gathered meanwhile in one
// transaction, so that many operations share one fsync. It is safe for
// concurrent use.
type Store struct {
	db   *sql.DB
	wake chan struct{}
	done chan struct{}

	mu      sync.Mutex
	moved   *sync.Cond          // durable, failed
	begun   map[[16]byte][]byte // objects of an operation of which more are to come
	next    batch
	given   uint64 // how many things were given
	durable uint64 // how many of them are on the disk
	failed  error  // nothing is taken any more
	closing bool
}

// A batch is what will be written together: the last state of each thing.
type batch struct {
	objects map[[16]byte][]byte
	facts   map[string][]byte
	number  uint64 // how many things were given up to here
}

// errClosed refuses what comes after Close.
var errClosed = errors.New("the store is closed")

// Open opens a directory, which is made if it is missing. Errors say what to do;
// the caller adds the name of the flag.
func Open(ctx context.Context, dir string) (*Store, error) {
	if err := prepare(dir); err != nil {
		return nil, err
	}
	db, err := open(ctx, dir)
	if err != nil {
		return nil, err
	}
	s := &Store{db: db, wake: make(chan struct{}, 1), done: make(chan struct{})}
	s.moved = sync.NewCond(&s.mu)
	go s.write(context.WithoutCancel(ctx))
	return s, nil
}

// Commit takes the new state of an object of the directory. It does not wait:
// it is called while the directory is locked, one operation at a time. What one
// operation changes is written together, when its last change has come. See
// [directory.ForestConfig].
func (s *Store) Commit(c directory.Change) error {
	var body []byte // nil: nothing has to be kept of it
	if !c.Forgettable() {
		body = appendChange(make([]byte, 0, 1024), &c)
	}
	if !c.Last {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.begun == nil {
			s.begun = map[[16]byte][]byte{}
		}
		s.begun[c.GUID] = body
		return s.failed
	}
	return s.give(func(b *batch) {
		if b.objects == nil {
			b.objects = map[[16]byte][]byte{}
		}
		maps.Copy(b.objects, s.begun)
		clear(s.begun)
		b.objects[c.GUID] = body
	})
}

// Put takes a fact. It does not wait.
func (s *Store) Put(name string, value []byte) error {
	return s.give(func(b *batch) {
		if b.facts == nil {
			b.facts = map[string][]byte{}
		}
		b.facts[name] = append([]byte{}, value...)
	})
}

func (s *Store) give(add func(*batch)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		return s.failed
	}
	if s.closing {
		return errClosed
	}
	add(&s.next)
	s.given++
	s.next.number = s.given
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return nil
}

// Flush returns when everything that was given before is on the disk.
func (s *Store) Flush() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for want := s.given; s.durable < want; {
		if s.failed != nil {
			return s.failed
		}
		s.moved.Wait()
	}
	return nil
}

// Failed reports why nothing is taken any more, or nil.
func (s *Store) Failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

// write runs until Close.
func (s *Store) write(ctx context.Context) {
	defer close(s.done)
	for range s.wake {
		s.mu.Lock()
		b := s.next
		s.next = batch{}
		s.mu.Unlock()
		if b.number == 0 {
			continue
		}
		err := s.save(ctx, b)
		s.mu.Lock()
		if err != nil {
			s.failed = fmt.Errorf("keeping changes: %w", explain(err))
		} else {
			s.durable = b.number
		}
		s.moved.Broadcast()
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// save writes a batch in one transaction.
func (s *Store) save(ctx context.Context, b batch) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to undo
	if len(b.objects) > 0 {
		put, err := tx.PrepareContext(ctx, "INSERT INTO objects (guid, body) VALUES (?, ?) ON CONFLICT (guid) DO UPDATE SET body = excluded.body")
		if err != nil {
			return err
		}
		for guid, body := range b.objects {
			if body == nil {
				_, err = tx.ExecContext(ctx, "DELETE FROM objects WHERE guid = ?", guid[:])
			} else {
				_, err = put.ExecContext(ctx, guid[:], body)
			}
			if err != nil {
				return err
			}
		}
	}
	if len(b.facts) > 0 {
		put, err := tx.PrepareContext(ctx, "INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
		if err != nil {
			return err
		}
		for name, value := range b.facts {
			if _, err := put.ExecContext(ctx, name, value); err != nil {
				return err
			}
		}
	}
	return tx.Commit()
}

// Close writes what is left and closes the files.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		return nil
	}
	s.closing = true
	close(s.wake) // give has stopped sending
	s.mu.Unlock()
	<-s.done
	err := s.Failed()
	if b := s.next; err == nil && b.number > 0 {
		err = s.save(context.Background(), b)
	}
	return errors.Join(err, s.db.Close())
}

// Facts returns every fact that is on the disk.
func (s *Store) Facts(ctx context.Context) (map[string][]byte, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT name, value FROM facts")
	if err != nil {
		return nil, fmt.Errorf("reading facts: %w", explain(err))
	}
	defer rows.Close()
	all := map[string][]byte{}
	for rows.Next() {
		var name string
		var value []byte
		if err := rows.Scan(&name, &value); err != nil {
			return nil, fmt.Errorf("reading facts: %w", explain(err))
		}
		all[name] = value
	}
	return all, rows.Err()
}

// Changes returns the last state of every object that is on the disk, for
// [directory.Forest.Apply].
func (s *Store) Changes(ctx context.Context) ([]directory.Change, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT body FROM objects")
	if err != nil {
		return nil, fmt.Errorf("reading objects: %w", explain(err))
	}
	defer rows.Close()
	var all []directory.Change
	for rows.Next() {
		var body []byte
		if err := rows.Scan(&body); err != nil {
			return nil, fmt.Errorf("reading objects: %w", explain(err))
		}
		c, err := parseChange(body)
		if err != nil {
			return nil, fmt.Errorf("reading object %d: %w: restore a copy of the directory", len(all)+1, err)
		}
		all = append(all, c)
	}
	return all, rows.Err()
}

// Clear forgets everything, for a first start that was cut short.
func (s *Store) Clear(ctx context.Context) error {
	for _, table := range []string{"objects", "facts"} {
		if _, err := s.db.ExecContext(ctx, "DELETE FROM "+table); err != nil {
			return fmt.Errorf("clearing %s: %w", table, explain(err))
		}
	}
	return nil
}

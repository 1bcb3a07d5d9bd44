package journal

import (
	"context"
	"time"
)

// A Journal keeps the records of one lab. It is safe for concurrent use.
type Journal struct{ now func() time.Time }

// New returns an empty journal that stamps records with now.
func New(now func() time.Time) *Journal { return &Journal{now: now} }

// Append adds r with the next number and, unless it has one, the time.
func (j *Journal) Append(r Record) Record { panic("stub") }

// A Query selects records. Zero fields select all.
type Query struct {
	Channel       Channel
	CorrelationID string
	After         int64 // only records with a larger Seq
	Limit         int
}

// Records returns the records that q selects, oldest first.
func (j *Journal) Records(q Query) []Record { panic("stub") }

// Wait returns as Records does, waiting until there is at least one record or
// ctx ends; then it returns what there is, possibly nothing.
func (j *Journal) Wait(ctx context.Context, q Query) []Record { panic("stub") }

// StartAttempt opens a decision record. CorrelationID must be set and new.
func (j *Journal) StartAttempt(a Attempt) { panic("stub") }

// UpdateAttempt changes a decision record. It is a no-op for an unknown ID.
func (j *Journal) UpdateAttempt(correlationID string, change func(*Attempt)) { panic("stub") }

// Attempt returns a copy of a decision record, with Events filled in from the
// records that carry its correlation ID.
func (j *Journal) Attempt(correlationID string) (Attempt, bool) { panic("stub") }

// Attempts returns copies of all decision records, newest first.
func (j *Journal) Attempts() []Attempt { panic("stub") }

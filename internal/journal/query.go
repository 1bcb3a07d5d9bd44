package journal

import (
	"context"
	"sort"
)

// A Query selects records. Zero fields select all.
type Query struct {
	Channel       Channel
	CorrelationID string
	After         int64 // only records with a larger Seq
	Limit         int   // at most so many, the oldest ones; 0 for no limit
}

// Records returns the records that q selects, oldest first.
func (j *Journal) Records(q Query) []Record {
	j.mu.RLock()
	defer j.mu.RUnlock()
	return j.find(q)
}

// Wait returns as Records does, waiting until there is at least one record or
// ctx ends; then it returns what there is, possibly nothing.
func (j *Journal) Wait(ctx context.Context, q Query) []Record {
	for {
		found, grown := j.findOrListen(q)
		if len(found) > 0 {
			return found
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return j.Records(q)
		}
	}
}

// findOrListen looks and, when there is nothing, subscribes under the same
// lock, so that no record slips in between.
func (j *Journal) findOrListen(q Query) ([]Record, <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if found := j.find(q); len(found) > 0 {
		return found, nil
	}
	if j.grown == nil {
		j.grown = make(chan struct{})
	}
	return nil, j.grown
}

// find walks the narrowest index that q allows. The caller holds a lock.
func (j *Journal) find(q Query) []Record {
	after := int(max(q.After, 0))
	found := []Record{}
	take := func(at int) (more bool) {
		r := j.records[at]
		if q.Channel != "" && r.Channel != q.Channel || q.CorrelationID != "" && r.CorrelationID != q.CorrelationID {
			return true
		}
		found = append(found, cloneRecord(r))
		return q.Limit <= 0 || len(found) < q.Limit
	}

	var index []int
	switch {
	case q.CorrelationID != "":
		index = j.byID[q.CorrelationID]
	case q.Channel != "":
		index = j.byChannel[q.Channel]
	default:
		more := true
		for at := after; more && at < len(j.records); at++ {
			more = take(at)
		}
		return found
	}
	// The record with Seq s sits at s-1, so "after s" begins at s.
	for _, at := range index[sort.SearchInts(index, after):] {
		if !take(at) {
			break
		}
	}
	return found
}

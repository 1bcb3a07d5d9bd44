package journal

import (
	"context"
	"iter"
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

// find merges the logs that q allows, or takes the index. The caller holds a
// lock.
func (j *Journal) find(q Query) []Record {
	found := []Record{}
	for e := range merge(j.lists(q)) {
		if q.Channel != "" && e.kind.channel != q.Channel {
			continue
		}
		if found = append(found, e.record()); len(found) == q.Limit {
			break
		}
	}
	return found
}

// lists are the shortest lists that hold what q selects, each oldest first.
func (j *Journal) lists(q Query) (lists [][]*entry) {
	if q.CorrelationID != "" {
		return [][]*entry{after(j.byID[q.CorrelationID], q.After)}
	}
	for _, l := range j.inOrder {
		if q.Channel == "" || l.channel == q.Channel {
			lists = append(lists, l.after(q.After))
		}
	}
	return lists
}

// merge brings lists together, oldest first.
func merge(lists [][]*entry) iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		for {
			oldest := -1
			for i, list := range lists {
				if len(list) > 0 && (oldest < 0 || list[0].seq < lists[oldest][0].seq) {
					oldest = i
				}
			}
			if oldest < 0 || !yield(lists[oldest][0]) {
				return
			}
			lists[oldest] = lists[oldest][1:]
		}
	}
}

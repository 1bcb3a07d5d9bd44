package journal

import (
	"cmp"
	"fmt"
	"slices"
)

// StartAttempt opens a decision record. CorrelationID must be set and new: an
// attempt that is already there stays as it is, because a record of what
// happened is never overwritten. Without Started it begins now; without an
// Outcome it is Open.
func (j *Journal) StartAttempt(a Attempt) {
	a = cloneAttempt(a)
	a.Events = nil // read from the records
	if a.Started.IsZero() {
		a.Started = j.now()
	}
	if a.Outcome == "" {
		a.Outcome = Open
	}

	j.mu.Lock()
	defer j.mu.Unlock()
	if _, there := j.attempts[a.CorrelationID]; there || a.CorrelationID == "" {
		return
	}
	j.attempts[a.CorrelationID] = &a
	j.order = append(j.order, a.CorrelationID)
}

// UpdateAttempt changes a decision record. It is a no-op for an unknown ID.
// change runs under the journal's lock: it must not call the journal.
func (j *Journal) UpdateAttempt(correlationID string, change func(*Attempt)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	a, ok := j.attempts[correlationID]
	if !ok {
		return
	}
	next := cloneAttempt(*a)
	change(&next)
	next.CorrelationID, next.Events = correlationID, a.Events
	kept := cloneAttempt(next) // change may have kept next, or a slice it put in
	j.attempts[correlationID] = &kept
}

// Attempt returns a copy of a decision record, with Events filled in from the
// records that carry its correlation ID.
func (j *Journal) Attempt(correlationID string) (Attempt, bool) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	if _, ok := j.attempts[correlationID]; !ok {
		return Attempt{}, false
	}
	return j.attempt(correlationID), true
}

// Attempts returns copies of all decision records, newest first.
func (j *Journal) Attempts() []Attempt {
	j.mu.RLock()
	defer j.mu.RUnlock()
	all := make([]Attempt, 0, len(j.order))
	for i := len(j.order) - 1; i >= 0; i-- {
		all = append(all, j.attempt(j.order[i]))
	}
	return all
}

// attempt is a copy with its events, those that were overwritten in their log
// too. The caller holds a lock.
func (j *Journal) attempt(correlationID string) Attempt {
	a := cloneAttempt(*j.attempts[correlationID])
	for _, e := range j.byID[correlationID] {
		a.Events = append(a.Events, refTo(e.record()))
	}
	slices.SortFunc(a.Events, func(x, y EventRef) int { return cmp.Compare(x.Seq, y.Seq) })
	return a
}

func refTo(r Record) EventRef {
	ref := EventRef{Seq: r.Seq, Channel: r.Channel}
	switch {
	case r.Audit != nil:
		ref.Text = fmt.Sprintf("%s: %s (%s)", r.Audit.ActivityDisplayName, r.Audit.ResultReason, r.Audit.Result)
	case r.Event != nil:
		ref.ID, ref.Text = r.Event.ID, r.Event.Provider
		if r.Event.Name != "" {
			ref.Text += ": " + r.Event.Name
		}
	case r.SignIn != nil:
		ref.ID, ref.Text = r.SignIn.ErrorCode, r.SignIn.App
		if r.SignIn.Reason != "" {
			ref.Text += ": " + r.SignIn.Reason
		}
	}
	return ref
}

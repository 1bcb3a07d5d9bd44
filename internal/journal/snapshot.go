package journal

// A Snapshot is everything a journal knows, as plain data.
type Snapshot struct {
	Records  []Record  `json:"records"`  // oldest first
	Attempts []Attempt `json:"attempts"` // oldest first; of their events, those that no record tells any more
}

// Snapshot returns a copy of everything.
func (j *Journal) Snapshot() Snapshot {
	j.mu.RLock()
	defer j.mu.RUnlock()
	s := Snapshot{Records: j.find(Query{}), Attempts: make([]Attempt, 0, len(j.order))}
	for _, id := range j.order {
		s.Attempts = append(s.Attempts, cloneAttempt(*j.attempts[id]))
	}
	return s
}

// Restore replaces everything by s. Records keep their numbers; one that is out
// of order gets the next. Whoever waits looks again.
func (j *Journal) Restore(s Snapshot) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.empty()
	for _, r := range s.Records {
		r.Seq = max(r.Seq, j.last+1)
		j.add(r)
	}
	for _, a := range s.Attempts {
		a = cloneAttempt(a)
		j.attempts[a.CorrelationID] = &a
		j.order = append(j.order, a.CorrelationID)
	}
	j.wake()
}

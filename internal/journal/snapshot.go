package journal

// A Snapshot is everything a journal knows, as plain data.
type Snapshot struct {
	Records  []Record  `json:"records"`  // oldest first
	Attempts []Attempt `json:"attempts"` // oldest first
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

// Restore replaces everything by s. Records are numbered anew from 1, which
// changes nothing for a snapshot that a journal made. Whoever waits looks again.
func (j *Journal) Restore(s Snapshot) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.records, j.byChannel, j.byID = nil, map[Channel][]int{}, map[string][]int{}
	j.attempts, j.order = map[string]*Attempt{}, nil
	for i, r := range s.Records {
		r = cloneRecord(r)
		r.Seq = int64(i) + 1
		j.add(r)
	}
	for _, a := range s.Attempts {
		a = cloneAttempt(a)
		a.Events = nil // read from the records
		j.attempts[a.CorrelationID] = &a
		j.order = append(j.order, a.CorrelationID)
	}
	if j.grown != nil {
		close(j.grown)
		j.grown = nil
	}
}

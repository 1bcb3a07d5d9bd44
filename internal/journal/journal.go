package journal

import (
	"fmt"
	"sync"
	"time"
)

// A Journal keeps the records and the decision records of one lab in memory,
// for as long as the lab lives. It is safe for concurrent use; what goes in and
// what comes out are copies, so nobody can rewrite what happened.
type Journal struct {
	now func() time.Time

	mu        sync.RWMutex
	records   []Record // records[i].Seq == i+1
	byChannel map[Channel][]int
	byID      map[string][]int // correlation ID to indexes of records
	attempts  map[string]*Attempt
	order     []string      // correlation IDs of attempts, oldest first
	grown     chan struct{} // closed by the next Append; nil while nobody waits
}

// New returns an empty journal that stamps records with now.
func New(now func() time.Time) *Journal {
	return &Journal{
		now:       now,
		byChannel: map[Channel][]int{},
		byID:      map[string][]int{},
		attempts:  map[string]*Attempt{},
	}
}

// Append adds r with the next number and, unless it has them, the time and the
// ID of an audit record. It returns r as it was stored.
func (j *Journal) Append(r Record) Record {
	r = cloneRecord(r)
	if r.Time.IsZero() {
		r.Time = j.now() // before the lock: the clock is somebody else's code
	}

	j.mu.Lock()
	defer j.mu.Unlock()
	r.Seq = int64(len(j.records)) + 1
	if r.Audit != nil && r.Audit.ID == "" {
		r.Audit.ID = auditID(r.Audit.LoggedByService, r.CorrelationID, r.Seq)
	}
	j.add(r)
	if j.grown != nil {
		close(j.grown)
		j.grown = nil
	}
	return cloneRecord(r)
}

// add stores r and its index entries. The caller holds the lock.
func (j *Journal) add(r Record) {
	at := len(j.records)
	j.records = append(j.records, r)
	j.byChannel[r.Channel] = append(j.byChannel[r.Channel], at)
	if r.CorrelationID != "" {
		j.byID[r.CorrelationID] = append(j.byID[r.CorrelationID], at)
	}
}

// auditID has the form of the samples of audit records (SSPR reference 12.4):
// the service's short name, the correlation ID, the machine and a number.
func auditID(service, correlationID string, seq int64) string {
	short := "SSPR"
	switch service {
	case ServiceCoreDirectory:
		short = "Directory"
	case ServiceAuthenticationMethods:
		short = "AuthMethods"
	}
	return fmt.Sprintf("%s_%s_EMU01_%06d", short, correlationID, seq)
}

package journal

import (
	"fmt"
	"sync"
	"time"
)

// A Journal keeps the records and the decision records of one lab in memory,
// for as long as the lab lives. It is safe for concurrent use; what goes in and
// what comes out are copies, so nobody can rewrite what happened.
//
// The logs of Windows have a maximum size, and overwrite their oldest events as
// needed. Numbers of records go on: what was overwritten leaves a gap.
type Journal struct {
	now func() time.Time

	mu       sync.RWMutex
	last     int64 // Seq of the newest record
	logs     map[logName]*log
	inOrder  []*log // of their first records
	kinds    map[kindName]*kind
	byID     map[string][]*entry // by correlation ID, oldest first
	attempts map[string]*Attempt
	order    []string      // correlation IDs of attempts, oldest first
	grown    chan struct{} // closed by the next record; nil while nobody waits
}

// New returns an empty journal that stamps records with now.
func New(now func() time.Time) *Journal {
	j := &Journal{now: now}
	j.empty()
	return j
}

func (j *Journal) empty() {
	j.last, j.logs, j.inOrder, j.kinds = 0, map[logName]*log{}, nil, map[kindName]*kind{}
	j.byID, j.attempts, j.order = map[string][]*entry{}, map[string]*Attempt{}, nil
}

// Append adds r with the next number and, unless it has them, the time and the
// ID of an audit record. It returns r as it was stored.
func (j *Journal) Append(r Record) Record {
	if r.Time.IsZero() {
		r.Time = j.now() // before the lock: the clock is somebody else's code
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	r.Seq = j.last + 1
	if r.Audit != nil && r.Audit.ID == "" {
		a := *r.Audit
		a.ID = auditID(a.LoggedByService, r.CorrelationID, r.Seq)
		r.Audit = &a
	}
	e, l := j.add(r)
	j.overwrite(l)
	j.wake()
	return e.record()
}

// LogSecurity adds an event of the Security log of a computer, with its data in
// order. A maxSize above 0 is how many bytes that log may have. Nothing is
// handed back, so an event costs what is kept of it.
func (j *Journal) LogSecurity(at time.Time, e Event, data Data, maxSize int64) {
	values := pack(data)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last++
	l := j.put(&entry{seq: j.last, time: at, kind: j.kindOf(Security, &e, data), values: values})
	if maxSize > 0 {
		l.maxSize = maxSize
	}
	j.overwrite(l)
	j.wake()
}

// Last is the number of the newest record, 0 of none.
func (j *Journal) Last() int64 {
	j.mu.RLock()
	defer j.mu.RUnlock()
	return j.last
}

// add stores r under its number. The caller holds the lock.
func (j *Journal) add(r Record) (*entry, *log) {
	j.last = r.Seq
	e := &entry{seq: r.Seq, time: r.Time}
	m := more{correlationID: r.CorrelationID, audit: cloneAudit(r.Audit), signIn: cloneSignIn(r.SignIn)}
	if r.Event != nil {
		data := dataOf(r.Event.Data)
		e.values, e.kind = pack(data), j.kindOf(r.Channel, r.Event, data)
		if r.Event.Message != securityText(r.Channel, r.Event) {
			m.message = r.Event.Message
		}
	} else {
		e.kind = j.kindOf(r.Channel, nil, Data{})
	}
	if m != (more{}) {
		e.more = &m
	}
	return e, j.put(e)
}

// put stores a record and its index entry. The caller holds the lock.
func (j *Journal) put(e *entry) *log {
	name := logName{e.kind.channel, e.kind.computer}
	l := j.logs[name]
	if l == nil {
		l = &log{channel: e.kind.channel, maxSize: defaultSize(e.kind.channel)}
		j.logs[name], j.inOrder = l, append(j.inOrder, l)
	}
	l.add(e)
	if id := e.correlationID(); id != "" {
		j.byID[id] = append(j.byID[id], e)
	}
	return l
}

// overwrite makes room for the newest record of a log. The caller holds the
// lock.
func (j *Journal) overwrite(l *log) {
	for l.full() {
		j.forget(l.shift())
	}
}

// forget takes an overwritten record out of the index. A decision record keeps
// what it says of it.
func (j *Journal) forget(e *entry) {
	id := e.correlationID()
	if id == "" {
		return
	}
	if left := without(j.byID[id], e); len(left) > 0 {
		j.byID[id] = left
	} else {
		delete(j.byID, id)
	}
	if a, ok := j.attempts[id]; ok {
		a.Events = append(a.Events, refTo(e.record()))
	}
}

func without(list []*entry, gone *entry) []*entry {
	left := make([]*entry, 0, len(list)-1)
	for _, e := range list {
		if e != gone {
			left = append(left, e)
		}
	}
	return left
}

// wake lets whoever waits look again. The caller holds the lock.
func (j *Journal) wake() {
	if j.grown != nil {
		close(j.grown)
		j.grown = nil
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

package journal

import (
	"encoding/binary"
	"time"
)

// An entry is a record as it is kept: small, and never changed. Logs are mostly
// events of few kinds, so what all of a kind have in common is kept once, and
// the values of an event's data are one string.
type entry struct {
	seq    int64
	time   time.Time
	kind   *kind
	values string // packed
	more   *more  // nil: nothing of it
}

// more is what most events do not have.
type more struct {
	correlationID string
	message       string // unless it is what text makes of the event
	audit         *AuditRecord
	signIn        *SignInRecord
}

// A kind is what records of one kind have in common.
type kind struct {
	kindName
	keys []string // of the data
}

type kindName struct {
	channel            Channel
	event              bool
	computer, provider string
	id                 int
	level, name        string
}

// kindOf finds the kind of an event with data, or of another record. The caller
// holds the lock.
func (j *Journal) kindOf(channel Channel, e *Event, data Data) *kind {
	name := kindName{channel: channel}
	if e != nil {
		name = kindName{channel, true, e.Computer, e.Provider, e.ID, e.Level, e.Name}
	}
	if k := j.kinds[name]; k != nil && k.has(data) {
		return k
	}
	k := &kind{kindName: name}
	for i := range data.Len {
		key, _ := data.At(i)
		k.keys = append(k.keys, key)
	}
	j.kinds[name] = k // one with other keys lives on in its records
	return k
}

// has reports whether the keys of data are those of the kind.
func (k *kind) has(data Data) bool {
	if data.Len != len(k.keys) {
		return false
	}
	for i, have := range k.keys {
		if key, _ := data.At(i); key != have {
			return false
		}
	}
	return true
}

// pack writes the values one after another, each after its length.
func pack(data Data) string {
	var room [1024]byte
	packed := room[:0]
	for i := range data.Len {
		_, value := data.At(i)
		packed = append(binary.AppendUvarint(packed, uint64(len(value))), value...)
	}
	return string(packed)
}

// unpack gives the values their keys back.
func (e *entry) unpack() []KeyValue {
	if len(e.kind.keys) == 0 {
		return nil
	}
	list, rest := make([]KeyValue, len(e.kind.keys)), e.values
	for i, key := range e.kind.keys {
		n, width := uvarint(rest)
		list[i] = KeyValue{Key: key, Value: rest[width : width+n]}
		rest = rest[width+n:]
	}
	return list
}

// uvarint reads a length and how many bytes it took.
func uvarint(s string) (n, width int) {
	for shift := 0; ; shift += 7 {
		b := s[width]
		width++
		n |= int(b&0x7f) << shift
		if b < 0x80 {
			return n, width
		}
	}
}

// record is a copy of the entry for somebody else.
func (e *entry) record() Record {
	r := Record{Seq: e.seq, Time: e.time, Channel: e.kind.channel, CorrelationID: e.correlationID()}
	if k := e.kind; k.event {
		r.Event = &Event{Computer: k.computer, Provider: k.provider, ID: k.id, Level: k.level, Name: k.name, Data: e.unpack()}
		r.Event.Message = securityText(r.Channel, r.Event)
	}
	if m := e.more; m != nil {
		r.Audit, r.SignIn = cloneAudit(m.audit), cloneSignIn(m.signIn)
		if m.message != "" {
			r.Event.Message = m.message
		}
	}
	return r
}

func (e *entry) correlationID() string {
	if e.more == nil {
		return ""
	}
	return e.more.correlationID
}

// securityText is the message of an event of a Security log: its title and whom
// it is about. It is made when somebody reads.
func securityText(channel Channel, e *Event) string {
	if channel != Security || e.Name == "" {
		return ""
	}
	for _, d := range e.Data {
		if d.Key == "TargetUserName" {
			return e.Name + ": " + d.Value
		}
	}
	return e.Name
}

// A Data is the data of an event, in order, wherever it lies.
type Data struct {
	Len int
	At  func(i int) (key, value string)
}

func dataOf(list []KeyValue) Data {
	return Data{len(list), func(i int) (key, value string) { return list[i].Key, list[i].Value }}
}

package journal

import "sort"

// DefaultMaxSize is how many bytes a log of Windows may have unless it is told
// otherwise: 20 MB (policy "Specify the maximum log file size (KB)").
const DefaultMaxSize = 20480 << 10

// defaultSize is 0, no limit, for the logs of the cloud: Entra keeps them by
// age, not by size, and a lab as long as it lives.
func defaultSize(c Channel) int64 {
	switch c {
	case Application, Security, DCAgent:
		return DefaultMaxSize
	}
	return 0
}

// A logName names a log: each computer has its own.
type logName struct {
	channel  Channel
	computer string // "" in the cloud
}

// A log is the records of one log, oldest first. When it is full, each new
// record overwrites the oldest ones ("Overwrite events as needed", EventLogMode
// Circular).
type log struct {
	channel Channel
	entries []*entry // those before first are gone
	first   int
	size    int64 // bytes in memory
	maxSize int64 // 0: no limit
}

// overhead is what a record takes beside its texts: itself, what it has beside
// its data, and its place in the log, to the nearest round number.
const overhead = 128

func (e *entry) size() int64 {
	n := overhead + len(e.values)
	if e.more != nil {
		n += len(e.more.correlationID) + len(e.more.message)
	}
	return int64(n)
}

func (l *log) add(e *entry) {
	l.entries = append(l.entries, e)
	l.size += e.size()
}

// full reports whether there is too much. The newest record always stays.
func (l *log) full() bool {
	return l.maxSize > 0 && l.size > l.maxSize && len(l.entries)-l.first > 1
}

// shift takes the oldest record out.
func (l *log) shift() *entry {
	e := l.entries[l.first]
	l.entries[l.first] = nil
	l.first++
	l.size -= e.size()
	if l.first > len(l.entries)/2 {
		n := copy(l.entries, l.entries[l.first:])
		clear(l.entries[n:])
		l.entries, l.first = l.entries[:n], 0
	}
	return e
}

// after returns the records with a larger number.
func (l *log) after(seq int64) []*entry { return after(l.entries[l.first:], seq) }

func after(list []*entry, seq int64) []*entry {
	return list[sort.Search(len(list), func(i int) bool { return list[i].seq > seq }):]
}

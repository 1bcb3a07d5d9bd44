package device

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Mail is a message as it lies in a mailbox.
type Mail struct {
	Seq       int64     `json:"seq"` // 1, 2, 3 … over all addresses
	Received  time.Time `json:"received"`
	To        string    `json:"to"`       // the address whose mailbox this is
	Envelope  []string  `json:"envelope"` // all recipients of the message
	Sender    string    `json:"sender"`   // of the envelope
	From      string    `json:"from"`     // header field, as a mail program shows it
	Subject   string    `json:"subject"`
	MessageID string    `json:"messageId,omitempty"`
	Text      string    `json:"text"`
	HTML      string    `json:"html,omitempty"`
	Code      string    `json:"code,omitempty"` // the verification code found in the text
	Raw       []byte    `json:"-"`              // as it came over SMTP
	// Problem says why a message could not be read; Text then holds it raw.
	Problem string `json:"problem,omitempty"`

	octets int // memory it takes; 0 for the further recipients of a message
}

// What a Mailbox keeps: the newest mails, up to both limits.
const (
	DefaultMailLimit = 10_000
	MaxMailboxBytes  = 64 << 20
)

// A Mailbox keeps the mail of every address of a lab. It is safe for concurrent
// use and must not be copied.
type Mailbox struct {
	now   func() time.Time
	limit int
	bell  bell

	mu     sync.RWMutex
	seq    int64
	octets int              // of all mails
	mails  []Mail           // oldest first
	of     map[string][]int // lower-case address to indexes of mails
}

// NewMailbox returns an empty mailbox that keeps at most limit mails; 0 means
// DefaultMailLimit.
func NewMailbox(now func() time.Time, limit int) *Mailbox {
	if limit <= 0 {
		limit = DefaultMailLimit
	}
	return &Mailbox{now: now, limit: limit, of: map[string][]int{}}
}

// Deliver puts a message in the mailbox of each recipient.
func (b *Mailbox) Deliver(sender string, recipients []string, raw []byte) {
	m := parseMail(raw)
	m.Received, m.Sender, m.Envelope = b.now(), sender, slices.Clone(recipients)
	m.octets = len(m.Raw) + len(m.Text) + len(m.HTML)

	b.mu.Lock()
	for _, to := range recipients {
		b.seq++
		m.Seq, m.To = b.seq, to
		b.index(m, len(b.mails))
		b.mails = append(b.mails, m)
		b.octets += m.octets
		m.octets = 0
	}
	b.trim()
	b.mu.Unlock()
	b.bell.ring()
}

func (b *Mailbox) index(m Mail, at int) {
	key := strings.ToLower(m.To)
	b.of[key] = append(b.of[key], at)
}

// trim forgets the oldest mails when there is too much, a tenth at a time so
// that it is cheap. The caller holds the lock.
func (b *Mailbox) trim() {
	if len(b.mails) <= b.limit && b.octets <= MaxMailboxBytes {
		return
	}
	drop, octets := 0, b.octets
	for len(b.mails)-drop > b.limit-b.limit/10 || octets > MaxMailboxBytes-MaxMailboxBytes/10 {
		octets -= b.mails[drop].octets
		drop++
	}
	b.replace(slices.Clone(b.mails[drop:]))
}

// replace makes mails all there is. The caller holds the lock.
func (b *Mailbox) replace(mails []Mail) {
	b.mails, b.octets, b.of = mails, 0, map[string][]int{}
	for at, m := range mails {
		b.index(m, at)
		b.octets += m.octets
	}
}

// Last is the Seq of the newest mail of all, 0 before the first.
func (b *Mailbox) Last() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.seq
}

// List returns the mail of an address, whatever its case, or all mail for "",
// oldest first, with a Seq larger than after.
func (b *Mailbox) List(to string, after int64) []Mail {
	b.mu.RLock()
	defer b.mu.RUnlock()
	list := []Mail{}
	if to == "" {
		from, _ := b.search(after + 1)
		for _, m := range b.mails[from:] {
			list = append(list, m.clone())
		}
		return list
	}
	for _, at := range b.of[strings.ToLower(to)] {
		if m := b.mails[at]; m.Seq > after {
			list = append(list, m.clone())
		}
	}
	return list
}

// Addresses lists the addresses that have mail, sorted.
func (b *Mailbox) Addresses() []string {
	b.mu.RLock()
	defer b.mu.RUnlock()
	list := make([]string, 0, len(b.of))
	for a := range b.of {
		list = append(list, a)
	}
	slices.Sort(list)
	return list
}

// Wait returns as List does, waiting until there is at least one mail or ctx
// ends.
func (b *Mailbox) Wait(ctx context.Context, to string, after int64) []Mail {
	return awaitSome(ctx, &b.bell, func() []Mail { return b.List(to, after) })
}

// Watch yields mail as it arrives, beginning after a Seq, until ctx ends.
func (b *Mailbox) Watch(ctx context.Context, to string, after int64) iter.Seq[Mail] {
	return func(yield func(Mail) bool) {
		for ctx.Err() == nil {
			for _, m := range b.Wait(ctx, to, after) {
				if !yield(m) {
					return
				}
				after = m.Seq
			}
		}
	}
}

// Get returns one mail.
func (b *Mailbox) Get(seq int64) (Mail, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	at, found := b.search(seq)
	if !found {
		return Mail{}, false
	}
	return b.mails[at].clone(), true
}

// search finds the first mail with a Seq of at least seq. The caller holds a
// lock.
func (b *Mailbox) search(seq int64) (at int, found bool) {
	return slices.BinarySearchFunc(b.mails, seq, func(m Mail, seq int64) int { return cmp.Compare(m.Seq, seq) })
}

// Changed is closed at the next delivery, or when mail is thrown away.
func (b *Mailbox) Changed() <-chan struct{} { return b.bell.listen() }

// AwaitChange waits until the number of changes is another than after, or ctx
// ends, and returns it: 0 before the first one.
func (b *Mailbox) AwaitChange(ctx context.Context, after uint64) uint64 {
	return b.bell.await(ctx, after)
}

// Clear empties the mailbox of an address, or all for "".
func (b *Mailbox) Clear(to string) {
	b.mu.Lock()
	b.replace(slices.DeleteFunc(slices.Clone(b.mails), func(m Mail) bool { return to == "" || strings.EqualFold(m.To, to) }))
	b.mu.Unlock()
	b.bell.ring()
}

func (m Mail) clone() Mail {
	m.Envelope, m.Raw = slices.Clone(m.Envelope), slices.Clone(m.Raw)
	return m
}

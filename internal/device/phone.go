package device

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// RingTime is how long a phone rings, and a push stays on the screen, on the
// lab's clock, until it counts as refused.
const RingTime = time.Minute

const maxPerPhone = 200

// A Text is a text message on a phone.
type Text struct {
	Seq      int64     `json:"seq"`
	Received time.Time `json:"received"`
	Number   string    `json:"number"`
	Body     string    `json:"body"`
	Code     string    `json:"code,omitempty"`
}

// A CallState says how a call stands.
type CallState string

// The states of a call.
const (
	Ringing   CallState = "ringing"
	Confirmed CallState = "confirmed" // answered with #
	HungUp    CallState = "hungUp"
	Missed    CallState = "missed" // rang for RingTime
)

// A Call is a call to a phone.
type Call struct {
	Seq    int64     `json:"seq"`
	ID     string    `json:"id"`
	Began  time.Time `json:"began"`
	Number string    `json:"number"`
	State  CallState `json:"state"`
}

// ErrNotRinging means that a call is over, or that there never was one.
var ErrNotRinging = errors.New("this call is not ringing")

// ErrWrongKey means that another key than # was pressed; the call goes on.
var ErrWrongKey = errors.New("press # to confirm")

// Phones is every phone of a lab, told apart by the digits of their numbers. It
// is safe for concurrent use and must not be copied.
type Phones struct {
	now  func() time.Time
	bell bell

	mu    sync.RWMutex
	seq   int64
	texts map[string][]Text // by digits
	calls map[string][]*Call
	byID  map[string]*Call
}

// NewPhones returns phones that nobody has called yet.
func NewPhones(now func() time.Time) *Phones {
	return &Phones{now: now, texts: map[string][]Text{}, calls: map[string][]*Call{}, byID: map[string]*Call{}}
}

// digits is what tells numbers apart: "+1 4251234567" and "+14251234567" are
// one phone, and so is "+1 4251234567x12345", whose extension is dropped before
// dialling (phone options, concept-authentication-phone-options).
func digits(number string) string {
	number, _, _ = strings.Cut(strings.ToLower(number), "x")
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, number)
}

// Text delivers a code by text message, in the language of locale.
func (p *Phones) Text(number string, code secret.Text, locale string) {
	p.mu.Lock()
	p.seq++
	key := digits(number)
	p.texts[key] = lastOf(append(p.texts[key], Text{
		Seq: p.seq, Received: p.now(), Number: number, Code: code.Reveal(),
		Body: smsText(code, locale),
	}))
	p.mu.Unlock()
	p.bell.ring()
}

// Call lets a phone ring.
func (p *Phones) Call(number, id, _ string) {
	p.mu.Lock()
	p.seq++
	key := digits(number)
	c := &Call{Seq: p.seq, ID: id, Began: p.now(), Number: number, State: Ringing}
	p.byID[id] = c
	p.calls[key] = append(p.calls[key], c)
	if old := len(p.calls[key]) - maxPerPhone; old > 0 {
		for _, c := range p.calls[key][:old] {
			delete(p.byID, c.ID)
		}
		p.calls[key] = slices.Clone(p.calls[key][old:])
	}
	p.mu.Unlock()
	p.bell.ring()
}

// Texts returns the text messages of a phone, oldest first, with a Seq larger
// than after.
func (p *Phones) Texts(number string, after int64) []Text {
	p.mu.RLock()
	defer p.mu.RUnlock()
	list := []Text{}
	for _, t := range p.texts[digits(number)] {
		if t.Seq > after {
			list = append(list, t)
		}
	}
	return list
}

// Calls returns the calls to a phone, oldest first, with a Seq larger than
// after.
func (p *Phones) Calls(number string, after int64) []Call {
	p.mu.RLock()
	defer p.mu.RUnlock()
	list := []Call{}
	for _, c := range p.calls[digits(number)] {
		if c.Seq > after {
			list = append(list, p.seen(*c))
		}
	}
	return list
}

// Numbers lists the phones that were reached, by their digits, sorted.
func (p *Phones) Numbers() []string {
	p.mu.RLock()
	defer p.mu.RUnlock()
	var list []string
	for n := range p.texts {
		list = append(list, n)
	}
	for n := range p.calls {
		list = append(list, n)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// WaitText returns as Texts does, waiting until there is one or ctx ends.
func (p *Phones) WaitText(ctx context.Context, number string, after int64) []Text {
	return awaitSome(ctx, &p.bell, func() []Text { return p.Texts(number, after) })
}

// WaitCall returns as Calls does, waiting until there is one or ctx ends.
func (p *Phones) WaitCall(ctx context.Context, number string, after int64) []Call {
	return awaitSome(ctx, &p.bell, func() []Call { return p.Calls(number, after) })
}

// Changed is closed at the next text, call, or answer to a call.
func (p *Phones) Changed() <-chan struct{} { return p.bell.listen() }

// AwaitChange waits until the number of changes is another than after, or ctx
// ends, and returns it: 0 before the first one.
func (p *Phones) AwaitChange(ctx context.Context, after uint64) uint64 {
	return p.bell.await(ctx, after)
}

// Press presses a key during a call: # confirms, any other key is ErrWrongKey.
// Error ErrNotRinging when the call is over.
func (p *Phones) Press(callID, key string) error {
	if key != "#" {
		return ErrWrongKey
	}
	return p.end(callID, Confirmed)
}

// HangUp ends a call without confirming.
func (p *Phones) HangUp(callID string) error { return p.end(callID, HungUp) }

func (p *Phones) end(callID string, state CallState) error {
	p.mu.Lock()
	c := p.byID[callID]
	if c == nil || p.seen(*c).State != Ringing {
		p.mu.Unlock()
		return ErrNotRinging
	}
	c.State = state
	p.mu.Unlock()
	p.bell.ring()
	return nil
}

// seen is a call as it looks now: one that rang too long was missed.
func (p *Phones) seen(c Call) Call {
	if c.State == Ringing && p.now().Sub(c.Began) >= RingTime {
		c.State = Missed
	}
	return c
}

// Answer is how a call was answered, for the proof that made it.
func (p *Phones) Answer(callID string) challenge.Verdict {
	p.mu.RLock()
	defer p.mu.RUnlock()
	c := p.byID[callID]
	if c == nil {
		return challenge.Waiting
	}
	switch p.seen(*c).State {
	case Confirmed:
		return challenge.Right
	case HungUp, Missed:
		return challenge.Denied
	}
	return challenge.Waiting
}

func lastOf[T any](list []T) []T {
	if old := len(list) - maxPerPhone; old > 0 {
		return slices.Clone(list[old:])
	}
	return list
}

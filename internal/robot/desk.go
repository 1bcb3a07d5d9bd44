package robot

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/opentype"

	"github.com/ssprlab/ssprlab/internal/chance"
)

// Life is how long a challenge may be answered, in the lab's time.
const Life = 10 * time.Minute

// limit bounds the challenges that a desk remembers; the oldest leave first.
const limit = 10_000

// A Form is a way to ask.
type Form string

// The forms.
const (
	Picture  Form = "picture"  // characters in a distorted picture
	Question Form = "question" // a small sum in words, needs no sight
)

// A Challenge is one question, without its answer.
type Challenge struct {
	ID        string
	Form      Form
	Sum       Sum // Question only
	ExpiresAt time.Time
}

// A Verdict is the outcome of an answer.
type Verdict string

// The verdicts.
const (
	Right   Verdict = "right"
	Wrong   Verdict = "wrong"
	Expired Verdict = "expired" // too late, answered before, or never asked
)

// A Desk hands out challenges and checks their answers. It is safe for
// concurrent use.
type Desk struct {
	now  func() time.Time
	next func(kind string) io.Reader
	face *opentype.Font

	mu    sync.Mutex
	open  map[string]*asked
	order []string // IDs by age, for forgetting
}

// asked is a challenge that waits for its answer.
type asked struct {
	Challenge
	answer string
	stream io.Reader // of the drawing
	png    []byte    // once drawn
}

// NewDesk returns a desk that takes the time from now and its chance from next,
// usually the Next method of the lab's chance.Source. The error is a fault of the
// embedded font.
func NewDesk(now func() time.Time, next func(kind string) io.Reader) (*Desk, error) {
	face, err := opentype.Parse(gobold.TTF)
	if err != nil {
		return nil, fmt.Errorf("reading the embedded font of the robot check: %w", err)
	}
	return &Desk{now: now, next: next, face: face, open: map[string]*asked{}}, nil
}

// Ask opens a challenge. A form that is not [Question] is [Picture].
func (d *Desk) Ask(form Form) Challenge {
	stream := d.next("robot")
	a := &asked{stream: stream}
	a.ID, a.ExpiresAt = chance.GUID(stream), d.now().Add(Life)
	switch form {
	case Question:
		a.Form = Question
		a.Sum = drawSum(stream)
		a.answer = strconv.Itoa(a.Sum.result())
	default:
		a.Form = Picture
		a.answer = drawText(stream)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forget()
	d.open[a.ID] = a
	d.order = append(d.order, a.ID)
	return a.Challenge
}

// forget drops what expired, and the oldest of too many. The lock is held.
func (d *Desk) forget() {
	now := d.now()
	for len(d.order) > 0 {
		a, ok := d.open[d.order[0]]
		if ok && now.Before(a.ExpiresAt) && len(d.open) < limit {
			return
		}
		delete(d.open, d.order[0])
		d.order = d.order[1:]
	}
}

// Check answers a challenge. Whatever the verdict, the challenge is spent.
func (d *Desk) Check(id, answer string) Verdict {
	d.mu.Lock()
	defer d.mu.Unlock()
	a, ok := d.open[id]
	if !ok {
		return Expired
	}
	delete(d.open, id)
	switch {
	case !d.now().Before(a.ExpiresAt):
		return Expired
	case !strings.EqualFold(strings.Join(strings.Fields(answer), ""), a.answer):
		return Wrong
	}
	return Right
}

// Answer tells the answer of an open challenge, for the control API. ok is false
// when the challenge was spent, expired or never asked.
func (d *Desk) Answer(id string) (answer string, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a, ok := d.open[id]
	if !ok || !d.now().Before(a.ExpiresAt) {
		return "", false
	}
	return a.answer, true
}

// Image returns the picture of an open challenge as PNG. ok is false for a
// challenge that was spent, expired, never asked, or is no picture.
func (d *Desk) Image(id string) (png []byte, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a, ok := d.open[id]
	if !ok || a.Form != Picture || !d.now().Before(a.ExpiresAt) {
		return nil, false
	}
	if a.png == nil {
		a.png = d.draw(a.answer, a.stream)
	}
	return a.png, true
}

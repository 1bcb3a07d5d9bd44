package device

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/ssprlab/ssprlab/internal/challenge"
)

// A PushState says how a notification stands.
type PushState string

// The states of a push.
const (
	Pending     PushState = "pending"
	Approved    PushState = "approved"
	Denied      PushState = "denied"
	WrongNumber PushState = "wrongNumber" // approved with another number than the one shown
	Lapsed      PushState = "lapsed"      // nobody answered within RingTime
)

// A Push is a notification on a person's phone. It does not tell the number
// that the sign-in page shows: the person has to read it there.
type Push struct {
	Seq         int64     `json:"seq"`
	ID          string    `json:"id"`
	User        string    `json:"user"`
	Sent        time.Time `json:"sent"`
	NumberMatch bool      `json:"numberMatch"` // asks for the number on the page
	State       PushState `json:"state"`
	number      int
}

// ErrNotPending means that a push is over, or that there never was one.
var ErrNotPending = errors.New("this notification is not pending")

// ErrWrongNumber means that the number entered is not the one shown on the
// page. The push is over: the real app gives no second try.
var ErrWrongNumber = errors.New("the number does not match the one on the page")

// Push shows a notification in the person's app. number is 0 without number
// matching.
func (a *Authenticator) Push(user, id string, number int) {
	a.mu.Lock()
	a.seq++
	key := strings.ToLower(user)
	p := &Push{Seq: a.seq, ID: id, User: user, Sent: a.now(), NumberMatch: number != 0, State: Pending, number: number}
	a.byID[id] = p
	a.pushes[key] = append(a.pushes[key], p)
	if old := len(a.pushes[key]) - maxPerPhone; old > 0 {
		for _, p := range a.pushes[key][:old] {
			delete(a.byID, p.ID)
		}
		a.pushes[key] = slices.Clone(a.pushes[key][old:])
	}
	a.mu.Unlock()
	a.bell.ring()
}

// Pushes returns a person's notifications, or everybody's for "", oldest first,
// with a Seq larger than after.
func (a *Authenticator) Pushes(user string, after int64) []Push {
	a.mu.RLock()
	defer a.mu.RUnlock()
	list := []Push{}
	for owner, pushes := range a.pushes {
		if user != "" && owner != strings.ToLower(user) {
			continue
		}
		for _, p := range pushes {
			if p.Seq > after {
				list = append(list, a.seen(*p))
			}
		}
	}
	slices.SortFunc(list, func(p, q Push) int { return cmp.Compare(p.Seq, q.Seq) })
	return list
}

// Pending returns the notifications that wait for an answer.
func (a *Authenticator) Pending(user string) []Push {
	return slices.DeleteFunc(a.Pushes(user, 0), func(p Push) bool { return p.State != Pending })
}

// WaitPush returns the pending notifications, waiting until there is one or
// ctx ends.
func (a *Authenticator) WaitPush(ctx context.Context, user string) []Push {
	return awaitSome(ctx, &a.bell, func() []Push { return a.Pending(user) })
}

// Approve answers yes. number is what the person read on the page; it counts
// only for a push that asks for it. Errors: ErrNotPending, ErrWrongNumber.
func (a *Authenticator) Approve(id string, number int) error {
	return a.answer(id, func(p *Push) error {
		if p.NumberMatch && number != p.number {
			p.State = WrongNumber
			return ErrWrongNumber
		}
		p.State = Approved
		return nil
	})
}

// Deny answers no. Error ErrNotPending.
func (a *Authenticator) Deny(id string) error {
	return a.answer(id, func(p *Push) error {
		p.State = Denied
		return nil
	})
}

func (a *Authenticator) answer(id string, decide func(*Push) error) error {
	a.mu.Lock()
	p := a.byID[id]
	if p == nil || a.seen(*p).State != Pending {
		a.mu.Unlock()
		return ErrNotPending
	}
	err := decide(p)
	a.mu.Unlock()
	a.bell.ring()
	return err
}

// PushAnswer is how a push was answered, for the proof that sent it.
func (a *Authenticator) PushAnswer(id string) challenge.Verdict {
	a.mu.RLock()
	defer a.mu.RUnlock()
	p := a.byID[id]
	if p == nil {
		return challenge.Waiting
	}
	switch a.seen(*p).State {
	case Approved:
		return challenge.Right
	case Denied, WrongNumber, Lapsed:
		return challenge.Denied
	}
	return challenge.Waiting
}

// seen is a push as it looks now: one that nobody answered has lapsed.
func (a *Authenticator) seen(p Push) Push {
	if p.State == Pending && a.now().Sub(p.Sent) >= RingTime {
		p.State = Lapsed
	}
	return p
}

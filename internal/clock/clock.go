package clock

import (
	"sync"
	"time"
)

// A Clock tells a lab's time: the base clock plus an offset, or a fixed instant
// while frozen. It is safe for concurrent use.
type Clock struct {
	base func() time.Time

	mu     sync.RWMutex
	offset time.Duration
	frozen bool
	at     time.Time
	moved  []func(now time.Time)
}

// State is what the control API shows of a clock.
type State struct {
	Now    time.Time     `json:"now"`
	Frozen bool          `json:"frozen"`
	Offset time.Duration `json:"offset"`
}

// New returns a clock that follows base, usually time.Now.
func New(base func() time.Time) *Clock { return &Clock{base: base} }

// Now returns the lab's time in UTC.
func (c *Clock) Now() time.Time {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	if c.frozen {
		return c.at
	}
	return c.base().UTC().Add(c.offset)
}

// Set moves the clock to t, forwards or back. A frozen clock stays frozen.
func (c *Clock) Set(t time.Time) {
	c.move(func() { c.at, c.offset = t.UTC(), t.Sub(c.base()) })
}

// Advance moves the clock by d, which may be negative.
func (c *Clock) Advance(d time.Duration) {
	c.move(func() { c.at, c.offset = c.at.Add(d), c.offset+d })
}

// OnMove has told called after each move, for what happens by the clock while
// nobody looks. It may read the clock.
func (c *Clock) OnMove(told func(now time.Time)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moved = append(c.moved, told)
}

func (c *Clock) move(change func()) {
	c.mu.Lock()
	change()
	now, told := c.now(), c.moved
	c.mu.Unlock()
	for _, tell := range told {
		tell(now)
	}
}

// Freeze stops the clock where it is.
func (c *Clock) Freeze() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.frozen = c.now(), true
}

// Thaw lets the clock run on from where it stands.
func (c *Clock) Thaw() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.frozen {
		c.offset, c.frozen = c.at.Sub(c.base()), false
	}
}

// State reports time, offset to the base clock, and whether the clock stands.
func (c *Clock) State() State {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.frozen {
		return State{Now: c.at, Frozen: true, Offset: c.at.Sub(c.base())}
	}
	return State{Now: c.now(), Offset: c.offset}
}

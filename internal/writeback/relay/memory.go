package relay

import (
	"context"
	"sync"
)

// Memory is a relay within one process. The zero value is ready to use. It
// keeps no goroutine of its own, so a thousand idle relays cost nothing.
type Memory struct {
	mu        sync.Mutex
	listeners map[string][]*listener
	watchers  map[*watcher]struct{}
	turn      int
	cause     error // not nil while the relay is broken
}

var _ Relay = (*Memory)(nil)

type listener struct {
	of     *Memory
	topic  string
	group  string
	handle Handler
	ctx    context.Context // ends with the subscription
	cancel context.CancelFunc
}

type watcher struct {
	of      *Memory
	changed func(bool, error)
}

// Request implements [Relay]. The handler runs in a goroutine of its own, so
// that the one who asks can stop waiting.
func (m *Memory) Request(ctx context.Context, subject string, frame []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l, err := m.pick(subject)
	if err != nil {
		return nil, err
	}
	frame = append([]byte(nil), frame...) // as a wire would: nobody shares memory
	answers := make(chan []byte, 1)
	go func() {
		if answer := l.handle(l.ctx, frame); answer != nil {
			answers <- answer
		}
	}()
	select {
	case a := <-answers:
		return a, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// pick chooses the next listener of a subject in turn.
func (m *Memory) pick(subject string) (*listener, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cause != nil {
		return nil, ErrDown
	}
	of := m.listeners[subject]
	if len(of) == 0 {
		return nil, ErrNobody
	}
	m.turn++
	return of[m.turn%len(of)], nil
}

// Publish implements [Relay]. The handlers have run when it returns.
func (m *Memory) Publish(ctx context.Context, subject string, frame []byte) error {
	m.mu.Lock()
	if m.cause != nil {
		m.mu.Unlock()
		return ErrDown
	}
	m.turn++
	var to []*listener
	groups := map[string][]*listener{}
	for _, l := range m.listeners[subject] {
		if l.group == "" {
			to = append(to, l)
			continue
		}
		groups[l.group] = append(groups[l.group], l)
	}
	for _, members := range groups {
		to = append(to, members[m.turn%len(members)])
	}
	m.mu.Unlock()
	for _, l := range to {
		l.handle(l.ctx, append([]byte(nil), frame...))
	}
	return ctx.Err()
}

// Listen implements [Relay].
func (m *Memory) Listen(subject, group string, handle Handler) (Subscription, error) {
	ctx, cancel := context.WithCancel(context.Background())
	l := &listener{of: m, topic: subject, group: group, handle: handle, ctx: ctx, cancel: cancel}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.listeners == nil {
		m.listeners = map[string][]*listener{}
	}
	m.listeners[subject] = append(m.listeners[subject], l)
	return l, nil
}

func (l *listener) Close() {
	l.cancel()
	l.of.mu.Lock()
	defer l.of.mu.Unlock()
	var rest []*listener
	for _, other := range l.of.listeners[l.topic] {
		if other != l {
			rest = append(rest, other)
		}
	}
	if rest == nil {
		delete(l.of.listeners, l.topic)
		return
	}
	l.of.listeners[l.topic] = rest
}

// Watch implements [Relay].
func (m *Memory) Watch(changed func(up bool, cause error)) Subscription {
	w := &watcher{m, changed}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.watchers == nil {
		m.watchers = map[*watcher]struct{}{}
	}
	m.watchers[w] = struct{}{}
	return w
}

func (w *watcher) Close() {
	w.of.mu.Lock()
	defer w.of.mu.Unlock()
	delete(w.of.watchers, w)
}

// Break takes the relay away, as a blocked port or an outage does, until
// [Memory.Mend]. Requests under way still get their answers.
func (m *Memory) Break(cause error) { m.change(cause) }

// Mend brings a broken relay back.
func (m *Memory) Mend() { m.change(nil) }

func (m *Memory) change(cause error) {
	m.mu.Lock()
	same := (m.cause == nil) == (cause == nil)
	m.cause = cause
	var tell []func(bool, error)
	for w := range m.watchers {
		tell = append(tell, w.changed)
	}
	m.mu.Unlock()
	if same {
		return
	}
	for _, f := range tell {
		f(cause == nil, cause)
	}
}

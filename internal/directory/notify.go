package directory

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// watchers are the notification searches that wait for changes.
type watchers struct {
	mu    sync.Mutex
	list  []*watcher
	count atomic.Int32
}

type watcher struct {
	wake    chan struct{}
	mu      sync.Mutex
	changed []*node
}

func (w *watchers) any() bool { return w.count.Load() > 0 }

func (w *watchers) add() *watcher {
	one := &watcher{wake: make(chan struct{}, 1)}
	w.mu.Lock()
	w.list = append(w.list, one)
	w.mu.Unlock()
	w.count.Add(1)
	return one
}

func (w *watchers) remove(one *watcher) {
	w.mu.Lock()
	w.list = slices.DeleteFunc(w.list, func(x *watcher) bool { return x == one })
	w.mu.Unlock()
	w.count.Add(-1)
}

// tell notes a change for everybody who waits.
func (w *watchers) tell(n *node) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, one := range w.list {
		one.mu.Lock()
		if !slices.Contains(one.changed, n) {
			one.changed = append(one.changed, n)
		}
		one.mu.Unlock()
		select {
		case one.wake <- struct{}{}:
		default:
		}
	}
}

func (one *watcher) take() []*node {
	one.mu.Lock()
	defer one.mu.Unlock()
	list := one.changed
	one.changed = nil
	return list
}

// notify sends an object each time it changes, until the search is abandoned
// (MS-ADTS 3.1.1.3.4.1.9).
func (s *session) notify(ctx context.Context, q *query, to Sink) Result {
	if f, ok := q.req.Filter.(presentFilter); !ok || !equalFold(f.attribute, "objectClass") {
		return svcErr(UnwillingToPerform, dsNotifyFilterTooComplex, "031A11B8").said(s.f.flavour, UnwillingToPerform, "000020B9: notification: filter too complex").result()
	}
	one := s.f.watch.add()
	defer s.f.watch.remove(one)
	if w, ok := to.(WatchingSink); ok {
		w.Watching()
	}
	for {
		select {
		case <-ctx.Done():
			return Result{Code: Unavailable}
		case <-one.wake:
		}
		s.f.mu.RLock() // the change is visible when its writer is done
		changed := one.take()
		s.f.mu.RUnlock()
		for _, n := range changed {
			o := s.dc.see(n)
			if o == nil || !s.inScope(o, q.base, q.req.Scope) || !s.sees(o) {
				continue
			}
			if err := to.Entry(s.entry(o, q.sel)); err != nil {
				return Result{Code: Unavailable}
			}
		}
	}
}

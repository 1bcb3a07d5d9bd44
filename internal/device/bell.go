package device

import (
	"context"
	"sync"
)

// A bell wakes everybody who waits for a change of a device, and counts the
// changes. The zero value is ready.
type bell struct {
	mu    sync.Mutex
	rings uint64
	next  chan struct{}
}

// listen returns a channel that is closed at the next ring. Listen first, then
// look, so that no change slips in between.
func (b *bell) listen() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.listenLocked()
}

func (b *bell) listenLocked() <-chan struct{} {
	if b.next == nil {
		b.next = make(chan struct{})
	}
	return b.next
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rings++
	if b.next != nil {
		close(b.next)
		b.next = nil
	}
}

// await waits until the number of rings is another than after, or ctx ends, and
// returns it.
func (b *bell) await(ctx context.Context, after uint64) uint64 {
	b.mu.Lock()
	rings, next := b.rings, b.listenLocked()
	b.mu.Unlock()
	if rings != after {
		return rings
	}
	select {
	case <-next:
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rings
}

// awaitSome looks until there is something, or until ctx ends; then it looks
// once more and returns what there is.
func awaitSome[T any](ctx context.Context, b *bell, look func() []T) []T {
	for {
		changed := b.listen()
		if found := look(); len(found) > 0 {
			return found
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return look()
		}
	}
}

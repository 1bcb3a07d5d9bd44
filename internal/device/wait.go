package device

import "context"

// await looks until there is something, or until ctx ends; then it looks once
// more and returns what there is.
func await[T any](ctx context.Context, b *bell, look func() []T) []T {
	for {
		changed := b.listen() // before looking, so that no change slips in between
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

package notion

import (
	"context"
	"slices"

	"notionsync/pkg/syncer/model"
)

// priorityQueue is a queue: first come, first served, but those first who go on with what was begun.
type priorityQueue[T comparable] struct{ begun, fresh []T }

// join puts one at the end.
func (l *priorityQueue[T]) join(ctx context.Context, one T) {
	if model.IsBegun(ctx) {
		l.begun = append(l.begun, one)
	} else {
		l.fresh = append(l.fresh, one)
	}
}

func (l *priorityQueue[T]) len() int { return len(l.begun) + len(l.fresh) }

// next takes out the one whose turn it is. There must be one.
func (l *priorityQueue[T]) next() (one T) {
	from := &l.fresh
	if len(l.begun) > 0 {
		from = &l.begun
	}
	one = (*from)[0]
	*from = append((*from)[:0], (*from)[1:]...)
	return one
}

// leave takes one out before its turn; false if it is not there any more.
func (l *priorityQueue[T]) leave(one T) bool {
	for _, from := range []*[]T{&l.begun, &l.fresh} {
		if i := slices.Index(*from, one); i >= 0 {
			*from = slices.Delete(*from, i, i+1)
			return true
		}
	}
	return false
}

package notionsim

import (
	"context"
	"time"
)

// window is the limit of requests per connection. Notion's documentation speaks of a 60-second window that can be spent
// in one burst; this one slides, which is never more generous than a fixed one.
type window struct {
	limit int
	span  time.Duration
	taken []time.Time // of the requests in the window, oldest first
}

// take lets a request in, or answers how long to wait until one may come in.
func (w *window) take(now time.Time) time.Duration {
	if w.limit < 0 {
		return 0
	}
	old := 0
	for old < len(w.taken) && !now.Before(w.taken[old].Add(w.span)) {
		old++
	}
	w.taken = w.taken[old:]
	if len(w.taken) < w.limit {
		w.taken = append(w.taken, now)
		return 0
	}
	return w.taken[len(w.taken)-w.limit].Add(w.span).Sub(now)
}

// sleep waits for d and reports false if ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

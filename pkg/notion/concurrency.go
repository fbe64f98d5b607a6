package notion

import (
	"context"
	"sync"
	"time"
)

const (
	firstConcurrency = 32                     // requests under way at once before anything is known of Notion's haste
	leastConcurrency = 8                      // and however slow it is
	mostConcurrency  = 180                    // Notion's window: more cannot be asked for at once
	slower           = 3                      // an answer that takes so many times the usual is a sign of load …
	slack            = 100 * time.Millisecond // … if it also takes so much more
	bytesUnderWay    = 24 << 20               // what all answers under way may hold, going by their average
)

// concurrency limits how many requests are under way at once, to as many as Notion answers without getting slower. It looks
// at the answers round by round, a round being as many as the limit: while they are as quick as is usual for their kind
// it doubles the limit; when a quarter of them is slow, or one says that Notion is overloaded, it takes a quarter away,
// and grows with more care from then on. What large answers take of our own memory counts as well.
type concurrency struct {
	most int

	mu     sync.Mutex
	limit  float64
	active int
	queue  priorityQueue[chan struct{}] // of those who wait; closed when it is one's turn
	body   float64                      // bytes of an answer, on average
	growth float64                      // from round to round

	usual map[string]time.Duration // how quick an answer is, by kind

	// Of this round:
	answers, slow int
	full          bool // the limit was reached
	quickest      map[string]time.Duration
}

func newConcurrency(most int) *concurrency {
	return &concurrency{most: most, limit: float64(min(most, firstConcurrency)), growth: 2,
		usual: map[string]time.Duration{}, quickest: map[string]time.Duration{}}
}

// enter returns nil when one request more may be under way. If ctx ends before, it returns its cause.
func (f *concurrency) enter(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	f.mu.Lock()
	if f.queue.len() == 0 && f.active < f.allowed() {
		f.active++
		f.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	f.queue.join(ctx, turn)
	f.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.queue.leave(turn) {
		return context.Cause(ctx)
	}
	f.active-- // it was its turn at the same moment
	f.admit()
	return context.Cause(ctx)
}

// leave ends a request that was not made.
func (f *concurrency) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.active--
	f.admit()
}

// answered ends a request of a kind that took so long and brought so many bytes. overloaded says that Notion, or the
// way to it, could not cope.
func (f *concurrency) answered(kind string, took time.Duration, bytes int, overloaded bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	usual := f.usual[kind]
	f.answers++
	f.full = f.full || f.active >= f.allowed()
	if usual > 0 && took > slower*usual && took > usual+slack {
		f.slow++
	}
	if !overloaded {
		f.body += (float64(bytes) - f.body) / 16
		if usual == 0 || took < usual {
			f.usual[kind] = took
		}
		if quickest := f.quickest[kind]; quickest == 0 || took < quickest {
			f.quickest[kind] = took
		}
	}
	if overloaded || f.answers >= int(f.limit) {
		f.turn(overloaded)
	}
	f.active--
	f.admit()
}

// turn ends a round. f.mu is held.
func (f *concurrency) turn(overloaded bool) {
	switch {
	case overloaded && f.growth < 2 && f.answers < int(f.limit):
		return // one round of requests meets the same overload
	case overloaded, f.slow*4 > f.answers:
		f.limit, f.growth = max(leastConcurrency, f.limit*3/4), 1.25
	case f.full:
		f.limit = min(f.limit*f.growth, float64(f.most))
	}
	for kind, usual := range f.usual {
		if quickest := f.quickest[kind]; quickest > usual {
			f.usual[kind] = min(quickest, usual+usual/20) // what is slow for long becomes usual
		}
	}
	clear(f.quickest)
	f.answers, f.slow, f.full = 0, 0, false
}

// allowed is how many requests may be under way. f.mu is held.
func (f *concurrency) allowed() int {
	limit := f.limit
	if f.body > 0 {
		limit = min(limit, bytesUnderWay/f.body)
	}
	return min(f.most, max(leastConcurrency, int(limit)))
}

// admit lets those in for whom there is room. f.mu is held.
func (f *concurrency) admit() {
	for f.queue.len() > 0 && f.active < f.allowed() {
		f.active++
		close(f.queue.next())
	}
}

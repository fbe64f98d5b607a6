package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"notionsync/pkg/store"
	"notionsync/pkg/syncer/model"
)

const windowKey = "sync:window"

func TestNewWindow_Refused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		limit int
		span  time.Duration
	}{{0, time.Minute}, {-1, time.Minute}, {180, 0}, {180, -time.Minute}, {180, time.Millisecond - 1}}
	for _, tt := range tests {
		if _, err := store.NewWindow(nil, tt.limit, tt.span); err == nil {
			t.Errorf("NewWindow(%d, %s) = nil error, want one", tt.limit, tt.span)
		}
	}
}

// take asks a window for requests, and fails the test unless so many are granted.
func (r *rig) take(w *store.Window, n, want int) (wait time.Duration) {
	r.t.Helper()
	got, wait, err := w.Take(r.t.Context(), n)
	if err != nil || got != want {
		r.t.Errorf("Take(%d) = %d, %s, %v; want %d", n, got, wait, err, want)
	}
	return wait
}

// A fresh window is had at one stroke, but for one in a hundred.
func TestWindow_Take_Burst(t *testing.T) {
	for limit, want := range map[int]int{180: 178, 600: 594, 100: 99, 101: 99, 50: 49, 20: 19, 2: 1, 1: 1} {
		t.Run(fmt.Sprint(limit, " a minute"), func(t *testing.T) {
			onBoth(t, func(r *rig) {
				w := newWindow(r.t, r.Store, limit, time.Minute)
				r.take(w, 1000, want)
				wait := r.take(w, 1, 0)
				if wait < 59*time.Second || wait > 62*time.Second {
					r.t.Errorf("the used window is free in %s, want a minute and a little", wait)
				}
				r.lasts(windowKey, 244*time.Second)
			})
		})
	}
}

// What may be made a little later is no more than what is kept in hand.
func TestWindow_Spares(t *testing.T) {
	onBoth(t, func(r *rig) {
		for limit, want := range map[int]int{1: 0, 20: 0, 100: 1, 180: 2, 600: 2} {
			w := newWindow(r.t, r.another(r.url), limit, time.Minute)
			same(r.t, fmt.Sprint("spares of ", limit), w.Spares(), want)
			if granted, _, err := w.Take(r.t.Context(), 1000); err != nil || limit > 1 && granted+w.Spares() > limit {
				r.t.Errorf("of %d requests %d are granted with %d spares, %v", limit, granted, w.Spares(), err)
			}
			r.do("DEL", r.prefix+windowKey)
			same(r.t, "spares of a short window", newWindow(r.t, r.Store, limit, time.Second).Spares(), 0)
		}
	})
}

// What one process has used, every other finds used, a new one too.
func TestWindow_Take_Shared(t *testing.T) {
	onBoth(t, func(r *rig) {
		ours := newWindow(r.t, r.Store, 100, time.Minute)
		theirs := newWindow(r.t, r.another(r.url), 100, time.Minute)
		r.take(ours, 60, 60)
		r.take(theirs, 30, 30)
		r.take(ours, 60, 9)
		r.take(theirs, 1, 0)
		r.take(newWindow(r.t, r.another(r.url), 100, time.Minute), 1, 0)
	})
}

// What Notion says to one process is heard by all, and the longest word counts.
func TestWindow_Block(t *testing.T) {
	onBoth(t, func(r *rig) {
		ctx := r.t.Context()
		ours := newWindow(r.t, r.Store, 100, time.Second)
		theirs := newWindow(r.t, r.another(r.url), 100, time.Second)
		waits := func(want time.Duration) {
			r.t.Helper()
			for _, w := range []*store.Window{ours, theirs} {
				if wait := r.take(w, 1, 0); wait > want || wait < want-10*time.Second {
					r.t.Errorf("wait = %s, want %s", wait, want)
				}
			}
		}
		r.take(ours, 1, 1)
		r.must(ours.Block(ctx, time.Hour))
		waits(time.Hour)
		r.must(theirs.Block(ctx, time.Minute)) // they were answered before
		waits(time.Hour)
		r.must(theirs.Block(ctx, 2*time.Hour))
		waits(2 * time.Hour)
		if ttl := r.ttl(windowKey); ttl < 2*time.Hour-time.Second {
			r.t.Errorf("the word of 2h is kept for %s", ttl)
		}
	})
}

// Whatever stands in the hash, requests are granted.
func TestWindow_Take_Garbage(t *testing.T) {
	onBoth(t, func(r *rig) {
		later := time.Now().Add(time.Minute).UnixMilli()
		r.do("HSET", r.prefix+windowKey, "garbage", "garbage", "", "", "b", 1000, "bx", 1000, "b12", 1000,
			fmt.Sprint("b", later), "garbage", "kept", "garbage")
		for i := range 2000 {
			r.do("HSET", r.prefix+windowKey, fmt.Sprint("x", i), i)
		}
		w := newWindow(r.t, r.Store, 100, time.Minute)
		for range 3 {
			r.take(w, 1, 1)
		}
		r.take(w, 1000, 96)
		r.take(w, 1, 0)
		r.lasts(windowKey, 244*time.Second)
		if fields := r.strings("HKEYS", r.prefix+windowKey); len(fields) > 4+32 { // what is not over yet, perhaps a new part, and a little that is not worth a command
			r.t.Errorf("the hash has %d fields: %.200q", len(fields), fields)
		}
	})
}

// At no moment were more requests granted in the span before it than are allowed, whoever asks.
func TestWindow_Take_AtTheSameTime(t *testing.T) {
	onBoth(t, func(r *rig) {
		const (
			limit = 20
			span  = 300 * time.Millisecond
			spans = 4
		)
		var mu sync.Mutex
		var all []granted
		began := time.Now()
		var workers sync.WaitGroup
		for range 2 {
			w := newWindow(r.t, r.another(r.url), limit, span)
			for i := range 4 {
				workers.Go(func() {
					for time.Since(began) < spans*span {
						before := time.Now()
						n, wait, err := w.Take(r.t.Context(), 1+i)
						after := time.Now()
						if err != nil {
							r.t.Errorf("Take: %v", err)
							return
						}
						if n == 0 && (wait <= 0 || wait > span+span/4+span/240) {
							r.t.Errorf("Take(%d) = 0, %s; want a wait of at most the span", 1+i, wait)
						}
						if n > 0 {
							mu.Lock()
							all = append(all, granted{n, before, after})
							mu.Unlock()
						}
						time.Sleep(wait)
					}
				})
			}
		}
		workers.Wait()
		total := 0
		for _, from := range all {
			total += from.n
			if n := grantedWithin(all, from.before, span); n > limit {
				r.t.Errorf("%d requests within %s of %s, want at most %d", n, span, from.before.Sub(began), limit)
			}
		}
		if want := 2 * limit; total < want {
			r.t.Errorf("%d requests in %d spans, want %d at least", total, spans, want)
		}
	})
}

// granted is a grant of n requests, some time between before and after.
type granted struct {
	n             int
	before, after time.Time
}

// grantedWithin counts the requests that were surely granted within the span.
func grantedWithin(all []granted, from time.Time, span time.Duration) (n int) {
	for _, g := range all {
		if !g.before.Before(from) && !g.after.After(from.Add(span)) {
			n += g.n
		}
	}
	return n
}

// What is used is what was granted in the span that ends now.
func TestWindow_Used(t *testing.T) {
	onBoth(t, func(r *rig) {
		ctx := r.t.Context()
		w := newWindow(r.t, r.Store, 100, time.Minute)
		used := func(want int) {
			r.t.Helper()
			use, err := w.Used(ctx)
			if err != nil || use != (model.WindowUse{Used: want, Limit: 99, Seconds: 60}) {
				r.t.Errorf("Used = %+v, %v; want %d of 99 in 60 s", use, err, want)
			}
		}
		used(0)
		r.take(w, 60, 60)
		r.take(w, 5, 5)
		used(65)
		r.must(w.Block(ctx, time.Minute))
		used(65)
		old := time.Now().Add(-62 * time.Second).UnixMilli()
		r.do("HSET", r.prefix+windowKey, fmt.Sprintf("b%d", old), 7, "stranger", "x")
		used(65)
	})
}
